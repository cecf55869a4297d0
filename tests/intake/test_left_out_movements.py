"""Children whom a new roll leaves out: a workbook of movements with their rows, which the intake takes once the kind is filled in."""

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused
from jiaoheng.intake.left_out_movements import movements_of_left_out, pupils_left_out
from jiaoheng.intake.taking_in import take_in
from jiaoheng.registers.approval import Request
from jiaoheng.registers.enrolment import Enrolment
from tests.intake.test_pupils import child, clerk, identity, officer, pupils, student

__all__ = ["clerk", "officer", "pupils"]


@pytest.fixture
def left(pupils) -> list[int]:
    """The roll names the first of three children only; the third has no student number."""
    pupils(child(1), child(2), child(3, 全国学籍号=None))
    return pupils_left_out(pupils(child(1, 班号="1")).files[0].left_out)


def test_their_rows_are_filled_in_and_what_became_of_them_is_not(left: list[int], clerk: Account, tmp_path: Path) -> None:
    content = movements_of_left_out(left, clerk)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    rows = [dict(zip(headings, [cell.value for cell in row], strict=True)) for row in sheet.iter_rows(min_row=2)]
    assert [(row["姓名"], row["全国学籍号"], row["身份证件号"]) for row in rows] == [
        ("苏小2", student(2), None), ("苏小3", None, identity(3)),
    ]  # fmt: skip
    assert {(row["变动类别"], row["变动日期"], row["学校代码"], row["现年级班级（供核对）"]) for row in rows} == {
        (None, None, "1001", "一年级 1")
    }
    assert trail.TrailLine.objects.filter(action="opened").count() == 1, "an identity number that is shown is recorded"
    for row in (2, 3):
        sheet.cell(row, headings.index("变动类别") + 1).value = "转往外地"
        sheet.cell(row, headings.index("变动日期") + 1).value = date(2024, 10, 8)
    path = tmp_path / "filled.xlsx"
    sheet.parent.save(path)
    report = take_in([path], account=clerk)
    assert (report.files[0].register, report.files[0].rejected, report.files[0].asked) == ("enrolments", 0, 2)
    assert Request.objects.filter(exit_kind="departure").count() == 2


def test_only_children_of_the_own_schools_come(left: list[int], clerk: Account) -> None:
    clerk.organisation = type(clerk.organisation).objects.get(code="1002")
    with pytest.raises(Refused):
        movements_of_left_out(left, clerk)
    assert Enrolment.objects.filter(left_on=None).count() == 3
