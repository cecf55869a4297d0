"""Templates: every drop-down offers words that the intake reads, and the example of a register would be accepted by its own types."""

import openpyxl
import pytest

from jiaoheng.intake.blank_form import write_blank_form
from jiaoheng.intake.cells import raw_column
from jiaoheng.intake.normalising import normalised
from jiaoheng.rulebook.registers import load_registers

REGISTERS = load_registers()


@pytest.mark.parametrize("register", sorted(REGISTERS))
def test_a_drop_down_offers_what_is_read(tmp_path, register):
    rule = REGISTERS[register]
    book = openpyxl.load_workbook(write_blank_form(tmp_path / "form.xlsx", rule))
    checks = [check for check in book.worksheets[0].data_validations.dataValidation if check.type == "list"]
    offered = {next(iter(check.sqref.ranges)).min_col - 1: check.formula1 for check in checks}
    fields = list(rule.fields.values())
    chosen = [place for place, field in enumerate(fields) if field.type in ("choice", "grade", "boolean")]
    assert set(chosen) <= set(offered)
    for place in chosen:
        formula = offered[place]
        words = (
            [cell.value for cell in book["下拉项"][place + 1] if cell.value]
            if formula.startswith("'下拉项'")
            else formula.strip('"').split(",")
        )
        read = normalised(raw_column(words), fields[place])
        assert words and not read.faults["04"].any()


@pytest.mark.parametrize("register", sorted(REGISTERS))
def test_the_example_is_read_without_a_fault(register):
    rule = REGISTERS[register]
    assert rule.example
    for row in rule.example:
        for name, cell in row.items():
            read = normalised(raw_column([cell]), rule.fields[name])
            assert not any(mask.any() for mask in read.faults.values()), name
