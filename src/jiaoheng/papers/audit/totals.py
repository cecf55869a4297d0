"""Totals: does a list of parts add up to a total within rounding, how is that told, and how surely was it meant to?

Changes when a sum is weighed in another way. `sums` and `columns` find the lists; this room judges them.
"""

__all__ = [
    "add_up",
    "add_up_closely",
    "labels_of",
    "misfit",
    "one_digit_away",
    "part_above_whole",
    "sum_relation",
]

import re
from collections.abc import Sequence

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.kinds import division_of
from jiaoheng.papers.audit.relation import Relation, digit_slip, make, number


def add_up(total: Figure, parts: Sequence[Figure]) -> bool:
    if total.sign < 0 and all(f.sign < 0 for f in parts):
        low, high = sum(f.low for f in parts), sum(f.high for f in parts)
        top, bottom = total.high, total.low
    else:
        low = sum(f.low if f.sign > 0 else -f.high for f in parts)
        high = sum(f.high if f.sign > 0 else -f.low for f in parts)
        bottom, top = (total.low, total.high) if total.sign > 0 else (-total.high, -total.low)
    noise = (abs(top) + abs(bottom)) * 1e-9
    if total.high > total.low and not total.quantity.leaning:
        top += total.quantity.step / 2  # a total may be cut off rather than rounded
    return low <= top + noise and high >= bottom - noise


def add_up_closely(total: Figure, parts: Sequence[Figure]) -> bool:
    """As `add_up`, but not by the looseness of coarse figures: for lists that no word announces."""
    slack = sum(f.high - f.low for f in parts)
    return slack <= max(0.002 * total.value, 3 * (total.high - total.low)) and add_up(total, parts)


def sum_relation(page: Page, total: Figure, parts: Sequence[Figure], confidence: float, reason: str, *, holds: bool = True) -> Relation:
    """A sum in the unit of its total; parts in other magnitudes (亿, 元) are turned into it."""
    scale = total.quantity.scale
    shown = []
    for part in parts:
        value = part.value / scale
        text = part.printed if part.quantity.scale == scale else number(value)
        shown.append(f"({'-' if part.sign < 0 else ''}{text})" if part.sign != total.sign else text)
    sign = total.sign if all(p.sign == total.sign for p in parts) else 1
    computed = sum(p.value * (1 if sign == total.sign and sign < 0 else p.sign) for p in parts) / scale
    stated = total.quantity.number
    exact = abs(computed - stated) <= 1e-9 * max(1.0, abs(stated))
    return make(
        page,
        "sum",
        [total, *parts],
        "+".join(shown),
        computed=computed,
        stated=stated,
        holds=holds,
        confidence=confidence,
        reason=reason if exact or not holds else f"{reason}, within the rounding of the printed figures",
        rounded=holds and not exact,
    )


def part_above_whole(page: Page, total: Figure, parts: list[Figure], *, far: int) -> Relation | None:
    if len(parts) != 1 or parts[0].low <= total.high or total.role is not Role.LEVEL or far > 12:
        return None
    part = parts[0]
    if part.dimension != total.dimension or part.quantity.unit[-1:] != total.quantity.unit[-1:] or total.value == 0:
        return None
    if part.start - total.end > 30:
        return None
    beside = [f for f in page.figures[max(0, total.index - 6) : total.index + 1] if f.sentence == total.sentence and f.depth == total.depth]
    if sum(f.high for f in beside if f.role is total.role and f.dimension == total.dimension) >= part.low:
        return None  # 高一a人,高二b人,高三c人,其中寄宿生d人: of them all
    return make(
        page,
        "impossible",
        [total, part],
        f"{part.printed} ≤ {total.printed}",
        computed=total.quantity.number,
        stated=part.quantity.number,
        holds=False,
        confidence=0.55 if part.value < total.value * 20 else 0.4,
        reason="a part is larger than its whole",
    )


def misfit(page: Page, total: Figure, parts: list[Figure], *, far: int, announced: bool = False) -> Relation | None:
    """A list that does not add up: how sure is it that it was meant to? `announced`: 其中 or a bracket says that the
    parts belong to the total."""
    computed = sum(f.value * f.sign for f in parts)
    stated = total.value * total.sign
    division = division_of(labels_of(page, parts))
    ratio = computed / stated if stated else 2.0
    slip = digit_slip(total.value, computed, total.quantity.step) and total.value >= 100 * total.quantity.step
    vouched = _vouched(page, total, parts) if announced and far <= 60 else 0.0
    if division is None and not slip and not vouched and (ratio < 0.4 or (far > 40 and ratio > 2.5)):
        return None
    if total.role is Role.CHANGE:
        confidence = 0.6 if division is not None and len(parts) == 2 and 0.5 < ratio < 2 else 0.3
    elif division is None:
        confidence = 0.45 if 0.9 <= ratio <= 1.1 and len(parts) >= 3 else 0.3
        if slip and len(parts) >= 3:
            confidence = 0.6
    elif ratio > 1:
        confidence = division.exclusive if ratio < 3 else 0.5
    elif ratio >= 0.9:
        confidence = division.complete
    elif ratio >= 0.65 and len(parts) >= 3:
        confidence = division.complete - 0.2
    elif ratio >= 0.4 and len(parts) >= 3 and division.name in ("award", "sex", "ownership"):
        confidence = division.complete - 0.15
    elif slip:
        confidence = 0.4
    elif ratio < 0.65 and len(parts) == 2 and division.complete < 0.85 and not vouched:
        return None
    else:
        confidence = 0.3
    if computed < stated and any(_QUALIFIED.search(label) for label in labels_of(page, parts)):
        return None  # 公办a所,普惠性民办b所: the ordinary private ones are not listed
    if far > 40:
        confidence -= 0.15
    if any(f.quantity.leaning or f.quantity.upper is not None for f in (total, *parts)):
        confidence -= 0.2
    if (
        (division is None or division.name != "award")
        and total.dimension
        and any(f.dimension != total.dimension or _thing(f) != _thing(total) for f in parts)
    ):
        confidence -= 0.25
    if any(f.quantity.before.endswith("等") for f in parts):
        confidence -= 0.3
    if parts[0].sentence != total.sentence and page.plain[max(0, parts[0].start - 20) : parts[0].start].find("分别") >= 0:
        confidence = min(confidence, 0.4)
    if max(f.value for f in parts) > 10_000 * min(f.value for f in parts):
        confidence = min(confidence, 0.3)  # 133万元 beside 1000亿元: the large ones name a programme
    if not 0.05 < ratio < 20:
        confidence = min(confidence, 0.4)
    confidence = max(confidence, vouched)
    between = page.figures[total.index + 1 : min(parts[-1].index, total.index + 30)]
    if any(f.times == 1 and f.quantity.before.endswith("各") for f in between):
        confidence = min(confidence, 0.4)  # so many for each of nobody says how many
    if confidence < (0.1 if slip else 0.25):
        return None
    confidence = max(confidence, 0.2)
    gap = abs(computed - stated) / total.quantity.scale
    word = "short of" if computed < stated else "above"
    return sum_relation(page, total, parts, confidence, f"the parts are {number(round(gap, 6))} {word} the total", holds=False)


_QUALIFIED = re.compile(r"普惠|示范|达标|优质|标准化")
_PAIRS = (
    (r"公办|公立|国办", r"民办|私立|社会办"),
    (r"男", r"女"),
    (r"小学", r"初中|中学"),
    (r"初中|初级", r"高中|高级"),
    (r"中学", r"小学"),
    (r"应届", r"往届"),
    (r"城区|城市|城镇|县城", r"农村|乡村|乡镇"),
    (r"在职|在岗|在编", r"退休|离休|编外|临聘"),
    (r"水", r"旱"),
    (r"新建", r"改扩?建"),
    (r"已", r"未|正在"),
    (r"普高|普通高中", r"职高|中职|职业"),
)
_COMPLEMENTS = tuple((re.compile(a), re.compile(b)) for a, b in _PAIRS)


def _vouched(page: Page, total: Figure, parts: Sequence[Figure]) -> float:
    """How surely words alone say that announced parts make up the total, whatever the gap; 0 where they do not.

    Two parts are complementary (公办 and 民办), or spell the total's noun between them (乡镇: 乡, 镇); or one digit of
    one figure puts the sum right, which among figures of three digits is seldom chance.
    """
    every = (total, *parts)
    if any(f.quantity.leaning or f.quantity.upper is not None or f.sign < 0 for f in every):
        return 0.0
    if any(f.quantity.before.endswith("等") for f in parts) or parts[-1].sentence - total.sentence > 1:
        return 0.0
    if len(parts) == 2 and _spells(_noun(total), [_noun(f) for f in parts]):
        return 0.7
    if any(f.dimension != total.dimension for f in parts):
        return 0.0
    digits = one_digit_away(total, parts)
    if len(parts) == 2 and all(f.role is Role.LEVEL for f in every) and max(f.value for f in every) >= 10:
        first, second = labels_of(page, parts)
        if any((a.search(first) and b.search(second)) or (a.search(second) and b.search(first)) for a, b in _COMPLEMENTS):
            return 0.75 if digits else 0.6
    if digits >= 3:
        return 0.6 if len(parts) >= 3 else 0.5 if digits >= 4 else 0.45
    return 0.0


def _noun(figure: Figure) -> str:
    return figure.quantity.unit.removeprefix("个") + figure.quantity.after[:4]


def _spells(whole: str, units: Sequence[str]) -> bool:
    return len(whole) == len(units) and sorted(whole) == sorted("".join(units))


def one_digit_away(total: Figure, parts: Sequence[Figure]) -> int:
    """The digits of the longest figure of the sum of which one digit, changed, puts the sum right; 0 for none."""
    missing = total.value - sum(f.value for f in parts)
    found = [0]
    for figure, right in ((total, total.value - missing), *((f, f.value + missing) for f in parts)):
        step = figure.quantity.step
        if right > 0 and digit_slip(figure.value, right, step):
            found.append(len(str(round(figure.value / step)).rstrip("0")))  # 5000 is one digit, not four
    return max(found)


def _thing(figure: Figure) -> str:
    return figure.quantity.unit[-1:] if figure.dimension == "个" else ""


def labels_of(page: Page, parts: Sequence[Figure]) -> list[str]:
    """What each part counts, with an age or rank standing before it in the same clause."""
    labels = []
    last = max(0, parts[0].start - 14)
    for part in parts:
        words = page.plain[max(last, part.start - 14) : part.start]
        cut = max(words.rfind(mark) for mark in ",。;、(")
        labels.append(words[cut + 1 :] + part.quantity.after[:6])
        last = part.end
    return labels
