"""Catchment map: areas and schools as shapes for an SVG inside the page; no map service is asked.

Changes when the map shows something else. Degrees are drawn as on a plane, east–west shortened by the latitude: right for a district.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.catchment import CatchmentArea, Overlap

__all__ = ["CatchmentMap", "drawn"]

_WIDTH, _TALLEST, _MARGIN = 880.0, 620.0, 24.0
_TINTS = 6


@dataclass(frozen=True)
class Ground:
    """An outline: SVG path, where its words stand, which tint."""

    path: str
    x: float
    y: float
    words: str
    tint: int
    key: int = 0


@dataclass(frozen=True)
class Spot:
    """A school's place."""

    x: float
    y: float
    words: str
    code: str


@dataclass
class CatchmentMap:
    """What is drawn, in units of the SVG's view box."""

    width: float = _WIDTH
    height: float = _TALLEST
    grounds: list[Ground] = field(default_factory=list)
    overlaps: list[Ground] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)


def drawn(areas: Sequence[CatchmentArea], schools: Iterable[Organisation], overlaps: Sequence[Overlap] = ()) -> CatchmentMap | None:
    """The map of these areas; None where there is nothing to draw."""
    shapes = [area.ground for area in areas]
    placed = [school for school in schools if school.latitude is not None and school.longitude is not None]
    corners = [shape.bounds for shape in shapes]
    corners += [(school.longitude, school.latitude, school.longitude, school.latitude) for school in placed]
    if not shapes:
        return None
    west, south = min(one[0] for one in corners), min(one[1] for one in corners)
    east, north = max(one[2] for one in corners), max(one[3] for one in corners)
    squeeze = math.cos(math.radians((south + north) / 2)) or 1.0
    across, up = max((east - west) * squeeze, 1e-9), max(north - south, 1e-9)
    scale = min((_WIDTH - 2 * _MARGIN) / across, (_TALLEST - 2 * _MARGIN) / up)
    left = (_WIDTH - across * scale) / 2

    def spot(longitude: float, latitude: float) -> tuple[float, float]:
        return round(left + (longitude - west) * squeeze * scale, 1), round(_MARGIN + (north - latitude) * scale, 1)

    def ground(shape: Any, words: str, tint: int, key: int = 0) -> Ground:
        polygons = [one for one in getattr(shape, "geoms", [shape]) if one.geom_type == "Polygon"]
        rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
        path = " ".join("M" + " L".join("{},{}".format(*spot(point[0], point[1])) for point in ring.coords) + " Z" for ring in rings)
        inside = shape.representative_point()
        return Ground(path, *spot(inside.x, inside.y), words, tint, key)

    found = CatchmentMap(height=round(up * scale + 2 * _MARGIN, 1))
    for number, (area, shape) in enumerate(zip(areas, shapes, strict=True)):
        found.grounds.append(ground(shape, area.school.name, number % _TINTS, area.pk or 0))
    for overlap in overlaps:
        common = overlap.first.ground.intersection(overlap.second.ground)
        found.overlaps.append(ground(common, f"{overlap.first.school.name} × {overlap.second.school.name}", 0))
    found.spots = [Spot(*spot(school.longitude or 0, school.latitude or 0), school.name, school.code) for school in placed]
    return found
