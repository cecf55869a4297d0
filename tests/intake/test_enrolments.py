"""Movements through the intake: who enters is not who approves; what is shown already changes nothing."""

from datetime import date

import pytest

from jiaoheng.access import trail
from jiaoheng.access.account import Account
from jiaoheng.registers.approval import Request, approve
from jiaoheng.registers.enrolment import Enrolment
from tests.intake.conftest import codes
from tests.intake.test_pupils import child, clerk, officer, pupils, student  # noqa: F401

HEAD = ["学籍号", "学校标识码", "年级", "班级", "异动类别", "异动日期", "对方学校", "原因"]
LEAVES = [student(1), "1001", None, None, "转往外地", "2025-03-03", "邻市一小", "随父母迁居"]


@pytest.fixture
def moved(pupils, taken, clerk):  # noqa: F811
    pupils(child(1), child(2))

    def take(*rows: list[object], account: Account = clerk, **options: object):
        return taken([HEAD, *rows], account=account, **options)

    return take


def test_an_exit_waits_for_another_account(moved, officer):  # noqa: F811
    report = moved(LEAVES)
    assert (report.files[0].register, codes(report), report.files[0].asked) == ("enrolments", ["ENR-49"], 1)
    assert Enrolment.objects.filter(left_on__isnull=True).count() == 2
    approve(Request.objects.get(), by=officer)
    stay = Enrolment.objects.get(left_on__isnull=False)
    assert (stay.left_on, stay.exit_kind) == (date(2025, 3, 3), "departure")
    assert moved(LEAVES).changed_nothing and trail.verify() == []


def test_what_is_asked_already_is_not_asked_again(moved):
    moved(LEAVES)
    report = moved(LEAVES)
    assert codes(report) == ["ENR-53"] and report.files[0].unchanged == 1 and Request.objects.count() == 1


def test_a_file_that_another_account_has_approved_is_done_at_once(moved, officer):  # noqa: F811
    report = moved(LEAVES, approved_by=officer)
    assert codes(report) == [] and Enrolment.objects.get(left_on__isnull=False).exit_kind == "departure"
    assert trail.TrailLine.objects.get(action="changed").approved_by == "officer"


def test_who_enters_cannot_approve_the_own_file(moved, clerk):  # noqa: F811
    with pytest.raises(Exception, match="Who enters does not approve"):
        moved(LEAVES, approved_by=clerk)


def test_a_transfer_is_asked_for_by_the_receiving_school(moved, officer):  # noqa: F811
    row = [student(1), "1002", "一年级", "1", "转入", "2025-03-03", None, None]
    report = moved(row, account=officer)
    assert codes(report) == ["ENR-49"] and Request.objects.get().kind == "transfer"
    row = [student(2), "1001", None, None, "转出", "2025-03-03", "春晖小学", None]
    assert codes(moved(row, account=officer)) == ["ENR-49"] and Request.objects.count() == 2


def test_a_suspended_child_returns(moved, officer):  # noqa: F811
    moved([*LEAVES[:4], "休学", "2025-03-03", None, None], approved_by=officer)
    back = [student(1), "1001", "一年级", "1", "复学", "2025-09-01", None, None]
    assert codes(moved(back)) == [] and Enrolment.objects.get(entry_kind="return").school_year == "2025-2026"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ([student(9), *LEAVES[1:]], "ENR-46"),
        ([*LEAVES[:4], "转入", *LEAVES[5:]], "ENR-55"),
        ([*LEAVES[:4], "转出", *LEAVES[5:]], "ENR-54"),
        ([*LEAVES[:2], "一年级", None, "招生", "2025-03-03", None, None], "ENR-50"),
        ([*LEAVES[:5], "2024-08-01", None, None], "ENR-51"),
        ([*LEAVES[:5], "2026-03-01", None, None], "ENR-42"),
        ([*LEAVES[:4], "调班", "2025-03-03", None, None], "ENR-48"),
        ([*LEAVES[:4], "飞升", "2025-03-03", None, None], "ENR-04"),
        ([LEAVES[0], "1002", *LEAVES[2:]], "ENR-08"),
    ],
)
def test_a_faulty_movement_comes_back(moved, row, code):
    report = moved(row)
    assert code in codes(report, "reject") and not Request.objects.exists()
