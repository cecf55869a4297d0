"""Catchment area 划片: the ground that a school serves, as a GeoJSON polygon, with the streets and communities that it names.

Changes when what is announced of catchment areas changes. Coordinates are longitude and latitude (WGS 84) in degrees. Schools of one
stage that share a `zone` serve one ground together (多校划片); else grounds of one stage do not overlap, and where they do, it is said.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from shapely.errors import ShapelyError  # type: ignore[import-untyped]
from shapely.geometry import Point, mapping, shape  # type: ignore[import-untyped]
from shapely.geometry.base import BaseGeometry  # type: ignore[import-untyped]
from shapely.validation import explain_validity  # type: ignore[import-untyped]

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change, altering
from jiaoheng.access.organisation_change import check_may_alter_tree
from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation
from jiaoheng.registers.period import Dated

__all__ = ["Announced", "CatchmentArea", "Overlap", "announced_areas", "areas_on", "overlaps", "serving", "store_areas"]

_LARGEST = 1e-6
"""Overlaps smaller than this share of the smaller ground are the inexactness of drawing along one street twice."""
_KM_PER_DEGREE = 111.32


class CatchmentArea(Dated):
    scope_path: ClassVar[str] = "school__path"

    school = models.ForeignKey(Organisation, models.PROTECT, related_name="catchment_areas", verbose_name=_("school"))
    stage = models.CharField(_("stage"), max_length=20)
    zone = models.CharField(_("zone that several schools share"), max_length=100, blank=True)
    geometry = models.JSONField(_("polygon (GeoJSON)"))
    streets = models.TextField(_("streets"), blank=True)
    communities = models.TextField(_("communities and villages"), blank=True)
    document = models.CharField(_("document"), max_length=200, blank=True)

    class Meta(Dated.Meta):
        ordering = ["stage", "school__path", "since"]
        verbose_name = _("catchment area")
        verbose_name_plural = _("catchment areas")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["school", "stage"],
                condition=models.Q(until__isnull=True),
                name="catchment_one_open",
                violation_error_message=_("This school has a catchment area for this stage already. End it first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school} {self.stage}"

    def clean(self) -> None:
        super().clean()
        if self.school.teaches and self.stage not in self.school.teaches:
            raise ValidationError({"stage": _("{school} does not teach this stage.").format(school=self.school)})
        try:
            self.geometry = _checked(self.geometry)
        except Refused as refused:
            raise ValidationError({"geometry": str(refused)}) from None

    @property
    def ground(self) -> BaseGeometry:
        return shape(self.geometry)

    @property
    def km2(self) -> float:
        """Its size, in km²: to about one in a hundred, which is enough to compare."""
        return _km2(self.ground)


@dataclass(frozen=True)
class Announced:
    """One area as a file announces it, before it is stored. `fault` says what is wrong with it."""

    number: int
    school: Organisation | None
    row: CatchmentArea | None
    fault: str = ""


@dataclass(frozen=True)
class Overlap:
    """Two schools of one stage whose grounds overlap though they share no zone."""

    first: CatchmentArea
    second: CatchmentArea
    km2: float


def areas_on(place: Organisation, day: date, *, stage: str = "") -> "models.QuerySet[CatchmentArea]":
    """The areas of a place's schools that hold on a day."""
    here = models.Q(school__path=place.path) | models.Q(school__path__startswith=place.path + PATH_SEPARATOR)
    rows: models.QuerySet[CatchmentArea] = CatchmentArea.objects.on(day).filter(here).select_related("school")
    return rows.filter(stage=stage) if stage else rows


def overlaps(areas: Sequence[CatchmentArea]) -> list[Overlap]:
    """Where grounds of one stage overlap that share no zone; the largest first."""
    found = []
    grounds = {area.pk or id(area): area.ground for area in areas}
    for first, second in combinations(areas, 2):
        if first.stage != second.stage or (first.zone and first.zone == second.zone):
            continue
        one, two = grounds[first.pk or id(first)], grounds[second.pk or id(second)]
        common = one.intersection(two) if one.intersects(two) else None
        if common is not None and common.area > _LARGEST * min(one.area, two.area):
            found.append(Overlap(first, second, _km2(common)))
    return sorted(found, key=lambda overlap: -overlap.km2)


def serving(place: Organisation, *, longitude: float, latitude: float, on: date) -> list[CatchmentArea]:
    """The areas in which a point lies, by stage; on a boundary it lies in both."""
    point = Point(longitude, latitude)
    return [area for area in areas_on(place, on) if area.ground.covers(point)]


def announced_areas(text: str, place: Organisation, *, since: date, document: str = "") -> list[Announced]:
    """The areas of a GeoJSON FeatureCollection, each with its school and what is wrong with it. Nothing is stored.

    A feature's properties: `school` (code or name), `stage` (may be left out where the school teaches one), `zone`, `streets`,
    `communities`. Raises: Refused for a text that is no FeatureCollection.
    """
    try:
        read = json.loads(text)
        features = read["features"] if read.get("type") == "FeatureCollection" else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        features = None
    if not isinstance(features, list) or not features:
        raise Refused(_("This is not a GeoJSON FeatureCollection with features. Export it from the map program as GeoJSON, in WGS 84."))
    known: dict[str, Organisation] = {}
    here = models.Q(path=place.path) | models.Q(path__startswith=place.path + PATH_SEPARATOR)
    for school in Organisation.objects.filter(here):
        known |= {name: school for name in (school.name_en, school.name_zh, school.code) if name}
    return [_announced(number, feature, known, since, document) for number, feature in enumerate(features, start=1)]


def store_areas(announced: Sequence[Announced], *, change: Change) -> list[CatchmentArea]:
    """Store what was announced, all or none; what held before for the same school and stage ends on the day. Raises: Refused."""
    faulty = [one for one in announced if one.fault or one.row is None]
    if faulty:
        raise Refused(_("{n} areas of this file are faulty; correct them and hand the file in again.").format(n=len(faulty)))
    stored = []
    with altering(change):
        for one in announced:
            assert one.row is not None
            check_may_alter_tree(change.by, one.row.school)
            before = CatchmentArea.objects.filter(school=one.row.school, stage=one.row.stage, until__isnull=True).first()
            if before is not None:
                before.end(on=one.row.since, change=change)
            stored.append(one.row.store(change=change))
    return stored


def _announced(number: int, feature: Any, known: Mapping[str, Organisation], since: date, document: str) -> Announced:
    said = feature.get("properties") if isinstance(feature, dict) else None
    said = said if isinstance(said, dict) else {}
    name = str(said.get("school") or "").strip()
    school = known.get(name)
    if school is None:
        words = _("There is no school «{name}» here. Give its code or full name as `school`.")
        return Announced(number, None, None, words.format(name=name))
    stage = str(said.get("stage") or (school.teaches[0] if len(school.teaches) == 1 else "")).strip()
    row = CatchmentArea(
        school=school, stage=stage, zone=_text(said.get("zone"))[:100], geometry=feature.get("geometry"), document=document, since=since,
        streets=_text(said.get("streets")), communities=_text(said.get("communities")),
    )  # fmt: skip
    try:
        row.full_clean(exclude=["school"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        return Announced(number, school, None, " ".join(error.messages))
    return Announced(number, school, row)


def _text(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value or "").strip()


def _checked(geometry: Any) -> dict[str, Any]:
    """The polygon as it is stored. Raises: Refused with what is wrong and where."""
    try:
        ground = shape(geometry)
    except (ShapelyError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        raise Refused(_("This is no polygon that can be read.")) from None
    if ground.geom_type not in ("Polygon", "MultiPolygon") or ground.is_empty:
        raise Refused(_("A catchment area is a polygon, and this is a {kind}.").format(kind=ground.geom_type))
    west, south, east, north = ground.bounds
    if not all(map(math.isfinite, ground.bounds)) or west < -180 or east > 180 or south < -90 or north > 90:
        words = _("Coordinates are longitude and latitude in degrees; these reach from {west}, {south} to {east}, {north}.")
        raise Refused(words.format(west=west, south=south, east=east, north=north))
    if not ground.is_valid:
        raise Refused(_("The outline crosses itself or is broken: {why}. Draw it anew there.").format(why=explain_validity(ground)))
    plain: dict[str, Any] = json.loads(json.dumps(mapping(ground)))
    return plain


def _km2(ground: BaseGeometry) -> float:
    across = _KM_PER_DEGREE * math.cos(math.radians(ground.centroid.y))
    return float(ground.area * across * _KM_PER_DEGREE)
