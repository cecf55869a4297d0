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

from jiaoheng.access.cipher import Sealed
from jiaoheng.intake.rounds.rosters import CONDITIONS, LINE, ROSTER, ROSTERS, Asks, asks_roster, roster_rows, sheet_fields, thing_of
from jiaoheng.intake.rounds.round import PartState, RoundPart
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.rulebook.registers import FieldRule, RegisterRule, load_registers

__all__ = [
    "COLLECTED", "Answers", "AskedLine", "Asks", "Count", "asked_lines", "cells_counted", "collectable_fields", "held_figures",
    "identifying_fields", "line_key", "no_lines", "plain", "previous_year",
]  # fmt: skip

Answers = dict[str, dict[str, dict[str, Any]]]
"""Register → line → field → value."""

COLLECTED = ("annual_statistics", "organisations", *ROSTERS)
"""Registers that a round may ask of: a line a stage, the school's own line of the directory, and rosters: a line a person or class."""
_IDENTIFYING = {
    "annual_statistics": ("organisation", "organisation_name", "school_year", "stage"),
    "organisations": ("code", "name_zh", "kind"),
}
_BESIDE = "placement"
"""Said of few children only: open where it is asked, and owed by nobody."""
_FIGURES = ("count", "amount")
_ASKABLE = {"annual_statistics": _FIGURES, "organisations": ("choice", "text", "degrees", "date")}
_NOT_ASKED = ("name_zh", "valid_to")


@dataclass(frozen=True)
class AskedLine:
    """One line of a school's workbook: `line` is the stage (or nothing); `shown` is held and locked; `asked` is open.

    `present` holds values of open cells that are held all the same: those of a part that was opened again. `optional`: cells that are open
    and owed by nobody: what says that a row of a roster holds no longer.
    """

    register: str
    line: str
    shown: Mapping[str, Any]
    asked: tuple[str, ...]
    present: Mapping[str, Any] = field(default_factory=dict)
    optional: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[str, ...]:
        """The cells that may be written in."""
        return (*self.asked, *self.optional)


@dataclass(frozen=True)
class Count:
    """Cells of a round: asked of the schools, and already held."""

    schools: int = 0
    asked: int = 0
    held: int = 0


def collectable_fields(register: str, rule: RegisterRule) -> dict[str, FieldRule]:
    """The fields of a register that a round may ask for; of a roster also who came and who left."""
    if register in ROSTERS:
        return _askable_of_roster(register, rule)
    kinds = _ASKABLE[register]
    return {
        name: one
        for name, one in rule.fields.items()
        if one.type in kinds and one.stored and not one.required and name not in rule.key and name not in _NOT_ASKED
    }


def identifying_fields(register: str) -> tuple[str, ...]:
    """The fields that say which line it is: always shown, always locked."""
    return (LINE, *ROSTERS[register].identifying) if register in ROSTERS else _IDENTIFYING[register]


def line_key(register: str) -> tuple[str, ...]:
    """The identifying fields that tell one line from another; the name is shown for the reader only."""
    if register in ROSTERS:
        return (LINE,)
    return ("code",) if register == "organisations" else ("organisation", "school_year", "stage")


def asked_lines(
    asks: Asks, school_year: str, schools: Collection[Organisation], opened_again: Mapping[str, Mapping[str, Sequence[str]]] | None = None
) -> dict[int, list[AskedLine]]:
    """For every school (by its key) the lines of its workbook. `opened_again`: register → line → fields that are asked though held."""
    registers = load_registers(settings.RULEBOOK_OVERLAY)
    lines: dict[int, list[AskedLine]] = {school.pk: [] for school in schools}
    for register, fields in asks.items():
        if register in ROSTERS:
            _ask_roster(register, fields, school_year, schools, opened_again or {}, lines)
            continue
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
            held += len([name for name in asks[one.register] if name not in (ROSTER, _BESIDE)]) - len(one.asked)
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
    return value.isoformat() if isinstance(value, date) else thing_of(value)


def _askable_of_roster(register: str, rule: RegisterRule) -> dict[str, FieldRule]:
    """What may be asked of every row: whatever a row can lack."""
    roster = ROSTERS[register]
    fields = {ROSTER: sheet_fields(register, {register: rule, **_movements()})[ROSTER]}
    for name, one in rule.fields.items():
        optional = one.stored and not one.required and one.type not in ("organisation", "name", "school_year")
        if name in roster.also_asked or (optional and name not in rule.key and name not in roster.not_asked):
            fields[name] = one
    return fields


def _movements() -> dict[str, RegisterRule]:
    return {"enrolments": load_registers(settings.RULEBOOK_OVERLAY)["enrolments"]}


def _ask_roster(
    register: str,
    fields: Sequence[str],
    school_year: str,
    schools: Collection[Organisation],
    opened_again: Mapping[str, Mapping[str, Sequence[str]]],
    lines: dict[int, list[AskedLine]],
) -> None:
    """Add a line for every row that each school has. A condition that was answered before is held, also where the answer was «no»."""
    rule, wanted = load_registers(settings.RULEBOOK_OVERLAY)[register], [name for name in fields if name != ROSTER]
    told = _answered_before(register, school_year, schools) if set(CONDITIONS) & set(wanted) else {}
    for school, rows in roster_rows(register, wanted, school_year, schools).items():
        for line, known in rows.items():
            for name in told.get((school, line), ()):
                known.setdefault(name, _nothing(rule.fields[name]))
            again = set(opened_again.get(register, {}).get(line, ()))
            empty = [name for name in wanted if known.get(name) is None or name in again]
            asked = tuple(name for name in empty if name != _BESIDE)
            shown = {name: value for name, value in known.items() if name not in empty}
            present = {name: known[name] for name in asked if known.get(name) is not None and not isinstance(known[name], Sealed)}
            beside = tuple(name for name in empty if name == _BESIDE)
            lines[school].append(AskedLine(register, line, shown, asked, present, (*beside, *ROSTERS[register].leaving)))


def _answered_before(register: str, school_year: str, schools: Collection[Organisation]) -> dict[tuple[int, str], set[str]]:
    """(school, line) → the conditions that an accepted round of the year has stored."""
    found: dict[tuple[int, str], set[str]] = {}
    parts = RoundPart.objects.filter(school__in=[one.pk for one in schools], round__school_year=school_year, state=PartState.ACCEPTED)
    for school, taken in parts.values_list("school_id", "taken"):
        for line, names in taken.get(register, {}).items():
            found.setdefault((school, line), set()).update(name for name in names if name in CONDITIONS)
    return found


def _nothing(rule: FieldRule) -> str:
    return rule.none[0] if rule.none else "否"


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


def no_lines(asks: Asks, schools: Iterable[Organisation], lines: Mapping[int, Sequence[AskedLine]]) -> list[str]:
    """Words for the schools that cannot be asked: their stages are not known, or the registers know no row of theirs."""
    if asks_roster(asks):
        return []
    stages = _("{school}: its stages are not known, so nothing can be asked. Enter them in the list of schools.")
    nobody = _("{school}: the registers hold no row of what is asked. Ask who came and who left too, and the school can enter them.")
    words = stages if set(asks) - set(ROSTERS) else nobody
    return [words.format(school=school) for school in schools if not lines.get(school.pk)]
