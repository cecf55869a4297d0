"""Freezing: the registers of the database become a snapshot.

Changes when a register is added to what is frozen. The same registers give the same bytes: rows are sorted by all their columns, the
files are written with fixed options, and nothing in them says when they were made.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection, models, transaction
from django.db.models.functions import Cast

from jiaoheng import __version__
from jiaoheng.intake.provenance import Import, SourceRow
from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.snapshots.snapshot import MANIFEST, SCHEMA_VERSION, Snapshot, SnapshotRefused, file_sha256, tables_hash

__all__ = ["freeze"]

_ROWS_AT_ONCE = 50_000
_ORGANISATION_COLUMNS = (
    "code", "name_zh", "name_en", "kind", "parent", "path", "stages", "school_type", "ownership", "locale", "latitude", "longitude",
    "valid_from", "valid_to",
)  # fmt: skip
_SOURCE_COLUMNS = ("organisation", "school_year", "stage", "file", "sha256", "sheet", "row", "fields", "register", "accepted_by")


def freeze(day: date, output: Path | str, *, replace: bool = False) -> Snapshot:
    """Freeze the registers as of a day into the folder `output`, wholly or not at all.

    The registers are read in one transaction. The folder appears complete, or not. A folder that already holds the same snapshot is left
    as it is; one that holds anything else is kept unless `replace`.

    Raises: SnapshotRefused where the folder holds something else or cannot be written, or where the tree of organisations is broken.
    """
    output = Path(output)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))  # mode 700
    except OSError as error:
        raise SnapshotRefused(f"The snapshot cannot be written to {output}: {error.strerror}.") from None
    try:
        with _one_moment():
            manifest = _written(made, day)
        return _put_in_place(made, manifest, output, replace)
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _one_moment() -> Iterator[None]:
    """A transaction in which every table is read as of one moment, though others write meanwhile."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        if connection.vendor == "postgresql" and not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _written(folder: Path, day: date) -> dict[str, Any]:
    organisations = _organisations()
    tables = {
        "organisations": _sorted(organisations.select(list(_ORGANISATION_COLUMNS))),
        "annual_statistics": _sorted(_statistics(organisations)),
        "source_rows": _sorted(_source_rows(organisations)),
    }
    _check_tree(tables["organisations"])
    entries = {}
    for name, table in tables.items():
        file = folder / f"{name}.parquet"
        with _private(file) as handle:
            pq.write_table(
                table, handle, compression="zstd", compression_level=3, version="2.6", data_page_version="1.0", row_group_size=122_880
            )
        entries[name] = {"file": file.name, "rows": table.num_rows, "sha256": file_sha256(file)}
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "date": day.isoformat(),
        "created_by": f"jiaoheng {__version__}",
        "tables": entries,
        "hash": tables_hash(entries),
    }
    with _private(folder / MANIFEST) as handle:
        handle.write((json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
    return manifest


def _private(file: Path) -> Any:
    """The file, opened for writing and readable by its owner only: snapshots hold what the registers hold."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _put_in_place(made: Path, manifest: dict[str, Any], output: Path, replace: bool) -> Snapshot:
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        kept = _kept(output)
        if kept and kept.hash == manifest["hash"] and kept.manifest["date"] == manifest["date"]:
            return kept
        if not replace:
            what = f"the snapshot of {kept.date} ({kept.hash[:12]})" if kept else "something else"
            raise SnapshotRefused(f"{output} already holds {what}, which is kept. Choose another folder with --output, or say --replace.")
        if not (output / MANIFEST).is_file():
            raise SnapshotRefused(f"{output} holds something that is not a snapshot, which is kept. Choose another folder with --output.")
        aside = Path(tempfile.mkdtemp(prefix=f".{output.name}-old-", dir=output.parent))
        output.rename(aside / "old")
        made.rename(output)
        shutil.rmtree(aside, ignore_errors=True)
    else:
        made.rename(output)  # an empty folder gives way
    return Snapshot.open(output)


def _kept(output: Path) -> Snapshot | None:
    try:
        return Snapshot.open(output)
    except SnapshotRefused:
        return None


def _organisations() -> pa.Table:
    """Every organisation with its database id, for the other tables to look its code up."""
    columns = [name for name in _ORGANISATION_COLUMNS if name != "parent"]
    fields = [Organisation._meta.get_field(name) for name in columns]
    schema = pa.schema([pa.field("id", pa.int64()), *(pa.field(f.name, _arrow_type(f)) for f in fields), pa.field("parent_id", pa.int64())])
    table = _table(Organisation.objects.order_by(), ["id", *columns, "parent_id"], schema)
    parent = pc.take(table["code"], pc.index_in(table["parent_id"], value_set=table["id"]))
    return table.append_column("parent", parent)


def _statistics(organisations: pa.Table) -> pa.Table:
    """The annual statistics, every year: counts as integers, amounts as floats, nothing filled in."""
    fields = [f for f in AnnualStatistics._meta.concrete_fields if f.name not in ("id", "organisation")]
    schema = pa.schema([pa.field("organisation_id", pa.int64()), *(pa.field(f.name, _arrow_type(f)) for f in fields)])
    table = _table(AnnualStatistics.objects.order_by(), schema.names, schema)
    return _with_codes(table, organisations)


def _source_rows(organisations: pa.Table) -> pa.Table:
    """From which file, sheet and row every stored figure came, and who accepted it."""
    names = ("organisation_id", "school_year", "stage", "imported_id", "sheet", "row", "fields")
    whole = ("organisation_id", "imported_id", "row")
    schema = pa.schema([pa.field(name, pa.int64() if name in whole else pa.string()) for name in names])
    table = _with_codes(_table(SourceRow.objects.order_by(), schema.names, schema), organisations)
    runs = list(Import.objects.values_list("id", "source_file__name", "source_file__sha256", "register", "account__username"))
    run = pc.index_in(table["imported_id"], value_set=pa.array([one[0] for one in runs], pa.int64()))
    for place, name in enumerate(("file", "sha256", "register", "accepted_by"), start=1):
        table = table.append_column(name, pc.take(pa.array([one[place] or "" for one in runs], pa.string()), run))
    return table.select(list(_SOURCE_COLUMNS))


def _with_codes(table: pa.Table, organisations: pa.Table) -> pa.Table:
    codes = pc.take(organisations["code"], pc.index_in(table["organisation_id"], value_set=organisations["id"]))
    return table.set_column(0, "organisation", codes)


def _check_tree(organisations: pa.Table) -> None:
    """Refuse a tree whose paths do not follow its parents, since every total of an area is taken along the paths."""
    listed = [organisations[name].to_pylist() for name in ("code", "parent", "path")]
    paths = dict(zip(listed[0], listed[2], strict=True))
    wrong = [
        code
        for code, parent, path in zip(*listed, strict=True)
        if path != (f"{paths.get(parent)}{PATH_SEPARATOR}{code}" if parent else code)
    ]
    if wrong:
        raise SnapshotRefused(
            f"Nothing was frozen: {len(wrong)} organisations do not stand below the organisation that they belong to "
            f"(the first: {wrong[0]}). Import the list of organisations again."
        )


def _arrow_type(field: Any) -> Any:
    if isinstance(field, models.IntegerField):
        return pa.int64()
    if isinstance(field, models.DecimalField | models.FloatField):
        return pa.float64()
    if isinstance(field, models.DateField):
        return pa.date32()
    return pa.string()


def _table(rows: models.QuerySet[Any], columns: Sequence[str], schema: pa.Schema) -> pa.Table:
    """The rows of a queryset as Arrow, some tens of thousands at a time, so that memory holds one form of them only."""
    decimals = {
        name: Cast(name, models.FloatField()) for name in columns if isinstance(rows.model._meta.get_field(name), models.DecimalField)
    }
    names = [f"{name}_float" if name in decimals else name for name in columns]
    read = rows.annotate(**{f"{name}_float": cast for name, cast in decimals.items()}).values_list(*names)
    return pa.Table.from_batches(_batches(read, schema), schema)


def _batches(read: models.QuerySet[Any, Any], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Straight from the database's cursor: the rows need no model and none of Django's conversions."""
    select, parameters = read.query.sql_with_params()
    with connection.chunked_cursor() as cursor:
        cursor.execute(select, parameters)
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield _batch(rows, schema)


def _batch(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    return pa.record_batch([pa.array(values, kind) for values, kind in zip(columns, schema.types, strict=True)], schema=schema)


def _sorted(table: pa.Table) -> pa.Table:
    """By all columns in their order, byte by byte: no database's collation has a say."""
    return table.sort_by([(name, "ascending") for name in table.column_names]).combine_chunks()
