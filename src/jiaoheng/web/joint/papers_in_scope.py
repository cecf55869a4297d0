"""Papers in scope: which joint papers and parts a reader sees on the pages; what is not theirs is not there.

Changes when readers see other papers.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from jiaoheng.access.account import Refused
from jiaoheng.papers.joint.joint_paper import JointPaper, leads, may_read_whole, papers_of
from jiaoheng.papers.joint.paper_part import PaperPart, writes
from jiaoheng.papers.paper import PaperStopped
from jiaoheng.web.scope import reader

__all__ = ["paper_in_scope", "part_in_scope", "reads_whole", "told", "whole_in_scope"]


def paper_in_scope(request: HttpRequest, number: int) -> JointPaper:
    """Raises: Http404 where there is none, or it is not the reader's to see."""
    paper = papers_of(reader(request)).filter(pk=number).first()
    if paper is None:
        raise Http404(_("There is no such paper, or it is not yours to see."))
    return paper


def reads_whole(request: HttpRequest, paper: JointPaper) -> bool:
    """Whether the reader reads every part; otherwise only the own ones."""
    return may_read_whole(reader(request), paper) or leads(reader(request), paper)


def whole_in_scope(request: HttpRequest, number: int) -> JointPaper:
    """A paper that the reader reads from end to end. Raises: Http404."""
    paper = paper_in_scope(request, number)
    if not reads_whole(request, paper):
        raise Http404(_("You write a part of this paper; the whole is read by those who lead and sign it."))
    return paper


def part_in_scope(request: HttpRequest, number: int, place: int) -> PaperPart:
    """Raises: Http404."""
    paper = paper_in_scope(request, number)
    part = paper.parts.select_related("office", "person").filter(place=place).first()
    if part is None or not (reads_whole(request, paper) or writes(reader(request), part)):
        raise Http404(_("There is no such part, or it is not yours to see."))
    part.paper = paper
    return part


def told(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A deed whose refusal is said on the page from which it was asked for; the page that the view names in `back`, or the paper's."""

    @wraps(view)
    def answered(request: HttpRequest, number: int, *args: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, number, *args, **named)
        except (Refused, PaperStopped) as error:
            paper_in_scope(request, number)
            messages.error(request, str(error))
            if "place" in named:
                return redirect("joint-part", number=number, place=named["place"])
            return redirect("joint-paper", number=number)

    return answered
