"""How long a district's pupils take to be read, checked and stored, beside reading alone and beside django-import-export, in one run.

Makes a workbook of 26,568 invented pupils × 30 columns from a seed (and with --city a CSV of 500,000). Sides run in processes of their
own, by turns, so that a busy machine slows all of them; the turn in the middle counts. Clocks run from the closed file to the last row:

reading                python-calamine gives rows of cells, nothing else
intake                 reads, checks by every rule, stores pupils, enrolments and conditions with history, trail and origin of every row
django-import-export   bulk mode, its own .xlsx reader (tablib, openpyxl); the same model, sealed columns and blind indexes; instances
                       validated (clean_model_instances: code lists, check digit, birth date and sex, numbers that stand once) and history
                       stored in bulk by django-simple-history; no enrolments, conditions, trail, origin, comparison, or rules of the file
its storing alone      the same without validation and history, for comparison; it is not judged

Ends with status 1 where the intake takes more than 5 times the reading, is not 8 times faster than django-import-export, or needs more
than 600 MB. CPU seconds (user and system, with child processes) are shown beside, since they vary less on a machine that others use.

    python benchmarks/intake_pupils.py
    python tools/with_postgres.py -- python benchmarks/intake_pupils.py --city
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

REPOSITORY = Path(__file__).resolve().parents[1]
PUPILS, SCHOOLS, CITY = 26_568, 26, 500_000
MOST_TIMES, LEAST_FASTER, MOST_MB, LEAST_SHARE = 5.0, 8.0, 600.0, 0.5
WEIGHTS, CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
HEADINGS = [
    "全国学籍号", "身份证件类型", "身份证件号", "姓名", "性别", "出生日期", "民族", "户口所在地行政区划", "户口性质", "监护人姓名",
    "监护人关系", "监护人电话", "学校标识码", "学校名称", "学年", "年级", "班级", "入学日期", "入学方式", "是否寄宿生",
    "是否进城务工人员随迁子女", "是否留守儿童", "是否孤儿", "残疾类型", "残疾学生安置方式", "家庭经济困难类别", "资助银行卡号", "家庭住址",
    "健康状况", "备注",
]  # fmt: skip

READ = """
import json, os, sys, time
from python_calamine import CalamineWorkbook
began, used = time.perf_counter(), sum(os.times()[:4])
book = CalamineWorkbook.from_filelike(open(sys.argv[1], "rb"))
for name in book.sheet_names:
    book.get_sheet_by_name(name).to_python()
print(json.dumps({"seconds": time.perf_counter() - began, "cpu": sum(os.times()[:4]) - used}))
"""

_SET_UP = """
import json, os, resource, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "jiaoheng.command_settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from pathlib import Path
from django.utils import translation
from jiaoheng.access.account import Account
from jiaoheng.intake.taking_in import take_in
from jiaoheng.organisations.organisation import Organisation
translation.activate("en")
folder = Path(sys.argv[1])
take_in([folder / "organisations.csv"])
officer = Account.objects.create(username="officer", role="officer", organisation=Organisation.objects.get(code="999901"))
take_in([folder / "classes.csv"], account=officer)
"""

INTAKE = (
    _SET_UP
    + """
began, used = time.perf_counter(), sum(os.times()[:4])
report = take_in([Path(sys.argv[2])], account=officer)
seconds, cpu = time.perf_counter() - began, sum(os.times()[:4]) - used
file = report.files[0]
assert file.accepted == int(sys.argv[3]) and not file.rejected, [cause.en for cause in file.causes]
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
print(json.dumps({"seconds": seconds, "cpu": cpu, "megabytes": peak}))
"""
)

IMPORT_EXPORT = (
    _SET_UP
    + """
import tablib
from import_export import fields, resources, widgets
from jiaoheng.access.change import Change, altering
from jiaoheng.registers.pupil import Pupil
from simple_history.utils import bulk_create_with_history

whole = sys.argv[4] == "whole"

class PupilResource(resources.ModelResource):
    student_number = fields.Field("student_number", "全国学籍号")
    identity_number = fields.Field("identity_number", "身份证件号")
    name = fields.Field("name", "姓名")
    sex = fields.Field("sex", "性别")
    birth_date = fields.Field("birth_date", "出生日期", widgets.DateWidget("%Y-%m-%d"))
    ethnicity = fields.Field("ethnicity", "民族")
    household_area = fields.Field("household_area", "户口所在地行政区划")
    household_kind = fields.Field("household_kind", "户口性质")
    guardian = fields.Field("guardian", "监护人姓名")
    guardian_relation = fields.Field("guardian_relation", "监护人关系")
    guardian_phone = fields.Field("guardian_phone", "监护人电话")
    bank_card = fields.Field("bank_card", "资助银行卡号")
    keeper = fields.Field("keeper", "学校标识码", widgets.ForeignKeyWidget(Organisation, "code"))
    class Meta:
        model = Pupil
        use_bulk = True
        batch_size = 1000
        force_init_instance = True
        skip_diff = True
        clean_model_instances = whole
        import_id_fields = ("student_number",)
        fields = ("student_number", "identity_number", "name", "sex", "birth_date", "ethnicity", "household_area", "household_kind",
                  "guardian", "guardian_relation", "guardian_phone", "bank_card", "keeper")
    def bulk_create(self, using_transactions, dry_run, raise_errors, batch_size=None, result=None):
        if not whole:
            return super().bulk_create(using_transactions, dry_run, raise_errors, batch_size=batch_size, result=result)
        told = {"default_user": officer, "default_change_reason": "benchmark"}
        bulk_create_with_history(self.create_instances, Pupil, batch_size=batch_size, **told)
        self.create_instances.clear()
    def before_import_row(self, row, **_):
        row["性别"] = {"男": "1", "女": "2"}[row["性别"]]
        row["民族"] = "01"
        row["户口性质"] = "3"
        row["监护人关系"] = "father"

began, used = time.perf_counter(), sum(os.times()[:4])
data = tablib.Dataset().load(Path(sys.argv[2]).read_bytes(), format="xlsx")
with altering(Change(officer, "benchmark")):
    result = PupilResource().import_data(data, raise_errors=True, use_transactions=False)
seconds, cpu = time.perf_counter() - began, sum(os.times()[:4]) - used
assert Pupil.objects.count() == int(sys.argv[3])
assert Pupil.history.count() == (int(sys.argv[3]) if whole else 0)
print(json.dumps({"seconds": seconds, "cpu": cpu}))
"""
)


def with_check_digit(seventeen: str) -> str:
    return seventeen + CHECKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, seventeen, strict=True)) % 11]


def children(count: int, schools: int) -> Iterator[list[str]]:
    """Invented rows, the same for the same numbers. Nobody has these identity numbers: no district has the code 9999xx."""
    chance = random.Random(count)
    surnames, given = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "子涵雨泽欣怡浩然诗梓宇轩思佳明俊熙若曦"
    for number in range(count):
        grade = number % 9 + 1
        school = (number // 9) % schools
        born = date(2024 - 6 - grade, 9, 1) + timedelta(days=chance.randrange(365))
        boy = chance.random() < 0.52
        place = f"{999901 + number // 400_000:06d}"
        sequence = (number // 365 % 450) * 2 + (1 if boy else 0)
        identity = with_check_digit(f"{place}{born:%Y%m%d}{sequence:03d}")
        kept = with_check_digit(f"9{number:05d}"[:6] + f"{born:%Y%m%d}" + f"{number // 100_000:03d}")
        poor, away = chance.random() < 0.06, chance.random() < 0.12
        yield [
            "G" + kept, "居民身份证", identity, chance.choice(surnames) + chance.choice(given) + chance.choice(given),
            "男" if boy else "女", born.isoformat(), "汉族", "999901", "居民户口",
            chance.choice(surnames) + chance.choice(given), "父亲", f"138{number:08d}", f"99990{school:05d}", f"示例{school}学校",
            "2024-2025", f"{'一二三四五六七八九'[grade - 1]}年级", str(number // (9 * schools) % 16 + 1), "2024-09-01",
            "招生" if grade in (1, 7) else "升级", "是" if grade > 6 and chance.random() < 0.4 else "否",
            "是" if chance.random() < 0.15 else "否", "单亲留守儿童" if away else "否", "否",
            "听力残疾" if number % 800 == 0 else "无", "随班就读" if number % 800 == 0 else "", "低保" if poor else "否",
            f"62220{number:010d}0000"[:18] + luhn(f"62220{number:010d}0000"[:18]) if poor else "", f"示例路 {number % 400} 号", "健康", "",
        ]  # fmt: skip


def luhn(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def distinct(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Without the few whose invented numbers fell together: each gets a student number of its own."""
    seen: set[str] = set()
    for row in rows:
        number, birth = row[0], row[0][7:15]
        sequence = 0
        while number in seen or row[2] in seen:
            sequence += 1
            number = "G" + with_check_digit(f"{800000 + len(seen) % 99999:06d}{birth}{sequence % 1000:03d}")
            odd = int(row[2][16]) % 2
            row[2] = with_check_digit(f"{row[2][:6]}{birth}{(sequence * 2 + 400 + odd) % 1000:03d}")
        row[0] = number
        seen |= {number, row[2]}
        yield row


def written(folder: Path, count: int, schools: int) -> Path:
    """Organisations, classes, and the pupils: a workbook, or a CSV where they are too many for one."""
    with (folder / "organisations.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["代码", "名称", "类别", "上级代码", "学段"])
        rows.writerow(["999901", "示例区", "区县", "", ""])
        rows.writerows([f"99990{school:05d}", f"示例{school}学校", "学校", "999901", "小学、初中"] for school in range(schools))
    with (folder / "classes.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["学校标识码", "学年", "年级", "班级"])
        for school in range(schools):
            for grade in "一二三四五六七八九":
                rows.writerows([f"99990{school:05d}", "2024-2025", f"{grade}年级", group] for group in range(1, 17))
    if count > PUPILS:
        path = folder / "pupils.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(HEADINGS)
            rows.writerows(distinct(children(count, schools)))
        return path
    path = folder / "pupils.xlsx"
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("学生")
        sheet.write_row(0, 0, HEADINGS)
        for index, row in enumerate(distinct(children(count, schools)), start=1):
            for column, cell in enumerate(row):
                if cell:
                    sheet.write_string(index, column, cell)
    return path


def measured(script: str, *arguments: object, database: str = "") -> dict[str, float]:
    """Run one side in a process and a data folder of its own."""
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "JIAOHENG_DATA": data, "DATABASE_URL": database, "PYTHONPATH": str(REPOSITORY / "src")}
        command = [sys.executable, "-c", script, *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=data)
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        said: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
        return said


def district(turns: int) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        book = written(folder, PUPILS, SCHOOLS)
        measured(READ, book)  # once unmeasured, so that the file is in the machine's memory for every side
        runs = [
            (
                measured(READ, book),
                measured(INTAKE, folder, book, PUPILS),
                measured(IMPORT_EXPORT, folder, book, PUPILS, "whole"),
            )
            for _ in range(turns)
        ]
        storing = measured(IMPORT_EXPORT, folder, book, PUPILS, "storing")
    reading, intake, other = sorted(runs, key=lambda run: run[1]["seconds"] / run[0]["seconds"])[len(runs) // 2]
    times, faster = intake["seconds"] / reading["seconds"], other["seconds"] / intake["seconds"]
    print(f"{PUPILS:,} pupils × {len(HEADINGS)} columns, SQLite, the turn in the middle of {turns}")
    for name, side in (("reading", reading), ("intake", intake), ("django-import-export", other), ("its storing alone", storing)):
        print(f"{name:22} {side['seconds']:6.2f} s   {side['cpu']:6.2f} s CPU")
    print(f"intake takes {times:4.1f} × the reading (at most {MOST_TIMES:.0f}); by CPU {intake['cpu'] / reading['cpu']:4.1f}")
    by_cpu = other["cpu"] / intake["cpu"]
    print(f"intake is {faster:4.1f} × faster than django-import-export (at least {LEAST_FASTER:.0f}); by CPU {by_cpu:4.1f}")
    print(f"peak memory {intake['megabytes']:.0f} MB (at most {MOST_MB:.0f})")
    return int(times > MOST_TIMES or faster < LEAST_FASTER or intake["megabytes"] > MOST_MB)


def city(count: int) -> int:
    database = os.environ.get("DATABASE_URL", "")
    if not database.startswith("postgres"):
        raise SystemExit("--city stores into PostgreSQL: python tools/with_postgres.py -- python benchmarks/intake_pupils.py --city")
    with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as large:
        book, table = written(Path(small), PUPILS, SCHOOLS), written(Path(large), count, 500)
        one = measured(INTAKE, small, book, PUPILS)
        all_of_them = measured(INTAKE, large, table, count, database=database)
    rate, rate_of_all = PUPILS / one["seconds"], count / all_of_them["seconds"]
    share = rate_of_all / rate
    print(f"{count:,} pupils from CSV into PostgreSQL: {all_of_them['seconds']:.0f} s, {rate_of_all:,.0f} rows/s")
    by_cpu = (count / all_of_them["cpu"]) / (PUPILS / one["cpu"])
    print(f"CPU of the program, without the server's: {all_of_them['cpu']:.1f} s; {by_cpu:.2f} of the rows per CPU second of {PUPILS:,}")
    print(
        f"{share:.2f} of the {rate:,.0f} rows/s of {PUPILS:,} into SQLite (at least {LEAST_SHARE}); peak {all_of_them['megabytes']:.0f} MB"
    )
    return int(share < LEAST_SHARE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--city", action="store_true", help="the large CSV into PostgreSQL instead")
    parser.add_argument("--rows", type=int, default=CITY, help="rows of the large CSV")
    given = parser.parse_args()
    return city(given.rows) if given.city else district(given.turns)


if __name__ == "__main__":
    raise SystemExit(main())
