"""Standing: how far a goal has come on a day, computed and never coloured by hand, with its arithmetic.

Changes when the arithmetic of a goal's course changes. Pure: what is known of a goal goes in, status and reasons come out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Literal

from jiaoheng.plans.status_rule import Status, StatusRule

__all__ = ["Course", "Point", "Standing", "Step", "path", "standing"]


@dataclass(frozen=True)
class Point:
    """A value known on a day, and where it is from: a snapshot's hash, or who reported it."""

    on: date
    value: float
    source: str = ""


@dataclass(frozen=True)
class Step:
    """Something to be done by a day, and when it was."""

    due: date
    words: str
    done_on: date | None = None


@dataclass(frozen=True)
class Course:
    """What is known of a goal. With a number: operator, target, the path's points (milestones) and the values known.

    Without one: `steps`, and `done_on` where the goal itself was said to be done. `last_word`: the day of the last report.
    """

    begins_on: date
    due: date
    operator: Literal[">=", "<=", "="] = ">="
    target: float | None = None
    baseline: float | None = None
    milestones: Sequence[Point] = ()
    points: Sequence[Point] = ()
    steps: Sequence[Step] = ()
    done_on: date | None = None
    last_word: date | None = None
    withdrawn_on: date | None = None


@dataclass(frozen=True)
class Standing:
    """`way`: the part of the way from start to target that was gone (1 at the target); `expected`: where the path is on the day.

    `reason` is a key of words that pages translate, `numbers` what goes into them, in order.
    """

    status: Status
    way: float
    now: Point | None
    expected: float | None
    reason: str
    numbers: dict[str, object] = field(default_factory=dict)


def standing(course: Course, day: date, rule: StatusRule) -> Standing:
    """Where a goal stands at the end of a day."""
    if course.withdrawn_on is not None and course.withdrawn_on <= day:
        return Standing("withdrawn", 0.0, None, None, "withdrawn", {"day": course.withdrawn_on})
    return _numbered(course, day, rule) if course.target is not None else _stepwise(course, day, rule)


def _numbered(course: Course, day: date, rule: StatusRule) -> Standing:
    assert course.target is not None
    known = sorted((point for point in course.points if point.on <= day), key=lambda point: point.on)
    start = _start(course, known)
    now = known[-1] if known else None
    if now is None:
        return Standing("missed" if day > course.due else "not_reported", 0.0, None, None, "no_value", {"due": course.due})
    at_end = [point for point in known if point.on <= course.due][-1:] or [now]
    judged = at_end[0] if day > course.due else now
    expected = _expected(course, start, day)
    way, ought = _way(course, start, judged.value), _way(course, start, expected)
    numbers: dict[str, object] = {
        "now": judged.value, "on": judged.on, "target": course.target, "operator": course.operator, "due": course.due, "expected": expected,
        "start": start.value, "began": start.on, "way": way, "ought": ought, "tolerance": rule.tolerance,
    }  # fmt: skip
    if _met(course, judged.value):
        if day > course.due:
            return Standing("reached", 1.0, judged, expected, "met_at_end", numbers)
        return Standing("on_course" if course.operator == "<=" else "ahead", 1.0, judged, expected, "met_before_end", numbers)
    if day > course.due:
        return Standing("missed", way, judged, expected, "not_met", numbers)
    gap = way - ought
    status: Status = "ahead" if gap > rule.tolerance else "on_course" if gap >= -rule.tolerance else "late"
    return Standing(status, way, judged, expected, "on_path", numbers)


def _start(course: Course, known: Sequence[Point]) -> Point:
    """Where the path begins: the baseline on the first day, else the first value known, else nothing done."""
    if course.baseline is not None:
        return Point(course.begins_on, course.baseline)
    if course.operator == "<=" and known:
        return Point(course.begins_on, known[0].value)
    return Point(course.begins_on, 0.0)


def path(course: Course, day: date) -> list[Point]:
    """The corners of the path of a goal with a number, as it is known on a day: the start, the milestones, the target."""
    return _corners(course, _start(course, sorted((point for point in course.points if point.on <= day), key=lambda point: point.on)))


def _corners(course: Course, start: Point) -> list[Point]:
    assert course.target is not None
    between = sorted((one for one in course.milestones if start.on < one.on < course.due), key=lambda one: one.on)
    return [start, *between, Point(course.due, course.target)]


def _expected(course: Course, start: Point, day: date) -> float:
    """The path on a day: straight lines from the start through the milestones to the target."""
    assert course.target is not None
    if day >= course.due:
        return course.target
    for left, right in pairwise(_corners(course, start)):
        if day <= right.on:
            passed, whole = max((day - left.on).days, 0), max((right.on - left.on).days, 1)
            return left.value + (right.value - left.value) * passed / whole
    return course.target


def _way(course: Course, start: Point, value: float) -> float:
    """The part of the way from start to target at a value; 1 where there was no way to go and none was lost."""
    assert course.target is not None
    whole = course.target - start.value
    if whole == 0 or _met(course, start.value):
        return 1.0 if _met(course, value) else max(0.0, 1 - abs(value - course.target) / (abs(course.target) or 1))
    return max(0.0, (value - start.value) / whole)


def _met(course: Course, value: float) -> bool:
    assert course.target is not None
    noise = 1e-9 * max(1.0, abs(course.target))
    if course.operator == ">=":
        return value >= course.target - noise
    return value <= course.target + noise if course.operator == "<=" else abs(value - course.target) <= noise


def _stepwise(course: Course, day: date, rule: StatusRule) -> Standing:
    steps = [step for step in course.steps if step.due <= course.due]
    done = [step for step in steps if step.done_on is not None and step.done_on <= day]
    way = len(done) / len(steps) if steps else 0.0
    numbers: dict[str, object] = {"due": course.due, "steps": len(steps), "done": len(done)}
    if course.done_on is not None and course.done_on <= day:
        numbers["on"] = course.done_on
        late = course.done_on > course.due
        if late:
            return Standing("missed", 1.0, None, None, "done_late", numbers)
        return Standing("reached" if day > course.due else "ahead", 1.0, None, None, "done", numbers)
    if day > course.due:
        return Standing("missed", way, None, None, "not_done", numbers)
    overdue = [step for step in steps if step.due < day and (step.done_on is None or step.done_on > day)]
    if overdue:
        return Standing("late", way, None, None, "step_overdue", {**numbers, "step": overdue[0].words, "step_due": overdue[0].due})
    silent = (day - max(course.begins_on, course.last_word or course.begins_on)).days
    if silent > rule.report_every_days:
        last = {"days": silent, "every": rule.report_every_days}
        return Standing("not_reported", way, None, None, "silent", {**numbers, **last})
    return Standing("on_course", way, None, None, "steps_kept", numbers)
