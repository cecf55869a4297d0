"""Frozen course: what is known of a goal's course as JSON, in which it lies in a snapshot, and back.

Changes when a course knows something new. Names of persons are left out: a value is from a snapshot, or was reported.
"""

import json
from datetime import date
from typing import Any

from jiaoheng.plans.standing import Course, Point, Step

__all__ = ["as_text", "course_from"]

_DAYS = ("begins_on", "due", "done_on", "last_word", "withdrawn_on")


def as_text(course: Course, day: date) -> str:
    """The course as it was known at the end of a day."""
    plain: dict[str, Any] = {name: _written(getattr(course, name)) for name in _DAYS}
    for name in ("done_on", "last_word", "withdrawn_on"):
        known = getattr(course, name)
        plain[name] = _written(known) if known is not None and known <= day else None
    plain |= {"operator": course.operator, "target": course.target, "baseline": course.baseline}
    plain["milestones"] = [[one.on.isoformat(), one.value] for one in course.milestones]
    plain["points"] = [[one.on.isoformat(), one.value] for one in course.points if one.on <= day]
    plain["steps"] = [
        [one.due.isoformat(), one.words, _written(one.done_on) if one.done_on and one.done_on <= day else None] for one in course.steps
    ]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def course_from(text: str) -> Course:
    """The course as it was frozen."""
    read = json.loads(text)
    begins, due, done, last, withdrawn = (_day(read[name]) for name in _DAYS)
    assert begins is not None and due is not None
    return Course(
        begins_on=begins,
        due=due,
        operator=read["operator"],
        target=read["target"],
        baseline=read["baseline"],
        milestones=[Point(date.fromisoformat(on), value) for on, value in read["milestones"]],
        points=[Point(date.fromisoformat(on), value) for on, value in read["points"]],
        steps=[Step(date.fromisoformat(by), words, _day(done_on)) for by, words, done_on in read["steps"]],
        done_on=done,
        last_word=last,
        withdrawn_on=withdrawn,
    )


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
