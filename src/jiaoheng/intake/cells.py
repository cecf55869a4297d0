"""Cells: a raw column of a sheet as typed Polars columns, so that every later rule is one vectorised expression.

Changes when the reader gives other kinds of cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from jiaoheng.intake.workbook import Cell

__all__ = ["RawColumn", "raw_column"]


@dataclass(frozen=True)
class RawColumn:
    """A column as the file holds it: each cell is in one of the three, or in none where it is blank."""

    text: pl.Series
    number: pl.Series
    day: pl.Series
    typed: bool = True

    def __len__(self) -> int:
        return len(self.text)

    @property
    def written(self) -> pl.Series:
        """Whether the cell holds anything."""
        return self.text.is_not_null() | self.number.is_not_null() | self.day.is_not_null()


def raw_column(cells: Sequence[Cell], *, typed: bool = True) -> RawColumn:
    """The cells of a column; `typed` says whether the file tells numbers from text. Blank text is no value."""
    kinds = set(map(type, cells))
    texts: Sequence[str | None]
    numbers: Sequence[float | None] | None = None
    days: Sequence[date | None] | None = None
    if kinds <= {str}:
        texts = cells  # type: ignore[assignment]
    elif kinds <= {int, float}:
        nothing = pl.repeat(None, len(cells), dtype=pl.String, eager=True)
        return RawColumn(nothing, pl.Series(cells, dtype=pl.Float64, strict=False), _no_days(len(cells)), typed)
    else:
        texts = [_text(cell) for cell in cells]
        numbers = [cell if isinstance(cell, int | float) and not isinstance(cell, bool) else None for cell in cells]
        days = [_day(cell) for cell in cells]
    text = pl.Series(texts, dtype=pl.String)
    text = text.set(text.str.strip_chars().str.len_bytes() == 0, None)
    number = (
        pl.repeat(None, len(cells), dtype=pl.Float64, eager=True) if numbers is None else pl.Series(numbers, dtype=pl.Float64, strict=False)
    )
    return RawColumn(text, number, _no_days(len(cells)) if days is None else pl.Series(days, dtype=pl.Date), typed)


def _no_days(length: int) -> pl.Series:
    return pl.repeat(None, length, dtype=pl.Date, eager=True)


def _text(cell: Cell) -> str | None:
    if isinstance(cell, str):
        return cell
    return str(cell) if isinstance(cell, bool) or not isinstance(cell, int | float | date) else None


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    return cell if isinstance(cell, date) else None
