"""The plan reader: a work plan becomes draft goals, each with its words, its place, and a target where it states one.

Changes when a goal must carry something else. Drafts are for an officer to confirm; nothing is stored here.
"""

__all__ = ["DraftGoal", "Plan", "read_plan"]

import re
from bisect import bisect_left
from dataclasses import dataclass, replace

from jiaoheng.plans.clause import Clause, Point, clauses_of, points_of
from jiaoheng.plans.target import Target, lost_dash, targets_of
from jiaoheng.plans.task_table import TaskRow, task_rows
from jiaoheng.texts.punctuation import plain
from jiaoheng.texts.quantity import Quantity, quantities_of_plain


@dataclass(frozen=True, slots=True)
class DraftGoal:
    """One promise of a plan.

    point     the number of the point it stands in; section and heading are that point's titles
    text      its words; `plan.text[start:end]`
    target    what it commits to in figures, or None
    verb, what (the object of the verb), deadline, office   where they can be told, else ""; the office is a proposal
    from the words used
    """

    point: int
    section: str
    heading: str
    text: str
    start: int
    end: int
    target: Target | None
    verb: str
    what: str
    deadline: str
    office: str

    @property
    def quantified(self) -> bool:
        return self.target is not None

    def as_dict(self) -> dict[str, object]:
        return {
            "point": self.point,
            "section": self.section,
            "heading": self.heading,
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "quantified": self.quantified,
            "target": self.target.as_dict() if self.target else None,
            "verb": self.verb,
            "object": self.what,
            "deadline": self.deadline,
            "office": self.office,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan's text, its title line, its year (0 where none is named) and its goals in reading order."""

    text: str
    title: str
    year: int
    goals: tuple[DraftGoal, ...]

    def as_dict(self) -> dict[str, object]:
        return {"title": self.title, "year": self.year or None, "goals": [goal.as_dict() for goal in self.goals]}


_UNREAD = "?"  # closes an item of a list whose figure cannot be told
_YEAR = re.compile(r"(20[0-9]{2})\s?(?:—|-|至)?\s?(?:20[0-9]{2})?\s?(?:学?年)")
_DEADLINE = re.compile(
    r"20[0-9]{2}年底前?|(?:20[0-9]{2}年)?(?:[0-9]{1,2}月(?:[0-9]{1,2}日|底|初|中旬|上旬|下旬)?|年底|上半年|下半年|年内|[春秋]季学期|[一二三四]季度)(?:以?前|之前)?|20[0-9]{2}年(?:底|前|内)?(?=[,完建实达])"
)
_RESPONSIBLE = re.compile(
    r"[(〔\[]?\s*(?:责任|牵头|主办|承办|负责)(?:单位|科室|部门|股室|处室|领导|人)?及?(?:责任|牵头|配合)?(?:单位|科室|部门|股室|处室)?:"
    r"\s*(?P<who>[^);。\n〕\]:]{2,60})"
)
_OFFICES = (
    ("督导室", r"督导|责任督学|质量监测|督学"),
    ("安全管理股", r"安全|防溺水|欺凌|消防|校车|隐患|食堂|食品|传染病|平安校园"),
    ("职业教育与成人教育股", r"职业|中职|职教|技工|成人|社区教育|社区学|双师型|学徒|实训"),
    ("体育卫生艺术股", r"体育|艺术|美育|音乐|美术|足球|卫生|健康|视力|近视"),
    ("人事股", r"教师|校长|师德|师资|职称|编制|招聘|名师|交流轮岗|县管校聘"),
    ("计划财务股", r"经费|资助|校舍|项目|基建|新建|改扩建|投入|厕所|收费|资产|扶贫|学位|补助"),
    ("教育信息与装备中心", r"信息化|智慧|平台|装备|实验室|网络|数字"),
    ("招生考试办公室", r"招生|考试|高考|中考|学业水平"),
    ("党建办公室", r"党|廉政|意识形态|纪检|四风|反腐"),
    ("民办教育股", r"民办|培训机构"),
    ("教研室", r"教研|课程|教学质量|课堂|科研|课题"),
    ("办公室", r"信访|宣传|信息公开|保密|舆情|政务|档案|依法治教|普法"),
    ("基础教育股", r"学前|幼儿|义务教育|小学|初中|高中|入学|控辍|特殊教育|随班|留守|德育|家校|课后|入园"),
)
_OFFICE = tuple((name, re.compile(words)) for name, words in _OFFICES)


def read_plan(text: str) -> Plan:
    """The draft goals of a work plan. Works on any text; one without promises gives no goals.

    Goals never overlap, except that a list of rates (分别为 a、b、c) gives one goal for each rate over the same words.
    """
    rows = task_rows(text)
    same = _without(plain(text), rows)
    found = quantities_of_plain(text, same)
    starts = [q.start for q in found]
    goals: list[DraftGoal] = []
    for point in points_of(text, same):
        answering = _answering(text, same, point)
        for clause in clauses_of(same, point):
            if _RESPONSIBLE.match(same, clause.start, clause.end):
                continue
            here = found[bisect_left(starts, clause.start) : bisect_left(starts, clause.end)]
            goals.extend(replace(goal, office=answering or goal.office) for goal in _goals(text, same, point, clause, here))
    goals.extend(_of_rows(text, rows))
    goals.sort(key=lambda goal: (goal.start, goal.end))
    title = next((line.strip() for line in text.splitlines() if line.strip()), "")[:60]
    year = _YEAR.search(same)
    return Plan(text, title, int(year.group(1)) if year else 0, tuple(goals))


def _without(same: str, rows: list[TaskRow]) -> str:
    """The plain text with the rows of task tables blanked: a row is read by its cells, not as a line."""
    pieces: list[str] = []
    at = 0
    for row in rows:
        pieces += [same[at : row.line_start], "\n" * (row.line_end - row.line_start)]
        at = row.line_end
    return "".join(pieces) + same[at:]


def _answering(text: str, same: str, point: Point) -> str:
    """The office a point names as answering for it: (责任科室:甲科、乙科), 牵头单位:甲局."""
    named = _RESPONSIBLE.search(same, point.start, point.end)
    return text[named.start("who") : named.end("who")].strip() if named else ""


def _of_rows(text: str, rows: list[TaskRow]) -> list[DraftGoal]:
    """One goal for each promise of a row; an indicator's is the value of its last year."""
    goals: list[DraftGoal] = []
    for number, row in enumerate(rows, start=1):
        drafts: list[DraftGoal] = []
        cell = text[row.value_start : row.value_end]
        same = plain(cell)
        if row.value_start == row.start:
            point = Point(number, "", "", 0, len(cell))
            for clause in clauses_of(same, point):
                inside = [q for q in quantities_of_plain(cell, same) if clause.start <= q.start < clause.end]
                drafts.extend(_moved(goal, row.start) for goal in _goals(cell, same, point, clause, inside))
        else:
            whole = Point(number, "", row.name, 0, len(cell))
            figures = quantities_of_plain(cell, same)
            target = next((Target(_aim(q, row.name), q.number, q.unit, q.start, q.end) for q in figures), None)
            goal = _goal(cell, same, whole, Clause(0, len(cell), ""), 0, len(cell), target)
            first, last = min(row.start, row.value_start), max(row.end, row.value_end)
            target = replace(target, start=target.start + row.value_start, end=target.end + row.value_start) if target else None
            drafts.append(replace(goal, text=text[first:last], start=first, end=last, what=row.name[:60], target=target))
        goals.extend(replace(goal, office=row.office or goal.office, deadline=row.deadline or goal.deadline) for goal in drafts)
    return goals


def _aim(figure: Quantity, name: str) -> str:
    """Which way an indicator's value points: 以内 and what should fall are upper bounds."""
    return "<=" if figure.leaning == "at most" or re.search(r"辍学|流失|大班额|近视|事故", name) else ">="


def _moved(goal: DraftGoal, by: int) -> DraftGoal:
    target = replace(goal.target, start=goal.target.start + by, end=goal.target.end + by) if goal.target else None
    return replace(goal, start=goal.start + by, end=goal.end + by, target=target)


def _goals(text: str, same: str, point: Point, clause: Clause, here: list[Quantity]) -> list[DraftGoal]:
    targets = targets_of(same, clause.start, clause.end, here)
    if not targets:
        return [_goal(text, same, point, clause, clause.start, clause.end, None)]
    if len(targets) > 1 and "分别" in same[clause.start : targets[0].start]:
        return [_goal(text, same, point, clause, clause.start, clause.end, target) for target in targets]
    unread = [Target(_UNREAD, q.number, q.unit, q.start, q.end) for q in here if lost_dash(q)]
    if len(targets) + len(unread) == 1:
        return [_goal(text, same, point, clause, clause.start, clause.end, targets[0])]
    return _split(text, same, point, clause, sorted([*targets, *unread], key=lambda t: t.start))


def _split(text: str, same: str, point: Point, clause: Clause, targets: list[Target]) -> list[DraftGoal]:
    """One goal for each figure of an enumeration: it ends at the pause after its figure."""
    goals: list[DraftGoal] = []
    start = clause.start
    for n, target in enumerate(targets):
        end = clause.end
        if n + 1 < len(targets):
            between = same[target.end : targets[n + 1].start]
            cut = target.end + max(between.rfind("、"), between.rfind(","), between.rfind("和"), between.rfind("及"), 0)
            end = cut
        goals.append(_goal(text, same, point, clause, start, end, None if target.op == _UNREAD else target))
        start = end + 1 if same[end : end + 1] in "、," else end
        while start < clause.end and same[start] in " 和及与":
            start += 1
    return goals


def _goal(text: str, same: str, point: Point, clause: Clause, start: int, end: int, target: Target | None) -> DraftGoal:
    words = same[start:end]
    verb = clause.verb
    at = words.find(verb) if verb and words.startswith(verb, max(0, words.find(verb))) else -1
    rest = words[at + len(verb) :].strip() if at >= 0 else words
    deadline = _DEADLINE.search(words)
    place = f"{words} {point.heading}"
    office = next((name for name, pattern in _OFFICE if pattern.search(words)), "") or next(
        (name for name, pattern in _OFFICE if pattern.search(place)), ""
    )
    return DraftGoal(
        point.number,
        point.section,
        point.heading,
        text[start:end],
        start,
        end,
        target,
        verb,
        rest[:60],
        deadline.group() if deadline else "",
        office,
    )
