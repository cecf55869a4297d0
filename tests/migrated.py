"""An empty database of this version, migrated once and copied by every test that needs one: migrating takes longer than most tests."""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import django

__all__ = ["migrated_database"]

_SOURCE = Path(__file__).parents[1] / "src"


def migrated_database() -> Path:
    """The file of an SQLite database that all migrations have run on; made where no earlier run left one of the same migrations."""
    folder = Path(tempfile.gettempdir()) / f"jiaoheng-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    made = folder / f"{_digest()}.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _make(made)
    return made


def _digest() -> str:
    found = hashlib.sha256(f"{sys.version} {django.__version__}".encode())
    for file in sorted(_SOURCE.glob("jiaoheng/*/migrations/*.py")):
        found.update(file.relative_to(_SOURCE).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:24]


def _make(made: Path) -> None:
    with tempfile.TemporaryDirectory() as data:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("JIAOHENG_")}
        file = Path(data) / "empty.sqlite3"
        own = {"JIAOHENG_DATA": data, "DATABASE_URL": f"sqlite:///{file}", "PYTHONPATH": os.pathsep.join([str(_SOURCE), *sys.path])}
        subprocess.run([sys.executable, "-m", "jiaoheng", "migrate"], env=kept | own, check=True, capture_output=True)
        whole = Path(data) / "whole.sqlite3"
        with sqlite3.connect(file) as source, sqlite3.connect(whole) as copy:
            source.backup(copy)
        shutil.move(whole, made.with_suffix(".new"))
    made.with_suffix(".new").replace(made)
