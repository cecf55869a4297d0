"""School table: the columns of the list of schools and how each sorts.

Changes when the list shows another column.
"""

from typing import TYPE_CHECKING

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.web.words import word

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

__all__ = ["SchoolTable"]

_NUMBER = {"th": {"class": "n"}, "td": {"class": "n"}}


class _Figure(tables.Column):  # type: ignore[misc]
    """A whole number; schools without one come last whichever way it is sorted."""

    def __init__(self, label: "StrOrPromise") -> None:
        super().__init__(verbose_name=label, attrs=_NUMBER, default="–")

    def render(self, value: int) -> str:
        return f"{value:,}"

    def order(self, queryset: QuerySet[Organisation], is_descending: bool) -> tuple[QuerySet[Organisation], bool]:
        figure = F(self.accessor or self._name)
        return queryset.order_by(figure.desc(nulls_last=True) if is_descending else figure.asc(nulls_last=True), "path"), True


class SchoolTable(tables.Table):  # type: ignore[misc]
    """One line a school."""

    name = tables.LinkColumn("school", kwargs={"code": tables.A("code")}, verbose_name=_("School"), order_by=("name_zh", "name_en"))
    code = tables.Column(verbose_name=_("Code"))
    school_type = tables.Column(verbose_name=_("School type"), default="–")
    stages = tables.Column(verbose_name=_("Stages"), default="–")
    parent = tables.Column(verbose_name=_("Area"), default="–", order_by=("parent__name_zh", "parent__name_en"))
    ownership = tables.Column(verbose_name=_("Ownership"), default="–")
    locale = tables.Column(verbose_name=_("Urban, town or rural"), default="–")
    pupils = _Figure(_("Pupils"))
    teachers = _Figure(_("Teachers"))

    class Meta:
        empty_text = _("No school fits. Take a filter away, or look for part of the name.")
        attrs = {"th": {"_ordering": {"ascending": "asc", "descending": "desc"}}}

    def render_school_type(self, value: str) -> str:
        return word("school_type", value)

    def render_stages(self, value: str) -> str:
        return word("stages", value)

    def render_ownership(self, value: str) -> str:
        return word("ownership", value)

    def render_locale(self, value: str) -> str:
        return word("locale", value)
