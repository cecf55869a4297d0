"""Form shuffle: the order that `randomize()` gives.

Changes when phones shuffle in another way. Source: the ODK XForms specification, «randomize»: shuffled inside out, with a
seed by the generator of Park and Miller.
"""

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["shuffled"]

_FACTOR, _MODULUS = 16_807, 2_147_483_647


def shuffled(items: Sequence[Any], seed: float | str | None) -> list[Any]:
    """The items in another order. With a number the order is the one that phones give; the same text gives the same order; None gives a
    new one each time.
    """
    if isinstance(seed, float):
        draws = _park_miller(math.floor(seed) if math.isfinite(seed) else 0)
    else:
        draws = iter(random.Random(seed).random, None) if seed != "" else _park_miller(0)
    mixed: list[Any] = []
    for place, item in enumerate(items):
        drawn = int(next(draws) * (place + 1))
        mixed.append(mixed[drawn] if drawn < place else item)
        mixed[drawn] = item
    return mixed


def _park_miller(seed: int) -> Iterator[float]:
    """Numbers from 0 to below 1."""
    state = int(math.fmod(seed, _MODULUS))
    state = state if state > 0 else state + _MODULUS - 1
    while True:
        state = state * _FACTOR % _MODULUS
        yield (state - 1) / (_MODULUS - 1)
