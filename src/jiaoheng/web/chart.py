"""Chart: the pictures of the pages, drawn on the server as SVG and kept, since the same snapshot gives the same picture.

Changes when pages show figures in another shape. Rankings and distributions are those of the papers.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import vl_convert
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

__all__ = ["bins_of", "boxes", "dots", "drawn", "finished", "points", "trend"]

_INK, _SOFT, _LINE = "#1d2126", "#4f5863", "#e3e1da"
_COLOURS = ("#1b5a75", "#b5701a", "#22694a", "#7b4b94", "#a22a22", "#69717b")
_FONT = "'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_BINS = 24
_NAMED = 12
_MANY = 500


def trend(rows: Sequence[Mapping[str, Any]], unit: str) -> dict[str, Any]:
    """Lines over the school years. Rows: year, value, text (as shown), series (a stage's name), in the order of the legend."""
    named = list(dict.fromkeys(row["series"] for row in rows))
    base = alt.Chart(_data(list(rows))).encode(
        x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, grid=False)),
        y=alt.Y("value:Q", title=unit or None, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=4)),
        color=alt.Color("series:N", title=None, scale=alt.Scale(domain=named, range=list(_COLOURS)), legend=alt.Legend(orient="top")),
    )
    layers = [
        base.mark_line(strokeWidth=2),
        base.mark_point(filled=True, size=40),
        base.mark_text(dy=-10, color=_INK).encode(text="text:N"),
    ]
    return finished(alt.layer(*layers).properties(width=560, height=190))


def points(rows: Sequence[Mapping[str, Any]], unit: str, better: str) -> dict[str, Any]:
    """Schools where they lie. Rows: lat, lon, value, name, about, size. Dark is what is worse (see `better`): the eye finds it first."""
    numbers = sorted(float(row["value"]) for row in rows)
    edge = len(numbers) // 50  # two of a hundred at either end do not take all the colour
    domain = [numbers[edge], numbers[-1 - edge]]
    colour = alt.Scale(scheme="tealblues", reverse=better == "more", domain=domain, clamp=True)
    many = len(rows) > _MANY
    dots = (
        alt.Chart(alt.NamedData("places"))
        .mark_circle(opacity=0.85, stroke="white", strokeWidth=0.5)
        .encode(
            longitude="lon:Q",
            latitude="lat:Q",
            description="about:N",
            size=alt.Size("size:Q", legend=None, scale=alt.Scale(range=[18, 60] if many else [60, 420])),
            color=alt.Color("value:Q", title=unit or None, scale=colour, legend=alt.Legend(orient="top")),
        )
    )
    names = alt.Chart(alt.NamedData("places")).mark_text(dy=-12, fontSize=10, color=_SOFT)
    layers = [dots] if len(rows) > _NAMED else [dots, names.encode(longitude="lon:Q", latitude="lat:Q", text="name:N")]
    drawing = finished(alt.layer(*layers).project(type="mercator").properties(width=460, height=380))
    # Named, and put in last: Altair would check every one of some thousand places against its schema.
    return {**drawing, "datasets": {"places": list(rows)}}


def boxes(rows: Sequence[Mapping[str, Any]], unit: str, reference: tuple[float, str] | None) -> dict[str, Any]:
    """How schools spread, a box a group: the middle half in the box, the line in it the median, the ends the least and the greatest.

    Rows: group, value. Groups stand as they come.
    """
    order = list(dict.fromkeys(str(row["group"]) for row in rows))
    base = alt.Chart(_data(list(rows))).encode(
        y=alt.Y("group:N", sort=order, title=None, axis=alt.Axis(labelLimit=190, ticks=False, domain=False)),
        x=alt.X("value:Q", title=unit or None, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5)),
    )
    layers = [base.mark_boxplot(extent="min-max", size=12, color=_COLOURS[0], median={"color": "white"}, rule={"color": _SOFT})]
    if reference:
        line = alt.Chart(_data([{"value": reference[0], "text": reference[1]}]))
        layers.append(line.mark_rule(color=_COLOURS[4], strokeDash=[4, 3]).encode(x="value:Q"))
        layers.append(
            line.mark_text(color=_COLOURS[4], align="left", dx=4, baseline="top").encode(x="value:Q", y=alt.value(-12), text="text:N")
        )
    return finished(alt.layer(*layers).properties(width=420, height=max(60, 24 * len(order))))


def dots(rows: Sequence[Mapping[str, Any]], reference: str) -> dict[str, Any]:
    """Schools as dots on one line a measure, the area at 100. Rows: measure, school, share, text."""
    order = list(dict.fromkeys(str(row["measure"]) for row in rows))
    base = alt.Chart(_data(list(rows))).encode(
        y=alt.Y("measure:N", sort=order, title=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False, grid=True)),
        x=alt.X("share:Q", title=reference, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(grid=False, tickCount=6)),
    )
    line = alt.Chart(_data([{"share": 100}])).mark_rule(color=_SOFT, strokeDash=[4, 3]).encode(x="share:Q")
    marks = base.mark_point(filled=True, size=90, opacity=0.9).encode(
        color=alt.Color("school:N", title=None, scale=alt.Scale(range=list(_COLOURS)), legend=alt.Legend(orient="top", labelLimit=220)),
        shape=alt.Shape("school:N", title=None),
        description="text:N",
    )
    return finished(alt.layer(line, marks).properties(width=620, height=max(90, 30 * len(order))))


def bins_of(numbers: Sequence[float]) -> list[tuple[float, float, int]]:
    """A distribution in equal steps between the 1st and 99th of a hundred; what lies beyond is counted in the outermost step."""
    ordered = sorted(numbers)
    low, high = ordered[len(ordered) // 100], ordered[-1 - len(ordered) // 100]
    if high <= low:
        return [(low, low + 1, len(ordered))]
    count = min(_BINS, max(5, round(len(ordered) ** 0.5)))
    step = (high - low) / count
    found = [0] * count
    for number in ordered:
        found[min(count - 1, max(0, int((number - low) / step)))] += 1
    return [(low + place * step, low + (place + 1) * step, number) for place, number in enumerate(found)]


def drawn(specification: Mapping[str, Any], about: str) -> SafeString:
    """The chart as SVG for the page. `about` says in words what it shows."""
    svg = _svg(json.dumps(specification, sort_keys=True, ensure_ascii=False))
    return mark_safe(svg.replace("<svg ", f'<svg role="img" aria-label="{escape(about)}" ', 1))


@lru_cache(maxsize=128)
def _svg(specification: str) -> str:
    drawing = str(vl_convert.vegalite_to_svg(json.loads(specification)))
    # What a mark is about, for the pointer as well as for a screen reader; a hover needs no script.
    return re.sub(r'<path aria-label="([^"]*)"([^>]*?)(?:/>|></path>)', r'<path aria-label="\1"\2><title>\1</title></path>', drawing)


def _data(values: Any) -> Any:
    return alt.Data(values=values)  # type: ignore[no-untyped-call]


def finished(chart: Any) -> dict[str, Any]:
    """The specification of a chart in the look of the pages."""
    words = {"labelFont": _FONT, "titleFont": _FONT, "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"}
    finished = chart.configure(font=_FONT, background="transparent", padding=4).configure_view(stroke=None)
    finished = finished.configure_axis(**words, labelColor=_INK, titleColor=_SOFT, gridColor=_LINE, domainColor=_LINE, tickColor=_LINE)
    finished = finished.configure_legend(labelFont=_FONT, titleFont=_FONT, titleFontWeight="normal")
    specification: dict[str, Any] = finished.configure_text(font=_FONT, fontSize=11).to_dict()
    return specification
