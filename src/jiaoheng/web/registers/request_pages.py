"""Request pages: what waits for approval, with before and after; decided one by one or several at once, in words; or taken back.

Changes when a request shows something else, or is decided in another way. Who may decide is settled by the registers (`approval`).
"""

from datetime import datetime
from typing import Any

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Account, Refused, Role, check_may_read_persons
from jiaoheng.access.opening import may_open
from jiaoheng.registers.approval import Request, approve, approve_all, may_approve, refuse, take_back
from jiaoheng.registers.enrolment import active
from jiaoheng.web.registers.columns import CodeColumn, DayColumn, RegisterTable, SchoolColumn, code_words
from jiaoheng.web.registers.listing import Listing, RegisterFilter, school_filter
from jiaoheng.web.registers.pupil_page import class_words
from jiaoheng.web.scope import reader

__all__ = ["REQUESTS", "decide", "decide_many", "request_page", "waiting_for"]

_ANY = gettext_lazy("any")
_PILLS = {"pending": "warn", "approved": "good", "refused": "bad", "taken_back": "mute"}


def waiting_for(account: Account) -> int:
    """How many requests in scope wait."""
    return int(Request.objects.for_account(account).filter(state="pending").count())


class RequestFilter(RegisterFilter):
    """By state, kind and school; until a state is asked for, those that wait."""

    state = django_filters.ChoiceFilter(label=gettext_lazy("State"), choices=Request.State.choices, empty_label=_ANY)
    kind = django_filters.ChoiceFilter(label=gettext_lazy("Kind"), choices=Request.Kind.choices, empty_label=_ANY)
    school = school_filter(gettext_lazy("School"), any_words=_ANY)


class RequestTable(RegisterTable):
    """One line a request."""

    choose = tables.Column(verbose_name="", empty_values=(), orderable=False, exclude_from_export=True)
    asked_at = tables.Column(verbose_name=gettext_lazy("Asked at"), attrs={"td": {"class": "tight"}})
    kind = tables.Column(verbose_name=gettext_lazy("Kind"), linkify=lambda record: reverse("request", args=[record.pk]))
    pupil = tables.Column(verbose_name=gettext_lazy("Pupil"), order_by="pupil__name")
    school = SchoolColumn(gettext_lazy("School"), order_by=("school__name_zh", "school__name_en"))
    on = DayColumn(gettext_lazy("Takes effect on"))
    exit_kind = CodeColumn(gettext_lazy("Kind of exit"), "exit_kind")
    asked_by = tables.Column(verbose_name=gettext_lazy("Asked by"))
    reason = tables.Column(verbose_name=gettext_lazy("Reason"))
    state = tables.Column(verbose_name=gettext_lazy("State"))

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("Nothing waits. What schools ask for stands here until it is decided.")

    def render_choose(self, record: Request) -> str:
        if record.state != Request.State.PENDING or not may_approve(reader(self.request), record):
            return ""
        return format_html('<input type="checkbox" name="request" value="{}" form="decide" aria-label="{}">', record.pk, record)

    def render_asked_at(self, value: datetime) -> str:
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")

    def render_asked_by(self, value: Account) -> str:
        return value.get_full_name() or value.username

    def render_state(self, record: Request) -> str:
        return format_html('<span class="pill {}">{}</span>', _PILLS[record.state], record.get_state_display())

    def value_state(self, record: Request) -> str:
        return str(record.get_state_display())


def _rows(request: HttpRequest, account: Account) -> QuerySet[Request]:
    found: QuerySet[Request] = Request.objects.for_account(account)
    if request.method == "GET" and "state" not in request.GET:
        found = found.filter(state=Request.State.PENDING)
    return found.select_related("pupil__keeper", "school", "asked_by", "decided_by")


def _beside(request: HttpRequest, account: Account) -> dict[str, Any]:
    return {"decides": account.role == Role.OFFICER, "all": request.GET.get("state") == ""}


REQUESTS = Listing(
    name="requests",
    title=gettext_lazy("Requests"),
    lead=gettext_lazy(
        "Transfers, exits and corrected identity numbers. Who enters is not who approves: another account "
        "decides, and until then nothing moves."
    ),
    table=RequestTable,
    rows=_rows,
    filters=RequestFilter,
    of_persons=True,
    beside=_beside,
    template="web/registers/requests.html",
)


def request_page(request: HttpRequest, number: int) -> HttpResponse:
    """One request: what stands now, what will stand, who asked and why."""
    account = reader(request)
    check_may_read_persons(account)
    asked = _in_scope(account, number)
    sees = account.covers(asked.pupil.keeper.path)
    context: dict[str, Any] = {
        "asked": asked,
        "pill": _PILLS[asked.state],
        "changes": _changes(asked, sees),
        "decides": asked.state == Request.State.PENDING and may_approve(account, asked),
        "takes_back": asked.state == Request.State.PENDING and asked.asked_by_id == account.pk,
        "sees_pupil": sees,
        "opens": asked.identity_number is not None and may_open(account, asked),
    }
    return render(request, "web/registers/request.html", context)


@require_POST
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Approve, refuse or take back one request."""
    account = reader(request)
    check_may_read_persons(account)
    asked, words = _in_scope(account, number), request.POST.get("answer", "")
    deeds = {
        "approve": lambda: approve(asked, by=account, answer=words),
        "refuse": lambda: refuse(asked, by=account, answer=words),
        "take_back": lambda: take_back(asked, by=account, reason=words or asked.reason),
    }
    deed = deeds.get(request.POST.get("deed", ""))
    if deed is None:
        raise Http404
    try:
        messages.success(request, f"{asked}: {deed().get_state_display()}")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("request", number=asked.pk)


@require_POST
def decide_many(request: HttpRequest) -> HttpResponse:
    """Approve the chosen requests, all or none."""
    account = reader(request)
    check_may_read_persons(account)
    chosen = [int(key) for key in request.POST.getlist("request") if key.isdecimal()]
    found = list(_rows(request, account).filter(pk__in=chosen))
    try:
        n = approve_all(found, by=account, answer=request.POST.get("answer", ""))
        messages.success(request, ngettext("{n} request approved.", "{n} requests approved.", n).format(n=n))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("requests")


def _in_scope(account: Account, number: int) -> Request:
    rows = Request.objects.for_account(account).select_related("pupil__keeper", "school", "asked_by", "decided_by")
    found: Request = get_object_or_404(rows, pk=number)
    return found


def _changes(asked: Request, sees: bool) -> list[tuple[str, str, str]]:
    """(what, before, after) as it would be, or as it was asked where it is decided.

    sees: whether the pupil's record is in the reader's scope; the school that asks for a transfer does not learn where the pupil is.
    """
    waits = sees and asked.state == Request.State.PENDING
    if asked.kind == Request.Kind.CORRECTION:
        before = str(asked.pupil.identity_number or "–") if waits else "…"
        return [(_("Identity number"), before, str(asked.identity_number or "–"))]
    here = active(asked.pupil) if waits else None
    school, place = (str(here.school), class_words(here)) if here else ("…", "…")
    if asked.kind == Request.Kind.EXIT:
        return [(_("On the books"), f"{school} · {place}", f"{code_words('exit_kind', asked.exit_kind)} · {asked.on}")]
    grade = code_words("grade", asked.grade) if asked.grade else (code_words("grade", here.grade) if here else "…")
    return [(_("School"), school, str(asked.school)), (_("Grade"), place, grade), (_("Takes effect on"), "", str(asked.on))]
