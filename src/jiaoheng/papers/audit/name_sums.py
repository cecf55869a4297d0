"""Name sums: a whole whose name is put together from the names of its parts, as 中小学 is from 中学 and 小学.

Changes when another such name is met. The parts may stand sentences later; what is counted must be named alike.
"""

__all__ = ["find_name_sums"]

import re
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, digit_slip
from jiaoheng.papers.audit.totals import add_up, sum_relation

_OWNER = re.compile(r"中小学|中学|小学|初高中|初中|高中|中小幼|幼儿园")
_MADE_OF = {"中小学": ("中学", "小学"), "初高中": ("初中", "高中")}
_GLUE = re.compile(r"其中|全[国省市县区]|现有|共有|总数|人数|为|有|达到?|共|的|:|,")
_AHEAD = 14  # level figures after the whole among which its parts are looked for


def find_name_sums(page: Page) -> Iterator[Relation]:
    """Each whole with a name made of two names, and the like figure of each of these that comes first after it."""
    named = list(_named(page))
    for n, (whole, owner, noun) in enumerate(named):
        if owner not in _MADE_OF or whole.value < 10:
            continue
        parts: list[Figure] = []
        for name in _MADE_OF[owner]:
            for figure, other, thing in named[n + 1 : n + 1 + _AHEAD]:
                if other == owner and thing == noun:
                    break
                if other == name and thing == noun and figure.dimension == whole.dimension:
                    parts.append(figure)
                    break
        if len(parts) != 2:
            continue
        parts.sort(key=lambda f: f.start)
        reason = "the figures of the same thing for each of the names in its name add up to it"
        if add_up(whole, parts):
            yield sum_relation(page, whole, parts, 0.85, reason)
            continue
        together = sum(f.value for f in parts)
        near = 0.6 < together / whole.value < 1.6
        if near or digit_slip(whole.value, together, whole.quantity.step):
            reason = "the figures of the same thing for each of the names in its name do not add up to it"
            yield sum_relation(page, whole, parts, 0.65, reason, holds=False)


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
