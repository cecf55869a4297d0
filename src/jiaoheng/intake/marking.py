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
from jiaoheng.intake.workbook import Cell

__all__ = ["MOST_ROWS_WHOLE", "write_marked"]

MOST_ROWS_WHOLE = 20_000
"""A longer sheet goes back as its headings and its wrong rows only: those are what is to be mended and sent again."""
_WIDEST = 40


def write_marked(path: Path, checked: Checked) -> Path:
    """Write the marked copy. Wrong cells are red, doubtful ones amber; the last column says what is wrong and how to mend it.

    Rows that were not marked are as received; the note begins with the row's number in the file that was sent.
    """
    import xlsxwriter  # 0.15 s to import, and most imports return nothing

    path.parent.mkdir(parents=True, exist_ok=True)
    feed = checked.feed
    rejected = checked.rejected
    marks, notes = _marks(checked)
    going_back = set(checked.frame["row"].filter(rejected).to_list())
    whole = len(feed.sheet.rows) <= MOST_ROWS_WHOLE
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(_sheet_name(feed.sheet.name))
        looks = {
            "reject": book.add_format({"bg_color": "#F7D4CF", "border": 1, "border_color": "#C0392B"}),
            "warn": book.add_format({"bg_color": "#FBEBC8"}),
            "heading": book.add_format({"bold": True, "bottom": 1}),
            "note": book.add_format({"font_color": "#9C2B1E"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        note_column = feed.sheet.width
        for index in range(feed.sheet.width):
            sheet.set_column(index, index, min(_WIDEST, max(10, 2 * len(feed.headings[index]))))
        sheet.set_column(note_column, note_column, 90)
        zh = (get_language() or "zh").startswith("zh")
        written = 0
        for index, cells in enumerate(feed.sheet.rows):
            number = index + 1
            if index < feed.first_row:
                _write_row(sheet, written, cells, {}, looks, looks["heading"])
                if index == feed.first_row - 1:
                    sheet.write_string(
                        written, note_column, "教衡：问题与改法" if zh else "Jiaoheng: what is wrong, and how to mend it", looks["heading"]
                    )
            elif whole or number in going_back:
                _write_row(sheet, written, cells, marks.get(number, {}), looks, None)
                if number in notes:
                    row = f"第 {number} 行：" if zh else f"Row {number}: "
                    sheet.write_string(
                        written, note_column, row + " ".join(f"{cause.message} [{cause.code}]" for cause in notes[number]), looks["note"]
                    )
            else:
                continue
            written += 1
        sheet.freeze_panes(feed.first_row, 0)
        if written > feed.first_row:
            sheet.autofilter(feed.first_row - 1, 0, written - 1, note_column)
    return path


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
