"""Form places: what expressions work out of places on the earth: distance, area, inside or not, crossing itself.

Changes when ODK reads a place or measures the earth otherwise. A place is «latitude longitude altitude accuracy», degrees and metres; lines
and areas are places with semicolons between.
"""

import itertools
import math

from jiaoheng.ledgers.form_values import Value, texts, to_number, to_text

__all__ = ["area", "crosses_itself", "distance", "inside"]


def _points(value: Value) -> list[tuple[float, float]]:
    points = [[to_number(number) for number in part.split()] for text in texts(value) for part in to_text(text).split(";")]
    return [(point[0], point[1]) for point in points if len(point) >= 2 and not math.isnan(point[0] + point[1])]


_EARTH_M = 6_378_100.0
"""Radius that ODK takes for the earth, in metres."""


def distance(*args: Value) -> float:
    """The length of a line, or of the way between places, in metres."""
    points = [point for arg in args for point in _points(arg)]
    return sum((_leg(one, other) for one, other in itertools.pairwise(points)), 0.0)


def _leg(one: tuple[float, float], other: tuple[float, float]) -> float:
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, point)) for point in (one, other))
    haversine = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(haversine)))


def area(value: Value) -> float:
    """In square metres."""
    points = [tuple(map(math.radians, point)) for point in _points(value)]
    total = sum(
        (lon2 - lon1) * (2 + math.sin(lat1) + math.sin(lat2))
        for (lat1, lon1), (lat2, lon2) in zip(points, points[1:] + points[:1], strict=True)
    )
    return abs(total * _EARTH_M**2 / 2)


def inside(point: Value, shape: Value) -> bool:
    """Does a place lie within an area?"""
    places, corners = _points(point), _points(shape)
    if not places:
        return False
    (lat, lon), within = places[0], False
    for (lat1, lon1), (lat2, lon2) in zip(corners, corners[1:] + corners[:1], strict=True):
        if (lat1 > lat) != (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1:
            within = not within
    return within


def crosses_itself(value: Value) -> bool:
    """Does a line cross itself? Legs that follow each other share a point and do not count."""
    points = _points(value)
    legs = list(itertools.pairwise(points))
    closed = len(points) > 2 and points[0] == points[-1]
    return any(
        _cross(legs[one], legs[other])
        for one in range(len(legs))
        for other in range(one + 2, len(legs))
        if not (closed and one == 0 and other == len(legs) - 1)
    )


def _cross(one: tuple[tuple[float, float], tuple[float, float]], other: tuple[tuple[float, float], tuple[float, float]]) -> bool:
    (a, b), (c, d) = one, other
    return _side(a, b, c) * _side(a, b, d) <= 0 and _side(c, d, a) * _side(c, d, b) <= 0


def _side(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
