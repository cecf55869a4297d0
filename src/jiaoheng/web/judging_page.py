"""Judging page: what figures cannot tell is judged here: the area's own decision and score with its evidence, a reviewer's beside it.

Changes when judging takes other steps. What a judgement may say is checked by `standards.judgement`.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pydantic import ValidationError

from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.access.trail import Action
from jiaoheng.ledgers.attachment import content_of, keep_file
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.rulebook.loader import Refusal, RulebookFaulty
from jiaoheng.standards.assessed import Assessed, ItemAssessed
from jiaoheng.standards.entered_judgement import ChangedMeanwhile, StandsInAFile, enter, entered, history
from jiaoheng.standards.judgement import EvidenceFile, Judgement, Review
from jiaoheng.standards.standard import NotInForce
from jiaoheng.standards.verdict import NothingToJudge
from jiaoheng.web.current_snapshot import CurrentSnapshot, assessments, chosen_year
from jiaoheng.web.export import file_response
from jiaoheng.web.no_snapshot import needs_snapshot
from jiaoheng.web.rulebook_changes import noted, now, own_rulebook
from jiaoheng.web.scope import area_asked_for, reader

__all__ = ["check_may_judge", "check_may_review", "judging", "judging_file"]

_FILES = 10


@dataclass(frozen=True)
class _Asked:
    """An assessment of one area in one school year."""

    standard: str
    area: Organisation
    year: str
    assessed: Assessed

    def address(self, item: str = "") -> str:
        said = {"area": self.area.code, "year": self.year, **({"item": item} if item else {})}
        return f"{reverse('judging', kwargs={'standard_id': self.standard})}?{urlencode(said)}" + (f"#{item}" if item else "")


def check_may_judge(account: Account, area: Organisation) -> None:
    """Refuse unless the account speaks for the area: an officer of it, or of a bureau above it."""
    place = account.organisation
    if place is None or place.is_school or account.role != Role.OFFICER or not account.covers(area.path):
        raise Refused(_("The area's own score is entered by its officers. Ask one to enter it."))


def check_may_review(account: Account, area: Organisation, judgement: Judgement | None) -> None:
    """Refuse unless the account reviews: an inspector or officer, and another person than the one who judged."""
    place = account.organisation
    if place is None or place.is_school or account.role not in (Role.OFFICER, Role.INSPECTOR) or not account.covers(area.path):
        raise Refused(_("A review is entered by inspectors and officers. Ask one to enter it."))
    if judgement is None or not judgement.by:
        raise Refused(_("Nothing was judged yet that could be reviewed."))
    if judgement.by == account.username:
        raise Refused(_("You judged this item yourself. Another person reviews it."))


@needs_snapshot
def judging(request: HttpRequest, current: CurrentSnapshot, standard_id: str) -> HttpResponse:
    """The items, one of them opened; by POST a judgement or a review of one."""
    asked, account = _asked(request, current, standard_id), reader(request)
    overlay, item_id = own_rulebook(), request.POST.get("item") or request.GET.get("item", "")
    known = entered(overlay, standard_id, asked.area.code, asked.year)
    items = {one.item.id: one for one in asked.assessed.every_item() if one.item.judged or one.item.points}
    faults: list[str] = []
    if request.method == "POST" and item_id in items:
        try:
            _kept(request, asked, items[item_id], known.get(item_id), account)
        except _Faulty as faulty:
            faults = faulty.words
        else:
            messages.success(request, _("It is kept, and holds from now on."))
            return redirect(asked.address(item_id))
    chosen = items.get(item_id)
    mine = known.get(item_id)
    context: dict[str, Any] = {
        "asked": asked,
        "current": current,
        "items": [(one, one.judgement, known.get(name), asked.address(name)) for name, one in items.items()],
        "chosen": chosen,
        "mine": mine,
        "faults": faults,
        "typed": request.POST if faults else {},
        "side": request.POST.get("side", ""),
        "may_judge": _may(check_may_judge, account, asked.area),
        "may_review": _may(check_may_review, account, asked.area, mine),
        "history": list(reversed(history(overlay, standard_id, asked.area.code, asked.year, item_id))) if chosen else [],
        "decisions": [("met", _("Met")), ("missed", _("Not met")), ("open", _("Not decided yet"))],
        "open": sum(one.state == "open" for one in items.values()),
    }
    return render(request, "web/judging.html", context)


@needs_snapshot
def judging_file(request: HttpRequest, current: CurrentSnapshot, standard_id: str, sha256: str) -> HttpResponse:
    """A file that was handed in as evidence of this assessment and area."""
    asked, item = _asked(request, current, standard_id), request.GET.get("item", "")
    told = history(own_rulebook(), standard_id, asked.area.code, asked.year, item)
    found = next((file for _version, one in told for file in one.files if file.sha256 == sha256), None)
    if found is None:
        raise Http404
    try:
        response = file_response(content_of(found.sha256), found.name)
    except FileNotFoundError:
        raise Http404 from None
    response["X-Content-Type-Options"] = "nosniff"
    return response


class _Faulty(Exception):
    """What was sent cannot be kept; `words` say why."""

    def __init__(self, words: list[str]) -> None:
        super().__init__("; ".join(words))
        self.words = words


def _kept(request: HttpRequest, asked: _Asked, one: ItemAssessed, before: Judgement | None, account: Account) -> None:
    """Keep what was sent of an item, with a line in the trail. Raises: Refused, _Faulty."""
    review = request.POST.get("side") == "review"
    if review:
        check_may_review(account, asked.area, before)
    else:
        check_may_judge(account, asked.area)
    try:
        judgement = _reviewed(request, one, before, account) if review else _judged(request, asked, one, before, account)
    except ValidationError as error:
        raise _Faulty([_words(dict(fault)) for fault in error.errors()]) from None
    name = f"{asked.standard} {asked.area.code} {asked.year} {one.item.id}"[:100]
    reason = _("Review") if review else _("Self-assessment")
    told = {key: value.model_dump(mode="json", exclude_defaults=True) if value else {} for key, value in
            (("before", before), ("after", judgement))}  # fmt: skip
    try:
        with transaction.atomic():
            noted(Action.CHANGED if before else Action.ADDED, "judgement", name, by=account, reason=reason, **told)
            enter(own_rulebook(), assessments(), judgement, by=account.username, at=now(), reason=reason)
    except StandsInAFile:
        raise _Faulty([_("This item is judged in a file of the bureau's rulebook. Take it out there first, or change it there.")]) from None
    except ChangedMeanwhile:
        raise _Faulty([_("Others were entering at the same moment. Send it again.")]) from None
    except RulebookFaulty as faulty:
        raise _Faulty([str(fault) for fault in faulty.faults]) from None
    except OSError as error:
        raise _Faulty([_("The rulebook's folder cannot be written: {why}").format(why=error.strerror)]) from None


def _judged(request: HttpRequest, asked: _Asked, one: ItemAssessed, before: Judgement | None, account: Account) -> Judgement:
    """The area's own judgement; a review of the one before is taken off, since it was of something else; it stays in the history."""
    score = _score(request, one)
    evidence = request.POST.get("evidence", "").strip()
    if score is not None and not evidence:
        raise _Faulty([_("Say on what evidence: words, a document, where it lies.")])
    links = tuple(line.strip() for line in request.POST.get("links", "").splitlines() if line.strip())
    if wrong := [link for link in links if not re.match(r"https?://\S+$", link)]:
        raise _Faulty([_("“{link}” is not a link; it begins with http:// or https://.").format(link=wrong[0])])
    dropped = set(request.POST.getlist("drop"))
    files = [file for file in (before.files if before else ()) if file.sha256 not in dropped]
    if len(files) + len(request.FILES.getlist("files")) > _FILES:
        raise _Faulty([_("An item takes {most} files at most. Leave some out, or put several into one document.").format(most=_FILES)])
    try:
        for sent in request.FILES.getlist("files"):
            kept = keep_file(sent.read(), sent.name or "file", account=account)
            files.append(EvidenceFile(name=kept.name, sha256=kept.sha256, media_type=kept.media_type))
    except Refused as refused:
        raise _Faulty([str(refused)]) from None
    return Judgement(
        standard=asked.standard, area=asked.area.code, item=one.item.id, period=asked.year, decision=_decision(request, one),
        self_score=score, evidence=evidence, by=account.username, day=timezone.localdate(), links=links, files=tuple(files),
    )  # fmt: skip


def _reviewed(request: HttpRequest, one: ItemAssessed, before: Judgement | None, account: Account) -> Judgement:
    assert before is not None
    review = Review(
        decision=_decision(request, one), score=_score(request, one), words=request.POST.get("words", "").strip(), by=account.username,
        day=timezone.localdate(),
    )  # fmt: skip
    return Judgement.model_validate({**before.model_dump(by_alias=True), "review": review.model_dump(by_alias=True)})


def _decision(request: HttpRequest, one: ItemAssessed) -> Any:
    given = request.POST.get("decision", "open")
    return given if one.item.judged and given in ("met", "missed") else "open"


def _score(request: HttpRequest, one: ItemAssessed) -> Decimal | None:
    """The points given, at most those of the item. Raises: _Faulty."""
    given = request.POST.get("score", "").strip()
    if not given or one.item.points is None:
        return None
    try:
        score = Decimal(given)
    except InvalidOperation:
        score = Decimal(-1)
    if not score.is_finite() or not 0 <= score <= one.item.points:
        raise _Faulty([_("The score is a number from 0 to {points}.").format(points=one.item.points)])
    return score


def _words(fault: dict[str, Any]) -> str:
    cause = fault.get("ctx", {}).get("error")
    chinese = (get_language() or "zh").startswith("zh")
    return cause.zh if isinstance(cause, Refusal) and chinese else str(fault["msg"]).removeprefix("Value error, ")


def _may(check: Any, *given: Any) -> str | None:
    """None where it may; else why not, to stand where the form would."""
    try:
        check(*given)
    except Refused as refused:
        return str(refused)
    return None


def _asked(request: HttpRequest, current: CurrentSnapshot, standard_id: str) -> _Asked:
    area, assessment = area_asked_for(request), assessments().get(standard_id)
    if assessment is None:
        raise Http404(_("The rulebook has no assessment “{name}”.").format(name=standard_id))
    if area is None:
        raise Http404(_("Your account stands at no organisation yet."))
    year = chosen_year(request, current.years, current.year)
    try:
        return _Asked(standard_id, area, year, current.assessed(assessment, area.code, year))
    except (NothingToJudge, NotInForce):
        raise Http404(_("This area is not judged by it in this school year.")) from None
