"""Pupil rules: what must hold of a row of the pupils' workbook, in itself, in its file, and against the register.

Changes when a rule of pupils is added. Columns beside the fields are made by `pupils.py`, which says what each means.
"""

import dataframely as dy
import polars as pl

from jiaoheng.intake.row_rules import rule
from jiaoheng.intake.stores.classes import taught
from jiaoheng.intake.stores.person_rules import PersonRules

__all__ = ["PupilRules"]


class PupilRules(PersonRules):
    """True is right; null (a cell that is missing) passes."""

    grade = dy.String(nullable=True)
    organisation_stages = dy.String(nullable=True)
    class_name = dy.String(nullable=True)
    class_id = dy.Int64(nullable=True)
    class_said = dy.String(nullable=True)
    age_usual = dy.Bool(nullable=True)
    age_said = dy.String(nullable=True)
    schools_in_file = dy.UInt32(nullable=True)
    rows_in_file = dy.UInt32(nullable=True)
    cards_in_file = dy.UInt32(nullable=True)
    entered_on = dy.Date(nullable=True)
    year_ends = dy.Date(nullable=True)
    starts = dy.Date(nullable=True)
    last_left = dy.Date(nullable=True)
    elsewhere = dy.Bool(nullable=True)
    elsewhere_said = dy.String(nullable=True)
    stay_year = dy.String(nullable=True)
    school_year = dy.String(nullable=True)
    corrected = dy.Bool(nullable=True)
    correction_waits = dy.Bool(nullable=True)
    another_child = dy.Bool(nullable=True)
    disability = dy.String(nullable=True)
    disability_held = dy.String(nullable=True)
    placement = dy.String(nullable=True)

    @rule("23", "identity_number")
    def identity_birth_date(cls) -> pl.Expr:
        possible = pl.col("identity_born").is_between(pl.date(1900, 1, 1), pl.coalesce("year_ends", pl.date(2199, 1, 1))).fill_null(False)
        return ~pl.col("identity_digit_fits") | possible

    @rule("32", "birth_date", "grade", quoted="age_said")
    def age_for_grade(cls) -> pl.Expr:
        return pl.col("age_usual")

    @rule("33", "grade", quoted="grade")
    def grade_taught(cls) -> pl.Expr:
        return taught("grade", "organisation_stages")

    @rule("34", "class_name", "grade", quoted="class_said")
    def class_known(cls) -> pl.Expr:
        unsaid = pl.col("class_name").is_null() | pl.col("school_year").is_null()
        return unsaid | pl.col("class_id").is_not_null() | ~taught("grade", "organisation_stages")

    @rule("35", "student_number", "identity_number", "organisation")
    def one_school_in_file(cls) -> pl.Expr:
        return pl.col("schools_in_file") <= 1

    @rule("37", "student_number", "identity_number")
    def one_row_in_file(cls) -> pl.Expr:
        return (pl.col("rows_in_file") <= 1) | (pl.col("schools_in_file") > 1)

    @rule("40", "bank_card", quoted="bank_card")
    def card_of_one_child(cls) -> pl.Expr:
        return pl.col("cards_in_file") <= 1

    @rule("42", "entered_on", quoted="entered_on")
    def entered_within_year(cls) -> pl.Expr:
        return pl.col("entered_on") < pl.col("year_ends")

    @rule("51", "entered_on", quoted="starts")
    def entered_after_leaving(cls) -> pl.Expr:
        return pl.col("stay_year").is_not_null() | (pl.col("starts") >= pl.col("last_left"))

    @rule("36", "organisation", quoted="elsewhere_said")
    def on_no_other_books(cls) -> pl.Expr:
        return ~pl.col("elsewhere")

    @rule("43", "school_year", quoted="stay_year")
    def no_later_year_held(cls) -> pl.Expr:
        return pl.col("elsewhere") | (pl.col("stay_year") <= pl.col("school_year"))

    @rule("38", "identity_number")
    def identity_as_held(cls) -> pl.Expr:
        return ~pl.col("corrected") | pl.col("another_child") | pl.col("correction_waits")

    @rule("53", "identity_number")
    def correction_not_asked_yet(cls) -> pl.Expr:
        return ~(pl.col("corrected") & pl.col("correction_waits")) | pl.col("another_child")

    @rule("39", "identity_number")
    def identity_of_no_other(cls) -> pl.Expr:
        return ~pl.col("another_child")

    @rule("44", "placement", "disability")
    def placement_with_disability(cls) -> pl.Expr:
        return (pl.col("placement").fill_null("") == "") | (pl.coalesce("disability", "disability_held", pl.lit("")) != "")
