"""Products: so many persons at so much each make an amount.

Changes when reports state a rate and an amount in another way.
"""

__all__ = ["find_products"]

import re
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, digit_slip, make, number

_EACH = re.compile(r"每[人生名位户校所班个学][^,。]{0,8}$|人均|生均|[每按][^,。]{0,6}标准|每[年月][^,。]{0,8}$|标准[^,。]{0,6}$|单价")
_DAILY = re.compile(r"每[天日](?:补助|补贴|按|标准)?[^,。]{0,4}$|/[人生]?[·/]?[天日]")
_YEARLY = re.compile(r"每?学?年[^,。]{0,8}$")
_TIMES = (1.0, 2.0, 12.0, 10.0, 9.0, 5.0, 3.0, 4.0, 6.0, 8.0)
_TERMS = re.compile(r"/[人生名]?[·/]?[月期]|每[人生]?[每]?[月期]|每月|每学期")


def find_products(page: Page) -> Iterator[Relation]:
    """A count, a rate for each and an amount in one sentence."""
    for sentence in page.sentences.values():
        yield from _days(page, sentence)
        rates = [f for f in sentence if f.role in (Role.AVERAGE, Role.LEVEL) and _is_rate(f)]
        for rate in rates:
            near = [
                f
                for f in page.figures[max(0, rate.index - 4) : rate.index + 5]
                if f.sentence == rate.sentence and f is not rate and ";" not in page.plain[min(f.end, rate.end) : max(f.start, rate.start)]
            ]
            counts = [f for f in near if f.dimension in ("人", "人次", "户", "个") and f.role is Role.LEVEL and f.value >= 2]
            amounts = [f for f in near if f.dimension == "元" and f.role is Role.LEVEL and not _is_rate(f) and f.value > rate.value]
            periods = [f for f in near if f.dimension in ("年", "个月") and f.role is Role.OTHER and 2 <= f.value <= 60]
            if periods and re.search(r"每[年月]", rate.quantity.before):
                counts = periods
            relation = _multiplied(page, rate, counts, amounts)
            if relation is not None:
                yield relation


def _days(page: Page, sentence: list[Figure]) -> Iterator[Relation]:
    """每天a元, b天, 每年c元: so much a day, the days of a year, so much a year."""
    for rate in sentence:
        if rate.dimension.partition("/")[0] != "元" or not _DAILY.search(rate.quantity.before + rate.quantity.unit):
            continue
        after = sentence[sentence.index(rate) + 1 :][:5]
        days = next((f for f in after if f.dimension == "天" and 20 <= f.value <= 366), None)
        yearly = [f for f in after if f.dimension.partition("/")[0] == "元" and _YEARLY.search(f.quantity.before)]
        if days is None or not yearly:
            continue
        year = yearly[0]
        low, high = days.low * rate.low, days.high * rate.high
        holds = low <= year.high and high >= year.low
        computed = days.value * rate.value
        if holds or 0.2 < computed / max(year.value, 1e-9) < 5:
            yield _product(page, days, rate, year, 1.0, holds=holds, confidence=0.85 if holds else 0.6)


def _is_rate(figure: Figure) -> bool:
    return figure.dimension.startswith("元/") or (figure.dimension == "元" and bool(_EACH.search(figure.quantity.before)))


def _multiplied(page: Page, rate: Figure, counts: list[Figure], amounts: list[Figure]) -> Relation | None:
    periods = _TIMES if _TERMS.search(rate.quantity.before + rate.quantity.unit) else _TIMES[:1]
    for count in counts:
        for amount in amounts:
            for times in periods:
                low, high = count.low * rate.low * times, count.high * rate.high * times
                truncated = amount.value <= low < amount.value + amount.quantity.step
                if (low <= amount.high and high >= amount.low) or truncated:
                    return _product(page, count, rate, amount, times, holds=True, confidence=0.8)
    if len(counts) == 1 and len(amounts) == 1 and periods == _TIMES[:1]:
        computed = counts[0].value * rate.value
        step = amounts[0].quantity.step
        if digit_slip(amounts[0].value, round(computed / step) * step, step):
            return _product(page, counts[0], rate, amounts[0], 1.0, holds=False, confidence=0.55)
        if 0.8 < computed / amounts[0].value < 1.25:
            return _product(page, counts[0], rate, amounts[0], 1.0, holds=False, confidence=0.4)
    return None


def _product(page: Page, count: Figure, rate: Figure, amount: Figure, times: float, *, holds: bool, confidence: float) -> Relation:
    scale = amount.quantity.scale
    computed = count.value * rate.value * times / scale
    shown = (
        f"{number(count.value)}×{number(rate.value)}" + (f"×{times:.0f}" if times != 1 else "") + (f"/{scale:.0f}" if scale != 1 else "")
    )
    exact = abs(computed - amount.quantity.number) < 1e-9 * max(1.0, computed)
    reason = "count times rate gives the amount" if holds else f"count times rate is {number(round(computed, 4))}"
    return make(
        page,
        "product",
        [count, rate, amount],
        shown,
        computed=computed,
        stated=amount.quantity.number,
        holds=holds,
        confidence=confidence,
        reason=reason,
        rounded=holds and not exact,
    )
