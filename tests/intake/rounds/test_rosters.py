"""A round that asks of persons and classes: a row each, what is held locked and masked, new rows below, and what became of who left."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change
from jiaoheng.intake.rounds.acceptance import accept, approve, reopen_part
from jiaoheng.intake.rounds.handing_in import RoundReturn, check_return, hand_in
from jiaoheng.intake.rounds.making import Choice, choosable, open_round, preview
from jiaoheng.intake.rounds.prefilled import RoundIssue, issue
from jiaoheng.intake.rounds.round import PartState, Round, RoundPart
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.appointment import Appointment
from jiaoheng.registers.enrolment import Enrolment, enrol
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition, conditions_on, note_condition
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.staff import Staff
from tests.intake.rounds.conftest import YEAR, Bureau, part_of, wanted
from tests.intake.test_pupils import identity, student

PUPILS = {"pupils": ["guardian", "guardian_phone", "poverty", "boarder"]}
STAFF = {"staff": ["roster", "phone"], "appointments": ["roster"], "classes": ["head_teacher"]}
BORN = date(2010, 3, 4)
AUTUMN = date(2018, 9, 1)
NUMBERS = [identity(one, "20100304") for one in (1, 2, 3)]


@pytest.fixture
def people(bureau: Bureau) -> list[Pupil]:
    """Two pupils of 晨光小学, the first one with a phone and a poor family; a class; two members of staff, one with a post."""
    change = Change(bureau.officer, "Start")
    school = Organisation.objects.get(code="1001")
    room = SchoolClass(school=school, school_year=YEAR, grade="3", name="1").store(change=change)
    made = []
    for place, name in enumerate(("苏小禾", "林小满")):
        said: dict[str, Any] = {"guardian": "苏远", "guardian_phone": "13800000000"} if not place else {}
        said |= {"student_number": student(place + 1, "20100304"), "identity_number": NUMBERS[place], "ethnicity": "01"}
        pupil = Pupil(name=name, sex="2", birth_date=BORN, keeper=school, **said).store(change=change)
        enrol(pupil, school, grade="3", on=AUTUMN, school_class=room, change=change)
        made.append(pupil)
    note_condition(made[0], "poverty", since=AUTUMN, detail="low_income", change=change)
    for place, name in enumerate(("周明", "吴清")):
        one = Staff(staff_number=f"T{place}", name=name, sex="1", birth_date=date(1980, 1, 2), employer=school, post="teacher")
        one.store(change=change)
        if not place:
            Appointment(staff=one, school=school, kind="post", since=date(2010, 8, 1)).store(change=change)
    return made


def opened(bureau: Bureau, asks: dict[str, list[str]]) -> RoundPart:
    return part_of(open_round(wanted(asks=asks, choice=Choice(picked=("1001",))), bureau.officer))


def filled(part: RoundPart, bureau: Bureau, tmp_path: Path, edit: Callable[[Any], None]) -> Path:
    path = tmp_path / "back.xlsx"
    path.write_bytes(issue(part, bureau.clerk))
    book = openpyxl.load_workbook(path)
    edit(book)
    book.save(path)
    return path


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    """The cells below the headings, by heading."""
    headings = [cell.value for cell in sheet[4]]
    return [dict(zip(headings, row, strict=True)) for row in sheet.iter_rows(min_row=5)]


def put(sheet: Any, row: int, **said: Any) -> None:
    headings = {cell.value: cell.column for cell in sheet[4]}
    for heading, value in said.items():
        cell = sheet.cell(row, headings[heading])
        assert not cell.protection.locked, heading
        cell.value = value


def through(part: RoundPart, path: Path, bureau: Bureau) -> RoundPart:
    returned = check_return(part, path, bureau.clerk)
    assert not returned.faulty, (returned.alterations, returned.causes)
    return accept(approve(hand_in(returned, bureau.clerk), bureau.head), bureau.officer)


def test_a_row_a_pupil_with_what_is_held_locked_and_masked(people: list[Pupil], bureau: Bureau, tmp_path: Path) -> None:
    seen = preview(wanted(asks=PUPILS, choice=Choice(picked=("1001",))), bureau.officer)
    assert (seen.count.asked, seen.count.held) == (5, 3), "guardian, phone and poverty of the first are held; boarder of neither"
    part = opened(bureau, PUPILS)
    sheet = openpyxl.load_workbook(filled(part, bureau, tmp_path, lambda book: None))["学生"]
    first, second = sorted(rows_of(sheet)[:2], key=lambda row: row["姓名"].value != "苏小禾")
    assert (first["监护人电话"].value, first["监护人电话"].protection.locked) == ("138****0000", True)
    assert first["身份证件号"].value == NUMBERS[0][:6] + "********" + NUMBERS[0][-4:]
    assert (first["家庭经济困难类别"].value, first["家庭经济困难类别"].protection.locked) == ("******", True)
    assert (second["监护人电话"].value, second["监护人电话"].protection.locked) == (None, False)
    assert [first[one].protection.locked for one in ("姓名", "班级", "是否寄宿生", "变动类别")] == [True, True, False, False]
    assert sheet.protection.sheet and sheet.column_dimensions["A"].hidden
    assert not rows_of(sheet)[5]["姓名"].protection.locked, "there is room for pupils that are not held"
    kept = str(RoundIssue.objects.get().layout)
    assert NUMBERS[0] not in kept and "13800000000" not in kept, "what is kept of the workbook is masked too"


def test_answers_new_rows_and_leavers_go_through_the_intake(people: list[Pupil], bureau: Bureau, tmp_path: Path) -> None:
    part = opened(bureau, PUPILS)

    def edit(book: Any) -> None:
        sheet = book["学生"]
        for number, row in enumerate(rows_of(sheet)[:2], start=5):
            if row["姓名"].value == "林小满":
                put(sheet, number, 监护人姓名="林远", 监护人电话="13900000000", 家庭经济困难类别="无", 是否寄宿生="是")
            else:
                put(sheet, number, 变动类别="转往外地", 变动日期=date(2018, 10, 8), 变动原因="随父母迁居")
        put(
            sheet,
            7,
            全国学籍号=student(3, "20100304"),
            姓名="何小新",
            性别="女",
            出生日期=BORN,
            身份证件号=NUMBERS[2],
            年级="三年级",
            班级="1",
        )

    path = filled(part, bureau, tmp_path, edit)
    returned = check_return(part, path, bureau.clerk)
    assert not returned.faulty, (returned.alterations, returned.causes)
    assert not Pupil.objects.filter(name="何小新").exists(), "a dry run stores nothing"
    kept = str([returned.values, returned.alterations, returned.causes, returned.differences])
    assert "13900000000" not in kept and NUMBERS[2] not in kept and "林远" in kept
    part = accept(approve(hand_in(returned, bureau.clerk), bureau.head), bureau.officer)
    second = Pupil.objects.get(name="林小满")
    assert (second.guardian, second.guardian_phone.clear) == ("林远", "13900000000")
    assert set(conditions_on(Pupil.objects.filter(pk=second.pk), date(2018, 10, 1))[second.pk]) == {"boarder"}
    assert Enrolment.objects.get(pupil__name="何小新").school_class.name == "1"
    gone = Enrolment.objects.get(pupil__name="苏小禾")
    assert (gone.exit_kind, gone.left_on) == ("departure", date(2018, 10, 8)), "who accepts the return approves what became of whom"
    assert part.taken["pupils"][f"p{second.pk}"] == sorted(PUPILS["pupils"])


def test_what_was_answered_is_not_asked_again_also_where_the_answer_was_no(people: list[Pupil], bureau: Bureau, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        for number, _row in enumerate(rows_of(book["学生"])[:2], start=5):
            put(book["学生"], number, 是否寄宿生="否")

    part = opened(bureau, {"pupils": ["boarder"]})
    part = through(part, filled(part, bureau, tmp_path, edit), bureau)
    assert not PupilCondition.objects.filter(pupil__name="林小满").exists()
    assert preview(wanted(asks={"pupils": ["boarder"]}, choice=Choice(picked=("1001",))), bureau.officer).schools == []
    part = reopen_part(part, bureau.officer, "有误")
    assert [cell.value for cell in openpyxl.load_workbook(filled(part, bureau, tmp_path, lambda book: None))["学生"]["A"][4:6]] == [
        f"p{one.pk}" for one in sorted(people, key=lambda one: one.name)
    ]


def test_staff_posts_and_classes_are_collected_in_one_workbook(people: list[Pupil], bureau: Bureau, tmp_path: Path) -> None:
    part = opened(bureau, STAFF)

    def edit(book: Any) -> None:
        rows = rows_of(book["教职工"])
        for number, row in enumerate(rows[:2], start=5):
            put(book["教职工"], number, 手机号码="13700000000") if row["姓名"].value == "周明" else put(
                book["教职工"], number, 离职日期=date(2018, 8, 31)
            )
        put(book["教职工"], 7, 教师编号="T9", 姓名="郑新", 性别="男", 出生日期=date(1990, 5, 6), 岗位类别="专任教师")
        put(book["任职"], 6, 教师编号="T9", 任职类型="任职", 开始日期=date(2018, 9, 1))
        put(book["班级"], 5, 班主任工号="T0")

    part = through(part, filled(part, bureau, tmp_path, edit), bureau)
    assert part.state == PartState.ACCEPTED
    assert Staff.objects.get(staff_number="T0").phone.clear == "13700000000"
    assert Staff.objects.get(staff_number="T1").left_on == date(2018, 8, 31)
    assert Appointment.objects.get(staff__staff_number="T9").school.code == "1001"
    assert SchoolClass.objects.get().head_teacher.staff_number == "T0"


def test_an_unchanged_roster_is_an_answer_and_an_altered_one_is_told(people: list[Pupil], bureau: Bureau, tmp_path: Path) -> None:
    part = opened(bureau, {"pupils": ["roster"]})
    same = check_return(part, filled(part, bureau, tmp_path, lambda book: None), bureau.clerk)
    assert (same.faulty, [one["code"] for one in same.alterations]) == (False, ["ROUND-20"])
    assert accept(approve(hand_in(same, bureau.clerk), bureau.head), bureau.officer).state == PartState.ACCEPTED

    part = opened(bureau, {"pupils": ["guardian_phone", "roster"]})

    def alter(book: Any) -> None:
        sheet = book["学生"]
        headings = {cell.value: cell.column for cell in sheet[4]}
        held = next(row for row in (5, 6) if sheet.cell(row, headings["监护人电话"]).value)
        sheet.cell(held, headings["监护人电话"]).value = "13612345678"
        sheet.cell(held, headings["姓名"]).value = "苏大禾"
        sheet.delete_rows(11 - held)

    told = check_return(part, filled(part, bureau, tmp_path, alter), bureau.clerk)
    assert [one["code"] for one in told.alterations] == ["ROUND-21", "ROUND-11", "ROUND-16"]
    assert "13612345678" not in str([told.alterations, told.differences]) and "苏大禾" in str(told.differences)
    with pytest.raises(Refused):
        hand_in(RoundReturn.objects.get(pk=told.pk), bureau.clerk) if not told.values and told.faulty else approve(part, bureau.head)


def test_faulty_new_rows_are_told_with_the_place_that_the_sender_sees(people: list[Pupil], bureau: Bureau, tmp_path: Path) -> None:
    part = opened(bureau, PUPILS)
    path = filled(part, bureau, tmp_path, lambda book: put(book["学生"], 9, 姓名="无号生", 性别="女", 年级="三年级", 是否寄宿生="是"))
    returned = check_return(part, path, bureau.clerk)
    assert returned.faulty
    assert {one["first_row"] for one in returned.causes} == {9}
    with pytest.raises(Refused):
        hand_in(returned, bureau.clerk)


def test_a_school_without_rows_is_asked_only_for_who_came(bureau: Bureau) -> None:
    nobody = preview(wanted(asks={"pupils": ["guardian"]}), bureau.officer)
    assert nobody.schools == [] and len(nobody.cannot) == 3
    assert len(preview(wanted(asks={"pupils": ["roster"]}), bureau.officer).schools) == 3


def test_what_names_a_row_cannot_be_asked(bureau: Bureau) -> None:
    fields = choosable()
    assert {"roster", "student_number", "identity_number", "guardian_phone"} <= set(fields["pupils"])
    assert not {"name", "grade", "organisation", "entered_on"} & set(fields["pupils"])
    assert not Round.objects.exists()
