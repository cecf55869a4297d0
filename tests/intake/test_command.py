"""The command: exit status, JSON alone on standard output, templates, and a kill in the middle."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest

from jiaoheng.rulebook.registers import load_registers
from tests.intake.conftest import HEADINGS

REPOSITORY = Path(__file__).parents[2]
SCHOOLS = [["代码", "名称", "类别", "学段"], ["1001", "晨光小学", "学校", "小学"]]
GOOD = ["1001", "晨光小学", "2018-2019", "小学", 1214, 71, 9, 789100.5]


def start(data: Path, *arguments: object, **environment: str) -> "subprocess.Popen[str]":
    settings = {**os.environ, "JIAOHENG_DATA": str(data), "PYTHONPATH": str(REPOSITORY / "src"), "DATABASE_URL": "", **environment}
    command = [sys.executable, "-m", "jiaoheng", *map(str, arguments)]
    return subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=data.parent)


def run(data: Path, *arguments: object, **environment: str) -> tuple[int, str, str]:
    process = start(data, *arguments, **environment)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@pytest.fixture
def deployed(tmp_path: Path, written) -> Path:
    data = tmp_path / "deployment"
    assert run(data, "import", written("schools.xlsx", SCHOOLS))[0] == 0
    return data


def test_exit_status_and_json(deployed, written, tmp_path):
    good, bad = written("good.xlsx", [HEADINGS, GOOD]), written("bad.xlsx", [HEADINGS, GOOD, ["7", *GOOD[1:]]])
    status, out, err = run(deployed, "import", good, "--format", "json")
    assert (status, err) == (0, "") and json.loads(out)["files"][0]["accepted"] == 1
    status, out, err = run(deployed, "import", bad, "--format", "json", "--returned", tmp_path / "back", JIAOHENG_LANGUAGE="en")
    assert status == 1 and json.loads(out)["files"][0]["causes"][0]["message"].startswith("No organisation has this code: 7")
    assert len(list((tmp_path / "back").iterdir())) == 1
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(good.read_bytes()[:1000])
    status, out, err = run(deployed, "import", broken, "--format", "json", JIAOHENG_LANGUAGE="en")
    assert status == 2 and err.count("\n") == 1 and err.startswith("broken.xlsx is damaged")
    assert json.loads(out)["files"][0]["causes"][0]["code"] == "FILE-02"


def test_text_says_counts_causes_and_that_nothing_changed(deployed, written):
    bad = written("bad.xlsx", [HEADINGS, GOOD, ["7", *GOOD[1:]]])
    status, out, _ = run(deployed, "import", bad, JIAOHENG_LANGUAGE="en", COLUMNS="160")
    assert status == 1 and "STAT-05" in out and "row 3" in out and "1 returned" in out and "marked copy" in out
    good = written("good.xlsx", [HEADINGS, GOOD])
    status, out, _ = run(deployed, "import", good, JIAOHENG_LANGUAGE="en")
    assert status == 0 and "Nothing changed" in out


def test_a_faulty_mapping_is_named_by_line(deployed, written, tmp_path):
    (tmp_path / "m.yaml").write_text("label: {en: a, zh: b}\nsources: {x: {files: a, register: nothing, columns: {}}}\n", encoding="utf-8")
    status, out, err = run(deployed, "import", "--map", tmp_path / "m.yaml", written("good.xlsx", [HEADINGS, GOOD]))
    assert status == 2 and out == "" and "m.yaml, line 2, sources.x.register" in err


@pytest.mark.parametrize("register", ["annual_statistics", "organisations"])
def test_a_template_filled_in_is_accepted(deployed, tmp_path, register):
    path = tmp_path / "form.xlsx"
    assert run(deployed, "template", register, "-o", path)[0] == 0
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    rule = load_registers()[register]
    assert [cell.value for cell in sheet[1]] == [field.label.zh for field in rule.fields.values()]
    assert sheet.data_validations.dataValidation and all(cell.comment for cell in sheet[1])
    assert run(deployed, "import", path)[0] == 0  # an empty form holds no rows, and its notes are not taken for any
    example = {
        "organisations": ["2001", "春晖小学", None, "学校", "1001", "小学"],
        "annual_statistics": ["1001", "晨光小学", "2018-2019", "小学", 5],
    }
    for column, value in enumerate(example[register], start=1):
        sheet.cell(2, column, value)
    book.save(path)
    status, out, _ = run(deployed, "import", path, "--format", "json")
    assert status == 0 and json.loads(out)["files"][0]["accepted"] == 1


@pytest.mark.slow
def test_a_kill_in_the_middle_leaves_the_registers_as_before_or_after(deployed, written):
    """Killed at ever later moments until one import comes through: no state in between is ever seen."""
    rows = [[f"{number}", f"学校{number}", "学校", "小学"] for number in range(10_000, 40_000)]
    path = written("many.csv", [SCHOOLS[0], *rows])
    seen = set()
    delay = 0.6
    while 30_001 not in seen and delay < 30:
        process = start(deployed, "import", path)
        time.sleep(delay)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        with sqlite3.connect(deployed / "jiaoheng.sqlite3") as base:
            schools = base.execute("SELECT count(*) FROM organisations_organisation").fetchone()[0]
            sources = base.execute("SELECT count(*) FROM intake_sourcerow").fetchone()[0]
        assert (schools, sources) in {(1, 1), (30_001, 30_001)}
        seen.add(schools)
        delay += 0.25
    assert seen == {1, 30_001}
    assert run(deployed, "import", path)[0] == 0
