"""Engine: runs SQL over the tables of one snapshot and gives Arrow back. This one is DuckDB, inside the process.

Changes when DuckDB's way of being kept in does. Another engine needs only the same `run`.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from jiaoheng.measures.expression import quoted
from jiaoheng.measures.spill import spill_folder
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["Engine", "write_csv"]

_BATCH = 122_880
"""Rows of a result handed over at a time."""

_ALONE = 500_000
"""Of tables with no more rows each one thread makes an end sooner than others are started and waited for."""


class Engine:
    """DuckDB over a snapshot's tables, each a view under its own name. It can read those files, and nothing else."""

    def __init__(self, snapshot: Snapshot | None = None, **tables: pa.Table) -> None:
        """Over the tables of a snapshot, or over tables given by name."""
        files = {name: str(file.resolve()) for name, file in snapshot.tables.items()} if snapshot else {}
        self._unread = dict(files)
        rows = [entry["rows"] for entry in snapshot.manifest["tables"].values()] if snapshot else []
        self._connection: Any = _connected(max([*rows, *(table.num_rows for table in tables.values())], default=0))
        self._spill = spill_folder()
        self._connection.execute(f"SET memory_limit = {_text(os.environ.get('JIAOHENG_MEMORY') or '60%')}")
        self._connection.execute(f"SET temp_directory = {_text(str(self._spill))}")
        if files:
            self._connection.execute(f"SET allowed_paths = [{', '.join(map(_text, files.values()))}]")
        self._connection.execute("SET enable_progress_bar = false")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET autoinstall_known_extensions = false")
        self._connection.execute("SET autoload_known_extensions = false")
        self._connection.execute("SET lock_configuration = true")
        for name, table in tables.items():
            self.hold(name, table)

    def hold(self, name: str, table: pa.Table) -> None:
        """Let queries read a table under a name."""
        self._unread.pop(name, None)
        self._connection.register(name, table)

    def run(self, sql: str, values: Sequence[Any] = ()) -> pa.Table:
        """The result of one query; `values` fill its question marks."""
        for name in [name for name in self._unread if name in sql]:  # a table that no query names is not opened
            self._connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT * FROM read_parquet({_text(self._unread.pop(name))})")
        result = self._connection.sql(sql, params=list(values)).to_arrow_reader(_BATCH).read_all()
        assert isinstance(result, pa.Table)
        return result

    def close(self) -> None:
        self._connection.close()
        shutil.rmtree(self._spill, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def write_csv(table: pa.Table, file: Path) -> None:
    """Write a table as CSV (UTF-8): numbers in full, missing values empty. Raises: OSError."""
    file.open("ab").close()  # says in the system's words why a file cannot be written
    with _connected(table.num_rows) as connection:
        connection.execute("SET temp_directory = ''")
        connection.register("written", table.combine_chunks())
        connection.execute(f"COPY written TO {_text(str(file.resolve()))} (FORMAT csv, HEADER)")


def _connected(rows: int) -> Any:
    """A database of its own for tables of at most so many rows."""
    return duckdb.connect(":memory:", config={"threads": 1} if rows <= _ALONE else {})


def _text(written: str) -> str:
    return "'" + written.replace("'", "''") + "'"
