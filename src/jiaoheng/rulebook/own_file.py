"""Own file: a file of the bureau's own rulebook that the program writes: whole or not at all, with every earlier version kept beside it.

Changes when what is kept of a version changes. `<kind>/<name>.yaml` is what holds; `<kind>/versions/<name>/0001.yaml` … say who wrote what,
when and why. Versions are added and never rewritten. Knows nothing of what the rules mean.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import yaml

from jiaoheng.rulebook.loader import Rule

__all__ = ["ChangedMeanwhile", "OwnVersion", "keep", "own_names", "stamp", "take_out", "versions"]

Step = Literal["added", "changed", "withdrawn"]
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,119}")
_VERSIONS = "versions"


class ChangedMeanwhile(Exception):
    """Somebody else wrote a newer version after the one that this change starts from."""


class _Kept(Rule):
    number: int
    at: datetime
    by: str
    step: Step
    reason: str
    text: str


@dataclass(frozen=True)
class OwnVersion:
    """One version. `text` is the file as it was written; of a withdrawal, as it last was."""

    number: int
    at: datetime
    by: str
    step: Step
    reason: str
    text: str


def versions(overlay: Path, kind: str, name: str) -> list[OwnVersion]:
    """Every version, oldest first. A version that cannot be read is left out: the file that holds is none of them."""
    folder = overlay / kind / _VERSIONS / _safe(name)
    return [one for file in sorted(folder.glob("[0-9]*.yaml")) if (one := _read(file)) is not None]


def own_names(overlay: Path | None, kind: str) -> list[str]:
    """The names that versions are kept of, whether they hold or were withdrawn."""
    folder = overlay / kind / _VERSIONS if overlay else None
    return sorted(one.name for one in folder.iterdir() if one.is_dir() and _NAME.fullmatch(one.name)) if folder and folder.is_dir() else []


def keep(overlay: Path, kind: str, name: str, text: str, *, by: str, at: datetime, reason: str, after: int) -> OwnVersion:
    """Write the next version and put it in force. `after`: the number of the version that the writer saw, 0 for none.

    Raises: ChangedMeanwhile; OSError where the folder cannot be written, and then nothing has changed.
    """
    with _alone(overlay):
        known = versions(overlay, kind, name)
        _check(known, after)
        step: Step = "changed" if known and known[-1].step != "withdrawn" else "added"
        made = OwnVersion((known[-1].number if known else 0) + 1, at, by, step, reason, text)
        _write_version(overlay, kind, name, made)
        _write(overlay / kind / f"{_safe(name)}.yaml", text)
        return made


def take_out(overlay: Path, kind: str, name: str, *, by: str, at: datetime, reason: str, after: int) -> OwnVersion:
    """Take the file out of force; its versions stay. Raises: ChangedMeanwhile, OSError, FileNotFoundError where it does not hold."""
    with _alone(overlay):
        file, known = overlay / kind / f"{_safe(name)}.yaml", versions(overlay, kind, name)
        _check(known, after)
        made = OwnVersion((known[-1].number if known else 0) + 1, at, by, "withdrawn", reason, file.read_text(encoding="utf-8"))
        _write_version(overlay, kind, name, made)
        file.unlink()
        return made


def stamp(overlay: Path | None, *kinds: str) -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of every file of these kinds: another stamp, another content. Cheap enough to ask at every page."""
    found = []
    for kind in kinds if overlay else ():
        try:
            with os.scandir(overlay / kind) as entries:  # type: ignore[operator]
                for entry in entries:
                    if entry.name.endswith((".yaml", ".csv")):
                        state = entry.stat()
                        found.append((f"{kind}/{entry.name}", state.st_mtime_ns, state.st_size))
        except OSError:  # no folder of this kind, or a file that has just gone
            continue
    return tuple(sorted(found))


def _safe(name: str) -> str:
    """The name, which is part of a path. Raises: ValueError."""
    if not _NAME.fullmatch(name) or name == _VERSIONS:
        raise ValueError(f"«{name}» cannot be the name of a file of the rulebook")
    return name


def _check(known: list[OwnVersion], after: int) -> None:
    if (known[-1].number if known else 0) != after:
        raise ChangedMeanwhile


def _read(file: Path) -> OwnVersion | None:
    try:
        told = _Kept.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError):
        return None
    return OwnVersion(**told.model_dump())


def _write_version(overlay: Path, kind: str, name: str, version: OwnVersion) -> None:
    told = {"number": version.number, "at": version.at.isoformat(), "by": version.by, "step": version.step, "reason": version.reason,
            "text": version.text}  # fmt: skip
    file = overlay / kind / _VERSIONS / _safe(name) / f"{version.number:04}.yaml"
    _write(file, yaml.safe_dump(told, allow_unicode=True, sort_keys=False))


def _write(file: Path, text: str) -> None:
    """The whole file or none of it, also when the power fails: written beside, forced to the disk, then moved into place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        with beside.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _alone(overlay: Path) -> Iterator[None]:
    """One writer at a time, in whatever process."""
    overlay.mkdir(parents=True, exist_ok=True)
    with (overlay / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
