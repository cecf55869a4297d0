"""Freezing: the registers of the database become a snapshot.

Changes when a register is added to what is frozen. The same registers give the same bytes: rows are sorted by all their columns, the
files are written with fixed options, and nothing in them says when they were made.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction

from jiaoheng.access.cipher import Unreadable
from jiaoheng.access.key_ring import KeysUnusable
from jiaoheng.rulebook.tables import TableRule, load_tables
from jiaoheng.snapshots import institution_tables, pupil_tables, staff_tables
from jiaoheng.snapshots.cohort_table import COHORTS
from jiaoheng.snapshots.contribution import contributions
from jiaoheng.snapshots.institution_tables import FUNDS, INSTITUTIONS, POPULATION, SCHOOL_GROUPS
from jiaoheng.snapshots.ledger_tables import answer_tables, ledger_rows
from jiaoheng.snapshots.organisation_tables import annual_statistics, organisation_rows, organisation_table, source_rows
from jiaoheng.snapshots.snapshot import Snapshot, SnapshotRefused, file_sha256
from jiaoheng.snapshots.workspace import Workspace, pseudonym_key
from jiaoheng.snapshots.writing import PARQUET, ROW_GROUP, beside, private_file, put_in_place, write_manifest

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
    made = beside(output)
    try:
        with _one_moment():
            manifest = _written(made, day)
        return put_in_place(made, manifest, output, replace)
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
        "ledger_rows": _as_promised(load_tables()["ledger_rows"], ledger_rows(day)),
        **{name: _as_promised(load_tables()[name], draw(day)) for name, draw in contributions().items()},
    }
    tables |= {name: _as_promised(rule, table) for name, rule, table in answer_tables(day)}
    with Workspace(day, organisations, statistics) as workspace:
        pupil_tables.prepare(workspace)
        staff_tables.prepare(workspace)
        institution_tables.prepare(workspace)
        tables |= {name: _as_promised(load_tables()[name], workspace.run(sql)) for name, sql in _DRAWN.items()}
    entries = {}
    for name, table in tables.items():
        file = folder / f"{name}.parquet"
        with private_file(file) as handle:
            pq.write_table(_sorted(table), handle, row_group_size=ROW_GROUP, **PARQUET)
        entries[name] = {"file": file.name, "rows": table.num_rows, "sha256": file_sha256(file)}
    return write_manifest(folder, day, entries, pseudonyms=pseudonym_key().id)


def _as_promised(rule: TableRule, table: pa.Table) -> pa.Table:
    """The table in the columns and types that the rulebook promises."""
    kinds: dict[str, Any] = {"count": pa.int64(), "amount": pa.float64(), "flag": pa.bool_(), "date": pa.date32()}
    first = [(column, pa.string()) for column in ("organisation", "school_year", "stage")]
    schema = pa.schema([*first, *((column, kinds.get(one.type, pa.string())) for column, one in rule.columns.items())])
    return table.select(schema.names).cast(schema)


def _sorted(table: pa.Table) -> pa.Table:
    """By all columns in their order, byte by byte: no database's collation has a say."""
    return table.sort_by([(name, "ascending") for name in table.column_names]).combine_chunks()
