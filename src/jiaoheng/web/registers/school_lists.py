"""School lists: what the registers hold of schools beside people: establishment, funds, groups, discrepancies.

Changes when one of these lists shows something else.
"""

from typing import Any
from urllib.parse import urlencode

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account
from jiaoheng.registers.discrepancy import Discrepancy, discrepancies
from jiaoheng.registers.establishment import Establishment, with_filled
from jiaoheng.registers.funds import Funds
from jiaoheng.registers.period import holding
from jiaoheng.registers.school_group import GroupMembership
from jiaoheng.web.registers.columns import CodeColumn, DayColumn, EditColumn, NumberColumn, RegisterTable, SchoolColumn
from jiaoheng.web.registers.listing import Listing, RegisterFilter, adds, code_filter, school_filter
from jiaoheng.web.registers.pupil_list import day_asked
from jiaoheng.web.registers.typed_pages import TYPED
from jiaoheng.web.words import field_label, word

__all__ = ["DISCREPANCIES", "ESTABLISHMENT", "FUNDS", "GROUPS"]

_ANY = gettext_lazy("any")


# Establishment


class EstablishmentTable(RegisterTable):
    school = SchoolColumn(gettext_lazy("School"), order_by=("school__name_zh", "school__name_en"))
    approved_posts = NumberColumn(gettext_lazy("Approved posts"))
    filled = NumberColumn(gettext_lazy("Filled"))
    free = NumberColumn(gettext_lazy("Free"), accessor="pk", orderable=False)
    away = NumberColumn(gettext_lazy("Of these teaching elsewhere"))
    since = DayColumn(gettext_lazy("Since"))
    document = tables.Column(verbose_name=gettext_lazy("Document"), default="–")
    edit = EditColumn("establishment")

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No approved posts are entered that hold today.")

    def render_free(self, record: Any) -> str:
        free = record.approved_posts - (record.filled or 0)
        return format_html('<span class="{}">{}</span>', "is-bad" if free < 0 else "", f"{free:,}".replace("-", "−"))

    def value_free(self, record: Any) -> int:
        return int(record.approved_posts - (record.filled or 0))


def _establishment(request: HttpRequest, account: Account) -> QuerySet[Establishment]:
    """The posts approved today, and how many of them are filled."""
    today = timezone.localdate()
    return with_filled(Establishment.objects.for_account(account).filter(holding(today)).select_related("school"), on=today)


ESTABLISHMENT = Listing(
    name="establishment",
    title=gettext_lazy("Establishment"),
    lead=gettext_lazy(
        "Approved posts that hold today, and how many of them the school's staff fill. Filled is counted from the staff register."
    ),
    table=EstablishmentTable,
    rows=_establishment,
    filters=type("EstablishmentFilter", (RegisterFilter,), {"school": school_filter(gettext_lazy("School"), any_words=_ANY)}),
    beside=adds("establishment", gettext_lazy("Enter approved posts")),
)


# Funds


def _years() -> list[tuple[str, str]]:
    return [(str(year), str(year)) for year in range(timezone.localdate().year + 1, 2009, -1)]


class FundsFilter(RegisterFilter):
    """By year, organisation, source and purpose."""

    fiscal_year = django_filters.ChoiceFilter(label=gettext_lazy("Fiscal year"), choices=_years, empty_label=_ANY)
    school = school_filter(gettext_lazy("School"), "organisation__code", _ANY)
    source = code_filter("fund_source", gettext_lazy("Source of funds"), _ANY)
    purpose = code_filter("fund_purpose", gettext_lazy("Purpose of funds"), _ANY)


class FundsTable(RegisterTable):
    fiscal_year = tables.Column(verbose_name=gettext_lazy("Fiscal year"))
    organisation = SchoolColumn(gettext_lazy("Organisation"), order_by=("organisation__name_zh", "organisation__name_en"))
    source = CodeColumn(gettext_lazy("Source of funds"), "fund_source")
    purpose = CodeColumn(gettext_lazy("Purpose of funds"), "fund_purpose")
    budgeted_yuan = NumberColumn(gettext_lazy("Budgeted (yuan)"), decimals=2)
    received_yuan = NumberColumn(gettext_lazy("Received (yuan)"), decimals=2)
    spent_yuan = NumberColumn(gettext_lazy("Spent (yuan)"), decimals=2)
    document = tables.Column(verbose_name=gettext_lazy("Document"), default="–")
    edit = EditColumn("funds")

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No funds fit. They come in by workbook or one by one.")


def _funds(request: HttpRequest, account: Account) -> QuerySet[Funds]:
    found: QuerySet[Funds] = Funds.objects.for_account(account).select_related("organisation")
    return found.order_by("-fiscal_year", "organisation__path", "source", "purpose")


def _beside_funds(request: HttpRequest, account: Account) -> dict[str, Any]:
    """The sums of what is listed."""
    found = FundsFilter(request.GET, queryset=_funds(request, account), account=account).qs
    names = {"budgeted_yuan": _("Budgeted"), "received_yuan": _("Received"), "spent_yuan": _("Spent")}
    sums = found.order_by().aggregate(**{name: Sum(name) for name in names})
    tiles = [
        (words, f"{sums[name]:,.2f}" if sums[name] is not None else "–", "sum", _("yuan, of the rows that fit"))
        for name, words in names.items()
    ]
    return {"tiles": tiles, **adds("funds", _("Enter funds"))(request, account)}


FUNDS = Listing(
    name="funds",
    title=gettext_lazy("Funds"),
    lead=gettext_lazy("What organisations were to have, received and spent, by fiscal year, source and purpose, in yuan to the cent."),
    table=FundsTable,
    rows=_funds,
    filters=FundsFilter,
    beside=_beside_funds,
)


# Groups


class GroupTable(RegisterTable):
    group = tables.Column(verbose_name=gettext_lazy("Group"), accessor="group__name")
    kind = CodeColumn(gettext_lazy("Kind of group"), "group_kind", accessor="group__kind")
    school = SchoolColumn(gettext_lazy("School"), order_by=("school__name_zh", "school__name_en"))
    role = CodeColumn(gettext_lazy("Role"), "group_role")
    since = DayColumn(gettext_lazy("Since"))
    until = DayColumn(gettext_lazy("Until"))
    edit = EditColumn("group-member")

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No school in your scope is in a group.")


class GroupFilter(RegisterFilter):
    kind = code_filter("group_kind", gettext_lazy("Kind of group"), _ANY, field_name="group__kind")
    school = school_filter(gettext_lazy("School"), any_words=_ANY)


def _groups(request: HttpRequest, account: Account) -> QuerySet[GroupMembership]:
    found: QuerySet[GroupMembership] = GroupMembership.objects.for_account(account).select_related("group", "school")
    return found


GROUPS = Listing(
    name="groups",
    title=gettext_lazy("School groups"),
    lead=gettext_lazy("Groups, alliances and communities of schools, with members and dates."),
    table=GroupTable,
    rows=_groups,
    filters=GroupFilter,
    beside=adds("group-member", TYPED["group-member"].new),
)


# Discrepancies


class DiscrepancyTable(RegisterTable):
    school = SchoolColumn(gettext_lazy("School"))
    stage = tables.Column(verbose_name=gettext_lazy("Stage"))
    figure = tables.Column(verbose_name=gettext_lazy("Figure"))
    declared = NumberColumn(gettext_lazy("Declared"))
    held = NumberColumn(gettext_lazy("In the register"))
    difference = NumberColumn(gettext_lazy("Difference"))
    rows = tables.Column(verbose_name=gettext_lazy("Rows"), empty_values=(), orderable=False, exclude_from_export=True)

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("What schools declared and what the registers hold agree, wherever both are there.")

    def render_stage(self, value: str) -> str:
        return word("stage", value)

    def render_figure(self, value: str) -> str:
        return field_label(value)

    def render_difference(self, value: int) -> str:
        return f"{value:+,}".replace("-", "−")

    def value_difference(self, value: int) -> int:
        return value

    def render_rows(self, record: Discrepancy) -> str:
        asked = urlencode({"school": record.school.code, "stage": record.stage, "figure": record.figure, "on": record.on})
        return format_html('<a href="{}?{}">{}</a>', reverse("discrepancy-rows"), asked, _("The register's rows"))


def _discrepancies(request: HttpRequest, account: Account) -> list[Discrepancy]:
    return discrepancies(account.organisation, on=day_asked(request)) if account.organisation and account.is_active else []


def _beside_discrepancies(request: HttpRequest, account: Account) -> dict[str, Any]:
    return {"day": day_asked(request)}


DISCREPANCIES = Listing(
    name="discrepancies",
    title=gettext_lazy("Declared and held"),
    lead=gettext_lazy(
        "Where a school's annual statistics say another number than its registers hold on the day. A school whose "
        "register is still empty is not compared."
    ),
    table=DiscrepancyTable,
    rows=_discrepancies,
    beside=_beside_discrepancies,
    template="web/registers/discrepancies.html",
)
