"""Kept limit: a limit on a variation as a cone over what can be chosen: whether figures lie inside of it, and the planes that touch it.

Changes when a variation is limited in another way. With N the figures of the schools, p their pupils, P all pupils and L the limit, it is
kept where √Σ(N²/p) ≤ √((1 + L²)/P) · ΣN: the moving mean ΣN/P is in it already, and it is convex.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from jiaoheng.standards.circumstances import Spread

__all__ = ["KeptLimit", "Member"]

_CLEAR = 1e-9
"""Share beyond which a comparison of floats cannot be wrong."""
_FINE = 10**9
"""Largest coefficient of a tangent plane; finer where two planes would otherwise be the same."""


@dataclass(frozen=True)
class Member:
    """One part of a school: its figure before any choice, what one lot of each choice (by variable) adds, and its pupils."""

    start: Fraction
    grows: Mapping[int, Fraction]
    pupils: Fraction

    def amount(self, values: Sequence[int] | Sequence[float]) -> Fraction:
        """Exact where the values are whole."""
        return self.start + sum((Fraction(values[variable]) * added for variable, added in self.grows.items()), Fraction(0))


@dataclass
class KeptLimit:
    """A limit in a program: `within` is 1 where it must hold; `tight` is the limit asked for, below the official one after a tie; `depth`
    is how deep inside of all its planes an answer lies, where that is asked for."""

    spread: Spread
    members: Sequence[Member]
    within: int
    depth: int
    tight: Fraction
    _seen: set[tuple[int, ...]] = field(default_factory=set)

    def amounts(self, values: Sequence[int] | Sequence[float]) -> list[Fraction]:
        """The figure of each member under the values of the variables."""
        return [member.amount(values) for member in self.members]

    def kept_by(self, values: Sequence[int]) -> bool:
        """Whether whole values of the variables keep the limit; exact fractions decide where floats might be wrong."""
        total = squares = 0.0
        for pupils, start, grows in self._floats:
            amount = start
            for variable, added in grows:
                amount += values[variable] * added
            total += amount
            squares += amount * amount / pupils
        allowed = (1 + float(self.tight) ** 2) * total * total
        needed = squares * float(self.spread.pupils)
        if abs(needed - allowed) > _CLEAR * allowed:
            return needed < allowed
        return self.holds(self.amounts(values))

    @cached_property
    def _floats(self) -> list[tuple[float, float, list[tuple[int, float]]]]:
        return [
            (float(one.pupils), float(one.start), [(variable, float(added)) for variable, added in one.grows.items()])
            for one in self.members
        ]  # fmt: skip

    def holds(self, amounts: Sequence[Fraction]) -> bool:
        """Exactly: Σ(N²/p) · P ≤ (1 + L²) · (ΣN)²."""
        squares = sum((n * n / member.pupils for n, member in zip(amounts, self.members, strict=True)), Fraction(0))
        return squares * self.spread.pupils <= (1 + self.tight**2) * sum(amounts) ** 2

    def excess(self, amounts: Sequence[Fraction]) -> float:
        """By how much of itself the coefficient of variation passes its limit."""
        total = math.fsum(map(float, amounts))
        if not total:
            return 0.0
        squares = math.fsum(float(n) ** 2 / float(member.pupils) for n, member in zip(amounts, self.members, strict=True))
        return math.sqrt(max(0.0, squares * float(self.spread.pupils) / total**2 - 1)) / float(self.spread.limit) - 1

    def slopes(self, amounts: Sequence[Fraction]) -> tuple[list[float], float]:
        """By how much one unit more at each member brings these figures nearer to the cone, and how far they are outside of it."""
        pupils = [float(member.pupils) for member in self.members]
        norm = math.sqrt(math.fsum(float(n) ** 2 / p for n, p in zip(amounts, pupils, strict=True))) or 1.0
        slope = math.sqrt((1 + float(self.tight) ** 2) / float(self.spread.pupils))
        return [slope - float(n) / (p * norm) for n, p in zip(amounts, pupils, strict=True)], norm - slope * float(sum(amounts))

    def plane(self, amounts: Sequence[Fraction], uppers: Sequence[int], fine: int = _FINE) -> tuple[dict[int, int], int] | None:
        """The plane that cuts off a point outside, as a row `Σ factor · variable ≥ least`: Σ (c − N̂/(p‖N̂‖)) N ≥ 0, c = √((1 + L²)/P).

        N̂ lies on the cone, on the way from the point to the even spread of the same sum: along it the variation shrinks in proportion.
        Coefficients are rounded up: figures are never below 0, so the rounded plane holds wherever the exact one does. None where no
        choice can be beyond it.
        """
        pupils = [float(member.pupils) for member in self.members]
        mean = math.fsum(map(float, amounts)) / math.fsum(pupils)
        share = 1 / (1 + max(0.0, self.excess(amounts)))
        touched = [Fraction(mean * p + share * (float(n) - mean * p)) for n, p in zip(amounts, pupils, strict=True)]
        exact, _ = self.slopes(touched)
        scale = fine / max(map(abs, exact))
        rounded = tuple(math.ceil(factor * scale) for factor in exact)
        if rounded in self._seen:
            if fine < _FINE**2 // 1000:
                return self.plane(amounts, uppers, fine * 1000)
            self.tight *= 1 - Fraction(1, 10**10)
            return None
        self._seen.add(rounded)
        terms: dict[int, Fraction] = {}
        start = Fraction(0)
        for factor, member in zip(rounded, self.members, strict=True):
            start += factor * member.start
            for variable, added in member.grows.items():
                terms[variable] = terms.get(variable, Fraction(0)) + factor * added
        whole = math.lcm(*(term.denominator for term in terms.values())) if terms else 1
        row = {variable: int(term * whole) for variable, term in terms.items()}
        least = math.ceil(-start * whole)
        lowest = sum(min(0, factor * uppers[variable]) for variable, factor in row.items())
        return ({**row, self.within: lowest - least, self.depth: -1}, lowest) if lowest < least else None
