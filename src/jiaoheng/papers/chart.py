"""Chart: a ranking, a distribution, a trend or shares, drawn once as a Vega-Lite specification and rendered as SVG or PNG.

Changes when papers show figures in another shape.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jiaoheng.papers.typeface import BODY, HEADING, check_chinese, first_of

__all__ = ["Chart", "distribution", "ranking", "shares", "trend"]

_WIDTH = 560
_ACCENT, _PALE, _REFERENCE, _INK, _SOFT, _LINE = "#1f5f7a", "#86afc0", "#b3342b", "#1d2126", "#57606a", "#e3e1da"

_COLOURS = ("#1f5f7a", "#c98a2b", "#5f8f5a", "#8a5a83", "#b3342b", "#6d7d8b", "#86afc0", "#d9c28a")
"""Of lines and parts. They differ in lightness as well, and every part is also told by its words."""


@dataclass(frozen=True)
class Chart:
    """A drawn chart: the specification, its title, and in words what it shows (`told`, for readers who cannot see it)."""

    number: int
    title: str
    about: str
    label: str
    filter_text: str
    specification: dict[str, Any]
    told: str

    def svg(self) -> str:
        """Raises: NoChineseFont."""
        check_chinese()
        return _svg(json.dumps(self.specification, ensure_ascii=False))

    def png(self, *, scale: float = 3.0) -> bytes:
        """Raises: NoChineseFont."""
        import vl_convert

        check_chinese()
        return bytes(vl_convert.vegalite_to_png(self.specification, scale=scale))


@lru_cache(maxsize=64)
def _svg(specification: str) -> str:
    """A paper written in several formats draws each chart once."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(specification))


def ranking(rows: Sequence[tuple[str, float, str]], *, unit: str, reference: tuple[float, str] | None) -> dict[str, Any]:
    """Bars in the order given: name, value, and the value as printed. `reference`: a line for the whole area, with its words."""
    import altair

    alt: Any = altair

    records = [{"name": f"{name}", "place": place, "value": value, "text": text} for place, (name, value, text) in enumerate(rows)]
    base = alt.Chart(alt.Data(values=records)).encode(
        y=alt.Y("name:N", sort=alt.EncodingSortField("place"), title=None, axis=alt.Axis(labelLimit=190, ticks=False, domain=False)),
        x=alt.X("value:Q", title=unit or None, scale=alt.Scale(zero=True), axis=alt.Axis(grid=True, tickCount=5)),
    )
    halo = base.mark_text(align="left", dx=4, stroke="white", strokeWidth=4, color="white").encode(text="text:N")
    words = base.mark_text(align="left", dx=4, color=_INK).encode(text="text:N")
    layers = [base.mark_bar(color=_ACCENT, height={"band": 0.64}), *_reference(alt, reference), halo, words]
    return _finished(alt.layer(*layers).properties(width=_WIDTH - 190, height=max(90, 17 * len(records))))


def distribution(
    bins: Sequence[tuple[float, float, int]], *, unit: str, counted: str, reference: tuple[float, str] | None
) -> dict[str, Any]:
    """A histogram from bins (from, to, how many schools)."""
    import altair

    alt: Any = altair

    records = [{"from": low, "to": high, "count": count} for low, high, count in bins]
    bars = (
        alt.Chart(alt.Data(values=records))
        .mark_bar(color=_PALE, stroke="white", strokeWidth=1)
        .encode(
            x=alt.X("from:Q", title=unit, scale=alt.Scale(nice=False, domain=[bins[0][0], bins[-1][1]]), axis=alt.Axis(grid=False)),
            x2="to:Q",
            y=alt.Y("count:Q", title=counted, axis=alt.Axis(grid=True, tickCount=5, tickMinStep=1)),
            y2=alt.datum(0),
        )
    )
    return _finished(alt.layer(bars, *_reference(alt, reference)).properties(width=_WIDTH - 60, height=220))


def trend(rows: Sequence[tuple[str, str, float, str]], *, unit: str) -> dict[str, Any]:
    """Lines over periods: period, line, value, and the value as printed at its point. One line needs no legend."""
    import altair

    alt: Any = altair

    parts = list(dict.fromkeys(part for _, part, _, _ in rows))
    colour = alt.Color("part:N", sort=parts, title=None, scale=alt.Scale(range=list(_COLOURS)), legend=_legend(alt, parts))
    values = [value for _, _, value, _ in rows]
    spread = (max(values) - min(values)) or abs(max(values)) * 0.1 or 1.0
    domain = [min(values) - spread * 0.25 if min(values) > spread * 0.25 else min(0.0, min(values)), max(values) + spread * 0.3]
    records = _labelled(rows, domain[1] - domain[0])
    base = alt.Chart(alt.Data(values=records)).encode(
        x=alt.X("row:O", sort=list(dict.fromkeys(row for row, _, _, _ in rows)), title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("value:Q", title=unit or None, scale=alt.Scale(domain=domain, nice=False), axis=alt.Axis(grid=True, tickCount=5)),
        color=colour,
    )
    layers = [base.mark_line(strokeWidth=2), base.mark_point(filled=True, size=50, opacity=1)]
    for place, away in (("above", -11), ("below", 11)):
        layers.append(base.mark_text(dy=away, stroke="white", strokeWidth=4).encode(text=f"{place}:N", color=alt.value("white")))
        layers.append(base.mark_text(dy=away).encode(text=f"{place}:N", color=alt.value(_INK)))
    return _finished(alt.layer(*layers).properties(width=_WIDTH - 60, height=200))


def _labelled(rows: Sequence[tuple[str, str, float, str]], height: float) -> list[dict[str, Any]]:
    """The points of a trend with their words above or below them, where there is room between the lines; else without."""
    room, records = height * 0.085, []
    for name in dict.fromkeys(row for row, _, _, _ in rows):
        points = sorted((one for one in rows if one[0] == name), key=lambda one: -one[2])
        taken = math.inf  # the lower edge of what was written last, from the top down
        for place, (row, part, value, text) in enumerate(points):
            below = points[place + 1][2] if place + 1 < len(points) else -math.inf
            above_fits = value + room <= taken
            below_fits = value - room >= below + room * 0.4 and value - room * 0.2 <= taken
            below_fits = below_fits and not above_fits
            words = {"above": text if above_fits else "", "below": text if below_fits else ""}
            records.append({"row": row, "part": part, "value": value, **words})
            taken = value - (room if below_fits else room * 0.4)
    return records


def shares(rows: Sequence[tuple[str, str, float, str]], *, unit: str, normalized: bool) -> dict[str, Any]:
    """Stacked bars: row, part, value, and the value as printed in its piece. `normalized`: each bar is drawn as a whole of 100 %."""
    import altair

    alt: Any = altair

    names, parts = list(dict.fromkeys(row[0] for row in rows)), list(dict.fromkeys(row[1] for row in rows))
    totals = {name: sum(row[2] for row in rows if row[0] == name) or 1.0 for name in names}
    highest = max(totals.values())
    records, ends = [], dict.fromkeys(names, 0.0)
    for row, part, value, text in sorted(rows, key=lambda one: (names.index(one[0]), parts.index(one[1]))):
        length = value / totals[row] * 100 if normalized else value
        begin, ends[row] = ends[row], ends[row] + length
        fits = length >= (100 if normalized else highest) * (0.011 * len(text) + 0.015)
        records.append(
            {"row": row, "part": part, "from": begin, "to": ends[row], "middle": begin + length / 2, "text": text if fits else ""}
        )
    axis = alt.Axis(grid=True, tickCount=5)
    scale = alt.Scale(domain=[0, 100]) if normalized else alt.Scale(domainMin=0)
    base = alt.Chart(alt.Data(values=records)).encode(
        y=alt.Y("row:N", sort=names, title=None, axis=alt.Axis(labelLimit=190, ticks=False, domain=False))
    )
    bars = base.mark_bar(height={"band": 0.66}, stroke="white", strokeWidth=1).encode(
        x=alt.X("from:Q", title="%" if normalized else unit or None, axis=axis, scale=scale),
        x2="to:Q",
        color=alt.Color("part:N", sort=parts, title=None, scale=alt.Scale(range=list(_COLOURS)), legend=_legend(alt, parts)),
    )  # fmt: skip
    words = base.mark_text(color="white").encode(x="middle:Q", text="text:N")
    return _finished(alt.layer(bars, words).properties(width=_WIDTH - 110, height=max(80, 34 * len(names))))


def _legend(alt: Any, parts: Sequence[str]) -> Any:
    """Below the chart, where there is more than one line or part to tell apart."""
    return alt.Legend(orient="bottom", columns=4, labelLimit=170, symbolType="square") if len(parts) > 1 else None


def _reference(alt: Any, reference: tuple[float, str] | None) -> list[Any]:
    if reference is None:
        return []
    line = alt.Chart(alt.Data(values=[{"value": reference[0], "text": reference[1]}]))
    return [
        line.mark_rule(color=_REFERENCE, strokeDash=[4, 3], strokeWidth=1.5).encode(x="value:Q"),
        line.mark_text(color=_REFERENCE, align="left", baseline="bottom", dx=4, dy=-3).encode(x="value:Q", y=alt.value(0), text="text:N"),
    ]


def _finished(chart: Any) -> dict[str, Any]:
    font = ", ".join(f"'{name}'" for name in (first_of(HEADING) or first_of(BODY) or HEADING[1], "sans-serif"))
    words = {"labelFont": font, "titleFont": font, "labelFontSize": 10.5, "titleFontSize": 10.5, "titleFontWeight": "normal"}
    finished = chart.configure(font=font, background="white", padding=6).configure_view(stroke=None)
    finished = finished.configure_axis(**words, labelColor=_INK, titleColor=_SOFT, gridColor=_LINE, domainColor=_LINE, tickColor=_LINE)
    specification: dict[str, Any] = finished.configure_text(font=font, fontSize=10.5).to_dict()
    return specification
