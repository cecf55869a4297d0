"""Integer program: the best choice of whole numbers under linear rules with whole coefficients.

Changes when the solver does. CP-SAT decides in exact integers, with one worker and a fixed seed, so that the same program always gives the
same answer; CLP solves the relaxation in fractions. Knows nothing of schools.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model

__all__ = ["Answer", "InFractions", "IntegerProgram", "NoAnswer", "Terms"]

Terms = Mapping[int, int]
"""Coefficients by variable."""


class NoAnswer(Exception):
    """Nothing meets the rules, or (`late`) nothing was found in time."""

    def __init__(self, *, late: bool) -> None:
        self.late = late
        super().__init__("nothing was found in time" if late else "nothing meets the rules")


@dataclass(frozen=True)
class Answer:
    """The values of all variables; the objective's value, and the bound below which no answer can lie (equal where it is the best)."""

    values: list[int]
    objective: int
    bound: int


@dataclass
class IntegerProgram:
    """Variables between bounds, and rows `Σ coefficient · variable ≥ least`. Always minimises."""

    lowers: list[int] = field(default_factory=list)
    uppers: list[int] = field(default_factory=list)
    rows: list[tuple[dict[int, int], int]] = field(default_factory=list)

    def variable(self, upper: int, lower: int = 0) -> int:
        """A new whole number; its place."""
        self.lowers.append(lower)
        self.uppers.append(upper)
        return len(self.uppers) - 1

    def at_least(self, terms: Terms, least: int) -> None:
        self.rows.append(({place: factor for place, factor in terms.items() if factor}, least))

    def at_most(self, terms: Terms, most: int) -> None:
        self.at_least({place: -factor for place, factor in terms.items()}, -most)

    def best(
        self, objective: Terms, seconds: float, hint: Sequence[int] = (), rows: Sequence[tuple[Terms, int]] = (), effort: float = math.inf
    ) -> Answer:  # fmt: skip
        """The values with the least objective; the best found where time is up. `rows` hold this once.

        `effort` bounds the work as the solver counts it, the same on every machine. Raises: NoAnswer.
        """
        model = cp_model.CpModel()
        variables = [model.new_int_var(lower, upper, "") for lower, upper in zip(self.lowers, self.uppers, strict=True)]
        for terms, least in [*self.rows, *rows]:
            chosen = [variables[place] for place in terms]
            model.add(cp_model.LinearExpr.weighted_sum(chosen, list(terms.values())) >= least)
        chosen = [variables[place] for place in objective]
        model.minimize(cp_model.LinearExpr.weighted_sum(chosen, list(objective.values())))
        for variable, value in zip(variables, hint, strict=False):
            model.add_hint(variable, value)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.linearization_level = 2
        solver.parameters.max_time_in_seconds = max(0.05, seconds)
        solver.parameters.max_deterministic_time = effort
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise NoAnswer(late=status == cp_model.UNKNOWN)
        values = [solver.value(variable) for variable in variables]
        reached = sum(factor * values[place] for place, factor in objective.items())
        bound = reached if status == cp_model.OPTIMAL else min(reached, round(solver.best_objective_bound))
        return Answer(values, reached, bound)


class InFractions:
    """A program whose variables may be fractions; more of them and more rows can be added between two answers."""

    def __init__(self, program: IntegerProgram, objective: Terms) -> None:
        self._solver = pywraplp.Solver.CreateSolver("CLP")
        bounds = zip(program.lowers, program.uppers, strict=True)
        self._variables = [self._solver.NumVar(lower, upper, "") for lower, upper in bounds]
        for terms, least in program.rows:
            self.at_least(terms, least)
        for place, factor in objective.items():
            self._solver.Objective().SetCoefficient(self._variables[place], factor)

    def variable(self) -> int:
        """A new number that is not below 0; its place."""
        self._variables.append(self._solver.NumVar(0, self._solver.infinity(), ""))
        return len(self._variables) - 1

    def at_least(self, terms: Mapping[int, float], least: float) -> None:
        scale = max(map(abs, terms.values()), default=1)
        row = self._solver.Constraint(least / scale, self._solver.infinity())
        for place, factor in terms.items():
            row.SetCoefficient(self._variables[place], factor / scale)

    def best(self) -> tuple[list[float], float] | None:
        """The best fractions and what they come to; None where there are none."""
        if self._solver.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        return [variable.solution_value() for variable in self._variables], self._solver.Objective().Value()
