"""Duplicates: one quantity stated twice, in one text or in two; the values must be the same.

Changes when two statements must be recognised as one quantity in another way.
"""

__all__ = ["find_duplicates", "subject_of"]

import re
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, digit_slip, make

_IDLE = re.compile(
    r"其中|分别|全[县市区省乡镇校]|我[县市区省乡镇校]|各级各类|现有|共有|已有|共|有|为|达到?|总[数计]?|目前|今年|年底?|[0-9]+|约|近|[\s:]"
)
_VERB = re.compile(
    r"增|减|新|招|投入|发放|补助|培训|开展|组织|完成|奖|评|获|改造|毕业|建设|认定|参加|录取|上线|比|举办|安排|资助|拨付|检查|整改|排查|受理|印发|公开|选派"
)
_OWNER = re.compile(r"公办|民办|集体办")
_STAGE = re.compile(r"幼儿园|学前教育|小学|初中|普通高中|中职")
_STAGES = {"学前教育": "幼儿园"}
_PLANNED = re.compile(r"预计|计划|规划|力争|目标|届时|到20[0-9]{2}年|将(?:达|有|新)")
_YEAR = re.compile(r"(20[0-9]{2}|去年|上年|今年|明年|“?十[一二三四]五”?)")


def subject_of(figure: Figure) -> str:
    """The words for what is counted, without whose it is; empty where they are too few to be sure of."""
    q = figure.quantity
    words = _IDLE.sub("", q.before)
    if len(words) < 2 or not re.search(r"[\u4e00-\u9fff]{2}", words):
        words = _IDLE.sub("", q.after[:8])
    return words if len(words) >= 2 else ""


def find_duplicates(page: Page) -> Iterator[Relation]:
    """Equal values stated twice in the same words, and different values stated for exactly the same words."""
    by_words: dict[tuple[str, str], Figure] = {}
    by_value: dict[tuple[float, str, str], Figure] = {}
    by_owner: dict[tuple[str, str, str], Figure] = {}
    for figure in page.figures:
        if figure.role is not Role.LEVEL or figure.quantity.leaning or figure.quantity.upper is not None:
            continue
        owner = _owner_and_stage(page, figure)
        if owner is not None:
            earlier = by_owner.setdefault(owner, figure)
            if (
                earlier is not figure
                and earlier.value != figure.value
                and 0.8 < earlier.value / figure.value < 1.25
                and earlier.sentence != figure.sentence
            ):
                yield _relation(
                    page,
                    earlier,
                    figure,
                    0.5,
                    "two values for one quantity; say so where their scope or date differs",
                    holds=False,
                )
                continue
        subject = subject_of(figure)
        if not subject:
            continue
        first = by_value.get((figure.value, figure.dimension, subject[:2])) or by_value.get((figure.value, figure.dimension, subject[-2:]))
        if first is not None and _alike(first, figure):
            yield _relation(page, first, figure, 0.7 if figure.value >= 100 else 0.55, "stated twice, alike")
        elif (before := by_words.get((subject, figure.dimension))) is not None and before.value != figure.value:
            relation = _differs(page, before, figure, subject)
            if relation is not None:
                yield relation
        by_words.setdefault((subject, figure.dimension), figure)
        by_value.setdefault((figure.value, figure.dimension, subject[:2]), figure)
        by_value.setdefault((figure.value, figure.dimension, subject[-2:]), figure)


def _alike(first: Figure, second: Figure) -> bool:
    """Equal values in like words. A large number seldom returns by chance; a small one needs nearly the same words, and
    two items of one enumeration are two things."""
    if second.value >= 1000 and second.value % 100 != 0:
        return True
    if first.sentence == second.sentence and (first.depth == second.depth or second.value < 10):
        return False
    if first.quantity.spelled != second.quantity.spelled and second.value >= 5:
        return True
    pairs = [_pairs(f) for f in (first, second)]
    shared, fewer = len(pairs[0] & pairs[1]), min(len(pairs[0]), len(pairs[1]))
    return fewer > 0 and shared >= (0.6 if second.value >= 10 else 1.0) * fewer and (second.value >= 10 or fewer >= 3)


def _pairs(figure: Figure) -> set[str]:
    words = _IDLE.sub("", figure.quantity.before + figure.quantity.after[:10])
    return {words[i : i + 2] for i in range(len(words) - 1)}


def _owner_and_stage(page: Page, figure: Figure) -> tuple[str, str, str] | None:
    """民办 + 幼儿园, whether written together or as 学前教育55所(…民办43所…); only for numbers of schools of some
    size."""
    q = figure.quantity
    if q.unit != "所" or figure.value < 5 or len(q.before) > 14 or _VERB.search(q.before) or "普惠" in q.before:
        return None
    owner = _OWNER.search(q.before)
    if owner is None:
        return None
    stage = _STAGE.search(q.before)
    if stage is None and figure.bracket >= 0:
        begin = page.brackets[figure.bracket][0]
        stage = _STAGE.search(page.plain[max(0, begin - 14) : begin])
    if stage is None:
        return None
    year = _YEAR.search(page.plain[page.start_of_sentence(figure.sentence) : figure.start])
    return (
        owner.group(),
        _STAGES.get(stage.group(), stage.group()),
        year.group() if year and year.group()[0] in "去上明" else "",
    )


def _differs(page: Page, first: Figure, second: Figure, subject: str) -> Relation | None:
    if len(subject) < 3 or _VERB.search(subject) or first.depth or second.depth or max(first.value, second.value) < 10:
        return None
    begins = [max(page.start_of_sentence(f.sentence), page.plain.rfind(";", 0, f.start)) for f in (first, second)]
    planned = [bool(_PLANNED.search(page.plain, begin, f.start)) for begin, f in zip(begins, (first, second), strict=True)]
    if planned[0] != planned[1]:
        return None
    years = [set(_YEAR.findall(page.plain[page.start_of_sentence(f.sentence) : f.start])) for f in (first, second)]
    if years[0] != years[1] and (years[0] and years[1]):
        return None
    slip = digit_slip(first.value, second.value, first.quantity.step)
    total = all(
        re.search(r"全[县市区]|共|各级各类", page.plain[max(0, f.start - len(f.quantity.before) - 4) : f.start]) for f in (first, second)
    )
    ratio = first.value / second.value if second.value else 0
    if not (slip or (total and 0.8 < ratio < 1.25)):
        return None
    if slip and total and len(subject) >= 4:
        return _relation(page, first, second, 0.45, "two values for one quantity; their scope or date may differ", holds=False)
    return _relation(page, first, second, 0.4, "two values in the same words; their scope or date may differ", holds=False)


def _relation(page: Page, first: Figure, second: Figure, confidence: float, reason: str, *, holds: bool = True) -> Relation:
    scale = second.quantity.scale
    return make(
        page,
        "duplicate",
        [first, second],
        first.printed if first.quantity.scale == scale else f"{first.value / scale:.10g}",
        computed=first.value / scale,
        stated=second.quantity.number,
        holds=holds,
        confidence=confidence,
        reason=reason,
    )
