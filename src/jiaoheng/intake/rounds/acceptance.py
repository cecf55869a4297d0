"""Acceptance: the school's head approves, the bureau accepts and the figures are stored, or sends back with a reason; reopening.

Changes when another account may approve or accept. Who returns does not approve, and who returned or approved does not accept.
"""

import tempfile
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.intake.rounds.clean_copy import take_copies, write_clean_copies
from jiaoheng.intake.rounds.handing_in import RoundReturn, newest_return, read_kept, unexplained, values_of
from jiaoheng.intake.rounds.reading import Reading
from jiaoheng.intake.rounds.rosters import NEW_ROW
from jiaoheng.intake.rounds.round import PartState, RoundPart, check_may_manage, take_step

__all__ = ["accept", "approve", "check_may_approve", "may_accept", "may_approve", "may_send_back", "reopen_part", "send_back"]


def check_may_approve(part: RoundPart, account: Account) -> None:
    """Refuse unless the account stands at the school (its head, or another than who returned)."""
    own = account.organisation
    of_school = own is not None and own.is_school and account.is_active and account.covers(part.school.path)
    if not of_school or account.role not in (Role.LEADER, Role.CLERK):
        raise Refused(
            _("The school's head approves: an account of {school} with the role of leader, or another clerk.").format(school=part.school)
        )
    returned = newest_return(part)
    if returned is not None and returned.account_id == account.pk:
        raise Refused(_("Who returns does not approve. Let the school's head, or another account of the school, approve."))


def approve(part: RoundPart, account: Account, note: str = "") -> RoundPart:
    """The school's head says that the figures are right. Raises: Refused, also where a flagged figure has no reason."""
    check_may_approve(part, account)
    returned = newest_return(part)
    if returned is not None and (missing := unexplained(returned)):
        raise Refused(_("Flagged figures have no reason yet: {figures}.").format(figures=", ".join(one.key for one in missing)))
    with transaction.atomic():
        part = take_step("approve", part, account, note)
        part.approved_at = timezone.now()
        part.save(update_fields=["approved_at"])
    return part


def accept(part: RoundPart, account: Account, note: str = "") -> RoundPart:
    """The bureau accepts: the figures go through the intake into the registers, and the school's part is locked.

    Raises: Refused where who returned or approved would accept, where the registers have changed meanwhile, or where the intake would send
    something back; nothing is stored then.
    """
    check_may_manage(account, part.round.organisation)
    with transaction.atomic():
        trail.hold()
        part = RoundPart.objects.select_for_update().select_related("round", "school").get(pk=part.pk)
        returned = newest_return(part)
        reading = read_kept(returned) if returned else Reading()
        part = take_step("accept", part, account, note)
        if returned is None:
            raise Refused(_("Nothing has been returned."))
        if account.pk in (returned.account_id, _approver(part)):
            raise Refused(_("Who returned or approved does not accept. Let another officer accept."))
        _check_unchanged(returned, reading)
        _store(part, returned, reading)
        part.taken = _joined(part.taken, returned, reading)
        part.save(update_fields=["taken"])
    return part


def send_back(part: RoundPart, account: Account, reason: str) -> RoundPart:
    """The school's head or the bureau sends the return back, with a reason. Raises: Refused."""
    if not may_send_back(part, account):
        raise Refused(_("The school's head sends back before approving; after that, the bureau's officers do."))
    return _taken_back("send_back", part, account, reason)


def reopen_part(part: RoundPart, account: Account, reason: str) -> RoundPart:
    """Open an accepted part again, with a reason: what it gave is asked again, with the stored figures to correct. Raises: Refused."""
    check_may_manage(account, part.round.organisation)
    return _taken_back("reopen", part, account, reason)


def _taken_back(step: str, part: RoundPart, account: Account, reason: str) -> RoundPart:
    """A step, with its reason, after which the part must be approved anew."""
    _check_reason(reason)
    with transaction.atomic():
        part = take_step(step, part, account, reason)
        part.approved_at = None
        part.save(update_fields=["approved_at"])
    return part


def may_approve(part: RoundPart, account: Account) -> bool:
    """Whether the account may approve now, asked quietly."""
    try:
        check_may_approve(part, account)
    except Refused:
        return False
    return part.state == PartState.RETURNED and part.round.is_open


def may_accept(part: RoundPart, account: Account) -> bool:
    """Whether the account may accept now, asked quietly."""
    try:
        check_may_manage(account, part.round.organisation)
    except Refused:
        return False
    returned = newest_return(part)
    own_hand = returned is not None and account.pk in (returned.account_id, _approver(part))
    return part.state == PartState.APPROVED and part.round.is_open and not own_hand


def may_send_back(part: RoundPart, account: Account) -> bool:
    """Whether the account may send back now."""
    if part.state not in (PartState.RETURNED, PartState.APPROVED) or not part.round.is_open:
        return False
    try:
        check_may_manage(account, part.round.organisation)
    except Refused:
        return may_approve(part, account)
    return True


def _approver(part: RoundPart) -> int | None:
    event = part.events.filter(step="approve").order_by("-at", "-id").first()
    return event.account_id if event else None


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(_("Say why: it is kept, and the school reads it."))


def _check_unchanged(returned: RoundReturn, reading: Reading) -> None:
    """Refuse where what the return would store, read now, is no longer what was approved."""
    if reading.refused or values_of(reading) != returned.values:
        said = " ".join(cause.message for cause in reading.alterations if cause.severity != "info")
        raise Refused(
            _("The registers have changed since this was approved, so that it would store other figures. Send it back. {why}").format(
                why=said
            )
        )


def _store(part: RoundPart, returned: RoundReturn, reading: Reading) -> None:
    """Through the one road of the intake, in the name of who returned. Raises: Refused where anything would come back."""
    with tempfile.TemporaryDirectory() as folder:
        copies = write_clean_copies(part, reading, Path(folder), corrections=bool(returned.correction_reason))
        approver = part.events.filter(step="accept").latest("at", "id").account
        reports = take_copies(copies, returned.account, approved_by=approver, returned=Path(folder) / "returned")
        faults = [cause.message for report in reports for file in report.files for cause in file.causes if cause.severity == "reject"]
        if faults:
            raise Refused(_("The intake would send this back; nothing was stored. {why}").format(why=" ".join(faults)))


def _joined(taken: dict[str, dict[str, list[str]]], returned: RoundReturn, reading: Reading) -> dict[str, dict[str, list[str]]]:
    """What this round has stored of the school so far: register → line → fields."""
    joined = {register: {line: set(fields) for line, fields in lines.items()} for register, lines in taken.items()}
    asks = returned.part.round.asks
    for register, lines in reading.answers.items():
        for line, cells in lines.items():
            if not line.startswith(NEW_ROW):  # a row that was added is held from now on, under a line of its own
                joined.setdefault(register, {}).setdefault(line, set()).update(set(cells) & set(asks[register]))
    if returned.correction_reason:
        for one in reading.differences:
            if one.field in asks[one.register]:
                joined.setdefault(one.register, {}).setdefault(one.line, set()).add(one.field)
    return {register: {line: sorted(fields) for line, fields in lines.items()} for register, lines in joined.items()}
