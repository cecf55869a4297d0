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


def test_the_four_parts_follow_the_schools_and_judgements_decide(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "judgements.yaml"
    told = "{standard: high_quality_balance_2017, area: D, item: b1, decision: met, evidence: 规划批复, by: 督导室, date: 2018-09-20}"
    file.write_text(f"judgements:\n  - {told}\n", encoding="utf-8")
    words = ["high_quality_balance_2017", "--snapshot", folder, "--judgements", file]
    whole = json.loads(run(*words, "--format", "json").stdout)
    assert whole["passes"] is False and whole["schools_pass"] is False
    items = {one["id"]: one for part in whole["assessment"]["parts"] for one in part["items"]}
    assert items["b1"]["meets"] is True and items["b2"]["meets"] is None and len(items) == 26
    assert "督导室" in run(*words, "--language", "zh-hans").stdout
    file.write_text(file.read_text().replace("b1", "b99"), encoding="utf-8")
    refused = run(*words)
    assert refused.exit_code != 0 and "line 2" in refused.output


def test_an_assessment_without_a_standard_over_schools(folder: Path) -> None:
    told = json.loads(run("per_pupil_funds_base", "--snapshot", folder, "--format", "json").stdout)
    assert told["standard"] == "per_pupil_funds_base" and told["parts"][0]["items"][0]["checks"][0]["schools"] == 2
    refused = run("preschool_2020", "--snapshot", folder)
    assert refused.exit_code != 0 and "2020-02-18" in refused.output
    tried = run("preschool_2020", "--snapshot", folder, "--rules-of", "2020-02-18", "--language", "zh-hans")
    assert tried.exit_code == 0 and "试评：按2020-02-18的规定" in tried.output
    assert "--rules-of 2020-02-18" in refused.output
