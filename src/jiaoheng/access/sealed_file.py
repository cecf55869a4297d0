"""Sealed file: a file of the data folder that holds its content only encrypted, and is read back as a stream.

Changes when the form of a sealed file changes. A header names the cipher and the key; the content follows in pieces of 64 KiB, each
sealed with AES-256-GCM (or SM4-GCM, as in `cipher`) under a key of the file's own, which HKDF makes of the deployment's key and a random
salt. A piece's number and whether it is the last are its nonce, header and place of the file its associated data: pieces that were
exchanged, left out or cut off do not open, nor does a file in the place of another. A file from before files were sealed is read as it is.
"""

import fcntl
import io
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from jiaoheng.access.cipher import Unreadable
from jiaoheng.access.kept_content import write_whole
from jiaoheng.access.key_ring import FieldKey, KeyRing, key_ring
from jiaoheng.access.sm4_gcm import KEY_BYTES, Sm4Gcm

__all__ = ["clear_copies", "clear_parts", "clear_size", "key_in", "key_of", "nothing_written", "open_clear", "read_clear", "write_sealed"]

_MAGIC = b"JHSEALED\x01"
_CIPHERS = {"aes": b"v1", "sm4": b"s1"}
_KEY_ID_BYTES, _SALT_BYTES, _TAG_BYTES = 8, 16, 16
_HEADER_BYTES = len(_MAGIC) + 2 + _KEY_ID_BYTES + _SALT_BYTES
_PIECE = 1 << 16
_LOCK, _CLEAR = ".sealing.lock", ".clear"


@dataclass(frozen=True)
class _Header:
    """What stands before the sealed content: magic and form, cipher, key id, salt."""

    cipher: bytes
    key_id: bytes
    salt: bytes

    def __bytes__(self) -> bytes:
        return _MAGIC + self.cipher + self.key_id + self.salt

    @classmethod
    def of(cls, start: bytes) -> "_Header | None":
        """The header that these bytes begin with; None where they are no sealed file's."""
        if len(start) < _HEADER_BYTES or not start.startswith(_MAGIC):
            return None
        rest = start[len(_MAGIC) : _HEADER_BYTES]
        return cls(rest[:2], rest[2 : 2 + _KEY_ID_BYTES], rest[2 + _KEY_ID_BYTES :])


def write_sealed(place: Path, content: Iterable[bytes]) -> None:
    """Seal the content, given in parts of any length, in this place of the data folder: whole or not at all, for this program only.

    Raises: OSError.
    """
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock(fcntl.LOCK_SH):
        write_whole(place, _sealed(content, _about(place), key_ring().present))


def open_clear(place: Path) -> IO[bytes]:
    """The content of a file, sealed or not, as a stream. Raises: FileNotFoundError; Unreadable, here or while it is read."""
    file = place.open("rb")
    if _Header.of(file.peek(_HEADER_BYTES)[:_HEADER_BYTES]) is None:
        return file
    return cast(IO[bytes], io.BufferedReader(_Clear(file, _about(place)), _PIECE))


def read_clear(place: Path) -> bytes:
    """The whole content of a file, sealed or not. Raises: FileNotFoundError; Unreadable."""
    with open_clear(place) as file:
        return file.read()


def clear_size(place: Path) -> int:
    """Bytes of the content. Raises: FileNotFoundError."""
    whole = place.stat().st_size
    if key_of(place) is None:
        return whole
    sealed = whole - _HEADER_BYTES
    return sealed - _TAG_BYTES * -(-sealed // (_PIECE + _TAG_BYTES))


def key_of(place: Path) -> str | None:
    """The id of the key that sealed the file; None where it lies in clear. Raises: FileNotFoundError."""
    with place.open("rb", buffering=0) as file:
        return key_in(file.read(_HEADER_BYTES))


def key_in(start: bytes) -> str | None:
    """The id of the key that sealed a file that begins with these bytes; None where they are no sealed file's."""
    header = _Header.of(start)
    return header.key_id.decode("ascii", "replace") if header else None


def clear_parts(parts: Iterable[bytes], about: str, ring: KeyRing | None = None) -> Iterator[bytes]:
    """The content of a sealed file that comes in parts of any length. about: its place below the data folder. Raises: Unreadable."""
    pieces = _pieces(parts)
    header = _Header.of(next(pieces, b""))
    if header is None:
        raise Unreadable(f"{about} is not sealed in a form that this version knows. Restore it from a backup.")
    key_id = header.key_id.decode("ascii", "replace")
    key = (ring or key_ring()).by_id(key_id)
    if key is None:
        raise Unreadable(f"{about} was sealed with key {key_id}, which is not on the ring. Restore that key from your copy.")
    damaged = f"{about} was altered, cut off or put here from elsewhere. Restore it from a backup."
    if header.cipher not in _CIPHERS.values():
        raise Unreadable(damaged)
    open_piece, associated = _gcm(key, header).decrypt, bytes(header) + os.fsencode(about)
    number, here = 0, next(pieces, b"")
    while True:
        following = next(pieces, b"")
        try:
            yield open_piece(_nonce(number, last=not following), here, associated)
        except (InvalidTag, ValueError):
            raise Unreadable(damaged) from None
        if not following:
            return
        number, here = number + 1, following


@contextmanager
def clear_copies(places: Iterable[Path] = ()) -> Iterator[Path]:
    """A folder of this process's own with clear copies of these files, under their names, as long as somebody works on them.

    For what must read files by their path, and for what writes them there first. What a killed process left is taken away by the next.
    Raises: FileNotFoundError; Unreadable.
    """
    room = Path(settings.DATA) / _CLEAR
    room.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock(fcntl.LOCK_EX, f"{_CLEAR}.lock"):
        _sweep(room)
        folder = Path(tempfile.mkdtemp(dir=room))
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)  # let go when the process ends, however it does
    try:
        for place in places:
            with (
                open_clear(place) as clear,
                os.fdopen(os.open(folder / place.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy,
            ):
                shutil.copyfileobj(clear, copy, _PIECE)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


@contextmanager
def nothing_written() -> Iterator[None]:
    """While no file is being sealed anywhere on this data folder: to take away a key that none needs."""
    with _lock(fcntl.LOCK_EX):
        yield


class _Clear(io.RawIOBase):
    """The clear stream of an open sealed file."""

    def __init__(self, file: IO[bytes], about: str) -> None:
        self._file, self._left = file, b""
        self._parts = clear_parts(iter(lambda: file.read(_PIECE), b""), about)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            self._left = next(self._parts, b"")
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)

    def close(self) -> None:
        self._file.close()
        super().close()


def _sealed(content: Iterable[bytes], about: str, key: FieldKey) -> Iterator[bytes]:
    header = _Header(_CIPHERS[settings.FIELD_CIPHER], key.id.encode(), secrets.token_bytes(_SALT_BYTES))
    seal_piece, associated = _gcm(key, header).encrypt, bytes(header) + os.fsencode(about)
    yield bytes(header)
    pieces = _cut(content, _PIECE)
    number, here = 0, next(pieces, b"")
    while True:
        following = next(pieces, b"")
        yield seal_piece(_nonce(number, last=not following), here, associated)
        if not following:
            return
        number, here = number + 1, following


def _pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The header, then the sealed pieces."""
    return _cut(parts, _PIECE + _TAG_BYTES, first=_HEADER_BYTES)


def _cut(parts: Iterable[bytes], size: int, *, first: int | None = None) -> Iterator[bytes]:
    """The same bytes in pieces of one size, the first perhaps of another, the last as long as it comes."""
    held, wanted = bytearray(), size if first is None else first
    for part in parts:
        held += part
        place = 0
        while len(held) - place >= wanted:
            yield bytes(held[place : place + wanted])
            place, wanted = place + wanted, size
        del held[:place]
    if held:
        yield bytes(held)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _gcm(key: FieldKey, header: _Header) -> AESGCM | Sm4Gcm:
    length = KEY_BYTES if header.cipher == _CIPHERS["sm4"] else 32
    own = HKDF(algorithm=SHA256(), length=length, salt=header.salt, info=b"jiaoheng file " + header.cipher).derive(key.derived("file"))
    return Sm4Gcm(own) if header.cipher == _CIPHERS["sm4"] else AESGCM(own)


def _sweep(room: Path) -> None:
    """Take away the folders whose process is no more."""
    for folder in room.iterdir():
        try:
            handle = os.open(folder, os.O_RDONLY)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(handle)


def _about(place: Path) -> str:
    return place.relative_to(settings.DATA).as_posix()


@contextmanager
def _lock(kind: int, name: str = _LOCK) -> Iterator[None]:
    with (Path(settings.DATA) / name).open("a") as lock:
        fcntl.flock(lock, kind)
        yield
