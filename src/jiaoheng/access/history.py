"""History: every version of every register row, so that it can be asked what the register said on an earlier day.

Changes when the keeping of versions changes. `Model.history.as_of(moment)` gives the rows as they were known then.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models
from simple_history.models import HistoricalRecords

from jiaoheng.access.account import Account

__all__ = ["is_of_the_past", "tell_of_rows", "versions"]

_CHUNK = 500


class _Versions(HistoricalRecords):  # type: ignore[misc]
    """Versions are found by their row's key and by the day: the register's other indexes would be kept twice, and asked by nobody."""

    def copy_fields(self, model: type[models.Model]) -> dict[str, Any]:
        fields: dict[str, Any] = super().copy_fields(model)
        for name, field in fields.items():
            if name != model._meta.pk.name:
                field.db_index = False
        return fields


def versions() -> Any:
    """What a register's base declares to have its versions kept."""
    return _Versions(inherit=True, history_change_reason_field=models.TextField(null=True), history_id_field=models.BigAutoField())


def is_of_the_past(row: models.Model) -> bool:
    """Whether the row was rebuilt from history."""
    return hasattr(row, "_history")


def tell_of_rows(model: type[models.Model], keys: Sequence[int], kind: str, *, by: Account, reason: str, at: datetime) -> None:
    """The present version of rows that were just added (`kind` «+») or changed («~»), copied inside the database.

    No value is sealed a second time: a sealed value belongs to its register's column in every version (`EncryptedText.sealed_column`).
    """
    register: Any = model
    told, quote = register.history.model._meta, connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in register._meta.concrete_fields)
    extra = [quote(told.get_field(name).column) for name in ("history_date", "history_type", "history_user", "history_change_reason")]
    key = quote(register._meta.pk.column)
    copied = (
        f"insert into {quote(told.db_table)} ({columns}, {', '.join(extra)}) select {columns}, %s, %s, %s, %s "
        f"from {quote(model._meta.db_table)} where "
    )
    said = [connection.ops.adapt_datetimefield_value(at), kind, by.pk, reason]
    with connection.cursor() as cursor:
        if keys and len(keys) == keys[-1] - keys[0] + 1 == len(set(keys)):  # keys given out in one go are told of in one go
            cursor.execute(f"{copied} {key} between %s and %s order by {key}", [*said, keys[0], keys[-1]])
            return
        for start in range(0, len(keys), _CHUNK):
            some = keys[start : start + _CHUNK]
            places = ", ".join(["%s"] * len(some))
            cursor.execute(f"{copied} {key} in ({places}) order by {key}", [*said, *some])
