"""Rosters: the pupils, classes, staff and appointments that a school has, a row each, as a round shows them and asks of them.

Changes when another register of rows can be collected, or a row is known by other cells. Sealed values stay sealed: who writes them into
a sheet gets their mask.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from jiaoheng.access.account import Account, check_may_read_persons
from jiaoheng.access.cipher import Sealed
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.appointment import Appointment
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.staff import Staff
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.registers import SEALED, FieldRule, RegisterRule, load_registers

__all__ = [
    "CONDITIONS", "LINE", "MOVED", "NEW_ROW", "ROSTER", "ROSTERS", "Asks", "Roster", "asks_roster", "check_may_see", "kept_hidden",
    "names_of", "roster_rows", "sheet_fields", "thing_of",
]  # fmt: skip

Asks = Mapping[str, Sequence[str]]
"""Register → fields that a round asks."""
LINE = "line"
"""The hidden column by which a row is known again."""
ROSTER = "roster"
"""Asked beside fields: who came and who left."""
MOVED = "moved."
"""Before the name of a field of the movements' register: cells that say what became of a pupil."""
NEW_ROW = "new-"
"""Begins the line of a row that the school added; its row in the sheet follows."""
CONDITIONS = ("boarder", "migrant_child", "left_behind", "orphan", "disability", "poverty")
_LEAVING_EVENTS = (
    "transfer_out", "departure", "suspension", "graduation", "completion", "dropout", "left_early", "death", "entered_by_mistake",
)  # fmt: skip
_PSEUDO = {
    LINE: FieldRule(type="code", label=Label(en="Row", zh="行号")),
    ROSTER: FieldRule(type="text", label=Label(en="Who came and who left", zh="人员增减")),
}


@dataclass(frozen=True)
class Roster:
    """One register of rows. `identifying`: cells that are shown locked; `leaving`: open cells that say that a row holds no longer."""

    identifying: tuple[str, ...]
    leaving: tuple[str, ...]
    not_asked: tuple[str, ...]
    also_asked: tuple[str, ...] = ()


ROSTERS: Mapping[str, Roster] = {
    "staff": Roster(("staff_number", "name", "sex", "birth_date", "identity_number", "post"), ("left_on",), ("left_on",)),
    "appointments": Roster(("staff_number", "name", "kind", "since"), ("until",), ("until",)),
    "classes": Roster(("grade", "class_name"), (), ()),
    "pupils": Roster(
        ("student_number", "name", "sex", "birth_date", "identity_number", "grade", "class_name"),
        (f"{MOVED}event", f"{MOVED}date", f"{MOVED}other_school", f"{MOVED}reason"),
        ("entered_on", "entry_kind"),
        ("student_number",),
    ),
}


def asks_roster(asks: Asks) -> bool:
    """Whether a round asks who came and who left, so that an unchanged workbook is an answer too."""
    return any(ROSTER in fields for fields in asks.values())


def check_may_see(asks: Asks, account: Account) -> None:
    """Refuse who reads no records of persons, where a round asks of persons."""
    if set(asks) & {"pupils", "staff", "appointments"}:
        check_may_read_persons(account)


def sheet_fields(register: str, registers: Mapping[str, RegisterRule]) -> dict[str, FieldRule]:
    """The fields of a register's sheet by name: its own, and those that only a round's sheet has."""
    fields = dict(registers[register].fields)
    if register not in ROSTERS:
        return fields
    fields |= _PSEUDO
    for name in ROSTERS[register].leaving:
        if name.startswith(MOVED):
            field = registers["enrolments"].fields[name.removeprefix(MOVED)]
            events = {event: choice for event, choice in field.choices.items() if event in _LEAVING_EVENTS}
            fields[name] = field.model_copy(update={"choices": events, "required": False}) if events else field
    return fields


def kept_hidden(name: str, rule: FieldRule) -> bool:
    """Whether a value may be kept only as the register keeps it: sealed. What a round keeps of a return holds a mask in its place."""
    return rule.type in SEALED or (rule.sensitive and name in (*CONDITIONS, "placement"))


def roster_rows(
    register: str, fields: Collection[str], school_year: str, schools: Collection[Organisation]
) -> dict[int, dict[str, dict[str, Any]]]:
    """School → line → field → value: codes, texts, days, numbers, or `Sealed`; what is not known is left out."""
    keys = [school.pk for school in schools]
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for school, line, values in _READERS[register](keys, school_year, {*fields, *ROSTERS[register].identifying}):
        known = {name: value for name, value in values.items() if value is not None and value != ""}
        found.setdefault(school, {})[line] = {LINE: line, **known}
    return found


def names_of(register: str, lines: Iterable[str]) -> dict[str, str]:
    """How rows are called where they are spoken of, by their line; added rows have no name here."""
    keys = {int(line[1:]): line for line in lines if not line.startswith(NEW_ROW)}
    if register == "pupils":
        rows = Pupil.objects.filter(pk__in=keys).values_list("pk", "name")
        return {keys[key]: name for key, name in rows}
    if register == "staff":
        return {
            keys[key]: f"{name} {number}"
            for key, name, number in Staff.objects.filter(pk__in=keys).values_list("pk", "name", "staff_number")
        }
    if register == "classes":
        return {keys[one.pk]: str(one) for one in SchoolClass.objects.filter(pk__in=keys).select_related("school")}
    posts = Appointment.objects.filter(pk__in=keys).values_list("pk", "staff__name", "since")
    return {keys[key]: f"{name} {since}" for key, name, since in posts}


def thing_of(value: Any) -> Any:
    """A held value as a sheet or a page may show it: sealed ones masked, days as text."""
    if isinstance(value, Sealed):
        return value.masked
    return value.isoformat() if hasattr(value, "isoformat") else value


_Rows = Iterable[tuple[int, str, dict[str, Any]]]


def _pupils(schools: Collection[int], school_year: str, fields: Collection[str]) -> _Rows:
    columns = {field.name for field in Pupil._meta.concrete_fields}
    own = [name for name in fields if name in columns]
    stays = Enrolment.objects.filter(school__in=schools, school_year=school_year, left_on=None, pupil__merged_into=None)
    stays = stays.order_by("school__path", "grade", "school_class__name", "pupil__name", "pk")
    conditions = _conditions(schools, school_year) if {*CONDITIONS, "placement"} & set(fields) else {}
    wanted = ("school_id", "pupil_id", "grade", "school_class__name", *(f"pupil__{name}" for name in own))
    for school, pupil, grade, class_name, *values in stays.values_list(*wanted):
        row = dict(zip(own, values, strict=True)) | {"grade": grade, "class_name": class_name}
        row |= {name: value for name, value in conditions.get(pupil, {}).items() if name in fields}
        yield school, f"p{pupil}", row


def _conditions(schools: Collection[int], school_year: str) -> dict[int, dict[str, Any]]:
    """Pupil → condition → what is known of it: true for a plain one, else its detail, sealed."""
    pupils = Enrolment.objects.filter(school__in=schools, school_year=school_year, left_on=None).values("pupil")
    kinds = load_registers(settings.RULEBOOK_OVERLAY)["pupils"].fields
    found: dict[int, dict[str, Any]] = {}
    for one in PupilCondition.objects.filter(until=None, pupil__in=pupils):
        kind = one.kind.clear if one.kind else ""
        if kind in kinds:
            plain = kinds[kind].type == "boolean"
            found.setdefault(one.pupil_id, {})[kind] = True if plain else (one.detail or one.kind)
            if one.placement:
                found[one.pupil_id]["placement"] = one.placement
    return found


def _classes(schools: Collection[int], school_year: str, _fields: Collection[str]) -> _Rows:
    rows = SchoolClass.objects.filter(school__in=schools, school_year=school_year).order_by("school__path", "grade", "name")
    for school, key, grade, name, kind, head in rows.values_list("school_id", "pk", "grade", "name", "kind", "head_teacher__staff_number"):
        yield school, f"c{key}", {"grade": grade, "class_name": name, "class_kind": kind, "head_teacher": head}


def _staff(schools: Collection[int], _school_year: str, fields: Collection[str]) -> _Rows:
    columns = {field.name for field in Staff._meta.concrete_fields}
    own = [name for name in fields if name in columns]
    rows = Staff.objects.filter(employer__in=schools, left_on=None).order_by("employer__path", "name", "staff_number")
    for school, key, *values in rows.values_list("employer_id", "pk", *own):
        yield school, f"s{key}", dict(zip(own, values, strict=True))


def _appointments(schools: Collection[int], _school_year: str, _fields: Collection[str]) -> _Rows:
    rows = Appointment.objects.filter(school__in=schools, until=None).order_by("school__path", "staff__name", "since", "pk")
    for school, key, number, name, kind, since in rows.values_list(
        "school_id", "pk", "staff__staff_number", "staff__name", "kind", "since"
    ):
        yield school, f"a{key}", {"staff_number": number, "name": name, "kind": kind, "since": since}


_READERS: Mapping[str, Callable[[Collection[int], str, Collection[str]], _Rows]] = {
    "pupils": _pupils,
    "classes": _classes,
    "staff": _staff,
    "appointments": _appointments,
}
