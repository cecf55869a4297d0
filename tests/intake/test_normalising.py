"""Numbers, dates, years and words as people write them; each normalisation is said."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.intake.cells import raw_column
from jiaoheng.intake.normalising import Normalised, normalised
from jiaoheng.rulebook.registers import FieldRule, load_registers
from jiaoheng.settings import RULEBOOK_OVERLAY

LABEL = {"en": "x", "zh": "x"}
FULL_WIDTH = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")


def read(cells: list[object], kind: str, **more: object) -> Normalised:
    return normalised(raw_column(cells), FieldRule.model_validate({"type": kind, "label": LABEL, **more}))


def one(cell: object, kind: str) -> tuple[object, set[str], set[str]]:
    done = read([cell], kind)
    return done.values[0], {code for code, mask in done.notes.items() if mask[0]}, {rule for rule, mask in done.faults.items() if mask[0]}


@pytest.mark.parametrize(
    ("cell", "value", "notes", "faults"),
    [
        (12.0, 12, set(), set()),
        ("12", 12, {"READ-01"}, set()),
        ("１２３", 123, {"READ-01", "READ-02"}, set()),
        ("1,234", 1234, {"READ-01", "READ-03"}, set()),
        ("１，２３４", 1234, {"READ-01", "READ-02", "READ-03"}, set()),
        ("\u200b12\u00a0", 12, {"READ-01", "READ-05"}, set()),
        ("  12 ", 12, {"READ-01", "READ-05"}, set()),
        ("—", None, {"READ-06"}, set()),
        ("", None, set(), set()),
        ("12,34", None, set(), {"02"}),
        ("12人", None, set(), {"02"}),
        ("nan", None, set(), {"02"}),
        ("1e999", None, set(), {"02"}),
        ("12.5", None, {"READ-01"}, {"10"}),
        (12.5, None, set(), {"10"}),
        (float("inf"), None, set(), {"02"}),
        (date(2018, 9, 1), None, set(), {"02"}),
        (True, None, set(), {"02"}),
    ],
)
def test_counts(cell, value, notes, faults):
    got, said, broken = one(cell, "count")
    assert (got, broken) == (value, faults)
    assert said >= notes and (faults or said == notes)


def test_a_zero_is_not_missing_and_a_blank_is_not_zero():
    assert read(["0", 0, "", " "], "count").values.to_list() == [0, 0, None, None]


@given(st.integers(-(10**14), 10**14), st.booleans(), st.booleans(), st.sampled_from(["", " ", "\u200b", "\ufeff", "\u3000"]))
def test_every_way_of_writing_a_whole_number_reads_as_that_number(number, commas, wide, around):
    written = f"{number:,}" if commas else str(number)
    written = around + (written.translate(FULL_WIDTH) if wide else written) + around
    done = read([written], "count")
    assert done.values.to_list() == [number] and not any(mask[0] for mask in done.faults.values())


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**6), st.floats(0, 1e6).map(lambda value: round(value, 2))), min_size=1, max_size=20))
def test_amounts_survive_as_text_and_as_numbers(amounts):
    as_numbers = read(["" if amount is None else amount for amount in amounts], "amount").values
    as_text = read(["" if amount is None else str(amount) for amount in amounts], "amount").values
    expected = [None if amount is None else float(amount) for amount in amounts]
    assert as_numbers.to_list() == pytest.approx(expected) and as_text.to_list() == pytest.approx(expected)


@given(st.text(max_size=12))
def test_no_text_whatever_stops_the_reading(text):
    for kind in ("count", "amount", "degrees", "code", "text", "school_year", "date", "currency", "choice", "stages"):
        assert len(read([text, 1.0, "", date(2018, 1, 1)], kind).values) == 4


@given(st.dates(date(1950, 1, 1), date(2100, 12, 31)))
def test_every_way_of_writing_a_date_reads_as_that_day(day):
    serial = float((day - date(1899, 12, 30)).days)
    ways = [
        day, datetime(day.year, day.month, day.day, 8, 30), serial, day.isoformat(), f"{day:%Y/%m/%d}", f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}", float(f"{day:%Y%m%d}"), day.isoformat().translate(FULL_WIDTH),
    ]  # fmt: skip
    done = read(ways, "date")
    assert done.values.to_list() == [day] * len(ways)
    assert done.notes["READ-04"].to_list() == [way is serial for way in ways]


@pytest.mark.parametrize("written", ["2018-13-01", "2018-02-30", "soon", "18年"])
def test_what_is_no_date_is_said(written):
    assert one(written, "date")[2] == {"13"}


@pytest.mark.parametrize("written", ["2018-2019", "2018-2019学年", "2018/19", 2018.0, "２０１８—２０１９"])
def test_school_years(written):
    assert one(written, "school_year")[0] == "2018-2019"


def test_codes_keep_their_digits():
    assert read([305075.0, "00123", " 3205ABC\u200b", "１２３"], "code").values.to_list() == ["305075", "00123", "3205ABC", "123"]
    assert one(1e15, "code")[2] == {"17"} and one(999_999_999_999_999.0, "code")[0] == "999999999999999"
    assert one("A/B", "code")[2] == {"15"}


def test_names_stay_as_written_but_for_what_cannot_be_seen():
    assert read(["Sto.  Niño ES", "晨光（示例）小学", "\ufeff阳光小学 "], "text").values.to_list() == [
        "Sto.  Niño ES",
        "晨光（示例）小学",
        "阳光小学",
    ]


def test_choices_by_name_label_alias_and_case():
    rule = load_registers(RULEBOOK_OVERLAY)["annual_statistics"].fields["stage"]
    done = normalised(raw_column(["primary", "小学", " ELEMENTARY ", "初级中学", "Junior Secondary", "大学", ""]), rule)
    assert done.values.to_list() == ["primary", "primary", "primary", "junior", "junior", None, None]
    assert done.faults["04"].to_list() == [False] * 5 + [True, False]


def test_stages_are_kept_in_the_order_of_schooling():
    rule = load_registers(RULEBOOK_OVERLAY)["organisations"].fields["stages"]
    done = normalised(raw_column(["初中、小学", "primary,junior", "小学；大学", "小学"]), rule)
    assert done.values.to_list() == ["primary,junior", "primary,junior", None, "primary"]


def test_a_mappings_values_translate_and_null_is_missing():
    rule = FieldRule.model_validate({"type": "count", "label": LABEL})
    done = normalised(raw_column(["none", "N/A", 3.0, "4"]), rule, {"none": "0", "N/A": None})
    assert done.values.to_list() == [0, None, 3, 4]


def test_amounts_are_kept_to_two_decimals_and_it_is_said():
    done = read([1.005, 2.25, 1e9], "amount")
    assert done.notes["READ-07"].to_list() == [True, False, False]


def test_a_day_counts_from_the_spreadsheets_epoch():
    assert read([1.0, 43344.0], "date").values.to_list() == [date(1899, 12, 31), date(1899, 12, 30) + timedelta(43344)]
    assert read([43344.0], "date").values.dtype == pl.Date
