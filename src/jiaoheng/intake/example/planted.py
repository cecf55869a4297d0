"""Planted faults: a book's cells with some of its rows spoilt on purpose, and the list of what was planted where.

Changes when the way of planting changes; which faults there are is said in `pupil_faults.py` and its neighbours. Every row has at most one
fault, so that each is told apart, and a sound row stays sound: what the checks find beside the list is a fault of the checks.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import polars as pl

from jiaoheng.intake.columns import column_letters
from jiaoheng.intake.example.headings import COLUMNS

__all__ = ["SHARE", "Fault", "Planted", "Row", "Spoilt", "spoilt"]

SHARE = 0.02
"""Share of a book's rows that a fault is planted in; every kind is planted at least once."""

Row = Mapping[str, Any]
"""Cells of one row, as they are shown, by field of the register."""


def _any_row(_row: Row) -> bool:
    return True


@dataclass(frozen=True)
class Fault:
    """One kind of fault. `spoil` is given the row (and its partner) and gives the cells that change; a float becomes a number cell.

    `codes`: what the checks must say of the row, as numbers of the catalogue (`22`), whole codes where they are of no register (`READ-02`).
    `where`: which rows can be spoilt so. `added`: the spoilt row is a new one, below the others; the row that it was made from stays.
    `partner`: the fault is one between two rows; this says which rows can be the other. `other_codes`: what is said of that other row
    (the one it was made from, or the partner). `already`: the sound workbook has such rows; all are listed and left as they are.
    """

    kind: str
    field: str
    codes: tuple[str, ...]
    spoil: Callable[[Row, Row], Mapping[str, Any]]
    where: Callable[[Row], bool] = _any_row
    added: bool = False
    partner: Callable[[Row], bool] | None = None
    other_codes: tuple[str, ...] = ()
    already: bool = False


@dataclass(frozen=True)
class Planted:
    """One line of the list: where a fault stands, as the spreadsheet numbers rows, and what must be said of it."""

    file: str
    sheet: str
    row: int
    column: str
    kind: str
    cause: str


@dataclass
class Spoilt:
    """A book's cells after planting. `as_numbers`: by heading, rows (from 0) that are written as numbers."""

    cells: pl.DataFrame
    planted: list[Planted] = field(default_factory=list)
    as_numbers: dict[str, list[int]] = field(default_factory=dict)


def spoilt(rng: random.Random, file: str, sheet: str, register: str, letters: str, cells: pl.DataFrame, faults: Sequence[Fault]) -> Spoilt:
    """Plant faults in a book. `letters`: those of the register's causes (`PUP`). Kinds take turns; rows are drawn."""
    heading = {column.field: column.heading for column in COLUMNS[register]}
    columns = [column.field for column in COLUMNS[register]]
    rows: list[dict[str, Any]] = [dict(zip(columns, values, strict=True)) for values in cells.iter_rows()]
    order = rng.sample(range(len(rows)), len(rows))
    touched: set[int] = set()
    added: list[dict[str, Any]] = []
    result = Spoilt(cells)

    def free(suits: Callable[[Row], bool]) -> int | None:
        return next((index for index in order if index not in touched and suits(rows[index])), None)

    def note(index: int, fault: Fault, codes: tuple[str, ...]) -> None:
        place = f"{column_letters(columns.index(fault.field))} {heading[fault.field]}"
        for code in codes:
            whole = code if "-" in code else f"{letters}-{code}"
            result.planted.append(Planted(file, sheet, index + 2, place, fault.kind, whole))

    for fault in faults:
        for place in [place for place in order if fault.already and fault.where(rows[place])]:
            touched.add(place)
            note(place, fault, fault.codes)
    kinds = [fault for fault in faults if not fault.already]
    for number in range(max(ceil(len(rows) * SHARE), len(kinds))):
        fault = kinds[number % len(kinds)]
        index = free(fault.where)
        if index is None:
            continue
        touched.add(index)
        other = free(fault.partner) if fault.partner else None
        if fault.partner and other is None:
            touched.discard(index)
            continue
        changes = fault.spoil(rows[index], rows[other] if other is not None else rows[index])
        if fault.added:
            added.append(rows[index] | dict(changes))
            note(len(rows) + len(added) - 1, fault, fault.codes)
            note(index, fault, fault.other_codes)
        else:
            rows[index] |= dict(changes)
            note(index, fault, fault.codes)
            if other is not None:
                touched.add(other)
                note(other, fault, fault.other_codes)
    _rewrite(result, rows + added, cells, columns)
    result.planted.sort(key=lambda one: (one.row, one.cause))
    return result


def _rewrite(result: Spoilt, rows: Sequence[Row], cells: pl.DataFrame, columns: Sequence[str]) -> None:
    """The rows as a frame again; a number in a text column is written as one."""
    series = []
    for name, heading in zip(columns, cells.columns, strict=True):
        values = [row[name] for row in rows]
        dtype = cells.schema[heading]
        if dtype == pl.String:
            numbers = [index for index, value in enumerate(values) if isinstance(value, float)]
            if numbers:
                result.as_numbers[heading] = numbers
            values = [format(value, ".0f") if isinstance(value, float) else value for value in values]
        elif any(isinstance(value, str) for value in values):
            result.as_numbers[heading] = [index for index, value in enumerate(values) if isinstance(value, int | float)]
            dtype, values = pl.String(), [None if value is None else str(value) for value in values]
        series.append(pl.Series(heading, values, dtype=dtype))
    result.cells = pl.DataFrame(series)
