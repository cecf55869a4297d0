"""Condition: one of the things that must hold of a row before a measure counts it.

Changes when what decides whether a row counts changes. What a measure asks of a row is a list of conditions, all of which must hold; many
measures share most of theirs, so that an engine can look at each once. Conditions that follow from others are left out.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from sqlglot import exp

from jiaoheng.measures.expression import Expression, operands

__all__ = ["Condition", "conjuncts", "known", "needed"]

Mode = Literal["holds", "open", "known"]
"""The expression holds; is not known to be false; has a value."""

_Named = Callable[[str], str]

# A node of these kinds has no value exactly where one of its operands has none.
_STRICT = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Paren, exp.Not, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.EQ, exp.NEQ, exp.LT,
    exp.LTE, exp.GT, exp.GTE, exp.Abs, exp.Floor, exp.Ceil,
)  # fmt: skip


def _is_strict(node: exp.Expr) -> bool:
    """A list or a range of constants as well; with a column in it the answer may be known while that column is not."""
    if isinstance(node, exp.In | exp.Between):
        return all(isinstance(one, exp.Literal) for one in operands(node)[1:])
    return isinstance(node, _STRICT)


def _may_be_void(node: exp.Expr) -> bool:
    """Whether a node can have no value though all its operands have."""
    return isinstance(node, exp.Div | exp.Nullif) or (isinstance(node, exp.Case) and not node.args.get("default"))


@dataclass(frozen=True)
class Condition:
    """An expression over one row and what is asked of it; equal to another that is written alike."""

    mode: Mode
    text: str
    expression: Expression = field(compare=False, repr=False)

    @classmethod
    def of(cls, mode: Mode, expression: Expression) -> "Condition":
        return cls(mode, expression.sql(), expression)

    @cached_property
    def columns(self) -> frozenset[str]:
        return frozenset(self.expression.columns)

    @cached_property
    def strict(self) -> bool:
        """Whether the expression has a value wherever its columns have."""
        return all(map(_is_strict, self.expression.tree.walk()))

    def sql(self, column: _Named | None = None) -> str:
        """True where the condition holds; what else it gives (false or NULL) means that it does not."""
        written = self.expression.sql(column=column)
        if self.mode == "known":
            return f"{written} IS NOT NULL"
        return f"coalesce({written}, true)" if self.mode == "open" else written


def conjuncts(expression: Expression) -> Iterator[Expression]:
    """The parts of a condition that all must hold: of «a and (b and c)» a, b and c."""
    waiting = [expression.tree]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, exp.Paren):
            waiting.insert(0, node.this)
        elif isinstance(node, exp.And):
            waiting[:0] = [node.this, node.expression]
        else:
            yield _part(node, expression)


def known(column: str, expression: Expression) -> Condition:
    """That a column of an expression has a value."""
    return Condition.of("known", _part(exp.column(column, quoted=True), expression))


def _part(node: exp.Expr, of: Expression) -> Expression:
    columns = dict.fromkeys(one.name for one in node.find_all(exp.Column, bfs=False))
    return Expression(of.text, node, tuple(columns), of.types)


def needed(conditions: Iterable[Condition], whole: Collection[str] = ()) -> tuple[Condition, ...]:
    """The conditions less those that follow from the others, where the columns in `whole` lack no value in any row."""
    listed = [_simpler(one, whole) for one in dict.fromkeys(conditions)]
    holding = {one.text for one in listed if one.mode == "holds"}
    there = {column for one in listed if one.mode == "holds" and one.strict for column in one.columns}.union(whole)
    return tuple(
        one
        for one in dict.fromkeys(listed)
        if one.mode == "holds" or not (one.text in holding or (one.mode == "known" and one.strict and one.columns <= there))
    )


def _simpler(condition: Condition, whole: Collection[str]) -> Condition:
    """«Not known to be false» is «holds» where it is always known."""
    certain = condition.mode == "open" and condition.columns <= set(whole) and not any(map(_may_be_void, condition.expression.tree.walk()))
    return Condition("holds", condition.text, condition.expression) if certain else condition
