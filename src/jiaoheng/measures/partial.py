"""Partial: an aggregate in steps: over the rows of a register, over those of one school, over the schools of an area.

Changes when a function of many rows is added, or the way in which rows are gathered. The rows of a register are read once and become one
row a school, period and stage; every area, and the total over the stages, is then taken from these few.

The reading itself has two steps. The first (`packed`) puts together the rows of a school that are alike in a few columns, those that most
conditions ask about (on roll, what became of the child), and takes there every figure without regard to these columns. The second (`own`)
chooses among these few groups. So a condition shared by thirty measures is not looked at thirty times a pupil, and `boarders` is one sum
though ten measures count boarders.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sqlglot import exp

from jiaoheng.measures.condition import Condition, conjuncts, needed
from jiaoheng.measures.expression import Expression, quoted
from jiaoheng.rulebook.tables import NODE_COLUMNS

__all__ = ["Partials"]

_Kind = Literal["count", "sum", "min", "max", "distinct"]

_AT_MOST = 3
"""A column that more than so many figures ask about is one that the rows are put together by."""

_PLACED = frozenset({"organisation", "school_year", "stage"})
"""Columns that the rows are put together by in any case."""


@dataclass(frozen=True)
class _Figure:
    """An aggregate over the rows for which the conditions hold; `of` is SQL over one row, empty where rows are counted."""

    kind: _Kind
    of: str
    reads: frozenset[str]
    conditions: tuple[Condition, ...]

    @property
    def over_rows(self) -> str:
        """SQL over the rows of a register."""
        rows = " AND ".join(one.sql() for one in self.conditions)
        if self.kind == "count" and not self.of:
            # A sum of noughts and ones: DuckDB takes it several times faster than a count with a filter.
            return f"sum(CAST(({rows}) AS INTEGER))" if rows else "count(*)"
        function = f"list(DISTINCT {self.of})" if self.kind == "distinct" else f"{self.kind}({self.of})"
        return f"{function} FILTER (WHERE {rows})" if rows else function


class Partials:
    """The partial figures that a query's expressions need, each kept once however many measures share it.

    whole: columns that lack no value in any row of the register; persons: columns that tell its rows apart.
    """

    def __init__(self, whole: Collection[str] = (), persons: Collection[str] = ()) -> None:
        self._whole, self._persons = whole, persons
        self._places: dict[_Figure, int] = {}
        self._summed: dict[_Figure, None] = {}
        self._marks: dict[str, str] = {}

    def mark(self, conditions: Iterable[Condition]) -> str:
        """Note the question whether any row of a school holds to the conditions; the column of `over_schools` that counts such schools."""
        number = self._place(_Figure("count", "", frozenset(), needed(conditions, self._whole)))
        return self._marks.setdefault(number, f"m{number[1:]}")

    def marked(self, mark: str) -> str:
        """SQL: whether a school, a row of `own`, has the mark."""
        return f"a{mark[1:]} > 0"

    def add(self, expression: Expression, only: Iterable[Condition]) -> str:
        """Note the partial figures of an aggregate expression over the rows that hold to `only`; its SQL over the combined figures."""
        only = tuple(only)
        return f"CAST({expression.sql(aggregate=lambda node: self._written(node, expression, only))} AS DOUBLE)"

    def add_sum(self, expression: Expression, only: Iterable[Condition]) -> str:
        """Note the sum of a row's figure over the rows that hold to `only`; the column that holds it, of a type that adds up exactly."""
        of = expression.sql()
        column = expression.column
        if column is None:
            of = f"CAST({of} AS DOUBLE)"
        elif expression.types[column] == "amount":
            of = f"CAST({of} AS DECIMAL(18, 2))"
        return self._figure("sum", of, expression.columns, only)

    @property
    def marks(self) -> list[str]:
        return list(self._marks.values())

    @property
    def reads_organisations(self) -> bool:
        """Whether a column of the organisation must stand beside each row of the register; else it is enough to look at it later."""
        early = [column for one in self._early for column in one.reads.union(*(part.columns for part in one.conditions))]
        return not set(early).isdisjoint(NODE_COLUMNS)

    def packed(self) -> str:
        """SQL: what is kept of the rows of each organisation, period and stage that are alike in the columns most asked about."""
        figures = [f"{figure.over_rows} AS e_{place}" for figure, place in self._early.items()]
        return ", ".join(['organisation, school_year, "stage"', *map(quoted, self._keys), *figures])

    def chosen(self) -> list[str]:
        """SQL: what the figures choose among the rows of `packed` by, each condition once; columns of the organisation are of `node`."""
        return [f"{condition} AS {name}" for condition, name in self._choices.items()]

    def own(self) -> list[str]:
        """SQL: the figures of each school, period and stage from the rows of `packed`, with what `chosen` gave beside them."""
        return [
            f"{self._from_early(figure, self._choices.get(late, ''))} AS a_{self._places[figure]}" for figure, late in self._late.items()
        ]

    def over_schools(self) -> list[str]:
        """SQL: the figures over schools, and in the column of each mark the number of schools that have it."""
        figures = [f"{_COMBINED[one.kind].format(f'a_{self._places[one]}')} AS a_{self._places[one]}" for one in self._summed]
        return [*(f"CAST(sum(CAST({self.marked(mark)} AS INTEGER)) AS BIGINT) AS {mark}" for mark in self.marks), *figures]

    @cached_property
    def _choices(self) -> dict[str, str]:
        return {condition: f"l_{place}" for place, condition in enumerate(dict.fromkeys(self._late.values())) if condition}

    @cached_property
    def _late(self) -> dict[_Figure, str]:
        """Of each figure the conditions that are looked at later, as SQL."""
        return {
            figure: " AND ".join(one.sql(_of_placed) for one in figure.conditions if _is_late(one, self._keys)) for figure in self._places
        }

    def _place(self, figure: _Figure) -> str:
        return f"a_{self._places.setdefault(figure, len(self._places))}"

    def _figure(self, kind: _Kind, of: str, reads: Iterable[str], conditions: Iterable[Condition]) -> str:
        figure = _Figure(kind, of, frozenset(reads), needed(conditions, self._whole))
        self._summed[figure] = None
        return self._place(figure)

    def _written(self, node: exp.Expr, expression: Expression, only: tuple[Condition, ...]) -> str:
        aggregate, where = (node.this, node.expression.this) if isinstance(node, exp.Filter) else (node, None)
        if where is not None:
            only += tuple(Condition.of("holds", part) for part in conjuncts(_part(where, expression)))
        if isinstance(aggregate.this, exp.Star):
            return self._figure("count", "", (), only)
        if isinstance(aggregate.this, exp.Distinct):
            column = aggregate.this.expressions[0].name
            return f"coalesce(len({self._figure('distinct', quoted(column), (column,), only)}), 0)"
        part = _part(aggregate.this, expression)
        of, reads = part.sql(), part.columns
        if isinstance(aggregate, exp.Count):
            return self._figure("count", of, reads, only)
        if isinstance(aggregate, exp.Min | exp.Max):
            return self._figure("min" if isinstance(aggregate, exp.Min) else "max", of, reads, only)
        amount = part.column is not None and expression.types[part.column] == "amount"
        total = self._figure("sum", f"CAST({of} AS DECIMAL(18, 2))" if amount else of, reads, only)
        if isinstance(aggregate, exp.Avg):
            return f"(CAST({total} AS DOUBLE) / nullif({self._figure('count', of, reads, only)}, 0))"
        return f"CAST({total} AS DOUBLE)" if amount else total

    @cached_property
    def _keys(self) -> list[str]:
        """The columns that most figures ask about; what is left of the figures then asks about other columns."""
        keys: list[str] = []
        while True:
            asked = Counter(
                column
                for figure in {self._rest(figure, keys) for figure in self._places}
                for column in {column for one in figure.conditions for column in one.columns}
                if self._may_group(column, figure.conditions)
            )
            most = max(sorted(asked), key=lambda column: asked[column], default="")
            if asked[most] <= _AT_MOST:
                return keys
            keys.append(most)

    def _may_group(self, column: str, conditions: Iterable[Condition]) -> bool:
        """Flags and codes; not a number, a name of a person, or what is known of the organisation."""
        types = next(one.expression.types for one in conditions if column in one.columns)
        return types.get(column) in ("text", "flag") and column not in {*_PLACED, *NODE_COLUMNS, *self._persons}

    @cached_property
    def _early(self) -> dict[_Figure, int]:
        """The figures of `packed`."""
        early = dict.fromkeys(self._rest(figure, self._keys) for figure in self._places)
        return {figure: place for place, figure in enumerate(early)}

    def _rest(self, figure: _Figure, keys: Collection[str]) -> _Figure:
        """The figure without the conditions that can be looked at later."""
        rest = tuple(sorted((one for one in figure.conditions if not _is_late(one, keys)), key=lambda one: (one.mode, one.text)))
        return _Figure(figure.kind, figure.of, figure.reads, rest)

    def _from_early(self, figure: _Figure, choice: str) -> str:
        early = f"e_{self._early[self._rest(figure, self._keys)]}"
        if figure.kind == "distinct":
            return f"list_distinct(flatten(list({early}) FILTER (WHERE {f'{choice} AND ' if choice else ''}{early} IS NOT NULL)))"
        taken = f"{'sum' if figure.kind == 'count' else figure.kind}({early}){f' FILTER (WHERE {choice})' if choice else ''}"
        return f"CAST(coalesce({taken}, 0) AS BIGINT)" if figure.kind == "count" else taken


_COMBINED = {
    "sum": "sum({})",
    "count": "coalesce(sum({}), 0)",
    "min": "min({})",
    "max": "max({})",
    "distinct": "list_distinct(flatten(list({0}) FILTER (WHERE {0} IS NOT NULL)))",
}


def _of_placed(column: str) -> str:
    return f"{'node' if column in NODE_COLUMNS else 'packed'}.{quoted(column)}"


def _is_late(condition: Condition, keys: Collection[str]) -> bool:
    """Whether a condition is about what the rows are put together by, or about the organisation."""
    return condition.columns <= _PLACED.union(keys, NODE_COLUMNS)


def _part(node: exp.Expr, expression: Expression) -> Expression:
    columns = dict.fromkeys(one.name for one in node.find_all(exp.Column, bfs=False))
    return Expression("", node, tuple(columns), expression.types)
