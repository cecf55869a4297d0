"""Squares: a limit on a variation in whole numbers, school by school, so that few rows keep an answer near to it.

Changes when limits are laid down in another way. With n the figure of a school per pupil, T the mean of all (both in shares of today's
mean) and t ≥ n²/T, the limit L is kept where Σ p·t ≤ (1 + L²)·P·T. The square is laid down by tangents t ≥ 2ρn − ρ²T, for each school as
it is needed; every rounding is to the side that forbids less, so that what the limit allows is never cut off.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

from jiaoheng.standards.integer_program import IntegerProgram
from jiaoheng.standards.kept_limit import KeptLimit

__all__ = ["Squares"]

_ONE = 10**6
"""How t and T are written as whole numbers."""
_STEP = 1_000
"""Tangents touch at thousandths of the mean: nearer than a millionth to the square."""
_HIGHEST = 8 * _STEP
"""A school so far above the mean is left to the planes."""
_FIRST = (400, 700, 900, 1_000, 1_100, 1_300, 1_700, 2_500)


class Squares:
    """The squares of one limit: variables of their own in a program, and rows that are kept apart from its own."""

    def __init__(self, program: IntegerProgram, limit: KeptLimit, rows: list[tuple[dict[int, int], int]]) -> None:
        self._limit, self._rows = limit, rows
        pupils = limit.spread.pupils
        self._unit = sum((member.start for member in limit.members), Fraction(0)) / pupils or Fraction(1)
        most = 100 * _ONE
        self._total = program.variable(most)
        self._squares = [program.variable(most) for _ in limit.members]
        mean = {self._total: -_ONE}
        start = Fraction(0)
        for member in limit.members:
            start += member.start
            for variable, added in member.grows.items():
                mean[variable] = mean.get(variable, 0) + math.ceil(_ONE * _ONE * added / (self._unit * pupils))
        rows.append((mean, -math.ceil(_ONE * _ONE * start / (self._unit * pupils)) - _ONE))
        exact = math.lcm(*(member.pupils.denominator for member in limit.members))
        fine = min(10**4, 10**17 // int(most * exact * pupils) or 1)
        shares = {
            square: -int(fine * exact * member.pupils) for square, member in zip(self._squares, limit.members, strict=True)
        }  # fmt: skip
        allowed = math.ceil(fine * exact * pupils * (1 + limit.tight**2))
        lowest = -most * int(fine * exact * pupils)
        slack = -int(fine * exact * pupils)
        rows.append(({self._total: allowed, **shares, limit.within: lowest - slack}, lowest))
        self._laid = {(place, share) for place in range(len(limit.members)) for share in _FIRST}
        for place, share in sorted(self._laid):
            self._tangent(place, share)

    def touch(self, amounts: Sequence[Fraction]) -> None:
        """Lay a tangent for every school where these figures are."""
        mean = sum(amounts) / self._limit.spread.pupils
        for place, (amount, member) in enumerate(zip(amounts, self._limit.members, strict=True)):
            share = round(_STEP * amount / member.pupils / mean) if mean else 0
            if 0 < share <= _HIGHEST and (place, share) not in self._laid:
                self._laid.add((place, share))
                self._tangent(place, share)

    def _tangent(self, place: int, share: int) -> None:
        member = self._limit.members[place]
        factor = Fraction(2 * share * _STEP * _ONE) / (self._unit * member.pupils)
        terms = {variable: -math.floor(factor * added) for variable, added in member.grows.items()}
        self._rows.append(({self._squares[place]: _STEP**2, self._total: share**2, **terms}, math.floor(factor * member.start)))
