"""Movement rules: what must hold of a row of the movements' workbook.

Changes when a rule of movements is added. Columns beside the fields are made by `enrolments.py`.
"""

import dataframely as dy
import polars as pl

from jiaoheng.intake.row_rules import RowRules, rule
from jiaoheng.intake.stores.classes import taught

__all__ = ["ENTRIES", "EXITS", "INSIDE", "MovementRules"]

ENTRIES = ("admission", "arrival", "return", "comeback")
EXITS = ("departure", "suspension", "graduation", "completion", "dropout", "left_early", "death", "entered_by_mistake")
INSIDE = ("class_change", "promotion", "repetition")


def _is(*events: str) -> pl.Expr:
    return pl.col("event").is_in(list(events))


class MovementRules(RowRules):
    """True is right; null (a cell that is missing) passes."""

    event = dy.String(nullable=True)
    date = dy.Date(nullable=True)
    grade = dy.String(nullable=True)
    class_name = dy.String(nullable=True)
    class_id = dy.Int64(nullable=True)
    class_said = dy.String(nullable=True)
    organisation_id = dy.Int64(nullable=True)
    organisation_stages = dy.String(nullable=True)
    other_id = dy.Int64(nullable=True)
    other_school = dy.String(nullable=True)
    pupil_id = dy.Int64(nullable=True)
    person_said = dy.String(nullable=True)
    stay_school = dy.Int64(nullable=True)
    stay_entered = dy.Date(nullable=True)
    stay_ends = dy.Date(nullable=True)
    last_left = dy.Date(nullable=True)
    waits = dy.Bool(nullable=True)
    asks = dy.Bool(nullable=True)
    done = dy.Bool(nullable=True)

    @rule("46", "student_number", "identity_number", quoted="person_said")
    def child_known(cls) -> pl.Expr:
        return pl.col("pupil_id").is_not_null()

    @rule("47", "organisation", "student_number", quoted="person_said")
    def on_these_books(cls) -> pl.Expr:
        here = pl.col("organisation_id").is_null() | (pl.col("stay_school") == pl.col("organisation_id")).fill_null(False)
        return ~_is(*EXITS, *INSIDE, "transfer_out") | here | pl.col("pupil_id").is_null() | pl.col("done")

    @rule("55", "organisation", "student_number", quoted="person_said")
    def comes_from_a_school(cls) -> pl.Expr:
        elsewhere = (pl.col("stay_school") != pl.col("organisation_id")).fill_null(False)
        return ~_is("transfer_in") | elsewhere | pl.col("pupil_id").is_null() | pl.col("done")

    @rule("50", "student_number", quoted="person_said")
    def on_no_books(cls) -> pl.Expr:
        return ~_is(*ENTRIES) | pl.col("stay_school").is_null() | pl.col("done")

    @rule("51", "date", quoted="date")
    def after_the_stay_began(cls) -> pl.Expr:
        return pl.when(_is(*ENTRIES)).then(pl.col("date") >= pl.col("last_left")).otherwise(
            pl.col("date") >= pl.col("stay_entered")
        ) | pl.col("done")

    @rule("42", "date", quoted="date")
    def within_the_stays_year(cls) -> pl.Expr:
        return _is(*ENTRIES) | (pl.col("date") <= pl.col("stay_ends")) | pl.col("done")

    @rule("48", "grade")
    def grade_of_an_entry(cls) -> pl.Expr:
        return ~_is(*ENTRIES) | pl.col("grade").is_not_null()

    @rule("48", "class_name")
    def class_of_a_change(cls) -> pl.Expr:
        return ~_is("class_change") | pl.col("class_name").is_not_null()

    @rule("33", "grade", quoted="grade")
    def grade_taught(cls) -> pl.Expr:
        return taught("grade", "organisation_stages")

    @rule("34", "class_name", quoted="class_said")
    def class_known(cls) -> pl.Expr:
        return _is(*EXITS, "transfer_out") | pl.col("class_name").is_null() | pl.col("class_id").is_not_null()

    @rule("54", "other_school", "event", quoted="other_school")
    def goes_to_a_school(cls) -> pl.Expr:
        return ~_is("transfer_out") | pl.col("other_id").is_not_null()

    @rule("53", "event")
    def not_asked_yet(cls) -> pl.Expr:
        return ~pl.col("waits")

    @rule("49", "event")
    def needs_no_approval(cls) -> pl.Expr:
        return ~pl.col("asks")
