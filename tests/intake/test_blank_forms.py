"""Blank forms of every register: filled in with the example that they show, they come in without a fault, one after the other."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from jiaoheng.access.account import Account
from jiaoheng.intake.blank_form import write_blank_form
from jiaoheng.intake.stores import STORES
from jiaoheng.intake.taking_in import take_in
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.rulebook.registers import RegisterRule, load_registers


def filled(path: Path, rule: RegisterRule, rows: list[dict[str, Any]]) -> Path:
    """The form with rows written under its headings, as a clerk would."""
    write_blank_form(path, rule)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for number, row in enumerate(rows, start=2):
        for column, name in enumerate(rule.fields, start=1):
            if name in row:
                sheet.cell(number, column, row[name])
    book.save(path)
    return path


@pytest.mark.django_db
def test_the_example_of_every_form_is_accepted(district: Organisation, tmp_path: Path) -> None:
    officer = Account.objects.create(username="officer", role="officer", organisation=district)
    second = Account.objects.create(username="second", role="officer", organisation=district)
    Organisation.objects.create(code="3209990101", name_zh="向日葵幼儿园", kind="kindergarten", parent=district, path="320999/3209990101")
    registers = load_registers()
    assert set(STORES) <= set(registers)
    for name, rule in registers.items():
        assert rule.example, f"{name} has no example"
        path = filled(tmp_path / f"{name}.xlsx", rule, [dict(row) for row in rule.example])
        report = take_in([path], account=officer, approved_by=second)
        [file] = report.files
        rejected = [f"{cause.code} {cause.en}" for cause in file.causes if cause.severity == "reject"]
        assert (file.register, file.accepted, rejected) == (name, len(rule.example), []), name
        again = take_in([path], account=officer, approved_by=second).files[0]
        if name != "enrolments":  # a movement happens once
            assert (again.accepted, again.unchanged) == (0, len(rule.example)), name
