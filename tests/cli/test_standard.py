"""The command `judge`, as a user runs it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from jiaoheng.cli import standard
from tests.tiny_district import record, school, snapshot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tree = [school("A", "晨光小学"), school("B", "青禾小学")]
    return snapshot(tmp_path / "s", tree, [record("A"), record("B", pe_arts_teachers=6, rooms=20)]).folder


def run(*words: str | Path) -> Result:
    app = typer.Typer()
    standard.register(app)
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})


def test_the_table_says_what_is_lacking(folder: Path) -> None:
    result = run("high_quality_balance_2017", "--snapshot", folder, "--language", "en")
    assert result.exit_code == 0, result.output
    assert "青禾小学: needs 3 more PE and arts teachers" in result.stdout
    assert "1 / 2  does not meet the standard" in result.stdout
    chinese = run("high_quality_balance_2017", "--snapshot", folder, "--language", "zh-hans").stdout
    assert "青禾小学：缺3名体育艺术教师" in chinese and "差异系数" in chinese


def test_json_is_the_whole_verdict(folder: Path) -> None:
    result = run("staffing_and_space", "--snapshot", folder, "--format", "json", "--organisation", "D")
    verdict = json.loads(result.stdout)
    assert verdict["area"] == "D" and verdict["passes"] is False
    assert [(one["organisation"], one["passes"]) for one in verdict["schools"]] == [("A", True), ("B", False)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing",), "«nothing» is not a standard of the rulebook"),
        (("staffing_and_space", "--organisation", "X"), "No organisation of the snapshot has the code «X»"),
        (("staffing_and_space", "--format", "xml"), "«xml» is not a format"),
    ],
)
def test_what_cannot_be_judged_ends_with_2_and_one_sentence(folder: Path, words: tuple[str, ...], message: str) -> None:
    result = run(*words, "--snapshot", folder)
    assert result.exit_code == 2
    assert message in result.stderr and len(result.stderr.strip().splitlines()) == 1
