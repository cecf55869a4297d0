"""Plainly: the reference engine, for tests. Loops and dictionaries, so that a reader can check a value by hand.

Changes when what a measure means changes; the fast engine must then agree with it. It reads the same checked expressions but shares
nothing else with the SQL: it walks their trees itself.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlglot import exp

from jiaoheng.measures.expression import Expression, operands
from jiaoheng.measures.measure import Measure

__all__ = ["Row", "counts", "measure_plainly", "registers_plainly", "value_of"]

Row = Mapping[str, Any]
"""One record: column → value, None where it is missing."""


def registers_plainly(
    measure: Measure, organisations: Iterable[Row], tables: Mapping[str, Iterable[Row]], period: str
) -> dict[tuple[str, str], Row]:
    """The values of any measure for one period, from the tables by name: (organisation, stage) → numerator, denominator, value, …"""
    nodes, listed = list(organisations), {name: list(rows) for name, rows in tables.items()}
    if measure.base:
        return _change(measure, nodes, listed, period)
    above = measure_plainly(measure.numerator_part, nodes, listed.get(measure.register, []), period)
    if measure.other is None:
        return above
    divisors = listed.get(measure.other.register, [])
    below = measure_plainly(
        measure.other, nodes, divisors, _moved(period, measure.other_periods_back, decimal=_by_one_year(measure.other, divisors))
    )
    loose = _loose(above) | _loose(below)
    return {
        group: _divided(above[group], below[group]) for group in above if group in below and (group[1] == "all" or group[0] not in loose)
    }


def measure_plainly(measure: Measure, organisations: Iterable[Row], records: Iterable[Row], period: str) -> dict[tuple[str, str], Row]:
    """The values of a measure over one register for one period: (organisation, stage) → numerator, denominator, value, covered, of.

    organisations: rows with code, path, kind, school_type, ownership, locale; records: rows of the register. `loose` in a row tells how
    many schools have rows of no single stage among those counted.
    """
    by_code = {node["code"]: node for node in organisations}
    universe = [
        {**{key: value for key, value in by_code[record["organisation"]].items() if key not in record}, **record}
        for record in records
        if record[measure.period_column] == period and record["organisation"] in by_code
    ]
    if measure.universe:
        universe = [row for row in universe if _evaluated(measure.universe.tree, row) is True]
    reporting = {row["organisation"] for row in universe}
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in universe:
        for ancestor in by_code[row["organisation"]]["path"].split("/"):
            if measure.kind == "variation" and ancestor in reporting:
                continue
            for stage in {"all", row["stage"]} - {""}:
                groups.setdefault((ancestor, stage), []).append(row)
    asked = {group: [row for row in rows if _asks_about(measure, row)] for group, rows in groups.items()}
    return {group: _result(measure, rows) for group, rows in asked.items() if rows}


def _loose(values: Mapping[tuple[str, str], Row]) -> set[str]:
    return {code for (code, stage), row in values.items() if stage == "all" and row["loose"]}


def _divided(above: Row, below: Row) -> Row:
    n, d = above["numerator"], below["numerator"]
    return {**above, "denominator": d, "value": n / d if n is not None and d else None}


def _change(measure: Measure, organisations: list[Row], tables: Mapping[str, list[Row]], period: str) -> dict[tuple[str, str], Row]:
    assert measure.base is not None
    now = registers_plainly(measure.base, organisations, tables, period)
    before = registers_plainly(measure.base, organisations, tables, _moved(period, 1, decimal=period.isdecimal()))
    found: dict[tuple[str, str], Row] = {}
    for group in now.keys() & before.keys():
        was, value = before[group]["value"], now[group]["value"]
        difference = None if was is None or value is None else value - was
        if measure.change_in == "percent":
            whole = None if was is None else was / 100
            changed = difference / whole if difference is not None and whole else None
        else:
            whole, changed = None, difference
        found[group] = {**now[group], "numerator": difference, "denominator": whole, "value": changed}
    return found


def _by_one_year(measure: Measure, rows: list[Row]) -> bool:
    """Whether periods are fiscal or calendar years, not school years."""
    return any(str(row[measure.period_column]).isdecimal() for row in rows)


def _moved(period: str, back: int, *, decimal: bool) -> str:
    year = int(period[:4]) - back
    return str(year) if decimal else f"{year}-{year + 1}"


def counts(measure: Measure, row: Row) -> bool:
    """Whether the measure counts the row: it asks about it, and every figure that it reads is there."""
    if not _asks_about(measure, row) or any(row[column] is None for column in measure.columns):
        return False
    if measure.where and _evaluated(measure.where.tree, row) is not True:
        return False
    if measure.kind == "variation" and measure.denominator:
        weight = _evaluated(measure.denominator.tree, row)
        return weight is not None and weight > 0 and _evaluated(measure.numerator.tree, row) is not None
    return True


def value_of(expression: Expression, rows: list[Row]) -> float | None:
    """An aggregate expression over rows."""
    found = _aggregated(expression.tree, rows)
    return None if found is None else float(found)


def _asks_about(measure: Measure, row: Row) -> bool:
    if measure.universe and _evaluated(measure.universe.tree, row) is not True:
        return False
    if measure.scope.schools == "public" and row["ownership"] not in ("public", "other_public"):
        return False
    if measure.scope.schools == "own" and row["own"] is False:
        return False
    if measure.stages and row["stage"] not in measure.stages:
        return False
    return not measure.where or _evaluated(measure.where.tree, row) is not False


def _result(measure: Measure, rows: list[Row]) -> Row:
    counted = [row for row in rows if counts(measure, row)]
    numerator = denominator = value = None
    if counted and measure.kind == "variation":
        numerator, denominator = _variation(measure, counted)
        value = numerator / denominator if denominator else None
    elif counted:
        numerator = value_of(measure.numerator, counted)
        denominator = value_of(measure.denominator, counted) if measure.denominator else None
        if measure.kind == "total":
            value = numerator
        elif numerator is not None and denominator:
            value = numerator / denominator
    return {
        "numerator": numerator,
        "denominator": denominator,
        "value": value,
        "covered": len({row["organisation"] for row in counted}),
        "of": len({row["organisation"] for row in rows}),
        "loose": len({row["organisation"] for row in counted if row["stage"] == ""}),
    }


def _variation(measure: Measure, rows: list[Row]) -> tuple[float, float]:
    """S and X̄ as the official method writes them."""
    assert measure.denominator is not None
    parts: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        parts.setdefault((row["organisation"], row["stage"]), []).append(row)
    resources = [math.fsum(_evaluated(measure.numerator.tree, row) for row in part) for part in parts.values()]
    weights = [math.fsum(_evaluated(measure.denominator.tree, row) for row in part) for part in parts.values()]
    pupils = math.fsum(weights)
    mean = math.fsum(resources) / pupils
    squares = [p / pupils * (n / p - mean) ** 2 for n, p in zip(resources, weights, strict=True)]
    return math.sqrt(math.fsum(squares)), mean


def _aggregated(node: exp.Expr, rows: list[Row]) -> Any:
    """A node outside of any aggregate: an aggregate is taken over the rows, everything else as over one row without columns."""
    if isinstance(node, exp.Filter):
        return _aggregate(node.this, [row for row in rows if _evaluated(node.expression.this, row) is True])
    if isinstance(node, exp.Sum | exp.Count | exp.Avg | exp.Min | exp.Max):
        return _aggregate(node, rows)
    return _operated(node, lambda operand: _aggregated(operand, rows))


def _aggregate(node: exp.Expr, rows: list[Row]) -> Any:
    if isinstance(node.this, exp.Star):
        return len(rows)
    if isinstance(node.this, exp.Distinct):
        return len({value for row in rows if (value := _evaluated(node.this.expressions[0], row)) is not None})
    values = [value for value in (_evaluated(node.this, row) for row in rows) if value is not None]
    if isinstance(node, exp.Count):
        return len(values)
    if not values:
        return None
    if isinstance(node, exp.Sum):
        return math.fsum(values)
    if isinstance(node, exp.Avg):
        return math.fsum(values) / len(values)
    return min(values) if isinstance(node, exp.Min) else max(values)


def _evaluated(node: exp.Expr, row: Row) -> Any:
    """A node over one row."""
    if isinstance(node, exp.Column):
        return row[node.name]
    return _operated(node, lambda operand: _evaluated(operand, row))


def _operated(node: exp.Expr, evaluate: Callable[[exp.Expr], Any]) -> Any:
    """A node from its operands, by the rules of SQL: what is unknown makes the answer unknown, unless it does not matter."""
    if isinstance(node, exp.Literal):
        return node.name if node.is_string else float(node.name)
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Case):
        for branch in node.args["ifs"]:
            if evaluate(branch.this) is True:
                return evaluate(branch.args["true"])
        return evaluate(node.args["default"]) if node.args.get("default") else None
    values = [evaluate(operand) for operand in operands(node)]
    if isinstance(node, exp.And):
        return False if False in values else None if None in values else True
    if isinstance(node, exp.Or):
        return True if True in values else None if None in values else False
    if isinstance(node, exp.Greatest | exp.Least):
        known = [value for value in values if value is not None]
        return None if not known else max(known) if isinstance(node, exp.Greatest) else min(known)
    if isinstance(node, exp.Nullif):
        return None if values[0] == values[1] else values[0]
    return None if None in values else _computed(node, *values)


def _computed(node: exp.Expr, first: Any, *others: Any) -> Any:
    second = others[0] if others else None
    if isinstance(node, exp.Div):
        return first / second if second else None
    simple: dict[type[exp.Expr], Callable[[], Any]] = {
        exp.Paren: lambda: first, exp.Neg: lambda: -first, exp.Not: lambda: not first, exp.Abs: lambda: abs(first),
        exp.Floor: lambda: math.floor(first), exp.Ceil: lambda: math.ceil(first), exp.Add: lambda: first + second,
        exp.Sub: lambda: first - second, exp.Mul: lambda: first * second, exp.EQ: lambda: first == second,
        exp.NEQ: lambda: first != second, exp.LT: lambda: first < second, exp.LTE: lambda: first <= second,
        exp.GT: lambda: first > second, exp.GTE: lambda: first >= second, exp.In: lambda: first in others,
        exp.ArrayContains: lambda: second in str(first).split(","), exp.Between: lambda: others[0] <= first <= others[1],
    }  # fmt: skip
    return simple[type(node)]()
