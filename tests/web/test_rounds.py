"""The pages of collection rounds: the officer makes and accepts, the clerk fills in, the head approves; each sees what waits."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from jiaoheng.access.account import Account
from jiaoheng.access.change import Change
from jiaoheng.intake.rounds.round import Round
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.registers.staff import Staff

SignedIn = Callable[..., Client]
PART = "/rounds/{}/schools/1001/"


@pytest.fixture
def people(tree: Organisation, signed_in: SignedIn) -> dict[str, Client]:
    return {
        "officer": signed_in("officer", "320999"),
        "clerk": signed_in("clerk", "1001"),
        "head": signed_in("leader", "1001"),
        "foreign": signed_in("clerk", "1002"),
        "reader": signed_in("leader", "320999"),
    }


def described(**changes: Any) -> dict[str, Any]:
    due = timezone.localtime(timezone.now() + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    fields = ["annual_statistics.pupils", "annual_statistics.books"]
    return {"title": "秋季补报", "school_year": "2018-2019", "due": due, "note": "请核对", "fields": fields, "act": "open", **changes}


@pytest.fixture
def made(people: dict[str, Client]) -> Round:
    response = people["officer"].post("/rounds/new/", described())
    assert response.status_code == 302
    return Round.objects.get()


def fetched(client: Client, made: Round, **answers: object) -> SimpleUploadedFile:
    response = client.get(PART.format(made.pk) + "workbook.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    sheet = book["学校年度基本情况"]
    headings = {cell.value: cell.column for cell in sheet[4]}
    for heading, value in answers.items():
        sheet.cell(5, headings[heading]).value = value
    content = io.BytesIO()
    book.save(content)
    return SimpleUploadedFile("填好.xlsx", content.getvalue())


def test_the_cells_are_counted_before_anybody_is_asked(people: dict[str, Client]) -> None:
    school = Organisation.objects.get(code="1001")
    AnnualStatistics.objects.create(organisation=school, school_year="2018-2019", stage="primary", pupils=500)
    page = people["officer"].post("/rounds/new/", described(act="preview")).content.decode()
    assert "需填单元格" in page
    assert '<span class="v">7</span>' in page
    assert '<span class="v is-good">1</span>' in page
    assert not Round.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"fields": []}, {"due": "gestern"}, {"due": "2018-01-01T00:00"}, {"school_year": "18"}, {"picked": ["9999"]}]
)
def test_a_faulty_description_comes_back_with_its_words_and_what_was_typed(people: dict[str, Client], changes: dict[str, Any]) -> None:
    response = people["officer"].post("/rounds/new/", described(**changes))
    assert response.status_code == 400
    assert "秋季补报" in response.content.decode()
    assert not Round.objects.exists()


def test_a_round_travels_from_page_to_page(people: dict[str, Client], made: Round) -> None:
    part = PART.format(made.pk)
    assert "秋季补报" in people["clerk"].get("/").content.decode(), "the clerk's first page says what is asked"
    sent = fetched(people["clerk"], made, **{"学生数": 512, "图书册数（册）": 9000})
    checks = people["clerk"].post(part + "upload/", {"workbook": sent}, follow=True)
    assert "未被改动" in checks.content.decode()
    assert not AnnualStatistics.objects.exists()
    address = checks.redirect_chain[-1][0]
    assert people["head"].get(address).status_code == 404, "nobody else sees what is not handed in"
    people["clerk"].post(address)
    assert "等您审批" in people["head"].get("/").content.decode()
    people["clerk"].post(part + "do/approve/")
    assert made.parts.get(school__code="1001").state == "returned", "who returned does not approve"
    people["head"].post(part + "do/approve/")
    assert "1 所学校待接收" in people["officer"].get("/").content.decode()
    people["officer"].post(part + "do/accept/")
    assert AnnualStatistics.objects.get().pupils == 512
    page = people["officer"].get(f"/rounds/{made.pk}/?state=accepted").content.decode()
    assert "晨光1001小学" in page
    assert "晨光1002小学" not in page.split('id="list"')[1].split("办理记录")[0]
    people["officer"].post(part + "do/reopen/", {"reason": "核对后更正"})
    assert "核对后更正" in people["clerk"].get(part).content.decode()


def test_an_unusual_figure_asks_for_a_reason_on_the_page(people: dict[str, Client], made: Round) -> None:
    school = Organisation.objects.get(code="1001")
    AnnualStatistics.objects.create(organisation=school, school_year="2017-2018", stage="primary", pupils=300)
    sent = fetched(people["clerk"], made, **{"学生数": 512})
    checks = people["clerk"].post(PART.format(made.pk) + "upload/", {"workbook": sent}, follow=True)
    address = checks.redirect_chain[-1][0]
    assert "+71%" in checks.content.decode()
    assert people["clerk"].post(address).status_code == 400
    people["clerk"].post(address, {"reason.annual_statistics.primary.pupils": "并入两所村小"})
    assert "并入两所村小" in people["head"].get(PART.format(made.pk)).content.decode()


def test_a_faulty_workbook_is_shown_and_cannot_be_handed_in(people: dict[str, Client], made: Round) -> None:
    sent = SimpleUploadedFile("别的.xlsx", b"PK\x03\x04")
    page = people["clerk"].post(PART.format(made.pk) + "upload/", {"workbook": sent}, follow=True)
    assert "此表格还不能提交" in page.content.decode()
    assert people["clerk"].post(page.redirect_chain[-1][0]).status_code == 400


def test_the_list_the_filters_and_the_export_agree(people: dict[str, Client], made: Round) -> None:
    part_of_page = people["officer"].get(f"/rounds/{made.pk}/?q=1003", headers={"HX-Request": "true"}).content.decode()
    assert "晨光1003小学" in part_of_page
    assert "<html" not in part_of_page
    text = people["officer"].get(f"/rounds/{made.pk}/export.csv?q=1003").content.decode("utf-8-sig")
    assert text.count("\n") == 2
    Round.objects.update(due=timezone.now() - timedelta(minutes=5))
    assert people["officer"].get(f"/rounds/{made.pk}/export.csv?state=late").content.decode().count("\n") == 5
    assert "逾期" in people["clerk"].get("/rounds/").content.decode()


def test_reminding_and_locking_from_the_page(people: dict[str, Client], made: Round) -> None:
    said = people["officer"].post(f"/rounds/{made.pk}/do/remind/", follow=True).content.decode()
    assert "4 所没有邮箱" in said
    assert "才能锁定" in people["officer"].post(f"/rounds/{made.pk}/do/lock/", follow=True).content.decode()
    Round.objects.update(due=timezone.now() - timedelta(minutes=5))
    people["officer"].post(f"/rounds/{made.pk}/do/lock/")
    assert Round.objects.get().state == "locked"
    people["officer"].post(f"/rounds/{made.pk}/do/reopen/", {"reason": "补报"})
    assert Round.objects.get().state == "open"


def test_readers_read_and_nothing_more(people: dict[str, Client], made: Round) -> None:
    assert people["reader"].get(f"/rounds/{made.pk}/").status_code == 200
    for address in (f"/rounds/{made.pk}/do/remind/", f"/rounds/{made.pk}/do/lock/", PART.format(made.pk) + "do/accept/"):
        people["reader"].post(address)
        people["foreign"].post(address)
    assert list(made.events.values_list("step", flat=True)) == ["open"]
    assert people["reader"].get("/rounds/new/").status_code == 403


def test_empty_lists_say_what_to_do(people: dict[str, Client]) -> None:
    assert "请新建" in people["officer"].get("/rounds/").content.decode()
    assert "目前没有要求学校填报的任务" in people["clerk"].get("/rounds/").content.decode()


def test_a_township_officer_sees_the_township_of_a_district_round(made: Round, account: Callable[..., Account]) -> None:
    client = Client()
    client.force_login(account("officer", "T2"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/rounds/{made.pk}/").content.decode()
    assert "晨光1003小学" in page
    assert "晨光1001小学" not in page
    client.post(f"/rounds/{made.pk}/do/remind/")
    assert not made.events.filter(step="remind").exists()


def test_a_roster_is_filled_in_and_shown_person_by_person(people: dict[str, Client], signed_in: SignedIn) -> None:
    change = Change(Account.objects.get(username__startswith="officer"), "Start")
    school = Organisation.objects.get(code="1001")
    Staff(staff_number="T1", name="周明", sex="1", birth_date=date(1980, 1, 2), employer=school, post="teacher").store(change=change)
    fields = ["staff.roster", "staff.phone", "staff.stages"]
    assert people["officer"].post("/rounds/new/", described(fields=fields)).status_code == 302
    number = Round.objects.get().pk
    page = people["clerk"].get(PART.format(number))
    assert "人员增减" in page.content.decode()
    book = openpyxl.load_workbook(io.BytesIO(people["clerk"].get(PART.format(number) + "workbook.xlsx").content))
    headings = {cell.value: cell.column for cell in book["教职工"][4]}
    for row, cells in ((5, {"手机号码": "13700000000", "任教学段": "小学"}), (6, {"姓名": "郑新", "教师编号": "T9"})):
        for heading, value in cells.items():
            book["教职工"].cell(row, headings[heading]).value = value
    content = io.BytesIO()
    book.save(content)
    sent = SimpleUploadedFile("名册.xlsx", content.getvalue())
    shown = people["clerk"].post(PART.format(number) + "upload/", {"workbook": sent}, follow=True).content.decode()
    assert "周明 T1" in shown and "任教学段：小学" in shown and "新增" in shown
    assert "13700000000" not in shown
    returned = Round.objects.get().parts.get(school__code="1001").returns.get().pk
    administrator = signed_in("administrator", "320999")
    for page in ("", "workbook.xlsx", f"returns/{returned}/", f"returns/{returned}/received/"):
        assert administrator.get(PART.format(number) + page).status_code == 403, page
