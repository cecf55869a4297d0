"""Store of movements: entries, exits, transfers and changes of class, one a row.

Changes when what a movement does to the register changes. Exits and transfers are asked for and wait, unless another account has approved
the whole file; then they are done at once. A movement that the register shows already changes nothing.
"""

from typing import Any, ClassVar

import polars as pl
from django.utils.translation import gettext as _

from jiaoheng.access.account import Refused
from jiaoheng.access.batch import change_rows
from jiaoheng.intake.checks import Checked
from jiaoheng.intake.masking import quotable
from jiaoheng.intake.store import NEW, UNCHANGED, Difference, Store
from jiaoheng.intake.stores.movement_rules import ENTRIES, EXITS, INSIDE, MovementRules
from jiaoheng.intake.stores.pupils_held import PURPOSES, classes_held, held_among, indexes, pupils_held, stays_held
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.organisations.school_year import SCHOOL_YEAR_STARTS
from jiaoheng.registers.approval import Request, ask_exit, ask_transfer
from jiaoheng.registers.enrolment import Enrolment, active, enrol, go_on, transfer
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition
from jiaoheng.registers.school_class import SchoolClass

__all__ = ["EnrolmentsStore"]

_TRANSFERS = ("transfer_in", "transfer_out")


class EnrolmentsStore(Store):
    """One movement a row."""

    register: ClassVar[str] = "enrolments"
    tables = (Pupil, Enrolment, PupilCondition, Request)
    rules = MovementRules

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame:
        """With the child, its present stay, the class, the other school, and whether the movement waits, is asked for, or is done."""
        for name in ("student_number", "identity_number", "grade", "class_name", "other_school", "reason"):
            if name not in frame.columns:
                frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name))
        frame = self._with_children(frame)
        frame = frame.join(stays_held(frame["pupil_id"].drop_nulls().to_list()), on="pupil_id", how="left", maintain_order="left")
        frame = self._with_places(frame)
        approved = self.occasion.change is not None and self.occasion.change.approved_by is not None
        needs = pl.col("event").is_in([*EXITS, *_TRANSFERS]) & ~pl.col("done")
        return frame.with_columns(asks=needs & ~pl.col("waits") & ~pl.lit(approved), waits=pl.col("waits") & needs & ~pl.lit(approved))

    def _with_children(self, frame: pl.DataFrame) -> pl.DataFrame:
        frame = frame.with_columns(indexes(frame["identity_number"], PURPOSES["identity_number"]).alias("identity_index"))
        known = pupils_held(frame["student_number"], frame["identity_number"])
        kept = known.filter(pl.col("merged_into_id").is_null())
        by_student = known.filter(pl.col("student_number").is_not_null()).select("student_number", _by_student="kept_id")
        by_identity = kept.filter(pl.col("identity_index").is_not_null()).select("identity_index", _by_identity="kept_id")
        frame = frame.join(by_student, on="student_number", how="left", maintain_order="left")
        frame = frame.join(by_identity, on="identity_index", how="left", maintain_order="left")
        said = [quotable(frame[name], self.rule.fields[name]).alias(f"_{name}") for name in ("student_number", "identity_number")]
        frame = frame.with_columns(*said, pupil_id=pl.coalesce("_by_student", "_by_identity"))
        frame = frame.with_columns(person_said=pl.coalesce("_student_number", "_identity_number"))
        return frame.drop("_by_student", "_by_identity", "_student_number", "_identity_number")

    def _with_places(self, frame: pl.DataFrame) -> pl.DataFrame:
        directory = self.occasion.directory
        others = frame["other_school"].drop_nulls().unique().to_list()
        by_name = directory.codes_by_name(others, self.occasion.account) | {name: name for name in others if name in directory.paths()}
        other = pl.col("other_school").replace_strict(by_name, default=None, return_dtype=pl.String)
        places = directory.frame.select(other_code="code", other_id="id", other_path="path")
        frame = frame.with_columns(other_code=other).join(places, on="other_code", how="left", maintain_order="left")
        covered = [path for path in frame["other_path"].drop_nulls().unique().to_list() if self._covers(path)]
        year = pl.col("date").dt.year() - (pl.col("date").dt.month().cast(pl.Int32) * 100 + pl.col("date").dt.day() < _month_day()).cast(
            pl.Int32
        )
        stay_year = pl.col("stay_year").str.slice(0, 4).cast(pl.Int32)
        frame = frame.with_columns(
            other_id=pl.when(pl.col("other_path").is_in(covered)).then("other_id"),
            stay_ends=pl.date(stay_year + 1, *SCHOOL_YEAR_STARTS),
            school_year=pl.format("{}-{}", year, year + 1),
            class_said=pl.format("{} {}-{}", "organisation", "grade", "class_name"),
            grade=pl.coalesce("grade", pl.when(~pl.col("event").is_in(list(ENTRIES))).then("stay_grade")),
        )
        classes = classes_held(frame["organisation_id"].drop_nulls().unique().to_list())
        frame = frame.join(classes, on=["organisation_id", "school_year", "grade", "class_name"], how="left", maintain_order="left")
        return self._with_past(frame)

    def _with_past(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Whether the register shows the movement already (`done`), and whether the same is asked for and waits (`waits`)."""
        pupils = frame["pupil_id"].drop_nulls().to_list()
        schema = {
            "pupil_id": pl.Int64, "school_id": pl.Int64, "entered_on": pl.Date, "entry_kind": pl.String, "left_on": pl.Date,
            "exit_kind": pl.String,
        }  # fmt: skip
        stays = held_among(Enrolment._meta.db_table, schema, "pupil_id", pupils)
        shown = pl.concat(
            [
                stays.select("pupil_id", organisation_id="school_id", date="entered_on", event="entry_kind"),
                stays.select("pupil_id", organisation_id="school_id", date="left_on", event="exit_kind"),
            ]
        ).with_columns(done=pl.lit(True)).unique(["pupil_id", "organisation_id", "date", "event"])  # fmt: skip
        frame = frame.join(shown, on=["pupil_id", "organisation_id", "date", "event"], how="left", maintain_order="left")
        asked = held_among(
            Request._meta.db_table,
            {"pupil_id": pl.Int64, "kind": pl.String},
            "pupil_id",
            pupils,
            "state = 'pending' AND kind <> 'correction'",
        )
        asked = asked.rename({"kind": "_kind"}).with_columns(waits=pl.lit(True)).unique(["pupil_id", "_kind"])
        kind = pl.when(pl.col("event").is_in(list(_TRANSFERS))).then(pl.lit("transfer")).otherwise(pl.lit("exit"))
        frame = frame.with_columns(_kind=kind).join(asked, on=["pupil_id", "_kind"], how="left", maintain_order="left")
        return frame.drop("_kind").with_columns(pl.col("done").fill_null(False), pl.col("waits").fill_null(False))

    def _covers(self, path: str) -> bool:
        return self.occasion.account is not None and self.occasion.account.covers(path)

    def compared(self, checked: Checked) -> Difference:
        rows = checked.good
        still = rows["done"] | rows["waits"]
        state = pl.select(pl.when(still).then(pl.lit(UNCHANGED)).otherwise(pl.lit(NEW))).to_series()
        fed = tuple(name for name in checked.feed.fields if self.rule.fields[name].stored)
        return Difference(rows, state, fed, asked=int(rows["asks"].sum() or 0))

    def write(self, difference: Difference) -> None:
        rows = difference.rows.filter(difference.changed)
        asked = rows["asks"]
        exits = rows.filter(~asked & rows["event"].is_in(list(EXITS)))
        self._end(exits)
        others = rows.filter(asked | ~rows["event"].is_in(list(EXITS)))
        if not len(others):
            return
        children = Pupil._base_manager.select_related("keeper").in_bulk(others["pupil_id"].unique().to_list())
        places = Organisation.objects.in_bulk(others["organisation_id"].to_list() + others["other_id"].drop_nulls().to_list())
        classes = SchoolClass.objects.select_related("school").in_bulk(others["class_id"].drop_nulls().unique().to_list())
        for row in others.iter_rows(named=True):
            try:
                self._do(row, children[row["pupil_id"]], places, classes.get(row["class_id"]))
            except Refused as refused:
                raise Refused(_("Row {row}: {reason}").format(row=row["row"], reason=refused)) from None

    def _end(self, rows: pl.DataFrame) -> None:
        """The exits that another account has approved, at once."""
        if not len(rows):
            return
        assert self.occasion.change is not None
        change_rows(
            Enrolment,
            rows["stay_id"].to_list(),
            {"left_on": [None] * len(rows), "exit_kind": [""] * len(rows)},
            {"left_on": rows["date"].to_list(), "exit_kind": rows["event"].to_list()},
            paths=rows["path"].to_list(),
            change=self.occasion.change,
        )

    def _do(self, row: dict[str, Any], pupil: Pupil, places: dict[int, Organisation], school_class: SchoolClass | None) -> None:
        change = self.occasion.change
        assert change is not None
        event, on, reason = row["event"], row["date"], row["reason"] or change.reason
        here = places[row["organisation_id"]]
        if event in ENTRIES:
            enrol(pupil, here, grade=row["grade"], on=on, kind=event, school_class=school_class, change=change)
            return
        if event in EXITS:
            ask_exit(pupil, on=on, kind=event, by=change.by, reason=reason)
            return
        stay = active(pupil)
        assert stay is not None  # the rules have asked
        if event in INSIDE:
            go_on(stay, on=on, kind=event, grade=row["grade"] or "", school_class=school_class, change=change)
            return
        to = here if event == "transfer_in" else places[row["other_id"]]
        if row["asks"]:
            ask_transfer(pupil, to, on=on, grade=row["grade"] or "", by=change.by, reason=reason)
        else:
            into = school_class if event == "transfer_in" else None
            transfer(stay, to, on=on, grade=row["grade"] or "", school_class=into, change=change)


def _month_day() -> int:
    month, day = SCHOOL_YEAR_STARTS
    return month * 100 + day
