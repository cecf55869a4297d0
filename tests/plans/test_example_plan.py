"""The example's plans: goals of every kind for the whole bureau, in every state that a plan's pages show."""

from datetime import date

import pytest

from jiaoheng.access.account import Account, Refused
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.example_plan import make_example_plans
from jiaoheng.plans.goal import Goal
from jiaoheng.plans.goals_standing import standings
from jiaoheng.plans.status_rule import load_status_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau():
    county = Organisation.objects.create(code="D", name_zh="示例区", kind="county", path="D")
    bureau = Organisation.objects.create(code="DJY", name_zh="示例区教育局", kind="bureau", parent=county, path="D/DJY")
    for code in ("01", "02", "03", "04", "05", "06", "07", "08"):
        Organisation.objects.create(code=f"DJY{code}", name_zh=f"科室{code}", kind="office", parent=bureau, path=f"D/DJY/DJY{code}")
    Account.objects.create(username="officer", role="officer", organisation=bureau)
    return bureau


def test_this_years_plan_shows_every_state(bureau):
    _measured, this_year = make_example_plans(date(2026, 11, 22))
    states = {one.standing.status for one in standings(Goal.objects.filter(plan=this_year), date(2026, 11, 22), load_status_rule())}
    assert states == {"ahead", "on_course", "late", "missed", "reached", "not_reported"}
    assert len({goal.office_id for goal in this_year.goals.all()}) == 8


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 2, 28), date(2028, 2, 29), date(2026, 12, 31)])
def test_nothing_is_said_of_days_to_come(bureau, today, settings):
    for plan in make_example_plans(today):
        for goal in plan.goals.prefetch_related("progress", "milestones"):
            assert all(said.on <= today for said in goal.progress.all())
            assert all(step.done_on is None or step.done_on <= today for step in goal.milestones.all())


def test_made_once(bureau):
    assert len(make_example_plans(date(2026, 11, 22))) == 2
    assert make_example_plans(date(2026, 11, 22)) == []


def test_without_a_bureau_it_says_what_is_missing(db):
    with pytest.raises(Refused):
        make_example_plans(date(2026, 11, 22))
