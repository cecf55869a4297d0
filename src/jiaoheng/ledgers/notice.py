"""Notice: one thing that one person is to be told, written once; and the message that carried it.

Changes when what is kept of a notice or a message changes. A notice is written in the transaction that found it due, under a key that the
database takes once: however often, and from however many processes, the scheduler looks, it is one notice. Sending is another step.
"""

from collections.abc import Container, Sequence
from datetime import date
from typing import Any, ClassVar, NamedTuple

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.bulk_insert import insert_columns, listed
from jiaoheng.access.scope import ScopedQuerySet
from jiaoheng.access.sealed_field import EncryptedText
from jiaoheng.organisations.organisation import Organisation

__all__ = [
    "Choice",
    "Message",
    "MessageState",
    "NewNotice",
    "Notice",
    "NoticeChoice",
    "NoticeKind",
    "Robot",
    "RobotKind",
    "unwritten",
    "write_notices",
]


class NoticeKind(models.TextChoices):
    REMINDER = "reminder", _("reminder")
    ESCALATION = "escalation", _("escalation")
    MOVED = "moved", _("due day moved")
    REQUEST = "request", _("report asked for")


class MessageState(models.TextChoices):
    """`given_up`: every attempt failed; an officer sees it and may have it tried again."""

    WAITING = "waiting", _("to be sent")
    SENT = "sent", _("sent")
    GIVEN_UP = "given_up", _("given up")


class Choice(models.TextChoices):
    MAIL = "mail", _("a mail a day")
    ROBOT = "robot", _("in the group chat")
    NONE = "none", _("nothing; my desk is enough")


class RobotKind(models.TextChoices):
    DINGTALK = "dingtalk", _("DingTalk")
    WECOM = "wecom", _("WeCom")


class Robot(models.Model):
    """A group chat's robot of an organisation. Its address holds its password, so both are sealed."""

    scope_path: ClassVar[str] = "organisation__path"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="robots", verbose_name=_("organisation"))
    kind = models.CharField(_("kind"), max_length=10, choices=RobotKind.choices)
    name = models.CharField(_("group chat"), max_length=100)
    address = EncryptedText(_("webhook address"))
    secret = EncryptedText(_("signing secret"))
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["organisation__path", "pk"]

    def __str__(self) -> str:
        return self.name


class NoticeChoice(models.Model):
    """How an account wants to be told. Without one: by mail."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_choice")
    way = models.CharField(_("how"), max_length=10, choices=Choice.choices, default=Choice.MAIL)

    def __str__(self) -> str:
        return f"{self.account}: {self.way}"


class Message(models.Model):
    """One mail to one person on one day, or one message to one group. `key` is taken once.

    A message is claimed by moving `next_at` ahead before it is sent: who dies in between leaves it to be sent later, under the same key.
    """

    key = models.CharField(max_length=200, unique=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("to"))
    robot = models.ForeignKey(Robot, models.PROTECT, null=True, related_name="messages", verbose_name=_("group chat"))
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    state = models.CharField(_("state"), max_length=10, choices=MessageState.choices, default=MessageState.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField()
    fault = models.CharField(_("what failed"), max_length=300, blank=True)
    made_at = models.DateTimeField(_("written"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["next_at"], condition=models.Q(state="waiting"), name="message_waiting")]

    def __str__(self) -> str:
        return self.key


class Notice(models.Model):
    """`key` says what, of which row, at which stage, for which day, to whom. `account` is empty where nobody is there to be told.

    `organisation` is whose matter it is, so who may see the notice; `address` is the page that it leads to. `settled`: nothing is to be
    sent any more, since it was, or since the account wants none.
    """

    scope_path: ClassVar[str] = "organisation__path"

    key = models.CharField(max_length=300)
    kind = models.CharField(_("what"), max_length=10, choices=NoticeKind.choices)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="notices", verbose_name=_("to"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("organisation"))
    address = models.CharField(max_length=200)
    text = models.CharField(_("text"), max_length=400)
    on = models.DateField(_("day"))
    settled = models.BooleanField(default=False)
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="notices", db_index=False)
    made_at = models.DateTimeField(_("written"), auto_now_add=True)

    objects = models.Manager.from_queryset(ScopedQuerySet)()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("notice")
        # One index for the key once, and for keys that begin alike.
        constraints = [models.UniqueConstraint(fields=["key"], opclasses=["varchar_pattern_ops"], name="notice_once")]
        indexes = [models.Index(fields=["account"], condition=models.Q(settled=False), name="notice_to_send")]

    def __str__(self) -> str:
        return self.text


class NewNotice(NamedTuple):
    """A notice before it is written. `account`, `organisation`: their keys. Where nobody is there to be told, nothing is to be sent."""

    key: str
    kind: str
    account: int | None
    organisation: int
    address: str
    text: str
    on: date


def unwritten(keys: Sequence[str]) -> set[str]:
    """Of these keys those that no notice has."""
    return set(keys) - set(Notice.objects.filter(key__in=listed(keys, "text")).values_list("key", flat=True)) if keys else set()


def write_notices(notices: Sequence[NewNotice], *, new: Container[str] | None = None) -> int:
    """Write those that are not written yet, in the caller's transaction; how many that were. `new`: their keys, where that was asked."""
    new = unwritten([notice.key for notice in notices]) if new is None else new
    fresh = list({notice.key: notice for notice in notices if notice.key in new}.values())
    columns: dict[str, list[Any]] = {
        "key": [one.key for one in fresh],
        "kind": [one.kind for one in fresh],
        "account_id": [one.account for one in fresh],
        "organisation_id": [one.organisation for one in fresh],
        "address": [one.address for one in fresh],
        "text": [one.text[:400] for one in fresh],
        "on": [one.on for one in fresh],
        "settled": [one.account is None for one in fresh],
    }
    insert_columns(Notice, columns, {"made_at": timezone.now()}, unless_there="key")  # another process may be quicker
    return len(fresh)
