"""Deeds: what is done with a part or a paper by a button: assign, hand in, return, accept, comment, settle, restore, hand over.

Changes when something else can be done. Whether it may be done is decided by the floor of papers.
"""

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Account, Refused
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.papers.joint.comment import PartComment, comment, settle
from jiaoheng.papers.joint.joint_paper import handed_over
from jiaoheng.papers.joint.paper_part import PaperPart, accept, assign, hand_in, return_part
from jiaoheng.papers.joint.part_version import restore
from jiaoheng.web.joint.papers_in_scope import paper_in_scope, part_in_scope, told
from jiaoheng.web.scope import reader

__all__ = ["joint_paper_hand_over", "part_act"]


@require_POST
@told
def part_act(request: HttpRequest, number: int, place: int, step: str) -> HttpResponse:
    """One step with a part; then back to where it was asked for."""
    part = part_in_scope(request, number, place)
    if step not in _STEPS:
        raise Http404
    messages.success(request, _STEPS[step](part, request))
    if request.POST.get("back") == "paper":
        return redirect("joint-paper", number=number)
    return redirect("joint-part", number=number, place=place)


@require_POST
@told
def joint_paper_hand_over(request: HttpRequest, number: int) -> HttpResponse:
    """Give the paper to another editor."""
    paper = paper_in_scope(request, number)
    to = _account(request.POST.get("person", ""))
    if to is None:
        raise Refused(_("Choose who leads the paper from now on."))
    handed_over(paper, to, by=reader(request))
    messages.success(request, _("{name} leads the paper from now on.").format(name=to))
    return redirect("joint-paper", number=number)


def _assign(part: PaperPart, request: HttpRequest) -> str:
    office = Organisation.objects.filter(code=request.POST.get("office", "")).first()
    try:
        due_on = date.fromisoformat(request.POST["due_on"]) if request.POST.get("due_on") else None
    except ValueError:
        raise Refused(_("Write the day as year-month-day.")) from None
    assign(part, office=office, person=_account(request.POST.get("person", "")), due_on=due_on, by=reader(request))
    return _("“{part}” is assigned to {writer}.").format(part=part, writer=part.writer)


def _hand_in(part: PaperPart, request: HttpRequest) -> str:
    hand_in(part, by=reader(request), words=request.POST.get("words", ""))
    return _("“{part}” is handed in.").format(part=part)


def _return(part: PaperPart, request: HttpRequest) -> str:
    return_part(part, by=reader(request), reason=request.POST.get("words", ""))
    return _("“{part}” went back to {writer}.").format(part=part, writer=part.writer)


def _accept(part: PaperPart, request: HttpRequest) -> str:
    accept(part, by=reader(request))
    return _("“{part}” is accepted.").format(part=part)


def _comment(part: PaperPart, request: HttpRequest) -> str:
    said = request.POST.get("answers", "")
    above = PartComment.objects.filter(part=part, pk=int(said)).first() if said.isdecimal() else None
    if said and above is None:
        raise Refused(_("This comment is not there any more. Look at the part again."))
    comment(part, request.POST.get("words", ""), by=reader(request), quote=request.POST.get("quote", ""), answers=above)
    return _("The comment is kept.")


def _settle(part: PaperPart, request: HttpRequest) -> str:
    said = request.POST.get("comment", "")
    one = PartComment.objects.filter(part=part, pk=int(said)).first() if said.isdecimal() else None
    if one is None:
        raise Refused(_("This comment is not there any more. Look at the part again."))
    settle(one, by=reader(request))
    return _("The comment is settled.")


def _restore(part: PaperPart, request: HttpRequest) -> str:
    said = request.POST.get("version", "")
    made = restore(part, int(said) if said.isdecimal() else 0, by=reader(request))
    return _("Version {old} is the text again, as version {new}.").format(old=said, new=made.number)


_STEPS: dict[str, Callable[[PaperPart, HttpRequest], str]] = {
    "assign": _assign,
    "hand-in": _hand_in,
    "return": _return,
    "accept": _accept,
    "comment": _comment,
    "settle": _settle,
    "restore": _restore,
}


def _account(key: str) -> Account | None:
    return Account.objects.select_related("organisation").filter(pk=int(key)).first() if key.isdecimal() else None
