"""Store of funds: yuan to the cent, by fiscal year, organisation, source and purpose.

Changes when the way money is accounted for changes. Sums are compared in whole cents.
"""

from typing import ClassVar

import dataframely as dy
import polars as pl

from jiaoheng.intake.row_rules import RowRules, rule
from jiaoheng.intake.store import Difference
from jiaoheng.intake.stores.keyed import KeyedStore
from jiaoheng.intake.total import Total
from jiaoheng.registers.funds import Funds

__all__ = ["FundsRules", "FundsStore"]

_AMOUNTS = ("budgeted_yuan", "received_yuan", "spent_yuan")


class FundsRules(RowRules):
    """What must hold of a line of funds."""

    received_yuan = dy.Float64(nullable=True)
    spent_yuan = dy.Float64(nullable=True)

    @rule("80", "spent_yuan", "received_yuan", quoted="spent_yuan")
    def spent_within_received(cls) -> pl.Expr:
        return pl.col("spent_yuan") <= pl.col("received_yuan")


class FundsStore(KeyedStore):
    """Lines of the sheet's organisations and years that it does not name are shown as left out."""

    register: ClassVar[str] = "funds"
    tables = (Funds,)
    model = Funds
    rules = FundsRules
    key: ClassVar = {"fiscal_year": "fiscal_year", "organisation_id": "organisation_id", "source": "source", "purpose": "purpose"}
    columns: ClassVar = {**{name: name for name in _AMOUNTS}, "document": "document"}

    def left_out(self, held: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """The lines of the sheet's organisations and years that it does not name."""
        named = rows.select("organisation_id", "fiscal_year", organisation="organisation").unique(["organisation_id", "fiscal_year"])
        found = held.join(named, on=["organisation_id", "fiscal_year"], how="inner")
        return found.select("organisation", record=pl.format("{} {} {}", "fiscal_year", "source", "purpose"))

    def totals(self, difference: Difference) -> list[Total]:
        """Every amount that the sheet feeds, and the register's amounts of the same lines."""
        rows = difference.rows
        if rows.is_empty():
            return []
        held = self.held(rows["organisation_id"].unique().to_list())
        both = rows.select(*self.key.values(), *(name for name in _AMOUNTS if name in difference.fields)).join(
            held.select(*self.key, *(pl.col(name).alias(f"{name}_kept") for name in _AMOUNTS)), on=list(self.key), how="left"
        )
        return [
            Total(name, self.rule.fields[name].label, _yuan(both[name]), _yuan(both.filter(pl.col(name).is_not_null())[f"{name}_kept"]))
            for name in _AMOUNTS
            if name in difference.fields
        ]


def _yuan(amounts: pl.Series) -> float:
    """The sum, added in cents: no amount loses its last place."""
    return int((amounts * 100).round().cast(pl.Int64).sum() or 0) / 100
