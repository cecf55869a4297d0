"""Milestone 节点: where a goal is to be on a day before it is due.

Changes when what a milestone can say changes.
"""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.change import Recorded
from jiaoheng.plans.goal import Goal, Kind

__all__ = ["Milestone"]


class Milestone(Recorded):
    """A value to be reached, or something to be done (`words`), by a day; `done_on` when it was."""

    scope_path: ClassVar[str] = "goal__office__path"

    goal = models.ForeignKey(Goal, models.PROTECT, related_name="milestones", verbose_name=_("goal"))
    due = models.DateField(_("due on"))
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4, null=True, blank=True)
    words = models.CharField(_("what is done by then"), max_length=200, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)

    class Meta:
        ordering = ["goal", "due", "pk"]
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        constraints = [
            models.UniqueConstraint(
                fields=["goal", "due"], name="milestone_once", violation_error_message=_("This goal has a milestone on this day already.")
            )
        ]

    def __str__(self) -> str:
        return f"{self.due}: {self.value if self.value is not None else self.words}"

    def clean(self) -> None:
        super().clean()
        if self.goal.kind == Kind.NUMBER and self.value is None:
            raise ValidationError({"value": _("Say where the number is to be by then.")})
        if self.goal.kind != Kind.NUMBER and not self.words:
            raise ValidationError({"words": _("Say what is done by then.")})
        if not (self.goal.plan.begins_on <= self.due <= self.goal.due):
            raise ValidationError({"due": _("A milestone lies between the plan's first day and the day on which the goal is due.")})
