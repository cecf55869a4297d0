"""SM4-GCM: the national block cipher GB/T 32907-2016 with authentication (RFC 8998), in the shape of cryptography's AESGCM.

Changes when `cryptography` offers this shape itself. A bureau whose systems must use national ciphers asks for it with JIAOHENG_CIPHER=sm4.
"""

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

__all__ = ["KEY_BYTES", "Sm4Gcm", "sm4_is_offered"]

KEY_BYTES = 16
_TAG_BYTES = 16


class Sm4Gcm:
    """One key of 16 bytes."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Ciphertext and tag."""
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """The text. Raises: InvalidTag, where anything was altered; ValueError for what is too short to be sealed."""
        if len(data) < _TAG_BYTES:
            raise InvalidTag
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, data[-_TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-_TAG_BYTES]) + decryptor.finalize()


def sm4_is_offered() -> bool:
    """Whether the library's OpenSSL has SM4-GCM."""
    try:
        Sm4Gcm(bytes(KEY_BYTES)).encrypt(bytes(12), b"", b"")
    except UnsupportedAlgorithm:
        return False
    return True
