"""Rolls: the pupils, classes and movements of one school year as rows of the registers, in the registers' field names and codes.

Changes when what a year's workbooks of pupils say changes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from jiaoheng.intake.example.children import boards, children
from jiaoheng.intake.example.figures import YEARS
from jiaoheng.intake.example.staff import Member, staff
from jiaoheng.intake.example.stays import Flows, Movement, Stay, starts, walked

__all__ = ["Rolls", "class_name"]

_SECOND_TERM = (2, 1)
"""Month and day from which movements are those of the second term."""


def class_name(number: int) -> str:
    return f"{number}班"


@dataclass(frozen=True)
class Rolls:
    """The children of an edition and everything that happened to them."""

    flows: Flows
    children: pl.DataFrame
    staff: tuple[Member, ...]

    @classmethod
    def of(cls, seed: int, schools: frozenset[str] | None = None) -> "Rolls":
        flows = walked(seed, schools)
        return cls(flows, children(seed, flows), staff(seed, schools)[0])

    def pupils(self, year: int, stages: Collection[str]) -> pl.DataFrame:
        """The roll of 1 September: one row a child of these stages, by school, grade and class."""
        stays = [stay for stay in self.flows.rolls[year] if self.flows.units[stay.unit].stage in stages]
        rows = self._stays(stays, year).join(self.children, on="child", how="left", maintain_order="left")
        numbered = rows["grade"].cast(pl.Int64) > 0  # kindergartens give no student number
        poor = pl.col("poor_since") <= year
        return rows.with_columns(
            student_number=pl.when(numbered).then("student_number"),
            guardian_phone=pl.when(pl.col("phone_since") <= year).then("second_phone").otherwise("guardian_phone"),
            boarder=pl.col("boards") < pl.col("share_of_boarders"),
            poverty=pl.when(poor).then("poverty"),
            bank_card=pl.when(poor).then("bank_card"),
            entered_on=pl.col("entered_on").cast(pl.String),
            birth_date=pl.col("birth_date").cast(pl.String),
        )

    def classes(self, year: int) -> pl.DataFrame:
        """Every class of the year with its head teacher: one of the stage's teachers, the same from year to year where that can be."""
        teachers: dict[tuple[str, str], list[Member]] = {}
        for member in self.staff:
            if member.post == "teacher" and year in member.years:
                teachers.setdefault((member.place.code, member.stage), []).append(member)
        found = sorted({(stay.unit, stay.grade, stay.class_number) for stay in self.flows.rolls[year]})
        rows = []
        heads: dict[int, int] = {}
        for unit_number, grade, number in found:
            unit = self.flows.units[unit_number]
            turn = heads.get(unit_number, 0)
            heads[unit_number] = turn + 1
            able = teachers[unit.place.code, unit.stage]
            rows.append(
                {
                    "organisation": unit.place.code, "organisation_name": unit.place.name_zh, "school_year": YEARS[year],
                    "grade": str(grade), "class_name": class_name(number), "class_kind": "ordinary",
                    "head_teacher": able[turn].staff_number if turn < len(able) else None,
                }
            )  # fmt: skip
        return pl.DataFrame(rows)

    def movements(self, year: int, term: int) -> pl.DataFrame:
        """What happened in the course of a term (0 or 1) of a school year, by day; nothing in the last year, which has only begun.

        A transfer on the first day of the next year is one into the next grade.
        """
        moved = self.flows.movements[year] if year < len(self.flows.movements) else []
        moved = [movement for movement in moved if (movement.on >= date(starts(year).year + 1, *_SECOND_TERM)) == bool(term)]
        up = [
            movement.event == "transfer_out" and movement.on > starts(year).replace(year=starts(year).year + 1, month=8)
            for movement in moved
        ]
        rows = self._stays([movement.stay for movement in moved], year).with_columns(
            pl.Series("event", [movement.event for movement in moved], dtype=pl.String),
            pl.Series("date", [movement.on.isoformat() for movement in moved], dtype=pl.String),
            pl.Series("other_school", [self._other(movement) for movement in moved], dtype=pl.String),
            pl.Series("grade", [str(movement.stay.grade + step) for movement, step in zip(moved, up, strict=True)], dtype=pl.String),
            pl.Series(
                "class_name", [None if step else class_name(movement.stay.class_number) for movement, step in zip(moved, up, strict=True)]
            ),
        )
        who = self.children.select("child", "student_number", "identity_number", "name")
        return rows.join(who, on="child", how="left", maintain_order="left").with_columns(
            student_number=pl.when(pl.col("grade").cast(pl.Int64) > 0).then("student_number")
        )

    def _other(self, movement: Movement) -> str | None:
        return None if movement.other is None else self.flows.units[movement.other].place.code

    def _stays(self, stays: Sequence[Stay], year: int) -> pl.DataFrame:
        """Child, school, year, grade, class and entry of stays; `share_of_boarders` is that of the school."""
        units = self.flows.units
        shares = [boards(self.flows, unit.number) for unit in units]
        columns: dict[str, tuple[list[object], type[pl.DataType]]] = {
            "child": ([stay.child for stay in stays], pl.Int64),
            "organisation": ([units[stay.unit].place.code for stay in stays], pl.String),
            "organisation_name": ([units[stay.unit].place.name_zh for stay in stays], pl.String),
            "school_year": ([YEARS[year]] * len(stays), pl.String),
            "grade": ([str(stay.grade) for stay in stays], pl.String),
            "class_name": ([class_name(stay.class_number) for stay in stays], pl.String),
            "entered_on": ([stay.entered_on for stay in stays], pl.Date),
            "entry_kind": ([stay.entry_kind for stay in stays], pl.String),
            "share_of_boarders": ([shares[stay.unit] for stay in stays], pl.Float64),
        }
        return pl.DataFrame([pl.Series(name, values, dtype=dtype) for name, (values, dtype) in columns.items()])
