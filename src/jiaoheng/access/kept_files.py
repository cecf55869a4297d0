"""Kept files: every file of the data folder that is sealed, from whichever room: those from before sealed, all of them rotated and checked.

Changes when another folder holds files that tell of persons. Each file is replaced by itself, whole: who is killed goes on with the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from jiaoheng.access.cipher import Unreadable
from jiaoheng.access.key_ring import key_ring
from jiaoheng.access.sealed_file import key_of, open_clear, write_sealed

__all__ = ["SEALED_FOLDERS", "FilesSealed", "files_by_key", "seal_kept_files", "sealed_files_anew"]

SEALED_FOLDERS = ("attachments", "received", "rounds", "uploads")
"""Folders of the data folder whose files are sealed."""
_DONE = ".sealed"
"""Stands in a folder that was gone over. Backups leave out what is hidden: what a restore brings is gone over again."""
_PART = 1 << 20


@dataclass
class FilesSealed:
    """How many files were sealed, and what was wrong with those that could not be."""

    count: int = 0
    faults: list[str] = field(default_factory=list)


def seal_kept_files() -> int:
    """Seal what lies in clear from before; how many files. Costs nothing where that is done. Raises: Unreadable, OSError."""
    count = 0
    for name in SEALED_FOLDERS:
        folder = Path(settings.DATA) / name
        if not folder.is_dir() or (folder / _DONE).exists():
            continue
        for file in _files(folder):
            count += _sealed_anew(file, unless=None)
        (folder / _DONE).touch(mode=0o600)
    return count


def sealed_files_anew() -> FilesSealed:
    """Seal every file with the present key that another key sealed, or none. A file that does not open is told and left as it is."""
    done, present = FilesSealed(), key_ring().present.id
    for file in _all_files():
        try:
            done.count += _sealed_anew(file, unless=present)
        except Unreadable as error:
            done.faults.append(str(error))
    return done


def files_by_key() -> dict[str, int]:
    """How many files each key sealed, by its id; those that lie in clear are left out."""
    found: dict[str, int] = {}
    for file in _all_files():
        try:
            key = key_of(file)
        except FileNotFoundError:
            continue
        if key is not None:
            found[key] = found.get(key, 0) + 1
    return found


def _sealed_anew(file: Path, *, unless: str | None) -> bool:
    """Whether the file was sealed. unless: the key that may have sealed it already; None: any."""
    try:
        key = key_of(file)
        if key == unless if unless else key is not None:
            return False
        with open_clear(file) as clear:
            write_sealed(file, iter(lambda: clear.read(_PART), b""))
    except FileNotFoundError:  # taken away meanwhile
        return False
    return True


def _all_files() -> Iterator[Path]:
    for name in SEALED_FOLDERS:
        yield from _files(Path(settings.DATA) / name)


def _files(folder: Path) -> Iterator[Path]:
    """What lies below a folder, in order; not what is hidden, which is half written."""
    below = sorted(folder.iterdir()) if folder.is_dir() else []
    for found in below:
        if found.name.startswith("."):
            continue
        if found.is_dir():
            yield from _files(found)
        elif found.is_file():
            yield found
