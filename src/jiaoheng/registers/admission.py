"""Admission 招生入学: a child comes onto a school's books: entered anew, or found by a whole number where the register has it.

Changes when what is asked at admission changes, or how a child is found that another school keeps.
"""

from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, check_may_enter
from jiaoheng.access.change import Change, altering
from jiaoheng.access.scope import check_covers
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.approval import Request, ask_transfer
from jiaoheng.registers.enrolment import Enrolment, enrol
from jiaoheng.registers.pupil import Pupil, pupils_with_identity_number
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.student_number import StudentNumber, StudentNumberRefused

__all__ = ["admit", "ask_transfer_of", "pupil_by_name_and_number"]


def admit(
    said: dict[str, Any], school: Organisation, *, grade: str, on: date, kind: str, school_class: SchoolClass | None, change: Change
) -> Enrolment:
    """A child that the register does not have: person and stay in one. Raises: Refused; then neither is stored."""
    with altering(change):
        child: Pupil = Pupil(keeper=school, **said).store(change=change)
        return enrol(child, school, grade=grade, on=on, kind=kind, school_class=school_class, change=change)


def pupil_by_name_and_number(name: str, number: str) -> Pupil | None:
    """The child with this whole identity or student number, given only to who knows the name that goes with it."""
    rows: Any = pupils_with_identity_number(number)
    found: Pupil | None = rows.first() or _with_student_number(number)
    return found if found is not None and "".join(found.name.split()) == "".join(name.split()) else None


def ask_transfer_of(name: str, number: str, to: Organisation, *, on: date, grade: str = "", by: Account, reason: str) -> Request:
    """Ask for a child of another school, who must be named and numbered exactly: the asking school does not see the other's pupils.

    Raises: Refused, with the same words whether the number or the name is wrong.
    """
    check_may_enter(by)
    check_covers(to.path, by)
    child = pupil_by_name_and_number(name, number)
    if child is None:
        raise Refused(_("No pupil of this name has this number. Compare both with the household register or the pupil's report."))
    return ask_transfer(child, to, on=on, grade=grade, by=by, reason=reason)


def _with_student_number(text: str) -> Pupil | None:
    try:
        number = StudentNumber.parse(text).text
    except StudentNumberRefused:
        return None
    rows: models.QuerySet[Pupil] = Pupil.objects.filter(merged_into__isnull=True, student_number=number)
    return rows.first()
