"""Name sums: a whole whose name is put together from the names of its parts, as 中小学 is from 中学 and 小学.

Changes when another such name is met. The parts may stand sentences later; what is counted must be named alike.
"""

__all__ = ["find_name_sums"]

import re
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, digit_slip
from jiaoheng.papers.audit.totals import add_up, sum_relation

_OWNER = re.compile(r"义务教育|中小学|中学|小学|初高中|初中|高中|中小幼|幼儿园")
_MADE_OF = {"中小学": ("中学", "小学"), "初高中": ("初中", "高中"), "义务教育": ("小学", "初中")}
_GLUE = re.compile(r"其中|全[国省市县区]|现有|共有|总数|人数|为|有|达到?|共|的|阶段|:|,")
_AHEAD = 14  # level figures after the whole among which its parts are looked for


def find_name_sums(page: Page) -> Iterator[Relation]:
    """Each whole with a name made of two names, and the like figure of each of these that comes first after it."""
    named = list(_named(page))
    for n, (whole, owner, noun) in enumerate(named):
        if owner not in _MADE_OF or whole.value < 10:
            continue
        parts: list[Figure] = []
        for name in _MADE_OF[owner]:
            found = _of_name(named[n + 1 : n + 1 + _AHEAD], name, owner, noun, whole)
            if found is None and owner == "义务教育":  # its parts may stand before it
                found = _of_name(named[max(0, n - _AHEAD) : n][::-1], name, owner, noun, whole)
            if found is not None:
                parts.append(found)
        if len(parts) != 2 or (owner == "义务教育" and not noun):
            continue
        parts.sort(key=lambda f: f.start)
        reason = "the figures of the same thing for each of the names in its name add up to it"
        if add_up(whole, parts):
            yield sum_relation(page, whole, parts, 0.85, reason)
            yield from _changes(page, whole, parts)
            continue
        together = sum(f.value for f in parts)
        near = 0.6 < together / whole.value < 1.6
        if owner == "义务教育":  # nine-year schools stand outside 小学 and 初中: only persons are doubted, and one digit
            near = False
        if near or digit_slip(whole.value, together, whole.quantity.step):
            reason = "the figures of the same thing for each of the names in its name do not add up to it"
            yield sum_relation(page, whole, parts, 0.65, reason, holds=False)


def _of_name(named: list[tuple[Figure, str, str]], name: str, owner: str, noun: str, whole: Figure) -> Figure | None:
    """The first figure of one name and noun, before the next figure of the whole's own name."""
    for figure, other, thing in named:
        if other == owner and thing == noun:
            return None
        if other == name and thing == noun and figure.dimension == whole.dimension:
            return figure
    return None


def _changes(page: Page, whole: Figure, parts: list[Figure]) -> Iterator[Relation]:
    """The changes that follow the whole and each part at once, as in 在校生a人,比上年增加b人, add up as these do."""
    changes = [page.figures[f.index + 1] for f in (whole, *parts) if f.index + 1 < len(page.figures)]
    if len(changes) == 3 and all(c.role is Role.CHANGE and c.dimension == whole.dimension and c.subject is not None for c in changes):
        reason = "the figures of the same thing for each of the names in its name add up to it"
        if add_up(changes[0], changes[1:]):
            yield sum_relation(page, changes[0], changes[1:], 0.8, reason)
        elif all(c.quantity.exact for c in changes):
            reason = "the figures of the same thing for each of the names in its name do not add up to it"
            yield sum_relation(page, changes[0], changes[1:], 0.6, reason, holds=False)


def _named(page: Page) -> Iterator[tuple[Figure, str, str]]:
    """Each level outside brackets with the kind of school it is said of (from its words, or the figure before it in
    the sentence) and what is counted."""
    owner, sentence = "", -1
    for figure in page.figures:
        if figure.depth or figure.role is Role.OTHER:
            continue
        if figure.sentence != sentence:
            owner, sentence = "", figure.sentence
        before = figure.quantity.before
        found = list(_OWNER.finditer(before))
        if found:
            owner = found[-1].group()
            before = before[found[-1].end() :]
        if figure.role is Role.LEVEL and owner and not figure.quantity.leaning:
            yield figure, owner, _GLUE.sub("", before)
