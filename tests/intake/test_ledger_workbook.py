"""A ledger's workbook: the empty one, a filled one checked row by row, the wrong rows marked, the good ones stored once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from jiaoheng.access import trail
from jiaoheng.access.account import Account
from jiaoheng.intake import checked_rows, ledger_workbook
from jiaoheng.intake.checked_rows import CheckedRow, PackedRows
from jiaoheng.intake.ledger_workbook import blank_workbook, check_workbook, marked_workbook, store_workbook
from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.published_ledger import published_ledgers
from jiaoheng.ledgers.row_entry import add_rows
from tests.ledgers.conftest import district, person

__all__ = ["district", "person"]

HEADINGS = ["序号", "学校", "发现日期", "排查人", "排查方式", "隐患类别", "具体类型", "具体位置", "隐患描述", "隐患等级", "整改责任人"]
GOOD = ["晨光1001小学", "2026-11-02", "周宁", "日常排查", "消防", "疏散通道堵塞", "二楼", "疏散通道堆放桌椅", "一般隐患", "吴江"]


def workbook(path: Path, rows: list[list[Any]], headings: list[str] = HEADINGS, more: dict[str, list[list[Any]]] | None = None) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, lines in {"台账": [headings, *rows], **(more or {})}.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line)
    return path


def test_the_empty_workbook_asks_what_the_form_asks(district: Any, tmp_path: Path) -> None:
    file = tmp_path / "空表.xlsx"
    file.write_bytes(blank_workbook(published_ledgers()["petitions"].form, "zh"))
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["台账", "信访人", "choices"] and book["choices"].sheet_state == "hidden"
    headings = [cell.value for cell in book["台账"][1]]
    assert headings[:3] == ["序号", "收到日期", "信访形式"] and "来信或证明材料" not in headings
    assert len(book["台账"].data_validations.dataValidation) >= 3
    assert [cell.value for cell in book["信访人"][1]] == ["序号", "姓名", "联系电话", "住址"]


def test_the_empty_workbook_does_not_ask_what_a_device_fills_in(tmp_path: Path) -> None:
    form = read_form("""
| survey |
| | type | name | label |
| | start | began | Began |
| | email | writer | Writer |
| | start-geopoint | here | Here |
| | geopoint | place | Place |
| | text | words | Words |
""")
    file = tmp_path / "blank.xlsx"
    file.write_bytes(blank_workbook(form, "en"))
    assert [cell.value for cell in openpyxl.load_workbook(file).worksheets[0][1]][1:] == ["Place", "Words"]


def test_good_rows_are_stored_once_and_wrong_ones_come_back_marked(person: Callable[..., Account], tmp_path: Path) -> None:
    late = [*GOOD[:1], "2099-01-01", *GOOD[2:]]
    odd = [*GOOD[:3], "空中俯瞰", *GOOD[4:]]
    file = workbook(tmp_path / "隐患.xlsx", [[1, *GOOD], [2, *late], [3, *odd], [4, *GOOD]])
    ledger = published_ledgers()["hazards"]
    intake = check_workbook(ledger.form, file)
    assert [(fault.row, fault.column, fault.code) for row in intake.wrong for fault in row.faults] == [
        (3, "C", "ANSWER-CONSTRAINT"),
        (4, "E", "ANSWER-CHOICE"),
    ]
    stored = store_workbook(intake, ledger.version, by=person("officer"), process="hazard", reason="隐患.xlsx")
    rows = LedgerRow.objects.select_related("organisation")
    assert stored == 2
    assert [(row.organisation.code, row.state, row.answers["hazard"]["kind"]) for row in rows] == [("1001", "found", "exit")] * 2
    again = store_workbook(check_workbook(ledger.form, file), ledger.version, by=person("officer"), process="hazard", reason="again")
    assert again == 0 and LedgerRow.objects.count() == 2
    back = tmp_path / "退回.xlsx"
    back.write_bytes(marked_workbook(intake, "zh"))
    sheet = openpyxl.load_workbook(back)["台账"]
    assert [str(row[-1].value)[:2] for row in sheet.iter_rows(min_row=2)] == ["3:", "4:"]
    assert "日期不能晚于今天" in str(sheet["L2"].value)
    assert sheet["C2"].fill.start_color.rgb == "FFFAE6E3"


def test_entries_of_a_repeat_are_found_by_their_number(person: Callable[..., Account], tmp_path: Path) -> None:
    headings = ["序号", "收到日期", "信访形式", "信访事项类别", "反映问题", "信访人数", "代表人数", "诉求内容"]
    form = published_ledgers()["petitions"].form
    channel, kind, matter = (form.lists[name][0].name for name in ("channel", "kind", "matter"))
    row = [7, "2026-11-02", channel, kind, matter, 3, 2, "请求协调入学"]
    people = [["序号", "姓名", "联系电话"], [7, "周宁", "13800000000"], [7, "吴江", "12"]]
    file = workbook(tmp_path / "信访.xlsx", [row], headings, {"信访人": people})
    intake = check_workbook(form, file)
    assert [(fault.sheet, fault.row, fault.column) for row in intake.wrong for fault in row.faults] == [("信访人", 3, "C")]
    people[2][2] = "13900000000"
    intake = check_workbook(form, workbook(tmp_path / "信访2.xlsx", [row], headings, {"信访人": people}))
    assert intake.wrong == []
    stored = store_workbook(intake, published_ledgers()["petitions"].version, by=person("officer"), process="petition", reason="x")
    assert stored == 1
    assert [entry["petitioner_name"] for entry in LedgerRow.objects.get().given["petitioner"]] == ["周宁", "吴江"]


def test_a_clerk_cannot_bring_in_another_schools_rows(person: Callable[..., Account], tmp_path: Path) -> None:
    ledger = published_ledgers()["hazards"]
    intake = check_workbook(ledger.form, workbook(tmp_path / "a.xlsx", [[1, *GOOD]]))
    assert store_workbook(intake, ledger.version, by=person("clerk", "1002"), process="hazard", reason="x") == 0
    assert (intake.read, len(intake.good), len(intake.wrong)) == (1, 0, 1)
    assert [fault.code for fault in intake.wrong[0].faults] == ["ROW-SCOPE"]


@pytest.mark.parametrize("written", ["2026/11/2", "2026.11.2", "2026年11月2日"])
def test_days_are_read_as_they_are_written(district: Any, tmp_path: Path, written: str) -> None:
    form = published_ledgers()["hazards"].form
    row = [1, GOOD[0], written, *GOOD[2:]]
    (read,) = check_workbook(form, workbook(tmp_path / "a.xlsx", [row])).good
    assert read.stored["finding"]["found_on"] == "2026-11-02"


def test_rows_that_wait_come_back_as_they_were_and_in_their_order() -> None:
    rows = [
        CheckedRow(number, {"n": number, "on": "2026-11-02", "entries": [{"a": None}]}, f"uuid:{number}", "") for number in range(2, 4_502)
    ]
    packed = PackedRows()
    for row in rows:
        packed.add(row)
    assert len(packed) == 4_500 and list(packed) == rows and list(packed) == rows
    packed.take_out(3)
    assert len(packed) == 4_499 and 3 not in {row.row for row in packed}


def test_rows_of_several_batches_are_stored_all_or_none(
    person: Callable[..., Account], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checked_rows, "_AT_ONCE", 2)
    file = workbook(tmp_path / "a.xlsx", [[number, *GOOD[:6], f"{number}室", *GOOD[7:]] for number in range(1, 6)])
    ledger, officer, calls = published_ledgers()["hazards"], person("officer"), []

    def breaks(rows: Any, **named: Any) -> Any:
        calls.append(len(rows))
        if len(calls) == 3:
            raise RuntimeError("the server went away")
        return add_rows(rows, **named)

    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(ledger_workbook, "add_rows", breaks)
        store_workbook(check_workbook(ledger.form, file), ledger.version, by=officer, process="hazard", reason="x")
    assert calls == [2, 2, 1] and LedgerRow.objects.count() == 0
    assert store_workbook(check_workbook(ledger.form, file), ledger.version, by=officer, process="hazard", reason="x") == 5
    assert [row.answers["hazard"]["place"] for row in LedgerRow.objects.order_by("pk")] == [f"{number}室" for number in range(1, 6)]
    assert not trail.verify()
