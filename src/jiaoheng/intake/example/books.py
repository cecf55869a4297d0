"""Books: the registers' workbooks of the example district, in the order in which they are taken in.

Changes when there is another workbook, or when their order or look changes. They look as the national systems' exports do: one sheet,
the headings in its first row, numbers that are names written as text. The same seed writes the same bytes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from jiaoheng.intake.example.figures import YEARS
from jiaoheng.intake.example.headings import cells
from jiaoheng.intake.example.institutions import group_rows, inspection_rows, licence_rows, recognition_rows
from jiaoheng.intake.example.money import establishment_rows, fund_rows
from jiaoheng.intake.example.population import population_rows
from jiaoheng.intake.example.rolls import Rolls
from jiaoheng.intake.example.sheet_file import write_sheet
from jiaoheng.intake.example.staff import staff
from jiaoheng.intake.example.staff_list import appointment_rows, staff_rows

__all__ = ["REGISTERS", "Book", "books", "write_books"]

REGISTERS = "registers"
"""The folder of the registers' workbooks."""
_COMPULSORY, _SENIOR, _PRESCHOOL = ("primary", "junior"), ("senior",), ("preschool",)


@dataclass(frozen=True)
class Book:
    """One workbook: its file name, the register it feeds, its sheet's name, and the cells below the headings."""

    file: str
    register: str
    sheet: str
    cells: pl.DataFrame


def books(seed: int, schools: frozenset[str] | None = None, rolls: Rolls | None = None) -> Iterator[Book]:
    """Every workbook in the order of intake, which is that of the names: year by year staff, appointments, classes, pupils, movements;
    then what is entered once. `schools`: codes of an edition with only these."""
    rolls = rolls or Rolls.of(seed, schools)
    members, times = staff(seed, schools)
    for year, name in enumerate(YEARS):
        yearly: tuple[tuple[str, str, Callable[[], pl.DataFrame]], ...] = (
            ("教职工", "staff", partial(staff_rows, members, year)),
            ("任职", "appointments", partial(appointment_rows, members, times, year)),
            ("班级", "classes", partial(rolls.classes, year)),
            ("学籍", "pupils", partial(rolls.pupils, year, _COMPULSORY)),
            ("学籍_高中", "pupils", partial(rolls.pupils, year, _SENIOR)),
            ("学籍_幼儿园", "pupils", partial(rolls.pupils, year, _PRESCHOOL)),
            ("学籍异动_上学期", "enrolments", partial(rolls.movements, year, 0)),
            ("学籍异动_下学期", "enrolments", partial(rolls.movements, year, 1)),
        )
        for number, (what, register, rows) in enumerate(yearly, 1):
            frame = rows()
            if len(frame):
                yield Book(f"{name}-{number}-{what}.xlsx", register, what, cells(register, frame))
    once: tuple[tuple[str, str, Callable[[], pl.DataFrame]], ...] = (
        ("编制", "establishment", lambda: establishment_rows(seed, schools)),
        ("经费", "funds", lambda: fund_rows(seed, members, schools)),
        ("办学许可", "licences", lambda: licence_rows(seed, schools)),
        ("普惠认定", "recognitions", lambda: recognition_rows(seed, schools)),
        ("年检", "inspections", lambda: inspection_rows(seed, schools)),
        ("办学共同体", "school_groups", lambda: group_rows(seed, schools)),
        ("人口", "population", lambda: population_rows(seed, rolls.flows, rolls.children["birth_date"])),
    )
    for number, (what, register, rows) in enumerate(once, 1):
        frame = rows()
        if len(frame):
            yield Book(f"各年-{number}-{what}.xlsx", register, what, cells(register, frame))


def write_books(output: Path, books: Iterable[Book], told: Callable[[str], None] | None = None) -> list[Path]:
    """Write workbooks into a folder, which is made if need be; gives the files in the order of intake."""
    output.mkdir(parents=True, exist_ok=True)
    written = []
    for book in books:
        if told:
            told(book.file)
        write_sheet(output / book.file, book.sheet, book.cells)
        written.append(output / book.file)
    return written
