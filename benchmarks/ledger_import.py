"""What a workbook of 100,000 rows of a ledger takes: read and checked by the form's own rules, then stored with events, words and trail.

    python benchmarks/ledger_import.py [ROWS]
    python tools/with_postgres.py -- python benchmarks/ledger_import.py [ROWS]

Hazards (25 questions, three of them sealed) of 300 schools, in an .xlsx made for the run. Seconds of CPU are the program's with the process
that reads the file, and those of the server's process for it. Ends with status 1 where it takes more than 60.
"""

# ruff: noqa: E402  Django is set up before its models are imported

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

folder = tempfile.TemporaryDirectory(prefix="jiaoheng-import-")
os.environ["JIAOHENG_DATA"] = folder.name
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiaoheng.command_settings")

import django

django.setup()

import xlsxwriter
from django.core.management import call_command
from django.db import connection
from measuring import server_cpu

from jiaoheng.access.account import Account
from jiaoheng.intake.ledger_workbook import check_workbook, store_workbook
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.published_ledger import published_ledgers
from jiaoheng.organisations.organisation import Organisation

SCHOOLS, MOST_SECONDS = 300, 60.0
HEADINGS = ("序号", "学校", "发现日期", "排查人", "排查方式", "隐患类别", "具体类型", "具体位置", "隐患描述", "隐患等级", "整改责任人")


def main(rows: int) -> int:
    call_command("migrate", verbosity=0)
    officer, ledger = _people(), published_ledgers()["hazards"]
    file = Path(folder.name) / "hazards.xlsx"
    _write(file, rows)
    started = time.perf_counter(), _cpu(), server_cpu()
    intake = check_workbook(ledger.form, file)
    assert len(intake.good) == rows, intake.wrong[0].faults
    checked = time.perf_counter(), _cpu(), server_cpu()
    store_workbook(intake, ledger.version, by=officer, process="hazard", reason="benchmark")
    stored = time.perf_counter(), _cpu(), server_cpu()
    assert LedgerRow.objects.count() == rows
    for words, begins, ends in (("read and checked", started, checked), ("stored", checked, stored), ("together", started, stored)):
        wall, own, served = (end - begin for begin, end in zip(begins, ends, strict=True))
        print(f"{connection.vendor:10} {rows:,} rows {words:18} {wall:6.1f} s; CPU {own:5.1f} + {served:4.1f} s")
    print(f"peak {max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024:,.0f} MB")
    return int(stored[1] - started[1] + stored[2] - started[2] > MOST_SECONDS)


def _write(file: Path, rows: int) -> None:
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        sheet.write_row(0, 0, HEADINGS)
        for number in range(1, rows + 1):
            said = (
                number,
                f"示例{number % SCHOOLS}小学", f"2026-11-{1 + number % 18:02}", f"周宁{number % 500}", "日常排查", "消防",
                "疏散通道堵塞", f"教学楼{number}室", "疏散通道堆放桌椅，影响通行", "一般隐患", f"吴江{number % 700}",
            )  # fmt: skip
            sheet.write_row(number, 0, said)


def _cpu() -> float:
    return sum(os.times()[:4])


def _people() -> Account:
    top = Organisation.objects.create(code="320999", name_zh="示例区教育局", kind="bureau", path="320999")
    Organisation.objects.bulk_create(
        Organisation(code=f"s{n}", name_zh=f"示例{n}小学", kind="school", parent=top, path=f"320999/s{n}") for n in range(SCHOOLS)
    )
    return Account.objects.create(username="officer", role="officer", organisation=top)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
