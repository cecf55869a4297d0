"""Vocabulary: the functions that a paper's template may call.

Changes when templates may say something new; `docs/reference/papers.md` describes each function.
"""

import math
from collections.abc import Callable, Sequence
from datetime import date as Date
from typing import Any

from jiaoheng.measures.measure import Measure
from jiaoheng.papers.chart import distribution, ranking
from jiaoheng.papers.draft import Block, Draft
from jiaoheng.papers.evidence import NotThere, Organisation
from jiaoheng.papers.figure import Figure, plain
from jiaoheng.papers.number_style import changed, ordinal, written
from jiaoheng.papers.verdict_view import SchoolView, VerdictView

__all__ = ["Vocabulary"]

_ALL_ROWS = 60
"""Rows that a table or ranking shows at most without being told: a paper is read, not searched."""
_RANKED = 24
_FUNCTIONS = (
    "by_stage", "change", "chart", "count", "coverage", "currency", "date", "each_school", "figure", "has", "judges", "known",
    "level_name", "levels", "ordinal", "stage_name", "stages", "table", "verdict",
)  # fmt: skip


class Vocabulary:
    """The functions, bound to one draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft, self._evidence = draft, draft.evidence

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Every function by the name under which templates call it."""
        return {name: getattr(self, name) for name in _FUNCTIONS}

    def figure(
        self, measure: str, stage: str = "all", organisation: str | None = None, period: str | None = None, scale: str = ""
    ) -> Figure:
        return self._draft.looked_up(measure, organisation, stage, period, scale)

    def has(self, measure: str, stage: str = "all", organisation: str | None = None, period: str | None = None) -> bool:
        if period is None:
            return self._evidence.value(measure, organisation, stage) is not None
        known = self._evidence.earlier if period == "earlier" else period
        return known is not None and self._evidence.value(measure, organisation, stage, known) is not None

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

    def change(self, measure: str, stage: str = "all", organisation: str | None = None, noun: str = "", show: str = "both") -> Figure:
        """The change against the school year before, as a phrase. Raises: NotThere where either year has no value."""
        definition, before = self._evidence.measure(measure), self._evidence.earlier
        if before is None:
            raise NotThere(f"The snapshot has no figures of the school year before {self._evidence.period}, so there is no change to tell.")
        now = self._draft.looked_up(measure, organisation, stage, None)
        then = self._draft.looked_up(measure, organisation, stage, before)
        if now.value is None or then.value is None:
            raise NotThere(f"There is no value of «{measure}» in {before}.")
        text = changed(
            now.value, then.value, definition.unit.en, definition.decimals,
            counted=definition.kind == "total", show=show, noun=noun, language=self._evidence.language,
        )  # fmt: skip
        which = self._draft.which(
            organisation, stage, f"{self._evidence.period} {'比' if self._draft.chinese else 'vs'} {before}", f"{show}{noun}"
        )
        label = definition.label.in_language(self._evidence.language)
        label = f"{label}比上年" if self._draft.chinese else f"{label}, change"
        return self._draft.figures.note(measure, label, which, now.value - then.value, text, numerator=now.value, denominator=then.value)

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
        return self._evidence.word("kind", level)

    def ordinal(self, number: int) -> str:
        return ordinal(int(number), self._evidence.language)

    def date(self, day: Date) -> str:
        return f"{day.year}年{day.month}月{day.day}日" if self._draft.chinese else f"{day.day} {day:%B %Y}"

    def judges(self, standard: str) -> bool:
        return self._evidence.judges(standard)

    def verdict(self, standard: str) -> VerdictView:
        return VerdictView(self._draft, self._evidence.verdict(standard))

    def each_school(self, standard: str, stage: str | None = None, failing: bool = False, limit: int = _ALL_ROWS) -> list[SchoolView]:
        return self.verdict(standard).schools(stage, failing=failing, limit=limit)

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
        headings = [plain(text) for text in (self._by_word(by), *(self._heading(one) for one in definitions))]
        return self._draft.add_table(
            headings, cells, right=range(1, len(headings)), title=plain(title or self._title(definitions, by, stage))
        )

    def chart(self, measure: str, kind: str = "ranking", by: str = "school", stage: str = "all", title: str | None = None) -> Block:
        """A chart: `ranking` of organisations, or `distribution` of one measure over them, with the whole area's value as a line."""
        definition = self._evidence.measure(measure)
        whole = self._draft.figure(self._evidence.value(measure, None, stage), definition, self._draft.which(None, stage))
        reference = (
            (whole.value, f"{self._evidence.area.name} {whole.text}")
            if whole and whole.value is not None and definition.kind != "total"
            else None
        )
        unit = self._draft.unit_words(definition)
        if kind == "ranking":
            rows = []
            for one in self._chosen(by, measure, stage, None, None, _RANKED):
                figure = self._draft.figure(self._evidence.value(measure, one.code, stage), definition, self._draft.which(one.code, stage))
                if figure is not None and figure.value is not None:
                    rows.append((one.name, figure.value, figure.text))
            if not rows:
                raise NotThere(f"The chart of «{measure}» by {by} would be empty: nothing was reported.")
            drawn = ranking(rows, unit=unit, reference=reference)
            ends = [max(rows, key=lambda row: row[1]), min(rows, key=lambda row: row[1])]
            seen = [f"{name} {text}" for name, _value, text in ends]
        elif kind == "distribution":
            found = self._evidence.column(measure, [one.code for one in self._evidence.at(by)], stage)
            if not found:
                raise NotThere(f"The chart of «{measure}» by {by} would be empty: nothing was reported.")
            counted = f"{self.level_name(by)}数（所）" if self._draft.chinese else f"Number ({self.level_name(by).lower()})"
            bins, cut = _bins(list(found.values()))
            beyond = ("（两端含更外的学校）" if self._draft.chinese else " (the outermost bars hold what lies beyond)") if cut else ""
            drawn = distribution(bins, unit=f"{self._heading(definition)}{beyond}", counted=counted, reference=reference)
            outer = (max(found.values()), min(found.values()))
            seen = [written(value, definition.unit.en, definition.decimals) for value in outer]
        else:
            raise NotThere(f"«{kind}» is not a chart. Charts: ranking, distribution.")
        which = self._draft.which(None, stage)
        label = definition.label.in_language(self._evidence.language)
        words = [which.organisation_name, self.level_name(by), which.stage_name, which.period]
        return self._draft.add_chart(
            title or self._title([definition], by, stage),
            measure,
            label,
            "，".join(words) if self._draft.chinese else ", ".join(words),
            drawn,
            [*([reference[1]] if reference else []), *seen],
        )

    def _table_rows(
        self, by: str, stage: str, order: str, top: int | None, bottom: int | None
    ) -> list[tuple[str, str | None, str, str | None]]:
        """Name, organisation, stage and year of every row; None stands for the whole area, or the paper's year."""
        if by == "stage":
            return [(self._evidence.word("stage", one), None, one, None) for one in self._evidence.stages]
        if by == "period":
            return [(year, None, stage, year) for year in self._evidence.snapshot.school_years if year <= self._evidence.period]
        return [(one.name, one.code, stage, None) for one in self._chosen(by, order, stage, top, bottom, _ALL_ROWS)]

    def _by_word(self, by: str) -> str:
        words = {"stage": ("学段", "Stage"), "period": ("学年", "School year")}.get(by)
        return self.level_name(by) if words is None else words[0] if self._draft.chinese else words[1]

    def _chosen(self, by: str, order: str, stage: str, top: int | None, bottom: int | None, most: int) -> list[Organisation]:
        """The organisations to show: all in order of codes where they are few, else the first and last by a measure."""
        every = [one for one in self._evidence.at(by) if stage == "all" or by != "school" or stage in self._evidence.schools[one.code]]
        if top is None and bottom is None and len(every) <= most and order == "":
            return every
        values = self._evidence.column(order, [one.code for one in every], stage)
        ranked = sorted((one for one in every if one.code in values), key=lambda one: (-values[one.code], one.code))
        unranked = [one for one in every if one.code not in values]
        if top is None and bottom is None:
            top = bottom = most // 2
            if len(ranked) <= most:
                return ranked + unranked[: most - len(ranked)]
        first, last = ranked[: top or 0], ranked[len(ranked) - (bottom or 0) :]
        return first + [one for one in last if one not in first]

    def _heading(self, measure: Measure) -> str:
        return f"{measure.label.in_language(self._evidence.language)}{self._draft.unit_of(measure)}"

    def _title(self, measures: Sequence[Measure], by: str, stage: str) -> str:
        labels = [one.label.in_language(self._evidence.language) for one in measures]
        of_stage = "" if stage == "all" else self.stage_name(stage)
        by_word = self._by_word(by)
        if self._draft.chinese:
            return f"{self._evidence.area.name}各{by_word}{of_stage}{'、'.join(labels)}"
        return f"{', '.join(labels)} by {by_word.lower()}{f' ({of_stage.lower()})' if of_stage else ''}, {self._evidence.area.name}"


def _bold(figure: Figure | None, bold: bool) -> str:
    text = "–" if figure is None else str(figure)
    return f"**{text}**" if bold and figure is not None else text


def _bins(values: Sequence[float]) -> tuple[list[tuple[float, float, int]], bool]:
    """Up to 24 bins of a round width over the middle 99 % of the values, and whether values beyond are counted in the outermost."""
    ordered = sorted(values)
    low, high = ordered[int(len(ordered) * 0.005)], ordered[min(len(ordered) - 1, math.ceil(len(ordered) * 0.995))]
    if high <= low:
        return [(low - 0.5, low + 0.5, len(ordered))], False
    raw = (high - low) / min(24, max(5, round(math.sqrt(len(ordered)) * 1.5)))
    magnitude = 10 ** math.floor(math.log10(raw))
    width = next(step * magnitude for step in (1, 2, 2.5, 5, 10) if step * magnitude >= raw)
    start = math.floor(low / width) * width
    counts = [0] * max(1, math.ceil((high - start) / width + 1e-9))
    for value in ordered:
        counts[min(len(counts) - 1, max(0, int((value - start) / width)))] += 1
    bins = [(round(start + place * width, 9), round(start + (place + 1) * width, 9), count) for place, count in enumerate(counts)]
    return bins, ordered[0] < bins[0][0] or ordered[-1] >= bins[-1][1]
