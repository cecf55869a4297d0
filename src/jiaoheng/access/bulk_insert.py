"""Bulk insert: very many rows into one table, in the way that each database takes them fastest.

Changes when another database is spoken to. Knows nothing of history or trail: who stores registers' rows goes through `change` or `batch`.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection, models

from jiaoheng.access.cipher import seal_all
from jiaoheng.access.sealed_field import EncryptedText

__all__ = ["adapted", "fresh_keys", "insert_models", "insert_rows", "update_models"]


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], ending: str = "") -> None:
    """Add rows of database values, in the order of the columns. Building them as models' inserts takes three times as long.

    ending: what follows the statement, such as «ON CONFLICT … DO UPDATE …»; nothing that anybody typed.
    """
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and not ending:
            # COPY streams the rows; a statement a row would wait for the server each time.
            with cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks}){ending}", list(rows))


def insert_models(rows: Sequence[models.Model], ending: str = "") -> None:
    """Add unsaved rows of one table and give them their keys. Signals and the models' own `save` are not asked; no default of the database.

    ending: as `insert_rows`. The caller holds whatever keeps another writer from taking the same keys (on PostgreSQL nothing is needed).
    """
    if not rows:
        return
    model, now = type(rows[0]), list[Any]()
    for key, row in zip(fresh_keys(model, len(rows)), rows, strict=True):
        row.pk = key
    columns = []
    for field in model._meta.concrete_fields:
        if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            now = now or [field.pre_save(rows[0], True)]
            for row in rows:
                setattr(row, field.attname, now[0])
        columns.append(adapted(field, [getattr(row, field.attname) for row in rows]))
    insert_rows(model, [str(field.column) for field in model._meta.concrete_fields], zip(*columns, strict=True), ending)


def update_models(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these columns of stored rows of one table, each row by its key."""
    if not rows:
        return
    model, quote = type(rows[0]), connection.ops.quote_name
    by_name = {field.name: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    columns = [adapted(field, [getattr(row, field.attname) for row in rows]) for field in fields]
    keys = [row.pk for row in rows]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
            sets = ", ".join(f"{quote(str(field.column))} = new.c{at}" for at, field in enumerate(fields))
            named = ", ".join(f"c{at}" for at in range(len(fields)))
            cursor.execute(
                f"UPDATE {table} SET {sets} FROM unnest(%s::bigint[], {arrays}) AS new(k, {named}) WHERE {table}.{key} = new.k",
                [keys, *columns],
            )
        else:
            sets = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {key} = %s", list(zip(*columns, keys, strict=True)))


def fresh_keys(model: type[models.Model], count: int) -> list[int]:
    """Keys that no row has or had. On SQLite the caller's transaction must be writing already, so that no other takes the same."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, model._meta.pk.attname, count]
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        last = found[0] if found else 0
    return list(range(last + 1, last + 1 + count))


def adapted(field: "models.Field[Any, Any]", values: list[Any]) -> list[Any]:
    """Values of a column as the database's driver takes them. Sealed ones that were read and not changed stay sealed as they are."""
    if isinstance(field, EncryptedText):
        if any(value is not None and value.sealed is not None for value in values):
            return [field.get_prep_value(value) for value in values]
        return list(seal_all([None if value is None else value.clear for value in values], field.sealed_column))
    if connection.vendor == "sqlite":
        if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
            said = {day: day.isoformat() if isinstance(day, date) else day for day in set(values)}  # the same days come again and again
            return [said[day] for day in values]
        if isinstance(field, models.DateTimeField):
            moments = {moment: field.get_db_prep_save(moment, connection) for moment in set(values)}
            return [moments[moment] for moment in values]
        if isinstance(field, models.DecimalField):
            return [field.get_db_prep_save(value, connection) for value in values]
    if isinstance(field, models.JSONField):
        return [field.get_db_prep_save(value, connection) for value in values]
    return values
