"""Contents of a Word document: a line for each heading, with its page as a field that Word, WPS and LibreOffice fill in on opening.

Changes when the table of contents of Word papers looks or works otherwise. (A single field over the whole contents shows no pages in
LibreOffice until somebody brings it up to date; fields of single pages do.)
"""

from typing import Any

__all__ = ["add_contents"]

_LEVELS = 2


def add_contents(document: Any, title: str) -> None:
    """Put the contents on a page of their own after the cover, which ends with the paragraph of style «Date»."""

    body = document.element.body
    cover = next((one._p for one in document.paragraphs[:4] if one.style.name == "Date"), None)
    if cover is None:
        return
    lines, marks = [], 0
    for paragraph in document.paragraphs:
        name = paragraph.style.name
        if not name.startswith("Heading ") or not name[8:].isdigit() or int(name[8:]) > _LEVELS:
            continue
        marks += 1
        _bookmarked(paragraph._p, f"_Toc{marks:06d}", 900_000 + marks)
        lines.append((int(name[8:]), paragraph.text, f"_Toc{marks:06d}"))
    if not lines:
        return
    made = [_heading(document, title), *(_line(document, *line) for line in lines)]
    made[-1].append(_page_break())
    at = list(body).index(cover) + 1
    for place, paragraph in enumerate(made):
        body.insert(at + place, paragraph)


def _heading(document: Any, title: str) -> Any:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph = document.add_paragraph(style="Normal")
    layout = paragraph.paragraph_format
    layout.alignment, layout.first_line_indent, layout.space_after = 1, 0, Pt(10)
    run = paragraph.add_run(title)
    run.font.size = Pt(18)
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "黑体")
    return paragraph._p


def _line(document: Any, level: int, text: str, mark: str) -> Any:
    """One entry: the heading's words, a dotted tab, and the page as a field."""
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    paragraph = document.add_paragraph(style="Normal")
    layout = paragraph.paragraph_format
    layout.left_indent, layout.first_line_indent, layout.line_spacing = Mm(8) * (level - 1), 0, Pt(24)
    layout.tab_stops.add_tab_stop(Mm(155), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), mark)
    for run in (paragraph.add_run(text), paragraph.add_run("\t"), *_page_of(paragraph, mark)):
        run.font.size = Pt(14)
        link.append(run._r)
    paragraph._p.append(link)
    return paragraph._p


def _page_of(paragraph: Any, mark: str) -> list[Any]:
    """The runs of a PAGEREF field."""
    runs = []
    for kind, text in (("begin", ""), ("instruction", f" PAGEREF {mark} \\h "), ("separate", ""), ("text", "…"), ("end", "")):
        run = paragraph.add_run(text if kind == "text" else "")
        if kind != "text":
            run._r.append(_mark(kind, text))
        runs.append(run)
    return runs


def _mark(kind: str, text: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    if kind == "instruction":
        told = OxmlElement("w:instrText")
        told.set(qn("xml:space"), "preserve")
        told.text = text
        return told
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    if kind == "begin":
        mark.set(qn("w:dirty"), "true")
    return mark


def _page_break() -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    run, end = OxmlElement("w:r"), OxmlElement("w:br")
    end.set(qn("w:type"), "page")
    run.append(end)
    return run


def _bookmarked(paragraph: Any, name: str, number: int) -> None:
    """A bookmark around the words of a heading, to which the contents lead."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    begin, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (begin, end):
        mark.set(qn("w:id"), str(number))
    begin.set(qn("w:name"), name)
    properties = paragraph.find(qn("w:pPr"))
    paragraph.insert(0 if properties is None else list(paragraph).index(properties) + 1, begin)
    paragraph.append(end)
