"""Ledger rule: what the rulebook says of a ledger beside its form: the group it stands in, and by which answers the same thing again is
recognised.

Changes when something else is said of a ledger as a whole. Rules are `ledger_rules/*.yaml`, groups `ledger_groups/*.yaml`.
"""

from functools import cache
from pathlib import Path

from pydantic import Field

from jiaoheng.rulebook.loader import Label, Rule, load_rules

__all__ = ["LedgerRule", "ledger_groups", "ledger_rules"]


class LedgerRule(Rule):
    """`group`: the heading it is listed under. `recognise`: columns whose answers, all the same at the same place, mean the same thing.
    `example_rows`: how many the example district writes in a year.
    """

    group: str = "other"
    recognise: tuple[str, ...] = ()
    example_rows: int = Field(default=12, ge=1, le=200)


@cache
def ledger_rules(overlay: Path | None = None) -> dict[str, LedgerRule]:
    """The rule of every ledger that has one, by the ledger's name."""
    return load_rules("ledger_rules", LedgerRule, overlay)


@cache
def ledger_groups(overlay: Path | None = None) -> dict[str, Label]:
    """The groups in the order in which they are shown."""
    return load_rules("ledger_groups", Label, overlay)
