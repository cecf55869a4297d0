"""Editor: one part of a joint paper: its text, a preview beside it that follows what is typed, measures to insert, comments and authors.

Changes when a part is edited otherwise. Without JavaScript the buttons do the same: the preview comes with the page.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Refused
from jiaoheng.papers.draft import Draft
from jiaoheng.papers.evidence import Evidence, NotThere
from jiaoheng.papers.joint.authorship import authors
from jiaoheng.papers.joint.comment import may_comment
from jiaoheng.papers.joint.joint_paper import leads
from jiaoheng.papers.joint.paper_part import PaperPart, PartState, may_write, writes
from jiaoheng.papers.joint.part_version import difference, latest, save
from jiaoheng.papers.joint.preview import Preview, preview
from jiaoheng.papers.joint.whole_text import drawn_from, whole_text
from jiaoheng.papers.paper import PaperStopped
from jiaoheng.web.joint.overview import LOOKS
from jiaoheng.web.joint.papers_in_scope import part_in_scope, reads_whole
from jiaoheng.web.paper_body import body_for_the_page
from jiaoheng.web.scope import reader

__all__ = ["joint_part", "part_measures", "part_preview"]

_FOUND = 12
_PHRASES: tuple[tuple[str, str], ...] = (
    ('{{ table(["pupils", "teachers"], by="stage", title="") }}', gettext_lazy("a table by stage")),
    ('{{ table(["pupils"], by="school", title="", top=10) }}', gettext_lazy("a table of schools")),
    ('{{ table(["pupils", "teachers"], by="period", title="") }}', gettext_lazy("a table of years")),
    ('{{ chart("pupils", kind="trend", by="stage", title="") }}', gettext_lazy("a chart of years")),
    ('{{ chart("pupils_per_teacher", by="school", stage="primary", title="") }}', gettext_lazy("a chart of schools")),
    ('{{ sentence([["pupils", ""], ["classes", ""]]) }}', gettext_lazy("a sentence of several measures")),
    ('{{ count("school", stage="primary") }}', gettext_lazy("how many schools")),
    ('{% if has("pupils", period="earlier") %} {% endif %}', gettext_lazy("only where something was reported")),
    ('{% if within("large_class_share", most=0) %} {% endif %}', gettext_lazy("only where the figure allows it")),
    ("{% for stage in stages() %}\\n{{ stage_name(stage) }}\\n{% endfor %}", gettext_lazy("for every stage")),
    ('{% set judged = verdict("high_quality_balance_2017") %}', gettext_lazy("the verdict of a standard")),
)  # type: ignore[assignment]
"""What else a template says most often: the words of the template, and what they give."""
_STAGES_SHOWN = 4


@dataclass(frozen=True)
class Insertable:
    """A measure that can be put into the text: what it is called, and for each of its values the words of the template and the value."""

    id: str
    label: str
    unit: str
    values: tuple[tuple[str, str, str], ...]
    change: bool


def joint_part(request: HttpRequest, number: int, place: int) -> HttpResponse:
    """The part to read or to write; what was written is kept as a version, or shown as a preview."""
    part, account = part_in_scope(request, number, place), reader(request)
    present = latest(part)
    typed, seen, words = present.text, present.number, ""
    told: dict[str, Any] = {}
    if request.method == "POST":
        typed = request.POST.get("text", "").replace("\r\n", "\n")
        words = request.POST.get("note", "")[:200]
        seen = int(request.POST["seen"]) if request.POST.get("seen", "").isdecimal() else 0
        if request.POST.get("do") == "preview":
            told["preview"] = _previewed(part, typed)
        else:
            try:
                saved = save(part, typed, seen=seen, by=account, words=words)
            except Refused as refused:
                messages.error(request, str(refused))
            else:
                if not saved.theirs:
                    messages.success(request, _("Kept as version {number}.").format(number=saved.version.number))
                    return redirect("joint-part", number=number, place=place)
                seen = saved.present.number
                told |= {"theirs": saved.present, "mine": saved.version, "difference": difference(saved.present.text, saved.version.text)}
    return render(request, "web/joint/part.html", {**_context(request, part, typed), "seen": seen, "note": words, **told})


@require_POST
def part_preview(request: HttpRequest, number: int, place: int) -> HttpResponse:
    """What the text in the form would read like."""
    part = part_in_scope(request, number, place)
    context = {"preview": _previewed(part, request.POST.get("text", "").replace("\r\n", "\n")), "paper": part.paper, "part": part}
    return render(request, "web/joint/part.html#preview", context)


def part_measures(request: HttpRequest, number: int, place: int) -> HttpResponse:
    """Measures whose name holds the words asked for, with their present values."""
    part = part_in_scope(request, number, place)
    return render(request, "web/joint/part.html#measures", {"found": _found(part, request.GET.get("q", "")), "q": request.GET.get("q", "")})


def _context(request: HttpRequest, part: PaperPart, typed: str) -> dict[str, Any]:
    account, paper = reader(request), part.paper
    editable = not paper.locked and may_write(account, part)
    written = authors(part.versions.filter(beside=False).select_related("by").order_by("number"))
    comments = list(part.comments.filter(answers=None).select_related("by", "settled_by").prefetch_related("replies__by"))
    query = request.GET.get("q", "")
    return {
        "paper": paper,
        "part": part,
        "look": LOOKS[PartState(part.state)],
        "typed": typed,
        "editable": editable,
        "leads": leads(account, paper) and not paper.locked,
        "hands_in": editable and (writes(account, part)) and part.state in (PartState.ASSIGNED, PartState.RETURNED),
        "acceptable": part.state != PartState.ACCEPTED,
        "returnable": part.state in (PartState.HANDED_IN, PartState.ACCEPTED),
        "version": latest(part),
        "authors": written,
        "comments": [(one, one.still_said(typed)) for one in comments if one.settled_at is None],
        "settled": [one for one in comments if one.settled_at is not None],
        "may_comment": may_comment(account, part) and not paper.locked,
        "account": account,
        "phrases": _PHRASES,
        "neighbours": _neighbours(request, part),
        "q": query,
        "found": _found(part, query) if query and editable else [],
        "beside": part.versions.filter(beside=True, by=account).order_by("-number").first() if editable else None,
    }


def _neighbours(request: HttpRequest, part: PaperPart) -> dict[str, PaperPart | None]:
    """The parts before and after, of those that the reader sees."""
    there = part.paper.parts.in_bulk(field_name="pk").values()
    found: dict[str, PaperPart | None] = {"before": None, "after": None}
    for one in sorted(there, key=lambda one: one.place):
        one.paper = part.paper
        if one.place == part.place - 1:
            found["before"] = one
        if one.place == part.place + 1:
            found["after"] = one
    return {side: one if one and _sees(request, one) else None for side, one in found.items()}


def _sees(request: HttpRequest, part: PaperPart) -> bool:
    return reads_whole(request, part.paper) or writes(reader(request), part)


def _previewed(part: PaperPart, text: str) -> dict[str, Any]:
    """The preview with its HTML made fit for the page."""
    found: Preview = preview(whole_text(part.paper, instead=(part, text)), part)
    shown = mark_safe(body_for_the_page(f"<html><body>{found.html}</body></html>")) if found.html else ""
    return {"html": shown, "figures": len(found.figures), "titles": found.titles, "fault": found.fault}


def _found(part: PaperPart, query: str) -> list[Insertable]:
    wanted = query.lower().split()
    if not wanted:
        return []
    try:
        with drawn_from(part.paper) as evidence:
            fitting = []
            for one in evidence.catalogue.values():
                words = f"{one.id} {one.label.zh} {one.label.en}".lower()
                if all(word in words for word in wanted):
                    fitting.append((not one.label.in_language(part.paper.language).lower().startswith(wanted[0]), len(words), one.id))
            names = [name for *_rank, name in sorted(fitting)[:_FOUND]]
            evidence.prepare(names)
            return sorted((_insertable(evidence, name) for name in names), key=lambda one: not one.values)
    except (PaperStopped, NotThere):
        return []


def _insertable(evidence: Evidence, name: str) -> Insertable:
    measure, draft = evidence.measure(name), Draft(evidence)
    values: list[tuple[str, str, str]] = []
    for stage in ["all", *evidence.stages]:
        value = evidence.value(name, None, stage)
        if value is not None and len(values) < _STAGES_SHOWN:
            figure = draft.figure(value, measure, draft.which(None, stage))
            said = f'{{{{ figure("{name}") }}}}' if stage == "all" else f'{{{{ figure("{name}", stage="{stage}") }}}}'
            values.append((evidence.word("stage", stage), said, figure.text if figure else "–"))
    earlier = any(one.period == evidence.earlier_of(name) for one in evidence.periods(name, evidence.area.code)) if values else False
    return Insertable(name, measure.label.in_language(evidence.language), draft.unit_words(measure), tuple(values), earlier)
