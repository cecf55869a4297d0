"""Annual school statistics 学校年度基本情况: one row an organisation, school year and stage.

Changes when the yearly form of schools changes. Missing is missing, never zero: every figure may be null.
"""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.organisations.organisation import Organisation

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

__all__ = ["AnnualStatistics"]


def _count(label: "str | _StrPromise") -> "models.IntegerField[int | None, int | None]":
    return models.IntegerField(label, null=True, blank=True)


def _amount(label: "str | _StrPromise") -> "models.DecimalField[float | None, float | None]":
    return models.DecimalField(label, max_digits=16, decimal_places=2, null=True, blank=True)


class AnnualStatistics(models.Model):
    """What one school declares of one stage for one school year. Areas in m²; money in `currency`."""

    # The constraint's index begins with the organisation; one of its own would only slow imports down.
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="annual_statistics", verbose_name=_("organisation"), db_index=False
    )
    school_year = models.CharField(_("school year"), max_length=9)
    stage = models.CharField(_("stage"), max_length=20)
    pupils = _count(_("pupils"))
    classes = _count(_("classes"))
    teachers = _count(_("full-time teachers"))
    teachers_above_qualification = _count(_("teachers above the required qualification"))
    backbone_teachers = _count(_("backbone teachers"))
    pe_arts_teachers = _count(_("PE and arts teachers"))
    teaching_area_m2 = _amount(_("teaching and auxiliary area (m²)"))
    sports_area_m2 = _amount(_("sports ground and gym area (m²)"))
    equipment_value = _amount(_("teaching equipment value"))
    multimedia_classrooms = _count(_("networked multimedia classrooms"))
    rooms = _count(_("rooms in use"))
    computers = _count(_("computers"))
    books = _count(_("library books"))
    public_funds = _amount(_("public funds"))
    titled_teachers = _count(_("teachers with an intermediate title or above"))
    music_rooms = _count(_("music rooms"))
    art_rooms = _count(_("fine art rooms"))
    beds = _count(_("beds for boarders"))
    floor_area_m2 = _amount(_("floor area of all buildings (m²)"))
    outdoor_area_m2 = _amount(_("outdoor play area (m²)"))
    currency = models.CharField(_("currency"), max_length=3, default="CNY")

    class Meta:
        ordering = ["organisation__path", "school_year", "stage"]
        verbose_name = _("annual school statistics")
        verbose_name_plural = _("annual school statistics")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "school_year", "stage"],
                name="annual_statistics_once",
                violation_error_message=_("This school already has statistics for this year and stage."),
            )
        ]
        indexes = [models.Index(fields=["school_year", "stage"])]

    def __str__(self) -> str:
        return f"{self.organisation} {self.school_year} {self.stage}"
