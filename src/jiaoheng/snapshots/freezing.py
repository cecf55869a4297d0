"""Freezing: the registers of the database become a snapshot.

Changes when a register is added to what is frozen. The same registers give the same bytes: rows are sorted by all their columns, the
files are written with fixed options, and nothing in them says when they were made.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction

from jiaoheng import __version__
from jiaoheng.access.cipher import Unreadable
from jiaoheng.access.key_ring import KeysUnusable
from jiaoheng.rulebook.tables import load_tables
from jiaoheng.snapshots import institution_tables, pupil_tables, staff_tables
from jiaoheng.snapshots.cohort_table import COHORTS
from jiaoheng.snapshots.institution_tables import FUNDS, INSTITUTIONS, POPULATION, SCHOOL_GROUPS
from jiaoheng.snapshots.organisation_tables import annual_statistics, organisation_rows, organisation_table, source_rows
from jiaoheng.snapshots.snapshot import MANIFEST, SCHEMA_VERSION, Snapshot, SnapshotRefused, file_sha256, tables_hash
from jiaoheng.snapshots.workspace import Workspace, pseudonym_key

__all__ = ["freeze"]

_DRAWN: Mapping[str, str] = {
    "enrolments": pupil_tables.ENROLMENTS,
    "cohorts": COHORTS,
    "classes": pupil_tables.CLASSES,
    "staff": staff_tables.STAFF,
    "establishment": staff_tables.ESTABLISHMENT,
    "institutions": INSTITUTIONS,
    "school_groups": SCHOOL_GROUPS,
    "funds": FUNDS,
    "population": POPULATION,
}


def freeze(day: date, output: Path | str, *, replace: bool = False) -> Snapshot:
    """Freeze the registers as of a day into the folder `output`, wholly or not at all.

    The registers are read in one transaction. The folder appears complete, or not. A folder that already holds the same snapshot is left
    as it is; one that holds anything else is kept unless `replace`.

    Raises: SnapshotRefused where the folder holds something else or cannot be written, where the tree of organisations is broken, or where
    a sealed value does not open.
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
    except (Unreadable, KeysUnusable) as error:
        raise SnapshotRefused(f"Nothing was frozen. {error}") from None
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
    organisations = organisation_rows()
    statistics = annual_statistics(organisations)
    tables = {
        "organisations": organisation_table(organisations),
        "annual_statistics": statistics,
        "source_rows": source_rows(organisations),
    }
    with Workspace(day, organisations, statistics) as workspace:
        pupil_tables.prepare(workspace)
        staff_tables.prepare(workspace)
        institution_tables.prepare(workspace)
        tables |= {name: _as_promised(name, workspace.run(sql)) for name, sql in _DRAWN.items()}
    entries = {}
    for name, table in tables.items():
        file = folder / f"{name}.parquet"
        with _private(file) as handle:
            pq.write_table(
                _sorted(table), handle, compression="zstd", compression_level=3, version="2.6", data_page_version="1.0",
                row_group_size=122_880,
            )  # fmt: skip
        entries[name] = {"file": file.name, "rows": table.num_rows, "sha256": file_sha256(file)}
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "date": day.isoformat(),
        "created_by": f"jiaoheng {__version__}",
        "pseudonyms": pseudonym_key().id,
        "tables": entries,
        "hash": tables_hash(entries),
    }
    with _private(folder / MANIFEST) as handle:
        handle.write((json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
    return manifest


def _as_promised(name: str, table: pa.Table) -> pa.Table:
    """The table in the columns and types that the rulebook promises."""
    columns = load_tables()[name].columns
    kinds: dict[str, Any] = {"count": pa.int64(), "amount": pa.float64(), "flag": pa.bool_(), "date": pa.date32()}
    first = [(column, pa.string()) for column in ("organisation", "school_year", "stage")]
    schema = pa.schema([*first, *((column, kinds.get(rule.type, pa.string())) for column, rule in columns.items())])
    return table.select(schema.names).cast(schema)


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


def _sorted(table: pa.Table) -> pa.Table:
    """By all columns in their order, byte by byte: no database's collation has a say."""
    return table.sort_by([(name, "ascending") for name in table.column_names]).combine_chunks()
