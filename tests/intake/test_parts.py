"""A long table is taken in by parts: its report, its rows and its copy are those of the same table taken in whole."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from jiaoheng.access import trail
from jiaoheng.access.account import Account
from jiaoheng.access.sealed_file import read_clear
from jiaoheng.intake import long_table, parts, workbook
from jiaoheng.intake.causes import UnreadableWorkbook
from jiaoheng.intake.long_table import LongRows
from jiaoheng.intake.provenance import Import, SourceRow
from jiaoheng.intake.taking_in import take_in
from jiaoheng.intake.workbook import open_workbook
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition
from tests.intake.test_pupils import HEAD, child, officer  # noqa: F401


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """From here on every CSV is long, and read by so many rows at once."""

    def say(rows: int) -> None:
        monkeypatch.setattr(workbook, "LONG_BYTES", 0)
        monkeypatch.setattr(parts, "ROWS_AT_ONCE", rows)

    return say


def faulty() -> list[list[object]]:
    """Twelve children; the 3rd stands again as the 11th, the 4th at another school as the 12th; one of an unknown school; a card twice."""
    rows = [child(number, 是否留守儿童="单亲留守儿童" if number % 2 else "否") for number in range(1, 11)]
    rows[5] = child(6, 学校标识码="7777")
    rows += [child(3), child(4, 学校标识码="1002")]
    rows[1], rows[8] = child(2, 资助银行卡号="4111111111111111"), child(9, 资助银行卡号="4111111111111111")
    return rows


def test_the_report_is_that_of_the_whole(district, officer, written, in_parts, data_folder):  # noqa: F811
    table = written("pupils.csv", [HEAD, *faulty()])
    whole = take_in([table], account=officer, dry_run=True)
    in_parts(5)
    report = take_in([table], account=officer, dry_run=True)
    assert report.as_dict() == whole.as_dict()
    assert (report.files[0].read, report.files[0].rejected) == (12, 5)
    assert {"PUP-35", "PUP-37", "PUP-40"} <= {cause.code for cause in report.files[0].causes}
    assert not Pupil.objects.exists() and not Import.objects.exists() and not (data_folder / "received").exists()


def test_what_is_stored_is_that_of_the_whole_and_a_second_time_nothing_is_new(district, officer, written, in_parts, data_folder):  # noqa: F811
    in_parts(5)
    table = written("pupils.csv", [HEAD, *faulty()])
    file = take_in([table], account=officer).files[0]
    assert (file.new, file.changed, file.rejected, file.left_out) == (7, 0, 5, [])
    assert Pupil.objects.count() == Enrolment.objects.count() == 7 and PupilCondition.objects.count() == 3
    assert trail.verify() == []
    imported = Import.objects.get()
    assert (imported.rows_read, imported.rows_accepted, imported.rows_rejected) == (12, 7, 5)
    assert sorted(SourceRow.objects.values_list("row", flat=True)) == [2, 3, 6, 8, 9, 10, 11]
    assert read_clear(data_folder / "received" / file.sha256) == table.read_bytes()
    again = take_in([table], account=officer).files[0]
    assert (again.new, again.changed, again.unchanged) == (0, 0, 7)


def test_the_marked_copy_holds_the_wrong_rows_of_every_part(district, officer, written, in_parts):  # noqa: F811
    in_parts(5)
    file = take_in([written("pupils.csv", [HEAD, *faulty()])], account=officer).files[0]
    rows = open_workbook(file.returned).sheet("pupils").rows
    assert rows[0][:3] == HEAD[:3] and "what is wrong" in rows[0][-1]
    assert [row[-1].split(":")[0] for row in rows[1:]] == [f"Row {number}" for number in (4, 5, 7, 12, 13)]


def test_who_is_left_out_is_told_over_all_parts(district, officer, written, in_parts):  # noqa: F811
    in_parts(3)
    take_in([written("a.csv", [HEAD, *(child(number) for number in range(1, 9))])], account=officer)
    file = take_in([written("b.csv", [HEAD, *(child(number) for number in (1, 2, 4, 5, 7, 8, 9))])], account=officer).files[0]
    assert (file.new, file.unchanged, len(file.left_out)) == (1, 6, 2)


def test_a_fault_in_a_later_part_leaves_nothing_of_the_earlier(district, officer, written, in_parts, monkeypatch):  # noqa: F811
    in_parts(3)
    stored = parts.keep_source_rows
    calls: list[int] = []

    def broken(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        stored(*arguments)

    monkeypatch.setattr(parts, "keep_source_rows", broken)
    with pytest.raises(Exception, match="Nothing was stored"):
        take_in([written("a.csv", [HEAD, *(child(number) for number in range(1, 11))])], account=officer)
    assert not Pupil.objects.exists() and not Import.objects.exists() and trail.verify() == []


@pytest.mark.parametrize(("encoding", "separator"), [("utf-8-sig", ","), ("gb18030", ";"), ("utf-16", "\t")])
def test_rows_are_read_as_in_the_short_table(tmp_path: Path, monkeypatch, encoding, separator):
    table = tmp_path / "a.csv"
    with table.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows([["姓名", "班级", "备注"], ["张三", "1"], ["李\n四", "2", "a"], [], ["王五"]])
    monkeypatch.setattr(long_table, "_HEAD", 2)
    short = open_workbook(table).sheet("a").rows
    long = LongRows(table)
    assert list(long) == list(short) == long[:] and len(long) == len(short) and long.width == 3
    assert (long[0], long[1], long[3], long[1:3]) == (short[0], short[1], short[3], short[1:3])
    assert list(long.parts(2)) == [(0, short[:2]), (2, short[2:4]), (4, short[4:])]


def test_what_is_no_text_is_refused_as_in_short(tmp_path: Path, in_parts):
    in_parts(5)
    (tmp_path / "a.csv").write_bytes("姓名,班级\n".encode() + b"\xff\xff\xff\n" * 40)
    with pytest.raises(UnreadableWorkbook):
        open_workbook(tmp_path / "a.csv")


def test_registers_that_know_no_parts_take_a_long_table_whole(district, officer: Account, written, in_parts):  # noqa: F811
    in_parts(2)
    year = timezone.localdate().year
    rows = [["学校标识码", "学年", "年级", "班级"], *(["1001", f"{year}-{year + 1}", "三年级", number] for number in range(1, 7))]
    assert take_in([written("classes.csv", rows)], account=officer).files[0].accepted == 6
