"""How numbers are written in both languages."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.papers.number_style import changed, ordinal, rounded, written


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "scale", "text"),
    [
        (26568, "", 0, "", "26,568"),
        (2.675, "", 2, "", "2.68"),
        (-0.004, "", 2, "", "0.00"),
        (0.4575, "share", 1, "", "45.8%"),
        (20_206_000, "", 2, "万元", "2,020.60"),
        (1_500_000, "", 1, "million", "1.5"),
        (None, "", 2, "", "–"),
    ],
)
def test_values(value, unit, decimals, scale, text):
    assert written(value, unit, decimals, scale=scale) == text


@pytest.mark.parametrize(
    ("now", "before", "unit", "decimals", "options", "chinese", "english"),
    [
        (26568, 25000, "", 0, {"counted": True, "noun": "名"}, "增加1,568名，增长6.3%", "up 1,568 名 (6.3%)"),
        (25000, 26568, "", 0, {"counted": True}, "减少1,568，下降5.9%", "down 1,568 (5.9%)"),
        (112.4, 100, "", 1, {"counted": True, "show": "rate"}, "增长12.4%", "up 12.4%"),
        (5, 0, "", 0, {"counted": True}, "增加5", "up 5"),
        (0.8633, 0.8, "share", 2, {"counted": False}, "提高6.33个百分点", "up 6.33 percentage points"),
        (16.2, 16.55, "", 2, {"counted": False}, "下降0.35", "down 0.35"),
        (16.2, 16.2, "", 2, {"counted": False}, "持平", "unchanged"),
    ],
)
def test_changes_in_the_right_words(now, before, unit, decimals, options, chinese, english):
    assert changed(now, before, unit, decimals, language="zh-hans", **options) == chinese
    assert changed(now, before, unit, decimals, language="en", **options) == english


@given(now=st.floats(0, 1e6), before=st.floats(0, 1e6), decimals=st.integers(0, 3))
def test_the_difference_is_that_of_the_printed_values(now, before, decimals):
    said = changed(now, before, "", decimals, counted=False, language="en")
    difference = rounded(now, decimals) - rounded(before, decimals)
    told = Decimal(0) if said == "unchanged" else Decimal(said.split()[1].replace(",", "")) * (1 if said.startswith("up") else -1)
    assert told == difference


def test_ordinals():
    assert [ordinal(n) for n in (1, 10, 11, 20, 21, 99)] == ["一", "十", "十一", "二十", "二十一", "九十九"]
    assert ordinal(3, "en") == "3"
