"""Comparing with thresholds, on both sides of each."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.standards.shortfall import floor_of, lacking, meets

THRESHOLDS = ["4.2", "5.3", "1", "0.9", "4.5", "5.8", "7.5", "10.2", "2000", "2500", "2.3", "2.4"]


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_exactly_at_the_threshold_is_met_and_a_hair_below_is_not(threshold):
    limit = Decimal(threshold)
    at = float(limit * 937)
    assert meets(at, 937, limit)
    assert not meets(at * (1 - 1e-12), 937, limit)
    assert lacking(at, 937, limit) == 0


def test_decimals_are_compared_as_they_were_written():
    assert meets(0.1 + 0.2, 0.3, Decimal(1))  # a hair above
    assert meets(4.5 * 903, 903, Decimal("4.5"))
    assert meets(63, 15.0, Decimal("4.2"))  # 63 teachers for 1,500 pupils
    assert not meets(62, 15.0, Decimal("4.2"))


@pytest.mark.parametrize(("threshold", "floor"), [("5.3", "4.505"), ("4.2", "3.570"), ("2.3", "1.955"), ("10.2", "8.670"), ("2500", "2125")])
def test_the_floor_is_not_rounded(threshold, floor):
    assert floor_of(Decimal(threshold), Decimal("0.85")) == Decimal(floor)


def test_a_value_between_the_floor_and_its_rounding_is_above_the_floor():
    floor = floor_of(Decimal("5.3"), Decimal("0.85"))  # 4.505, often printed as 4.51
    assert meets(901, 200.0, floor)  # exactly 4.505
    assert not meets(9009, 2000.0, floor)  # 4.5045


def test_where_less_is_better_the_threshold_is_an_upper_bound():
    assert meets(45, 1, Decimal(45), "less")
    assert not meets(46, 1, Decimal(45), "less")
    assert not meets(46, 0, Decimal(45), "less")
    assert lacking(91, 2, Decimal(45), "less") == 1
    assert lacking(90, 2, Decimal(45), "less") == 0
    assert lacking(91, 0, Decimal(45), "less") == 3


def test_three_pe_and_arts_teachers_are_lacking():
    assert lacking(6, 9.36, Decimal("0.9")) == 3  # 936 pupils need 8.424: nine teachers


counts = st.integers(0, 10**6)
limits = st.decimals("0.1", "5000", places=2)


@given(have=counts, pupils=st.integers(1, 20_000), limit=limits)
def test_the_shortfall_is_enough_and_one_less_is_not(have, pupils, limit):
    missing = lacking(have, pupils, limit)
    assert Fraction(have + missing) >= Fraction(limit) * pupils
    assert meets(have + missing, pupils, limit)
    assert missing == 0 or not meets(have + missing - 1, pupils, limit)


@given(pupils=st.integers(1, 20_000), teachers=st.integers(0, 3000), limit=st.decimals("1", "100", places=1))
def test_the_shortfall_of_teachers_is_enough_and_one_less_is_not(pupils, teachers, limit):
    missing = lacking(pupils, teachers, limit, "less")
    assert Fraction(pupils) <= Fraction(limit) * (teachers + missing)
    assert missing == 0 or not meets(pupils, teachers + missing - 1, limit, "less")


@given(area=st.decimals("0", "500000", places=2), pupils=st.integers(1, 5000), limit=st.sampled_from([Decimal(t) for t in THRESHOLDS]))
def test_floats_are_read_as_the_decimals_they_stand_for(area, pupils, limit):
    assert meets(float(area), pupils, limit) == (Fraction(area) >= Fraction(limit) * pupils)
