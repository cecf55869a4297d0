"""The database's tables as rows of text, the same from SQLite and from PostgreSQL, and back into either.

Changes when a kind of column is added that this cannot carry. Which tables and columns there are is asked of the migrations that the
database says were applied, not of today's models: a database is written down, and laid out again, in the form that it had.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.management import call_command
from django.db import connection, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models.expressions import Col
from django.utils.duration import duration_iso_string

__all__ = [
    "Node", "StoredTable", "applied_migrations", "bring_forward", "check_references", "drop_tables", "held_rows", "lay_out", "load",
    "next_numbers", "one_moment", "rows_of", "set_next_number", "stored_tables", "unguarded_references", "unknown_migrations",
]  # fmt: skip

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field

Node = tuple[str, str]
"""A migration: app and name."""

LEFT_OUT = frozenset({"django_session"})
"""Tables that are laid out and not filled: after a restore everybody signs in again."""

_ROWS_AT_ONCE = 2000


@dataclass(frozen=True)
class _Column:
    name: str
    field: _Field
    """A plain field of Django's: a sealed column is carried as the sealed text, and nothing is opened."""


@dataclass(frozen=True)
class StoredTable:
    """One table: its name, its columns in their order, the primary key's column, and whether the database numbers its rows."""

    name: str
    columns: tuple[_Column, ...]
    key: str
    numbered: bool

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]


@contextmanager
def one_moment() -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own that sees the database as of one moment and keeps nobody from writing."""
    own = connections["default"].copy()
    if own.vendor == "sqlite":
        own.settings_dict["OPTIONS"] = {**own.settings_dict["OPTIONS"], "transaction_mode": "DEFERRED"}
    try:
        own.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)  # without it SQLite has no transaction
        with own.cursor() as cursor:
            if own.vendor == "postgresql":
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("select count(*) from django_migrations")  # SQLite's moment begins with the first question
        yield own
        own.rollback()
    finally:
        own.close()


def applied_migrations(database: BaseDatabaseWrapper) -> list[Node]:
    """The migrations that the database says were applied."""
    return sorted(MigrationLoader(database).applied_migrations)


def unknown_migrations(nodes: Iterable[Node]) -> list[Node]:
    """Those that this program does not have: they come from a later one."""
    known = MigrationLoader(None).graph.nodes
    return sorted(set(nodes) - set(known))


def stored_tables(database: BaseDatabaseWrapper, nodes: Iterable[Node]) -> list[StoredTable]:
    """The tables that these migrations make, by name."""
    loader = MigrationLoader(database)
    state = loader.project_state([node for node in nodes if node in loader.graph.nodes])
    found = [_stored(model) for model in state.apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy]
    return sorted((table for table in found if table.name not in LEFT_OUT), key=lambda table: table.name)


def rows_of(table: StoredTable, database: BaseDatabaseWrapper) -> Iterator[str]:
    """The rows, each as one line of JSON, in the order of the primary key."""
    quote = database.ops.quote_name
    readers = [(place, read) for place, column in enumerate(table.columns) if (read := _reader(table, column, database))]
    columns = ", ".join(quote(name) for name in table.column_names)
    with database.chunked_cursor() as cursor:
        cursor.execute(f"select {columns} from {quote(table.name)} order by {quote(table.key)}")
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            for row in rows:
                values = list(row)
                for place, read in readers:
                    values[place] = read(values[place])
                yield _LINES.encode(values) + "\n"


def load(table: StoredTable, lines: Iterable[bytes]) -> int:
    """Store the rows as they were written down; returns how many. Raises: ValueError, the database's errors."""
    quote = connection.ops.quote_name
    fields = [column.field for column in table.columns]
    columns, places = ", ".join(quote(name) for name in table.column_names), ", ".join(["%s"] * len(fields))
    statement = f"insert into {quote(table.name)} ({columns}) values ({places})"
    count, waiting = 0, []
    with connection.cursor() as cursor:
        for line in lines:
            values = json.loads(line)
            waiting.append([_for_the_database(field, value) for field, value in zip(fields, values, strict=True)])
            count += 1
            if len(waiting) == _ROWS_AT_ONCE:
                cursor.executemany(statement, waiting)
                waiting = []
        if waiting:
            cursor.executemany(statement, waiting)
    return count


def next_numbers(table: StoredTable, database: BaseDatabaseWrapper) -> int:
    """The highest number that the database has given a row of this table; rows since removed count, as the trail names rows by number."""
    if not table.numbered:
        return 0
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("select pg_get_serial_sequence(%s, %s)", [database.ops.quote_name(table.name), table.key])
            cursor.execute(f"select case when is_called then last_value else 0 end from {_first(cursor)}")
        else:
            cursor.execute("select coalesce((select seq from sqlite_sequence where name = %s), 0)", [table.name])
        return int(_first(cursor))


def set_next_number(table: StoredTable, highest: int) -> None:
    """Go on numbering after this one."""
    if not table.numbered or highest < 1:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("select setval(pg_get_serial_sequence(%s, %s), %s)", [connection.ops.quote_name(table.name), table.key, highest])
        else:
            cursor.execute("delete from sqlite_sequence where name = %s", [table.name])
            cursor.execute("insert into sqlite_sequence (name, seq) values (%s, %s)", [table.name, highest])


@contextmanager
def unguarded_references() -> Iterator[None]:
    """SQLite lets tables be dropped and made only while it does not guard references; they are checked before the transaction ends."""
    guarded = connection.vendor == "sqlite" and connection.disable_constraint_checking()
    try:
        yield
    finally:
        if guarded:
            connection.enable_constraint_checking()


def drop_tables() -> None:
    """Take out our tables and the guards upon them, in the caller's transaction. Whatever else the database holds is left alone."""
    quote = connection.ops.quote_name
    present = set(connection.introspection.table_names())
    if "django_migrations" not in present:
        return
    ours = [table.name for table in stored_tables(connection, applied_migrations(connection))] + [*LEFT_OUT, "django_migrations"]
    names = [name for name in ours if name in present]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL lock_timeout = '30s'")
            cursor.execute(
                "select distinct tgfoid::regprocedure::text from pg_trigger where not tgisinternal and tgrelid::regclass::text = any(%s)",
                [names],
            )
            guards = [row[0] for row in cursor.fetchall()]
            cursor.execute(f"drop table {', '.join(quote(name) for name in names)}")
            for guard in guards:
                cursor.execute(f"drop function {guard}")
        else:
            for name in names:
                cursor.execute(f"drop table {quote(name)}")


def lay_out(nodes: Sequence[Node]) -> list[StoredTable]:
    """Make the tables as these migrations make them, empty, in the caller's transaction."""
    executor = MigrationExecutor(connection)
    wanted = set(nodes)
    children = executor.loader.graph.node_map
    leaves = [node for node in nodes if not any(child.key[0] == node[0] and child.key in wanted for child in children[node].children)]
    executor.migrate(leaves)
    tables = stored_tables(connection, nodes)
    with connection.cursor() as cursor:  # a migration may have put rows in; those of the backup are all that there were
        for table in tables:
            cursor.execute(f"delete from {connection.ops.quote_name(table.name)}")
    check_references()  # and leave them waiting: a migration may have had them checked at once, and rows come in the order of tables
    return tables


def bring_forward() -> None:
    """Apply every later migration to the rows, in the caller's transaction, and put in what Django keeps for itself."""

    def checked(action: str, *_told: object) -> None:
        if action == "apply_success":
            check_references()  # PostgreSQL alters no table that has checks waiting for the transaction's end

    executor = MigrationExecutor(connection, progress_callback=checked)
    executor.migrate(executor.loader.graph.leaf_nodes())
    call_command("migrate", verbosity=0, interactive=False)


def check_references() -> None:
    """Check every reference between rows now, so that tables can be altered after it. Raises: the database's IntegrityError."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    else:
        connection.check_constraints()


def held_rows() -> bool:
    """Whether the database holds anything that somebody entered."""
    by_itself = {"django_migrations", "django_content_type", "auth_permission", *LEFT_OUT}
    with transaction.atomic(), connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        if "django_migrations" not in present:
            return False
        for table in stored_tables(connection, applied_migrations(connection)):
            if table.name in present and table.name not in by_itself and not table.name.startswith("axes_"):
                cursor.execute(f"select 1 from {connection.ops.quote_name(table.name)} limit 1")
                if cursor.fetchone():
                    return True
    return False


def _stored(model: type[models.Model]) -> StoredTable:
    columns = tuple(_Column(str(field.column), _plain(field)) for field in model._meta.concrete_fields)
    key = model._meta.pk
    return StoredTable(model._meta.db_table, columns, str(key.column), isinstance(key, models.AutoField | models.BigAutoField))


def _plain(field: _Field) -> _Field:
    """The plain field that holds what the column holds."""
    if field.related_model is not None:
        return _plain(field.target_field)  # type: ignore[attr-defined]
    kind = field.get_internal_type()
    if kind in ("AutoField", "BigAutoField", "SmallAutoField"):
        return models.BigIntegerField(null=True)
    if kind == "DecimalField":
        return models.DecimalField(max_digits=field.max_digits, decimal_places=field.decimal_places, null=True)  # type: ignore[attr-defined]
    if kind in ("JSONField", "GenericIPAddressField", "CharField", "FileField", "SlugField"):
        return models.TextField(null=True)  # as the database writes it
    plain: _Field = getattr(models, kind)(null=True)
    return plain


def _reader(table: StoredTable, column: _Column, database: BaseDatabaseWrapper) -> Callable[[Any], Any] | None:
    """Turns what the database gives into what the column says; None where that is one and the same."""
    expression = Col(table.name, column.field)
    converters = [*database.ops.get_db_converters(expression), *column.field.get_db_converters(database)]
    if not converters:
        return None

    def read(value: Any) -> Any:
        for converter in converters:
            value = converter(value, expression, database)
        return value

    return read


def _written(value: Any) -> Any:
    """A value that JSON has no form for."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    raise TypeError(f"a value of type {type(value).__name__} has no form in a backup")


_LINES = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_written)


def _for_the_database(field: _Field, value: Any) -> Any:
    return field.get_db_prep_save(field.to_python(value), connection)


def _first(cursor: Any) -> Any:
    return cursor.fetchone()[0]
