"""Paper audit: a joint paper drafted as a whole and audited as any document is; what is found, and what a leader sets aside with a reason.

Changes when a paper is audited otherwise before it is signed. A finding is known by what it says of which words: it stays set aside in a
later audit as long as these words stand, and comes up anew when they change.
"""

import hashlib
import re
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.papers.appendix import without_appendix
from jiaoheng.papers.audit.auditing import Audit, audit_text
from jiaoheng.papers.audit.records import held_against
from jiaoheng.papers.audit.relation import Relation
from jiaoheng.papers.evidence import NotThere
from jiaoheng.papers.joint.joint_paper import Deed, JointPaper, check_leads, deed, note
from jiaoheng.papers.joint.kept_snapshot import kept_snapshot
from jiaoheng.papers.joint.paper_part import PartState
from jiaoheng.papers.joint.whole_text import WholeText, drawn_from, whole_text
from jiaoheng.papers.paper import write_text
from jiaoheng.texts.document import read_document

__all__ = [
    "Finding",
    "PaperAudit",
    "SetAside",
    "audit_paper",
    "check_may_sign",
    "open_findings",
    "present_audit",
    "set_aside",
    "text_hash",
    "unaccepted",
]

_AROUND = 24


@dataclass(frozen=True)
class Finding:
    """One relation that does not hold, or deserves a look. `severity`: fault, question or rounding; `quote` is the words around it."""

    key: str
    kind: str
    severity: str
    quote: str
    line: str
    reason: str


class PaperAudit(models.Model):
    """One audit: of which text (hash) and what it found."""

    scope_path: ClassVar[str] = "paper__organisation__path"

    paper = models.ForeignKey(JointPaper, models.PROTECT, related_name="audits")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text_hash = models.CharField(max_length=64)
    figures = models.PositiveIntegerField(gettext_lazy("figures"))
    relations = models.PositiveIntegerField(gettext_lazy("relations"))
    findings_json = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.paper}, {self.at:%Y-%m-%d}"

    @property
    def findings(self) -> list[Finding]:
        return [Finding(**one) for one in self.findings_json]


class SetAside(models.Model):
    """A finding that a leader lets pass, and why."""

    scope_path: ClassVar[str] = "paper__organisation__path"

    paper = models.ForeignKey(JointPaper, models.PROTECT, related_name="set_aside")
    key = models.CharField(max_length=32)
    reason = models.TextField(gettext_lazy("reason"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["paper", "key"], name="finding_set_aside_once")]

    def __str__(self) -> str:
        return self.reason[:60]


def audit_paper(paper: JointPaper, *, by: Account) -> PaperAudit:
    """Write the whole paper, audit it and keep what was found. Raises: Refused, PaperStopped."""
    check_leads(by, paper)
    whole = whole_text(paper)
    found = _audited(whole)
    findings = [_finding(one, found) for one in found.relations if one.severity != "none"]
    order = {"fault": 0, "question": 1, "rounding": 2}
    with deed(paper):
        made = PaperAudit.objects.create(
            paper=paper, by=by, text_hash=text_hash(whole), figures=len(found.figures), relations=len(found.relations),
            findings_json=[asdict(one) for one in sorted(findings, key=lambda one: order[one.severity])],
        )  # fmt: skip
        faults = sum(one.severity == "fault" for one in findings)
        words = _("{figures} figures, {relations} relations, {faults} do not hold").format(
            figures=made.figures, relations=made.relations, faults=faults
        )
        note(paper, Deed.AUDITED, by=by, words=words, after={"audit": made.pk, "text": made.text_hash, "faults": faults})
    return made


def present_audit(paper: JointPaper, whole: WholeText | None = None) -> PaperAudit | None:
    """The newest audit of the text as it stands now; None where the text was changed since, or never audited."""
    return paper.audits.filter(text_hash=text_hash(whole or whole_text(paper))).first()


def open_findings(audit: PaperAudit) -> list[Finding]:
    """What does not hold and was not set aside."""
    aside = set(audit.paper.set_aside.values_list("key", flat=True))
    return [one for one in audit.findings if one.severity == "fault" and one.key not in aside]


def set_aside(audit: PaperAudit, key: str, *, reason: str, by: Account) -> SetAside:
    """A leader lets a finding pass. Raises: Refused."""
    paper = audit.paper
    check_may_sign(by, paper)
    finding = next((one for one in audit.findings if one.key == key), None)
    if finding is None:
        raise Refused(_("The audit has no such finding any more. Look at it again."))
    if len(reason.strip()) < 4:
        raise Refused(_("Say why the finding does not count: the reason stays with the paper."))
    with deed(paper):
        made, new = SetAside.objects.get_or_create(paper=paper, key=key, defaults={"reason": reason.strip(), "by": by})
        if new:
            note(paper, Deed.SET_ASIDE, by=by, words=f"{finding.line}: {reason.strip()}", after={"finding": key, "reason": reason.strip()})
    return made


def check_may_sign(account: Account, paper: JointPaper) -> None:
    """Refuse unless the account is a leader over the paper's organisation, not of a school."""
    here = account.organisation is not None and not account.organisation.is_school and account.is_active
    if not here or account.role != Role.LEADER or not account.covers(paper.organisation.path):
        raise Refused(_("This is for a leader of the bureau."))


def unaccepted(paper: JointPaper) -> list[str]:
    """The parts that are not accepted yet."""
    return [str(part) for part in paper.parts.exclude(state=PartState.ACCEPTED)]


def text_hash(whole: WholeText) -> str:
    return hashlib.sha256(whole.text.encode()).hexdigest()


def _audited(whole: WholeText) -> Audit:
    """The paper's words as a reader has them before the appendix, which lists every figure a second time.

    What was typed is held against the records as well. A figure that was looked up comes from them: that its sentence does not say of which
    stage it is makes it no other figure.
    """
    paper = whole.paper
    template = whole.template
    public = template.front.get("public", "").lower() in ("true", "yes")
    with tempfile.TemporaryDirectory() as folder, drawn_from(paper, public=public) as evidence:
        written = write_text(
            template, paper.template, evidence.snapshot, Path(folder) / "paper.md", language=paper.language,
            area=paper.organisation.code, period=paper.period, overlay=settings.RULEBOOK_OVERLAY, evidence=evidence,
        )  # fmt: skip
        words = read_document(written.file).text
    found = audit_text(without_appendix(words, paper.language))
    looked_up = {_digits(figure.text) for figure in written.figures}
    try:
        held = held_against(
            found, kept_snapshot(paper.snapshot), area=paper.organisation.code, period=paper.period, overlay=settings.RULEBOOK_OVERLAY
        )
    except NotThere:
        return found
    typed = (one for one in held.relations if one.kind != "record" or _digits(one.parts[0].text) not in looked_up)
    return replace(held, relations=tuple(typed))


def _digits(text: str) -> str:
    return re.sub(r"[^\d.]", "", text)


def _finding(one: Relation, found: Audit) -> Finding:
    line, _mark, reason = one.explanation.partition("\n")
    first, last = one.parts[0].start, max(part.end for part in one.parts)
    begin, end = found.text.rfind("\n", 0, first) + 1, found.text.find("\n", first)
    begin, end = max(begin, first - _AROUND), max(min(end if end > 0 else len(found.text), last + _AROUND), one.parts[0].end)
    quote = " ".join(found.text[begin:end].split())
    said = "|".join([one.kind, line, *(part.text for part in one.parts), quote])
    return Finding(hashlib.sha256(said.encode()).hexdigest()[:32], one.kind, one.severity, quote[:400], line, reason)
