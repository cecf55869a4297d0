"""Staff, appointments and school groups through the intake: one person one number, sealed, moved only by who covers both schools."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from jiaoheng.access import trail
from jiaoheng.access.account import Account
from jiaoheng.intake.report import IntakeReport
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.appointment import Appointment
from jiaoheng.registers.school_group import GroupMembership, SchoolGroup
from jiaoheng.registers.staff import Staff, staff_with_identity_number
from tests.intake.conftest import codes
from tests.registers.district import identity_number

Taken = Callable[..., IntakeReport]
HEAD = [
    "教师编号", "姓名", "身份证件号", "性别", "出生日期", "学校标识码", "学校名称", "岗位类别", "是否在编", "最高学历",
    "最高学位", "职称", "教师资格证种类", "资格注册到期日期", "任教学段", "任教学科", "骨干教师级别", "五年内培训学时",
    "参加工作日期", "离职日期", "手机号码", "银行卡号",
]  # fmt: skip
BORN = date(1985, 3, 4)
CARD = "6222020000000000000"


def person(number: str = "T1", **said: Any) -> list[object]:
    row: dict[str, object] = {
        "教师编号": number, "姓名": f"教师{number}", "身份证件号": identity_number(BORN), "性别": "男", "出生日期": "1985-03-04",
        "学校标识码": "1001", "岗位类别": "专任教师", "是否在编": "是", "最高学历": "本科", "最高学位": "学士", "职称": "一级教师",
        "教师资格证种类": "小学教师资格", "资格注册到期日期": "2028-06-30", "任教学段": "小学", "任教学科": "数学", "骨干教师级别": "无",
        "五年内培训学时": 288, "参加工作日期": "2008-08-01", "手机号码": "13800000000",
    }  # fmt: skip
    row |= said
    return [row.get(heading) for heading in HEAD]


@pytest.fixture
def officer(district: Organisation) -> Account:
    return Account.objects.create(username="officer", role="officer", organisation=district)


def clerk(code: str) -> Account:
    return Account.objects.create(username=f"clerk-{code}", role="clerk", organisation=Organisation.objects.get(code=code))


class TestStaff:
    def test_a_person_is_stored_sealed_with_history_and_trail(self, officer: Account, taken: Taken) -> None:
        identity = identity_number(BORN)
        report = taken([HEAD, person(身份证件号=identity, 骨干教师级别="县级骨干教师", 银行卡号=CARD)], account=officer)
        assert (report.files[0].register, report.files[0].new, codes(report, "reject"), codes(report, "warn")) == ("staff", 1, [], [])
        kept = staff_with_identity_number(identity).get()
        assert (kept.title, kept.backbone, kept.stages, kept.on_establishment, kept.training_hours) == (
            "first",
            "county",
            "primary",
            True,
            288,
        )
        assert (kept.employer.code, kept.employed_on) == ("1001", date(2008, 8, 1))
        assert kept.phone is not None and kept.phone.clear == "13800000000"
        assert kept.bank_card is not None and kept.bank_card.clear == CARD
        assert trail.verify() == []
        assert identity not in str(list(trail.TrailLine.objects.values_list("after", flat=True)))
        assert Staff.history.count() == 1

    def test_again_nothing_changes_and_what_differs_is_said(self, officer: Account, taken: Taken) -> None:
        identity = identity_number(BORN)
        first = person(身份证件号=identity, 骨干教师级别="校级", 银行卡号=CARD)
        taken([HEAD, first, person("T2")], account=officer)
        again = taken([HEAD, first], account=officer).files[0]
        assert (again.unchanged, again.new, again.changed) == (1, 0, 0)
        assert [one["record"] for one in again.left_out] == ["T2"]
        changed = taken(
            [HEAD, person(身份证件号=identity, 职称="高级教师", 骨干教师级别="无", 手机号码="13900000000")], account=officer
        ).files[0]
        assert changed.fields == {"title": 1, "backbone": 1, "phone": 1}
        shown = {cell.field: (cell.row, cell.before, cell.after) for cell in changed.altered}
        assert shown == {"title": (2, "first", "senior"), "backbone": (2, "school", ""), "phone": (2, "138****0000", "139****0000")}
        kept = Staff.objects.get(staff_number="T1")
        assert (kept.title, kept.backbone) == ("senior", "")
        assert kept.bank_card is not None  # a blank cell overwrites nothing

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ({"身份证件号": "999901198503041235"}, "STF-22"),
            ({"出生日期": "1985-03-05"}, "STF-30"),
            ({"性别": "女"}, "STF-31"),
            ({"身份证件号": 9.99901e17}, "STF-20"),
            ({"岗位类别": "校长"}, "STF-04"),
            ({"离职日期": "2001-01-01"}, "STF-41"),
            ({"教师资格证种类": "无"}, "STF-67"),
            ({"学校标识码": "7"}, "STF-05"),
            ({"银行卡号": "62220"}, "STF-28"),
        ],
    )
    def test_what_cannot_be_goes_back(self, said: dict[str, object], code: str, officer: Account, taken: Taken) -> None:
        report = taken([HEAD, person(**said)], account=officer)
        assert code in codes(report, "reject")
        assert not Staff.objects.exists()

    def test_doubts_are_said_and_stored(self, officer: Account, taken: Taken) -> None:
        rows = [
            person("T1", 教师资格证种类="无", 资格注册到期日期=None),
            person("T2", 任教学段=None),
            person("T3", 银行卡号="6222020000000000001"),
        ]
        assert sorted(codes(taken([HEAD, *rows], account=officer), "warn")) == ["STF-29", "STF-68", "STF-69"]
        assert Staff.objects.count() == 3

    def test_one_person_has_one_number(self, officer: Account, taken: Taken) -> None:
        identity = identity_number(BORN)
        assert codes(taken([HEAD, person("T1", 身份证件号=identity), person("T2", 身份证件号=identity)], account=officer)) == ["STF-61"]
        taken([HEAD, person("T1", 身份证件号=identity)], account=officer)
        assert codes(taken([HEAD, person("T9", 身份证件号=identity)], account=officer)) == ["STF-62"]
        assert codes(taken([HEAD, person("T1")], account=officer)) == ["STF-70"]  # another identity number is not taken from a row

    def test_one_card_for_two_is_said_within_the_file_and_against_the_register(self, officer: Account, taken: Taken) -> None:
        report = taken([HEAD, person("T1", 银行卡号=CARD), person("T2", 银行卡号=CARD)], account=officer)
        assert codes(report, "warn") == ["STF-63"]
        assert CARD not in report.files[0].causes[0].en
        assert codes(taken([HEAD, person("T3", 银行卡号=CARD)], account=officer), "warn") == ["STF-63"]

    def test_nobody_is_fetched_from_a_school_outside_the_scope(self, officer: Account, taken: Taken) -> None:
        identity = identity_number(BORN)
        taken([HEAD, person(身份证件号=identity)], account=officer)
        moved = person(身份证件号=identity, 学校标识码="1002")
        assert codes(taken([HEAD, moved], account=clerk("1002"))) == ["STF-66"]
        assert taken([HEAD, moved], account=officer).files[0].fields == {"organisation": 1}
        assert Staff.objects.get().employer.code == "1002"

    def test_a_pupils_workbook_is_no_staff(self, officer: Account, taken: Taken) -> None:
        headings = ["全国学籍号", "姓名", "性别", "出生日期", "学校标识码", "学年", "年级"]
        report = taken([headings, ["", "甲", "男", "", "1001", "2025", "1"]], account=officer, register="staff")
        assert report.files[0].refused


class TestAppointments:
    HEAD = ("教师编号", "姓名", "学校标识码", "任职类型", "开始日期", "结束日期")

    @pytest.fixture
    def known(self, officer: Account, taken: Taken) -> Account:
        taken([HEAD, person("T1"), person("T2")], account=officer)
        return officer

    def test_a_new_post_ends_the_one_before_and_a_rotation_does_not(self, known: Account, taken: Taken) -> None:
        taken([self.HEAD, ["T1", "教师T1", "1001", "任职", "2008-08-01", None]], account=known)
        report = taken(
            [self.HEAD, ["T1", "", "1002", "任职", "2018-09-01", None], ["T1", "", "1003", "交流轮岗", "2018-09-01", None]], account=known
        )
        assert (report.files[0].new, report.files[0].causes) == (2, [])
        rows = Appointment.objects.order_by("since", "kind").values_list("kind", "school__code", "until")
        assert list(rows) == [("post", "1001", date(2018, 9, 1)), ("post", "1002", None), ("rotation", "1003", None)]
        assert trail.verify() == []

    def test_an_end_told_later_ends_it(self, known: Account, taken: Taken) -> None:
        taken([self.HEAD, ["T1", "", "1001", "任职", "2008-08-01", None]], account=known)
        taken([self.HEAD, ["T1", "", "1001", "任职", "2008-08-01", "2017-07-10"]], account=known)
        assert Appointment.objects.get().until == date(2017, 7, 10)

    def test_who_is_unknown_misnamed_or_in_two_places_goes_back(self, known: Account, taken: Taken) -> None:
        rows = [["T7", "", "1001", "任职", "2018-09-01", None], ["T2", "别人", "1001", "任职", "2018-09-01", None],
                ["T1", "", "1002", "交流轮岗", "2018-09-01", "2019-07-01"], ["T1", "", "1003", "支教", "2019-01-01", None]]  # fmt: skip
        assert sorted(codes(taken([self.HEAD, *rows], account=known))) == ["APP-60", "APP-64", "APP-65"]
        assert not Appointment.objects.exists()

    def test_a_clerk_ends_no_post_of_another_school(self, known: Account, taken: Taken) -> None:
        taken([self.HEAD, ["T1", "", "1001", "任职", "2008-08-01", None]], account=known)
        report = taken([self.HEAD, ["T1", "", "1002", "任职", "2018-09-01", None]], account=clerk("1002"))
        assert codes(report) == ["APP-66"]
        assert Appointment.objects.get().until is None


class TestSchoolGroups:
    HEAD = ("共同体名称", "共同体类型", "学校标识码", "成员角色", "开始日期", "结束日期")

    def test_a_group_is_made_with_its_members(self, officer: Account, taken: Taken) -> None:
        rows = [
            ["晨曦教育集团", "教育集团", "1001", "牵头学校", "2016-09-01", None],
            ["晨曦教育集团", "教育集团", "1002", "成员学校", "2017-09-01", None],
        ]
        report = taken([self.HEAD, *rows], account=officer)
        assert (report.files[0].register, report.files[0].new) == ("school_groups", 2)
        group = SchoolGroup.objects.get()
        assert (group.organisation, group.kind, group.since) == (officer.organisation, "group", date(2016, 9, 1))
        assert set(GroupMembership.objects.values_list("school__code", "role")) == {("1001", "lead"), ("1002", "member")}
        assert taken([self.HEAD, *rows], account=officer).files[0].unchanged == 2
        taken([self.HEAD, [*rows[1][:5], "2018-01-01"]], account=officer)
        assert GroupMembership.objects.get(school__code="1002").until == date(2018, 1, 1)

    def test_a_group_has_one_lead(self, officer: Account, taken: Taken) -> None:
        rows = [["晨曦", "联盟", "1001", "牵头学校", "2016-09-01", None], ["晨曦", "联盟", "1002", "牵头学校", "2016-09-01", None]]
        assert codes(taken([self.HEAD, *rows], account=officer)) == ["GRP-82"]
        taken([self.HEAD, rows[0]], account=officer)
        assert codes(taken([self.HEAD, rows[1]], account=officer)) == ["GRP-82"]

    def test_who_runs_it_may_be_named_within_the_scope(self, officer: Account, taken: Taken) -> None:
        head = (*self.HEAD, "主管单位代码")
        assert codes(taken([head, ["晨曦", "联盟", "1001", "成员学校", "2016-09-01", None, "9"]], account=officer)) == ["GRP-83"]
        taken([head, ["晨曦", "联盟", "1001", "成员学校", "2016-09-01", None, "1003"]], account=officer)
        assert SchoolGroup.objects.get().organisation.code == "1003"
