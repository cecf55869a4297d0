"""Publication: what is hidden in figures that leave the bureau.

Changes when the way this is written changes. The thresholds are data (`data/publication/`).
"""

from pathlib import Path

from pydantic import Field

from jiaoheng.rulebook.loader import Rule, load_rules

__all__ = ["SuppressionRule", "suppression_rule"]


class SuppressionRule(Rule):
    """A count of persons above zero and below the threshold is hidden, and so much beside it that the least and the most that it could be
    lie apart by the spread (threshold − 1 where none is given) and the most reaches the threshold.

    What the measures' expressions do not tell: `partitions`, measures that add up, the whole first, then its parts; `same_persons`, figures
    («measure» or «measure/denominator») of the same persons in several registers; `followed`, the same of a year and of the one after it.
    """

    threshold: int = Field(ge=2, le=1000)
    spread: int | None = Field(default=None, ge=1, le=1000)
    same_persons: tuple[tuple[str, ...], ...] = ()
    followed: tuple[tuple[str, str], ...] = ()
    partitions: tuple[tuple[str, ...], ...] = ()
    source: str


def suppression_rule(overlay: Path | None = None) -> SuppressionRule:
    """The rule for counts of persons. Raises: RulebookFaulty."""
    return load_rules("publication", SuppressionRule, overlay)["counts_of_persons"]
