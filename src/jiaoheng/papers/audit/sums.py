"""Sums: a total and its parts, marked by 其中, by a bracket, by a colon, or standing side by side.

Changes when reports set out a total and its parts in another way. Parts in later lines belong to `columns`; lists of
names to `enumerations`.
"""

__all__ = ["find_sums"]

import re
from collections.abc import Iterator
from dataclasses import replace

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.kinds import division_of, divisions_of
from jiaoheng.papers.audit.relation import Relation, digit_slip, number
from jiaoheng.papers.audit.totals import (
    add_up,
    add_up_closely,
    labels_of,
    misfit,
    one_digit_away,
    part_above_whole,
    sum_relation,
)

_CUE = re.compile(
    r"其中|其它?包括|包括|包含|分为|(?:分别|即)[是为]?|含(?![量糖义税])|由(?=[^,。]{0,12}[0-9])|按[^,。0-9]{2,10}[分看][:,]?|(?<=[\u4e00-\u9fff])中[,:](?=[^,。;]{1,24}[0-9])"
)
_TOTAL_WORD = re.compile(
    r"共|总|合计|累计|各级各类|现有|全[县市区省乡镇校]|今年|发放|投入|完成|排查|发现|查[出找]|收到|受理|接[待收访]|办理|涉及"
)
_OVERALL = re.compile(r"共计|合计|总计|共有?$|总[数计]?为?$|累计")
_OUTSIDE = re.compile(r"教学点|校点|附设|附属|另|代管|兼|分校|民办|幼儿班|学前班")
_ROLES = (Role.LEVEL, Role.CHANGE)
_CLOSES = re.compile(r"(?:^|[,、])(?:合计|共计|总计|共)$|^(?:合计|共计|总计|共)(?:[\u4e00-\u9fff]{0,2})$")
_REST = re.compile(r"余下|其余|剩余|剩下|还有|另有|其他|其它")
_LONGEST = 24  # parts a list may have
_STRETCH = 120  # figures of one sentence looked at together

Key = tuple[str, Role]


def find_sums(page: Page) -> Iterator[Relation]:
    """Every total with its parts inside one sentence, or in a sentence that begins with 其中."""
    cues = [match.span() for match in _CUE.finditer(page.plain)]
    by_bracket: dict[int, list[Figure]] = {}
    for figure in page.figures:
        if figure.bracket >= 0:
            by_bracket.setdefault(figure.bracket, []).append(figure)
    previous: list[Figure] = []
    at = 0
    for figures, start, end in _stretches(page):
        flat = [f for f in figures if f.depth == 0]
        while at < len(cues) and cues[at][0] < start:
            at += 1
        here = at
        marks: list[tuple[int, int]] = []
        while here < len(cues) and cues[here][0] < end:
            marks.append(cues[here])
            here += 1
        brackets = dict.fromkeys(f.bracket for f in figures if f.bracket >= 0)
        for bracket in brackets:
            low, high, depth = page.brackets[bracket]
            hosts = [f for f in figures if f.end <= low and f.depth == depth - 1][-6:]
            yield from _cued(page, by_bracket[bracket][:_STRETCH], [m for m in marks if low < m[0] < high], hosts, low, bracket=True)
        open_marks = [m for m in marks if not any(page.brackets[b][0] < m[0] < page.brackets[b][1] for b in brackets)]
        held: set[int] = set()
        for relation in _cued(page, flat, open_marks, previous, start, bracket=False):
            if relation.holds:
                held.update(p.start for p in relation.parts)
            yield relation
        yield from _side_by_side(page, flat, held, [m[0] for m in open_marks])
        if flat:
            near = previous[-4:] if previous and previous[-1].paragraph == flat[0].paragraph else []
            previous = [*near, *flat]


def _stretches(page: Page) -> Iterator[tuple[list[Figure], int, int]]:
    """Each sentence's figures with its start and end; a sentence of very many figures (a table read as one line) in
    pieces."""
    for sentence, figures in page.sentences.items():
        start, end = page.start_of_sentence(sentence), page.end_of_sentence(sentence)
        for n in range(0, len(figures), _STRETCH):
            piece = figures[n : n + _STRETCH]
            last = n + _STRETCH >= len(figures)
            yield piece, start if n == 0 else piece[0].start, end if last else figures[n + _STRETCH].start


def _cued(
    page: Page, run: list[Figure], marks: list[tuple[int, int]], hosts: list[Figure], begin: int, *, bracket: bool
) -> Iterator[Relation]:
    """Totals and parts of one run of figures at one depth; `hosts` stand before the run and may be its total."""
    if not run:
        return
    spans: list[tuple[int, list[Figure]]] = [(mark[0], [f for f in run if f.start >= mark[1]]) for mark in marks]
    if bracket and (not marks or any(f.start < marks[0][0] for f in run)):
        spans.insert(0, (begin, run))
    elif not bracket and not marks:
        colon = _colon_list(page, run)
        if colon is not None:
            spans.append(colon)
    for n, (cue, after) in enumerate(spans):
        if not after or after[0].start - cue > 60:
            continue
        stop = spans[n + 1][0] if n + 1 < len(spans) else None
        near = [f for f in after if stop is None or f.start < stop][:_LONGEST]
        before = [*(hosts if bracket or cue - begin <= 8 else ()), *[f for f in run if f.end <= cue]]
        for key in dict.fromkeys((f.dimension, f.role) for f in near if f.role in _ROLES):
            totals = _totals(page, before, key, cue)
            word = page.plain[cue : cue + 1]
            if word == "中" and not bracket:
                totals = [f for f in totals if cue - f.end < 16 and not set(",;。") & set(page.plain[f.end : cue])]
            elif word == "按" and totals:
                totals = sorted(totals, key=lambda f: abs(sum(p.value for p in near if (p.dimension, p.role) == key) - f.value))
            if not totals:
                continue
            lists = list(_lists(page, near, after if stop is not None else None, key, cue))
            nested = _nested(page, [f for f in after if (f.dimension, f.role) == key], [s[0] for s in spans[n + 1 :]])
            if nested is not None:
                lists.append(nested)
            relation = _best(page, totals, lists, inside=bracket or word in "其含", far=cue - totals[0].end, nested=nested is not None)
            if relation is None or (not relation.holds and word in "分即由" and not _slipped(totals, relation)):
                continue
            yield relation


def _slipped(totals: list[Figure], relation: Relation) -> bool:
    """After 分别为 a list is often of something else; doubt it only where one digit would put it right."""
    stated, computed = relation.stated or 0.0, relation.computed or 0.0
    total = next(f for f in totals if f.start == relation.parts[0].start)
    return (
        relation.confidence < 0.5 and len(relation.parts) > 2 and digit_slip(stated, computed, total.quantity.step / total.quantity.scale)
    )


def _colon_list(page: Page, run: list[Figure]) -> tuple[int, list[Figure]] | None:
    for n, figure in enumerate(run[:-2]):
        colon = page.plain.find(":", figure.end, figure.end + 10)
        if colon >= 0 and run[n + 1].start > colon:
            return colon, run[n + 1 :]
    return None


def _totals(page: Page, before: list[Figure], key: Key, cue: int) -> list[Figure]:
    """Figures before the cue that may be the total of parts of this key: the nearest first, at most three."""
    dimension, role = key
    near = [f for f in before if f.role is role and (f.dimension == dimension or (not f.dimension and role is Role.LEVEL))]
    if not near and dimension in ("个", "人", "项", "名"):
        near = [f for f in before if f.role is role and f.dimension in ("幅", "件", "篇", "项", "个", "节", "人次", "份")][-1:]
    found = [f for f in reversed(near) if cue - f.end < 120][:3]
    return found


def _lists(page: Page, near: list[Figure], beyond: list[Figure] | None, key: Key, cue: int) -> Iterator[list[Figure]]:
    """The ways the figures after a cue may be a list of parts: all, the first of each `;` clause, up to a `;`, past a
    nested cue."""
    dimension, role = key
    parts = [f for f in near if f.role is role and f.dimension == dimension]
    yield parts
    pool = parts if beyond is None else [f for f in beyond if f.role is role and f.dimension == dimension][:_LONGEST]
    if beyond is not None and len(pool) > len(parts):
        yield pool
    clauses: list[list[Figure]] = []
    last_end = cue
    for figure in pool:
        if not clauses or ";" in page.plain[last_end : figure.start]:
            clauses.append([])
        clauses[-1].append(figure)
        last_end = figure.end
    if len(clauses) > 1:
        yield clauses[0]
        yield [clause[0] for clause in clauses]
    loose = [f for f in near if f.role is role and (f.dimension == dimension or not f.dimension)]
    if len(loose) > len(parts):
        yield loose


def _nested(page: Page, pool: list[Figure], cues: list[int]) -> list[Figure] | None:
    """A列1所,B2所;C7所,其中:…;D3所,其中:…: the parts of the outer list, those of a nested 其中 left out up to its ;"""
    kept: list[Figure] = []
    skipping, inner, last_end = False, 0, 0
    for figure in pool:
        if last_end:
            between = page.plain[last_end : figure.start]
            stop = between.rfind(";")
            if stop >= 0:
                skipping = False
            if any(last_end + stop < cue < figure.start for cue in cues):
                if len(kept) < 2:
                    return None  # A x,其中a;B y,其中b: sister clauses, not one list
                skipping, inner = True, inner + 1
        if not skipping:
            kept.append(figure)
        last_end = figure.end
    return kept[:_LONGEST] if inner and 3 <= len(kept) < len(pool) else None


def _meant(page: Page, total: Figure, lists: list[list[Figure]]) -> list[Figure] | None:
    """The reading of a list that one digit puts right, up to a `;` or where the kind of its parts changes."""
    for parts in lists:
        ends = [n for n in range(2, len(parts)) if ";" in page.plain[parts[n - 1].end : parts[n].start]]
        for size in [len(parts), *ends]:
            if size >= 2 and one_digit_away(total, parts[:size]) >= 3:
                return parts[:size]
    parts = lists[0]
    if len(parts) <= 2:
        return None
    labels = labels_of(page, parts)
    for division in divisions_of(labels[:2]):
        if division.name in ("title", "schooling", "age", "sex", "ownership"):
            size = next((n for n in range(2, len(parts)) if not division.pattern.search(labels[n])), len(parts))
            if size < len(parts) and sum(f.value for f in parts[:size]) > total.value * 0.6:
                return parts[:size]
    return None


def _best(page: Page, totals: list[Figure], lists: list[list[Figure]], *, inside: bool, far: int, nested: bool) -> Relation | None:
    """The first reading that holds; otherwise the plainest reading, as a fault or a question."""
    for nth, total in enumerate(totals):
        for parts in lists:
            if nth and len(parts) == 2 and len(lists[0]) > 2:
                continue  # two of several parts reach a total further away only by chance
            if len(parts) >= 2 and add_up(total, parts):
                return sum_relation(page, total, parts, 0.95, "the parts listed after the total add up to it")
    for nth, total in enumerate(totals):
        for parts in lists:
            for size in range(len(parts) - 1, 2 if nth else 1, -1):
                if add_up(total, parts[:size]) and total.value >= 10:
                    return sum_relation(page, total, parts[:size], 0.85, "the first parts of the list add up to the total")
    parts = lists[-1] if nested and inside else _plainest(lists[: -1 if nested else None])
    if inside and (meant := _meant(page, totals[0], lists)) is not None:
        return misfit(page, totals[0], meant, far=far, announced=True)
    computed = sum(f.value for f in parts)
    total = next((t for t in totals if len(parts) >= 3 and digit_slip(t.value, computed, t.quantity.step)), totals[0])
    if len(parts) >= 4 and total.value >= 50:
        for left_out in parts:
            if _OUTSIDE.search(left_out.quantity.before + left_out.quantity.after):
                rest = [f for f in parts if f is not left_out]
                if add_up(total, rest):
                    return sum_relation(
                        page,
                        total,
                        rest,
                        0.6,
                        f"they add up if {number(left_out.quantity.number)} stands outside the total",
                    )
    if len(parts) < 2:
        return part_above_whole(page, total, parts, far=far) if inside else None
    doubt = misfit(page, total, parts, far=far, announced=inside)
    if doubt is not None and nested and not one_digit_away(total, parts):
        return replace(doubt, confidence=min(doubt.confidence, 0.45), severity="question")
    return doubt


def _plainest(lists: list[list[Figure]]) -> list[Figure]:
    """Of several readings of a list, the one to doubt: up to the first `;` where a nested list follows, else the
    whole list."""
    whole = lists[0]
    if len(lists) == 1 or not whole:
        return whole
    if len(lists[1]) > len(whole):  # a nested cue follows: the first of each clause, or the first clause
        clauses = lists[2:4]
        if len(whole) == 1 and len(clauses) == 2:
            return clauses[1] if len(clauses[1]) >= 2 and len(clauses[0]) > 1 else whole
        if clauses and len(clauses[0]) < len(whole):
            return clauses[0]
    return whole


def _side_by_side(page: Page, flat: list[Figure], held: set[int], cues: list[int]) -> Iterator[Relation]:
    """A total and its parts without a cue: figures of one dimension one after another that add up exactly."""
    if len(flat) < 3:
        return
    keys: dict[Key, list[Figure]] = {}
    for figure in flat:
        if figure.role in _ROLES:
            keys.setdefault((figure.dimension, figure.role), []).append(figure)
    for run in keys.values():
        taken = -1
        for n in range(len(run) - 2):
            if n <= taken or run[n].start in held:
                continue
            reach = _reach(run, n)
            if reach is not None:
                total, parts, taken = reach
                confidence = 0.8 if total.value >= 100 else 0.6
                yield sum_relation(page, total, parts, confidence, "figures side by side add up")
            elif _TOTAL_WORD.search(run[n].quantity.before):
                question = _almost(page, run, n, cues)
                if question is not None:
                    yield question
        yield from _closing_totals(page, run, held)


def _closing_totals(page: Page, run: list[Figure], held: set[int]) -> Iterator[Relation]:
    """A、B、C,合计N that does not add up: everything before it in its `;` clause was meant, or all of the sentence."""
    for n in range(2, len(run)):
        total = run[n]
        if total.start in held or not _CLOSES.search(total.quantity.before) or total.quantity.leaning:
            continue
        begin = n
        while begin and n - begin < _LONGEST and ";" not in page.plain[run[begin - 1].end : run[begin].start]:
            begin -= 1
        parts = run[begin:n]
        if len(parts) < 2 or any(add_up(total, run[m:n]) for m in range(max(0, n - _LONGEST), n - 1)) or parts[0].value >= total.value:
            continue
        computed = sum(f.value for f in parts)
        slip = digit_slip(total.value, computed, total.quantity.step)
        if slip or 0.8 < computed / total.value < 1.25:
            sure = 0.55 if slip and total.value >= 100 * total.quantity.step else 0.4
            yield sum_relation(page, total, parts, sure, "the figures before it do not add up to it", holds=False)


def _reach(run: list[Figure], n: int) -> tuple[Figure, list[Figure], int] | None:
    """The shortest list from place n whose first figure is the sum of the rest, or whose last is the sum of those
    before."""
    first = run[n]
    least = 20 * (1 if first.quantity.exact else first.quantity.step)
    top = min(len(run), n + _LONGEST)
    if first.value >= least:
        total = 0.0
        for m in range(n + 1, top):
            total += run[m].value
            if m > n + 1 and add_up_closely(first, run[n + 1 : m + 1]):
                return first, run[n + 1 : m + 1], m
            if total > first.high * 1.2:
                break
    elif first.value >= 5 and n + 2 < top and _REST.search(run[n + 2].quantity.before) and add_up_closely(first, run[n + 1 : n + 3]):
        return first, run[n + 1 : n + 3], n + 2
    total = 0.0
    for m in range(n, min(len(run) - 1, n + 10)):
        total += run[m].value
        last = run[m + 1]
        overall = _OVERALL.search(last.quantity.before)
        if m > n and (overall or (m > n + 1 and last.value >= least)) and add_up_closely(last, run[n : m + 1]):
            return last, run[n : m + 1], m + 1
        if overall:
            break
    return None


def _almost(page: Page, run: list[Figure], n: int, cues: list[int]) -> Relation | None:
    """A total word, then parts of one customary division that miss it by about a digit: worth a question."""
    total = run[n]
    if any(total.end <= cue <= run[n + 1].start for cue in cues) or total.value < 30:
        return None
    computed = 0.0
    for m in range(n + 1, min(len(run), n + 14)):
        computed += run[m].value
        parts = run[n + 1 : m + 1]
        if len(parts) >= 2 and digit_slip(total.value, computed, total.quantity.step):
            division = division_of(labels_of(page, parts))
            if division is not None or (len(parts) >= 3 and total.value >= 1000 and 0.9 < computed / total.value < 1.1):
                if ";" in page.plain[total.end : parts[-1].start] or _OVERALL.search(total.quantity.before[-3:]):
                    return None
                sure = division is not None and len(parts) >= 3 and total.value >= 100 and division.complete > 0.8
                return sum_relation(
                    page,
                    total,
                    parts,
                    0.55 if sure else 0.4,
                    "the figures that follow miss the total by one digit",
                    holds=False,
                )
        if computed > total.value * 2:
            break
    return None
