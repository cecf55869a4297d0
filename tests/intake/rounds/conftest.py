"""A district with three schools, accounts of every kind, a round, and a way to fill in a workbook as a clerk does: with a spreadsheet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from jiaoheng.access.account import Account
from jiaoheng.intake.rounds.making import Choice, Wanted, open_round
from jiaoheng.intake.rounds.prefilled import issue, prefilled_name
from jiaoheng.intake.rounds.round import Round, RoundPart
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics

YEAR, LAST = "2018-2019", "2017-2018"
FIELDS = ["pupils", "classes", "teachers", "books"]
HEADINGS = {"pupils": "学生数", "classes": "班级数", "teachers": "专任教师数", "books": "图书册数（册）"}
ANSWERS = {"pupils": 510, "classes": 12, "teachers": 30}
SHEET = "学校年度基本情况"


@dataclass
class Bureau:
    """The people of the district."""

    officer: Account
    second_officer: Account
    clerk: Account
    head: Account
    other_clerk: Account


@pytest.fixture
def bureau(district: Organisation) -> Bureau:
    def person(name: str, role: str, code: str) -> Account:
        return Account.objects.create(
            username=name, role=role, organisation=Organisation.objects.get(code=code), email=f"{name}@example.org"
        )

    return Bureau(
        person("officer", "officer", "320999"),
        person("officer2", "officer", "320999"),
        person("clerk", "clerk", "1001"),
        person("head", "leader", "1001"),
        person("clerk2", "clerk", "1002"),
    )


@pytest.fixture
def held(district: Organisation) -> None:
    """晨光小学 holds last year's figures, and this year's books."""
    school = Organisation.objects.get(code="1001")
    AnnualStatistics.objects.create(organisation=school, school_year=LAST, stage="primary", pupils=500, classes=12, teachers=30, books=9000)
    AnnualStatistics.objects.create(organisation=school, school_year=YEAR, stage="primary", books=9500)


def wanted(**changes: Any) -> Wanted:
    """A round as an officer would describe it."""
    said: dict[str, Any] = {
        "title": "秋季统计补报",
        "asks": {"annual_statistics": FIELDS},
        "school_year": YEAR,
        "due": timezone.now() + timedelta(days=7),
        "note": "请于本周内交回",
        "choice": Choice(),
    }
    return Wanted(**{**said, **changes})


@pytest.fixture
def round_(bureau: Bureau, held: None) -> Round:
    return open_round(wanted(), bureau.officer)


def part_of(round_: Round, code: str = "1001") -> RoundPart:
    return RoundPart.objects.select_related("round", "school").get(round=round_, school__code=code)


Edit = Callable[[Any], None]


@pytest.fixture
def filled(tmp_path: Path, bureau: Bureau) -> Callable[..., Path]:
    """Fetch a part's workbook, fill the open cells by heading, alter it as told, save it."""

    def fill(part: RoundPart, answers: Mapping[str, Any] = ANSWERS, alter: Edit | None = None, account: Account | None = None) -> Path:
        path = tmp_path / prefilled_name(part)
        path.write_bytes(issue(part, account or bureau.clerk))
        book = openpyxl.load_workbook(path)
        sheet = book[SHEET]
        headings = {cell.value: cell.column for cell in sheet[4]}
        for field, value in answers.items():
            cell = sheet.cell(5, headings[HEADINGS[field]])
            assert not cell.protection.locked, field
            cell.value = value
        if alter:
            alter(book)
        book.save(path)
        return path

    return fill
