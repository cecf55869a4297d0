"""Joint paper 合写公文: a paper that several offices write from one template and one snapshot; who leads it, who sees it, what happened.

Changes when what is known of such a paper as a whole changes. Its text is that of its parts (`paper_part`); once a leader has signed it
(`signature`) nothing of it changes any more. Every deed is an event, for the readers of the paper, and a line of the trail.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation

if TYPE_CHECKING:
    from jiaoheng.papers.joint.paper_part import PaperPart

__all__ = [
    "Deed",
    "JointPaper",
    "PaperEvent",
    "check_leads",
    "check_may_lead",
    "check_unlocked",
    "deed",
    "handed_over",
    "leads",
    "may_read_whole",
    "note",
    "papers_of",
    "reads_papers",
]

_READERS = frozenset({Role.OFFICER.value, Role.LEADER.value, Role.AUDITOR.value})


class JointPaper(models.Model):
    """One paper. `organisation` is the area that it speaks of; its figures are those of `snapshot` (hash) and of the school year `period`.

    `follows`: the signed paper that this one is the corrected edition of.
    """

    scope_path: ClassVar[str] = "organisation__path"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="joint_papers", verbose_name=gettext_lazy("organisation"))
    template = models.CharField(gettext_lazy("template"), max_length=100)
    title = models.CharField(gettext_lazy("title"), max_length=200)
    language = models.CharField(gettext_lazy("language"), max_length=20)
    period = models.CharField(gettext_lazy("school year"), max_length=20)
    snapshot = models.CharField(gettext_lazy("snapshot"), max_length=64)
    snapshot_day = models.DateField(gettext_lazy("day of the snapshot"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=gettext_lazy("editor in charge"))
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="editions", verbose_name=gettext_lazy("corrects")
    )
    opened_at = models.DateTimeField(gettext_lazy("opened at"), default=timezone.now)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = gettext_lazy("joint paper")
        verbose_name_plural = gettext_lazy("joint papers")

    def __str__(self) -> str:
        return self.title

    @property
    def locked(self) -> bool:
        """Whether a leader has signed it: nothing of it changes any more."""
        return hasattr(self, "signature")


class Deed(models.TextChoices):
    """What is done with a paper or a part of it."""

    OPENED = "opened", gettext_lazy("opened the paper")
    WRITTEN = "written", gettext_lazy("wrote")
    ASIDE = "aside", gettext_lazy("wrote at the same time as somebody else; kept beside")
    RESTORED = "restored", gettext_lazy("went back to an earlier version")
    ASSIGNED = "assigned", gettext_lazy("assigned it to")
    HANDED_IN = "handed_in", gettext_lazy("handed it in")
    RETURNED = "returned", gettext_lazy("gave it back")
    ACCEPTED = "accepted", gettext_lazy("accepted it")
    HANDED_OVER = "handed_over", gettext_lazy("handed the paper over to")
    COMMENTED = "commented", gettext_lazy("commented")
    SETTLED = "settled", gettext_lazy("settled a comment")
    AUDITED = "audited", gettext_lazy("had it audited")
    SET_ASIDE = "set_aside", gettext_lazy("set a finding aside")
    SIGNED = "signed", gettext_lazy("signed and locked")


class PaperEvent(models.Model):
    """One deed. Added, never changed."""

    scope_path: ClassVar[str] = "paper__organisation__path"

    paper = models.ForeignKey(JointPaper, models.PROTECT, related_name="events")
    part = models.ForeignKey("papers.PaperPart", models.PROTECT, null=True, blank=True, related_name="events")
    deed = models.CharField(max_length=20, choices=Deed.choices)
    words = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.by} {self.deed}"


def reads_papers(account: Account) -> bool:
    """Whether the account's role has to do with papers at all: officers write, leaders sign, auditors read."""
    return account.is_active and account.organisation is not None and account.role in _READERS


def papers_of(account: Account) -> "models.QuerySet[JointPaper]":
    """The papers that the account sees: those of its part of the tree, and those of which a part was given to it."""
    own = account.organisation
    if own is None or not reads_papers(account):
        return JointPaper.objects.none()
    here = models.Q(organisation__path=own.path) | models.Q(organisation__path__startswith=own.path + PATH_SEPARATOR)
    given = models.Q(parts__person=account) | models.Q(parts__office=own, parts__person=None)
    return JointPaper.objects.filter(here | given | models.Q(owner=account)).distinct().select_related("organisation", "owner", "signature")


def may_read_whole(account: Account, paper: JointPaper) -> bool:
    """Whether the account reads the whole paper, and not only the parts that it writes."""
    return reads_papers(account) and account.covers(paper.organisation.path)


def leads(account: Account, paper: JointPaper) -> bool:
    """Whether the account is the editor in charge: assigns parts, accepts them, asks for the audit."""
    return account.pk == paper.owner_id and account.is_active and account.role == Role.OFFICER


def check_leads(account: Account, paper: JointPaper) -> None:
    if not leads(account, paper):
        raise Refused(_("This is for the editor in charge of the paper, {name}.").format(name=paper.owner))


def check_may_lead(account: Account, organisation: Organisation) -> None:
    """Refuse unless the account may open a paper about this organisation, or be given one."""
    if account.role != Role.OFFICER or not account.is_active or account.organisation is None or account.organisation.is_school:
        raise Refused(_("Papers are led by bureau officers. Choose one, or ask one to do this for you."))
    if not account.covers(organisation.path):
        raise Refused(_("{organisation} does not lie in the scope of {name}.").format(organisation=organisation, name=account))


def check_unlocked(paper: JointPaper) -> None:
    """Refuse where the paper is signed. What a page has read earlier may have been signed meanwhile, so the database is asked."""
    if JointPaper.objects.filter(pk=paper.pk, signature__isnull=False).exists():
        raise Refused(_("This paper is signed and locked. To correct it, open a corrected edition."))


@contextmanager
def deed(paper: JointPaper) -> Iterator[None]:
    """One transaction, one writer at a time, on a paper that is not locked."""
    with transaction.atomic():
        trail.hold()
        check_unlocked(paper)
        yield


def note(
    paper: JointPaper,
    what: Deed,
    *,
    by: Account,
    part: "PaperPart | None" = None,
    words: str = "",
    action: str = trail.Action.CHANGED,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> PaperEvent:
    """Keep a deed as an event and as a line of the trail, in the caller's transaction."""
    event = PaperEvent.objects.create(paper=paper, part=part, deed=what, words=words, by=by)
    object_type, key = ("papers.PaperPart", part.pk) if part else ("papers.JointPaper", paper.pk)
    entry = trail.Entry(action, object_type, str(key), paper.organisation.path, before or {}, {"deed": str(what), **(after or {})})
    trail.record([entry], by=by, reason=words or str(Deed(what).label))
    return event


def handed_over(paper: JointPaper, to: Account, *, by: Account) -> None:
    """Give the paper to another editor; by the present one, or by a leader over it. Raises: Refused."""
    with deed(paper):
        if not leads(by, paper) and not (by.role == Role.LEADER and by.covers(paper.organisation.path)):
            raise Refused(_("The editor in charge hands a paper over, or a leader does."))
        check_may_lead(to, paper.organisation)
        before, paper.owner = paper.owner, to
        paper.save(update_fields=["owner"])
        note(paper, Deed.HANDED_OVER, by=by, words=str(to), before={"owner": before.username}, after={"owner": to.username})
