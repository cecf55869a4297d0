"""Statistics and registers taken in as workbooks, then compared: pupils, classes and teachers, with the rows behind."""

from collections.abc import Callable
from datetime import date

import pytest

from jiaoheng.access.account import Account
from jiaoheng.intake.report import IntakeReport
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.discrepancy import discrepancies, rows_behind
from tests.registers.district import identity_number

Taken = Callable[..., IntakeReport]
DAY = date(2025, 9, 1)
BORN = date(2018, 12, 4)


@pytest.fixture
def filled(district: Organisation, taken: Taken) -> Organisation:
    """晨光小学: one class, two pupils, two teachers, one of them of a post elsewhere; the statistics say 3 pupils, 1 class, 2 teachers."""
    officer = Account.objects.create(username="officer", role="officer", organisation=district)
    school = ["1001", "晨光小学"]
    head = ["学校标识码", "学校名称"]
    staff = ["教师编号", "姓名", "性别", "出生日期", *head, "岗位类别", "教师资格证种类", "任教学段"]
    rows = [[number, "教师", "男", "1985-03-04", *school, "专任教师", "小学教师资格", "小学"] for number in ("T1", "T2")]
    posts = [["教师编号", *head, "任职类型", "开始日期"], ["T2", "1002", "春晖小学", "任职", "2020-09-01"]]
    classes = [[*head, "学年", "年级", "班级"], [*school, "2025-2026", "一年级", "1"]]
    pupils = ["姓名", "身份证件号", "性别", "出生日期", *head, "学年", "年级", "班级", "入学日期"]
    children = [
        [name, identity_number(BORN), "男", str(BORN), *school, "2025-2026", "一年级", "1", "2025-09-01"] for name in ("甲", "乙")
    ]  # fmt: skip
    statistics = [[*head, "学年", "学段", "学生数", "班级数", "专任教师数"], [*school, "2025-2026", "小学", 3, 1, 2]]
    for number, sheet in enumerate(([staff, *rows], posts, classes, [pupils, *children], statistics)):
        report = taken(sheet, name=f"{number}.xlsx", account=officer)
        assert report.exit_status == 0, report.as_dict()
    return district


def test_what_was_declared_is_compared_with_what_came_in(filled: Organisation) -> None:
    found = discrepancies(filled, on=DAY)
    assert [(one.school.code, one.figure, one.declared, one.held) for one in found] == [
        ("1001", "pupils", 3, 2),
        ("1001", "teachers", 2, 1),
    ]
    assert sorted(stay.pupil.name for stay in rows_behind(found[0])) == ["乙", "甲"]
    assert [one.staff_number for one in rows_behind(found[1])] == ["T1"]
