"""Overview: a joint paper's parts, who writes them and how far they are; what was done; the paper as a whole, to read and to download.

Changes when the page of a joint paper shows something else.
"""

from collections import Counter
from typing import Any

from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Role
from jiaoheng.papers.joint.definitions import redefined
from jiaoheng.papers.joint.joint_paper import JointPaper, leads
from jiaoheng.papers.joint.paper_audit import open_findings, present_audit
from jiaoheng.papers.joint.paper_part import PartState, offices_for, writes
from jiaoheng.papers.joint.preview import fault_of
from jiaoheng.papers.joint.signature import documents, kept_document
from jiaoheng.papers.joint.whole_text import whole_text
from jiaoheng.papers.paper import FORMATS, PaperStopped
from jiaoheng.web.current_snapshot import catalogue
from jiaoheng.web.export import file_response
from jiaoheng.web.joint.paper_list import may_open
from jiaoheng.web.joint.papers_in_scope import paper_in_scope, reads_whole, told, whole_in_scope
from jiaoheng.web.paper_body import body_for_the_page
from jiaoheng.web.scope import reader

__all__ = ["LOOKS", "draft_mark", "joint_paper", "joint_paper_body", "joint_paper_download", "joint_paper_whole", "officers_for"]

LOOKS = {
    PartState.OPEN: "mute",
    PartState.ASSIGNED: "mute",
    PartState.HANDED_IN: "warn",
    PartState.RETURNED: "bad",
    PartState.ACCEPTED: "good",
}
FORMS = tuple(suffix[1:] for suffix in FORMATS)


def joint_paper(request: HttpRequest, number: int) -> HttpResponse:
    """The paper's own page."""
    paper, account = paper_in_scope(request, number), reader(request)
    whole, own = reads_whole(request, paper), leads(account, paper) and not paper.locked
    counted = Count("comments", filter=Q(comments__settled_at=None, comments__answers=None), distinct=True)
    saves = Max("versions__number", filter=Q(versions__beside=False))
    found = paper.parts.select_related("office", "person").annotate(comments_open=counted, version=saves).order_by("place")
    lines: list[dict[str, Any]] = []
    for part in found:
        part.paper = paper
        if whole or writes(account, part):
            last = part.versions.filter(number=part.version).select_related("by").first()
            lines.append({"part": part, "look": "bad" if part.late else LOOKS[PartState(part.state)], "last": last})
    states = Counter(one["part"].state for one in lines)
    context: dict[str, Any] = {
        "paper": paper, "lines": lines, "leads": own, "whole": whole, "total": len(lines), "accepted": states[PartState.ACCEPTED],
        "progress": [(str(state.label), LOOKS[state], states[state]) for state in PartState if states[state]],
        "late": sum(one["part"].late for one in lines), "editions": paper.editions.all(), "may_open": may_open(account), "forms": FORMS,
        "events": paper.events.select_related("by", "part").order_by("-pk")[:60] if whole else [],
    }  # fmt: skip
    if own:
        context |= {"offices": offices_for(paper, account), "officers": officers_for(account), "today": timezone.localdate()}
    if account.role == Role.LEADER and whole and not paper.locked:
        context["officers"] = officers_for(account)
    if paper.locked:
        context["redefined"] = redefined(paper.signature.record, catalogue())
    elif whole:
        audit = present_audit(paper)
        context |= {"audit": audit, "findings": len(open_findings(audit)) if audit else 0}
    return render(request, "web/joint/paper.html", context)


def joint_paper_whole(request: HttpRequest, number: int) -> HttpResponse:
    """The page around the whole paper; its text follows by HTMX, since writing it takes a while."""
    return render(request, "web/joint/whole.html", {"paper": whole_in_scope(request, number)})


def joint_paper_body(request: HttpRequest, number: int) -> HttpResponse:
    """The whole paper as it stands, or as it was signed; or the part and line at which it cannot be written."""
    paper = whole_in_scope(request, number)
    if paper.locked:
        content = kept_document(paper.signature, "html")
    else:
        whole = whole_text(paper)
        try:
            content = documents(whole, unsigned=draft_mark(paper), only="html")[0]["html"]
        except PaperStopped as error:
            return render(request, "web/joint/_fault.html", {"fault": fault_of(error, whole), "paper": paper})
    body = mark_safe(body_for_the_page(content.decode("utf-8")))
    return render(request, "web/_paper_body.html", {"body": body})


@told
def joint_paper_download(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """The paper as a file: as it was signed, or as it stands and marked as a draft."""
    paper = whole_in_scope(request, number)
    if form not in FORMS:
        raise Http404
    name = paper.title if paper.locked else f"{paper.title} {draft_mark(paper)}"
    content = kept_document(paper.signature, form) if paper.locked else _drafted(paper, form)
    return file_response(content, f"{name}.{'md.zip' if form == 'md' else form}")


def draft_mark(paper: JointPaper) -> str:
    """What stands under the title of a paper that nobody has signed, in the paper's language."""
    return "【草稿，未签发】" if paper.language.startswith("zh") else "[DRAFT, not signed]"


def officers_for(account: Account) -> list[Account]:
    """The officers of the account's scope, to whom a part or a paper can be given."""
    found = Account.objects.filter(role=Role.OFFICER, is_active=True, organisation__in=account.scope.exclude(kind="school"))
    return list(found.select_related("organisation").order_by("organisation__path", "username")[:300])


def _drafted(paper: JointPaper, form: str) -> bytes:
    whole = whole_text(paper)
    try:
        return documents(whole, unsigned=draft_mark(paper), only=form)[0][form]
    except PaperStopped as error:
        fault = fault_of(error, whole)
        place = _("{part}, line {line}: ").format(part=fault.part, line=fault.line) if fault.part else ""
        raise PaperStopped(f"{place}{fault.words}") from None
