"""Copy of the keys: the field keys and the secret key of a deployment in one small file, locked with a passphrase.

Changes when what a deployment keeps secret changes. The copy belongs apart from the archive: either alone opens no sealed value.
"""

import base64
import binascii
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings
from django.utils.translation import gettext as _

from jiaoheng.access.account import Refused
from jiaoheng.access.key_ring import KeyRing, key_ring, ring_from, ring_text

__all__ = ["SHORTEST", "KeyCopy", "lock_away", "unlocked"]

SHORTEST = 12
"""Characters that a passphrase has at least: whoever finds the file can try as many as they like."""

_FORM = 1
_WORK = {"n": 2**16, "r": 8, "p": 1}  # scrypt: 64 MB and a fifth of a second for every guess
_SAID_ALONG = b"jiaoheng copy of keys 1"


@dataclass(frozen=True)
class KeyCopy:
    """What the file holds, opened."""

    ring: KeyRing
    secret_key: str = field(repr=False)

    @property
    def field_key_text(self) -> str:
        """As `field.key` has it."""
        return ring_text(self.ring)


def lock_away(file: Path, passphrase: str) -> KeyRing:
    """Write this deployment's keys to a new file (mode 600), locked; returns the ring that it holds.

    Raises: Refused for a short passphrase or a file that is there; OSError; KeysUnusable.
    """
    if len(passphrase) < SHORTEST:
        raise Refused(
            _("The passphrase has fewer than {count} characters. Choose a longer one, such as five words.").format(count=SHORTEST)
        )
    ring = key_ring()
    salt, nonce = os.urandom(16), os.urandom(12)
    clear = json.dumps({"field_keys": ring_text(ring), "secret_key": settings.SECRET_KEY}).encode()
    locked = {
        "jiaoheng_keys": _FORM,
        "ids": [key.id for key in ring.keys],
        "scrypt": {**_WORK, "salt": base64.b64encode(salt).decode()},
        "nonce": base64.b64encode(nonce).decode(),
        "locked": base64.b64encode(AESGCM(_stretched(passphrase, salt, _WORK)).encrypt(nonce, clear, _SAID_ALONG)).decode(),
    }
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(_("{file} is there already and is kept. Choose another name.").format(file=file)) from None
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        json.dump(locked, opened, indent=2)
        opened.flush()
        os.fsync(opened.fileno())
    return ring


def unlocked(file: Path, passphrase: str) -> KeyCopy:
    """Open the file. Raises: Refused, in words, for a file that is none, a damaged one, or a wrong passphrase."""
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
        if written.get("jiaoheng_keys") != _FORM:
            raise ValueError
        work = {name: int(written["scrypt"][name]) for name in _WORK}
        if work["n"] > 2**20 or work["r"] > 32 or work["p"] > 16:
            raise ValueError
        salt, nonce, locked = (
            base64.b64decode(text, validate=True) for text in (written["scrypt"]["salt"], written["nonce"], written["locked"])
        )
        stretched = _stretched(passphrase, salt, work)
    except OSError as error:
        raise Refused(_("The copy of the keys {file} cannot be read: {reason}.").format(file=file, reason=error.strerror)) from None
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise Refused(_("{file} is not a copy of keys, or was damaged. Take another copy.").format(file=file)) from None
    try:
        held = json.loads(AESGCM(stretched).decrypt(nonce, locked, _SAID_ALONG))
    except (InvalidTag, ValueError):
        raise Refused(
            _("The passphrase does not open {file}. Try again, with capitals and spaces as you wrote them.").format(file=file)
        ) from None
    return KeyCopy(ring_from(held["field_keys"], str(file)), str(held["secret_key"]))


def _stretched(passphrase: str, salt: bytes, work: dict[str, Any]) -> bytes:
    return Scrypt(salt=salt, length=32, **work).derive(passphrase.encode("utf-8"))
