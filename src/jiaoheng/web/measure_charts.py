"""Measure charts: which pictures a measure's page shows, from the values that are there.

Changes when a measure is pictured otherwise. A picture is left out where it would say nothing: a course of one year, a ranking of one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from jiaoheng.measures.values import Value
from jiaoheng.web.chart import bins_of, boxes, drawn, points, trend
from jiaoheng.web.chart_specification import distribution, ranking
from jiaoheng.web.current_snapshot import CurrentSnapshot
from jiaoheng.web.figure import shown
from jiaoheng.web.words import in_language, word

if TYPE_CHECKING:
    from jiaoheng.web.measure_pages import AskedMeasure

__all__ = ["Picture", "charts", "course"]

_RANKED = 40
_ON_MAP = 5
_MAP_AT_MOST = 3000
_DISTRIBUTED = 12
_BOXED = 3
_APART = 0.07
"""Of the height of a chart: what two figures need between them."""


@dataclass(frozen=True)
class Picture:
    """One chart with its heading."""

    title: str
    svg: SafeString


def charts(current: CurrentSnapshot, asked: "AskedMeasure") -> list[Picture]:
    """Ranking (or its two ends) at the level asked for; map, distribution and spread (by town, or by type) of the schools."""
    pictures = [_ranking(current, asked), _map(current, asked), _distribution(asked), _spread(current, asked)]
    return [picture for picture in pictures if picture]


def _known(values: Sequence[Value]) -> list[tuple[Value, float]]:
    return [(one, one.value) for one in values if one.value is not None]


def course(asked: "AskedMeasure", series: Sequence[Value]) -> Picture | None:
    """The area's values over the years, by stage where all stages are asked for; None where there is one year only."""
    if len({one.period for one in series}) < 2:
        return None
    told = [one for one in series if one.value is not None]
    by_stage = [one for one in told if one.stage != "all"] if asked.stage == "all" and asked.measure.kind == "total" else []
    rows = _readable([
        {"year": one.period, "value": one.value, "text": shown(one.value, asked.measure.decimals), "series": word("stage", one.stage)}
        for one in by_stage or told
    ])  # fmt: skip
    return Picture(_("Over the years"), drawn(trend(rows, in_language(asked.measure.unit)), _about(asked, _("over the years"))))


def _readable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The points of several lines, without the figures that would be written over one another."""
    values = [row["value"] for row in rows]
    room = (max(values) - min(values)) * _APART if values else 0
    for year in {row["year"] for row in rows}:
        below: float | None = None
        for row in sorted((row for row in rows if row["year"] == year), key=lambda row: row["value"]):
            if below is not None and row["value"] - below < room:
                row["text"] = ""
            else:
                below = row["value"]
    return rows


def _reference(asked: "AskedMeasure") -> tuple[float, str] | None:
    """The area's own value as a line, where the parts can be compared with it."""
    if asked.value is None or asked.value.value is None or asked.measure.kind == "total":
        return None
    return asked.value.value, f"{asked.area} {shown(asked.value.value, asked.measure.decimals)}"


def _ranking(current: CurrentSnapshot, asked: "AskedMeasure") -> Picture | None:
    known = sorted(_known(asked.below), key=lambda pair: -pair[1])
    if len(known) < 2:
        return None
    title = _("Ranking")
    if len(known) > _RANKED:
        half = _RANKED // 2
        known = known[:half] + known[-half:]
        title = _("Ranking: the first and last {n}").format(n=half)
    rows = [(current.name(one.organisation), value, shown(value, asked.measure.decimals)) for one, value in known]
    specification = ranking(rows, unit=in_language(asked.measure.unit), reference=_reference(asked))
    return Picture(title, drawn(specification, _about(asked, title)))


def _distribution(asked: "AskedMeasure") -> Picture | None:
    numbers = [value for _one, value in _known(asked.schools)]
    if len(numbers) < _DISTRIBUTED:
        return None
    bins = bins_of(numbers)
    specification = distribution(bins, unit=in_language(asked.measure.unit), counted=_("Number of schools"), reference=_reference(asked))
    return Picture(_("Distribution"), drawn(specification, _about(asked, _("distribution"))))


def _spread(current: CurrentSnapshot, asked: "AskedMeasure") -> Picture | None:
    """A box for the schools of every town or county below the area; where there is one only, for every type of school."""
    known = _known(asked.schools)
    if len(known) < _DISTRIBUTED:
        return None
    place = current.paths[asked.area.code].count("/") + 1 if asked.area.code in current.paths else 0
    nodes = {one.organisation: current.paths[one.organisation].split("/") for one, _value in known}
    groups = {code: current.name(path[place]) for code, path in nodes.items() if len(path) > place + 1}
    if len(set(groups.values())) < 2:
        table = current.organisations
        types = dict(zip(table["code"].to_pylist(), table["school_type"].to_pylist(), strict=True))
        groups = {code: word("school_type", str(types[code])) for code in nodes if types.get(code)}
    rows = [{"group": groups[one.organisation], "value": value} for one, value in known if one.organisation in groups]
    count = Counter(row["group"] for row in rows)
    rows = [row for row in rows if count[row["group"]] >= _BOXED]
    if len({row["group"] for row in rows}) < 2 or len(count) > _RANKED:
        return None
    title = _("Spread of the schools")
    return Picture(title, drawn(boxes(rows, in_language(asked.measure.unit), _reference(asked)), _about(asked, title)))


def _map(current: CurrentSnapshot, asked: "AskedMeasure") -> Picture | None:
    placed = [(one, value, current.places[one.organisation]) for one, value in _known(asked.schools) if one.organisation in current.places]
    if len(placed) < _ON_MAP:
        return None
    step = -(-len(placed) // _MAP_AT_MOST)
    rows = [
        {
            "lat": lat,
            "lon": lon,
            "value": value,
            "name": current.name(one.organisation),
            "about": f"{current.name(one.organisation)} {shown(value, asked.measure.decimals)}",
            "size": one.denominator or one.numerator or 1,
        }
        for one, value, (lat, lon) in placed[::step]
    ]
    title = _("Map") if step == 1 else _("Map: every {n}th of {of}").format(n=step, of=f"{len(placed):,}")
    return Picture(title, drawn(points(rows, in_language(asked.measure.unit), asked.measure.better), _about(asked, title)))


def _about(asked: "AskedMeasure", what: str) -> str:
    return f"{in_language(asked.measure.label)}, {asked.area}, {asked.year}: {what}"
