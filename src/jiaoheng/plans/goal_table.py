"""Goal table: the goals of every plan as a snapshot holds them, each with where it stood on the day.

Changes when what is frozen of goals changes. Papers are written from it, so that a locked one can be written again years later.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
from django.conf import settings

from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.plans.frozen_course import as_text
from jiaoheng.plans.goal import Goal
from jiaoheng.plans.goals_standing import GoalStanding, standings
from jiaoheng.plans.status_rule import load_status_rule
from jiaoheng.rulebook.tables import load_tables

__all__ = ["goal_table"]

_KINDS: dict[str, Any] = {"count": pa.int64(), "amount": pa.float64(), "date": pa.date32()}


def goal_table(day: date) -> pa.Table:
    """Every goal of a plan that had begun by the day. The school year is that in which the goal is due."""
    rule = load_status_rule(settings.RULEBOOK_OVERLAY)
    rows = [_row(one, day) for one in standings(Goal.objects.filter(plan__begins_on__lte=day), day, rule)]
    columns = {name: _KINDS.get(column.type, pa.string()) for name, column in load_tables()["goals"].columns.items()}
    first = dict.fromkeys(("organisation", "school_year", "stage"), pa.string())
    return pa.Table.from_pylist(rows, pa.schema(list({**first, **columns}.items())))


def _row(one: GoalStanding, day: date) -> dict[str, Any]:
    goal, found = one.goal, one.standing
    known = sorted((point for point in one.course.points if point.on <= day), key=lambda point: point.on)
    last_word = max((report.on for report in goal.progress.all() if report.on <= day), default=None)
    steps = one.course.steps
    done = one.course.done_on if one.course.done_on is not None and one.course.done_on <= day else None
    return {
        "organisation": goal.office.code, "school_year": str(SchoolYear.of(goal.due)), "stage": "",
        "goal": str(goal.pk), "plan": str(goal.plan_id), "plan_title": goal.plan.title, "plan_of": goal.plan.organisation.code,
        "begins_on": goal.plan.begins_on, "ends_on": goal.plan.ends_on, "place": goal.place, "heading": goal.heading, "text": goal.text,
        "helps": goal.co_offices, "kind": goal.kind, "operator": goal.operator if goal.target is not None else "",
        "target": None if goal.target is None else float(goal.target), "unit": goal.unit, "due": goal.due, "bound_to": goal.bound_to,
        "measure": goal.measure, "measured_stage": goal.stage or "all",
        "value": known[-1].value if known else None, "value_on": known[-1].on if known else None, "done_on": done,
        "steps": len(steps), "steps_done": sum(step.done_on is not None and step.done_on <= day for step in steps), "status": found.status,
        "way": found.way, "weight": float(goal.weight), "course": as_text(replace(one.course, last_word=last_word), day),
    }  # fmt: skip
