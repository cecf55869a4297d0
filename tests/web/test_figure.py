"""Figures as readers see them."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.web.figure import MISSING, change_shown, shown, sparkline


def test_missing_is_a_dash_and_never_zero() -> None:
    assert shown(None) == MISSING
    assert shown(0) == "0"
    assert shown(None, 2) == MISSING


def test_numbers_are_rounded_as_papers_round_them() -> None:
    assert shown(2.675, 2) == "2.68"
    assert shown(1234567.5, 0) == "1,234,568"
    assert shown(-0.001, 2) == "0.00"
    assert shown(Decimal("7.50")) == "7.5"


def test_a_change_carries_its_sign() -> None:
    assert change_shown(3, 2, 1) == "+1.0"
    assert change_shown(2, 3, 1) == "−1.0"
    assert change_shown(2.001, 2, 1) == "±0.0"
    assert change_shown(None, 3, 1) == ""


@given(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=12))
def test_a_sparkline_stays_in_its_box(numbers: list[float | None]) -> None:
    line = sparkline(numbers)
    known = [number for number in numbers if number is not None]
    assert (line is None) == (len(known) < 2)
    if line:
        points = [tuple(map(float, point.split(","))) for point in str(line["points"]).split()]
        assert len(points) == len(known)
        assert all(0 <= x <= 84 and 0 <= y <= 26 for x, y in points)
