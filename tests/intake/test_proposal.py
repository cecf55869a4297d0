"""Headings that nobody knows: proposed with a score, stored only when confirmed, and remembered for whose they are."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from jiaoheng.access.account import Account
from jiaoheng.intake.directory import Directory
from jiaoheng.intake.mapping import load_mapping
from jiaoheng.intake.proposal import Proposal, mapping_file, proposed
from jiaoheng.intake.remembered_mapping import RememberedMapping, fingerprint, recalled, remember
from jiaoheng.intake.report import IntakeReport
from jiaoheng.intake.taking_in import take_in
from jiaoheng.intake.workbook import open_workbook
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.rulebook.registers import load_registers
from tests.intake.conftest import Write

STRANGE = ["学校编号", "校名", "年份", "所属学段", "在册生总人数", "专职任课教师数", "县骨干教师人数", "备注"]
ROWS = [
    ["1001", "晨光小学", "2018-2019", "小学", 1214, 71, 20, ""],
    ["1002", "春晖小学", "2018-2019", "小学", 640, 38, 9, "新校舍"],
]


def proposals(path: Path) -> list[Proposal]:
    return proposed(open_workbook(path), load_registers(), Directory.load())


def columns_of(proposal: Proposal) -> dict[str, str]:
    return {guess.field: guess.heading for guess in proposal.guesses}


def test_strange_headings_are_proposed_with_scores(district: Organisation, written: Write) -> None:
    found = proposals(written("统计.xlsx", [STRANGE, *ROWS]))
    assert [one.register for one in found] == ["annual_statistics"]
    expected = {
        "organisation": "学校编号", "organisation_name": "校名", "school_year": "年份", "stage": "所属学段",
        "pupils": "在册生总人数", "teachers": "专职任课教师数", "backbone_teachers": "县骨干教师人数",
    }  # fmt: skip
    assert columns_of(found[0]) == expected
    assert not found[0].lacking
    assert all(55 <= guess.score <= 100 for guess in found[0].guesses)


def test_what_the_cells_hold_decides_where_the_heading_says_nothing(district: Organisation, written: Write) -> None:
    found = proposals(written("统计.xlsx", [["甲", "乙", "学段", "学生总人数"], *([row[0], row[2], row[3], row[4]] for row in ROWS)]))
    assert columns_of(found[0])["organisation"] == "甲"
    assert columns_of(found[0])["school_year"] == "乙"


def test_a_field_that_no_column_holds_is_named(district: Organisation, written: Write) -> None:
    found = proposals(written("统计.xlsx", [["学校编号", "所属学段", "在册生总人数"], *([row[0], row[3], row[4]] for row in ROWS)]))
    assert found[0].lacking == ("school_year",)


def test_words_that_mean_nothing_here_are_not_proposed(district: Organisation, written: Write) -> None:
    assert proposals(written("菜单.xlsx", [["星期", "菜名", "价格"], ["一", "番茄炒蛋", 8], ["二", "青菜", 4]])) == []


def test_nothing_is_stored_without_a_yes(district: Organisation, taken: Callable[..., IntakeReport]) -> None:
    report = taken([STRANGE, *ROWS])
    assert report.exit_status == 2
    assert report.files[0].refused
    assert report.as_dict()["files"][0]["proposals"][0]["columns"]["pupils"]["column"] == "在册生总人数"
    assert not AnnualStatistics.objects.exists()
    assert not RememberedMapping.objects.exists()


def test_a_dry_run_that_accepts_remembers_nothing(district: Organisation, taken: Callable[..., IntakeReport]) -> None:
    report = taken([STRANGE, *ROWS], accept_proposals=True, dry_run=True)
    assert report.files[0].accepted == 2
    assert not RememberedMapping.objects.exists()


def test_accepted_it_is_stored_and_next_time_said(district: Organisation, taken: Callable[..., IntakeReport]) -> None:
    report = taken([STRANGE, *ROWS], accept_proposals=True)
    assert report.files[0].accepted == 2
    assert "READ-13" in [cause.code for cause in report.files[0].causes]
    assert AnnualStatistics.objects.get(organisation__code="1001").pupils == 1214
    again = taken([STRANGE, ["1003", "明德学校", "2018-2019", "小学", 300, 20, 4, ""]])
    assert again.files[0].accepted == 1
    said = [cause for cause in again.files[0].causes if cause.code == "READ-12"]
    assert len(said) == 1
    assert "在册生总人数 → Pupils" in said[0].en
    assert "在册生总人数 → 学生数" in said[0].zh


def test_a_confirmation_counts_for_whose_it_is_and_for_these_headings(district: Organisation, written: Write) -> None:
    school, other = Organisation.objects.get(code="1001"), Organisation.objects.get(code="1002")
    clerk = Account.objects.create(username="clerk", role="clerk", organisation=school)
    stranger = Account.objects.create(username="stranger", role="clerk", organisation=other)
    path = written("统计.xlsx", [STRANGE, ROWS[0]])
    proposal = proposals(path)[0]
    remember(proposal.headings, proposal.source(), clerk)
    sheet, registers = open_workbook(path).sheet("Sheet1"), load_registers()
    assert recalled(sheet, registers, clerk) is not None
    assert recalled(sheet, registers, stranger) is None
    assert recalled(sheet, registers, None) is None
    changed = open_workbook(written("b.xlsx", [[*STRANGE[:-1], "说明"], ROWS[0]])).sheet("Sheet1")
    assert recalled(changed, registers, clerk) is None
    assert take_in([path], account=clerk).files[0].accepted == 1
    assert take_in([path], account=stranger).files[0].refused


def test_a_second_confirmation_replaces_the_first(district: Organisation, written: Write) -> None:
    proposal = proposals(written("统计.xlsx", [STRANGE, *ROWS]))[0]
    for _time in range(2):
        remember(proposal.headings, proposal.source({}), None)
    assert RememberedMapping.objects.get().fingerprint == fingerprint(proposal.headings)


def test_a_confirmation_of_a_field_that_is_no_more_is_passed_over(district: Organisation, taken: Callable[..., IntakeReport]) -> None:
    taken([STRANGE, *ROWS], accept_proposals=True)
    kept = RememberedMapping.objects.get()
    kept.source["columns"]["vanished"] = {"column": "备注"}
    kept.save()
    assert taken([STRANGE, *ROWS]).files[0].refused


@pytest.mark.parametrize("mark", ["", "（必填）"])
def test_headings_in_two_rows_are_remembered_too(mark: str, district: Organisation, taken: Callable[..., IntakeReport]) -> None:
    top = ["学校编号" + mark, "年份", "所属学段", "在册情况", ""]
    rows = [top, ["", "", "", "学生总人数", "班级总个数"], ["1001", "2018-2019", "小学", 640, 14]]
    first = taken(rows, accept_proposals=True)
    assert first.files[0].accepted == 1, first.as_dict()
    assert AnnualStatistics.objects.get().pupils == 640
    assert [cause.code for cause in taken(rows).files[0].causes].count("READ-12") == 1


def test_the_written_mapping_is_one_that_can_be_corrected_and_used(district: Organisation, written: Write, tmp_path: Path) -> None:
    path = written("统计.xlsx", [["学校编号", "所属学段", "在册生总人数"], *([row[0], row[3], row[4]] for row in ROWS)])
    text = mapping_file(proposals(path), load_registers())
    assert "# 学年" in text
    content = yaml.safe_load(text)
    content["sources"]["source_1"]["constants"]["school_year"] = "2018-2019"
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    load_mapping(mapping, load_registers(settings.RULEBOOK_OVERLAY))
    assert take_in([path], mapping).files[0].accepted == 2
