"""Altered cells: of the rows that would change, what stands in the register and what the sheet says, for the sender to see before storing.

Changes when what is shown of a change changes. Numbers of persons show their ends, other sensitive cells nothing.
"""

from dataclasses import dataclass

import polars as pl

from jiaoheng.intake.masking import quotable
from jiaoheng.intake.store import CHANGED, Difference
from jiaoheng.rulebook.registers import FieldRule, RegisterRule

__all__ = ["MOST", "AlteredCell", "altered_cells"]

MOST = 100
"""So many are shown; how many rows change in which field is counted whole."""


@dataclass(frozen=True)
class AlteredCell:
    """`row` as the spreadsheet numbers it; `before` is empty where the register holds nothing. Coded values are codes."""

    row: int
    field: str
    before: str
    after: str


def altered_cells(difference: Difference, rule: RegisterRule) -> list[AlteredCell]:
    """The first cells that differ, by row. A store keeps what is held beside each field as `FIELD_held`."""
    rows = difference.rows.filter(difference.state == CHANGED)
    found: list[AlteredCell] = []
    for name in difference.counts:
        field = rule.fields.get(name)
        if field is None or name not in rows.columns or f"{name}_held" not in rows.columns:
            continue
        differs = rows.filter(pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_held"))).head(MOST)
        before, after = _shown(differs[f"{name}_held"], field), _shown(differs[name], field)
        found += [AlteredCell(row, name, old, new) for row, old, new in zip(differs["row"].to_list(), before, after, strict=True)]
    return sorted(found, key=lambda cell: cell.row)[:MOST]


def _shown(values: pl.Series, field: FieldRule) -> list[str]:
    texts = values.cast(pl.String)
    return ["" if value is None else value for value in quotable(texts, field).to_list()]
