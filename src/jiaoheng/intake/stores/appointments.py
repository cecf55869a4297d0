"""Store of appointments: where a person works, as what, from day to day.

Changes when the ways of working at a school change. A new post ends the one before it; who is away for a time keeps the post, and is at one
school at a time.
"""

from typing import ClassVar

import dataframely as dy
import polars as pl

from jiaoheng.intake.checks import Checked
from jiaoheng.intake.row_rules import rule
from jiaoheng.intake.store import Difference
from jiaoheng.intake.stores.pupils_held import held_among
from jiaoheng.intake.stores.successive import PeriodRules, SuccessiveStore
from jiaoheng.registers.appointment import Appointment
from jiaoheng.registers.staff import Staff
from jiaoheng.rulebook.codes import code_table

__all__ = ["AppointmentRules", "AppointmentsStore"]


class AppointmentRules(PeriodRules):
    """What must hold of an appointment."""

    staff_number = dy.String(nullable=True)
    staff_id = dy.Int64(nullable=True)
    name = dy.String(nullable=True)
    name_held = dy.String(nullable=True)
    held_outside = dy.Bool(nullable=True)
    held_at = dy.String(nullable=True)

    @rule("64", "staff_number", quoted="staff_number")
    def person_known(cls) -> pl.Expr:
        return pl.col("staff_number").is_null() | pl.col("staff_id").is_not_null()

    @rule("65", "name", "staff_number")
    def name_as_held(cls) -> pl.Expr:
        return pl.col("name") == pl.col("name_held")

    @rule("66", "organisation", quoted="held_at")
    def of_an_own_school(cls) -> pl.Expr:
        return ~pl.col("held_outside")


class AppointmentsStore(SuccessiveStore):
    register: ClassVar[str] = "appointments"
    tables = (Appointment, Staff)
    model = Appointment
    owner = "school_id"
    rules = AppointmentRules
    key: ClassVar = {"staff_id": "staff_id", "school_id": "organisation_id", "kind": "kind", "since": "since"}
    columns: ClassVar = {"until": "until"}
    sequence = ("staff_id", "sort")
    follows = "succeeds"

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame:
        """With the person, and whether the post that the row would end is outside the scope of who enters."""
        schema = {"staff_number": pl.String, "id": pl.Int64, "name": pl.String}
        people = held_among(Staff._meta.db_table, schema, "staff_number", frame["staff_number"].to_list())
        people = people.rename({"id": "staff_id", "name": "name_held"})
        frame = _sorted(frame.join(people, on="staff_number", how="left", maintain_order="left"))
        self._people = frame["staff_id"].drop_nulls().unique().to_list()
        return self._within_scope(super().prepared(frame))

    def compared(self, checked: Checked) -> Difference:
        self._people = checked.good["staff_id"].drop_nulls().unique().to_list()
        return super().compared(checked)

    def held(self, organisations: list[int]) -> pl.DataFrame:
        """Every appointment of the sheet's persons, wherever they work."""
        schema = {name: self._dtype(name) for name in ("id", *self.key, *self.columns)}
        return held_among(Appointment._meta.db_table, schema, "staff_id", self._people)

    def with_sequence(self, held: pl.DataFrame) -> pl.DataFrame:
        return _sorted(held)

    def _within_scope(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`held_outside`: the row ends a post at a school that who enters does not cover; `held_at`: its name."""
        account = self.occasion.account
        ending = self._periods(frame).filter(pl.col("_row").is_null() & pl.col("until").is_null() & pl.col("_ends").is_not_null())
        places = self.occasion.directory.frame.select(pl.col("id").alias("_place"), "path", held_at="name_zh")
        ending = ending.join(places, on="_place", how="left")
        outside = [row["staff_id"] for row in ending.to_dicts() if account is not None and not account.covers(row["path"])]
        names = dict(ending.select("staff_id", "held_at").iter_rows())
        return frame.with_columns(
            held_outside=pl.col("succeeds") & pl.col("staff_id").is_in(outside),
            held_at=pl.col("staff_id").replace_strict(list(names), list(names.values()), default=None, return_dtype=pl.String),
        )


def _sorted(frame: pl.DataFrame) -> pl.DataFrame:
    """`sort`: posts follow each other, and so do times away, each by themselves; `succeeds`: a post ends the one before it."""
    table = code_table("appointment_kind")
    groups = {code: value.group or code for code, value in table.codes.items()}
    sort = pl.col("kind").replace_strict(list(groups), list(groups.values()), default=None, return_dtype=pl.String)
    return frame.with_columns(sort=sort).with_columns(succeeds=(pl.col("sort") == "main").fill_null(False))
