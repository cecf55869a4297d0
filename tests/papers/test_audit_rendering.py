"""Findings shown: on a page, on a terminal and as comments in Word."""

import io
import itertools
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from jiaoheng.papers.audit.auditing import audit_text
from jiaoheng.papers.audit.rendering import marks, to_html, to_terminal
from jiaoheng.texts.document import read_document

REPORT = "全区共有学校13所,其中小学9所、初中3所。\n教师400人,其中本科学历300人,占75.0%。\n预算150万元,成交1413564.12元,节约86436.88元。"


def test_marks_never_overlap_and_carry_the_worst_severity() -> None:
    placed = marks(audit_text(REPORT))
    assert all(a.end <= b.start for a, b in itertools.pairwise(placed))
    assert {m.severity for m in placed} == {"fault", "none", "rounding"}


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if tag == "a":
            self.targets.add(str(given["href"]).lstrip("#"))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_holds_the_whole_text_and_every_link_leads_somewhere(language: str) -> None:
    audit = audit_text(REPORT)
    page = to_html(audit, "总结.docx", language=language, seconds=0.04)
    links = _Links()
    links.feed(page)
    assert links.targets and links.targets <= links.ids
    assert REPORT in "".join(links.words)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def test_the_page_escapes_what_the_report_says() -> None:
    page = to_html(audit_text("<script>alert(1)</script>共有学校13所,其中小学9所、初中3所。"), "<b>.txt")
    assert "<script>alert" not in page
    assert "<b>.txt" not in page


def test_the_terminal_quotes_the_fault_and_gives_the_arithmetic() -> None:
    console = pytest.importorskip("rich.console").Console(file=io.StringIO(), width=100)
    to_terminal(audit_text(REPORT), "总结.txt", console)
    shown = console.file.getvalue()
    assert "9+3 = 12 ≠ 13" in shown
    assert "13所" in shown


def test_a_new_word_file_has_a_comment_at_each_finding(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    from jiaoheng.papers.audit.word import to_docx

    to_docx(audit_text(REPORT), tmp_path / "out.docx", name="总结")
    comments = list(docx.Document(str(tmp_path / "out.docx")).comments)
    assert len(comments) == 2
    assert "9+3 = 12 ≠ 13" in comments[0].text
    assert read_document(tmp_path / "out.docx").text == REPORT


def test_comments_are_put_into_the_reports_own_word_file(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    from jiaoheng.papers.audit.word import comment_docx

    document = docx.Document()
    document.add_heading("总结", level=1)
    paragraph = document.add_paragraph("全区共有")
    paragraph.add_run("学校13所").bold = True
    paragraph.add_run(",其中小学9所、初中3所。")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "项目", "说明"
    document.add_paragraph("教师400人,其中本科学历300人,占79.0%。")
    document.save(str(tmp_path / "in.docx"))
    audit = audit_text(read_document(tmp_path / "in.docx").text)
    assert comment_docx(audit, tmp_path / "in.docx", tmp_path / "out.docx") == 2
    commented = docx.Document(str(tmp_path / "out.docx"))
    assert len(list(commented.comments)) == 2
    assert commented.paragraphs[0].text == "总结"
    assert any(run.bold for run in commented.paragraphs[1].runs)
