"""Goal unit: the value of a measure in the unit in which a plan prints its goal.

Changes when goals are printed in other units than measures are.
"""

from jiaoheng.texts.unit import MAGNITUDES

__all__ = ["in_goal_unit"]

_SHARE = "share"
"""The unit of a value that is kept as 0 to 1."""


def in_goal_unit(value: float, measure_unit: str, goal_unit: str) -> float:
    """A share (0 to 1) in percent; persons in 万人 where the goal says so."""
    if measure_unit == _SHARE:
        return value * 100
    magnitude = max((word for word in MAGNITUDES if goal_unit.startswith(word)), key=len, default="")
    return value / MAGNITUDES[magnitude] if magnitude else value
