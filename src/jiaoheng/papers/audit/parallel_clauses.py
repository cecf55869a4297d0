"""Parallel clauses: a total clause with several figures, and clauses of the same shape before or after it that add up
figure by figure (3人次9万元;5人次12万元;…).

Changes when such clauses are recognised in another way. Paragraphs measured by the same words belong to `columns`.
"""

__all__ = ["find_parallel_clauses"]

import re
from collections.abc import Iterator, Sequence

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, digit_slip
from jiaoheng.papers.audit.totals import add_up, add_up_closely, sum_relation

_TOTAL = re.compile(r"共|总|合计|累计|各类|各项|全年")
_SAME = {"人次": "人"}
_MOST = 9  # clauses a total may have
_BROAD = 8  # figures of a clause looked at

Clause = tuple[tuple[str, ...], list[Figure]]


def find_parallel_clauses(page: Page) -> Iterator[Relation]:
    """Each clause of two or more figures with the like clauses beside it, where a column of three or more adds up."""
    clauses = list(_clauses(page))
    for n, (_, head) in enumerate(clauses):
        if not any(_TOTAL.search(f.quantity.before) for f in head[:2]) or head[0].value < 30:
            continue
        for step in (1, -1):
            rows = _rows(clauses, n, step)
            yield from _columns(page, head, rows)


def _clauses(page: Page) -> Iterator[Clause]:
    """Clauses between `;` and full stops that hold two levels or more outside brackets, and the units of these."""
    current: list[Figure] = []
    for figure in page.figures:
        if figure.depth or figure.role is not Role.LEVEL:
            continue
        if current and (figure.sentence != current[-1].sentence or ";" in page.plain[current[-1].end : figure.start]):
            yield _shape(current), current
            current = []
        current.append(figure)
    if current:
        yield _shape(current), current


def _shape(figures: Sequence[Figure]) -> tuple[str, ...]:
    return tuple(_SAME.get(f.dimension, f.dimension) for f in figures[:_BROAD])


def _rows(clauses: list[Clause], n: int, step: int) -> list[list[Figure]]:
    """The clauses one after another from place n whose units are those of the clause there."""
    shape = clauses[n][0]
    rows: list[list[Figure]] = []
    at = n + step
    while 0 <= at < len(clauses) and len(rows) < _MOST:
        if clauses[at][0] != shape or len(shape) < 2:
            break
        rows.append(clauses[at][1])
        at += step
    return rows if step > 0 else rows[::-1]


def _columns(page: Page, head: list[Figure], rows: list[list[Figure]]) -> Iterator[Relation]:
    """The columns over the most rows (three or more) of which at least one adds up; the others are then expected to."""
    broad = min(len(head), _BROAD)
    best: tuple[int, list[list[Figure]]] | None = None
    backward = bool(rows) and rows[0][0].start < head[0].start
    for size in range(3, len(rows) + 1):
        block = rows[-size:] if backward else rows[:size]
        fitting = sum(_fits(head[c], [row[c] for row in block]) for c in range(broad))
        if fitting and (best is None or fitting >= best[0]):
            best = fitting, block
    if best is None:
        return
    fitting, block = best
    for c in range(broad):
        parts = [row[c] for row in block]
        if _fits(head[c], parts) or add_up(head[c], parts):
            reason = f"the lines below add up in {fitting} columns, this one among them"
            yield sum_relation(page, head[c], parts, 0.9 if fitting > 1 else 0.7, reason)
        elif head[c].value > 0:
            together = sum(f.value for f in parts)
            slip = digit_slip(head[c].value, together, head[c].quantity.step)
            if slip or 0.5 < together / head[c].value < 2:
                reason = f"{fitting} other columns of these lines add up, this one does not"
                sure = 0.8 if fitting > 1 else 0.7 if slip else 0.45
                yield sum_relation(page, head[c], parts, sure, reason, holds=False)


def _fits(total: Figure, parts: list[Figure]) -> bool:
    exactly = abs(sum(f.value for f in parts) - total.value) <= 1e-9 * total.value
    return exactly or add_up_closely(total, parts)
