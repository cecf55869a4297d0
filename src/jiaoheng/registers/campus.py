"""Campus 校区: a site where schools work; and how many schools an area has, by each of the three ways in which bureaus count.

Changes when what is known of a site changes, or a way of counting schools is added. A school may have several campuses, and may share one
with another school. Whose school it is and where it lies are said by the organisation (`governed_by`, its place in the tree).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation
from jiaoheng.registers.code_field import CodeField
from jiaoheng.registers.period import Dated, holding, one_open

__all__ = ["Campus", "CampusUse", "SchoolCount", "open_on", "open_schools", "school_counts"]

_COUNTED = ("school", "special_school", "vocational_school")
"""Kinds that statistics count as schools; teaching points, kindergartens and training institutions are counted by themselves."""


class Campus(Dated):
    """A site. `organisation` is whose grounds it is: a school, or the bureau."""

    scope_path: ClassVar[str] = "organisation__path"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="campuses", verbose_name=_("belongs to"))
    name = models.CharField(_("name of the campus"), max_length=200)
    address = models.CharField(_("address"), max_length=300, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)

    class Meta(Dated.Meta):
        ordering = ["organisation__path", "name"]
        verbose_name = _("campus")
        verbose_name_plural = _("campuses")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "name"],
                condition=models.Q(until__isnull=True),
                name="campus_name_once",
                violation_error_message=_("There is a campus of this name already. Choose another name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if (self.latitude is None) != (self.longitude is None):
            raise ValidationError({"latitude": _("Give latitude and longitude both, or neither.")})
        if self.latitude is not None and self.longitude is not None and not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValidationError({"latitude": _("Latitude is between -90 and 90, longitude between -180 and 180.")})


class CampusUse(Dated):
    """A school works at a campus, from a day to a day; `role` says whether it is its main one."""

    scope_path: ClassVar[str] = "school__path"

    campus = models.ForeignKey(Campus, models.PROTECT, related_name="uses", verbose_name=_("campus"))
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="campus_uses", verbose_name=_("school"))
    role = CodeField(_("role of the campus"), table="campus_role", default="main")

    class Meta(Dated.Meta):
        ordering = ["school__path", "since"]
        verbose_name = _("use of a campus")
        verbose_name_plural = _("uses of campuses")
        constraints = [
            *Dated.Meta.constraints,
            one_open("campus", "school", name="campus_use_once", words=_("This school works at this campus already.")),
            models.UniqueConstraint(
                fields=["school"],
                condition=models.Q(until__isnull=True, role="main"),
                name="campus_use_one_main",
                violation_error_message=_("This school has a main campus already. Enter a branch, or end the other one first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school} {self.campus}"


@dataclass(frozen=True)
class SchoolCount:
    """One way of counting: its name, what it counts, how many, and the schools that it stands on."""

    key: str
    label: str
    definition: str
    count: int
    schools: tuple[Organisation, ...]


def open_schools(place: Organisation, *, on: date) -> "models.QuerySet[Organisation]":
    """The schools that lie in a place and are open on a day."""
    here = models.Q(path=place.path) | models.Q(path__startswith=place.path + PATH_SEPARATOR)
    return Organisation.objects.filter(here, open_on(on), kind__in=_COUNTED)


def school_counts(place: Organisation, *, on: date) -> Sequence[SchoolCount]:
    """How many schools a place has on a day: its own, all in its area, and the sites at which its own work.

    The numbers differ and each is right: a school of the city lies in the area and is not the bureau's own; a school that works on another
    school's campus has no site of its own. A school for which no campus is entered is taken to have one. Schools whose authority is not
    stated count in the area only; their number is given last where there are any.
    """
    here = models.Q(governed_by__path=place.path) | models.Q(governed_by__path__startswith=place.path + PATH_SEPARATOR)
    own = tuple(Organisation.objects.filter(here, open_on(on), kind__in=_COUNTED))
    area = tuple(open_schools(place, on=on))
    uses = CampusUse.objects.filter(holding(on), holding(on, since="campus__since", until="campus__until"), school__in=own)
    placed: dict[int, set[int]] = {}
    for school, campus in uses.values_list("school", "campus"):
        placed.setdefault(school, set()).add(campus)
    sites = len(set().union(*placed.values())) + sum(school.pk not in placed for school in own)
    unstated = tuple(school for school in area if school.governed_by_id is None)
    own_words = gettext("Open schools that this bureau or one of its offices governs, wherever they lie.")
    area_words = gettext("Open schools that lie in the area, whoever governs them.")
    sites_words = gettext("Campuses at which own schools work; schools that share one campus count once.")
    counts = [
        SchoolCount("own", gettext("Own schools"), own_words, len(own), own),
        SchoolCount("area", gettext("Schools in the area"), area_words, len(area), area),
        SchoolCount("sites", gettext("Sites of own schools"), sites_words, sites, own),
    ]
    if unstated:
        words = gettext("Schools in the area of which no governing authority is entered: they are in no bureau's own number.")
        counts.append(SchoolCount("unstated", gettext("Authority not stated"), words, len(unstated), unstated))
    return counts


def open_on(on: date) -> models.Q:
    """Organisations that are open on a day; `valid_to` of an organisation is its last day."""
    begun = models.Q(valid_from__isnull=True) | models.Q(valid_from__lte=on)
    return begun & (models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=on))
