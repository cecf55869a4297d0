"""A tiny invented district as a snapshot on disk, made without a database."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jiaoheng.snapshots.snapshot import MANIFEST, SCHEMA_VERSION, Snapshot, file_sha256, tables_hash

FIGURES = {
    "pupils": pa.int64(), "classes": pa.int64(), "teachers": pa.int64(), "teachers_above_qualification": pa.int64(),
    "backbone_teachers": pa.int64(), "pe_arts_teachers": pa.int64(), "teaching_area_m2": pa.float64(), "sports_area_m2": pa.float64(),
    "equipment_value": pa.float64(), "multimedia_classrooms": pa.int64(), "rooms": pa.int64(), "computers": pa.int64(),
    "books": pa.int64(), "public_funds": pa.float64(),
}  # fmt: skip

GOOD = {
    "pupils": 1000, "classes": 25, "teachers": 60, "teachers_above_qualification": 60, "backbone_teachers": 12, "pe_arts_teachers": 12,
    "teaching_area_m2": 6000.0, "sports_area_m2": 11000.0, "equipment_value": 2_600_000.0, "multimedia_classrooms": 25, "rooms": 30,
    "computers": 150, "books": 30_000, "public_funds": 800_000.0,
}  # fmt: skip
"""A record that meets every threshold of both standards, in primary and junior schools."""


def record(organisation: str, stage: str = "primary", school_year: str = "2018-2019", **figures: Any) -> dict[str, Any]:
    """A record like GOOD, with the figures given; None is «not reported»."""
    return {"organisation": organisation, "stage": stage, "school_year": school_year, "currency": "CNY", **GOOD, **figures}


def school(code: str, name: str, **said: Any) -> dict[str, Any]:
    """A school of the district."""
    kind = said.get("kind", "school")
    return {
        "code": code,
        "name_zh": name,
        "name_en": f"School {code}",
        "kind": kind,
        "parent": "D",
        "path": f"D/{code}",
        "school_type": "primary",
        "ownership": "public",
        "locale": "urban",
        "stages": "primary",
        **said,
    }


def snapshot(
    folder: Path,
    organisations: Iterable[Mapping[str, Any]],
    records: Iterable[Mapping[str, Any]],
    day: date = date(2018, 10, 1),
    more: Mapping[str, pa.Table] | None = None,
) -> Snapshot:
    """Write the snapshot and open it. The district itself, D, is added; `more`: other tables, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    district = {
        "code": "D",
        "name_zh": "示例区",
        "name_en": "Example District",
        "kind": "county",
        "parent": None,
        "path": "D",
        "stages": "",
        "school_type": "",
        "ownership": "",
        "locale": "",
    }
    texts = ("code", "name_zh", "name_en", "kind", "parent", "path", "stages", "school_type", "ownership", "locale")
    tree = pa.schema(
        [
            *((name, pa.string()) for name in texts),
            ("latitude", pa.float64()),
            ("longitude", pa.float64()),
            ("valid_from", pa.date32()),
            ("valid_to", pa.date32()),
        ]
    )
    statistics = pa.schema(
        [("organisation", pa.string()), ("school_year", pa.string()), ("stage", pa.string()), *FIGURES.items(), ("currency", pa.string())]
    )
    sources = pa.schema(
        [
            (name, pa.int64() if name == "row" else pa.string())
            for name in ("organisation", "school_year", "stage", "file", "sha256", "sheet", "row", "fields", "register", "accepted_by")
        ]
    )
    tables = {
        "organisations": pa.Table.from_pylist([district, *organisations], tree),
        "annual_statistics": pa.Table.from_pylist(list(records), statistics),
        "source_rows": pa.Table.from_pylist([], sources),
        **(more or {}),
    }
    entries = {}
    for name, table in tables.items():
        file = folder / f"{name}.parquet"
        pq.write_table(table, file)
        entries[name] = {"file": file.name, "rows": table.num_rows, "sha256": file_sha256(file)}
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "date": day.isoformat(),
        "created_by": "tests",
        "tables": entries,
        "hash": tables_hash(entries),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return Snapshot.open(folder)
