"""Keyed store: a register whose rows are known by columns of their own, such as a class by school, year, grade and name.

Changes when simple registers are compared or written otherwise. A missing value never overwrites one that is held; a row that brings
nothing new is unchanged; history, trail and sealing are those of every register (`access.batch`).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import polars as pl
from django.db import models

from jiaoheng.access.batch import add_rows, change_rows
from jiaoheng.access.change import Change, Recorded
from jiaoheng.access.sealed_field import EncryptedText
from jiaoheng.intake.checks import Checked
from jiaoheng.intake.directory import fetched
from jiaoheng.intake.store import CHANGED, NEW, UNCHANGED, Difference, Store

__all__ = ["KeyedStore"]

_DTYPES: "tuple[tuple[type[models.Field[Any, Any]], type[pl.DataType]], ...]" = (
    (models.BooleanField, pl.Boolean),
    (models.DateField, pl.Date),
    (models.DecimalField, pl.Float64),
    (models.FloatField, pl.Float64),
    (models.IntegerField, pl.Int64),
    (models.ForeignKey, pl.Int64),
)


class KeyedStore(Store):
    """`key` and `columns`: column of the table → column of the prepared frame (a field, or one that `prepared` adds).

    Rows are looked for among those of the sheet's organisations; `owner` is the table's column that names the organisation. Columns of the
    sheet that no table column names are not kept. Text columns of the table that may be empty hold the empty text, never null.
    """

    model: ClassVar[type[Recorded]]
    key: ClassVar[Mapping[str, str]]
    columns: ClassVar[Mapping[str, str]]
    owner: ClassVar[str] = "organisation_id"

    def compared(self, checked: Checked) -> Difference:
        rows = checked.good
        fields = {column: field for column, field in self.columns.items() if field in rows.columns}
        known = self.held(rows["organisation_id"].unique().to_list())
        held = known.select(
            pl.col("id").alias("_id"),
            *(pl.col(column).alias(field) for column, field in self.key.items()),
            *(pl.col(column).alias(f"{field}_held") for column, field in fields.items()),
        )
        both = rows.join(held, on=list(self.key.values()), how="left", maintain_order="left", nulls_equal=True)
        differs = [pl.col(field).is_not_null() & pl.col(field).ne_missing(pl.col(f"{field}_held")) for field in fields.values()]
        new, changed = pl.col("_id").is_null(), pl.any_horizontal(differs or [pl.lit(False)])
        state = both.select(pl.when(new).then(pl.lit(NEW)).when(changed).then(pl.lit(CHANGED)).otherwise(pl.lit(UNCHANGED))).to_series()
        counts = {
            field: count
            for field, differ in zip(fields.values(), differs, strict=True)
            if (count := int(both.select((differ & ~new).sum()).item() or 0))
        }
        named = rows.select(pl.col(field) for field in self.key.values())
        left_out = held.join(named, on=list(self.key.values()), how="anti", nulls_equal=True)
        fed = tuple(name for name in checked.feed.fields if self.rule.fields[name].stored)
        return Difference(both, state, fed, counts, self.left_out(left_out, rows))

    def write(self, difference: Difference) -> None:
        """Changes before additions: what is open may have to end before the next begins."""
        change = self.change()
        fields = {column: field for column, field in self.columns.items() if field in difference.rows.columns}
        altered = difference.rows.filter(difference.state == CHANGED)
        before = {column: self._exact(column, altered[f"{field}_held"]) for column, field in fields.items()}
        after = {
            column: self._exact(column, altered.select(pl.coalesce(field, f"{field}_held")).to_series()) for column, field in fields.items()
        }
        change_rows(self.model, altered["_id"].to_list(), before, after, paths=altered["path"].to_list(), change=change)
        fresh = difference.rows.filter(difference.state == NEW)
        named = self.identified(fresh)
        add_rows(self.model, named | {column: self._filled(column, fresh[field]) for column, field in fields.items()},
                 paths=fresh["path"].to_list(), change=change)  # fmt: skip

    def identified(self, fresh: pl.DataFrame) -> dict[str, list[Any]]:
        """The key's columns of new rows."""
        return {column: fresh[field].to_list() for column, field in self.key.items()}

    def held(self, organisations: list[int]) -> pl.DataFrame:
        """What the register holds of these organisations: `id`, the key's and the kept columns, opened where they are sealed."""
        names = ["id", *self.key, *self.columns]
        schema = {name: self._dtype(name) for name in names}
        exact = {field.column for field in self.model._meta.concrete_fields if isinstance(field, models.DecimalField)}
        quoted = ", ".join(f"CAST({name} AS double precision)" if name in exact else name for name in names)
        marks = ", ".join(["%s"] * len(organisations)) or "NULL"
        frame = fetched(f"SELECT {quoted} FROM {self.model._meta.db_table} WHERE {self.owner} IN ({marks})", organisations, schema)
        return self.opened(frame)

    def opened(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows of the table with their sealed columns opened."""
        for field in self.model._meta.concrete_fields:
            if isinstance(field, EncryptedText) and field.column in frame.columns:
                opened = [None if value is None else field.from_db_value(value, None, None) for value in frame[field.column].to_list()]  # type: ignore[arg-type]
                frame = frame.with_columns(pl.Series(field.column, [None if one is None else one.clear for one in opened], dtype=pl.String))
        return frame

    def left_out(self, held: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Of what is held and not in the sheet, what the report shows (`organisation`, `record`); nothing by default."""
        return pl.DataFrame()

    def change(self) -> Change:
        """Who stores, and why. A register of persons is never stored without (`taking_in` refuses first)."""
        assert self.occasion.change is not None
        return self.occasion.change

    def _dtype(self, column: str) -> type[pl.DataType]:
        if column == "id":
            return pl.Int64
        field = self._field(column)
        return next((dtype for kind, dtype in _DTYPES if isinstance(field, kind)), pl.String)

    def _filled(self, column: str, values: pl.Series) -> list[Any]:
        """Values for new rows: a missing one is the column's default."""
        field = self._field(column)
        default = field.get_default()
        return [default if value is None else value for value in self._exact(column, values)]

    def _exact(self, column: str, values: pl.Series) -> list[Any]:
        """The values as the column keeps them: money as decimals, to its last place."""
        field = self._field(column)
        if not isinstance(field, models.DecimalField):
            return values.to_list()
        return [None if value is None else Decimal(f"{value:.{field.decimal_places}f}") for value in values.to_list()]

    def _field(self, column: str) -> "models.Field[Any, Any]":
        return next(field for field in self.model._meta.concrete_fields if field.column == column)
