"""Table totals: rows and columns of a table that are the sum of others (合计, 小计, 总计, or a row over its parts).

Changes when tables set out totals in another way. One column (or row) that adds up shows which cells belong together;
the others of the same table are then expected to add up too.
"""

__all__ = ["find_table_totals"]

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jiaoheng.papers.audit.grid import Grid, cells_relation, spread
from jiaoheng.papers.audit.relation import Relation, digit_slip, number
from jiaoheng.texts.table import Cell

_TOTAL = re.compile(
    r"^(?:[一二三四五六七八九十]+、)?(?:全[省市县区州校国乡镇]|[\u4e00-\u9fff]{0,8}?)(?:合计|总计|共计|总数|总分|累计|汇总)(?:[(（][^)）]*[)）])?[:：]?$|^全[省市县区州校国乡镇]$|^计$"
)
_SUBTOTAL = re.compile(r"小计")
_GRAND = re.compile(r"总计|总合计|^全[省市县区州国]")
_HEAD_TOTAL = re.compile(r"(?:合计|总计|小计|共计|总数|总人数|总额|总量|^计)(?:\([^)]*\))?$|^(?:合计|总计|小计)")
_WITHIN = re.compile(r"^(?:其中|其他?中|#|＃|——|--)")
_ITEM = re.compile(r"[一二三四五六七八九十]{1,3}[、.．]")
_MOST_PARTS = 60  # rows a total inside a table may have; a labelled one may have any number
_MOST_COLUMNS = 24


@dataclass(slots=True)
class _Trial:
    """One way to read a total row: which rows are its parts, and how many columns that puts right or wrong."""

    total: int
    parts: list[int]
    right: list[int]
    wrong: list[int]


def find_table_totals(grid: Grid) -> Iterator[Relation]:
    """Every row total and column total of a table."""
    yield from _row_totals(grid)
    yield from _column_totals(grid)


def _row_totals(grid: Grid) -> Iterator[Relation]:
    nested: dict[int, list[int]] = {}
    for total in range(len(grid.rows) - 2):
        if total not in grid.torn and not _TOTAL.search(grid.rows[total].name):
            parts = _rows_below(grid, total)
            if parts:
                nested[total] = parts
    taken = {part for parts in nested.values() for part in parts}
    for total, parts in nested.items():
        yield from _told(grid, _try(grid, total, parts), labelled=False)
    for total, row in enumerate(grid.rows):
        if total in grid.torn or not row.numbers:
            continue
        sub = bool(_SUBTOTAL.search(row.name))
        if not sub and not _TOTAL.search(row.name):
            continue
        trials = [_try(grid, total, parts) for parts in _readings(grid, total, taken, sub=sub) if len(parts) >= 2]
        good = [trial for trial in trials if trial.right]
        groups = [trial for trial in good if not trial.wrong or len(trial.right) > len(trial.wrong)]
        best = max(good, key=lambda trial: (len(trial.right) - len(trial.wrong), len(trial.parts)), default=None)
        told = [best] if best is not None else []
        told += [t for t in groups if best is not None and t is not best and not set(t.parts) & set(best.parts) and len(t.right) >= 2]
        for trial in told:
            if len(trial.right) >= len(trial.wrong) or (len(trial.right) >= 2 and 3 * len(trial.right) >= len(trial.wrong)):
                yield from _told(grid, trial, labelled=True)
        if not told and trials:
            yield from _doubted(grid, trials[0])


def _readings(grid: Grid, total: int, taken: set[int], *, sub: bool) -> Iterator[list[int]]:
    """The rows that may be the parts of a labelled total: above it, below it, the subtotals, a group of them."""
    rows = grid.rows
    marks = [n for n, row in enumerate(rows) if n != total and (_SUBTOTAL.search(row.name) or _TOTAL.search(row.name))]
    above = max((n for n in marks if n < total), default=-1)
    below = min((n for n in marks if n > total), default=len(rows))
    stop = min((n for n in grid.breaks if n > total), default=len(rows))
    if total > 0:
        yield [n for n in range(above + 1, total) if not _inside(grid, n, taken)]
        yield [n for n in range(total) if n not in marks and not _inside(grid, n, taken)]
        yield list(range(above + 1, total))
        yield [n for n in range(above + 1, total) if _ITEM.match(rows[n].name)]
        if not sub:
            grand = max((n for n in marks if n < total and _GRAND.search(rows[n].name)), default=-1)
            yield [n for n in marks if grand < n < total]
    if total < len(rows) - 2:
        end = min(below, stop)
        yield [n for n in range(total + 1, end) if not _inside(grid, n, taken)]
        yield [n for n in range(total + 1, below) if not _inside(grid, n, taken)]
        yield [n for n in range(total + 1, len(rows)) if n not in marks and not _inside(grid, n, taken)]
        yield [n for n in range(total + 1, below) if _ITEM.match(rows[n].name)]
        if not sub:
            yield [n for n in marks if n > total]
        for start, finish in _groups(grid, total):
            yield [n for n in range(start, finish) if not _inside(grid, n, taken)]


def _inside(grid: Grid, row: int, taken: set[int]) -> bool:
    return row in taken or bool(_WITHIN.search(grid.rows[row].name))


def _groups(grid: Grid, total: int) -> Iterator[tuple[int, int]]:
    """Runs of rows after a total that headings divide (按城乡分, 按部门分)."""
    cuts = [total + 1, *sorted(n for n in grid.breaks if n > total + 1), len(grid.rows)]
    yield from itertools.pairwise(cuts)


def _rows_below(grid: Grid, total: int) -> list[int]:
    """The fewest rows right below one that make it in two columns or more, and in most of those that can be tried."""
    columns = [c for c in grid.additive if grid.columns[c][total] is not None and (grid.columns[c][total].value or 0) >= 10]  # type: ignore[union-attr]
    if len(columns) < 2:
        return []
    sums = dict.fromkeys(columns, 0.0)
    wholes = {c: cell.value or 0.0 for c in columns if (cell := grid.columns[c][total]) is not None}
    for n in range(total + 1, min(len(grid.rows), total + 1 + _MOST_PARTS)):
        if n in grid.torn or n in grid.breaks or _TOTAL.search(grid.rows[n].name) or _SUBTOTAL.search(grid.rows[n].name):
            return []
        alive = False
        for c in columns:
            cell = grid.columns[c][n]
            sums[c] += (cell.value or 0.0) if cell else 0.0
            alive = alive or sums[c] <= wholes[c] * 1.001
        if not alive:
            return []
        if n > total + 1 and sum(abs(sums[c] - wholes[c]) <= 1e-3 * wholes[c] for c in columns) >= 2:
            parts = list(range(total + 1, n + 1))
            trial = _try(grid, total, parts)
            if len(trial.right) >= 2 and len(trial.right) >= 2 * len(trial.wrong):
                return parts
    return []


def _try(grid: Grid, total: int, parts: list[int]) -> _Trial:
    trial = _Trial(total, parts, [], [])
    if any(part in grid.torn for part in parts):
        return trial
    for c in grid.additive:
        whole = grid.columns[c][total]
        cells = [cell for part in parts if (cell := grid.columns[c][part]) is not None]
        if whole is None or whole.value is None or len([x for x in cells if x.value]) < 2:
            continue
        if _adds_up(whole, cells):
            if abs(whole.value) >= 5:
                trial.right.append(c)
        elif not _between(whole, cells):
            trial.wrong.append(c)
    return trial


def _adds_up(whole: Cell, cells: Sequence[Cell]) -> bool:
    if whole.step == 1 and all(cell.step == 1 for cell in cells):
        return sum(cell.value or 0.0 for cell in cells) == whole.value
    low, high = spread(whole)
    spreads = [spread(cell) for cell in cells]
    noise = 1e-9 * max(1.0, abs(whole.value or 0))
    return sum(s[0] for s in spreads) <= high + noise and sum(s[1] for s in spreads) >= low - noise


def _between(whole: Cell, cells: Sequence[Cell]) -> bool:
    """A total that lies among its parts is an average or a rate, whatever the head says."""
    values = [cell.value or 0.0 for cell in cells]
    return min(values) <= (whole.value or 0.0) <= max(values)


def _told(grid: Grid, trial: _Trial, *, labelled: bool) -> Iterator[Relation]:
    fitting = len(trial.right)
    for c in trial.right:
        sure = 0.9 if fitting > 1 else 0.8 if labelled else 0.6
        yield _sum(grid.columns[c][trial.total], [grid.columns[c][n] for n in trial.parts], sure, "the rows of the table add up to it")
    for c in trial.wrong:
        whole, cells = grid.columns[c][trial.total], [grid.columns[c][n] for n in trial.parts]
        gaps = sum(cell is None for cell in cells)
        sure = 0.8 if fitting > 1 else 0.6
        if gaps or fitting < len(trial.wrong):
            sure = 0.55 if gaps and fitting > 1 and _slip(whole, cells) else 0.45
        yield _sum(whole, cells, sure, f"{fitting} other columns of these rows add up, this one does not", holds=False)


def _doubted(grid: Grid, trial: _Trial) -> Iterator[Relation]:
    """A labelled total of which no column adds up: only a lone column is doubted, and only where it comes near."""
    if len(trial.wrong) != 1 or any(_WITHIN.search(grid.rows[n].name) for n in trial.parts):
        return
    c = trial.wrong[0]
    whole, cells = grid.columns[c][trial.total], [grid.columns[c][n] for n in trial.parts]
    together = sum(cell.value or 0.0 for cell in cells if cell is not None)
    if any(cell is None for cell in cells) or whole is None or not whole.value or not 0.5 < together / whole.value < 2:
        return
    sure = 0.6 if _slip(whole, cells) else 0.4
    yield _sum(whole, cells, sure, "the rows of the table do not add up to it", holds=False)


def _slip(whole: Cell | None, cells: Sequence[Cell | None]) -> bool:
    together = sum(cell.value or 0.0 for cell in cells if cell is not None)
    return whole is not None and digit_slip(whole.value or 0.0, together, whole.step)


def _column_totals(grid: Grid) -> Iterator[Relation]:
    """Columns that are the sum of others, row by row: 合计 before or after its parts."""
    columns = grid.additive
    if len(columns) > _MOST_COLUMNS:
        columns = columns[:_MOST_COLUMNS]
    rows = [n for n in range(len(grid.rows)) if n not in grid.torn]
    sample = rows[:80]
    used: set[int] = set()
    for place, column in enumerate(columns):
        labelled = bool(_HEAD_TOTAL.search(grid.heads.get(column, "")))
        best: tuple[int, int, list[int]] | None = None
        for parts in _runs(columns, place):
            right, wrong = _count(grid, sample, column, parts)
            least = 2 if labelled else 3
            if right >= least and right >= (1.5 if labelled else 3) * wrong and (best is None or right - wrong > best[0]):
                best = right - wrong, right, parts
        if best is None or column in used:
            continue
        used.update(best[2])
        for n in rows:
            yield from _row_across(grid, n, column, best[2], best[1])


def _runs(columns: list[int], place: int) -> Iterator[list[int]]:
    """Two or more columns right after, or right before, the one at `place`."""
    for end in range(place + 3, len(columns) + 1):
        yield columns[place + 1 : end]
    for start in range(place - 2, -1, -1):
        yield columns[start:place]


def _across(grid: Grid, row: int, column: int, parts: list[int]) -> tuple[Cell, list[Cell]] | None:
    whole = grid.columns[column][row]
    cells = [cell for c in parts if (cell := grid.columns[c][row]) is not None]
    if whole is None or not whole.value or len([x for x in cells if x.value]) < 2:
        return None
    return whole, cells


def _count(grid: Grid, rows: Sequence[int], column: int, parts: list[int]) -> tuple[int, int]:
    right = wrong = 0
    for n in rows:
        found = _across(grid, n, column, parts)
        if found is None:
            continue
        if not _adds_up(*found):
            wrong += 1
            if wrong > 8 and wrong > right:
                break
        elif abs(found[0].value or 0) >= 5:
            right += 1
    return right, wrong


def _row_across(grid: Grid, row: int, column: int, parts: list[int], fitting: int) -> Iterator[Relation]:
    found = _across(grid, row, column, parts)
    if found is None:
        return
    whole, cells = found
    if _adds_up(whole, cells):
        yield _sum(whole, cells, 0.85, "the cells of its row add up to it")
    else:
        sure = 0.75 if len(cells) == len(parts) and fitting > 2 else 0.5 if fitting > 2 else 0.45
        yield _sum(whole, cells, sure, f"{fitting} other rows add up across, this one does not", holds=False)


def _sum(whole: Cell | None, cells: Sequence[Cell | None], confidence: float, reason: str, *, holds: bool = True) -> Relation:
    assert whole is not None
    given = [cell for cell in cells if cell is not None]
    computed = sum(cell.value or 0.0 for cell in given)
    stated = whole.value or 0.0
    shown = "+".join(number(cell.value) if (cell.value or 0) >= 0 else f"({number(cell.value)})" for cell in given)
    exact = abs(computed - stated) <= 1e-9 * max(1.0, abs(stated))
    return cells_relation(
        "sum",
        [whole, *given],
        shown,
        computed=computed,
        stated=stated,
        holds=holds,
        confidence=confidence,
        reason=reason if exact or not holds else f"{reason}, within the rounding of the printed figures",
        rounded=holds and not exact,
    )
