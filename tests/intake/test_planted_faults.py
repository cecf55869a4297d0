"""The dirty edition of the example district: the checks find every planted fault, and nothing else."""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from jiaoheng.access.account import Account
from jiaoheng.access.change import Change
from jiaoheng.intake.checks import checked
from jiaoheng.intake.columns import matched_feed
from jiaoheng.intake.directory import Directory
from jiaoheng.intake.example import SMALL_EDITION, write_example
from jiaoheng.intake.example.dirty import DIRTY, PLANTED_FAULTS
from jiaoheng.intake.example.figures import YEARS
from jiaoheng.intake.example.planted import SHARE
from jiaoheng.intake.example.workbooks import DIRECTORY, REGISTERS, TAKEN_IN
from jiaoheng.intake.provenance import Import, SourceFile
from jiaoheng.intake.store import Occasion
from jiaoheng.intake.stores import STORES
from jiaoheng.intake.taking_in import take_in
from jiaoheng.intake.workbook import open_workbook
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.rulebook.registers import load_registers

SEED = 2018
FILES = {
    "staff": f"{YEARS[-1]}-1-教职工.xlsx",
    "appointments": f"{YEARS[-1]}-2-任职.xlsx",
    "classes": f"{YEARS[-1]}-3-班级.xlsx",
    "pupils": f"{YEARS[-1]}-4-学籍.xlsx",
    "enrolments": f"{YEARS[-2]}-8-学籍异动_下学期.xlsx",
    "establishment": "各年-1-编制.xlsx",
    "funds": "各年-2-经费.xlsx",
    "licences": "各年-3-办学许可.xlsx",
    "recognitions": "各年-4-普惠认定.xlsx",
    "inspections": "各年-5-年检.xlsx",
    "school_groups": "各年-6-办学共同体.xlsx",
    "population": "各年-7-人口.xlsx",
}
"""The spoilt workbooks by register."""
NEEDS_KINDERGARTENS = ("licences", "recognitions", "inspections")
LAST_TERM = [f"{YEARS[-2]}-{book}.xlsx" for book in ("3-班级", "4-学籍", "5-学籍_高中", "6-学籍_幼儿园", "7-学籍异动_上学期")]
BEFORE = {
    "classes": [FILES["staff"]],
    "pupils": [FILES["staff"], FILES["classes"]],
    "appointments": [FILES["staff"]],
    "enrolments": LAST_TERM,
}
"""Sound workbooks that must be there before."""

Found = Counter[tuple[int, str]]
"""How often a cause is said of a row; for what is only noted (READ) of row 0."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dirty")
    write_example(folder, SEED, schools=SMALL_EDITION, dirty=True)
    return folder


def _planted(folder: Path) -> dict[str, Found]:
    """By file."""
    planted: dict[str, Found] = {}
    with (folder / DIRTY / PLANTED_FAULTS).open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            row = 0 if line["cause"].startswith("READ") else int(line["row"])
            planted.setdefault(line["file"], Counter())[row, line["cause"]] += 1
    return planted


def _found(file: Path, account: Account, approver: Account) -> Found:
    """What the checks say of a workbook, row by row."""
    registers = load_registers()
    workbook = open_workbook(file)
    feed = matched_feed(file.name, workbook.sheet(workbook.sheet_names[0]), {name: registers[name] for name in STORES})
    assert feed is not None
    occasion = Occasion(registers, Directory.load(), date(2018, 10, 8), account, Change(account, "planted faults", approver))
    result = checked(feed, occasion.directory, account, STORES[feed.register](registers[feed.register], occasion))
    found: Found = Counter()
    for finding in result.findings:
        if finding.cause.code.startswith("READ"):
            found[0, finding.cause.code] += finding.cause.count
        else:
            found.update((int(row), finding.cause.code) for row in result.frame["row"].filter(finding.rows))
    return found


@pytest.fixture
def compared(django_db_setup: None, db: None) -> Callable[[Path, str], tuple[Found, Found]]:
    """What was planted in a file and not found, and what was found and not planted."""

    def compare(folder: Path, register: str) -> tuple[Found, Found]:
        if not Import.objects.exists():
            take_in([folder / TAKEN_IN / DIRECTORY])
            Account.objects.create(username="officer", role="officer", organisation=Organisation.objects.get(code="990101"))
            Account.objects.create(username="reviewer", role="officer", organisation=Organisation.objects.get(code="990101"))
        account, approver = Account.objects.get(username="officer"), Account.objects.get(username="reviewer")
        for before in BEFORE.get(register, ()):
            file = folder / REGISTERS / before
            if file.exists() and not SourceFile.objects.filter(name=before).exists():
                assert not take_in([file], account=account, approved_by=approver).files[0].rejected
        name = FILES[register]
        planted, found = _planted(folder)[name], _found(folder / DIRTY / name, account, approver)
        return planted - found, found - planted

    return compare


def test_every_kind_of_fault_is_planted_in_two_rows_of_a_hundred(small: Path) -> None:
    planted = _planted(small)
    roll = planted[FILES["pupils"]]
    assert SHARE == 0.02
    assert {cause for _, cause in roll} >= {
        f"PUP-{number}" for number in ("01", "20", "22", "30", "31", "32", "33", "34", "35", "37", "40")
    }


@pytest.mark.parametrize("register", [register for register in FILES if register not in NEEDS_KINDERGARTENS])
def test_all_that_was_planted_is_found_and_nothing_else(small: Path, compared: Callable[..., tuple[Found, Found]], register: str) -> None:
    missed, too_many = compared(small, register)
    assert not missed, f"not found: {sorted(missed.items())}; beside the list: {sorted(too_many.items())}"
    assert not too_many, f"beside the list: {sorted(too_many.items())}"


@pytest.mark.slow
def test_in_the_workbooks_of_the_whole_district_too(tmp_path: Path, compared: Callable[..., tuple[Found, Found]]) -> None:
    write_example(tmp_path, SEED, dirty=True)
    for register in FILES:
        missed, too_many = compared(tmp_path, register)
        assert not missed, f"{register}, not found: {sorted(missed.items())}; beside the list: {sorted(too_many.items())}"
        assert not too_many, f"{register}, beside the list: {sorted(too_many.items())}"
