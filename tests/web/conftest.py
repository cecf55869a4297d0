"""A small district with figures of two years, taken in as workbooks and frozen; accounts of every kind; browsers."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.test import Client

from jiaoheng.access.account import Account
from jiaoheng.intake.taking_in import take_in
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.snapshots.freezing import freeze
from jiaoheng.web.current_snapshot import forget
from tests.registers.district import District

HEADINGS = ["学校代码", "学校名称", "学年", "学段", "学生数", "班级数", "专任教师数", "高于规定学历教师数", "骨干教师数", "体艺教师数"]
HEADINGS += ["教学及辅助用房面积（平方米）", "体育运动场馆面积（平方米）", "教学仪器设备值（元）", "网络多媒体教室数（间）", "教室数（间）"]
GOOD = [500, 12, 40, 24, 8, 6, 2500, 4000, 1200000, 13, 20]
SHORT = [500, 12, 30, 24, 8, 2, 2500, 4000, 1200000, 13, 20]
"""Only 2 PE and arts teachers for 500 pupils: 5 are asked for, so that 3 are lacking and 0.4 is below the floor."""


@pytest.fixture(autouse=True)
def _fresh(settings: Any, tmp_path: Path) -> Iterator[None]:
    """No figures of another test's snapshot; passwords hashed fast."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STATIC_ROOT = tmp_path
    forget()
    yield
    forget()


@pytest.fixture
def tree(db: None) -> Organisation:
    """示例区 with two townships, each with two schools."""
    top = Organisation.objects.create(code="320999", name_zh="示例区", name_en="Example District", kind="county", path="320999")
    for town, schools in (("T1", ("1001", "1002")), ("T2", ("1003", "1004"))):
        area = Organisation.objects.create(code=town, name_zh=f"{town}镇", name_en=town, kind="township", parent=top, path=f"320999/{town}")
        for code in schools:
            Organisation.objects.create(
                code=code, name_zh=f"晨光{code}小学", name_en=f"School {code}", kind="school", school_type="primary", stages="primary",
                ownership="public", locale="urban", parent=area, path=f"320999/{town}/{code}",
                latitude=31 + int(code) / 9999, longitude=118,
            )  # fmt: skip
    return top


def workbook(path: Path, rows: list[list[object]], headings: list[str] = HEADINGS) -> Path:
    """Write a workbook of annual statistics."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("年度基本情况")
        for number, row in enumerate([headings, *rows]):
            sheet.write_row(number, 0, row)
    return path


def rows_of(year: str) -> list[list[object]]:
    """One good row a school; 1002 is short of PE and arts teachers."""
    schools = ("1001", "1002", "1003", "1004")
    return [[code, f"晨光{code}小学", year, "小学", *(SHORT if code == "1002" else GOOD)] for code in schools]


@pytest.fixture
def frozen(tree: Organisation, settings: Any, tmp_path: Path) -> Organisation:
    """The district with the figures of two school years, frozen."""
    for year in ("2017-2018", "2018-2019"):
        report = take_in([workbook(tmp_path / f"基本情况{year}.xlsx", rows_of(year))])
        assert report.exit_status == 0, report.as_dict()
    freeze(date(2018, 9, 1), settings.DATA / "snapshots" / "2018-09-01")
    return tree


@pytest.fixture
def account(tree: Organisation) -> Callable[..., Account]:
    """Make an account: `account("clerk", "1001")`."""

    def made(role: str, code: str | None = None, name: str = "") -> Account:
        organisation = Organisation.objects.get(code=code) if code else None
        known = Account.objects.filter(username=name or f"{role}-{code or 'nowhere'}").first()
        if known is not None:
            return known
        person = Account(username=name or f"{role}-{code or 'nowhere'}", role=role, organisation=organisation)
        person.set_password("right-password-1")
        person.save()
        return person

    return made


@pytest.fixture
def registers(tree: Organisation, account: Callable[..., Account]) -> District:
    """The same tree as the registers' own tests name it: sunny is school 1002, river 1001, hill 1003; no rows yet."""
    schools = [Organisation.objects.get(code=code) for code in ("1002", "1001", "1003")]
    officer, second = account("officer", "320999"), account("officer", "320999", name="second")
    clerks = [account("clerk", "1002"), account("clerk", "1001")]
    return District(tree, *schools, officer, second, *clerks, account("auditor", "320999"), account("administrator", "320999"))


def entered(account: Account) -> Client:
    """A client signed in as an account."""
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def signed_in(account: Callable[..., Account]) -> Callable[..., Client]:
    """A client signed in: `signed_in("officer", "320999")`."""

    def client(role: str = "officer", code: str | None = "320999") -> Client:
        return entered(account(role, code))

    return client
