"""Bulk insert: very many rows into one table, in the way that each database takes them fastest.

Changes when another database is spoken to. Knows nothing of history or trail: who stores registers' rows goes through `change` or `batch`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import repeat
from typing import Any

from django.db import connection, models
from django.db.models.expressions import RawSQL

from jiaoheng.access.cipher import seal_all
from jiaoheng.access.sealed_field import EncryptedText

__all__ = ["adapted", "fresh_keys", "insert_columns", "insert_models", "insert_rows", "listed", "update_columns", "widen_cache"]

_SQLITE_CACHE_KIB = 64_000
"""The default of 2 MB makes whoever writes very many rows write the pages of indexes many times over."""


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], ending: str = "") -> None:
    """Add rows of database values, in the order of the columns. Building them as models' inserts takes three times as long.

    ending: what follows the statement, such as «ON CONFLICT … DO UPDATE …»; nothing that anybody typed.
    """
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(columns))
        if isinstance(rows, list) and len(rows) == 1:
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks}){ending}", rows[0])
        elif connection.vendor == "postgresql" and not ending:
            # COPY streams the rows; a statement a row would wait for the server each time.
            with cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
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


def insert_columns(
    model: type[models.Model], columns: Mapping[str, Sequence[Any]], alike: Mapping[str, Any], *, unless_there: str = ""
) -> None:
    """Add rows given column by column, by the fields' names; the database gives the keys. `alike`: what is the same in every row.

    unless_there: a column whose values are unique; a row whose value is stored already is left out.
    """
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in (*columns, *alike)]
    given = [adapted(by_name[name], list(values)) for name, values in columns.items()]
    same = [repeat(_text_of(by_name[name], value)) for name, value in alike.items()]
    rows = list(zip(*given, *same, strict=False))  # what is alike never ends
    if not rows:
        return
    quote, names = connection.ops.quote_name, [str(field.column) for field in fields]
    if not unless_there:
        insert_rows(model, names, rows)
    elif connection.vendor == "postgresql":
        with _staged(fields, rows) as (cursor, staged):
            said = ", ".join(map(quote, names))
            cursor.execute(
                f"INSERT INTO {quote(model._meta.db_table)} ({said}) SELECT {said} FROM {staged}"
                f" ON CONFLICT ({quote(unless_there)}) DO NOTHING"
            )
    else:
        insert_rows(model, names, rows, f" ON CONFLICT ({quote(unless_there)}) DO NOTHING")


def update_columns(model: type[models.Model], keys: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> None:
    """Write these columns of stored rows, by the fields' names, each row by its key."""
    if not keys:
        return
    by_name, quote = {field.attname: field for field in model._meta.concrete_fields}, connection.ops.quote_name
    fields = [by_name[name] for name in columns]
    given = [adapted(by_name[name], list(values)) for name, values in columns.items()]
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    if connection.vendor == "postgresql":
        with _staged([*fields, model._meta.pk], zip(*given, keys, strict=True)) as (cursor, staged):
            sets = ", ".join(f"{quote(str(field.column))} = new.{quote(str(field.column))}" for field in fields)
            near = f"{table}.{key} BETWEEN {min(keys)} AND {max(keys)}"  # so that a large table is not read through
            cursor.execute(f"UPDATE {table} SET {sets} FROM {staged} AS new WHERE {table}.{key} = new.{key} AND {near}")
    else:
        sets = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET {sets} WHERE {key} = %s", list(zip(*given, keys, strict=True)))


@contextmanager
def _staged(fields: Sequence["models.Field[Any, Any]"], rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, str]]:
    """On PostgreSQL the rows in a table of this transaction's own, for one statement to take them from: COPY is what is fast."""
    quote, staged = connection.ops.quote_name, "staged_rows"
    names = ", ".join(quote(str(field.column)) for field in fields)
    types = ", ".join(f"{quote(str(field.column))} {field.rel_db_type(connection)}" for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {staged} ({types}) ON COMMIT DROP")
        with cursor.cursor.copy(f"COPY {staged} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {staged}")
        yield cursor, staged
        cursor.execute(f"DROP TABLE {staged}")


def widen_cache() -> None:
    """Before very many rows are written: room for the indexes' pages on SQLite, for this connection."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = -{_SQLITE_CACHE_KIB}")


def listed(values: Sequence[Any], kind: str) -> RawSQL:
    """Very many values to look for with `__in`, as one parameter of the statement. kind: `bigint` or `text`."""
    if connection.vendor == "postgresql":
        return RawSQL(f"SELECT unnest(%s::{kind}[])", [list(values)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(values)])


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


def _text_of(field: "models.Field[Any, Any]", value: Any) -> Any:
    """A value that stands in every row, made ready once: JSON as its text, which both databases take."""
    return json.dumps(value, cls=field.encoder) if isinstance(field, models.JSONField) else adapted(field, [value])[0]


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
