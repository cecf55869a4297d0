"""Witness: other whole numbers of persons that agree with everything published, found by linear programming.

Changes when the solver does. Numbers are kept as moves away from the true ones; no move at all agrees with everything, being the truth.
GLOP looks for moves in fractions; where its answer is not whole, CP-SAT looks in whole numbers. Whatever either answers is checked in
exact integers before it counts. Knows nothing of places and measures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ortools.linear_solver import pywraplp

__all__ = ["JUST", "Bought", "Found", "Goal", "Row", "System", "Terms", "cheapest", "summed"]

Terms = Sequence[tuple[int, int]]
"""Moves by their places, with coefficients."""

JUST = 1e-6
"""By how much a sum in fractions may miss a whole number."""

_EFFORT = 2.0
"""Work of one search in whole numbers, as CP-SAT counts it: the same on every machine."""


@dataclass(frozen=True)
class Row:
    """`Σ coefficient · move` is none (`equal`) or at least `least`, none or less. With a price it may be missed, at so much a person."""

    terms: Terms
    least: int = 0
    equal: bool = False
    price: int = 0


@dataclass(frozen=True)
class Goal:
    """A sum of moves that should come to `want` (one person more or several), or with `want` below zero to that many less."""

    terms: Terms
    want: int


@dataclass(frozen=True)
class Found:
    """Moves that bring goals as far as they can together: in whole numbers, checked, where that was found; how far in fractions; and the
    rows that hold them back."""

    moves: list[int] | None
    reach: float
    rows: list[int]


class System:
    """Moves with their least values, what they must agree with, and the goals that may be asked for."""

    def __init__(self, lowers: Sequence[int], rows: Sequence[Row], goals: Sequence[Goal]) -> None:
        self._lowers, self._rows, self._goals = lowers, rows, goals
        solver = self._solver = pywraplp.Solver.CreateSolver("GLOP")
        endless = solver.infinity()
        self._moves = [solver.NumVar(lower, endless, "") for lower in lowers]
        self._made = []
        for row in rows:
            made = solver.Constraint(0.0 if row.equal else float(row.least), 0.0 if row.equal else endless)
            for place, factor in row.terms:
                made.SetCoefficient(self._moves[place], factor)
            self._made.append(made)
        self._gains = []
        for goal in goals:
            gain = solver.NumVar(-endless, float(abs(goal.want)), "")
            made = solver.Constraint(0.0, endless)
            made.SetCoefficient(gain, -1)
            for place, factor in goal.terms:
                made.SetCoefficient(self._moves[place], factor if goal.want > 0 else -factor)
            self._gains.append(gain)

    def towards(self, goals: Iterable[int]) -> Found:
        """As far as these goals can be brought together."""
        goals = [*goals]
        objective = self._solver.Objective()
        objective.Clear()
        for goal in goals:
            objective.SetCoefficient(self._gains[goal], 1)
        objective.SetMaximization()
        if self._solver.Solve() != pywraplp.Solver.OPTIMAL:
            return Found(None, 0.0, list(range(len(self._rows))))
        moves = [round(one.solution_value()) for one in self._moves]
        held = [place for place, row in enumerate(self._made) if abs(row.dual_value()) > 1e-7] if len(goals) == 1 else []
        return Found(moves if self._agrees(moves) else None, objective.Value(), held)

    def searched(self, goal: int, reach: int) -> list[int] | None:
        """Moves in whole numbers that bring a goal at least so far; None also where none were found in time."""
        from ortools.sat.python import cp_model  # loads half a second long, and is seldom asked

        model = cp_model.CpModel()
        widest = 4 * reach + 16  # moves farther than this are not looked at: to find none is always safe
        moves = [model.new_int_var(max(lower, -widest), widest, "") for lower in self._lowers]

        def total(of: Terms) -> cp_model.LinearExpr:
            return cp_model.LinearExpr.weighted_sum([moves[place] for place, _ in of], [factor for _, factor in of])

        for row in self._rows:
            model.add(total(row.terms) == 0) if row.equal else model.add(total(row.terms) >= row.least)
        asked = self._goals[goal]
        model.add(total(asked.terms) >= reach) if asked.want > 0 else model.add(total(asked.terms) <= -reach)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_deterministic_time = _EFFORT
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        found = [solver.value(one) for one in moves]
        return found if self._agrees(found) else None

    def _agrees(self, moves: Sequence[int]) -> bool:
        return _agree(moves, self._lowers, self._rows)


def _agree(moves: Sequence[int], lowers: Sequence[int], rows: Sequence[Row]) -> bool:
    """Whether moves in whole numbers agree with everything."""
    if any(move < lower for move, lower in zip(moves, lowers, strict=True)):
        return False
    for row in rows:
        total = summed(row.terms, moves)
        if total != 0 if row.equal else total < row.least:
            return False
    return True


def summed(terms: Terms, moves: Sequence[int]) -> int:
    """What moves bring a sum to."""
    return sum(factor * moves[place] for place, factor in terms)


@dataclass(frozen=True)
class Bought:
    """Moves in fractions, and the rows that are missed for them."""

    moves: list[float]
    missed: list[int]

    def whole(self, lowers: Sequence[int], rows: Sequence[Row], goal: Goal) -> bool:
        """Whether the moves, made whole, agree with every row and reach the goal."""
        moves = [round(one) for one in self.moves]
        return summed(goal.terms, moves) >= goal.want and _agree(moves, lowers, rows)


def cheapest(lowers: Sequence[int], prices: Sequence[int], rows: Sequence[Row], goal: Goal) -> Bought | None:
    """What brings a sum to `want` at the least price, each person moved and each by whom a row is missed at its own; None: nothing does."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    endless, objective = solver.infinity(), solver.Objective()
    pairs = []
    for lower, price in zip(lowers, prices, strict=True):
        up, down = solver.NumVar(0.0, endless, ""), solver.NumVar(0.0, float(-lower), "")
        pairs.append((up, down))
        if price:
            objective.SetCoefficient(up, price)
            objective.SetCoefficient(down, price)
    missed = {}
    for place, row in enumerate([*rows, Row(goal.terms, goal.want)]):
        made = solver.Constraint(0.0 if row.equal else float(row.least), 0.0 if row.equal else endless)
        for one, factor in row.terms:
            made.SetCoefficient(pairs[one][0], factor)
            made.SetCoefficient(pairs[one][1], -factor)
        if row.price:
            missed[place] = solver.NumVar(0.0, endless, ""), solver.NumVar(0.0, endless, "")
            for one, sign in zip(missed[place], (1, -1), strict=True):
                made.SetCoefficient(one, sign)
                objective.SetCoefficient(one, row.price)
    objective.SetMinimization()
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    moves = [up.solution_value() - down.solution_value() for up, down in pairs]
    return Bought(moves, [place for place, pair in missed.items() if max(one.solution_value() for one in pair) > JUST])
