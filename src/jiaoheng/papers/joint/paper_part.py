"""Paper part: one section of a joint paper: which office or person writes it, until when, and how far it is.

Changes when parts are given out or collected otherwise. A part is with the editor in charge until it is assigned; then its office hands it
in, the editor returns it with a reason or accepts it. What is accepted is not written on until the editor returns it.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.organisations.organisation import PATH_SEPARATOR, SCHOOL_KINDS, Organisation
from jiaoheng.papers.joint.joint_paper import Deed, JointPaper, check_leads, deed, leads, note

__all__ = [
    "PaperPart", "PartState", "accept", "assign", "check_may_write", "hand_in", "may_write", "offices_for", "parts_waiting_for",
    "return_part", "writes",
]  # fmt: skip


class PartState(models.TextChoices):
    OPEN = "open", gettext_lazy("not assigned")
    ASSIGNED = "assigned", gettext_lazy("being written")
    HANDED_IN = "handed_in", gettext_lazy("handed in")
    RETURNED = "returned", gettext_lazy("returned")
    ACCEPTED = "accepted", gettext_lazy("accepted")


class PaperPart(models.Model):
    """One part. `place` counts from 0, which is the opening: the paper's titles and the names that all parts use."""

    scope_path: ClassVar[str] = "paper__organisation__path"

    paper = models.ForeignKey(JointPaper, models.PROTECT, related_name="parts")
    place = models.PositiveIntegerField()
    title = models.CharField(gettext_lazy("heading"), max_length=200, blank=True)
    office = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=gettext_lazy("office"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=gettext_lazy("person")
    )
    due_on = models.DateField(gettext_lazy("due on"), null=True, blank=True)
    state = models.CharField(gettext_lazy("state"), max_length=20, choices=PartState.choices, default=PartState.OPEN)
    reason = models.TextField(gettext_lazy("reason"), blank=True)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["paper", "place"]
        constraints = [models.UniqueConstraint(fields=["paper", "place"], name="paper_part_place_once")]

    def __str__(self) -> str:
        return self.title or (_("Opening: titles and names") if self.place == 0 else _("Text"))

    @property
    def writer(self) -> str:
        """Who writes it, in words."""
        if self.office is None and self.person is None:
            return str(self.paper.owner)
        return " · ".join(str(one) for one in (self.office, self.person) if one)

    @property
    def late(self) -> bool:
        return self.due_on is not None and self.due_on < timezone.localdate() and self.state in (PartState.ASSIGNED, PartState.RETURNED)


def writes(account: Account, part: PaperPart) -> bool:
    """Whether the part was given to the account: to the person, or to nobody by name of the office at which the account stands."""
    if account.role != Role.OFFICER or not account.is_active or part.state == PartState.OPEN:
        return False
    return part.person_id == account.pk or (part.person_id is None and account.organisation_id == part.office_id is not None)


def may_write(account: Account, part: PaperPart) -> bool:
    try:
        check_may_write(account, part)
    except Refused:
        return False
    return True


def check_may_write(account: Account, part: PaperPart) -> None:
    """Refuse, in words, unless the account may save a text of this part now. That the paper is not locked is asked apart."""
    if part.state == PartState.ACCEPTED:
        raise Refused(_("This part is accepted. The editor in charge returns it where something is to be changed."))
    if leads(account, part.paper):
        return
    if not writes(account, part):
        raise Refused(_("This part is written by {writer}.").format(writer=part.writer or part.paper.owner))
    if part.state == PartState.HANDED_IN:
        raise Refused(_("This part is handed in. The editor in charge returns it where something is to be changed."))


def offices_for(paper: JointPaper, account: Account) -> "models.QuerySet[Organisation]":
    """The organisations that can be given a part: the paper's own and those of the editor's scope, without the schools."""
    return account.scope.exclude(kind__in=SCHOOL_KINDS).order_by("path")


def assign(part: PaperPart, *, office: Organisation | None, person: Account | None, due_on: date | None, by: Account) -> PaperPart:
    """Give the part to an office, a person, or a person of an office. Raises: Refused."""
    if person is not None and (person.role != Role.OFFICER or not person.is_active or not by.covers(_path(person))):
        raise Refused(_("Parts are written by officers of your scope. Choose one of them."))
    if office is not None and not offices_for(part.paper, by).filter(pk=office.pk).exists():
        raise Refused(_("Choose an office of your scope."))
    if office is None and person is None:
        raise Refused(_("Say which office or person writes this part."))
    with _moving(part):
        check_leads(by, part.paper)
        before = {"office": str(part.office or ""), "person": str(part.person or ""), "due_on": str(part.due_on or "")}
        part.office, part.person, part.due_on = office or (person.organisation if person else None), person, due_on
        part.state, part.reason = PartState.ASSIGNED, ""
        part.save()
        words = " · ".join([part.writer, *([str(due_on)] if due_on else [])])
        after = {"office": str(part.office or ""), "person": str(part.person or ""), "due_on": str(due_on or "")}
        note(part.paper, Deed.ASSIGNED, by=by, part=part, words=words, before=before, after=after)
    return part


def hand_in(part: PaperPart, *, by: Account, words: str = "") -> PaperPart:
    """The office is done with it. Raises: Refused."""
    return _moved(part, (PartState.ASSIGNED, PartState.RETURNED), PartState.HANDED_IN, Deed.HANDED_IN, by=by, words=words)


def return_part(part: PaperPart, *, by: Account, reason: str) -> PaperPart:
    """The editor in charge gives it back, with the reason. Raises: Refused."""
    if not reason.strip():
        raise Refused(_("Say what is to be changed: without a reason nobody knows what to do."))
    return _moved(part, (PartState.HANDED_IN, PartState.ACCEPTED), PartState.RETURNED, Deed.RETURNED, by=by, words=reason.strip())


def accept(part: PaperPart, *, by: Account) -> PaperPart:
    """The editor in charge takes it as it is; a part that nobody was given is accepted by itself. Raises: Refused."""
    return _moved(part, tuple(one for one in PartState if one != PartState.ACCEPTED), PartState.ACCEPTED, Deed.ACCEPTED, by=by)


def parts_waiting_for(account: Account) -> list[PaperPart]:
    """The parts that wait for the account, the most urgent first: to be written, or (of its own papers) to be accepted."""
    if account.role != Role.OFFICER or not account.is_active:
        return []
    given = models.Q(person=account) | models.Q(person=None, office=account.organisation, office__isnull=False)
    to_write = given & models.Q(state__in=(PartState.ASSIGNED, PartState.RETURNED))
    to_accept = models.Q(paper__owner=account, state=PartState.HANDED_IN)
    found = PaperPart.objects.filter(to_write | to_accept, paper__signature=None).select_related("paper__owner", "office", "person")
    return sorted(found, key=lambda part: (part.due_on is None, part.due_on or date.max, part.pk))


def _moved(part: PaperPart, of: Collection[PartState], to: PartState, what: Deed, *, by: Account, words: str = "") -> PaperPart:
    with _moving(part):
        if what == Deed.HANDED_IN:
            if not writes(by, part) and not leads(by, part.paper):
                raise Refused(_("This part is written by {writer}.").format(writer=part.writer or part.paper.owner))
        else:
            check_leads(by, part.paper)
        if part.state not in of:
            raise Refused(_("The part is {state} by now. Look at it again.").format(state=PartState(part.state).label))
        before, part.state = part.state, to
        part.reason = words if what == Deed.RETURNED else ""
        if what == Deed.RETURNED and part.office is None and part.person is None:
            part.state = PartState.OPEN
        part.save()
        note(part.paper, what, by=by, part=part, words=words, before={"state": str(before)}, after={"state": str(part.state)})
    return part


@contextmanager
def _moving(part: PaperPart) -> Iterator[None]:
    """One deed on the part as it is by now."""
    with deed(part.paper):
        part.refresh_from_db()
        yield


def _path(account: Account) -> str:
    return account.organisation.path if account.organisation else PATH_SEPARATOR
