"""Person rules: what must hold of anybody's identity number and bank card, pupil or staff.

Changes when a rule of persons is added. The columns beside the fields are made by the store of each register.
"""

import dataframely as dy
import polars as pl

from jiaoheng.intake.row_rules import RowRules, rule

__all__ = ["PersonRules"]

_EIGHTEEN = r"^[0-9]{17}[0-9X]$"


class PersonRules(RowRules):
    """True is right; null (a cell that is missing) passes. `identity_checked`: the number is a resident identity card's (GB 11643)."""

    identity_number = dy.String(nullable=True)
    identity_checked = dy.Bool(nullable=True)
    identity_digit_fits = dy.Bool(nullable=True)
    identity_born = dy.Date(nullable=True)
    identity_sex = dy.String(nullable=True)
    birth_date = dy.Date(nullable=True)
    sex = dy.String(nullable=True)
    bank_card = dy.String(nullable=True)
    card_fits = dy.Bool(nullable=True)

    @rule("21", "identity_number")
    def identity_formed(cls) -> pl.Expr:
        return ~pl.col("identity_checked") | pl.col("identity_number").str.contains(_EIGHTEEN)

    @rule("22", "identity_number")
    def identity_check_digit(cls) -> pl.Expr:
        return ~pl.col("identity_checked") | ~pl.col("identity_number").str.contains(_EIGHTEEN) | pl.col("identity_digit_fits")

    @rule("30", "birth_date", "identity_number")
    def birth_date_agrees(cls) -> pl.Expr:
        return ~pl.col("identity_digit_fits") | (pl.col("birth_date") == pl.col("identity_born"))

    @rule("31", "sex", "identity_number")
    def sex_agrees(cls) -> pl.Expr:
        return ~pl.col("identity_digit_fits") | ~pl.col("sex").is_in(["1", "2"]) | (pl.col("sex") == pl.col("identity_sex"))

    @rule("29", "bank_card")
    def card_check_digit(cls) -> pl.Expr:
        return pl.col("card_fits")
