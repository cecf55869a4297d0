"""Catalogue: every measure of the rulebook by name, the bureau's own laid over ours.

Changes when the way a measure is written in YAML changes. The measures themselves are data (`rulebook/data/measures/`).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from jiaoheng.measures.expression import ColumnType, Expression, ExpressionRefused, aggregate_expression, row_expression
from jiaoheng.measures.measure import Measure, MeasureKind, MeasureSource
from jiaoheng.rulebook.loader import Label, Rule, RulebookFaulty, RuleFault, load_rules, shipped_rulebook
from jiaoheng.rulebook.registers import RegisterRule, load_registers

__all__ = ["ORGANISATION_COLUMNS", "Catalogue", "UnknownMeasure", "load_catalogue"]

ORGANISATION_COLUMNS = ("kind", "school_type", "ownership", "locale")
"""Columns of the organisation that a measure may choose rows by, beside the register's own."""


class UnknownMeasure(LookupError):
    """No measure has this name. The message offers the nearest one."""


@dataclass(frozen=True)
class Catalogue(Mapping[str, Measure]):
    """The measures by id, in the order of the rulebook's files."""

    measures: Mapping[str, Measure]

    def __getitem__(self, name: str) -> Measure:
        try:
            return self.measures[name]
        except KeyError:
            near = get_close_matches(name, self.measures, n=1)
            hint = f" Did you mean «{near[0]}»?" if near else ""
            raise UnknownMeasure(f"No measure is called «{name}».{hint} `jiaoheng measures` lists them all.") from None

    def __contains__(self, name: object) -> bool:
        return name in self.measures

    def __iter__(self) -> Iterator[str]:
        return iter(self.measures)

    def __len__(self) -> int:
        return len(self.measures)


def load_catalogue(overlay: Path | None = None) -> Catalogue:
    """Every measure, checked whole. Raises: RulebookFaulty naming file, line, key and what was expected of every fault."""
    registers = load_registers(overlay)
    universes = _universes(registers, overlay)

    class CheckedMeasure(_WrittenMeasure):
        registers_known: ClassVar[Mapping[str, Mapping[str, ColumnType]]] = {name: _columns(rule) for name, rule in registers.items()}

    rules = load_rules("measures", CheckedMeasure, overlay)
    _check_labels(rules, overlay)
    return Catalogue(
        {name: rule.frozen_form(name, universes[rule.register_name], registers[rule.register_name]) for name, rule in rules.items()}
    )


class _WrittenMeasure(Rule):
    """A measure as the YAML writes it. Expressions are checked against the columns of `registers_known`."""

    registers_known: ClassVar[Mapping[str, Mapping[str, ColumnType]]] = {}

    label: Label
    description: Label | None = None
    register_name: str = Field(alias="register")
    kind: MeasureKind
    numerator: str | None = None
    denominator: str | None = None
    resource: str | None = None
    weight: str | None = None
    where: str | None = None
    stages: tuple[str, ...] = ()
    unit: Label
    decimals: int = Field(ge=0, le=6)
    better: Literal["more", "less", "none"]
    source: MeasureSource
    scope: Label | None = None
    calendar: Literal["school_year"] = "school_year"

    @field_validator("register_name")
    @classmethod
    def _known_register(cls, name: str) -> str:
        if "stage" not in cls.registers_known.get(name, {}):
            usable = ", ".join(known for known, columns in cls.registers_known.items() if "stage" in columns)
            raise ValueError(f"a register with a row for each organisation, school year and stage: {usable}")
        return name

    @field_validator("numerator", "denominator")
    @classmethod
    def _aggregate(cls, text: str | None, info: ValidationInfo) -> str | None:
        return cls._checked(text, info, lambda written, columns: aggregate_expression(written, columns))

    @field_validator("resource", "weight")
    @classmethod
    def _number(cls, text: str | None, info: ValidationInfo) -> str | None:
        return cls._checked(text, info, lambda written, columns: row_expression(written, columns, "number"))

    @field_validator("where")
    @classmethod
    def _condition(cls, text: str | None, info: ValidationInfo) -> str | None:
        return cls._checked(text, info, lambda written, columns: row_expression(written, columns, "truth"))

    @model_validator(mode="after")
    def _parts_of_its_kind(self) -> Self:
        wanted = {"total": {"numerator"}, "ratio": {"numerator", "denominator"}, "variation": {"resource", "weight"}}[self.kind]
        given = {part for part in ("numerator", "denominator", "resource", "weight") if getattr(self, part) is not None}
        if wanted - given:
            raise ValueError(f"a measure of kind «{self.kind}» needs «{sorted(wanted - given)[0]}»")
        if given - wanted:
            raise ValueError(f"a measure of kind «{self.kind}» has no «{sorted(given - wanted)[0]}»")
        return self

    @classmethod
    def _checked(cls, text: str | None, info: ValidationInfo, check: Any) -> str | None:
        columns = cls.registers_known.get(info.data.get("register_name", ""))
        if text is not None and columns is not None:  # without a register there is one fault already, and nothing to check against
            check(text, columns)
        return text

    def frozen_form(self, name: str, universe: Expression | None, register: RegisterRule) -> Measure:
        """The measure with its expressions parsed."""
        columns = self.registers_known[self.register_name]
        denominator: Expression | None = None
        if self.kind == "variation":
            numerator, denominator = (row_expression(text or "", columns, "number") for text in (self.resource, self.weight))
        else:
            numerator = aggregate_expression(self.numerator or "", columns)
            if self.denominator:
                denominator = aggregate_expression(self.denominator, columns)
        parts = [self.register_name, register.universe, self.kind, str(numerator), str(denominator), self.where, list(self.stages)]
        return Measure(
            id=name,
            label=self.label,
            description=self.description,
            register=self.register_name,
            kind=self.kind,
            numerator=numerator,
            denominator=denominator,
            where=row_expression(self.where, columns, "truth") if self.where else None,
            universe=universe,
            stages=self.stages,
            unit=self.unit,
            decimals=self.decimals,
            better=self.better,
            source=self.source,
            scope=self.scope,
            calendar=self.calendar,
            definition_version=hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:12],
            types=columns,
        )


def _columns(register: RegisterRule) -> dict[str, ColumnType]:
    """The columns that a measure over the register may use, with their types."""
    figures: dict[str, ColumnType] = {"count": "count", "amount": "amount", "degrees": "amount"}
    own = {name: figures.get(rule.type, "text") for name, rule in register.fields.items() if rule.stored and rule.type != "date"}
    return {**dict.fromkeys(ORGANISATION_COLUMNS, "text"), **own}


def _universes(registers: Mapping[str, RegisterRule], overlay: Path | None) -> dict[str, Expression | None]:
    found: dict[str, Expression | None] = {}
    faults = []
    for name, register in registers.items():
        try:
            found[name] = row_expression(register.universe, _columns(register), "truth") if register.universe else None
        except ExpressionRefused as error:
            file, line = _place("registers", name, overlay)
            faults.append(RuleFault(file, line, f"{name}.universe", str(error)))
    if faults:
        raise RulebookFaulty(faults)
    return found


def _check_labels(rules: Mapping[str, _WrittenMeasure], overlay: Path | None) -> None:
    """Refuse two measures under one label: a reader could not tell their figures apart."""
    faults = []
    for language in ("en", "zh"):
        seen: dict[str, str] = {}
        for name, rule in rules.items():
            words = rule.label.in_language(language).strip().casefold()
            if words in seen:
                file, line = _place("measures", name, overlay)
                faults.append(
                    RuleFault(file, line, f"{name}.label.{language}", f"a label of its own; «{seen[words]}» has this one already")
                )
            seen.setdefault(words, name)
    if faults:
        raise RulebookFaulty(faults)


def _place(kind: str, rule_id: str, overlay: Path | None) -> tuple[Path, int]:
    """File and line where a rule begins, the overlay's before ours."""
    for layer in [*([overlay] if overlay else []), shipped_rulebook()]:
        for file in sorted((layer / kind).glob("*.yaml")):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                if line.split(":")[0].strip("\"' ") == rule_id and line[:1] not in (" ", "#"):
                    return file, number
    return shipped_rulebook() / kind, 1
