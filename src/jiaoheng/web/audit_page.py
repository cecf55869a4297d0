"""Audit page: drop any report, see which of its figures agree with each other and which do not. Nothing of it is kept.

Changes when findings are laid out differently. What is found is the auditor's (`papers.audit`).
"""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.papers.audit.auditing import Audit, audit_text
from jiaoheng.papers.audit.relation import Relation
from jiaoheng.papers.audit.rendering import marks, title_of
from jiaoheng.papers.audit.wording import explained
from jiaoheng.texts.document import UnreadableDocument, read_document

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


def audit(request: HttpRequest) -> HttpResponse:
    """The form; after a document was sent, its text with marks and the findings beside it."""
    if request.method != "POST":
        return render(request, "web/audit.html", {"largest": _LARGEST // 1024**2})
    sent, pasted = request.FILES.get("document"), request.POST.get("text", "").strip()
    started = time.monotonic()
    try:
        name, text = _read(sent) if sent else (_("Pasted text"), pasted)
    except UnreadableDocument as error:
        return _refused(request, str(error))
    if not text:
        return _refused(request, _("Nothing was sent. Choose a document or paste its text."))
    found = audit_text(text)
    context = {"name": name, "audit": found, "seconds": f"{time.monotonic() - started:.2f}", "paragraphs": _paragraphs(found)}
    return render(request, "web/audit.html", {**context, **_findings(found), "largest": _LARGEST // 1024**2})


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "web/audit.html", {"largest": _LARGEST // 1024**2, "refusal": reason}, status=400)


def _read(sent: "UploadedFile[Any]") -> tuple[str, str]:
    """Name and text of the document; its bytes are dropped at once. Raises: UnreadableDocument."""
    name = Path((sent.name or "").replace("\\", "/")).name
    if (sent.size or 0) > _LARGEST:
        raise UnreadableDocument(
            _("{file} is larger than {limit} MB. Split it and hand in the parts.").format(file=name, limit=_LARGEST // 1024**2)
        )
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / (name[-150:] or "document")
        kept.write_bytes(sent.read())
        return name, read_document(kept).text


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
