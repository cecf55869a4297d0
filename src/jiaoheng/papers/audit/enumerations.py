"""Enumerations: a list of names that is counted, as in 甲、乙、丙等三所学校 or 小学、初中两个学段.

Changes when names are listed or counted in another way.
"""

__all__ = ["find_enumerations"]

import re
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, make

_OPENERS, _CLOSERS = "“《(‘", "”》)’"
_STOP = ",。;:!?\n"
_CONJUNCTION = re.compile(r"(?<=[\u4e00-\u9fff”》)])[和与及](?!谐|平|田|县|乡|镇|睦|时)(?=[\u4e00-\u9fff“《])")
_COUNTED = frozenset(
    (
        "个",
        "项",
        "门",
        "科",
        "类",
        "种",
        "户",
        "镇",
        "乡",
        "校",
        "村",
        "部门",
        "层",
        "级",
        "支",
        "件",
        "人",
        "场",
        "期",
        "县",
        "方",
        "条",
        "大",
        "环节",
        "次",
        "本",
    )
)
_BEGINS = re.compile(r"[与对向在为由将从把被给到以了”》)](?=[^、]{2})")
_REACH = 220


def find_enumerations(page: Page) -> Iterator[Relation]:
    """Each counted list: holds when as many names stand before the count as it says."""
    for figure in page.figures:
        q = figure.quantity
        if figure.role is not Role.LEVEL or q.dimension not in _COUNTED or not 2 <= figure.value <= 40 or not q.exact:
            continue
        before = q.before
        etc = before.endswith(("等", "等共", "共")) or before == "等"
        if not etc and (not (q.spelled or figure.value <= 12) or not before or page.plain[figure.start - 1] in "、,。;:( \n"):
            continue
        relation = _count(page, figure, etc=etc)
        if relation is not None:
            yield relation


def _count(page: Page, figure: Figure, *, etc: bool) -> Relation | None:
    same, stop = page.plain, figure.start
    at = max(0, stop - _REACH)
    depth = pauses = 0
    position = stop - 1
    first_pause = stop
    while position >= at:
        c = same[position]
        if c in _CLOSERS:
            depth += 1
        elif c in _OPENERS:
            if depth == 0:
                break
            depth -= 1
        elif depth == 0:
            if c == "、":
                pauses += 1
                first_pause = position
            elif c in _STOP or "0" <= c <= "9":
                break
        position -= 1
    last = same.rfind("、", first_pause, stop) if pauses else max(position + 1, at)
    tail = same[last:stop]
    conjunctions = len(_CONJUNCTION.findall(tail))
    if not pauses or (same[position].isdigit() and first_pause - position < 4):
        return None  # the items carry figures of their own: a list of counts, not of names
    count = pauses + 1
    stated = int(figure.value)
    counts = {count, count + conjunctions}
    if "”“" in tail or "》《" in same[first_pause:stop]:
        counts.update(range(count, count + same[max(at, first_pause - 30) : stop].count("》《") + 1))
    if (
        stated not in counts and stated < count
    ):  # the list may begin inside one of the clauses the pauses divide: 由甲局、乙局与丙校、丁校等2所
        items = same[position + 1 : stop].split("、")
        if len(items) > stated and _BEGINS.search(items[len(items) - stated]):
            counts.add(stated)
    shown = "+".join(["1"] * stated) if stated in counts else "+".join(["1"] * count)
    parts = [figure]
    if stated in counts:
        return make(
            page,
            "sum",
            parts,
            shown,
            computed=stated,
            stated=stated,
            holds=True,
            confidence=0.8 if etc else 0.65,
            reason=f"{stated} names are listed before the count",
        )
    if max(counts) > stated and etc and max(counts) <= stated + 3 and stated >= 2:
        alike = _alike(same[position + 1 : stop])
        return make(
            page,
            "sum",
            parts,
            shown,
            computed=count,
            stated=stated,
            holds=False,
            confidence=0.55 if alike else 0.35,
            reason=f"{count} names are listed, the count says {stated}",
        )
    if etc and max(counts) == stated - 1 and max(counts) >= 2:
        return make(
            page,
            "sum",
            parts,
            shown,
            computed=count,
            stated=stated,
            holds=False,
            confidence=0.3,
            reason=f"{count} names are listed, one fewer than counted; 等 may stand for it",
        )
    return None


def _alike(listed: str) -> bool:
    """True where every name of the list ends in the same two characters, as 甲小学、乙小学 do: then each pause
    divides two names."""
    names = [name.strip() for name in listed.split("、")]
    names[-1] = names[-1].removesuffix("共").removesuffix("等")
    ends = {name[-2:] for name in names if len(name) >= 2}
    return len(ends) == 1 and len(names) >= 2
