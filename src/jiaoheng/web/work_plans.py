"""Work plans: the list of plans, one as a table and as a timeline, its offices' scores, the wall, and a meeting's walk through the late.

Changes when a plan is laid out differently.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.change import Change
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.goals_standing import GoalStanding, scores
from jiaoheng.plans.work_plan import WorkPlan
from jiaoheng.web.export import exported
from jiaoheng.web.goal_charts import timeline
from jiaoheng.web.goal_words import LOOKS, STATUSES, arithmetic, target_shown, value_shown, way_shown
from jiaoheng.web.plans_in_scope import asked_day, check_may_plan, goals_of, may_plan, offices_of, plan_in_scope, plans_of, rule
from jiaoheng.web.scope import reader

__all__ = ["PlanForm", "meeting", "offices", "plan_new", "wall", "work_plan", "work_plan_export", "work_plan_timeline", "work_plans"]

_LATE = ("missed", "late", "not_reported")


class PlanForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a plan is called, whose it is, and for when."""

    class Meta:
        model = WorkPlan
        fields = ("title", "organisation", "begins_on", "ends_on", "broad")
        widgets = {name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d") for name in ("begins_on", "ends_on")}

    def __init__(self, *given: Any, offices: Sequence[Organisation], plans: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["organisation"].queryset = Organisation.objects.filter(pk__in=[one.pk for one in offices])  # type: ignore[attr-defined]
        self.fields["broad"].queryset = plans  # type: ignore[attr-defined]
        self.fields["broad"].empty_label = gettext_lazy("none")  # type: ignore[attr-defined]


def work_plans(request: HttpRequest) -> HttpResponse:
    """Every plan that the reader sees, with how many of its goals stand how."""
    lines = []
    for plan in plans_of(reader(request)):
        day = asked_day(request, plan)
        lines.append((plan, day, _counted(goals_of(request, plan, day))))
    return render(request, "web/work_plans.html", {"lines": lines, "may_plan": may_plan(reader(request))})


def plan_new(request: HttpRequest) -> HttpResponse:
    """A plan without goals yet, to which they are typed."""
    account = reader(request)
    check_may_plan(account)
    today = date.today()
    begin = {"organisation": account.organisation_id, "begins_on": date(today.year, 1, 1), "ends_on": date(today.year, 12, 31)}
    form = PlanForm(
        request.POST or None, offices=offices_of(account), plans=_broad(plans_of(account)), initial=begin,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        plan = form.save(commit=False).store(change=Change(account, _("New plan")))
        return redirect("work-plan", number=plan.pk)
    return render(request, "web/work_plan_new.html", {"form": form})


def work_plan(request: HttpRequest, number: int) -> HttpResponse:
    """The goals by heading, narrowed by status and office where asked."""
    plan, day, found = _asked(request, number)
    shown = _narrowed(request, found)
    context = {
        **_context(request, plan, day, found),
        "groups": _by_heading(shown),
        "shown": len(shown),
    }
    return render(request, "web/work_plan.html", context)


def work_plan_timeline(request: HttpRequest, number: int) -> HttpResponse:
    """The goals as bars along the year."""
    plan, day, found = _asked(request, number)
    shown = _narrowed(request, found)
    return render(request, "web/work_plan_timeline.html", {**_context(request, plan, day, found), "chart": timeline(plan, shown, day)})


def offices(request: HttpRequest, number: int) -> HttpResponse:
    """Each office's score with the goals that make it."""
    plan, day, found = _asked(request, number)
    scored = [
        (one, [(_line(line), points) for line, points in one.lines], _counted([line for line, _points in one.lines]))
        for one in scores(found, rule())
    ]
    return render(request, "web/work_plan_offices.html", {**_context(request, plan, day, found), "scored": scored, "rule": rule()})


def wall(request: HttpRequest, number: int) -> HttpResponse:
    """One screen for leaders, readable from three metres."""
    plan, day, found = _asked(request, number)
    late = sorted((one for one in found if one.standing.status in _LATE[:2]), key=lambda one: (one.standing.way, one.goal.due))
    by_office = [(one, _counted([line for line, _points in one.lines])) for one in scores(found, rule())]
    context = {**_context(request, plan, day, found), "late": [_line(one) for one in late[:6]], "more": max(0, len(late) - 6)}
    return render(request, "web/work_plan_wall.html", {**context, "by_office": by_office[:10]})


def meeting(request: HttpRequest, number: int) -> HttpResponse:
    """The late goals one after the other, each with its arithmetic and what was said of it last."""
    plan, day, found = _asked(request, number)
    order = {status: place for place, status in enumerate(_LATE)}
    late = sorted((one for one in found if one.standing.status in order), key=lambda one: (order[one.standing.status], one.goal.due))
    try:
        place = min(max(int(request.GET.get("place", "1")), 1), max(len(late), 1))
    except ValueError:
        place = 1
    one = late[place - 1] if late else None
    context = {**_context(request, plan, day, found), "place": place, "late": late, "one": _line(one) if one else None}
    if one:
        context |= {"arithmetic": arithmetic(one), "said": one.goal.progress.order_by("-on", "-pk").first()}
    return render(request, "web/work_plan_meeting.html", context)


def work_plan_export(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """The goals as a list, whole."""
    plan, day, found = _asked(request, number)
    headings = [_("Heading"), _("Goal"), _("Office"), _("Target"), _("Due on"), _("Value"), _("As of"), _("Way gone"), _("Status")]
    headings.append(_("How it was computed"))
    rows = (
        [
            one.goal.heading, one.goal.text, str(one.goal.office), target_shown(one.goal), one.goal.due, value_shown(one),
            one.standing.now.on if one.standing.now else None, way_shown(one.standing), str(STATUSES[one.standing.status]),
            " ".join(arithmetic(one)),
        ]
        for one in _narrowed(request, found)
    )  # fmt: skip
    return exported(f"{plan.title} {day}", form, headings, rows)


def _asked(request: HttpRequest, number: int) -> tuple[WorkPlan, date, list[GoalStanding]]:
    plan = plan_in_scope(request, number)
    day = asked_day(request, plan)
    return plan, day, goals_of(request, plan, day)


def _context(request: HttpRequest, plan: WorkPlan, day: date, found: Sequence[GoalStanding]) -> dict[str, Any]:
    return {
        "plan": plan,
        "day": day,
        "total": len(found),
        "counted": _counted(found),
        "offices": sorted({one.goal.office for one in found}, key=lambda one: one.path),
        "status": request.GET.get("status", ""),
        "office": request.GET.get("office", ""),
        "may_plan": may_plan(reader(request)),
    }


def _counted(found: Iterable[GoalStanding]) -> list[tuple[str, str, str, int]]:
    """Status, its word, its look, how many; those that occur, the worst first."""
    counted = Counter(one.standing.status for one in found)
    return [(status, str(words), LOOKS[status], counted[status]) for status, words in STATUSES.items() if counted[status]]  # type: ignore[index]


def _narrowed(request: HttpRequest, found: Iterable[GoalStanding]) -> list[GoalStanding]:
    status, office = request.GET.get("status", ""), request.GET.get("office", "")
    return [
        one
        for one in found
        if (not status or one.standing.status == status) and (not office or office in (one.goal.office.code, *one.goal.helps))
    ]


def _line(one: GoalStanding) -> dict[str, Any]:
    """A goal as tables show it."""
    status = one.standing.status
    return {
        "goal": one.goal,
        "target": target_shown(one.goal),
        "value": value_shown(one),
        "on": one.standing.now.on if one.standing.now else None,
        "way": way_shown(one.standing),
        "status": str(STATUSES[status]),
        "look": LOOKS[status],
        "why": " ".join(arithmetic(one)),
    }


def _by_heading(found: Iterable[GoalStanding]) -> list[tuple[str, list[tuple[str, list[dict[str, Any]]]]]]:
    """The tree: section, its points, their goals, in the plan's order."""
    tree: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for one in found:
        section, _slash, point = one.goal.heading.partition("/")
        tree.setdefault(section, {}).setdefault(point, []).append(_line(one))
    return [(section, list(points.items())) for section, points in tree.items()]


def _broad(plans: Any) -> Any:
    keys = [plan.pk for plan in plans if plan.of_several_years]
    return WorkPlan.objects.filter(pk__in=keys)
