"""Where a goal stands: the arithmetic of paths, milestones and days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.plans.standing import Course, Point, Step, path, standing
from jiaoheng.plans.status_rule import load_status_rule

RULE = load_status_rule()
BEGIN, DUE = date(2018, 1, 1), date(2018, 12, 31)
HALF = date(2018, 7, 2)  # 182 of 364 days


def numbered(*points, **more):
    return Course(BEGIN, DUE, points=[Point(on, value) for on, value in points], **{"target": 12.0, "baseline": 0.0, **more})


@pytest.mark.parametrize(
    ("value", "status", "way"),
    [(6, "on_course", 0.5), (5.5, "on_course", 0.458), (5, "late", 0.417), (7, "ahead", 0.583), (12, "ahead", 1.0), (13, "ahead", 1.0)],
)
def test_halfway_through_the_year_half_of_twelve_is_expected(value, status, way):
    found = standing(numbered((HALF, value)), HALF, RULE)
    assert (found.status, round(found.way, 3), found.expected) == (status, way, 6.0)


@pytest.mark.parametrize(("value", "status"), [(12, "reached"), (12.5, "reached"), (11.9, "missed")])
def test_after_the_day_it_is_reached_or_missed(value, status):
    assert standing(numbered((date(2018, 12, 30), value)), date(2019, 1, 1), RULE).status == status


def test_what_comes_after_the_day_does_not_count():
    late = numbered((date(2018, 12, 30), 11), (date(2019, 1, 10), 12))
    found = standing(late, date(2019, 2, 1), RULE)
    assert (found.status, found.now) == ("missed", Point(date(2018, 12, 30), 11))


def test_milestones_bend_the_path():
    bent = numbered((HALF, 2), milestones=[Point(HALF, 2.0)])
    assert standing(bent, HALF, RULE).expected == 2.0
    assert standing(bent, HALF, RULE).status == "on_course"
    assert standing(bent, date(2018, 10, 1), RULE).expected == pytest.approx(2 + 10 * 91 / 182)


def test_a_number_that_is_to_fall():
    falling = numbered((HALF, 0.8), operator="<=", target=0.6, baseline=1.0)
    assert standing(falling, HALF, RULE).status == "on_course"
    assert standing(numbered((HALF, 1.0), operator="<=", target=0.6, baseline=1.0), HALF, RULE).status == "late"
    kept = standing(numbered((HALF, 0.5), operator="<=", target=0.6, baseline=0.55), HALF, RULE)
    assert (kept.status, kept.way) == ("on_course", 1.0)
    lost = standing(numbered((HALF, 0.9), operator="<=", target=0.6, baseline=0.55), HALF, RULE)
    assert lost.status == "late"


def test_without_a_value_nothing_is_made_up():
    assert standing(numbered(), HALF, RULE).status == "not_reported"
    assert standing(numbered((DUE, 5)), HALF, RULE).status == "not_reported"
    assert standing(numbered(), date(2019, 1, 1), RULE).status == "missed"


def test_something_to_be_done():
    steps = [Step(date(2018, 3, 1), "选址", date(2018, 2, 20)), Step(date(2018, 6, 1), "开工")]
    open_goal = Course(BEGIN, DUE, steps=steps, last_word=date(2018, 6, 20))
    found = standing(open_goal, HALF, RULE)
    assert (found.status, found.way, found.numbers["step"]) == ("late", 0.5, "开工")
    assert standing(Course(BEGIN, DUE, last_word=date(2018, 6, 20)), HALF, RULE).status == "on_course"
    assert standing(Course(BEGIN, DUE, last_word=date(2018, 3, 1)), HALF, RULE).status == "not_reported"
    assert standing(Course(BEGIN, DUE, done_on=date(2018, 5, 1)), HALF, RULE).status == "ahead"
    assert standing(Course(BEGIN, DUE, done_on=date(2018, 5, 1)), date(2019, 1, 1), RULE).status == "reached"
    assert standing(Course(BEGIN, DUE, done_on=date(2019, 1, 5)), date(2019, 2, 1), RULE).status == "missed"
    assert standing(Course(BEGIN, DUE), date(2019, 1, 1), RULE).status == "missed"


def test_a_withdrawn_goal_is_neither_late_nor_missed():
    assert standing(numbered(withdrawn_on=date(2018, 5, 1)), date(2019, 1, 1), RULE).status == "withdrawn"


@given(
    target=st.floats(1, 1e6), start=st.floats(0, 0.99), value=st.floats(0, 2), day=st.integers(0, 500),
    operator=st.sampled_from([">=", "<=", "="]),
)  # fmt: skip
def test_reached_means_met_and_points_follow(target, start, value, day, operator):
    on = BEGIN + timedelta(days=day)
    course = Course(BEGIN, DUE, operator, target, start * target, points=[Point(BEGIN, value * target)])
    found = standing(course, on, RULE)
    met = {">=": value >= 1, "<=": value <= 1, "=": value == 1}[operator]
    if on > DUE:
        assert (found.status == "reached") == met or abs(value - 1) < 1e-8
    if found.status in ("reached", "ahead") and not met:
        assert abs(value - 1) < 1e-8 or found.way > found.numbers["ought"]
    assert 0 <= RULE.of_weight(found.status, found.way) <= 1


def test_the_path_begins_on_the_first_day_before_anything_is_reported() -> None:
    course = Course(date(2026, 1, 1), date(2026, 12, 20), target=6.0, milestones=[Point(date(2026, 6, 30), 2.0)])
    assert path(course, date(2026, 3, 1)) == [Point(date(2026, 1, 1), 0.0), Point(date(2026, 6, 30), 2.0), Point(date(2026, 12, 20), 6.0)]
