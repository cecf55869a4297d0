"""Enumerations: a list of names that is counted, as in 甲、乙、丙等三所学校 or 小学、初中两个学段.

Changes when names are listed or counted in another way.
"""

__all__ = ["find_enumerations"]

import re
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Part, Relation, make
from jiaoheng.texts.numeral import parse_chinese

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
_SURE = 0.5
_COUNT_AND_NAMES = re.compile(
    r"(?<![0-9.第一二三四五六七八九十百])(?P<count>[0-9]{1,2}|[二两三四五六七八九十]{1,3})"
    r"(?P<noun>[个所家项类门种名位]?[\u4e00-\u9fff]{0,9})\((?P<names>[^()0-9,;:。\n]{1,40}?(?:、[^()0-9,;:。、\n]{1,24}){1,39})\)"
)
_NO_NOUN = frozenset(("", "是", "月", "年", "日", "号", "级", "期", "届"))


def find_enumerations(page: Page) -> Iterator[Relation]:
    """Each counted list: holds when as many names stand before the count as it says."""
    yield from _bracketed(page)
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


def _bracketed(page: Page) -> Iterator[Relation]:
    """7所学校(甲、乙、…), 三州(甲州、乙州、丙州), 甲、乙、丙3个县 being the other order: a bracket of names without
    figures after a count."""
    for match in _COUNT_AND_NAMES.finditer(page.plain):
        numeral, names = match.group("count"), match.group("names")
        stated = int(numeral) if numeral.isdigit() else parse_chinese(numeral)
        if stated is None or not 2 <= stated <= 40 or "等" in names or "如" in names[:2] or match.group("noun") in _NO_NOUN:
            continue
        listed = [name.strip() for name in names.split("、")]
        possible = {len(listed), len(listed) + len(_CONJUNCTION.findall(listed[-1]))}
        holds = stated in possible
        if not holds and (min(abs(stated - n) for n in possible) > 2 and len(listed) < 4):
            continue
        counted = stated if holds else len(listed)
        like = len({name[-1:] for name in listed}) == 1 and not min(map(len, listed)) < 2
        start, end = match.start("count"), match.end("names") + 1
        parts = (
            Part(start, match.end("noun"), page.text[start : match.end("noun")]),
            Part(match.start("names"), end - 1, page.text[match.start("names") : end - 1]),
        )
        expression = f"{'+'.join(['1'] * counted)} = {stated}"
        reason = f"{stated} names are listed after the count" if holds else f"{counted} names are listed, the count says {stated}"
        sure = 0.8 if holds else 0.6 if like or numeral.isdigit() else 0.45
        severity = "none" if holds else "fault" if sure >= _SURE else "question"
        line = expression if holds else f"{'+'.join(['1'] * counted)} = {counted} ≠ {stated}"
        yield Relation("sum", parts, expression, float(counted), float(stated), holds, sure, severity, f"{line}\n{reason}")


def _count(page: Page, figure: Figure, *, etc: bool) -> Relation | None:
    same, stop = page.plain, figure.start
    begin, first_pause, pauses = _list_before(same, stop)
    if not pauses or (begin > 0 and same[begin - 1].isdigit() and first_pause - begin < 3):
        return None  # the items carry figures of their own: a list of counts, not of names
    stated = int(figure.value)
    counts = _possible_counts(same, begin, first_pause, stop, pauses + 1, stated)
    if stated in counts:
        reason = f"{stated} names are listed before the count"
        return _finding(page, figure, stated, 0.8 if etc else 0.65, reason, holds=True)
    most = max(counts)
    if etc and stated < most <= stated + 3:
        reason = f"{pauses + 1} names are listed, the count says {stated}"
        return _finding(page, figure, pauses + 1, 0.55 if _alike(same[begin:stop]) else 0.35, reason, holds=False)
    if etc and most == stated - 1 and most >= 2:
        reason = f"{most} names are listed, one fewer than counted; 等 may stand for it"
        return _finding(page, figure, pauses + 1, 0.3, reason, holds=False)
    return None


def _list_before(same: str, stop: int) -> tuple[int, int, int]:
    """Where the list that ends at `stop` begins, where its first pause is, and how many pauses are outside brackets."""
    depth = pauses = 0
    first_pause = stop
    position = stop - 1
    for position in range(stop - 1, max(0, stop - _REACH) - 1, -1):
        c = same[position]
        if c in _CLOSERS:
            depth += 1
        elif c in _OPENERS:
            if depth == 0:
                return position + 1, first_pause, pauses
            depth -= 1
        elif depth == 0 and c == "、":
            pauses += 1
            first_pause = position
        elif depth == 0 and (c in _STOP or "0" <= c <= "9"):
            return position + 1, first_pause, pauses
    return max(position, 0), first_pause, pauses


def _possible_counts(same: str, begin: int, first_pause: int, stop: int, count: int, stated: int) -> set[int]:
    """How many names the list may hold: 和 may divide two more, quotes or titles side by side too, and the list may
    begin inside one of the clauses its pauses divide (由甲局、乙局与丙校、丁校等2所)."""
    tail = same[same.rfind("、", first_pause, stop) : stop]
    counts = {count, count + len(_CONJUNCTION.findall(tail))}
    if "”“" in tail or "》《" in same[first_pause:stop]:
        counts.update(range(count, count + same[max(begin, first_pause - 30) : stop].count("》《") + 1))
    if stated not in counts and stated < count:
        items = same[begin:stop].split("、")
        if len(items) > stated and _BEGINS.search(items[len(items) - stated]):
            counts.add(stated)
    return counts


def _finding(page: Page, figure: Figure, count: int, confidence: float, reason: str, *, holds: bool) -> Relation:
    return make(
        page,
        "sum",
        [figure],
        "+".join(["1"] * count),
        computed=count,
        stated=figure.value,
        holds=holds,
        confidence=confidence,
        reason=reason,
    )


def _alike(listed: str) -> bool:
    """True where every name of the list ends in the same two characters, as 甲小学、乙小学 do: then each pause
    divides two names."""
    names = [name.strip() for name in listed.split("、")]
    names[-1] = names[-1].removesuffix("共").removesuffix("等")
    ends = {name[-2:] for name in names if len(name) >= 2}
    return len(ends) == 1 and len(names) >= 2
