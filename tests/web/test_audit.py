"""The figure audit on the page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jiaoheng.organisations.organisation import Organisation

SignedIn = Callable[..., Client]
REPORT = "今年，我区普通高中招生1773人，其中甲中招生670人，乙中招生417人，丙中招生686人。\n"
REPORT += "72幅作品获奖，其中，获一等奖4个，二等奖11个，三等奖10个，优秀奖10个。"


@pytest.mark.parametrize("way", ["pasted", "dropped"])
def test_what_does_not_add_up_is_marked_and_explained(way: str, tree: Organisation, signed_in: SignedIn) -> None:
    sent = {"text": REPORT} if way == "pasted" else {"document": SimpleUploadedFile("总结.txt", REPORT.encode())}
    text = signed_in("clerk", "1001").post("/audit/", sent).content.decode()
    assert '<mark class="no">72幅</mark>' in text
    assert '<mark class="ok">1773人</mark>' in text
    assert "各项之和不等于总数" in text
    assert "35 ≠ 72" in text
    assert "各项之和比总数少 37" in text


def test_nothing_of_a_document_is_kept(tree: Organisation, signed_in: SignedIn, settings: object) -> None:
    signed_in().post("/audit/", {"document": SimpleUploadedFile("总结.txt", REPORT.encode())})
    assert not list(Path(settings.DATA).rglob("*总结*"))  # type: ignore[attr-defined]


def test_markup_in_a_document_stays_text(tree: Organisation, signed_in: SignedIn) -> None:
    text = signed_in().post("/audit/", {"text": "<script>alert(1)</script>共3人，其中男1人，女1人。"}).content.decode()
    assert "<script>alert" not in text


@pytest.mark.parametrize(("name", "content"), [("a.xlsx", b"PK"), ("a.pdf", b"%PDF-broken"), ("a.docx", b"no")])
def test_what_cannot_be_read_is_refused_in_one_sentence(name: str, content: bytes, tree: Organisation, signed_in: SignedIn) -> None:
    response = signed_in().post("/audit/", {"document": SimpleUploadedFile(name, content)})
    assert response.status_code == 400
    text = response.content.decode()
    assert 'role="alert"' in text and f"{name}：" in text and "file" not in text.partition('role="alert"')[2].partition("</")[0]


def test_sending_nothing_says_so(tree: Organisation, signed_in: SignedIn) -> None:
    assert "没有内容" in signed_in().post("/audit/", {}).content.decode()


def test_statements_are_held_against_the_readers_own_part_of_the_records(frozen: Organisation, signed_in: SignedIn) -> None:
    said = {"text": "在校学生500名，教学班13个。", "records": "1"}
    text = signed_in("clerk", "1001").post("/audit/", said).content.decode()
    assert '<mark class="ok">500名</mark>' in text and '<mark class="no">13个</mark>' in text
    assert "登记数据为 12：班级数, 晨光1001小学" in text
    text = signed_in("officer").post("/audit/", said).content.decode()
    assert '<mark class="no">500名</mark>' in text


def test_without_a_snapshot_it_says_so(tree: Organisation, signed_in: SignedIn) -> None:
    response = signed_in().post("/audit/", {"text": "在校学生500名。", "records": "1"})
    assert response.status_code == 400 and 'role="alert"' in response.content.decode()


def test_the_findings_come_back_as_comments_in_word(tree: Organisation, signed_in: SignedIn, tmp_path: Path) -> None:
    from docx import Document

    report = Document()
    report.add_paragraph(REPORT)
    report.save(str(tmp_path / "a.docx"))
    client = signed_in()
    for sent in ({"text": REPORT}, {"document": SimpleUploadedFile("总结.docx", (tmp_path / "a.docx").read_bytes())}):
        answer = client.post("/audit/", {**sent, "give": "docx"})
        (tmp_path / "b.docx").write_bytes(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
        comments = [comment.text for comment in Document(str(tmp_path / "b.docx")).comments]
        assert len(comments) == 1 and "35 ≠ 72" in comments[0]
