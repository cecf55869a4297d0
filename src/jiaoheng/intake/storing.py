"""Storing: rows into tables by plain SQL that SQLite and PostgreSQL both speak, one writer at a time, with the origin of every row.

Changes when the way rows reach the database changes. Everything here runs inside the one transaction of the command.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from django.conf import settings
from django.db import connection
from django.db.models import Model

from jiaoheng.access import trail
from jiaoheng.access.bulk_insert import insert_rows, widen_cache
from jiaoheng.access.sealed_file import write_sealed
from jiaoheng.intake.checks import Checked
from jiaoheng.intake.provenance import Import, SourceFile, SourceRow
from jiaoheng.intake.store import Difference, Store
from jiaoheng.intake.workbook import Workbook

__all__ = ["hold_writers", "keep_source_rows", "put", "source_of"]


def hold_writers(tables: Sequence[type[Model]], *, of_persons: bool) -> None:
    """Make other imports wait until this transaction ends (SQLite's IMMEDIATE transactions do so by themselves).

    Registers with history are written under the trail's head, which every page that stores a row holds too.
    """
    widen_cache()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in sorted(tables, key=lambda model: model._meta.db_table):
                cursor.execute(f"LOCK TABLE {model._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    if of_persons:
        trail.hold()


def put(model: type[Model], key: Sequence[str], written: Sequence[str], updated: Sequence[str], frame: pl.DataFrame) -> None:
    """INSERT the rows whose `_known` is false, and of the others UPDATE the fields `updated`.

    ON CONFLICT alone would do for both, and costs SQLite three times as much on a row that is new.
    """
    # In the order of the indexes a large import touches each of their pages once.
    frame = frame.sort("path" if "path" in written else key[0], maintain_order=True)
    columns = [*key, *written]
    insert_rows(model, columns, frame.filter(~pl.col("_known")).select(columns).rows())
    if updated:
        sets = ", ".join(f"{name} = excluded.{name}" for name in updated)
        ending = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sets}"
        insert_rows(model, columns, frame.filter(pl.col("_known")).select(columns).rows(), ending)


def source_of(workbook: Workbook, *, keep: bool) -> SourceFile:
    """The record of a received file, made where it is new; `keep`: its bytes too, sealed, whole or not at all."""
    source, _made = SourceFile.objects.get_or_create(
        sha256=workbook.sha256,
        defaults={"name": workbook.name[:255], "size_bytes": workbook.size_bytes, "kept_at": f"received/{workbook.sha256}"},
    )
    path = Path(settings.DATA) / "received" / workbook.sha256
    if keep and not path.exists():
        write_sealed(path, workbook.parts())
    return source


def keep_source_rows(imported: Import, checked: Checked, difference: Difference, store: Store) -> None:
    """One row of provenance for every row that changed the register."""
    kept = pl.concat([difference.rows.select("row"), store.origins(difference)], how="horizontal").filter(difference.changed)
    kept = kept.select(
        pl.lit(imported.pk).alias("imported_id"),
        pl.lit(checked.feed.sheet.name[:120]).alias("sheet"),
        "row",
        "organisation_id",
        "school_year",
        "stage",
        pl.lit(",".join(difference.fields)[:255]).alias("fields"),
    )
    kept = kept.sort("organisation_id", maintain_order=True)
    insert_rows(SourceRow, kept.columns, kept.rows())
