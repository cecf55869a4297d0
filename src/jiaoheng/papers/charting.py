"""Charting: the function `chart` of templates: what is looked up for a chart, and what it shows in words.

Changes when templates may ask for another chart; how each is drawn is `drawing`.
"""

import math
from collections.abc import Sequence

from jiaoheng.measures.measure import Measure
from jiaoheng.papers.draft import Block, Draft
from jiaoheng.papers.drawing import Row, distribution, ranking, shares, trend
from jiaoheng.papers.evidence import NotThere
from jiaoheng.papers.figure import Figure
from jiaoheng.papers.number_style import hundredfold, written
from jiaoheng.papers.selection import Selection

__all__ = ["Charting"]

_RANKED = 24
"""Bars that a ranking shows at most."""
_KINDS = ("ranking", "distribution", "trend", "shares")


class Charting:
    """The function that charts, bound to one draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft, self._evidence, self._select = draft, draft.evidence, Selection(draft)

    def chart(
        self,
        measure: str | Sequence[str],
        kind: str = "ranking",
        by: str | None = None,
        stage: str = "all",
        title: str | None = None,
        names: Sequence[str] | None = None,
    ) -> Block:
        """A chart: `ranking` of organisations; `distribution` of a measure over them; `trend` over the periods; `shares` of a whole.

        A trend has a line for each measure, or (by="stage") for each stage. Shares are the measures by stage, period or kind of
        organisation; of one measure they are its stages, by period. `names`: other words for several measures.
        """
        measures = [measure] if isinstance(measure, str) else list(measure)
        definitions = [self._evidence.measure(name) for name in measures]
        if kind not in _KINDS:
            raise NotThere(f"«{kind}» is not a chart. Charts: {', '.join(_KINDS)}.")
        if kind in ("trend", "shares"):
            return self._of_parts(kind, definitions, by, stage, title, names)
        if len(definitions) != 1:
            raise NotThere(f"A {kind} shows one measure; {len(definitions)} are given.")
        return self._of_organisations(kind, definitions[0], by or "school", stage, title)

    def _of_organisations(self, kind: str, definition: Measure, by: str, stage: str, title: str | None) -> Block:
        measure = definition.id
        year = self._evidence.period_of(measure)
        whole = self._draft.figure(self._evidence.value(measure, None, stage), definition, self._draft.which(None, stage, year))
        reference = (
            (whole.value * hundredfold(definition.unit.en), f"{self._evidence.area.name} {whole.text}")
            if whole and whole.value is not None and definition.kind != "total"
            else None
        )
        unit, chinese = self._draft.unit_words(definition), self._draft.chinese
        if kind == "ranking":
            rows = []
            for one in self._select.chosen(by, measure, stage, None, None, _RANKED):
                which = self._draft.which(one.code, stage, year)
                figure = self._draft.figure(self._evidence.value(measure, one.code, stage), definition, which)
                if figure is not None and figure.value is not None:
                    rows.append((one.name, figure.value * hundredfold(definition.unit.en), figure.text))
            if not rows:
                raise NotThere(f"The chart of «{measure}» by {by} would be empty: nothing was reported.")
            drawn = ranking(rows, unit=unit, reference=reference)
            ends = [max(rows, key=lambda row: row[1]), min(rows, key=lambda row: row[1])]
            outer = [f"{name} {text}" for name, _value, text in ends]
        else:
            found = self._evidence.column(measure, [one.code for one in self._evidence.at(by)], stage)
            if not found:
                raise NotThere(f"The chart of «{measure}» by {by} would be empty: nothing was reported.")
            level = self._select.level_name(by)
            counted = f"{level}数（所）" if chinese else f"Number ({level.lower()})"
            bins, cut = _bins([value * hundredfold(definition.unit.en) for value in found.values()])
            beyond = ("（两端含更外的学校）" if chinese else " (the outermost bars hold what lies beyond)") if cut else ""
            drawn = distribution(bins, unit=f"{self._select.heading(definition)}{beyond}", counted=counted, reference=reference)
            outer = [written(value, definition.unit.en, definition.decimals) for value in (max(found.values()), min(found.values()))]
        words = ("最高", "最低") if chinese else ("highest ", "lowest ")
        seen = [*([reference[1]] if reference else []), *(f"{word}{text}" for word, text in zip(words, outer, strict=True))]
        which = self._draft.which(None, stage, year)
        told = [which.organisation_name, self._select.level_name(by), which.stage_name, which.period]
        return self._entered(title or self._select.title([definition], by, stage), [definition], told, drawn, seen)

    def _of_parts(
        self, kind: str, definitions: Sequence[Measure], by: str | None, stage: str, title: str | None, names: Sequence[str] | None
    ) -> Block:
        """Trend or shares: every number belongs to a row and to a part."""
        labels = list(names) if names else [one.label.in_language(self._evidence.language) for one in definitions]
        if len(labels) != len(definitions):
            raise NotThere(f"{len(definitions)} measures are given, and {len(labels)} names for them.")
        rows: list[Row] = []
        for definition, label in zip(definitions, labels, strict=True):
            rows += self._rows(kind, definition, label, by, stage, several=len(definitions) > 1)
        if not rows:
            raise NotThere(f"The chart of «{', '.join(one.id for one in definitions)}» would be empty: nothing was reported.")
        unit = self._draft.unit_words(definitions[0])
        whole = kind == "shares" and definitions[0].kind == "total"
        drawn = trend(rows, unit=unit) if kind == "trend" else shares(rows, unit=unit, normalized=whole)
        many = len({row[1] for row in rows}) > 1
        stop = " " if not self._draft.chinese or kind == "trend" else "："
        seen = [f"{row}{stop}{part} {text}" if many else f"{row} {text}" for row, part, _, text in rows]
        which = self._draft.which(None, stage)
        told = [which.organisation_name, which.stage_name, f"{rows[0][0]}–{rows[-1][0]}" if rows[0][0] != rows[-1][0] else rows[0][0]]
        default = self._select.title(definitions, by or "period", stage)
        return self._entered(title or default, definitions, told, drawn, seen)

    def _rows(self, kind: str, definition: Measure, label: str, by: str | None, stage: str, *, several: bool) -> list[Row]:
        evidence, area = self._evidence, self._evidence.area.code
        stages_as_parts = by == "stage" if kind == "trend" else not several and by in (None, "period")
        if stages_as_parts:
            parts = [(evidence.word("stage", one), one) for one in evidence.stages]
            return [self._row(value.period, name, definition, value.period, one) for name, one in parts
                    for value in evidence.periods(definition.id, area, one)]  # fmt: skip
        if kind == "trend" or by in (None, "period"):
            return [
                self._row(value.period, label, definition, value.period, stage) for value in evidence.periods(definition.id, area, stage)
            ]
        if by == "stage":
            year = evidence.period_of(definition.id)
            found = [one for one in ("all", *evidence.stages) if evidence.value(definition.id, None, one) is not None]
            return [self._row(evidence.word("stage", one), label, definition, year, one) for one in found]
        raise NotThere(f"Shares are by stage or period, not by «{by}».")

    def _row(self, row: str, part: str, definition: Measure, period: str, stage: str) -> Row:
        figure: Figure = self._draft.looked_up(definition.id, None, stage, period)
        return row, part, (figure.value or 0.0) * hundredfold(definition.unit.en), figure.text

    def _entered(self, title: str, definitions: Sequence[Measure], told: Sequence[str], drawn: str, seen: Sequence[str]) -> Block:
        chinese = self._draft.chinese
        label = ("、" if chinese else ", ").join(one.label.in_language(self._evidence.language) for one in definitions)
        words = ("，" if chinese else ", ").join(told)
        return self._draft.add_chart(title, definitions[0].id, label, words, drawn, seen)


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
