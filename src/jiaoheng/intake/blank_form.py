"""Blank form: the workbook that is sent out to be filled in, with headings that the intake knows.

Changes when what a form shows to who fills it in changes. Its fields, choices and example are the register's definition.
"""

from pathlib import Path
from typing import Any

import xlsxwriter

from jiaoheng.intake.columns import column_letters
from jiaoheng.rulebook.registers import FieldRule, RegisterRule

__all__ = ["AS_TEXT", "input_check", "write_blank_form"]

_ROWS = 2000
"""Rows that have drop-downs and input checks."""
_KINDS = {
    "organisation": "代码（文本）",
    "code": "代码（文本）",
    "name": "文字",
    "text": "文字",
    "school_year": "学年，如 2018-2019",
    "choice": "从下拉框中选一项",
    "stages": "一项或多项，用「、」隔开",
    "count": "整数",
    "amount": "数字，最多两位小数",
    "degrees": "度，小数",
    "date": "日期，如 2018-09-01",
    "currency": "三个字母，如 CNY",
    "boolean": "是 或 否",
    "grade": "从下拉框中选一项",
    "class_name": "班号或班名，如 3",
    "identity_number": "18 位（文本格式）",
    "student_number": "G、L 或 J 加 18 位（文本格式）",
    "phone": "手机号或带区号的电话（文本格式）",
    "bank_card": "卡号（文本格式）",
}

_NAMED = 12
"""So many choices are named in a remark; the drop-down has all."""
AS_TEXT = {"code", "organisation", "identity_number", "student_number", "phone", "bank_card", "class_name"}
"""Types whose cells are text, so that a spreadsheet takes no digits from them."""


def write_blank_form(path: Path, rule: RegisterRule) -> Path:
    """Write the form: a sheet to fill in (headings, drop-downs, a remark on every heading) and a sheet of notes with an example."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path)) as book:
        looks = {
            "required": book.add_format({"bold": True, "bg_color": "#DCE9F2", "bottom": 1, "text_wrap": True, "valign": "vcenter"}),
            "heading": book.add_format({"bg_color": "#EEF2F5", "bottom": 1, "text_wrap": True, "valign": "vcenter"}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "title": book.add_format({"bold": True, "font_size": 13}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        sheet = book.add_worksheet(rule.label.zh[:31])
        sheet.set_row(0, 32)
        sheet.freeze_panes(1, 2)
        lists = book.add_worksheet("下拉项")
        lists.hide()
        for index, field in enumerate(rule.fields.values()):
            look = "date" if field.type == "date" else "text" if field.type in AS_TEXT else None
            sheet.set_column(index, index, max(12, min(26, 2 * len(field.label.zh) + 2)), looks[look] if look else None)
            sheet.write_string(0, index, field.label.zh, looks["required" if field.required else "heading"])
            sheet.write_comment(0, index, _remark(field), {"x_scale": 2})
            check = input_check(field, index, lists)
            if check:
                sheet.data_validation(1, index, _ROWS, index, check)
        _write_notes(book.add_worksheet("填写说明"), rule, looks)
        sheet.activate()
    return path


def _remark(field: FieldRule) -> str:
    words = [field.label.en, _KINDS[field.type]]
    if field.choices:
        offered = _offered(field)
        words.append("可填：" + "、".join(offered[:_NAMED]) + (" …" if len(offered) > _NAMED else ""))
    if field.maximum is not None:
        words.append(f"{field.minimum:,.0f} 至 {field.maximum:,.0f}")
    if field.required:
        words.append("必填")
    elif field.type in ("count", "amount"):
        words.append("没有数据请留空，留空不等于 0")
    return "\n".join(words)


def _offered(field: FieldRule) -> list[str]:
    """The words of a drop-down: «否» first where nothing may hold, and no code that has ended."""
    words = [choice.zh for choice in field.choices.values() if not getattr(choice, "ended", False)]
    return [*field.none[:1], *words]


def input_check(field: FieldRule, index: int, lists: Any) -> dict[str, Any] | None:
    """What a spreadsheet accepts in a cell of the field. `index`: the row of `lists` that may hold its choices, used once only."""
    warning = {"error_type": "stop", "error_title": field.label.zh[:32], "error_message": _remark(field)[:255]}
    if field.type == "boolean":
        return {"validate": "list", "source": ["是", "否"], **warning}
    if field.type in ("choice", "grade"):
        words = _offered(field)
        # A list written into the cell holds 255 characters; a longer one lies on a hidden sheet, along a row, so that it is no table.
        if len(",".join(words)) > 255:
            lists.write_row(index, 0, words)
            return {"validate": "list", "source": f"='下拉项'!$A${index + 1}:${column_letters(len(words) - 1)}${index + 1}", **warning}
        return {"validate": "list", "source": words, **warning}
    if field.type == "count":
        return {
            "validate": "integer",
            "criteria": "between",
            "minimum": int(field.minimum),
            "maximum": int(field.maximum or 10**12),
            **warning,
        }
    if field.type in ("amount", "degrees"):
        return {"validate": "decimal", "criteria": "between", "minimum": field.minimum, "maximum": field.maximum or 1e15, **warning}
    return None


def _write_notes(sheet: Any, rule: RegisterRule, looks: dict[str, Any]) -> None:
    """Notes lie on their side, one line a field, so that the intake never takes them for a table of rows."""
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 60, looks["wrap"])
    sheet.set_column(2, 2 + len(rule.example), 24)
    sheet.write_string(0, 0, f"{rule.label.zh}：填写说明", looks["title"])
    sheet.write_string(1, 0, "请在前一张工作表中填写，每行一条记录；不要改动第一行的列名。")
    for line, (name, field) in enumerate(rule.fields.items(), start=3):
        sheet.write_string(line, 0, f"{column_letters(line - 3)} {field.label.zh}")
        sheet.write_string(line, 1, _remark(field), looks["wrap"])
        for number, example in enumerate(rule.example):
            if name in example:
                sheet.write_string(line, 2 + number, f"例：{example[name]}")
