"""Columns: how a register's values stand in a table and in its export.

Changes when a kind of value is shown in another way. Sealed values stand masked in both.
"""

import inspect
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import django_tables2 as tables
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.access.account import may_enter
from jiaoheng.access.cipher import Sealed
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.rulebook.codes import code_table
from jiaoheng.web.figure import shown
from jiaoheng.web.scope import reader

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

__all__ = [
    "CodeColumn",
    "DayColumn",
    "EditColumn",
    "MaskedColumn",
    "NumberColumn",
    "RegisterTable",
    "SchoolColumn",
    "YesColumn",
    "code_words",
]

_NUMBER = {"th": {"class": "n"}, "td": {"class": "n"}}


def code_words(table: str, code: str) -> str:
    """The words for a code in the reader's language."""
    return code_table(table, settings.RULEBOOK_OVERLAY).words(code, get_language() or settings.LANGUAGE_CODE) if code else ""


class RegisterTable(tables.Table):  # type: ignore[misc]
    """The base of every table of a register."""

    def whole(self) -> Iterator[list[Any]]:
        """The headings, then every row's cells for a file: a column's `value_…`, else its `render_…`, else its own value; empty where it
        has none. Like `as_values`, which asks every function for its arguments again in every cell and takes ten times as long.
        """
        columns = [column for column in self.columns.iterall() if not column.column.exclude_from_export]
        yield [str(column.header) for column in columns]
        written = [(column, *_written(column)) for column in columns]
        for record in self.data:
            cells = []
            for column, write, wanted in written:
                value = _read(column, record)
                given = {"value": value, "record": record, "table": self}
                empty = not isinstance(value, Sealed) and value in column.column.empty_values
                cells.append(None if empty else _plain(write(**{name: given[name] for name in wanted})))
            yield cells

    class Meta:
        attrs = {"th": {"_ordering": {"ascending": "asc", "descending": "desc"}}}


class _Column(tables.Column):  # type: ignore[misc]
    def __init__(self, label: "StrOrPromise", **options: Any) -> None:
        options.setdefault("default", "–")
        super().__init__(verbose_name=label, **options)


class CodeColumn(_Column):
    """A code of a table, in words."""

    def __init__(self, label: "StrOrPromise", table: str, **options: Any) -> None:
        super().__init__(label, **options)
        self._table = table

    def render(self, value: str) -> str:
        return code_words(self._table, value)


class DayColumn(_Column):
    """A day; in an export a real date."""

    def __init__(self, label: "StrOrPromise", **options: Any) -> None:
        super().__init__(label, attrs={"td": {"class": "tight"}}, **options)

    def render(self, value: date) -> str:
        return value.isoformat()

    def value(self, value: date) -> date:
        return value


class EditColumn(_Column):
    """A link to a row's form, for who enters."""

    def __init__(self, register: str) -> None:
        super().__init__("", empty_values=(), orderable=False, exclude_from_export=True)
        self._register = register

    def render(self, record: Any, table: Any) -> str:
        request = getattr(table, "request", None)
        if request is None or not may_enter(reader(request)):
            return ""
        return format_html('<a class="small" href="{}">{}</a>', reverse("edit", args=[self._register, record.pk]), _("Edit"))


class MaskedColumn(_Column):
    """A sealed value's mask."""

    def __init__(self, label: "StrOrPromise", **options: Any) -> None:
        super().__init__(label, orderable=False, attrs={"td": {"class": "mono tight"}}, **options)

    def render(self, value: Sealed) -> str:
        return str(value)


class NumberColumn(_Column):
    """A number, to `decimals` places; in an export the number itself."""

    def __init__(self, label: "StrOrPromise", decimals: int = 0, **options: Any) -> None:
        super().__init__(label, attrs=_NUMBER, **options)
        self._decimals = decimals

    def render(self, value: Any) -> str:
        return f"{value:,.{self._decimals}f}" if isinstance(value, Decimal) else shown(value, self._decimals)

    def value(self, value: Any) -> Any:
        return value


class SchoolColumn(_Column):
    """An organisation, leading to its page."""

    def __init__(self, label: "StrOrPromise", **options: Any) -> None:
        super().__init__(label, linkify=lambda value: _page_of(value), **options)


class YesColumn(_Column):
    """Yes, or nothing."""

    def render(self, value: bool) -> str:
        return format_html("<span>{}</span>", _("yes") if value else "–")

    def value(self, value: bool) -> str:
        return _("yes") if value else _("no")


def _plain(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, str | int | float | Decimal | date) else str(cell)


def _read(column: Any, record: Any) -> Any:
    try:
        return column.accessor.resolve(record, safe=True)
    except ValueError:  # a column that is computed from the whole row
        return None


def _written(column: Any) -> tuple[Callable[..., Any], list[str]]:
    """What writes a column's cell in a file, and which of value, record and table it asks for."""
    write = column.value
    if getattr(write, "__func__", None) is tables.Column.value:
        write = column.render
    return write, [name for name in inspect.signature(write).parameters if name in ("value", "record", "table")]


def _page_of(organisation: Organisation) -> str:
    return reverse("school" if organisation.is_school else "area", args=[organisation.code])
