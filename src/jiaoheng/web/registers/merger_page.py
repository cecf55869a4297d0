"""Merger page: all pupils of a school that closes are asked to another one at once, with a preview; another officer approves them at once.

Changes when the page of such a transfer shows something else.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jiaoheng.access.account import Account, Refused, check_may_read_persons
from jiaoheng.access.organisation_change import check_may_alter_tree
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.approval import may_approve
from jiaoheng.registers.merger_transfer import approve_merger, ask_merger, merger_preview, waiting_merger
from jiaoheng.web.registers.columns import code_words
from jiaoheng.web.registers.row_form import DayField, PlainForm
from jiaoheng.web.scope import organisation_in_scope, reader, schools_of

__all__ = ["all_pupils"]


def all_pupils(request: HttpRequest, code: str) -> HttpResponse:
    """GET: the form and what waits; POST: preview, ask, or approve."""
    account = reader(request)
    check_may_read_persons(account)
    school = organisation_in_scope(account, code)
    check_may_alter_tree(account, school)
    deed = request.POST.get("deed", "")
    form = _form(request if deed in ("preview", "ask") else None, school, account)
    context: dict[str, Any] = {"school": school, "form": form, "refusal": ""}
    try:
        if deed == "approve":
            n = approve_merger(school, by=account, answer=request.POST.get("answer", ""))
            messages.success(request, ngettext("{n} transfer approved.", "{n} transfers approved.", n).format(n=n))
            return redirect("school-history", code=school.code)
        if deed and form.is_valid():
            said = form.cleaned_data
            if deed == "ask":
                n = ask_merger(school, said["to"], on=said["on"], by=account, reason=said["reason"], document=said["document"])
                words = ngettext("{n} transfer asked for.", "{n} transfers asked for.", n)
                messages.success(request, words.format(n=n) + " " + _("Another officer approves."))
                return redirect("all-pupils", code=school.code)
            seen = merger_preview(school, said["to"], on=said["on"])
            context |= {"preview": seen, "to": said["to"], "grades": [(code_words("grade", grade), n) for grade, n in seen.grades]}
    except Refused as refused:
        context["refusal"] = str(refused)
    waiting = waiting_merger(school, account)
    context |= {
        "waiting": waiting,
        "going_to": sorted({(str(one.school), str(one.on), str(one.asked_by)) for one in waiting}),
        "decides": bool(waiting) and all(may_approve(account, one) for one in waiting),
    }
    faulty = bool(context["refusal"]) or bool(form.errors)
    return render(request, "web/registers/all_pupils.html", context, status=400 if faulty else 200)


def _form(request: HttpRequest | None, school: Organisation, account: Account) -> PlainForm:
    form = PlainForm(request.POST if request else None)
    others = schools_of(account).exclude(pk=school.pk).order_by("path")
    form.fields["to"] = forms.ModelChoiceField(others, label=_("All pupils go to"))
    form.fields["on"] = DayField(_("From the day"), initial=timezone.localdate())
    form.fields["document"] = forms.CharField(label=_("Document"), max_length=200, required=False)
    form.order_fields(["to", "on", "document", "reason"])
    return form
