"""Goals: one goal with its curve, arithmetic, reports and history; reporting progress, milestones, another target, a new goal.

Changes when a goal's page shows or does something else.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Refused, may_enter
from jiaoheng.access.change import Change
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.count_rule import CountRefused
from jiaoheng.plans.goal import Binding, Goal, Kind, Operator, change_target
from jiaoheng.plans.goals_standing import standings
from jiaoheng.plans.ledger_count import LedgerCount
from jiaoheng.plans.milestone import Milestone
from jiaoheng.plans.progress import report
from jiaoheng.web.count_words import count_in_words, refusal_in_words
from jiaoheng.web.current_snapshot import catalogue
from jiaoheng.web.goal_charts import curve
from jiaoheng.web.goal_words import LOOKS, STATUSES, arithmetic, bound_shown, target_shown, value_shown
from jiaoheng.web.plans_in_scope import asked_day, check_may_plan, goal_in_scope, goals_of, may_plan, offices_of, plan_in_scope, rule
from jiaoheng.web.scope import reader
from jiaoheng.web.words import choices, in_language

__all__ = ["goal", "goal_milestone", "goal_milestone_done", "goal_new", "goal_report", "goal_target", "goal_withdraw"]


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class ProgressForm(forms.Form):
    on = _day(gettext_lazy("As of"))
    value = forms.DecimalField(label=gettext_lazy("Value"), required=False, max_digits=18, decimal_places=4)
    note = forms.CharField(label=gettext_lazy("What was done, what is in the way"), widget=forms.Textarea(attrs={"rows": 3}))
    evidence = forms.CharField(label=gettext_lazy("Evidence: a document, a link, where it lies"), required=False)
    done = forms.BooleanField(label=gettext_lazy("The goal is done"), required=False)


class TargetForm(forms.Form):
    target = forms.DecimalField(label=gettext_lazy("New target"), required=False, max_digits=18, decimal_places=4)
    due = _day(gettext_lazy("Due on"))
    reason = forms.CharField(label=gettext_lazy("Reason"))


class MilestoneForm(forms.Form):
    due = _day(gettext_lazy("Due on"))
    value = forms.DecimalField(label=gettext_lazy("Value by then"), required=False, max_digits=18, decimal_places=4)
    words = forms.CharField(label=gettext_lazy("What is done by then"), required=False, max_length=200)


class GoalForm(forms.ModelForm):  # type: ignore[type-arg]
    """A goal typed by hand. Offices are chosen by name; the goal keeps the codes of those that help."""

    co_offices = forms.MultipleChoiceField(
        label=gettext_lazy("offices that help"), required=False, help_text=gettext_lazy("Several may be chosen: hold Ctrl and click")
    )

    class Meta:
        model = Goal
        fields = (
            "heading", "text", "office", "co_offices", "kind", "operator", "target", "unit", "due", "baseline", "bound_to", "measure",
            "stage", "weight",
        )  # fmt: skip
        widgets = {"due": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), "text": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "heading": gettext_lazy("Section and point, with a slash between them"),
        }

    def __init__(self, *given: Any, offices: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        fields: Any = self.fields
        fields["office"].queryset = fields["office"].queryset.filter(pk__in=[one.pk for one in offices])
        fields["co_offices"].choices = [(one.code, str(one)) for one in offices]
        measures = [("", "–"), *((one.id, in_language(one.label)) for one in catalogue().values())]
        fields["measure"].widget = forms.Select(choices=measures)
        fields["stage"].widget = forms.Select(choices=[("all", _("All stages")), *choices("stage")])

    def clean_co_offices(self) -> str:
        chosen = [code for code in self.cleaned_data["co_offices"] if code != getattr(self.cleaned_data.get("office"), "code", "")]
        return ",".join(chosen)

    def clean(self) -> dict[str, Any]:
        """A goal that is to follow a ledger is reported until the next page has said what is counted (`counts`)."""
        said = super().clean() or {}
        self.counts = said.get("bound_to") == Binding.LEDGER
        if self.counts and said.get("kind") != Kind.NUMBER:
            self.add_error("kind", _("Only a goal with a number can follow a ledger."))
        return {**said, "bound_to": Binding.REPORTED} if self.counts else said


def goal(request: HttpRequest, number: int) -> HttpResponse:
    """The goal's page."""
    one = goal_in_scope(request, number)
    day = asked_day(request, one.plan)
    goals_of(request, one.plan, day)  # reads its measure where a snapshot is new
    (found,) = standings(Goal.objects.filter(pk=one.pk), day, rule())
    account = reader(request)
    may_report = may_enter(account) and one.withdrawn_on is None
    measure = catalogue()[one.measure] if one.measure and one.measure in catalogue() else None
    context = {
        "goal": one,
        "plan": one.plan,
        "day": day,
        "target": target_shown(one),
        "value": value_shown(found),
        "status": STATUSES[found.standing.status],
        "look": LOOKS[found.standing.status],
        "arithmetic": arithmetic(found),
        "curve": curve(found, day),
        "bound": bound_shown(one, _measure_name(one)),
        "helps": _(", ").join(str(office) for office in Organisation.objects.filter(code__in=one.helps).order_by("path")),
        "measured": measure is not None and one.bound_to == Binding.MEASURE,
        "typed": one.kind == Kind.NUMBER and one.bound_to == Binding.REPORTED,
        "count": found.count if isinstance(found.count, LedgerCount) else None,
        "counted": count_in_words(found.count) if isinstance(found.count, LedgerCount) else [],
        "uncounted": refusal_in_words(found.count) if isinstance(found.count, CountRefused) else "",
        "reports": one.progress.select_related("told_by").order_by("-on", "-pk"),
        "milestones": one.milestones.all(),
        "earlier": [(old, new, f"{target_shown(old)} · {bound_shown(old, _measure_name(old))}") for old, new in one.earlier_targets()],
        "readings": one.readings.order_by("-on") if one.bound_to == Binding.MEASURE else [],
        "progress_form": ProgressForm(initial={"on": day}) if may_report else None,
        "target_form": TargetForm(initial={"target": one.target, "due": one.due}) if may_plan(account) else None,
        "milestone_form": MilestoneForm() if may_plan(account) else None,
        "may_plan": may_plan(account),
        "may_count": may_plan(account) and one.kind == Kind.NUMBER and account.covers(one.plan.organisation.path),
        "numbered": one.kind == Kind.NUMBER,
    }
    return render(request, "web/goal.html", context)


def goal_new(request: HttpRequest, number: int) -> HttpResponse:
    """Type a goal into a plan."""
    plan, account = plan_in_scope(request, number), reader(request)
    check_may_plan(account)
    first = {"due": plan.ends_on, "office": account.organisation_id, "operator": Operator.AT_LEAST, "weight": Decimal(1), "stage": "all"}
    blank = Goal(plan=plan, place=plan.goals.count() + 1)
    form = GoalForm(request.POST or None, instance=blank, offices=offices_of(account), initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            made = form.save(commit=False).store(change=Change(account, _("New goal")))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("goal-count" if form.counts else "goal", number=made.pk)
    return render(request, "web/goal_new.html", {"form": form, "plan": plan})


def _measure_name(goal: Goal) -> str:
    known = catalogue()
    return in_language(known[goal.measure].label) if goal.measure in known else goal.measure


@require_POST
def goal_report(request: HttpRequest, number: int) -> HttpResponse:
    """Report progress."""

    def do(one: Goal, said: dict[str, Any], change: Change) -> str:
        report(one, on=said["on"], value=said["value"], done=said["done"], note=said["note"], evidence=said["evidence"], change=change)
        return _("The report is kept.")

    return _done(request, number, ProgressForm(request.POST), do, lambda said: said["note"])


@require_POST
def goal_target(request: HttpRequest, number: int) -> HttpResponse:
    """Another target, with the reason."""
    check_may_plan(reader(request))

    def do(one: Goal, said: dict[str, Any], change: Change) -> str:
        change_target(one, target=said["target"], due=said["due"], change=change)
        return _("The target is changed; the old one stays readable below.")

    return _done(request, number, TargetForm(request.POST), do, lambda said: said["reason"])


@require_POST
def goal_milestone(request: HttpRequest, number: int) -> HttpResponse:
    """A milestone more."""
    check_may_plan(reader(request))

    def do(one: Goal, said: dict[str, Any], change: Change) -> str:
        Milestone(goal=one, due=said["due"], value=said["value"], words=said["words"]).store(change=change)
        return _("The milestone is added.")

    return _done(request, number, MilestoneForm(request.POST), do, lambda said: _("New milestone"))


@require_POST
def goal_milestone_done(request: HttpRequest, number: int, milestone: int) -> HttpResponse:
    """Say that a milestone is done, today."""
    one = goal_in_scope(request, number)
    try:
        kept = one.milestones.filter(pk=milestone, done_on=None).first()
        if kept is None:
            raise Refused(_("This milestone is done already, or there is none."))
        kept.done_on = date.today()
        kept.store(change=Change(reader(request), _("Milestone done")))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("goal", number=number)


@require_POST
def goal_withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Withdraw the goal, with a reason; it then counts neither as late nor as missed."""
    one, account = goal_in_scope(request, number), reader(request)
    check_may_plan(account)
    try:
        one.withdrawn_on = None if one.withdrawn_on else date.today()
        one.store(change=Change(account, request.POST.get("reason", "")))
        messages.success(request, _("The goal is withdrawn.") if one.withdrawn_on else _("The goal counts again."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("goal", number=number)


def _done(
    request: HttpRequest, number: int, form: forms.Form, do: Callable[[Goal, dict[str, Any], Change], str], why: Callable[..., str]
) -> HttpResponse:
    """Do what a form of the goal's page asks; a refusal is said on the page."""
    one = goal_in_scope(request, number)
    if not form.is_valid():
        said = "; ".join(f"{form.fields[name].label}: {errors[0]}" for name, errors in form.errors.items() if name in form.fields)
        messages.error(request, said)
        return redirect("goal", number=number)
    try:
        messages.success(request, do(one, form.cleaned_data, Change(reader(request), why(form.cleaned_data))))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("goal", number=number)
