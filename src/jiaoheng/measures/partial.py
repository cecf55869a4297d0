"""Partial: an aggregate in two steps, first over the rows of one school, then over the schools of an area.

Changes when a function of many rows is added. The rows of a register are read once and become one row a school, period and stage; every
area, and the total over the stages, is then taken from these few.
"""

from collections.abc import Iterable

from sqlglot import exp

from jiaoheng.measures.expression import Expression, quoted

__all__ = ["Partials"]


class Partials:
    """The partial figures that a query's expressions need, each kept once however many measures share it."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[int, str]] = {}

    def add(self, expression: Expression, only: str) -> str:
        """Note the partial figures of an aggregate expression over the rows marked `only`; its SQL over the combined figures."""
        return f"CAST({expression.sql(aggregate=lambda node: self._written(node, expression, only))} AS DOUBLE)"

    def add_sum(self, expression: Expression, only: str) -> str:
        """Note the sum of a row's figure over the rows marked `only`; the column that holds it, of a type that adds up exactly."""
        of = expression.sql()
        column = expression.column
        if column is None:
            of = f"CAST({of} AS DOUBLE)"
        elif expression.types[column] == "amount":
            of = f"CAST({of} AS DECIMAL(18, 2))"
        return self._figure(f"sum({of}) FILTER (WHERE {only})", "sum")

    def first_step(self) -> Iterable[str]:
        """Over the rows of one school, period and stage."""
        return (f"{sql} AS a_{place}" for sql, (place, _) in self._places.items())

    def second_step(self) -> Iterable[str]:
        """Over schools, or over the stages of one."""
        return (f"{_COMBINED[combine].format(f'a_{place}')} AS a_{place}" for place, combine in self._places.values())

    def columns(self) -> Iterable[str]:
        return (f"a_{place}" for place, _ in self._places.values())

    def _figure(self, sql: str, combine: str) -> str:
        place, _ = self._places.setdefault(sql, (len(self._places), combine))
        return f"a_{place}"

    def _written(self, node: exp.Expr, expression: Expression, only: str) -> str:
        aggregate, where = (node.this, node.expression.this) if isinstance(node, exp.Filter) else (node, None)
        rows = only if where is None else f"{only} AND {_row_sql(where, expression)}"
        filtered = f" FILTER (WHERE {rows})"
        if isinstance(aggregate.this, exp.Star):
            # A sum of noughts and ones: DuckDB takes it several times faster than a count with a filter.
            return self._figure(f"coalesce(sum(CAST(({rows}) AS INTEGER)), 0)", "count")
        if isinstance(aggregate.this, exp.Distinct):
            column = quoted(aggregate.this.expressions[0].name)
            return f"coalesce(len({self._figure(f'list(DISTINCT {column}){filtered}', 'distinct')}), 0)"
        of = _row_sql(aggregate.this, expression)
        if isinstance(aggregate, exp.Count):
            return self._figure(f"count({of}){filtered}", "count")
        if isinstance(aggregate, exp.Min | exp.Max):
            name = type(aggregate).__name__.lower()
            return self._figure(f"{name}({of}){filtered}", name)
        amount = isinstance(aggregate.this, exp.Column) and expression.types[aggregate.this.name] == "amount"
        total = self._figure(f"sum({f'CAST({of} AS DECIMAL(18, 2))' if amount else of}){filtered}", "sum")
        if isinstance(aggregate, exp.Avg):
            return f"(CAST({total} AS DOUBLE) / nullif({self._figure(f'count({of}){filtered}', 'count')}, 0))"
        return f"CAST({total} AS DOUBLE)" if amount else total


_COMBINED = {
    "sum": "sum({})",
    "count": "coalesce(sum({}), 0)",
    "min": "min({})",
    "max": "max({})",
    "distinct": "list_distinct(flatten(list({0}) FILTER (WHERE {0} IS NOT NULL)))",
}


def _row_sql(node: exp.Expr, expression: Expression) -> str:
    return Expression("", node, (), expression.types).sql()
