"""Successive store: a register of periods that follow each other, such as the posts approved for a school.

Changes when the rule of succession changes. A row without an end ends on the first day of the next one of its sequence, whether that stands
in the same sheet or comes later; two that overlap by what they say themselves go back.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

import dataframely as dy
import polars as pl

from jiaoheng.access.batch import change_rows
from jiaoheng.intake.checks import Checked
from jiaoheng.intake.row_rules import RowRules, rule
from jiaoheng.intake.store import Difference
from jiaoheng.intake.stores.keyed import KeyedStore

__all__ = ["PeriodRules", "SuccessiveStore"]

_FOR_EVER = date(9999, 12, 31)


class PeriodRules(RowRules):
    """What must hold of every row of a period."""

    overlaps = dy.Bool(nullable=True)
    overlaps_said = dy.String(nullable=True)

    @rule("60", "since", "until", quoted="overlaps_said")
    def apart_from_others(cls) -> pl.Expr:
        return ~pl.col("overlaps")


@dataclass
class _Succession(Difference):
    """`ended`: rows that are held without an end and end because of the sheet: id, until, path."""

    ended: pl.DataFrame = field(default_factory=pl.DataFrame)


class SuccessiveStore(KeyedStore):
    """`sequence`: the columns of the prepared frame that name one sequence; `since` and `until` are fields of the sheet.

    `follows`: a column of the prepared frame that says whether the row ends what came before it (all do where it is not given).
    """

    rules = PeriodRules
    sequence: ClassVar[tuple[str, ...]] = ("organisation_id",)
    follows: ClassVar[str] = ""

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame:
        """With the ends that follow from the next row, and where rows overlap."""
        if "until" not in frame.columns:
            frame = frame.with_columns(until=pl.lit(None, dtype=pl.Date))
        known = self._periods(frame)
        rows = known.filter(pl.col("_row").is_not_null()).select(row="_row", _ends="_ends", overlaps="_bad", overlaps_said="_said")
        both = frame.join(rows, on="row", how="left", maintain_order="left")
        return both.with_columns(until=pl.coalesce("until", "_ends")).drop("_ends")

    def compared(self, checked: Checked) -> Difference:
        found = super().compared(checked)
        known = self._periods(checked.good)
        open_ones = known.filter(pl.col("_row").is_null() & pl.col("until").is_null() & pl.col("_ends").is_not_null())
        paths = self.occasion.directory.frame.select(pl.col("id").alias("_place"), "path")
        ended = open_ones.join(paths, on="_place", how="left").select("_id", pl.col("_ends").alias("until"), "path")
        return _Succession(found.rows, found.state, found.fields, found.counts, found.left_out, found.asked, ended)

    def write(self, difference: Difference) -> None:
        if isinstance(difference, _Succession) and len(difference.ended):
            ended = difference.ended
            before: dict[str, list[date | None]] = {"until": [None] * len(ended)}
            after = {"until": ended["until"].to_list()}
            change_rows(self.model, ended["_id"].to_list(), before, after, paths=ended["path"].to_list(), change=self.change())
        super().write(difference)

    def _periods(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Every period of the sequences of these rows, held ones that the sheet does not name included, in order.

        `_row`: row of the sheet (null: held); `_id`, `_place`: of a held one; `_ends`: the day on which it ends where it says none
        itself; `_bad`: it overlaps another; `_said`: which.
        """
        named, keys = [*self.sequence, "since"], list(self.key.values())
        columns = list(dict.fromkeys([*named, *keys, "until", *([self.follows] if self.follows else [])]))
        held = self._held_periods(frame)
        nothing = pl.lit(None, dtype=pl.Int64)
        rows = frame.select(*columns, _row="row", _id=nothing, _place=nothing)
        told = rows.join(held.select(*keys, _held_until="until"), on=keys, how="left", nulls_equal=True)
        rows = told.with_columns(until=pl.coalesce("until", "_held_until")).drop("_held_until")
        others = held.join(rows, on=keys, how="anti", nulls_equal=True).with_columns(_row=nothing)
        both = pl.concat([rows, others.select(rows.columns)], how="vertical_relaxed")
        both = both.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in named)).sort(*named, maintain_order=True)
        return self._measured(both)

    def _measured(self, periods: pl.DataFrame) -> pl.DataFrame:
        """With where each ends, and which overlap. An end that is said counts as said."""
        since, follows = pl.col("since"), pl.col(self.follows) if self.follows else pl.lit(True)
        following, preceding = since.shift(-1).over(self.sequence), since.shift(1).over(self.sequence)
        ends = pl.when(pl.col("until").is_null() & follows & (following > since)).then(following)
        both = periods.with_columns(_ends=ends).with_columns(_last=pl.coalesce("until", "_ends", pl.lit(_FOR_EVER)))
        before = pl.col("_last").cum_max().shift(1).over(self.sequence)
        bad = (before > since) | (since == preceding) | (pl.col("_last") > following) | (since == following)
        said = pl.format("{} – {}", since.cast(pl.String), pl.coalesce(pl.col("until").cast(pl.String), pl.lit("…")))
        return both.with_columns(_bad=bad.fill_null(False), _said=said)

    def _held_periods(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What is held of these sequences, under the names of the prepared frame."""
        held = self.held(frame["organisation_id"].drop_nulls().unique().to_list())
        renamed = [pl.col(column).alias(name) for column, name in [*self.key.items(), *self.columns.items()]]
        return self.with_sequence(held.select(pl.col("id").alias("_id"), pl.col(self.owner).alias("_place"), *renamed))

    def with_sequence(self, held: pl.DataFrame) -> pl.DataFrame:
        """The held rows with the columns of the sequence and `follows` that are not in the table."""
        return held
