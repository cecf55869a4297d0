"""Columns: a total in one paragraph and its parts in the next ones, each measured by the same words (招生, 在校生,
校舍面积).

Changes when reports lay figures out by line in another way. One column that adds up shows that the lines belong
together; the other
columns of the same lines are then expected to add up too.
"""

__all__ = ["find_columns", "measure_of"]

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, digit_slip
from jiaoheng.papers.audit.totals import add_up, add_up_closely, sum_relation

_DROPPED = re.compile(
    r"其中|分别|全[县市区省乡镇校国]|我[县市区省乡镇校]|各级各类|普通|中等|职业|教育|小学|初中|高中|中学|中职|幼儿园?|学前|特殊|特教|义务|阶段|初级|高级|完全|九年一贯制"
    r"|公办|民办|城区|农村|乡镇|县直|城镇|技工|技术|段|包括|和|共有|现有|共|总|有|为|数|达到?|的|今年|本?学年|\([^)]*\)?|[0-9年]+|[\s(:-]"
)
_SCHOOL = re.compile(r"学校|小学|中学|校数|园数|幼儿园|高中|初中|职[校中高]|[一-龥]校$|院$")
_LEVELLED = re.compile(r",?\s?(?:与|和|同)(?:去年|上年|上学年|前年)(?:同期)?(?:一致|持平|相同|一样)|,?\s?(?:同比|与上年|较上年)?持平")
_PEOPLE = (
    ("招生", re.compile(r"招生|新生|招收|录取")),
    ("毕业", re.compile(r"毕业")),
    ("贫困", re.compile(r"资助|困难|残疾|留守|随迁|寄宿|送教|随班|建档|补助|培训|女")),
    ("教职", re.compile(r"教职(?:员)?工")),
    ("专任", re.compile(r"专任")),
    ("教师", re.compile(r"教师|老师")),
    ("学生", re.compile(r"在校|在园|学生|幼儿|小学生|[初高中]生|儿童")),
)
_PLANNED = re.compile(r"规划|届时|预计|计划(?!生育|单列)|拟[新建招]|力争")
_FURTHEST = 8  # lines a total may have parts in
_TOTALS = re.compile(r"共|总|合计|各级各类|^全[县市区]")
_LONGEST_LIST = 16  # numbered lines
_SEQUENCE = 9  # parts of a single column

Column = tuple[str, str, Role]


def measure_of(figure: Figure) -> str:
    """The word that says what is measured, without whose it is: 普通高中在校生 → 在校; empty where nothing is left."""
    q = figure.quantity
    if q.dimension == "个" and q.unit.endswith("所"):
        return "所"
    if q.before.endswith(("班级", "教学班", "班级数", "教学班数")):
        return "班"
    if q.dimension == "人":
        for name, pattern in _PEOPLE:
            if pattern.search(q.before):
                return name
    words = _DROPPED.sub("", q.before) or _DROPPED.sub("", q.after[:8])
    return words[:2]


def find_columns(page: Page) -> Iterator[Relation]:
    """Totals whose parts stand in later (or earlier) lines or sentences."""
    rows = _rows(page)
    seen: set[int] = set()
    for relation in _grouped(page, rows):
        if relation.holds:
            seen.add(relation.parts[0].start)
        yield relation
    yield from _single(page, rows, seen)


def _rows(page: Page) -> list[tuple[int, dict[Column, Figure]]]:
    """One row per paragraph, or per sentence that opens with a number of schools: its columns, the first figure of
    each."""
    rows: list[tuple[int, dict[Column, Figure]]] = []
    current: dict[Column, Figure] = {}
    line = -1
    measure = ""
    for figure in page.figures:
        schools = figure.role is Role.LEVEL and figure.quantity.unit == "所" and ("所", "个", Role.LEVEL) in current
        opens = schools and page.plain[page.start_of_sentence(figure.sentence) : figure.start].strip() == figure.quantity.before
        if figure.paragraph != line or opens:
            if current:
                rows.append((line, current))
            current, line, measure = {}, figure.paragraph, ""
        if figure.depth:
            continue
        if figure.role is Role.LEVEL:
            measure = measure_of(figure)
            if measure and _PLANNED.search(page.plain, page.start_of_sentence(figure.sentence), figure.start):
                measure = f"规划{measure}"  # what is planned is another column than what there is
            if measure and _LEVELLED.match(page.plain, figure.end):
                still = replace(figure, role=Role.CHANGE, value=0.0, low=0.0, high=0.0)
                current.setdefault((measure, figure.dimension, Role.CHANGE), still)
        elif figure.role is not Role.CHANGE:
            continue
        if measure:
            current.setdefault((measure, figure.dimension, figure.role), figure)
    if current:
        rows.append((line, current))
    return rows


def _grouped(page: Page, rows: list[tuple[int, dict[Column, Figure]]]) -> Iterator[Relation]:
    """Blocks of lines in which several columns add up together."""
    for n, (_, head) in enumerate(rows):
        if len(head) < 2:
            continue
        best: tuple[int, list[tuple[Figure, list[Figure], bool]]] | None = None
        below: dict[Column, list[Figure]] = {column: [] for column in head}
        for size, (_, row) in enumerate(rows[n + 1 : n + 1 + _FURTHEST], start=1):
            for column in head:
                if column in row:
                    below[column].append(row[column])
            if size < 2:
                continue
            fitting = [c for c, total in head.items() if len(below[c]) >= 2 and add_up(total, below[c])]
            solid = any(head[c].value >= 30 * head[c].quantity.step for c in fitting)
            if solid and len(fitting) >= 2 and (best is None or len(fitting) > best[0]):
                checked = [(head[c], list(parts), c in fitting, len(parts) == size) for c, parts in below.items() if len(parts) >= 2]
                best = len(fitting), [(t, p, fits) for t, p, fits, whole in checked if fits or whole]
        if best is None:
            continue
        held, columns = best
        failing = sum(not fits for _, _, fits in columns)
        for total, parts, fits in columns:
            if fits:
                yield sum_relation(page, total, parts, 0.85, f"the lines below add up in {held} columns, this one among them")
                continue
            computed = sum(f.value * f.sign for f in parts)
            near = (
                digit_slip(total.value, abs(computed), total.quantity.step) or abs(computed - total.value * total.sign) < total.value * 0.2
            )
            confidence = 0.6 if held > failing and near else 0.35
            if abs(computed - total.value * total.sign) <= 2.5 * _grain(total) and not total.quantity.exact:
                confidence = 0.4  # each figure may itself be a difference of rounded ones
            yield sum_relation(
                page,
                total,
                parts,
                confidence,
                f"{held} other columns of these lines add up, this one does not",
                holds=False,
            )


def _grain(figure: Figure) -> float:
    return figure.quantity.step


def _single(page: Page, rows: list[tuple[int, dict[Column, Figure]]], seen: set[int]) -> Iterator[Relation]:
    """One column alone: a figure of some size that the next figures of the same measure add up to exactly."""
    columns: dict[tuple[str, str], list[Figure]] = {}
    for figure in page.figures:
        if figure.role is Role.LEVEL and figure.depth == 0 and figure.value >= 20 and not figure.quantity.leaning:
            measure = measure_of(figure)
            if measure:
                columns.setdefault((measure, figure.dimension), []).append(figure)
    yield from _one_dimension(page, seen)
    yield from _itemised(page)
    for run in columns.values():
        for n in range(len(run) - 2):
            total = run[n]
            if total.start in seen or total.value < 60 * (1 if total.quantity.exact else total.quantity.step):
                continue
            computed = 0.0
            for m in range(n + 1, min(len(run), n + _SEQUENCE + 1)):
                if run[m].sentence == total.sentence and run[-1].sentence == total.sentence:
                    break
                computed += run[m].value
                if m > n + 1 and add_up_closely(total, run[n + 1 : m + 1]) and run[m].sentence != total.sentence:
                    if m - n > 3 or total.value >= 100 * total.quantity.step:
                        yield sum_relation(page, total, run[n + 1 : m + 1], 0.7, "the next figures for the same thing add up to it")
                    break
                if computed > total.high * 1.1:
                    break
        yield from _totals_last(page, run, seen)
        yield from _compulsory(page, run, seen)


def _one_dimension(page: Page, seen: set[int]) -> Iterator[Relation]:
    """A large figure that the next three or more of its unit add up to exactly, whatever they are called."""
    runs: dict[str, list[Figure]] = {}
    for figure in page.figures:
        if figure.role is Role.LEVEL and figure.depth == 0 and figure.dimension and not figure.quantity.leaning:
            runs.setdefault(figure.dimension, []).append(figure)
    for run in runs.values():
        for n in range(len(run) - 3):
            total = run[n]
            if total.start in seen or total.value < 1000 * (1 if total.quantity.exact else total.quantity.step):
                continue
            computed = 0.0
            parts: list[Figure] = []
            for part in run[n + 1 : n + _SEQUENCE + 4]:
                if part.value > 1000 * total.value:
                    continue  # 新增中央投资1000亿元 names a programme
                parts.append(part)
                computed += part.value
                if len(parts) >= 3 and part.sentence != total.sentence and add_up_closely(total, parts):
                    yield sum_relation(page, total, parts, 0.6, "the next figures of its unit add up to it")
                    break
                if computed > total.high:
                    break


_ITEM = re.compile(r"\s*(?:[一二三四五六七八九十]{1,3}[、.]|[0-9]{1,2}[.、](?![0-9])|\([一二三四五六七八九十0-9]{1,3}\)|[①-⒛㈠-㈩])")
_LEADS = re.compile(r"(?:分别[是为]|如下|其中|包括|具体[是为]?)[:。]?\s*$|:\s*$")
_SAME_PEOPLE = {"人次": "人"}


def _itemised(page: Page) -> Iterator[Relation]:
    """A line of totals that ends in 分别是 or a colon, then numbered lines: each line's first figure of each unit."""
    lines: dict[int, list[Figure]] = {}
    for figure in page.figures:
        if figure.depth == 0 and figure.role is Role.LEVEL:
            lines.setdefault(figure.paragraph, []).append(figure)
    numbers = sorted(lines)
    for place, line in enumerate(numbers):
        head = lines[line]
        end = page.plain.find("\n", head[-1].end)
        if end < 0 or not _LEADS.search(page.plain, max(head[-1].end, end - 12), end):
            continue
        items: list[list[Figure]] = []
        for below in numbers[place + 1 : place + 1 + 3 * _LONGEST_LIST]:
            first = lines[below][0]
            start = page.plain.rfind("\n", 0, first.start) + 1
            if _ITEM.match(page.plain, start):
                items.append(lines[below])
            elif "其中" not in page.plain[start : start + 6] and len(items) + 1 < below - line and items:
                continue
            if len(items) == _LONGEST_LIST:
                break
        yield from _items_against(page, head, items)


def _items_against(page: Page, head: list[Figure], items: list[list[Figure]]) -> Iterator[Relation]:
    for total in {_SAME_PEOPLE.get(f.dimension, f.dimension): f for f in head}.values():
        dimension = _SAME_PEOPLE.get(total.dimension, total.dimension)
        parts = [
            found for item in items if (found := next((f for f in item if _SAME_PEOPLE.get(f.dimension, f.dimension) == dimension), None))
        ]
        for size in range(len(parts), 2, -1):
            if add_up_closely(total, parts[:size]):
                reason = "the numbered lines below add up to it"
                yield sum_relation(page, total, parts[:size], 0.8, reason)
                break
        else:
            computed = sum(f.value for f in parts)
            if len(parts) >= 3 and len(parts) == len(items) and digit_slip(total.value, computed, total.quantity.step):
                reason = "the numbered lines below miss it by one digit"
                yield sum_relation(page, total, parts, 0.6, reason, holds=False)


def _totals_last(page: Page, run: list[Figure], seen: set[int]) -> Iterator[Relation]:
    """A total that closes a column: the figures of the same measure before it add up to it exactly."""
    for n in range(2, len(run)):
        total = run[n]
        if total.start in seen or total.value < 200 * (1 if total.quantity.exact else total.quantity.step):
            continue
        computed = 0.0
        for m in range(n - 1, max(-1, n - _SEQUENCE - 1), -1):
            computed += run[m].value
            if n - m >= 2 and add_up_closely(total, run[m:n]) and run[m].sentence != total.sentence:
                if n - m >= 3 or total.value >= 1000 * total.quantity.step:
                    yield sum_relation(page, total, run[m:n], 0.7, "the figures before it for the same thing add up to it")
                break
            near = n - m >= 3 and run[m].sentence != total.sentence and _TOTALS.search(total.quantity.before)
            if near and digit_slip(total.value, computed, total.quantity.step) and total.value >= 1000:
                reason = "the figures before it for the same thing miss it by one digit"
                yield sum_relation(page, total, run[m:n], 0.4, reason, holds=False)
                break
            if computed > total.high * 1.5:
                break
        else:
            m = max(-1, n - _SEQUENCE - 1)
        if total.quantity.exact and total.value >= 50_000 and _TOTALS.search(total.quantity.before):
            parts = _but_for_some(total, run[max(0, n - _SEQUENCE - 2) : n])
            if parts:
                yield sum_relation(page, total, parts, 0.65, "the figures before it for the same thing add up to it")


def _but_for_some(total: Figure, before: list[Figure]) -> list[Figure]:
    """The figures before a large total but for one or two of them (which stand inside others), if they make it."""
    for begin in range(len(before) - 3):
        run = before[begin:]
        over = sum(f.value for f in run) - total.value
        if over <= 0:
            break
        for size in (1, 2):
            for left_out in itertools.combinations(run, size):
                if abs(sum(f.value for f in left_out) - over) < 0.5 and run[0] not in left_out:
                    return [f for f in run if f not in left_out]
    return []


def _compulsory(page: Page, run: list[Figure], seen: set[int]) -> Iterator[Relation]:
    """Compulsory education is primary and junior secondary together, wherever the three figures of one measure
    stand."""
    for n, total in enumerate(run):
        if "义务教育" not in total.quantity.before or total.start in seen or total.value < 50:
            continue
        near = sorted((f for f in run[max(0, n - 12) : n + 8] if f is not total), key=lambda f: abs(f.index - total.index))
        primary = next((f for f in near if "小学" in f.quantity.before and "初中" not in f.quantity.before), None)
        junior = next((f for f in near if "初中" in f.quantity.before and "小学" not in f.quantity.before), None)
        if primary is not None and junior is not None and add_up_closely(total, [primary, junior]):
            yield sum_relation(page, total, [primary, junior], 0.7, "compulsory education is primary and junior secondary together")
