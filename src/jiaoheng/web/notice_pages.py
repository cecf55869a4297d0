"""Notice pages: what was told to whom and whether it went out; how the reader wants to be told; group chats' robots.

Changes when a reader sees, or chooses, something else of notices. An officer sees those of the whole scope, everybody else their own.
"""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.access.scope import limited
from jiaoheng.ledgers.notice import Choice, Message, MessageState, Notice, NoticeChoice, Robot, RobotKind
from jiaoheng.ledgers.robot import refused_address
from jiaoheng.ledgers.sending import try_again
from jiaoheng.web.scope import reader

__all__ = ["notices"]

_PER_PAGE = 50
_SEES_ALL = {Role.OFFICER, Role.LEADER, Role.AUDITOR, Role.ADMINISTRATOR}
_KEEPS_ROBOTS = {Role.OFFICER, Role.ADMINISTRATOR}


class RobotForm(forms.Form):
    """A group chat's robot: what the chat's own page shows when one is added to it."""

    name = forms.CharField(label=gettext_lazy("group chat"), max_length=100)
    kind = forms.ChoiceField(label=gettext_lazy("kind"), choices=RobotKind.choices)
    address = forms.URLField(label=gettext_lazy("webhook address"), max_length=500, assume_scheme="https")
    secret = forms.CharField(label=gettext_lazy("signing secret"), max_length=200, required=False)

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"])
        if refusal := refused_address(address):
            raise forms.ValidationError(refusal)
        return address


def notices(request: HttpRequest) -> HttpResponse:
    """The newest notices first; a form posted here says in `do` what it wants."""
    account = reader(request)
    if request.method == "POST":
        form = RobotForm(request.POST) if request.POST.get("do") == "robot" else None
        if form is None or form.is_valid():
            _done(request, account, form)
            return redirect("notices")
    else:
        form = None
    found = _seen_by(account).select_related("account", "organisation", "message")
    chosen = NoticeChoice.objects.filter(account=account).first()
    context: dict[str, Any] = {
        "page": Paginator(found, _PER_PAGE).get_page(request.GET.get("page")),
        "sees_all": _sees_all(account),
        "ways": Choice.choices,
        "way": chosen.way if chosen else Choice.MAIL,
        "email": account.email,
        "failing": list(_messages_of(account).exclude(fault="").exclude(state=MessageState.SENT)[:50]) if _sees_all(account) else [],
        "robots": list(_robots_of(account)) if _keeps_robots(account) else [],
        "form": form or RobotForm() if _keeps_robots(account) else None,
    }
    return render(request, "web/notices.html", context)


def _done(request: HttpRequest, account: Account, form: RobotForm | None) -> None:
    asked = request.POST.get("do", "")
    if form is not None:
        _add_robot(account, form)
    elif asked == "choose" and request.POST.get("way") in Choice.values:
        NoticeChoice.objects.update_or_create(account=account, defaults={"way": request.POST["way"]})
    elif asked == "again":
        message = _messages_of(account).filter(pk=_number(request)).first() if _sees_all(account) else None
        if message is None or account.role == Role.AUDITOR:
            raise Refused(_("This message is not yours to send again."))
        try_again(message)
    elif asked == "end":
        _end_robot(account, _number(request))


def _add_robot(account: Account, form: RobotForm) -> None:
    if not _keeps_robots(account) or account.organisation is None:
        raise Refused(_("Group chats are kept by officers of the bureau. Ask one to add it."))
    said = form.cleaned_data
    with transaction.atomic():
        trail.hold()
        robot = Robot.objects.create(
            organisation=account.organisation, name=said["name"], kind=said["kind"], address=said["address"], secret=said["secret"] or None
        )
        _on_the_trail(account, robot, trail.Action.ADDED, _("group chat added"))


def _end_robot(account: Account, number: int) -> None:
    robot = _robots_of(account).filter(pk=number).first() if _keeps_robots(account) else None
    if robot is None:
        raise Refused(_("Group chats are kept by officers of the bureau. Ask one to add it."))
    with transaction.atomic():
        trail.hold()
        Robot.objects.filter(pk=robot.pk).update(is_active=False, address=None, secret=None)
        Message.objects.filter(robot=robot, state=MessageState.WAITING).update(
            state=MessageState.GIVEN_UP, fault=_("the group chat was taken away")
        )
        _on_the_trail(account, robot, trail.Action.REMOVED, _("group chat taken away"))


def _on_the_trail(account: Account, robot: Robot, action: str, reason: str) -> None:
    said = trail.Entry(action, robot._meta.label, str(robot.pk), robot.organisation.path, {}, {"name": robot.name, "kind": robot.kind})
    trail.record([said], by=account, reason=reason)


def _seen_by(account: Account) -> "QuerySet[Notice, Notice]":
    return limited(Notice.objects.all(), account) if _sees_all(account) else Notice.objects.filter(account=account)


def _messages_of(account: Account) -> "QuerySet[Message, Message]":
    """Messages to people and chats of the reader's scope."""
    places = account.scope
    return Message.objects.filter(Q(account__organisation__in=places) | Q(robot__organisation__in=places)).select_related(
        "account", "robot"
    )


def _robots_of(account: Account) -> "QuerySet[Robot, Robot]":
    return limited(Robot.objects.filter(is_active=True), account)


def _of_bureau(account: Account) -> bool:
    return account.organisation is not None and not account.organisation.is_school


def _sees_all(account: Account) -> bool:
    return _of_bureau(account) and account.role in _SEES_ALL


def _keeps_robots(account: Account) -> bool:
    return _of_bureau(account) and account.role in _KEEPS_ROBOTS


def _number(request: HttpRequest) -> int:
    written = request.POST.get("number", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 18 else 0
