"""Cipher: sensitive text sealed for one column, opened again, and found without being opened.

Changes when the way of sealing changes. AES-256-GCM, or SM4-GCM where the deployment asks for it, with a random nonce; the column is
associated data, so that a sealed value moved to another column does not open; the cipher and the key's id stand in the sealed text, and
either cipher's values open whichever now seals. Text is padded, so that its length tells nothing of short values.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from jiaoheng.access.key_ring import FieldKey, KeyRing, key_ring
from jiaoheng.access.sm4_gcm import KEY_BYTES, Sm4Gcm

__all__ = [
    "Mask",
    "Sealed",
    "Unreadable",
    "blind_index",
    "blind_index_all",
    "blind_indexes",
    "hidden",
    "key_id_of",
    "seal",
    "seal_all",
    "shown_ends",
    "unseal",
]

Mask = Callable[[str], str]

_VERSIONS = {"aes": "v1", "sm4": "s1"}
_NONCE_BYTES = 12
_PAD_TO = 32


class Unreadable(Exception):
    """A sealed value does not open: it was altered, moved, or its key is not on the ring. Says which column, never the value."""


def seal(text: str, column: str, *, ring: KeyRing | None = None) -> str:
    """«v1.<key id>.<base64 of nonce, ciphertext and tag>» for a column named «table.column»; «s1» in place of «v1» with SM4."""
    key, version = (ring or key_ring()).present, _present_version()
    nonce = os.urandom(_NONCE_BYTES)
    body = nonce + _gcm(key, version).encrypt(nonce, _padded(text), _associated(column, version))
    return f"{version}.{key.id}.{base64.urlsafe_b64encode(body).decode()}"


def seal_all(texts: Sequence[str | None], column: str) -> list[str | None]:
    """Many texts of one column sealed as `seal` does each; None and the empty text stay None."""
    key, version = key_ring().present, _present_version()
    associated = _associated(column, version)
    encrypt, start = _gcm(key, version).encrypt, f"{version}.{key.id}."
    there = [text for text in texts if text]
    nonces = os.urandom(_NONCE_BYTES * len(there))
    bodies, filled = list[bytes](), [b"\x80" + b"\0" * (_PAD_TO - 1 - length) for length in range(_PAD_TO)]
    for begins, text in zip(range(0, len(nonces), _NONCE_BYTES), there, strict=True):
        nonce, content = nonces[begins : begins + _NONCE_BYTES], text.encode()
        bodies += [nonce, encrypt(nonce, content + filled[len(content) % _PAD_TO], associated)]
    lengths = set(map(len, bodies[1::2]))
    if len(lengths) == 1 and (_NONCE_BYTES + min(lengths)) % 3 == 0:  # all of one length that needs no filling: encoded in one go
        whole = base64.urlsafe_b64encode(b"".join(bodies)).decode("ascii")
        wide = len(whole) // len(there)
        made = iter([start + whole[place : place + wide] for place in range(0, len(whole), wide)])
    else:
        pairs = zip(bodies[::2], bodies[1::2], strict=True)
        made = iter([start + base64.urlsafe_b64encode(nonce + body).decode("ascii") for nonce, body in pairs])
    return [next(made) if text else None for text in texts]


def unseal(sealed: str, column: str, *, ring: KeyRing | None = None) -> str:
    """The text. Raises: Unreadable."""
    version, _, rest = sealed.partition(".")
    key_id, _, body = rest.partition(".")
    if version not in _VERSIONS.values():
        raise Unreadable(f"A value of {column} is not sealed in a form that this version knows. Restore the row from a backup.")
    key = (ring or key_ring()).by_id(key_id)
    if key is None:
        raise Unreadable(f"A value of {column} was sealed with key {key_id}, which is not on the ring. Restore that key from your copy.")
    try:
        content = base64.urlsafe_b64decode(body)
        return _unpadded(_gcm(key, version).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], _associated(column, version)))
    except (InvalidTag, binascii.Error, ValueError):
        raise Unreadable(f"A value of {column} was altered or moved here from elsewhere. Restore the row from a backup.") from None


def key_id_of(sealed: str) -> str:
    """The id of the key that sealed this."""
    return sealed.split(".", 2)[1] if sealed.count(".") >= 2 else ""


def blind_index(normalised: str, purpose: str, *, key: FieldKey | None = None) -> str:
    """«<key id>:<HMAC-SHA256>»: equal texts of one purpose have equal indexes; without the key none can be computed or guessed."""
    chosen = key or key_ring().present
    digest = hmac.new(chosen.derived("blind index"), f"{purpose}\0{normalised}".encode(), hashlib.sha256).hexdigest()
    return f"{chosen.id}:{digest}"


def blind_index_all(normalised: Sequence[str | None], purpose: str, *, key: FieldKey | None = None) -> list[str | None]:
    """Many texts of one purpose indexed as `blind_index` does each; None and the empty text stay None."""
    key = key or key_ring().present
    secret, begins, before = key.derived("blind index"), f"{key.id}:", f"{purpose}\0".encode()
    return [begins + hmac.digest(secret, before + text.encode("utf-8"), "sha256").hex() if text else None for text in normalised]


def blind_indexes(normalised: str, purpose: str) -> list[str]:
    """The index under every key of the ring, to find rows while a rotation is under way."""
    return [blind_index(normalised, purpose, key=key) for key in key_ring().keys]


def hidden(_text: str) -> str:
    """A mask that shows nothing, not even the length."""
    return "******"


def shown_ends(first: int, last: int) -> Mask:
    """A mask that shows the first and last characters, and nothing at all where less than a third would stay hidden."""

    def mask(text: str) -> str:
        if (first + last) * 3 > len(text) * 2:
            return hidden(text)
        return text[:first] + "*" * (len(text) - first - last) + text[len(text) - last :]

    return mask


class Sealed:
    """A sensitive value as the program carries it: every way of showing it shows the mask.

    `clear` opens it for rules (comparing, checking, sealing again); for a person's eyes only `opening.opened` may, since it records.
    """

    __slots__ = ("_clear", "_mask", "column", "sealed")

    def __init__(self, *, clear: str | None = None, sealed: str | None = None, column: str = "", mask: Mask = hidden) -> None:
        if (clear is None) == (sealed is None):
            raise ValueError("either the clear text or the sealed text")
        self._clear, self.sealed, self.column, self._mask = clear, sealed, column, mask

    @property
    def clear(self) -> str:
        """The text itself. Raises: Unreadable."""
        if self._clear is None:
            assert self.sealed is not None
            self._clear = unseal(self.sealed, self.column)
        return self._clear

    @property
    def masked(self) -> str:
        return self._mask(self.clear)

    def sealed_for(self, column: str) -> str:
        """Sealed text for a column: the stored one where it was sealed for it, else a new one."""
        return self.sealed if self.sealed is not None and self.column == column else seal(self.clear, column)

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return "Sealed(******)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sealed):
            return NotImplemented
        if self.sealed is not None and (self.sealed, self.column) == (other.sealed, other.column):
            return True
        return hmac.compare_digest(self.clear.encode(), other.clear.encode())

    def __hash__(self) -> int:
        return hash(self.clear)

    def __bool__(self) -> bool:
        return True

    def __reduce__(self) -> "tuple[type[Sealed], tuple[()]]":
        raise TypeError("a sealed value is not written to caches, queues or sessions")


def _present_version() -> str:
    return _VERSIONS[settings.FIELD_CIPHER]


def _associated(column: str, version: str) -> bytes:
    return f"jiaoheng {version} {column}".encode()


def _gcm(key: FieldKey, version: str) -> AESGCM | Sm4Gcm:
    if version == _VERSIONS["sm4"]:
        return _sm4_of(key.derived("field encryption SM4")[:KEY_BYTES])
    return _aes_of(key.derived("field encryption"))


@lru_cache(maxsize=64)
def _aes_of(derived: bytes) -> AESGCM:
    return AESGCM(derived)


@lru_cache(maxsize=64)
def _sm4_of(derived: bytes) -> Sm4Gcm:
    return Sm4Gcm(derived)


def _padded(text: str) -> bytes:
    content = text.encode("utf-8") + b"\x80"  # ISO/IEC 9797-1 padding method 2: a mark, then zeros
    return content + b"\0" * (-len(content) % _PAD_TO)


def _unpadded(content: bytes) -> str:
    stripped = content.rstrip(b"\0")
    if not stripped.endswith(b"\x80"):
        raise ValueError("no padding mark")
    return stripped[:-1].decode("utf-8")
