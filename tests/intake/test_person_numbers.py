"""Columns of numbers say what the one-by-one rooms of the registers say."""

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.intake.cells import raw_column
from jiaoheng.intake.person_numbers import born, check_digit_fits, luhn_fits, sex_of, student_number
from jiaoheng.registers.identity_number import IdentityNumber, IdentityNumberRefused, check_digit
from jiaoheng.registers.student_number import StudentNumber, StudentNumberRefused
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.registers import FieldRule

RULE = FieldRule(type="student_number", label=Label(en="Student number", zh="学籍号"))
days = st.dates(date(1990, 1, 1), date(2024, 12, 31))
right = st.builds(lambda day, place: (first := f"999901{day:%Y%m%d}{place:03d}") + check_digit(first), days, st.integers(0, 999))
near = st.builds(
    lambda text, place, sign: text[:place] + sign + text[place + 1 :], right, st.integers(0, 17), st.sampled_from("0123456789X")
)


@given(st.lists(st.one_of(right, near, st.text("0123456789X", min_size=0, max_size=20)), min_size=1, max_size=8))
def test_a_column_of_identity_numbers_says_what_each_says(texts):
    column = pl.Series(texts, dtype=pl.String)
    fits, days_in, sexes = check_digit_fits(column), born(column), sex_of(column)
    for place, text in enumerate(texts):
        try:
            number = IdentityNumber.parse(text, today=date(2025, 1, 1))
        except IdentityNumberRefused as refused:
            if refused.code in ("check_digit", "length", "characters", "empty", "digits_gone", "fifteen_digits"):
                assert not fits[place]
            continue
        assert fits[place] and days_in[place] == number.birth_date and sexes[place] == number.sex


@given(st.lists(st.one_of(st.builds(str.__add__, st.sampled_from("GLJX"), st.one_of(right, near)), right), min_size=1, max_size=8))
def test_a_column_of_student_numbers_says_what_each_says(texts):
    read = student_number(raw_column(texts), RULE)
    for place, text in enumerate(texts):
        try:
            assert read.values[place] == StudentNumber.parse(text).text
        except StudentNumberRefused as refused:
            assert read.values[place] is None
            assert read.faults["26" if refused.code == "identity_number" else "25"][place]


@given(st.lists(st.text("0123456789", min_size=12, max_size=25), min_size=1, max_size=6))
def test_the_last_digit_of_a_card(texts):
    def plainly(text: str) -> bool:
        doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(text))]
        return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0

    assert luhn_fits(pl.Series(texts, dtype=pl.String)).to_list() == [plainly(text) for text in texts]
