"""School age: how old children of a grade usually are, as dated policy data.

Changes when what can be said of ages changes. The ages themselves are data (`data/ages/`).
"""

from pathlib import Path

from pydantic import Field

from jiaoheng.rulebook.loader import Label, Rule, load_rules

__all__ = ["CountedOn", "SchoolAge", "school_age"]


class CountedOn(Rule):
    """The day of the calendar year in which the school year begins."""

    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)


class SchoolAge(Rule):
    """Full years on the day `counted_on`: in `first_grade` from `youngest` to `oldest`, a year more for every grade; margins in years."""

    label: Label
    source: str
    first_grade: str
    counted_on: CountedOn
    youngest: int
    oldest: int
    margin_below: int = 0
    margin_above: int = 0


def school_age(overlay: Path | None = None) -> SchoolAge:
    """The rule in force. Raises: RulebookFaulty."""
    return load_rules("ages", SchoolAge, overlay)["school_age"]
