"""DOCX: a manuscript as a Word document in the form of official documents, through pandoc and a reference document made here.

Changes when the look of the Word papers changes. Page: A4, margins 37, 35, 28, 26 mm (GB/T 9704-2012 §5.2). Text: 仿宋_GB2312, with free
typefaces named as its substitutes in the font table; headings 黑体 and 楷体_GB2312; page number in the footer between dashes. Every figure
stands in a content control, which survives editing, and the record of the paper travels inside the file (`explaining` reads both).
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jiaoheng.papers.chart import Chart, pictures
from jiaoheng.papers.docx_contents import add_contents
from jiaoheng.papers.manuscript import Manuscript, converted
from jiaoheng.papers.number_style import is_chinese

__all__ = ["FIGURE_ANCHOR", "FIGURE_TAG", "RECORD_PART", "write_docx"]

FIGURE_ANCHOR = "figure-"
"""The place in the appendix to which a figure links, before its number."""
FIGURE_TAG = "jiaoheng:figure-"
"""The tag of a figure's content control, before its number."""
RECORD_PART = "/customXml/jiaoheng.xml"
"""Where the record of the paper lies inside the document. Word keeps it; LibreOffice drops it and the tags, and keeps links and comment."""

_SHORT_TABLE = 14
"""Rows up to which a table stays on one page."""
_FANGSONG, _HEITI, _KAITI, _LATIN = "仿宋_GB2312", "黑体", "楷体_GB2312", "Times New Roman"
_SUBSTITUTES = {
    _FANGSONG: "FangSong,仿宋,Noto Serif CJK SC,Source Han Serif SC",
    _HEITI: "SimHei,Noto Sans CJK SC,Source Han Sans SC",
    _KAITI: "KaiTi,楷体,Noto Serif CJK SC",
}
"""Names under which Word and LibreOffice look for a typeface that is not installed."""


def write_docx(manuscript: Manuscript, charts: Sequence[Chart], output: Path) -> None:
    """Write the manuscript to a .docx file. Raises: NoChineseFont."""
    with TemporaryDirectory() as folder:
        files = []
        for chart, picture in zip(charts, pictures(charts), strict=True):
            file = Path(folder) / f"chart-{chart.number}.png"
            file.write_bytes(picture)
            files.append(file)
        reference = Path(folder) / "reference.docx"
        reference.write_bytes(_reference(is_chinese(manuscript.language)))
        head = [
            f'::: {{custom-style="{style}"}}\n{_escaped(line)}\n:::'
            for style, line in (("Title", manuscript.title), ("Subtitle", manuscript.subtitle), ("Date", manuscript.dated))
            if line
        ]
        body = "\n\n".join([*head, manuscript.with_charts(files)])
        options = [
            f"--reference-doc={reference}",
            "--quiet",
            "--metadata",
            f"lang={'zh-CN' if is_chinese(manuscript.language) else 'en-GB'}",
        ]
        made = Path(folder) / "made.docx"
        converted(body, "docx", options, made, day=manuscript.day)
        _finished(made, output, manuscript, charts)


def _finished(made: Path, output: Path, manuscript: Manuscript, charts: Sequence[Chart]) -> None:
    """What pandoc cannot say: title and day among the properties, small type in the appendix, one fixed time for every part."""
    from docx import Document

    document = Document(str(made))
    properties = document.core_properties
    properties.title, properties.author, properties.comments = manuscript.title, "", manuscript.origin
    day = manuscript.day
    properties.created = properties.modified = datetime(day.year, day.month, day.day)
    _cover(document) if manuscript.cover else _head(document, is_chinese(manuscript.language))
    if manuscript.contents:
        add_contents(document, "目录" if is_chinese(manuscript.language) else "Contents")
    _fitting_cells(document)
    _controls(document)
    for picture, chart in zip(document.element.body.iter(_q("wp:docPr")), charts, strict=True):
        picture.set("descr", chart.told)
    _as_vectors(document, charts)
    _with_record(document, manuscript.record)
    held = io.BytesIO()
    document.save(held)
    held.seek(0)
    with zipfile.ZipFile(held) as parts, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as fixed:
        for part in sorted(parts.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            fixed.writestr(zipfile.ZipInfo(part, (1980, 1, 1, 0, 0, 0)), parts.read(part), zipfile.ZIP_DEFLATED)


def _controls(document: Any) -> None:
    """Each figure, so far a link to the appendix, into a content control that names it; its number is the control's tag."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    links = [link for link in document.element.body.iter(qn("w:hyperlink")) if (link.get(qn("w:anchor")) or "").startswith(FIGURE_ANCHOR)]
    for place, link in enumerate(links, start=1):
        control, properties, content = (OxmlElement(name) for name in ("w:sdt", "w:sdtPr", "w:sdtContent"))
        for name, value in (("w:tag", FIGURE_TAG + link.get(qn("w:anchor")).removeprefix(FIGURE_ANCHOR)), ("w:id", str(place))):
            element = OxmlElement(name)
            element.set(qn("w:val"), value)
            properties.append(element)
        content.extend(list(link))
        control.extend([properties, content])
        link.append(control)


def _as_vectors(document: Any, charts: Sequence[Chart]) -> None:
    """Beside each picture its SVG, which Word, WPS and LibreOffice draw in its place at any size."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    for blip, chart in zip(document.element.body.iter(_q("a:blip")), charts, strict=True):
        part = Part(PackURI(f"/word/media/chart-{chart.number}.svg"), "image/svg+xml", chart.svg().encode(), document.part.package)
        named = document.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
        for old in blip.findall(_q("a:extLst")):
            blip.remove(old)
        blip.append(
            parse_xml(
                f'<a:extLst {nsdecls("a", "r")}><a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}">'
                '<asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" '
                f'r:embed="{named}"/></a:ext></a:extLst>'
            )
        )


def _with_record(document: Any, record: str) -> None:
    """The record of the paper as a part of its own, which no reader shows."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from lxml import etree

    root = etree.Element("{urn:jiaoheng:paper}record")
    root.text = record
    blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    part = Part(PackURI(RECORD_PART), "application/xml", blob, document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_XML)


def _cover(document: Any) -> None:
    """The heading lines fill a page of their own."""
    from docx.enum.text import WD_BREAK

    for paragraph in document.paragraphs[:4]:
        if paragraph.style.name == "Date":
            paragraph.add_run().add_break(WD_BREAK.PAGE)


def _head(document: Any, chinese: bool) -> None:
    """The heading lines stand close together above the text, for a paper of one page; type and margins are smaller."""
    from docx.shared import Mm, Pt

    for paragraph in document.paragraphs[:4]:
        layout = paragraph.paragraph_format
        if paragraph.style.name == "Title":
            layout.space_before, layout.space_after = Pt(0), Pt(4)
        elif paragraph.style.name in ("Subtitle", "Date"):
            layout.space_before, layout.space_after, layout.line_spacing = Pt(0), Pt(2), Pt(20)
    section = document.sections[0]
    section.different_first_page_header_footer = False
    section.top_margin = section.bottom_margin = Mm(25)
    section.footer_distance = Mm(15)
    for name in ("Body Text", "First Paragraph"):
        style = document.styles[name]
        style.font.size, style.paragraph_format.line_spacing = (Pt(12), Pt(20)) if chinese else (Pt(10.5), Pt(14))
        style.paragraph_format.first_line_indent, style.paragraph_format.space_after = (Pt(24), 0) if chinese else (0, Pt(3))
    mark = next(document.element.body.iterchildren(_q("w:bookmarkStart")), None)
    below = mark.getnext() if mark is not None and mark.get(_q("w:name")) == "appendix" else None
    if below is not None:
        below.get_or_add_pPr().get_or_add_pageBreakBefore()


def _fitting_cells(document: Any) -> None:
    """Only cells keep the cells' style, which short lists share with them; in the appendix they take a smaller one still."""
    from docx.oxml.ns import qn

    inside = False
    for element in document.element.body:
        if element.tag == qn("w:bookmarkStart") and element.get(qn("w:name")) == "appendix":
            inside = True
        if element.tag == qn("w:p") and element.pPr is not None and element.pPr.style == "Compact":
            element.pPr.style = "BodyText"
        if not inside and element.tag == qn("w:tbl"):
            _kept_together(element)
        if inside and element.tag == qn("w:tbl"):
            for style in element.iter(qn("w:pStyle")):
                if style.get(qn("w:val")) == "Compact":
                    style.set(qn("w:val"), "AppendixCell")


def _kept_together(table: Any) -> None:
    """A short table stays on one page, a long one keeps its head with its first rows; no row is torn."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    rows = list(table.iter(qn("w:tr")))
    for place, row in enumerate(rows):
        row.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        if place < (len(rows) - 1 if len(rows) <= _SHORT_TABLE else 2):
            for paragraph in row.iter(qn("w:p")):
                paragraph.get_or_add_pPr().append(OxmlElement("w:keepNext"))


@cache
def _reference(chinese: bool) -> bytes:
    """The reference document: pandoc's own, restyled."""
    import subprocess

    import pypandoc
    from docx import Document
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH as Align
    from docx.shared import Mm, Pt

    raw = subprocess.run(
        [pypandoc.get_pandoc_path(), "--print-default-data-file", "reference.docx"], capture_output=True, check=True
    ).stdout
    document = Document(io.BytesIO(raw))
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    section.footer_distance = Mm(28)
    styles = document.styles
    body_size, line = (Pt(16), Pt(28)) if chinese else (Pt(12), Pt(20))
    indent = body_size * 2 if chinese else 0
    for name in ("Normal", "Body Text", "First Paragraph"):
        _style(styles[name], _FANGSONG, body_size, line=line, indent=indent, before=0, after=0 if chinese else Pt(6))
    styles["Normal"].paragraph_format.first_line_indent = 0
    for level, face in enumerate((_HEITI, _KAITI, _FANGSONG, _FANGSONG), start=1):
        style = styles[f"Heading {level}"]
        _style(style, face, body_size, line=line, indent=indent, before=Pt(8), after=Pt(2), bold=level in (1, 3) or not chinese)
        style.paragraph_format.keep_with_next = True
    _style(styles["Title"], _HEITI, Pt(22), line=Pt(36), before=Pt(180), after=Pt(12), bold=True, align=Align.CENTER)
    styles["Title"].paragraph_format.page_break_before = False
    _style(styles["Subtitle"], _KAITI, Pt(16), line=Pt(28), before=0, after=Pt(260), align=Align.CENTER)
    _style(styles["Date"], _FANGSONG, Pt(16), line=Pt(28), before=0, after=0, align=Align.CENTER)
    _style(styles["Compact"], _FANGSONG, Pt(9), line=None, before=Pt(2), after=Pt(2))
    _style(styles["Table Caption"], _HEITI, Pt(12), line=Pt(20), before=Pt(10), after=Pt(4), align=Align.CENTER)
    styles["Table Caption"].paragraph_format.keep_with_next = True
    _style(styles["Image Caption"], _HEITI, Pt(12), line=Pt(20), before=Pt(2), after=Pt(10), align=Align.CENTER)
    _style(styles["Captioned Figure"], _FANGSONG, Pt(10.5), line=None, before=Pt(8), after=0, align=Align.CENTER)
    styles["Captioned Figure"].paragraph_format.keep_with_next = True
    small = styles.add_style("Appendix Cell", WD_STYLE_TYPE.PARAGRAPH)
    small.element.set(_q("w:styleId"), "AppendixCell")
    small.base_style = styles["Compact"]
    _style(small, _FANGSONG, Pt(7.5), line=None, before=0, after=0)
    note = styles.add_style("Table Note", WD_STYLE_TYPE.PARAGRAPH)
    note.base_style = styles["Normal"]
    _style(note, _FANGSONG, Pt(10.5), line=Pt(16), before=Pt(2), after=Pt(10))
    hyperlink = styles["Hyperlink"]
    _plain_link(hyperlink)
    _table_look(styles)
    section.different_first_page_header_footer = True  # the cover has no number
    _page_number(section.footer)
    _substitutes(document)
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def _style(
    style: Any, face: str, size: Any, *, line: Any, before: Any, after: Any, indent: Any = 0, bold: bool = False, align: Any = None
) -> None:
    from docx.shared import RGBColor

    style.font.size, style.font.bold, style.font.italic = size, bold, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script, named in (("ascii", _LATIN), ("hAnsi", _LATIN), ("cs", _LATIN), ("eastAsia", face)):
        fonts.set(_q(f"w:{script}"), named)
    layout = style.paragraph_format
    layout.space_before, layout.space_after, layout.first_line_indent = before, after, indent
    layout.left_indent = 0
    layout.line_spacing = line if line is not None else 1.0
    if align is not None:
        layout.alignment = align


def _plain_link(style: Any) -> None:
    """Figures are links to the appendix; on paper they look like the text around them."""
    properties = style.element.get_or_add_rPr()
    for child in list(properties):
        properties.remove(child)


def _table_look(styles: Any) -> None:
    """Thin rules between rows, strong ones around the heading and below the table; the heading row in bold."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    table = styles["Table"].element
    for tag in ("w:tblPr", "w:tblStylePr"):
        for old in table.findall(_q(tag)):
            table.remove(old)
    names = nsdecls("w")
    table.append(
        parse_xml(
            f'<w:tblPr {names}><w:tblBorders><w:top w:val="single" w:sz="8" w:space="0" w:color="000000"/>'
            '<w:bottom w:val="single" w:sz="8" w:space="0" w:color="000000"/>'
            '<w:insideH w:val="single" w:sz="4" w:space="0" w:color="BFBFBF"/>'
            '</w:tblBorders><w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        )
    )
    table.append(
        parse_xml(
            f'<w:tblStylePr {names} w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>'
            '<w:bottom w:val="single" w:sz="6" w:space="0" w:color="000000"/>'
            '</w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr>'
        )
    )


def _page_number(footer: Any) -> None:
    """«— 1 —» in the middle of the footer, counted by the reader's program."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, text in (("text", "— "), ("begin", ""), ("instruction", " PAGE "), ("end", ""), ("text", " —")):
        run = paragraph.add_run(text if kind == "text" else "")
        run.font.size = Pt(14)
        if kind in ("begin", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(_q("w:fldCharType"), kind)
            run._r.append(mark)
        elif kind == "instruction":
            told = OxmlElement("w:instrText")
            told.set(_q("xml:space"), "preserve")
            told.text = text
            run._r.append(told)


def _substitutes(document: Any) -> None:
    """Enter the typefaces in the font table with the names to fall back on."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from lxml import etree

    part = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    table = etree.fromstring(part.blob)
    for face, others in _SUBSTITUTES.items():
        font = etree.SubElement(table, _q("w:font"))
        font.set(_q("w:name"), face)
        other = etree.SubElement(font, _q("w:altName"))
        other.set(_q("w:val"), others)
        charset = etree.SubElement(font, _q("w:charset"))
        charset.set(_q("w:val"), "86")
    part._blob = etree.tostring(table, xml_declaration=True, encoding="UTF-8", standalone=True)


def _escaped(line: str) -> str:
    from jiaoheng.papers.figure import plain

    return plain(line)


def _q(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))
