"""Tasks: what of joint papers waits for the reader, as my desk shows it.

Changes when something else of a paper waits for somebody.
"""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Role
from jiaoheng.papers.joint.joint_paper import papers_of
from jiaoheng.papers.joint.paper_audit import open_findings, present_audit, unaccepted
from jiaoheng.papers.joint.paper_part import PartState, parts_waiting_for

__all__ = ["PaperTask", "paper_tasks"]

_SIGNED_AT_ONCE = 20


@dataclass(frozen=True)
class PaperTask:
    """One thing to do: what, of which paper, until when, and where."""

    key: str
    title: str
    paper: str
    todo: str
    due_on: date | None
    address: str

    @property
    def late(self) -> bool:
        return self.due_on is not None and self.due_on < timezone.localdate()


def paper_tasks(account: Account) -> list[PaperTask]:
    """Parts to write, parts to accept, papers to sign; the most urgent first."""
    found = []
    for part in parts_waiting_for(account):
        todo = {
            PartState.HANDED_IN: _("look at it and accept it, or return it"),
            PartState.RETURNED: _("change it: {reason}").format(reason=part.reason),
        }.get(PartState(part.state), _("write it and hand it in"))
        due_on = None if part.state == PartState.HANDED_IN else part.due_on
        address = reverse("joint-part", args=[part.paper_id, part.place])
        found.append(PaperTask(f"part-{part.pk}", str(part), part.paper.title, todo, due_on, address))
    if account.role == Role.LEADER and account.organisation and not account.organisation.is_school:
        for paper in papers_of(account).filter(signature=None)[:_SIGNED_AT_ONCE]:
            audit = None if unaccepted(paper) else present_audit(paper)
            if audit:
                left = len(open_findings(audit))
                todo = _("sign it") if not left else _("{n} findings: set them aside with a reason, or have them corrected").format(n=left)
                found.append(
                    PaperTask(
                        f"paper-{paper.pk}", paper.title, str(paper.organisation), todo, None, reverse("joint-audit", args=[paper.pk])
                    )
                )
    return found
