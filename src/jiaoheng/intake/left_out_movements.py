"""Left-out movements: the children whom a new roll leaves out, as a workbook of movements in which only what became of them is missing.

Changes when the workbook asks or shows something else. Leaving a child out of a roll changes nothing; a movement does.
"""

import io
from collections.abc import Collection, Sequence
from typing import Any

import xlsxwriter
from django.conf import settings
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, check_may_read_persons
from jiaoheng.access.opening import may_open, opened
from jiaoheng.intake.blank_form import AS_TEXT, input_check
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.rulebook.codes import code_table
from jiaoheng.rulebook.registers import FieldRule, load_registers

__all__ = ["movements_of_left_out", "pupils_left_out"]

_FIELDS = ("student_number", "identity_number", "name", "organisation", "organisation_name", "event", "date", "other_school", "reason")
_TO_FILL = ("event", "date", "other_school", "reason")
_BESIDE = "现年级班级（供核对）"


def pupils_left_out(left_out: Sequence[dict[str, str]]) -> list[int]:
    """The pupils among what a report says was left out."""
    return [int(one["pupil"]) for one in left_out if one.get("pupil")]


def movements_of_left_out(pupils: Collection[int], account: Account) -> bytes:
    """The workbook: a row a child who is on the books of a school in the account's scope, by school and class.

    A child is named by the student number; who has none by the identity number, which is opened and recorded for who may open it.
    Raises: Refused where the account reads no persons, or none of the children is in its scope.
    """
    check_may_read_persons(account)
    stays = Enrolment.objects.for_account(account).filter(pupil__in=pupils, left_on=None)
    rows = list(
        stays.select_related("pupil__keeper", "school", "school_class").order_by("school__path", "grade", "school_class__name", "pk")
    )
    if not rows:
        raise Refused(_("None of these children is on the books of a school in your scope any more."))
    fields = load_registers(settings.RULEBOOK_OVERLAY)["enrolments"].fields
    grades = code_table("grade", settings.RULEBOOK_OVERLAY)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, lists = book.add_worksheet("学籍变动"), book.add_worksheet("下拉项")
        lists.hide()
        looks = _looks(book)
        _write_headings(sheet, lists, fields, len(rows), looks)
        for place, stay in enumerate(rows, start=1):
            cells = _known(stay, account)
            for column, name in enumerate(_FIELDS):
                look = looks["known" if name not in _TO_FILL else "open_date" if fields[name].type == "date" else "open"]
                sheet.write(place, column, cells.get(name), look)
            group = stay.school_class.name if stay.school_class else ""
            sheet.write_string(place, len(_FIELDS), f"{grades.words(stay.grade, 'zh')} {group}".strip(), looks["known"])
        sheet.freeze_panes(1, 3)
    return buffer.getvalue()


def _known(stay: Enrolment, account: Account) -> dict[str, str]:
    pupil, school = stay.pupil, stay.school
    known = {"name": pupil.name, "organisation": school.code, "organisation_name": school.name_zh or school.name_en}
    if pupil.student_number:
        return {**known, "student_number": pupil.student_number}
    if pupil.identity_number is not None and may_open(account, pupil):
        return {**known, "identity_number": opened(pupil, "identity_number", by=account, reason=_("Movements of children left out"))}
    return known


def _write_headings(sheet: Any, lists: Any, fields: dict[str, FieldRule], count: int, looks: dict[str, Any]) -> None:
    sheet.set_row(0, 30)
    for column, name in enumerate(_FIELDS):
        field = fields[name]
        wide = 24 if field.type in AS_TEXT else max(12, 2 * len(field.label.zh) + 3)
        sheet.set_column(column, column, wide)
        sheet.write_string(0, column, field.label.zh, looks["asked" if name in _TO_FILL else "heading"])
        check = input_check(field, column, lists) if name in _TO_FILL else None
        if check is not None:
            sheet.data_validation(1, column, count, column, check)
    sheet.set_column(len(_FIELDS), len(_FIELDS), 20)
    sheet.write_string(0, len(_FIELDS), _BESIDE, looks["heading"])


def _looks(book: Any) -> dict[str, Any]:
    edge = {"border": 1, "border_color": "#CBC7BC", "valign": "vcenter"}
    return {
        "heading": book.add_format({**edge, "bold": True, "bg_color": "#EFEDE7", "text_wrap": True}),
        "asked": book.add_format({**edge, "bold": True, "bg_color": "#DCE9F2", "text_wrap": True}),
        "known": book.add_format({**edge, "font_color": "#4F5863", "num_format": "@"}),
        "open": book.add_format(edge),
        "open_date": book.add_format({**edge, "num_format": "yyyy-mm-dd"}),
    }
