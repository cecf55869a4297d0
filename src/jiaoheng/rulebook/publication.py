"""Publication: what is hidden in figures that leave the bureau.

Changes when the way this is written changes. The thresholds are data (`data/publication/`).
"""

from pathlib import Path

from pydantic import Field

from jiaoheng.rulebook.loader import Rule, load_rules

__all__ = ["SuppressionRule", "suppression_rule"]


class SuppressionRule(Rule):
    """A count of persons above zero and below the threshold is hidden. `partitions`: measures that add up though their
    expressions do not tell, the whole first, then its parts."""

    threshold: int = Field(ge=2, le=1000)
    partitions: tuple[tuple[str, ...], ...] = ()
    source: str


def suppression_rule(overlay: Path | None = None) -> SuppressionRule:
    """The rule for counts of persons. Raises: RulebookFaulty."""
    return load_rules("publication", SuppressionRule, overlay)["counts_of_persons"]
