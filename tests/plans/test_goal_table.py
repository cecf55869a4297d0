"""The table of goals that a snapshot holds: as they stood on its day, with the course to compute it again."""

from datetime import date
from decimal import Decimal

import pytest

from jiaoheng.access.account import Account
from jiaoheng.access.change import Change
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.example_plan import make_example_plan
from jiaoheng.plans.frozen_course import course_from
from jiaoheng.plans.goal import Goal
from jiaoheng.plans.goal_table import goal_table
from jiaoheng.plans.goals_standing import standings
from jiaoheng.plans.progress import report
from jiaoheng.plans.standing import standing
from jiaoheng.plans.status_rule import load_status_rule

DAY = date(2018, 9, 1)


@pytest.fixture
def example(db):
    county = Organisation.objects.create(code="D", name_zh="示例区", kind="county", path="D")
    bureau = Organisation.objects.create(code="JY", name_zh="教育局", kind="bureau", parent=county, path="D/JY")
    Organisation.objects.create(code="JY1", name_zh="人事股", kind="office", parent=bureau, path="D/JY/JY1")
    Account.objects.create(username="officer", role="officer", organisation=county)
    assert make_example_plan(date(2026, 11, 22)) > 10 and make_example_plan(date(2026, 11, 22)) == 0


def test_every_goal_stands_as_the_page_says_and_can_be_computed_again(example):
    rule = load_status_rule()
    rows = goal_table(DAY).to_pylist()
    stood = {str(one.goal.pk): one for one in standings(Goal.objects.filter(plan__begins_on__lte=DAY), DAY, rule)}
    assert len(rows) == len(stood) > 10 and {row["organisation"] for row in rows} == {"D", "JY1"}
    for row in rows:
        again = standing(course_from(row["course"]), DAY, rule)
        assert (row["status"], row["way"]) == (again.status, again.way) == (
            stood[row["goal"]].standing.status, stood[row["goal"]].standing.way,
        )  # fmt: skip


def test_what_was_reported_after_the_day_is_not_in_it(example):
    goal = Goal.objects.get(text__startswith="新建、改扩建", due__year=2018)
    before = goal_table(DAY)
    report(goal, on=date(2018, 9, 20), note="x", value=Decimal(12), change=Change(Account.objects.get(), "x"))
    assert goal_table(DAY).equals(before)
    (row,) = [row for row in goal_table(date(2018, 9, 30)).to_pylist() if row["goal"] == str(goal.pk)]
    assert (row["value"], row["value_on"], row["target"]) == (12.0, date(2018, 9, 20), 12.0)


def test_a_plan_that_has_not_begun_is_not_in_it(example):
    assert goal_table(date(2017, 12, 31)).num_rows == 0
