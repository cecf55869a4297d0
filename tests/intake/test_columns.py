"""Headings: found below titles, in merged cells, by name and alias; columns by their letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from jiaoheng.intake.columns import column_letters, matched_feed
from jiaoheng.intake.workbook import Sheet
from jiaoheng.rulebook.registers import load_registers
from tests.intake.conftest import codes

REGISTERS = load_registers()
GOOD = ["1001", "2018-2019", "小学", 1214, 71]
HEAD = ["学校代码", "学年", "学段", "学生数", "专任教师数"]


@given(st.integers(0, 18277))
def test_letters_are_the_spreadsheets_own(index):
    assert column_letters(index) == get_column_letter(index + 1)


@pytest.mark.parametrize("heading", ["学生数", "在校生数", "学生数（人）", " 学 生 数 ", "学生数*", "Enrolment", "PUPILS", "在校学生数"])
def test_a_heading_is_known_by_its_name_and_aliases(heading):
    feed = matched_feed("f.xlsx", Sheet("s", [["学校代码", "学年", "学段", heading], ["1", "2018", "小学", 3.0]]), REGISTERS)
    assert feed is not None and feed.register == "annual_statistics" and feed.fields["pupils"].columns == (3,)


def test_the_title_above_is_passed_over_and_said(district, taken):
    report = taken([["示例区学校年度基本情况"], [], ["填表日期：2018-09-10"], HEAD, GOOD])
    assert codes(report) == ["READ-09"] and report.files[0].accepted == 1
    assert report.files[0].causes[0].first_row == 4


def test_rows_are_numbered_as_the_spreadsheet_shows_them(district, taken):
    report = taken([["title"], HEAD, GOOD, [], [], ["404", *GOOD[1:]], [None] * 5])
    causes = {cause.code: cause for cause in report.files[0].causes}
    assert (causes["STAT-05"].first_row, causes["STAT-05"].last_row) == (6, 6)
    assert (causes["READ-08"].count, causes["READ-08"].first_row, causes["READ-08"].last_row) == (2, 4, 5)
    assert report.files[0].read == 2


def test_leading_blank_rows_and_columns(district, taken):
    report = taken([[], [], [None, None, *HEAD], [None, None, *GOOD], [None, None, "404", *GOOD[1:]]])
    assert report.files[0].accepted == 1
    cause = report.files[0].causes[0]
    assert (cause.first_row, cause.column) == (5, "C 学校代码")


def test_merged_headings_in_two_rows(district, written):
    from jiaoheng.intake.taking_in import take_in

    rows = [
        [None] * 5,
        [None, None, None, "学生数", "专任教师数"],
        GOOD,
    ]
    merged = [(0, 0, 1, 0, "学校代码"), (0, 1, 1, 1, "学年"), (0, 2, 1, 2, "学段"), (0, 3, 0, 4, "人员")]
    report = take_in([written("merged.xlsx", {"a": rows}, merged=merged)])
    assert report.files[0].accepted == 1 and "READ-11" in codes(report)


def test_a_row_of_data_is_never_taken_for_a_heading(db, taken):
    report = taken([["代码", "名称", "类别"], ["1001", "学校", "学校"], ["1002", "学年", "学校"]])
    assert report.files[0].read == 2 and report.files[0].accepted == 2


def test_unknown_columns_do_no_harm(district, taken):
    assert taken([[*HEAD, "备注", "x"], [*GOOD, "很好", 5]]).files[0].accepted == 1
