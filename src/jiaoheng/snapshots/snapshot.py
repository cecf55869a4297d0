"""Snapshot: the registers frozen on a date as Parquet files, under a manifest of their hashes.

Changes when what a frozen folder holds changes. Opens and checks; making one needs the database and is `freezing`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from jiaoheng.organisations.school_year import NotASchoolYear, SchoolYear

__all__ = ["MANIFEST", "SCHEMA_VERSION", "Snapshot", "SnapshotRefused", "file_sha256", "newest_snapshot", "tables_hash"]

MANIFEST = "manifest.json"
SCHEMA_VERSION = 2
"""Version of the tables and their columns. Version 1 had only `REGISTER_TABLES`."""

_READABLE = (1, SCHEMA_VERSION)
"""Versions that are opened; a snapshot of another version is refused, never guessed at."""

REGISTER_TABLES = ("organisations", "annual_statistics", "source_rows")


class SnapshotRefused(Exception):
    """The folder is not a snapshot that can be trusted, or may not be written. The message says why and what to do."""


@dataclass(frozen=True)
class Snapshot:
    """A verified snapshot. `tables` gives the Parquet file of each table; `manifest` is as read from the folder."""

    folder: Path
    manifest: Mapping[str, Any]

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """Open the snapshot and check every file against the manifest.

        Raises: SnapshotRefused where the folder holds no snapshot, one of another version, or files that were changed.
        """
        folder = Path(folder)
        manifest = _manifest(folder)
        for name, entry in manifest["tables"].items():
            file = folder / entry["file"]
            if not file.is_file():
                raise SnapshotRefused(f"The snapshot {folder} lacks its file {entry['file']}. Freeze again, or restore the file.")
            if file_sha256(file) != entry["sha256"]:
                raise SnapshotRefused(
                    f"The snapshot {folder} is refused: {entry['file']} ({name}) is not the file that was frozen. "
                    "Freeze again, or restore the folder."
                )
        if tables_hash(manifest["tables"]) != manifest["hash"]:
            raise SnapshotRefused(f"The snapshot {folder} is refused: its {MANIFEST} was changed. Freeze again, or restore the folder.")
        return cls(folder, manifest)

    @property
    def hash(self) -> str:
        """SHA-256 (hex) over the names, row counts and hashes of the tables: equal registers give an equal hash."""
        return str(self.manifest["hash"])

    @property
    def missing(self) -> tuple[str, ...]:
        """The codes of the counties that should have reported and did not; none where the snapshot was not joined of several."""
        return tuple(self.manifest.get("missing", ()))

    @property
    def date(self) -> date:
        """The day as of which the registers were frozen."""
        return date.fromisoformat(self.manifest["date"])

    @cached_property
    def tables(self) -> dict[str, Path]:
        """The Parquet file of each table."""
        return {name: self.folder / entry["file"] for name, entry in self.manifest["tables"].items()}

    def periods(self, table: str, column: str = "school_year") -> list[str]:
        """Every period that has rows in a table, the earliest first; none where the snapshot lacks the table, or the column of periods."""
        if (table, column) not in self._periods:
            self._periods[table, column] = _periods_of(self.tables[table], column) if table in self.tables else []
        return self._periods[table, column]

    def period(self, table: str, column: str = "school_year") -> str | None:
        """The latest period of a table that had begun on the snapshot's date (a school year on 1 September, other years on 1 January)."""
        return next((period for period in reversed(self.periods(table, column)) if _begun(period, self.date)), None)

    def whole_columns(self, table: str) -> frozenset[str]:
        """The columns of a table that lack no value in any row, as its file says; those of which it does not say are left out."""
        return _whole_columns(self.tables[table])

    @property
    def school_years(self) -> list[str]:
        """Every school year that has statistics, the earliest first; where nothing was declared, those with enrolments."""
        return self.periods("annual_statistics") or self.periods("enrolments")

    @property
    def school_year(self) -> str | None:
        """The latest school year with statistics that had begun on the snapshot's date; None where there is none."""
        return self.period("annual_statistics" if self.periods("annual_statistics") else "enrolments")

    @cached_property
    def _periods(self) -> dict[tuple[str, str], list[str]]:
        return {}


def newest_snapshot(folder: Path) -> Snapshot:
    """The snapshot with the latest date in the folder of snapshots. Raises: SnapshotRefused where there is none."""
    found: list[tuple[str, str]] = []
    for manifest in folder.glob(f"*/{MANIFEST}"):
        if not manifest.parent.name.startswith("."):
            found.append((str(_manifest(manifest.parent)["date"]), manifest.parent.name))
    if not found:
        raise SnapshotRefused(f"There is no snapshot in {folder}. Make one with: jiaoheng freeze")
    return Snapshot.open(folder / max(found)[1])


def tables_hash(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """SHA-256 (hex) over the tables' names, row counts and file hashes, in the order of names."""
    listed = [[name, tables[name]["rows"], tables[name]["sha256"]] for name in sorted(tables)]
    return hashlib.sha256(json.dumps(listed, separators=(",", ":")).encode()).hexdigest()


def file_sha256(file: Path) -> str:
    """SHA-256 (hex) of the file's bytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _periods_of(file: Path, column: str) -> list[str]:
    """Read group by group, and not at all where a group's own statistics tell that it is of one period."""
    from pyarrow.parquet import ParquetFile, read_schema

    if column != "school_year" and column not in read_schema(file).names:  # a snapshot from before there was this column
        return []
    found: set[object] = set()
    with ParquetFile(file, read_dictionary=[column]) as opened:
        place = opened.schema_arrow.names.index(column)
        for group in range(opened.num_row_groups):
            statistics = opened.metadata.row_group(group).column(place).statistics
            if statistics is not None and statistics.has_min_max and statistics.min == statistics.max and not statistics.null_count:
                found.add(statistics.min)
            else:
                found.update(opened.read_row_group(group, columns=[column]).column(0).unique().to_pylist())
    return sorted(str(period) for period in found if period)


def _whole_columns(file: Path) -> frozenset[str]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(file) as opened:
        metadata = opened.metadata
        names = [metadata.schema.column(place).path for place in range(metadata.num_columns)]
        lacking = {
            place
            for group in range(metadata.num_row_groups)
            for place in range(metadata.num_columns)
            if not _lacks_none(metadata.row_group(group).column(place).statistics)
        }
    return frozenset(name for place, name in enumerate(names) if place not in lacking)


def _lacks_none(statistics: Any) -> bool:
    """Whether a group's statistics say that no value is missing; a group without them says nothing."""
    return statistics is not None and statistics.has_null_count and not statistics.null_count


def _begun(period: str, day: date) -> bool:
    try:
        return int(period) <= day.year if period.isdecimal() else SchoolYear.parse(period) <= SchoolYear.of(day)
    except NotASchoolYear:
        return False


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest, its shape checked: a file name in it cannot lead out of the folder."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise SnapshotRefused(f"{folder} is not a snapshot: it has no {MANIFEST}. Make one with: jiaoheng freeze") from None
    except (OSError, ValueError) as error:
        raise SnapshotRefused(f"The snapshot {folder} is refused: its {MANIFEST} cannot be read ({error}).") from None
    version = manifest.get("schema_version") if isinstance(manifest, dict) else None
    if version is not None and version not in _READABLE:
        raise SnapshotRefused(
            f"The snapshot {folder} has schema version {version}; this program reads versions {_READABLE[0]} to {SCHEMA_VERSION}. "
            "Freeze again, or use the program that made it."
        )
    if version is None or not _well_formed(manifest):
        raise SnapshotRefused(f"The snapshot {folder} is refused: its {MANIFEST} lacks what a manifest says. Freeze again.")
    return dict(manifest)


def _well_formed(manifest: Mapping[str, Any]) -> bool:
    tables = manifest.get("tables")
    if not isinstance(tables, dict) or not set(REGISTER_TABLES) <= set(tables) or not isinstance(manifest.get("hash"), str):
        return False
    try:
        date.fromisoformat(manifest["date"])
    except (KeyError, TypeError, ValueError):
        return False
    return all(_well_formed_table(entry) for entry in tables.values())


def _well_formed_table(entry: object) -> bool:
    if not isinstance(entry, dict):
        return False
    file = entry.get("file")
    plain = isinstance(file, str) and file == Path(file).name and file not in ("", ".", "..")
    return plain and isinstance(entry.get("rows"), int) and isinstance(entry.get("sha256"), str)
