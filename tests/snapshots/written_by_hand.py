"""A snapshot written from plain rows, without a database: for tests of what reads snapshots."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jiaoheng.rulebook.registers import load_registers
from jiaoheng.rulebook.tables import load_tables
from jiaoheng.snapshots.snapshot import MANIFEST, SCHEMA_VERSION, Snapshot, file_sha256, tables_hash

__all__ = ["organisation", "row", "schema", "snapshot_of", "statistics"]

_FIGURES = {
    name: pa.int64() if rule.type == "count" else pa.float64()
    for name, rule in load_registers()["annual_statistics"].fields.items()
    if rule.type in ("count", "amount")
}
_TEXTS = ("code", "name_zh", "name_en", "kind", "parent", "path", "stages", "school_type", "ownership", "locale")


def organisation(code: str, parent: Mapping[str, Any] | None = None, kind: str = "school", **more: Any) -> dict[str, Any]:
    """An organisation below its parent; its Chinese name is its code unless one is given."""
    path = f"{parent['path']}/{code}" if parent else code
    blank = dict.fromkeys(_TEXTS, "")
    return {
        **blank,
        "own": True,
        "name_zh": code,
        "code": code,
        "kind": kind,
        "parent": parent["code"] if parent else None,
        "path": path,
        **more,
    }


def statistics(school: str, stage: str = "primary", year: str = "2018-2019", **figures: Any) -> dict[str, Any]:
    """A row of annual statistics; figures that are not given are missing."""
    return {**dict.fromkeys(_FIGURES), "organisation": school, "school_year": year, "stage": stage, "currency": "CNY", **figures}


def schema(table: str) -> pa.Schema:
    """The columns of a table of a snapshot."""
    kinds: dict[str, Any] = {"count": pa.int64(), "amount": pa.float64(), "flag": pa.bool_(), "date": pa.date32()}
    first = [pa.field(name, pa.string()) for name in ("organisation", "school_year", "stage")]
    return pa.schema([*first, *(pa.field(name, kinds.get(rule.type, pa.string())) for name, rule in load_tables()[table].columns.items())])


def row(table: str, organisation: str, stage: str = "primary", school_year: str = "2018-2019", **said: Any) -> dict[str, Any]:
    """A row of a table: what is not said is '', false or missing."""
    blank = {"text": "", "list": "", "flag": False}
    unsaid = {name: blank.get(rule.type) for name, rule in load_tables()[table].columns.items()}
    assert set(said) <= set(unsaid), f"{table} has no {set(said) - set(unsaid)}"
    return {"organisation": organisation, "school_year": school_year, "stage": stage, **unsaid, **said}


def snapshot_of(
    folder: Path, organisations: Sequence[Mapping[str, Any]], records: Sequence[Mapping[str, Any]],
    sources: Sequence[Mapping[str, Any]] = (), date: str = "2018-10-01", **tables: Sequence[Mapping[str, Any]],
) -> Snapshot:  # fmt: skip
    """Write the rows as a snapshot and open it."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = [(name, pa.string()) for name in _TEXTS]
    schemas = {
        "organisations": pa.schema([*texts, ("latitude", pa.float64()), ("longitude", pa.float64()), ("own", pa.bool_())]),
        "annual_statistics": pa.schema(
            [*((name, pa.string()) for name in ("organisation", "school_year", "stage")), *_FIGURES.items(), ("currency", pa.string())]
        ),
        "source_rows": pa.schema(
            [(name, pa.int64() if name == "row" else pa.string()) for name in
             ("organisation", "school_year", "stage", "file", "sha256", "sheet", "row", "fields", "register", "accepted_by")]
        ),
    }  # fmt: skip
    rows = {"organisations": organisations, "annual_statistics": records, "source_rows": sources, **tables}
    schemas |= {name: schema(name) for name in tables}
    entries = {}
    for name, columns in schemas.items():
        file = folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows[name]], columns), file)
        entries[name] = {"file": file.name, "rows": len(rows[name]), "sha256": file_sha256(file)}
    manifest = {"schema_version": SCHEMA_VERSION, "date": date, "created_by": "test", "tables": entries, "hash": tables_hash(entries)}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return Snapshot.open(folder)
