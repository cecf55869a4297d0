"""Kept snapshot: the snapshot of a joint paper, kept for as long as the paper, whatever is frozen or thrown away later.

Changes when snapshots are kept for papers in another way. Files are linked where the file system can, which takes no room, and copied
where it cannot.
"""

import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

from django.conf import settings

from jiaoheng.snapshots.snapshot import MANIFEST, Snapshot, SnapshotRefused

__all__ = ["keep_snapshot", "kept_snapshot", "verified_snapshot"]

_HELD = 4
_lock = threading.Lock()
_opened: "OrderedDict[tuple[str, int], Snapshot]" = OrderedDict()


def keep_snapshot(snapshot: Snapshot) -> None:
    """Keep it under its hash. Raises: OSError where there is no room."""
    place = _place(snapshot.hash)
    if (place / MANIFEST).is_file():
        return
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = Path(tempfile.mkdtemp(prefix=f".{snapshot.hash[:12]}-", dir=place.parent))
    try:
        for name in [MANIFEST, *(file.name for file in snapshot.tables.values())]:
            _linked(snapshot.folder / name, half / name)
        half.rename(place)
    except OSError:
        if not (place / MANIFEST).is_file():  # somebody else was first
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)


def kept_snapshot(hash_: str) -> Snapshot:
    """The snapshot with this hash; its files are verified once as long as they stay. Raises: SnapshotRefused."""
    place = _place(hash_)
    try:
        key = (str(place), (place / MANIFEST).stat().st_mtime_ns)
    except OSError:
        raise SnapshotRefused(f"The snapshot {hash_[:12]} is not kept here. Restore the data folder from a backup.") from None
    with _lock:
        if key not in _opened:
            _opened[key] = verified_snapshot(hash_)
            while len(_opened) > _HELD:
                _opened.popitem(last=False)
        _opened.move_to_end(key)
        return _opened[key]


def verified_snapshot(hash_: str) -> Snapshot:
    """The same with every file read and held against the manifest now. Raises: SnapshotRefused."""
    snapshot = Snapshot.open(_place(hash_))
    if snapshot.hash != hash_:
        raise SnapshotRefused(f"The snapshot that is kept as {hash_[:12]} is another one: {snapshot.hash[:12]}.")
    return snapshot


def _linked(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:
        shutil.copy2(old, new)


def _place(hash_: str) -> Path:
    return Path(settings.DATA) / "paper_snapshots" / hash_
