"""Backing up: the whole deployment into one archive while it works on.

Changes when what a deployment holds changes. The database is read as of one moment; the files after it, so that every file that a row
names is there. The keys are not in the archive.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from jiaoheng import __version__
from jiaoheng.access import trail
from jiaoheng.access.backup.archive import ArchiveWriter, BackupRefused, Tell, written_archive
from jiaoheng.access.backup.tables import applied_migrations, next_numbers, one_moment, rows_of, stored_tables
from jiaoheng.access.key_ring import key_ring

__all__ = ["DATA_FOLDER", "RULEBOOK_FOLDER", "TABLE_FOLDER", "BackedUp", "back_up", "kept_names", "silent"]

TABLE_FOLDER, DATA_FOLDER, RULEBOOK_FOLDER = "tables", "data", "rulebook"
_MADE_ANEW = ("static",)
_CHUNK = 1 << 20


@dataclass(frozen=True)
class BackedUp:
    """What went into the archive. `trail_faults`: what is wrong with the trail; it is backed up as it is."""

    file: Path
    rows: int
    tables: int
    files: int
    rulebook_files: int
    key_ids: tuple[str, ...]
    trail_faults: tuple[str, ...]


def silent(_of: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def back_up(output: Path, *, tell: Tell = silent) -> BackedUp:
    """Write the archive. Raises: BackupRefused where it cannot be written or is there already; KeysUnusable; the database's errors."""
    ring = key_ring()
    faults = trail.verify()
    with written_archive(output) as archive:
        told = _tables(archive, tell)
        data = Path(settings.DATA)
        overlay: Path | None = settings.RULEBOOK_OVERLAY
        files = _folder(archive, DATA_FOLDER, data, kept_names(data), tell)
        policy = _folder(archive, RULEBOOK_FOLDER, overlay, kept_names(overlay), tell) if overlay else 0
        said = {
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "program": f"jiaoheng {__version__}",
            **told,
            "has_rulebook": overlay is not None and overlay.is_dir(),
            "keys": [key.id for key in ring.keys],
        }
        said["trail"]["faults"] = len(faults)
        archive.close(said, ring.present)
    rows = sum(table["rows"] for table in told["tables"].values())
    return BackedUp(output, rows, len(told["tables"]), files, policy, tuple(key.id for key in ring.keys), tuple(map(str, faults)))


def kept_names(folder: Path) -> list[str]:
    """What of the data folder, or of the overlay, belongs into a backup, by name: no database, keys, files made anew, nor what is hidden.

    The program keeps everything of the data folder in folders of it; a file there is the database, a key, or somebody's own.
    """
    if not folder.is_dir():
        return []
    overlay: Path | None = settings.RULEBOOK_OVERLAY
    if folder == overlay:
        return sorted(found.name for found in folder.iterdir() if not found.name.startswith("."))
    left_out = {*_MADE_ANEW, *([overlay.name] if overlay is not None and overlay.parent == folder else [])}
    names = (found.name for found in folder.iterdir() if found.is_dir())
    return sorted(name for name in names if not name.startswith(".") and name not in left_out)


def _tables(archive: ArchiveWriter, tell: Tell) -> dict[str, Any]:
    with one_moment() as database:
        migrations = applied_migrations(database)
        tables = stored_tables(database, migrations)
        with database.cursor() as cursor:
            cursor.execute("select count, hash from access_trailhead where id = 1")
            head = cursor.fetchone() or (0, trail.FIRST)
        told: dict[str, Any] = {}
        for place, table in enumerate(tables, 1):
            tell("tables", place, len(tables))
            counted = _Counted(rows_of(table, database))
            archive.add(f"{TABLE_FOLDER}/{table.name}.jsonl", counted)
            told[table.name] = {"rows": counted.count, "columns": table.column_names, "highest": next_numbers(table, database)}
    return {"migrations": [list(node) for node in migrations], "tables": told, "trail": {"lines": head[0], "last": head[1]}}


class _Counted:
    """Lines as bytes, counted as they pass."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines, self.count = lines, 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            self.count += 1
            yield line.encode()


def _folder(archive: ArchiveWriter, name: str, folder: Path, names: Iterable[str], tell: Tell) -> int:
    found = sorted(file for top in names for file in _files(folder / top))
    count = 0
    for place, file in enumerate(found, 1):
        tell("files", place, len(found))
        try:
            opened = file.open("rb")
        except FileNotFoundError:
            continue  # taken away since it was listed: no row of the moment that was kept needs it
        except OSError as error:
            raise BackupRefused(f"{file}: {error.strerror}.") from None
        with opened:
            archive.add(f"{name}/{file.relative_to(folder).as_posix()}", iter(lambda: opened.read(_CHUNK), b""))  # noqa: B023
        count += 1
    return count


def _files(place: Path) -> Iterator[Path]:
    if place.is_symlink():
        raise BackupRefused(f"{place} is a link to elsewhere, which a backup does not follow. Put the files themselves there.")
    if place.is_file():
        yield place
    elif place.is_dir():
        for below in place.iterdir():
            if not below.name.startswith("."):
                yield from _files(below)
