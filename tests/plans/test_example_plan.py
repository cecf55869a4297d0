"""The example's plans: goals of every kind for the whole bureau, in every state that a plan's pages show."""

from datetime import date

import pytest

from jiaoheng.access.account import Account, Refused
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.example_plan import make_example_plan
from jiaoheng.plans.goal import Goal
from jiaoheng.plans.goals_standing import standings
from jiaoheng.plans.status_rule import load_status_rule

pytestmark = pytest.mark.django_db


NAMES = ["办公室", "人事股", "基础教育股", "学前教育股", "计划财务股", "教育督导室", "学生资助管理中心", "教研室"]


@pytest.fixture
def bureau():
    bureau = Organisation.objects.create(code="D", name_zh="示例区教育局", kind="bureau", path="D")
    for number, name in enumerate(NAMES):
        Organisation.objects.create(code=f"D{number}", name_zh=name, kind="office", parent=bureau, path=f"D/D{number}")
    Account.objects.create(username="officer", role="officer", organisation=bureau)


def test_this_years_plan_shows_every_state(bureau):
    make_example_plan(date(2026, 11, 22))
    goals = Goal.objects.filter(plan__title="2026年教育工作要点")
    states = {one.standing.status for one in standings(goals, date(2026, 11, 22), load_status_rule())}
    assert states == {"ahead", "on_course", "late", "missed", "reached", "not_reported"}
    assert {goal.office.name_zh for goal in goals} == set(NAMES)


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2028, 2, 29), date(2026, 12, 31)])
def test_nothing_is_said_of_days_to_come(bureau, today):
    make_example_plan(today)
    for goal in Goal.objects.prefetch_related("progress", "milestones"):
        assert all(said.on <= today for said in goal.progress.all())
        assert all(step.done_on is None or step.done_on <= today for step in goal.milestones.all())


def test_without_a_bureau_it_says_what_is_missing(db):
    with pytest.raises(Refused):
        make_example_plan(date(2026, 11, 22))
