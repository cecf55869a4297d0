"""Stage weights: what a pupil of a stage weighs when shared resources of a school of several stages are divided.

Changes when the way a weight is written changes. The weights are data (`data/stage_weights/`).
"""

from pathlib import Path

from pydantic import Field

from jiaoheng.rulebook.loader import Rule, load_rules

__all__ = ["StageWeight", "load_stage_weights"]


class StageWeight(Rule):
    """The weight of one pupil of the stage; that of primary school is 1."""

    weight: float = Field(gt=0)
    source: str


def load_stage_weights(overlay: Path | None = None) -> dict[str, StageWeight]:
    """The weight of each stage that has one. Raises: RulebookFaulty."""
    return load_rules("stage_weights", StageWeight, overlay)
