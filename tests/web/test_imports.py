"""Handing in a workbook on the page: checked first, stored only on a yes, and the log of it."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from jiaoheng.intake.provenance import Import
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from tests.web.conftest import GOOD, workbook

SignedIn = Callable[..., Client]


def sent(client: Client, *files: Path) -> str:
    """Hand in files; the address of their checks."""
    parts = [SimpleUploadedFile(file.name, file.read_bytes()) for file in files]
    response = client.post("/imports/new/", {"workbooks": parts})
    assert response.status_code == 302, response.content.decode()
    return str(response.headers["Location"])


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """Three rows: a good one, one with a word for a number, one of a school that nobody knows."""
    rows = [
        ["1001", "", "2018-2019", "小学", *GOOD],
        ["1002", "", "2018-2019", "小学", "约五百", *GOOD[1:]],
        ["9999", "", "2018-2019", "小学", *GOOD],
    ]
    return workbook(tmp_path / "有误.xlsx", rows)  # type: ignore[arg-type]


def test_nothing_is_stored_before_the_sender_says_yes(tree: Organisation, signed_in: SignedIn, faulty: Path) -> None:
    client = signed_in()
    checks = sent(client, faulty)
    text = client.get(checks).content.decode()
    assert "保存 1 行" in text
    assert "学生数不是数字" in text
    assert "机构名录中没有这个代码：9999" in text
    assert "3 = 1 + 0 + 2" in text
    assert '<td class="bad" title="约五百">约五百</td>' in text
    assert not AnnualStatistics.objects.exists()
    assert not Import.objects.exists()


def test_yes_stores_the_good_rows_and_logs_the_causes(tree: Organisation, signed_in: SignedIn, faulty: Path) -> None:
    client = signed_in()
    log = client.post(sent(client, faulty) + "confirm/", follow=True)
    text = log.content.decode()
    assert "已保存 1 行。" in text
    assert "退回 2 行。" in text
    assert "学生数不是数字" in text
    assert AnnualStatistics.objects.get().organisation.code == "1001"
    run = Import.objects.get()
    assert (run.account.username if run.account else "") == "officer-320999"
    assert client.get(f"/imports/{run.pk}/received/").content == faulty.read_bytes()
    assert "有误.xlsx" in client.get("/imports/?q=有误").content.decode()


def test_no_leaves_nothing_behind(tree: Organisation, signed_in: SignedIn, faulty: Path) -> None:
    client = signed_in()
    checks = sent(client, faulty)
    client.post(checks + "drop/")
    assert client.get(checks).status_code == 404
    assert not AnnualStatistics.objects.exists()


def test_the_marked_copy_can_be_downloaded(tree: Organisation, signed_in: SignedIn, faulty: Path) -> None:
    client = signed_in()
    checks = sent(client, faulty)
    text = client.get(checks).content.decode()
    address = text.split('href="' + checks + "marked/")[1].split('"')[0]
    marked = load_workbook(io.BytesIO(client.get(f"{checks}marked/{address}").content))
    assert marked.active["E3"].fill.fgColor.rgb[-6:] == "F7D4CF"
    assert client.get(f"{checks}marked/..%2Fwhose.json").status_code == 404


def test_a_waiting_workbook_is_seen_by_its_sender_only(tree: Organisation, signed_in: SignedIn, faulty: Path) -> None:
    checks = sent(signed_in(), faulty)
    other = signed_in("officer", "T1")
    assert other.get(checks).status_code == 404
    assert other.post(checks + "confirm/").status_code == 404


def test_a_clerk_stores_rows_of_the_own_school_only(tree: Organisation, signed_in: SignedIn, tmp_path: Path) -> None:
    clerk = signed_in("clerk", "1001")
    rows: list[list[object]] = [[code, "", "2018-2019", "小学", *GOOD] for code in ("1001", "1002")]
    checks = sent(clerk, workbook(tmp_path / "两校.xlsx", rows))
    assert "不在您的范围内" in clerk.get(checks).content.decode()
    clerk.post(checks + "confirm/")
    assert [row.organisation.code for row in AnnualStatistics.objects.all()] == ["1001"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("假.xlsx", b"not a workbook at all"), ("空.xlsx", b""), ("无.csv", "甲,乙\n1,2\n".encode()), ("截断.xlsx", b"PK\x03\x04broken")],
)
def test_nonsense_gets_one_clear_sentence(name: str, content: bytes, tree: Organisation, signed_in: SignedIn, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    client = signed_in()
    try:
        checks = sent(client, file)
    except AssertionError:  # an empty file is refused at the door
        return
    text = client.get(checks).content.decode()
    assert 'role="alert"' in text
    assert "保存 " not in text.split("<main")[1]


def test_what_is_not_a_workbook_is_refused_at_the_door(tree: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    refused = client.post("/imports/new/", {"workbooks": SimpleUploadedFile("report.docx", b"x")})
    assert refused.status_code == 400
    assert "不是表格" in refused.content.decode()
    assert client.post("/imports/new/", {}).status_code == 400


def test_who_only_reads_hands_in_nothing(tree: Organisation, signed_in: SignedIn) -> None:
    for role in ("leader", "auditor", "inspector"):
        client = signed_in(role, "320999")
        assert client.get("/imports/new/").status_code == 403
        assert "上传表格" not in client.get("/imports/").content.decode()


def test_the_same_workbook_again_changes_nothing(tree: Organisation, signed_in: SignedIn, faulty: Path) -> None:
    client = signed_in()
    client.post(sent(client, faulty) + "confirm/")
    text = client.get(sent(client, faulty)).content.decode()
    assert "无需保存" in text


def test_empty_forms_are_understood_when_they_come_back(tree: Organisation, signed_in: SignedIn, tmp_path: Path) -> None:
    client = signed_in()
    form = client.get("/imports/forms/annual_statistics.xlsx").content
    book = load_workbook(io.BytesIO(form))
    headings = [cell.value for cell in next(book.worksheets[0].iter_rows(max_row=1))]
    assert {"学校代码", "学年", "学段", "学生数"} <= {str(heading).rstrip("*＊ ") for heading in headings}
    assert client.get("/imports/forms/nothing.xlsx").status_code == 404


def test_of_the_bureaus_workbook_a_clerk_sees_the_own_row_only(tree: Organisation, signed_in: SignedIn, faulty: Path) -> None:
    officer = signed_in()
    officer.post(sent(officer, faulty) + "confirm/")
    run = Import.objects.get()
    clerk = signed_in("clerk", "1001")
    text = clerk.get(f"/imports/{run.pk}/").content.decode()
    assert "晨光1001小学" in text
    assert "约五百" not in text  # a cell of another school, quoted by a cause
    assert "9999" not in text
    assert clerk.get(f"/imports/{run.pk}/received/").status_code == 404
    assert "退回 2 行" not in clerk.get("/").content.decode()
    assert signed_in("clerk", "1003").get(f"/imports/{run.pk}/").status_code == 404


def test_what_differs_from_the_register_is_shown_before_storing(tree: Organisation, signed_in: SignedIn, tmp_path: Path) -> None:
    headings = ["教师编号", "姓名", "性别", "出生日期", "学校标识码", "岗位类别", "职称", "任教学段", "手机号码"]

    def staff(number: str, title: str, phone: str) -> list[object]:
        return [number, f"教师{number}", "男", "1985-03-04", "1001", "专任教师", title, "小学", phone]

    client = signed_in()
    rows = [staff("T1", "一级教师", "13800000000"), staff("T2", "一级教师", "13800000001")]
    first = workbook(tmp_path / "教职工.xlsx", rows, headings)
    client.post(sent(client, first) + "confirm/")
    second = workbook(
        tmp_path / "教职工新.xlsx", [staff("T1", "高级教师", "13900000000"), staff("T3", "一级教师", "13800000003")], headings
    )
    text = client.get(sent(client, second)).content.decode()
    assert "与登记的差异" in text
    assert "<td>高级教师</td>" in text
    assert "139****0000" in text
    assert "13900000000" not in text
    assert "<td>T2</td>" in text  # held and not in the sheet
