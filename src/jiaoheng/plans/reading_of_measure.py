"""Reading: what a goal's measure gave in one snapshot; kept, so that a plan's page needs no computing.

Changes when the way a goal follows its measure changes. A reading is made anew whenever the goal or the measure's definition differs.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.plans.goal import Binding, Goal
from jiaoheng.plans.goal_unit import in_goal_unit
from jiaoheng.snapshots.snapshot import MANIFEST, Snapshot, SnapshotRefused

if TYPE_CHECKING:
    from jiaoheng.measures.catalogue import Catalogue

__all__ = ["Reading", "read_measures"]


class Reading(models.Model):
    """One value, in the unit of the goal (a share in percent), with its parts and the snapshot that it stands in."""

    goal = models.ForeignKey(Goal, models.CASCADE, related_name="readings", verbose_name=_("goal"))
    asked = models.CharField(max_length=300)
    """Measure, definition, organisation and stage that were asked for."""
    snapshot = models.CharField(max_length=64)
    on = models.DateField()
    value = models.FloatField(null=True)
    numerator = models.FloatField(null=True)
    denominator = models.FloatField(null=True)

    class Meta:
        ordering = ["goal", "on", "pk"]
        constraints = [models.UniqueConstraint(fields=["goal", "snapshot"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.on}: {self.value}"


def read_measures(goals: Iterable[Goal], snapshots: Path, catalogue: "Catalogue") -> int:
    """Read every goal's measure from every snapshot of a folder that was not read yet; how many readings were made.

    A snapshot that cannot be trusted is passed over, as is one from before the plan began.
    """
    bound = [goal for goal in goals if goal.bound_to == Binding.MEASURE and goal.measure in catalogue]
    made = 0
    for folder in sorted(file.parent for file in snapshots.glob(f"*/{MANIFEST}") if not file.parent.name.startswith(".")):
        try:
            snapshot = Snapshot.open(folder)
        except SnapshotRefused:
            continue
        made += _read(bound, snapshot, catalogue)
    return made


def _read(goals: list[Goal], snapshot: Snapshot, catalogue: "Catalogue") -> int:
    asked = {goal.pk: _asked(goal, catalogue) for goal in goals if goal.plan.begins_on <= snapshot.date}
    known = dict(Reading.objects.filter(goal__in=asked, snapshot=snapshot.hash).values_list("goal_id", "asked"))
    missing = [goal for goal in goals if goal.pk in asked and known.get(goal.pk) != asked[goal.pk]]
    if not missing:
        return 0
    from jiaoheng.measures.values import compute  # brings DuckDB, which a start of the site has no use for

    values = compute(snapshot, catalogue, sorted({goal.measure for goal in missing}))
    for goal in missing:
        found = values.get(goal.measure, goal.plan.organisation.code, goal.stage or "all")
        unit = catalogue[goal.measure].unit.en
        Reading.objects.update_or_create(
            goal=goal,
            snapshot=snapshot.hash,
            defaults={
                "asked": asked[goal.pk],
                "on": snapshot.date,
                "value": None if found is None or found.value is None else in_goal_unit(found.value, unit, goal.unit),
                "numerator": found.numerator if found else None,
                "denominator": found.denominator if found else None,
            },
        )
    return len(missing)


def _asked(goal: Goal, catalogue: "Catalogue") -> str:
    return f"{goal.measure} {catalogue[goal.measure].definition_version} {goal.plan.organisation.code} {goal.stage or 'all'}"
