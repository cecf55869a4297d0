"""Identity numbers: the check digit holds every digit; what a spreadsheet destroyed is recognised; nothing is shown whole."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.registers.identity_number import IdentityNumber, IdentityNumberRefused, check_digit, masked

TODAY = date(2026, 9, 1)
births = st.dates(date(1900, 1, 1), TODAY)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    first = f"{draw(st.integers(0, 999_999)):06d}{draw(births):%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return first + check_digit(first)


@given(numbers())
def test_any_seventeen_digits_with_their_check_digit_pass(number: str) -> None:
    read = IdentityNumber.parse(number, today=TODAY)
    assert read.text == number
    assert f"{read.birth_date:%Y%m%d}" == number[6:14]
    assert read.sex == ("1" if int(number[16]) % 2 else "2")
    assert read.issued_in == number[:6]


@given(st.text("0123456789", min_size=17, max_size=17))
def test_one_check_digit_fits_seventeen_digits(seventeen: str) -> None:
    assert check_digit(seventeen) in "0123456789X"


@given(numbers(), st.integers(0, 17), st.integers(1, 9))
def test_any_single_changed_digit_is_refused(number: str, place: int, by: int) -> None:
    old = number[place]
    new = str(by) if old == "X" else str((int(old) + by) % 10)
    with pytest.raises(IdentityNumberRefused):
        IdentityNumber.parse(number[:place] + new + number[place + 1 :], today=TODAY)


@given(numbers(), st.integers(0, 16))
def test_two_neighbours_that_changed_places_are_refused(number: str, place: int) -> None:
    changed = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if changed != number:
        with pytest.raises(IdentityNumberRefused):
            IdentityNumber.parse(changed, today=TODAY)


@pytest.mark.parametrize(
    "written", ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ", "'11010519491231002X\u200b"]
)
def test_the_standards_own_example_passes_however_it_is_written(written: str) -> None:
    read = IdentityNumber.parse(written)
    assert read.text == "11010519491231002X"
    assert (read.birth_date, read.sex) == (date(1949, 12, 31), "2")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "empty"),
        ("　", "empty"),
        ("5.10903E+17", "digits_gone"),
        ("5.10903201209011e+17", "digits_gone"),
        ("510903201209011000", "digits_gone"),
        ("510903201209011234.0", "digits_gone"),
        ("110105491231002", "fifteen_digits"),
        ("11010519491231002", "length"),
        ("1101051949123100210", "length"),
        ("11010519491231O02X", "characters"),
        ("110105194912310X20", "characters"),
        ("110105194912310021", "check_digit"),
        ("110105194902300" + "02" + check_digit("11010519490230002"), "birth_date"),
        ("11010520990101002" + check_digit("11010520990101002"), "birth_date"),
    ],
)
def test_each_fault_has_its_own_reason(written: str, code: str) -> None:
    with pytest.raises(IdentityNumberRefused) as refused:
        IdentityNumber.parse(written, today=TODAY)
    assert refused.value.code == code
    assert not written.strip() or written not in str(refused.value)


def test_a_child_born_today_passes_and_one_born_next_week_does_not() -> None:
    for day, passes in ((1, True), (8, False)):
        first = f"510903202609{day:02d}001"
        number = first + check_digit(first)
        if passes:
            assert IdentityNumber.parse(number, today=TODAY)
        else:
            with pytest.raises(IdentityNumberRefused):
                IdentityNumber.parse(number, today=TODAY)


def test_birth_date_and_sex_are_compared() -> None:
    read = IdentityNumber.parse("11010519491231002X")
    assert read.disagreements(birth_date=date(1949, 12, 31), sex="2") == []
    assert read.disagreements(birth_date=None, sex="9") == []
    assert len(read.disagreements(birth_date=date(1949, 12, 30), sex="1")) == 2


def test_a_number_is_shown_masked() -> None:
    assert masked("510903201209011234") == "510903********1234"
    read = IdentityNumber.parse("11010519491231002X")
    assert str(read) == "110105********002X"
    assert "19491231" not in repr(read)


@given(st.text(min_size=1, max_size=40))
def test_masking_keeps_the_length_and_hides_at_least_a_third(text: str) -> None:
    shown = masked(text)
    assert len(shown) == len(text)
    assert sum(a == "*" for a in shown) * 3 >= len(text)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        assert IdentityNumber.parse(text).text
    except IdentityNumberRefused as refused:
        assert refused.code
