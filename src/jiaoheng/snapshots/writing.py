"""Writing: how a snapshot's folder comes to be: private files with fixed options, a manifest, and a place taken whole or not at all.

Changes when the form of the files or of the manifest changes. Knows nothing of where the rows come from.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from jiaoheng import __version__
from jiaoheng.snapshots.snapshot import MANIFEST, SCHEMA_VERSION, Snapshot, SnapshotRefused, tables_hash

__all__ = ["PARQUET", "ROW_GROUP", "beside", "private_file", "put_in_place", "write_manifest"]

PARQUET: dict[str, Any] = {"compression": "zstd", "compression_level": 3, "version": "2.6", "data_page_version": "1.0"}
"""The same rows give the same bytes."""
ROW_GROUP = 122_880


def beside(output: Path) -> Path:
    """A private folder beside the place where the snapshot will be. Raises: SnapshotRefused."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))  # mode 700
    except OSError as error:
        raise SnapshotRefused(f"The snapshot cannot be written to {output}: {error.strerror}.") from None


def write_manifest(folder: Path, day: date, entries: Mapping[str, Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """Write the manifest of a folder's tables; `more` is what else it says."""
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "date": day.isoformat(),
        "created_by": f"jiaoheng {__version__}",
        **more,
        "tables": dict(entries),
        "hash": tables_hash(entries),
    }
    with private_file(folder / MANIFEST) as handle:
        handle.write((json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
    return manifest


def private_file(file: Path) -> Any:
    """The file, opened for writing and readable by its owner only: snapshots hold what the registers hold."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def put_in_place(made: Path, manifest: dict[str, Any], output: Path, replace: bool) -> Snapshot:
    """Move the folder that was made to its place. One that holds the same snapshot is left as it is. Raises: SnapshotRefused."""
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
