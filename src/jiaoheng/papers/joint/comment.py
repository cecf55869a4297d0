"""Comment 批注: something said about a part or a paragraph of it, answered, and settled.

Changes when something else can be done with a comment. Words are never changed; a settled comment stays and can be read.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused
from jiaoheng.papers.joint.joint_paper import Deed, deed, leads, may_read_whole, note, reads_papers
from jiaoheng.papers.joint.paper_part import PaperPart, writes

__all__ = ["PartComment", "comment", "may_comment", "settle"]

_LONGEST = 4000


class PartComment(models.Model):
    """`quote` is the text that it speaks of, as it stood; empty for the part as a whole. `answers` names the comment that it answers."""

    scope_path: ClassVar[str] = "part__paper__organisation__path"

    part = models.ForeignKey(PaperPart, models.PROTECT, related_name="comments")
    quote = models.TextField(blank=True)
    words = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    answers = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replies")
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.words[:60]

    def still_said(self, text: str) -> bool:
        """Whether the text still holds what the comment speaks of."""
        return not self.quote or _bare(self.quote) in _bare(text)


def may_comment(account: Account, part: PaperPart) -> bool:
    """Officers and leaders who read the part; auditors change nothing."""
    if not reads_papers(account) or account.role == "auditor":
        return False
    return may_read_whole(account, part.paper) or leads(account, part.paper) or writes(account, part)


def comment(part: PaperPart, words: str, *, by: Account, quote: str = "", answers: PartComment | None = None) -> PartComment:
    """Say something about the part, or answer a comment. Raises: Refused."""
    words, quote = words.strip()[:_LONGEST], quote.strip()[:_LONGEST]
    if not words:
        raise Refused(_("Write what you want to say."))
    if not may_comment(by, part):
        raise Refused(_("Comments are made by those who write, lead or sign the paper."))
    if answers is not None and (answers.part_id != part.pk or answers.answers_id is not None):
        raise Refused(_("This comment is not there any more. Look at the part again."))
    with deed(part.paper):
        made = PartComment.objects.create(part=part, words=words, quote=quote, by=by, answers=answers)
        note(part.paper, Deed.COMMENTED, by=by, part=part, words=words[:200], after={"comment": made.pk})
    return made


def settle(one: PartComment, *, by: Account) -> PartComment:
    """Close it: by who made it, or by the editor in charge. Raises: Refused."""
    part = one.part
    if by.pk != one.by_id and not leads(by, part.paper):
        raise Refused(_("A comment is settled by who made it, or by the editor in charge."))
    with deed(part.paper):
        if one.settled_at is None:
            one.settled_by, one.settled_at = by, timezone.now()
            one.save(update_fields=["settled_by", "settled_at"])
            note(part.paper, Deed.SETTLED, by=by, part=part, words=one.words[:200], after={"comment": one.pk})
    return one


def _bare(text: str) -> str:
    return "".join(text.split())
