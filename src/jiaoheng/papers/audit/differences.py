"""Differences: what was planned, what was spent, what was saved; what was due, what was done, what is left.

Changes when reports word a remainder in another way. Changes against an earlier year belong to `growth`.
"""

__all__ = ["find_differences"]

import re
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, digit_slip, make, number

_LEFT = re.compile(
    r"节约|节省|节支|结余|结转|剩余|余额|尚[余缺欠]|还[剩有差需缺]|缺口|缺编|空编|缺额?|不足|净增|相差|差额|超编|超出?|未完成|未整改|仍有|核减|审减"
)
_ESTABLISHED = re.compile(r"缺编|空编|超编|缺额|尚缺|满编")
_STAFF = re.compile(r"编制|教职工|在编|在岗|教师")
_YEAR = re.compile(r"([12][0-9]{3})年(?!代)")
_SINCE = re.compile(r"[比较](?:上年|去年|上一年|上学年)")
_NOUN = re.compile(r"(?:共有|现有|总数|人数|达到?|共|有|为|约)+$")


def find_differences(page: Page) -> Iterator[Relation]:
    """A remainder with the two figures of its unit that stand before it in the sentence."""
    yield from _since_last_year(page)
    for sentence in page.sentences.values():
        for place, left in enumerate(sentence):
            if left.role not in (Role.LEVEL, Role.CHANGE) or not _LEFT.search(left.quantity.before[-12:]):
                continue
            before = [f for f in sentence[max(0, place - 5) : place] if f.role is Role.LEVEL and f.dimension == left.dimension]
            if len(before) < 2 and left.index > place and _ESTABLISHED.search(left.quantity.before[-12:]):
                earlier = [
                    f
                    for f in page.figures[max(0, left.index - 12) : left.index - place]
                    if f.role is Role.LEVEL
                    and f.dimension == left.dimension
                    and f.paragraph == left.paragraph
                    and f.sentence >= left.sentence - 2
                    and _STAFF.search(f.quantity.before)
                ]
                before = [*earlier[-1:], *before]
            relation = _remainder(page, before, left)
            if relation is not None:
                yield relation


def _since_last_year(page: Page) -> Iterator[Relation]:
    """2009年A共有x。2010年A共有y,比上年增加d: the earlier level in the sentence that opens with the year before."""
    of_year: dict[int, list[Figure]] = {}
    for sentence, figures in page.sentences.items():
        begin = page.start_of_sentence(sentence)
        opened = _YEAR.search(page.plain, begin, min(begin + 12, figures[0].end))
        if opened is None:
            continue
        year = int(opened.group(1))
        levels = [f for f in figures if f.role is Role.LEVEL and not f.quantity.leaning]
        for change in figures:
            now = change.subject
            if change.role is not Role.CHANGE or now is None or not _SINCE.search(change.quantity.before):
                continue
            for then in of_year.get(year - 1, ()):
                if then.dimension == now.dimension == change.dimension and _noun(then) == _noun(now) != "":
                    yield from _yearly(page, now, then, change)
                    break
        of_year[year] = [*of_year.get(year, [])[-8:], *levels[:8]]


def _noun(figure: Figure) -> str:
    return _NOUN.sub("", figure.quantity.before)[-3:]


def _yearly(page: Page, now: Figure, then: Figure, change: Figure) -> Iterator[Relation]:
    holds = _holds(now, then, change) and (now.value - then.value) * change.sign >= 0
    computed = abs(now.value - then.value)
    slips = (
        digit_slip(change.value, computed, change.quantity.step)
        or digit_slip(now.value, then.value + change.sign * change.value, now.quantity.step)
        or digit_slip(then.value, now.value - change.sign * change.value, then.quantity.step)
    )
    if holds or slips:
        yield _relation(page, now, then, change, holds=holds, confidence=0.8 if holds else 0.6)


def _remainder(page: Page, before: list[Figure], left: Figure) -> Relation | None:
    pairs = [(a, b) for n, b in enumerate(before) for a in before[:n]]
    for a, b in reversed(pairs):
        if _holds(a, b, left):
            return _relation(page, a, b, left, holds=True, confidence=0.85)
    if len(before) < 2:
        return None
    a, b = before[-2], before[-1]
    computed = abs(a.value - b.value)
    ratio = computed / left.value if left.value else 0
    slip = digit_slip(left.value, computed, left.quantity.step)
    if slip or (0.9 < ratio < 1.1 and left.value > 20 * left.quantity.step):
        return _relation(page, a, b, left, holds=False, confidence=0.6 if left.value >= 100 * left.quantity.step else 0.45)
    return None


def _holds(a: Figure, b: Figure, left: Figure) -> bool:
    """Exactly, or within what rounding hides: a figure in 万 may lie half a 万 away."""
    for big, small in ((a, b), (b, a)):
        noise = 1e-9 * max(1.0, big.value)
        if big.low - small.high <= left.high + noise and big.high - small.low >= left.low - noise:
            return True
    return False


def _relation(page: Page, a: Figure, b: Figure, left: Figure, *, holds: bool, confidence: float) -> Relation:
    big, small = (a, b) if a.value >= b.value else (b, a)
    scale = left.quantity.scale
    computed = (big.value - small.value) / scale
    exact = abs(computed - left.quantity.number) <= 1e-9 * max(1.0, computed)
    gap = number(round(abs(computed - left.quantity.number), 6))
    reason = (
        "the remainder is what it should be"
        if exact
        else f"{gap} apart, within the rounding of {big.quantity.text}"
        if holds
        else f"{gap} apart"
    )
    return make(
        page,
        "difference",
        [a, b, left],
        f"{number(big.value / scale)}-{number(small.value / scale)}",
        computed=computed,
        stated=left.quantity.number,
        holds=holds,
        confidence=confidence,
        reason=reason,
        rounded=holds and not exact,
    )
