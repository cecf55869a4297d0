"""Key ring: the keys of sensitive fields, kept outside the database.

Changes when the place or form of the keys changes. One key a line (urlsafe base64 of 32 bytes), the present one first; the older ones stay
until no stored value needs them. From JIAOHENG_FIELD_KEYS (separated by commas), else from <data>/field.key, which the first use makes.
"""

import base64
import binascii
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

__all__ = [
    "KEYS_VARIABLE", "FieldKey", "KeyRing", "KeysUnusable", "add_key", "drop_old_keys", "key_file", "key_ring", "ring_from", "ring_text",
    "using_ring",
]  # fmt: skip

KEYS_VARIABLE = "JIAOHENG_FIELD_KEYS"
_KEY_BYTES = 32
_FILE = "field.key"
_in_use: ContextVar["KeyRing | None"] = ContextVar("ring_in_use", default=None)


class KeysUnusable(Exception):
    """The keys cannot be read, in words for the administrator; no key is quoted."""


@dataclass(frozen=True)
class FieldKey:
    """One master key. Each use has a key of its own derived from it, so that none says anything of another."""

    master: bytes = field(repr=False)

    @cached_property
    def id(self) -> str:
        """Eight characters that name the key in stored values; they do not give it away."""
        return hashlib.sha256(b"jiaoheng key id" + self.master).hexdigest()[:8]

    def derived(self, use: str) -> bytes:
        """32 bytes for one use (HKDF-SHA256)."""
        return _derived(self.master, use)


@dataclass(frozen=True)
class KeyRing:
    """The keys in use: the first seals, all of them open."""

    keys: tuple[FieldKey, ...]

    @property
    def present(self) -> FieldKey:
        return self.keys[0]

    def by_id(self, key_id: str) -> FieldKey | None:
        return next((key for key in self.keys if key.id == key_id), None)


def key_file() -> Path:
    """Where the keys are kept when the environment does not give them."""
    return Path(settings.DATA) / _FILE


def key_ring() -> KeyRing:
    """The keys of this deployment; another process's rotation is seen at once. Raises: KeysUnusable."""
    if (chosen := _in_use.get()) is not None:
        return chosen
    given = os.environ.get(KEYS_VARIABLE)
    if given:
        return _parsed(given, KEYS_VARIABLE)
    file = f"{settings.DATA}/{_FILE}"  # asked for every value that is sealed or opened: a text is quicker than a Path
    try:
        stamp = os.stat(file)  # noqa: PTH116
    except FileNotFoundError:
        _made(key_file())
        stamp = key_file().stat()
    if stat.S_IMODE(stamp.st_mode) & 0o077:
        raise KeysUnusable(f"Others can read {file}, which holds the keys of sensitive fields. Run: chmod 600 {file}")
    return _read(file, stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)


@contextmanager
def using_ring(ring: KeyRing) -> Iterator[None]:
    """Seal and open with this ring: a restore works with the keys that the deployment will have."""
    token = _in_use.set(ring)
    try:
        yield
    finally:
        _in_use.reset(token)


def ring_from(text: str, place: str) -> KeyRing:
    """The ring that a text holds, as `field.key` has it. Raises: KeysUnusable, which names the place and quotes no key."""
    return _parsed(text, place)


def ring_text(ring: KeyRing) -> str:
    """One key a line, the present one first."""
    return "".join(base64.urlsafe_b64encode(key.master).decode("ascii") + "\n" for key in ring.keys)


def add_key() -> KeyRing:
    """Put a new key before the others in the file. Raises: KeysUnusable where the environment gives the keys."""
    _refuse_environment("Put a new key before the others there")
    ring = key_ring()
    return _kept(key_file(), KeyRing((FieldKey(secrets.token_bytes(_KEY_BYTES)), *ring.keys)))


def drop_old_keys() -> KeyRing:
    """Keep the present key only. The caller has made sure that nothing stored needs another."""
    _refuse_environment("Remove the old keys there")
    return _kept(key_file(), KeyRing(key_ring().keys[:1]))


def _refuse_environment(advice: str) -> None:
    if os.environ.get(KEYS_VARIABLE):
        raise KeysUnusable(f"The keys come from {KEYS_VARIABLE}. {advice}, and run this command again.")


def _made(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = _written(file, KeyRing((FieldKey(secrets.token_bytes(_KEY_BYTES)),)))
    try:
        os.link(temporary, file)  # fails where another process was first, whose key then stands
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _kept(file: Path, ring: KeyRing) -> KeyRing:
    _written(file, ring).replace(file)
    return ring


def _written(file: Path, ring: KeyRing) -> Path:
    temporary = file.with_name(f"{file.name}.{secrets.token_hex(6)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(ring_text(ring))
        opened.flush()
        os.fsync(opened.fileno())
    return temporary


@lru_cache(maxsize=64)
def _read(file: str, _changed_ns: int, _size: int, _inode: int) -> KeyRing:
    return _parsed(Path(file).read_text(encoding="ascii", errors="replace"), file)


@lru_cache(maxsize=64)
def _parsed(text: str, place: str) -> KeyRing:
    written = [part for line in text.splitlines() for part in line.replace(",", " ").split()]
    keys = []
    for number, part in enumerate(written, 1):
        try:
            master = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        except (binascii.Error, ValueError):
            master = b""
        if len(master) != _KEY_BYTES:
            raise KeysUnusable(f"Key {number} of {place} is not urlsafe base64 of {_KEY_BYTES} bytes. Restore it from your copy.")
        keys.append(FieldKey(master))
    if not keys:
        raise KeysUnusable(f"{place} holds no key. Restore it from your copy; without it the sensitive fields stay closed.")
    return KeyRing(tuple(keys))


@lru_cache(maxsize=256)
def _derived(master: bytes, use: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"jiaoheng " + use.encode("utf-8")).derive(master)
