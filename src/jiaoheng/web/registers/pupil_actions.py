"""Pupil actions: admit, enrol again, change class, note and end a condition; and ask for a transfer, an exit, a corrected number.

Changes when a clerk does something else with one pupil. What needs approval is only asked for here.
"""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, check_may_enter, check_may_read_persons
from jiaoheng.access.change import Change
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.registers.admission import admit as admit_child
from jiaoheng.registers.admission import ask_transfer_of
from jiaoheng.registers.approval import Request, ask_correction, ask_exit
from jiaoheng.registers.enrolment import active, enrol, go_on
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition, note_condition
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.rulebook.codes import code_table
from jiaoheng.web.registers.columns import code_words
from jiaoheng.web.registers.form_page import form_page
from jiaoheng.web.registers.listing import code_choices
from jiaoheng.web.registers.pupil_page import class_words, pupil_in_scope
from jiaoheng.web.registers.row_form import DayField, PlainForm, RowForm, code_field, school_field
from jiaoheng.web.scope import reader

__all__ = [
    "admit",
    "change_class",
    "correction",
    "end_condition",
    "enrol_again",
    "exit_of",
    "note",
    "transfer_in",
]

_ADMITTED = (
    "name", "sex", "birth_date", "identity_kind", "identity_number", "student_number", "ethnicity", "household_area", "household_kind",
    "guardian", "guardian_relation", "guardian_phone",
)  # fmt: skip


def _new_kinds() -> list[str]:
    return sorted(code_table("entry_kind").of_group("new"))


def _exit_kinds() -> list[str]:
    return [code for code, kind in code_table("exit_kind").codes.items() if kind.group not in ("linked", "inside")]


def _place_fields(form: forms.Form, account: Account) -> None:
    """School, grade, class, day and kind of entry."""
    today = timezone.localdate()
    form.fields["school"] = school_field(account, _("School"))
    form.fields["grade"] = code_field("grade", _("Grade"))
    form.fields["class_name"] = forms.CharField(label=_("Class"), required=False, help_text=_("As the school calls it: 1, 2, …"))
    form.fields["on"] = DayField(_("First day on the books"), initial=today)
    form.fields["kind"] = code_field("entry_kind", _("Kind of entry"), only=_new_kinds(), initial="admission")


def _class_called(school: Organisation, grade: str, name: str, on: date, account: Account) -> SchoolClass | None:
    """The class by its name. Raises: Refused with those that there are."""
    if not name.strip():
        return None
    rows = SchoolClass.objects.for_account(account).filter(school=school, school_year=str(SchoolYear.of(on)), grade=grade)
    found: SchoolClass | None = rows.filter(name=name.strip()).first()
    if found is None:
        there = "、".join(rows.values_list("name", flat=True)) or "–"
        words = _("There is no class {name} in this grade of {school} in {year}. Classes: {there}.")
        raise Refused(words.format(name=name, school=school, year=SchoolYear.of(on), there=there))
    return found


def admit(request: HttpRequest) -> HttpResponse:
    """A child that the register does not have."""
    account = reader(request)
    check_may_enter(account)
    form = RowForm(request.POST or None, row=Pupil(), names=_ADMITTED, account=account)
    _place_fields(form, account)
    form.order_fields([*_ADMITTED, "school", "grade", "class_name", "on", "kind", "reason"])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            group = _class_called(said["school"], said["grade"], said["class_name"], said["on"], account)
            person = {name: said[name] or (None if name in ("student_number",) else "") for name in _ADMITTED}
            place = {name: said[name] for name in ("grade", "on", "kind")}
            stay = admit_child(person, said["school"], **place, school_class=group, change=Change(account, said["reason"]))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("{name} is on the books of {school}.").format(name=stay.pupil.name, school=stay.school))
            return redirect("pupil", pupil=stay.pupil_id)
    lead = _("A child whom no school of the bureau has had. Does another school have the child? Then ask for a transfer.")
    return form_page(request, form, title=_("Admit a pupil"), lead=lead, back=reverse("pupils"), send=_("Admit"))


def enrol_again(request: HttpRequest, pupil: int) -> HttpResponse:
    """A child of the register who is on no school's books: after suspension, departure, or a first school."""
    account = reader(request)
    child = pupil_in_scope(account, pupil)
    check_may_enter(account)
    form = PlainForm(request.POST or None)
    _place_fields(form, account)
    form.order_fields(["school", "grade", "class_name", "on", "kind", "reason"])

    def do(said: dict[str, Any], change: Change) -> str:
        group = _class_called(said["school"], said["grade"], said["class_name"], said["on"], account)
        stay = enrol(child, said["school"], grade=said["grade"], on=said["on"], kind=said["kind"], school_class=group, change=change)
        return _("{name} is on the books of {school}.").format(name=child.name, school=stay.school)

    return _done(request, form, do, child, title=_("Enrol: {name}").format(name=child.name), send=_("Enrol"))


def change_class(request: HttpRequest, pupil: int) -> HttpResponse:
    """Another class of the same grade."""
    account = reader(request)
    child = pupil_in_scope(account, pupil)
    check_may_enter(account)
    here = active(child)
    if here is None:
        raise Refused(_("This pupil is on no school's books."))
    others = SchoolClass.objects.for_account(account).filter(school=here.school, school_year=here.school_year, grade=here.grade)
    form = PlainForm(request.POST or None)
    form.fields["school_class"] = forms.ModelChoiceField(others.exclude(pk=here.school_class_id or 0), label=_("New class"))
    form.fields["school_class"].label_from_instance = lambda one: one.name  # type: ignore[attr-defined]
    form.fields["on"] = DayField(_("From the day"), initial=timezone.localdate())
    form.order_fields(["school_class", "on", "reason"])

    def do(said: dict[str, Any], change: Change) -> str:
        go_on(here, on=said["on"], kind="class_change", school_class=said["school_class"], change=change)
        return _("{name} is in class {class_name} now.").format(name=child.name, class_name=said["school_class"].name)

    lead = f"{here.school} · {class_words(here)}"
    return _done(request, form, do, child, title=_("Change class: {name}").format(name=child.name), lead=lead)


def exit_of(request: HttpRequest, pupil: int) -> HttpResponse:
    """Ask for an exit."""
    account = reader(request)
    child = pupil_in_scope(account, pupil)
    check_may_enter(account)
    form = PlainForm(request.POST or None)
    form.fields["kind"] = code_field("exit_kind", _("Kind of exit"), only=_exit_kinds())
    form.fields["on"] = DayField(_("First day no longer on the books"), initial=timezone.localdate())
    form.order_fields(["kind", "on", "reason"])

    def do(said: dict[str, Any], change: Change) -> str:
        ask_exit(child, on=said["on"], kind=said["kind"], by=account, reason=said["reason"])
        return _("Asked for. Nothing has moved yet: another account approves it.")

    lead = _("An officer of the bureau approves it; until then nothing moves.")
    return _done(request, form, do, child, title=_("Ask for exit: {name}").format(name=child.name), lead=lead, send=_("Ask for it"))


def correction(request: HttpRequest, pupil: int) -> HttpResponse:
    """Ask for another identity number."""
    account = reader(request)
    child = pupil_in_scope(account, pupil)
    check_may_enter(account)
    form = PlainForm(request.POST or None)
    form.fields["number"] = forms.CharField(label=_("Right identity number"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    form.order_fields(["number", "reason"])

    def do(said: dict[str, Any], change: Change) -> str:
        ask_correction(child, said["number"], by=account, reason=said["reason"])
        return _("Asked for. Nothing has moved yet: another account approves it.")

    lead = _("Now: {number}. Birth date and sex follow from the new number; the student number stays as it is.").format(
        number=child.identity_number or "–"
    )
    return _done(
        request, form, do, child, title=_("Correct identity number: {name}").format(name=child.name), lead=lead, send=_("Ask for it")
    )


def transfer_in(request: HttpRequest) -> HttpResponse:
    """Ask for a child of another school, who must be named and numbered exactly."""
    account = reader(request)
    check_may_read_persons(account)
    check_may_enter(account)
    form = PlainForm(request.POST or None)
    form.fields["name"] = forms.CharField(label=_("Pupil's name"))
    form.fields["number"] = forms.CharField(
        label=_("Whole identity or student number"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    form.fields["school"] = school_field(account, _("To the school"))
    form.fields["grade"] = code_field("grade", _("Grade"), required=False)
    form.fields["on"] = DayField(_("First day at the new school"), initial=timezone.localdate())
    form.order_fields(["name", "number", "school", "grade", "on", "reason"])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            named = {name: said[name] for name in ("on", "grade", "reason")}
            asked: Request = ask_transfer_of(said["name"], said["number"], said["school"], by=account, **named)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Asked for. Nothing has moved yet: another account approves it."))
            return redirect("request", number=asked.pk)
    lead = _("The receiving school asks. Name and number must both be exact: pupils of other schools are not listed here.")
    return form_page(request, form, title=_("Ask for a transfer"), lead=lead, back=reverse("pupils"), send=_("Ask for it"))


def note(request: HttpRequest, pupil: int) -> HttpResponse:
    """Note that a condition holds."""
    account = reader(request)
    child = pupil_in_scope(account, pupil)
    check_may_enter(account)
    form = PlainForm(request.POST or None)
    form.fields["kind"] = code_field("condition", _("Condition"))
    kinds = code_table("condition").codes
    offered = [(code_words("condition", code), code_choices(kind.group, ended=False)) for code, kind in kinds.items() if kind.group]
    form.fields["detail"] = forms.ChoiceField(label=_("Detail"), required=False, choices=[("", "–"), *offered])
    form.fields["placement"] = code_field("disability_placement", _("Where a child with a disability is taught"), required=False)
    form.fields["since"] = DayField(_("Since"), initial=timezone.localdate())
    form.order_fields(["kind", "detail", "placement", "since", "reason"])

    def do(said: dict[str, Any], change: Change) -> str:
        note_condition(child, said["kind"], since=said["since"], detail=said["detail"], placement=said["placement"], change=change)
        return _("Stored.")

    return _done(request, form, do, child, title=_("Note a condition: {name}").format(name=child.name))


def end_condition(request: HttpRequest, condition: int) -> HttpResponse:
    """A condition no longer holds."""
    account = reader(request)
    check_may_read_persons(account)
    row = get_object_or_404(PupilCondition.objects.for_account(account).select_related("pupil"), pk=condition)
    check_may_enter(account)
    form = PlainForm(request.POST or None)
    form.fields["on"] = DayField(_("First day on which it holds no longer"), initial=timezone.localdate())
    form.order_fields(["on", "reason"])

    def do(said: dict[str, Any], change: Change) -> str:
        row.end(on=said["on"], change=change)
        return _("Stored.")

    return _done(request, form, do, row.pupil, title=_("End a condition: {name}").format(name=row.pupil.name))


def _done(request: HttpRequest, form: Any, do: Any, child: Pupil, **page: Any) -> HttpResponse:
    """Do what the form says and go to the pupil's page; a refusal is said above the form, and nothing is stored."""
    if request.method == "POST" and form.is_valid():
        try:
            said = do(form.cleaned_data, Change(reader(request), form.cleaned_data["reason"]))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, said)
            return redirect("pupil", pupil=child.pk)
    return form_page(request, form, back=reverse("pupil", args=[child.pk]), **page)
