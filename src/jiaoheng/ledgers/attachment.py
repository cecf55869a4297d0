"""Attachment: a file that belongs to a row, kept sealed under the hash of its clear content, its kind and size checked.

Changes when files are kept in another way. The same content is kept once, whoever sends it how often.
"""

import hashlib
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Refused
from jiaoheng.access.kept_content import content_place
from jiaoheng.access.sealed_file import open_clear, read_clear, write_sealed
from jiaoheng.ledgers.file_kind import ENDINGS, kind_of, takes
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.row_event import RowEvent

__all__ = ["LARGEST_BYTES", "Attachment", "content_of", "keep_content", "keep_file"]

LARGEST_BYTES = 32 * 1024 * 1024
"""A longer file is refused with a sentence."""


class Attachment(models.Model):
    """One file of one row (or, until the row is stored, of the account that sent it). `name` is what the answer calls it."""

    row = models.ForeignKey(LedgerRow, models.PROTECT, null=True, blank=True, related_name="attachments")
    event = models.ForeignKey(RowEvent, models.PROTECT, null=True, blank=True, related_name="files")
    name = models.CharField(gettext_lazy("name"), max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField(gettext_lazy("bytes"))
    media_type = models.CharField(max_length=100)
    sent_at = models.DateTimeField(auto_now_add=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["row", "name"], condition=models.Q(row__isnull=False), name="attachment_name_once_a_row")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        """Can a browser show it in the page?"""
        return self.media_type in ("image/jpeg", "image/png", "image/gif", "image/webp")

    def opened(self) -> IO[bytes]:
        """Its content as a stream. Raises: FileNotFoundError."""
        return open_clear(_place(self.sha256))


def keep_file(content: bytes, name: str, *, account: Any, question: str = "file") -> Attachment:
    """The file kept, not yet of any row and not yet stored. Raises: Refused, in words, for a kind or size that is not taken."""
    name = Path(name.replace("\\", "/")).name.strip()[-150:] or "file"
    if len(content) > LARGEST_BYTES:
        raise Refused(
            _("“{name}” has {size} MB; {largest} MB are taken at most. Send it smaller.").format(
                name=name, size=round(len(content) / 1_048_576, 1), largest=LARGEST_BYTES // 1_048_576
            )
        )
    if not content:
        raise Refused(_("“{name}” is empty. Choose it again.").format(name=name))
    kind = kind_of(content, name)
    if kind is None or not takes(question, kind):
        raise Refused(_("“{name}” is not of a kind that is taken here. Kinds: {kinds}.").format(name=name, kinds=ENDINGS))
    return Attachment(name=name, sha256=keep_content(content), size=len(content), media_type=kind, sent_by=account)


def keep_content(content: bytes) -> str:
    """Bytes kept sealed under their hash, which is returned. Whole or not at all; kept once."""
    digest = hashlib.sha256(content).hexdigest()
    if not _place(digest).is_file():
        write_sealed(_place(digest), [content])
    return digest


def content_of(sha256: str) -> bytes:
    """The bytes kept under a hash. Raises: FileNotFoundError."""
    return read_clear(_place(sha256))


def _place(digest: str) -> Path:
    return content_place("attachments", digest)
