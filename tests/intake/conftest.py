"""Workbooks written in the tests, a data folder of their own, and a small district to import into."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import xlsxwriter
from django.utils import translation

from jiaoheng.intake.report import IntakeReport
from jiaoheng.intake.taking_in import take_in
from jiaoheng.organisations.organisation import Organisation

Rows = Sequence[Sequence[object]]
Write = Callable[..., Path]

HEADINGS = ["学校代码", "学校名称", "学年", "学段", "学生数", "专任教师数", "骨干教师数", "公用经费（元）"]


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path: Path) -> Iterator[Path]:
    """The deployment's data folder, empty; sentences in English."""
    settings.DATA = tmp_path / "data"
    with translation.override("en"):
        yield settings.DATA


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Write rows into a workbook: `written("a.xlsx", [[…]])`; several sheets as a dict; merged ranges by `merged`."""

    def write(name: str, sheets: "Rows | dict[str, Rows]", merged: Sequence[tuple[int, int, int, int, str]] = ()) -> Path:
        path = tmp_path / name
        if path.suffix == ".csv":
            lines = [",".join("" if cell is None else str(cell) for cell in row) for row in sheets]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            return path
        with xlsxwriter.Workbook(str(path)) as book:
            for sheet_name, rows in (sheets if isinstance(sheets, dict) else {"Sheet1": sheets}).items():
                sheet = book.add_worksheet(sheet_name)
                for row, cells in enumerate(rows):
                    for column, cell in enumerate(cells):
                        if cell is not None:
                            sheet.write(row, column, cell)
                for top, left, bottom, right, text in merged:
                    sheet.merge_range(top, left, bottom, right, text)
        return path

    return write


@pytest.fixture
def district(db) -> Organisation:
    """区 with three schools: 晨光小学 and 春晖小学 (primary), 明德学校 (primary and junior)."""
    top = Organisation.objects.create(code="320999", name_zh="示例区", kind="county", path="320999")
    for code, name, stages in (("1001", "晨光小学", "primary"), ("1002", "春晖小学", "primary"), ("1003", "明德学校", "primary,junior")):
        Organisation.objects.create(code=code, name_zh=name, kind="school", parent=top, path=f"320999/{code}", stages=stages)
    return top


@pytest.fixture
def taken(db, written: Write) -> Callable[..., IntakeReport]:
    """Write rows and take them in."""

    def take(rows: Rows, name: str = "school.xlsx", **options: object) -> IntakeReport:
        return take_in([written(name, rows)], **options)

    return take


def codes(report: IntakeReport, severity: str | None = None) -> list[str]:
    """The codes of the first file's causes."""
    return [cause.code for cause in report.files[0].causes if severity in (None, cause.severity)]
