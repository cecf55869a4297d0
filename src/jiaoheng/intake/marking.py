"""Marking: the copy of a workbook that goes back to its sender, with the wrong cells coloured and a note on every wrong row.

Changes when the way a wrong cell is shown changes.
"""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

from jiaoheng.intake.causes import Cause
from jiaoheng.intake.checks import Checked
from jiaoheng.intake.columns import Feed
from jiaoheng.intake.workbook import Cell

__all__ = ["MOST_ROWS_WHOLE", "MarkedCopy", "write_marked"]

MOST_ROWS_WHOLE = 20_000
"""A longer sheet goes back as its headings and its wrong rows only: those are what is to be mended and sent again."""
_WIDEST = 40


def write_marked(path: Path, checked: Checked) -> Path:
    """Write the marked copy of one sheet."""
    copy = MarkedCopy(path, checked.feed, whole=len(checked.feed.sheet.rows) <= MOST_ROWS_WHOLE)
    copy.add(checked)
    return copy.close()


class MarkedCopy:
    """A marked copy that grows sheet by sheet, or part by part of a long one; no row stays in memory.

    Wrong cells are red, doubtful ones amber; the last column says what is wrong and how to mend it. Rows that were not marked are as
    received; the note begins with the row's number in the file that was sent. `whole`: also the rows that are right.
    """

    def __init__(self, path: Path, feed: Feed, *, whole: bool) -> None:
        import xlsxwriter  # 0.15 s to import, and most imports return nothing

        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._feed, self._whole, self._written = path, feed, whole, 0
        options = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
        self._book: Any = xlsxwriter.Workbook(str(path), options)
        self._sheet: Any = self._book.add_worksheet(_sheet_name(feed.sheet.name))
        self._looks = {
            "reject": self._book.add_format({"bg_color": "#F7D4CF", "border": 1, "border_color": "#C0392B"}),
            "warn": self._book.add_format({"bg_color": "#FBEBC8"}),
            "heading": self._book.add_format({"bold": True, "bottom": 1}),
            "note": self._book.add_format({"font_color": "#9C2B1E"}),
            "day": self._book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        self._note_column = feed.sheet.width
        for index in range(feed.sheet.width):
            self._sheet.set_column(index, index, min(_WIDEST, max(10, 2 * len(feed.headings[index]))))
        self._sheet.set_column(self._note_column, self._note_column, 90)
        self._zh = (get_language() or "zh").startswith("zh")
        self._headings()

    def add(self, checked: Checked) -> None:
        """The rows of a sheet, or of a part of it: its headings, and those that go back."""
        marks, notes = _marks(checked)
        going_back = set(checked.frame["row"].filter(checked.rejected).to_list())
        feed, before = checked.feed, checked.feed.sheet.before
        for index, cells in enumerate(feed.sheet.rows):
            number = before + index + 1
            if index < feed.first_row or not (self._whole or number in going_back):
                continue
            _write_row(self._sheet, self._written, cells, marks.get(number, {}), self._looks, None)
            if number in notes:
                row = f"第 {number} 行：" if self._zh else f"Row {number}: "
                text = row + " ".join(f"{cause.message} [{cause.code}]" for cause in notes[number])
                self._sheet.write_string(self._written, self._note_column, text, self._looks["note"])
            self._written += 1

    def close(self) -> Path:
        """The copy is whole now. Raises: OSError."""
        self._sheet.freeze_panes(self._feed.first_row, 0)
        if self._written > self._feed.first_row:
            self._sheet.autofilter(self._feed.first_row - 1, 0, self._written - 1, self._note_column)
        from xlsxwriter.exceptions import XlsxWriterException

        try:
            self._book.close()
        except XlsxWriterException as error:
            raise OSError(str(error)) from error
        return self._path

    def _headings(self) -> None:
        for index in range(self._feed.first_row):
            _write_row(self._sheet, self._written, self._feed.sheet.rows[index], {}, self._looks, self._looks["heading"])
            self._written += 1
        note = "教衡：问题与改法" if self._zh else "Jiaoheng: what is wrong, and how to mend it"
        self._sheet.write_string(self._written - 1, self._note_column, note, self._looks["heading"])


def _marks(checked: Checked) -> tuple[dict[int, dict[int, str]], dict[int, list[Cause]]]:
    """By row number: the severity of every marked column, and the causes in the note."""
    marks: dict[int, dict[int, str]] = {}
    notes: dict[int, list[Cause]] = {}
    for finding in (one for one in checked.findings if one.cause.severity != "info"):
        for number in checked.frame["row"].filter(finding.rows).to_list():
            notes.setdefault(number, []).append(finding.cause)
            cells = marks.setdefault(number, {})
            for column in finding.columns:
                if cells.get(column) != "reject":
                    cells[column] = finding.cause.severity
    return marks, notes


def _write_row(
    sheet: Any, row: int, cells: "tuple[Cell, ...] | list[Cell] | Any", marks: Mapping[int, str], looks: Mapping[str, Any], base: Any
) -> None:
    for column, cell in enumerate(cells):
        look = looks[marks[column]] if column in marks else base
        if isinstance(cell, str):
            if cell:
                sheet.write_string(row, column, cell, look)
            elif look is not None:
                sheet.write_blank(row, column, None, look)
        elif isinstance(cell, bool):
            sheet.write_boolean(row, column, cell, look)
        elif isinstance(cell, int | float):
            sheet.write_number(row, column, cell, look)
        elif isinstance(cell, datetime | date):
            sheet.write_datetime(row, column, cell, look or looks["day"])
        else:
            sheet.write_string(row, column, str(cell), look)


def _sheet_name(name: str) -> str:
    return "".join("-" if character in "[]:*?/\\'" else character for character in name)[:31] or "Sheet1"
