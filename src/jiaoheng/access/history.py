"""History: every version of every register row, so that it can be asked what the register said on an earlier day.

Changes when the keeping of versions changes. `Model.history.as_of(moment)` gives the rows as they were known then.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models
from simple_history.models import HistoricalRecords

from jiaoheng.access.account import Account

__all__ = ["is_of_the_past", "tell_of_new_rows", "versions"]

_CHUNK = 500


def versions() -> Any:
    """What a register's base declares to have its versions kept."""
    return HistoricalRecords(inherit=True, history_change_reason_field=models.TextField(null=True), history_id_field=models.BigAutoField())


def is_of_the_past(row: models.Model) -> bool:
    """Whether the row was rebuilt from history."""
    return hasattr(row, "_history")


def tell_of_new_rows(rows: Sequence[models.Model], *, by: Account, reason: str, at: datetime) -> None:
    """The first version of rows of one register that were just stored, copied inside the database: no value is sealed a second time.

    (A sealed value belongs to its register's column in every version; see `EncryptedText.sealed_column`.)
    """
    model: Any = type(rows[0])
    told, quote = model.history.model._meta, connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in model._meta.concrete_fields)
    extra = [quote(told.get_field(name).column) for name in ("history_date", "history_type", "history_user", "history_change_reason")]
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _CHUNK):
            keys = [row.pk for row in rows[start : start + _CHUNK]]
            places = ", ".join(["%s"] * len(keys))
            cursor.execute(
                f"insert into {quote(told.db_table)} ({columns}, {', '.join(extra)}) select {columns}, %s, '+', %s, %s "
                f"from {quote(model._meta.db_table)} where {quote(model._meta.pk.column)} in ({places}) "
                f"order by {quote(model._meta.pk.column)}",
                [moment, by.pk, reason, *keys],
            )
