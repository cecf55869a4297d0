"""The commands: what they print, and what their exit status says."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from jiaoheng.cli.audit import register

SOUND = "全区共有学校12所,其中小学9所、初中3所。"
FAULTY = "全区共有学校13所,其中小学9所、初中3所。"


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    register(app)
    return app


def write(folder: Path, name: str, words: str) -> str:
    (folder / name).write_text(words, encoding="utf-8")
    return str(folder / name)


def test_exit_status_says_whether_everything_holds(app: typer.Typer, tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert run(app, ["audit", write(tmp_path, "a.txt", SOUND)]).exit_code == 0
    assert run(app, ["audit", write(tmp_path, "b.txt", FAULTY)]).exit_code == 1
    assert run(app, ["audit", str(tmp_path / "none.txt")]).exit_code == 2


def test_an_unreadable_file_is_named_in_one_sentence_and_the_others_are_read(app: typer.Typer, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["audit", str(tmp_path / "none.txt"), write(tmp_path, "a.txt", SOUND)])
    assert result.exit_code == 0
    assert result.stderr.strip() == "none.txt：文件不存在，或不允许打开。"
    english = CliRunner().invoke(app, ["audit", "--language", "en", str(tmp_path / "none.txt"), write(tmp_path, "a.txt", SOUND)])
    assert english.stderr.strip() == "none.txt: the file is not there or may not be opened."


def test_json_is_the_promised_document(app: typer.Typer, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["audit", "--format", "json", write(tmp_path, "b.txt", FAULTY)])
    (relation,) = json.loads(result.stdout)["relations"]
    assert (relation["holds"], relation["stated"], relation["computed"]) == (False, 13, 12)


def test_two_reports_are_compared(app: typer.Typer, tmp_path: Path) -> None:
    one, two = (
        write(tmp_path, "a.txt", "全区共有专任教师1636人。"),
        write(tmp_path, "b.txt", "全区共有专任教师1638人。"),
    )
    result = CliRunner().invoke(app, ["audit", "--format", "json", one, two])
    assert result.exit_code == 1
    assert len(json.loads(result.stdout)["conflicts"]) == 1


@pytest.mark.parametrize("kind", ["html", "docx", "text", "json"])
def test_findings_are_written_to_a_file(app: typer.Typer, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"out.{kind}"
    result = CliRunner().invoke(app, ["audit", write(tmp_path, "b.txt", FAULTY), "--format", kind, "--output", str(out)])
    assert result.exit_code == 1
    assert out.stat().st_size > 100


def test_a_plan_is_read_into_goals(app: typer.Typer, tmp_path: Path) -> None:
    plan = write(tmp_path, "plan.txt", "1.新建幼儿园3所。加强管理。")
    result = CliRunner().invoke(app, ["plan", "read", plan, "--format", "json"])
    assert [g["quantified"] for g in json.loads(result.stdout)["goals"]] == [True, False]
    assert CliRunner().invoke(app, ["plan", "read", plan]).exit_code == 0
    assert CliRunner().invoke(app, ["plan", "read", str(tmp_path / "none.txt")]).exit_code == 2


def test_findings_are_told_in_the_language_asked_for(app: typer.Typer, tmp_path: Path) -> None:
    said = {
        language: CliRunner().invoke(app, ["audit", write(tmp_path, "b.txt", FAULTY), "--language", language]).stdout
        for language in ("zh", "en")
    }
    assert "不成立" in said["zh"] and "do not" not in said["zh"] and "confidence" not in said["zh"]
    assert "do not" in said["en"] and "不成立" not in said["en"]
