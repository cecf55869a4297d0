"""Changed snapshot: a snapshot in which some figures were raised or lowered, so that measures and verdicts can be taken of a plan.

Changes when the tables of a snapshot change. It lies in a folder of its own and only that folder's owner may use it: it is nothing that
was ever reported.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jiaoheng.snapshots.snapshot import MANIFEST, Snapshot, file_sha256, tables_hash
from jiaoheng.standards.remedy import REGISTER

__all__ = ["changed_snapshot"]


def changed_snapshot(
    snapshot: Snapshot, period: str, changes: Mapping[tuple[str, str], Mapping[str, int]], folder: Path
) -> Snapshot:  # fmt: skip
    """The snapshot with `changes` added to the figures of one school year: (organisation, stage) to field to difference.

    The folder must be empty. Every other table is the same file. Raises: KeyError where a record that should change is not there.
    """
    table = pq.read_table(snapshot.tables[REGISTER])
    keys = zip(*(table[name].to_pylist() for name in ("organisation", "school_year", "stage")), strict=True)
    places = {(str(code), str(stage)): place for place, (code, year, stage) in enumerate(keys) if str(year) == period}
    for field in sorted({field for change in changes.values() for field in change}):
        values = table[field].to_pylist()
        for key, change in changes.items():
            if change.get(field):
                reported = values[places[key]]
                assert reported is not None  # remedies are offered only where the figure was reported
                values[places[key]] = _raised(reported, change[field])
        column = table.schema.get_field_index(field)
        table = table.set_column(column, table.schema.field(column), pa.array(values, table.schema.field(column).type))
    entries = {name: dict(entry) for name, entry in snapshot.manifest["tables"].items()}
    for name, file in snapshot.tables.items():
        if name != REGISTER:
            (folder / entries[name]["file"]).symlink_to(file.resolve())
    written = folder / entries[REGISTER]["file"]
    pq.write_table(table, written)
    entries[REGISTER] |= {"sha256": file_sha256(written)}
    manifest = {**snapshot.manifest, "tables": entries, "hash": tables_hash(entries)}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return Snapshot(folder, manifest)


def _raised(value: float, by: int) -> float:
    """The sum as it would have been written: 0.1 above 5,537.46 is 5,537.56, not the binary fraction next to it."""
    return value + by if isinstance(value, int) else float(Decimal(repr(value)) + by)
