"""Reconciling: after storing, the file's totals and the register's totals of the same records stand side by side and are equal.

Changes when what is compared changes.
"""

import math
from dataclasses import dataclass

import polars as pl

from jiaoheng.intake.checks import Checked
from jiaoheng.intake.directory import Directory
from jiaoheng.intake.storing import STATISTICS_KEY, StatisticsStore, Stored
from jiaoheng.rulebook.loader import Label

__all__ = ["NotReconciled", "Total", "reconciled"]


class NotReconciled(Exception):
    """The register does not hold what the file says. Nothing is stored; it is a fault of the program, never of the sender."""


@dataclass(frozen=True)
class Total:
    """One field: the file's total over the rows taken in, and the register's over the same records. For organisations, their number."""

    field: str
    label: Label
    file_total: float
    register_total: float

    @property
    def equal(self) -> bool:
        return math.isclose(self.file_total, self.register_total, rel_tol=1e-12, abs_tol=1e-6)

    def as_dict(self) -> dict[str, str | float | bool]:
        """For the import's record and the pages."""
        return {
            "field": self.field,
            "label_en": self.label.en,
            "label_zh": self.label.zh,
            "file_total": self.file_total,
            "register_total": self.register_total,
            "equal": self.equal,
        }


def reconciled(checked: Checked, stored: Stored, directory: Directory, statistics: StatisticsStore) -> list[Total]:
    """The totals of every figure that the sheet feeds, read back from the register. Raises: NotReconciled where two differ."""
    rule = checked.feed.rule
    if checked.feed.register == "organisations":
        there = directory.joined(stored.rows["code"], "id")["id"].is_not_null().sum()
        totals = [Total("code", rule.label, float(len(stored.rows)), float(there))]
    else:
        figures = [name for name in stored.fields if rule.fields[name].type in ("count", "amount")]
        held = statistics.held.select(*STATISTICS_KEY, *(pl.col(name).alias(f"{name}_held") for name in figures))
        both = stored.rows.join(held, on=STATISTICS_KEY, how="left", maintain_order="left")
        totals = [
            Total(
                name,
                rule.fields[name].label,
                float(both[name].sum() or 0),
                float(both.filter(pl.col(name).is_not_null())[f"{name}_held"].sum() or 0),
            )
            for name in figures
        ]
    for total in totals:
        if not total.equal:
            raise NotReconciled(
                f"{total.label.en}: the register holds {total.register_total}, the file {total.file_total}. Nothing was stored."
            )
    return totals
