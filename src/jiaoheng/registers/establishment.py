"""Establishment 编制: the posts approved for a school, from a day on, by which document.

Changes when the way posts are approved changes. How many are filled is counted from staff, never typed.
"""

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.appointment import Appointment
from jiaoheng.registers.period import Dated, holding, one_open
from jiaoheng.registers.staff import Staff
from jiaoheng.rulebook.codes import code_table

__all__ = ["Establishment", "with_filled"]


class Establishment(Dated):
    scope_path: ClassVar[str] = "school__path"

    school = models.ForeignKey(Organisation, models.PROTECT, related_name="establishments", verbose_name=_("school"))
    approved_posts = models.PositiveIntegerField(_("approved posts"))
    document = models.CharField(_("approving document"), max_length=200, blank=True)

    class Meta(Dated.Meta):
        ordering = ["school__path", "since"]
        verbose_name = _("establishment")
        verbose_name_plural = _("establishments")
        constraints = [
            *Dated.Meta.constraints,
            one_open(
                "school", name="establishment_one_open", words=_("This school has an establishment that has not ended. End it first.")
            ),
            models.CheckConstraint(
                condition=models.Q(approved_posts__gte=0),
                name="establishment_not_negative",
                violation_error_message=_("Approved posts cannot be fewer than none."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school} {self.since}"


def with_filled(rows: "models.QuerySet[Establishment]", *, on: date) -> "models.QuerySet[Establishment]":
    """Each row with `filled`, how many people on an established post its school employs on a day, and `away`, how many of these teach at
    another school then; none where the register has nobody."""
    there = models.Q(on_establishment=True) & (models.Q(left_on__isnull=True) | models.Q(left_on__gt=on))
    there &= models.Q(employed_on__isnull=True) | models.Q(employed_on__lte=on)
    employed = Staff.objects.filter(there, employer=models.OuterRef("school")).order_by().values("employer")
    kinds = code_table("appointment_kind").of_group("away")
    gone = Appointment.objects.filter(holding(on), kind__in=kinds, staff__employer=models.OuterRef("school"), staff__on_establishment=True)
    counted: Any = employed.annotate(n=models.Count("pk")).values("n")
    away: Any = gone.order_by().values("staff__employer").annotate(n=models.Count("staff", distinct=True)).values("n")
    return rows.annotate(filled=models.Subquery(counted), away=models.Subquery(away))
