"""Archive: a ZIP file of tables, files and the rulebook overlay, with a manifest of hashes that the deployment's key seals.

Changes when the form of the archive changes. The manifest is written last, so that an archive cut short is not taken for a whole one.
"""

import hashlib
import hmac
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.utils.translation import gettext as _

from jiaoheng.access.account import Refused
from jiaoheng.access.key_ring import FieldKey, KeyRing

__all__ = ["FORM", "MANIFEST", "Archive", "ArchiveWriter", "BackupRefused", "Tell", "written_archive"]

FORM = 1
"""Version of the archive's form."""

MANIFEST = "manifest.json"
_CHUNK = 1 << 20

Tell = Callable[[str, int, int], None]
"""Told how far the work is: of what, how much is done, how much there is (0: not known)."""


class BackupRefused(Refused):
    """The archive cannot be made, trusted or restored; the message says why and what to do, and nothing was changed."""


class ArchiveWriter:
    """An archive being written. Every entry is hashed as it goes in."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._zip = opened
        self.entries: dict[str, dict[str, Any]] = {}

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """One entry, from chunks."""
        sha256, size = hashlib.sha256(), 0
        with self._zip.open(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), "w", force_zip64=True) as entry:
            for chunk in chunks:
                entry.write(chunk)
                sha256.update(chunk)
                size += len(chunk)
        self.entries[name] = {"bytes": size, "sha256": sha256.hexdigest()}

    def close(self, said: Mapping[str, Any], key: FieldKey) -> dict[str, Any]:
        """Write the manifest, sealed with the key."""
        manifest = {"form": FORM, **said, "entries": dict(sorted(self.entries.items()))}
        manifest["seal"] = {"key": key.id, "hmac": _seal(manifest, key)}
        self._zip.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        return manifest


class _Deflating(zipfile.ZipFile):
    def open(self, name: Any, mode: Any = "r", pwd: bytes | None = None, *, force_zip64: bool = False) -> IO[bytes]:
        if mode == "w" and isinstance(name, zipfile.ZipInfo):
            name.compress_type, name.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        return super().open(name, mode, pwd, force_zip64=force_zip64)


@contextmanager
def written_archive(output: Path) -> Iterator[ArchiveWriter]:
    """Write an archive that appears under its name complete, readable by its owner only, or not at all. Raises: BackupRefused."""
    if output.exists():
        raise BackupRefused(_("{file} is there already and is kept. Choose another name.").format(file=output))
    try:
        handle, name = tempfile.mkstemp(prefix=f".{output.name}-", dir=output.parent)
    except OSError as error:
        raise BackupRefused(_("The backup cannot be written to {file}: {reason}.").format(file=output, reason=error.strerror)) from None
    growing = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            with _Deflating(file, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=3) as opened:
                yield ArchiveWriter(opened)
            file.flush()
            os.fsync(file.fileno())
        os.link(growing, output)  # refuses, where replacing would not, a file that came meanwhile
    except FileExistsError:
        raise BackupRefused(_("{file} is there already and is kept. Choose another name.").format(file=output)) from None
    except OSError as error:
        raise BackupRefused(_("The backup cannot be written to {file}: {reason}.").format(file=output, reason=error.strerror)) from None
    finally:
        growing.unlink(missing_ok=True)


class Archive:
    """An archive opened for reading. Nothing in it is believed before `check`."""

    def __init__(self, opened: zipfile.ZipFile, file: Path) -> None:
        self._zip, self.file = opened, file
        self.manifest = self._read_manifest()

    @classmethod
    @contextmanager
    def open(cls, file: Path) -> "Iterator[Archive]":
        """Raises: BackupRefused for a file that is no archive of ours, or was cut short."""
        try:
            with zipfile.ZipFile(file) as opened:
                yield cls(opened, file)
        except OSError as error:
            raise BackupRefused(
                _("The backup {file} cannot be read: {reason}.").format(file=file, reason=error.strerror or error)
            ) from None
        except zipfile.BadZipFile:
            raise BackupRefused(_("{file} is not a backup, or was cut short on its way here. Copy it again.").format(file=file)) from None

    @property
    def sha256(self) -> str:
        """Over the manifest, which holds the hashes of all else."""
        return hashlib.sha256(_canonical(self.manifest)).hexdigest()

    def check_seal(self, ring: KeyRing) -> None:
        """Refuse a manifest that was not written with one of these keys."""
        seal = self.manifest["seal"]
        key = ring.by_id(str(seal.get("key")))
        if key is None:
            raise BackupRefused(
                _("The backup was made with key {key}, and the keys here are {ids}. Give the copy of its keys with --keys.").format(
                    key=seal.get("key"), ids=", ".join(known.id for known in ring.keys)
                )
            )
        if not hmac.compare_digest(_seal(self.manifest, key), str(seal.get("hmac"))):
            raise BackupRefused(_("The manifest of {file} was changed after it was written. Take another backup.").format(file=self.file))

    def check(self, tell: Tell) -> None:
        """Read every entry and compare it with the manifest. Raises: BackupRefused with the first that does not fit."""
        entries: dict[str, Any] = self.manifest["entries"]
        if set(entries) != set(self._zip.namelist()) - {MANIFEST} or len(self._zip.namelist()) != len(entries) + 1:
            raise self._damaged(_("its list of contents"))
        done, total = 0, sum(entry["bytes"] for entry in entries.values())
        for name, entry in entries.items():
            sha256 = hashlib.sha256()
            for chunk in self.chunks(name):
                sha256.update(chunk)
                done += len(chunk)
                tell("checking", done, total)
            if sha256.hexdigest() != entry["sha256"]:
                raise self._damaged(name)

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of one entry. Raises: BackupRefused where they are damaged."""
        left = int(self.manifest["entries"][name]["bytes"])
        try:
            with self._zip.open(name) as entry:
                while chunk := entry.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise self._damaged(name)
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError):
            raise self._damaged(name) from None

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of one entry."""
        rest = b""
        for chunk in self.chunks(name):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
        if rest:
            yield rest

    def below(self, folder: str) -> dict[str, PurePosixPath]:
        """The entries of a folder of the archive, each with its place below it. Raises: BackupRefused for one that leads elsewhere."""
        found = {}
        for name in self.manifest["entries"]:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or "\\" in name or path.as_posix() != name:
                raise self._damaged(name)
            if path.parts[0] == folder and len(path.parts) > 1:
                found[name] = path.relative_to(folder)
        return found

    def _read_manifest(self) -> dict[str, Any]:
        try:
            manifest = json.loads(self._zip.read(MANIFEST))
        except KeyError:
            raise BackupRefused(_("{file} is not a backup: it has no manifest.").format(file=self.file)) from None
        except (ValueError, zipfile.BadZipFile, zlib.error, EOFError):
            raise self._damaged(MANIFEST) from None
        form = manifest.get("form") if isinstance(manifest, dict) else None
        if isinstance(form, int) and form != FORM:
            words = _("The backup has form {form}, and this version reads form {ours}. Use the version that made it.")
            raise BackupRefused(words.format(form=form, ours=FORM))
        if form != FORM or not {(name, type(value)) for name, value in manifest.items()} >= _SHAPE:
            raise self._damaged(MANIFEST)
        return dict(manifest)

    def _damaged(self, what: str) -> BackupRefused:
        return BackupRefused(
            _("The backup {file} was damaged: {what} is not as it was written. Take another copy of it, or an earlier one.").format(
                file=self.file, what=what
            )
        )


_SHAPE = {("made_at", str), ("program", str), ("migrations", list), ("tables", dict), ("trail", dict), ("entries", dict), ("seal", dict)}


def _canonical(manifest: Mapping[str, Any]) -> bytes:
    said = {name: value for name, value in manifest.items() if name != "seal"}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _seal(manifest: Mapping[str, Any], key: FieldKey) -> str:
    return hmac.new(key.derived("backup manifest"), _canonical(manifest), hashlib.sha256).hexdigest()
