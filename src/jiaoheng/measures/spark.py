"""Spark: the reading of a register's rows on a cluster, for what one machine cannot hold.

Changes when Spark is spoken to in another way. The queries are those of DuckDB, put into Spark's dialect by sqlglot.
"""

import atexit
import os
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import sqlglot
from sqlglot import exp

from jiaoheng.measures.scanning import UnknownEngine
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["SparkScan", "in_spark_sql"]


class SparkScan:
    """A Spark session on a master (`spark://host:7077`, `local[2]`, `local-cluster[2,1,1024]`), started once and kept."""

    def __init__(self, master: str) -> None:
        """Raises: UnknownEngine where pyspark or Java is missing, or the master cannot be reached."""
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise UnknownEngine(
                "Spark is not installed here. Install it with the project's extra «spark», or set JIAOHENG_ENGINE=duckdb."
            ) from None
        if master.startswith("local"):
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings = {
            "spark.sql.session.timeZone": "UTC", "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "16",
            "spark.sql.adaptive.enabled": "true", "spark.sql.parquet.enableVectorizedReader": "true", "spark.log.level": "ERROR",
        }  # fmt: skip
        builder: Any = SparkSession.builder.master(master).appName("jiaoheng")
        for name, value in settings.items():
            builder = builder.config(name, value)
        try:
            self._session: Any = builder.getOrCreate()
        except Exception as error:
            raise UnknownEngine(
                f"Spark did not start on {master}: {str(error).splitlines()[0]}. It needs Java 17, and a master that can be reached "
                "(JIAOHENG_SPARK_MASTER)."
            ) from None
        atexit.register(self.stop)

    def scanned(self, snapshot: Snapshot, sql: str, values: Sequence[str]) -> pa.Table:
        """What the query gives, as Arrow. The snapshot's files must lie where the cluster's workers can read them."""
        for name, file in snapshot.tables.items():
            self._session.read.parquet(str(file.resolve())).createOrReplaceTempView(name)
        found = self._session.sql(in_spark_sql(sql, values)).toArrow()
        assert isinstance(found, pa.Table)
        return found

    def stop(self) -> None:
        self._session.stop()


def in_spark_sql(sql: str, values: Sequence[str] = ()) -> str:
    """A query of DuckDB in Spark's dialect, with its values in place of the question marks."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    given = iter(values)
    for mark in list(tree.find_all(exp.Placeholder)):
        mark.replace(exp.Literal.string(next(given)))
    for part in tree.find_all(exp.CTE):
        part.set("materialized", None)
    return tree.sql(dialect="spark")
