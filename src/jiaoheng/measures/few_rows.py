"""Few rows: the values of a register's measures taken row by row, where a query would take longer to plan than to run.

Changes when what a measure means changes; the queries must then agree with it. DuckDB needs milliseconds to plan the query of a register
with five rows, and a district has a hundred such ledgers. Each expression is worked out once for all rows, a list of values at a time; each
organisation, period and stage then adds up the places of its own rows.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import add, eq, ge, gt, itemgetter, le, lt, mul, ne, neg, not_, sub
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from jiaoheng.measures.condition import Condition
from jiaoheng.measures.expression import AGGREGATES, Expression, operands
from jiaoheng.measures.measure import Measure
from jiaoheng.rulebook.tables import NODE_COLUMNS
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["FEW", "WORKING", "Places", "few_rows_values"]

FEW = 2_000
"""A register of at most so many rows is taken row by row: about three milliseconds a measure, what a query takes to be planned."""

_TEXTS = ("measure", "level", "organisation", "name", "stage", "period")
_NUMBERS = ("numerator", "denominator", "value")
_COUNTS = ("covered", "of", "node", "unstaged")

WORKING = pa.schema(
    [pa.field(name, pa.string()) for name in _TEXTS]
    + [pa.field(name, pa.float64()) for name in _NUMBERS]
    + [pa.field(name, pa.int64()) for name in _COUNTS]
)
"""What is known of a value while values are put together; see `query.values_query` for `node` and `unstaged`."""

_ALL = "all"
_Taken = Callable[[list[Any]], Sequence[Any]]
"""Takes the values of some rows out of the list of all rows' values."""
_Total = Callable[[_Taken], Any]


class Places:
    """The organisations in the order of the tree, each with those above it and itself."""

    def __init__(self, snapshot: Snapshot) -> None:
        file = snapshot.tables["organisations"]
        there = set(pq.read_schema(file).names)
        wanted = [name for name in ("code", "path", "name_zh", "name_en", "kind", *NODE_COLUMNS[1:]) if name in there]
        rows = sorted(_read(file, wanted).to_pylist(), key=lambda row: str(row["path"]))
        self.columns = {name: [row[name] for row in rows] for name in wanted if name in NODE_COLUMNS}
        self.codes = [str(row["code"]) for row in rows]
        self.levels = [row["kind"] for row in rows]
        self.names = [row["name_zh"] or row["name_en"] or row["code"] for row in rows]
        self.place = {code: place for place, code in enumerate(self.codes)}
        self.above = [[self.place[code] for code in str(row["path"]).split("/") if code in self.place] for row in rows]


def few_rows_values(snapshot: Snapshot, places: Places, measures: Sequence[Measure], periods: Sequence[str]) -> dict[str, pa.Table]:
    """The values of measures of one register for some periods, in the columns of `WORKING`, by measure; none of one that counts no row."""
    rows = _Rows(snapshot, places, measures, periods)
    groups = _Groups(rows, places)
    found = {measure.id: groups.values(measure) for measure in measures}
    return {name: table for name, table in found.items() if table is not None}


class _Rows:
    """The rows of a register within its universe, column by column."""

    def __init__(self, snapshot: Snapshot, places: Places, measures: Sequence[Measure], periods: Sequence[str]) -> None:
        used = dict.fromkeys(column for measure in measures for column in measure.columns_and_universe)
        period = measures[0].period_column
        first = ("organisation", period, "stage")
        own = [*first, *(name for name in used if name not in (*first, *NODE_COLUMNS))]
        table = _read(snapshot.tables[measures[0].register], own)
        read = {name: table[name].to_pylist() for name in own}
        read["school_year"] = read[period]
        kept = [
            row for row, (code, period) in enumerate(zip(read["organisation"], read["school_year"], strict=True))
            if period in periods and code in places.place
        ]  # fmt: skip
        self._fill(read, kept, places)
        universe = measures[0].universe
        if universe:
            answers = self.values(universe.tree)
            self._fill(self._columns, [row for row in range(self.size) if answers[row] is True], places)

    def _fill(self, columns: Mapping[str, list[Any]], kept: Sequence[int], places: Places) -> None:
        self._columns = {name: [values[row] for row in kept] for name, values in columns.items() if name not in NODE_COLUMNS}
        self.size = len(kept)
        self.nodes = [places.place[code] for code in self._columns["organisation"]]
        self.periods: list[str] = self._columns["school_year"]
        self.stages: list[str | None] = self._columns["stage"]
        self._columns |= {name: [values[node] for node in self.nodes] for name, values in places.columns.items()}
        self._answers: dict[Condition, list[bool]] = {}

    def values(self, node: exp.Expr) -> list[Any]:
        """What an expression over one row gives for each row."""
        if isinstance(node, exp.Column):
            return self._columns[node.name]
        if isinstance(node, exp.Literal | exp.Boolean):
            return [_constant(node)] * self.size
        if isinstance(node, exp.Paren):
            return self.values(node.this)
        return list(map(_operation(node), *map(self.values, _operands(node))))

    def holding(self, conditions: Iterable[Condition]) -> list[bool]:
        """Of each row whether all conditions hold."""
        lists = [self._answer(one) for one in conditions]
        return list(map(all, zip(*lists, strict=True))) if lists else [True] * self.size

    def _answer(self, condition: Condition) -> list[bool]:
        if condition not in self._answers:
            values = self.values(condition.expression.tree)
            wanted: Callable[[Any], bool] = {
                "holds": lambda value: value is True, "open": lambda value: value is not False, "known": lambda value: value is not None,
            }[condition.mode]  # fmt: skip
            self._answers[condition] = list(map(wanted, values))
        return self._answers[condition]


@dataclass(frozen=True)
class _Group:
    """The rows below an organisation, of one period and stage or all; `parts`: the same by school and stage, of an organisation that has
    no rows itself."""

    node: int
    period: str
    stage: str
    taken: _Taken
    parts: tuple[_Taken, ...]


class _Groups:
    """Every organisation, period and stage that has rows."""

    def __init__(self, rows: _Rows, places: Places) -> None:
        self._rows = rows
        whole: dict[tuple[int, str, str], list[int]] = {}
        schools: dict[tuple[int, str, str], dict[tuple[int, str | None], list[int]]] = {}
        for row, (node, period, stage) in enumerate(zip(rows.nodes, rows.periods, rows.stages, strict=True)):
            for above in places.above[node]:
                for key in ((above, period, _ALL), *(((above, period, stage),) if stage else ())):
                    whole.setdefault(key, []).append(row)
                    schools.setdefault(key, {}).setdefault((node, stage), []).append(row)
        reporting = set(zip(rows.nodes, rows.periods, strict=True))
        self._groups = [
            _Group(*key, _taker(whole[key]), () if key[:2] in reporting else tuple(map(_taker, schools[key].values())))
            for key in sorted(whole)
        ]  # fmt: skip
        nodes = [group.node for group in self._groups]
        self._said: list[Any] = [
            pa.array([places.levels[node] for node in nodes], pa.string()), pa.array([places.codes[node] for node in nodes], pa.string()),
            pa.array([places.names[node] for node in nodes], pa.string()), pa.array([one.stage for one in self._groups], pa.string()),
            pa.array([one.period for one in self._groups], pa.string()), pa.array([node + 1 for node in nodes], pa.int64()),
        ]  # fmt: skip

    def values(self, measure: Measure) -> pa.Table | None:
        """The values of one measure; None where no row counts."""
        counted = self._rows.holding(measure.counted)
        if True not in counted:
            return None
        asking, counting = self._schools(self._rows.holding(measure.in_scope)), self._schools(counted)
        loose = self._schools([one and stage == "" for one, stage in zip(counted, self._rows.stages, strict=True)])
        pair = self._spread(measure, counted) if measure.kind == "variation" else self._pair(measure, counted)
        found: list[tuple[Any, ...]] = []
        kept: list[int] = []
        for place, group in enumerate(self._groups):
            asked = asking(group)
            if asked and (group.parts or measure.kind != "variation"):
                covered = counting(group)
                numerator, denominator = pair(group) if covered else (None, None)
                unstaged = loose(group) if group.stage == _ALL else 0
                found.append((numerator, denominator, _value(measure, numerator, denominator), covered, asked, unstaged))
                kept.append(place)
        said = self._said
        if len(kept) < len(self._groups):
            said = [array.take(pa.array(kept, pa.int64())) for array in said]
        written = zip(*found, strict=True) if found else [()] * 6
        figures: list[Any] = [pa.array(column, kind) for column, kind in zip(written, [pa.float64()] * 3 + [pa.int64()] * 3, strict=True)]
        columns = [pa.repeat(measure.id, len(kept)), *said[:5], *figures[:5], said[5], figures[5]]
        return pa.table(columns, schema=WORKING)

    def _schools(self, rows: Sequence[bool]) -> Callable[[_Group], int]:
        """How many schools of a group have such a row."""
        if all(rows):
            return lambda group: len(set(group.taken(self._rows.nodes)))
        if not any(rows):
            return lambda group: 0
        schools = [node if one else -1 for node, one in zip(self._rows.nodes, rows, strict=True)]
        return lambda group: len({*group.taken(schools)} - {-1})

    def _pair(self, measure: Measure, counted: list[bool]) -> Callable[[_Group], tuple[float | None, float | None]]:
        above = self._total(measure.numerator.tree, measure.numerator, counted)
        if measure.denominator is None:
            return lambda group: (_number(above(group.taken)), None)
        below = self._total(measure.denominator.tree, measure.denominator, counted)
        return lambda group: (_number(above(group.taken)), _number(below(group.taken)))

    def _spread(self, measure: Measure, counted: list[bool]) -> Callable[[_Group], tuple[float | None, float | None]]:
        """S and X̄ over the schools and stages of a group."""
        assert measure.denominator is not None
        resource, weight = (
            self._aggregate(exp.Sum(this=one.tree.copy()), one, counted) for one in (measure.numerator, measure.denominator)
        )

        def found(group: _Group) -> tuple[float | None, float | None]:
            pupils = weight(group.taken)
            mean = resource(group.taken) / pupils
            parts = [(p, resource(part)) for part in group.parts if (p := weight(part)) is not None]
            return math.sqrt(math.fsum(p * (n / p - mean) ** 2 for p, n in parts) / pupils), mean

        return found

    def _total(self, node: exp.Expr, expression: Expression, counted: list[bool]) -> _Total:
        """What an expression over many rows gives for some of them."""
        if isinstance(node, (exp.Filter, *AGGREGATES)):
            return self._aggregate(node, expression, counted)
        if isinstance(node, exp.Literal | exp.Boolean):
            constant = _constant(node)
            return lambda taken: constant
        if isinstance(node, exp.Paren):
            return self._total(node.this, expression, counted)
        operation, parts = _operation(node), [self._total(one, expression, counted) for one in _operands(node)]
        return lambda taken: operation(*[part(taken) for part in parts])

    def _aggregate(self, node: exp.Expr, expression: Expression, counted: list[bool]) -> _Total:
        if isinstance(node, exp.Filter):
            chosen = self._rows.values(node.expression.this)
            node, counted = node.this, [one and answer is True for one, answer in zip(counted, chosen, strict=True)]
        if isinstance(node.this, exp.Star):
            return lambda taken: taken(counted).count(True)
        of = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
        values = [value if one else None for one, value in zip(counted, self._rows.values(of), strict=True)]
        if isinstance(node, exp.Sum | exp.Avg):
            amount = isinstance(of, exp.Column) and expression.types[of.name] == "amount"
            total = self._sum(values, cents=amount)
            if isinstance(node, exp.Sum):
                return total
            return lambda taken: None if (there := _there(taken, values)) == [] else float(total(taken)) / len(there)
        if isinstance(node, exp.Count):
            distinct = isinstance(node.this, exp.Distinct)
            return lambda taken: len({*_there(taken, values)} if distinct else _there(taken, values))
        chosen_of = min if isinstance(node, exp.Min) else max
        return lambda taken: chosen_of(_there(taken, values), default=None)

    def _sum(self, values: list[Any], *, cents: bool) -> _Total:
        """The sum, the same however the rows come: amounts are added as whole cents, whole numbers as such."""
        if cents:
            values = [None if value is None else _cents(value) for value in values]
            return lambda taken: sum(there) / 100 if (there := _there(taken, values)) else None
        add_up = math.fsum if any(isinstance(value, float) for value in values) else sum
        return lambda taken: add_up(there) if (there := _there(taken, values)) else None


def _read(file: Path, columns: Sequence[str]) -> pa.Table:
    """In this thread: to start others takes longer than to read a few rows."""
    with pq.ParquetFile(file) as opened:
        return opened.read(columns=list(columns), use_threads=False)


def _taker(rows: Sequence[int]) -> _Taken:
    if len(rows) == 1:
        (only,) = rows
        return lambda values: (values[only],)
    return itemgetter(*rows)


def _there(taken: _Taken, values: list[Any]) -> list[Any]:
    return [value for value in taken(values) if value is not None]


def _cents(amount: float) -> int:
    """Rounded as DECIMAL(18, 2) is: halves away from nought."""
    return int(amount * 100 + (0.5 if amount >= 0 else -0.5))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _value(measure: Measure, numerator: float | None, denominator: float | None) -> float | None:
    if measure.denominator is None:
        return numerator
    return numerator / denominator if numerator is not None and denominator else None


# What a node gives for the values of its operands, by the rules of SQL: None is what is not known.


def _constant(node: exp.Expr) -> Any:
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    return node.name if node.is_string else int(node.name) if node.name.isdigit() else float(node.name)


def _operands(node: exp.Expr) -> list[exp.Expr]:
    """Of a case its conditions and what follows from each in turn, then the default."""
    if not isinstance(node, exp.Case):
        return operands(node)
    default = node.args.get("default")
    return [part for branch in node.args["ifs"] for part in (branch.this, branch.args["true"])] + ([default] if default else [])


def _operation(node: exp.Expr) -> Callable[..., Any]:
    return _LENIENT.get(type(node)) or _STRICT[type(node)]


def _strict(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Unknown where an operand is."""
    return lambda *values: None if None in values else operation(*values)


def _and(first: Any, second: Any) -> bool | None:
    return False if first is False or second is False else None if first is None or second is None else True


def _or(first: Any, second: Any) -> bool | None:
    return True if first is True or second is True else None if first is None or second is None else False


def _in(value: Any, *listed: Any) -> bool | None:
    return None if value is None else True if value in listed else None if None in listed else False


def _between(value: Any, low: Any, high: Any) -> bool | None:
    return _and(_STRICT[exp.GTE](value, low), _STRICT[exp.LTE](value, high))


def _case(*parts: Any) -> Any:
    pairs = len(parts) // 2
    for pair in range(pairs):
        if parts[2 * pair] is True:
            return parts[2 * pair + 1]
    return parts[-1] if len(parts) % 2 else None


def _extreme(chosen_of: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: chosen_of((value for value in values if value is not None), default=None)


def _whole(rounded: Callable[[float], int]) -> Callable[[Any], Any]:
    return lambda value: rounded(value) if math.isfinite(value) else value


_LENIENT: Mapping[type[exp.Expr], Callable[..., Any]] = {
    exp.And: _and, exp.Or: _or, exp.In: _in, exp.Between: _between, exp.Case: _case, exp.Greatest: _extreme(max),
    exp.Least: _extreme(min), exp.Nullif: lambda first, second: None if first is None or first == second else first,
}  # fmt: skip
_PLAIN: Mapping[type[exp.Expr], Callable[..., Any]] = {
    exp.Neg: neg, exp.Not: not_, exp.Add: add, exp.Sub: sub, exp.Mul: mul, exp.EQ: eq, exp.NEQ: ne, exp.LT: lt, exp.LTE: le,
    exp.GT: gt, exp.GTE: ge, exp.Abs: abs, exp.Floor: _whole(math.floor), exp.Ceil: _whole(math.ceil),
    exp.Div: lambda upper, lower: upper / lower if lower else None,
    exp.ArrayContains: lambda listed, text: text in listed.split(","),
}  # fmt: skip
_STRICT = {kind: _strict(operation) for kind, operation in _PLAIN.items()}
