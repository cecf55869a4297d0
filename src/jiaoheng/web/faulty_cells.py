"""Faulty cells: a few rows of the marked copy, so that the sender sees what is wrong where it stands.

Changes when the preview beside the causes shows something else. The marks are the intake's; nothing is judged here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

__all__ = ["Preview", "faulty_cells"]

_ROWS = 9
_COLUMNS = 5
_SCANNED = 5000
_COLOURS = {"F7D4CF": "bad", "FBEBC8": "warn"}
_NUMBER = re.compile(r"\D{0,6}(\d+)")


@dataclass(frozen=True)
class Preview:
    """Some rows as a spreadsheet shows them: column headings with their letters, then (row number, [(text, colour)])."""

    headings: list[str]
    rows: list[tuple[str, list[tuple[str, str]]]]

    @property
    def first(self) -> str:
        return self.rows[0][0]

    @property
    def last(self) -> str:
        return self.rows[-1][0]


_Row = tuple[str, list[tuple[str, str]], str]


def faulty_cells(marked: Path | IO[bytes]) -> Preview | None:
    """The first faulty rows of a marked copy with a row before and after; None where it has none near its beginning."""
    book = load_workbook(marked, read_only=True)
    try:
        found = list(_rows(book.worksheets[0]))
    finally:
        book.close()
    heading = next((place for place, row in enumerate(found) if row[2]), None)
    if heading is None:
        return None
    body = found[heading + 1 :]
    faulty = [place for place, row in enumerate(body) if any(colour for _text, colour in row[1])]
    if not faulty:
        return None
    near = sorted({place for row in faulty for place in (row - 1, row, row + 1) if 0 <= place < len(body)})
    shown = [body[place] for place in near][:_ROWS]
    columns = _columns(shown)
    headings = [f"{get_column_letter(column + 1)} {found[heading][1][column][0]}" for column in columns]
    return Preview(headings, [(number, [cells[column] for column in columns]) for number, cells, _note in shown])


def _columns(rows: Sequence[_Row]) -> list[int]:
    """The first column and every one with a mark, in their order, not more than fit beside the causes."""
    marked = {place for _number, cells, _note in rows for place, (_text, colour) in enumerate(cells) if colour}
    return sorted([*({0, 1} - marked), *sorted(marked)][:_COLUMNS])


def _rows(sheet: Any) -> Iterator[_Row]:
    """Row number as in the file that was sent, cells with their colour, and the note in the last column."""
    apart = 0
    for number, row in enumerate(sheet.iter_rows(max_row=_SCANNED), start=1):
        cells = [(_text(cell.value), _colour(cell)) for cell in row]
        note = cells[-1][0] if cells else ""
        said = _NUMBER.match(note)
        if said:  # a long sheet comes back as its wrong rows only; the note says which row it was
            apart = int(said[1]) - number
        yield str(number + apart), cells[:-1], note


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e15 else str(value)


def _colour(cell: Any) -> str:
    fill = getattr(cell, "fill", None)
    colour = str(fill.fgColor.rgb)[-6:] if fill is not None and fill.fill_type == "solid" else ""
    return _COLOURS.get(colour, "")
