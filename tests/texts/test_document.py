"""Documents: the same words out of every kind of file, and one plain sentence where a file cannot be read."""

import os
from pathlib import Path

import pytest

from jiaoheng.texts.document import LARGEST_BYTES, UnreadableDocument, read_document

WORDS = "全县共有学校12所,其中小学9所、初中3所。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_file_is_read_in_the_encodings_offices_use(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "report.txt"
    file.write_bytes(WORDS.encode(encoding))
    assert read_document(file).text == WORDS


def test_a_web_page_gives_its_words_without_scripts(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(f"<html><style>p{{}}</style><script>var a=1</script><p>{WORDS}</p><p>第二段</p></html>", encoding="utf-8")
    assert read_document(file).text == f"{WORDS}\n第二段"


def test_word_paragraphs_and_tables_keep_their_order(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    document = docx.Document()
    document.add_paragraph("前段")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "小学", "9所"
    document.add_paragraph("后段")
    document.save(str(tmp_path / "report.docx"))
    assert read_document(tmp_path / "report.docx").text == "前段\n小学\t9所\n后段"


def _pdf(path: Path, *, password: str = "") -> None:
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter()
    writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password)
    writer.write(str(path))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.docx", b"not a zip", "damaged"),
        ("a.docx", b"\xd0\xcf\x11\xe0old", "password-protected"),
        ("a.pdf", b"%PDF-1.7 broken", "damaged"),
        ("a.pdf", b"hello", "not a PDF"),
        ("a.xlsx", b"PK", "cannot be read"),
        ("a.doc", b"PK", "Save it as .docx"),
        ("a.txt", b"", "empty"),
        ("a.txt", b"\x00\x01\x02\x03", "not a text file"),
    ],
)
def test_an_unreadable_file_is_refused_in_one_sentence(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(UnreadableDocument, match=says) as refused:
        read_document(file)
    assert str(refused.value).startswith(f"{name}: ")
    assert "\n" not in str(refused.value)


def test_a_scan_and_a_locked_pdf_are_told_apart(tmp_path: Path) -> None:
    _pdf(tmp_path / "scan.pdf")
    with pytest.raises(UnreadableDocument, match="scan"):
        read_document(tmp_path / "scan.pdf")
    _pdf(tmp_path / "locked.pdf", password="secret")
    with pytest.raises(UnreadableDocument, match=r"password|locked"):
        read_document(tmp_path / "locked.pdf")


def test_a_missing_file_and_a_file_too_large_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="not there"):
        read_document(tmp_path / "none.txt")
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        os.truncate(file.fileno(), LARGEST_BYTES + 1)
    with pytest.raises(UnreadableDocument, match="100 MB"):
        read_document(large)
