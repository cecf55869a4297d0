"""Standards: dated, sourced thresholds over measures, and the rule by which a school meets them.

Changes when what a standard can say changes. The standards themselves are data (`rulebook/data/standards/`).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from jiaoheng.rulebook.loader import Label, Rule, RulebookFaulty, RuleFault, load_rules, shipped_rulebook

__all__ = ["Exclusion", "Item", "Lacking", "NotInForce", "SchoolRule", "Source", "Standard", "Threshold", "Variation", "load_standards"]


class NotInForce(Exception):
    """The standard sets no threshold on the day `on` that was asked about; `begins` is the first day after it on which it does."""

    def __init__(self, message: str, *, on: date, begins: date | None) -> None:
        super().__init__(message)
        self.on, self.begins = on, begins


class Source(Rule):
    """Where a threshold is written. `note` says honestly what a reader should know of its standing."""

    document: str
    article: str | None = None
    url: str | None = None
    note: Label | None = None


class Threshold(Rule):
    """One value and the days on which it holds: from `from` on, until the next threshold of its list. No value: the rule has ended."""

    starts: date = Field(alias="from")
    value: Decimal | None
    source: str | None = None

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.value is not None and self.value <= 0:
            raise ValueError("a threshold is a number above 0")
        return self


Dated = dict[str, tuple[Threshold, ...]]
"""Thresholds of each stage, in the order of their days."""


class Lacking(Rule):
    """How what is lacking is said. `{count}` stands for the number; `one` is English for a count of 1; `noun` heads a column of counts."""

    en: str
    zh: str
    one: str
    noun: Label

    def said(self, count: int, language: str) -> str:
        if language.lower().startswith("zh"):
            return self.zh.format(count=f"{count:,}")
        return (self.one if count == 1 else self.en).format(count=f"{count:,}")


class Item(Rule):
    """One measure that every school must meet.

    `better`: more, the value must reach the threshold; less, it must not pass it.
    `grows`: which side of the ratio a school adds to in order to meet it (teachers are the denominator of pupils per teacher).
    """

    measure: str
    better: Literal["more", "less"] = "more"
    grows: Literal["numerator", "denominator"] = "numerator"
    short: Label
    lacking: Lacking
    thresholds: Dated

    @model_validator(mode="after")
    def _sides_agree(self) -> Self:
        if (self.better == "more") != (self.grows == "numerator"):
            raise ValueError("`better: more` goes with `grows: numerator`, `better: less` with `grows: denominator`")
        _in_order(self.thresholds)
        return self


class Variation(Rule):
    """The limit of one coefficient of variation 差异系数 between schools.

    `of` is the item's measure; `weight` is the side of its ratio that holds the pupils, the other side being the resource.
    """

    measure: str
    of: str
    weight: Literal["numerator", "denominator"] = "denominator"
    limits: Dated

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _in_order(self.limits)
        return self


class Exclusion(Rule):
    """Who is not judged: organisations of these kinds, school types or ownerships, or by code (such as schools that the city runs).

    Where `pupils_below` is given, only the smaller ones.
    """

    kinds: tuple[str, ...] = ()
    school_types: tuple[str, ...] = ()
    ownerships: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    pupils_below: int | None = None
    reason: Label

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        if not (self.kinds or self.school_types or self.ownerships or self.organisations):
            raise ValueError("names no kind, school type, ownership or organisation, and so would leave out everybody or nobody")
        return self


class SchoolRule(Rule):
    """When a school passes: at least so many items met; every other one at least this share of its threshold, unrounded."""

    at_least: int = Field(ge=1)
    rest_share: Decimal | None = Field(default=None, gt=0, le=1)


class Standard(Rule):
    """One standard. `id` is filled in from the file."""

    id: str = ""
    label: Label
    source: Source
    stages: tuple[str, ...] = Field(min_length=1)
    exclude: tuple[Exclusion, ...] = ()
    school_rule: SchoolRule
    items: tuple[Item, ...] = Field(min_length=1)
    variations: tuple[Variation, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        measures = [item.measure for item in self.items]
        if len(set(measures)) < len(measures):
            raise ValueError("one measure stands twice among the items")
        if self.school_rule.at_least > len(self.items):
            raise ValueError(f"asks for {self.school_rule.at_least} items to be met and names {len(self.items)}")
        for variation in self.variations:
            if variation.of not in measures:
                raise ValueError(f"the variation «{variation.measure}» is of «{variation.of}», which is not an item")
        for stage in self.stages:
            for item in self.items:
                if stage not in item.thresholds:
                    raise ValueError(f"«{item.measure}» has no threshold for the stage «{stage}»")
        return self

    def item(self, measure: str) -> Item:
        """The item of a measure. Raises: KeyError."""
        for item in self.items:
            if item.measure == measure:
                return item
        raise KeyError(measure)

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(item.measure for item in self.items)

    def threshold(self, measure: str, stage: str, on: date) -> Decimal:
        """The threshold in force on a day. Raises: NotInForce."""
        return self._holding(self.item(measure).thresholds, measure, stage, on)

    def limit(self, variation: Variation, stage: str, on: date) -> Decimal | None:
        """The limit of a variation in force on a day; None where the stage has none."""
        if stage not in variation.limits:
            return None
        return self._holding(variation.limits, variation.measure, stage, on)

    def _holding(self, dated: Mapping[str, Iterable[Threshold]], what: str, stage: str, on: date) -> Decimal:
        begun = [threshold for threshold in dated[stage] if threshold.starts <= on]
        if not begun or begun[-1].value is None:
            begins = next((threshold.starts for threshold in dated[stage] if threshold.starts > on), None)
            hint = f"It begins on {begins}." if begins else "It has ended."
            raise NotInForce(
                f"The standard «{self.label.en}» sets nothing for {what} ({stage}) on {on.isoformat()}. {hint}", on=on, begins=begins
            )
        return begun[-1].value


def load_standards(overlay: Path | None = None, *, measures: Iterable[str] | None = None) -> dict[str, Standard]:
    """Every standard by id, the overlay's in place of ours.

    `measures`: the ids of the catalogue; where given, a standard over an unknown measure is refused.
    Raises: RulebookFaulty.
    """
    standards = {name: rule.model_copy(update={"id": name}) for name, rule in load_rules("standards", Standard, overlay).items()}
    if measures is not None:
        known = set(measures)
        unknown = {
            name: measure
            for name, rule in standards.items()
            for measure in (*rule.measures, *(variation.measure for variation in rule.variations))
            if measure not in known
        }
        if unknown:
            raise RulebookFaulty([_fault_of(name, measure, overlay) for name, measure in unknown.items()])
    return standards


def _fault_of(standard: str, measure: str, overlay: Path | None) -> RuleFault:
    for layer in [*([overlay] if overlay else []), shipped_rulebook()]:
        for file in sorted((layer / "standards").glob("*.yaml")):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                if f"measure: {measure}" in line:
                    return RuleFault(file, number, f"{standard}.{measure}", "a measure of the catalogue")
    return RuleFault(Path("standards"), 1, f"{standard}.{measure}", "a measure of the catalogue")


def _in_order(dated: Mapping[str, tuple[Threshold, ...]]) -> None:
    for stage, thresholds in dated.items():
        starts = [threshold.starts for threshold in thresholds]
        if not starts or starts != sorted(set(starts)):
            raise ValueError(f"the thresholds of «{stage}» stand in the order of their days, each day once")
        unsaid = [threshold.starts.isoformat() for threshold in thresholds[1:] if not threshold.source]
        if unsaid:  # the standard names its own document; what came after it came from another
            raise ValueError(f"the threshold of «{stage}» from {unsaid[0]} has a «source»: the document that changed it")
