"""Tables: a ledger's rows as Arrow tables with typed columns, one for the ledger and one for each of its repeats.

Changes when a column's type, or what stands beside the answers, changes. Pure: who reads the rows from the database hands them in. Several
choices are a text of names with blanks between, so that the expressions of measures read them; a place is two columns, latitude and
longitude in degrees.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from jiaoheng.ledgers.form import Field, Form
from jiaoheng.ledgers.row_answers import Masked, as_text, rows_of

__all__ = ["STANDING", "KeptRow", "ledger_tables", "table_schemas"]

STANDING = (
    ("row", pa.int64()), ("instance", pa.string()), ("organisation", pa.string()), ("version", pa.string()), ("process", pa.string()),
    ("state", pa.string()), ("opened_on", pa.date32()), ("due_on", pa.date32()), ("closed_on", pa.date32()), ("on_time", pa.bool_()),
    ("merged_into", pa.int64()),
)  # fmt: skip
"""Columns before the answers. `organisation` is its code; `on_time` is null while undecided."""

_TYPES: Mapping[str, Any] = {
    "int": pa.int64(),
    "decimal": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "dateTime": pa.timestamp("ms"),
}


@dataclass(frozen=True)
class KeptRow:
    """One row as it is kept: its standing by the names of `STANDING`, its answers as stored, and the form it was written in."""

    standing: Mapping[str, Any]
    answers: Mapping[str, Any] = field(default_factory=dict)
    form: Form | None = None


def table_schemas(form: Form) -> dict[str, pa.Schema]:
    """Columns by table: the ledger's own under "", each repeat's under its name, with `row` and `entry_1` … (from 1) before its answers."""
    schemas = {}
    for path, questions in form.tables.items():
        at = sum(path.startswith(other + "/") for other in form.tables if other != form.root.path) if path != form.root.path else -1
        before = list(STANDING) if at < 0 else [("row", pa.int64()), *((f"entry_{number}", pa.int64()) for number in range(1, at + 2))]
        taken = {name for name, _type in before}
        columns = [pair for question in questions for pair in _columns(question, taken)]
        schemas["" if at < 0 else _table_name(form, path)] = pa.schema([*before, *columns])
    return schemas


def ledger_tables(form: Form, rows: Iterable[KeptRow]) -> dict[str, pa.Table]:
    """The tables of a ledger, as the form in use now names its columns; an answer of an older version stands under the same name, where it
    still fits the column's type, else it is null.
    """
    schemas = table_schemas(form)
    found: dict[str, dict[str, list[Any]]] = {name: {column: [] for column in schema.names} for name, schema in schemas.items()}
    names = {path: "" if path == form.root.path else _table_name(form, path) for path in form.tables}
    for kept in rows:
        own = kept.form or form
        for part in rows_of(own, kept.answers):
            name = names.get(part.table if part.table in names else form.root.path if part.table == own.root.path else part.table)
            if name is None:
                continue
            values: dict[str, Any] = dict(kept.standing) if not name else {"row": kept.standing["row"]}
            values |= {f"entry_{number}": at for number, at in enumerate(part.at, 1)}
            taken = set(values)
            for question in own.tables[part.table]:
                values |= _cells(question, part.values[question.column], taken)
            for column, cells in found[name].items():
                cells.append(_fitting(values.get(column), schemas[name].field(column).type))
    return {name: pa.table(columns, schema=schemas[name]) for name, columns in found.items()}


def _table_name(form: Form, path: str) -> str:
    names = [other.rpartition("/")[2] for other in form.tables]
    own = path.rpartition("/")[2]
    return own if names.count(own) == 1 else "_".join(path.split("/")[2:])


def _columns(question: Field, taken: set[str]) -> list[tuple[str, Any]]:
    name = _named(question, taken)
    if question.data_type == "geopoint":
        return [(f"{name}_latitude", pa.float64()), (f"{name}_longitude", pa.float64())]
    return [(name, _TYPES.get(question.data_type, pa.string()))]


def _named(question: Field, taken: set[str]) -> str:
    """A question called like one of our own columns keeps its name with an underscore after it."""
    return f"{question.column}_" if question.column in taken else question.column


def _cells(question: Field, value: Any, taken: set[str]) -> dict[str, Any]:
    name = _named(question, taken)
    if isinstance(value, Masked):
        return {name: str(value)}
    if question.data_type == "geopoint":
        latitude, longitude = (value[0], value[1]) if value else (None, None)
        return {f"{name}_latitude": latitude, f"{name}_longitude": longitude}
    if value is None or isinstance(value, bool | int | date):
        return {name: value}
    return {name: float(value) if question.data_type == "decimal" else as_text(value)}


def _fitting(value: Any, kind: Any) -> Any:
    """The value where it fits the column; None where an older version asked for something else."""
    if value is None:
        return None
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else as_text(value)
    if pa.types.is_timestamp(kind):
        return value.replace(tzinfo=None) if isinstance(value, datetime) else None
    fits = {pa.date32(): date, pa.bool_(): bool, pa.int64(): int, pa.float64(): int | float}[kind]
    if (isinstance(value, bool) and kind != pa.bool_()) or (isinstance(value, datetime) and kind == pa.date32()):
        return None
    return value if isinstance(value, fits) else None
