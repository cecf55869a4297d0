"""The four files of a real country, as published, through the whole command."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

REPOSITORY = Path(__file__).parents[2]
FILES = REPOSITORY.parent / "shared" / "data" / "ph-schools"
MAPPING = REPOSITORY / "examples" / "philippines" / "mapping.yaml"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FILES.is_dir(), reason="the published files are not here")]


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "JIAOHENG_DATA": str(data), "PYTHONPATH": str(REPOSITORY / "src"), "DATABASE_URL": ""}
    command = [sys.executable, "-m", "jiaoheng", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=data.parent)


def test_a_whole_country_is_taken_in_and_a_second_time_changes_nothing(tmp_path):
    first = run(tmp_path / "data", "import", "--map", str(MAPPING), str(FILES), "--format", "json")
    assert first.returncode == 1, first.stderr
    files = {file["file"]: file for file in json.loads(first.stdout)["files"]}
    counts = {name: (file["read"], file["accepted"] + file["unchanged"], file["rejected"]) for name, file in files.items()}
    assert counts == {
        "schools.csv": (46603, 46603, 0),
        "mooe.xlsx": (44028, 44025, 3),
        "rooms.xls": (46412, 46357, 55),
        "teachers.xls": (45040, 45040, 0),
    }
    rejected = {name: [(c["code"], c["count"]) for c in file["causes"] if c["severity"] == "reject"] for name, file in files.items()}
    assert rejected == {"schools.csv": [], "mooe.xlsx": [("STAT-05", 3)], "rooms.xls": [("STAT-05", 55)], "teachers.xls": []}

    with (FILES / "schools.csv").open(encoding="utf-8", newline="") as listed:
        known = {row["school.id"] for row in csv.DictReader(listed)}
    [marked] = (tmp_path / "data" / "returned").glob("rooms-*.xlsx")
    rows = list(openpyxl.load_workbook(marked).active.iter_rows(min_row=2))
    assert len(rows) == 55
    assert all(str(int(row[0].value)) not in known and row[0].fill.fgColor.rgb == "FFF7D4CF" for row in rows)

    again = run(tmp_path / "data", "import", "--map", str(MAPPING), str(FILES), "--format", "json")
    assert all(file["accepted"] == 0 for file in json.loads(again.stdout)["files"])
