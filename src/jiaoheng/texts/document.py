"""Documents: the text of a report, whatever kind of file it comes in.

Changes when another kind of file must be read. Each problem is one sentence that says what is wrong and what to do.
"""

__all__ = ["LARGEST_BYTES", "Document", "UnreadableDocument", "cells_of_row", "read_document", "words_of_paragraph"]

import html.parser
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LARGEST_BYTES = 100 * 1024 * 1024
_UNPACKED_BYTES = 4 * LARGEST_BYTES
"""A .docx that unpacks to more than this is refused: it is a damaged or a malicious archive."""


class UnreadableDocument(ValueError):
    """The file cannot be read as text. The message is one plain sentence; `zh` says it in Chinese."""

    def __init__(self, en: str, zh: str = "") -> None:
        super().__init__(en)
        self.zh = zh or en

    def said(self, language: str) -> str:
        """The sentence in the language of a tag such as `zh-hans`."""
        return self.zh if language.lower().startswith("zh") else str(self)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's name, kind and text. Lines of the text are paragraphs or table rows, in the order of the document."""

    name: str
    kind: str
    text: str


def read_document(path: Path | str) -> Document:
    """The text of a .txt, .md, .html, .docx or .pdf file.

    Raises: UnreadableDocument for a missing, empty, oversized, damaged, encrypted or scanned file, or a kind not
    known here.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UnreadableDocument(
            f"{path.name}: the file is not there or may not be opened.", f"{path.name}：文件不存在，或不允许打开。"
        ) from error
    if path.is_dir():
        raise UnreadableDocument(f"{path.name}: this is a folder; name the files in it.", f"{path.name}：这是文件夹，请指定其中的文件。")
    kind = path.suffix.lower().lstrip(".")
    if kind not in _READERS:
        known = ", ".join(f".{k}" for k in sorted(_READERS))
        hint, zh_hint = "", "请换成其中一种。"
        if kind in ("doc", "wps"):
            hint, zh_hint = " Save it as .docx first.", "请先另存为 .docx。"
        elif kind in ("xls", "xlsx"):
            hint, zh_hint = " Audit its report, or export it as text.", "请核查它的报告，或导出为文本。"
        raise UnreadableDocument(
            f"{path.name}: files of this kind cannot be read ({known} can).{hint}",
            f"{path.name}：不能读取这种文件（可读 {known}）。{zh_hint}",
        )
    if size > LARGEST_BYTES:
        raise UnreadableDocument(
            f"{path.name}: {size / 1024 / 1024:.0f} MB is more than the 100 MB that can be read at once; split it.",
            f"{path.name}：{size / 1024 / 1024:.0f} MB，超过一次可读的 100 MB，请拆分。",
        )
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"{path.name}: the file may not be opened.", f"{path.name}：不允许打开此文件。") from error
    if not raw:
        raise UnreadableDocument(f"{path.name}: the file is empty.", f"{path.name}：文件是空的。")
    return Document(path.name, kind, _READERS[kind](path.name, raw))


def _plain_text(name: str, raw: bytes) -> str:
    """UTF-8 (with or without mark), UTF-16 with a mark, otherwise GB18030, the usual encoding of older Chinese
    files."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace").replace("\r\n", "\n")
    if b"\x00" in raw[:4096]:
        raise UnreadableDocument(f"{name}: this is not a text file, whatever its name says.", f"{name}：这不是文本文件，与文件名不符。")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError:
            text = raw.decode("utf-8", errors="replace")
            if text.count("\ufffd") > len(text) / 20:
                raise UnreadableDocument(
                    f"{name}: the characters are neither UTF-8 nor GB18030; save it again as UTF-8.",
                    f"{name}：文字编码既不是 UTF-8 也不是 GB18030，请另存为 UTF-8。",
                ) from None
    return text.replace("\r\n", "\n")


class _Words(html.parser.HTMLParser):
    """Keeps the words of a page, a line for each block, and drops scripts and styles."""

    _BLOCKS = frozenset(
        (
            "p",
            "div",
            "br",
            "li",
            "tr",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "table",
            "section",
            "article",
            "header",
            "footer",
            "ul",
            "ol",
            "dd",
            "dt",
            "blockquote",
            "title",
        )
    )
    _SILENT = frozenset(("script", "style", "noscript", "template"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0
        self._rows: list[_HtmlRow] = []  # the row being read of each table that is open, the innermost last

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._SILENT:
            self._silent += 1
        elif tag == "table":
            self._break()
            self._rows.append(_HtmlRow())
        elif tag == "tr" and self._rows:
            self._end_cell()
            self.pieces.append("\n")
            self._rows[-1].begin()
        elif tag in ("td", "th") and self._rows:
            self._end_cell()
            self.pieces.append("\t" * self._rows[-1].place(_span(attrs, "colspan"), _span(attrs, "rowspan")))
            self._rows[-1].cell = len(self.pieces)
        elif tag in self._BLOCKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag == "table" and self._rows:
            self._end_cell()
            self._rows.pop()
            self._break()
        elif tag in self._BLOCKS:
            self._break()

    def _break(self) -> None:
        """A new line; inside a cell it is settled at the cell's end."""
        self.pieces.append(_CELL_BREAK if self._rows and self._rows[-1].cell else "\n")

    def _end_cell(self) -> None:
        """The lines of a short cell become one, for a row is one line; a cell of prose keeps its paragraphs."""
        if self._rows and (begin := self._rows[-1].cell):
            words = self.pieces[begin:]
            mark = " " if sum(map(len, words)) <= _SHORT_CELL else "\n"
            self.pieces[begin:] = [mark if piece == _CELL_BREAK else piece for piece in words]
            self._rows[-1].cell = 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(re.sub(r"\s*\n\s*", " ", data) if data.strip() else "")


_CELL_BREAK = "\x00"
_SHORT_CELL = 100


class _HtmlRow:
    """Where the next cell of a row stands, when cells above it reach down (rowspan) or before it reach across.

    cell   the piece the open cell begins with; 0 outside cells
    """

    def __init__(self) -> None:
        self.cell = 0
        self._next = 0
        self._at = 0
        self._down: dict[int, int] = {}

    def begin(self) -> None:
        self._down = {column: left - 1 for column, left in self._down.items() if left > 1}
        self._next = self._at = self.cell = 0

    def place(self, across: int, down: int) -> int:
        """How many tabs bring the next cell to its column; notes how far it reaches."""
        while self._next in self._down:
            self._next += 1
        tabs, self._at = self._next - self._at, self._next
        if down > 1:
            self._down.update(dict.fromkeys(range(self._next, self._next + across), down))
        self._next += across
        return tabs


def _span(attrs: list[tuple[str, str | None]], name: str) -> int:
    value = dict(attrs).get(name) or "1"
    return min(int(value), 100) if value.isdigit() and int(value) > 0 else 1


def _html(name: str, raw: bytes) -> str:
    declared = re.search(rb"charset=[\"']?(gb[\w-]*)", raw[:2048], re.IGNORECASE)
    source = raw.decode("gb18030", errors="replace") if declared else _plain_text(name, raw)
    words = _Words()
    words.feed(source)
    words.close()
    lines = (
        re.sub(r" *\t *", "\t", line.rstrip().strip(" \u3000\xa0\r"))
        for line in "".join(words.pieces).replace(_CELL_BREAK, "\n").splitlines()
    )
    text = "\n".join(line for line in lines if line.strip())
    if not text:
        raise UnreadableDocument(f"{name}: the page has no text of its own.", f"{name}：网页本身没有文字。")
    return text


def _docx(name: str, raw: bytes) -> str:
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableDocument(
            f"{name}: this is an old or password-protected Word file; save it as an open .docx.",
            f"{name}：这是旧版或加密的 Word 文件，请另存为未加密的 .docx。",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(item.file_size for item in archive.infolist()) > _UNPACKED_BYTES:
                raise UnreadableDocument(
                    f"{name}: the file unpacks to far more than it should; it is damaged or not a document.",
                    f"{name}：文件解开后大得异常，已损坏或不是文档。",
                )
            body = archive.read("word/document.xml")
    except (zipfile.BadZipFile, KeyError, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, UnreadableDocument):
            raise
        raise UnreadableDocument(
            f"{name}: the Word file is damaged; open it in Word or WPS and save it again.",
            f"{name}：Word 文件已损坏，请用 Word 或 WPS 打开后重新保存。",
        ) from error
    from lxml import etree  # read only where a .docx is: a text file needs none of it

    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise UnreadableDocument(
            f"{name}: the Word file is damaged; open it in Word or WPS and save it again.",
            f"{name}：Word 文件已损坏，请用 Word 或 WPS 打开后重新保存。",
        ) from error
    text = "\n".join(_word_lines(root))
    if not text.strip():
        raise UnreadableDocument(
            f"{name}: the Word file has no text; perhaps it holds only pictures.", f"{name}：Word 文件没有文字，可能只有图片。"
        )
    return text


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _word_lines(root: Any) -> Iterator[str]:
    """One line a paragraph, one line a table row with its cells between tabs, in the order of the document."""
    body = root.find(f"{_W}body")
    for block in body if body is not None else ():
        if block.tag == f"{_W}p":
            yield words_of_paragraph(block)
        elif block.tag == f"{_W}tbl":
            for row in block.iter(f"{_W}tr"):
                yield "\t".join(" ".join(words_of_paragraph(p) for p in cell) for cell in cells_of_row(row))
        elif block.tag == f"{_W}sdt":
            for paragraph in block.iter(f"{_W}p"):
                yield words_of_paragraph(paragraph)


def cells_of_row(row: Any) -> Iterator[list[Any]]:
    """The paragraphs of each cell of a Word row (lxml elements), in order. A cell that reaches over several columns is
    followed by empty ones; the rows of a table inside a cell are rows of their own."""
    yield from [[]] * _number(row.find(f"{_W}trPr/{_W}gridBefore"))
    for cell in row.iter(f"{_W}tc"):
        if next(cell.iterancestors(f"{_W}tr")) is not row:
            continue
        yield [p for p in cell.iter(f"{_W}p") if next(p.iterancestors(f"{_W}tc")) is cell]
        yield from [[]] * (_number(cell.find(f"{_W}tcPr/{_W}gridSpan")) - 1)


def _number(element: Any) -> int:
    """The w:val of an element as a small number; 0 where it is not given."""
    value = element.get(f"{_W}val", "") if element is not None else ""
    return min(int(value), 100) if value.isdigit() else 0


def words_of_paragraph(paragraph: Any) -> str:
    """The words of one Word paragraph or run (an lxml element): a tab for a tab, a space for a line break."""
    pieces: list[str] = []
    for node in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr"):
        if node.tag == f"{_W}t":
            pieces.append(node.text or "")
        else:
            pieces.append("\t" if node.tag == f"{_W}tab" else " ")
    return "".join(pieces)


def _pdf(name: str, raw: bytes) -> str:
    if not raw[:1024].lstrip().startswith(b"%PDF"):
        raise UnreadableDocument(f"{name}: this is not a PDF file, whatever its name says.", f"{name}：这不是 PDF 文件，与文件名不符。")
    import logging

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableDocument(
                f"{name}: the PDF is locked with a password; remove it and try again.", f"{name}：PDF 设有密码，请去掉密码再试。"
            )
        pages = [page.extract_text() or "" for page in reader.pages]
    except UnreadableDocument:
        raise
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
        NotImplementedError,
    ) as error:
        raise UnreadableDocument(
            f"{name}: the PDF is damaged or locked and cannot be read.", f"{name}：PDF 已损坏或被锁定，无法读取。"
        ) from error
    text = "\n".join(page.strip() for page in pages)
    if len(re.findall(r"\w", text)) < 4 * max(1, len(pages)) and len(text) < 200:
        raise UnreadableDocument(
            f"{name}: the PDF has no text, only pictures of pages (a scan); recognise its characters (OCR) first.",
            f"{name}：PDF 没有文字，只有页面图片（扫描件），请先做文字识别（OCR）。",
        )
    return text


_READERS = {"txt": _plain_text, "md": _plain_text, "html": _html, "htm": _html, "docx": _docx, "pdf": _pdf}
