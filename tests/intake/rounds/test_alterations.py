"""Every way in which a workbook can be altered before it comes back is recognised, and said."""

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from jiaoheng.access import key_ring
from jiaoheng.access.account import Refused
from jiaoheng.intake.rounds.acceptance import accept, approve
from jiaoheng.intake.rounds.alterations import ALTERATIONS
from jiaoheng.intake.rounds.handing_in import RoundReturn, check_return, hand_in
from jiaoheng.intake.rounds.making import open_round
from jiaoheng.intake.rounds.prefilled import issue
from jiaoheng.intake.rounds.round import Round
from jiaoheng.registers.annual_statistics import AnnualStatistics
from tests.intake.rounds.conftest import ANSWERS, SHEET, YEAR, Bureau, part_of, wanted

Filled = Callable[..., Path]


def said(returned: RoundReturn) -> dict[str, str]:
    return {cause["code"]: cause["message_zh"] for cause in returned.alterations}


def _on_sheet(act: Callable[[Any], None]) -> Callable[[Any], None]:
    return lambda book: act(book[SHEET])


def _set(cell: str, value: object) -> Callable[[Any], None]:
    def act(sheet: Any) -> None:
        sheet[cell] = value

    return _on_sheet(act)


def _copy_row(sheet: Any) -> None:
    for column in range(1, 9):
        sheet.cell(7, column).value = sheet.cell(5, column).value


def _move_column(sheet: Any) -> None:
    for row in (4, 5):
        sheet.cell(row, 9).value = sheet.cell(row, 5).value
        sheet.cell(row, 5).value = None


def _forge(book: Any) -> None:
    for row in book["_jiaoheng"].iter_rows():
        if row[0].value == "school":
            row[1].value = "1002"


# What was done to the workbook → (the code that says so, whether it is still taken).
DONE: dict[str, tuple[Callable[[Any], None], str, bool]] = {
    "a locked figure": (_set("H5", 9999), "ROUND-11", True),
    "the school's name": (_set("B5", "别的小学"), "ROUND-11", True),
    "a line's stage": (_set("D5", "初中"), "ROUND-13", False),
    "a removed column": (_on_sheet(lambda sheet: sheet.delete_cols(6)), "ROUND-08", True),
    "a removed key column": (_on_sheet(lambda sheet: sheet.delete_cols(1)), "ROUND-07", False),
    "a moved column": (_on_sheet(_move_column), "ROUND-09", True),
    "an added column": (_set("I4", "备注"), "ROUND-10", True),
    "an added line": (_set("B7", "另一行"), "ROUND-12", True),
    "last year's figures": (_set("E6", 1), "ROUND-19", True),
    "a line twice": (_on_sheet(_copy_row), "ROUND-14", False),
    "a column twice": (_set("I4", "学生数"), "ROUND-17", False),
    "a sheet renamed": (_on_sheet(lambda sheet: setattr(sheet, "title", "表一")), "ROUND-06", False),
    "no stamp": (lambda book: book.remove(book["_jiaoheng"]), "ROUND-01", False),
    "a forged stamp": (_forge, "ROUND-02", False),
}


@pytest.mark.parametrize("done", DONE)
def test_an_altered_workbook_is_recognised(round_: Round, filled: Filled, bureau: Bureau, done: str) -> None:
    alter, code, taken = DONE[done]
    returned = check_return(part_of(round_), filled(part_of(round_), alter=alter), bureau.clerk)
    assert code in said(returned)
    if taken:
        assert not returned.faulty
        hand_in(returned, bureau.clerk)
    else:
        with pytest.raises(Refused):
            hand_in(returned, bureau.clerk)


def test_a_moved_column_is_read_by_its_heading(round_: Round, filled: Filled, bureau: Bureau) -> None:
    returned = check_return(part_of(round_), filled(part_of(round_), alter=_on_sheet(_move_column)), bureau.clerk)
    assert returned.values == {"annual_statistics": {"primary": ANSWERS}}
    assert "从 E 移到了 I" in said(returned)["ROUND-09"]


def test_a_changed_locked_cell_is_said_with_its_place_and_never_taken_silently(round_: Round, filled: Filled, bureau: Bureau) -> None:
    part = part_of(round_)
    returned = check_return(part, filled(part, alter=_set("H5", 9999)), bureau.clerk)
    assert "H5 9,500 → 9,999" in said(returned)["ROUND-11"]
    assert returned.differences[0]["cell"] == "H5"
    accept(approve(hand_in(returned, bureau.clerk), bureau.head), bureau.officer)
    assert AnnualStatistics.objects.get(school_year=YEAR).books == 9500


def test_a_changed_locked_cell_is_taken_where_a_correction_was_asked_for_with_a_reason(
    round_: Round, filled: Filled, bureau: Bureau
) -> None:
    part = part_of(round_)
    returned = check_return(part, filled(part, alter=_set("H5", 9999)), bureau.clerk)
    accept(approve(hand_in(returned, bureau.clerk, correction_reason="盘点后更正"), bureau.head), bureau.officer)
    assert AnnualStatistics.objects.get(school_year=YEAR).books == 9999


def test_another_schools_and_another_rounds_workbook_are_named(round_: Round, filled: Filled, bureau: Bureau) -> None:
    part = part_of(round_)
    foreign = filled(part_of(round_, "1002"), {}, account=bureau.officer)
    assert "1002" in said(check_return(part, foreign, bureau.clerk))["ROUND-04"]
    other = open_round(wanted(title="另一任务"), bureau.officer)
    assert said(check_return(part, filled(part_of(other)), bureau.clerk)).keys() == {"ROUND-03"}


def test_an_older_version_is_told_and_what_is_no_longer_asked_is_not_taken(round_: Round, filled: Filled, bureau: Bureau) -> None:
    part = part_of(round_)
    old = filled(part)
    old = old.rename(old.with_name("旧版.xlsx"))
    AnnualStatistics.objects.filter(school_year=YEAR).update(pupils=505)
    filled(part_of(round_), {"classes": 12})
    returned = check_return(part_of(round_), old, bureau.clerk)
    assert {"ROUND-05", "ROUND-15"} <= said(returned).keys()
    assert "E5 510" in said(returned)["ROUND-15"]
    assert returned.values == {"annual_statistics": {"primary": {"classes": 12, "teachers": 30}}}


def test_a_workbook_without_answers_is_not_handed_in(round_: Round, filled: Filled, bureau: Bureau) -> None:
    returned = check_return(part_of(round_), filled(part_of(round_), {}), bureau.clerk)
    assert said(returned).keys() == {"ROUND-18"}
    with pytest.raises(Refused):
        hand_in(returned, bureau.clerk)


def test_empty_cells_are_counted(round_: Round, filled: Filled, bureau: Bureau) -> None:
    returned = check_return(part_of(round_), filled(part_of(round_), {"pupils": 510}), bureau.clerk)
    assert (returned.unanswered, said(returned)["ROUND-16"]) == (2, "所问 3 格中有 2 格为空。")


def test_what_the_intake_would_send_back_is_said_with_its_cell(round_: Round, filled: Filled, bureau: Bureau) -> None:
    returned = check_return(part_of(round_), filled(part_of(round_), {**ANSWERS, "pupils": "约五百"}), bureau.clerk)
    assert returned.faulty
    assert [(cause["code"], cause["column"], cause["first_row"]) for cause in returned.causes] == [("STAT-02", "E 学生数", 5)]


def test_figures_written_as_text_are_understood(round_: Round, filled: Filled, bureau: Bureau) -> None:
    answers = {"pupils": "５１０", "classes": "12", "teachers": " 30 "}
    returned = check_return(part_of(round_), filled(part_of(round_), answers), bureau.clerk)
    assert returned.values == {"annual_statistics": {"primary": ANSWERS}}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no workbook", "学校,学生数\n晨光,5\n".encode()])
def test_what_is_no_workbook_is_refused_in_words(round_: Round, bureau: Bureau, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(content)
    returned = check_return(part_of(round_), path, bureau.clerk)
    assert returned.faulty
    assert returned.alterations[0]["message_zh"]


def test_a_workbook_handed_out_before_the_keys_were_rotated_is_still_known(round_: Round, filled: Filled, bureau: Bureau) -> None:
    path = filled(part_of(round_))
    key_ring.add_key()
    assert not check_return(part_of(round_), path, bureau.clerk).faulty


def test_the_directory_is_asked_too(bureau: Bureau, tmp_path: Path) -> None:
    round_ = open_round(wanted(asks={"organisations": ["ownership", "latitude", "valid_from"]}), bureau.officer)
    part, path = part_of(round_), tmp_path / "名录.xlsx"
    path.write_bytes(issue(part, bureau.clerk))
    book = openpyxl.load_workbook(path)
    sheet = book["机构名录"]
    heading = {cell.value: cell.column for cell in sheet[4]}
    for words, value in {"办别": "公办", "纬度": 31.25, "启用日期": "1952-09-01"}.items():
        sheet.cell(5, heading[words]).value = value
    book.save(path)
    returned = check_return(part, path, bureau.clerk)
    assert not returned.faulty, (returned.alterations, returned.causes)
    accept(approve(hand_in(returned, bureau.clerk), bureau.head), bureau.officer)
    part.school.refresh_from_db()
    assert (part.school.ownership, part.school.latitude, str(part.school.valid_from)) == ("public", 31.25, "1952-09-01")
    assert (part.school.name_zh, part.school.kind) == ("晨光小学", "school")


@pytest.mark.parametrize("code", sorted(ALTERATIONS))
def test_both_languages_fill_the_same_places(code: str) -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert places(ALTERATIONS[code].en) == places(ALTERATIONS[code].zh)


def test_the_manual_lists_every_alteration() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "how-to" / "collect-from-schools.md").read_text(encoding="utf-8")
    for code, text in ALTERATIONS.items():
        assert f"| {code} | {text.severity} | {text.en} |".replace("{", "`").replace("}", "`") in manual
