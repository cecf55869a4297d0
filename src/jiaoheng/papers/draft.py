"""Draft: a paper in the making, with the figures, tables and charts that its template has asked for so far.

Changes when what a paper is put together from changes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from jiaoheng.measures.measure import Measure
from jiaoheng.measures.values import Value
from jiaoheng.papers.chart import Chart
from jiaoheng.papers.evidence import Evidence, NotThere
from jiaoheng.papers.figure import Figure, FigureList, Filter, plain
from jiaoheng.papers.markdown_table import markdown_table
from jiaoheng.papers.number_style import SCALES, SHARE_UNITS, is_chinese, written

__all__ = ["Block", "Draft"]

_BLOCK_OPEN, _BLOCK_CLOSE = "\ue002", "\ue003"
_BLOCK = re.compile(f"{_BLOCK_OPEN}(\\d+){_BLOCK_CLOSE}")


class Block:
    """A table or chart inside the manuscript; prints as a marker until the manuscript is put together."""

    def __init__(self, place: int) -> None:
        self._place = place

    def __str__(self) -> str:
        return f"{_BLOCK_OPEN}{self._place}{_BLOCK_CLOSE}"


@dataclass
class Draft:
    """What one paper has drawn upon. `with_charts` false: charts are announced and not drawn (plain Markdown)."""

    evidence: Evidence
    figures: FigureList = field(init=False)
    charts: list[Chart] = field(default_factory=list)
    _blocks: list[str] = field(default_factory=list)
    _tables: int = 0

    def __post_init__(self) -> None:
        self.figures = FigureList(self.evidence.snapshot.hash)

    @property
    def chinese(self) -> bool:
        return is_chinese(self.evidence.language)

    def which(self, organisation: str | None = None, stage: str = "all", period: str | None = None, more: str = "") -> Filter:
        """The filter of a figure, in words."""
        one = self.evidence.organisation(organisation) if organisation else self.evidence.area
        return Filter(one.code, one.name, stage, self.evidence.word("stage", stage), period or self.evidence.period, more)

    def figure(self, value: Value | None, measure: Measure, which: Filter, scale: str = "") -> Figure | None:
        """Enter a looked-up value; None where there is none."""
        if value is None:
            return None
        unit, label = self.unit_of(measure), measure.label.in_language(self.evidence.language)
        text = written(value.value, measure.unit.en, 2 if scale and not measure.decimals else measure.decimals, scale=scale)
        return self.figures.note(
            measure.id, f"{label} ({scale})" if scale else f"{label}{unit}", which, value.value, text,
            numerator=value.numerator, denominator=value.denominator,
        )  # fmt: skip

    def looked_up(self, measure: str, organisation: str | None, stage: str, period: str | None, scale: str = "") -> Figure:
        """The figure of a measure. Raises: NotThere where there is no such measure or nothing was reported."""
        if scale not in SCALES:
            raise NotThere(f"«{scale}» is not a scale. Scales: {', '.join(word for word in SCALES if word)}.")
        which = self.which(organisation, stage, self.evidence.period_of(measure, period) if measure in self.evidence.catalogue else period)
        found = self.figure(self.evidence.value(measure, organisation, stage, period), self.evidence.measure(measure), which, scale)
        if found is None:
            raise NotThere(
                f"There is no value of «{measure}» for {which.organisation_name}, {which.stage_name}, {which.period}: nothing was reported."
            )
        return found

    def unit_of(self, measure: Measure) -> str:
        """The unit in brackets after a heading; nothing for shares, which carry their sign, and where the label has said it."""
        unit = self.unit_words(measure)
        said = not self.chinese and unit.split(" ")[0].lower() in measure.label.en.lower()
        if not unit or said or measure.unit.en in SHARE_UNITS:
            return ""
        return f"（{unit}）" if self.chinese else f" ({unit})"

    def unit_words(self, measure: Measure) -> str:
        """The unit in the paper's language, with the currency of the records where it is one of money."""
        unit = measure.unit.in_language(self.evidence.language)
        if "currency" not in measure.unit.en and "yuan" not in measure.unit.en:
            return unit
        currency = self.evidence.currency
        return unit.replace("currency units", currency or "money").replace("元", currency or "货币单位")

    def add_table(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        right: Sequence[int],
        title: str,
        note: str = "",
        widths: Sequence[int] | None = None,
    ) -> Block:
        """Enter a table; its caption is numbered. Headings and cells are Markdown already."""
        self._tables += 1
        caption = f"表{self._tables}　{title}" if self.chinese else f"Table {self._tables}. {title}"

        def shown(cell: str) -> str:
            return self.figures.written_out(cell, lambda figure: figure.text)

        body = markdown_table(headings, rows, right=right, caption=caption, shown=shown, widths=widths)
        return self._add(f'{body}\n::: {{#note-{self._tables} .note custom-style="Table Note"}}\n{note}\n:::\n' if note else body)

    def add_chart(self, title: str, about: str, label: str, filter_text: str, drawing: str, seen: Sequence[str]) -> Block:
        """Enter a chart; its caption is numbered. `seen`: what it shows, each a phrase."""
        number = len(self.charts) + 1
        comma, stop = ("，", "：") if self.chinese else (", ", ": ")
        self.charts.append(Chart(number, title, about, label, filter_text, drawing, f"{title}{stop}{comma.join(seen)}"))
        caption = f"图{number}　{title}" if self.chinese else f"Figure {number}. {title}"
        return self._add(f"\n![{plain(caption)}](chart-{number}){{width=100%}}\n")

    def assembled(self, manuscript: str) -> str:
        """The manuscript with its tables and charts in place; figures are still markers."""
        return _BLOCK.sub(lambda found: self._blocks[int(found[1])], manuscript)

    def _add(self, markdown: str) -> Block:
        self._blocks.append(markdown)
        return Block(len(self._blocks) - 1)
