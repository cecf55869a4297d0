"""Edit pages: add a row of a register, or alter one; two people at one row are told, and nothing of either is lost unseen.

Changes when another register is edited on the site, or another field of one.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account, Refused, check_may_enter, check_may_read_persons
from jiaoheng.access.change import Change, Recorded
from jiaoheng.access.organisation_change import check_may_alter_tree
from jiaoheng.registers.campus import Campus, CampusUse
from jiaoheng.registers.establishment import Establishment
from jiaoheng.registers.funds import Funds
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.staff import Staff
from jiaoheng.web.registers.form_page import form_page
from jiaoheng.web.registers.row_form import RowForm
from jiaoheng.web.registers.typed_pages import TYPED, add_typed, edit_typed
from jiaoheng.web.scope import reader

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

__all__ = ["EDITED", "add_row", "edit_row"]


@dataclass(frozen=True)
class Edited:
    """A register as it is edited: fields of a new row, fields that may be altered later, and the page to go back to."""

    model: type[Recorded]
    added: tuple[str, ...]
    altered: tuple[str, ...]
    new: "StrOrPromise"
    listed: str
    page: str = ""
    """The name of the list's address, and of a row's own page where it has one."""
    of_tree: bool = False
    """Whether bureau officers alone enter it."""

    def check_may_enter(self, account: Account) -> None:
        check_may_enter(account)
        if self.of_tree:
            check_may_alter_tree(account)

    def address(self, row: Recorded) -> str:
        return reverse(self.page, args=[row.pk]) if self.page else reverse(self.listed)


_PERSON = ("name", "sex", "birth_date", "ethnicity")
_STAFF = ("education", "degree", "title", "post", "on_establishment", "certificate", "registration_due", "stages", "subjects", "backbone",
          "promoted_on", "training_hours", "employed_on", "left_on", "phone", "bank_card")  # fmt: skip
_FUNDS = ("budgeted_yuan", "received_yuan", "spent_yuan", "document")

EDITED = {
    "pupil": Edited(
        Pupil,
        (),
        (*_PERSON, "student_number", "household_area", "household_kind", "guardian", "guardian_relation", "guardian_phone", "bank_card"),
        "",
        "pupils",
        "pupil",
    ),
    "staff": Edited(
        Staff,
        ("employer", "staff_number", *_PERSON, "identity_kind", "identity_number", *_STAFF),
        ("employer", *_PERSON, "identity_number", *_STAFF),
        gettext_lazy("Add a member of staff"),
        "staff",
        "staff-member",
    ),
    "class": Edited(
        SchoolClass,
        ("school", "school_year", "grade", "name", "kind"),
        ("name", "kind", "head_teacher"),
        gettext_lazy("Make a class"),
        "classes",
        "roster",
    ),
    "establishment": Edited(
        Establishment,
        ("school", "approved_posts", "since", "document"),
        ("approved_posts", "since", "until", "document"),
        gettext_lazy("Enter approved posts"),
        "establishment",
    ),
    "campus": Edited(
        Campus,
        ("organisation", "name", "address", "latitude", "longitude", "since"),
        ("name", "address", "latitude", "longitude", "since", "until"),
        gettext_lazy("Enter a campus"),
        "campuses",
        of_tree=True,
    ),
    "campus-use": Edited(
        CampusUse,
        ("campus", "school", "role", "since"),
        ("role", "since", "until"),
        gettext_lazy("A school works at a campus"),
        "campuses",
        of_tree=True,
    ),
    "funds": Edited(Funds, ("fiscal_year", "organisation", "source", "purpose", *_FUNDS), _FUNDS, gettext_lazy("Enter funds"), "funds"),
}


def add_row(request: HttpRequest, register: str) -> HttpResponse:
    """A new row."""
    if register in TYPED:
        return add_typed(request, register)
    account = reader(request)
    check_may_enter(account)
    edited = EDITED.get(register)
    if edited is None or not edited.added:
        raise Http404(_("This register is not entered here."))
    edited.check_may_enter(account)
    form = RowForm(request.POST or None, row=edited.model(), names=edited.added, account=account)
    if request.method == "POST" and form.is_valid():
        try:
            row = form.filled().store(change=Change(account, form.cleaned_data["reason"]))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Stored."))
            return redirect(edited.address(row))
    return form_page(request, form, title=str(edited.new), back=reverse(edited.listed))


def edit_row(request: HttpRequest, register: str, row: int) -> HttpResponse:
    """A row that is there."""
    if register in TYPED:
        return edit_typed(request, register, row)
    account = reader(request)
    edited = EDITED.get(register)
    if edited is None:
        raise Http404(_("This register is not entered here."))
    model: Any = edited.model
    if model.of_persons:
        check_may_read_persons(account)
    found: Recorded = get_object_or_404(model.objects.for_account(account), pk=row)
    edited.check_may_enter(account)
    form = RowForm(request.POST or None, row=found, names=edited.altered, account=account)
    if request.method == "POST" and form.is_valid():
        try:
            stored = form.filled().store(change=Change(account, form.cleaned_data["reason"]))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Stored."))
            return redirect(edited.address(stored))
    return form_page(request, form, title=_("Edit: {row}").format(row=found), back=edited.address(found))
