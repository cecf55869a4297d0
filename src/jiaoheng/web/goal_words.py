"""Goal words: how a goal's status, target and arithmetic read in the reader's language.

Changes when pages say something new of a goal. The status itself is computed below (`plans.standing`).
"""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.plans.count_rule import CountRefused
from jiaoheng.plans.goal import Binding, Goal, Kind
from jiaoheng.plans.goals_standing import GoalStanding
from jiaoheng.plans.standing import Standing
from jiaoheng.web.count_words import refusal_in_words
from jiaoheng.web.figure import shown

__all__ = ["LOOKS", "STATUSES", "arithmetic", "bound_shown", "number_shown", "target_shown", "value_shown", "way_shown"]

STATUSES = {
    "missed": gettext_lazy("Missed"),
    "late": gettext_lazy("Behind"),
    "not_reported": gettext_lazy("No report"),
    "on_course": gettext_lazy("On course"),
    "ahead": gettext_lazy("Ahead"),
    "reached": gettext_lazy("Reached"),
    "withdrawn": gettext_lazy("Withdrawn"),
}
"""Every status with its word, the worst first."""
LOOKS = {
    "missed": "bad", "late": "bad", "not_reported": "warn", "on_course": "mute", "ahead": "good", "reached": "good", "withdrawn": "mute",
}  # fmt: skip
_SIGNS = {">=": "≥", "<=": "≤", "=": "="}


def number_shown(value: object) -> str:
    """A number of a goal without needless zeros."""
    number = float(str(value))
    return shown(number, 0 if number == round(number) else 2)


def target_shown(goal: Goal) -> str:
    """«≥ 12 所», or what a goal without a number commits to."""
    if goal.kind == Kind.NUMBER and goal.target is not None:
        return f"{_SIGNS[goal.operator]} {number_shown(goal.target)} {goal.unit}".strip()
    return str(Kind(goal.kind).label)


def value_shown(one: GoalStanding) -> str:
    """Where the goal is now: its newest value, or how many of its steps are done."""
    found = one.standing
    if found.now is not None:
        return f"{number_shown(found.now.value)} {one.goal.unit}".strip()
    if found.numbers.get("steps"):
        return f"{found.numbers['done']} / {found.numbers['steps']}"
    return "–"


def way_shown(found: Standing) -> str:
    return f"{found.way:.0%}" if found.status != "withdrawn" and (found.now or found.numbers.get("steps")) else "–"


def arithmetic(one: GoalStanding) -> list[str]:
    """The computing of a status, a line a step."""
    if isinstance(one.count, CountRefused):
        return [refusal_in_words(one.count)]
    numbers: dict[str, Any] = {key: _plain(value) for key, value in one.standing.numbers.items()}
    reason, unit = one.standing.reason, one.goal.unit
    if reason in ("on_path", "not_met", "met_before_end", "met_at_end"):
        lines = [
            _("Target: {operator} {target} {unit} by {due}.").format(**{**numbers, "operator": _SIGNS[one.goal.operator], "unit": unit}),
            _("Where it began: {start} on {began}.").format(**numbers),
            _("Value on {on}: {now} {unit}.").format(**numbers, unit=unit),
        ]
        if one.standing.expected is not None and reason in ("on_path", "met_before_end"):
            path = _("through the milestones") if one.course.milestones else _("in a straight line")
            lines.append(_("Expected today, {path} from start to target: {expected}.").format(path=path, **numbers))
        lines.append(_reached(one, numbers))
        return lines
    words = {
        "no_value": _("No value is known yet; due on {due}."),
        "withdrawn": _("Withdrawn on {day}; neither late nor missed."),
        "done": _("Reported as done, with evidence, on {on}; due on {due}."),
        "done_late": _("Done on {on}, after the day on which it was due ({due})."),
        "not_done": _("Was due on {due} and is not reported as done; {done} of {steps} milestones were kept."),
        "step_overdue": _("The milestone «{step}» was due on {step_due} and is not done; {done} of {steps} are."),
        "silent": _("Nothing was reported for {days} days; a report is asked for every {every}."),
        "steps_kept": _("Every milestone that was due is done ({done} of {steps}); due on {due}."),
    }
    return [words[reason].format(**numbers)]


def _reached(one: GoalStanding, numbers: dict[str, Any]) -> str:
    found = one.standing
    if found.reason != "on_path":
        return {
            "met_at_end": _("The target was met on the day it was due."),
            "met_before_end": _("The target is met already."),
            "not_met": _("The target was not met: {way} of the way.").format(way=f"{found.way:.0%}"),
        }[found.reason]
    way, ought, tolerance = (float(str(found.numbers[name])) for name in ("way", "ought", "tolerance"))
    return _("{way} of the way gone, {ought} expected: {gap} points, {tolerance} allowed to be missing.").format(
        way=f"{way:.1%}", ought=f"{ought:.1%}", gap=f"{(way - ought) * 100:+.1f}", tolerance=f"{tolerance * 100:.0f}"
    )


def _plain(value: object) -> object:
    if isinstance(value, date):
        return date_format(value, "Y-m-d")
    return number_shown(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def bound_shown(goal: Goal, name: str) -> str:
    """What the goal is measured by. `name`: the measure's."""
    if goal.bound_to == Binding.LEDGER:
        return " · ".join(part for part in (goal.ledger_table.removeprefix("ledger_"), goal.ledger_where, goal.ledger_sum) if part)
    return name if goal.bound_to == Binding.MEASURE else str(Binding(goal.bound_to).label)
