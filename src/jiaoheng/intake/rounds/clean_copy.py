"""Clean copy: the part of a returned workbook that may be taken, as workbooks for the intake, cell for cell where it stood.

Changes when what may be taken of a return changes. Locked cells say what was handed out, so that nothing else than answers (and corrections
that were asked for) reaches the registers; rows and columns are those that the sender sees, and so are the intake's messages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from glob import escape
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings

from jiaoheng.access.account import Account
from jiaoheng.access.cipher import Sealed
from jiaoheng.intake.mapping import FieldSource, FileMapping, Source
from jiaoheng.intake.report import IntakeReport
from jiaoheng.intake.rounds.asked import identifying_fields
from jiaoheng.intake.rounds.prefilled import as_written
from jiaoheng.intake.rounds.reading import PlacedLine, Reading, ReadSheet
from jiaoheng.intake.rounds.rosters import LINE, MOVED, NEW_ROW, ROSTERS, roster_rows
from jiaoheng.intake.rounds.round import RoundPart
from jiaoheng.intake.taking_in import take_in
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.registers import RegisterRule, load_registers

__all__ = ["CleanCopy", "take_copies", "write_clean_copies"]

_MOVEMENTS = "enrolments"


@dataclass
class CleanCopy:
    """A workbook that the intake takes in: `columns` is field → (column counted from 0, heading), `rows` is row → field → cell."""

    register: str
    path: Path
    sheet: str
    heading_row: int
    columns: dict[str, tuple[int, str]]
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)

    def source(self) -> Source:
        """How the intake reads it."""
        columns = {name: FieldSource(column=heading) for name, (_index, heading) in self.columns.items()}
        return Source(files=(escape(self.path.name),), feeds=self.register, sheet=self.sheet, columns=columns)  # type: ignore[call-arg]


def take_copies(
    copies: list[CleanCopy], account: Account, *, dry_run: bool = False, approved_by: Account | None = None, returned: Path | None = None
) -> list[IntakeReport]:
    """Through the one road of the intake: what is, in one command; what became of pupils after it, approved by who accepts the return."""
    reports = []
    for moves in (False, True):
        chosen = [copy for copy in copies if (copy.register == _MOVEMENTS) == moves]
        if not chosen:
            continue
        mapping = FileMapping(label=Label(en="Collection round", zh="采集任务"), sources={copy.register: copy.source() for copy in chosen})
        approver = approved_by if moves else None
        paths = [copy.path for copy in chosen]
        reports.append(take_in(paths, mapping, account=account, approved_by=approver, dry_run=dry_run, returned=returned))
    return reports


def write_clean_copies(part: RoundPart, reading: Reading, folder: Path, *, corrections: bool) -> list[CleanCopy]:
    """The workbooks that the intake takes in. With `corrections` changed locked cells say what was written in them."""
    registers = load_registers(settings.RULEBOOK_OVERLAY)
    copies: list[CleanCopy] = []
    for sheet in reading.sheets:
        asked = part.round.asks[sheet.register]
        written = {
            (one.line, one.field): one.written
            for one in reading.differences
            if corrections and one.register == sheet.register and one.field in asked
        }
        if not written and not any(reading.answers.get(sheet.register, {}).values()):
            continue
        made = _of_roster if sheet.register in ROSTERS else _of_lines
        copies += [copy for copy in made(part, sheet, registers, written) if copy.rows]
    folder.mkdir(parents=True, exist_ok=True)
    for copy in copies:
        name = f"{part.round.title}-{part.school.code}-{registers[copy.register].label.zh}.xlsx"
        copy.path = folder / "".join("-" if sign in '/\\:*?"<>|' else sign for sign in name)
        _write(copy)
    return copies


_Written = Mapping[tuple[str, str], Any]


def _of_lines(part: RoundPart, sheet: ReadSheet, registers: Mapping[str, RegisterRule], written: _Written) -> list[CleanCopy]:
    """A line a stage, or the school's own line."""
    place = _places(sheet, registers[sheet.register])
    copy = CleanCopy(sheet.register, Path(), sheet.name, sheet.heading_row, dict(sheet.headings))
    for name in identifying_fields(sheet.register):  # the name's column may be gone: the intake still gets it
        copy.columns[name] = place(name)
    for line in sheet.lines:
        copy.rows[line.row] = {name: written.get((line.line, name), line.cells.get(name)) for name in copy.columns}
    return [copy]


def _of_roster(part: RoundPart, sheet: ReadSheet, registers: Mapping[str, RegisterRule], written: _Written) -> list[CleanCopy]:
    """Rows that say something: what is held of them is written from the register itself, never from the sheet, where it stands masked."""
    rule = registers[sheet.register]
    own = {name for name in sheet.headings if name in rule.fields}
    corrected = {line for line, _name in written}
    identity = [name for name in rule.fields if rule.fields[name].required or name in rule.key or name in ("identity_number", "class_name")]
    held = roster_rows(sheet.register, identity, part.round.school_year, [part.school]).get(part.school_id, {})
    here = {
        "organisation": part.school.code,
        "organisation_name": part.school.name_zh or part.school.name_en,
        "school_year": part.round.school_year,
    }
    here = {name: value for name, value in here.items() if name in rule.fields}
    rows: dict[int, dict[str, Any]] = {}
    moves: dict[int, dict[str, Any]] = {}
    for line in sheet.lines:
        said = {name: cell for name, cell in _answers(line, sheet).items() if name in own}
        said |= {name: value for (of, name), value in written.items() if of == line.line}
        known = {name: _clear(value, rule, name) for name, value in held.get(line.line, {}).items() if name != LINE}
        if "identity_number" in known and (known.get("student_number") or known.get("staff_number")):
            del known["identity_number"]
        if said or line.line in corrected or line.line.startswith(NEW_ROW):
            rows[line.row] = {**known, **said, **here}
        moved = {name.removeprefix(MOVED): cell for name, cell in line.cells.items() if name.startswith(MOVED)}
        if moved:
            who = {name: {**known, **said}.get(name) for name in ("student_number", "identity_number", "name")}
            moves[line.row] = {**who, **here, **moved}
    place = _places(sheet, rule)
    copies = [CleanCopy(sheet.register, Path(), sheet.name, sheet.heading_row, {}, rows)]
    needed = [name for name, one in rule.fields.items() if one.required]
    copies[0].columns = {name: place(name) for name in dict.fromkeys([*needed, *_used(rows)])}
    if moves:
        place = _places(sheet, registers[_MOVEMENTS], MOVED)
        columns = {name: place(name) for name in dict.fromkeys([*_used(moves), "event", "date"])}
        copies.append(CleanCopy(_MOVEMENTS, Path(), sheet.name, sheet.heading_row, columns, moves))
    return copies


def _used(rows: Mapping[int, Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows.values() for name, cell in row.items() if cell is not None))


def _answers(line: PlacedLine, sheet: ReadSheet) -> dict[str, Any]:
    """The open cells of a row, as written."""
    return line.cells if line.line.startswith(NEW_ROW) else {name: cell for name, cell in line.cells.items() if name in line.answered}


def _places(sheet: ReadSheet, rule: RegisterRule, prefix: str = "") -> Callable[[str], tuple[int, str]]:
    """Where a field stands: in its own column where the sheet has one, else to the right of them all."""
    beyond: dict[str, int] = {}
    last = max(index for index, _heading in sheet.headings.values())

    def place(name: str) -> tuple[int, str]:
        found = sheet.headings.get(prefix + name) or sheet.headings.get(name)
        if found is not None:
            return found[0], rule.fields[name].label.zh
        return beyond.setdefault(name, last + 1 + len(beyond)), rule.fields[name].label.zh

    return place


def _clear(value: Any, rule: RegisterRule, name: str) -> Any:
    return value.clear if isinstance(value, Sealed) else as_written(value, rule.fields[name])


def _write(copy: CleanCopy) -> None:
    with xlsxwriter.Workbook(str(copy.path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet(copy.sheet)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for index, heading in copy.columns.values():
            page.write_string(copy.heading_row, index, heading)
        for row, cells in copy.rows.items():
            for name, (index, _heading) in copy.columns.items():
                cell = cells.get(name)
                if cell is None or cell == "":
                    continue
                if isinstance(cell, datetime | date):
                    page.write_datetime(row, index, cell, day)
                elif isinstance(cell, int | float) and not isinstance(cell, bool):
                    page.write_number(row, index, cell)
                else:
                    page.write_string(row, index, str(cell))
