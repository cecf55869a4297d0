"""Register rows: the rows of a database table as Arrow, straight from the database's cursor.

Changes when the database's way of giving rows does. Sealed columns come as they are stored; `unsealed` opens them in bulk.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from django.db import connection, models
from django.db.models.functions import Cast

from jiaoheng.access.cipher import unseal
from jiaoheng.access.key_ring import key_ring

__all__ = ["arrow_type", "read_rows", "unsealed"]

_ROWS_AT_ONCE = 50_000


def read_rows(model: type[models.Model], columns: Sequence[str]) -> pa.Table:
    """The rows of a model, some tens of thousands at a time, so that memory holds one form of them only.

    `columns` are attribute names (`school_id`); the table has them under the same names. Decimals come as doubles.
    """
    schema = pa.schema([pa.field(name, _type_of(model, name)) for name in columns])
    decimals = {name: Cast(name, models.FloatField()) for name in columns if isinstance(_field(model, name), models.DecimalField)}
    names = [f"{name}_float" if name in decimals else name for name in columns]
    rows: models.QuerySet[Any] = model._base_manager.order_by()
    read = rows.annotate(**{f"{name}_float": cast for name, cast in decimals.items()}).values_list(*names)
    return pa.Table.from_batches(_batches(read, schema), schema)


def unsealed(table: pa.Table, model: type[models.Model], columns: Sequence[str]) -> pa.Table:
    """The table with its sealed columns opened; empty stays empty. The key ring is asked once. Raises: Unreadable, KeysUnusable."""
    ring = key_ring()
    for name in columns:
        label = f"{model._meta.db_table}.{_field(model, name).column}"
        opened = [None if sealed is None else unseal(sealed, label, ring=ring) for sealed in table[name].to_pylist()]
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(opened, pa.string()))
    return table


def arrow_type(field: Any) -> Any:
    """The Arrow type of a Django column."""
    if isinstance(field, models.BooleanField):
        return pa.bool_()
    if isinstance(field, models.IntegerField | models.ForeignKey):
        return pa.int64()
    if isinstance(field, models.DecimalField | models.FloatField):
        return pa.float64()
    if isinstance(field, models.DateField):
        return pa.date32()
    return pa.string()


def _field(model: type[models.Model], name: str) -> Any:
    return next(field for field in model._meta.concrete_fields if name in (field.attname, field.name))


def _type_of(model: type[models.Model], name: str) -> Any:
    return arrow_type(_field(model, name))


def _batches(read: models.QuerySet[Any, Any], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Straight from the database's cursor: the rows need no model and none of Django's conversions."""
    select, parameters = read.query.sql_with_params()
    with connection.chunked_cursor() as cursor:
        cursor.execute(select, parameters)
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            columns = zip(*rows, strict=True)
            yield pa.record_batch([_column(values, kind) for values, kind in zip(columns, schema.types, strict=True)], schema=schema)


def _column(values: Sequence[Any], kind: Any) -> Any:
    if kind == pa.bool_():
        return pa.array([None if value is None else bool(value) for value in values], kind)  # SQLite keeps 0 and 1
    return pa.array(values, kind)
