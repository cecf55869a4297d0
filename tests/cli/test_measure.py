"""Commands compute, rows and measures, as a user runs them."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

import jiaoheng
from jiaoheng.cli import measure, snapshot
from tests.snapshots.written_by_hand import organisation, snapshot_of, statistics


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = organisation("450202", kind="county")
    schools = [organisation("阳光小学", top), organisation("滨江小学", top)]
    rows = [statistics("阳光小学", pupils=300, teachers=20), statistics("滨江小学", pupils=100, teachers=5)]
    return snapshot_of(tmp_path / "s", [top, *schools], rows).folder


def run(*words: str | Path) -> Result:
    app = typer.Typer()
    measure.register(app)
    snapshot.register(app)
    return CliRunner().invoke(app, [str(word) for word in words])


def test_compute_writes_the_table(folder: Path, tmp_path: Path) -> None:
    result = run("compute", "--snapshot", folder, "--output", tmp_path / "out" / "values.csv")
    assert result.exit_code == 0, result.output
    lines = (tmp_path / "out" / "values.csv").read_text(encoding="utf-8").splitlines()
    written = "measure,level,organisation,name,stage,period,numerator,denominator,value,covered,of"
    assert lines[0] == f"{written},unit,counted,schools,calendar,definition_version,snapshot"
    assert any(line.startswith("pupils_per_teacher,county,450202,450202,all,2018-2019,400.0,25.0,16.0,2,2,人,") for line in lines)


def test_a_computing_process_loads_no_library_that_it_has_no_use_for(folder: Path, tmp_path: Path) -> None:
    code = """
import sys
from jiaoheng.cli.main import main
try:
    main()
except SystemExit as end:
    heavy = ("django.db", "numpy", "pandas", "ortools", "polars", "altair")
    print(end.code, [name for name in heavy if name in sys.modules])
"""
    words = ["compute", "--snapshot", str(folder), "--output", str(tmp_path / "values.csv")]
    says = {"PYTHONPATH": str(Path(jiaoheng.__file__).parents[1]), "JIAOHENG_DATA": str(tmp_path), "LC_ALL": "C.UTF-8"}
    ran = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, env=says)
    assert ran.stdout.splitlines()[-1] == "0 []", ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("command", ["compute", "figures", "judge", "explain", "merge", "freeze"])
def test_the_database_can_be_opened_in_every_such_process(command: str, tmp_path: Path) -> None:
    """The registers need libraries that computing does not."""
    code = """
import contextlib, io, sys
from jiaoheng.cli.main import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
import pyarrow, django
django.setup()
from ortools.sat.python import cp_model
print(cp_model.CpModel().new_bool_var("a").index)
"""
    says = {"PYTHONPATH": str(Path(jiaoheng.__file__).parents[1]), "JIAOHENG_DATA": str(tmp_path), "LC_ALL": "C.UTF-8"}
    ran = subprocess.run([sys.executable, "-c", code, command, "--help"], capture_output=True, text=True, env=says)
    assert ran.stdout == "0\n", ran.stderr[-600:]


def test_rows_end_with_what_they_come_to(folder: Path) -> None:
    result = run("rows", "pupils_per_teacher", "--organisation", "450202", "--snapshot", folder)
    assert result.exit_code == 0, result.output
    assert [line.split()[:2] for line in result.output.splitlines()[-3:]] == [["numerator", "400"], ["denominator", "25"], ["value", "16"]]


def test_rows_as_csv_end_with_a_total_line(folder: Path) -> None:
    lines = list(
        csv.DictReader(
            io.StringIO(run("rows", "pupils_per_teacher", "--organisation", "450202", "--snapshot", folder, "--format", "csv").output)
        )
    )
    assert [line["organisation"] for line in lines] == ["滨江小学", "阳光小学", "total"]
    assert (lines[-1]["pupils"], lines[-1]["teachers"], lines[-1]["numerator"], lines[-1]["denominator"]) == ("400", "25", "400.0", "25.0")


def test_rows_as_json_carry_the_totals(folder: Path) -> None:
    answer = json.loads(run("rows", "teachers", "--organisation", "阳光小学", "--snapshot", folder, "--format", "json").output)
    assert [row["teachers"] for row in answer["rows"]] == [20]
    assert answer["totals"] == {"numerator": 20.0, "denominator": None, "value": 20.0, "covered": 1}


def test_measures_lists_every_measure_with_its_source() -> None:
    listed = json.loads(run("measures", "--format", "json").output)
    assert {"pupils", "teachers_cv"} <= {one["id"] for one in listed}
    assert all(one["source"]["document"] and one["label"]["zh"] for one in listed)
    assert "pupils_per_teacher" in run("measures").output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rows", "pupilz", "--organisation", "450202"], "Did you mean «pupils»?"),
        (["rows", "pupils", "--organisation", "450203"], "Did you mean «450202»?"),
        (["rows", "pupils", "--organisation", "450202", "--stage", "primaire"], "Stages are: all, preschool, primary"),
        (["compute", "--measure", "pupilz", "--output", "never.csv"], "No measure is called «pupilz»"),
    ],
)
def test_a_wrong_word_gets_one_sentence(folder: Path, words: list[str], says: str) -> None:
    result = run(*words, "--snapshot", folder)
    assert result.exit_code == 2
    assert says in result.output and len(result.output.strip().splitlines()) == 1


def test_a_folder_that_is_no_snapshot_is_refused(tmp_path: Path) -> None:
    result = run("compute", "--snapshot", tmp_path, "--output", tmp_path / "values.csv")
    assert result.exit_code == 2 and "is not a snapshot" in result.output
    assert not (tmp_path / "values.csv").exists()


def test_freeze_wants_a_date() -> None:
    result = run("freeze", "--date", "1 June")
    assert result.exit_code == 2 and "«1 June» is not a date" in result.output
