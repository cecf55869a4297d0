"""Signing: the audit of a joint paper with its findings, setting one aside, the signature, proving it, and a corrected edition.

Changes when a paper is signed otherwise.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Account, Refused
from jiaoheng.papers.audit.rendering import TITLES
from jiaoheng.papers.audit.wording import explained
from jiaoheng.papers.joint.definitions import redefined
from jiaoheng.papers.joint.joint_paper import JointPaper, leads
from jiaoheng.papers.joint.opening import correct_paper
from jiaoheng.papers.joint.paper_audit import (
    Finding,
    audit_paper,
    check_may_sign,
    open_findings,
    present_audit,
    set_aside,
    unaccepted,
)
from jiaoheng.papers.joint.preview import fault_of
from jiaoheng.papers.joint.signature import sign, verify
from jiaoheng.papers.joint.whole_text import whole_text
from jiaoheng.papers.paper import PaperStopped
from jiaoheng.web.current_snapshot import catalogue, current_snapshot
from jiaoheng.web.joint.papers_in_scope import told, whole_in_scope
from jiaoheng.web.scope import reader

__all__ = ["joint_paper_audit", "joint_paper_correct", "joint_paper_set_aside", "joint_paper_sign", "joint_paper_verify"]

_MARKS = {"fault": "no", "question": "q", "rounding": "q"}


def joint_paper_audit(request: HttpRequest, number: int) -> HttpResponse:
    """What the audit of the present text has found; posted, the text is audited anew."""
    paper, account = whole_in_scope(request, number), reader(request)
    fault = None
    if request.method == "POST":
        whole = whole_text(paper)
        try:
            audit_paper(paper, by=account)
            return redirect("joint-audit", number=number)
        except PaperStopped as error:
            fault = fault_of(error, whole)
        except Refused as error:
            messages.error(request, str(error))
    audit = paper.signature.audit if paper.locked else present_audit(paper)
    before = None if audit else paper.audits.first()
    context: dict[str, Any] = {
        "paper": paper, "audit": audit, "before": before, "leads": leads(account, paper) and not paper.locked, "fault": fault,
        "waiting": unaccepted(paper), "may_sign": not paper.locked and _may_sign(account, paper),
    }  # fmt: skip
    if audit:
        aside = {one.key: one for one in paper.set_aside.select_related("by")}
        context |= {
            "findings": [(*_shown(one), aside.get(one.key)) for one in audit.findings],
            "left": len(open_findings(audit)),
            "faults": sum(one.severity == "fault" for one in audit.findings),
        }
    return render(request, "web/joint/audit.html", context)


@require_POST
@told
def joint_paper_set_aside(request: HttpRequest, number: int) -> HttpResponse:
    """A leader lets a finding pass."""
    paper = whole_in_scope(request, number)
    audit = present_audit(paper)
    if audit is None:
        raise Refused(_("The text was changed since the audit. Have it audited again."))
    set_aside(audit, request.POST.get("key", ""), reason=request.POST.get("reason", ""), by=reader(request))
    messages.success(request, _("The finding is set aside; the reason is kept."))
    return redirect("joint-audit", number=number)


@require_POST
@told
def joint_paper_sign(request: HttpRequest, number: int) -> HttpResponse:
    """The leader signs, with the password once more."""
    paper, account = whole_in_scope(request, number), reader(request)
    check_may_sign(account, paper)
    known = authenticate(request, username=account.username, password=request.POST.get("password", ""))
    if known is None or known.pk != account.pk:
        messages.error(request, _("The password is not right. Nothing was signed."))
        return redirect("joint-audit", number=number)
    sign(paper, by=account, seen=request.POST.get("seen", ""))
    messages.success(request, _("Signed and locked. From now on nothing of this paper changes."))
    return redirect("joint-paper", number=number)


def joint_paper_verify(request: HttpRequest, number: int) -> HttpResponse:
    """Prove that nothing of a signed paper has changed."""
    paper = whole_in_scope(request, number)
    if not paper.locked:
        return redirect("joint-paper", number=number)
    found = verify(paper.signature, settings.RULEBOOK_OVERLAY)
    others = redefined(paper.signature.record, catalogue())
    context = {"paper": paper, "found": found, "holds": all(one.holds for one in found), "redefined": others}
    return render(request, "web/joint/verify.html", context)


@require_POST
@told
def joint_paper_correct(request: HttpRequest, number: int) -> HttpResponse:
    """A corrected edition of a signed paper."""
    paper = whole_in_scope(request, number)
    newest = current_snapshot() if request.POST.get("newest") else None
    title = _("{title} (corrected)").format(title=paper.title)
    made = correct_paper(paper, newest.snapshot if newest else None, title=title, by=reader(request))
    messages.success(request, _("This is the corrected edition. The signed paper stays as it is."))
    return redirect("joint-paper", number=made.pk)


def _may_sign(account: Account, paper: JointPaper) -> bool:
    try:
        check_may_sign(account, paper)
    except Refused:
        return False
    return True


def _shown(one: Finding) -> tuple[Finding, str, str, str]:
    """The finding, its mark, its title and its reason in the reader's language."""
    chinese = (get_language() or "zh").startswith("zh")
    title = TITLES[one.kind][0 if chinese else 1] if one.severity != "rounding" else ""
    return one, _MARKS[one.severity], title, explained(one.reason, "zh" if chinese else "en")
