"""Typed row: one row typed on the site goes the one road of the intake: a workbook of one row, with the same checks, store and origin.

Changes when what is typed by hand is checked or kept otherwise than what a workbook brings.
"""

import tempfile
from collections.abc import Mapping
from datetime import date
from glob import escape
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused
from jiaoheng.intake.mapping import FieldSource, FileMapping, Source
from jiaoheng.intake.taking_in import take_in
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.registers import RegisterRule, load_registers

__all__ = ["take_row"]

_SHEET = "填写"


def take_row(register: str, values: Mapping[str, Any], *, account: Account, reason: str) -> None:
    """Take in one row. `values`: field → text, number or day; codes as codes.

    Raises: Refused with the words of every check that sends the row back; nothing is stored then.
    """
    rule = load_registers(settings.RULEBOOK_OVERLAY)[register]
    fields = {name: value for name, value in values.items() if value not in (None, "")}
    lacking = [rule.fields[name].label.in_language(get_language() or "zh") for name in rule.key if name not in fields]
    if lacking:
        raise Refused(_("Say {fields} too: a row is known by them.").format(fields=", ".join(lacking)))
    columns = {name: FieldSource(column=rule.fields[name].label.zh) for name in {**dict.fromkeys(_needed(rule)), **fields}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{rule.label.zh}-{_('typed on the site')}.xlsx"
        _write(path, [one.column or "" for one in columns.values()], [fields.get(name) for name in columns])
        source = Source(files=(escape(path.name),), feeds=register, sheet=_SHEET, columns=columns)  # type: ignore[call-arg]
        mapping = FileMapping(label=Label(en="Typed on the site", zh="网页填写"), sources={register: source})
        report = take_in([path], mapping, account=account, reason=reason, returned=Path(folder) / "returned")
    file = report.files[0]
    if file.rejected or file.refused:
        raise Refused(" ".join(cause.message for cause in file.causes if cause.severity == "reject"))


def _needed(rule: RegisterRule) -> list[str]:
    return [name for name, field in rule.fields.items() if field.required]


def _write(path: Path, headings: list[str], cells: list[Any]) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(_SHEET)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for column, (heading, cell) in enumerate(zip(headings, cells, strict=True)):
            sheet.write_string(0, column, heading)
            if isinstance(cell, date):
                sheet.write_datetime(1, column, cell, day)
            elif isinstance(cell, int | float):
                sheet.write_number(1, column, cell)
            elif cell is not None:
                sheet.write_string(1, column, str(cell))
