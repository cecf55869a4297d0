"""Reading: a returned workbook held against the one that was handed out, cell by cell.

Changes when another kind of alteration is recognised. Columns are known by their headings, lines by their locked cells. What stands in an
open cell is an answer; everything else is said and not taken.
"""

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from jiaoheng.intake.causes import Cause, UnreadableWorkbook
from jiaoheng.intake.columns import column_letters, folded
from jiaoheng.intake.rounds.alterations import alteration
from jiaoheng.intake.rounds.asked import Answers, line_key
from jiaoheng.intake.rounds.prefilled import lines_of
from jiaoheng.intake.rounds.rosters import LINE, NEW_ROW, ROSTERS, asks_roster, kept_hidden, sheet_fields
from jiaoheng.intake.rounds.round import RoundPart
from jiaoheng.intake.rounds.stamp import STAMP_SHEET, Stamp, read_stamp
from jiaoheng.intake.workbook import Cell, Sheet, Workbook, is_blank, open_workbook
from jiaoheng.rulebook.registers import load_registers

__all__ = ["Difference", "PlacedLine", "ReadSheet", "Reading", "answered", "read_return", "same", "stamp_of"]

_DEEPEST_HEADING = 20


@dataclass(frozen=True)
class Difference:
    """A locked cell that was changed: where it stands, what is held, what was written."""

    register: str
    line: str
    field: str
    cell: str
    held: Any
    written: Any
    hidden: bool = False

    @property
    def shown(self) -> Any:
        """What was written, as a page may show and a log may keep it."""
        return _MASK if self.hidden and self.written is not None else self.written


@dataclass
class PlacedLine:
    """A line where it stands in the returned sheet (counted from 0), with its cells as they may be taken, by field; which were answered."""

    line: str
    row: int
    cells: dict[str, Cell] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)


@dataclass
class ReadSheet:
    """One register's sheet: where its headings stand (row and columns counted from 0), and its lines."""

    register: str
    name: str
    heading_row: int
    headings: dict[str, tuple[int, str]]
    lines: list[PlacedLine] = field(default_factory=list)


@dataclass
class Reading:
    """What a returned workbook says. `answers` are the open cells as written; `differences` the locked cells that were changed."""

    sheets: list[ReadSheet] = field(default_factory=list)
    answers: Answers = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    alterations: list[Cause] = field(default_factory=list)
    unanswered: int = 0

    @property
    def refused(self) -> bool:
        return any(cause.severity == "reject" for cause in self.alterations)


def stamp_of(workbook: Workbook) -> Stamp | None:
    """The stamp of a workbook. Raises: UnreadableWorkbook. None where there is none that holds."""
    return read_stamp(workbook.sheet(STAMP_SHEET)) if STAMP_SHEET in workbook.sheet_names else None


def read_return(part: RoundPart, path: Path) -> Reading:
    """Read a returned workbook as that of this part; everything that was altered is in the reading."""
    try:
        workbook = open_workbook(path)
        return _read(part, workbook)
    except UnreadableWorkbook as error:
        return Reading(alterations=[error.cause])


def _read(part: RoundPart, workbook: Workbook) -> Reading:
    reading = Reading()
    refusal = _not_this_one(part, workbook)
    if refusal:
        reading.alterations.append(refusal)
        return reading
    stamp = stamp_of(workbook)
    issued = part.issues.filter(version=stamp.version, digest=stamp.digest).first() if stamp else None
    if stamp is None or issued is None:
        reading.alterations.append(alteration("ROUND-02", file=workbook.name))
        return reading
    if stamp.version != part.version:
        reading.alterations.append(alteration("ROUND-05", version=stamp.version, newest=part.version))
    now = {(one.register, one.line): one for one in lines_of(part)}
    asked, owing = 0, dict[tuple[str, str], set[str]]()
    no_longer: list[str] = []
    for layout in issued.layout["sheets"]:
        found = _sheet(workbook, layout, reading)
        for line in layout["lines"]:
            still = now.get((layout["register"], line["line"]))
            owed = set(line["open"]) & set(still.asked if still else ())
            asked += len(owed)
            owing[layout["register"], line["line"]] = owed
        if found is not None:
            reading.sheets.append(found)
            _take_lines(workbook.sheet(layout["name"]), layout, found, now, reading, no_longer)
    if no_longer:
        reading.alterations.append(alteration("ROUND-15", count=len(no_longer), cells=_listed(no_longer)))
    if reading.differences:
        shown = [f"{one.cell} {_said(one.held)} → {_said(one.shown)}" for one in reading.differences]
        reading.alterations.append(alteration("ROUND-11", count=len(shown), cells=_listed(shown)))
    given = [(register, line, name) for register, line, name, _value in answered(reading)]
    reading.unanswered = asked - sum(name in owing.get((register, line), ()) for register, line, name in given)
    if not given and not reading.refused and not reading.differences:
        confirmed = asks_roster(part.round.asks) and not asked
        reading.alterations.append(alteration("ROUND-20") if confirmed else alteration("ROUND-18", file=workbook.name))
    elif reading.unanswered and not reading.refused:
        reading.alterations.append(alteration("ROUND-16", count=reading.unanswered, of=asked))
    return reading


def _not_this_one(part: RoundPart, workbook: Workbook) -> Cause | None:
    if STAMP_SHEET not in workbook.sheet_names:
        return alteration("ROUND-01", file=workbook.name)
    stamp = stamp_of(workbook)
    if stamp is None:
        return alteration("ROUND-02", file=workbook.name)
    if stamp.round != part.round_id:
        return alteration("ROUND-03", file=workbook.name, other=stamp.round)
    if stamp.school != part.school.code:
        return alteration("ROUND-04", file=workbook.name, other=stamp.school, school=part.school.name)
    return None


def _sheet(workbook: Workbook, layout: Mapping[str, Any], reading: Reading) -> ReadSheet | None:
    """Where the layout's columns stand in the returned sheet; None where it cannot be read."""
    if layout["name"] not in workbook.sheet_names:
        reading.alterations.append(alteration("ROUND-06", sheet=layout["name"]))
        return None
    sheet = workbook.sheet(layout["name"])
    expected = {folded(column["heading"]): (index, column["field"], column["heading"]) for index, column in enumerate(layout["columns"])}
    top = max(range(min(_DEEPEST_HEADING, len(sheet.rows))), key=lambda row: _known(sheet, row, expected), default=0)
    found: dict[str, tuple[int, str]] = {}
    for index, cell in enumerate(sheet.rows[top] if sheet.rows else ()):
        heading = str(cell).strip()
        known = expected.get(folded(heading)) if heading else None
        if known is None:
            if heading or any(not is_blank(row[index]) for row in sheet.rows[top + 1 :]):
                reading.alterations.append(alteration("ROUND-10", heading=heading or column_letters(index), column=column_letters(index)))
            continue
        was, name, words = known
        if name in found:
            reading.alterations.append(alteration("ROUND-17", heading=words, column=column_letters(index)))
            continue
        found[name] = (index, words)
        if index != was:
            now = column_letters(index)
            reading.alterations.append(alteration("ROUND-09", heading=words, column=now, was=column_letters(was), now=now))
    keys = line_key(layout["register"])
    for _index, name, words in expected.values():
        if name not in found:
            reading.alterations.append(alteration("ROUND-07" if name in keys else "ROUND-08", heading=words))
    return None if any(name not in found for name in keys) else ReadSheet(layout["register"], layout["name"], top, found)


def _known(sheet: Sheet, row: int, expected: Mapping[str, object]) -> int:
    return len({folded(str(cell)) for cell in sheet.rows[row]} & set(expected))


def _take_lines(
    sheet: Sheet, layout: Mapping[str, Any], found: ReadSheet, now: Mapping[tuple[str, str], Any], reading: Reading, no_longer: list[str]
) -> None:
    register = layout["register"]
    keys = line_key(register)
    expected = {tuple(_folded_cell(line["locked"].get(name)) for name in keys): line for line in layout["lines"]}
    years_before = [line["last_year"] for line in layout["lines"] if line["last_year"]]
    past = {tuple(_folded_cell(cells.get(name)) for name in keys): cells for cells in years_before}
    changed: list[str] = []
    places: dict[str, list[int]] = {}
    roster, added = register in ROSTERS, list[int]()
    hidden = {name for name, rule in sheet_fields(register, load_registers(settings.RULEBOOK_OVERLAY)).items() if kept_hidden(name, rule)}
    for row in range(found.heading_row + 1, len(sheet.rows)):
        cells = sheet.rows[row]
        if all(is_blank(cell) for cell in cells):
            continue
        key = tuple(_folded_cell(cells[found.headings[name][0]]) for name in keys)
        line = expected.get(key)
        if key in past:  # last year's figures are shown for comparison; nothing is read from them
            changed += _changed(cells, past[key], found, row)
            continue
        if line is None and roster and not any(key):
            added.append(row)
        elif line is None:
            said = str(key[0])[:20] if roster else " ".join(_said(cell) for cell in cells if not is_blank(cell))[:60]
            reading.alterations.append(alteration("ROUND-12", row=row + 1, line=said))
        else:
            places.setdefault(line["line"], []).append(row)
    if changed:
        reading.alterations.append(alteration("ROUND-19", count=len(changed), cells=_listed(changed)))
    missing: list[str] = []
    for line in layout["lines"]:
        rows = places.get(line["line"], [])
        words = str(line["locked"].get("name") or line["line"]) if roster else _line_words(line["locked"], keys)
        if len(rows) > 1:
            reading.alterations.append(alteration("ROUND-14", line=words, rows=", ".join(str(row + 1) for row in rows)))
        elif not rows and roster:
            missing.append(words)
        elif not rows:
            reading.alterations.append(alteration("ROUND-13", line=words))
        else:
            placed = PlacedLine(line["line"], rows[0], {name: _as_cell(held) for name, held in line["locked"].items()})
            still = now.get((register, line["line"]))
            _take_cells(sheet.rows[rows[0]], line, placed, found, still, reading, no_longer, hidden)
            found.lines.append(placed)
    if missing:
        reading.alterations.append(alteration("ROUND-21", count=len(missing), lines=_listed(missing)))
    for row in added:
        _take_added(sheet.rows[row], row, found, reading)


def _take_added(cells: Sequence[Cell], row: int, found: ReadSheet, reading: Reading) -> None:
    """A row of a roster that the school added: every cell is an answer."""
    placed = PlacedLine(f"{NEW_ROW}{row + 1}", row)
    for name, (index, _words) in found.headings.items():
        if name != LINE and not is_blank(cells[index]):
            placed.cells[name] = cells[index]
    reading.answers.setdefault(found.register, {})[placed.line] = {name: _json(cell) for name, cell in placed.cells.items()}
    found.lines.append(placed)


def _changed(cells: Sequence[Cell], held: Mapping[str, Any], found: ReadSheet, row: int) -> Iterator[str]:
    """Cells of a shown row that say something else than what was handed out: «E6 500 → 1»."""
    for name, (index, _words) in found.headings.items():
        if not same(cells[index], held.get(name)):
            yield f"{column_letters(index)}{row + 1} {_said(held.get(name))} → {_said(_json(cells[index]))}"


def _take_cells(
    cells: Sequence[Cell],
    line: Mapping[str, Any],
    placed: PlacedLine,
    found: ReadSheet,
    still: Any,
    reading: Reading,
    no_longer: list[str],
    hidden: Collection[str],
) -> None:
    answers = reading.answers.setdefault(found.register, {}).setdefault(placed.line, {})
    for name, (index, _words) in found.headings.items():
        cell, place = cells[index], f"{column_letters(index)}{placed.row + 1}"
        if name in line["locked"]:
            held = line["locked"][name]
            if not same(cell, held) and not is_blank(cell):
                reading.differences.append(Difference(found.register, placed.line, name, place, held, _json(cell), name in hidden))
            elif is_blank(cell) and held not in (None, ""):
                reading.differences.append(Difference(found.register, placed.line, name, place, held, None))
        elif name in line["open"] and not is_blank(cell):
            if still is not None and name in still.open:
                placed.cells[name] = cell
                placed.answered.add(name)
                answers[name] = _json(cell)
            elif still is None or not same(cell, still.shown.get(name)):
                no_longer.append(f"{place} {_MASK if name in hidden else _said(cell)}")


def same(cell: Cell | None, held: Any) -> bool:
    """Whether a cell says what is held, however it is typed: 12, 12.0 and «１２» are one."""
    return _folded_cell(cell) == _folded_cell(held)


def _folded_cell(value: Any) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    text = unicodedata.normalize("NFKC", str(value)).strip().replace(",", "")
    try:
        number = float(text)
    except ValueError:
        return text.replace("–", "-").casefold()
    return f"{number:.6f}" if len(text) <= 15 else text


def _line_words(locked: Mapping[str, Any], keys: Sequence[str]) -> str:
    return " ".join(_said(locked[name]) for name in keys if locked.get(name) and name not in ("organisation", "code")) or _said(
        locked.get("name_zh")
    )


def _as_cell(held: Any) -> Cell:
    return "" if held is None else held


def _json(cell: Cell) -> Any:
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell if isinstance(cell, str | int | float | bool) else str(cell)


def _said(value: Any) -> str:
    if value in (None, ""):
        return "–"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)[:40]


def _listed(items: Sequence[str]) -> str:
    return "; ".join(items[:_LISTED]) + (" …" if len(items) > _LISTED else "")


_LISTED = 12
_MASK = "******"


def answered(reading: Reading) -> Iterator[tuple[str, str, str, Any]]:
    """Every answer: register, line, field, value as written."""
    for register, lines in reading.answers.items():
        for line, cells in lines.items():
            for name, value in cells.items():
                yield register, line, name, value
