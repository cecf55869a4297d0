"""Shortfall: whether a ratio meets a threshold, exactly, and the smallest whole number that is lacking.

Changes when the way a threshold is compared changes. Figures are compared unrounded: 4.505 is not met by 4.504999, and binary
fractions do not decide (0.1 + 0.2 is 0.3 here), because both sides are read as the decimals they were written as.
"""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Literal

__all__ = ["floor_of", "lacking", "meets"]

Number = int | float | Decimal
Better = Literal["more", "less"]

_CLEAR = 1e-9
"""Share of the threshold beyond which a float comparison cannot be wrong; nearer, exact fractions decide."""


def meets(numerator: Number, denominator: Number, threshold: Decimal, better: Better = "more") -> bool:
    """Whether numerator / denominator reaches the threshold (`more`) or does not pass it (`less`).

    A denominator of 0 with something above it is endless: never enough where less is better. 0 / 0 asks for nothing and meets.
    """
    if denominator:
        limit = float(threshold)
        gap = float(numerator) / float(denominator) - limit
        if abs(gap) > _CLEAR * limit:
            return (gap > 0) == (better == "more")
    upper, needed = _exact(numerator), _exact(threshold) * _exact(denominator)
    return upper >= needed if better == "more" else upper <= needed


def floor_of(threshold: Decimal, share: Decimal | None, better: Better = "more") -> Decimal:
    """The least that is borne for an item that misses its threshold: 85 % of 5.3 is 4.505, unrounded. Without a share: the threshold."""
    if share is None:
        return threshold
    return threshold * share if better == "more" else threshold / share


def lacking(numerator: Number, denominator: Number, threshold: Decimal, better: Better = "more") -> int:
    """The smallest whole number to add so that the threshold is met; 0 where it is met.

    `more`: added to the numerator (teachers, m², yuan). `less`: added to the denominator (teachers for their pupils).
    """
    upper, lower, limit = float(numerator), float(denominator), float(threshold)
    missing = limit * lower - upper if better == "more" else upper / limit - lower
    if abs(missing - round(missing)) <= _CLEAR * max(1.0, upper, limit * lower):
        exact = _exact(threshold) * _exact(denominator) - _exact(numerator)
        return max(0, math.ceil(exact if better == "more" else -exact / _exact(threshold)))
    return max(0, math.ceil(missing))


def _exact(number: Number) -> Fraction:
    """The decimal that was written, not the binary fraction next to it."""
    return Fraction(Decimal(repr(number))) if isinstance(number, float) else Fraction(number)
