"""Campus pages: which school works at which site, and the three ways of counting schools, each with its definition.

Changes when the list of campuses shows something else.
"""

from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account
from jiaoheng.access.organisation_change import may_alter_tree
from jiaoheng.registers.campus import CampusUse, school_counts
from jiaoheng.registers.period import holding
from jiaoheng.web.registers.columns import CodeColumn, DayColumn, EditColumn, RegisterTable, SchoolColumn
from jiaoheng.web.registers.listing import Listing, RegisterFilter, code_filter, school_filter
from jiaoheng.web.registers.pupil_list import day_asked

__all__ = ["CAMPUSES"]

_ANY = gettext_lazy("any")


class CampusFilter(RegisterFilter):
    """By school, role and day."""

    school = school_filter(gettext_lazy("School"), any_words=_ANY)
    role = code_filter("campus_role", gettext_lazy("Role"), _ANY)
    on = django_filters.DateFilter(label=gettext_lazy("As of"), method="as_of", widget=forms.DateInput(attrs={"type": "date"}))

    def as_of(self, found: Any, name: str, value: Any) -> Any:
        return found  # the day is in the rows already: see `_rows`


class CampusTable(RegisterTable):
    """One line a school's use of a campus."""

    school = SchoolColumn(gettext_lazy("School"), order_by=("school__name_zh", "school__name_en"))
    campus = tables.Column(verbose_name=gettext_lazy("Campus"), accessor="campus__name")
    owner = tables.Column(verbose_name=gettext_lazy("Whose grounds"), accessor="campus__organisation")
    role = CodeColumn(gettext_lazy("Role"), "campus_role")
    address = tables.Column(verbose_name=gettext_lazy("Address"), accessor="campus__address", default="–")
    since = DayColumn(gettext_lazy("Since"))
    edit = EditColumn("campus-use")

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No campus is entered. A school without one is taken to have one site.")


def _rows(request: HttpRequest, account: Account) -> Any:
    found = CampusUse.objects.for_account(account).filter(holding(day_asked(request)))
    return found.select_related("school", "campus__organisation")


def _beside(request: HttpRequest, account: Account) -> dict[str, Any]:
    tiles = []
    if account.organisation is not None and account.is_active and not account.organisation.is_school:
        counts = school_counts(account.organisation, on=day_asked(request))
        tiles = [(one.label, f"{one.count:,}", "is-warn" if one.key == "unstated" else "", one.definition) for one in counts]
    actions = []
    if may_alter_tree(account):
        add, use = reverse("add", args=["campus"]), reverse("add", args=["campus-use"])
        actions = [(add, _("Enter a campus"), True), (use, _("A school works there"), False)]
    return {"tiles": tiles, "actions": actions}


CAMPUSES = Listing(
    name="campuses",
    title=gettext_lazy("Campuses"),
    lead=gettext_lazy("Where schools work. A school may have several campuses, and may share one with another school."),
    table=CampusTable,
    rows=_rows,
    filters=CampusFilter,
    beside=_beside,
)
