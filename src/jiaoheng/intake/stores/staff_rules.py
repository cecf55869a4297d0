"""Staff rules: what must hold of a row of the staff workbook, in itself, in its file, and against the register.

Changes when a rule of staff is added. Columns beside the fields are made by `staff.py`, which says what each means.
"""

import dataframely as dy
import polars as pl

from jiaoheng.intake.row_rules import rule
from jiaoheng.intake.stores.person_rules import PersonRules

__all__ = ["StaffRules"]


class StaffRules(PersonRules):
    """True is right; null (a cell that is missing) passes."""

    today = dy.Date(nullable=True)
    staff_number = dy.String(nullable=True)
    numbers_in_file = dy.UInt32(nullable=True)
    another_number = dy.Bool(nullable=True)
    identity_altered = dy.Bool(nullable=True)
    card_of_another = dy.Bool(nullable=True)
    held_outside = dy.Bool(nullable=True)
    held_at = dy.String(nullable=True)
    post = dy.String(nullable=True)
    certificate = dy.String(nullable=True)
    certificate_known = dy.String(nullable=True)
    registration_due = dy.Date(nullable=True)
    stages = dy.String(nullable=True)
    stages_known = dy.String(nullable=True)

    @rule("23", "identity_number")
    def identity_birth_date(cls) -> pl.Expr:
        born = pl.col("identity_born")
        return ~pl.col("identity_digit_fits") | (born.is_not_null() & (born >= pl.date(1900, 1, 1)) & (born <= pl.col("today")))

    @rule("61", "identity_number", "staff_number", quoted="staff_number")
    def one_number_in_file(cls) -> pl.Expr:
        return pl.col("numbers_in_file") <= 1

    @rule("62", "identity_number", "staff_number")
    def one_number_in_register(cls) -> pl.Expr:
        return ~pl.col("another_number")

    @rule("70", "identity_number")
    def identity_as_held(cls) -> pl.Expr:
        return ~pl.col("identity_altered")

    @rule("63", "bank_card", quoted="bank_card")
    def card_of_one_person(cls) -> pl.Expr:
        return ~pl.col("card_of_another")

    @rule("66", "organisation", quoted="held_at")
    def of_an_own_school(cls) -> pl.Expr:
        return ~pl.col("held_outside")

    @rule("67", "registration_due", "certificate")
    def registered_with_certificate(cls) -> pl.Expr:
        return pl.col("registration_due").is_null() | ~pl.col("certificate_known").fill_null("none").is_in(["", "none"])

    @rule("68", "certificate", "post")
    def teacher_with_certificate(cls) -> pl.Expr:
        return (pl.col("post") != "teacher") | (pl.col("certificate_known") != "none")

    @rule("69", "stages", "post")
    def teacher_with_stage(cls) -> pl.Expr:
        return (pl.col("post") != "teacher") | (pl.col("stages_known") != "")
