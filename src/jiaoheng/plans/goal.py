"""Goal 目标: one promise of a plan, who owns it, what it commits to by when, and what it is measured by.

Changes when what a goal can commit to, or can be bound to, changes. How far it has come is `standing`; its target is changed with a reason,
and the old one stays in its history.
"""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change, Recorded
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.count_rule import TIMES, CountRule
from jiaoheng.plans.work_plan import WorkPlan

__all__ = ["Binding", "Goal", "Kind", "Operator", "change_target"]

_COUNT = ("ledger_table", "ledger_where", "ledger_sum", "ledger_by", "ledger_time")
_TARGET = ("kind", "operator", "target", "unit", "due", "baseline", "bound_to", "measure", "stage", *_COUNT)


class Kind(models.TextChoices):
    """What the goal commits to."""

    NUMBER = "number", _("A number")
    DAY = "day", _("Done by a day")
    EVIDENCE = "evidence", _("Yes or no, with evidence")


class Operator(models.TextChoices):
    """Which way the number points."""

    AT_LEAST = ">=", _("at least")
    AT_MOST = "<=", _("at most")
    EXACTLY = "=", _("exactly")


class Binding(models.TextChoices):
    """Where the progress comes from."""

    MEASURE = "measure", _("A measure, computed from records")
    LEDGER = "ledger", _("A ledger's count, live from its rows")
    REPORTED = "reported", _("Reported progress")


class Goal(Recorded):
    """`place` orders the goals of a plan; `heading` is the section and point, «二、…/5. …», by which the tree is drawn.

    target and baseline are in `unit` as the plan prints it; a measure's share is compared in percent. `co_offices`: their codes, by commas.
    What begins with `ledger_` is the rule of a goal that follows a ledger (`count_rule`).
    """

    scope_path: ClassVar[str] = "office__path"

    plan = models.ForeignKey(WorkPlan, models.PROTECT, related_name="goals", verbose_name=_("plan"))
    place = models.PositiveIntegerField(_("place"), default=0)
    heading = models.CharField(_("heading"), max_length=400, blank=True)
    text = models.TextField(_("text"))
    office = models.ForeignKey(Organisation, models.PROTECT, related_name="goals", verbose_name=_("office"))
    co_offices = models.CharField(_("offices that help"), max_length=400, blank=True)
    kind = models.CharField(_("kind of target"), max_length=10, choices=Kind.choices, default=Kind.EVIDENCE)
    operator = models.CharField(_("which way"), max_length=2, choices=Operator.choices, default=Operator.AT_LEAST)
    target = models.DecimalField(_("target"), max_digits=18, decimal_places=4, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    due = models.DateField(_("due on"))
    baseline = models.DecimalField(_("where it began"), max_digits=18, decimal_places=4, null=True, blank=True)
    bound_to = models.CharField(_("measured by"), max_length=10, choices=Binding.choices, default=Binding.REPORTED)
    measure = models.CharField(_("measure"), max_length=100, blank=True)
    stage = models.CharField(_("stage"), max_length=20, blank=True, default="all")
    ledger_table = models.CharField(_("ledger"), max_length=200, blank=True)
    ledger_where = models.TextField(_("condition"), blank=True)
    ledger_sum = models.CharField(_("column that is added up"), max_length=200, blank=True)
    ledger_by = models.CharField(_("by which day"), max_length=200, blank=True)
    ledger_time = models.CharField(_("time that is counted"), max_length=20, blank=True)
    weight = models.DecimalField(
        _("weight"), max_digits=6, decimal_places=2, default=Decimal(1), validators=[MinValueValidator(Decimal(0))]
    )
    part_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("goal of the plan of several years")
    )
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    class Meta:
        ordering = ["plan", "place", "pk"]
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="number") | models.Q(target__isnull=False),
                name="goal_number_has_target",
                violation_error_message=_("Say the number that is to be reached, or choose another kind of target."),
            ),
            models.CheckConstraint(
                condition=~models.Q(bound_to="measure") | (~models.Q(measure="") & models.Q(kind="number")),
                name="goal_measure_is_named",
                violation_error_message=_("A goal bound to a measure names it, and its target is a number."),
            ),
            models.CheckConstraint(
                condition=~models.Q(bound_to="ledger") | (~models.Q(ledger_table="") & models.Q(kind="number")),
                name="goal_ledger_is_named",
                violation_error_message=_("A goal bound to a ledger says what it counts, and its target is a number."),
            ),
        ]

    def __str__(self) -> str:
        return self.text if len(self.text) <= 60 else f"{self.text[:59]}…"

    @property
    def headings(self) -> list[str]:
        return [part for part in self.heading.split("/") if part]

    @property
    def count_rule(self) -> CountRule:
        """What a goal that follows a ledger counts."""
        time: Any = self.ledger_time if self.ledger_time in TIMES else "plan"
        return CountRule(self.ledger_table, self.ledger_where, self.ledger_sum, self.ledger_by or "opened_on", time)

    @property
    def helps(self) -> list[str]:
        return [code for code in self.co_offices.split(",") if code]

    def clean(self) -> None:
        super().clean()
        if self.due and self.plan_id and not (self.plan.begins_on <= self.due <= self.plan.ends_on):
            raise ValidationError({"due": _("The plan runs from {begin} to {end}. Choose a day in it.").format(
                begin=self.plan.begins_on, end=self.plan.ends_on)})  # fmt: skip
        unknown = set(self.helps) - set(Organisation.objects.filter(code__in=self.helps).values_list("code", flat=True))
        if unknown:
            raise ValidationError({"co_offices": _("There is no office with the code {code}.").format(code=", ".join(sorted(unknown)))})

    def earlier_targets(self) -> list[tuple[Self, Any]]:
        """The versions of this goal whose target was another one, the newest first, each with the version of history that replaced it."""
        versions = list(self.history.select_related("history_user").order_by("-history_date", "-history_id"))
        return [(old, new) for new, old in pairwise(versions) if self._target_of(old) != self._target_of(new)]

    @staticmethod
    def _target_of(row: Any) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in _TARGET)


def change_target(goal: Goal, *, change: Change, target: Decimal | None = None, due: date | None = None, operator: str = "") -> Goal:
    """Change what a goal commits to. The old target stays readable, with who changed it and why. Raises: Refused."""
    if (target, due, operator) == (None, None, ""):
        raise Refused(_("Say the new target, or the new day."))
    goal.target = goal.target if target is None else target
    goal.due = due or goal.due
    goal.operator = operator or goal.operator
    return goal.store(change=change)
