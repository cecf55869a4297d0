"""Variation: the official coefficient of variation 差异系数 of one resource between schools.

Changes when the formula changes.
"""

import math
from collections.abc import Sequence

__all__ = ["coefficient"]


def coefficient(pairs: Sequence[tuple[float, float]]) -> float | None:
    """S / X̄ with S² = Σ (p/P)(x − X̄)² and X̄ the area's own ratio. `pairs`: (resource, pupils) of each school.

    None where there is nothing to compare.
    """
    weight = math.fsum(p for _, p in pairs)
    resource = math.fsum(n for n, _ in pairs)
    if not weight or not resource:
        return None
    mean = resource / weight
    return math.sqrt(math.fsum(p / weight * (n / p - mean) ** 2 for n, p in pairs)) / mean
