"""The command `report`, as a user runs it."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from jiaoheng.cli import paper
from tests.tiny_district import record, school, snapshot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return snapshot(tmp_path / "s", [school("A", "晨光小学"), school("B", "青禾小学")], [record("A"), record("B")]).folder


def run(*words: str | Path) -> Result:
    app = typer.Typer()
    paper.register(app)
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("suffix", [".docx", ".pdf", ".html", ".md"])
def test_a_paper_in_every_format(folder: Path, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / "out" / f"paper{suffix}"
    result = run("resources", "--snapshot", folder, "--output", file, "--language", "en")
    assert result.exit_code == 0, result.output
    assert "«Education resources of Example District»" in result.stdout and file.stat().st_size > 1000


def test_what_cannot_be_written_ends_with_2_and_one_sentence(folder: Path, tmp_path: Path) -> None:
    result = run("nothing", "--snapshot", folder, "--output", tmp_path / "p.docx")
    assert result.exit_code == 2 and "There is no paper «nothing»" in result.stderr
    assert not (tmp_path / "p.docx").exists()
