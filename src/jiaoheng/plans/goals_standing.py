"""Goals standing: the goals of a plan with where each stands on a day, read from the database in a few queries.

Changes when a goal's course draws on something new. The arithmetic is `standing`; offices are scored here for the yearly assessment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, cast

from django.db import models

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.count_rule import CountRefused
from jiaoheng.plans.goal import Binding, Goal, Kind
from jiaoheng.plans.ledger_count import LedgerCount, count_of
from jiaoheng.plans.standing import Course, Point, Standing, Step, standing
from jiaoheng.plans.status_rule import StatusRule

__all__ = ["GoalStanding", "OfficeScore", "scores", "standing_by", "standings"]


@dataclass(frozen=True)
class GoalStanding:
    """A goal, what is known of its course, and where it stands. `count`: of one that follows a ledger, or why it cannot be counted."""

    goal: Goal
    course: Course
    standing: Standing
    count: LedgerCount | CountRefused | None = None


@dataclass(frozen=True)
class OfficeScore:
    """An office's goals in the yearly assessment: points gained of the weight that could be gained, goal by goal."""

    office: Organisation
    lines: tuple[tuple[GoalStanding, float], ...]
    gained: float
    possible: float

    @property
    def of_hundred(self) -> float | None:
        return self.gained / self.possible * 100 if self.possible else None


def standings(goals: "models.QuerySet[Goal]", day: date, rule: StatusRule) -> list[GoalStanding]:
    """The goals in their order, each with where it stands on a day."""
    rows = goals.select_related("plan__organisation", "office").prefetch_related("milestones", "progress__told_by", "readings")
    found = []
    for goal in rows:
        if goal.kind == Kind.NUMBER and goal.bound_to == Binding.LEDGER:
            found.append(standing_by(goal, _count_of(goal), day, rule))
        else:
            course = _course_of(goal)
            found.append(GoalStanding(goal, course, standing(course, day, rule)))
    return found


def standing_by(goal: Goal, count: LedgerCount | CountRefused, day: date, rule: StatusRule) -> GoalStanding:
    """Where a goal stands by what a ledger counts, from the first day that is counted."""
    course = replace(_course_of(goal), points=[])
    if isinstance(count, LedgerCount):
        course = replace(course, begins_on=min(count.first, course.due), points=count.points(day))
    return GoalStanding(goal, course, standing(course, day, rule), count)


def _count_of(goal: Goal) -> LedgerCount | CountRefused:
    try:
        return count_of(goal)
    except CountRefused as refused:
        return refused


def _course_of(goal: Goal) -> Course:
    """What is known of a goal's course: its readings or reports, its milestones, when it was done."""
    reports = list(goal.progress.all())
    numbered = goal.kind == Kind.NUMBER
    if numbered and goal.bound_to == Binding.MEASURE:
        points = [Point(one.on, one.value, one.snapshot) for one in goal.readings.all() if one.value is not None]
    else:
        points = [Point(one.on, float(one.value), str(one.told_by)) for one in reports if one.value is not None]
    milestones = list(goal.milestones.all())
    done = [one.on for one in reports if one.done]
    return Course(
        begins_on=goal.plan.begins_on,
        due=goal.due,
        operator=cast(Literal[">=", "<=", "="], goal.operator),
        target=float(goal.target) if numbered and goal.target is not None else None,
        baseline=None if goal.baseline is None else float(goal.baseline),
        milestones=[Point(one.due, float(one.value)) for one in milestones if one.value is not None],
        points=points,
        steps=[Step(one.due, one.words, one.done_on) for one in milestones if one.value is None],
        done_on=min(done) if done else None,
        last_word=max((one.on for one in reports), default=None),
        withdrawn_on=goal.withdrawn_on,
    )


def scores(found: Iterable[GoalStanding], rule: StatusRule) -> list[OfficeScore]:
    """Each office's score, the highest first. A withdrawn goal neither gains nor costs."""
    by_office: dict[int, list[GoalStanding]] = {}
    offices: dict[int, Organisation] = {}
    for one in found:
        if one.standing.status != "withdrawn":
            by_office.setdefault(one.goal.office_id, []).append(one)
            offices[one.goal.office_id] = one.goal.office
    made = [_score(offices[key], lines, rule) for key, lines in by_office.items()]
    return sorted(made, key=lambda one: (-(one.of_hundred or 0), one.office.path))


def _score(office: Organisation, found: Sequence[GoalStanding], rule: StatusRule) -> OfficeScore:
    lines = tuple((one, float(one.goal.weight) * rule.of_weight(one.standing.status, one.standing.way)) for one in found)
    return OfficeScore(office, lines, sum(points for _, points in lines), sum(float(one.goal.weight) for one in found))
