"""Outcomes: a number of things, and in the next clauses how many of them are finished, begun or still to come
(11个项目已完工, 1个项目在建, 2个项目正在招标); and the amount of a heading with the amounts of its items.

Changes when reports account for a number of things in another way.
"""

__all__ = ["find_outcomes"]

import re
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, digit_slip
from jiaoheng.papers.audit.totals import add_up, add_up_closely, sum_relation

_HAN = re.compile(r"[\u4e00-\u9fff]{2,}")
_BACK = 10
_HEADING = re.compile(r"\s*(?:[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十]{1,3}\))")
_MOST_ITEMS = 10


def find_outcomes(page: Page) -> Iterator[Relation]:
    yield from _same_noun(page)
    yield from _headed(page)


def _same_noun(page: Page) -> Iterator[Relation]:
    """Clauses one after another that each begin with a number of the same noun, and the number of all before them."""
    figures = page.figures
    n = 0
    while n < len(figures) - 1:
        noun = _noun(figures[n])
        run = [figures[n]]
        while noun and n + len(run) < len(figures):
            other = figures[n + len(run)]
            if _noun(other) != noun or other.sentence != run[0].sentence or other.dimension != run[0].dimension:
                break
            run.append(other)
        n += len(run)
        if len(run) < 2 or len({f.quantity.after for f in run}) < len(run):
            continue
        total = _counted(page, run[0], noun)
        if total is None or 3 * total.value < sum(f.value for f in run):
            continue
        if add_up(total, run):
            yield sum_relation(page, total, run, 0.75 if len(run) > 2 else 0.65, "the figures that follow account for all of them")
            continue
        together = sum(f.value for f in run)
        slip = len(run) > 2 and digit_slip(total.value, together, total.quantity.step)
        if slip or (len(run) > 2 and abs(together - total.value) <= 2 and total.value >= 5):
            reason = "the figures that follow do not account for all of them"
            yield sum_relation(page, total, run, 0.5 if slip else 0.45, reason, holds=False)


def _noun(figure: Figure) -> str:
    """The two characters after a count and its unit, where words go on after them: 11个项目已完工 → 项目."""
    q = figure.quantity
    if figure.role is not Role.LEVEL or figure.depth or q.leaning or q.before or figure.dimension not in ("个", "所", "项"):
        return ""
    after = _HAN.match(q.after)
    return q.after[:2] if after and len(q.after) > 2 else ""


def _counted(page: Page, first: Figure, noun: str) -> Figure | None:
    """The nearest number before of the same noun: 项目15个, 15个项目."""
    for figure in reversed(page.figures[max(0, first.index - _BACK) : first.index]):
        q = figure.quantity
        if figure.paragraph != first.paragraph:
            return None
        if figure.role is Role.LEVEL and figure.dimension == first.dimension and (q.before.endswith(noun) or q.after.startswith(noun)):
            return figure
    return None


def _headed(page: Page) -> Iterator[Relation]:
    """一、…1710万元: the one amount of a heading, and every amount of its unit in the lines below, up to the next."""
    lines: list[list[Figure]] = []
    for figure in page.figures:
        if not lines or lines[-1][0].paragraph != figure.paragraph:
            lines.append([])
        lines[-1].append(figure)
    starts = [page.plain.rfind("\n", 0, line[0].start) + 1 for line in lines]
    ends = [page.plain.find("\n", line[-1].end) for line in lines]
    headings = [bool(_HEADING.match(page.plain, start)) for start in starts]
    for n, line in enumerate(lines):
        money = [f for f in line if f.dimension == "元" and f.role is Role.LEVEL and not f.depth]
        length = (ends[n] if ends[n] >= 0 else len(page.plain)) - starts[n]
        if not headings[n] or len(money) != 1 or length > 60 or page.plain[starts[n] : starts[n] + length].rstrip().endswith("。"):
            continue
        total = money[0]
        parts: list[Figure] = []
        for below in range(n + 1, min(len(lines), n + 1 + _MOST_ITEMS)):
            if headings[below]:
                break
            parts += [f for f in lines[below] if f.dimension == "元" and f.role is Role.LEVEL and not f.depth]
        if not 2 <= len(parts) <= _MOST_ITEMS or total.value < 100 * total.quantity.step:
            continue
        if add_up_closely(total, parts):
            yield sum_relation(page, total, parts, 0.75, "the amounts under the heading add up to it")
        elif digit_slip(total.value, sum(f.value for f in parts), total.quantity.step):
            yield sum_relation(page, total, parts, 0.45, "the amounts under the heading miss it by one digit", holds=False)
