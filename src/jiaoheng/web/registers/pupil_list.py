"""Pupil list: who is on the books of the reader's schools on a day; and finding one pupil by a whole number.

Changes when the list of pupils shows something else, or pupils are looked for by something else. A number is sent in the body of a request
and never stands in an address, so that it gets into no log and no browser's history.
"""

from datetime import date
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Account, check_may_read_persons, may_enter
from jiaoheng.access.sealed_field import matching
from jiaoheng.organisations.school_year import SCHOOL_YEAR_STARTS, NotASchoolYear, SchoolYear
from jiaoheng.registers.period import holding
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import conditions_on
from jiaoheng.registers.student_number import StudentNumber, StudentNumberRefused
from jiaoheng.rulebook.codes import code_table
from jiaoheng.snapshots.snapshot import SnapshotRefused
from jiaoheng.web.current_snapshot import chosen_year, current_snapshot
from jiaoheng.web.registers.columns import CodeColumn, DayColumn, MaskedColumn, RegisterTable
from jiaoheng.web.registers.listing import Listing, RegisterFilter, code_choices, code_filter, school_filter
from jiaoheng.web.registers.person_search import record_search
from jiaoheng.web.scope import reader

__all__ = ["PUPILS", "day_asked", "find_pupil", "usual_day"]

_ANY = gettext_lazy("any")


def day_asked(request: HttpRequest) -> date:
    """The day in the address (`on`); else today, or 1 September of the school year in the header where today lies in another one."""
    try:
        asked = parse_date(request.GET.get("on", ""))
    except ValueError:
        asked = None
    return asked or usual_day(request)


def usual_day(request: HttpRequest) -> date:
    """Today, or the first day of the school year in the header where today lies in another one."""
    today, year = timezone.localdate(), _year_in_header(request)
    return today if year is None or year == SchoolYear.of(today) else date(year.starts_in, *SCHOOL_YEAR_STARTS)


def _year_in_header(request: HttpRequest) -> SchoolYear | None:
    try:
        current = current_snapshot()
        return SchoolYear.parse(chosen_year(request, current.years, current.year)) if current else None
    except (SnapshotRefused, NotASchoolYear):
        return None


def _open_conditions() -> list[tuple[str, str]]:
    """The kinds of condition that are not sensitive: by these alone a list can be narrowed."""
    codes = code_table("condition", settings.RULEBOOK_OVERLAY).codes
    return [(code, words) for code, words in code_choices("condition") if not codes[code].sensitive]


class PupilFilter(RegisterFilter):
    """By school, grade, class, sex, name and open condition."""

    q = django_filters.CharFilter(label=gettext_lazy("Name or student number"), method="by_words")
    school = school_filter(gettext_lazy("School"), "stay__school__code", _ANY)
    grade = code_filter("grade", gettext_lazy("Grade"), _ANY, field_name="stay__grade")
    school_class = django_filters.CharFilter(label=gettext_lazy("Class"), field_name="stay__school_class__name", lookup_expr="exact")
    sex = code_filter("sex", gettext_lazy("Sex"), _ANY)
    condition = django_filters.ChoiceFilter(
        label=gettext_lazy("Condition"), method="by_condition", choices=_open_conditions, empty_label=_ANY
    )
    books = django_filters.ChoiceFilter(
        label=gettext_lazy("On the books"),
        method="by_books",
        choices=[("yes", gettext_lazy("on that day")), ("no", gettext_lazy("not on that day"))],
        empty_label=_ANY,
    )
    on = django_filters.DateFilter(label=gettext_lazy("As of"), method="as_of", widget=forms.DateInput(attrs={"type": "date"}))

    def by_words(self, found: QuerySet[Pupil], name: str, value: str) -> QuerySet[Pupil]:
        return found.filter(Q(name__icontains=value.strip()) | Q(student_number__istartswith=value.strip()))

    def by_condition(self, found: QuerySet[Pupil], name: str, value: str) -> QuerySet[Pupil]:
        day = self.form.cleaned_data.get("on") or timezone.localdate()
        return found.filter(pk__in=[key for key, kinds in conditions_on(found, day).items() if value in kinds])

    def by_books(self, found: Any, name: str, value: str) -> Any:
        return found.filter(stay__isnull=value == "no")

    def as_of(self, found: QuerySet[Pupil], name: str, value: date) -> QuerySet[Pupil]:
        return found  # the day is in the rows already: see `_rows`


class PupilTable(RegisterTable):
    """One line a pupil."""

    name = tables.Column(verbose_name=gettext_lazy("Full name"), linkify=lambda record: reverse("pupil", args=[record.pk]))
    student_number = tables.Column(verbose_name=gettext_lazy("Student number"), default="–", attrs={"td": {"class": "mono tight"}})
    sex = CodeColumn(gettext_lazy("Sex"), "sex")
    birth_date = DayColumn(gettext_lazy("Birth date"))
    ethnicity = CodeColumn(gettext_lazy("Ethnicity"), "ethnicity")
    school = tables.Column(verbose_name=gettext_lazy("School"), default="–", order_by=("school_zh", "school_en"), empty_values=())
    grade = CodeColumn(gettext_lazy("Grade"), "grade")
    class_name = tables.Column(verbose_name=gettext_lazy("Class"), default="–")
    identity_number = MaskedColumn(gettext_lazy("Identity number"))

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No pupil fits. Take a filter away, or look for part of the name.")

    def render_school(self, record: Any) -> str:
        chinese, english = record.school_zh, record.school_en
        return str((chinese or english) or "–")


def _rows(request: HttpRequest, account: Account) -> QuerySet[Pupil]:
    """The pupils in scope, each with the stay of the day (`stay`), where there is one."""
    stays = holding(day_asked(request), since="enrolments__entered_on", until="enrolments__left_on")
    found: QuerySet[Pupil] = Pupil.objects.for_account(account).filter(merged_into__isnull=True)
    return found.annotate(
        stay=FilteredRelation("enrolments", condition=stays),
        school_zh=F("stay__school__name_zh"),
        school_en=F("stay__school__name_en"),
        grade=F("stay__grade"),
        class_name=F("stay__school_class__name"),
    )


def _beside(request: HttpRequest, account: Account) -> dict[str, Any]:
    actions = []
    if may_enter(account):
        actions = [
            (reverse("admit"), _("Admit a pupil"), True),
            (reverse("ask-transfer"), _("Ask for a transfer"), False),
            (reverse("grade-turn"), _("Turn of the year"), False),
        ]
    return {"actions": actions}


PUPILS = Listing(
    name="pupils",
    title=gettext_lazy("Pupils"),
    lead=gettext_lazy(
        "Every pupil whose record a school in your scope keeps, with the place on the chosen day. Numbers are "
        "masked; a name leads to the pupil's page."
    ),
    table=PupilTable,
    rows=_rows,
    filters=PupilFilter,
    of_persons=True,
    beside=_beside,
    template="web/registers/pupils.html",
)


@require_POST
def find_pupil(request: HttpRequest) -> HttpResponse:
    """Go to the pupil in scope that has this whole identity or student number."""
    account = reader(request)
    check_may_read_persons(account)
    number = request.POST.get("number", "").strip()
    rows = Pupil.objects.for_account(account).filter(merged_into__isnull=True)
    found = matching(rows, "identity_index", number).first()
    if found is not None:
        record_search(found, account)
    found = found or _with_student_number(rows, number)
    if found is None:
        messages.warning(request, _("No pupil in your scope has exactly this identity or student number."))
        return redirect("pupils")
    return redirect("pupil", pupil=found.pk)


def _with_student_number(rows: QuerySet[Pupil], text: str) -> Pupil | None:
    try:
        return rows.filter(student_number=StudentNumber.parse(text).text).first()
    except StudentNumberRefused:
        return None
