"""Turn of the year: choose a grade, see the preview class by class, mark who repeats, and let the whole grade go on, all or none.

Changes when the preview shows something else.
"""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jiaoheng.access.account import Refused, check_may_enter, check_may_read_persons
from jiaoheng.access.change import Change
from jiaoheng.organisations.school_year import SCHOOL_YEAR_STARTS
from jiaoheng.registers.grade_turn import planned_turn, turn
from jiaoheng.web.registers.columns import code_words
from jiaoheng.web.registers.row_form import DayField, code_field, school_field
from jiaoheng.web.scope import reader

__all__ = ["grade_turn"]


def grade_turn(request: HttpRequest) -> HttpResponse:
    """GET: the choice, and the preview once it is made. POST: do what the preview showed."""
    account = reader(request)
    check_may_read_persons(account)
    check_may_enter(account)
    asked = request.POST if request.method == "POST" else request.GET
    form = forms.Form(asked if "grade" in asked else None)
    form.label_suffix = ""
    form.fields["school"] = school_field(account, _("School"))
    form.fields["grade"] = code_field("grade", _("Grade that goes on"))
    form.fields["on"] = DayField(_("First day of the new school year"), initial=_start())
    context: dict[str, Any] = {"form": form}
    if not form.is_bound or not form.is_valid():
        return render(request, "web/registers/grade_turn.html", context)
    said = form.cleaned_data
    try:
        plan = planned_turn(said["school"], said["grade"], on=said["on"])
        context |= {"plan": plan, "before": code_words("grade", plan.grade), "after": code_words("grade", plan.to_grade)}
        if request.method == "POST":
            seen = {int(key) for key in request.POST.getlist("seen") if key.isdecimal()}
            if seen != {stay.pk for one in plan.classes for stay in one.stays}:
                raise Refused(_("This grade was altered meanwhile. Look at the preview again."))
            repeating = [int(key) for key in request.POST.getlist("repeats") if key.isdecimal()]
            n = turn(plan, repeating=repeating, change=Change(account, request.POST.get("reason", "")))
            messages.success(request, ngettext("{n} pupil went on.", "{n} pupils went on.", n).format(n=n))
            return redirect(f"{reverse('classes')}?school={plan.school.code}&grade={plan.to_grade}&on={plan.on}")
    except Refused as refused:
        context["refusal"] = str(refused)
    return render(request, "web/registers/grade_turn.html", context, status=400 if request.method == "POST" else 200)


def _start() -> date:
    """The beginning of this calendar year's school year, which is when grades go on."""
    return date(timezone.localdate().year, *SCHOOL_YEAR_STARTS)
