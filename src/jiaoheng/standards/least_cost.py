"""Least cost: the cheapest purchases and moves by which every school passes and every variation keeps its limit, or the most for a budget.

Changes when a standard can ask for something new. The choice is an integer program. A limit L on a variation asks, with N the figures after
the plan, p the pupils and P their sum, that √Σ(N²/p) ≤ √((1 + L²)/P) · ΣN: a cone, hence convex. It is laid down by tangent planes, which
hold for every point of the cone: first around the best fractions, then at every whole answer that is still outside, until none is.
"""

import math
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from jiaoheng.standards.circumstances import Circumstances, Need, Part, Spread
from jiaoheng.standards.integer_program import Answer, IntegerProgram, NoAnswer
from jiaoheng.standards.remedy import Remedy

__all__ = ["Choice", "LeastCost", "Offer", "OutOfTime", "Selection"]

_PLANES = 80
"""Tangent planes laid around the best fractions of one limit before whole numbers are asked for."""
_EFFORT = 0.1
"""Work spent on one answer of the same worth."""
_DEEP = 10**14
"""Depth is measured in the coefficients of the planes; no answer lies deeper than this counts."""
_TRIES = 12
"""Times that another answer of the same worth is sought before the program is solved afresh."""
_NEAR = 1e-6
"""Share of the limit by which the best fractions may still pass it."""
_FINE = 10**9
"""Largest coefficient of a tangent plane; finer where two planes would otherwise be the same."""


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


@dataclass
class _Spreading:
    """A limit in the program: `within` is 1 where it must hold; `tight` is the limit asked for, below the official one after a tie;
    `depth` is how deep inside of all its planes an answer lies, where that is asked for.
    """

    spread: Spread
    within: int
    depth: int
    tight: Fraction
    seen: set[tuple[int, ...]] = field(default_factory=set)


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
        self._spreadings = [
            _Spreading(spread, self._program.variable(1), self._program.variable(_DEEP), _asked_limit(spread, tied))
            for spread in given.spreads
        ]

    def cheapest(self) -> Selection:
        """The cheapest choice by which everything passes. Raises: NoAnswer where nothing does; OutOfTime."""
        for place in self._passing:
            self._program.at_least({place: 1}, 1)
        for spreading in self._spreadings:
            self._program.at_least({spreading.within: 1}, 1)
        self._lay_around_fractions(self._costs)
        answer, proven = self._settled(self._costs)
        return self._selection(answer, answer.bound, proven)

    def most(self, budget: Decimal | None) -> Selection:
        """The most schools, then the most limits kept, then the least shortfall, then the least cost, within the budget.

        Raises: NoAnswer where even the present does not fit; OutOfTime.
        """
        if budget is not None:
            self._program.at_most(self._costs, math.floor(Fraction(budget) * self._scale))
        schools = {**dict.fromkeys(self._passing, -(len(self._spreadings) + 1)), **{one.within: -1 for one in self._spreadings}}
        shortest = {place: math.ceil(price * self._scale) for place, price in self._short.items()}
        sure = True
        answer: Answer | None = None
        for objective in (schools, shortest, self._costs):
            if not objective:
                continue
            answer, proven = self._settled(objective, answer.values if answer else ())
            sure = sure and proven
            self._program.at_most(objective, answer.objective)
        assert answer is not None
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

    def _amounts(self, spread: Spread, values: Sequence[int] | Sequence[float]) -> list[Fraction]:
        """The resource of each member under the values of the variables: exact where they are whole."""
        amounts = []
        for place, need in spread.members:
            terms, scale = self._growth(place, need)
            grown = sum(values[variable] * factor for variable, factor in terms.items())
            amounts.append(need.start + Fraction(grown) / scale)
        return amounts

    def _holds(self, one: _Spreading, amounts: Sequence[Fraction]) -> bool:
        """Exactly: Σ(N²/p) · P ≤ (1 + L²) · (ΣN)²."""
        squares = sum((n * n / need.share_of for n, (_, need) in zip(amounts, one.spread.members, strict=True)), Fraction(0))
        return squares * one.spread.pupils <= (1 + one.tight**2) * sum(amounts) ** 2

    def _lay_plane(self, one: _Spreading, amounts: Sequence[Fraction], fine: int = _FINE) -> None:
        """The plane that cuts off a point outside: Σ (c − N̂/(p‖N̂‖)) N ≥ 0 with c = √((1 + L²)/P).

        N̂ lies on the cone, on the way from the point to the even spread of the same sum: along it the variation shrinks in proportion.
        Coefficients are rounded up: figures are never below 0, so the rounded plane holds wherever the exact one does.
        """
        pupils = [float(need.share_of) for _, need in one.spread.members]
        mean = math.fsum(map(float, amounts)) / math.fsum(pupils)
        share = 1 / (1 + max(0.0, _excess(one.spread, amounts)))
        touched = [mean * p + share * (float(n) - mean * p) for n, p in zip(amounts, pupils, strict=True)]
        norm = math.sqrt(math.fsum(n**2 / p for n, p in zip(touched, pupils, strict=True)))
        slope = math.sqrt((1 + float(one.tight) ** 2) / float(one.spread.pupils))
        exact = [slope - n / (p * norm) for n, p in zip(touched, pupils, strict=True)]
        scale = fine / max(map(abs, exact))
        rounded = tuple(math.ceil(factor * scale) for factor in exact)
        if rounded in one.seen:
            if fine < _FINE**2 // 1000:
                self._lay_plane(one, amounts, fine * 1000)
            else:
                one.tight *= 1 - Fraction(1, 10**10)
            return
        one.seen.add(rounded)
        terms: dict[int, Fraction] = {}
        start = Fraction(0)
        for factor, (place, need) in zip(rounded, one.spread.members, strict=True):
            start += factor * need.start
            grown, divided = self._growth(place, need)
            for variable, added in grown.items():
                terms[variable] = terms.get(variable, Fraction(0)) + Fraction(factor * added, divided)
        whole = math.lcm(*(term.denominator for term in terms.values())) if terms else 1
        row = {variable: int(term * whole) for variable, term in terms.items()}
        least = math.ceil(-start * whole)
        lowest = sum(min(0, factor * self._program.uppers[variable]) for variable, factor in row.items())
        if lowest < least:
            self._program.at_least({**row, one.within: lowest - least, one.depth: -1}, lowest)

    def _lay_around_fractions(self, objective: Mapping[int, int]) -> None:
        for _ in range(_PLANES):
            values = self._program.relaxed(objective)
            if values is None or time.monotonic() > self._until:
                return
            outside = [(one, self._amounts(one.spread, values)) for one in self._spreadings]
            outside = [(one, amounts) for one, amounts in outside if _excess(one.spread, amounts) > _NEAR]
            if not outside:
                return
            for one, amounts in outside:
                self._lay_plane(one, amounts)

    # Solving.

    def _settled(self, objective: Mapping[int, int], hint: Sequence[int] = ()) -> tuple[Answer, bool]:
        """The best answer in which every limit that counts as kept is kept; whether it is proven to be the best.

        Where an answer is outside of a limit, others of the same worth are sought first that lie as deep as can be
        inside of all its planes: among many equal answers one is inside more often than not.
        """
        while True:
            best = answer = self._asked(objective, hint)
            for _ in range(_TRIES):
                outside = self._outside(answer.values)
                if not outside:
                    return Answer(answer.values, best.objective, best.bound), best.bound >= best.objective
                for one, amounts in outside:
                    self._lay_plane(one, amounts)
                hint = answer.values
                worth = ({variable: -factor for variable, factor in objective.items()}, -best.objective)
                try:
                    left = max(0.0, self._until - time.monotonic())
                    answer = self._program.best({one.depth: -1 for one, _ in outside}, left / 2, hint, [worth], _EFFORT)
                except NoAnswer:
                    break

    def _outside(self, values: Sequence[int]) -> list[tuple[_Spreading, list[Fraction]]]:
        """The limits that count as kept and are not, with the figures under the values."""
        counted = [(one, self._amounts(one.spread, values)) for one in self._spreadings if values[one.within]]
        return [(one, amounts) for one, amounts in counted if not self._holds(one, amounts)]

    def _asked(self, objective: Mapping[int, int], hint: Sequence[int]) -> Answer:
        """One answer, in half of the time left: if it is still outside of a limit, there is time for another one."""
        left = self._until - time.monotonic()
        if left <= 0.02:
            raise OutOfTime
        try:
            return self._program.best(objective, left / 2, hint)
        except NoAnswer as error:
            if error.late:
                raise OutOfTime from None
            raise

    def _selection(self, answer: Answer, bound: int | None, proven: bool) -> Selection:
        chosen = [(choice, answer.values[choice.variable]) for choice in self.choices if answer.values[choice.variable]]
        units = [(choice, lots * choice.offer.remedy.lot) for choice, lots in chosen]
        cost = sum((choice.offer.price * count for choice, count in units if choice.sign > 0), Decimal(0))
        least = None if bound is None else Decimal(bound) / self._scale
        kept = frozenset((one.spread.measure, one.spread.stage) for one in self._spreadings if answer.values[one.within])
        return Selection(units, [bool(answer.values[place]) for place in self._passing], kept, cost, least, proven)


def _asked_limit(spread: Spread, tied: Collection[tuple[str, str]]) -> Fraction:
    return spread.limit * (1 - Fraction(1, 10**12)) if (spread.measure, spread.stage) in tied else spread.limit


def _excess(spread: Spread, amounts: Sequence[Fraction]) -> float:
    """By how much of itself the coefficient of variation passes its limit."""
    total = math.fsum(map(float, amounts))
    if not total:
        return 0.0
    squares = math.fsum(float(n) ** 2 / float(need.share_of) for n, (_, need) in zip(amounts, spread.members, strict=True))
    return math.sqrt(max(0.0, squares * float(spread.pupils) / total**2 - 1)) / float(spread.limit) - 1


def _cheapest(need: Need, offers: Iterable[Offer]) -> Fraction:
    """The lowest price of one unit more on the side that grows; 1 where nothing can be bought."""
    prices = []
    for offer in offers:
        added = sum((weight * offer.remedy.adds.get(figure, 0) for figure, weight in need.weights.items()), Fraction(0))
        if added > 0 and offer.remedy.kind == "buy":
            prices.append(Fraction(offer.price) / added)
    return min(prices, default=Fraction(1))
