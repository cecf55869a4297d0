"""Typed pages: school groups, licences, recognitions and inspections, entered, altered and ended by hand as a workbook would.

Changes when another of the intake's registers is typed on the site. The form is made from the register's definition; the intake checks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account, Refused, check_may_enter
from jiaoheng.access.change import Change, Recorded
from jiaoheng.intake.typed_row import take_row
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.licence import AnnualInspection, InclusiveRecognition, Licence
from jiaoheng.registers.school_group import GroupMembership
from jiaoheng.rulebook.registers import FieldRule, load_registers
from jiaoheng.web.registers.change_lines import change_lines, version_of
from jiaoheng.web.registers.form_page import form_page
from jiaoheng.web.registers.row_form import DayField, PlainForm, code_field, school_field
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

__all__ = ["TYPED", "add_typed", "edit_typed", "take_out"]


@dataclass(frozen=True)
class Typed:
    """A register as it is typed. `columns`: field of the register's definition → where a stored row has it; None: not typed here."""

    register: str
    model: type[Recorded]
    columns: Mapping[str, str]
    new: "StrOrPromise"
    listed: str


TYPED = {
    "licence": Typed(
        "licences",
        Licence,
        {
            "organisation": "organisation", "number": "number", "approved_by": "approved_by", "legal_form": "legal_form", "since": "since",
            "until": "until",
        },
        gettext_lazy("Enter a licence"),
        "licences",
    ),
    "recognition": Typed(
        "recognitions",
        InclusiveRecognition,
        {"organisation": "organisation", "since": "since", "until": "until", "document": "document"},
        gettext_lazy("Enter a recognition as inclusive"),
        "recognitions",
    ),
    "inspection": Typed(
        "inspections",
        AnnualInspection,
        {"organisation": "organisation", "year": "year", "result": "result", "note": "note"},
        gettext_lazy("Enter an annual inspection"),
        "inspections",
    ),
    "group-member": Typed(
        "school_groups",
        GroupMembership,
        {
            "group": "group.name", "kind": "group.kind", "organisation": "school", "role": "role", "since": "since", "until": "until",
        },
        gettext_lazy("A school joins a group"),
        "groups",
    ),
}  # fmt: skip


class _TypedForm(PlainForm):
    """The fields of a register. Of a row that is there, what it is known by is shown and stays."""

    def __init__(self, data: Any, typed: Typed, account: Account, row: Recorded | None = None) -> None:
        super().__init__(data)
        rule = load_registers(settings.RULEBOOK_OVERLAY)[typed.register]
        for name, column in typed.columns.items():
            known = _held(row, column) if row is not None else None
            label = rule.fields["organisation_name" if name == "organisation" else name].label
            self.fields[name] = _field(rule.fields[name], account, in_language(label), known)
            if row is not None and (name in rule.key or "." in column):
                self.fields[name].disabled = True
        if row is not None:
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=version_of(row))
        self.order_fields([*typed.columns, "reason", "version"])

    def values(self) -> dict[str, Any]:
        """Field → what was typed, as a workbook would say it."""
        said = {name: value for name, value in self.cleaned_data.items() if name not in ("reason", "version")}
        return {name: value.code if isinstance(value, Organisation) else value for name, value in said.items()}


def add_typed(request: HttpRequest, register: str) -> HttpResponse:
    """A new row."""
    account, typed = reader(request), TYPED[register]
    check_may_enter(account)
    form = _TypedForm(request.POST or None, typed, account)
    if request.method == "POST" and form.is_valid():
        try:
            take_row(typed.register, form.values(), account=account, reason=form.cleaned_data["reason"])
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Stored."))
            return redirect(typed.listed)
    lead = _("It goes the same way as a workbook: the same checks, and what it says is kept with who typed it.")
    return form_page(request, form, title=str(typed.new), back=reverse(typed.listed), lead=lead)


def edit_typed(request: HttpRequest, register: str, row: int) -> HttpResponse:
    """A row that is there: alter it, or end it; its history below."""
    account, typed = reader(request), TYPED[register]
    found = _found(account, typed, row)
    check_may_enter(account)
    form = _TypedForm(request.POST or None, typed, account, found)
    if request.method == "POST" and form.is_valid():
        try:
            _alter(form, typed, found, account)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Stored."))
            return redirect(typed.listed)
    lead = _("What a row is known by stays. A row that was entered by mistake is taken out.")
    out = reverse("take-out", args=[register, found.pk])
    lines = change_lines([found], account)
    return form_page(
        request, form, title=_("Edit: {row}").format(row=found), back=reverse(typed.listed), lead=lead,
        lines=lines, take_out=out, template="web/registers/typed_row.html",
    )  # fmt: skip


def take_out(request: HttpRequest, register: str, row: int) -> HttpResponse:
    """A row that was entered by mistake."""
    account, typed = reader(request), TYPED.get(register)
    if typed is None:
        raise Http404(_("This register is not entered here."))
    found = _found(account, typed, row)
    check_may_enter(account)
    form = PlainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            found.remove(change=Change(account, form.cleaned_data["reason"]))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Taken out. History and trail keep what it said."))
            return redirect(typed.listed)
    harm = _("Only for what was entered by mistake. What has ended gets its last day instead.")
    title, back = _("Take out: {row}").format(row=found), reverse("edit", args=[register, found.pk])
    return form_page(request, form, title=title, back=back, send=_("Take out"), harm=harm)


def _found(account: Account, typed: Typed, row: int) -> Recorded:
    model: Any = typed.model
    found: Recorded = get_object_or_404(model.objects.for_account(account), pk=row)
    return found


def _alter(form: _TypedForm, typed: Typed, row: Recorded, account: Account) -> None:
    """Through the intake; cells that were emptied, which a workbook cannot say, beside it. Raises: Refused."""
    reason, said = form.cleaned_data["reason"], form.values()
    with transaction.atomic():
        if version_of(row) != form.cleaned_data["version"]:
            raise Refused(_("Somebody has altered this row since you opened it. Open it again, and see what stands there now."))
        emptied = [name for name, value in said.items() if value in (None, "") and _held(row, typed.columns[name]) not in (None, "")]
        for name in emptied:
            column: Any = row._meta.get_field(typed.columns[name])
            setattr(row, column.attname, None if column.null else "")
        if emptied:
            row.store(change=Change(account, reason))
        take_row(typed.register, said, account=account, reason=reason)


def _held(row: Recorded, column: str) -> Any:
    value: Any = row
    for step in column.split("."):
        value = getattr(value, step)
    return value


def _field(rule: FieldRule, account: Account, label: str, known: Any) -> forms.Field:
    """The form's field for a field of the register, with what is known."""
    made: forms.Field
    if rule.type == "organisation":
        made = school_field(account, label, whole_tree=False)
        made.initial = known or made.initial
        return made
    if rule.type == "date":
        return DayField(label, required=rule.required, initial=known)
    if rule.choices:
        if rule.table:
            made = code_field(rule.table, label, required=rule.required, initial=known or "")
            if known and known not in dict(made.choices):  # type: ignore[arg-type]
                made.choices = [*made.choices, (known, in_language(rule.choices[known]))]  # type: ignore[misc]
            return made
        offered = [("", "–"), *((code, in_language(choice)) for code, choice in rule.choices.items())]
        return forms.ChoiceField(label=label, required=rule.required, choices=offered, initial=known)
    if rule.type == "count":
        return forms.IntegerField(
            label=label, required=rule.required, initial=known, min_value=int(rule.minimum), max_value=int(rule.maximum or 10**9)
        )
    return forms.CharField(label=label, required=rule.required, initial=known, max_length=200)
