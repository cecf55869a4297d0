"""Round pages: the list of collection rounds, a new one, one round with its progress by school, and what an officer does with it.

Changes when an officer's view of a round changes. Making, locking and reminding are the intake's.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Account, Refused
from jiaoheng.intake.rounds.making import Choice, Wanted, choosable, lock, may_lock, open_round, preview, reopen
from jiaoheng.intake.rounds.progress import progress_of
from jiaoheng.intake.rounds.reminding import remind
from jiaoheng.intake.rounds.round import PartState, Round, RoundPart, check_may_manage, may_manage, parts_of, rounds_of
from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.web.export import exported
from jiaoheng.web.round_words import asked_words, due_words, field_choices, pill, segments, step_words
from jiaoheng.web.schools import area_choices
from jiaoheng.web.scope import reader, schools_of
from jiaoheng.web.words import choices

__all__ = ["round_act", "round_export", "round_new", "round_page", "rounds"]

_LATE = "late"


def rounds(request: HttpRequest) -> HttpResponse:
    """The rounds that concern the reader: for a school its own parts, for the bureau how far each round is."""
    account = reader(request)
    of_school = account.organisation is not None and account.organisation.is_school
    context: dict[str, Any] = {"of_school": of_school, "may_make": _may_make(account)}
    if of_school:
        parts = parts_of(account).order_by("-round__due", "school__path")
        context["parts"] = [{"part": part, "pill": pill(part), "due": due_words(part.round)} for part in parts]
    else:
        context["rounds"] = [
            {"round": one, "progress": (found := progress_of(parts_of(account, one))), "due": due_words(one), "segments": segments(found)}
            for one in rounds_of(account)
        ]
    return render(request, "web/rounds.html", context)


def round_new(request: HttpRequest) -> HttpResponse:
    """The form; first what would be asked is counted, then the round is opened."""
    account = reader(request)
    if account.organisation is None:
        raise Refused(_("Your account stands at no organisation."))
    check_may_manage(account, account.organisation)
    context: dict[str, Any] = {"refusal": ""}
    if request.method == "POST":
        try:
            wanted = _wanted(request)
            if request.POST.get("act") == "open":
                made = open_round(wanted, account)
                messages.success(request, _("The round is open. Every school finds it on its first page; remind them by mail if you like."))
                return redirect("round", number=made.pk)
            context["preview"] = preview(wanted, account)
        except Refused as error:
            context["refusal"] = str(error)
    return render(request, "web/round_new.html", {**context, **_form(request, account)}, status=400 if context["refusal"] else 200)


def round_page(request: HttpRequest, number: int) -> HttpResponse:
    """One round: progress, schools, events. A school's account is led to its own part."""
    account = reader(request)
    one = _round(account, number)
    own = account.organisation
    if own is not None and own.is_school:
        part = parts_of(account, one).first()
        if part is None:
            raise Http404(_("This round asks nothing of your school."))
        return redirect("round-school", number=number, code=part.school.code)
    parts = list(parts_of(account, one))
    progress = progress_of(parts)
    shown = _filtered(request, parts)
    manages = may_manage(account, one.organisation)
    events = one.events.select_related("account", "part__school").order_by("-at", "-id")
    if not manages:
        events = events.filter(part__in=[part.pk for part in parts])
    context: dict[str, Any] = {
        "round": one,
        "due": due_words(one),
        "asked": asked_words(one.asks),
        "progress": progress,
        "segments": segments(progress),
        "asked_cells": sum(part.asked_cells for part in parts),
        "held_cells": sum(part.held_cells for part in parts),
        "lines": [{"part": part, "pill": pill(part)} for part in shown],
        "state": request.GET.get("state", ""),
        "q": request.GET.get("q", ""),
        "query": urlencode({key: value for key, value in request.GET.items() if key in ("state", "q")}),
        "manages": manages,
        "may_lock": manages and may_lock(one),
        "events": [{"event": event, "words": step_words(event)} for event in events[:60]],
    }
    template = "web/round.html#list" if request.htmx and not request.htmx.boosted else "web/round.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def round_export(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """The table by school as a file."""
    account = reader(request)
    one = _round(account, number)
    headings = [_("Code"), _("School"), _("State"), _("Last step"), _("Late"), _("Cells asked"), _("Cells held")]
    rows: Iterable[list[str | int]] = (
        [
            part.school.code,
            part.school.name,
            str(part.get_state_display()),
            timezone.localtime(part.changed_at).strftime("%Y-%m-%d %H:%M"),
            _("late") if part.is_late else "",
            part.asked_cells,
            part.held_cells,
        ]
        for part in _filtered(request, list(parts_of(account, one)))
    )
    return exported(one.title, form, headings, rows)


@require_POST
def round_act(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """Remind, lock, reopen: by an officer, with a word of what came of it."""
    account = reader(request)
    one = _round(account, number)
    try:
        _act(request, one, account, step)
    except Refused as error:
        messages.error(request, str(error))
    return redirect("round", number=number)


def _act(request: HttpRequest, one: Round, account: Account, step: str) -> None:
    if step == "remind":
        done = remind(one, account)
        said = ngettext("{n} school reminded by mail", "{n} schools reminded by mail", done.mailed).format(n=done.mailed)
        if done.without_address:
            said += _("; {n} without a mail address see it on their first page").format(n=done.without_address)
        if done.today_already:
            said += _("; {n} were reminded today already").format(n=done.today_already)
        messages.success(request, said + _("."))
    elif step == "lock":
        lock(one, account, request.POST.get("reason", ""))
        messages.success(request, _("The round is locked."))
    elif step == "reopen":
        due = _moment(request.POST.get("due", "")) if request.POST.get("due") else None
        reopen(one, account, request.POST.get("reason", ""), due)
        messages.success(request, _("The round is open again."))
    else:
        raise Http404


def _round(account: Account, number: int) -> Round:
    return get_object_or_404(rounds_of(account), pk=number)


def _may_make(account: Account) -> bool:
    return account.organisation is not None and may_manage(account, account.organisation)


def _filtered(request: HttpRequest, parts: list[RoundPart]) -> list[RoundPart]:
    """By state (or «late») and by part of the name or code; late ones first."""
    state, asked = request.GET.get("state", ""), request.GET.get("q", "").strip().casefold()
    if state == _LATE:
        parts = [part for part in parts if part.owes and part.is_late]
    elif state in PartState.values:
        parts = [part for part in parts if part.state == state]
    if asked:
        parts = [part for part in parts if asked in f"{part.school.code} {part.school.name_zh} {part.school.name_en}".casefold()]
    return sorted(parts, key=lambda part: (not (part.owes and part.is_late), part.school.path))


def _wanted(request: HttpRequest) -> Wanted:
    """The round that a form describes. Raises: Refused."""
    said = request.POST
    asks: dict[str, list[str]] = {}
    for name in said.getlist("fields"):
        register, _dot, field = name.partition(".")
        asks.setdefault(register, []).append(field)
    choice = Choice(said.get("area", ""), tuple(said.getlist("stages")), tuple(said.getlist("kinds")), tuple(said.getlist("picked")))
    year = said.get("school_year", "").strip()
    return Wanted(said.get("title", ""), asks, year, _moment(said.get("due", "")), said.get("note", ""), choice)


def _moment(written: str) -> datetime:
    try:
        return timezone.make_aware(datetime.fromisoformat(written))
    except ValueError:
        raise Refused(_("Choose a day and a time by which schools answer.")) from None


def _form(request: HttpRequest, account: Account) -> dict[str, Any]:
    """The form's choices, with what was sent still in it."""
    said = request.POST
    schools = schools_of(account).order_by("path")
    kinds = set(schools.order_by().values_list("kind", flat=True).distinct())
    stages = {stage for taught in schools.order_by().values_list("stages", flat=True).distinct() for stage in taught.split(",")}
    this_year = SchoolYear.of(timezone.localdate())
    picked = set(said.getlist("picked"))
    return {
        "said": said,
        "fields": field_choices(choosable(), set(said.getlist("fields"))),
        "areas": area_choices(account),
        "stages": [(*one, one[0] in said.getlist("stages")) for one in choices("stage") if one[0] in stages],
        "kinds": [(*one, one[0] in said.getlist("kinds")) for one in choices("kind") if one[0] in kinds],
        "schools": [(school, school.code in picked) for school in schools],
        "picked": len(picked),
        "year": said.get("school_year") or str(this_year),
        "soonest": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
    }
