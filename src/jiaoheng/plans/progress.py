"""Progress 进展: what the office that owns a goal says of it on a day, with evidence.

Changes when what a report of progress says changes. A report is added, never rewritten: a wrong one is followed by a right one.
"""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change, Recorded
from jiaoheng.plans.goal import Binding, Goal, Kind

__all__ = ["Progress", "report"]


class Progress(Recorded):
    scope_path: ClassVar[str] = "goal__office__path"

    goal = models.ForeignKey(Goal, models.PROTECT, related_name="progress", verbose_name=_("goal"))
    on = models.DateField(_("as of"))
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4, null=True, blank=True)
    done = models.BooleanField(_("done"), default=False)
    note = models.TextField(_("note"))
    evidence = models.TextField(_("evidence"), blank=True)
    told_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("reported by"))
    told_at = models.DateTimeField(_("reported at"), auto_now_add=True)

    class Meta:
        ordering = ["goal", "on", "pk"]
        verbose_name = _("progress report")
        verbose_name_plural = _("progress reports")

    def __str__(self) -> str:
        return f"{self.on}: {self.note[:40]}"

    def clean(self) -> None:
        super().clean()
        if self.on and self.on < self.goal.plan.begins_on:
            raise ValidationError({"on": _("The plan begins on {day}. Choose a day from then on.").format(day=self.goal.plan.begins_on)})
        if self.goal.kind == Kind.NUMBER and self.goal.bound_to == Binding.REPORTED and self.value is None:
            raise ValidationError({"value": _("Say how far it has come, as a number.")})
        if self.done and self.goal.kind == Kind.EVIDENCE and not self.evidence.strip():
            raise ValidationError({"evidence": _("Name the evidence: a document, a link, where it lies.")})


def report(
    goal: Goal, *, on: date, note: str, value: Decimal | None = None, done: bool = False, evidence: str = "", change: Change
) -> Progress:
    """Add a report of progress. Raises: Refused for a goal that was withdrawn, a day to come, or a measured value typed by hand."""
    if goal.withdrawn_on is not None:
        raise Refused(_("This goal was withdrawn on {day}.").format(day=goal.withdrawn_on))
    if goal.bound_to != Binding.REPORTED and value is not None:
        raise Refused(_("This goal is measured from records; its value is not typed. Leave the number out."))
    if on > date.today():
        raise Refused(_("This day has not come yet."))
    return Progress(goal=goal, on=on, value=value, done=done, note=note, evidence=evidence, told_by=change.by).store(change=change)
