"""Staff pages: who is employed by the reader's schools, and one member of staff with appointments and history.

Changes when the list or the page of staff shows something else.
"""

from datetime import date
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account, check_may_read_persons, may_enter
from jiaoheng.access.opening import may_open
from jiaoheng.registers.appointment import Appointment
from jiaoheng.registers.staff import Staff
from jiaoheng.web.registers.change_lines import change_lines
from jiaoheng.web.registers.columns import CodeColumn, DayColumn, MaskedColumn, RegisterTable, SchoolColumn, YesColumn, code_words
from jiaoheng.web.registers.listing import Listing, RegisterFilter, code_filter, school_filter
from jiaoheng.web.registers.pupil_page import facts_of
from jiaoheng.web.scope import reader
from jiaoheng.web.words import word

__all__ = ["STAFF", "staff_member"]

_ANY = gettext_lazy("any")
_FACTS = (
    "staff_number", "identity_kind", "identity_number", "sex", "birth_date", "ethnicity", "phone", "bank_card", "education", "degree",
    "title", "promoted_on", "post", "on_establishment", "certificate", "registration_due", "subjects", "backbone", "training_hours",
    "employed_on", "left_on",
)  # fmt: skip


class StaffFilter(RegisterFilter):
    """By school, post, title, subject and name."""

    q = django_filters.CharFilter(label=gettext_lazy("Name or staff number"), method="by_words")
    school = school_filter(gettext_lazy("School"), "employer__code", _ANY)
    post = code_filter("post", gettext_lazy("Kind of post"), _ANY)
    title = code_filter("title", gettext_lazy("Professional title"), _ANY)
    education = code_filter("education", gettext_lazy("Highest education"), _ANY)
    backbone = code_filter("backbone", gettext_lazy("Backbone level"), _ANY)
    subjects = django_filters.CharFilter(label=gettext_lazy("Subject"), lookup_expr="icontains")
    employed = django_filters.ChoiceFilter(
        label=gettext_lazy("Employed"), method="by_employed", choices=[("now", gettext_lazy("today")), ("left", gettext_lazy("has left"))],
        empty_label=_ANY,
    )  # fmt: skip

    def by_words(self, found: QuerySet[Staff], name: str, value: str) -> QuerySet[Staff]:
        return found.filter(Q(name__icontains=value.strip()) | Q(staff_number__istartswith=value.strip()))

    def by_employed(self, found: QuerySet[Staff], name: str, value: str) -> QuerySet[Staff]:
        left = Q(left_on__isnull=False, left_on__lte=timezone.localdate())
        return found.filter(left) if value == "left" else found.exclude(left)


class StaffTable(RegisterTable):
    """One line a person."""

    name = tables.Column(verbose_name=gettext_lazy("Full name"), linkify=lambda record: reverse("staff-member", args=[record.pk]))
    staff_number = tables.Column(verbose_name=gettext_lazy("Staff number"))
    sex = CodeColumn(gettext_lazy("Sex"), "sex")
    birth_date = DayColumn(gettext_lazy("Birth date"))
    employer = SchoolColumn(gettext_lazy("School"), order_by=("employer__name_zh", "employer__name_en"))
    post = CodeColumn(gettext_lazy("Kind of post"), "post")
    title = CodeColumn(gettext_lazy("Professional title"), "title")
    education = CodeColumn(gettext_lazy("Highest education"), "education")
    subjects = tables.Column(verbose_name=gettext_lazy("Subjects taught"), default="–")
    on_establishment = YesColumn(gettext_lazy("Established post"))
    registration_due = tables.Column(verbose_name=gettext_lazy("Registration due"), default="–")
    identity_number = MaskedColumn(gettext_lazy("Identity number"))

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No member of staff fits. Take a filter away, or look for part of the name.")

    def render_registration_due(self, value: date) -> str:
        late = value < timezone.localdate()
        return format_html('<span class="tight{}">{}</span>', " is-bad" if late else "", value.isoformat())

    def value_registration_due(self, value: date) -> date:
        return value


def _rows(request: HttpRequest, account: Account) -> QuerySet[Staff]:
    found: QuerySet[Staff] = Staff.objects.for_account(account).select_related("employer")
    return found


def _beside(request: HttpRequest, account: Account) -> dict[str, Any]:
    return {"actions": [(reverse("add", args=["staff"]), _("Add a member of staff"), True)] if may_enter(account) else []}


STAFF = Listing(
    name="staff",
    title=gettext_lazy("Staff"),
    lead=gettext_lazy("Everybody whom a school in your scope employs or employed. A registration that is overdue stands in red."),
    table=StaffTable,
    rows=_rows,
    filters=StaffFilter,
    of_persons=True,
    beside=_beside,
)


def staff_member(request: HttpRequest, member: int) -> HttpResponse:
    """One member of staff."""
    account = reader(request)
    check_may_read_persons(account)
    person = get_object_or_404(Staff.objects.for_account(account).select_related("employer"), pk=member)
    appointments = Appointment.objects.for_account(account).filter(staff=person).select_related("school").order_by("-since")
    facts = facts_of(person, _FACTS, opens=may_open(account, person))
    context: dict[str, Any] = {
        "person": person,
        "facts": facts,
        "stages": word("stages", person.stages),
        "appointments": [(one, code_words("appointment_kind", one.kind)) for one in appointments],
        "elsewhere": person.appointments.count() - len(appointments),
        "lines": change_lines([person, *appointments], account),
        "may_enter": may_enter(account),
    }
    return render(request, "web/registers/staff_member.html", context)
