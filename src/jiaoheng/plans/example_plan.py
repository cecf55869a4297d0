"""Example plan: the work plans of the example district with their goals, reports and milestones, stored as anybody's plan is.

Changes when the example's plan shows something else. What it says is data (`rulebook/data/example_plans/`).
"""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.access.change import Change, altering
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.adopting import office_meant
from jiaoheng.plans.count_rule import CountRule, Time
from jiaoheng.plans.goal import Binding, Goal, Kind
from jiaoheng.plans.ledger_count import bind_to_ledger
from jiaoheng.plans.milestone import Milestone
from jiaoheng.plans.progress import report
from jiaoheng.plans.work_plan import WorkPlan
from jiaoheng.rulebook.loader import Rule, load_rules

__all__ = ["make_example_plan"]


class _CountsRule(Rule):
    """What is counted of a ledger's table, as in `count_rule`."""

    table: str
    where: str = ""
    sum: str = ""
    by: str = "opened_on"
    time: Time = "plan"


class _GoalRule(Rule):
    """`reported`: day, value and what was done, in words; `helps`: offices that help, by name; `milestones`: day and value; `steps`: day,
    words, day on which it was done; `done`: day and evidence; `counts`: the ledger that the goal follows."""

    heading: str
    text: str
    office: str
    helps: tuple[str, ...] = ()
    operator: Literal[">=", "<=", "="] = ">="
    target: float | None = None
    baseline: float | None = None
    weight: float = 1
    unit: str = ""
    due: date | None = None
    measure: str = ""
    counts: _CountsRule | None = None
    reported: tuple[tuple[date, float] | tuple[date, float, str], ...] = ()
    milestones: tuple[tuple[date, float], ...] = ()
    steps: tuple[tuple[date, str, date | None], ...] = ()
    noted: tuple[tuple[date, str], ...] = ()
    done: tuple[date, str] | None = None


class _PlanRule(Rule):
    """`of_this_year`: days are read as days of the year that the plan is made in, and what is not yet past was not yet reported."""

    title: str
    of_this_year: bool = False
    begins_on: date
    ends_on: date
    goals: tuple[_GoalRule, ...]


def make_example_plan(today: date) -> int:
    """The plans of the example district, each once; how many goals were made. Raises: Refused without a bureau officer."""
    officer = Account.objects.filter(role=Role.OFFICER, is_active=True, organisation__isnull=False).select_related("organisation").first()
    if officer is None or officer.organisation is None or officer.organisation.is_school:
        raise Refused(_("The example plan needs a bureau officer's account. Take the example in first."))
    change, made = Change(officer, _("example plan")), 0
    offices = list(officer.organisation.subtree.filter(kind="office").order_by("code"))
    for kept in load_rules("example_plans", _PlanRule).values():
        rule = _of_year(kept, today) if kept.of_this_year else kept
        if WorkPlan.objects.filter(organisation=officer.organisation, title=rule.title).exists():
            continue
        with altering(change):
            plan = WorkPlan(
                organisation=officer.organisation, title=rule.title, begins_on=rule.begins_on, ends_on=rule.ends_on
            ).store(change=change)  # fmt: skip
            for place, one in enumerate(rule.goals, start=1):
                helps = [helper.code for name in one.helps if (helper := office_meant(name, offices))]
                _make(plan, place, one, office_meant(one.office, offices) or officer.organisation, helps, change)
        made += len(rule.goals)
    return made


def _of_year(rule: _PlanRule, today: date) -> _PlanRule:
    """The plan in the year of a day, with what was known by then."""
    said = _moved(rule.model_dump(), today.year)
    for goal in said["goals"]:
        for name in ("reported", "noted"):
            goal[name] = [line for line in goal[name] if line[0] <= today]
        goal["steps"] = [(due, words, on if on and on <= today else None) for due, words, on in goal["steps"]]
        goal["done"] = goal["done"] if goal["done"] and goal["done"][0] <= today else None
    return _PlanRule.model_validate(said | {"title": rule.title.format(year=today.year)})


def _moved(said: Any, year: int) -> Any:
    """Every day within, moved to the year; 29 February is for leap years only and is written in no plan."""
    if isinstance(said, date):
        return said.replace(year=year)
    if isinstance(said, dict):
        return {name: _moved(value, year) for name, value in said.items()}
    return [_moved(value, year) for value in said] if isinstance(said, list | tuple) else said


def _make(plan: WorkPlan, place: int, rule: _GoalRule, office: Organisation, helps: list[str], change: Change) -> None:
    numbered = rule.target is not None
    goal = Goal(
        plan=plan, place=place, heading=rule.heading, text=rule.text, office=office, due=rule.due or plan.ends_on, operator=rule.operator,
        kind=Kind.NUMBER if numbered else Kind.EVIDENCE, target=None if rule.target is None else Decimal(str(rule.target)), unit=rule.unit,
        bound_to=Binding.MEASURE if rule.measure else Binding.REPORTED, measure=rule.measure, weight=Decimal(str(rule.weight)),
        baseline=None if rule.baseline is None else Decimal(str(rule.baseline)), co_offices=",".join(helps),
    ).store(change=change)  # fmt: skip
    if rule.counts:
        bind_to_ledger(goal, CountRule(**rule.counts.model_dump()), change=change)
    for day, value in rule.milestones:
        Milestone(goal=goal, due=day, value=Decimal(str(value))).store(change=change)
    for day, words, done_on in rule.steps:
        Milestone(goal=goal, due=day, words=words, done_on=done_on).store(change=change)
    for day, value, *told in rule.reported:
        report(goal, on=day, note=told[0] if told else _("example plan"), value=Decimal(str(value)), change=change)
    for day, words in rule.noted:
        report(goal, on=day, note=words, change=change)
    if rule.done:
        report(goal, on=rule.done[0], note=rule.done[1], done=True, evidence=rule.done[1], change=change)
