"""Values as they are told in a test, in the place of those that a snapshot is measured to."""

from collections.abc import Mapping

from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.measures.values import Value

CATALOGUE = load_catalogue()


class ToldValues:
    """By (measure, organisation, stage): numerator and denominator, or the value of a measure that is no ratio."""

    def __init__(self, told: Mapping[tuple[str, str, str], tuple[float, float] | float]) -> None:
        self._told = told

    def get(self, measure: str, organisation: str, stage: str = "all", period: str | None = None) -> Value | None:
        rule = CATALOGUE[measure]
        found = self._told.get((measure, organisation, stage))
        if found is None:
            return None
        numerator, denominator = found if isinstance(found, tuple) else (found, None)
        value = numerator if denominator is None else numerator / denominator if denominator else None
        return Value(rule, "", organisation, organisation, stage, period or "", numerator, denominator, value, 1, 1)
