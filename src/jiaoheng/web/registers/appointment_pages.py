"""Appointment pages: enter where a member of staff works, and end it.

Changes when an appointment is entered in another way.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Refused, check_may_enter, check_may_read_persons
from jiaoheng.access.change import Change
from jiaoheng.registers.appointment import Appointment, appoint
from jiaoheng.registers.staff import Staff
from jiaoheng.web.registers.form_page import form_page
from jiaoheng.web.registers.row_form import DayField, PlainForm, code_field, school_field
from jiaoheng.web.scope import reader

__all__ = ["appoint_member", "end_appointment"]


def appoint_member(request: HttpRequest, member: int) -> HttpResponse:
    """A new appointment."""
    account = reader(request)
    check_may_read_persons(account)
    person = get_object_or_404(Staff.objects.for_account(account), pk=member)
    check_may_enter(account)
    form = PlainForm(request.POST or None)
    form.fields["school"] = school_field(account, _("School"))
    form.fields["kind"] = code_field("appointment_kind", _("Kind of appointment"))
    form.fields["since"] = DayField(_("Since"), initial=timezone.localdate())
    form.fields["until"] = DayField(_("Until (first day no longer)"), required=False)
    form.order_fields(["school", "kind", "since", "until", "reason"])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            appoint(person, said["school"], said["kind"], since=said["since"], until=said["until"], change=Change(account, said["reason"]))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Stored."))
            return redirect("staff-member", member=person.pk)
    title = _("Appointment: {name}").format(name=person.name)
    return form_page(request, form, title=title, back=reverse("staff-member", args=[person.pk]))


def end_appointment(request: HttpRequest, appointment: int) -> HttpResponse:
    """An appointment ends."""
    account = reader(request)
    check_may_read_persons(account)
    row = get_object_or_404(Appointment.objects.for_account(account).select_related("staff", "school"), pk=appointment)
    check_may_enter(account)
    form = PlainForm(request.POST or None)
    form.fields["on"] = DayField(_("First day no longer there"), initial=timezone.localdate())
    form.order_fields(["on", "reason"])
    if request.method == "POST" and form.is_valid():
        try:
            row.end(on=form.cleaned_data["on"], change=Change(account, form.cleaned_data["reason"]))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Stored."))
            mine = Staff.objects.for_account(account).filter(pk=row.staff_id).exists()
            return redirect("staff-member", member=row.staff_id) if mine else redirect("staff")
    title = _("End: {name} at {school}").format(name=row.staff.name, school=row.school)
    return form_page(request, form, title=title, back=reverse("staff"))
