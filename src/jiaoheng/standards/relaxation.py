"""Relaxation: the least that a plan can cost where lots may be cut into fractions, with every limit kept.

Changes when limits are approached in another way. With T the sum of the figures, t·T ≥ N²/p of each school is a cone of three dimensions,
which few tangents describe well: t ≥ (2ρN − ρ²T)/p at ρ = N/T. One plane over all schools would have to be laid hundreds of times.
"""

import math
import time
from collections.abc import Mapping, Sequence
from fractions import Fraction

from jiaoheng.standards.integer_program import InFractions, IntegerProgram
from jiaoheng.standards.kept_limit import KeptLimit

__all__ = ["relaxed"]

_FIRST = (0.4, 0.7, 0.9, 1.0, 1.1, 1.4, 2.0)
"""Shares of the mean at which the first tangents of each school touch."""
_ROUNDS = 25
_NEAR = 1e-5
"""Share of the limit by which the fractions may still pass it."""


def relaxed(
    program: IntegerProgram, objective: Mapping[int, int], limits: Sequence[KeptLimit], until: float
) -> tuple[list[list[float]], float] | None:
    """Fractions, the best ones last, and a bound below which the objective cannot be; None where there are none, or no time."""
    fractions = InFractions(program, objective)
    cones = [_Cone(fractions, limit) for limit in limits]
    found: list[list[float]] = []
    bound = -math.inf
    for _ in range(_ROUNDS):
        if time.monotonic() > until:
            break
        best = fractions.best()
        if best is None:
            break
        values, bound = best
        found.append(values)
        if not [cone for cone in cones if cone.touch(values)]:
            break
    return (found, bound) if found else None


class _Cone:
    """One limit in the relaxation; everything is measured in shares of today's mean, so that numbers stay near 1."""

    def __init__(self, fractions: InFractions, limit: KeptLimit) -> None:
        self._fractions, self._limit = fractions, limit
        pupils = float(limit.spread.pupils)
        self._unit = float(sum((member.start for member in limit.members), Fraction(0))) / pupils or 1.0
        self._total = fractions.variable()
        self._squares = [fractions.variable() for _ in limit.members]
        terms: dict[int, float] = {self._total: -1.0}
        start = 0.0
        for member in limit.members:
            start += float(member.start) / (self._unit * pupils)
            for variable, added in member.grows.items():
                terms[variable] = terms.get(variable, 0.0) + float(added) / (self._unit * pupils)
        fractions.at_least(terms, -start)
        fractions.at_least({variable: -factor for variable, factor in terms.items()}, start)
        shares = {square: -float(member.pupils) / pupils for square, member in zip(self._squares, limit.members, strict=True)}
        fractions.at_least({self._total: 1 + float(limit.tight) ** 2, **shares}, 0.0)
        for place in range(len(limit.members)):
            for share in _FIRST:
                self._lay(place, share)

    def touch(self, values: Sequence[float]) -> bool:
        """Lay tangents where the fractions are outside of the limit; False where they are not."""
        amounts = self._limit.amounts(values)
        if self._limit.excess(amounts) <= _NEAR:
            return False
        total = float(sum(amounts)) / float(self._limit.spread.pupils)
        for place, (amount, member) in enumerate(zip(amounts, self._limit.members, strict=True)):
            share = float(amount) / float(member.pupils) / total
            if values[self._squares[place]] < share**2 * total / self._unit - 1e-7:
                self._lay(place, share)
        return True

    def _lay(self, place: int, share: float) -> None:
        member = self._limit.members[place]
        factor = 2 * share / (self._unit * float(member.pupils))
        terms = {variable: -factor * float(added) for variable, added in member.grows.items()}
        self._fractions.at_least({self._squares[place]: 1.0, self._total: share**2, **terms}, factor * float(member.start))
