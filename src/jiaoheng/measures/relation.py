"""Relation: which numbers of persons are parts of which, read from the measures' own expressions.

Changes when another way of telling one published number from others is taken into account. Two measures that count the same persons in
other words («boarders», and the numerator of «share of boarders») count one quantity; a quantity with one condition more is a part of the
quantity without it; parts that exclude each other stand beside each other in their whole.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

from sqlglot import exp

from jiaoheng.measures.condition import Condition, conjuncts
from jiaoheng.measures.expression import AGGREGATES, Expression, operands
from jiaoheng.measures.measure import Measure
from jiaoheng.rulebook.tables import NODE_COLUMNS

__all__ = ["Figure", "Quantity", "Relation", "figure_of", "relations", "sums_of_stand_ins"]


@dataclass(frozen=True)
class Quantity:
    """A number of persons over the rows of a register, of whatever stages: equal wherever the same rows are counted."""

    register: str
    """Its name, and the column of its periods where that is not the school year."""
    what: str
    conditions: frozenset[Condition] = field(repr=False)
    by_school: bool = field(default=False, compare=False, repr=False)
    """Whether a row of the register is a whole school, so that a condition takes or leaves all of its persons."""


@dataclass(frozen=True)
class Figure:
    """A numerator or denominator: its quantity, what that was divided by («/ 100»), and the quantities with their signs that it is made of
    where it is no plain number of persons; a figure `of_parts` tells of them (a proportion, a mean) rather than being a number itself, and
    is a plain `quotient` where it is the first by the second."""

    quantity: Quantity
    divisor: float
    made_of: tuple[tuple[int, Quantity], ...] = ()
    of_parts: bool = False
    quotient: bool = False


@dataclass(frozen=True)
class Relation:
    """Quantities that come to a remainder: whole less parts. Where it is `exact` the remainder is none.

    `told`: that the remainder is none is known to whoever reads, or may be (nobody is neither a girl nor a boy); a mere part of a whole
    says nothing of the rest.
    """

    terms: tuple[tuple[int, Quantity], ...]
    told: bool
    exact: bool = False


def figure_of(measure: Measure, expression: Expression, lacking: Collection[str] = ()) -> Figure:
    """What a measure's numerator or denominator counts. `measure` is the one whose rows the expression is over; `lacking` are columns of
    its register without a value in some row."""
    tree, divisor = expression.divided
    shared = [one for one in measure.counted if one.mode == "holds" and one.columns != {"stage"}]
    # Of a register without a key a row is a whole school: it is left out where a column is missing, so that what else a measure reads
    # decides which schools are counted.
    shared += [one for one in measure.counted if one.mode == "known" and (not measure.key or not one.columns.isdisjoint(lacking))]
    register = measure.register if measure.period_column == "school_year" else f"{measure.register} by {measure.period_column}"
    rows = Quantity(register, tree.sql(dialect="duckdb"), frozenset(shared), not measure.key)
    atoms = list(_atoms(tree, 1, expression, rows))
    if len(atoms) == 1 and atoms[0][0] == 1 and isinstance(tree, (exp.Filter, *AGGREGATES)):
        return Figure(atoms[0][1], divisor)
    quotient = isinstance(tree, exp.Div) and all(isinstance(one.unnest(), exp.Filter | exp.Count | exp.Sum) for one in operands(tree))
    of_parts = any(isinstance(node, exp.Div | exp.Mul) for node in tree.walk())
    return Figure(rows, divisor, tuple(atoms), of_parts, quotient)


def _atoms(node: exp.Expr, sign: int, expression: Expression, rows: Quantity) -> Iterator[tuple[int, Quantity]]:
    if isinstance(node, exp.Filter | exp.Count | exp.Sum | exp.Avg | exp.Min | exp.Max):
        counted, where = (node.this, node.expression.this) if isinstance(node, exp.Filter) else (node, None)
        columns = tuple(one.name for one in where.find_all(exp.Column)) if where is not None else ()
        more = conjuncts(Expression("", where, columns, expression.types)) if where is not None else ()
        conditions = rows.conditions.union(Condition.of("holds", one) for one in more)
        yield sign, Quantity(rows.register, counted.sql(dialect="duckdb"), conditions, rows.by_school)
        return
    for place, operand in enumerate(operands(node)):
        turned = -sign if isinstance(node, exp.Neg) or (isinstance(node, exp.Sub) and place == 1) else sign
        yield from _atoms(operand, turned, expression, rows)


def relations(quantities: Iterable[Quantity], figures: Iterable[Figure]) -> list[Relation]:
    """How the published quantities can be told from each other. `figures` are those that are made of several."""
    listed = list(dict.fromkeys(quantities))
    found = [Relation(((1, whole), (-1, part)), told=_evident(whole, part)) for whole in listed for part in listed if _within(part, whole)]
    for whole in listed:
        for parts, all_of_it in _families(whole, listed):
            found.append(Relation(((1, whole), *((-1, part) for part in parts)), told=True, exact=all_of_it))
    found += _crossed(listed)
    there = set(listed)
    for figure in dict.fromkeys(figures):
        if not figure.of_parts and figure.quantity in there:
            found += _summed(figure, there)
    return found


def _summed(figure: Figure, there: Collection[Quantity]) -> Iterator[Relation]:
    """A sum and its terms. Where some are unknown and all of one sign, what is left are they."""
    atoms = [(sign, one) for sign, one in figure.made_of if one in there]
    lacking = {sign for sign, one in figure.made_of if one not in there}
    if not lacking:
        yield Relation(((1, figure.quantity), *((-sign, one) for sign, one in atoms)), told=True, exact=True)
    elif len(lacking) == 1:
        (turn,) = lacking
        yield Relation(((turn, figure.quantity), *((-turn * sign, one) for sign, one in atoms)), told=False)


def sums_of_stand_ins(quantities: Iterable[Quantity], figures: Iterable[Figure]) -> list[tuple[tuple[tuple[int, Quantity], ...], bool]]:
    """Sums and differences whose terms are published over other schools («teachers» wherever they are stated, against «teachers less PE
    teachers» where both are): in each school that states everything they hold. Each with its terms, the wholes first, and whether all
    terms of it are there."""
    there = dict.fromkeys(quantities)
    alike: dict[tuple[str, str, frozenset[Condition]], Quantity] = {}
    for one in there:
        alike.setdefault(_of_rows(one), one)
    found = []
    for figure in dict.fromkeys(figures):
        if figure.of_parts or figure.quantity not in there or all(one in there for _, one in figure.made_of):
            continue
        stood = [(sign, one if one in there else alike.get(_of_rows(one))) for sign, one in figure.made_of]
        lacking = {sign for sign, one in stood if one is None}
        if len(lacking) < 2 and len(lacking) < len(stood) and (not lacking or figure.quantity.by_school):
            turn = next(iter(lacking), 1)
            terms = [(turn, figure.quantity), *((-turn * sign, one) for sign, one in stood if one is not None)]
            if len(terms) > 1:
                found.append((tuple(sorted(terms, key=lambda term: -term[0])), not lacking))
    return found


def _of_rows(quantity: Quantity) -> tuple[str, str, frozenset[Condition]]:
    """What is counted of which rows, wherever it is known."""
    return quantity.register, quantity.what, frozenset(one for one in quantity.conditions if one.mode == "holds")


def _crossed(listed: Sequence[Quantity]) -> Iterator[Relation]:
    """Whoever is neither the one nor the other, where it is told how many are either and how many are both."""
    by_kind: dict[tuple[str, str], list[Quantity]] = {}
    for one in listed:
        by_kind.setdefault((one.register, one.what), []).append(one)
    for alike in by_kind.values():
        there = {one.conditions: one for one in alike}
        for place, first in enumerate(alike):
            for second in alike[place + 1 :]:
                both = there.get(first.conditions | second.conditions)
                if both is None or both in (first, second):
                    continue
                around = [one for one in alike if one.conditions <= first.conditions & second.conditions]
                yield from (Relation(((1, whole), (-1, first), (-1, second), (1, both)), told=False) for whole in around)


def _within(part: Quantity, whole: Quantity) -> bool:
    """Whether every row counted in the part is counted in the whole, and the part is another."""
    if (part.register, part.what) != (whole.register, whole.what) or part == whole:
        return False
    more = part.conditions - whole.conditions
    return all(any(_implies(one, wanted) for one in more) for wanted in whole.conditions - part.conditions)


def _evident(whole: Quantity, part: Quantity) -> bool:
    """Whether a reader knows where a part is the whole: it asks for no more than known figures, and for sorts of schools."""
    return whole.by_school or all(one.mode == "known" or one.columns <= {*NODE_COLUMNS} for one in part.conditions - whole.conditions)


def _families(whole: Quantity, listed: Sequence[Quantity]) -> Iterator[tuple[tuple[Quantity, ...], bool]]:
    """Parts of a whole by one column's values, which exclude each other: as many as there are. And whether they are all of it."""
    by_column: dict[str, list[tuple[_Values, Quantity]]] = {}
    texts: dict[str, frozenset[str]] = {}
    for part in listed:
        more, less = part.conditions - whole.conditions, whole.conditions - part.conditions
        if (part.register, part.what) == (whole.register, whole.what) and len(more) == 1 and len(less) <= 1:
            (condition,) = more
            values = _values(condition)
            wider = next((_values(one) for one in less if one.columns == condition.columns), None)
            if values is not None and (not less or (wider is not None and values.within(wider))):
                column = next(iter(condition.columns))
                by_column.setdefault(column, []).append((values, part))
                if wider is not None and wider.texts is not None:
                    texts[column] = wider.texts
    for column, parts in by_column.items():
        for widest_first in (True, False):
            kept: list[tuple[_Values, Quantity]] = []
            for values, part in sorted(parts, key=lambda one: one[0].size, reverse=widest_first):
                if not any(values.meets(other) for other, _ in kept):
                    kept.append((values, part))
            if len(kept) > 1:
                named = {text for values, _ in kept for text in values.texts or ()}
                yield tuple(part for _, part in kept), bool(named) and frozenset(named) == texts.get(column, frozenset())


@dataclass(frozen=True)
class _Values:
    """The values of a column for which a condition holds: some texts, or a range of numbers."""

    texts: frozenset[str] | None = None
    low: float = -inf
    high: float = inf

    @property
    def size(self) -> float:
        return len(self.texts) if self.texts is not None else self.high - self.low

    def meets(self, other: "_Values") -> bool:
        if self.texts is not None and other.texts is not None:
            return not self.texts.isdisjoint(other.texts)
        return self.texts is not None or other.texts is not None or (self.low <= other.high and other.low <= self.high)

    def within(self, other: "_Values") -> bool:
        if self.texts is not None and other.texts is not None:
            return self.texts <= other.texts
        return self.texts is None and other.texts is None and other.low <= self.low and self.high <= other.high


def _implies(one: Condition, other: Condition) -> bool:
    first, second = _values(one), _values(other)
    return one.columns == other.columns and first is not None and second is not None and first.within(second)


def _values(condition: Condition) -> _Values | None:
    """The values of the one column that a condition compares with constants; None where it is another sort of condition."""
    node = condition.expression.tree.unnest()
    given = operands(node)
    if condition.mode != "holds" or not given or not isinstance(given[0], exp.Column):
        return None
    constants = [one for one in given[1:] if isinstance(one, exp.Literal)]
    if len(constants) != len(given) - 1 or not constants:
        return None
    if all(one.is_string for one in constants):
        return _Values(frozenset(one.name for one in constants)) if isinstance(node, exp.EQ | exp.In) else None
    numbers = [float(one.name) for one in constants]
    just = 1e-9  # columns compared so hold whole numbers or two decimals
    ranges: dict[type[exp.Expr], tuple[float, float]] = {
        exp.EQ: (numbers[0], numbers[0]), exp.LT: (-inf, numbers[0] - just), exp.LTE: (-inf, numbers[0]), exp.GT: (numbers[0] + just, inf),
        exp.GTE: (numbers[0], inf), exp.Between: (numbers[0], numbers[-1]),
    }  # fmt: skip
    return _Values(None, *ranges[type(node)]) if type(node) in ranges else None
