"""Conditions of the pupils of a sheet: which begin, which change, which end.

Changes when what a row says of a child's conditions is understood otherwise. A blank cell says nothing; «否» ends what holds. A condition
holds from the day on which the row's stay begins, which is the day from which the sheet speaks.
"""

from collections.abc import Collection

import polars as pl

from jiaoheng.access.batch import add_rows, change_rows
from jiaoheng.access.change import Change
from jiaoheng.intake.stores.pupils_held import CONDITIONS
from jiaoheng.registers.pupil_condition import PupilCondition

__all__ = ["condition_changes", "write_conditions"]

BEGINS, CHANGES, ENDS = "begins", "changes", "ends"
_SCHEMA = {
    "row": pl.Int64, "kind": pl.String, "action": pl.String, "detail": pl.String, "placement": pl.String, "condition_id": pl.Int64,
    "detail_held": pl.String, "placement_held": pl.String, "since_held": pl.Date,
}  # fmt: skip


def condition_changes(rows: pl.DataFrame, held: pl.DataFrame, fed: Collection[str]) -> pl.DataFrame:
    """What begins, changes or ends, a line each; `held` are the open conditions (`conditions_held`)."""
    found = [pl.DataFrame(schema=_SCHEMA)]
    for kind in (kind for kind in CONDITIONS if kind in fed):
        plain = rows[kind].dtype == pl.Boolean
        holds = pl.col(kind) if plain else pl.col(kind) != ""
        said = rows.filter(pl.col(kind).is_not_null()).select(
            "row",
            "pupil_id",
            holds.alias("holds"),
            (pl.lit("") if plain else pl.col(kind)).alias("detail"),
            (pl.col("placement") if kind == "disability" and "placement" in fed else pl.lit(None, dtype=pl.String)).alias("placement"),
        )
        known = held.filter(pl.col("kind") == kind).select(
            "pupil_id", condition_id="id", detail_held="detail", placement_held="placement", since_held="since"
        )
        both = said.join(known, on="pupil_id", how="left").with_columns(placement=pl.coalesce("placement", "placement_held", pl.lit("")))
        there = pl.col("condition_id").is_not_null()
        differs = (pl.col("detail") != pl.col("detail_held")) | (pl.col("placement") != pl.col("placement_held"))
        action = (
            pl.when(pl.col("holds") & ~there)
            .then(pl.lit(BEGINS))
            .when(pl.col("holds") & differs)
            .then(pl.lit(CHANGES))
            .when(~pl.col("holds") & there)
            .then(pl.lit(ENDS))
        )
        found.append(both.with_columns(kind=pl.lit(kind), action=action).filter(pl.col("action").is_not_null()).select(list(_SCHEMA)))
    return pl.concat(found)


def write_conditions(rows: pl.DataFrame, changes: pl.DataFrame, change: Change) -> None:
    """Store them. `rows`: row, pupil_id (now known for every child), path, starts."""
    changes = changes.join(rows, on="row", how="left", maintain_order="left")
    beginning = changes.filter(pl.col("action") == BEGINS)
    add_rows(
        PupilCondition,
        {
            "pupil_id": beginning["pupil_id"].to_list(),
            "kind": beginning["kind"].to_list(),
            "detail": beginning["detail"].to_list(),
            "placement": beginning["placement"].to_list(),
            "since": beginning["starts"].to_list(),
        },
        paths=beginning["path"].to_list(),
        change=change,
    )
    altered = changes.filter(pl.col("action") == CHANGES)
    change_rows(
        PupilCondition,
        altered["condition_id"].to_list(),
        {"detail": altered["detail_held"].to_list(), "placement": altered["placement_held"].to_list()},
        {"detail": altered["detail"].to_list(), "placement": altered["placement"].to_list()},
        paths=altered["path"].to_list(),
        change=change,
    )
    ending = changes.filter(pl.col("action") == ENDS)
    ends = ending.select(pl.max_horizontal("starts", "since_held")).to_series()
    change_rows(
        PupilCondition,
        ending["condition_id"].to_list(),
        {"until": [None] * len(ending)},
        {"until": ends.to_list()},
        paths=ending["path"].to_list(),
        change=change,
    )
