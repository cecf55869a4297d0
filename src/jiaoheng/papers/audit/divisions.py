"""Divisions: one total divided again and again (by town and country; by sex; by age), clause after clause, and parts
that are numbered in words (第一产业, 第二产业, 第三产业).

Changes when reports go on dividing a total in another way. The first division after 其中 belongs to `sums`.
"""

__all__ = ["find_divisions"]

import re
from bisect import bisect_left
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.kinds import division_of
from jiaoheng.papers.audit.relation import Relation, digit_slip
from jiaoheng.papers.audit.totals import add_up, add_up_closely, labels_of, sum_relation

_BY = re.compile(
    r"\s*(?:[0-9]{1,2}[.、)]|\([^()]{1,3}\)|[①-⑳])?\s*(?:其中)?[,:]?(?:按|从|分)[^,。;:0-9]{1,10}(?:分布?类?|看|来看|统计|划分|构成)[:,]?"
)
_ORDINAL = re.compile(r"第([一二三四五])([\u4e00-\u9fff]{2,4}?)(?:[\u4e00-\u9fff]*)$")
_BACK = 14  # level figures looked back over for a total
_FAR = 400  # characters between a total and the last of its divisions
_MOST = 16  # parts


def find_divisions(page: Page) -> Iterator[Relation]:
    """Every clause whose figures make an earlier total, and the parts numbered in words."""
    yield from _numbered(page)
    yield from _over_sentences(page)
    yield from _closing(page)
    recent: list[Figure] = []
    divided: dict[int, int] = {}  # totals (by index) some clause divides, and the sentence of that clause
    for group in _clauses(page):
        by = _by(page, group[0])
        totals = [
            f
            for f in reversed(recent)
            if f.dimension == group[0].dimension
            and f.value > max(g.value for g in group)
            and group[0].start - f.end < _FAR
            and (f.paragraph == group[0].paragraph or (by and group[0].paragraph - f.paragraph <= 6))
        ]
        total = next((f for f in totals if f.value >= 60 * _grain(f) and add_up_closely(f, group)), None)
        if total is None and by:
            total = next((f for f in totals[:3] if f.value >= 10 * _grain(f) and add_up(f, group)), None)
        if total is not None:
            divided[total.index] = group[0].sentence
            yield sum_relation(page, total, group, 0.85 if by else 0.75, "the parts listed after the total add up to it")
        else:
            doubt = _sister(page, group, [f for f in totals if f.index in divided], by=by, divided=divided)
            if doubt is not None:
                yield doubt
        recent = [*recent[-_BACK:], *group]


def _grain(figure: Figure) -> float:
    return 1.0 if figure.quantity.exact else figure.quantity.step


def _clauses(page: Page) -> Iterator[list[Figure]]:
    """Level figures of one unit outside brackets, clause by clause (up to `;`); other units and rates stand between."""
    for sentence in page.sentences.values():
        open_runs: dict[str, list[Figure]] = {}
        last_end = sentence[0].start
        order: list[list[Figure]] = []
        for figure in sentence:
            if ";" in page.plain[last_end : figure.start]:
                yield from order
                open_runs, order = {}, []
            last_end = figure.end
            if figure.depth or figure.role is not Role.LEVEL or not figure.dimension or figure.quantity.leaning:
                continue
            run = open_runs.get(figure.dimension)
            if run is None or len(run) >= _MOST:
                run = open_runs[figure.dimension] = []
                order.append(run)
            run.append(figure)
        yield from order


def _by(page: Page, first: Figure) -> bool:
    """按经营地统计, 按年级分: does the clause of a figure begin with how the total is divided?"""
    begin = page.start_of_sentence(first.sentence)
    cut = page.plain.rfind(";", begin, first.start)
    return bool(_BY.match(page.plain, cut + 1 if cut >= 0 else begin))


def _sister(page: Page, group: list[Figure], totals: list[Figure], *, by: bool, divided: dict[int, int]) -> Relation | None:
    """A clause beside one that divides the total, that nearly makes it: it was meant to."""
    if len(group) < 2 or not totals:
        return None
    total = totals[0]
    near = divided[total.index] == group[0].sentence or by
    together = sum(f.value for f in group)
    if not near or not 0.85 < together / total.value < 1.15:
        return None
    slip = digit_slip(total.value, together, total.quantity.step) and total.value >= 100 * _grain(total)
    if not slip and division_of(labels_of(page, group)) is None and not by:
        return None
    sure = 0.8 if slip else 0.55 if len(group) >= 3 else 0.45
    return sum_relation(page, total, group, sure, "the figures for its divisions do not add up to it", holds=False)


def _over_sentences(page: Page) -> Iterator[Relation]:
    """共投入a万元。其中甲b万元,…。乙c万元: the second part (and third) opens a sentence of its own."""
    for cue in _AMONG.finditer(page.plain):
        at = bisect_left(page.figures, cue.start(), key=lambda f: f.start)
        if at == 0 or at == len(page.figures):
            continue
        total = page.figures[at - 1]
        first = page.figures[at]
        if total.role is not Role.LEVEL or total.depth or total.value < 1000 * _grain(total) or cue.start() - total.end > 12:
            continue
        if first.dimension != total.dimension or first.role is not Role.LEVEL or first.start - cue.end() > 40:
            continue
        parts = [first]
        for figure in page.figures[at + 1 : at + 16]:
            if figure.paragraph != first.paragraph:
                break
            if figure.role is not Role.LEVEL or figure.dimension != total.dimension or figure.sentence == parts[-1].sentence:
                continue
            parts.append(figure)
            if add_up_closely(total, parts):
                yield sum_relation(page, total, parts, 0.75, "the parts listed after the total add up to it")
                break
            if len(parts) == 3:
                break


_AMONG = re.compile("其中")
_CLOSES = re.compile(r"(?:合计|共计|总计|共)[\u4e00-\u9fff]{0,4}$")


def _closing(page: Page) -> Iterator[Relation]:
    """A a人,其中x人,y人,B b人,共c人: a total that closes a list, parts of whose parts stand among them."""
    for sentence in page.sentences.values():
        for place, total in enumerate(sentence):
            if total.role is not Role.LEVEL or total.depth or total.value < 20 * _grain(total) or not _CLOSES.search(total.quantity.before):
                continue
            before = [
                f for f in sentence[max(0, place - 12) : place] if f.role is Role.LEVEL and f.dimension == total.dimension and not f.depth
            ]
            outer, n = [], 0
            while n < len(before):
                size = next((k for k in range(2, len(before) - n) if add_up_closely(before[n], before[n + 1 : n + 1 + k])), 0)
                outer.append(before[n])
                n += 1 + size
            if len(outer) == len(before):
                continue
            for begin in range(len(outer) - 1):
                if add_up_closely(total, outer[begin:]):
                    yield sum_relation(page, total, outer[begin:], 0.8, "the figures before it for the same thing add up to it")
                    break
            else:
                together = sum(f.value for f in outer)
                if len(outer) >= 2 and digit_slip(total.value, together, total.quantity.step):
                    reason = "the figures before it for the same thing miss it by one digit"
                    yield sum_relation(page, total, outer, 0.55, reason, holds=False)


def _numbered(page: Page) -> Iterator[Relation]:
    """第一…, 第二…, 第三… of one noun, other figures between them, and the total before the first."""
    for figure in page.figures:
        said = _ORDINAL.search(figure.quantity.before) if figure.role is Role.LEVEL and not figure.depth else None
        if said is None or said.group(1) != "一":
            continue
        parts, wanted = [figure], 1
        for other in page.figures[figure.index + 1 : figure.index + 24]:
            next_said = _ORDINAL.search(other.quantity.before)
            if (
                other.role is not Role.LEVEL
                or next_said is None
                or next_said.group(2) != said.group(2)
                or other.dimension != figure.dimension
            ):
                continue
            if next_said.group(1) != "一二三四五"[wanted] or other.paragraph != figure.paragraph:
                break
            parts.append(other)
            wanted += 1
            if wanted == 5:
                break
        before = [f for f in page.figures[max(0, figure.index - 5) : figure.index] if f.role is Role.LEVEL and not f.depth]
        total = next((f for f in reversed(before) if f.dimension == figure.dimension and f.value > max(p.value for p in parts)), None)
        if len(parts) < 2 or total is None or total.sentence < figure.sentence - 1:
            continue
        if add_up(total, parts):
            yield sum_relation(page, total, parts, 0.85, "the parts listed after the total add up to it")
            continue
        together = sum(p.value for p in parts)
        if len(parts) >= 3 and 0.5 < together / total.value < 2:
            slip = digit_slip(total.value, together, total.quantity.step)
            reason = "the figures for its divisions do not add up to it"
            yield sum_relation(page, total, parts, 0.7 if slip else 0.55, reason, holds=False)
