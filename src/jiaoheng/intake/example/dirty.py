"""The dirty edition: the workbooks of the last year once more, with faults of every kind planted in them, and the list of those.

Changes when another workbook is spoilt. The list holds where the registers have the directory, and for what refers to them the sound staff
and classes of that year (for movements, the sound workbooks of pupils of theirs), and nothing else.
"""

import csv
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jiaoheng.intake.example.books import Book
from jiaoheng.intake.example.figures import YEARS
from jiaoheng.intake.example.movement_faults import MOVEMENT_FAULTS
from jiaoheng.intake.example.planted import Fault, Planted, spoilt
from jiaoheng.intake.example.pupil_faults import CLASS_FAULTS, PUPIL_FAULTS
from jiaoheng.intake.example.sheet_file import write_sheet
from jiaoheng.intake.example.staff_faults import APPOINTMENT_FAULTS, STAFF_FAULTS
from jiaoheng.intake.example.thing_faults import THING_FAULTS
from jiaoheng.rulebook.registers import load_registers

__all__ = ["DIRTY", "PLANTED_FAULTS", "is_spoilt", "write_spoilt"]

DIRTY = "dirty"
"""The folder of the spoilt workbooks."""
PLANTED_FAULTS = "planted.csv"
_COLUMNS = ("file", "sheet", "row", "column", "kind", "cause")

_FAULTS: Mapping[str, Sequence[Fault]] = {
    "pupils": PUPIL_FAULTS,
    "classes": CLASS_FAULTS,
    "staff": STAFF_FAULTS,
    "appointments": APPOINTMENT_FAULTS,
    "enrolments": MOVEMENT_FAULTS,
    **THING_FAULTS,
}
_MOVEMENTS = f"{YEARS[-2]}-8-学籍异动_下学期.xlsx"
"""The last year has no movements yet: those of the term before are spoilt."""
_NOT_SPOILT = ("学籍_高中", "学籍_幼儿园")
"""The rolls of pupils are spoilt once, in the largest one."""


def is_spoilt(book: Book) -> bool:
    """Whether a workbook is one of the dirty edition: it has faults of its register, and is of the last year or of none."""
    if book.register == "enrolments":
        return book.file == _MOVEMENTS
    return book.register in _FAULTS and book.sheet not in _NOT_SPOILT and not book.file.startswith(YEARS[:-1])


def write_spoilt(output: Path, seed: int, books: Sequence[Book], told: Callable[[str], None] | None = None) -> list[Path]:
    """Write the spoilt workbooks among the books, and the list of what was planted, into a folder; gives the files."""
    output.mkdir(parents=True, exist_ok=True)
    registers = load_registers()
    planted: list[Planted] = []
    written = []
    for book in books:
        if not is_spoilt(book) or book.register not in registers:
            continue
        if told:
            told(f"{DIRTY}/{book.file}")
        rng = random.Random(f"{seed}:{book.file}:faults")
        made = spoilt(rng, book.file, book.sheet, book.register, registers[book.register].causes, book.cells, _FAULTS[book.register])
        write_sheet(output / book.file, book.sheet, made.cells, as_numbers=made.as_numbers)
        planted += made.planted
        written.append(output / book.file)
    with (output / PLANTED_FAULTS).open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(_COLUMNS)
        lines.writerows([getattr(one, column) for column in _COLUMNS] for one in planted)
    return [*written, output / PLANTED_FAULTS]
