"""Workbooks with strange headings: a proposal on the page, corrected and confirmed by the sender, and remembered."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from jiaoheng.intake.remembered_mapping import RememberedMapping
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from tests.web.conftest import workbook
from tests.web.test_imports import sent

SignedIn = Callable[..., Client]
STRANGE = ["单位编号", "年份", "所属学段", "在册生总人数", "专职任课教师数"]


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    return workbook(tmp_path / "统计.xlsx", [["1001", "2018-2019", "小学", 600, 40]], STRANGE)


def said(**other: str) -> dict[str, str]:
    answer = {"column-0": "organisation", "column-1": "school_year", "column-2": "stage", "column-3": "pupils", "column-4": "teachers"}
    return {"file": "统计.xlsx", "sheet": "年度基本情况", "register": "annual_statistics", **answer, **other}


def test_a_proposal_is_shown_confirmed_and_remembered(tree: Organisation, signed_in: SignedIn, strange: Path) -> None:
    client = signed_in("clerk", "1001")
    checks = sent(client, strange)
    text = client.get(checks).content.decode()
    assert "查看各列" in text
    address = text.split('class="btn" href="')[1].split('"')[0].replace("&amp;", "&")
    page = client.get(address).content.decode()
    assert '<option value="pupils" selected>' in page
    assert "600" in page
    assert not RememberedMapping.objects.exists()
    after = client.post(checks + "columns/", said(), follow=True).content.decode()
    assert "保存 1 行" in after
    assert "在册生总人数 → 学生数" in after
    assert not AnnualStatistics.objects.exists()
    client.post(checks + "confirm/")
    assert AnnualStatistics.objects.get().pupils == 600
    kept = RememberedMapping.objects.get()
    assert (kept.organisation.code if kept.organisation else "", str(kept.account)) == ("1001", "clerk-1001")
    assert "保存 0 行" not in client.get(sent(client, strange)).content.decode()  # known now: nothing is asked


def test_nonsense_answers_are_refused_in_words(tree: Organisation, signed_in: SignedIn, strange: Path) -> None:
    client = signed_in()
    checks = sent(client, strange)
    twice = client.post(checks + "columns/", said(**{"column-1": "organisation"}))
    assert twice.status_code == 400
    assert "不能都是" in twice.content.decode()
    assert "每行都需要" in twice.content.decode()
    assert not RememberedMapping.objects.exists()


def test_what_no_column_holds_is_said_once_for_all_rows(tree: Organisation, signed_in: SignedIn, strange: Path) -> None:
    client = signed_in()
    checks = sent(client, strange)
    wrong = client.post(checks + "columns/", said(**{"column-1": "", "constant-school_year": "去年"}))
    assert wrong.status_code == 400
    right = client.post(checks + "columns/", said(**{"column-1": "", "constant-school_year": "2017-2018"}))
    assert right.status_code == 302
    client.post(checks + "confirm/")
    assert AnnualStatistics.objects.get().school_year == "2017-2018"


def test_several_columns_of_figures_are_added(tree: Organisation, signed_in: SignedIn, strange: Path) -> None:
    client = signed_in()
    checks = sent(client, strange)
    client.post(checks + "columns/", said(**{"column-4": "pupils"}))
    client.post(checks + "confirm/")
    assert AnnualStatistics.objects.get().pupils == 640


def test_confirmed_columns_are_listed_and_forgotten_within_the_scope(tree: Organisation, signed_in: SignedIn, strange: Path) -> None:
    clerk = signed_in("clerk", "1001")
    clerk.post(sent(clerk, strange) + "columns/", said())
    number = RememberedMapping.objects.get().pk
    other = signed_in("clerk", "1003")
    assert "在册生总人数" not in other.get("/imports/columns/").content.decode()
    assert other.post(f"/imports/columns/{number}/forget/").status_code == 404
    assert "在册生总人数 → 学生数" in clerk.get("/imports/columns/").content.decode()
    clerk.post(f"/imports/columns/{number}/forget/")
    assert not RememberedMapping.objects.exists()


def test_a_sheet_with_nothing_familiar_can_be_told_too(tree: Organisation, signed_in: SignedIn, tmp_path: Path) -> None:
    client = signed_in()
    checks = sent(client, workbook(tmp_path / "甲.xlsx", [["x", "y"]], ["甲", "乙"]))
    text = client.get(checks).content.decode()
    assert "说明各列的内容" in text
    address = text.split('class="btn" href="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(address).status_code == 200
    assert client.get(address + "&register=organisations").status_code == 200
    assert client.get(checks + "columns/?file=..%2Fwhose").status_code == 404
