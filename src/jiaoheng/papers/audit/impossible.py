"""Impossible figures: a rate no whole number gives, a rate above 100 %, a count with too many digits.

Changes when another kind of figure turns out to be refutable on its own.
"""

__all__ = ["find_impossible"]

import re
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, make

_BOUNDED = re.compile(
    r"(?:入学|升学|合格|达标|及格|优秀|普及|巩固|毕业|覆盖|就业|录取|上线|参保|出勤|满意|办结|回复|竣工|开工|开设|开齐|完好|配备|到位|持证|建档|安装|使用)率[^,。]{0,4}$|占[^,。]{0,14}$"
)
_UNBOUNDED = re.compile(r"毛|增|完成|目标|任务|计划|同比")
_TEACHERS = re.compile(r"(教师|教职工|学生|幼儿|儿童|学校|毕业生|校长|园长)")
_QUALIFIED = re.compile(r"(?:合格|达标|双师|学历|持证|优秀|及格|本科|专科)[^,。]{0,8}(?:率|占|比例)|占")
_HIGHEST_GROSS = 125.0
_LARGEST = 10_000_000  # a count of persons or things written out in digits above this is two numbers run together


def find_impossible(page: Page) -> Iterator[Relation]:
    """Figures that cannot be true whatever the others say, or given the one beside them."""
    for figure in page.figures:
        if figure.role is Role.SHARE:
            if figure.quantity.number > 100 and _BOUNDED.search(figure.quantity.before) and not _UNBOUNDED.search(figure.quantity.before):
                yield make(
                    page,
                    "impossible",
                    [figure],
                    f"{figure.printed} ≤ 100",
                    computed=100.0,
                    stated=figure.quantity.number,
                    holds=False,
                    confidence=0.7,
                    reason="such a rate cannot exceed 100 %",
                )
            if figure.quantity.number > 100 and "毛" in figure.quantity.before:
                yield make(
                    page,
                    "impossible",
                    [figure],
                    f"{figure.printed} > 100",
                    computed=None,
                    stated=figure.quantity.number,
                    holds=figure.quantity.number <= _HIGHEST_GROSS,
                    confidence=0.6 if figure.quantity.number <= _HIGHEST_GROSS else 0.4,
                    reason="a gross rate may exceed 100 %, though seldom by a quarter",
                )
            relation = _no_whole_number(page, figure)
            if relation is not None:
                yield relation
        elif (
            figure.role is Role.LEVEL
            and figure.quantity.exact
            and figure.value >= _LARGEST
            and figure.dimension not in ("元", "平方米", "亩", "册", "字", "")
        ):
            yield make(
                page,
                "impossible",
                [figure],
                f"{figure.printed} < {_LARGEST}",
                computed=None,
                stated=figure.quantity.number,
                holds=False,
                confidence=0.6,
                reason="too many digits for one count; perhaps two numbers run together",
            )


def _no_whole_number(page: Page, rate: Figure) -> Relation | None:
    """A rate of a small group of persons: some whole number of them must give it, rounded or cut off."""
    if rate.quantity.step >= 1 or rate.quantity.leaning or rate.index == 0 or not 0 < rate.quantity.number < 100:
        return None
    before = rate.quantity.before
    base = page.figures[rate.index - 1]
    if base.role is not Role.LEVEL or base.dimension != "人" or not base.quantity.exact or base.value < 5:
        return None
    if base.value > 0.5 * 100 / rate.quantity.step or rate.start - base.end > 24 or base.sentence != rate.sentence:
        return None
    hosted = rate.depth == base.depth + 1 and page.plain[base.end] == "("
    named = _TEACHERS.search(base.quantity.before + base.quantity.after[:4])
    if not _QUALIFIED.search(before):
        return None
    if not hosted and (before.startswith("占") or named is None or not (named.group() in before or re.match(r"学历|合格", before))):
        return None
    exact = rate.quantity.number * base.value / 100
    step = rate.quantity.step
    fits = [
        k
        for k in range(max(0, int(exact) - 2), int(exact) + 4)
        if abs(k / base.value * 100 - rate.quantity.number) <= step / 2 + 1e-9
        or rate.quantity.number - 1e-9 <= k / base.value * 100 < rate.quantity.number + step - 1e-9
    ]
    nearest = fits[0] if fits else round(exact)
    computed = nearest / base.value * 100
    reason = (
        f"{nearest} of {base.printed} gives it"
        if fits
        else f"{int(exact)} of {base.printed} is {int(exact) / base.value * 100:.2f}%, "
        f"{int(exact) + 1} is {(int(exact) + 1) / base.value * 100:.2f}%; nothing lies between"
    )
    return make(
        page,
        "impossible",
        [base, rate],
        f"{nearest}/{base.printed}*100",
        computed=computed,
        stated=rate.quantity.number,
        holds=bool(fits),
        confidence=0.6 if hosted or (named is not None and named.group() in before) else 0.5,
        reason=reason,
    )
