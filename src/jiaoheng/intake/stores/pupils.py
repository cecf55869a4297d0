"""Store of pupils: the child, the present stay at a school, and what holds of the child, from one row.

Changes when what a row of the pupils' workbook does to the register changes. A later school year than the one held goes on in the same
school; another school is never entered by a row alone; another identity number is asked for and waits; nobody is removed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl
from django.conf import settings

from jiaoheng.access.batch import add_rows, change_rows
from jiaoheng.intake.checks import Checked
from jiaoheng.intake.masking import quotable
from jiaoheng.intake.person_numbers import born, check_digit_fits, luhn_fits, sex_of
from jiaoheng.intake.store import CHANGED, NEW, UNCHANGED, Difference, Store
from jiaoheng.intake.stores.pupil_conditions import condition_changes, write_conditions
from jiaoheng.intake.stores.pupil_rules import PupilRules
from jiaoheng.intake.stores.pupils_held import (
    CONDITIONS,
    PURPOSES,
    classes_held,
    conditions_held,
    held_among,
    indexes,
    pupils_held,
    stays_held,
    waiting_corrections,
)
from jiaoheng.organisations.school_year import SCHOOL_YEAR_STARTS
from jiaoheng.registers.approval import Request, ask_correction
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition
from jiaoheng.rulebook.ages import school_age
from jiaoheng.rulebook.codes import code_table

__all__ = ["PupilsStore"]

_TEXTS = ("name", "sex", "ethnicity", "identity_kind", "household_area", "household_kind", "guardian", "guardian_relation")
_SEALED = ("guardian_phone", "bank_card")
_SCHOOLS_AT_ONCE = 30
_FEEDS = (*_TEXTS, "birth_date", "student_number", "identity_number", *_SEALED)
"""Fields that are columns of the pupil."""


@dataclass
class _PupilDifference(Difference):
    """`changes`: rows × fields that differ (a mask a field); `conditions`: what begins, changes or ends (pupil_conditions.py)."""

    changes: dict[str, pl.Series] = field(default_factory=dict)
    conditions: pl.DataFrame = field(default_factory=pl.DataFrame)


class PupilsStore(Store):
    """One child a row. A missing value never overwrites one that is held; «否» and the like end what holds."""

    register: ClassVar[str] = "pupils"
    tables = (Pupil, Enrolment, PupilCondition, Request)
    rules = PupilRules
    in_parts: ClassVar[bool] = True
    counted: ClassVar[tuple[str, ...]] = ("student_number", "identity_number", "bank_card")

    _repeated: Mapping[str, pl.DataFrame] | None = None
    """In parts: what stands several times in the whole file."""

    def begin_parts(self, repeated: Mapping[str, pl.DataFrame]) -> None:
        self._repeated, self._named, self._spoken = repeated, list[pl.Series](), list[pl.DataFrame]()

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame:
        """With what the register holds of each child (`pupil_id`, `…_held`, `stay_…`), and what the rules ask of the row itself."""
        frame = self._of_itself(self._in_file(self._identity(frame)))
        frame = self._held(frame)
        stays = stays_held(frame["pupil_id"].drop_nulls().to_list())
        frame = frame.join(stays, on="pupil_id", how="left", maintain_order="left")
        return self._against_register(frame)

    def _identity(self, frame: pl.DataFrame) -> pl.DataFrame:
        kinds = code_table("identity_kind", settings.RULEBOOK_OVERLAY).of_group("checked")
        missing = [pl.lit(None, dtype=pl.String).alias(name) for name in ("student_number", "identity_number") if name not in frame.columns]
        frame = frame.with_columns(missing)
        number = frame["identity_number"]
        fits = check_digit_fits(number).set(number.is_null(), None)
        kind = pl.col("identity_kind").fill_null("resident") if "identity_kind" in frame.columns else pl.lit("resident")
        return frame.with_columns(
            pl.when(pl.col("identity_number").is_not_null()).then(kind.is_in(list(kinds))).alias("identity_checked"),
            pl.when(kind.is_in(list(kinds))).then(fits).alias("identity_digit_fits"),
            born(number).alias("identity_born"),
            sex_of(number).alias("identity_sex"),
            indexes(number, PURPOSES["identity_number"]).alias("identity_index"),
        )

    def _in_file(self, frame: pl.DataFrame) -> pl.DataFrame:
        """How often the file names the child, by either number, and at how many schools; how often the bank card."""
        counted = [self._times(frame, name) for name in self.counted]
        students, identities, cards = counted
        return frame.with_columns(
            rows_in_file=pl.select(pl.max_horizontal(students["rows"], identities["rows"])).to_series(),
            schools_in_file=pl.select(pl.max_horizontal(students["organisations"], identities["organisations"])).to_series(),
            cards_in_file=cards["rows"],
        )

    def _times(self, frame: pl.DataFrame, name: str) -> pl.DataFrame:
        """In how many `rows` of the file each row's value stands, and at how many `organisations`; 1 where there is none."""
        once = pl.lit(1, dtype=pl.UInt32)
        if name not in frame.columns or (self._repeated is not None and name not in self._repeated):
            ones = pl.repeat(1, len(frame), dtype=pl.UInt32, eager=True)
            return pl.DataFrame({"rows": ones, "organisations": ones})
        there = pl.col(name).is_not_null()
        if self._repeated is not None:
            repeated = self._repeated[name]
            times = frame.select(hash=pl.when(there).then(pl.col(name).hash())).join(repeated, on="hash", how="left", maintain_order="left")
            return times.select(pl.col("rows", "organisations").fill_null(once))
        return frame.select(
            rows=pl.when(there).then(pl.len().over(name)).otherwise(once),
            organisations=pl.when(there).then(pl.col("organisation_id").n_unique().over(name)).otherwise(once),
        )

    def _of_itself(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Dates of the row's school year, when the stay begins, the age, the class."""
        rule, month_day = school_age(settings.RULEBOOK_OVERLAY), SCHOOL_YEAR_STARTS
        begins = pl.col("school_year").str.slice(0, 4).cast(pl.Int32, strict=False)
        grades = list(code_table("grade", settings.RULEBOOK_OVERLAY).codes)
        steps = {grade: place - grades.index(rule.first_grade) for place, grade in enumerate(grades)}
        step = pl.col("grade").replace_strict(steps, default=None, return_dtype=pl.Int32)
        counted_on = pl.date(begins, rule.counted_on.month, rule.counted_on.day)
        birthday_past = (
            pl.col("birth_date").dt.month().cast(pl.Int32) * 100 + pl.col("birth_date").dt.day()
        ) <= rule.counted_on.month * 100 + rule.counted_on.day
        age = counted_on.dt.year() - pl.col("birth_date").dt.year() - (~birthday_past).cast(pl.Int32)
        young, old = rule.youngest + step, rule.oldest + step
        entered = pl.col("entered_on") if "entered_on" in frame.columns else pl.lit(None, dtype=pl.Date)
        frame = frame.with_columns(
            year_begins=pl.date(begins, *month_day),
            year_ends=pl.date(begins + 1, *month_day),
            age_usual=age.is_between(young - rule.margin_below, old + rule.margin_above),
            age_said=pl.format("{}: {} ({}–{})", pl.col("grade"), age, young, old),
        ).with_columns(starts=pl.max_horizontal(entered, pl.col("year_begins")))
        if "bank_card" in frame.columns:
            frame = frame.with_columns(luhn_fits(frame["bank_card"]).alias("card_fits"))
        if "class_name" not in frame.columns:
            return frame.with_columns(class_id=pl.lit(None, dtype=pl.Int64))
        classes = classes_held(frame["organisation_id"].drop_nulls().unique().to_list())
        on = ["organisation_id", "school_year", "grade", "class_name"]
        frame = frame.join(classes, on=on, how="left", maintain_order="left")
        return frame.with_columns(class_said=pl.format("{} {} {}-{}", "organisation", "school_year", "grade", "class_name"))

    def _held(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The child that the register knows under the student number, else under the identity number; and whose number it is otherwise."""
        known = pupils_held(frame["student_number"], frame["identity_number"])
        by_student = known.filter(pl.col("student_number").is_not_null()).select("student_number", _by_student="kept_id")
        by_identity = (
            known.filter(pl.col("identity_index").is_not_null(), pl.col("merged_into_id").is_null())
            .select("identity_index", _by_identity="kept_id")
            .unique("identity_index")
            if len(known)
            else pl.DataFrame(schema={"identity_index": pl.String, "_by_identity": pl.Int64})
        )
        frame = frame.join(by_student, on="student_number", how="left", maintain_order="left")
        frame = frame.join(by_identity, on="identity_index", how="left", maintain_order="left")
        frame = frame.with_columns(pupil_id=pl.coalesce("_by_student", "_by_identity"))
        missing = frame["pupil_id"].drop_nulls().unique()
        rest = missing.filter(~missing.is_in(known["id"].implode())).to_list()
        if rest:  # the kept row of a merge, known by neither number of the sheet
            known = pl.concat(
                [known, held_among(Pupil._meta.db_table, dict(known.drop("kept_id").schema), "id", rest).with_columns(kept_id="id")]
            )
        held = known.select(pl.col("id").alias("pupil_id"), *(pl.col(name).alias(f"{name}_held") for name in known.columns if name != "id"))
        return frame.join(held, on="pupil_id", how="left", maintain_order="left")

    def _against_register(self, frame: pl.DataFrame) -> pl.DataFrame:
        waiting = waiting_corrections(frame["pupil_id"].drop_nulls().to_list())
        held_number = pl.col("identity_index_held")
        corrected = held_number.is_not_null() & pl.col("identity_index").is_not_null() & (held_number != pl.col("identity_index"))
        other = (
            pl.col("_by_identity").is_not_null() & pl.col("_by_student").is_not_null() & (pl.col("_by_identity") != pl.col("_by_student"))
        )
        another_number = (
            pl.col("_by_student").is_null() & pl.col("student_number").is_not_null() & pl.col("student_number_held").is_not_null()
        )
        path = self.occasion.directory.frame.select(stay_school="id", stay_path="path", stay_code="code")
        keeper = self.occasion.directory.frame.select(keeper_id_held="id", keeper_path="path")
        frame = frame.join(path, on="stay_school", how="left", maintain_order="left")
        frame = frame.join(keeper, on="keeper_id_held", how="left", maintain_order="left")
        approved = self.occasion.change is not None and self.occasion.change.approved_by is not None
        moved = pl.col("stay_school").is_not_null() & (pl.col("stay_school") != pl.col("organisation_id"))
        later = pl.col("stay_year") < pl.col("school_year")
        foreign = pl.col("keeper_path").is_not_null() & ~pl.col("keeper_path").is_in(self._covered(frame["keeper_path"]))
        elsewhere = (moved & ~(pl.lit(approved) & later)) | foreign
        return frame.with_columns(
            corrected=corrected.fill_null(False),
            correction_waits=pl.col("pupil_id").is_in(waiting.implode()).fill_null(False),
            another_child=(other | another_number).fill_null(False),
            moves=moved.fill_null(False),
            elsewhere=elsewhere.fill_null(False),
            elsewhere_said=pl.coalesce("stay_code", pl.lit("—")),
        ).drop("_by_student", "_by_identity", "stay_code")

    def _covered(self, paths: pl.Series) -> list[str]:
        change = self.occasion.change
        accounts = [] if change is None else [account for account in (change.by, change.approved_by) if account is not None]
        return [path for path in paths.drop_nulls().unique().to_list() if any(account.covers(path) for account in accounts)]

    def compared(self, checked: Checked) -> Difference:
        rows = checked.good
        fed = tuple(name for name in checked.feed.fields if self.rule.fields[name].stored)
        new = rows["pupil_id"].is_null()
        changes = self._pupil_changes(rows, fed) | self._stay_changes(rows, fed)
        conditions = condition_changes(rows, conditions_held(rows["pupil_id"].drop_nulls().to_list()), rows.columns)
        for kind in CONDITIONS:
            touched = conditions.filter(pl.col("kind") == kind)["row"]
            if len(touched):
                changes[kind] = rows["row"].is_in(touched.implode())
        altered = pl.repeat(False, len(rows), dtype=pl.Boolean, eager=True)
        for mask in changes.values():
            altered = altered | mask
        state = pl.select(pl.when(new).then(pl.lit(NEW)).when(altered).then(pl.lit(CHANGED)).otherwise(pl.lit(UNCHANGED))).to_series()
        counts = {name: count for name, mask in changes.items() if (count := int((mask & ~new).sum() or 0))}
        asked = int((rows["corrected"] & ~rows["correction_waits"]).sum() or 0)
        named, spoken = checked.frame["pupil_id"].drop_nulls(), _spoken_of(checked.frame)
        if self._repeated is not None:
            self._named.append(named)
            self._spoken.append(spoken)
        left_out = self._left_out(spoken, named) if self._repeated is None else pl.DataFrame()
        return _PupilDifference(rows, state, fed, counts, left_out, asked, changes, conditions)

    def left_out_of_file(self) -> pl.DataFrame:
        spoken, named = pl.concat(self._spoken).unique(), pl.concat(self._named).unique()
        schools = spoken["organisation_id"].unique().sort().to_list()
        parts = [schools[start : start + _SCHOOLS_AT_ONCE] for start in range(0, len(schools), _SCHOOLS_AT_ONCE)]
        found = [self._left_out(spoken.filter(pl.col("organisation_id").is_in(part)), named) for part in parts]
        kept = [frame for frame in found if len(frame)]
        return pl.concat(kept) if kept else pl.DataFrame()

    def _pupil_changes(self, rows: pl.DataFrame, fed: tuple[str, ...]) -> dict[str, pl.Series]:
        """Where each column of the child differs. While another identity number waits, birth date and sex wait with it."""
        changes: dict[str, pl.Series] = {}
        held_back = rows["corrected"]
        for name in (name for name in (*_TEXTS, "birth_date") if name in fed):
            differs = (rows[name].is_not_null() & rows[name].ne_missing(rows[f"{name}_held"])).fill_null(False)
            changes[name] = differs & ~held_back if name in ("sex", "birth_date", "identity_kind") else differs
        for name in (name for name in _SEALED if name in fed):
            told = rows[name].set(rows["pupil_id"].is_null(), None)  # of a new child everything is new
            changes[name] = told.is_not_null() & indexes(told, PURPOSES[name]).ne_missing(rows[f"{name}_index_held"])
        if "identity_number" in fed:
            changes["identity_number"] = rows["identity_index"].is_not_null() & rows["identity_index_held"].is_null()
        if "student_number" in fed:
            changes["student_number"] = rows["student_number"].is_not_null() & rows["student_number_held"].is_null()
        return changes

    def _stay_changes(self, rows: pl.DataFrame, fed: tuple[str, ...]) -> dict[str, pl.Series]:
        fresh = rows["stay_id"].is_null() | (rows["stay_year"] != rows["school_year"]).fill_null(False) | rows["moves"]
        changes = {"school_year": fresh, "grade": ~fresh & rows["grade"].ne_missing(rows["stay_grade"])}
        if "class_name" in fed:
            changes["class_name"] = ~fresh & rows["class_id"].is_not_null() & rows["class_id"].ne_missing(rows["stay_class"])
        return changes

    def _left_out(self, said: pl.DataFrame, named: pl.Series) -> pl.DataFrame:
        """Children on the books of the sheet's schools, in the grades that it speaks of (`said`), whom it does not name."""
        schema = {"pupil_id": pl.Int64, "school_id": pl.Int64, "school_year": pl.String, "grade": pl.String, "left_on": pl.Date}
        schools = said["organisation_id"].unique().to_list()
        held = held_among(Enrolment._meta.db_table, schema, "school_id", schools, "left_on IS NULL")
        held = held.filter(~pl.col("pupil_id").is_in(named.implode()))
        if not len(held):
            return pl.DataFrame()
        grades = list(code_table("grade", settings.RULEBOOK_OVERLAY).codes)
        next_grade = dict(zip(grades, [*grades[1:], grades[-1]], strict=True))
        year = said.group_by("organisation_id").agg(year=pl.col("school_year").max())
        held = held.join(year, left_on="school_id", right_on="organisation_id").filter(pl.col("school_year") <= pl.col("year"))
        expected = (
            pl.when(pl.col("school_year") == pl.col("year"))
            .then("grade")
            .otherwise(pl.col("grade").replace_strict(next_grade, default=None))
        )
        held = held.with_columns(expected=expected)
        spoken = said.select(pl.col("organisation_id").alias("school_id"), pl.col("grade").alias("expected")).unique()
        held = held.join(spoken, on=["school_id", "expected"], how="semi")
        names = held_among(Pupil._meta.db_table, {"id": pl.Int64, "student_number": pl.String}, "id", held["pupil_id"].to_list())
        held = held.join(names.rename({"id": "pupil_id"}), on="pupil_id", how="left")
        codes = self.occasion.directory.frame.select(school_id="id", organisation="code")
        held = held.join(codes, on="school_id").sort("organisation", "grade", "student_number")
        shown = quotable(held["student_number"], self.rule.fields["student_number"])
        record = pl.format("{} {} {}", "school_year", "grade", shown.fill_null("—"))
        return held.select("organisation", record=record, pupil=pl.col("pupil_id").cast(pl.String))

    def write(self, difference: Difference) -> None:
        assert isinstance(difference, _PupilDifference) and self.occasion.change is not None
        rows = self._add(difference)
        if self._repeated is not None:
            self._named.append(rows["pupil_id"].drop_nulls())
        self._change(difference)
        self._move_on(rows, difference)
        write_conditions(rows.select("row", "pupil_id", "path", "starts"), difference.conditions, self.occasion.change)
        for pupil_id, number in (
            rows.filter(pl.col("corrected") & ~pl.col("correction_waits")).select("pupil_id", "identity_number").iter_rows()
        ):
            pupil = Pupil._base_manager.select_related("keeper").get(pk=pupil_id)
            ask_correction(pupil, number, by=self.occasion.change.by, reason=self.occasion.change.reason)

    def _add(self, difference: Difference) -> pl.DataFrame:
        """Add the children that are new; gives all rows with every child's key."""
        assert self.occasion.change is not None
        rows = difference.rows
        fresh = rows.filter(difference.state == NEW)
        if not len(fresh):
            return rows
        columns: dict[str, list[Any]] = {name: fresh[name].to_list() for name in _FEEDS if name in fresh.columns}
        for name in _TEXTS:
            if name in columns and fresh[name].null_count():
                default = "resident" if name == "identity_kind" else ""
                columns[name] = [default if value is None else value for value in columns[name]]
        columns["identity_index"] = fresh["identity_index"].to_list()
        columns["keeper_id"] = fresh["organisation_id"].to_list()
        keys = add_rows(Pupil, columns, paths=fresh["path"].to_list(), change=self.occasion.change)
        made = pl.DataFrame({"row": fresh["row"], "_key": keys})
        rows = rows.join(made, on="row", how="left", maintain_order="left")
        return rows.with_columns(pupil_id=pl.coalesce("pupil_id", "_key")).drop("_key")

    def _change(self, difference: _PupilDifference) -> None:
        assert self.occasion.change is not None
        known = difference.state == CHANGED
        rows = difference.rows.filter(known)
        if not len(rows):
            return
        before: dict[str, list[Any]] = {"keeper_id": rows["keeper_id_held"].to_list()}
        after: dict[str, list[Any]] = {"keeper_id": rows["organisation_id"].to_list()}
        for name in (name for name in _FEEDS if name in difference.changes):
            differs = difference.changes[name].filter(known)
            if differs.any():
                # Of a sealed column the old value is not opened: that it differs is known from its index.
                hidden = name in _SEALED or name in ("identity_number", "student_number")
                old = pl.select(pl.when(differs).then(pl.lit(None)).otherwise(rows[name])).to_series() if hidden else rows[f"{name}_held"]
                new = pl.select(pl.when(differs).then(rows[name]).otherwise(old)).to_series()
                before[name], after[name] = old.to_list(), new.to_list()
        change_rows(Pupil, rows["pupil_id"].to_list(), before, after, paths=rows["path"].to_list(), change=self.occasion.change)

    def _move_on(self, rows: pl.DataFrame, difference: _PupilDifference) -> None:
        """Correct the present stay, or end it and begin the next; a child without one enters."""
        change = self.occasion.change
        assert change is not None
        fresh = difference.changes["school_year"]
        wrong = difference.changes["grade"]
        if "class_name" in difference.changes:
            wrong = wrong | difference.changes["class_name"]
        put_right = rows.filter(wrong)
        if len(put_right):
            moved_grade = put_right["grade"] != put_right["stay_grade"]
            place = pl.select(
                pl.when(moved_grade).then(put_right["class_id"]).otherwise(pl.coalesce(put_right["class_id"], put_right["stay_class"]))
            )
            change_rows(
                Enrolment,
                put_right["stay_id"].to_list(),
                {"grade": put_right["stay_grade"].to_list(), "school_class_id": put_right["stay_class"].to_list()},
                {"grade": put_right["grade"].to_list(), "school_class_id": place.to_series().to_list()},
                paths=put_right["path"].to_list(),
                change=change,
            )
        entering = _with_kinds(rows.filter(fresh))
        ending = entering.filter(pl.col("stay_id").is_not_null())
        if len(ending):
            change_rows(
                Enrolment,
                ending["stay_id"].to_list(),
                {"left_on": [None] * len(ending), "exit_kind": [""] * len(ending)},
                {"left_on": ending["ends"].to_list(), "exit_kind": ending["exit_kind"].to_list()},
                paths=ending["stay_path"].to_list(),
                change=change,
            )
        add_rows(
            Enrolment,
            {
                "pupil_id": entering["pupil_id"].to_list(),
                "school_id": entering["organisation_id"].to_list(),
                "school_year": entering["school_year"].to_list(),
                "grade": entering["grade"].to_list(),
                "school_class_id": entering["class_id"].to_list(),
                "entered_on": entering["starts"].to_list(),
                "entry_kind": entering["stay_kind"].to_list(),
                "came_from_id": entering["came_from"].to_list(),
            },
            paths=entering["path"].to_list(),
            change=change,
        )


def _spoken_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Of which schools' years and grades the rows speak."""
    return frame.select("organisation_id", "school_year", "grade").unique().drop_nulls()


def _with_kinds(rows: pl.DataFrame) -> pl.DataFrame:
    """How each new stay begins (`stay_kind`, `came_from`) and how the one before it ends (`ends`, `exit_kind`)."""
    codes = code_table("grade", settings.RULEBOOK_OVERLAY).codes
    stages = {grade: code.group or "" for grade, code in codes.items()}
    first = [grade for place, grade in enumerate(stages) if place == 0 or list(stages.values())[place - 1] != stages[grade]]
    given = pl.col("entry_kind") if "entry_kind" in rows.columns else pl.lit(None, dtype=pl.String)
    entered = pl.col("entered_on") if "entered_on" in rows.columns else pl.lit(None, dtype=pl.Date)
    stage = pl.col("grade").replace_strict(stages, default="", return_dtype=pl.String)
    stage_held = pl.col("stay_grade").replace_strict(stages, default="", return_dtype=pl.String)
    goes_on, same_grade = pl.col("stay_id").is_not_null() & ~pl.col("moves"), pl.col("grade") == pl.col("stay_grade")
    inside = pl.when(same_grade).then(pl.lit("repetition")).otherwise(pl.lit("promotion"))
    completes = pl.col("moves") & (stage != stage_held)
    said = pl.when(given == "transfer_in").then(pl.lit("arrival")).otherwise(given)  # a transfer within the district links two stays
    begins_here = pl.col("grade").is_in(first)
    fresh = (
        pl.when(entered < pl.col("year_begins"))
        .then(pl.lit("promotion"))
        .when(entered.is_not_null() | begins_here)
        .then(pl.coalesce(said, pl.when(begins_here).then(pl.lit("admission")).otherwise(pl.lit("promotion"))))
        .otherwise(pl.lit("promotion"))
    )
    stay_ends = pl.date(pl.col("stay_year").str.slice(0, 4).cast(pl.Int32) + 1, *SCHOOL_YEAR_STARTS)
    return rows.with_columns(
        stay_kind=pl.when(goes_on)
        .then(inside)
        .when(completes)
        .then(pl.lit("admission"))
        .when(pl.col("moves"))
        .then(pl.lit("transfer_in"))
        .otherwise(fresh),
        exit_kind=pl.when(goes_on).then(inside).when(completes).then(pl.lit("graduation")).otherwise(pl.lit("transfer_out")),
        came_from=pl.when(~completes).then(pl.col("stay_id")),
        ends=pl.min_horizontal(stay_ends, "starts"),
    )
