"""Chinese numerals: every whole number written is the number read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.texts.numeral import in_chinese, parse_chinese


@given(st.integers(min_value=0, max_value=9_999_999_999_999_999))
def test_a_number_written_in_characters_reads_back(number: int) -> None:
    assert parse_chinese(in_chinese(number)) == number


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("二十三", 23),
        ("十二", 12),
        ("一百零五", 105),
        ("两万", 20_000),
        ("二〇一八", 2018),
        ("三千零五十", 3050),
        ("一亿二千万", 120_000_000),
        ("两万五", 25_000),
        ("一百二", 120),
        ("九", 9),
    ],
)
def test_usual_spellings(numeral: str, value: int) -> None:
    assert parse_chinese(numeral) == value


@pytest.mark.parametrize("words", ["", "学校", "三所", "二三万"])
def test_what_is_no_numeral_is_refused(words: str) -> None:
    assert parse_chinese(words) is None
