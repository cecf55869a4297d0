"""Formula: a measure's expressions for a reader: in words of either language, and as the SQL that the engine runs.

Changes when a formula is read out otherwise. Words of columns and values are the rulebook's (`tables`, `registers`, `codes`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlglot import exp

from jiaoheng.measures.expression import AGGREGATES, Expression, operands, quoted
from jiaoheng.measures.measure import Measure
from jiaoheng.rulebook.codes import CodeTable, load_codes
from jiaoheng.rulebook.ledger_words import ledger_words
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.registers import load_registers
from jiaoheng.rulebook.tables import NODE_COLUMNS, TableRule, load_tables

__all__ = ["ColumnWords", "column_words", "condition_in_words", "in_sql", "in_words"]


_LONGEST = 44
_STATISTICS, _DIRECTORY = "annual_statistics", "organisations"
_EVERYWHERE = (*NODE_COLUMNS, "school_year", "stage")
"""Columns that every table has or takes from the organisation; their words are those of the directory."""


@dataclass(frozen=True)
class ColumnWords:
    """What a table, its rows and its columns are called, and what the codes in them mean."""

    table: Label
    labels: Mapping[str, Label]
    values: Mapping[str, Mapping[str, Label]]

    def column(self, name: str, zh: bool) -> str:
        label = self.labels.get(name)
        if label is None:
            return name
        said = _short(label.zh if zh else label.en)
        return said if zh or len(said) <= _LONGEST else name.replace("_", " ")  # a description rather than a name

    def value(self, column: str, value: str, zh: bool) -> str:
        label = self.values.get(column, {}).get(value)
        if label is None:
            return f"“{value}”" if value else "空" if zh else "empty"
        return label.zh if zh else label.en


Tables = Mapping[str, TableRule]
"""The tables that a measure is written over, those of ledgers too; without them, those that come with the program."""


def column_words(register: str, overlay: Path | None = None, tables: Tables | None = None) -> ColumnWords:
    """The words of one table, its own before those of the organisation."""
    called, labels, values = _form_words(register, overlay)
    table, codes = {**load_tables(), **(tables or {})}.get(register), _codes(overlay)
    for name, column in (table.columns if table else {}).items():
        known = codes.get(column.codes or "")
        labels = {**labels, name: column.label}
        if known:
            values = {**values, name: {code: Label(en=one.en, zh=one.zh) for code, one in known.codes.items()}}
    return ColumnWords(table.label if table else called, labels, {**ledger_words(register, overlay), **values})


@lru_cache(maxsize=64)
def _form_words(register: str, overlay: Path | None) -> tuple[Label, dict[str, Label], dict[str, dict[str, Label]]]:
    """What the forms of intake call a table and its columns, and the columns that every table has."""
    forms = load_registers(overlay)
    labels: dict[str, Label] = {}
    values: dict[str, dict[str, Label]] = {}
    for form in [forms[name] for name in (_STATISTICS, _DIRECTORY, register) if name in forms]:
        for name, field in form.fields.items():
            if form is forms.get(register) or name in _EVERYWHERE:
                labels[name] = field.label
                values[name] = {code: Label(en=one.en, zh=one.zh) for code, one in field.choices.items()}
    return forms[register].label if register in forms else Label(en=register, zh=register), labels, values


@lru_cache(maxsize=4)
def _codes(overlay: Path | None) -> dict[str, CodeTable]:
    return load_codes(overlay)


def in_words(measure: Measure, language: str, overlay: Path | None = None, tables: Tables | None = None) -> str:
    """The whole formula as one sentence or two."""
    zh = language.lower().startswith("zh")
    if measure.base:
        base = measure.base.label.zh if zh else measure.base.label.en
        how = {"percent": ("上一期值的百分比", "in percent of the value before"), "points": ("百分点", "in percentage points"),
               "amount": ("原单位", "in its own unit")}[measure.change_in or "amount"]  # fmt: skip
        return f"“{base}”本期比上一期的增减，按{how[0]}表示" if zh else f"“{base}”: what it is now against the period before, {how[1]}"
    words = column_words(measure.register, overlay, tables)
    said = _said(measure.numerator, words, zh)
    if measure.kind == "variation" and measure.denominator:
        weight = _said(measure.denominator, words, zh)
        return (
            f"各校“{said} ÷ {weight}”以{weight}加权的标准差，除以其加权平均值"
            if zh
            else f"the standard deviation between schools of {said} ÷ {weight}, weighted by {weight}, divided by its weighted mean"
        )
    if measure.denominator:
        below = column_words(measure.other.register, overlay, tables) if measure.other else words
        under = _said(measure.denominator, below, zh)
        said = f"{_apart(measure.numerator, said, zh)} ÷ {_apart(measure.denominator, under, zh)}"
    return said + _which(measure, words, zh, below=False) + (_which(measure.other, below, zh, below=True) if measure.other else "")


def condition_in_words(condition: Expression, words: ColumnWords, language: str) -> str:
    """What a condition asks of a row."""
    return _said(condition, words, language.lower().startswith("zh"))


def in_sql(measure: Measure) -> str:
    """The query that the measure amounts to, as DuckDB reads it; the engine asks it of all measures of a table at once."""
    if measure.base:
        return f"-- {measure.base.id}: now − before\n{in_sql(measure.base)}"
    if measure.other:
        return f"-- above the line\n{in_sql(measure.numerator_part)}\n-- below the line\n{in_sql(measure.other)}"
    parts = [measure.numerator, *([measure.denominator] if measure.denominator else [])]
    names = ("resource", "weight") if measure.kind == "variation" else ("numerator", "denominator")
    chosen = ",\n       ".join(f"{part.sql()} AS {name}" for part, name in zip(parts, names, strict=False))
    group = "" if measure.kind == "variation" else f"\nGROUP BY organisation, stage, {measure.period_column}"
    table = f"{quoted(measure.register)} JOIN organisations"
    return f"SELECT organisation, stage, {measure.period_column},\n       {chosen}\nFROM {table}\nWHERE {measure.counted_sql()}{group}"


def _short(words: str) -> str:
    """The name of a column without what its description says after it."""
    return words.split("；")[0].split(";")[0].split("：")[0].split(": ")[0].strip()


def _apart(expression: Expression, said: str, zh: bool) -> str:
    tree = expression.tree
    if not isinstance(tree, exp.Add | exp.Sub | exp.Div | exp.Mul):
        return said
    return f"（{said}）" if zh else f"({said})"


def _which(measure: Measure, words: ColumnWords, zh: bool, *, below: bool) -> str:
    if measure.where is None:
        return ""
    condition = _said(measure.where, words, zh)
    if zh:
        return f"；{'分母' if below else ''}只计{condition}的记录"
    return f"; {'below the line ' if below else ''}only rows where {condition}"


def _said(expression: Expression, words: ColumnWords, zh: bool) -> str:
    return _Reader(words, zh).read(expression.tree)


_COMPARED: dict[type[exp.Expr], tuple[str, str]] = {
    exp.EQ: ("为", "is"), exp.NEQ: ("不为", "is not"), exp.LT: ("小于", "is below"), exp.LTE: ("不超过", "is at most"),
    exp.GT: ("大于", "is above"), exp.GTE: ("不少于", "is at least"),
}  # fmt: skip
_SIGNS: dict[type[exp.Expr], str] = {exp.Add: "＋", exp.Sub: "－", exp.Mul: "×", exp.Div: "÷"}
_OF: dict[type[exp.Expr], tuple[str, str]] = {
    exp.Abs: ("绝对值", "the absolute value of"), exp.Floor: ("向下取整", "the whole part of"),
    exp.Ceil: ("向上取整", "the next whole number of"),
    exp.Greatest: ("较大者", "the greatest of"), exp.Least: ("较小者", "the least of"),
}  # fmt: skip
_GATHERED: dict[type[exp.Expr], tuple[str, str]] = {
    exp.Sum: ("{}之和", "the sum of {}"), exp.Avg: ("{}的平均值", "the mean of {}"), exp.Min: ("{}的最小值", "the least {}"),
    exp.Max: ("{}的最大值", "the greatest {}"), exp.Count: ("有{}的记录数", "the number of rows with {}"),
}  # fmt: skip


class _Reader:
    """Reads a checked tree out."""

    def __init__(self, words: ColumnWords, zh: bool) -> None:
        self._words, self._zh = words, zh

    def read(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Literal):
            return f"“{node.name}”" if node.is_string else node.name
        if isinstance(node, exp.Boolean):
            return ("真" if node.this else "假") if self._zh else str(bool(node.this)).lower()
        if isinstance(node, exp.Column):
            return self._words.column(node.name, self._zh)
        if isinstance(node, exp.Filter):
            rows = self.read(node.expression.this)
            return f"{rows}的{self.read(node.this)}" if self._zh else f"{self.read(node.this)} where {rows}"
        if isinstance(node, AGGREGATES):
            return self._gathered(node)
        if isinstance(node, exp.Paren):
            said = self.read(node.this)
            return said if not isinstance(node.this, exp.Binary) else f"（{said}）" if self._zh else f"({said})"
        if isinstance(node, exp.Case):
            return self._case(node)
        return self._operation(node)

    def _gathered(self, node: exp.Expr) -> str:
        if isinstance(node.this, exp.Star):
            return f"{self._words.table.zh}记录数" if self._zh else f"the number of rows of {self._words.table.en.lower()}"
        if isinstance(node.this, exp.Distinct):
            column = self.read(node.this.expressions[0])
            return f"不重复的{column}个数" if self._zh else f"the number of different values of {column}"
        return _GATHERED[type(node)][0 if self._zh else 1].format(self.read(node.this))

    def _case(self, node: exp.Case) -> str:
        zh = self._zh
        branches = [(self.read(one.this), self.read(one.args["true"])) for one in node.args["ifs"]]
        said = [f"若{condition}则取{value}" if zh else f"{value} if {condition}" for condition, value in branches]
        if node.args.get("default"):
            said.append(f"否则取{self.read(node.args['default'])}" if zh else f"else {self.read(node.args['default'])}")
        return ("，" if zh else ", ").join(said)

    def _operation(self, node: exp.Expr) -> str:
        zh, parts = self._zh, operands(node)
        if isinstance(node, exp.Not):
            return f"非{self._closed(parts[0])}" if zh else f"not {self._closed(parts[0])}"
        if isinstance(node, exp.Neg):
            return f"－{self._closed(parts[0])}"
        if isinstance(node, exp.And | exp.Or):
            both = ("且", " and ") if isinstance(node, exp.And) else ("或", " or ")
            return both[0 if zh else 1].join(self.read(one) for one in parts)
        if type(node) in _SIGNS:
            sign = _SIGNS[type(node)]
            return f" {sign} ".join(self._closed(one) if isinstance(node, exp.Mul | exp.Div) else self.read(one) for one in parts)
        if isinstance(node, exp.ArrayContains):
            column, value = parts[0], parts[1]
            named = self._value(column, value)
            return f"{self.read(column)}含{named}" if zh else f"{self.read(column)} contains {named}"
        return self._compared(node, parts)

    def _compared(self, node: exp.Expr, parts: list[exp.Expr]) -> str:
        zh, first = self._zh, self.read(parts[0])
        if type(node) in _COMPARED:
            return f"{first}{'' if zh else ' '}{_COMPARED[type(node)][0 if zh else 1]}{'' if zh else ' '}{self._value(parts[0], parts[1])}"
        if isinstance(node, exp.In):
            listed = [self._value(parts[0], one) for one in parts[1:]]
            return f"{first}为{'、'.join(listed)}之一" if zh else f"{first} is one of {', '.join(listed)}"
        if isinstance(node, exp.Between):
            low, high = (self._value(parts[0], one) for one in parts[1:3])
            return f"{first}在{low}至{high}之间" if zh else f"{first} is between {low} and {high}"
        if isinstance(node, exp.Nullif):
            return f"{first}（等于{self.read(parts[1])}时不计）" if zh else f"{first} (left out where it is {self.read(parts[1])})"
        name = _OF[type(node)]
        listed = [self.read(one) for one in parts]
        return f"{name[0]}（{'，'.join(listed)}）" if zh else f"{name[1]} {', '.join(listed)}"

    def _closed(self, node: exp.Expr) -> str:
        """In brackets where it would otherwise be read together with what stands beside it."""
        said = self.read(node)
        loose = isinstance(node, exp.Add | exp.Sub | exp.And | exp.Or)
        return (f"（{said}）" if self._zh else f"({said})") if loose else said

    def _value(self, column: exp.Expr, value: exp.Expr) -> str:
        if isinstance(column, exp.Column) and isinstance(value, exp.Literal) and value.is_string:
            return self._words.value(column.name, value.name, self._zh)
        return self.read(value)
