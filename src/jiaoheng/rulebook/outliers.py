"""Outlier limits: how unlike last year's, or other schools', a figure may be before a reason is asked for.

Changes when what can be said of such a limit changes. The limits themselves are data (`data/outliers/`), dated and sourced.
"""

from datetime import date
from pathlib import Path

from pydantic import Field

from jiaoheng.rulebook.loader import Label, Rule, load_rules

__all__ = ["FieldComparison", "LastYearLimit", "LikeSchoolsLimit", "OutlierRule", "load_outliers"]


class LastYearLimit(Rule):
    """From a day on: a relative change above `limit` (0.25 is a quarter) that is `at_least` so much in the figure's own unit."""

    since: date = Field(alias="from")
    limit: float = Field(gt=0)
    at_least: float = 0
    source: str


class LikeSchoolsLimit(Rule):
    """From a day on: a modified z-score above `limit` among at least `fewest` schools of the stage."""

    since: date = Field(alias="from")
    limit: float = Field(gt=0)
    fewest: int = Field(ge=3)
    source: str


class FieldComparison(Rule):
    """How one figure is compared: as it is, or per another figure of the same row, so that large schools are not outliers for size."""

    per: str | None = None


class OutlierRule(Rule):
    """The comparisons of one register's figures. The last limit that has begun is in force."""

    label: Label
    last_year: tuple[LastYearLimit, ...] = ()
    like_schools: tuple[LikeSchoolsLimit, ...] = ()
    fields: dict[str, FieldComparison]

    def last_year_on(self, day: date) -> LastYearLimit | None:
        return max((one for one in self.last_year if one.since <= day), key=lambda one: one.since, default=None)

    def like_schools_on(self, day: date) -> LikeSchoolsLimit | None:
        return max((one for one in self.like_schools if one.since <= day), key=lambda one: one.since, default=None)


def load_outliers(overlay: Path | None = None) -> dict[str, OutlierRule]:
    """The limits by register. Raises: RulebookFaulty."""
    return load_rules("outliers", OutlierRule, overlay)
