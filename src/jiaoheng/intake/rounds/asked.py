"""Asked: which cells a round asks of a school, and which it does not ask because they are held.

Changes when another register can be collected. What is held for the school and year is never asked again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.rulebook.registers import FieldRule, RegisterRule, load_registers

__all__ = [
    "COLLECTED", "Answers", "AskedLine", "Asks", "Count", "asked_lines", "cells_counted", "collectable_fields", "held_figures",
    "identifying_fields", "line_key", "no_lines", "plain", "previous_year",
]  # fmt: skip

Asks = Mapping[str, Sequence[str]]
"""Register → fields."""
Answers = dict[str, dict[str, dict[str, Any]]]
"""Register → line → field → value."""

COLLECTED = ("annual_statistics", "organisations")
"""Registers whose lines are known before anybody answers: a line a stage, and the school's own line of the directory."""
_IDENTIFYING = {
    "annual_statistics": ("organisation", "organisation_name", "school_year", "stage"),
    "organisations": ("code", "name_zh", "kind"),
}
_FIGURES = ("count", "amount")
_ASKABLE = {"annual_statistics": _FIGURES, "organisations": ("choice", "text", "degrees", "date")}
_NOT_ASKED = ("name_zh", "valid_to")


@dataclass(frozen=True)
class AskedLine:
    """One line of a school's workbook: `line` is the stage (or nothing); `shown` is held and locked; `asked` is open.

    `present` holds values of open cells that are held all the same: those of a part that was opened again.
    """

    register: str
    line: str
    shown: Mapping[str, Any]
    asked: tuple[str, ...]
    present: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Count:
    """Cells of a round: asked of the schools, and already held."""

    schools: int = 0
    asked: int = 0
    held: int = 0


def collectable_fields(register: str, rule: RegisterRule) -> dict[str, FieldRule]:
    """The fields of a register that a round may ask for."""
    kinds = _ASKABLE[register]
    return {
        name: one
        for name, one in rule.fields.items()
        if one.type in kinds and one.stored and not one.required and name not in rule.key and name not in _NOT_ASKED
    }


def identifying_fields(register: str) -> tuple[str, ...]:
    """The fields that say which line it is: always shown, always locked."""
    return _IDENTIFYING[register]


def line_key(register: str) -> tuple[str, ...]:
    """The identifying fields that tell one line from another; the name is shown for the reader only."""
    return ("code",) if register == "organisations" else ("organisation", "school_year", "stage")


def asked_lines(
    asks: Asks, school_year: str, schools: Collection[Organisation], opened_again: Mapping[str, Mapping[str, Sequence[str]]] | None = None
) -> dict[int, list[AskedLine]]:
    """For every school (by its key) the lines of its workbook. `opened_again`: register → line → fields that are asked though held."""
    registers = load_registers(settings.RULEBOOK_OVERLAY)
    lines: dict[int, list[AskedLine]] = {school.pk: [] for school in schools}
    for register, fields in asks.items():
        held = held_figures(register, [*fields], school_year, schools)
        for school in schools:
            for line in _lines_of(register, school, held.get(school.pk, {})):
                known = held.get(school.pk, {}).get(line, {})
                again = set((opened_again or {}).get(register, {}).get(line, ()))
                shown = _identity(register, registers[register], school, school_year, line)
                shown |= {name: known[name] for name in fields if known.get(name) is not None and name not in again}
                asked = tuple(name for name in fields if name not in shown)
                present = {name: known[name] for name in asked if known.get(name) is not None}
                lines[school.pk].append(AskedLine(register, line, shown, asked, present))
    return lines


def cells_counted(asks: Asks, lines: Mapping[int, Iterable[AskedLine]]) -> Count:
    """How many cells are asked and how many are held, over all the schools."""
    asked = held = 0
    for of_school in lines.values():
        for one in of_school:
            asked += len(one.asked)
            held += len(asks[one.register]) - len(one.asked)
    return Count(len(lines), asked, held)


def held_figures(
    register: str, fields: Sequence[str], school_year: str, schools: Collection[Organisation]
) -> dict[int, dict[str, dict[str, Any]]]:
    """School → line → field → what the register holds; blank texts count as missing."""
    if register == "organisations":
        return {school.pk: {"": {name: plain(getattr(school, name) or None) for name in fields}} for school in schools}
    found: dict[int, dict[str, dict[str, Any]]] = {}
    rows = AnnualStatistics.objects.filter(school_year=school_year, organisation__in=[school.pk for school in schools])
    for row in rows.values("organisation_id", "stage", *fields):
        found.setdefault(row["organisation_id"], {})[row["stage"]] = {name: plain(row[name]) for name in fields}
    return found


def plain(value: Any) -> Any:
    """A register's value as JSON holds it: amounts as numbers, days as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


def _lines_of(register: str, school: Organisation, held: Mapping[str, Any]) -> list[str]:
    if register == "organisations":
        return [""]
    return [*school.teaches, *(stage for stage in held if stage not in school.teaches)]


def _identity(register: str, rule: RegisterRule, school: Organisation, school_year: str, line: str) -> dict[str, Any]:
    name = school.name_zh or school.name_en
    if register == "organisations":
        return {"code": school.code, "name_zh": school.name_zh, "kind": _chinese(rule.fields["kind"], school.kind)}
    stage = _chinese(rule.fields["stage"], line)
    return {"organisation": school.code, "organisation_name": name, "school_year": school_year, "stage": stage}


def _chinese(rule: FieldRule, value: str) -> str:
    choice = rule.choices.get(value)
    return choice.zh if choice else value


def previous_year(school_year: str) -> str:
    """The school year before, as text."""
    return str(SchoolYear.parse(school_year).previous)


def no_lines(schools: Iterable[Organisation], lines: Mapping[int, Sequence[AskedLine]]) -> list[str]:
    """Words for the schools that cannot be asked: their stages are not known."""
    return [
        _("{school}: its stages are not known, so nothing can be asked. Enter them in the list of schools.").format(school=school)
        for school in schools
        if not lines.get(school.pk)
    ]
