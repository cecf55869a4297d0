"""File swap: new files put in the place of old ones, wholly, even where the process is killed half way.

Changes when the way of putting files in place changes. New files are laid out beside the old ones; a journal names what is to be moved.
Whoever finds a journal finishes the moving, if the database says that the restore it belongs to was kept, else throws the new files away.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from jiaoheng.access.backup.archive import BackupRefused

__all__ = ["FileSwap", "alone", "finish_interrupted"]

_STAGE = ".restore"
_JOURNAL = "journal.json"


@contextmanager
def alone() -> Iterator[None]:
    """One restore at a time. Raises: BackupRefused while another one runs."""
    data = Path(settings.DATA)
    data.mkdir(parents=True, exist_ok=True)
    with (data / ".restore.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused(_("A restore is under way on this deployment. Wait until it has ended.")) from None
        yield


class FileSwap:
    """New files for one or more folders, laid out and not yet in their places."""

    def __init__(self) -> None:
        self._roots: list[dict[str, Any]] = []

    def lay_out(self, root: Path, files: Iterable[tuple[Path, Iterable[bytes]]], *, leaving: Sequence[str]) -> None:
        """Write the new files of a folder beside the old ones. `leaving`: names in the folder that go."""
        stage = root / _STAGE
        shutil.rmtree(stage, ignore_errors=True)
        (stage / "new").mkdir(parents=True, mode=0o700)
        (stage / "old").mkdir(mode=0o700)
        for place, chunks in files:
            target = stage / "new" / place
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
        coming = sorted(found.name for found in (stage / "new").iterdir())
        self._roots.append({"root": str(root), "coming": coming, "leaving": sorted(set(leaving) - set(coming))})

    def note(self, token: str) -> None:
        """Write the journal. From here on the database's word decides: the caller commits a transaction that holds the token."""
        journal = _journal()
        growing = journal.with_suffix(".part")
        with growing.open("w", encoding="utf-8") as file:
            json.dump({"token": token, "roots": self._roots}, file)
            file.flush()
            os.fsync(file.fileno())
        os.sync()  # the new files are on the disk before the database says that they hold
        growing.replace(journal)

    def put_in_place(self) -> None:
        """Move the new files to their places, and the old ones away."""
        _move(self._roots)

    def throw_away(self) -> None:
        """Take the new files off again, after a restore that was refused."""
        _journal().unlink(missing_ok=True)
        for root in self._roots:
            shutil.rmtree(Path(root["root"]) / _STAGE, ignore_errors=True)


def finish_interrupted(kept: Callable[[str], bool]) -> bool:
    """Finish what a killed restore left; True where new files were put in place. `kept`: whether the database holds a token.

    Raises: BackupRefused while a restore runs.
    """
    if not _journal().exists():
        return False
    with alone():
        try:
            noted = json.loads(_journal().read_text(encoding="utf-8"))
        except FileNotFoundError:
            return False
        if kept(str(noted["token"])):
            _move(noted["roots"])
            return True
        _journal().unlink()
        for root in noted["roots"]:
            shutil.rmtree(Path(root["root"]) / _STAGE, ignore_errors=True)
        return False


def _journal() -> Path:
    return Path(settings.DATA) / _STAGE / _JOURNAL


def _move(roots: list[dict[str, Any]]) -> None:
    """Each step may have been done already by a process that was killed after it."""
    for each in roots:
        root = Path(each["root"])
        stage = root / _STAGE
        for name in each["coming"]:
            if (stage / "new" / name).exists():
                _aside(root, name)
                (stage / "new" / name).rename(root / name)
        for name in each["leaving"]:
            _aside(root, name)
    _journal().unlink(missing_ok=True)
    for each in roots:
        shutil.rmtree(Path(each["root"]) / _STAGE, ignore_errors=True)


def _aside(root: Path, name: str) -> None:
    here, there = root / name, root / _STAGE / "old" / name
    if here.exists() and not there.exists():
        here.rename(there)
    elif here.exists():
        shutil.rmtree(here) if here.is_dir() else here.unlink()
