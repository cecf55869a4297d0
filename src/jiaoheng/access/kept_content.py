"""Kept content: bytes that lie in the data folder under the hash of their content; the same content lies there once.

Changes when kept files are laid out otherwise, or written in another way.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

__all__ = ["content_place", "keep_bytes", "write_whole"]


def keep_bytes(kind: str, content: bytes) -> str:
    """Keep the bytes among those of a kind, whole or not at all; their SHA-256. Raises: OSError."""
    digest = hashlib.sha256(content).hexdigest()
    place = content_place(kind, digest)
    if not place.is_file():
        write_whole(place, [content])
    return digest


def write_whole(place: Path, content: Iterable[bytes]) -> None:
    """Write the content, given in parts, into this place: whole or not at all, for this program only. Raises: OSError."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, half = tempfile.mkstemp(dir=place.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        Path(half).replace(place)
    finally:
        Path(half).unlink(missing_ok=True)


def content_place(kind: str, digest: str) -> Path:
    """Where the content of a hash lies, or would."""
    return Path(settings.DATA) / kind / (digest[:2] or "–") / digest
