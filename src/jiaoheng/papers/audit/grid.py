"""Grids: a table as columns that can be reckoned with, and relations among its cells.

Changes when the columns of a table are told apart in another way. `table_totals` and `table_ratios` find what the
cells of a grid have to do with each other.
"""

__all__ = ["Grid", "cells_relation", "grid_of", "spread"]

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from jiaoheng.papers.audit.relation import Part, Relation, number
from jiaoheng.texts.table import Cell, Row, Table

_RATE = re.compile(
    r"率|比例|比重|占比|比值|比(?:\(|（|$)|占[^,]{0,12}%|[%％‰]|均|平均|增长|增速|增幅|指数|名次|排名|位次|排序|单价|标准|得分率|百分点"
)
_NOT_DATA = re.compile(r"序号|编号|代码|行次|电话|年份|年度$|日期|邮编|名次|排名|位次|^号$")


@dataclass(slots=True)
class Grid:
    """`columns[c][r]` is the cell with a number in column c of row r, or None. `additive` columns can be summed;
    `rated` ones hold rates, averages or growth. Rows that could not be laid out (cells lost in a PDF) are in
    `torn`."""

    rows: list[Row]
    columns: dict[int, list[Cell | None]]
    heads: dict[int, str]
    breaks: set[int]
    additive: list[int]
    rated: list[int]
    torn: set[int]
    coarse: bool = False


def grid_of(table: Table) -> Grid:
    """The columns of a table. In a table laid out by spaces only the rows with the usual number of cells have
    columns."""
    torn: set[int] = set()
    if table.spaced:
        usual = Counter(len(row.cells) for row in table.rows).most_common(1)[0][0]
        torn = {n for n, row in enumerate(table.rows) if len(row.cells) != usual}
    columns: dict[int, list[Cell | None]] = {}
    for n, row in enumerate(table.rows):
        if n not in torn:
            for cell in row.cells:
                if cell.value is None:
                    continue
                if cell.column not in columns:
                    columns[cell.column] = [None] * len(table.rows)
                columns[cell.column][n] = cell
    additive: list[int] = []
    rated: list[int] = []
    for column in sorted(columns):
        cells = [cell for cell in columns[column] if cell is not None]
        head = table.heads.get(column, "")
        if _NOT_DATA.search(head) or _running(cells) or len(cells) < 2:
            continue
        if _RATE.search(head) or sum(cell.unit in ("%", "‰") for cell in cells) * 2 > len(cells):
            rated.append(column)
        else:
            additive.append(column)
    return Grid(table.rows, columns, table.heads, table.breaks, additive, rated, torn)


def _running(cells: Sequence[Cell]) -> bool:
    """1, 2, 3, … down a column, or years, are not data."""
    values = [cell.value for cell in cells]
    if len(values) >= 3 and values == [float(n) for n in range(1, len(values) + 1)]:
        return True
    return len(values) >= 2 and all(cell.step == 1 and 1949 <= (cell.value or 0) <= 2099 for cell in cells)


def spread(cell: Cell) -> tuple[float, float]:
    """Between which values the truth behind a cell lies: a whole number is exact, a decimal one was rounded."""
    value = cell.value or 0.0
    half = 0.0 if cell.step == 1 else cell.step / 2
    return value - half, value + half


def cells_relation(
    kind: str,
    cells: Sequence[Cell],
    expression: str,
    *,
    computed: float,
    stated: float,
    holds: bool,
    confidence: float,
    reason: str,
    rounded: bool = False,
) -> Relation:
    """A relation over cells, worded as those over figures of prose are."""
    severity = ("rounding" if rounded else "none") if holds else "fault" if confidence >= 0.5 else "question"
    shown = round(computed, 6)
    sign = "≈" if holds and rounded else "=" if holds else "≠"
    line = f"{expression} = {number(stated)}" if sign == "=" else f"{expression} = {number(shown)} {sign} {number(stated)}"
    return Relation(
        kind,
        tuple(Part(cell.start, cell.end, cell.text) for cell in cells),
        f"{expression} = {number(stated)}",
        shown,
        stated,
        holds,
        round(confidence, 2),
        severity,
        f"{line}\n{reason}",
    )
