"""Scanning: who reads the rows of a register, where that is not DuckDB inside this process.

Changes when another engine is chosen in another way. `JIAOHENG_ENGINE` names it: `duckdb`, or `spark` with the cluster's address in
`JIAOHENG_SPARK_MASTER`. Only the reading of rows moves; what it gives (a row a school, period and stage) is put together here.
"""

import os
from collections.abc import Sequence
from functools import cache
from typing import Protocol

import pyarrow as pa

from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["Scan", "UnknownEngine", "chosen_scan"]


class UnknownEngine(ValueError):
    """The engine asked for is not known, or cannot be started. The message says what to set."""


class Scan(Protocol):
    """An engine that reads the rows."""

    def scanned(self, snapshot: Snapshot, sql: str, values: Sequence[str]) -> pa.Table:
        """What a query (in DuckDB's dialect, question marks for `values`) over the snapshot's tables gives."""
        ...


def chosen_scan() -> Scan | None:
    """The engine of the environment; None for DuckDB. Raises: UnknownEngine."""
    name = os.environ.get("JIAOHENG_ENGINE", "duckdb").strip().lower() or "duckdb"
    if name == "duckdb":
        return None
    if name == "spark":
        return _spark(os.environ.get("JIAOHENG_SPARK_MASTER", "").strip() or "local[*]")
    raise UnknownEngine(f"JIAOHENG_ENGINE is «{name}», which is not known. Set it to duckdb or spark.")


@cache
def _spark(master: str) -> Scan:
    from jiaoheng.measures.spark import SparkScan

    return SparkScan(master)
