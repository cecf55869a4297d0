"""Store of annual statistics: what several files say of one school, year and stage is laid together and written once.

Changes when the yearly form is stored otherwise. A missing value never overwrites one that is held.
"""

from collections.abc import Sequence
from typing import ClassVar

import polars as pl

from jiaoheng.intake.checks import Checked
from jiaoheng.intake.directory import fetched
from jiaoheng.intake.store import CHANGED, NEW, UNCHANGED, Difference, Occasion, Store
from jiaoheng.intake.storing import put
from jiaoheng.intake.total import Total
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.rulebook.registers import RegisterRule

__all__ = ["AnnualStatisticsStore"]

_KEY = ("organisation_id", "school_year", "stage")
_SQL_TYPES: dict[str, type[pl.DataType]] = {"count": pl.Int64, "amount": pl.Float64, "currency": pl.String}


class AnnualStatisticsStore(Store):
    """Annual statistics while files are taken in: what is held, what the files add, and one write at the end for all of them.

    `held`: one row a record (_KEY, every stored field); `_known`: it stands in the database; `_changed`: the files changed it.
    """

    register: ClassVar[str] = "annual_statistics"
    tables = (AnnualStatistics,)
    of_persons = False

    def __init__(self, rule: RegisterRule, occasion: Occasion) -> None:
        super().__init__(rule, occasion)
        self.fields = tuple(name for name, field in rule.fields.items() if field.stored and name not in rule.key)
        self._types = {name: _SQL_TYPES[rule.fields[name].type] for name in self.fields}
        self._years: set[str] = set()
        self.held = self._empty()

    def compared(self, checked: Checked) -> Difference:
        """Which good rows bring something. A missing value leaves what is there."""
        rows = checked.good
        fields = tuple(name for name in checked.feed.fields if name in self.fields)
        self._load(rows["school_year"].unique().to_list())
        known = self.held.select(*_KEY, *(pl.col(name).alias(f"{name}_held") for name in fields), _held=pl.lit(True))
        both = rows.join(known, on=_KEY, how="left", maintain_order="left")
        differs = [pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_held")) for name in fields]
        new = both["_held"].is_null()
        changed = both.select(pl.any_horizontal(differs or [pl.lit(False)])).to_series() & ~new
        state = pl.select(pl.when(new).then(pl.lit(NEW)).when(changed).then(pl.lit(CHANGED)).otherwise(pl.lit(UNCHANGED))).to_series()
        counted = both.filter(changed).select(each.sum().alias(name) for name, each in zip(fields, differs, strict=True))
        counts = {name: int(count or 0) for name, count in zip(fields, counted.row(0), strict=True) if count} if fields else {}
        return Difference(rows, state, fields, counts)

    def write(self, difference: Difference) -> None:
        """Lay the rows over what is held; `finish` writes it."""
        fields = difference.fields
        new = difference.rows.filter(difference.changed).select(
            *_KEY, *(pl.col(name).alias(f"{name}_new") for name in fields), _now=pl.lit(True)
        )
        merged = self.held.join(new, on=_KEY, how="full", coalesce=True)
        self.held = merged.with_columns(
            *(pl.coalesce(f"{name}_new", name).alias(name) for name in fields),
            _known=pl.col("_known").fill_null(False),
            _changed=pl.coalesce("_now", "_changed"),
        ).select(self.held.columns)

    def finish(self) -> None:
        """Insert or complete every changed record, and read them all back."""
        # The database has no default of its own for the currency.
        default = AnnualStatistics._meta.get_field("currency").get_default()
        changed = self.held.filter(pl.col("_changed")).with_columns(pl.col("currency").fill_null(default))
        put(AnnualStatistics, _KEY, self.fields, self.fields, changed)
        years, self._years, self.held = sorted(self._years), set(), self._empty()
        self._load(years)

    def _empty(self) -> pl.DataFrame:
        key: dict[str, type[pl.DataType]] = {"organisation_id": pl.Int64, "school_year": pl.String, "stage": pl.String}
        return pl.DataFrame(schema={**key, **self._types, "_known": pl.Boolean, "_changed": pl.Boolean})

    def _load(self, years: Sequence[str]) -> None:
        """Read the records of school years that were not read yet; amounts as floating numbers."""
        missing = [year for year in years if year not in self._years]
        if not missing:
            return
        shown = [f"CAST({name} AS double precision)" if kind == pl.Float64 else name for name, kind in self._types.items()]
        marks = ", ".join(["%s"] * len(missing))
        columns = ", ".join([*_KEY, *shown])
        schema = {name: kind for name, kind in self.held.schema.items() if not name.startswith("_")}
        read = fetched(f"SELECT {columns} FROM {AnnualStatistics._meta.db_table} WHERE school_year IN ({marks})", missing, schema)
        self.held = pl.concat([self.held, read.with_columns(_known=pl.lit(True), _changed=pl.lit(False))])
        self._years.update(missing)

    def totals(self, difference: Difference) -> list[Total]:
        """Every count and amount that the sheet feeds."""
        figures = [name for name in difference.fields if self.rule.fields[name].type in ("count", "amount")]
        held = self.held.select(*_KEY, *(pl.col(name).alias(f"{name}_held") for name in figures))
        both = difference.rows.join(held, on=_KEY, how="left", maintain_order="left")
        return [
            Total(
                name,
                self.rule.fields[name].label,
                float(both[name].sum() or 0),
                float(both.filter(pl.col(name).is_not_null())[f"{name}_held"].sum() or 0),
            )
            for name in figures
        ]
