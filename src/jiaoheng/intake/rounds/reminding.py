"""Reminding: schools that still owe get a mail, once a day at most, and it is kept that they did.

Changes when who is reminded, or how, changes. Who has no address is reminded on the first page of the site alone, and that is said.
"""

from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.intake.rounds.round import PartState, Round, RoundPart, check_may_manage, moment_shown, tell

__all__ = ["Reminded", "remind"]


@dataclass(frozen=True)
class Reminded:
    """How many schools were reminded by mail, have no address, or were reminded today already."""

    mailed: int = 0
    without_address: int = 0
    today_already: int = 0

    @property
    def schools(self) -> int:
        return self.mailed + self.without_address


def remind(round_: Round, account: Account | None = None) -> Reminded:
    """Remind every school that owes; `account` is none where the deployment's own command does it. Raises: Refused."""
    if account is not None:
        check_may_manage(account, round_.organisation)
    if not round_.is_open:
        raise Refused(_("This round is locked: nobody owes anything."))
    owing = [part for part in round_.parts.select_related("school", "round") if part.owes]
    began = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    reminded = set(round_.events.filter(step="remind", at__gte=began).values_list("part_id", flat=True))
    mailed = without = 0
    connection = get_connection(fail_silently=False)
    for part in owing:
        if part.pk in reminded:
            continue
        addresses = _addresses(part)
        if addresses:
            connection.send_messages([_mail(part, addresses)])
            mailed += 1
        else:
            without += 1
        tell(round_, part, "remind", account, _said(addresses), part.state, part.state)
    return Reminded(mailed, without, len(reminded & {part.pk for part in owing}))


def _addresses(part: RoundPart) -> list[str]:
    """The school's clerks; where the head's approval is what is owed, its leaders too."""
    roles = [Role.CLERK, Role.LEADER] if part.state == PartState.RETURNED else [Role.CLERK]
    accounts = Account.objects.filter(organisation=part.school, role__in=roles, is_active=True).exclude(email="")
    return sorted(set(accounts.values_list("email", flat=True)))


def _mail(part: RoundPart, addresses: list[str]) -> EmailMessage:
    """In the deployment's own language: nobody's choice of language is at hand."""
    with override(settings.LANGUAGE_CODE):
        due = moment_shown(part.round.due)
        subject = _("Reminder: {round}, due {due}").format(round=part.round.title, due=due)
        if part.state == PartState.RETURNED:
            what = _("The workbook of {school} has been returned and waits for the head's approval.")
        elif part.state == PartState.SENT_BACK:
            what = _("The workbook of {school} was sent back. The reason stands on the round's page; mend it and return it again.")
        else:
            what = _(
                "The workbook of {school} has not been returned. Fetch it on the round's page, fill in the white cells, and return it."
            )
        late = _("The due moment has passed.") + " " if part.round.is_past_due else ""
        body = what.format(school=part.school) + "\n\n" + late + _("Due: {due}").format(due=due)
        if part.round.note:
            body += f"\n\n{part.round.note}"
    return EmailMessage(subject, body, to=addresses)


def _said(addresses: list[str]) -> str:
    return _("{n} addresses").format(n=len(addresses)) if addresses else _("no mail address; shown on the school's first page")
