"""Work plan 工作要点: the goals of an organisation for a year, or for several.

Changes when what is known of a plan as a whole changes. A plan of several years breaks down into plans of one (`broad`).
"""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.change import Recorded
from jiaoheng.organisations.organisation import Organisation

__all__ = ["WorkPlan"]


class WorkPlan(Recorded):
    """`begins_on` to `ends_on`, both included. `source` names the document that the plan was read from."""

    scope_path: ClassVar[str] = "organisation__path"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="work_plans", verbose_name=_("organisation"))
    title = models.CharField(_("title"), max_length=200)
    begins_on = models.DateField(_("begins on"))
    ends_on = models.DateField(_("ends on"))
    broad = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="years", verbose_name=_("plan of several years that it belongs to")
    )
    source = models.CharField(_("document"), max_length=200, blank=True)

    class Meta:
        ordering = ["-begins_on", "organisation__path", "pk"]
        verbose_name = _("work plan")
        verbose_name_plural = _("work plans")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("begins_on")),
                name="work_plan_dates_in_order",
                violation_error_message=_("A plan ends after it begins. Correct one of the two dates."),
            ),
            models.UniqueConstraint(
                fields=["organisation", "title", "begins_on"],
                name="work_plan_once",
                violation_error_message=_("This organisation has a plan of this title and year already. Open that one."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def of_several_years(self) -> bool:
        return (self.ends_on - self.begins_on).days > 366

    def clean(self) -> None:
        super().clean()
        if self.broad_id is not None and self.broad is not None:
            if self.broad_id == self.pk:
                raise ValidationError({"broad": _("A plan does not belong to itself.")})
            if not (self.broad.begins_on <= self.begins_on and self.ends_on <= self.broad.ends_on):
                raise ValidationError({"broad": _("This year lies outside the plan of several years. Choose the plan that covers it.")})
