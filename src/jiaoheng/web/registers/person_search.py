"""Person search: pupils and staff of the reader's schools by name, by the beginning of their own number, or by a whole identity number.

Changes when persons are found by something else. Results are masked. That a whole identity number is somebody's is itself told by the
blind index: such a search is recorded, and it is taken from the body of a request only, never from an address.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, may_read_persons
from jiaoheng.access.scope import path_of
from jiaoheng.access.sealed_field import matching
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.identity_number import tidied
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.staff import Staff
from jiaoheng.web.registers.columns import code_words

__all__ = ["FoundPerson", "found_persons", "is_person_number", "record_search"]

_NUMBER = re.compile(r"[GLJ]?[0-9]{17}[0-9X]|[GLJ][0-9]{18}")
_SHORTEST_NUMBER = 6
"""Characters of a student or staff number that must be typed before it is looked for."""
_SHORTEST_NAME = 2


@dataclass(frozen=True)
class FoundPerson:
    """One line: the name, where the person is, a masked number."""

    name: str
    address: str
    detail: str


def is_person_number(asked: str) -> bool:
    """Whether the text is a whole identity or student number, which may stand in no address."""
    return bool(_NUMBER.fullmatch(tidied(asked)))


def found_persons(account: Account, asked: str, limit: int, *, whole: bool) -> dict[str, list[FoundPerson]]:
    """Pupils and staff by kind. `whole`: names are looked for anywhere in the text, else from their beginning, which is fast."""
    if not may_read_persons(account):
        return {"pupils": [], "staff": []}
    pupils = Pupil.objects.for_account(account).filter(merged_into__isnull=True).select_related("keeper")
    staff = Staff.objects.for_account(account).select_related("employer")
    return {
        "pupils": _pupils(list(_chosen(pupils, asked, "student_number", whole, account)[:limit]), account),
        "staff": [_of_staff(one) for one in _chosen(staff, asked, "staff_number", whole, account)[:limit]],
    }


def record_search(row: Any, account: Account) -> None:
    """Keep that somebody looked for this identity number and was told whose it is."""
    with transaction.atomic():
        entry = trail.Entry(
            trail.Action.OPENED, row._meta.label, str(row.pk), path_of(row), after={"field": "identity_number", "found_by": "search"}
        )
        trail.record([entry], by=account, reason=_("Search by identity number"))


def _chosen(rows: "QuerySet[Any]", asked: str, number: str, whole: bool, account: Account) -> Any:
    """The rows that the text names."""
    text = tidied(asked)
    if is_person_number(asked):
        by_identity = list(matching(rows, "identity_index", text)[:2])
        for row in by_identity:
            record_search(row, account)
        return by_identity or rows.filter(**{number: text})
    by_name = Q(name__contains=asked) if whole else Q(name__startswith=asked)
    if re.fullmatch(r"[0-9A-Z-]+", text):
        return rows.filter(**{f"{number}__startswith": text}) if len(text) >= _SHORTEST_NUMBER else rows.none()
    return rows.filter(by_name) if len(asked) >= _SHORTEST_NAME else rows.none()


def _pupils(rows: list[Pupil], account: Account) -> list[FoundPerson]:
    """With school, grade and class of the present stay, in one query."""
    stays = Enrolment.objects.for_account(account).filter(pupil__in=[row.pk for row in rows], left_on=None)
    present = {stay.pupil_id: stay for stay in stays.select_related("school", "school_class")}

    def where(row: Pupil) -> str:
        stay = present.get(row.pk)
        if stay is None:
            return _("{school}, not on the books now").format(school=row.keeper)
        place = f"{code_words('grade', stay.grade)} {stay.school_class.name if stay.school_class else ''}".strip()
        return f"{stay.school} · {place}"

    return [FoundPerson(row.name, reverse("pupil", args=[row.pk]), _joined(where(row), row)) for row in rows]


def _of_staff(row: Staff) -> FoundPerson:
    return FoundPerson(row.name, reverse("staff-member", args=[row.pk]), _joined(str(row.employer), row))


def _joined(where: str, row: Any) -> str:
    return " · ".join(part for part in (where, row.identity_number.masked if row.identity_number else "") if part)
