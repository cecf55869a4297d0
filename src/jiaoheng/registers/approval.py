"""Approval 审批: transfer, exit and correction of an identity number are asked for by one account and done by another's approval.

Changes when what needs approval, or who approves, changes. A request keeps what was asked; nothing in the registers moves before approval.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role, check_may_enter
from jiaoheng.access.change import Change, Recorded, altering
from jiaoheng.access.scope import check_covers
from jiaoheng.access.sealed_field import EncryptedText
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.code_field import CodeField
from jiaoheng.registers.enrolment import active, transfer, withdraw
from jiaoheng.registers.identity_number import IdentityNumber, IdentityNumberRefused, masked
from jiaoheng.registers.pupil import Pupil, correct_identity_number

__all__ = [
    "Request",
    "approve",
    "approve_all",
    "ask_correction",
    "ask_exit",
    "ask_transfer",
    "check_may_approve",
    "may_approve",
    "refuse",
    "take_back",
]


class Request(Recorded):
    """One thing asked for one pupil. It lies in the scope of who asked (`school`); the pupil's own school is in the pupil's scope."""

    scope_path: ClassVar[str] = "school__path"
    of_persons: ClassVar[bool] = True

    class Kind(models.TextChoices):
        TRANSFER = "transfer", _("Transfer")
        EXIT = "exit", _("Exit")
        CORRECTION = "correction", _("Correction of an identity number")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for approval")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        TAKEN_BACK = "taken_back", _("Taken back")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.PENDING)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="requests", verbose_name=_("pupil"))
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="pupil_requests", verbose_name=_("school"))
    on = models.DateField(_("as of"), null=True, blank=True)
    grade = CodeField(_("grade"), table="grade", max_length=3, blank=True)
    exit_kind = CodeField(_("kind of exit"), table="exit_kind", blank=True)
    identity_number = EncryptedText(_("identity number"), mask=masked)
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="requests_asked", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="requests_decided", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "kind"],
                condition=models.Q(state="pending"),
                name="request_one_pending",
                violation_error_message=_("The same is asked for this pupil already and waits for approval."),
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | models.Q(state="taken_back") | ~models.Q(decided_by=models.F("asked_by")),
                name="request_not_decided_by_who_asked",
                violation_error_message=_("Who enters does not approve. Let another account decide."),
            ),
            models.CheckConstraint(
                condition=models.Q(state="pending", decided_by__isnull=True)
                | (~models.Q(state="pending") & models.Q(decided_by__isnull=False)),
                name="request_decided_has_who",
                violation_error_message=_("A decision has somebody who made it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pupil}"


def ask_transfer(pupil: Pupil, to: Organisation, *, on: date, grade: str = "", by: Account, reason: str) -> Request:
    """The receiving school asks. Raises: Refused."""
    here = active(pupil)
    if here is None:
        raise Refused(_("This pupil is on no school's books; enrol the pupil instead."))
    if here.school_id == to.pk:
        raise Refused(_("The pupil is at this school already."))
    return _asked(Request(kind=Request.Kind.TRANSFER, pupil=pupil, school=to, on=on, grade=grade), by, reason)


def ask_exit(pupil: Pupil, *, on: date, kind: str, by: Account, reason: str) -> Request:
    """The pupil's school asks. Raises: Refused."""
    here = active(pupil)
    if here is None:
        raise Refused(_("This pupil is on no school's books."))
    return _asked(Request(kind=Request.Kind.EXIT, pupil=pupil, school=here.school, on=on, exit_kind=kind), by, reason)


def ask_correction(pupil: Pupil, number: str, *, by: Account, reason: str) -> Request:
    """The organisation that keeps the record asks. The new number is checked now, so that no wrong one waits. Raises: Refused."""
    try:
        checked = IdentityNumber.parse(number)
    except IdentityNumberRefused as refused:
        raise Refused(str(refused)) from None
    return _asked(Request(kind=Request.Kind.CORRECTION, pupil=pupil, school=pupil.keeper, identity_number=checked.text), by, reason)


def approve(request: Request, *, by: Account, answer: str = "") -> Request:
    """Do what was asked, and note who approved. All in one transaction: where the doing is refused, the request still waits."""

    def do(change: Change) -> None:
        if request.kind == Request.Kind.CORRECTION:
            assert request.identity_number is not None
            number = IdentityNumber.parse(request.identity_number.clear)
            correct_identity_number(request.pupil, number.text, change=change, birth_date=number.birth_date, sex=number.sex)
            return
        stay = active(request.pupil)
        if stay is None or request.on is None:
            raise Refused(_("The pupil has left meanwhile. Refuse this request."))
        if request.kind == Request.Kind.TRANSFER:
            transfer(stay, request.school, on=request.on, grade=request.grade, change=change)
        else:
            withdraw(stay, on=request.on, kind=request.exit_kind, change=change)

    return _decided(request, Request.State.APPROVED, by, answer, do)


def approve_all(requests: Sequence[Request], *, by: Account, answer: str = "") -> int:
    """Approve several at once, all or none. Raises: Refused, naming the request that stands in the way."""
    with transaction.atomic():
        trail.hold()
        for request in requests:
            try:
                approve(request, by=by, answer=answer)
            except Refused as refused:
                raise Refused(_("{request}: {why} None of the chosen was approved.").format(request=request, why=refused)) from None
    return len(requests)


def refuse(request: Request, *, by: Account, answer: str) -> Request:
    """Say no, with the reason that whoever asked will read."""
    if not answer.strip():
        raise Refused(_("Say why you refuse: whoever asked will read it."))
    return _decided(request, Request.State.REFUSED, by, answer, lambda change: None)


def take_back(request: Request, *, by: Account, reason: str) -> Request:
    """Whoever asked no longer asks."""
    request = _pending(request)
    if by.pk != request.asked_by_id:
        raise Refused(_("Only the account that asked takes a request back."))
    request.state, request.decided_by, request.decided_at = Request.State.TAKEN_BACK, by, timezone.now()
    return request.store(change=Change(by, reason))


def check_may_approve(account: Account, request: Request) -> None:
    """Refuse unless this account may decide: an officer, not who asked, whose scope has the school and the pupil's own."""
    if account.pk == request.asked_by_id:
        raise Refused(_("Who enters does not approve. Let another account approve this."))
    if account.role != Role.OFFICER:
        raise Refused(_("A bureau officer approves this. Your role does not."))
    check_covers(request.school.path, account)
    check_covers(request.pupil.keeper.path, account)


def may_approve(account: Account, request: Request) -> bool:
    """The same rule asked quietly, to show or hide the button."""
    try:
        check_may_approve(account, request)
    except Refused:
        return False
    return True


def _asked(request: Request, by: Account, reason: str) -> Request:
    check_may_enter(by)
    check_covers(request.school.path, by)
    request.asked_by, request.reason = by, reason
    return request.store(change=Change(by, reason))


def _pending(request: Request) -> Request:
    found: Request = Request.objects.select_related("pupil__keeper", "school", "asked_by").get(pk=request.pk)
    if found.state != Request.State.PENDING:
        raise Refused(_("This request is decided already: {state}.").format(state=found.get_state_display()))
    return found


def _decided(request: Request, state: str, by: Account, answer: str, do: Callable[[Change], None]) -> Request:
    fresh = _pending(request)
    check_may_approve(by, fresh)
    change = Change(fresh.asked_by, fresh.reason, approved_by=by)
    with altering(change):
        fresh = _pending(request)  # again, now that no other writer is in between
        request.__dict__.update(fresh.__dict__)
        do(change)
        request.state, request.decided_by, request.decided_at, request.answer = state, by, timezone.now(), answer.strip()
        request.store(change=Change(by, answer.strip() or fresh.reason))
    return request
