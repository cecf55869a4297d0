"""Measure: one indicator in its checked, frozen form. The engines and the rows behind a number all read this object.

Changes when what a measure can say changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from jiaoheng.measures.expression import ColumnType, Expression, quoted
from jiaoheng.rulebook.loader import Label, Rule

__all__ = ["Measure", "MeasureKind", "MeasureSource"]

MeasureKind = Literal["total", "ratio", "variation"]


class MeasureSource(Rule):
    """The document that a measure is taken from."""

    document: str
    article: str | None = None
    url: str | None = None

    def __str__(self) -> str:
        return f"{self.document}, {self.article}" if self.article else self.document


@dataclass(frozen=True)
class Measure:
    """A definition, checked whole.

    total:      value = numerator.
    ratio:      value = numerator / denominator; no value where the denominator is zero.
    variation:  the coefficient of variation 差异系数, weighted by pupils: of each row the numerator is its resource N and the
                denominator its weight p; X̄ = ΣN/Σp, S = √(Σ p·(N/p − X̄)² / Σp), value = S / X̄.

    A row counts where the register's universe and `where` hold, its stage is one of `stages` (when given), and every column that the
    measure reads has a value. For a variation the weight must also be above zero.
    """

    id: str
    label: Label
    description: Label | None
    register: str
    kind: MeasureKind
    numerator: Expression
    denominator: Expression | None
    where: Expression | None
    universe: Expression | None
    stages: tuple[str, ...]
    unit: Label
    decimals: int
    better: Literal["more", "less", "none"]
    source: MeasureSource
    scope: Label | None
    calendar: str
    definition_version: str
    """First 12 hex digits of the SHA-256 of what the value depends on: another definition, another version."""
    types: Mapping[str, ColumnType] = field(repr=False)

    def __str__(self) -> str:
        return self.id

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the measure reads, in the order of first mention."""
        parts = [part for part in (self.numerator, self.denominator, self.where) if part]
        return tuple(dict.fromkeys(column for part in parts for column in part.columns))

    @property
    def columns_and_universe(self) -> tuple[str, ...]:
        """The columns read, and those that decide whether a row belongs to the register's universe."""
        return tuple(
            dict.fromkeys([*self.columns, *(self.universe.columns if self.universe else ()), *(("stage",) if self.stages else ())])
        )

    def in_scope_sql(self) -> str:
        """SQL: the rows that the measure asks about, whether or not they have the figures."""
        conditions = [self.universe.sql()] if self.universe else []
        if self.stages:
            conditions.append(f"{quoted('stage')} IN ({', '.join(map(_text, self.stages))})")
        if self.where:
            conditions.append(f"coalesce({self.where.sql()}, true)")
        return f"coalesce({' AND '.join(conditions)}, false)" if conditions else "true"

    def counted_sql(self) -> str:
        """SQL: the rows that the measure counts: those in scope with every figure there."""
        conditions = [self.in_scope_sql()]
        if self.where:
            conditions.append(f"coalesce({self.where.sql()}, false)")
        conditions += [f"{quoted(column)} IS NOT NULL" for column in self.columns]
        if self.kind == "variation" and self.denominator:
            conditions.append(f"coalesce({self.denominator.sql()} > 0, false)")
            conditions.append(f"({self.numerator.sql()}) IS NOT NULL")
        return f"({' AND '.join(conditions)})"


def _text(written: str) -> str:
    return "'" + written.replace("'", "''") + "'"
