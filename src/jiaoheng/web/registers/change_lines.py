"""Change lines: the versions of a row as a reader sees them: who, when, why, and which fields stood how before and after.

Changes when what is shown of a row's history changes. Sealed values stand masked; versions outside the reader's scope are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account
from jiaoheng.access.change import Recorded
from jiaoheng.access.cipher import Sealed
from jiaoheng.access.scope import limited
from jiaoheng.access.sealed_field import BlindIndex
from jiaoheng.registers.code_field import CodeField
from jiaoheng.web.registers.columns import code_words

__all__ = ["ChangeLine", "FieldChange", "change_lines", "value_shown", "version_of"]


@dataclass(frozen=True)
class FieldChange:
    """One field: its label, and how it stood."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangeLine:
    """One version: what was altered, by whom, when and why."""

    at: datetime
    by: str
    reason: str
    what: str
    row: str
    fields: Sequence[FieldChange]


def change_lines(rows: Sequence[Recorded], account: Account) -> list[ChangeLine]:
    """Every change of these rows that the reader may see, newest first."""
    lines = [line for row in rows for line in _of_row(row, account)]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def version_of(row: Recorded) -> int:
    """The number of the row's present version, for a form to carry."""
    kept: int | None = type(row).history.filter(**{row._meta.pk.attname: row.pk}).order_by("-pk").values_list("pk", flat=True).first()
    return kept or 0


def value_shown(row: models.Model, field: "models.Field[Any, Any]") -> str:
    """A field's value as a reader sees it."""
    value = getattr(row, field.attname)
    if value in (None, ""):
        return ""
    if isinstance(value, Sealed) and field.name == "kind":
        return code_words("condition", str(value))  # a condition: its open kinds in words, the others masked
    if isinstance(field, CodeField):
        return code_words(field.table, value)
    if isinstance(field, models.ForeignKey):
        try:
            return str(getattr(row, field.name))
        except ObjectDoesNotExist:
            return str(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _of_row(row: Recorded, account: Account) -> list[ChangeLine]:
    told: Any = type(row).history.model
    versions = list(limited(told.objects.filter(**{row._meta.pk.attname: row.pk}), account).select_related("history_user").order_by("pk"))
    fields = [one for one in row._meta.concrete_fields if not one.primary_key and not isinstance(one, BlindIndex)]
    lines, before = [], None
    for version in versions:
        new = before is None and version.history_type == "+"
        changed = [_change(before, version, field) for field in fields if _differs(before, version, field)]
        what = _("Added") if new else _("Removed") if version.history_type == "-" else _("Changed")
        by = version.history_user.get_full_name() or version.history_user.username if version.history_user else "–"
        shown = [] if version.history_type == "-" or (before is None and not new) else changed
        lines.append(ChangeLine(version.history_date, by, version.history_change_reason or "", what, str(row._meta.verbose_name), shown))
        before = version
    return lines


def _differs(before: Any, version: Any, field: "models.Field[Any, Any]") -> bool:
    if before is None:
        return value_shown(version, field) != ""
    return bool(getattr(before, field.attname) != getattr(version, field.attname))


def _change(before: Any, version: Any, field: "models.Field[Any, Any]") -> FieldChange:
    return FieldChange(_label(field), "" if before is None else value_shown(before, field), value_shown(version, field))


def _label(field: "models.Field[Any, Any]") -> str:
    words = str(field.verbose_name)
    return words[:1].upper() + words[1:]
