"""Desk: what the reader must do, the most urgent first, as a page and as a calendar that a phone subscribes to.

Changes when my desk shows something else.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from jiaoheng.access.account import Account
from jiaoheng.ledgers.row_list import desk_rows
from jiaoheng.web.joint.tasks import PaperTask, paper_tasks
from jiaoheng.web.ledger_clock import RowShown, rows_shown
from jiaoheng.web.scope import reader

__all__ = ["calendar_token", "desk", "desk_calendar"]

_SALT = "desk calendar"
_SHOWN = 200


def desk(request: HttpRequest) -> HttpResponse:
    """Rows that wait for the reader, in the order of their clocks."""
    account, today = reader(request), timezone.localdate()
    shown = rows_shown(list(desk_rows(account, at_most=_SHOWN).defer("answers", "version__source")), today)
    groups: list[tuple[str, list[RowShown]]] = [
        (_("Late"), [one for one in shown if one.row.due_on and one.row.due_on < today]),
        (_("This week"), [one for one in shown if one.row.due_on and today <= one.row.due_on <= today + timedelta(days=7)]),
        (_("Later"), [one for one in shown if one.row.due_on and one.row.due_on > today + timedelta(days=7)]),
        (_("Without a deadline"), [one for one in shown if one.row.due_on is None]),
    ]
    address = request.build_absolute_uri(reverse("desk-calendar", args=[calendar_token(account)]))
    papers = paper_tasks(account)
    context: dict[str, Any] = {
        "groups": groups,
        "papers": papers,
        "count": len(shown) + len(papers),
        "whole": len(shown) < _SHOWN,
        "address": address,
    }
    return render(request, "web/desk.html", context)


@login_not_required
def desk_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The same as a calendar, for who has the address. It ends when the account's password changes or the account is closed."""
    account = _account_of(token)
    calendar = Calendar()
    with translation.override(settings.LANGUAGE_CODE):
        calendar.add("prodid", "-//Jiaoheng//Desk//ZH")
        calendar.add("version", "2.0")
        calendar.add("x-wr-calname", _("My desk"))
        for one in rows_shown([row for row in desk_rows(account, at_most=_SHOWN) if row.due_on], timezone.localdate()):
            calendar.add_component(_event(request, one))
        for task in (one for one in paper_tasks(account) if one.due_on):
            calendar.add_component(_event_of_paper(request, task))
    response = HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=900"
    return response


def calendar_token(account: Account) -> str:
    """Names the account in the address of its calendar; nobody can make one, and a new password makes the old one void."""
    return signing.dumps([account.pk, account.password[-12:]], salt=_SALT)


def _account_of(token: str) -> Account:
    try:
        key, mark = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError):
        raise Http404 from None
    account = Account.objects.filter(pk=key, is_active=True).select_related("organisation").first()
    if account is None or account.password[-12:] != mark:
        raise Http404
    return account


def _event_of_paper(request: HttpRequest, task: PaperTask) -> Event:
    event = Event()
    event.add("uid", f"{task.key}@jiaoheng")
    event.add("dtstamp", timezone.now())
    event.add("dtstart", task.due_on)
    event.add("dtend", task.due_on + timedelta(days=1) if task.due_on else None)
    event.add("summary", f"{task.paper}：{task.title}" if translation.get_language() != "en" else f"{task.paper}: {task.title}")
    event.add("description", task.todo)
    event.add("url", request.build_absolute_uri(task.address))
    event.add("transp", "TRANSPARENT")
    return event


def _event(request: HttpRequest, one: RowShown) -> Event:
    row = one.row
    event = Event()
    event.add("uid", f"row-{row.pk}@jiaoheng")
    event.add("dtstamp", timezone.now())
    event.add("dtstart", row.due_on)
    event.add("dtend", row.due_on + timedelta(days=1) if row.due_on else None)
    event.add(
        "summary", f"{one.ledger}：#{row.pk} {one.state}" if translation.get_language() != "en" else f"{one.ledger}: #{row.pk} {one.state}"
    )
    event.add("description", f"{one.clock.label if one.clock else ''} {one.clock.said if one.clock else ''} · {row.organisation}".strip())
    event.add("url", request.build_absolute_uri(reverse("ledger-row", args=[row.ledger, row.pk])))
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", one.state)
    alarm.add("trigger", timedelta(hours=-15))
    event.add_component(alarm)
    return event
