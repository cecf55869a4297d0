"""Averages: so much for each pupil, teacher or class, against the whole and the number of them.

Changes when reports state an average in another way. Two averages of one school imply the same number of pupils.
"""

__all__ = ["find_averages"]

import itertools
import re
from collections.abc import Iterator, Sequence

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, digit_slip, make, number, ratio_fits

_EACH = re.compile(r"(?:生均|人均|师均|户均|校均|班均|园均|平均每[个所名]?[班校人生园户]?|平均|每[生人班校园])")
_OWNER = re.compile(r"小学|初中|高中|幼儿园|中学|中职|职高")
_ATTRIBUTE = re.compile(r"(?:学校)?(?:校舍|建筑|占地|图书|仪器|运动|绿化|体育|教学)")
_PUPILS = re.compile(r"(?:在校学?生|在园幼儿|学生)(?:总?数|人数|共计|共|有|为|达)*$")
_PER = {"生": "人", "人": "人", "师": "人", "户": "户", "校": "个", "园": "个", "班": "班"}


def find_averages(page: Page) -> Iterator[Relation]:
    """Every average that stands near its whole and its count, and pairs of averages over one unstated count."""
    owned: dict[tuple[int, str], list[tuple[Figure, Figure, str]]] = {}
    for sentence in page.sentences.values():
        paired: list[tuple[Figure, Figure, str]] = []
        for place, average in enumerate(sentence):
            each = _EACH.search(average.quantity.before) if average.role is Role.AVERAGE else None
            if each is None or "/" in average.dimension or average.value <= 0:
                continue
            relation = _divided(page, sentence, place, each.group())
            if relation is not None:
                yield relation
                continue
            last = sentence[place - 1] if place else None
            if (
                last is not None
                and last.role is Role.LEVEL
                and last.dimension == average.dimension
                and average.start - last.end < 10
                and last.value > average.value
            ):
                paired.append((last, average, each.group()))
                owner = _OWNER.search(last.quantity.before)
                if owner:
                    owned.setdefault((last.paragraph, owner.group()), []).append(paired[-1])
        yield from _one_count(page, paired, within=True)
    for pairs in owned.values():
        yield from _one_count(page, [p for p in pairs if p[0].depth == 0], within=False)


def _divided(page: Page, sentence: list[Figure], place: int, each: str) -> Relation | None:
    average = sentence[place]
    wanted = "班" if "班" in average.quantity.before else next((_PER[c] for c in each if c in _PER), "人")
    before = [
        f for f in page.figures[max(0, average.index - 8) : average.index] if f.role is Role.LEVEL and f.paragraph == average.paragraph
    ]
    wholes = [f for f in reversed(before) if f.dimension == average.dimension and f.value > average.value]
    counts = [f for f in reversed(before) if f.dimension == wanted and f.value >= 2]
    if wanted == "班":
        counts = [
            f
            for f in reversed(before)
            if f.dimension == "班" or "班" in f.quantity.after[:4] or f.quantity.before.endswith(("班", "班级", "班数"))
        ]
    noun = _noun(average)
    tried: list[tuple[bool, Relation]] = []
    for whole in wholes[:3]:
        for count in counts[:4]:
            if whole is count or count.low <= 0:
                continue
            fit = ratio_fits(whole.low / count.high, whole.high / count.low, average.value, average.quantity.step)
            if not fit and average.quantity.leaning and abs(whole.value / count.value - average.value) < average.value * 0.06:
                fit = "rounded"
            same_noun = bool(noun) and noun in whole.quantity.before
            if wanted == "班" and whole.sentence == count.sentence == average.sentence:
                same_noun = True
            relation = _average(page, whole, count, average, fit, 0.8 if fit else 0.6 if same_noun else 0.35)
            if fit:
                return relation
            tried.append((same_noun, relation))
    sure = [r for same_noun, r in tried if same_noun and 0.4 < (r.computed or 0) / average.quantity.number < 2.5]
    return sure[0] if sure else _by_pupils_elsewhere(page, average, wholes) if each.startswith("生") else None


def _by_pupils_elsewhere(page: Page, average: Figure, wholes: list[Figure]) -> Relation | None:
    """生均 with the whole in its sentence and the pupils in another paragraph, before or after: the ones that fit, or
    that miss by one digit."""
    if average.value / average.quantity.step < 100 or not wholes or wholes[0].sentence != average.sentence:
        return None
    doubt: Relation | None = None
    for count in page.figures[max(0, average.index - 30) : average.index + 30]:
        if count.role is not Role.LEVEL or count.dimension != "人" or count.value < 100 or not _PUPILS.search(count.quantity.before):
            continue
        whole = wholes[0]
        fit = ratio_fits(whole.low / count.high, whole.high / count.low, average.value, average.quantity.step)
        if fit:
            return _average(page, whole, count, average, fit, 0.65)
        step = average.quantity.step
        if doubt is None and digit_slip(average.value, round(whole.value / count.value / step) * step, step):
            doubt = _average(page, whole, count, average, "", 0.4)
    return doubt


def _average(page: Page, whole: Figure, count: Figure, average: Figure, fit: str, confidence: float) -> Relation:
    computed = whole.value / count.value / average.quantity.scale
    shown = whole.printed if whole.quantity.scale == average.quantity.scale else number(whole.value / average.quantity.scale)
    reason = "the whole over the number of them gives the average" if fit else f"the whole over the number of them is {computed:.2f}"
    return make(
        page,
        "average",
        [count, whole, average],
        f"{shown}/{number(count.value)}",
        computed=computed,
        stated=average.quantity.number,
        holds=bool(fit),
        confidence=confidence,
        reason=reason,
        rounded=fit == "truncated",
    )


def _noun(average: Figure) -> str:
    """What is averaged: 生均校舍面积 → 校舍; empty where the average names nothing."""
    words = _EACH.sub("", average.quantity.before)
    match = re.search(r"[\u4e00-\u9fff]{2}", words)
    return match.group() if match and not words.startswith(("为", "达", "约")) else ""


def _one_count(page: Page, paired: Sequence[tuple[Figure, Figure, str]], *, within: bool) -> Iterator[Relation]:
    """Area a, per pupil x; area b, per pupil y, in one `;` clause: the numbers of pupils they imply must agree."""
    for (whole, average, each), (whole2, average2, each2) in itertools.pairwise(paired):
        apart = ";" in page.plain[average.end : whole2.start]
        if within and apart and all(_ATTRIBUTE.match(f.quantity.before) for f in (whole, whole2)):
            apart = False
        if each != each2 or apart == within:
            continue
        low, high = _count_between(whole, average)
        low2, high2 = _count_between(whole2, average2)
        holds = max(low, low2) <= min(high, high2) + 1e-9
        computed = whole2.value / (whole.value / average.value) / average2.quantity.scale
        yield make(
            page,
            "average",
            [whole, average, whole2, average2],
            f"{whole2.printed}/({whole.printed}/{average.printed})",
            computed=computed,
            stated=average2.quantity.number,
            holds=holds,
            confidence=0.7 if within else 0.55,
            reason=f"the first pair implies {whole.value / average.value:,.0f} of them, the second {whole2.value / average2.value:,.0f}",
        )


def _count_between(whole: Figure, average: Figure) -> tuple[float, float]:
    half = average.quantity.step / 2
    return whole.low / (average.value + half), whole.high / max(average.value - half, 1e-9)
