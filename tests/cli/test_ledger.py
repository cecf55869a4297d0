"""The ledgers at the terminal: list, add, show, import, export, the empty workbook."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from jiaoheng.access.account import Account
from jiaoheng.cli.main import _application
from jiaoheng.ledgers.ledger_row import LedgerRow
from tests.intake.test_ledger_workbook import GOOD, workbook
from tests.ledgers.conftest import district, person

__all__ = ["district", "person"]

ANSWERS = {
    "school": "1001", "found_on": "2026-11-02", "finder": "周宁", "method": "routine", "category": "fire", "kind": "exit",
    "place": "二楼", "description": "疏散通道堆放桌椅", "grade": "ordinary", "rectifier": "吴江",
}  # fmt: skip


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(_application("ledger"), ["ledger", *words])
    return result.exit_code, result.output


@pytest.fixture
def officer(person: Callable[..., Account]) -> str:
    return person("officer").username


def test_a_row_is_added_shown_and_exported(officer: str, tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(ANSWERS), encoding="utf-8")
    status, said = run("add", "hazards", str(file), "--as", officer)
    assert status == 0 and said.strip() == str(LedgerRow.objects.get().pk)
    status, said = run("show", said.strip(), "--as", officer)
    shown = json.loads(said)
    assert (shown["organisation"], shown["state"], shown["clocks"][0]["clock"]) == ("1001", "found", "grade")
    status, said = run("export", "hazards", "-o", str(tmp_path / "rows.parquet"), "--as", officer)
    assert status == 0 and pq.read_table(tmp_path / "rows.parquet").to_pylist()[0]["grade"] == "ordinary"
    status, said = run("list", "--as", officer)
    counts = {cells[0]: cells[-3:] for line in said.splitlines() if len(cells := [cell.strip() for cell in line.split("│")[1:-1]]) > 3}
    assert status == 0 and counts["hazards"][:2] == ["1", "1"] and counts["awards"] == ["0", "–", "–"]


def test_answers_that_do_not_hold_are_listed(officer: str, tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(ANSWERS | {"kind": "wiring", "finder": ""}), encoding="utf-8")
    status, said = run("add", "hazards", str(file), "--as", officer)
    assert status == 1 and "ANSWER-CHOICE" in said and "ANSWER-REQUIRED" in said and LedgerRow.objects.count() == 0


def test_a_workbook_is_imported_with_its_wrong_rows_marked(officer: str, tmp_path: Path) -> None:
    file = workbook(tmp_path / "隐患.xlsx", [[1, *GOOD], [2, *GOOD[:3], "空中", *GOOD[4:]]])
    status, said = run("import", "hazards", str(file), "--as", officer, "--dry-run")
    assert status == 1 and "E3" in said and LedgerRow.objects.count() == 0
    status, said = run("import", "hazards", str(file), "--as", officer, "--marked", str(tmp_path / "back.xlsx"))
    assert status == 1 and "存入1" in said and (tmp_path / "back.xlsx").is_file()


def test_the_empty_workbook_is_written(officer: str, tmp_path: Path) -> None:
    assert run("template", "hazards", "-o", str(tmp_path / "empty.xlsx"))[0] == 0
    assert run("template", "nothing", "-o", str(tmp_path / "empty.xlsx"))[0] == 2


def test_an_unknown_account_is_refused(district: object) -> None:
    assert run("list", "--as", "nobody")[0] == 2
