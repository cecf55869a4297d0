"""Listing: a register as a page with filters, and the same table, whole, as a file.

Changes when every list of the site gets something new. What may be in a list is settled by its rows, which begin with the reader's scope.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language
from django_tables2 import RequestConfig

from jiaoheng.access.account import Account, check_may_read_persons, may_enter
from jiaoheng.rulebook.codes import code_table
from jiaoheng.web.export import exported
from jiaoheng.web.registers.columns import RegisterTable
from jiaoheng.web.scope import reader, schools_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

__all__ = ["Listing", "RegisterFilter", "adds", "code_choices", "code_filter", "is_part", "school_filter"]

_PER_PAGE = 50


class RegisterFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Narrows rows that are in the reader's scope already. A choice of one is no choice, and is left out."""

    def __init__(self, data: Any, *, queryset: QuerySet[Any], account: Account) -> None:
        self.account = account
        super().__init__(data, queryset=queryset)
        for name, one in list(self.filters.items()):
            if isinstance(one, _SchoolFilter):
                offered = [(school.code, school.name) for school in schools_of(account).order_by("name_zh", "code")]
                one.extra["choices"] = offered
                if len(offered) < 2:
                    del self.filters[name]


class _SchoolFilter(django_filters.ChoiceFilter):  # type: ignore[misc]
    """One school of the reader's scope, by its code."""


def school_filter(label: "StrOrPromise", field_name: str = "school__code", any_words: "StrOrPromise" = "…") -> Any:
    """A choice among the reader's schools."""
    return _SchoolFilter(label=label, field_name=field_name, choices=[], empty_label=any_words)


def code_choices(table: str, *, ended: bool = True) -> list[tuple[str, str]]:
    """The codes of a table with their words in the reader's language, for a form; `ended` ones only to search by."""
    language = get_language() or settings.LANGUAGE_CODE
    table_of = code_table(table, settings.RULEBOOK_OVERLAY)
    return [(code, table_of.words(code, language)) for code, value in table_of.codes.items() if ended or not value.ended]


def code_filter(table: str, label: "StrOrPromise", any_words: "StrOrPromise" = "…", **options: Any) -> Any:
    """A choice among a code table's values."""
    return django_filters.ChoiceFilter(label=label, choices=lambda: code_choices(table), empty_label=any_words, **options)


def is_part(request: HttpRequest) -> bool:
    """Whether only the part that changed is asked for (HTMX)."""
    return bool(request.htmx) and not request.htmx.boosted  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Listing:
    """One list. `name` is its address's name, and `name`-export its file's; `rows` gives rows in scope, a queryset or a list."""

    name: str
    title: "StrOrPromise"
    lead: "StrOrPromise"
    table: type[RegisterTable]
    rows: Callable[..., Any]
    filters: type[RegisterFilter] | None = None
    of_persons: bool = False
    beside: Callable[..., dict[str, Any]] = lambda request, account: {}
    """What else the page shows: `actions` (address, words, whether it is the main one), `tiles` (label, figure, colour, words)."""
    template: str = "web/registers/listing.html"

    def urls(self, address: str) -> list[URLPattern]:
        """The page and its export."""
        return [path(address, self.page, name=self.name), path(f"{address}export.<str:form>", self.export, name=f"{self.name}-export")]

    def page(self, request: HttpRequest, **place: Any) -> HttpResponse:
        """The page; an HTMX request gets the table alone."""
        account = self._reader(request)
        found, narrowed = self._found(request, account, place)
        table = self.table(found)
        RequestConfig(request, paginate={"per_page": _PER_PAGE}).configure(table)
        context: dict[str, Any] = {"listing": self, "table": table, "filter": narrowed, "asked": request.GET.urlencode()}
        context |= {"count": table.paginator.count, "export": self._export_address(place), **self.beside(request, account, **place)}
        return render(request, f"{self.template}#table" if is_part(request) else self.template, context)

    def export(self, request: HttpRequest, form: str, **place: Any) -> HttpResponse:
        """All rows, as a file."""
        found, _narrowed = self._found(request, self._reader(request), place)
        headings, *rows = self.table(found, order_by=request.GET.get("sort", ())).whole()
        return exported(str(self.title), form, headings, rows)

    def _found(self, request: HttpRequest, account: Account, place: dict[str, Any]) -> tuple[Any, RegisterFilter | None]:
        rows = self.rows(request, account, **place)
        if self.filters is None:
            return rows, None
        narrowed = self.filters(request.GET, queryset=rows, account=account)
        return narrowed.qs, narrowed

    def _reader(self, request: HttpRequest) -> Account:
        account = reader(request)
        if self.of_persons:
            check_may_read_persons(account)
        return account

    def _export_address(self, place: dict[str, Any]) -> str:
        return reverse(f"{self.name}-export", kwargs={**place, "form": "xlsx"}).removesuffix("xlsx")


def adds(kind: str, words: "StrOrPromise") -> Callable[..., dict[str, Any]]:
    """The button that adds a row of a kind, for who enters."""
    return lambda request, account: {"actions": [(reverse("add", args=[kind]), str(words), True)] if may_enter(account) else []}
