"""Trail page 审计日志: every line of the reader's part of the tree, for auditors and officers; nothing here alters anything.

Changes when the page of the trail shows something else.
"""

import json
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.access.trail import Action, lines_for
from jiaoheng.web.registers.columns import RegisterTable
from jiaoheng.web.registers.listing import Listing, RegisterFilter

__all__ = ["TRAIL", "may_read_trail"]

_ANY = gettext_lazy("any")
_LONGEST = 400


def may_read_trail(account: Account) -> bool:
    """Whether the trail is this reader's to see; `lines_for` gives nobody else a line."""
    return account.role in (Role.AUDITOR, Role.OFFICER)


class TrailFilter(RegisterFilter):
    """By who, what, which kind of object, and days."""

    q = django_filters.CharFilter(label=gettext_lazy("Who or reason"), method="by_words")
    action = django_filters.ChoiceFilter(label=gettext_lazy("What"), choices=Action.choices, empty_label=_ANY)
    object_type = django_filters.CharFilter(label=gettext_lazy("Kind of object"), lookup_expr="icontains")
    since = django_filters.DateFilter(label=gettext_lazy("Since"), method="by_since", widget=forms.DateInput(attrs={"type": "date"}))

    def by_words(self, found: Any, name: str, value: str) -> Any:
        return found.filter(Q(by__icontains=value.strip()) | Q(reason__icontains=value.strip()))

    def by_since(self, found: Any, name: str, value: Any) -> Any:
        return found.filter(at__gte=value.isoformat())


class TrailTable(RegisterTable):
    """One line a line of the trail."""

    number = tables.Column(verbose_name=gettext_lazy("Line"))
    at = tables.Column(verbose_name=gettext_lazy("When"), attrs={"td": {"class": "tight"}})
    by = tables.Column(verbose_name=gettext_lazy("Who"))
    approved_by = tables.Column(verbose_name=gettext_lazy("Approved by whom"), default="–")
    action = tables.Column(verbose_name=gettext_lazy("What"))
    object_type = tables.Column(verbose_name=gettext_lazy("Object"))
    before = tables.Column(verbose_name=gettext_lazy("Before"), orderable=False)
    after = tables.Column(verbose_name=gettext_lazy("After"), orderable=False)
    reason = tables.Column(verbose_name=gettext_lazy("Reason"))

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No line of the trail fits.")

    def render_at(self, value: str) -> str:
        moment = parse_datetime(value)
        return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S") if moment else value

    def render_action(self, record: Any) -> str:
        return str(record.get_action_display())

    def render_object_type(self, record: Any) -> str:
        return f"{record.object_type.rpartition('.')[2]} {record.object_id}"

    def render_before(self, value: str) -> str:
        return _said(value)

    def render_after(self, value: str) -> str:
        return _said(value)


def _said(kept: str) -> str:
    """A line's values, short: they are masked already where they are sensitive."""
    values = json.loads(kept)
    text = "; ".join(f"{name}: {value}" for name, value in values.items())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _rows(request: HttpRequest, account: Account) -> Any:
    if not may_read_trail(account):
        raise Refused(str(gettext_lazy("The trail is for auditors and bureau officers.")))
    return lines_for(account)


TRAIL = Listing(
    name="trail",
    title=gettext_lazy("Trail"),
    lead=gettext_lazy("Who did what, when and why, in your part of the tree; newest first. Lines are added and never changed."),
    table=TrailTable,
    rows=_rows,
    filters=TrailFilter,
    of_persons=True,
)
