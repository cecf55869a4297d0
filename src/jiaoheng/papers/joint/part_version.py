"""Part version: every text that a part ever had, who wrote it and when; what differs between two, and going back to one.

Changes when what is kept of a save changes. A version is never overwritten: going back adds the old text as a new version, and of two
who save at once the second's text is kept beside, told of, and laid next to the first's.
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account, Refused
from jiaoheng.papers.figure import unmarked
from jiaoheng.papers.joint.joint_paper import Deed, deed, note
from jiaoheng.papers.joint.paper_part import PaperPart, check_may_write

__all__ = ["ChangedLine", "PartVersion", "Saved", "difference", "first_version", "latest", "present_text", "restore", "save"]

_LONGEST = 200_000
"""Characters of one part; a longer one is two parts."""


class PartVersion(models.Model):
    """One text of a part. `number` counts from 1 (the template's own text). `beside`: kept, but not the present text."""

    scope_path: ClassVar[str] = "part__paper__organisation__path"

    part = models.ForeignKey(PaperPart, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    note = models.CharField(gettext_lazy("what was changed"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    beside = models.BooleanField(default=False)
    restores = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["part", "number"]
        constraints = [models.UniqueConstraint(fields=["part", "number"], name="part_version_once")]

    def __str__(self) -> str:
        return f"{self.part}, {self.number}"


@dataclass(frozen=True)
class Saved:
    """What became of a text. `present`: the part's text now; `theirs` is set where somebody else had saved meanwhile."""

    version: PartVersion
    present: PartVersion
    theirs: bool = False


@dataclass(frozen=True)
class ChangedLine:
    """One line of a comparison: `kind` is same, added, removed or left_out; `pieces` are stretches with whether they differ."""

    kind: str
    pieces: tuple[tuple[str, bool], ...]
    old: int | None = None
    new: int | None = None


def latest(part: PaperPart) -> PartVersion:
    """The version that is the part's text now."""
    return part.versions.filter(beside=False).order_by("-number")[0]


def present_text(part: PaperPart) -> str:
    return str(part.versions.filter(beside=False).order_by("-number").values_list("text", flat=True)[0])


def save(part: PaperPart, text: str, *, seen: int, by: Account, words: str = "") -> Saved:
    """Keep a text as a new version. `seen`: the number of the version that the writer had before their eyes.

    Where somebody else has saved since, the text is kept beside and is not the part's. Raises: Refused.
    """
    text = _cleaned(text)
    with deed(part.paper):
        part.refresh_from_db()
        check_may_write(by, part)
        now = latest(part)
        if now.text == text:
            return Saved(now, now)
        theirs = now.number != seen
        made = _added(part, text, by=by, words=words, beside=theirs)
        note(
            part.paper, Deed.ASIDE if theirs else Deed.WRITTEN, by=by, part=part, words=words,
            before={"version": now.number}, after={"version": made.number, "beside": theirs},
        )  # fmt: skip
        return Saved(made, now if theirs else made, theirs)


def restore(part: PaperPart, number: int, *, by: Account) -> PartVersion:
    """Make an earlier text the present one, as a new version. Raises: Refused."""
    with deed(part.paper):
        part.refresh_from_db()
        check_may_write(by, part)
        old = part.versions.filter(number=number).first()
        if old is None:
            raise Refused(_("There is no version {number} of this part.").format(number=number))
        words = _("back to version {number}").format(number=number)
        made = _added(part, old.text, by=by, words=words, restores=number)
        note(part.paper, Deed.RESTORED, by=by, part=part, words=words, after={"version": made.number, "restores": number})
        return made


def first_version(part: PaperPart, text: str, *, by: Account, words: str) -> PartVersion:
    """The text that a part begins with; in the caller's transaction."""
    return _added(part, text, by=by, words=words)


def difference(old: str, new: str, *, around: int = 2) -> list[ChangedLine]:
    """What differs between two texts, line by line, and in changed lines sign by sign; `around` lines of the same text are shown."""
    before, after = old.splitlines(), new.splitlines()
    found: list[ChangedLine] = []
    for group in difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(around):
        if found or group[0][1] > 0:
            found.append(ChangedLine("left_out", ()))
        for kind, a, b, c, d in group:
            if kind == "equal":
                found += [ChangedLine("same", ((before[a + i], False),), a + i + 1, c + i + 1) for i in range(b - a)]
            else:
                found += _changed(before[a:b], after[c:d], a, c)
    return found


def _changed(before: Sequence[str], after: Sequence[str], a: int, c: int) -> Iterator[ChangedLine]:
    """Lines that gave way and lines that came: the nth of either are held against each other."""
    pairs = [difflib.SequenceMatcher(None, before[i], after[i], autojunk=False).get_opcodes() for i in range(min(len(before), len(after)))]
    for i, line in enumerate(before):
        pieces = tuple((line[m:n], kind != "equal") for kind, m, n, _o, _p in pairs[i] if n > m) if i < len(pairs) else ((line, True),)
        yield ChangedLine("removed", pieces, old=a + i + 1)
    for i, line in enumerate(after):
        pieces = tuple((line[o:p], kind != "equal") for kind, _m, _n, o, p in pairs[i] if p > o) if i < len(pairs) else ((line, True),)
        yield ChangedLine("added", pieces, new=c + i + 1)


def _added(part: PaperPart, text: str, *, by: Account, words: str, beside: bool = False, restores: int | None = None) -> PartVersion:
    last = part.versions.order_by("-number").values_list("number", flat=True).first() or 0
    return PartVersion.objects.create(part=part, number=last + 1, text=text, note=words[:200], by=by, beside=beside, restores=restores)


def _cleaned(text: str) -> str:
    """The text with the line ends of files and without private characters. Raises: Refused."""
    text = unmarked(text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > _LONGEST:
        raise Refused(_("A part holds {limit} characters at most. Make it shorter.").format(limit=f"{_LONGEST:,}"))
    return text
