"""Partitions: a number of persons, then the same persons by schooling, by title, by age, one division after another.

Changes when reports divide persons in another customary way without saying 其中.
"""

__all__ = ["find_partitions"]

import re
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation
from jiaoheng.papers.audit.totals import add_up, labels_of, one_digit_away, sum_relation

_DIVISIONS = (
    ("age", re.compile(r"岁")),
    ("schooling", re.compile(r"研究生|硕士|博士|本科|专科|大专|中专(?![任业])|中师|高中(?:学历|毕业|及)")),
    ("title", re.compile(r"高级|中级|初级|副高|正高|特级教师|[一二三]级|未定级|未评|员级")),
    ("sex", re.compile(r"[男女]")),
)
_PERSONS = re.compile(r"教师|教职员?工|职工|干部|党员|学生|幼儿|园长|校长|人员")
_FURTHEST = 16  # figures after the total


def find_partitions(page: Page) -> Iterator[Relation]:
    """Each number of teachers, pupils… with every division of it that follows in its paragraph."""
    for total in page.figures:
        if (
            total.role is not Role.LEVEL
            or total.dimension != "人"
            or total.value < 10
            or total.depth
            or total.quantity.leaning
            or not _PERSONS.search(total.quantity.before)
            or _division(total.quantity.before)
        ):
            continue
        groups = list(_groups(page, total))
        for name, parts in groups:
            others = [sum(f.value for f in group) for _, group in groups if group is not parts]
            if add_up(total, parts):
                sure = 0.85 if len(parts) > 2 else 0.7
                yield sum_relation(page, total, parts, sure, "the next figures for the same thing add up to it")
                continue
            ratio = sum(f.value for f in parts) / total.value
            words = labels_of(page, parts)
            whole_range = name == "age" and any("以下" in w for w in words) and any("以上" in w for w in words)
            slip = one_digit_away(total, parts) >= 2
            if len(parts) > 2 and 0.6 < ratio < 1.6 and (slip or whole_range):
                agreed = total.value in others or sum(f.value for f in parts) in others
                sure = 0.65 if slip and (whole_range or agreed) else 0.55 if agreed else 0.45
                reason = (
                    "the next figures for the same thing miss it by one digit"
                    if slip
                    else "the figures for its divisions do not add up to it"
                )
                yield sum_relation(page, total, parts, sure, reason, holds=False)


def _division(words: str) -> str:
    return next((name for name, pattern in _DIVISIONS if pattern.search(words)), "")


def _groups(page: Page, total: Figure) -> Iterator[tuple[str, list[Figure]]]:
    """Runs of two persons' figures or more of one division after the total, until something else is counted."""
    following = [
        f
        for f in page.figures[total.index + 1 : total.index + 1 + 2 * _FURTHEST]
        if f.role is Role.LEVEL and f.depth == 0 and f.paragraph == total.paragraph
    ][:_FURTHEST]
    name, last = "", total
    group: list[Figure] = []
    for figure in following:
        between = page.plain[max(last.end, figure.start - 24) : figure.start]
        kind = _division(between)
        if figure.dimension != "人" or not kind or figure.value > total.value * 1.6 or figure.quantity.leaning:
            break
        if kind != name or ";" in between:
            if len(group) > 1:
                yield name, group
            name, group = kind, []
        group.append(figure)
        last = figure
    if len(group) > 1:
        yield name, group
