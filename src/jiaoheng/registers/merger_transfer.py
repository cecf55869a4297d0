"""Merger transfer: every pupil of a school that closes goes to the school that follows it; asked for at once, approved at once.

Changes when the pupils of a merged school are moved otherwise. A request stands for every pupil, as if each had been asked for alone.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role, check_may_enter
from jiaoheng.access.change import Change, store_all
from jiaoheng.access.scope import check_covers
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.registers.approval import Request, approve_all
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.school_class import teaches

__all__ = ["MergerPreview", "approve_merger", "ask_merger", "merger_preview", "waiting_merger"]


@dataclass(frozen=True)
class MergerPreview:
    """Who would go: stays by grade; who stays behind, with the reason for each grade or pupil."""

    going: list[Enrolment] = field(default_factory=list)
    grades: list[tuple[str, int]] = field(default_factory=list)
    stands_in_the_way: list[str] = field(default_factory=list)
    waiting: int = 0


def merger_preview(school: Organisation, to: Organisation, *, on: date) -> MergerPreview:
    """What asking would do. Pupils for whom a transfer waits already are counted and not asked for again.

    Raises: Refused where both are one school, or the other is closed on the day.
    """
    if school.pk == to.pk:
        raise Refused(_("Choose another school: the pupils are at this one."))
    if not to.is_school or (to.valid_to is not None and to.valid_to < on):
        raise Refused(_("{school} takes in nobody on {day}.").format(school=to, day=on))
    rows = Enrolment.objects.filter(school=school, left_on=None).select_related("pupil__keeper", "school", "school_class")
    stays: list[Enrolment] = list(rows.order_by("grade", "school_class__name", "pupil__name", "pk"))
    asked = set(_pending(school).values_list("pupil", flat=True))
    going = [stay for stay in stays if stay.pupil_id not in asked]
    grades: dict[str, int] = {}
    for stay in going:
        grades[stay.grade] = grades.get(stay.grade, 0) + 1
    return MergerPreview(going, list(grades.items()), _obstacles(going, to, on), len(asked))


def ask_merger(school: Organisation, to: Organisation, *, on: date, by: Account, reason: str, document: str = "") -> int:
    """Ask for the transfer of every pupil; how many. All or none. Raises: Refused, also where anything stands in the way."""
    check_may_enter(by)
    if by.role != Role.OFFICER:
        raise Refused(_("A bureau officer asks for the transfer of a whole school. Your role does not."))
    check_covers(school.path, by)
    check_covers(to.path, by)
    said = " · ".join(part for part in (reason.strip(), document.strip()) if part)
    with transaction.atomic():
        trail.hold()
        seen = merger_preview(school, to, on=on)
        if seen.stands_in_the_way:
            raise Refused(" ".join(seen.stands_in_the_way))
        if not seen.going:
            raise Refused(_("Nobody is left to ask for."))
        rows = [Request(kind=Request.Kind.TRANSFER, pupil=one.pupil, school=to, on=on, reason=said, asked_by=by) for one in seen.going]
        return len(store_all(rows, change=Change(by, said)))


def waiting_merger(school: Organisation, account: Account) -> list[Request]:
    """The transfers out of a school that wait, as far as the account's scope holds them."""
    rows = Request.objects.for_account(account).filter(pk__in=_pending(school).values("pk"))
    return list(rows.select_related("pupil__keeper", "school", "asked_by").order_by("pk"))


def approve_merger(school: Organisation, *, by: Account, answer: str = "") -> int:
    """Approve them all, or none. Raises: Refused, naming the request that stands in the way."""
    waiting = waiting_merger(school, by)
    if not waiting:
        raise Refused(_("No transfer out of this school waits."))
    return approve_all(waiting, by=by, answer=answer)


def _pending(school: Organisation) -> Any:
    return Request.objects.filter(
        kind=Request.Kind.TRANSFER, state=Request.State.PENDING, pupil__enrolments__school=school, pupil__enrolments__left_on=None
    ).exclude(school=school)


def _obstacles(going: list[Enrolment], to: Organisation, on: date) -> list[str]:
    untaught = sorted({stay.grade for stay in going if not teaches(to, stay.grade)})
    words = [_("{school} does not teach grade {grade}.").format(school=to, grade=grade) for grade in untaught]
    early = [stay for stay in going if stay.entered_on > on]
    if early:
        words.append(_("{n} pupils entered only after {day}. Choose a later day.").format(n=len(early), day=on))
    other = [stay for stay in going if stay.school_year != str(SchoolYear.of(on))]
    if other:
        words.append(
            _("{n} pupils stand in another school year than that of {day}. Take in the turn of the year first.").format(
                n=len(other), day=on
            )
        )
    return words
