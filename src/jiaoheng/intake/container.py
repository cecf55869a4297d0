"""Container: what a received file really is, told from its bytes, and whether it is safe to open.

Changes when a kind of file is added, or when a new way of harming a reader becomes known. The file's name is never believed.
"""

import io
import struct
import zipfile
import zlib
from typing import Literal

from jiaoheng.intake.causes import UnreadableWorkbook
from jiaoheng.rulebook.loader import Label

__all__ = ["MOST_UNPACKED_MB", "FileKind", "checked_kind"]

FileKind = Literal["xlsx", "xls", "csv"]

MOST_UNPACKED_MB = 256
"""A workbook of 26,568 rows and 20 columns unpacks to about 25 MB. Ten times that is allowed; the parser's memory grows with it."""
_LARGEST_RATIO = 1032
"""Deflate never packs more than 1032 bytes into one, so a member this much smaller than the limit needs no trial."""

_ZIP, _CFB, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-"
_MARKUP = (b"<!doctype html", b"<html", b"<table", b"<head", b"<?xml", b"<meta")

_WORD = Label(en="a Word document", zh=" Word 文档")
_SLIDES = Label(en="a PowerPoint presentation", zh=" PowerPoint 演示文稿")
_ARCHIVE = Label(en="a zip archive", zh="压缩包")
_PDF_FILE = Label(en="a PDF document", zh=" PDF 文档")
_WEB_PAGE = Label(en="a web page", zh="网页")
_PICTURE = Label(en="not text (a picture or a program, perhaps)", zh="非文本文件（可能是图片或程序）")
_OLD_OFFICE = Label(en="an Office file without a workbook in it", zh="不含表格的 Office 文件")


def checked_kind(file: str, content: bytes) -> FileKind:
    """What kind of workbook the bytes are.

    Raises: UnreadableWorkbook where it is empty, protected, damaged, unpacks to too much, or is no workbook at all.
    """
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not content.strip(b"\x00 \t\r\n"):
        raise UnreadableWorkbook("FILE-09", file=file)
    if content.startswith(_ZIP):
        return _checked_zip(file, content)
    if content.startswith(_CFB):
        return _checked_compound(file, content)
    if content.startswith(_PDF):
        raise UnreadableWorkbook("FILE-04", file=file, found=_PDF_FILE)
    if start.startswith(_MARKUP):
        raise UnreadableWorkbook("FILE-04", file=file, found=_WEB_PAGE)
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\x00" in content[:65536] and not utf16:
        # A workbook by name that holds other bytes has lost its beginning; anything else was never text.
        named_workbook = file.lower().endswith((".xlsx", ".xls", ".xlsm", ".xlsb"))
        raise UnreadableWorkbook("FILE-02", file=file) if named_workbook else UnreadableWorkbook("FILE-04", file=file, found=_PICTURE)
    if file.lower().endswith((".xlsx", ".xlsm", ".xlsb")):
        raise UnreadableWorkbook("FILE-02", file=file)
    return "csv"


def _checked_zip(file: str, content: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        raise UnreadableWorkbook("FILE-02", file=file) from None
    names = {member.filename for member in members}
    declared = sum(member.file_size for member in members)
    most = MOST_UNPACKED_MB * 1_000_000
    if declared > most:
        raise UnreadableWorkbook("FILE-03", file=file, size=round(declared / 1e6), limit=MOST_UNPACKED_MB)
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableWorkbook("FILE-01", file=file)
    if "word/document.xml" in names:
        raise UnreadableWorkbook("FILE-04", file=file, found=_WORD)
    if "ppt/presentation.xml" in names:
        raise UnreadableWorkbook("FILE-04", file=file, found=_SLIDES)
    if not names & {"xl/workbook.xml", "xl/workbook.bin"}:
        raise UnreadableWorkbook("FILE-04", file=file, found=_ARCHIVE)
    if len(content) * _LARGEST_RATIO > most:
        _try_unpacking(file, content, members, most)
    return "xlsx"


def _try_unpacking(file: str, content: bytes, members: list[zipfile.ZipInfo], most: int) -> None:
    """Unpack into nothing, counting: the directory's sizes may lie, and a reader that believes them fills the memory."""
    unpacked = 0
    for member in members:
        if member.compress_type != zipfile.ZIP_DEFLATED:
            unpacked += member.compress_size
            continue
        header = content[member.header_offset : member.header_offset + 30]
        if len(header) < 30:
            raise UnreadableWorkbook("FILE-02", file=file)
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        begins = member.header_offset + 30 + name_length + extra_length
        packed = content[begins : begins + member.compress_size]
        inflater = zlib.decompressobj(-15)
        size = 0
        try:
            while packed and not inflater.eof:
                size += len(inflater.decompress(packed, 4_000_000))
                packed = inflater.unconsumed_tail
                if unpacked + size > most:
                    raise UnreadableWorkbook("FILE-03", file=file, size=round((unpacked + size) / 1e6), limit=MOST_UNPACKED_MB)
        except zlib.error:
            raise UnreadableWorkbook("FILE-02", file=file) from None
        unpacked += size


def _checked_compound(file: str, content: bytes) -> FileKind:
    """An old Office file, or the envelope that a password puts around a new one. Stream names stand in it as UTF-16."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in content

    if holds("EncryptedPackage"):
        raise UnreadableWorkbook("FILE-01", file=file)
    if holds("Workbook") or holds("Book"):
        return "xls"
    if holds("WordDocument"):
        raise UnreadableWorkbook("FILE-04", file=file, found=_WORD)
    if holds("PowerPoint Document"):
        raise UnreadableWorkbook("FILE-04", file=file, found=_SLIDES)
    # A truncated .xls has lost the directory with the streams' names, which often stands at its end.
    if file.lower().endswith(".xls"):
        raise UnreadableWorkbook("FILE-02", file=file)
    raise UnreadableWorkbook("FILE-04", file=file, found=_OLD_OFFICE)
