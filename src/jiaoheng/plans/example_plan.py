"""Example plan: the work plans of the example district, with goals of every kind and what was reported of them, stored as anybody's are.

Changes when the example's plans show something else. Days not yet come are left out, so that no report is ahead of the calendar.
"""

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from django.db import transaction
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, Role, operator
from jiaoheng.access.account_change import AccountChange, make_account
from jiaoheng.access.change import Change
from jiaoheng.organisations.organisation import SCHOOL_KINDS, Organisation
from jiaoheng.plans.goal import Binding, Goal, Kind
from jiaoheng.plans.milestone import Milestone
from jiaoheng.plans.progress import report
from jiaoheng.plans.work_plan import WorkPlan
from jiaoheng.rulebook.loader import Rule, load_rules

__all__ = ["make_example_plans"]


class _Step(Rule):
    due: str
    value: float | None = None
    words: str = ""
    done: bool = False


class _Report(Rule):
    at: float
    note: str
    value: float | None = None
    evidence: str = ""


class _Goal(Rule):
    heading: str
    text: str
    office: str
    due: str
    op: Literal[">=", "<=", "="] = ">="
    target: float | None = None
    unit: str = ""
    baseline: float | None = None
    measure: str = ""
    weight: float = 1
    co_offices: Sequence[str] = ()
    milestones: Sequence[_Step] = ()
    reports: Sequence[_Report] = ()
    done: _Report | None = None


class _Plan(Rule):
    title: str
    year: int | None = None
    goals: Sequence[_Goal]


def make_example_plans(today: date) -> list[WorkPlan]:
    """One plan for the year of the example's snapshot and one for this year; those that are there already are left alone.

    Raises: Refused without a bureau with offices and an officer.
    """
    bureau = Organisation.objects.filter(kind="bureau").order_by("path").first()
    officer = Account.objects.filter(role=Role.OFFICER, is_active=True).exclude(organisation__kind__in=SCHOOL_KINDS).first()
    if bureau is None or officer is None or bureau.parent is None:
        raise Refused(_("The example plans need a bureau with its offices and a bureau officer's account. Take the example in first."))
    made = []
    for asked in load_rules("example_plans", _Plan).values():
        year = asked.year or today.year
        title = asked.title.format(year=year)
        if WorkPlan.objects.filter(organisation=bureau.parent, title=title).exists():
            continue
        with transaction.atomic():
            made.append(_make(asked, title, year, bureau, officer, today))
    return made


def _make(asked: _Plan, title: str, year: int, bureau: Organisation, officer: Account, today: date) -> WorkPlan:
    area = bureau.parent
    assert area is not None
    change = Change(officer, _("example plan"))
    begins, ends = date(year, 1, 1), date(year, 12, 31)
    plan = WorkPlan(organisation=area, title=title, begins_on=begins, ends_on=ends, source=title).store(change=change)
    for place, one in enumerate(asked.goals, start=1):
        goal = _goal(plan, place, one, bureau).store(change=change)
        for step in one.milestones:
            due = _day(year, step.due)
            Milestone(
                goal=goal, due=due, value=_decimal(step.value), words=step.words, done_on=due if step.done and due <= today else None
            ).store(change=change)
        gone = (min(today, ends) - begins).days
        for said in (*one.reports, *([one.done] if one.done else ())):
            report(
                goal, on=begins + timedelta(days=int(gone * said.at)), note=said.note, value=_decimal(said.value),
                done=said is one.done, evidence=said.evidence, change=Change(_owner(goal.office), _("example plan")),
            )  # fmt: skip
    return plan


def _goal(plan: WorkPlan, place: int, one: _Goal, bureau: Organisation) -> Goal:
    return Goal(
        plan=plan, place=place, heading=one.heading, text=one.text, office=_office(bureau, one.office), due=_day(plan.begins_on.year, one.due),
        co_offices=",".join(bureau.code + code for code in one.co_offices), kind=Kind.EVIDENCE if one.target is None else Kind.NUMBER,
        operator=one.op, target=_decimal(one.target), unit=one.unit, baseline=_decimal(one.baseline), weight=Decimal(str(one.weight)),
        bound_to=Binding.MEASURE if one.measure else Binding.REPORTED, measure=one.measure,
    )  # fmt: skip


def _office(bureau: Organisation, code: str) -> Organisation:
    """The bureau's office; the bureau itself where a smaller example has none of this code."""
    return Organisation.objects.filter(code=bureau.code + code).first() or bureau


def _owner(office: Organisation) -> Account:
    """An officer of the office; nobody knows the password."""
    name = f"officer-{office.code}"
    known = Account.objects.filter(username=name).first()
    change = AccountChange(operator(), "Example plans")
    return known or make_account(name, role=Role.OFFICER, organisation=office, password=secrets.token_urlsafe(24), change=change)


def _day(year: int, words: str) -> date:
    month, day = words.split("-")
    return date(year, int(month), int(day))


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
