"""Merging: the snapshots of several counties become one of the province, checked before anything is written.

Changes when what is asked of counties that are joined changes. Files are read and written in batches: memory does not grow with the pupils.
"""

import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jiaoheng.snapshots.snapshot import Snapshot, SnapshotRefused, file_sha256
from jiaoheng.snapshots.writing import PARQUET, ROW_GROUP, beside, private_file, put_in_place, write_manifest

__all__ = ["Expected", "Merged", "expected_from", "merge"]

_BATCH = ROW_GROUP


@dataclass(frozen=True)
class Expected:
    """A county that should report: its code, its name, and the code of the area that it belongs to (empty: it stands at the top)."""

    code: str
    name: str
    parent: str = ""


@dataclass(frozen=True)
class Merged:
    """The joined snapshot, which counties it speaks for, which should have reported and did not, and what was noticed."""

    snapshot: Snapshot
    reported: tuple[str, ...]
    missing: tuple[Expected, ...]
    notices: tuple[str, ...]


def expected_from(file: Path) -> list[Expected]:
    """The counties that should report, from a .csv with the headings code, name and, where they have one, parent.

    Raises: SnapshotRefused.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SnapshotRefused(f"{file.name}: the list of counties cannot be read ({error}).") from None
    if not rows or "code" not in rows[0]:
        raise SnapshotRefused(f"{file.name}: the list of counties needs the headings code, name and parent, and a row a county.")
    return [
        Expected(row["code"].strip(), (row.get("name") or "").strip(), (row.get("parent") or "").strip()) for row in rows if row["code"]
    ]


def merge(folders: Sequence[Path], output: Path, *, expected: Sequence[Expected] = (), replace: bool = False) -> Merged:
    """Join the snapshots of counties into the folder `output`, wholly or not at all.

    Raises: SnapshotRefused where one cannot be trusted, where their days or versions differ, where an area is written in two ways, or
    where an organisation reports in two of them.
    """
    if not folders:
        raise SnapshotRefused("Name the folders of the snapshots to join.")
    parts = [Snapshot.open(folder) for folder in folders]
    _check_alike(parts)
    organisations = _organisations(parts)
    _check_apart(parts)
    reported = [_top(part) for part in parts]
    known = set(organisations["code"].to_pylist())
    missing = [one for one in expected if one.code not in known]
    organisations = pa.concat_tables([organisations, _of_missing(missing, organisations)]) if missing else organisations
    made = beside(Path(output))
    try:
        entries, notices = _written(made, parts, organisations)
        manifest = write_manifest(
            made,
            parts[0].date,
            entries,
            merged=[{"organisation": top, "hash": part.hash} for top, part in zip(reported, parts, strict=True)],
            missing=[one.code for one in missing],
        )
        snapshot = put_in_place(made, manifest, Path(output), replace)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Merged(snapshot, tuple(reported), tuple(missing), tuple(notices))


def _check_alike(parts: Sequence[Snapshot]) -> None:
    first = parts[0]
    for part in parts[1:]:
        if part.manifest["schema_version"] != first.manifest["schema_version"]:
            raise SnapshotRefused(
                f"{part.folder.name} was frozen by another version of the program than {first.folder.name}. Freeze it again."
            )
        if part.date != first.date:
            raise SnapshotRefused(
                f"{part.folder.name} is of {part.date}, {first.folder.name} of {first.date}. Join snapshots of one day, or freeze again."
            )
    hashes = [part.hash for part in parts]
    twice = next((part for part in parts if hashes.count(part.hash) > 1), None)
    if twice:
        raise SnapshotRefused(f"The snapshot {twice.hash[:12]} ({twice.folder.name}) is named twice.")


def _organisations(parts: Sequence[Snapshot]) -> pa.Table:
    """Every organisation once. An area that several counties list must be written in one way."""
    rows: dict[str, dict[str, Any]] = {}
    where: dict[str, Snapshot] = {}
    schema: pa.Schema | None = None
    for part in parts:
        table = pq.read_table(part.tables["organisations"])
        schema = schema or table.schema
        for row in table.select(schema.names).to_pylist():
            code = row["code"]
            if code not in rows:
                rows[code], where[code] = row, part
                continue
            other = next((name for name in schema.names if row[name] != rows[code][name]), None)
            if other:
                raise SnapshotRefused(
                    f"«{code}» is written in two ways: {other} is «{rows[code][other]}» in {where[code].folder.name} and «{row[other]}» in "
                    f"{part.folder.name}. Let both counties use the province's list, and freeze again."
                )
    assert schema is not None
    return pa.Table.from_pylist(list(rows.values()), schema=schema)


def _check_apart(parts: Sequence[Snapshot]) -> None:
    """No organisation has rows in two snapshots: it would be counted twice."""
    reports: dict[str, Snapshot] = {}
    for part in parts:
        here: set[str] = set()
        for name, file in part.tables.items():
            if name not in ("organisations", "population") and "organisation" in pq.read_schema(file).names:
                column = pq.read_table(file, columns=["organisation"])["organisation"]
                here |= {str(code) for code in pc.unique(column).to_pylist() if code}
        both = sorted(code for code in here if code in reports)
        if both:
            raise SnapshotRefused(
                f"«{both[0]}» reports in {reports[both[0]].folder.name} and in {part.folder.name} ({len(both)} organisations do). "
                "Each organisation reports once: leave one of the two out."
            )
        reports |= dict.fromkeys(here, part)


def _top(part: Snapshot) -> str:
    """The organisation that the snapshot is of: the lowest that holds everything which reports in it."""
    table = pq.read_table(part.tables["organisations"], columns=["code", "path"])
    paths = {str(code): str(path) for code, path in zip(table["code"].to_pylist(), table["path"].to_pylist(), strict=True)}
    reporting = pq.read_table(part.tables["annual_statistics"], columns=["organisation"])["organisation"]
    codes = {str(code) for code in pc.unique(reporting).to_pylist()} or set(paths)
    shared: list[str] | None = None
    for code in codes:
        steps = paths[code].split("/")
        shared = steps if shared is None else [one for one, other in zip(shared, steps, strict=False) if one == other]
    return shared[-1] if shared else part.folder.name


def _of_missing(missing: Sequence[Expected], organisations: pa.Table) -> pa.Table:
    """A row for each county that should have reported, so that it stands in the tree without a figure."""
    paths = dict(zip(organisations["code"].to_pylist(), organisations["path"].to_pylist(), strict=True))
    rows = []
    for one in missing:
        if one.parent and one.parent not in paths:
            raise SnapshotRefused(f"The list of counties puts «{one.code}» below «{one.parent}», which no snapshot knows. Mend the list.")
        path = f"{paths[one.parent]}/{one.code}" if one.parent else one.code
        blank = {field.name: "" if pa.types.is_string(field.type) else None for field in organisations.schema}
        rows.append({**blank, "code": one.code, "name_zh": one.name, "kind": "county", "parent": one.parent or None, "path": path})
    return pa.Table.from_pylist(rows, schema=organisations.schema)


def _written(folder: Path, parts: Sequence[Snapshot], organisations: pa.Table) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Every table, the parts one after the other in the order of their organisations; a table that a part lacks is noticed."""
    entries, notices = {}, []
    ordered = sorted(parts, key=_top)
    for name in dict.fromkeys(name for part in ordered for name in part.tables):
        lacking = [part.folder.name for part in ordered if name not in part.tables]
        if lacking:
            notices.append(f"{name}: not in {', '.join(lacking)}")
        if name == "organisations":
            batches: Iterator[pa.RecordBatch] = iter(organisations.sort_by("path").to_batches(_BATCH))
            schema = organisations.schema
        else:
            holding = [part.tables[name] for part in ordered if name in part.tables]
            schema = pq.read_schema(holding[0]).remove_metadata()
            batches = _batches(name, holding, schema)
        entries[name] = _table(folder / f"{name}.parquet", schema, batches)
    return entries, notices


def _batches(name: str, files: Sequence[Path], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for file in files:
        if pq.read_schema(file).remove_metadata() != schema:
            raise SnapshotRefused(f"The columns of {name} differ between the snapshots. Freeze again with one version of the program.")
        yield from pq.ParquetFile(file).iter_batches(_BATCH)


def _table(file: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> dict[str, Any]:
    rows = 0
    options: Mapping[str, Any] = PARQUET
    with private_file(file) as handle, pq.ParquetWriter(handle, schema, **options) as writer:
        for batch in batches:
            writer.write_batch(batch.cast(schema) if batch.schema != schema else batch)
            rows += batch.num_rows
    return {"file": file.name, "rows": rows, "sha256": file_sha256(file)}
