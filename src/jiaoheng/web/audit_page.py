"""Audit page: drop any report, see which of its figures agree with each other and which do not. Nothing of it is kept.

Changes when findings are laid out differently. What is found is the auditor's (`papers.audit`).
"""

import io
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.papers.audit.auditing import Audit, audit_text
from jiaoheng.papers.audit.records import held_against
from jiaoheng.papers.audit.relation import Relation
from jiaoheng.papers.audit.rendering import marks, title_of
from jiaoheng.papers.audit.word import comment_docx, to_docx
from jiaoheng.papers.audit.wording import explained
from jiaoheng.papers.evidence import NotThere
from jiaoheng.snapshots.snapshot import SnapshotRefused, newest_snapshot
from jiaoheng.texts.document import UnreadableDocument, read_document
from jiaoheng.web.scope import reader
from jiaoheng.web.words import tongue

__all__ = ["audit"]

_LARGEST = 20 * 1024 * 1024
"""Bytes of a document on the page; the command `jiaoheng audit` reads longer ones."""
_SHOWN = {"fault": "no", "question": "q", "rounding": "q", "none": "ok"}


@dataclass(frozen=True)
class Piece:
    """A stretch of the text: plain, or marked (a style class) with the number of the finding that it leads to."""

    text: str
    mark: str = ""
    finding: int | None = None


@dataclass(frozen=True)
class Finding:
    """One finding: its place among the relations, its look, what it is called, the arithmetic, the reason."""

    number: int
    mark: str
    title: str
    line: str
    reason: str


def audit(request: HttpRequest) -> HttpResponseBase:
    """The form; after a document was sent, its text with marks and the findings beside it, or a Word copy with comments."""
    if request.method != "POST":
        return render(request, "web/audit.html", {"largest": _LARGEST // 1024**2})
    sent, pasted = request.FILES.get("document"), request.POST.get("text", "").strip()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            kept = _kept(sent, Path(folder)) if sent else None
            name, text = (kept.name, read_document(kept).text) if kept else (_("Pasted text"), pasted)
            if not text:
                return _refused(request, _("Nothing was sent. Choose a document or paste its text."))
            found = audit_text(text)
            if request.POST.get("records"):
                found = _with_records(request, found)
        except UnreadableDocument as error:
            return _refused(request, error.said(tongue()))
        except (SnapshotRefused, NotThere) as error:
            return _refused(request, str(error))
        if request.POST.get("give") == "docx":
            return _commented(found, name, kept, Path(folder))
    context = {"name": name, "audit": found, "seconds": f"{time.monotonic() - started:.2f}", "paragraphs": _paragraphs(found)}
    return render(request, "web/audit.html", {**context, **_findings(found), "largest": _LARGEST // 1024**2})


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "web/audit.html", {"largest": _LARGEST // 1024**2, "refusal": reason}, status=400)


def _kept(sent: "UploadedFile[Any]", folder: Path) -> Path:
    """The document in a folder that is dropped with the answer. Raises: UnreadableDocument."""
    name = Path((sent.name or "").replace("\\", "/")).name
    if (sent.size or 0) > _LARGEST:
        raise UnreadableDocument(
            _("{file} is larger than {limit} MB. Split it and hand in the parts.").format(file=name, limit=_LARGEST // 1024**2)
        )
    kept = folder / (name[-150:] or "document")
    kept.write_bytes(sent.read())
    return kept


def _with_records(request: HttpRequest, found: Audit) -> Audit:
    """Held against the newest snapshot, as far as the reader's own part of the tree. Raises: SnapshotRefused, NotThere."""
    area = reader(request).organisation
    snapshot = newest_snapshot(settings.DATA / "snapshots")
    return held_against(found, snapshot, area=area.code if area else None, overlay=settings.RULEBOOK_OVERLAY)


def _commented(found: Audit, name: str, kept: Path | None, folder: Path) -> HttpResponseBase:
    """A copy of the report as a Word file with a comment at each finding; its own layout where it was a .docx."""
    stem = Path(name).stem
    made = folder / "commented.docx"
    if kept is not None and kept.suffix.lower() == ".docx":
        comment_docx(found, kept, made)
    else:
        to_docx(found, made, name=stem)
    return FileResponse(io.BytesIO(made.read_bytes()), as_attachment=True, filename=f"{stem} {_('audited')}.docx")


def _findings(found: Audit) -> dict[str, list[Finding]]:
    """What does not hold, what deserves a look, and what holds, each in reading order."""
    numbers = {id(relation): number for number, relation in enumerate(found.relations)}
    groups = {"faults": found.faults, "questions": found.questions, "sound": found.sound}
    return {name: [_finding(relation, numbers[id(relation)]) for relation in relations] for name, relations in groups.items()}


def _finding(relation: Relation, number: int) -> Finding:
    line, _mark, reason = relation.explanation.partition("\n")
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    title = title_of(relation, language) if relation.severity != "none" else ""
    return Finding(number, _SHOWN[relation.severity], title, line, explained(reason, language))


def _paragraphs(found: Audit) -> list[list[Piece]]:
    """The text in its lines, each cut at the marks."""
    pieces: list[Piece] = []
    at = 0
    for mark in marks(found):
        pieces += [Piece(found.text[at : mark.start]), Piece(found.text[mark.start : mark.end], _SHOWN[mark.severity], mark.findings[0])]
        at = mark.end
    pieces.append(Piece(found.text[at:]))
    lines: list[list[Piece]] = [[]]
    for piece in pieces:
        first, *rest = piece.text.split("\n")
        lines[-1].append(Piece(first, piece.mark, piece.finding))
        lines += [[Piece(part, piece.mark, piece.finding)] for part in rest]
    return [line for line in lines if any(piece.text.strip() for piece in line)]
