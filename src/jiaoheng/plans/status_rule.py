"""Status rule: when a goal counts as ahead, on course or late, read from the rulebook.

Changes when the rule says something new. The numbers are data (`rulebook/data/plans/`), the bureau's own laid over ours.
"""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from jiaoheng.rulebook.loader import Rule, load_rules

__all__ = ["Status", "StatusRule", "load_status_rule"]

Status = Literal["reached", "ahead", "on_course", "late", "missed", "not_reported", "withdrawn"]


class _Source(Rule):
    document: str


class StatusRule(Rule):
    """`tolerance`: the part of the way that may be missing; `points`: what a status brings of a goal's weight, `way` the part gone."""

    source: _Source
    in_force: date
    tolerance: float = Field(ge=0, le=1)
    report_every_days: int = Field(gt=0)
    points: dict[Literal["reached", "ahead", "on_course", "late", "missed", "not_reported"], float | Literal["way"]]

    def of_weight(self, status: Status, way: float) -> float:
        """The part of its weight that a goal brings, 0 to 1."""
        points = self.points.get(status, 0.0) if status != "withdrawn" else 0.0
        return max(0.0, min(1.0, way)) if points == "way" else float(points)


def load_status_rule(overlay: Path | None = None) -> StatusRule:
    """Raises: RulebookFaulty."""
    return load_rules("plans", StatusRule, overlay)["status"]
