"""Clean copy: the part of a returned workbook that may be taken, as a workbook for the intake, cell for cell where it stood.

Changes when what may be taken of a return changes. Locked cells say what was handed out, so that nothing else than answers (and corrections
that were asked for) reaches the registers; rows and columns are those that the sender sees, and so are the intake's messages.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings

from jiaoheng.intake.rounds.asked import identifying_fields
from jiaoheng.intake.rounds.reading import Reading, ReadSheet
from jiaoheng.intake.rounds.round import RoundPart
from jiaoheng.rulebook.registers import load_registers

__all__ = ["write_clean_copies"]


def write_clean_copies(part: RoundPart, reading: Reading, folder: Path, *, corrections: bool) -> dict[str, Path]:
    """Register → a workbook that the intake takes in. With `corrections` changed locked cells say what was written in them."""
    registers = load_registers(settings.RULEBOOK_OVERLAY)
    written = {(one.register, one.line, one.field): one.written for one in reading.differences} if corrections else {}
    copies: dict[str, Path] = {}
    for sheet in reading.sheets:
        answered = any(reading.answers.get(sheet.register, {}).values()) or any(key[0] == sheet.register for key in written)
        if not answered:
            continue
        rule = registers[sheet.register]
        asked = part.round.asks[sheet.register]
        columns = dict(sheet.headings)
        beyond = max(index for index, _heading in columns.values()) + 1
        for name in identifying_fields(sheet.register):
            if name not in columns:  # the name's column may be gone: the intake still gets it
                columns[name], beyond = (beyond, rule.fields[name].label.zh), beyond + 1
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{part.round.title}-{part.school.code}-{rule.label.zh}.xlsx".replace("/", "-")
        _write(path, sheet, columns, {key[1:]: value for key, value in written.items() if key[0] == sheet.register and key[2] in asked})
        copies[sheet.register] = path
    return copies


def _write(path: Path, sheet: ReadSheet, columns: dict[str, tuple[int, str]], corrected: dict[tuple[str, str], Any]) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet(sheet.name)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for index, heading in columns.values():
            page.write_string(sheet.heading_row, index, heading)
        for line in sheet.lines:
            for name, (index, _heading) in columns.items():
                cell = corrected.get((line.line, name), line.cells.get(name))
                if cell is None or cell == "":
                    continue
                if isinstance(cell, str):
                    page.write_string(line.row, index, cell)
                elif isinstance(cell, datetime | date):
                    page.write_datetime(line.row, index, cell, day)
                elif isinstance(cell, int | float) and not isinstance(cell, bool):
                    page.write_number(line.row, index, cell)
                else:
                    page.write_string(line.row, index, str(cell))
