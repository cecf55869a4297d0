"""Goal charts: the curve of one goal, and the goals of a plan along its year.

Changes when a goal is pictured otherwise.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import altair
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from jiaoheng.plans.goals_standing import GoalStanding
from jiaoheng.plans.standing import path
from jiaoheng.plans.work_plan import WorkPlan
from jiaoheng.web.chart import drawn, finished
from jiaoheng.web.goal_words import STATUSES, target_shown

__all__ = ["curve", "timeline"]

_COLOURS = {
    "missed": "#a22a22", "late": "#c8574c", "not_reported": "#d9a441", "on_course": "#86afc0", "ahead": "#3f8f68", "reached": "#22694a",
    "withdrawn": "#cbc7bc",
}  # fmt: skip
_PATH = "#86afc0"
_DOTTED = 40
"""A line of more points, a ledger's of many days, stands without dots."""

alt: Any = altair


def curve(one: GoalStanding, day: date) -> SafeString | None:
    """Path and values of a goal with a number; None for one without."""
    course = one.course
    if course.target is None:
        return None
    corners = [{"on": point.on.isoformat(), "value": point.value} for point in path(course, day)]
    points = [{"on": point.on.isoformat(), "value": point.value} for point in course.points if point.on <= day]
    marks = [{"on": point.on.isoformat(), "value": point.value} for point in (*course.milestones,)]
    unit = one.goal.unit or None
    x, y = alt.X("on:T", title=None, axis=alt.Axis(format="%Y-%m", labelAngle=0, tickCount=6)), alt.Y("value:Q", title=unit)
    goal_line = alt.Chart(_data([{"value": course.target}])).mark_rule(strokeDash=[4, 3], color="#b3342b").encode(y="value:Q")
    today = alt.Chart(_data([{"on": day.isoformat()}])).mark_rule(color="#69717b", strokeDash=[2, 2]).encode(x="on:T")
    layers = [goal_line, today, alt.Chart(_data(corners)).mark_line(color=_PATH, strokeWidth=2).encode(x=x, y=y)]
    if marks:
        layers.append(alt.Chart(_data(marks)).mark_point(shape="diamond", size=70, color=_PATH, filled=True).encode(x=x, y=y))
    if points:
        colour = _COLOURS[one.standing.status]
        dots: Any = {"size": 55, "filled": True, "color": colour} if len(points) <= _DOTTED else False
        layers.append(alt.Chart(_data(points)).mark_line(color=colour, strokeWidth=2.5, point=dots).encode(x=x, y=y))
    about = _("The course of the goal: path, values, target {target}").format(target=target_shown(one.goal))
    return drawn(finished(alt.layer(*layers).properties(width=620, height=240)), about)


def timeline(plan: WorkPlan, found: Sequence[GoalStanding], day: date) -> SafeString | None:
    """Each goal from the plan's first day to its own last, in the colour of its status; today as a line. None where there is no goal."""
    if not found:
        return None
    rows = [
        {
            "goal": f"{place:03d}", "name": one.goal.text[:34], "from": plan.begins_on.isoformat(), "to": one.goal.due.isoformat(),
            "gone": date.fromordinal(
                plan.begins_on.toordinal() + round((one.goal.due - plan.begins_on).days * min(1.0, one.standing.way))
            ).isoformat(),
            "status": str(STATUSES[one.standing.status]), "about": f"{one.goal.text} · {one.goal.office} · {STATUSES[one.standing.status]}",
        }
        for place, one in enumerate(found)
    ]  # fmt: skip
    used = list(dict.fromkeys(one.standing.status for one in found))
    scale = alt.Scale(domain=[str(STATUSES[status]) for status in used], range=[_COLOURS[status] for status in used])
    names = {row["goal"]: row["name"] for row in rows}
    words = "{" + ", ".join(f"'{key}': '{_quoted(name)}'" for key, name in names.items()) + "}[datum.value]"
    axis = alt.Axis(title=None, labelExpr=words, labelLimit=330, ticks=False, domain=False)
    base = alt.Chart(_data(rows)).encode(y=alt.Y("goal:N", axis=axis), description="about:N")
    when = alt.Axis(format="%Y-%m", labelAngle=0, orient="top")
    layers = [
        base.mark_bar(color="#efede7", height=13).encode(x=alt.X("from:T", title=None, axis=when), x2="to:T"),
        base.mark_bar(height=13).encode(
            x="from:T", x2="gone:T", color=alt.Color("status:N", title=None, scale=scale, legend=alt.Legend(orient="top"))
        ),
        base.mark_tick(thickness=2, height=15, color="#1d2126").encode(x="to:T"),
        alt.Chart(_data([{"on": day.isoformat()}])).mark_rule(color="#b3342b", strokeDash=[3, 3]).encode(x="on:T"),
    ]
    height = max(80, 20 * len(rows))
    return drawn(finished(alt.layer(*layers).properties(width=640, height=height)), _("The goals along the year"))


def _quoted(text: str) -> str:
    return text.replace("\\", "").replace("'", "’").replace("\n", " ")


def _data(values: list[dict[str, Any]]) -> Any:
    return alt.Data(values=values)
