"""Expression: what a measure counts, or which rows it counts, in the aggregate expressions of DuckDB's SQL.

Changes when the language of the rulebook changes. A text is parsed by sqlglot and every node of it is checked against a short list; what
is not on the list (a subquery, a file function, a window, a column of another table) is refused when the rulebook is loaded. The same
tree is then written as SQL for the engine, walked by the plain reference engine, and asked which columns it reads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError, TokenError

from jiaoheng.measures.magnitude import too_large
from jiaoheng.rulebook.loader import Refusal

__all__ = [
    "AGGREGATES", "ALLOWED_FUNCTIONS", "EXPRESSION_NODES", "ColumnType", "Expression", "ExpressionRefused", "aggregate_expression",
    "operands", "quoted", "row_expression",
]  # fmt: skip

ColumnType = Literal["count", "amount", "text", "flag", "list"]
"""`count`: whole numbers; `amount`: numbers with two decimals; `text`: codes and words; `flag`: a condition; `list`: texts with commas."""

ValueType = Literal["number", "text", "truth", "list"]

ALLOWED_FUNCTIONS = (
    "sum", "count", "avg", "min", "max", "abs", "floor", "ceil", "greatest", "least", "nullif", "case", "list_contains",
)  # fmt: skip
"""The functions that an expression may use; the first five take many rows together."""

AGGREGATES = (exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max)
_TYPE_OF_COLUMN: Mapping[ColumnType, ValueType] = {"text": "text", "flag": "truth", "list": "list"}
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_COMPARISONS: dict[type[exp.Expr], str] = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_FUNCTIONS: dict[type[exp.Expr], str] = {exp.Abs: "abs", exp.Floor: "floor", exp.Ceil: "ceil", exp.Greatest: "greatest", exp.Least: "least"}

# What each node may carry besides its plain operands: a part that is set and not listed here is refused (`sum(x order by y)`,
# `floor(x, 2)`, `x in (select …)`), so that nothing passes only because it hides in a place we did not look at.
_PARTS: dict[type[exp.Expr], set[str]] = {
    exp.Column: {"this"}, exp.Identifier: {"this", "quoted"}, exp.Literal: {"this", "is_string"}, exp.Boolean: {"this"},
    exp.Paren: {"this"}, exp.Neg: {"this"}, exp.Not: {"this"}, exp.And: {"this", "expression"}, exp.Or: {"this", "expression"},
    exp.Add: {"this", "expression"}, exp.Sub: {"this", "expression"}, exp.Mul: {"this", "expression"},
    exp.Div: {"this", "expression"}, **{kind: {"this", "expression"} for kind in _COMPARISONS},
    exp.In: {"this", "expressions"}, exp.Between: {"this", "low", "high"}, exp.Case: {"ifs", "default"}, exp.If: {"this", "true"},
    exp.Nullif: {"this", "expression"}, exp.Abs: {"this"}, exp.Floor: {"this"}, exp.Ceil: {"this"},
    exp.Greatest: {"this", "expressions", "ignore_nulls"}, exp.Least: {"this", "expressions", "ignore_nulls"},
    exp.Sum: {"this"}, exp.Avg: {"this"}, exp.Min: {"this"}, exp.Max: {"this"}, exp.Count: {"this", "big_int"}, exp.Star: set(),
    exp.Filter: {"this", "expression"}, exp.Where: {"this"}, exp.Distinct: {"expressions"}, exp.ArrayContains: {"this", "expression"},
}  # fmt: skip

EXPRESSION_NODES = tuple(_PARTS)
"""Every kind of node that a checked tree may have."""


_DEEPEST = 100
_KINDS: Mapping[ValueType, str] = {"number": "数字", "text": "文字", "truth": "条件（是或否）", "list": "多值列"}


class ExpressionRefused(Refusal):
    """The text is not an expression that a measure may use. The message says what was expected, in both languages."""


@dataclass(frozen=True)
class Expression:
    """A checked expression. `columns` are those it reads, in the order of their first mention."""

    text: str
    tree: exp.Expr = field(repr=False)
    columns: tuple[str, ...] = field(repr=False)
    types: Mapping[str, ColumnType] = field(repr=False)

    def __str__(self) -> str:
        return self.text

    @property
    def column(self) -> str | None:
        """The column, where the expression is nothing but one."""
        return self.tree.name if isinstance(self.tree, exp.Column) else None

    @property
    def constant(self) -> float | None:
        """The number that it comes to without a row; None where it reads one."""
        return _constant(self.tree)

    @cached_property
    def divided(self) -> tuple[exp.Expr, float]:
        """What stands over a plain number, and that number: of «count(*) / 100» the count and 100; of anything else itself and 1."""
        tree = self.tree.unnest()
        if isinstance(tree, exp.Div) and isinstance(tree.expression, exp.Literal) and not tree.expression.is_string:
            return tree.this.unnest(), float(tree.expression.name)
        return tree, 1.0

    def sql(
        self, only: str | None = None, column: Callable[[str], str] | None = None, aggregate: Callable[[exp.Expr], str] | None = None
    ) -> str:
        """DuckDB SQL. `only` is a condition that every aggregate takes its rows by; `column` writes a column's name; `aggregate` writes
        an aggregate (with its filter) in place of it."""
        if only is None and column is None and aggregate is None:
            return self._sql
        return _Writer(self.types, only, column or quoted, aggregate).write(self.tree)

    @cached_property
    def _sql(self) -> str:
        return _Writer(self.types, None, quoted, None).write(self.tree)


def aggregate_expression(text: str, columns: Mapping[str, ColumnType]) -> Expression:
    """A number computed from many rows: every column stands inside an aggregate. Raises: ExpressionRefused."""
    return _checked(text, columns, aggregate=True, gives="number")


def row_expression(text: str, columns: Mapping[str, ColumnType], gives: Literal["number", "truth"]) -> Expression:
    """A number or a condition computed from one row. Raises: ExpressionRefused."""
    return _checked(text, columns, aggregate=False, gives=gives)


# A text that is broken in an odd place makes sqlglot fall over instead of refusing it.
_STUMBLES = (SqlglotError, RecursionError, AttributeError, IndexError, KeyError, TypeError, ValueError)


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _checked(text: str, columns: Mapping[str, ColumnType], *, aggregate: bool, gives: ValueType) -> Expression:
    try:
        trees = sqlglot.parse(text, dialect="duckdb")
    except _STUMBLES as error:
        en, zh = _where_it_ends(error)
        raise ExpressionRefused(f"an expression in DuckDB's SQL; «{text}» cannot be read ({en})", f"“{text}”读不懂：{zh}") from None
    if len(trees) != 1 or trees[0] is None:
        if not text.strip():
            raise ExpressionRefused("an expression; it is empty", "这里是空的，请写一个表达式")
        raise ExpressionRefused(f"one expression; «{text}» is {len(trees)} statements", f"只能写一个表达式，“{text}”有{len(trees)}条语句")
    tree = trees[0]
    if _depth(tree) > _DEEPEST:
        raise ExpressionRefused(
            f"an expression that a reader can follow; this one is more than {_DEEPEST} steps deep",
            f"表达式嵌套超过{_DEEPEST}层，读不懂，请写简单些",
        )
    given = _Checker(columns).type_of(tree, inside="nothing" if aggregate else "row")
    if given != gives:
        raise ExpressionRefused(
            f"an expression that gives a {gives}; «{text}» gives a {given}", f"这里要得出{_KINDS[gives]}，“{text}”得出的是{_KINDS[given]}"
        )
    large = too_large(tree, columns)
    if large is not None:
        raise ExpressionRefused(
            f"numbers that stay within what can be computed; «{_sql(large)}» could come to more",
            f"“{_sql(large)}”可能大到算不出来，请写简单些",
        )
    used = dict.fromkeys(node.name for node in tree.find_all(exp.Column, bfs=False))
    return Expression(text, tree, tuple(used), dict(columns))


def _depth(tree: exp.Expr) -> int:
    """How many nodes stand one within another, found without climbing down so far."""
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + 1) for child in node.iter_expressions()]
    return deepest


def _where_it_ends(error: Exception) -> tuple[str, str]:
    """Up to where a text could be read, and what is usually lacking there."""
    if isinstance(error, TokenError):
        return "a quotation mark is opened and not closed", "有引号没有成对"
    if isinstance(error, RecursionError):
        return "it is too deep", "嵌套太深"
    if not isinstance(error, ParseError) or not error.errors:
        return "a part of it has no meaning here", "有一部分在这里没有意义"
    place = error.errors[0]
    before, at = str(place.get("start_context") or "").lstrip()[-24:], str(place.get("highlight") or "").strip()
    return (
        f"after «{before}» at «{at}», sign {place.get('col')}: a value, a column or a bracket is missing there, or a word is too many",
        f"第{place.get('col')}个字符“{at}”处（前面是“{before}”）缺少取值、列名或括号，或多写了词",
    )


class _Checker:
    """Finds the type of every node, and refuses what is not on the list."""

    def __init__(self, columns: Mapping[str, ColumnType]) -> None:
        self._columns = columns

    def type_of(self, node: exp.Expr, inside: str) -> ValueType:
        """`inside`: «nothing» outside of any aggregate, where a column makes no sense; «aggregate» or «row» where it does."""
        self._check_parts(node)
        if isinstance(node, exp.Literal):
            if not node.is_string and not _is_number(node.name):
                raise ExpressionRefused(f"numbers of common size, in digits; «{node.name}» is none", f"“{node.name}”不是大小合适的数字")
            if node.is_string and not _written_out(node.name):
                raise ExpressionRefused("texts of letters and signs; one has signs that cannot be read", "文字里有读不出的字符")
            return "text" if node.is_string else "number"
        if isinstance(node, exp.Boolean):
            return "truth"
        if isinstance(node, exp.Column):
            return self._column(node, inside)
        if isinstance(node, exp.ArrayContains):
            return self._list_contains(node, inside)
        if isinstance(node, (*AGGREGATES, exp.Filter)):
            return self._aggregate(node, inside)
        if isinstance(node, exp.Paren):
            return self.type_of(node.this, inside)
        if isinstance(node, exp.Case):
            return self._case(node, inside)
        if isinstance(node, (exp.And, exp.Or, exp.Not)):
            return self._all(node, "truth", inside, gives="truth")
        if isinstance(node, exp.In) and not node.expressions:
            raise ExpressionRefused(f"a list of values in «{_sql(node)}»", f"“{_sql(node)}”的括号里应逐个列出取值")
        if isinstance(node, (*_COMPARISONS, exp.In, exp.Between)):
            return self._all(node, self._comparable(node, inside), inside, gives="truth")
        if isinstance(node, exp.Div) and _constant(node.expression) == 0:
            raise ExpressionRefused(f"a number that can be divided by; «{_sql(node)}» divides by zero", f"“{_sql(node)}”除以了零")
        if isinstance(node, (exp.Neg, *_ARITHMETIC, *_FUNCTIONS, exp.Nullif)):
            return self._all(node, "number", inside, gives="number")
        raise ExpressionRefused(*self._unknown(node))

    def _check_parts(self, node: exp.Expr) -> None:
        parts = _PARTS.get(type(node))
        if parts is None:
            raise ExpressionRefused(*self._unknown(node))
        extra = [name for name, value in node.args.items() if value and name not in parts and name not in ("typed", "safe")]
        if extra or (isinstance(node, exp.Case) and node.this):
            part = (extra or ["operand"])[0]
            raise ExpressionRefused(
                f"a simpler «{_sql(node)}»: its «{part}» part is not allowed", f"“{_sql(node)}”要写得简单些：其中的“{part}”部分不允许"
            )

    def _unknown(self, node: exp.Expr) -> tuple[str, str]:
        written, functions = _sql(node), ", ".join(ALLOWED_FUNCTIONS)
        if isinstance(node, exp.Subquery | exp.Select | exp.Query):
            return (
                f"an expression over the rows of one register; «{written}» is a query of its own",
                f"“{written}”是一个子查询；表达式只能用所选登记表自己的行",
            )
        if isinstance(node, exp.Null | exp.Is):
            return (
                f"an expression without NULL («{written}»): a row with a missing value is left out by itself",
                f"不要写空值判断（“{written}”）：缺数的行会自动不计",
            )
        allowed, zh = f"allowed functions: {functions}", f"可用的函数：{functions}"
        if isinstance(node, exp.Func):
            return f"a function that measures may use; «{written}» is not one; {allowed}", f"指标不能使用“{written}”这个函数；{zh}"
        return (
            f"arithmetic, comparisons and functions; «{written}» is none of these; {allowed}",
            f"“{written}”不是四则运算、比较或函数；{zh}",
        )

    def _column(self, node: exp.Column, inside: str) -> ValueType:
        known = ", ".join(self._columns)
        if not isinstance(node.this, exp.Identifier) or node.name not in self._columns:
            near = get_close_matches(node.name, self._columns, 1)
            meant = (f"; did you mean «{near[0]}»?", f"；是否指“{near[0]}”？") if near else ("", "")
            raise ExpressionRefused(
                f"known columns; «{_sql(node)}» is not one; the columns are: {known}{meant[0]}",
                f"登记表里没有“{_sql(node)}”这一列；可用的列：{known}{meant[1]}",
            )
        if inside == "nothing":
            raise ExpressionRefused(
                f"«{node.name}» inside a function of many rows, as in sum({node.name})",
                f"“{node.name}”要放进汇总函数里，例如 sum({node.name})",
            )
        return _TYPE_OF_COLUMN.get(self._columns[node.name], "number")

    def _list_contains(self, node: exp.Expr, inside: str) -> ValueType:
        given = [self.type_of(operand, inside) for operand in operands(node)]
        if given != ["list", "text"]:
            raise ExpressionRefused(
                f"a column of several texts and one text in «{_sql(node)}»", f"“{_sql(node)}”里应是一个多值列和一个文字"
            )
        return "truth"

    def _aggregate(self, node: exp.Expr, inside: str) -> ValueType:
        written = node.sql(dialect="duckdb")
        if inside == "row":
            raise ExpressionRefused(
                f"an expression over one row; «{written}» takes many rows together", f"这里只看一行，“{written}”却是对多行汇总"
            )
        if inside == "aggregate":
            raise ExpressionRefused(
                f"one function of many rows at a time; «{written}» stands inside another", f"汇总函数不能套汇总函数：“{written}”"
            )
        if isinstance(node, exp.Filter):
            where = node.expression
            self._check_parts(where)
            if self.type_of(where.this, "aggregate") != "truth":
                raise ExpressionRefused(f"a condition after «where» in «{written}»", f"“{written}”的 where 后面应是一个条件")
            if not isinstance(node.this, AGGREGATES):
                raise ExpressionRefused(f"a function of many rows before «filter» in «{written}»", f"“{written}”的 filter 前面应是汇总函数")
            return self._aggregate_of(node.this, written)
        return self._aggregate_of(node, written)

    def _aggregate_of(self, node: exp.Expr, written: str) -> ValueType:
        self._check_parts(node)
        if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
            self._check_parts(node.this)
            return "number"
        if isinstance(node.this, exp.Distinct):
            return self._distinct(node, written)
        if node.this is None:
            raise ExpressionRefused(f"something to count in «{written}», as in count(*)", f"“{written}”没有说数什么，例如 count(*)")
        if self.type_of(node.this, "aggregate") != "number" and not isinstance(node, exp.Count):
            raise ExpressionRefused(f"numbers in «{written}»", f"“{written}”里应是数字列")
        return "number"

    def _distinct(self, node: exp.Expr, written: str) -> ValueType:
        """count(distinct column): persons or schools that several rows may name."""
        columns = node.this.expressions
        if not isinstance(node, exp.Count) or len(columns) != 1 or not isinstance(columns[0], exp.Column):
            raise ExpressionRefused(
                f"count(distinct …) of one column; «{written}» is not one; DISTINCT has no other use",
                f"distinct 只能写成对一列的 count(distinct …)，不能写“{written}”",
            )
        self._check_parts(node.this)
        self._check_parts(columns[0])
        if self._column(columns[0], "aggregate") == "truth":
            raise ExpressionRefused(f"a column of texts or numbers in «{written}»", f"“{written}”里应是文字列或数字列")
        return "number"

    def _case(self, node: exp.Case, inside: str) -> ValueType:
        for branch in node.args["ifs"]:
            self._check_parts(branch)
            if self.type_of(branch.this, inside) != "truth":
                raise ExpressionRefused(f"a condition after «when» in «{_sql(node)}»", f"“{_sql(node)}”的 when 后面应是一个条件")
        values = [branch.args["true"] for branch in node.args["ifs"]] + ([node.args["default"]] if node.args.get("default") else [])
        if {self.type_of(value, inside) for value in values} != {"number"}:
            raise ExpressionRefused(f"numbers from every branch of «{_sql(node)}»", f"“{_sql(node)}”的每个分支都应得出数字")
        return "number"

    def _comparable(self, node: exp.Expr, inside: str) -> ValueType:
        given = self.type_of(node.this, inside)
        if given in ("truth", "list"):
            raise ExpressionRefused(f"numbers or texts to compare in «{_sql(node)}»", f"“{_sql(node)}”里只能比较数字或文字")
        return given

    def _all(self, node: exp.Expr, wanted: ValueType, inside: str, gives: ValueType) -> ValueType:
        """There is something to work on, and all of it is of the wanted type."""
        if not operands(node):
            raise ExpressionRefused(f"something to work on in «{_sql(node)}»", f"“{_sql(node)}”里没有写内容")
        for operand in operands(node):
            given = self.type_of(operand, inside)
            if given != wanted:
                raise ExpressionRefused(
                    f"a {wanted} where «{_sql(operand)}», a {given}, stands in «{_sql(node)}»",
                    f"“{_sql(node)}”里的“{_sql(operand)}”是{_KINDS[given]}，应是{_KINDS[wanted]}",
                )
        return gives


def _sql(node: exp.Expr) -> str:
    """The node as it is quoted in a refusal."""
    try:
        return node.sql(dialect="duckdb")
    except _STUMBLES:
        return node.key


def operands(node: exp.Expr) -> list[exp.Expr]:
    """What a node works on, in order."""
    found = [node.args.get(part) for part in ("this", "expression", "low", "high")]
    return [one for one in [*found, *node.args.get("expressions", [])] if isinstance(one, exp.Expr)]


def _constant(node: exp.Expr) -> float | None:
    """What a node comes to that reads no row; None where it reads one, or cannot be told."""
    if isinstance(node, exp.Literal):
        return None if node.is_string else float(node.name)
    if isinstance(node, exp.Paren | exp.Neg | exp.Abs):
        inner = _constant(node.this)
        return inner if inner is None or isinstance(node, exp.Paren) else abs(inner) if isinstance(node, exp.Abs) else -inner
    if type(node) not in _ARITHMETIC:
        return None
    first, second = _constant(node.this), _constant(node.expression)
    if first is None or second is None or (isinstance(node, exp.Div) and second == 0):
        return None
    if isinstance(node, exp.Div):
        return first / second
    return first + second if isinstance(node, exp.Add) else first - second if isinstance(node, exp.Sub) else first * second


class _Writer:
    """Writes a checked tree as DuckDB SQL.

    Differs from the text in three things: every aggregate takes only the rows of `only`; dividing by zero gives NULL; amounts are added
    as decimals, so that their sum does not depend on the order of rows.
    """

    def __init__(
        self, types: Mapping[str, ColumnType], only: str | None, column: Callable[[str], str], aggregate: Callable[[exp.Expr], str] | None
    ) -> None:
        self._types, self._only, self._column, self._instead = types, only, column, aggregate

    def write(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Literal):
            return "'" + node.name.replace("'", "''") + "'" if node.is_string else _number(node.name)
        if isinstance(node, exp.Boolean):
            return "true" if node.this else "false"
        if isinstance(node, exp.Column):
            return self._column(node.name)
        if isinstance(node, (exp.Filter, *AGGREGATES)):
            return self._instead(node) if self._instead else self._aggregate(node)
        if isinstance(node, exp.Case):
            branches = " ".join(f"WHEN {self.write(one.this)} THEN {self.write(one.args['true'])}" for one in node.args["ifs"])
            default = node.args.get("default")
            return f"CASE {branches}{f' ELSE {self.write(default)}' if default else ''} END"
        return self._operation(node, [self.write(operand) for operand in operands(node)])

    def _operation(self, node: exp.Expr, values: list[str]) -> str:
        if isinstance(node, exp.Paren):
            return f"({values[0]})"
        if isinstance(node, exp.Neg):
            return f"(- {values[0]})"
        if isinstance(node, exp.Not):
            return f"(NOT {values[0]})"
        if isinstance(node, exp.Div):
            return f"(CAST({values[0]} AS DOUBLE) / nullif(CAST({values[1]} AS DOUBLE), 0))"
        if isinstance(node, exp.And | exp.Or):
            return f"({values[0]} {'AND' if isinstance(node, exp.And) else 'OR'} {values[1]})"
        if isinstance(node, exp.In):
            return f"({values[0]} IN ({', '.join(values[1:])}))"
        if isinstance(node, exp.Between):
            return f"({values[0]} BETWEEN {values[1]} AND {values[2]})"
        if isinstance(node, exp.ArrayContains):
            return f"list_contains(string_split({values[0]}, ','), {values[1]})"
        if isinstance(node, exp.Nullif):
            return f"nullif({values[0]}, {values[1]})"
        infix = {**_ARITHMETIC, **_COMPARISONS}.get(type(node))
        return f"({values[0]} {infix} {values[1]})" if infix else f"{_FUNCTIONS[type(node)]}({', '.join(values)})"

    def _aggregate(self, node: exp.Expr) -> str:
        node, where = (node.this, node.expression.this) if isinstance(node, exp.Filter) else (node, None)
        conditions = [one for one in (self._only, self.write(where) if where else None) if one]
        rows = f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
        if isinstance(node.this, exp.Star):
            return f"count(*){rows}"
        if isinstance(node.this, exp.Distinct):
            return f"count(DISTINCT {self.write(node.this.expressions[0])}){rows}"
        of = self.write(node.this)
        if isinstance(node, exp.Sum) and isinstance(node.this, exp.Column) and self._types[node.this.name] == "amount":
            return f"CAST(sum(CAST({of} AS DECIMAL(18, 2))){rows} AS DOUBLE)"
        return f"{type(node).__name__.lower()}({of}){rows}"


def _is_number(written: str) -> bool:
    try:
        return written.isascii() and (float(written) == 0 or 1e-9 <= abs(float(written)) < 1e18)
    except ValueError:
        return False


def _written_out(text: str) -> bool:
    """Whether a text can be sent to an engine: no halves of signs, no NUL."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _number(written: str) -> str:
    return written if written.isdigit() else f"CAST({written} AS DOUBLE)"
