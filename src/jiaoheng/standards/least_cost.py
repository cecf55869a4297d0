"""Least cost: the cheapest purchases and moves by which every school passes and every variation keeps its limit, or the most for a budget.

Changes when a standard can ask for something new. The choice is an integer program. A limit on a variation is a cone (`kept_limit`), laid
down by tangent planes, which hold for every point of it: first at the best fractions, then at every whole answer that is still outside,
until none is. Such an answer is also mended at once by buying a little more, so that there is a plan that holds, if not the cheapest, and
a bound below which none can lie, whenever time is up.
"""

import math
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from jiaoheng.standards.circumstances import Circumstances, Need, Part, Spread
from jiaoheng.standards.integer_program import Answer, IntegerProgram, NoAnswer
from jiaoheng.standards.kept_limit import KeptLimit, Member
from jiaoheng.standards.mending import mended
from jiaoheng.standards.relaxation import relaxed
from jiaoheng.standards.remedy import Remedy
from jiaoheng.standards.squares import Squares

__all__ = ["Choice", "LeastCost", "Offer", "OutOfTime", "Selection"]

_EFFORT = 0.1
"""Work spent on one answer of the same worth."""
_DEEP = 10**14
"""Depth is measured in the coefficients of the planes; no answer lies deeper than this counts."""
_PART = 10
"""The part of the time left in which that is done."""
_TRIES = 12
"""Times that another answer of the same worth is sought before the program is solved afresh."""
_CLOSE = 1e-4
"""Share of its worth by which an answer may be dearer than the bound and half of the time is enough."""
_BINDING = -1e-3
"""Share of the limit within which the best fractions are said to touch it."""


class OutOfTime(Exception):
    """No choice that holds was found in time."""


@dataclass(frozen=True)
class Offer:
    """A remedy at the price of the day."""

    remedy: Remedy
    price: Decimal


@dataclass(frozen=True)
class Choice:
    """How many lots of a remedy one part gets (sign 1) or gives up (sign -1)."""

    part: int
    offer: Offer
    sign: int
    variable: int
    upper: int

    def adds(self, figure: str) -> int:
        """What one lot adds to a figure of the part."""
        return self.sign * self.offer.remedy.lot * self.offer.remedy.adds.get(figure, 0)


@dataclass(frozen=True)
class Selection:
    """An answer: units by choice (only those above 0); by part, whether it passes; the limits kept (measure, stage); the cost, and the
    least cost below which no answer can lie (None where cost was not what was asked for first).
    """

    units: list[tuple[Choice, int]]
    passing: list[bool]
    kept: frozenset[tuple[str, str]]
    cost: Decimal
    least: Decimal | None
    proven: bool


class LeastCost:
    """The program for one area. `bounds`: by field, the field that it may not pass (PE teachers are teachers).

    `tied`: limits (measure, stage) of which a hair more is asked: there the judge, who counts in floating point, saw a tie otherwise than
    the exact numbers do. A LeastCost answers one question; ask another one of a new LeastCost.
    """

    def __init__(
        self, given: Circumstances, offers: Sequence[Offer], bounds: Mapping[str, str], seconds: float,
        tied: Collection[tuple[str, str]] = (),
    ) -> None:  # fmt: skip
        self._given = given
        self._until = time.monotonic() + seconds
        self._program = IntegerProgram()
        self._scale = math.lcm(*(Fraction(offer.price * offer.remedy.lot).denominator for offer in offers)) if offers else 1
        self.choices: list[Choice] = [choice for place, part in enumerate(given.parts) for choice in self._of_part(place, part, offers)]
        self._by_part = [[choice for choice in self.choices if choice.part == place] for place in range(len(given.parts))]
        self._grown: dict[tuple[int, str], tuple[dict[int, int], int]] = {}
        self._balance_moves()
        self._costs = self._cost_terms()
        for place, part in enumerate(given.parts):
            self._keep_whole(part, self._by_part[place], bounds)
        self._passing = [self._program.variable(1, lower=int(part.stands)) for part in given.parts]
        self._short: dict[int, Fraction] = {}
        for place, part in enumerate(given.parts):
            self._pass(place, part, offers)
        self._limits = [self._limit(spread, tied) for spread in given.spreads]
        self._planes: list[tuple[dict[int, int], int]] = []
        self._squares: dict[int, Squares] = {}
        self._tangents: list[tuple[dict[int, int], int]] = []

    def cheapest(self) -> Selection:
        """The cheapest choice by which everything passes. Raises: NoAnswer where nothing does; OutOfTime."""
        for place in self._passing:
            self._program.at_least({place: 1}, 1)
        for limit in self._limits:
            self._program.at_least({limit.within: 1}, 1)
        answer, proven = self._settled(self._costs, bound=self._lay_at_fractions(self._costs))
        return self._selection(answer, answer.bound, proven)

    def most(self, budget: Decimal | None) -> Selection:
        """The most schools, then the most limits kept, then the least shortfall, then the least cost, within the budget.

        Raises: NoAnswer where even the present does not fit; OutOfTime.
        """
        if budget is not None:
            self._program.at_most(self._costs, math.floor(Fraction(budget) * self._scale))
        shortest = {place: math.ceil(price * self._scale) for place, price in self._short.items()}
        sure, values = True, self._as_it_is()
        for objective in (self._most_schools(), shortest, self._costs):
            if objective:
                answer, proven = self._settled(objective, values)
                sure, values = sure and proven, answer.values
                self._program.at_most(objective, answer.objective)
        return self._selection(answer, None, sure)

    # What can be chosen, and what must hold.

    def _of_part(self, place: int, part: Part, offers: Iterable[Offer]) -> Iterator[Choice]:
        for offer in offers:
            remedy = offer.remedy
            most = remedy.at_most.for_pupils(part.pupils) // remedy.lot
            useful = any(set(need.weights) & set(remedy.adds) for need in part.needs)
            if not most or not useful or (remedy.stages and part.stage not in remedy.stages) or not set(remedy.adds) <= set(part.figures):
                continue
            for sign in (1,) if remedy.kind == "buy" else (1, -1):
                yield Choice(place, offer, sign, self._program.variable(most), most)

    def _balance_moves(self) -> None:
        """What leaves one school of a stage arrives at another."""
        moves: dict[tuple[str, str], dict[int, int]] = {}
        for choice in self.choices:
            if choice.offer.remedy.kind == "move":
                moves.setdefault((choice.offer.remedy.id, self._given.parts[choice.part].stage), {})[choice.variable] = choice.sign
        for terms in moves.values():
            self._program.at_least(terms, 0)
            self._program.at_most(terms, 0)

    def _cost_terms(self) -> dict[int, int]:
        """Cost of one lot in whole parts of a yuan; a move is paid once, where it arrives."""
        return {
            choice.variable: int(Fraction(choice.offer.price * choice.offer.remedy.lot) * self._scale)
            for choice in self.choices if choice.sign > 0
        }  # fmt: skip

    def _keep_whole(self, part: Part, choices: Sequence[Choice], bounds: Mapping[str, str]) -> None:
        """No figure falls below 0, and none passes the figure that it is part of."""
        for figure in sorted({name for choice in choices for name in choice.offer.remedy.adds}):
            terms = {choice.variable: choice.adds(figure) for choice in choices}
            if min(terms.values()) < 0:
                self._program.at_least(terms, -math.floor(part.figures[figure]))
            whole = bounds.get(figure)
            if whole is not None and whole in part.figures:
                room = {choice.variable: choice.adds(whole) - choice.adds(figure) for choice in choices}
                self._program.at_least(room, min(0, math.ceil(part.figures[figure] - part.figures[whole])))

    def _pass(self, place: int, part: Part, offers: Sequence[Offer]) -> None:
        """Every item at its floor and enough of them at their threshold; what is short of that is counted where the part may fail."""
        met = []
        for need in part.needs:
            growth, scale = self._growth(place, need)
            terms = dict(growth)
            low, high = math.ceil(scale * (need.floor - need.start)), math.ceil(scale * (need.threshold - need.start))
            if high > low:
                met.append(self._program.variable(1))
                terms[met[-1]] = low - high
            if not part.stands:
                most = max(0, math.ceil(need.threshold))
                short = self._program.variable(most)
                terms[short] = scale
                self._program.at_most({short: 1, self._passing[place]: most}, most)
                self._short[short] = _cheapest(need, offers)
            self._program.at_least(terms, low)
        wanted = part.at_least - (len(part.needs) - len(met))
        if wanted > 0:
            self._program.at_least(dict.fromkeys(met, 1), wanted)

    def _growth(self, place: int, need: Need) -> tuple[dict[int, int], int]:
        """What the choices add to the side that grows, and the factor by which all was multiplied to be whole."""
        if (place, need.measure) in self._grown:
            return self._grown[place, need.measure]
        found = {}
        for choice in self._by_part[place]:
            added = sum((weight * choice.adds(figure) for figure, weight in need.weights.items()), Fraction(0))
            if added:
                found[choice.variable] = added
        scale = math.lcm(*(added.denominator for added in found.values())) if found else 1
        self._grown[place, need.measure] = {variable: int(added * scale) for variable, added in found.items()}, scale
        return self._grown[place, need.measure]

    # Limits on variations.

    def _limit(self, spread: Spread, tied: Collection[tuple[str, str]]) -> KeptLimit:
        members = []
        for place, need in spread.members:
            grown, scale = self._growth(place, need)
            members.append(Member(need.start, {variable: Fraction(added, scale) for variable, added in grown.items()}, need.share_of))
        tight = spread.limit * (1 - Fraction(1, 10**12)) if (spread.measure, spread.stage) in tied else spread.limit
        return KeptLimit(spread, members, self._program.variable(1), self._program.variable(_DEEP), tight)

    def _lay(self, limit: KeptLimit, amounts: Sequence[Fraction]) -> None:
        """Rows that forbid these figures, which are outside of the limit, and nothing that is inside."""
        plane = limit.plane(amounts, self._program.uppers)
        if plane is not None:
            self._planes.append(plane)
        if limit.within not in self._squares:
            self._squares[limit.within] = Squares(self._program, limit, self._tangents)
        self._squares[limit.within].touch(amounts)

    def _lay_at_fractions(self, objective: Mapping[int, int]) -> int | None:
        """A plane where the best fractions touch each limit, and at those on the way there; what no answer can be less than."""
        found = relaxed(self._program, objective, self._limits, time.monotonic() + (self._until - time.monotonic()) / 4)
        if found is None:
            return None
        points, bound = found
        for values in points:
            for limit in self._limits:
                amounts = limit.amounts(values)
                if limit.excess(amounts) > (_BINDING if values is points[-1] else 0):
                    self._lay(limit, amounts)
        return math.floor(bound - 1e-6 * abs(bound))

    # Solving.

    def _settled(
        self, objective: Mapping[int, int], known: Sequence[int] | None = None, bound: int | None = None
    ) -> tuple[Answer, bool]:  # fmt: skip
        """The best answer in which every limit that counts as kept is kept; whether it is proven to be the best.

        known: the values of an answer that holds; bound: what no answer can be less than.
        """
        best = None if known is None else self._worth(objective, known)
        hint = known or ()
        half = time.monotonic() + (self._until - time.monotonic()) / 2
        while best is None or bound is None or bound < best.objective:
            if best is not None and bound is not None and best.objective - bound <= _CLOSE * best.objective and time.monotonic() > half:
                break
            try:
                answer = self._asked(objective, hint, [] if best is None else [_no_more(objective, best.objective - 1)])
            except NoAnswer:
                if best is None:
                    raise
                bound = best.objective
                break
            except OutOfTime:
                if best is None:
                    raise
                break
            bound = answer.bound if bound is None else max(bound, answer.bound)
            hint = answer.values
            best = self._better(objective, best, answer.values)
            if best is None or best.objective > bound:
                best = self._better(objective, best, self._deepest(objective, answer))
        assert best is not None
        least = best.objective if bound is None else min(bound, best.objective)
        return Answer(best.values, best.objective, least), least >= best.objective

    def _better(self, objective: Mapping[int, int], best: Answer | None, values: Sequence[int]) -> Answer | None:
        """The values, mended, where they are worth more than the best ones so far."""
        held = self._mended(values)
        found = None if held is None else self._worth(objective, held)
        return found if found is not None and (best is None or found.objective < best.objective) else best

    def _deepest(self, objective: Mapping[int, int], answer: Answer) -> list[int]:
        """Values of the same worth that lie within the limits, if such are found.

        Others of the same worth are sought that lie as deep as can be inside of all planes: among many equal answers one is inside more
        often than not.
        """
        values = answer.values
        until = time.monotonic() + (self._until - time.monotonic()) / _PART
        for _ in range(_TRIES):
            outside = self._outside(values)
            for limit in outside:
                self._lay(limit, limit.amounts(values))
            left = until - time.monotonic()
            if not outside or left <= 0:
                break
            rows = [*self._planes, _no_more(objective, answer.objective)]
            try:
                values = self._program.best({limit.depth: -1 for limit in outside}, left, values, rows, _EFFORT).values
            except NoAnswer:
                break
        return values

    def _mended(self, values: Sequence[int]) -> list[int] | None:
        """The values with more bought until every limit is kept that must be; where a limit may be given up, that is done instead."""
        depths = {limit.depth for limit in self._limits}
        start = [0 if place in depths else value for place, value in enumerate(values)]
        prices = {
            choice.variable: Fraction(self._costs[choice.variable])
            for choice in self.choices if choice.offer.remedy.kind == "buy"
        }  # fmt: skip
        found = mended(self._program, start, self._limits, prices)
        if found is None:
            for limit in self._outside(start):
                start[limit.within] = 0
            found = mended(self._program, start, self._limits, prices)
        return found

    def _as_it_is(self) -> list[int] | None:
        """The values where nothing is done; None where even that is not allowed."""
        nothing = ({choice.variable: -1 for choice in self.choices}, 0)
        try:
            values = self._program.best(self._most_schools(), self._until - time.monotonic(), rows=[nothing]).values
        except NoAnswer:
            return None
        for limit in self._outside(values):
            values[limit.within] = 0
        return values

    def _most_schools(self) -> dict[int, int]:
        """As many schools as possible, then as many limits."""
        return {**dict.fromkeys(self._passing, -(len(self._limits) + 1)), **{limit.within: -1 for limit in self._limits}}

    def _outside(self, values: Sequence[int]) -> list[KeptLimit]:
        """The limits that count as kept and are not."""
        return [limit for limit in self._limits if values[limit.within] and not limit.kept_by(values)]

    def _worth(self, objective: Mapping[int, int], values: Sequence[int]) -> Answer:
        worth = sum(factor * values[place] for place, factor in objective.items())
        return Answer(list(values), worth, worth)

    def _asked(self, objective: Mapping[int, int], hint: Sequence[int], rows: Sequence[tuple[Mapping[int, int], int]]) -> Answer:
        """One answer, in half of the time left: if it is still outside of a limit, there is time for another one."""
        left = self._until - time.monotonic()
        if left <= 0.02:
            raise OutOfTime
        try:
            return self._program.best(objective, left / 2, hint, [*self._planes, *self._tangents, *rows])
        except NoAnswer as error:
            if error.late:
                raise OutOfTime from None
            raise

    def _selection(self, answer: Answer, bound: int | None, proven: bool) -> Selection:
        chosen = [(choice, answer.values[choice.variable]) for choice in self.choices if answer.values[choice.variable]]
        units = [(choice, lots * choice.offer.remedy.lot) for choice, lots in chosen]
        cost = sum((choice.offer.price * count for choice, count in units if choice.sign > 0), Decimal(0))
        least = None if bound is None else Decimal(bound) / self._scale
        kept = frozenset((one.spread.measure, one.spread.stage) for one in self._limits if answer.values[one.within])
        return Selection(units, [bool(answer.values[place]) for place in self._passing], kept, cost, least, proven)


def _no_more(objective: Mapping[int, int], most: int) -> tuple[dict[int, int], int]:
    """The row by which an objective is at most so much."""
    return {variable: -factor for variable, factor in objective.items()}, -most


def _cheapest(need: Need, offers: Iterable[Offer]) -> Fraction:
    """The lowest price of one unit more on the side that grows; 1 where nothing can be bought."""
    prices = []
    for offer in offers:
        added = sum((weight * offer.remedy.adds.get(figure, 0) for figure, weight in need.weights.items()), Fraction(0))
        if added > 0 and offer.remedy.kind == "buy":
            prices.append(Fraction(offer.price) / added)
    return min(prices, default=Fraction(1))
