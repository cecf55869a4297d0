"""Round 采集任务: who asks which figures of which schools by when; and each school's part in it with its states.

Changes when a round or a part gains a state, or another role may take a step. A school's part: asked → downloaded → returned → approved →
accepted, and back with a reason. Every step is an event that stays.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.access.scope import ScopedQuerySet
from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation

if TYPE_CHECKING:
    from jiaoheng.intake.rounds.rosters import Asks

__all__ = [
    "NOT_IN", "STEPS", "PartState", "Round", "RoundEvent", "RoundPart", "RoundState", "check_may_manage", "may_manage", "moment_shown",
    "parts_of", "rounds_of", "take_step", "tell",
]  # fmt: skip


class RoundState(models.TextChoices):
    OPEN = "open", gettext_lazy("Open")
    LOCKED = "locked", gettext_lazy("Locked")


class PartState(models.TextChoices):
    ASKED = "asked", gettext_lazy("Not begun")
    DOWNLOADED = "downloaded", gettext_lazy("Workbook fetched")
    RETURNED = "returned", gettext_lazy("Returned")
    APPROVED = "approved", gettext_lazy("Approved")
    ACCEPTED = "accepted", gettext_lazy("Accepted")
    SENT_BACK = "sent_back", gettext_lazy("Sent back")


NOT_IN = (PartState.ASKED, PartState.DOWNLOADED, PartState.SENT_BACK, PartState.RETURNED)
"""States in which the school still owes: its duty ends when its head has approved."""

# Step → the states it may be taken from, and the state it leads to. Only parts of an open round move.
STEPS: dict[str, tuple[frozenset[PartState], PartState]] = {
    "download": (frozenset({PartState.ASKED}), PartState.DOWNLOADED),
    "return": (frozenset({PartState.ASKED, PartState.DOWNLOADED, PartState.RETURNED, PartState.SENT_BACK}), PartState.RETURNED),
    "approve": (frozenset({PartState.RETURNED}), PartState.APPROVED),
    "send_back": (frozenset({PartState.RETURNED, PartState.APPROVED}), PartState.SENT_BACK),
    "accept": (frozenset({PartState.APPROVED}), PartState.ACCEPTED),
    "reopen": (frozenset({PartState.ACCEPTED}), PartState.SENT_BACK),
}


class Round(models.Model):
    """One round. `asks`: register → fields. `organisation` is the area whose officers run it."""

    title = models.CharField(gettext_lazy("title"), max_length=120)
    note = models.TextField(gettext_lazy("note to the schools"), blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="rounds", verbose_name=gettext_lazy("organisation"))
    asks: "models.JSONField[Asks, Asks]" = models.JSONField(gettext_lazy("asked for"))
    school_year = models.CharField(gettext_lazy("school year"), max_length=9)
    due = models.DateTimeField(gettext_lazy("due"), db_index=True)
    state = models.CharField(gettext_lazy("state"), max_length=10, choices=RoundState.choices, default=RoundState.OPEN)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=gettext_lazy("made by"))
    made_at = models.DateTimeField(gettext_lazy("made at"), auto_now_add=True)

    class Meta:
        ordering = ["-due", "-id"]
        verbose_name = gettext_lazy("collection round")
        verbose_name_plural = gettext_lazy("collection rounds")

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state == RoundState.OPEN

    @property
    def is_past_due(self) -> bool:
        return timezone.now() > self.due


class RoundPart(models.Model):
    """One school's part in a round. `version` counts its workbooks; `taken`: register → line → fields that this round stored."""

    scope_path = "school__path"
    objects = models.Manager.from_queryset(ScopedQuerySet)()

    round = models.ForeignKey(Round, models.CASCADE, related_name="parts")
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="round_parts", verbose_name=gettext_lazy("school"))
    state = models.CharField(gettext_lazy("state"), max_length=10, choices=PartState.choices, default=PartState.ASKED, db_index=True)
    changed_at = models.DateTimeField(gettext_lazy("since"), default=timezone.now)
    approved_at = models.DateTimeField(gettext_lazy("approved at"), null=True, blank=True)
    version = models.IntegerField(default=0)
    asked_cells = models.IntegerField(default=0)
    held_cells = models.IntegerField(default=0)
    taken = models.JSONField(default=dict)

    class Meta:
        ordering = ["school__path"]
        verbose_name = gettext_lazy("school's part in a round")
        verbose_name_plural = gettext_lazy("schools' parts in rounds")
        constraints = [
            models.UniqueConstraint(
                fields=["round", "school"],
                name="school_once_in_a_round",
                violation_error_message=gettext_lazy("This school is in the round already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.round} · {self.school}"

    @property
    def is_late(self) -> bool:
        """Whether the school owes past the due moment, or was through with it only after."""
        if self.state in NOT_IN:
            return self.round.is_past_due
        return self.approved_at is not None and self.approved_at > self.round.due

    @property
    def owes(self) -> bool:
        return self.state in NOT_IN


class RoundEvent(models.Model):
    """One step, kept for good: who, when, from which state to which, and the words that went with it. No part: the round as a whole."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="events")
    part = models.ForeignKey(RoundPart, models.CASCADE, null=True, blank=True, related_name="events")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    step = models.CharField(max_length=20)
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.step}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise TypeError("an event is told once and never changed")
        super().save(*args, **options)

    def delete(self, *_args: Any, **_options: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("an event is not deleted")


def rounds_of(account: Account) -> "models.QuerySet[Round]":
    """The rounds that ask a school in the account's scope, or that its own organisation (or one below it) runs."""
    own = account.organisation if account.is_active else None
    if own is None:
        return Round.objects.none()
    asked = RoundPart.objects.for_account(account).values("round")
    below = models.Q(organisation__path=own.path) | models.Q(organisation__path__startswith=own.path + PATH_SEPARATOR)
    return Round.objects.filter(models.Q(pk__in=asked) | below).select_related("organisation", "made_by")


def parts_of(account: Account, round_: Round | None = None) -> "models.QuerySet[RoundPart]":
    """The schools' parts that the account may see, of one round where it is given."""
    parts = RoundPart.objects.for_account(account).select_related("round", "school")
    return parts.filter(round=round_) if round_ else parts


def check_may_manage(account: Account, organisation: Organisation) -> None:
    """Refuse unless the account is an officer (not of a school) whose scope holds the area that runs the round."""
    own = account.organisation
    if account.role != Role.OFFICER or own is None or own.is_school or not account.is_active or not account.covers(organisation.path):
        raise Refused(_("Collection rounds are run by bureau officers. Ask an officer of the bureau that made this round."))


def may_manage(account: Account, organisation: Organisation) -> bool:
    """The same rule asked quietly."""
    try:
        check_may_manage(account, organisation)
    except Refused:
        return False
    return True


def take_step(step: str, part: RoundPart, account: Account, note: str = "") -> RoundPart:
    """Move a part to the state that a step leads to, and tell of it; the caller holds the transaction.

    Raises: Refused where the round is locked, or the part's state does not allow the step.
    """
    trail.hold()
    fresh = RoundPart.objects.select_for_update().select_related("round", "school").get(pk=part.pk)
    allowed, leads_to = STEPS[step]
    if not fresh.round.is_open:
        raise Refused(_("“{round}” is locked. Ask the bureau to reopen it, with a reason.").format(round=fresh.round))
    if fresh.state not in allowed:
        raise Refused(
            _("This cannot be done now: {school} stands at “{state}” in this round. Reload the page to see where it stands.").format(
                school=fresh.school, state=fresh.get_state_display()
            )
        )
    before, fresh.state, fresh.changed_at = fresh.state, leads_to, timezone.now()
    fresh.save(update_fields=["state", "changed_at"])
    tell(fresh.round, fresh, step, account, note, before, leads_to)
    return fresh


def tell(
    round_: Round, part: RoundPart | None, step: str, account: Account | None, note: str = "", before: str = "", after: str = ""
) -> RoundEvent:
    """Keep an event; where an account did it, a line of the trail stands or falls with it."""
    event = RoundEvent.objects.create(round=round_, part=part, step=step, account=account, note=note, from_state=before, to_state=after)
    if account is not None:
        path = part.school.path if part else round_.organisation.path
        thing = ("intake.RoundPart", str(part.pk)) if part else ("intake.Round", str(round_.pk))
        action = trail.Action.APPROVED if step in ("approve", "accept") else trail.Action.ADDED if step == "open" else trail.Action.CHANGED
        entry = trail.Entry(action, *thing, path, {"state": before} if before else {}, {"step": step, "state": after})
        trail.record([entry], by=account, reason=note or round_.title)
    return event


def moment_shown(moment: datetime) -> str:
    """A moment in the deployment's time zone, to the minute."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
