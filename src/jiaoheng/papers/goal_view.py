"""Goal view: the goals of the year's plan as a paper's template sees them: what was promised, by whom, what was reached, how it stands.

Changes when papers say something new of a goal. Everything is read from the snapshot; a goal bound to a measure is held against that
measure in the same snapshot, and its standing computed anew with it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow.parquet as pq

from jiaoheng.papers.draft import Block, Draft
from jiaoheng.papers.evidence import NotThere
from jiaoheng.papers.figure import Figure, plain
from jiaoheng.papers.number_style import written
from jiaoheng.plans.frozen_course import course_from
from jiaoheng.plans.goal_unit import in_goal_unit
from jiaoheng.plans.standing import Point, Standing, standing
from jiaoheng.plans.status_rule import StatusRule, load_status_rule

__all__ = ["GoalView", "Goals"]

_STATUSES = {
    "reached": ("已完成", "reached"),
    "ahead": ("进度超前", "ahead"),
    "on_course": ("按进度推进", "on course"),
    "late": ("进度滞后", "behind"),
    "done_late": ("逾期完成", "done late"),
    "missed": ("未完成", "missed"),
    "not_reported": ("未报告进展", "no report"),
    "withdrawn": ("已撤销", "withdrawn"),
}
_MET = ("已达到目标", "target met")
_KINDS = {"day": ("按期完成", "done in time"), "evidence": ("完成", "done")}
_YEAR = 366


class GoalView:
    """One goal. `text`, `heading`, `point`, `office`, `helps`, `due`, `unit` are words; `target` and `value` figures, None without one."""

    def __init__(self, draft: Draft, row: dict[str, Any], rule: StatusRule) -> None:
        self._draft, self._row, self._chinese = draft, row, draft.chinese
        self.number, self.text, self.unit, self.kind, self.measure = row["goal"], row["text"], row["unit"], row["kind"], row["measure"]
        heading, _, point = row["heading"].partition("/")
        self.heading, self.point = heading, point
        names = draft.evidence.organisations
        self.office = names[row["organisation"]].name if row["organisation"] in names else row["organisation"]
        self.helps = [names[code].name for code in row["helps"].split(",") if code in names]
        self.due = _day(row["due"], self._chinese)
        of_one_year = row["begins_on"].year == row["ends_on"].year
        self.due_in_year = _day_of_year(row["due"], self._chinese) if of_one_year else self.due
        self._rule = rule

    @property
    def status(self) -> str:
        """reached, done_late, ahead, on_course, late, missed, not_reported or withdrawn, as of the snapshot's day."""
        return "done_late" if self._standing.reason == "done_late" else self._standing.status

    @property
    def met(self) -> bool:
        """Whether what was promised holds: the number is reached, or it was reported as done (in time or not)."""
        return self._standing.status == "reached" or (self._standing.way >= 1 and self._standing.status != "withdrawn")

    @property
    def status_word(self) -> str:
        if self.met and self.status in ("ahead", "on_course"):
            return _MET[not self._chinese]
        return _STATUSES[self.status][not self._chinese]

    @property
    def target(self) -> Figure | None:
        """«不少于12所», «不低于78%», «at least 12»; None for a goal without a number."""
        number = self._row["target"]
        if number is None:
            return None
        words = {
            ">=": ("不低于" if self.unit == "%" else "不少于", "at least "), "<=": ("不超过", "at most "), "=": ("", "")
        }[self._row["operator"]]  # fmt: skip
        word = "" if not number and self._row["operator"] == "<=" else words[not self._chinese]  # nothing at all: no «at most»
        return self._figure("目标" if self._chinese else "target", number, f"{word}{self._with_unit(number)}")

    @property
    def value(self) -> Figure | None:
        """What was reached, «10所»: of a measured goal the measure in this snapshot, else what was last reported; None where unknown."""
        now = self._standing.now
        if now is None:
            return None
        if self._measured is None:
            return self._figure("完成" if self._chinese else "reached", now.value, self._with_unit(now.value))
        evidence, found = self._draft.evidence, self._measured
        text = self._with_unit(now.value, evidence.measure(self.measure).decimals)
        label = evidence.measure(self.measure).label.in_language(evidence.language)
        which = self._draft.which(self._row["plan_of"], self._row["measured_stage"], found.period, self._short)
        return self._draft.figures.note(
            self.measure, label, which, found.value, text, numerator=found.numerator, denominator=found.denominator
        )  # fmt: skip

    @property
    def way(self) -> Figure | None:
        """The part of the way from start to target that was gone, «85%»; None where nothing is known."""
        if self._standing.now is None and not self._row["steps"]:
            return None
        label = "进度" if self._chinese else "part of the way"
        return self._figure(label, self._standing.way, written(self._standing.way, "share", 0))

    @property
    def said(self) -> str:
        """«目标不少于12所，已完成10所，进度滞后» as a phrase with its figures."""
        parts = []
        if self.target is not None:
            parts.append(f"目标{self.target}" if self._chinese else f"target {self.target}")
            if self.value is not None:
                parts.append(f"现为{self.value}" if self._chinese else f"now {self.value}")
        parts.append(self.status_word)
        return ("，" if self._chinese else ", ").join(parts)

    @cached_property
    def _measured(self) -> Any:
        evidence, row = self._draft.evidence, self._row
        if not self.measure or self.measure not in evidence.catalogue or row["plan_of"] not in evidence.organisations:
            return None
        found = evidence.value(self.measure, row["plan_of"], row["measured_stage"] or "all")
        return found if found is not None and found.value is not None else None

    @cached_property
    def _standing(self) -> Standing:
        course, day = course_from(self._row["course"]), self._draft.evidence.snapshot.date
        if self._measured is not None:
            unit = self._draft.evidence.measure(self.measure).unit.en
            now = Point(day, in_goal_unit(self._measured.value, unit, self.unit))
            course = replace(course, points=[*(point for point in course.points if point.on < day), now])
        return standing(course, day, self._rule)

    @property
    def _short(self) -> str:
        return self.text if len(self.text) <= 40 else f"{self.text[:39]}…"

    def _figure(self, words: str, value: float, text: str) -> Figure:
        which = self._draft.which(self._row["organisation"] if self._row["organisation"] in self._draft.evidence.organisations else None)
        label = f"{self._short}：{words}" if self._chinese else f"{self._short}: {words}"
        return self._draft.figures.note(f"goal:{self.number}", label, which, value, text, numerator=value)

    def _with_unit(self, number: float, decimals: int | None = None) -> str:
        text = written(number, "", decimals if decimals is not None else 0 if float(number).is_integer() else 2)
        return f"{text}{self.unit}" if self._chinese or self.unit == "%" else f"{text} {self.unit}".strip()


class Goals:
    """The functions over goals, bound to one draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft, self._evidence = draft, draft.evidence

    def goals(self, status: str | Sequence[str] | None = None, heading: str = "", office: str = "", year: str = "") -> list[GoalView]:
        """The goals of the newest plan of a year, in their order; `year`: of the plan that began in it.

        `status`: one or several, or `met` and `unmet`; `heading` and `office`: words that theirs hold.
        """
        wanted = [status] if isinstance(status, str) else list(status or ())
        unknown = [one for one in wanted if one not in (*_STATUSES, "met", "unmet")]
        if unknown:
            raise NotThere(f"«{unknown[0]}» is not a status of goals. There are: {', '.join([*_STATUSES, 'met', 'unmet'])}.")
        found = [one for one in self._of_year(year) if heading in f"{one.heading}/{one.point}" and (not office or office in one.office)]
        return [one for one in found if not wanted or one.status in wanted or self._judged(one) in wanted]

    def has_goals(self, year: str = "") -> bool:
        return bool(self._of_year(year))

    def goal(self, asked: str, year: str = "") -> GoalView:
        """One goal: by its number, its measure, or words that only its text holds. Raises: NotThere."""
        every = self._of_year(year)
        for found in ([one for one in every if asked in (one.number, one.measure)], [one for one in every if asked in one.text]):
            if len(found) == 1:
                return found[0]
            if found:
                raise NotThere(f"«{asked}» is said by {len(found)} goals: {'; '.join(one.text[:30] for one in found[:3])}. Say more words.")
        raise NotThere(f"The snapshot has no goal «{asked}» in the plan of the year. Is it its number, its measure, or words of its text?")

    def goal_headings(self, year: str = "") -> list[dict[str, Any]]:
        """The goals by section, `{heading, goals}`, in the plan's order."""
        found: dict[str, list[GoalView]] = {}
        for one in self._of_year(year):
            found.setdefault(one.heading, []).append(one)
        return [{"heading": _unnumbered(heading), "goals": goals} for heading, goals in found.items()]

    def goal_count(self, status: str | Sequence[str] | None = None, year: str = "") -> Figure:
        """How many goals the plan has, or of a status. Raises: NotThere where there is no plan."""
        every = self._of_year(year)
        if not every:
            raise NotThere("The snapshot has no plan of the year with goals.")
        found, chinese = len(self.goals(status, year=year)), self._draft.chinese
        statuses = [status] if isinstance(status, str) else list(status or ())
        words = "、".join(_STATUSES[one][not chinese] if one in _STATUSES else one for one in statuses)
        label = "工作目标" if chinese else "Goals of the plan"
        which = self._draft.which(None, "all", every[0]._row["begins_on"].strftime("%Y"), words)
        return self._draft.figures.note("goal:", label, which, found, written(found), numerator=found, denominator=len(every))

    def goal_plan(self, year: str = "") -> str:
        """The title of the plan, empty where there is none."""
        every = self._of_year(year)
        return str(every[0]._row["plan_title"]) if every else ""

    def goals_table(
        self,
        title: str | None = None,
        status: str | Sequence[str] | None = None,
        heading: str = "",
        year: str = "",
        due: bool = False,
        limit: int = 60,
    ) -> Block:
        """A table of goals: words, office, target, what was reached, status; `due`: the day as well.

        Raises: NotThere where it would be empty.
        """
        found = self.goals(status, heading, year=year)[:limit]
        if not found:
            raise NotThere("The table of goals would be empty: the snapshot has no such goal in the plan of the year.")
        zh = self._draft.chinese
        rows = [
            [plain(one.text), plain("、".join([one.office, *one.helps])), *([one.due_in_year] if due else []),
             _cell(one.target, _KINDS.get(one.kind, ("", ""))[not zh]), _cell(one.value, "–"), one.status_word]
            for one in found
        ]  # fmt: skip
        words = [
            ("目标", "Goal"),
            ("责任单位", "Office"),
            *([("完成时限", "Due")] if due else []),
            ("目标值", "Target"),
            ("完成值", "Reached"),
        ]
        headings = [word[not zh] for word in [*words, ("状态", "Status")]]
        caption = title or ("年度目标完成情况" if zh else "The year's goals")
        widths = (38, 16, 14, 15, 12, 13) if due else (44, 16, 17, 12, 13)
        return self._draft.add_table(headings, rows, right=(len(widths) - 3, len(widths) - 2), title=plain(caption), widths=widths)

    @staticmethod
    def _judged(one: GoalView) -> str:
        return "" if one.status == "withdrawn" else "met" if one.met else "unmet"

    def _of_year(self, year: str) -> list[GoalView]:
        """The goals of the plans of the area: of the newest that had begun by the snapshot's day, or of those that began in a year."""
        if self._evidence.public:
            return []
        if year not in self._found:
            plans = [row for row in self._rows if (row["ends_on"] - row["begins_on"]).days <= _YEAR]
            begun = {row["begins_on"] for row in plans if not year or row["begins_on"].strftime("%Y") == year}
            newest = max(begun, default=date.min)
            self._found[year] = [GoalView(self._draft, row, self._rule) for row in plans if row["begins_on"] == newest]
        return self._found[year]

    @cached_property
    def _found(self) -> dict[str, list[GoalView]]:
        return {}

    @cached_property
    def _rule(self) -> StatusRule:
        return load_status_rule(self._evidence.overlay)

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        tables, known = self._evidence.snapshot.tables, self._evidence.organisations
        if "goals" not in tables:
            return []
        area = f"{self._evidence.area.path}/"
        rows: list[dict[str, Any]] = pq.ParquetFile(tables["goals"]).read().to_pylist()
        own = [row for row in rows if row["plan_of"] in known and f"{known[row['plan_of']].path}/".startswith(area)]
        return sorted(own, key=lambda row: (row["begins_on"], row["plan_of"], int(row["plan"]), row["place"], int(row["goal"])))


def _cell(figure: Figure | None, otherwise: str) -> str:
    return otherwise if figure is None else str(figure)


def _unnumbered(heading: str) -> str:
    """The words of a heading without its number, which a numbered paper gives anew."""
    sign, stop, rest = heading.partition("、")
    return rest if stop and 0 < len(sign) <= 3 and all(one in "一二三四五六七八九十" for one in sign) else heading


def _day(day: date, chinese: bool) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if chinese else f"{day.day} {day:%B %Y}"


def _day_of_year(day: date, chinese: bool) -> str:
    return f"{day.month}月{day.day}日" if chinese else f"{day.day} {day:%B}"
