"""Pupils through the intake: every rule with its row, what a second file changes, what is asked for instead of done."""

from collections.abc import Callable
from datetime import date

import pytest

from jiaoheng.access import trail
from jiaoheng.access.account import Account
from jiaoheng.intake.report import IntakeReport
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.approval import Request
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.identity_number import check_digit
from jiaoheng.registers.pupil import Pupil, pupils_with_identity_number
from jiaoheng.registers.pupil_condition import PupilCondition, conditions_on
from tests.intake.conftest import codes

HEAD = [
    "全国学籍号", "身份证件号", "学生姓名", "性别", "出生日期", "民族", "学校标识码", "学年", "年级", "班号", "入学日期", "监护人电话",
    "是否寄宿生", "是否留守儿童", "残疾类型", "残疾学生安置方式", "家庭经济困难类别", "资助银行卡号",
]  # fmt: skip


def identity(number: int, born: str = "20180304", *, boy: bool = False) -> str:
    first = f"999901{born}{number * 2 + (1 if boy else 0):03d}"
    return first + check_digit(first)


def student(number: int, born: str = "20180304") -> str:
    return "G" + identity(number + 200, born)


def child(number: int = 1, **said: object) -> list[object]:
    row: dict[str, object] = {
        "全国学籍号": student(number), "身份证件号": identity(number), "学生姓名": f"苏小{number}", "性别": "女", "出生日期": "2018-03-04",
        "民族": "汉族", "学校标识码": "1001", "学年": "2024-2025", "年级": "一年级", "班号": "1", "入学日期": "2024-09-01",
        "监护人电话": "13800000000", "是否寄宿生": "否", "是否留守儿童": "否", "残疾类型": "无", "残疾学生安置方式": None,
        "家庭经济困难类别": None, "资助银行卡号": None,
    }  # fmt: skip
    return list((row | said).values())


@pytest.fixture
def officer(district: Organisation) -> Account:
    for school in ("1001", "1002", "1003"):
        for year in ("2024-2025", "2025-2026"):
            for grade in ("1", "2", "6", "7"):
                if grade != "7" or school == "1003":
                    _class(school, year, grade)
    return Account.objects.create(username="officer", role="officer", organisation=district)


def _class(school: str, year: str, grade: str) -> None:
    from django.db import connection

    place = Organisation.objects.get(code=school)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registers_schoolclass (school_id, school_year, grade, name, kind) VALUES (%s, %s, %s, '1', 'ordinary')",
            [place.pk, year, grade],
        )


@pytest.fixture
def clerk(officer: Account) -> Account:
    return Account.objects.create(username="clerk", role="clerk", organisation=Organisation.objects.get(code="1001"))


Take = Callable[..., IntakeReport]


@pytest.fixture
def pupils(taken: Take, officer: Account) -> Take:
    def take(*rows: list[object], account: Account = officer, **options: object) -> IntakeReport:
        return taken([HEAD, *rows], account=account, **options)

    return take


def test_a_child_is_stored_sealed_with_stay_conditions_history_and_trail(pupils):
    report = pupils(
        child(
            1,
            是否寄宿生="是",
            残疾类型="听力残疾",
            残疾学生安置方式="随班就读",
            家庭经济困难类别="低保",
            资助银行卡号="6222020000000000000",
        )
    )
    assert (report.files[0].register, report.files[0].new, codes(report, "reject")) == ("pupils", 1, [])
    pupil = Pupil.objects.get()
    assert (pupil.name, pupil.sex, pupil.birth_date, pupil.ethnicity) == ("苏小1", "2", date(2018, 3, 4), "01")
    assert pupil.identity_number is not None and pupil.identity_number.clear == identity(1)
    assert pupils_with_identity_number(identity(1)).get() == pupil
    stay = Enrolment.objects.get()
    assert (stay.school.code, stay.school_year, stay.grade, stay.entered_on, stay.entry_kind) == (
        "1001", "2024-2025", "1", date(2024, 9, 1), "admission",
    )  # fmt: skip
    assert stay.school_class is not None and stay.school_class.name == "1"
    held = conditions_on(Pupil.objects.all(), date(2024, 10, 1))[pupil.pk]
    assert set(held) == {"boarder", "disability", "poverty"}
    assert held["disability"].detail.clear == "62" and held["disability"].placement.clear == "ordinary_class"
    assert trail.verify() == [] and Pupil.history.count() == 1 and Enrolment.history.count() == 1 and PupilCondition.history.count() == 3
    line = trail.TrailLine.objects.get(object_type="registers.Pupil")
    assert identity(1) not in line.after and "13800000000" not in line.after and "999901********" in line.after
    for row in (pupil, stay, *PupilCondition.objects.all()):
        row.full_clean(validate_constraints=False)


def test_the_same_rows_one_by_one_and_at_once_are_the_same(pupils, officer):
    """What `store` refuses, the intake must not store: every stored row passes the model's own checks."""
    pupils(*(child(number) for number in range(1, 6)))
    for row in Pupil.objects.all():
        row.full_clean()
    assert pupils(*(child(number) for number in range(1, 6))).changed_nothing


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"身份证件号": 9.99901201803040e17}, "PUP-20"),
        ({"身份证件号": "9.99901E+17"}, "PUP-20"),
        ({"身份证件号": "99990120180304"}, "PUP-21"),
        ({"身份证件号": identity(1)[:-1] + ("1" if identity(1)[-1] != "1" else "2")}, "PUP-22"),
        ({"全国学籍号": identity(1)}, "PUP-26"),
        ({"全国学籍号": "X123"}, "PUP-25"),
        ({"出生日期": "2018-03-05"}, "PUP-30"),
        ({"性别": "男"}, "PUP-31"),
        ({"年级": "七年级", "班号": None}, "PUP-33"),
        ({"班号": "9"}, "PUP-34"),
        ({"民族": "火星族"}, "PUP-04"),
        ({"学校标识码": "7777"}, "PUP-05"),
        ({"入学日期": "2026-01-01"}, "PUP-42"),
        ({"入学日期": "2017-01-01"}, "PUP-41"),
        ({"残疾学生安置方式": "随班就读"}, "PUP-44"),
        ({"学生姓名": None}, "PUP-01"),
        ({"资助银行卡号": "12"}, "PUP-28"),
    ],
)
def test_a_faulty_row_comes_back_with_its_cause_and_the_others_stay(pupils, said, code):
    report = pupils(child(1, **said), child(2))
    assert [(cause.code, cause.first_row) for cause in report.files[0].causes if cause.severity == "reject"] == [(code, 2)]
    assert report.files[0].accepted == 1 and Pupil.objects.get().name == "苏小2"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"监护人电话": "123"}, "PUP-27"),
        ({"资助银行卡号": "6222020000000000001"}, "PUP-29"),
        ({"身份证件号": identity(1, "20080304"), "出生日期": "2008-03-04"}, "PUP-32"),
    ],
)
def test_a_doubtful_row_is_stored_and_said(pupils, said, code):
    report = pupils(child(1, **said))
    assert codes(report, "warn") == [code] and codes(report, "reject") == [] and report.files[0].accepted == 1


def test_no_message_quotes_what_is_sensitive(pupils):
    report = pupils(child(1, 身份证件号=identity(1)[:-1] + "?"), child(2, 出生日期="nonsense"), child(3, 家庭经济困难类别="秘密"))
    said = " ".join(cause.en + cause.zh for cause in report.files[0].causes)
    assert "秘密" not in said and "nonsense" not in said and identity(1)[:-1] not in said


def test_one_child_twice_in_a_file(pupils):
    assert codes(pupils(child(1), child(1, 学校标识码="1002")), "reject") == ["PUP-35"]
    assert codes(pupils(child(1), child(2, 身份证件号=identity(1))), "reject") == ["PUP-37"]
    assert not Pupil.objects.exists()


def test_one_bank_card_of_two_children_is_doubtful(pupils):
    report = pupils(child(1, 资助银行卡号="6222020000000000000"), child(2, 资助银行卡号="6222020000000000000"))
    assert codes(report, "warn") == ["PUP-40"] and report.files[0].accepted == 2


def test_a_child_at_another_school_is_not_entered_by_a_row(pupils):
    pupils(child(1))
    assert codes(pupils(child(1, 学校标识码="1002")), "reject") == ["PUP-36"]
    assert Enrolment.objects.get().school.code == "1001"


def test_a_second_file_says_what_changed_and_whom_it_leaves_out(pupils):
    pupils(child(1), child(2), child(3))
    report = pupils(child(1, 学生姓名="苏大", 监护人电话="13900000000"), child(2, 是否寄宿生="是"))
    file = report.files[0]
    assert (file.new, file.changed, file.unchanged, len(file.left_out)) == (0, 2, 0, 1)
    assert file.fields == {"name": 1, "guardian_phone": 1, "boarder": 1}
    assert Pupil.objects.count() == 3 and Enrolment.objects.filter(left_on__isnull=True).count() == 3
    assert pupils(child(1, 学生姓名="苏大", 监护人电话="13900000000"), child(2, 是否寄宿生="是")).files[0].unchanged == 2
    pupils(child(2, 是否寄宿生="否"))
    assert PupilCondition.objects.get().until is not None and trail.verify() == []


def test_a_blank_cell_overwrites_nothing(pupils):
    pupils(child(1, 家庭经济困难类别="低保"))
    report = pupils(child(1, 监护人电话=None, 民族=None, 家庭经济困难类别=None))
    assert report.changed_nothing and PupilCondition.objects.get().until is None


def test_the_next_school_year_goes_on_in_the_same_school(pupils):
    pupils(child(1))
    report = pupils(child(1, 学年="2025-2026", 年级="二年级"))
    assert report.files[0].fields == {"school_year": 1}
    old, new = Enrolment.objects.order_by("entered_on")
    assert (old.left_on, old.exit_kind, new.entered_on, new.entry_kind, new.came_from) == (
        date(2025, 9, 1), "promotion", date(2025, 9, 1), "promotion", old,
    )  # fmt: skip
    new.full_clean(), old.full_clean()
    assert codes(pupils(child(1)), "reject") == ["PUP-43"]


def test_another_identity_number_is_asked_for_and_waits(pupils):
    pupils(child(1))
    report = pupils(child(1, 身份证件号=identity(9, "20180305"), 出生日期="2018-03-05", 学生姓名="苏新"))
    assert codes(report, "warn") == ["PUP-38"] and report.files[0].asked == 1
    pupil, request = Pupil.objects.get(), Request.objects.get()
    assert (pupil.name, pupil.birth_date, pupil.identity_number.clear) == ("苏新", date(2018, 3, 4), identity(1))
    assert request.kind == "correction" and request.identity_number.clear == identity(9, "20180305")
    again = pupils(child(1, 身份证件号=identity(9, "20180305"), 出生日期="2018-03-05", 学生姓名="苏新"))
    assert codes(again, "warn") == ["PUP-53"] and Request.objects.count() == 1


def test_an_identity_number_of_another_child_comes_back(pupils):
    pupils(child(1), child(2))
    assert codes(pupils(child(1, 身份证件号=identity(2))), "reject") == ["PUP-39"]
    assert codes(pupils(child(3, 身份证件号=identity(2))), "reject") == ["PUP-39"]


def test_another_schools_clerk_stores_nothing_of_ours(pupils, clerk):
    report = pupils(child(1, 学校标识码="1002"), account=clerk)
    assert codes(report, "reject") == ["PUP-08"] and not Pupil.objects.exists()


def test_a_dry_run_says_the_difference_and_stores_nothing(pupils):
    pupils(child(1))
    report = pupils(child(1, 学生姓名="苏大"), child(2), dry_run=True)
    assert (report.files[0].new, report.files[0].changed, report.files[0].fields) == (1, 1, {"name": 1})
    assert Pupil.objects.get().name == "苏小1" and trail.verify() == []


def test_numbers_with_full_width_and_invisible_characters_are_read(pupils):
    wide = identity(1).translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789X"})
    report = pupils(child(1, 身份证件号=wide, 全国学籍号="\u200b" + student(1)))
    assert sorted(codes(report)) == ["READ-02", "READ-05"] and pupils_with_identity_number(identity(1)).exists()


@pytest.mark.parametrize(
    ("born", "usual"), [("20190831", True), ("20190901", False), ("20200901", False), ("20150901", True), ("20140831", False)]
)
def test_age_is_counted_in_full_years_on_31_august(pupils, born, usual):
    """Grade 1 in 2024-2025: usual 6 to 7, a year less and two more are not said."""
    written = f"{born[:4]}-{born[4:6]}-{born[6:]}"
    report = pupils(child(1, 身份证件号=identity(1, born), 出生日期=written))
    assert (codes(report, "warn") == []) is usual
