"""School years: how they are written, and which one holds a day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.organisations.school_year import NotASchoolYear, SchoolYear


@pytest.mark.parametrize("written", ["2018-2019", "2018–2019", "2018/19", "2018-2019学年", "2018学年", " 2018 ", "2018至2019学年度"])
def test_the_usual_ways_of_writing_a_school_year_are_understood(written: str) -> None:
    assert SchoolYear.parse(written) == SchoolYear(2018)


@pytest.mark.parametrize("written", ["2018-2020", "18-19", "", "学年", "2018-2017", "二〇一八"])
def test_what_is_not_a_school_year_is_refused(written: str) -> None:
    with pytest.raises(NotASchoolYear, match="is not"):
        SchoolYear.parse(written)


@pytest.mark.parametrize(
    ("day", "year"), [(date(2018, 8, 31), "2017-2018"), (date(2018, 9, 1), "2018-2019"), (date(2019, 2, 28), "2018-2019")]
)
def test_a_school_year_begins_on_the_first_of_september(day: date, year: str) -> None:
    assert str(SchoolYear.of(day)) == year


@given(st.integers(1000, 9998))
def test_a_school_year_is_read_back_as_written(starts_in: int) -> None:
    assert SchoolYear.parse(str(SchoolYear(starts_in))) == SchoolYear(starts_in)
