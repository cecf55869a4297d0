"""Chart specification: a ranking and a distribution as Vega-Lite, for pages.

Changes when pages show rankings or distributions otherwise. Papers draw theirs without an engine (`papers.drawing`).
"""

from collections.abc import Sequence
from typing import Any

from jiaoheng.papers.typeface import BODY, HEADING, first_of

__all__ = ["distribution", "ranking"]

_WIDTH = 560
_ACCENT, _PALE, _REFERENCE, _INK, _SOFT, _LINE = "#1f5f7a", "#86afc0", "#b3342b", "#1d2126", "#57606a", "#e3e1da"


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
