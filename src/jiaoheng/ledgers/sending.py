"""Sending: notices become messages, one mail a person a day and one message a group chat, and messages go out.

Changes when messages are put together or tried again otherwise. A message is claimed (`next_at` moves ahead) before it is sent and marked
after; whoever dies in between leaves it to be tried later. Only between the server's «taken» and our mark can a message go out a second
time, and then under the same Message-ID, by which mail programs know it; none is ever lost.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from jiaoheng.access.account import Account
from jiaoheng.access.bulk_insert import listed
from jiaoheng.ledgers.clock import OFFICE_ZONE
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.notice import Choice, Message, MessageState, Notice, NoticeChoice, Robot
from jiaoheng.ledgers.robot import RobotFailed, say_to_robot
from jiaoheng.ledgers.row_list import desk_rows
from jiaoheng.ledgers.sending_rule import SendingRule, load_sending_rule
from jiaoheng.organisations.organisation import PATH_SEPARATOR

__all__ = ["Sent", "make_messages", "send_messages", "try_again"]

_AT_ONCE = 200


@dataclass
class Sent:
    """How many messages went out, failed this time, or were given up."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0


def make_messages(at: datetime | None = None) -> int:
    """Put what waits into messages; how many. Before the hour at which mails go out, and for who had today's mail, it waits on."""
    moment = (at or timezone.now()).astimezone(OFFICE_ZONE)
    rule = load_sending_rule(settings.RULEBOOK_OVERLAY)
    if moment.time() < rule.opens_at:
        return 0
    waiting = list(Notice.objects.filter(settled=False).order_by().values_list("account", flat=True).distinct())
    ways = dict(NoticeChoice.objects.filter(account__in=waiting).values_list("account", "way"))
    accounts = Account.objects.filter(pk__in=waiting).select_related("organisation").order_by("pk")
    robots = {robot.organisation.path: robot for robot in Robot.objects.filter(is_active=True).select_related("organisation")}
    made, by_robot = 0, dict[int, tuple[Robot, list[Account]]]()
    with override(settings.LANGUAGE_CODE):
        for account in accounts:
            way = ways.get(account.pk, Choice.MAIL) if account.is_active else Choice.NONE
            robot = _robot_of(account, robots) if way == Choice.ROBOT else None
            if robot is not None:
                by_robot.setdefault(robot.pk, (robot, []))[1].append(account)
            elif way == Choice.NONE or not account.email:
                Notice.objects.filter(account=account, settled=False).update(settled=True)  # my desk shows it
            else:
                made += _make_mail(account, moment, rule)
        for robot, people in by_robot.values():
            made += _make_group_message(robot, people, moment, rule)
    return made


def send_messages(at: datetime | None = None, *, most: int = _AT_ONCE) -> Sent:
    """Send the messages whose time has come. One that fails is tried later, each time after a longer wait; none stops another."""
    moment, sent = at or timezone.now(), Sent()
    rule = load_sending_rule(settings.RULEBOOK_OVERLAY)
    ready = Message.objects.filter(state=MessageState.WAITING, next_at__lte=moment).order_by("next_at", "pk")
    for message in list(ready.select_related("account", "robot")[:most]):
        wait = timedelta(minutes=rule.wait_minutes * 2**message.attempts)
        claimed = Message.objects.filter(pk=message.pk, state=MessageState.WAITING, attempts=message.attempts)
        if not claimed.update(attempts=message.attempts + 1, next_at=moment + wait):
            continue  # another process has it
        fault = _failed(message)
        own = Message.objects.filter(pk=message.pk, attempts=message.attempts + 1)
        if not fault:
            own.update(state=MessageState.SENT, sent_at=moment, fault="")
            sent.sent += 1
        elif message.attempts + 1 >= rule.attempts:
            own.update(state=MessageState.GIVEN_UP, fault=fault)
            sent.given_up += 1
        else:
            own.update(fault=fault)
            sent.failed += 1
    return sent


def try_again(message: Message, at: datetime | None = None) -> None:
    """Have a message that was given up sent once more."""
    again = Message.objects.filter(pk=message.pk, state=MessageState.GIVEN_UP)
    again.update(state=MessageState.WAITING, attempts=0, next_at=at or timezone.now())


def _failed(message: Message) -> str:
    """Send it; why that failed, in words without addresses or secrets, or nothing."""
    try:
        _sender_of(message)()
    except RobotFailed as failed:
        return str(failed)[:300]
    except Exception as error:  # one server's fault, of whatever kind, holds up nobody else's message
        return f"{type(error).__name__}: {getattr(error, 'smtp_code', '') or getattr(error, 'errno', '') or ''}".strip(": ")[:300]
    return ""


def _sender_of(message: Message) -> Callable[[], object]:
    robot, account = message.robot, message.account
    if robot is not None:
        return lambda: say_to_robot(robot, message.subject, message.text)
    assert account is not None
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    name = hashlib.sha256(f"{settings.SECRET_KEY}|{message.key}".encode()).hexdigest()[:32]
    mail = EmailMessage(message.subject, message.text, to=[account.email], headers={"Message-ID": f"<{name}@{host}>"})
    return mail.send


def _make_mail(account: Account, moment: datetime, rule: SendingRule) -> int:
    """The person's mail of the day with what is new, late, and due this week."""
    key = f"mail/{account.pk}/{moment.date()}"
    if Message.objects.filter(key=key).exists():
        return 0
    with transaction.atomic():
        new = _taken([account])
        if not new:
            return 0
        late, soon = _desk(account, moment.date(), rule)
        subject = _("Jiaoheng: {late} late, {soon} due this week, {new} new").format(late=len(late), soon=len(soon), new=len(new))
        parts = [(_("New"), [notice.text for notice in new]), (_("Late"), late), (_("Due soon"), soon)]
        text = "\n\n".join("\n".join([f"{head}：", *_cut(lines, rule)]) for head, lines in parts if lines)
        _store(new, Message(key=key, account=account, subject=subject[:200], text=text, next_at=moment))
    return 1


def _make_group_message(robot: Robot, people: Sequence[Account], moment: datetime, rule: SendingRule) -> int:
    with transaction.atomic():
        new = _taken(people)
        if not new:
            return 0
        names = {account.pk: account.get_full_name() or account.username for account in people}
        told: dict[str, list[str]] = {}
        for notice in new:
            told.setdefault(notice.text, []).append(names.get(notice.account_id or 0, ""))
        lines = [f"- {text}（{'、'.join(dict.fromkeys(whom))}）" for text, whom in told.items()]
        subject = _("Jiaoheng: {n} new").format(n=len(told))
        message = Message(
            key=f"robot/{robot.pk}/{new[0].pk}", robot=robot, subject=subject, text="\n".join(_cut(lines, rule)), next_at=moment
        )
        _store(new, message)
    return 1


def _taken(accounts: Iterable[Account]) -> list[Notice]:
    """What waits for these accounts, locked."""
    waiting = Notice.objects.filter(account__in=[account.pk for account in accounts], settled=False)
    return list(waiting.select_for_update(skip_locked=True).order_by("pk"))


def _store(notices: Sequence[Notice], message: Message) -> None:
    message.save(force_insert=True)
    keys = [notice.pk for notice in notices]
    Notice.objects.filter(pk__in=listed(keys, "bigint")).update(message=message, settled=True)


def _desk(account: Account, today: date, rule: SendingRule) -> tuple[list[str], list[str]]:
    """What lies late on the person's desk, and what is due soon."""
    rows = list(desk_rows(account, at_most=500).defer("answers", "version__source"))
    late = [_line(row) for row in rows if row.due_on and row.due_on < today]
    soon = [_line(row) for row in rows if row.due_on and today <= row.due_on <= today + timedelta(days=rule.soon_days)]
    return late, soon


def _line(row: LedgerRow) -> str:
    words = _("{ledger} #{row}, due {due}")
    return words.format(ledger=row.version.title.in_language(settings.LANGUAGE_CODE), row=row.pk, due=row.due_on)


def _cut(lines: Sequence[str], rule: SendingRule) -> list[str]:
    shown = list(lines[: rule.lines_at_most])
    more = len(lines) - len(shown)
    return [*shown, _("… and {n} more").format(n=more)] if more else shown


def _robot_of(account: Account, robots: dict[str, Robot]) -> Robot | None:
    """The robot of the account's organisation, or of the nearest one above."""
    path = account.organisation.path if account.organisation else ""
    while path:
        if path in robots:
            return robots[path]
        path = path.rpartition(PATH_SEPARATOR)[0]
    return None
