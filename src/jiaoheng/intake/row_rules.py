"""Row rules: what must hold of every row of a register, declared with dataframely and said with the causes of the catalogue.

Changes when the way of declaring a rule changes. A register's rules are one class:

    class FundsRules(RowRules):
        budgeted_yuan = dy.Float64(nullable=True)
        spent_yuan = dy.Float64(nullable=True)

        @rule("60", "spent_yuan", "budgeted_yuan", quoted="spent_yuan")
        def spent_within_budget(cls) -> pl.Expr:
            return pl.col("spent_yuan") <= pl.col("budgeted_yuan")

The expression says what is right; where it gives null (a cell is missing) the row passes. Columns are the fields that the sheet feeds and
those that the register's store adds (`Store.prepared`); one that the sheet does not feed is null. Severity and words stand in the
catalogue under the number; the first fields name the cells that are marked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import dataframely as dy
import polars as pl

from jiaoheng.rulebook.loader import Label

__all__ = ["Broken", "RowRules", "broken_rules", "rule"]


@dataclass(frozen=True)
class _Said:
    """What a broken rule says: the number in the catalogue, the fields it marks, the column it quotes, other words."""

    number: str
    fields: tuple[str, ...]
    quoted: str | None
    words: Mapping[str, str | Label] = field(default_factory=dict)


@dataclass(frozen=True)
class Broken:
    """A rule that some row breaks: where (a mask over all rows) and what to say."""

    number: str
    mask: pl.Series
    fields: tuple[str, ...]
    quoted: str | None
    words: Mapping[str, str | Label]


_SAID: dict[tuple[str, str], dict[str, _Said]] = {}


class RowRules(dy.Schema):
    """The base of every register's rules. `row` is the row's number in the spreadsheet."""

    row = dy.Int64()


def rule(number: str, *fields: str, quoted: str | None = None, **words: str | Label) -> Callable[[Callable[[Any], pl.Expr]], Any]:
    """Declare a rule of a register: its number in the catalogue of causes, and the fields whose cells it marks."""

    def declared(expression: Callable[[Any], pl.Expr]) -> Any:
        schema = expression.__qualname__.rpartition(".")[0]
        _SAID.setdefault((expression.__module__, schema), {})[expression.__name__] = _Said(number, fields, quoted, words)
        return dy.rule()(expression)

    return declared


def broken_rules(rules: type[RowRules], frame: pl.DataFrame) -> list[Broken]:
    """Every rule that some row of the frame breaks. `frame` has the column `row`, distinct and never null."""
    said: dict[str, _Said] = {}
    for base in reversed(rules.__mro__):
        said |= _SAID.get((base.__module__, base.__qualname__), {})
    _good, failed = rules.filter(_completed(rules, frame))
    counts = failed.counts()
    if not counts:
        return []
    details = failed.details()
    found = []
    for name in (name for name in said if counts.get(name)):
        rows = details.filter(pl.col(name) == "invalid")["row"]
        one = said[name]
        found.append(Broken(one.number, frame["row"].is_in(rows.implode()), one.fields, one.quoted, one.words))
    return found


def _completed(rules: type[RowRules], frame: pl.DataFrame) -> pl.DataFrame:
    """The columns that the rules name, in their types; those that the sheet does not feed are null."""
    wanted = {name: column.dtype for name, column in rules.columns().items()}
    return frame.select((pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name) for name, kind in wanted.items())
