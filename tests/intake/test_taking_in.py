"""The intake through its face: what is stored, what stays, what comes back."""

import json
from pathlib import Path

import openpyxl
import pytest
from django.db import connection

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.sealed_file import read_clear
from jiaoheng.intake.provenance import Import, SourceFile, SourceRow
from jiaoheng.intake.taking_in import take_in
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from tests.intake.conftest import HEADINGS, codes

GOOD = ["1001", "晨光小学", "2018-2019", "小学", 1214, 71, 9, 789100.5]


def registers() -> list[list[tuple]]:
    with connection.cursor() as cursor:
        tables = []
        for model in (Organisation, AnnualStatistics, SourceRow):
            cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY id")
            tables.append(cursor.fetchall())
    return tables


def test_a_good_row_is_stored_with_its_provenance(district, taken, data_folder):
    report = taken([HEADINGS, GOOD])
    file = report.files[0]
    assert (file.read, file.accepted, file.unchanged, file.rejected, file.causes) == (1, 1, 0, 0, [])
    assert report.exit_status == 0
    row = AnnualStatistics.objects.get()
    assert (row.organisation.code, row.school_year, row.stage) == ("1001", "2018-2019", "primary")
    assert (row.pupils, row.teachers, row.backbone_teachers, float(row.public_funds), row.currency) == (1214, 71, 9, 789100.5, "CNY")
    source = SourceRow.objects.get()
    assert (source.sheet, source.row, source.organisation.code, source.school_year, source.stage) == (
        "Sheet1",
        2,
        "1001",
        "2018-2019",
        "primary",
    )
    kept = data_folder / source.imported.source_file.kept_at
    assert read_clear(kept).startswith(b"PK") and kept.name == SourceFile.objects.get().sha256


def test_the_same_file_twice_changes_nothing_and_says_so(district, taken):
    taken([HEADINGS, GOOD])
    before = registers()
    report = taken([HEADINGS, GOOD])
    assert (report.files[0].accepted, report.files[0].unchanged, report.exit_status) == (0, 1, 0)
    assert report.changed_nothing
    assert registers() == before


def test_files_complete_each_other_and_a_blank_overwrites_nothing(district, taken):
    taken([["学校代码", "学年", "学段", "学生数"], ["1001", "2018", "小学", 1214]])
    taken([["学校代码", "学年", "学段", "学生数", "专任教师数"], ["1001", "2018", "小学", None, 71]], name="teachers.xlsx")
    row = AnnualStatistics.objects.get()
    assert (row.pupils, row.teachers) == (1214, 71)
    assert [source.fields for source in SourceRow.objects.order_by("id")] == ["pupils", "pupils,teachers"]


def test_a_dry_run_reports_all_and_stores_nothing(district, taken, data_folder):
    before = registers()
    report = taken([HEADINGS, GOOD, ["9", *GOOD[1:]]], dry_run=True)
    assert (report.files[0].accepted, report.files[0].rejected, report.exit_status) == (1, 1, 1)
    assert registers() == before and not Import.objects.exists() and not SourceFile.objects.exists()
    assert not (data_folder / "received").exists() and not (data_folder / "returned").exists()


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({0: None}, "STAT-01", "A 学校代码"),
        ({4: "many"}, "STAT-02", "E 学生数"),
        ({4: -1}, "STAT-03", "E 学生数"),
        ({4: 30001}, "STAT-03", "E 学生数"),
        ({3: "大学"}, "STAT-04", "D 学段"),
        ({0: "7777"}, "STAT-05", "A 学校代码"),
        ({6: 72}, "STAT-07", "G 骨干教师数, F 专任教师数"),
        ({4: 12.5}, "STAT-10", "E 学生数"),
        ({2: "last year"}, "STAT-12", "C 学年"),
        ({0: 1.234567890123456e17}, "STAT-17", "A 学校代码"),
    ],
)
def test_every_rule_returns_its_row_and_leaves_the_others(district, taken, change, code, column):
    bad = [change.get(index, cell) for index, cell in enumerate(["1002", "春晖小学", *GOOD[2:]])]
    report = taken([HEADINGS, GOOD, [], bad])
    causes = [cause for cause in report.files[0].causes if cause.severity == "reject"]
    assert [(cause.code, cause.count, cause.first_row, cause.last_row, cause.column) for cause in causes] == [(code, 1, 4, 4, column)]
    assert (report.files[0].read, report.files[0].accepted, report.files[0].rejected) == (2, 1, 1)
    assert AnnualStatistics.objects.count() == 1


def test_limits_themselves_are_accepted(district, taken):
    report = taken([HEADINGS, [*GOOD[:4], 30000, 71, 71, 0]])
    assert report.files[0].accepted == 1


def test_all_problems_of_all_rows_are_said_at_once(district, taken):
    report = taken([HEADINGS, ["7", "x", "y", "z", "q", -1, 0, 0], ["8", "x", "y", "z", "q", -1, 0, 0]])
    assert set(codes(report, "reject")) == {"STAT-05", "STAT-12", "STAT-04", "STAT-02", "STAT-03", "STAT-07"}
    assert all((cause.count, cause.first_row, cause.last_row) == (2, 2, 3) for cause in report.files[0].causes)


def test_a_key_that_stands_twice_returns_both_rows(district, taken):
    report = taken([HEADINGS, GOOD, [*GOOD[:4], 1, 2, 0, 3]])
    assert codes(report) == ["STAT-06"] and report.files[0].rejected == 2
    assert not AnnualStatistics.objects.exists()


def test_another_name_is_a_warning_and_is_stored(district, taken):
    report = taken([HEADINGS, ["1001", "春晖小学", *GOOD[2:]]])
    assert codes(report, "warn") == ["STAT-09"] and report.files[0].accepted == 1


def test_a_stage_that_the_school_does_not_teach_is_a_warning(district, taken):
    report = taken([HEADINGS, [*GOOD[:3], "初中", *GOOD[4:]], ["1003", "明德学校", "2018-2019", "初中", *GOOD[4:]]])
    assert codes(report) == ["STAT-19"] and report.files[0].causes[0].first_row == 2 and report.files[0].accepted == 2


def test_rows_outside_the_accounts_scope_come_back(district, taken):
    clerk = Account.objects.create(username="c", role="clerk", organisation=Organisation.objects.get(code="1001"))
    report = taken([HEADINGS, GOOD, ["1002", "春晖小学", *GOOD[2:]]], account=clerk)
    assert codes(report) == ["STAT-08"] and report.files[0].accepted == 1
    nobody = Account.objects.create(username="n", role="clerk")
    assert taken([HEADINGS, GOOD], account=nobody).files[0].rejected == 1


def test_nobody_fetches_an_organisation_from_outside_into_their_scope(district, taken):
    Organisation.objects.create(code="OTHER", name_zh="邻区", kind="county", path="OTHER")
    officer = Account.objects.create(username="o", role="officer", organisation=district)
    head = ["代码", "名称", "类别", "上级代码"]
    report = taken(
        [head, ["OTHER", "邻区", "区县", "320999"], ["1004", "新校", "学校", "320999"], ["1001", "改名", "学校", None]], account=officer
    )
    assert codes(report) == ["ORG-08"] and report.files[0].accepted == 2
    assert Organisation.objects.get(code="OTHER").path == "OTHER"
    assert taken([head, ["X", "外校", "学校", "OTHER"]], account=officer).files[0].rejected == 1


def test_a_role_that_enters_nothing_is_refused(district, taken):
    with pytest.raises(Refused):
        taken([HEADINGS, GOOD], account=Account.objects.create(username="a", role="auditor", organisation=district))


def test_totals_of_file_and_register_stand_side_by_side(district, taken):
    report = taken([HEADINGS, GOOD, ["1002", "春晖小学", "2018-2019", "小学", 800, None, None, 1.25]])
    totals = {total.field: (total.file_total, total.register_total, total.equal) for total in report.files[0].totals}
    assert totals["pupils"] == (2014, 2014, True) and totals["public_funds"] == (789101.75, 789101.75, True)
    assert {total["field"] for total in Import.objects.get().totals} == set(totals)


def test_the_marked_copy_has_the_cells_and_the_mend(district, taken, data_folder):
    report = taken([["统计表"], HEADINGS, GOOD, ["1002", "春晖小学", "2018-2019", "小学", "many", 1, 2, 3]])
    path = report.files[0].returned
    assert path is not None and path.parent == data_folder / "returned"
    sheet = openpyxl.load_workbook(path).active
    assert [cell.value for cell in sheet[2]][:8] == HEADINGS
    assert sheet["E4"].fill.fgColor.rgb == "FFF7D4CF" and sheet["E3"].fill.fill_type is None
    assert sheet["G4"].fill.fgColor.rgb == "FFF7D4CF"  # more backbone teachers than teachers
    assert "Row 4" in sheet["I4"].value and "[STAT-02]" in sheet["I4"].value and "[STAT-07]" in sheet["I4"].value


def test_the_marked_copy_mended_and_sent_again_is_accepted(district, taken, data_folder):
    path = taken([HEADINGS, GOOD, ["1002", "春晖小学", "2018-2019", "小学", "many", 1, 1, 3]]).files[0].returned
    book = openpyxl.load_workbook(path)
    book.active["E3"] = 800
    book.save(path)
    again = take_in([path]).files[0]
    assert (again.accepted, again.unchanged, again.rejected) == (1, 1, 0)


def test_a_long_sheet_goes_back_as_its_wrong_rows(district, taken, monkeypatch):
    monkeypatch.setattr("jiaoheng.intake.marking.MOST_ROWS_WHOLE", 2)
    path = taken([HEADINGS, GOOD, ["7", *GOOD[1:]]]).files[0].returned
    rows = list(openpyxl.load_workbook(path).active.values)
    assert len(rows) == 2 and rows[1][0] == "7" and "Row 3" in rows[1][8]


def test_messages_are_kept_in_both_languages(district, taken):
    from django.utils import translation

    with translation.override("zh-hans"):
        cause = taken([HEADINGS, ["7", *GOOD[1:]]]).files[0].causes[0]
        assert cause.message.startswith("机构名录中没有这个代码：7")
    kept = Import.objects.get().causes[0]
    assert kept["message_en"].startswith("No organisation has this code: 7") and kept["message_zh"] == cause.zh


def test_the_report_has_exactly_the_agreed_shape(district, taken):
    shown = json.loads(json.dumps(taken([HEADINGS, ["7", *GOOD[1:]]]).as_dict()))
    assert list(shown) == ["files"]
    assert list(shown["files"][0]) == ["file", "register", "read", "accepted", "unchanged", "rejected", "causes"]
    assert list(shown["files"][0]["causes"][0]) == ["code", "severity", "count", "first_row", "last_row", "column", "message"]


def test_organisations_are_taken_before_what_needs_them(db, written, tmp_path: Path):
    written("a_statistics.xlsx", [HEADINGS, GOOD])
    written(
        "b_schools.xlsx",
        [
            ["代码", "名称", "类别", "上级代码", "学段"],
            ["1001", "晨光小学", "学校", "320999", "小学"],
            ["320999", "示例区", "区县", None, None],
        ],
    )
    report = take_in([tmp_path])
    assert [(file.register, file.accepted) for file in report.files] == [("organisations", 2), ("annual_statistics", 1)]
    school = Organisation.objects.get(code="1001")
    assert (school.path, school.parent.code, school.stages) == ("320999/1001", "320999", "primary")


def test_an_area_that_moves_takes_all_below_it_along(db, taken):
    head = ["代码", "名称", "类别", "上级代码"]
    taken([head, ["A", "甲", "区县", None], ["B", "乙", "区县", None], ["T", "镇", "乡镇街道", "A"], ["1", "校", "学校", "T"]])
    report = taken([head, ["T", None, "乡镇街道", "B"]], name="move.xlsx")
    assert report.files[0].accepted == 1
    assert Organisation.objects.get(code="1").path == "B/T/1"
    assert Organisation.objects.get(code="T").name_zh == "镇"


def test_an_organisation_cannot_lie_below_itself(db, taken):
    head = ["代码", "名称", "类别", "上级代码"]
    taken([head, ["A", "甲", "区县", None], ["T", "镇", "乡镇街道", "A"]])
    assert codes(taken([head, ["A", "甲", "区县", "T"]], name="ring.xlsx")) == ["ORG-16"]
    assert codes(taken([head, ["X", "甲", "区县", "Y"], ["Y", "乙", "区县", "X"]], name="pair.xlsx")) == ["ORG-16"]
    assert codes(taken([head, ["Z", "甲", "区县", "nowhere"]], name="lost.xlsx")) == ["ORG-16"]


def test_an_unreadable_file_among_others_is_named_and_the_others_are_taken(district, written, tmp_path: Path):
    good = written("good.xlsx", [HEADINGS, GOOD])
    report = take_in([good, tmp_path / "nothing.xlsx"])
    assert report.exit_status == 1 and AnnualStatistics.objects.count() == 1
    assert [file.causes[0].code for file in report.files if file.refused] == ["FILE-13"]


def test_two_sheets_of_one_workbook_feed_two_registers(db, written):
    path = written(
        "both.xlsx",
        {"机构": [["代码", "名称", "类别"], ["1001", "晨光小学", "学校"]], "说明": [["hello"]], "统计": [HEADINGS, GOOD]},
    )
    assert [(file.sheet, file.accepted) for file in take_in([path]).files] == [("机构", 1), ("统计", 1)]


def test_a_fault_midway_leaves_the_registers_as_before(district, taken, monkeypatch):
    before = registers()

    def broken(*_: object) -> None:
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr("jiaoheng.intake.taking_in.check_reconciled", broken)
    with pytest.raises(RuntimeError):
        taken([HEADINGS, GOOD])
    assert registers() == before
