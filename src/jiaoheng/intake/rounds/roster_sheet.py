"""Roster sheet: a row a person or class that a school has, what is held locked, and room below for rows that are not held.

Changes when the sheet of a roster looks or guides otherwise.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from jiaoheng.intake.blank_form import AS_TEXT, input_check
from jiaoheng.rulebook.registers import FieldRule

__all__ = ["HEADING_ROW", "roster_looks", "write_cell", "write_roster"]

HEADING_ROW = 3
"""Counted from 0: below the title, the due moment, and how to fill it in."""
_LEAST_ROOM, _ROOM_SHARE = 30, 10
"""Empty rows below: so many at least, and one for every ten that are held."""
_LISTS = "下拉项"


def roster_looks(book: Any) -> dict[str, Any]:
    """The formats that only rosters need: open cells whose digits a spreadsheet must leave alone."""
    edge = {"border": 1, "border_color": "#CBC7BC", "valign": "vcenter", "locked": False}
    return {"open_text": book.add_format({**edge, "num_format": "@"})}


def write_roster(sheet: Any, book: Any, layout: Mapping[str, Any], fields: Mapping[str, FieldRule], looks: Mapping[str, Any]) -> None:
    """Headings, held rows, room for new ones, drop-downs over whole columns. The first column is hidden: it says which row is which."""
    first, held = HEADING_ROW + 1, len(layout["lines"])
    room = max(_LEAST_ROOM, held // _ROOM_SHARE)
    lists = book.get_worksheet_by_name(_LISTS) or book.add_worksheet(_LISTS)
    lists.hide()
    sheet.set_row(HEADING_ROW, 36)
    for index, column in enumerate(layout["columns"]):
        name, field = column["field"], fields[column["field"]]
        sheet.set_column(index, index, _width(field), None, {} if index else {"hidden": True})
        sheet.write_string(HEADING_ROW, index, column["heading"], looks["heading"])
        for row, line in enumerate(layout["lines"], start=first):
            is_open = name in line["open"]
            write_cell(sheet, row, index, line["open" if is_open else "locked"].get(name), field, looks, is_open=is_open)
        for row in range(first + held, first + held + room):
            write_cell(sheet, row, index, None, field, looks, is_open=bool(index))
        check = input_check(field, (book.worksheets_objs.index(sheet) + 1) * 100 + index, lists) if index else None
        if check is not None:
            sheet.data_validation(first, index, first + held + room - 1, index, check)
    sheet.freeze_panes(first, 3)
    sheet.autofilter(HEADING_ROW, 1, first + held + room - 1, len(layout["columns"]) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADING_ROW)
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})


def write_cell(sheet: Any, row: int, column: int, value: Any, field: FieldRule, looks: Mapping[str, Any], *, is_open: bool) -> None:
    """One cell in the look of its kind."""
    if is_open:
        text = "open_text" if field.type in AS_TEXT and "open_text" in looks else "open"
        look = looks[{"count": "open_count", "date": "open_date"}.get(field.type, text)]
    elif isinstance(value, int | float) and field.type != "degrees":
        look = looks["locked_whole" if float(value).is_integer() else "locked_part"]
    else:
        look = looks["locked_date" if field.type == "date" else "locked"]
    if value is None:
        sheet.write_blank(row, column, None, look)
    elif field.type == "date":
        sheet.write_datetime(row, column, date.fromisoformat(value), look)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, look)
    else:
        sheet.write_string(row, column, str(value), look)


def _width(field: FieldRule) -> int:
    if field.type in ("identity_number", "student_number", "bank_card"):
        return 22
    return max(10, min(20, 2 * len(field.label.zh) + 3))
