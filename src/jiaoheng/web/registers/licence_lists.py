"""Licence lists: licences, recognitions as inclusive and annual inspections of kindergartens, private schools and training institutions.

Changes when one of these lists shows something else.
"""

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account
from jiaoheng.registers.licence import AnnualInspection, InclusiveRecognition, Licence
from jiaoheng.registers.period import holding
from jiaoheng.web.registers.columns import CodeColumn, DayColumn, EditColumn, RegisterTable, SchoolColumn, YesColumn
from jiaoheng.web.registers.listing import Listing, RegisterFilter, adds, code_filter, school_filter
from jiaoheng.web.registers.typed_pages import TYPED

__all__ = ["INSPECTIONS", "LICENCES", "RECOGNITIONS"]

_ANY = gettext_lazy("any")


class LicenceTable(RegisterTable):
    organisation = SchoolColumn(gettext_lazy("Institution"), order_by=("organisation__name_zh", "organisation__name_en"))
    number = tables.Column(verbose_name=gettext_lazy("Licence number"))
    approved_by = tables.Column(verbose_name=gettext_lazy("Approved by"))
    legal_form = CodeColumn(gettext_lazy("Legal form"), "legal_form")
    since = DayColumn(gettext_lazy("Since"))
    until = tables.Column(verbose_name=gettext_lazy("Until"), default="–")
    inclusive = YesColumn(gettext_lazy("Inclusive today"), orderable=False)
    edit = EditColumn("licence")

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No licence is entered.")

    def render_until(self, value: Any) -> str:
        over = value <= timezone.localdate()
        return format_html('<span class="tight{}">{}</span>', " is-bad" if over else "", value.isoformat())

    def value_until(self, value: Any) -> Any:
        return value


class LicenceFilter(RegisterFilter):
    school = school_filter(gettext_lazy("Institution"), "organisation__code", _ANY)
    legal_form = code_filter("legal_form", gettext_lazy("Legal form"), _ANY)


def _licences(request: HttpRequest, account: Account) -> QuerySet[Licence]:
    recognised = InclusiveRecognition.objects.for_account(account).filter(
        holding(timezone.localdate()), organisation=OuterRef("organisation")
    )
    found: QuerySet[Licence] = Licence.objects.for_account(account).select_related("organisation")
    return found.annotate(inclusive=Exists(recognised))


LICENCES = Listing(
    name="licences",
    title=gettext_lazy("Licences"),
    lead=gettext_lazy(
        "By what right kindergartens, private schools and training institutions work. A licence that has run out stands in red."
    ),
    table=LicenceTable,
    rows=_licences,
    filters=LicenceFilter,
    beside=adds("licence", TYPED["licence"].new),
)


def _years() -> list[tuple[str, str]]:
    return [(str(year), str(year)) for year in range(timezone.localdate().year, 2009, -1)]


class InspectionTable(RegisterTable):
    year = tables.Column(verbose_name=gettext_lazy("Year"))
    organisation = SchoolColumn(gettext_lazy("Institution"), order_by=("organisation__name_zh", "organisation__name_en"))
    result = CodeColumn(gettext_lazy("Result"), "inspection_result")
    note = tables.Column(verbose_name=gettext_lazy("Note"), default="–")
    edit = EditColumn("inspection")

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No annual inspection is entered.")


class InspectionFilter(RegisterFilter):
    year = django_filters.ChoiceFilter(label=gettext_lazy("Year"), choices=_years, empty_label=_ANY)
    school = school_filter(gettext_lazy("Institution"), "organisation__code", _ANY)
    result = code_filter("inspection_result", gettext_lazy("Result"), _ANY)


def _inspections(request: HttpRequest, account: Account) -> QuerySet[AnnualInspection]:
    found: QuerySet[AnnualInspection] = AnnualInspection.objects.for_account(account).select_related("organisation")
    return found.order_by("-year", "organisation__path")


INSPECTIONS = Listing(
    name="inspections",
    title=gettext_lazy("Annual inspections"),
    lead=gettext_lazy("The result of each institution's annual inspection, by year."),
    table=InspectionTable,
    rows=_inspections,
    filters=InspectionFilter,
    beside=adds("inspection", TYPED["inspection"].new),
)


class RecognitionTable(RegisterTable):
    organisation = SchoolColumn(gettext_lazy("Kindergarten"), order_by=("organisation__name_zh", "organisation__name_en"))
    since = DayColumn(gettext_lazy("Recognised since"))
    until = DayColumn(gettext_lazy("Until"))
    document = tables.Column(verbose_name=gettext_lazy("Document"), default="–")
    edit = EditColumn("recognition")

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No kindergarten is recognised as inclusive.")


class RecognitionFilter(RegisterFilter):
    school = school_filter(gettext_lazy("Kindergarten"), "organisation__code", _ANY)


def _recognitions(request: HttpRequest, account: Account) -> QuerySet[InclusiveRecognition]:
    found: QuerySet[InclusiveRecognition] = InclusiveRecognition.objects.for_account(account).select_related("organisation")
    return found.order_by("organisation__path", "-since")


RECOGNITIONS = Listing(
    name="recognitions",
    title=gettext_lazy("Recognitions as inclusive"),
    lead=gettext_lazy(
        "From when to when private kindergartens are recognised as inclusive. Coverage on a day counts who is recognised then."
    ),
    table=RecognitionTable,
    rows=_recognitions,
    filters=RecognitionFilter,
    beside=adds("recognition", TYPED["recognition"].new),
)
