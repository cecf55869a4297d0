"""Period: when a row holds, from the first day to the first day on which it holds no longer.

Changes when the way registers write periods changes. Both ends are days; «until 1 September» and «since 1 September» meet without a gap.
"""

from datetime import date
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.change import Change, Recorded, RecordedQuerySet

__all__ = ["Dated", "DatedQuerySet", "holding", "one_open"]

M = TypeVar("M", bound="Dated")


def holding(day: date, *, since: str = "since", until: str = "until") -> models.Q:
    """The rows that hold on a day: begun, and not ended by it."""
    return models.Q(**{f"{since}__lte": day}) & (models.Q(**{f"{until}__isnull": True}) | models.Q(**{f"{until}__gt": day}))


def one_open(*fields: str, name: str, words: Any) -> models.UniqueConstraint:
    """At most one row without an end for these fields."""
    return models.UniqueConstraint(fields=fields, condition=models.Q(until__isnull=True), name=name, violation_error_message=words)


class DatedQuerySet(RecordedQuerySet[M]):
    def on(self, day: date) -> Self:
        """The rows that hold on this day."""
        return self.filter(holding(day))


class Dated(Recorded):
    """A row that holds from `since` (first day) until `until` (first day no longer; empty: still)."""

    since = models.DateField(_("since"))
    until = models.DateField(_("until (first day no longer)"), null=True, blank=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager.from_queryset(DatedQuerySet)()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="%(class)s_dates_in_order",
                violation_error_message=_("This ends before it begins. Correct one of the two dates."),
            )
        ]

    def end(self, *, on: date, change: Change) -> Self:
        """End on a day: the first on which it holds no longer."""
        self.until = on
        return self.store(change=change)
