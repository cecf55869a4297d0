"""The registers on the site: lists, masks, one opening, admission to exit, approvals, two people at one row, a year's turn."""

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from jiaoheng.access.account import Account
from jiaoheng.access.trail import TrailLine
from jiaoheng.registers.approval import Request
from jiaoheng.registers.catchment import CatchmentArea
from jiaoheng.registers.duplicate import Merge
from jiaoheng.registers.enrolment import Enrolment, active, enrol
from jiaoheng.registers.funds import Funds
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import note_condition
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.staff import Staff
from tests.registers.district import AUTUMN, District, identity_number
from tests.registers.test_catchment import collection, feature, square
from tests.registers.test_scope import fill
from tests.web.conftest import entered

DAY = "2025-10-08"


@pytest.fixture
def clerk(registers: District) -> Client:
    return entered(registers.sunny_clerk)


@pytest.fixture
def officer(registers: District) -> Client:
    return entered(registers.officer)


def page(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200, (name, response.status_code)
    return response.content.decode()


def in_class(d: District, name: str, number: str = "1", **said: Any) -> Enrolment:
    """A pupil of grade 1, in a class that is made where it is not there."""
    group = SchoolClass.objects.filter(school=d.sunny, name=number).first()
    group = group or SchoolClass(school=d.sunny, school_year="2025-2026", grade="1", name=number).store(change=d.by())
    child = d.pupil(name, keeper=d.sunny, **said)
    return enrol(child, d.sunny, grade="1", on=AUTUMN, school_class=group, change=d.by())


# Lists and exports


def test_pupils_are_found_by_school_grade_class_sex_condition_name_and_day(registers: District, officer: Client) -> None:
    stay = in_class(registers, "张小禾")
    in_class(registers, "李小麦", "2", sex="2", identity_number=None)
    registers.enrolled("王小谷", school=registers.river)
    note_condition(stay.pupil, "boarder", since=AUTUMN, change=registers.by())
    found = {
        frozenset(query.items()): {name for name in ("张小禾", "李小麦", "王小谷") if name in page(officer, "pupils", on=DAY, **query)}
        for query in (
            {"school": "1002"}, {"grade": "1"}, {"school_class": "2"}, {"sex": "2"}, {"condition": "boarder"}, {"q": "小谷"},
            {"books": "no"},
        )
    }  # fmt: skip
    assert list(found.values()) == [
        {"张小禾", "李小麦"}, {"张小禾", "李小麦", "王小谷"}, {"李小麦"}, {"李小麦"}, {"张小禾"}, {"王小谷"}, set(),
    ]  # fmt: skip
    assert "张小禾" in page(officer, "pupils", on="2025-08-31", books="no")


def test_a_sensitive_condition_is_no_filter(registers: District, officer: Client) -> None:
    text = page(officer, "pupils")
    assert "寄宿生" in text
    assert "残疾儿童" not in text
    stay = in_class(registers, "张小禾")
    note_condition(stay.pupil, "disability", since=AUTUMN, change=registers.by())
    assert "张小禾" in page(officer, "pupils", on=DAY, condition="disability"), "asked for in the address it narrows nothing"


def test_exports_hold_every_row_masked(registers: District, officer: Client) -> None:
    numbers = [stay.pupil.identity_number for stay in (in_class(registers, f"张{n}") for n in "甲乙丙")]
    assert all(numbers)
    for form in ("csv", "xlsx"):
        content = officer.get(reverse("pupils-export", args=[form])).content
        rows = (
            content.decode("utf-8-sig").splitlines()
            if form == "csv"
            else CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        )
        text = str(rows)
        assert len(rows) == 4
        assert all(str(number) in text and number is not None and number.clear not in text for number in numbers)
    assert officer.get(reverse("pupils-export", args=["pdf"])).status_code == 404


def test_every_list_has_both_exports_with_the_columns_of_its_table(registers: District, officer: Client) -> None:
    fill(registers)
    lists = [
        "pupils",
        "staff",
        "classes",
        "establishment",
        "funds",
        "groups",
        "licences",
        "inspections",
        "population",
        "discrepancies",
        "requests",
        "campuses",
    ]
    for name in [*lists, "catchments"]:
        address = reverse(f"{name}-export", args=["csv"])
        assert f'href="{address}?' in page(officer, name)
        lines = officer.get(f"{address}?on={DAY}").content.decode("utf-8-sig").splitlines()
        assert lines, name
        assert len(lines) > 1 or name in ("discrepancies", "establishment"), name
        assert officer.get(reverse(f"{name}-export", args=["xlsx"])).status_code == 200, name


def test_a_pupil_is_found_by_a_whole_number_that_never_stands_in_an_address(registers: District, clerk: Client) -> None:
    stay = in_class(registers, "张小禾", student_number="L999901201703041234")
    number = stay.pupil.identity_number
    assert number is not None
    for asked in (number.clear, number.clear.lower(), "L999901201703041234"):
        response = clerk.post(reverse("find-pupil"), {"number": asked})
        assert response["Location"] == reverse("pupil", args=[stay.pupil_id])
    response = clerk.post(reverse("find-pupil"), {"number": number.clear[:-1]}, follow=True)
    assert "没有学生" in response.content.decode()
    assert clerk.get(reverse("find-pupil")).status_code == 405


# One pupil


def test_a_pupils_page_tells_places_conditions_and_changes_with_masks(registers: District, clerk: Client) -> None:
    stay = in_class(registers, "张小禾", guardian_phone="13812345678")
    child = stay.pupil
    note_condition(child, "poverty", since=AUTUMN, detail="minimum_living", change=registers.by())
    child.guardian_phone = "13912345678"
    child.store(change=registers.by(registers.sunny_clerk))
    text = page(clerk, "pupil", child.pk)
    for shown in ("一年级 1 班", "138****5678", "139****5678", "招生", "clerk-1002", "Autumn registration"):
        assert shown in text, shown
    for hidden in ("13812345678", "13912345678", "低保", "minimum_living", "poverty"):
        assert hidden not in text, hidden


def test_a_sealed_value_is_shown_once_for_a_reason_that_the_trail_keeps(registers: District, clerk: Client) -> None:
    stay = in_class(registers, "张小禾", guardian_phone="13812345678")
    address = reverse("open", args=["pupil", stay.pupil_id, "guardian_phone"])
    assert "13812345678" not in clerk.get(address).content.decode()
    assert clerk.post(address, {"reason": "a"}).status_code == 400
    assert not TrailLine.objects.filter(action="opened").exists()
    response = clerk.post(address, {"reason": "联系家长"})
    assert "13812345678" in response.content.decode()
    assert response["Cache-Control"] == "no-store"
    line = TrailLine.objects.get(action="opened")
    assert (line.by, line.reason, line.after) == ("clerk-1002", "联系家长", '{"field":"guardian_phone"}')
    part = clerk.post(address, {"reason": "再次联系"}, headers={"HX-Request": "true"}).content.decode()
    assert "13812345678" in part
    assert "<html" not in part
    assert clerk.get(reverse("open", args=["pupil", stay.pupil_id, "name"])).status_code == 404
    assert "13812345678" not in page(clerk, "pupil", stay.pupil_id)


def test_a_sealed_condition_opens_in_words(registers: District, clerk: Client) -> None:
    row = note_condition(in_class(registers, "张小禾").pupil, "poverty", since=AUTUMN, detail="minimum_living", change=registers.by())
    for field, words in (("kind", "家庭经济困难"), ("detail", "最低生活保障")):
        assert words in clerk.post(reverse("open", args=["condition", row.pk, field]), {"reason": "核对资助"}).content.decode()


@pytest.mark.parametrize("role", ["leader", "inspector", "administrator"])
def test_other_roles_open_nothing(registers: District, account: Callable[..., Account], role: str) -> None:
    stay = in_class(registers, "张小禾", guardian_phone="13812345678")
    client = entered(account(role, "320999"))
    for method in (client.get, client.post):
        response = method(reverse("open", args=["pupil", stay.pupil_id, "guardian_phone"]), {"reason": "想看看它"})
        assert response.status_code in (403, 404)
        assert "13812345678" not in response.content.decode()


# From admission to exit


ADMITTED = {
    "name": "赵小苗", "sex": "1", "birth_date": "2018-10-01", "identity_kind": "resident", "grade": "1", "class_name": "1",
    "on": "2025-09-01", "kind": "admission", "reason": "秋季招生",
}  # fmt: skip


def test_a_clerk_admits_a_pupil_and_is_told_every_fault_in_words(registers: District, clerk: Client) -> None:
    SchoolClass(school=registers.sunny, school_year="2025-2026", grade="1", name="1").store(change=registers.by())
    said = {**ADMITTED, "school": registers.sunny.pk, "identity_number": identity_number(date(2018, 10, 1))}
    wrong = clerk.post(reverse("admit"), {**said, "identity_number": identity_number(date(2017, 3, 4))})
    assert wrong.status_code == 400
    missing = clerk.post(reverse("admit"), {**said, "class_name": "9"})
    assert "已有班级：1" in missing.content.decode()
    assert not Pupil.objects.exists(), "nothing half-stored"
    response = clerk.post(reverse("admit"), said)
    child = Pupil.objects.get()
    assert response["Location"] == reverse("pupil", args=[child.pk])
    stay = active(child)
    assert stay is not None and stay.school_class is not None
    assert (stay.school, stay.school_class.name, child.keeper) == (registers.sunny, "1", registers.sunny)
    again = clerk.post(reverse("admit"), said)
    assert again.status_code == 400
    assert Pupil.objects.count() == 1


def test_an_exit_is_asked_for_and_done_by_another_account(registers: District, clerk: Client, officer: Client) -> None:
    stay = in_class(registers, "张小禾")
    clerk.post(reverse("ask-exit", args=[stay.pupil_id]), {"kind": "departure", "on": "2025-11-03", "reason": "迁往外地"})
    asked = Request.objects.get()
    assert "转往外地" in page(officer, "request", asked.pk)
    assert active(stay.pupil) is not None
    clerk.post(reverse("decide", args=[asked.pk]), {"deed": "approve"})
    assert active(stay.pupil) is not None, "who asks does not approve"
    officer.post(reverse("decide", args=[asked.pk]), {"deed": "refuse"})
    asked.refresh_from_db()
    assert asked.state == "pending", "a refusal needs words"
    officer.post(reverse("decide", args=[asked.pk]), {"deed": "approve", "answer": "材料齐全"})
    asked.refresh_from_db()
    assert (asked.state, asked.answer, active(stay.pupil)) == ("approved", "材料齐全", None)
    assert officer.post(reverse("decide", args=[asked.pk]), {"deed": "dance"}).status_code == 404


def test_a_transfer_needs_name_and_number_and_tells_nothing_of_the_other_school(registers: District, officer: Client) -> None:
    river = entered(registers.river_clerk)
    stay = in_class(registers, "张小禾")
    number = stay.pupil.identity_number
    assert number is not None
    said = {"name": "张小禾", "number": number.clear, "school": registers.river.pk, "on": "2025-11-03", "reason": "搬家"}
    for wrong in ({"name": "张大禾"}, {"number": identity_number()}, {"number": "x"}):
        refused = river.post(reverse("ask-transfer"), {**said, **wrong})
        assert "没有姓名与号码都相符的学生" in refused.content.decode()
    response = river.post(reverse("ask-transfer"), said, follow=True)
    assert "晨光1002小学" not in page(river, "requests").replace("晨光1001小学", "")
    assert response.status_code == 200
    officer.post(reverse("decide-many"), {"request": [Request.objects.get().pk], "answer": ""})
    moved = active(stay.pupil)
    assert moved is not None
    assert moved.school == registers.river


def test_the_other_schools_place_is_not_shown_to_who_asks(registers: District) -> None:
    river = entered(registers.river_clerk)
    stay = in_class(registers, "张小禾")
    number = stay.pupil.identity_number
    assert number is not None
    said = {"name": "张小禾", "number": number.clear, "school": registers.river.pk, "on": "2025-11-03", "reason": "搬家"}
    text = river.post(reverse("ask-transfer"), said, follow=True).content.decode()
    assert "张小禾" in text
    assert "晨光1002小学" not in text
    assert "一年级 1 班" not in text


def test_an_identity_number_is_corrected_by_approval_with_both_masked(registers: District, clerk: Client, officer: Client) -> None:
    stay = in_class(registers, "张小禾")
    right = identity_number(date(2017, 3, 5))
    clerk.post(reverse("ask-correction", args=[stay.pupil_id]), {"number": right, "reason": "户口簿更正"})
    asked = Request.objects.get()
    text = page(officer, "request", asked.pk)
    assert right not in text
    assert str(asked.identity_number) in text
    officer.post(reverse("decide", args=[asked.pk]), {"deed": "approve"})
    child = Pupil.objects.get(pk=stay.pupil_id)
    assert child.identity_number is not None
    assert (child.identity_number.clear, child.birth_date) == (right, date(2017, 3, 5))


def test_who_asked_takes_back(registers: District, clerk: Client) -> None:
    stay = in_class(registers, "张小禾")
    clerk.post(reverse("ask-exit", args=[stay.pupil_id]), {"kind": "departure", "on": "2025-11-03", "reason": "迁往外地"})
    clerk.post(reverse("decide", args=[Request.objects.get().pk]), {"deed": "take_back", "answer": "家长改主意"})
    assert Request.objects.get().state == "taken_back"


def test_several_requests_are_approved_together_or_none(registers: District, clerk: Client, officer: Client) -> None:
    stays = [in_class(registers, f"张{n}") for n in "甲乙"]
    for stay in stays:
        clerk.post(reverse("ask-exit", args=[stay.pupil_id]), {"kind": "graduation", "on": "2025-11-03", "reason": "毕业"})
    late = Request.objects.get(pupil=stays[1].pupil)
    late.on = date(2025, 8, 1)  # before entering: refused when it is done
    late.store(change=registers.by())
    keys = list(Request.objects.values_list("pk", flat=True))
    response = officer.post(reverse("decide-many"), {"request": keys}, follow=True)
    assert "所选申请均未审批" in response.content.decode()
    assert [active(stay.pupil) is None for stay in stays] == [False, False]
    late.on = date(2025, 11, 3)
    late.store(change=registers.by())
    officer.post(reverse("decide-many"), {"request": keys})
    assert [active(stay.pupil) is None for stay in stays] == [True, True]


def test_a_class_is_changed(registers: District, clerk: Client) -> None:
    stay, other = in_class(registers, "张小禾"), in_class(registers, "李小麦", "2")
    said = {"school_class": other.school_class_id, "on": "2025-11-03", "reason": "调班"}
    clerk.post(reverse("change-class", args=[stay.pupil_id]), said)
    now = active(stay.pupil)
    assert now is not None
    assert (now.school_class_id, now.entry_kind) == (other.school_class_id, "class_change")
    roster = page(clerk, "roster", other.school_class_id, on="2025-11-03")
    assert "张小禾" in roster
    assert "张小禾" not in page(clerk, "roster", other.school_class_id, on="2025-11-02")


# A year's turn


def test_a_grade_goes_on_as_previewed_all_or_none(registers: District, clerk: Client) -> None:
    stays = [in_class(registers, "张小禾"), in_class(registers, "李小麦"), in_class(registers, "王小谷", "2")]
    asked = {"school": str(registers.sunny.pk), "grade": "1", "on": "2026-09-01"}
    preview = page(clerk, "grade-turn", **asked)
    assert all(name in preview for name in ("张小禾", "李小麦", "王小谷", "将新建此班"))
    seen = re.findall(r'name="seen" value="(\d+)"', preview)
    late = in_class(registers, "赵小苗")
    refused = clerk.post(reverse("grade-turn"), {**asked, "seen": seen, "reason": "升级"})
    assert refused.status_code == 400
    assert not Enrolment.objects.filter(grade="2").exists()
    clerk.post(reverse("grade-turn"), {**asked, "seen": [*seen, late.pk], "repeats": [stays[1].pk], "reason": "升级"})
    now = {
        stay.pupil.name: (one.grade, one.school_class.name if one.school_class else "")
        for stay in [*stays, late]
        if (one := active(stay.pupil))
    }
    assert now == {"张小禾": ("2", "1"), "李小麦": ("1", ""), "王小谷": ("2", "2"), "赵小苗": ("2", "1")}
    assert "没有待升级的学生" in page(clerk, "grade-turn", **asked)


def test_the_last_grade_of_a_school_does_not_go_on(registers: District, clerk: Client) -> None:
    text = page(clerk, "grade-turn", school=str(registers.sunny.pk), grade="6", on="2026-09-01")
    assert "没有下一年级" in text


# Editing


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(registers: District, clerk: Client, officer: Client) -> None:
    child = in_class(registers, "张小禾", guardian="张大田", guardian_phone="13812345678").pupil
    address = reverse("edit", args=["pupil", child.pk])
    shown = [re.findall(r'name="version" value="(\d+)"', client.get(address).content.decode())[0] for client in (clerk, officer)]
    said = {"name": "张小禾", "sex": "1", "birth_date": "2017-03-04", "ethnicity": "01", "guardian": "张大田"}
    clerk.post(address, {**said, "guardian": "李春", "version": shown[0], "reason": "更正"})
    response = officer.post(address, {**said, "guardian": "王秋", "version": shown[1], "reason": "更正"})
    assert response.status_code == 400
    assert "监护人" in response.content.decode()
    officer.post(address, {**said, "household_kind": "1", "version": shown[1], "reason": "补录"})
    kept = Pupil.objects.get(pk=child.pk)
    assert kept.guardian_phone is not None
    assert (kept.guardian, kept.household_kind, kept.guardian_phone.clear) == ("李春", "1", "13812345678")


def test_rows_are_added_and_altered_with_a_reason(registers: District, clerk: Client) -> None:
    teacher = {"employer": registers.sunny.pk, "staff_number": "T9", "name": "李明", "sex": "1", "birth_date": "1985-01-01",
               "post": "teacher",
               "identity_kind": "resident", "stages": ["primary"], "on_establishment": "on"}  # fmt: skip
    assert clerk.post(reverse("add", args=["staff"]), teacher).status_code == 400, "no reason"
    clerk.post(reverse("add", args=["staff"]), {**teacher, "reason": "新聘"})
    member = Staff.objects.get()
    assert member.stages == "primary"
    clerk.post(
        reverse("appoint", args=[member.pk]), {"school": registers.sunny.pk, "kind": "post", "since": "2025-09-01", "reason": "聘任"}
    )
    assert "任职" in page(clerk, "staff-member", member.pk)
    group = {"school": registers.sunny.pk, "school_year": "2025-2026", "grade": "1", "name": "1", "kind": "ordinary"}
    clerk.post(reverse("add", args=["class"]), {**group, "reason": "新班"})
    assert SchoolClass.objects.get().name == "1"
    money = {"fiscal_year": 2025, "organisation": registers.sunny.pk, "source": "county", "purpose": "public", "spent_yuan": "1234.56"}
    clerk.post(reverse("add", args=["funds"]), {**money, "reason": "录入"})
    assert str(Funds.objects.get().spent_yuan) == "1234.56"
    assert "1,234.56" in page(clerk, "funds")
    assert clerk.get(reverse("add", args=["pupil"])).status_code == 404
    assert clerk.get(reverse("edit", args=["licence", 1])).status_code == 404


def test_the_trail_is_read_by_auditors_and_officers_of_their_part_of_the_tree(registers: District, clerk: Client) -> None:
    in_class(registers, "张小禾", guardian_phone="13812345678")
    registers.enrolled("王小谷", school=registers.river)
    auditor = entered(registers.auditor)
    text = page(auditor, "trail")
    assert "张小禾" in text
    assert "13812345678" not in text
    assert "138****5678" in text
    assert "没有符合的日志" in page(auditor, "trail", q="没有这个人")
    assert clerk.get(reverse("trail")).status_code == 403
    assert auditor.post(reverse("trail")).status_code in (200, 405)


# Classes, duplicates, trees


def test_large_classes_are_marked_by_the_rulebook(registers: District, officer: Client) -> None:
    for n in range(56):
        in_class(registers, f"张{n:02d}", identity_number=None)
    in_class(registers, "李小麦", "2")
    text = page(officer, "classes", on=DAY)
    assert '<span class="pill bad">大班额</span>' in text
    assert ">56<" in text
    assert "李小麦" not in text
    large = page(officer, "classes", on=DAY, step="large")
    assert large.count('class="pill bad"') == 1
    assert "没有符合的班级" in page(officer, "classes", on=DAY, step="very_large")


def test_a_roster_as_known_earlier_knows_nothing_entered_later(registers: District, clerk: Client) -> None:
    group = in_class(registers, "张小禾").school_class_id
    assert "张小禾" in page(clerk, "roster", group, on=DAY)
    assert "张小禾" not in page(clerk, "roster", group, on=DAY, known="2025-12-01")


def test_duplicates_are_compared_merged_and_undone(registers: District, clerk: Client) -> None:
    kept = in_class(registers, "张小禾").pupil
    twin = registers.pupil("张小禾", identity_number=None)
    address = reverse("compare", args=[kept.pk, twin.pk])
    assert address in page(clerk, "duplicates")
    assert clerk.get(address).status_code == 200
    assert clerk.post(address, {"reason": ""}).status_code == 400
    clerk.post(address, {"reason": "同一户口簿"})
    assert Pupil.objects.get(pk=twin.pk).merged_into_id == kept.pk
    clerk.post(reverse("undo-merge", args=[Merge.objects.get().pk]), {"reason": "看错了"})
    assert Pupil.objects.get(pk=twin.pk).merged_into_id is None


def test_an_officer_hands_in_areas_sees_them_and_stores_them(registers: District, officer: Client, clerk: Client) -> None:
    text = collection(feature(square(118, 31), school="1002"), feature(square(118.05, 31), school="1001"))
    file = io.BytesIO(text.encode())
    file.name = "areas.geojson"
    seen = officer.post(reverse("catchment-upload"), {"file": file, "since": "2025-09-01", "reason": "公告", "deed": "look"})
    assert "重叠" in seen.content.decode()
    assert not CatchmentArea.objects.exists()
    officer.post(reverse("catchment-upload"), {"text": text, "since": "2025-09-01", "reason": "公告", "deed": "store"})
    assert CatchmentArea.objects.count() == 2
    map_page = page(officer, "catchments", on=DAY, point="118.02,31.05")
    assert "<svg" in map_page
    assert "晨光1002小学" in map_page
    assert officer.get(reverse("catchment-file"), {"on": DAY}).json()["features"][0]["geometry"]["type"] == "Polygon"
    assert "晨光1002小学" not in page(entered(registers.river_clerk), "catchments", on=DAY, point="118.02,31.05")
    assert clerk.get(reverse("catchment-upload")).status_code == 403


def test_a_school_is_renamed_governed_and_merged_on_its_page_of_history(registers: District, officer: Client, clerk: Client) -> None:
    code = registers.sunny.code
    officer.post(reverse("rename-school", args=[code]), {"name_zh": "阳光小学", "on": "2025-09-01", "reason": "批复"})
    officer.post(reverse("edit-school", args=[code]), {"governed_by": registers.bureau.pk, "school_type": "primary", "reason": "补录"})
    officer.post(
        reverse("follow-school", args=["1001"]), {"kind": "merger", "after": [registers.sunny.pk], "on": "2025-09-01", "reason": "撤并"}
    )
    text = page(officer, "school-history", code)
    for shown in ("晨光1002小学", "阳光小学", "晨光1001小学", "合并", "主管单位：示例区"):
        assert shown in text, shown
    assert "本局所属学校" in page(officer, "campuses")
    assert clerk.post(reverse("rename-school", args=[code]), {"name_zh": "别名", "on": "2026-09-01", "reason": "r"}).status_code == 403
