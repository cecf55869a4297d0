"""A round from its making to its lock: asked, filled in, returned, approved, accepted; and back."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from jiaoheng.access.account import Refused
from jiaoheng.access.trail import TrailLine, verify
from jiaoheng.intake.provenance import Import, SourceRow
from jiaoheng.intake.rounds.acceptance import accept, approve, may_accept, may_approve, reopen_part, send_back
from jiaoheng.intake.rounds.handing_in import check_return, hand_in
from jiaoheng.intake.rounds.making import Choice, lock, may_lock, open_round, preview, reopen
from jiaoheng.intake.rounds.prefilled import issue
from jiaoheng.intake.rounds.round import PartState, Round, RoundEvent
from jiaoheng.registers.annual_statistics import AnnualStatistics
from tests.intake.rounds.conftest import ANSWERS, SHEET, YEAR, Bureau, part_of, wanted

Filled = Callable[..., Path]


def handed_in(round_: Round, filled: Filled, bureau: Bureau, **options: Any) -> Any:
    part = part_of(round_)
    return hand_in(check_return(part, filled(part, **options), bureau.clerk), bureau.clerk)


def test_what_is_held_is_not_asked_and_the_cells_are_counted(bureau: Bureau, held: None) -> None:
    seen = preview(wanted(), bureau.officer)
    assert [(school.code, count.asked, count.held) for school, count in seen.schools] == [("1001", 3, 1), ("1002", 4, 0), ("1003", 8, 0)]
    assert (seen.count.schools, seen.count.asked, seen.count.held) == (3, 15, 1)


def test_a_school_that_owes_nothing_is_not_in_the_round(bureau: Bureau, held: None) -> None:
    seen = preview(wanted(asks={"annual_statistics": ["books"]}), bureau.officer)
    assert [one.code for one in seen.nothing_to_ask] == ["1001"]
    assert not open_round(wanted(asks={"annual_statistics": ["books"]}), bureau.officer).parts.filter(school__code="1001").exists()


@pytest.mark.parametrize(
    ("choice", "codes"),
    [
        (Choice(stages=("junior",)), ["1003"]),
        (Choice(picked=("1002", "1001")), ["1001", "1002"]),
        (Choice(kinds=("kindergarten",)), []),
        (Choice(area="320999", stages=("primary",)), ["1001", "1002", "1003"]),
    ],
)
def test_schools_are_chosen_by_area_stage_kind_or_one_by_one(bureau: Bureau, choice: Choice, codes: list[str]) -> None:
    assert [school.code for school, _count in preview(wanted(choice=choice), bureau.officer).schools] == codes


@pytest.mark.parametrize(
    "changes",
    [
        {"title": " "},
        {"due": timezone.now() - timedelta(hours=1)},
        {"school_year": "2018-2020"},
        {"asks": {"annual_statistics": ["stage"]}},
        {"asks": {"pupils_secret": ["name"]}},
        {"asks": {}},
        {"choice": Choice(picked=("9999",))},
        {"choice": Choice(area="9999")},
    ],
)
def test_a_description_that_does_not_hold_is_refused(bureau: Bureau, changes: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        open_round(wanted(**changes), bureau.officer)


def test_only_a_bureau_officer_makes_a_round(bureau: Bureau) -> None:
    for account in (bureau.clerk, bureau.head):
        with pytest.raises(Refused):
            open_round(wanted(), account)


def test_the_workbook_locks_what_is_held_and_opens_what_is_asked(round_: Round, filled: Filled) -> None:
    book = openpyxl.load_workbook(filled(part_of(round_), {}))
    sheet = book[SHEET]
    assert sheet.protection.sheet
    assert sheet.column_dimensions["A"].hidden
    assert [(cell.value, cell.protection.locked) for cell in sheet[5]] == [
        ("1001", True), ("晨光小学", True), (YEAR, True), ("小学", True), (None, False), (None, False), (None, False), (9500, True),
    ]  # fmt: skip
    assert [(cell.value, cell.protection.locked) for cell in sheet[6]][2:] == [
        ("2017-2018", True), ("小学", True), (500, True), (12, True), (30, True), (9000, True),
    ], "last year's figures stand below, for comparison"  # fmt: skip
    assert book["_jiaoheng"].sheet_state == "veryHidden"
    assert {rule.type for rule in sheet.data_validations.dataValidation} == {"whole"}
    assert any("500" in rule.prompt for rule in sheet.data_validations.dataValidation), "last year's figure stands beside the cell"


def test_a_round_goes_from_the_officer_to_the_school_and_back(round_: Round, filled: Filled, bureau: Bureau) -> None:
    part = part_of(round_)
    returned = check_return(part, filled(part), bureau.clerk)
    assert not returned.faulty
    assert returned.values == {"annual_statistics": {"primary": ANSWERS}}
    assert AnnualStatistics.objects.get(school_year=YEAR).pupils is None, "a dry run stores nothing"
    part = hand_in(returned, bureau.clerk)
    assert part.state == PartState.RETURNED
    with pytest.raises(Refused):
        approve(part, bureau.clerk)
    part = approve(part, bureau.head)
    part = accept(part, bureau.officer)
    assert part.state == PartState.ACCEPTED
    stored = AnnualStatistics.objects.get(school_year=YEAR)
    assert (stored.pupils, stored.classes, stored.teachers, stored.books) == (510, 12, 30, 9500)
    source = SourceRow.objects.get(school_year=YEAR)
    assert (source.row, source.imported.account) == (5, bureau.clerk)
    assert Import.objects.count() == 1
    steps = list(RoundEvent.objects.filter(part=part).values_list("step", "account__username", "from_state", "to_state"))
    assert steps == [
        ("download", "clerk", "asked", "downloaded"),
        ("return", "clerk", "downloaded", "returned"),
        ("approve", "head", "returned", "approved"),
        ("accept", "officer", "approved", "accepted"),
    ]
    assert TrailLine.objects.filter(object_type="intake.RoundPart").count() == 4
    assert verify() == []
    with pytest.raises(Refused):
        check_return(part, filled(part_of(round_), {}), bureau.clerk)


def test_who_returned_neither_approves_nor_accepts(round_: Round, filled: Filled, bureau: Bureau) -> None:
    part = part_of(round_)
    part = hand_in(check_return(part, filled(part, account=bureau.officer), bureau.officer), bureau.officer)
    assert not may_approve(part, bureau.other_clerk)
    part = approve(part, bureau.clerk)
    assert not may_accept(part, bureau.officer)
    with pytest.raises(Refused):
        accept(part, bureau.officer)
    assert part_of(round_).state == PartState.APPROVED
    assert accept(part, bureau.second_officer).state == PartState.ACCEPTED


def test_a_foreign_clerk_can_do_nothing(round_: Round, filled: Filled, bureau: Bureau) -> None:
    part = part_of(round_)
    path = filled(part)
    for act in (lambda: issue(part, bureau.other_clerk), lambda: check_return(part, path, bureau.other_clerk)):
        with pytest.raises(Refused):
            act()
    part = hand_in(check_return(part, path, bureau.clerk), bureau.clerk)
    for act in (lambda: approve(part, bureau.other_clerk), lambda: send_back(part, bureau.other_clerk, "不对")):
        with pytest.raises(Refused):
            act()


def test_what_is_sent_back_carries_its_reason_and_comes_again(round_: Round, filled: Filled, bureau: Bureau) -> None:
    part = approve(handed_in(round_, filled, bureau), bureau.head)
    with pytest.raises(Refused):
        send_back(part, bureau.officer, " ")
    part = send_back(part, bureau.officer, "教师数请核对")
    assert (part.state, part.approved_at) == (PartState.SENT_BACK, None)
    assert part.events.last().note == "教师数请核对"
    part = handed_in(round_, filled, bureau, answers={**ANSWERS, "teachers": 31})
    assert accept(approve(part, bureau.head), bureau.officer).state == PartState.ACCEPTED
    assert AnnualStatistics.objects.get(school_year=YEAR).teachers == 31


def test_an_accepted_part_is_opened_again_with_a_reason_and_its_figures_are_asked_again(
    round_: Round, filled: Filled, bureau: Bureau
) -> None:
    part = accept(approve(handed_in(round_, filled, bureau), bureau.head), bureau.officer)
    with pytest.raises(Refused):
        reopen_part(part, bureau.officer, "")
    part = reopen_part(part, bureau.officer, "学生数有误")
    sheet = openpyxl.load_workbook(filled(part, {}))[SHEET]
    assert [(cell.value, cell.protection.locked) for cell in sheet[5]][4:] == [(510, False), (12, False), (30, False), (9500, True)]
    part = handed_in(round_, filled, bureau, answers={"pupils": 512})
    accept(approve(part, bureau.head), bureau.officer)
    assert AnnualStatistics.objects.get(school_year=YEAR).pupils == 512


def test_a_round_is_locked_when_all_is_accepted_or_the_day_has_passed(round_: Round, filled: Filled, bureau: Bureau) -> None:
    assert not may_lock(round_)
    with pytest.raises(Refused):
        lock(round_, bureau.officer)
    Round.objects.filter(pk=round_.pk).update(due=timezone.now() - timedelta(minutes=1))
    locked = lock(Round.objects.get(pk=round_.pk), bureau.officer)
    part = part_of(round_)
    path = filled(part)
    with pytest.raises(Refused):
        check_return(part, path, bureau.clerk)
    with pytest.raises(Refused):
        reopen(locked, bureau.officer, "")
    due = timezone.now() + timedelta(days=3)
    reopen(locked, bureau.officer, "两所学校补报", due)
    assert hand_in(check_return(part_of(round_), path, bureau.clerk), bureau.clerk).is_late is False
    assert [event.step for event in round_.events.filter(part=None)] == ["open", "lock", "reopen"]
    assert "两所学校补报" in round_.events.filter(step="reopen").get().note


def test_events_are_told_once(round_: Round) -> None:
    event = round_.events.get()
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()


def test_figures_that_came_another_way_meanwhile_are_not_overwritten(round_: Round, filled: Filled, bureau: Bureau) -> None:
    part = approve(handed_in(round_, filled, bureau), bureau.head)
    AnnualStatistics.objects.filter(school_year=YEAR).update(pupils=499)
    with pytest.raises(Refused, match=r"510|registers"):
        accept(part, bureau.officer)
    assert part_of(round_).state == PartState.APPROVED
    assert AnnualStatistics.objects.get(school_year=YEAR).pupils == 499
