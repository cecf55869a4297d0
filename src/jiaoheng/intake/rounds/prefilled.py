"""Prefilled workbook: what a school gets. What is held is shown and locked; what is asked is empty and open, with its limits.

Changes when what the school sees in its workbook changes. Every workbook handed out is kept as its layout (`RoundIssue`), against which the
returned one is held, cell by cell.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import xlsxwriter
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from jiaoheng.access import trail
from jiaoheng.access.account import Account
from jiaoheng.access.scope import check_covers
from jiaoheng.intake.rounds.asked import Answers, AskedLine, asked_lines, held_figures, identifying_fields, previous_year
from jiaoheng.intake.rounds.roster_sheet import HEADING_ROW, roster_looks, write_cell, write_roster
from jiaoheng.intake.rounds.rosters import ROSTERS, check_may_see, sheet_fields, thing_of
from jiaoheng.intake.rounds.round import PartState, RoundPart, moment_shown, take_step, tell
from jiaoheng.intake.rounds.stamp import STAMP_SHEET, Stamp, digest_of, stamp_rows
from jiaoheng.rulebook.registers import FieldRule, RegisterRule, load_registers

__all__ = ["HEADING_ROW", "RoundIssue", "as_written", "filled_in", "issue", "lines_of", "prefilled_name"]

_LONGEST_LIST = 255
"""Characters of a drop-down written into the cell's rule."""


class RoundIssue(models.Model):
    """One version of a part's workbook: its layout and when it was first handed out."""

    part = models.ForeignKey(RoundPart, models.CASCADE, related_name="issues")
    version = models.IntegerField()
    layout = models.JSONField()
    digest = models.CharField(max_length=32)
    at = models.DateTimeField(default=timezone.now)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["part", "version"], name="round_issue_once")]

    def __str__(self) -> str:
        return f"{self.part} v{self.version}"


def filled_in(part: RoundPart, answers: Answers) -> bytes:
    """The newest workbook of a part with answers in its open cells, as a spreadsheet would save it: for examples and measurements."""
    issued = part.issues.order_by("-version")[:1].get()
    layout = {
        "sheets": [
            {**sheet, "lines": [_answered(line, answers, sheet["register"]) for line in sheet["lines"]]}
            for sheet in issued.layout["sheets"]
        ]
    }
    stamp = Stamp(part.round_id, part.school.code, issued.version, issued.digest)
    return _written(part, layout, load_registers(settings.RULEBOOK_OVERLAY), stamp)


def _answered(line: Mapping[str, Any], answers: Answers, register: str) -> dict[str, Any]:
    given = answers.get(register, {}).get(line["line"], {})
    return {**line, "open": {name: given.get(name, value) for name, value in line["open"].items()}}


def lines_of(part: RoundPart) -> list[AskedLine]:
    """The lines of a part's workbook as the registers stand now. A part that came back after acceptance asks again what it gave."""
    again = part.taken if part.state != PartState.ACCEPTED else {}
    return asked_lines(part.round.asks, part.round.school_year, [part.school], again)[part.school_id]


def issue(part: RoundPart, account: Account) -> bytes:
    """The school's workbook now; a new version where what it holds or asks has changed. Raises: Refused."""
    check_covers(part.school.path, account)
    check_may_see(part.round.asks, account)
    registers = load_registers(settings.RULEBOOK_OVERLAY)
    with transaction.atomic():
        trail.hold()
        part = RoundPart.objects.select_for_update().select_related("round", "school").get(pk=part.pk)
        layout = _layout(lines_of(part), registers, part)
        digest = digest_of(layout)
        last = part.issues.order_by("-version").first()
        if last is None or last.digest != digest:
            part.version += 1
            part.save(update_fields=["version"])
            RoundIssue.objects.create(part=part, version=part.version, layout=layout, digest=digest, account=account)
            if part.round.is_open and part.state != PartState.ASKED:
                tell(part.round, part, "download", account, f"v{part.version}", part.state, part.state)
        if part.round.is_open and part.state == PartState.ASKED:
            take_step("download", part, account, f"v{part.version}")
    stamp = Stamp(part.round_id, part.school.code, part.version, digest)
    return _written(part, layout, registers, stamp)


def prefilled_name(part: RoundPart) -> str:
    """The file name: the round and the school."""
    name = f"{part.round.title}-{part.school.name_zh or part.school.name_en}"
    return "".join("-" if sign in '/\\:*?"<>|' else sign for sign in name)[:120] + ".xlsx"


def _layout(lines: Sequence[AskedLine], registers: Mapping[str, RegisterRule], part: RoundPart) -> dict[str, Any]:
    """What the workbook holds, as JSON: sheets, their columns, and of every line the locked cells and the open ones."""
    sheets = []
    for register, fields in part.round.asks.items():
        rule, known = registers[register], sheet_fields(register, registers)
        leaving = ROSTERS[register].leaving if register in ROSTERS else ()
        wanted = [*identifying_fields(register), *(name for name in rule.fields if name in fields), *leaving]
        columns = list(dict.fromkeys(wanted))
        sheets.append(
            {
                "register": register,
                "name": rule.label.zh[:31],
                "columns": [{"field": name, "heading": known[name].label.zh} for name in columns],
                "lines": [
                    {
                        "line": one.line,
                        "locked": {name: as_written(value, known[name]) for name, value in one.shown.items() if name in columns},
                        "open": {name: as_written(one.present.get(name), known[name]) for name in one.open},
                        "owed": len(one.asked),
                        "last_year": _last_year(part, one),
                    }
                    for one in lines
                    if one.register == register
                ],
            }
        )
    return {"sheets": sheets}


def as_written(value: Any, rule: FieldRule) -> Any:
    """A held value as a cell shows it: words for codes, a mask for what is sealed."""
    value = thing_of(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if rule.type == "stages" and isinstance(value, str):
        return "、".join(rule.choices[one].zh if one in rule.choices else one for one in value.split(","))
    choice = rule.choices.get(value) if isinstance(value, str) else None
    return choice.zh if choice else value


def _written(part: RoundPart, layout: Mapping[str, Any], registers: Mapping[str, RegisterRule], stamp: Stamp) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        looks = _looks(book)
        for sheet in layout["sheets"]:
            page = book.add_worksheet(sheet["name"])
            if sheet["register"] in ROSTERS:
                write_roster(page, book, sheet, sheet_fields(sheet["register"], registers), looks | roster_looks(book))
            else:
                _write_sheet(page, sheet, registers[sheet["register"]], looks)
            _write_head(page, part, sheet, looks)
        hidden = book.add_worksheet(STAMP_SHEET)
        for row, pair in enumerate(stamp_rows(stamp)):
            hidden.write_row(row, 0, pair)
        hidden.protect()
        hidden.very_hidden()
    return buffer.getvalue()


def _looks(book: Any) -> dict[str, Any]:
    edge = {"border": 1, "border_color": "#CBC7BC", "valign": "vcenter"}
    grey, white = {"bg_color": "#EFEDE7", "font_color": "#4F5863", "locked": True}, {"locked": False}
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "due": book.add_format({"font_color": "#A22A22", "bold": True}),
        "how": book.add_format({"font_color": "#4F5863"}),
        "heading": book.add_format({**edge, "bold": True, "bg_color": "#DCE9F2", "text_wrap": True, "align": "center"}),
        "locked": book.add_format({**edge, **grey}),
        "locked_whole": book.add_format({**edge, **grey, "num_format": "#,##0"}),
        "locked_part": book.add_format({**edge, **grey, "num_format": "#,##0.00"}),
        "locked_date": book.add_format({**edge, **grey, "num_format": "yyyy-mm-dd"}),
        "open": book.add_format({**edge, **white}),
        "open_count": book.add_format({**edge, **white, "num_format": "#,##0"}),
        "open_date": book.add_format({**edge, **white, "num_format": "yyyy-mm-dd"}),
    }


def _write_head(sheet: Any, part: RoundPart, layout: Mapping[str, Any], looks: Mapping[str, Any]) -> None:
    """Title, due moment, and how to fill in; the first column of every sheet is hidden."""
    asked = sum(line.get("owed", len(line["open"])) for line in layout["lines"])
    sheet.write_string(0, 1, f"{part.round.title} · {part.school.name_zh or part.school.name_en}", looks["title"])
    sheet.write_string(1, 1, f"{moment_shown(part.round.due)} 前交回", looks["due"])
    note = part.round.note.strip().replace("\n", " ")
    if layout["register"] in ROSTERS:
        left = "已离开的，在其本行最右的白色格中注明；" if ROSTERS[layout["register"]].leaving else ""
        how = f"只填白色单元格（共 {asked} 格）；灰色为已有数据，已锁定，不必再填。{left}新增的，填在下方空行。不要改动行的内容对应关系。"
    else:
        how = f"只填白色单元格（共 {asked} 格）；灰色为已有数据和上学年数据，已锁定，不必再填。没有数据请留空，留空不等于 0。"
    sheet.write_string(2, 1, how + (f" {note}" if note else ""), looks["how"])


def _write_sheet(sheet: Any, layout: Mapping[str, Any], rule: RegisterRule, looks: Mapping[str, Any]) -> None:
    past = [line["last_year"] for line in layout["lines"] if line["last_year"]]
    sheet.set_row(HEADING_ROW, 48)
    for row in range(len(layout["lines"]) + len(past)):
        sheet.set_row(HEADING_ROW + 1 + row, 24)
    for index, column in enumerate(layout["columns"]):
        field = rule.fields[column["field"]]
        width = max(10, min(20, len(field.label.zh) + 6))
        name = column["field"] in ("organisation_name", "name_zh")
        sheet.set_column(index, index, 24 if name else width, None, {"hidden": True} if _is_code(column["field"]) else {})
        sheet.write_string(HEADING_ROW, index, column["heading"], looks["heading"])
        for number, line in enumerate(layout["lines"], start=HEADING_ROW + 1):
            is_open = column["field"] in line["open"]
            value = line["open" if is_open else "locked"].get(column["field"])
            write_cell(sheet, number, index, value, field, looks, is_open=is_open)
            if is_open:
                sheet.data_validation(number, index, number, index, _input_check(field, line["last_year"].get(column["field"])))
        for number, cells in enumerate(past, start=HEADING_ROW + 1 + len(layout["lines"])):
            write_cell(sheet, number, index, cells.get(column["field"]), field, looks, is_open=False)
    sheet.freeze_panes(HEADING_ROW + 1, 2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _is_code(field: str) -> bool:
    return field in ("organisation", "code")


def _input_check(field: FieldRule, last_year: Any) -> dict[str, Any]:
    """What the spreadsheet itself accepts in an open cell, and what it says beside it: the range, and last year's figure."""
    said = {"error_type": "stop", "error_title": field.label.zh[:32], "input_title": field.label.zh[:32]}
    before = "" if last_year is None else f"上学年：{last_year:,}" if isinstance(last_year, int | float) else f"上学年：{last_year}"
    if field.type in ("count", "amount", "degrees"):
        top = field.maximum if field.maximum is not None else 1e12
        words = f"{'整数' if field.type == 'count' else '数字'}，{field.minimum:,.0f} 至 {top:,.0f}"
        rule = {"validate": "integer" if field.type == "count" else "decimal", "criteria": "between"}
        limits = {"minimum": int(field.minimum) if field.type == "count" else field.minimum, "maximum": int(top)}
        return {**rule, **limits, **said, "error_message": words, "input_message": f"{words}\n{before}".strip()}
    options = [choice.zh for choice in field.choices.values()]
    if field.type == "choice" and len(",".join(options)) <= _LONGEST_LIST:
        return {"validate": "list", "source": options, **said, "error_message": "请从下拉框中选一项", "input_message": "请从下拉框中选一项"}
    if field.type == "date":
        first = date(1900, 1, 1)
        words = "日期，如 2018-09-01"
        return {"validate": "date", "criteria": ">=", "value": first, **said, "error_message": words, "input_message": words}
    return {"validate": "length", "criteria": "<=", "value": 200, **said, "error_message": "最多 200 字", "input_message": "最多 200 字"}


def _last_year(part: RoundPart, line: AskedLine) -> dict[str, Any]:
    """The same line of the school year before, to be shown below; empty where nothing of it is held."""
    if line.register != "annual_statistics":
        return {}
    before = previous_year(part.round.school_year)
    held = held_figures(line.register, part.round.asks[line.register], before, [part.school])
    figures = {name: value for name, value in held.get(part.school_id, {}).get(line.line, {}).items() if value is not None}
    identity = {name: line.shown[name] for name in identifying_fields(line.register)}
    return {**identity, "school_year": before, **figures} if figures else {}
