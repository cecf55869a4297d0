"""Findings as comments in Word: in a copy of the report's own .docx, or in a new one made from its text.

Changes when comments are placed or worded in another way.
"""

__all__ = ["comment_docx", "to_docx"]

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jiaoheng.papers.audit.auditing import Audit
from jiaoheng.papers.audit.relation import Relation
from jiaoheng.papers.audit.rendering import marks, title_of
from jiaoheng.papers.audit.wording import explained

if TYPE_CHECKING:
    from docx.text.run import Run

AUTHOR = "Jiaoheng"


def to_docx(audit: Audit, path: Path, *, name: str = "") -> None:
    """The text as a new Word file, a comment at each fault and question. Plain paragraphs, whatever the original
    looked like."""
    from docx import Document as new_document
    from docx.shared import RGBColor

    document = new_document()
    document.core_properties.title = name
    wanted = _wanted(audit)
    places = [m for m in marks(audit) if any(n in wanted for n in m.findings)]
    first: dict[int, Run] = {}
    at = 0
    for start, line in _lines(audit.text):
        paragraph = document.add_paragraph()
        last, end = start, start + len(line)
        while at < len(places) and places[at].start < end:
            mark = places[at]
            at += 1
            if mark.start < last or mark.end > end:
                continue
            paragraph.add_run(_printable(audit.text[last : mark.start]))
            run = paragraph.add_run(_printable(audit.text[mark.start : mark.end]))
            run.font.color.rgb = RGBColor(0xB3, 0x34, 0x2B) if mark.severity == "fault" else RGBColor(0xA8, 0x6A, 0x12)
            for n in mark.findings:
                if n in wanted and audit.relations[n].parts[0].start == mark.start:
                    first[n] = run
            last = mark.end
        paragraph.add_run(_printable(audit.text[last:end]))
    for n, run in first.items():
        document.add_comment(runs=[run], text=_words(wanted[n]), author=AUTHOR, initials="JH")
    document.save(str(path))


def comment_docx(audit: Audit, source: Path, path: Path) -> int:
    """A copy of the report with its layout kept and a comment at each fault and question; how many comments were
    placed.

    `audit` must be of the text that `read_document(source)` gives. A comment covers the runs its first figure stands
    in.
    """
    from docx import Document as open_document

    document = open_document(str(source))
    wanted = _wanted(audit)
    pending = sorted(((r.parts[0].start, r.parts[0].end, n) for n, r in wanted.items()), reverse=True)
    placed = 0
    for start, paragraph in _paragraphs(document.element.body, document):
        offset = start
        for run in paragraph.runs:
            length = _length(run)
            while pending and pending[-1][0] < offset + length:
                begin, _, n = pending.pop()
                if begin >= offset:
                    document.add_comment(runs=[run], text=_words(wanted[n]), author=AUTHOR, initials="JH")
                    placed += 1
            offset += length
    document.save(str(path))
    return placed


def _paragraphs(body: Any, document: Any) -> Iterator[tuple[int, Any]]:
    """Each paragraph with the place of its first character in the text that `read_document` gives."""
    from docx.oxml.ns import qn
    from docx.text.paragraph import Paragraph

    from jiaoheng.texts.document import cells_of_row, words_of_paragraph

    at = 0
    for block in body:
        if block.tag == qn("w:p"):
            yield at, Paragraph(block, document._body)
            at += len(words_of_paragraph(block)) + 1
        elif block.tag == qn("w:tbl"):
            for row in block.iter(qn("w:tr")):
                cells = list(cells_of_row(row))
                for paragraphs in cells:
                    for paragraph in paragraphs:
                        yield at, Paragraph(paragraph, document._body)
                        at += len(words_of_paragraph(paragraph)) + 1
                    if not paragraphs:
                        at += 1
                if not cells:
                    at += 1
        elif block.tag == qn("w:sdt"):
            for paragraph in block.iter(qn("w:p")):
                at += len(words_of_paragraph(paragraph)) + 1


def _length(run: "Run") -> int:
    from jiaoheng.texts.document import words_of_paragraph

    return len(words_of_paragraph(run._r))


def _wanted(audit: Audit) -> dict[int, Relation]:
    return {n: r for n, r in enumerate(audit.relations) if r.severity != "none"}


def _words(relation: Relation) -> str:
    line, _, reason = relation.explanation.partition("\n")
    return f"{title_of(relation, 'zh')}\n{line}\n{explained(reason, 'zh')}"


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(c for c in text if c >= " " or c == "\t")
