"""Round-school pages: a school's part in a round: what is asked, its workbook, handing in, the head's approval, the bureau's acceptance.

Changes when the school's side of a round shows something else. The rules are the intake's; pages ask them.
"""

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.sealed_file import read_clear
from jiaoheng.intake.rounds.acceptance import accept, approve, may_accept, may_approve, may_send_back, reopen_part, send_back
from jiaoheng.intake.rounds.asked import cells_counted, held_figures, previous_year
from jiaoheng.intake.rounds.handing_in import RoundReturn, check_return, correctable, hand_in, kept_file, may_return, newest_return
from jiaoheng.intake.rounds.prefilled import issue, lines_of, prefilled_name
from jiaoheng.intake.rounds.rosters import ROSTERS, check_may_see, names_of
from jiaoheng.intake.rounds.round import PartState, RoundPart, may_manage, parts_of
from jiaoheng.web.export import file_response
from jiaoheng.web.round_words import (
    answer_table,
    asked_words,
    due_words,
    figure_label,
    flagged_figures,
    kept_cause,
    pill,
    roster_answers,
    step_words,
)
from jiaoheng.web.scope import reader
from jiaoheng.web.words import word

__all__ = ["round_received", "round_return", "round_school", "round_school_act", "round_upload", "round_workbook"]

_REASON = "reason."
_LARGEST = 20 * 1024 * 1024
"""Bytes of a returned workbook."""


def round_school(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """The school's part: where it stands, what is next, and everything that was done."""
    account = reader(request)
    part = _part(account, number, code)
    returned = newest_return(part) if part.state not in (PartState.ASKED, PartState.DOWNLOADED) else None
    last = part.events.filter(step__in=("send_back", "reopen")).last()
    lines = lines_of(part)
    context: dict[str, Any] = {
        "part": part,
        "round": part.round,
        "pill": pill(part),
        "due": due_words(part.round),
        "asked": asked_words(part.round.asks),
        "open_cells": sum(len(line.asked) for line in lines),
        "held_cells": cells_counted(part.round.asks, {part.school_id: lines}).held,
        "has_rosters": bool(set(part.round.asks) & set(ROSTERS)),
        "may_return": may_return(part, account),
        "may_approve": may_approve(part, account),
        "may_accept": may_accept(part, account),
        "may_send_back": may_send_back(part, account),
        "may_reopen": part.state == PartState.ACCEPTED and part.round.is_open and may_manage(account, part.round.organisation),
        "sent_back": last.note if last and part.state == PartState.SENT_BACK else "",
        "events": [{"event": one, "words": step_words(one)} for one in part.events.select_related("account").order_by("-at", "-id")],
        "returned": returned,
        "largest": _LARGEST // 1024**2,
    }
    if returned is not None:
        context |= _shown(returned)
    return render(request, "web/round_school.html", context)


def round_workbook(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """The school's prefilled workbook."""
    account = reader(request)
    part = _part(account, number, code)
    return file_response(issue(part, account), prefilled_name(part))


@require_POST
def round_upload(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """A workbook comes back: it is read and checked, and shown before anything counts as handed in."""
    account = reader(request)
    part = _part(account, number, code)
    sent = request.FILES.get("workbook")
    if sent is None or (sent.size or 0) > _LARGEST:
        messages.error(request, _("Choose the workbook that you filled in; at most {limit} MB.").format(limit=_LARGEST // 1024**2))
        return redirect("round-school", number=number, code=code)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path((sent.name or "").replace("\\", "/")).name.lstrip(".")[-80:] or "workbook.xlsx")
        with path.open("wb") as kept:
            for chunk in sent.chunks():
                kept.write(chunk)
        try:
            made = check_return(part, path, account)
        except Refused as error:
            messages.error(request, str(error))
            return redirect("round-school", number=number, code=code)
    return redirect("round-return", number=number, code=code, returned=made.pk)


def round_return(request: HttpRequest, number: int, code: str, returned: int) -> HttpResponse:
    """What a returned workbook would change, and what was found; its sender says yes."""
    account = reader(request)
    part = _part(account, number, code)
    found = get_object_or_404(part.returns.select_related("part__round", "part__school"), pk=returned)
    if found.handed_in_at is None and found.account_id != account.pk:
        raise Http404(_("This workbook has not been handed in."))
    context: dict[str, Any] = {"part": part, "round": part.round, "returned": found, "waits": found.handed_in_at is None, "refusal": ""}
    if request.method == "POST" and found.handed_in_at is None:
        reasons = {key.removeprefix(_REASON): str(text) for key, text in request.POST.items() if key.startswith(_REASON)}
        try:
            hand_in(found, account, reasons, request.POST.get("correction_reason", ""))
        except Refused as error:
            context |= {"refusal": str(error), "written": reasons, "correction_reason": request.POST.get("correction_reason", "")}
        else:
            messages.success(request, _("Handed in. It now waits for the approval of the school's head."))
            return redirect("round-school", number=number, code=code)
    context |= _shown(found)
    for one in context["flagged"]:
        one["written"] = context.get("written", {}).get(one["figure"].key, one["written"])
    return render(request, "web/round_return.html", context, status=400 if context["refusal"] else 200)


def round_received(request: HttpRequest, number: int, code: str, returned: int) -> HttpResponse:
    """A returned workbook as it came."""
    account = reader(request)
    found = get_object_or_404(_part(account, number, code).returns, pk=returned)
    kept = kept_file(found)
    if (found.handed_in_at is None and found.account_id != account.pk) or not kept.is_file():
        raise Http404(_("The file as received is no longer kept."))
    return file_response(read_clear(kept), found.file_name)


@require_POST
def round_school_act(request: HttpRequest, number: int, code: str, step: str) -> HttpResponse:
    """Approve, accept, send back, reopen."""
    account = reader(request)
    part = _part(account, number, code)
    try:
        messages.success(request, _act(part, account, step, request.POST.get("reason", "")))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("round-school", number=number, code=code)


def _act(part: RoundPart, account: Account, step: str, reason: str) -> str:
    if step == "approve":
        approve(part, account, reason)
        return _("Approved. It now waits for the bureau.")
    elif step == "accept":
        accept(part, account, reason)
        return _("Accepted: the figures are in the registers, and the school's part is locked.")
    elif step == "send-back":
        send_back(part, account, reason)
        return _("Sent back with your reason.")
    elif step == "reopen":
        reopen_part(part, account, reason)
        return _("Opened again: the school may correct what it gave.")
    raise Http404


def _part(account: Account, number: int, code: str) -> RoundPart:
    part = get_object_or_404(parts_of(account), round=number, school__code=code)
    check_may_see(part.round.asks, account)
    return part


def _shown(returned: RoundReturn) -> dict[str, Any]:
    """What a return says, for both pages that show it."""
    part = returned.part
    before: dict[str, Any] = {}
    if "annual_statistics" in part.round.asks:
        fields, year = part.round.asks["annual_statistics"], previous_year(part.round.school_year)
        before["annual_statistics"] = held_figures("annual_statistics", fields, year, [part.school]).get(part.school_id, {})
    changed: dict[str, list[str]] = {}
    for one in returned.differences:
        changed.setdefault(one["register"], []).append(one["line"])
    names = {
        (register, line): name
        for register, lines in changed.items()
        if register in ROSTERS
        for line, name in names_of(register, lines).items()
    }
    return {
        "answers": answer_table(returned, before),
        "statistics": not set(part.round.asks) <= set(ROSTERS),
        "rosters": roster_answers(returned),
        "alterations": [kept_cause(one) for one in returned.alterations],
        "causes": [kept_cause(one) for one in returned.causes],
        "flagged": [{"figure": one, "written": one.reason.reason if one.reason else ""} for one in flagged_figures(returned)],
        "correctable": bool(correctable(returned)),
        "differences": [
            {
                "label": " · ".join(
                    word
                    for word in (names.get((one["register"], one["line"])), figure_label(one["register"], one["line"], one["field"]))
                    if word
                ),
                "cell": one["cell"],
                "held": word(one["field"], str(one["held"])) if isinstance(one["held"], str) else one["held"],
                "written": one["written"],
            }
            for one in returned.differences
        ],
    }
