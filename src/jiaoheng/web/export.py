"""Export: a list on a page as a workbook or a CSV file, whole and unpaged.

Changes when a file format is added. What may be in the list is settled by the page (scope); nothing is filtered here.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote

import xlsxwriter
from django.http import Http404, HttpResponse

__all__ = ["FORMATS", "exported", "file_response"]

FORMATS = ("xlsx", "csv")
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
Cell = str | int | float | Decimal | date | datetime | bool | None


def exported(name: str, form: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """The rows as a file to download. Raises: Http404 for a format that is not in `FORMATS`."""
    if form not in FORMATS:
        raise Http404
    content = _workbook(name, headings, rows) if form == "xlsx" else _csv(headings, rows)
    return file_response(content, f"{name}.{form}")


def file_response(content: bytes, name: str, *, attachment: bool = True) -> HttpResponse:
    """Bytes as a download whose name may be Chinese."""
    suffix = name.rsplit(".", 1)[-1].lower()
    response = HttpResponse(content, content_type=_TYPES.get(suffix, "application/octet-stream"))
    way = "attachment" if attachment else "inline"
    response["Content-Disposition"] = f"{way}; filename=\"export.{suffix}\"; filename*=UTF-8''{quote(name)}"
    return response


def _workbook(name: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    buffer = io.BytesIO()
    # Text stays text: a name that begins with "=" must not become a formula in the reader's spreadsheet.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet("".join("_" if sign in "[]:*?/\\'" else sign for sign in name)[:31] or "1")
        head = book.add_format({"bold": True, "bg_color": "#E6F0F4", "bottom": 1, "text_wrap": True, "valign": "vcenter"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, headings, head)
        sheet.freeze_panes(1, 1)
        widths = [len(heading) * 2 for heading in headings]
        last = 0
        for last, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if cell is None:
                    continue
                if isinstance(cell, date):
                    sheet.write_datetime(last, column, cell, day)
                else:
                    sheet.write(last, column, cell)
                if last <= 200:
                    widths[column] = max(widths[column], sum(2 if ord(sign) > 0x2E80 else 1 for sign in str(cell)))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(max(width, 6) + 2, 48))
        if headings:
            sheet.autofilter(0, 0, last, len(headings) - 1)
    return buffer.getvalue()


def _csv(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """With a byte order mark, so that spreadsheets read Chinese; text that looks like a formula is quoted with an apostrophe."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(headings)
    for row in rows:
        writer.writerow(["" if cell is None else _harmless(cell) for cell in row])
    return buffer.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
