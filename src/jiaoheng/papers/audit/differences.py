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


def find_differences(page: Page) -> Iterator[Relation]:
    """A remainder with the two figures of its unit that stand before it in the sentence."""
    for sentence in page.sentences.values():
        for place, left in enumerate(sentence):
            if left.role not in (Role.LEVEL, Role.CHANGE) or not _LEFT.search(left.quantity.before[-12:]):
                continue
            before = [f for f in sentence[max(0, place - 5) : place] if f.role is Role.LEVEL and f.dimension == left.dimension]
            relation = _remainder(page, before, left)
            if relation is not None:
                yield relation


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
