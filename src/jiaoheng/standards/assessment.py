"""Assessments: what a standard asks of an area as a whole: a tree of parts and items with checks, questions to judge, and points.

Changes when what an assessment can say changes. The assessments themselves are data (`rulebook/data/assessments/`). One with the id of a
standard over schools is the whole of which that standard is a part.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from jiaoheng.rulebook.loader import Label, Rule, RulebookFaulty, RuleFault, load_rules, shipped_rulebook
from jiaoheng.standards.standard import Exclusion, Source

__all__ = [
    "Assessment", "AssessmentItem", "Bound", "Check", "CompositeCheck", "EntitlementCheck", "MeasureCheck", "Part", "Rate", "Scoring",
    "holding", "load_assessments",
]  # fmt: skip


class Bound(Rule):
    """One value and the days on which it holds: from `from` on, until the next of its list. No value: the rule has ended."""

    starts: date = Field(alias="from")
    value: Annotated[Decimal, Field(ge=0)] | None
    source: str | None = None


Bounds = tuple[Bound, ...]


def holding(bounds: Iterable[Bound], on: date) -> Decimal | None:
    """The value in force on a day; None before the first and after the end."""
    begun = [bound for bound in bounds if bound.starts <= on]
    return begun[-1].value if begun else None


class MeasureCheck(Rule):
    """A measure against a bound: of the area's own value, or of `each` school (one stage of it where stages are named).

    `bounds`: by stage, or `all` for the value over every stage. `better`: more, at least the bound; less, at most. `informs`: the
    figure is shown and does not decide, because the standard counts something that it does not.
    """

    measure: str
    each: bool = False
    informs: bool = False
    better: Literal["more", "less"] = "more"
    bounds: dict[str, Bounds] = Field(min_length=1)

    @model_validator(mode="after")
    def _dated(self) -> Self:
        _in_order(self.bounds.items())
        return self


class Member(Rule):
    """One ratio of a composite; `weight` is the side that holds the pupils."""

    measure: str
    weight: Literal["numerator", "denominator"] = "denominator"


class CompositeCheck(Rule):
    """The plain mean of the single variations of several ratios between the judged schools, against one limit for each stage."""

    composite: tuple[Member, ...] = Field(min_length=2)
    bounds: dict[str, Bounds] = Field(min_length=1)

    @model_validator(mode="after")
    def _dated(self) -> Self:
        _in_order(self.bounds.items())
        return self


class Rate(Rule):
    """What is due for one unit: an amount `of_one`, or one for so many units (`one_for`), by locale or `all`."""

    of_one: dict[str, Bounds] = Field(default_factory=dict)
    one_for: dict[str, Bounds] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if bool(self.of_one) == bool(self.one_for):
            raise ValueError("gives either `of_one` or `one_for`")
        _in_order([*self.of_one.items(), *self.one_for.items()])
        return self


class Small(Rule):
    """A school of fewer pupils than `below`, all stages together, is due as much as one of `counted_as`."""

    below: int = Field(ge=1)
    counted_as: int = Field(ge=1)


class Extra(Rule):
    """What is due besides, for each unit that a measure counts at the school (such as boarders)."""

    measure: str
    rate: Rate


class EntitlementCheck(Rule):
    """What each school is due for its pupils, stage by stage added up, against what a measure says it has (the numerator).

    `by_stage`: the measure tells stages apart, so that only those named are added; otherwise its value over all stages counts.
    """

    provided: str
    by_stage: bool = False
    unit: Label
    due: dict[str, Rate] = Field(min_length=1)
    small: Small | None = None
    only_small: bool = False
    extras: tuple[Extra, ...] = ()


def _kind(check: object) -> str:
    """By which key a check is told."""
    if isinstance(check, dict):
        return "composite" if "composite" in check else "provided" if "provided" in check else "measure"
    return "composite" if isinstance(check, CompositeCheck) else "provided" if isinstance(check, EntitlementCheck) else "measure"


Check = Annotated[
    Annotated[MeasureCheck, Tag("measure")] | Annotated[CompositeCheck, Tag("composite")] | Annotated[EntitlementCheck, Tag("provided")],
    Discriminator(_kind),
]


class Scoring(Rule):
    """How an item earns its points.

    threshold: all or nothing. proportional: the share of the bound that is reached. deduction: `minus` for each begun `per` that is
    lacking, or for each school that fails. entered: by people only.
    """

    rule: Literal["threshold", "proportional", "deduction", "entered"]
    minus: Decimal | None = Field(default=None, gt=0)
    per: Decimal = Field(default=Decimal(1), gt=0)

    @model_validator(mode="after")
    def _says_how_much(self) -> Self:
        if (self.rule == "deduction") != (self.minus is not None):
            raise ValueError("`minus` goes with the rule «deduction»")
        return self


class AssessmentItem(Rule):
    """One item. Without checks it is judged by people; with `judged` something remains to be judged besides the checks.

    `veto`: where it is missed, the whole is, whatever else is met.
    """

    id: str
    label: Label
    source: str | None = None
    note: Label | None = None
    checks: tuple[Check, ...] = ()
    judged: Label | None = None
    evidence: Label | None = None
    veto: bool = False
    points: Decimal | None = Field(default=None, gt=0)
    scoring: Scoring | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not any(_decides(check) for check in self.checks) and (self.judged is None or self.evidence is None):
            raise ValueError("an item without checks that decide says what is `judged` and which `evidence` is asked for")
        if (self.points is None) != (self.scoring is None):
            raise ValueError("`points` and `scoring` go together")
        if self.scoring and self.scoring.rule in ("proportional", "deduction") and not self.checks:
            raise ValueError(f"the rule «{self.scoring.rule}» needs checks")
        return self


class Part(Rule):
    """A part: items, parts below it, or a standard over schools that is judged school by school."""

    id: str
    label: Label
    standard: str | None = None
    items: tuple[AssessmentItem, ...] = ()
    parts: tuple["Part", ...] = ()

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if not (self.standard or self.items or self.parts):
            raise ValueError("a part has a standard, items or parts")
        return self

    def every_item(self) -> Iterator[AssessmentItem]:
        yield from self.items
        for part in self.parts:
            yield from part.every_item()


class Assessment(Rule):
    """One assessment, in force from `from` on and before `until`. `id` is filled in from the file."""

    id: str = ""
    starts: date = Field(alias="from")
    until: date | None = None
    label: Label
    source: Source
    exclude: tuple[Exclusion, ...] = ()
    parts: tuple[Part, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _own_ids(self) -> Self:
        ids = [item.id for item in self.every_item()]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"the item «{twice[0]}» stands twice")
        return self

    def every_item(self) -> Iterator[AssessmentItem]:
        for part in self.parts:
            yield from part.every_item()

    @property
    def scored(self) -> bool:
        return any(item.points is not None for item in self.every_item())

    @property
    def measures(self) -> tuple[str, ...]:
        """Every measure that a check reads, each once."""
        found = (name for item in self.every_item() for check in item.checks for name in _measures(check))
        return tuple(dict.fromkeys(found))


def _decides(check: Check) -> bool:
    return not (isinstance(check, MeasureCheck) and check.informs)


def load_assessments(overlay: Path | None = None, *, measures: Iterable[str] | None = None) -> dict[str, Assessment]:
    """Every assessment by id, the overlay's in place of ours. `measures`: where given, an unknown one is refused.

    Raises: RulebookFaulty.
    """
    loaded = load_rules("assessments", Assessment, overlay)
    found = {name: rule.model_copy(update={"id": name}) for name, rule in loaded.items()}
    known = set(measures) if measures is not None else None
    faults = [
        _fault_of(name, measure, overlay)
        for name, rule in found.items() for measure in rule.measures if known is not None and measure not in known
    ]  # fmt: skip
    if faults:
        raise RulebookFaulty(faults)
    return found


def _measures(check: Check) -> Iterator[str]:
    if isinstance(check, MeasureCheck):
        yield check.measure
    elif isinstance(check, CompositeCheck):
        yield from (member.measure for member in check.composite)
    else:
        yield check.provided
        yield from (extra.measure for extra in check.extras)


def _fault_of(name: str, measure: str, overlay: Path | None) -> RuleFault:
    for layer in [*([overlay] if overlay else []), shipped_rulebook()]:
        for file in sorted((layer / "assessments").glob("*.yaml")):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                if f": {measure}" in line:
                    return RuleFault(file, number, f"{name}.{measure}", "a measure of the catalogue")
    return RuleFault(Path("assessments"), 1, f"{name}.{measure}", "a measure of the catalogue")


def _in_order(dated: Iterable[tuple[str, Bounds]]) -> None:
    for key, bounds in dated:
        starts = [bound.starts for bound in bounds]
        if not starts or starts != sorted(set(starts)):
            raise ValueError(f"the values of «{key}» stand in the order of their days, each day once")
        unsaid = [bound.starts.isoformat() for bound in bounds[1:] if not bound.source]
        if unsaid:  # the assessment names its own document; what came after it came from another
            raise ValueError(f"the value of «{key}» from {unsaid[0]} has a «source»: the document that changed it")
