"""The road of the README as a newcomer walks it: every command a process of its own, with nothing set but the data folder."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deployment import deployment

pytestmark = pytest.mark.slow

_SCHOOLS = "代码,名称,类别,上级机构代码,学段\n320999,示例区,区县,,\n1001,晨光小学,学校,320999,小学\n1002,春晖小学,学校,320999,小学\n"
_YEAR = (
    "学校代码,学校名称,学年,学段,学生数,专任教师数,骨干教师数,公用经费（元）\n"
    "1001,晨光小学,2018-2019,小学,1214,71,9,789100.5\n1002,春晖小学,2018-2019,小学,600,40,7,400000\n"
)
_FIGURE = '{"id": "f1", "what": "小学生师比", "kind": "ratio", "quote": "小学生师比16.3:1", "value": 16.3}\n'


def test_from_workbooks_to_a_report_that_explains_itself(tmp_path: Path) -> None:
    for name, text in (("schools.csv", _SCHOOLS), ("year.csv", _YEAR), ("figures.jsonl", _FIGURE)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with deployment("sqlite", tmp_path / "data") as place:
        environment = {name: value for name, value in place.environment().items() if name not in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL")}

        def does(words: str, status: int = 0) -> str:
            command = [sys.executable, "-m", "jiaoheng", *words.split()]
            done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
            assert done.returncode == status, (words, done.stdout, done.stderr)
            return done.stdout

        does("import schools.csv")
        does("import year.csv")
        does("freeze --date 2018-09-01")
        assert "pupils_per_teacher" in does("measures")
        does("compute --output values.csv")
        with (tmp_path / "values.csv").open(encoding="utf-8-sig") as file:
            values = {(row["measure"], row["organisation"], row["stage"]): row["value"] for row in csv.DictReader(file)}
        assert float(values["pupils_per_teacher", "320999", "all"]) == pytest.approx(1814 / 111)
        assert "1001" in does("rows pupils_per_teacher --organisation 320999")
        does("figures figures.jsonl")
        assert "晨光小学" in does("judge high_quality_balance_2017 --language zh-hans")
        does("plan-to-pass high_quality_balance_2017 --seconds 5 --format json")
        does("report resources --output report.docx --output report.html")
        assert "figures equal" in does("explain report.docx")
        does("audit report.docx")
        does("discrepancies --on 2018-09-01")
        does(f"merge {next((place.data / 'snapshots').iterdir())} --output merged")
