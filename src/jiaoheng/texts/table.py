"""Tables: the rows and columns of a table inside a text, whatever divides its cells.

Changes when tables are laid out in another way. Three layouts are known: cells between tabs (Word, web pages), cells
between `|` (Markdown), and numbers set apart by spaces after a name (what is left of a table in a PDF). A table is
lines one after another; a short line of words among them is a group heading or the rest of a wrapped name.
"""

__all__ = ["Cell", "Row", "Table", "tables"]

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from jiaoheng.texts.numeral import parse_chinese
from jiaoheng.texts.unit import UNIT_PATTERN


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row: where its words stand in the text, its number if it is one, and the number's last place.

    column   its place in the row, from 0
    value    None where the cell holds no number; `step` is 0.01 for 3.25
    unit     what is printed behind the number (%, 所), else empty
    """

    start: int
    end: int
    text: str
    column: int
    value: float | None = None
    step: float = 1.0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line. `name` is the words before its first number, spaces left out."""

    cells: tuple[Cell, ...]
    name: str
    start: int
    end: int

    @property
    def numbers(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.value is not None]


@dataclass(slots=True)
class Table:
    """Rows with numbers, in order. `heads` says for each column the words above it; `breaks` holds the places (of
    rows) before which a heading or another table's head stands."""

    rows: list[Row]
    heads: dict[int, str] = field(default_factory=dict)
    breaks: set[int] = field(default_factory=set)
    spaced: bool = False


_VALUE = re.compile(
    rf"(?P<minus>[-－−–]?)\s?(?P<digits>[0-9０-９]{{1,3}}(?:[,，][0-9]{{3}})+(?:\.[0-9]+)?|[0-9０-９]+(?:[.．][0-9０-９]+)?)"
    rf"\s?(?P<unit>%|％|‰|{UNIT_PATTERN}|[万亿]元?)?"
)
_EMPTY = frozenset(("", "-", "--", "—", "——", "/", "／", "…", "……", "*", "无", "\\", "－", "–", "·"))
_FULL = {0xFF10 + i: 0x30 + i for i in range(10)} | {ord("．"): ord("."), ord("，"): ord(",")}
_NUMBER_OR_NONE = r"(?:[-－]?[0-9][0-9,]*(?:\.[0-9]+)?[%％‰]?|[-—/…]+)"
_SPACED = re.compile(
    rf"[ \u3000\t]*(?:(?P<name>[^\s0-9][^\n]*?|[0-9]{{1,3}}[ \u3000]+[^\s0-9][^\n]*?)[ \u3000\t]+)?"
    rf"(?P<values>{_NUMBER_OR_NONE}(?:[ \u3000\t]+{_NUMBER_OR_NONE})+)[ \u3000\t]*"
)
_CODE = re.compile(r"[0-9A-Za-z.-]{1,6}")  # the code of a row (01, A3) is no part of its name
_RULE = re.compile(r"[\s|:+=—-]+")
_SENTENCE = re.compile(r"[。；;!?！？]")
_LONGEST_CELL = 40
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_BETWEEN = 2  # lines of words that may stand between two rows
_WRAPPED, _LINES_OF_NAME = 16, 12  # a name cut by the width of its column: how long a line of it, how many of them


def tables(text: str) -> list[Table]:
    """Every table of a text in which two rows or more have numbers. Linear in the length of the text."""
    found: list[Table] = []
    gathered: list[tuple[str, Row | None]] = []
    recent: list[str] = []  # the last lines that are no rows: a head may be among them
    kind, loose = "", 0
    for start, line in _lines(text):
        how, row = _row(line, start)
        if how and (not kind or how == kind):
            if not kind:
                gathered = [(words, None) for words in recent]
            gathered.append((line, row))
            kind, loose = how, 0
        elif kind and not how and _may_continue(line, kind, loose):
            gathered.append((line, None))
            loose += 1
        else:
            _close(gathered, kind, found)
            gathered, kind, loose = ([*((words, None) for words in recent if how), (line, row)], how, 0) if how else ([], "", 0)
        recent = [*recent[-2:], line] if not how else []
    _close(gathered, kind, found)
    return found


def _may_continue(line: str, kind: str, loose: int) -> bool:
    if _SENTENCE.search(line):
        return False
    length = len(line.strip())
    return (loose < _BETWEEN and length <= _LONGEST_CELL) or (kind == "spaced" and loose < _LINES_OF_NAME and length <= _WRAPPED)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        start = end + 1


def _row(line: str, start: int) -> tuple[str, Row | None]:
    """How the cells of a line are divided ("" for a line that is no row), and the row."""
    if "\t" in line:
        kind, mark = "tab", "\t"
    elif "|" in line or "｜" in line:
        kind, mark = "pipe", "|"
    else:
        return _spaced(line, start)
    body = line.replace("｜", "|")
    begin, stop = 0, len(body)
    if kind == "pipe":
        stripped = body.strip()
        begin = body.index(stripped) if stripped else 0
        stop = begin + len(stripped)
        begin += stripped.startswith("|")
        stop -= stripped.endswith("|") and len(stripped) > 1
        if _RULE.fullmatch(stripped):
            return kind, None
    cells: list[Cell] = []
    at = begin
    for column, piece in enumerate(body[begin:stop].split(mark)):
        cells.append(_cell(piece, start + at, column))
        at += len(piece) + 1
    return kind, _as_row(cells, start, start + len(line))


def _spaced(line: str, start: int) -> tuple[str, Row | None]:
    if not (6 <= len(line) <= 200) or not line.rstrip()[-1:].isascii() or _SENTENCE.search(line):
        return "", None
    match = _SPACED.fullmatch(line)
    name = match.group("name") if match else None
    if match is None or (name is None and len(match.group("values").split()) < 3):
        return "", None
    cells = [_cell(name, start + match.start("name"), 0)] if name else [Cell(start, start, "", 0)]
    begin = start + match.start("values")
    for column, piece in enumerate(re.finditer(r"\S+", match.group("values")), start=1):
        cells.append(_cell(piece.group(), begin + piece.start(), column))
    return "spaced", _as_row(cells, start, start + len(line))


def _cell(piece: str, start: int, column: int) -> Cell:
    text = piece.strip()
    start += piece.index(text) if text else 0
    end = start + len(text)
    if text in _EMPTY or len(text) > _LONGEST_CELL:
        return Cell(start, end, text, column)
    match = _VALUE.fullmatch(text)
    if match is None:
        value = parse_chinese(text)
        return Cell(start, end, text, column) if value is None or len(text) > 1 else Cell(start, end, text, column, float(value))
    digits = match.group("digits").translate(_FULL).replace(",", "")
    if len(digits) > 16 or (len(digits) > 1 and digits[0] == "0" and digits[1] != "."):
        return Cell(start, end, text, column)
    places = len(digits) - digits.index(".") - 1 if "." in digits else 0
    number = float(digits) * (-1 if match.group("minus") else 1)
    return Cell(start, end, text, column, number, 10.0**-places, (match.group("unit") or "").replace("％", "%"))


def _as_row(cells: list[Cell], start: int, end: int) -> Row:
    name = ""
    for cell in cells:
        if cell.value is not None and name:
            break
        if cell.value is None and not _CODE.fullmatch(cell.text):
            name += _closed_up(cell.text)
    return Row(tuple(cells), name, start, end)


def _close(gathered: list[tuple[str, Row | None]], kind: str, found: list[Table]) -> None:
    """A table of the lines gathered, if two of them or more have numbers that are not years or running numbers."""
    table = Table([], spaced=kind == "spaced")
    heads: dict[int, list[str]] = {}
    words: list[str] = []
    for line, row in gathered:
        if row is None:
            words.append(line)
            continue
        if not _has_data(row):
            if table.rows:
                table.breaks.add(len(table.rows))
            else:
                for cell in row.cells:
                    heads.setdefault(cell.column, []).append(_closed_up(cell.text))
            words = []
            continue
        if not table.rows:
            for line_of_words in words if table.spaced else ():
                _spaced_head(line_of_words, row, heads)
        elif not row.name and words:
            row = replace(row, name=_closed_up("".join(words)))
        elif any(line_of_words.strip() for line_of_words in words):
            table.breaks.add(len(table.rows))
        words = []
        table.rows.append(row)
    if len(table.rows) < 2 or sum(len(row.numbers) for row in table.rows) < 4:
        return
    table.heads = {column: "".join(dict.fromkeys(said)) for column, said in heads.items()}
    found.append(table)


def _closed_up(words: str) -> str:
    return re.sub(r"\s", "", words)


def _spaced_head(line: str, row: Row, heads: dict[int, list[str]]) -> None:
    """The words above a table laid out by spaces, where there are as many of them as the row has cells or numbers."""
    said = line.split()
    columns = [cell.column for cell in row.cells if cell.text]
    if len(said) == len(columns) - 1:
        columns = columns[1:]
    if len(said) == len(columns) > 1:
        for column, name in zip(columns, said, strict=True):
            heads.setdefault(column, []).append(name)


def _has_data(row: Row) -> bool:
    """True for a row with numbers; one whose numbers are all years, or 1, 2, 3…, is a head. A cell of prose makes a
    layout, not a table."""
    numbers = row.numbers
    if not numbers or any(len(cell.text) > 3 * _LONGEST_CELL for cell in row.cells):
        return False
    if all(_YEAR.fullmatch(cell.text.rstrip("年")) for cell in numbers):
        return False
    running = [float(n) for n in range(1, len(numbers) + 1)]
    return len(numbers) < 3 or [cell.value for cell in numbers] != running
