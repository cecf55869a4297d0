"""Population 人口: how many persons of one age and sex live in an area in one year, by household register or by residence.

Changes when what is known of an area's people changes. Enrolment rates divide by it; places are planned with it.
"""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.change import Recorded
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.code_field import CodeField

__all__ = ["OLDEST", "Population"]

OLDEST = 100
"""The last age stands for itself and all above."""
_FIRST_YEAR, _LAST_YEAR = 1949, 2100


class Population(Recorded):
    """One row an area, year, base, single year of age and sex. The age is that of 31 August of the year, unless `source` says otherwise."""

    scope_path: ClassVar[str] = "organisation__path"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="population_rows", verbose_name=_("area"))
    year = models.PositiveSmallIntegerField(_("year"), validators=[MinValueValidator(_FIRST_YEAR), MaxValueValidator(_LAST_YEAR)])
    base = CodeField(_("base"), table="population_base")
    age = models.PositiveSmallIntegerField(_("age"), validators=[MaxValueValidator(OLDEST)])
    sex = CodeField(_("sex"), table="sex", max_length=1)
    persons = models.PositiveIntegerField(_("persons"))
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        ordering = ["organisation__path", "year", "base", "age", "sex"]
        verbose_name = _("population")
        verbose_name_plural = _("population")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "base", "age", "sex"],
                name="population_once",
                violation_error_message=_("This year, age and sex are entered already for this area. Correct that row."),
            ),
            models.CheckConstraint(
                condition=models.Q(age__lte=OLDEST),
                name="population_age",
                violation_error_message=_("This is not an age; the oldest are entered as 100."),
            ),
            models.CheckConstraint(
                condition=models.Q(year__gte=_FIRST_YEAR, year__lte=_LAST_YEAR),
                name="population_year",
                violation_error_message=_("This is not a year."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.year} {self.age}"
