"""Measure: one indicator in its checked, frozen form. The engines and the rows behind a number all read this object.

Changes when what a measure can say changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Literal

from sqlglot import exp

from jiaoheng.measures.condition import Condition, conjuncts, known
from jiaoheng.measures.expression import ColumnType, Expression, quoted, row_expression
from jiaoheng.rulebook.loader import Label, Rule
from jiaoheng.rulebook.tables import CALENDAR_WORDS, COUNTED_WORDS, SCHOOLS_WORDS, Calendar, Counted, Schools

__all__ = ["ChangeUnit", "Measure", "MeasureKind", "MeasureSource", "Scope"]

MeasureKind = Literal["total", "ratio", "variation", "change"]

ChangeUnit = Literal["percent", "points", "amount"]
"""A change in percent of what was, in percentage points (of what is a percentage itself), or in the measure's own unit."""


_SCHOOLS_COLUMN: Mapping[Schools, tuple[str, ...]] = {"area": (), "public": ("ownership",), "own": ("own",)}
"""The column of the organisation by which the rows of a scope are chosen."""


class MeasureSource(Rule):
    """The document that a measure is taken from."""

    document: str
    article: str | None = None
    url: str | None = None

    def __str__(self) -> str:
        return f"{self.document}, {self.article}" if self.article else self.document


@dataclass(frozen=True)
class Scope:
    """Who is counted, as a type, with words of the measure's own where it has some. `public` and `own` also choose the rows."""

    counted: Counted
    schools: Schools
    words: Label | None = None

    @property
    def en(self) -> str:
        return self.words.en if self.words else f"{COUNTED_WORDS[self.counted].en}; {SCHOOLS_WORDS[self.schools].en}"

    @property
    def zh(self) -> str:
        return self.words.zh if self.words else f"{COUNTED_WORDS[self.counted].zh}；{SCHOOLS_WORDS[self.schools].zh}"


@dataclass(frozen=True)
class Measure:
    """A definition, checked whole.

    total:      value = numerator.
    ratio:      value = numerator / denominator; no value where the denominator is zero.
    variation:  the coefficient of variation 差异系数, weighted by pupils: of each school and stage the numerator is its resource N and the
                denominator its weight p; X̄ = ΣN/Σp, S = √(Σ p·(N/p − X̄)² / Σp), value = S / X̄.
    change:     what the measure `base` was a period before and is now; see `ChangeUnit`.

    A row counts where the register's universe and `where` hold, its stage is one of `stages` (when given), and every column that the
    measure reads has a value. For a variation the weight must also be above zero. A ratio whose denominator is of another register has it
    as `other`, a total of its own; both are summed first and then divided.
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
    scope: Scope
    calendar: Calendar
    definition_version: str
    """First 12 hex digits of the SHA-256 of what the value depends on: another definition, another version."""
    types: Mapping[str, ColumnType] = field(repr=False)
    other: "Measure | None" = None
    other_periods_back: int = 0
    combines: Label | None = None
    """Why two registers of unlike scope or calendar are combined."""
    base: "Measure | None" = None
    change_in: ChangeUnit | None = None
    periods_back: int = 0
    """How many periods before the register's latest one the measure speaks of by default: what became of children is known a year later."""
    key: tuple[str, ...] = ()
    """Columns that tell the rows of one organisation, stage and period apart."""
    counts_persons: bool = False
    """Whether the numerator is a number of persons; `denominator_counts_persons` says it of the denominator."""
    denominator_counts_persons: bool = False

    def __str__(self) -> str:
        return self.id

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of its register that the measure reads, in the order of first mention."""
        parts = [part for part in (self.numerator, None if self.other else self.denominator, self.where) if part]
        return tuple(dict.fromkeys(column for part in parts for column in part.columns))

    @property
    def columns_and_universe(self) -> tuple[str, ...]:
        """The columns read, and those that decide whether a row belongs to the register's universe."""
        more = [*(self.universe.columns if self.universe else ()), *(("stage",) if self.stages else ())]
        return tuple(dict.fromkeys([*self.columns, *more, *_SCHOOLS_COLUMN[self.scope.schools]]))

    @property
    def numerator_part(self) -> "Measure":
        """The numerator as a total by itself, where the denominator is of another register."""
        return replace(self, kind="total", denominator=None, other=None) if self.other else self

    @property
    def period_column(self) -> str:
        """The column of its register that says the period of a row."""
        return "calendar_year" if self.calendar == "calendar_year" else "school_year"

    @property
    def in_percent(self) -> bool:
        """Whether its values are percentages, so that they change in percentage points."""
        return self.unit.en == "%"

    @property
    def calendar_words(self) -> Label:
        return CALENDAR_WORDS[self.calendar]

    @cached_property
    def in_scope(self) -> tuple[Condition, ...]:
        """What must hold of a row of the universe for the measure to ask about it, whether or not it has the figures."""
        asked: list[Condition] = []
        if self.scope.schools == "public":
            asked.append(Condition.of("holds", _PUBLIC))
        if self.scope.schools == "own":
            asked.append(Condition.of("open", _OWN))
        if self.stages:
            asked.append(_of_stages(self.stages))
        return (*asked, *(Condition.of("open", part) for part in (conjuncts(self.where) if self.where else ())))

    @cached_property
    def counted(self) -> tuple[Condition, ...]:
        """What must hold of a row of the universe for the measure to count it: it is in scope and has every figure."""
        conditions = [*self.in_scope, *(Condition.of("holds", part) for part in (conjuncts(self.where) if self.where else ()))]
        conditions += [known(column, self.numerator) for column in self.columns]
        if self.kind == "variation" and self.denominator:
            weight = replace(
                self.denominator, tree=exp.GT(this=exp.Paren(this=self.denominator.tree.copy()), expression=exp.Literal.number(0))
            )
            conditions += [Condition.of("holds", weight), Condition.of("known", self.numerator)]
        return tuple(conditions)

    def counted_sql(self) -> str:
        """SQL: the rows that the measure counts, its universe among the conditions."""
        universe = [Condition.of("holds", self.universe)] if self.universe else []
        return " AND ".join(f"coalesce({one.sql()}, false)" for one in [*universe, *self.counted]) or "true"


@cache
def _of_stages(stages: tuple[str, ...]) -> Condition:
    chosen = f"{quoted('stage')} in ({', '.join(map(_text, stages))})"
    return Condition.of("holds", row_expression(chosen, {"stage": "text"}, "truth"))


_PUBLIC = row_expression("ownership in ('public', 'other_public')", {"ownership": "text"}, "truth")
_OWN = row_expression("own", {"own": "flag"}, "truth")


def _text(written: str) -> str:
    return "'" + written.replace("'", "''") + "'"
