"""Papers: what is written, in every format, and that every figure can be found again."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import html

from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.measures.values import compute
from jiaoheng.papers.audit.auditing import audit_text
from jiaoheng.papers.draft import Draft
from jiaoheng.papers.paper import PaperStopped, templates, write, write_all
from tests.tiny_district import GOOD, record, school, snapshot

APPROVED = Path(__file__).parent / "approved"


def _own(rulebook: Path, text: str) -> Path:
    (rulebook / "papers" / "own.md").write_text(text, encoding="utf-8")
    return rulebook


SHIPPED = [
    ("annual_report", "zh-hans"),
    ("high_quality_balance", "zh-hans"),
    ("leaders_brief", "en"),
    ("leaders_brief", "zh-hans"),
    ("public_edition", "en"),
    ("public_edition", "zh-hans"),
    ("resources", "en"),
    ("resources", "zh-hans"),
    ("school_profile", "zh-hans"),
    ("self_evaluation", "zh-hans"),
    ("statistics_bulletin", "zh-hans"),
    ("work_plan", "zh-hans"),
    ("yearly_summary", "zh-hans"),
]
AREA = {"school_profile": "C"}
"""The papers that are about another organisation than the whole district."""


@pytest.mark.parametrize(("template", "language"), SHIPPED)
def test_the_paper_reads_as_approved(district, judged, tmp_path, template, language, request):
    """To approve a change: write the papers with `--approve`-like care, read them, and copy them into `approved`."""
    overlay = judged if template == "self_evaluation" else None
    paper = write(template, district, tmp_path / "paper.md", language=language, area=AREA.get(template), overlay=overlay)
    approved = APPROVED / f"{template}.{language}.md"
    assert paper.file.read_text(encoding="utf-8") == approved.read_text(encoding="utf-8")


@pytest.mark.parametrize(("template", "language"), SHIPPED)
def test_every_heading_stands_apart(template, language):
    lines = (APPROVED / f"{template}.{language}.md").read_text(encoding="utf-8").splitlines()
    for above, line, below in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        assert "##" not in line.lstrip("#") and (not line.startswith("#") or (not above.strip() and not below.strip())), line


def test_every_template_of_the_rulebook_is_tested():
    assert templates() == sorted({template for template, _ in SHIPPED})


@pytest.mark.parametrize("template", sorted({template for template, language in SHIPPED if language == "zh-hans"}))
def test_our_own_auditor_finds_nothing_to_object_to(district, tmp_path, template):
    text = write(template, district, tmp_path / "paper.md", area=AREA.get(template)).file.read_text(encoding="utf-8").split("# 附录")[0]
    assert [one.explanation for one in audit_text(text).relations if not one.holds] == []


@pytest.mark.parametrize("template", ["annual_report", "resources"])
def test_every_figure_of_the_text_is_in_the_appendix(district, tmp_path, template):
    paper = write(template, district, tmp_path / "paper.html")
    page = html.parse(str(paper.file)).getroot()
    shown = page.xpath("//main//a[@class='figure']")
    texts = {figure.text for figure in paper.figures}
    assert shown and {link.text_content() for link in shown} == texts
    rows = page.xpath("//div[@id='sources']/table[1]/tbody/tr")
    assert len(rows) == len(paper.figures)
    for row, figure in zip(rows, paper.figures, strict=True):
        cells = [cell.text_content().strip() for cell in row]
        assert cells[0] == str(figure.number)
        assert cells[1:6] == [figure.label, figure.filter.organisation_name, figure.filter.stage_name, figure.filter.period, figure.text]
        assert cells[7] == district.hash[:8]
    assert district.hash in page.text_content()


def test_figures_link_to_their_measure_with_filter_and_snapshot(district, tmp_path):
    page = html.parse(str(write("annual_report", district, tmp_path / "p.html").file)).getroot()
    links = page.xpath("//a[@class='figure']")
    link = next(one for one in links if one.get("href").startswith("/measures/pupils_per_teacher?organisation=D&stage=all"))
    asked = parse_qs(urlsplit(link.get("href")).query)
    assert asked["snapshot"] == [district.hash] and asked["organisation"] == ["D"] and asked["stage"] == ["all"]
    assert "4,453 / 278" in link.get("title")
    assert not page.xpath("//script") and not page.xpath("//*[starts-with(@src, 'http')]")
    assert len(page.xpath("//figure//*[local-name()='svg']")) == 3


def test_figures_are_those_of_the_measures(district, tmp_path):
    paper = write("resources", district, tmp_path / "p.md", language="en")
    catalogue = load_catalogue()
    values = compute(district, catalogue, all_years=True)
    looked_up = [one for one in paper.figures if one.about in catalogue and len(one.filter.period) == 9 and not one.filter.more]
    assert len(looked_up) > 30
    for figure in looked_up:
        value = values.get(figure.about, figure.filter.organisation, figure.filter.stage, figure.filter.period)
        if figure.label.startswith(catalogue[figure.about].label.en) and ":" not in figure.label:
            assert value is not None and (figure.value, figure.numerator, figure.denominator) == (
                value.value,
                value.numerator,
                value.denominator,
            )


def test_the_parts_add_up_to_the_total(district, tmp_path):
    text = write("annual_report", district, tmp_path / "p.md").file.read_text(encoding="utf-8")
    found = re.findall(r"([\d,]+)(?:所|名|个)(?:，比上年[^其。]*)?[（，]其中([^）。]+)", text)
    assert len(found) >= 4
    for total, parts in found:
        numbers = [int(one.replace(",", "")) for one in re.findall(r"([\d,]+)[所名个]", parts)]
        assert sum(numbers) == int(total.replace(",", "")), (total, parts)


def test_names_from_records_cannot_break_the_paper(district, tmp_path):
    page = html.parse(str(write("resources", district, tmp_path / "p.html", area="D").file)).getroot()
    assert "青禾|小学 <b>*一*</b>" in {cell.text_content().strip() for cell in page.xpath("//td")}


def test_the_word_document(district, tmp_path):
    from docx import Document
    from docx.oxml.ns import qn

    paper = write("annual_report", district, tmp_path / "p.docx")
    document = Document(str(paper.file))
    section = document.sections[0]
    assert [round(side.mm) for side in (section.page_width, section.page_height)] == [210, 297]
    assert [round(side.mm) for side in (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)] == [
        37,
        35,
        28,
        26,
    ]
    assert document.styles["Body Text"].element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    assert [p.style.name for p in document.paragraphs[:4]] == ["Title", "Subtitle", "Date", "Heading 1"]
    assert "PAGE" in section.footer._element.xml
    assert len(document.inline_shapes) == 3
    vectors = [part for part in document.part.package.iter_parts() if part.content_type == "image/svg+xml"]
    assert len(vectors) == 3 and all(part.blob.startswith(b"<svg") for part in vectors) and document.element.xml.count("svgBlip ") == 3
    appendix = document.tables[-3]
    assert len(appendix.rows) == len(paper.figures) + 1
    assert all(table.rows[0]._tr.trPr is not None and "tblHeader" in table.rows[0]._tr.xml for table in document.tables)
    anchors = {link.get(qn("w:anchor")) for link in document.element.body.iter(qn("w:hyperlink"))}
    marks = {mark.get(qn("w:name")) for mark in document.element.body.iter(qn("w:bookmarkStart"))}
    assert anchors and anchors <= marks


def test_the_pdf(district, tmp_path):
    from pypdf import PdfReader

    paper = write("annual_report", district, tmp_path / "p.pdf")
    reader = PdfReader(paper.file)
    pages = [page.extract_text() for page in reader.pages]
    assert round(float(reader.pages[0].mediabox.width) / 72 * 25.4) == 210
    assert paper.title in pages[0].replace("\n", "") and district.hash[:12] in pages[0]
    assert "— 1 —" in pages[1] and "— 1 —" not in pages[0]
    text = "".join(pages).replace("\n", "")
    assert district.hash in text
    assert "优质均衡" in text
    assert any(annotation.get_object().get("/Subtype") == "/Link" for page in reader.pages for annotation in page.get("/Annots", []))


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".html", ".md"])
def test_the_same_paper_has_the_same_bytes(district, tmp_path, suffix, rulebook):
    overlay = _own(rulebook, "# 一\n\n学生{{ figure('pupils') }}名。\n\n{{ table('pupils', by='stage') }}\n")
    first = write("own", district, tmp_path / f"p{suffix}", overlay=overlay).file.read_bytes()
    assert write("own", district, tmp_path / f"p{suffix}", overlay=overlay).file.read_bytes() == first


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_paper_of_resources_works_where_only_pupils_are_known(tmp_path, language):
    nothing = dict.fromkeys(GOOD)
    made = snapshot(tmp_path / "s", [school("A", "晨光小学")], [record("A", **(nothing | {"pupils": 7}))])
    text = write("resources", made, tmp_path / "p.md", language=language).file.read_text(encoding="utf-8")
    assert "7" in text and "None" not in text
    preschool = snapshot(tmp_path / "k", [school("K", "幼儿园", kind="kindergarten")], [record("K", "preschool", pupils=90)])
    assert write("resources", preschool, tmp_path / "k.md", language=language).figures


def test_a_bureaus_own_template_comes_before_ours(district, tmp_path, rulebook):
    (rulebook / "papers" / "resources.zh.md").write_text("---\ntitle: 我局的报告\n---\n学生{{ figure('pupils') }}名。", encoding="utf-8")
    paper = write("resources", district, tmp_path / "p.md", overlay=rulebook)
    assert paper.title == "我局的报告" and [one.text for one in paper.figures] == ["4,453"]


def test_several_formats_come_from_one_draft(district, tmp_path, rulebook, monkeypatch):
    overlay = _own(rulebook, "# 一\n\n学生{{ figure('pupils') }}名。\n\n{{ chart('pupils', stage='primary') }}\n")
    drafts = []
    monkeypatch.setattr("jiaoheng.papers.paper.Draft", lambda evidence: drafts.append(1) or Draft(evidence))
    files = [tmp_path / f"p{suffix}" for suffix in (".pdf", ".docx", ".html", ".md", ".json")]
    papers = write_all("own", district, files, overlay=overlay)
    assert [paper.file for paper in papers] == files and len(drafts) == 1 and all(file.stat().st_size > 500 for file in files)
    alone = write("own", district, tmp_path / "alone.pdf", overlay=overlay)
    assert alone.file.read_bytes() == files[0].read_bytes() and alone.record == papers[0].record


def test_an_area_is_spoken_of_alone(district, tmp_path, rulebook):
    overlay = _own(rulebook, "{{ area.name }}{{ figure('pupils') }}")
    paper = write("own", district, tmp_path / "p.md", area="C", overlay=overlay)
    assert [one.value for one in paper.figures] == [850] and "明德学校850" in paper.file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"template_id": "nothing"}, "no paper «nothing».*annual_report, .*leaders_brief"),
        ({"template_id": "../measures"}, "no paper"),
        ({"template_id": "annual_report", "language": "en", "suffix": ".txt"}, "does not end in a format"),
        ({"template_id": "resources", "area": "X"}, "No organisation of the snapshot has the code «X»"),
        ({"template_id": "resources", "period": "1999-2000"}, "no figures of 1999-2000. School years: 2017-2018, 2018-2019"),
    ],
)
def test_what_cannot_be_written_is_refused_with_the_reason(district, tmp_path, asked, message):
    template, suffix = asked.pop("template_id"), asked.pop("suffix", ".md")
    with pytest.raises(PaperStopped, match=message):
        write(template, district, tmp_path / f"p{suffix}", **asked)
    assert list(tmp_path.iterdir()) == [] or not (tmp_path / f"p{suffix}").exists()


def test_a_machine_without_chinese_fonts_says_so(district, tmp_path, monkeypatch):
    monkeypatch.setattr("jiaoheng.papers.typeface._families", lambda: frozenset({"DejaVu Sans"}))
    with pytest.raises(PaperStopped, match="fonts-noto-cjk"):
        write("resources", district, tmp_path / "p.pdf")
    assert list(tmp_path.iterdir()) == []


def test_charts_are_told_to_those_who_cannot_see_them(district, tmp_path):
    from pypdf import PdfReader

    def alternatives(node):
        node = node.get_object()
        yield from [str(node["/Alt"])] if "/Alt" in node else []
        kids = node.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            if not isinstance(kid, int) and "/S" in kid.get_object():
                yield from alternatives(kid)

    root = PdfReader(write("annual_report", district, tmp_path / "p.pdf").file).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "zh-CN"
    top = root["/StructTreeRoot"]["/K"]
    told = [words for one in (top if isinstance(top, list) else [top]) for words in alternatives(one)]
    assert len(told) == 3 and all("最高" in words and "最低" in words for words in told)
