"""Table ratios: columns of a table reckoned from others: shares of the total row, rates, growth, averages, products.

Changes when tables derive a column in another way. A reading is believed where most of the rows bear it out and the
rows are too many, and their figures too long, for chance; the rows that do not are then doubted.
"""

__all__ = ["find_table_ratios"]

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from jiaoheng.papers.audit.grid import Grid, cells_relation, spread
from jiaoheng.papers.audit.relation import Relation, number, ratio_fits
from jiaoheng.texts.table import Cell

_TOTAL = re.compile(r"合计|总计|共计|^全[省市县区州国]$|^计$|总数$")
_NOT_RECKONED = re.compile(r"单价|名次|排名|位次|温度|满意|得分|标准")
_DIFFERENCE = re.compile(r"增减|增加|减少|净增|变化|差额?|结余|结转|节约|剩余|余额|缺口|空编|超编|缺编")
_AMOUNT = re.compile(r"金额|资金|经费|补助|总价|应发|应拨|预算")
_DIGITS = 5.0  # the digits of fitting results together: below, a few short figures may agree by chance
_SAMPLE = 60
_MOST_COLUMNS = 16

Formula = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a column may follow from two cells a and b. `show` words it."""

    kind: str
    formula: Formula
    show: str


_SHARE = _Reading("share", lambda a, b: a / b * 100, "{a}/{b}*100")
_RATES = (
    _SHARE,
    _Reading("growth", lambda a, b: (a - b) / b * 100, "({a}-{b})/{b}*100"),
    _Reading("average", lambda a, b: a / b, "{a}/{b}"),
    _Reading("average", lambda a, b: a / b * 10000, "{a}*10000/{b}"),
)
_CHANGES = (_Reading("difference", lambda a, b: a - b, "{a}-{b}"),)
_PRODUCTS = (
    _Reading("product", lambda a, b: a * b, "{a}*{b}"),
    _Reading("product", lambda a, b: a * b / 10000, "{a}*{b}/10000"),
)


def find_table_ratios(grid: Grid) -> Iterator[Relation]:
    """Each derived column with the columns (or the total row) it follows from."""
    bases = grid.additive[:_MOST_COLUMNS]
    for column in (*bases, *grid.rated[:_MOST_COLUMNS]):
        head = grid.heads.get(column, "")
        if _NOT_RECKONED.search(head):
            continue
        if column in grid.rated:
            yield from _of_total(grid, column) or _of_columns(grid, column, bases, _RATES)
        elif not head and _decimal(grid, column):
            yield from _of_columns(grid, column, bases, _RATES[2:])
        elif _DIFFERENCE.search(head):
            yield from _of_columns(grid, column, bases, _CHANGES)
        elif _AMOUNT.search(head):
            yield from _of_columns(grid, column, [*bases, *grid.rated], _PRODUCTS)


def _decimal(grid: Grid, column: int) -> bool:
    cells = [cell for cell in grid.columns[column] if cell is not None]
    return sum(cell.step < 1 for cell in cells) * 2 > len(cells)


def _of_total(grid: Grid, column: int) -> list[Relation]:
    """占比: each row's part of the total row, in per cent, of one column."""
    totals = [n for n, row in enumerate(grid.rows) if _TOTAL.search(row.name) and n not in grid.torn]
    for total in totals[-1:] + totals[:1]:
        for base in grid.additive:
            whole = grid.columns[base][total]
            if base == column or whole is None or not whole.value:
                continue
            pairs = [
                (n, cell, rate)
                for n in range(len(grid.rows))
                if n != total and (cell := grid.columns[base][n]) is not None and (rate := grid.columns[column][n]) is not None
            ]
            tried = [(cell, whole, rate) for _, cell, rate in pairs if cell.value and rate.value is not None]
            relations = _believed(tried, _SHARE)
            if relations:
                return [_made_to_fill(relation, tried) for relation in relations]
    return []


def _made_to_fill(relation: Relation, tried: Sequence[tuple[Cell, Cell, Cell]]) -> Relation:
    """A share one last digit off, in a column that makes 100 so, was set to make it: a question, not a fault."""
    if relation.holds or relation.computed is None or relation.stated is None:
        return relation
    step = tried[0][2].step
    together = sum(rate.value or 0.0 for _, _, rate in tried)
    if abs(relation.computed - relation.stated) > 1.5 * step or abs(together - 100) > step / 2:
        return relation
    return replace(relation, confidence=0.4, severity="question")


def _of_columns(grid: Grid, column: int, columns: Sequence[int], readings: Sequence[_Reading]) -> list[Relation]:
    rows = [n for n in range(len(grid.rows)) if n not in grid.torn and grid.columns[column][n] is not None]
    for first in columns:
        for second in columns:
            if column in (first, second) or first == second:
                continue
            sample = _triples(grid, rows[:_SAMPLE], first, second, column)
            for reading in readings if len(sample) >= 3 else ():
                if _believed(sample, reading):
                    return _believed(_triples(grid, rows, first, second, column), reading)
    return []


def _triples(grid: Grid, rows: Sequence[int], first: int, second: int, column: int) -> list[tuple[Cell, Cell, Cell]]:
    """The cells of three columns, of the rows where all three hold numbers and the first two are not zero."""
    cells = ((grid.columns[first][n], grid.columns[second][n], grid.columns[column][n]) for n in rows)
    return [(a, b, c) for a, b, c in cells if a is not None and b is not None and c is not None and a.value and b.value]


def _believed(tried: Sequence[tuple[Cell, Cell, Cell]], reading: _Reading) -> list[Relation]:
    """The relations of one reading, if it is borne out: three rows or more, three quarters of them, and figures long
    enough in the rows that fit."""
    telling, right, wrong = 0.0, 0, 0
    for a, b, c in tried[:_SAMPLE]:
        fit = _fit(a, b, c, reading)
        if fit:
            right += 1
            telling += math.log10(max(1, abs(round((c.value or 0.0) / c.step)))) if a.value != b.value else 0.0
        else:
            wrong += 1
            if wrong > 3 and wrong > right:
                return []
    if right < 3 or telling < _DIGITS or right < 3 * wrong:
        return []
    return [_relation(a, b, c, reading, _fit(a, b, c, reading), right) for a, b, c in tried]


def _fit(a: Cell, b: Cell, c: Cell, reading: _Reading) -> str:
    ends = [reading.formula(x, y) for x in spread(a) for y in spread(b) if y]
    if not ends:
        return ""
    low, high, printed = min(ends), max(ends), c.value or 0.0
    if c.step == 1 and reading.kind in ("difference", "product"):
        noise = 1e-9 * max(1.0, abs(printed))
        slack = 0.5 if reading.kind == "product" and (a.step < 1 or b.step < 1 or high != round(high)) else 0.0
        return "rounded" if low - slack - noise <= printed <= high + slack + noise else ""
    if printed < 0:
        low, high, printed = -high, -low, -printed
    return ratio_fits(low, high, printed, c.step)


def _relation(a: Cell, b: Cell, c: Cell, reading: _Reading, fit: str, fitting: int) -> Relation:
    computed = reading.formula(a.value or 0.0, b.value or 1.0)
    cells = {"share": (b, a, c), "average": (b, a, c)}.get(reading.kind, (a, b, c))
    reason = f"{fitting} rows of this column are reckoned so"
    if not fit:
        reason = f"{fitting} other rows of this column are reckoned so; here it is {number(round(computed, 2))}"
    return cells_relation(
        reading.kind,
        cells,
        reading.show.format(a=number(a.value), b=number(b.value)),
        computed=computed,
        stated=c.value or 0.0,
        holds=bool(fit),
        confidence=0.8 if fit else 0.75 if fitting > 4 else 0.6,
        reason=reason,
        rounded=fit == "truncated",
    )
