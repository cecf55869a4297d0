"""Vocabulary: the functions that a paper's template may call.

Changes when templates may say something new; `docs/reference/papers.md` describes each function.
"""

from collections.abc import Callable, Sequence
from datetime import date as Date
from typing import Any

from jiaoheng.papers.assessment_view import Assessments
from jiaoheng.papers.charting import Charting
from jiaoheng.papers.draft import Block, Draft
from jiaoheng.papers.evidence import NotThere
from jiaoheng.papers.figure import Figure, plain
from jiaoheng.papers.goal_view import Goals
from jiaoheng.papers.ledger_count import LedgerCounts
from jiaoheng.papers.number_style import ordinal, written
from jiaoheng.papers.phrase import Phrases
from jiaoheng.papers.school_card import SchoolCard
from jiaoheng.papers.selection import Selection
from jiaoheng.papers.verdict_view import SchoolView, VerdictView

__all__ = ["Vocabulary"]

_ALL_ROWS = 60
"""Rows that a table or ranking shows at most without being told: a paper is read, not searched."""
_FUNCTIONS = (
    "assessed", "by_stage", "change", "chart", "compared", "count", "coverage", "currency", "date", "each_school", "figure", "goal",
    "goal_count", "goal_headings", "goal_plan", "goals", "goals_table", "happened", "has", "has_assessed", "has_goals", "has_ledger",
    "improved", "judges", "known", "ledger", "ledger_period", "ledger_title", "level_name", "levels", "ordinal", "parts", "rank",
    "sentence", "stage_name", "stages", "table", "told", "verdict", "within", "worsened",
)  # fmt: skip


class Vocabulary:
    """The functions, bound to one draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft, self._evidence = draft, draft.evidence
        self._select, self._phrases, self._charting = Selection(draft), Phrases(draft), Charting(draft)

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Every function by the name under which templates call it."""
        rooms = (self, self._phrases, self._charting, Goals(self._draft), LedgerCounts(self._draft), Assessments(self._draft))
        return {name: next(getattr(room, name) for room in rooms if hasattr(room, name)) for name in _FUNCTIONS}

    def figure(
        self, measure: str, stage: str = "all", organisation: str | None = None, period: str | None = None, scale: str = ""
    ) -> Figure:
        return self._draft.looked_up(measure, organisation, stage, period, scale)

    def has(self, measure: str, stage: str = "all", organisation: str | None = None, period: str | None = None) -> bool:
        if period is None:
            return self._evidence.value(measure, organisation, stage) is not None
        asked = self._evidence.earlier_of(measure) if period == "earlier" else self._evidence.period_of(measure, period)
        code = organisation or self._evidence.area.code
        return any(one.period == asked for one in self._evidence.periods(measure, code, stage))

    def within(self, measure: str, stage: str = "all", *, least: float | None = None, most: float | None = None) -> bool:
        """Whether there is a value and it lies within the bounds: a paragraph that praises asks this first."""
        value = self._evidence.value(measure, None, stage)
        if value is None or value.value is None:
            return False
        return (least is None or value.value >= least) and (most is None or value.value <= most)

    def known(self, measures: Sequence[str], stage: str = "all") -> list[str]:
        """Those of the measures that have a value for the whole area."""
        return [name for name in measures if self.has(name, stage)]

    def coverage(self, measure: str, stage: str = "all", organisation: str | None = None) -> str:
        """«43,370 of 44,023 schools» where a value does not speak for every school; empty where it does."""
        value = self._evidence.value(measure, organisation, stage)
        if value is None or value.covered >= value.of:
            return ""
        label = self._evidence.measure(measure).label.in_language(self._evidence.language)
        which = self._draft.which(organisation, stage)
        words = ("填报学校数", "应填报学校数") if self._draft.chinese else ("schools that reported", "schools asked")
        mark = "：" if self._draft.chinese else ": "
        told = [
            self._draft.figures.note(measure, f"{label}{mark}{word}", which, number, written(number), numerator=number)
            for word, number in zip(words, (value.covered, value.of), strict=True)
        ]
        return f"{told[1]}所学校中的{told[0]}所" if self._draft.chinese else f"{told[0]} of {told[1]} schools"

    def count(self, level: str = "school", stage: str | None = None, **conditions: str) -> Figure:
        """How many organisations of a level have records; `school_type`, `ownership`, `locale`, `kind` narrow it."""
        found = self._evidence.at(level)
        words = []
        for name, wanted in conditions.items():
            if name not in ("school_type", "ownership", "locale", "kind"):
                raise NotThere(f"Organisations cannot be counted by «{name}». Use school_type, ownership, locale or kind.")
            found = [one for one in found if getattr(one, name) == wanted]
            words.append(self._evidence.word(name, wanted))
        if stage:
            found = [one for one in found if stage in self._evidence.schools.get(one.code, {})]
        which = self._draft.which(None, stage or "all", None, "、".join(words))
        label = f"{self.level_name(level)}数" if self._draft.chinese else f"Number: {self.level_name(level)}"
        return self._draft.figures.note(
            "organisations",
            f"{label}{'：' if words else ''}{'、'.join(words)}",
            which,
            len(found),
            written(len(found)),
            numerator=len(found),
        )

    def by_stage(self, measure: str) -> list[dict[str, Any]]:
        """Name and figure of every stage that has a value."""
        definition, found = self._evidence.measure(measure), []
        for stage in self._evidence.stages:
            figure = self._draft.figure(self._evidence.value(measure, None, stage), definition, self._draft.which(None, stage))
            found.append((stage, figure))
        return [{"stage": stage, "name": self._evidence.word("stage", stage), "figure": figure} for stage, figure in found if figure]

    def currency(self) -> str:
        return self._evidence.currency

    def stages(self) -> list[str]:
        return list(self._evidence.stages)

    def levels(self) -> list[str]:
        return list(self._evidence.levels)

    def stage_name(self, stage: str) -> str:
        return self._evidence.word("stage", stage)

    def level_name(self, level: str) -> str:
        return self._select.level_name(level)

    def ordinal(self, number: int) -> str:
        return ordinal(int(number), self._evidence.language)

    def date(self, day: Date) -> str:
        return f"{day.year}年{day.month}月{day.day}日" if self._draft.chinese else f"{day.day} {day:%B %Y}"

    def judges(self, standard: str) -> bool:
        return self._evidence.judges(standard)

    def verdict(self, standard: str) -> VerdictView:
        return VerdictView(self._draft, self._evidence.verdict(standard))

    def each_school(
        self, standard: str | None = None, stage: str | None = None, failing: bool = False, limit: int = _ALL_ROWS
    ) -> Sequence[SchoolView | SchoolCard]:
        """The schools that a standard judged; without one every school that has pupils (of the stage), in the order of codes."""
        if standard is not None:
            return self.verdict(standard).schools(stage, failing=failing, limit=limit)
        schools = self._evidence.schools
        return [SchoolCard(self._draft, code, stage or "all") for code in schools if stage is None or stage in schools[code]][:limit]

    def table(
        self,
        measures: str | Sequence[str],
        by: str = "school",
        stage: str = "all",
        title: str | None = None,
        top: int | None = None,
        bottom: int | None = None,
        order: str | None = None,
        total: bool = True,
    ) -> Block:
        """A table of organisations (or stages, or years) against measures; «–» where nothing was reported."""
        names = [measures] if isinstance(measures, str) else list(measures)
        definitions = [self._evidence.measure(name) for name in names]
        self._evidence.prepare(names)
        if not names:
            raise NotThere("The table names no measure that has a value here.")
        rows = self._table_rows(by, stage, order or names[0], top, bottom)
        with_total = total and by != "period" and (by != "stage" or len(rows) > 1)
        if with_total:
            rows.append((self._evidence.area.name, None, "all" if by == "stage" else stage, None))
        cells, filled = [], 0
        for place, (name, code, of_stage, year) in enumerate(rows):
            which = self._draft.which(code, of_stage, year)
            found = [self._draft.figure(self._evidence.value(m.id, code, of_stage, year), m, which) for m in definitions]
            filled += sum(one is not None for one in found)
            bold = with_total and place == len(rows) - 1
            cells.append([f"**{plain(name)}**" if bold else plain(name), *(_bold(one, bold) for one in found)])
        if not filled:
            raise NotThere(f"The table of {', '.join(names)} by {by} would be empty: nothing was reported.")
        headings = [plain(text) for text in (self._select.by_word(by), *(self._select.heading(one) for one in definitions))]
        return self._draft.add_table(
            headings, cells, right=range(1, len(headings)), title=plain(title or self._select.title(definitions, by, stage))
        )

    def compared(self, measures: Sequence[str], stage: str = "all", title: str | None = None) -> Block:
        """A table of measures: the paper's school, the area around it, and the school's place among those of the stage."""
        above = self._evidence.above
        if not measures or above is None:
            raise NotThere("There is nothing to compare: no measure has a value here, or no area lies around.")
        chinese, rows = self._draft.chinese, []
        for name in measures:
            definition = self._evidence.measure(name)
            year = self._evidence.period_of(name)
            found = [
                self._draft.figure(self._evidence.value(name, code, stage), definition, self._draft.which(code, stage, year))
                for code in (None, above.code)
            ]
            placed = definition.better in ("more", "less") and stage != "all" and found[0] is not None
            place = str(self._phrases.rank(name, stage)) if placed else "–"
            rows.append([plain(self._select.heading(definition)), *("–" if one is None else str(one) for one in found), place])
        words = ("指标", "位次（由优到劣）") if chinese else ("Measure", "Place, best first")
        headings = [words[0], plain(self._evidence.area.name), plain(above.name), words[1]]
        return self._draft.add_table(
            headings, rows, right=(1, 2, 3), title=plain(title or self._evidence.area.name), widths=(44, 18, 18, 18)
        )

    def _years(self, measure: str) -> list[str]:
        """The periods of a measure up to the paper's."""
        found = self._evidence.periods(measure, self._evidence.area.code, "all") or [
            one for stage in self._evidence.stages for one in self._evidence.periods(measure, self._evidence.area.code, stage)
        ]
        return sorted({one.period for one in found})

    def _table_rows(
        self, by: str, stage: str, order: str, top: int | None, bottom: int | None
    ) -> list[tuple[str, str | None, str, str | None]]:
        """Name, organisation, stage and year of every row; None stands for the whole area, or the paper's year."""
        if by == "stage":
            return [(self._evidence.word("stage", one), None, one, None) for one in self._evidence.stages]
        if by == "period":
            return [(year, None, stage, year) for year in self._years(order)]
        return [(one.name, one.code, stage, None) for one in self._select.chosen(by, order, stage, top, bottom, _ALL_ROWS)]


def _bold(figure: Figure | None, bold: bool) -> str:
    text = "–" if figure is None else str(figure)
    return f"**{text}**" if bold and figure is not None else text
