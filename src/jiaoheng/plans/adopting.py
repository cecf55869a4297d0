"""Adopting: goals that an officer confirmed, from a document or typed, become the goals of a plan; all or none.

Changes when what is confirmed of a draft changes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change, altering
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.goal import Binding, Goal, Kind, Operator
from jiaoheng.plans.reading import DraftGoal
from jiaoheng.plans.work_plan import WorkPlan

__all__ = ["ConfirmedGoal", "adopt", "day_meant", "office_meant", "proposed"]

_OPERATORS = {">=": Operator.AT_LEAST, "<=": Operator.AT_MOST, "=": Operator.EXACTLY, "~": Operator.AT_LEAST, "between": Operator.AT_LEAST}


@dataclass(frozen=True)
class ConfirmedGoal:
    """A goal as the officer left it. `target` None: yes or no, with evidence. `measure` empty: reported progress."""

    heading: str
    text: str
    office: Organisation
    due: date
    operator: str = ">="
    target: Decimal | None = None
    unit: str = ""
    measure: str = ""


def adopt(plan: WorkPlan, goals: Sequence[ConfirmedGoal], *, change: Change) -> list[Goal]:
    """Store the plan and its goals, in their order. Raises: Refused where one of them cannot be stored; nothing is then."""
    if not goals:
        raise Refused(_("No goal was chosen. Tick at least one."))
    with altering(change):
        plan = plan.store(change=change)
        return [_stored(plan, place, one, change) for place, one in enumerate(goals, start=1)]


def _stored(plan: WorkPlan, place: int, one: ConfirmedGoal, change: Change) -> Goal:
    numbered = one.target is not None
    return Goal(
        plan=plan, place=place, heading=one.heading, text=one.text, office=one.office, due=one.due,
        kind=Kind.NUMBER if numbered else Kind.EVIDENCE, operator=one.operator, target=one.target, unit=one.unit,
        bound_to=Binding.MEASURE if one.measure and numbered else Binding.REPORTED, measure=one.measure if numbered else "",
    ).store(change=change)  # fmt: skip


def proposed(drafts: Iterable[DraftGoal], offices: Sequence[Organisation], otherwise: Organisation, begins: date, ends: date) -> list[
    ConfirmedGoal
]:  # fmt: skip
    """The drafts of a document as goals to be confirmed: office and day where the words tell them."""
    made = []
    for draft in drafts:
        target = draft.target
        section = f"{draft.section}/{draft.point}. {draft.heading}" if draft.heading else draft.section
        made.append(
            ConfirmedGoal(
                heading=section[:400],
                text=" ".join(draft.text.split()),
                office=office_meant(draft.office, offices) or otherwise,
                due=day_meant(draft.deadline, begins, ends),
                operator=_OPERATORS[target.op] if target else Operator.AT_LEAST,
                target=Decimal(str(target.value)) if target else None,
                unit=target.unit[:20] if target else "",
            )
        )
    return made


def office_meant(name: str, offices: Sequence[Organisation]) -> Organisation | None:
    """The office of this name, or whose name holds it."""
    if not name:
        return None
    exact = next((one for one in offices if name in (one.name_zh, one.name_en, one.code)), None)
    return exact or next((one for one in offices if name in one.name_zh or (one.name_zh and one.name_zh in name)), None)


_ENDS = ((r"上半年|春季学期", (6, 30)), (r"一季度", (3, 31)), (r"二季度", (6, 30)), (r"三季度", (9, 30)))


def day_meant(words: str, begins: date, ends: date) -> date:
    """The last day of a deadline, «9月底前», «上半年»; the plan's own last day where it cannot be told."""
    named = re.search(r"(20\d{2})年", words)
    year = int(named[1]) if named else ends.year
    found = re.search(r"(\d{1,2})月(?:(\d{1,2})日)?", words)
    day: date | None = None
    if found and 1 <= int(found[1]) <= 12:
        day = _day(year, int(found[1]), int(found[2]) if found[2] else 31)
    else:
        day = next((_day(year, *end) for pattern, end in _ENDS if re.search(pattern, words)), None)
        day = day or (_day(year, 12, 31) if named else None)
    return day if day is not None and begins <= day <= ends else ends


def _day(year: int, month: int, day: int) -> date:
    """The day, or the month's last where it has fewer."""
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1
