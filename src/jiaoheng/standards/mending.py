"""Mending: an answer that lies a little outside of a limit is brought inside by buying more, where that helps most for its price.

Changes when answers are mended in another way. What comes out keeps every rule and every limit, and no single lot of it can be spared; it
need not be the cheapest.
"""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from jiaoheng.standards.integer_program import IntegerProgram
from jiaoheng.standards.kept_limit import KeptLimit

__all__ = ["mended"]

_SHARE = 8
"""An eighth of what is lacking at a time, so that the purchases spread over the schools that need them most."""
_SWAPS = 60


def mended(program: IntegerProgram, values: Sequence[int], limits: Sequence[KeptLimit], prices: Mapping[int, Fraction]) -> list[int] | None:
    """Values near to these that keep every row of the program and every limit; None where buying more does not lead there.

    prices: by variable that may grow, the price of a lot.
    """
    found = _Mending(program, values, [limit for limit in limits if values[limit.within]], prices)
    if not found.brought_inside():
        return None
    found.spare()
    return found.values


class _Mending:
    def __init__(
        self, program: IntegerProgram, values: Sequence[int], limits: Sequence[KeptLimit], prices: Mapping[int, Fraction]
    ) -> None:  # fmt: skip
        self.values = list(values)
        self._program, self._limits, self._prices = program, limits, prices
        self._rows: dict[int, list[tuple[int, int]]] = {}
        self._slack = []
        for place, (terms, least) in enumerate(program.rows):
            self._slack.append(sum(factor * values[variable] for variable, factor in terms.items()) - least)
            for variable, factor in terms.items():
                if variable in prices:
                    self._rows.setdefault(variable, []).append((place, factor))
        self._moved: dict[int, list[KeptLimit]] = {}
        for limit in limits:
            for variable in {variable for member in limit.members for variable in member.grows}:
                self._moved.setdefault(variable, []).append(limit)

    def brought_inside(self) -> bool:
        """Buy until every limit is kept; whether that was possible."""
        if min(self._slack, default=0) < 0:
            return False
        while beyond := [limit for limit in self._limits if not self._kept(limit)]:
            for limit in beyond:
                while not self._kept(limit):
                    step = self._step(limit)
                    if step is None:
                        return False
                    self._buy(*step)
        return True

    def spare(self) -> None:
        """Leave out what is not needed; then where another school needs a lot of the same price more, let it have that, and see again."""
        bought = sorted((one for one in self._prices if self.values[one]), key=lambda one: -self._prices[one])
        for variable in bought:
            self._leave_out(variable)
        for limit in self._limits:
            for _ in range(_SWAPS):
                swap = self._swap(limit)
                if swap is None:
                    break
                self._buy(swap[1], 1)
                self._buy(swap[0], -1)
                if not self._kept(limit) or not all(map(self._kept, self._moved.get(swap[0], []))):
                    self._buy(swap[0], 1)
                    self._buy(swap[1], -1)
                    break
                self._leave_out(swap[0])

    def _leave_out(self, variable: int) -> None:
        count = self.values[variable] - self._program.lowers[variable]
        while count > 0:
            self._buy(variable, -count)
            if self._room(variable) >= 0 and all(map(self._kept, self._moved.get(variable, []))):
                count = min(count, self.values[variable] - self._program.lowers[variable])
            else:
                self._buy(variable, count)
                count //= 2

    def _swap(self, limit: KeptLimit) -> tuple[int, int] | None:
        """Two purchases of one price: the one that keeps the limit least, of which a lot is to spare, and the one that would most."""
        slopes, _ = limit.slopes(limit.amounts(self.values))
        ranked: dict[Fraction, list[tuple[float, int]]] = {}
        for slope, member in zip(slopes, limit.members, strict=True):
            for variable, added in member.grows.items():
                if variable in self._prices:
                    ranked.setdefault(self._prices[variable], []).append((slope * float(added), variable))
        for gains in ranked.values():
            spared = min((one for one in gains if self._may_lose(one[1])), default=None)
            wanted = max((one for one in gains if self._room(one[1]) > 0), default=None)
            if spared is not None and wanted is not None and wanted[0] > spared[0] * 1.001 and wanted[1] != spared[1]:
                return spared[1], wanted[1]
        return None

    def _step(self, limit: KeptLimit) -> tuple[int, int] | None:
        """The purchase that brings the figures nearest to the limit for its price, and how many lots of it."""
        slopes, lacking = limit.slopes(limit.amounts(self.values))
        best: tuple[float, int, int] | None = None
        for slope, member in zip(slopes, limit.members, strict=True):
            for variable, added in member.grows.items():
                gain = slope * float(added)
                if variable not in self._prices or gain <= 0 or (best and gain / float(self._prices[variable]) <= best[0]):
                    continue
                room = self._room(variable)
                if room > 0:
                    lots = max(1, min(room, math.ceil(lacking / gain / _SHARE)))
                    best = gain / float(self._prices[variable]), variable, lots
        return None if best is None else best[1:]

    def _buy(self, variable: int, count: int) -> None:
        self.values[variable] += count
        for place, factor in self._rows.get(variable, ()):
            self._slack[place] += factor * count

    def _kept(self, limit: KeptLimit) -> bool:
        return limit.kept_by(self.values)

    def _room(self, variable: int) -> int:
        """How many lots more the program's rows allow; below 0 where they allow fewer than there are."""
        if any(self._slack[place] < 0 for place, _ in self._rows.get(variable, ())):
            return -1
        more = [self._slack[place] // -factor for place, factor in self._rows.get(variable, ()) if factor < 0]
        return min([self._program.uppers[variable] - self.values[variable], *more])

    def _may_lose(self, variable: int) -> bool:
        spare = self.values[variable] > self._program.lowers[variable]
        return spare and all(self._slack[place] >= factor for place, factor in self._rows.get(variable, ()))
