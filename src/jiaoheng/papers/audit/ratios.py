"""Ratios: 生师比 18.2:1 and 师生比 1:18.2 against the pupils and teachers stated near them.

Changes when a ratio is written in another way.
"""

__all__ = ["find_ratios"]

import re
from bisect import bisect_left
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Part, Relation, number, ratio_fits

_RATIO = re.compile(
    r"(?P<kind>生师比|师生比)(?:例)?(?:分别)?(?:达到?|为|约为|是)?\s?(?P<a>[0-9]{1,3}(?:\.[0-9]+)?)\s?[:∶]\s?(?P<b>[0-9]{1,3}(?:\.[0-9]+)?)"
)
_PUPILS = re.compile(r"生(?!均)|幼儿|儿童")
_TEACHERS = re.compile(r"教师|教职|专任")
_BACK = 10


def find_ratios(page: Page) -> Iterator[Relation]:
    """Each ratio with a pair of pupils and teachers of its paragraph that gives it; no pair is no finding."""
    starts = [f.start for f in page.figures]
    for match in _RATIO.finditer(page.plain):
        pupils_first = match.group("kind") == "生师比"
        many, one = match.group("a", "b") if pupils_first else match.group("b", "a")
        if float(one) != 1:
            continue
        places = len(many.partition(".")[2])
        at = bisect_left(starts, match.start())
        near = [
            f
            for f in page.figures[max(0, at - _BACK) : at]
            if f.role is Role.LEVEL and f.dimension == "人" and f.value >= 2 and match.start() - f.end < 300
        ]
        relation = _pair(page, near, match, float(many), 10.0**-places)
        if relation is not None:
            yield relation


def _pair(page: Page, near: list[Figure], match: re.Match[str], stated: float, step: float) -> Relation | None:
    pupils = [f for f in near if _PUPILS.search(f.quantity.before + f.quantity.after[:3])]
    teachers = [f for f in near if _TEACHERS.search(f.quantity.before + f.quantity.after[:3])]
    for few in reversed(teachers):
        for many in reversed(pupils):
            if many is not few and few.low > 0 and (fit := ratio_fits(many.low / few.high, many.high / few.low, stated, step)):
                return _relation(page, many, few, match, stated, fit)
    if len(pupils) == 1 and len(teachers) == 1 and teachers[0] is not pupils[0] and pupils[0].sentence == teachers[0].sentence:
        computed = pupils[0].value / teachers[0].value
        if 0.6 < computed / stated < 1.6:
            return _relation(page, pupils[0], teachers[0], match, stated, "")
    return None


def _relation(page: Page, many: Figure, few: Figure, match: re.Match[str], stated: float, fit: str) -> Relation:
    computed = round(many.value / few.value, 6)
    start, end = match.span("a")[0], match.span("b")[1]
    parts = [Part(f.start, f.end, page.text[f.start : f.end]) for f in (many, few)]
    parts.append(Part(start, end, page.text[start:end]))
    expression = f"{number(many.value)}/{number(few.value)} = {number(stated)}"
    reason = "pupils over teachers give the ratio" if fit else f"pupils over teachers are {computed:.2f}"
    severity = "rounding" if fit == "truncated" else "none" if fit else "question"
    line = (
        expression
        if fit == "rounded"
        else f"{number(many.value)}/{number(few.value)} = {number(computed)} {'≈' if fit else '≠'} {number(stated)}"
    )
    confidence = 0.75 if fit else 0.45
    return Relation("average", tuple(parts), expression, computed, stated, bool(fit), confidence, severity, f"{line}\n{reason}")
