"""Ledger workbook: many rows of a ledger at once: the empty workbook to fill in, and a filled one read, checked row by row, marked, stored.

Changes when a ledger's workbook looks otherwise. Every row is checked by the form's own rules, as on the page. Entries of a repeat stand on
a sheet of their own and name their row by its number in the first column.
"""

import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import xlsxwriter
from django.db import transaction
from django.utils import timezone

from jiaoheng.access.account import Account, Refused
from jiaoheng.intake.checked_rows import CellFault, CheckedRow, PackedRows
from jiaoheng.intake.workbook import Cell, Sheet, is_blank, open_workbook
from jiaoheng.ledgers.events import Event
from jiaoheng.ledgers.form import Container, Field, Form
from jiaoheng.ledgers.form_submission import Checked, blank_answers, check_answers
from jiaoheng.ledgers.ledger_row import LedgerRow, Source
from jiaoheng.ledgers.ledger_version import LedgerVersion
from jiaoheng.ledgers.published_ledger import rulebook_held
from jiaoheng.ledgers.row_answers import columns_of, place_in, stored_answers
from jiaoheng.ledgers.row_entry import add_rows, new_row, placed
from jiaoheng.ledgers.sealed_answers import SHEET, sealed_instance
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.rulebook.loader import Label

__all__ = ["LedgerIntake", "blank_workbook", "check_workbook", "marked_workbook", "store_workbook"]

_NUMBER = Label(en="No.", zh="序号")
_NOTE = Label(en="What is wrong", zh="问题")
_SEPARATORS = re.compile(r"[、,，;；\s]+")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_VALIDATED_ROWS = 2_000
_EMPTY = ElementTree.Element("data")
_Columns = Mapping[int, tuple[Field, Mapping[str, str]]]
"""What stands in each column of a sheet, from 0: the question, and its choices' names by their labels."""


@dataclass(frozen=True)
class LedgerIntake:
    """A workbook that was read: its good rows and its wrong ones, and what is wrong with it as a whole (headings that no question has)."""

    name: str
    form: Form
    good: PackedRows
    wrong: list[CheckedRow]
    faults: list[CellFault]
    sheets: Mapping[str, Sheet]

    @property
    def read(self) -> int:
        """How many rows were read."""
        return len(self.good) + len(self.wrong)

    def refuse(self, row: CheckedRow, why: Refused) -> None:
        """A row that was good by itself cannot be stored."""
        self.good.take_out(row.row)
        fault = CellFault(next(iter(self.sheets)), row.row, "", "ROW-SCOPE", Label(en=str(why), zh=str(why)))
        self.wrong.append(replace(row, faults=[fault]))
        self.wrong.sort(key=lambda wrong: wrong.row)


def blank_workbook(form: Form, language: str) -> bytes:
    """The empty workbook: a heading a question, hints beside the headings, drop-downs for choices; a sheet more for each repeat."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        must = book.add_format({"bold": True, "bg_color": "#E6F0F4", "font_color": "#A22A22", "bottom": 1, "text_wrap": True})
        head = book.add_format({"bold": True, "bg_color": "#E6F0F4", "bottom": 1, "text_wrap": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        lists: dict[str, str] = {}
        sheets = [(name, path, book.add_worksheet(name)) for name, path in _sheets(form, language).items()]
        chosen = book.add_worksheet("choices")
        chosen.hide()
        for _name, path, sheet in sheets:
            sheet.freeze_panes(1, 1)
            sheet.write(0, 0, _NUMBER.in_language(language), head)
            for column, question in enumerate(_questions(form, path), 1):
                sheet.write(0, column, _heading(form, question, language), must if question.required else head)
                sheet.set_column(column, column, 18, day if question.data_type == "date" else None)
                _hint(sheet, column, form, question, language)
                if question.list_name and not question.several:
                    if question.list_name not in lists:
                        lists[question.list_name] = _write_list(chosen, len(lists), form, question.list_name, language)
                    sheet.data_validation(
                        1,
                        column,
                        _VALIDATED_ROWS,
                        column,
                        {"validate": "list", "source": lists[question.list_name], "error_type": "warning"},
                    )
    return buffer.getvalue()


def check_workbook(
    form: Form, file: Path, *, language: str = "", datasets: Mapping[str, list[dict[str, str]]] | None = None
) -> LedgerIntake:
    """Read and check everything; nothing is stored. Raises: UnreadableWorkbook."""
    workbook = open_workbook(file)
    paths = {form.root.path: workbook.sheet_names[0]}
    known = {name: path for each in ("zh", "en") for name, path in _sheets(form, each).items()}
    paths |= {known[name]: name for name in workbook.sheet_names[1:] if known.get(name, form.root.path) != form.root.path}
    sheets = {path: workbook.sheet(name) for path, name in paths.items()}
    faults: list[CellFault] = []
    columns = {path: _columns(form, path, sheet, faults) for path, sheet in sheets.items()}
    now = timezone.localtime().replace(tzinfo=None)
    entries = {path: _entries(form, path, sheets[path], columns[path]) for path in paths if path != form.root.path}
    good, wrong, seen = PackedRows(), list[CheckedRow](), Counter[bytes]()
    given_first = _flat(form, _without_repeats(form, blank_answers(form, now=now, datasets=datasets)))
    for number, cells in enumerate(islice(sheets[form.root.path].rows, 1, None), 2):
        if all(is_blank(cell) for cell in cells[1:]):
            continue
        own = str(_plain(cells[0])) or str(number - 1)
        answers = {**given_first, **_answers(columns[form.root.path], cells)}
        places: dict[tuple[str, tuple[int, ...]], int] = {}
        for path, by_number in entries.items():
            given = by_number.get(own, [])
            answers[path.rpartition("/")[2]] = [entry for _row, entry in given]
            places |= {(path, (at,)): row for at, (row, _entry) in enumerate(given, 1)}
        said = json.dumps([form.form_id, answers], ensure_ascii=False, sort_keys=True, default=str)
        digest = hashlib.sha256(said.encode()).digest()[:16]
        seen[digest] += 1
        instance = f"{SHEET}{digest.hex()}-{seen[digest]}"
        answers["meta"] = {"instanceID": sealed_instance(instance) if form.sealed else instance}
        checked = check_answers(form, answers, now=now, datasets=datasets, language=language)
        row = CheckedRow(number, stored_answers(checked), checked.instance_id, checked.instance_name)
        row.faults += _cell_faults(form, checked, number, paths, columns, places)
        if row.faults:
            wrong.append(row)
        else:
            good.add(row)
    return LedgerIntake(workbook.name, form, good, wrong, faults, {paths[path]: sheet for path, sheet in sheets.items()})


def store_workbook(intake: LedgerIntake, version: LedgerVersion, *, by: Account, process: str = "", reason: str) -> int:
    """Store the good rows, all or none, and say how many; rows stored by an earlier try of the same file are left out. A row that names a
    school outside the account's scope becomes a wrong one. Raises: Refused.
    """
    at, places = timezone.now(), dict[str, Organisation]()
    with rulebook_held(), transaction.atomic():
        return sum(
            len(add_rows(list(_made(intake, batch, version, by, process, at, places)), by=by, reason=reason))
            for batch in intake.good.batches()
        )


def _made(
    intake: LedgerIntake,
    batch: Sequence[CheckedRow],
    version: LedgerVersion,
    by: Account,
    process: str,
    at: datetime,
    places: dict[str, Organisation],
) -> Iterator[tuple[LedgerRow, Event]]:
    """Good rows with their first events. `places`: the schools that were found."""
    for row in batch:
        columns = columns_of(intake.form, row.stored)
        place = place_in(columns)
        try:
            if place not in places:
                places[place] = placed(intake.form, row.stored, by)
        except Refused as no:
            intake.refuse(row, no)
            continue
        checked = Checked(intake.form, (), _EMPTY, (), row.instance_id, row.instance_name)
        yield new_row(
            version, checked, by=by, process=process, source=Source.WORKBOOK, at=at, organisation=places[place], stored=row.stored,
            columns=columns,
        )  # fmt: skip


def marked_workbook(intake: LedgerIntake, language: str) -> bytes:
    """The wrong rows to be mended and sent again: wrong cells are red, the last column says what is wrong and in which row it stood."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "remove_timezone": True}) as book:
        red = book.add_format({"bg_color": "#FAE6E3", "border": 1, "border_color": "#A22A22"})
        head = book.add_format({"bold": True, "bg_color": "#E6F0F4", "bottom": 1, "text_wrap": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        faults: dict[tuple[str, int], list[CellFault]] = {}
        for row in intake.wrong:
            for fault in row.faults:
                faults.setdefault((fault.sheet, fault.row), []).append(fault)
        wrong = {str(row.row - 1) for row in intake.wrong}
        for name, sheet in intake.sheets.items():
            page = book.add_worksheet(name[:31])
            page.write_row(0, 0, [str(cell) for cell in sheet.rows[0]], head)
            page.write(0, sheet.width, _NOTE.in_language(language), head)
            last = 1
            for number, cells in enumerate(islice(sheet.rows, 1, None), 2):
                main = name == next(iter(intake.sheets))
                if (
                    not faults.get((name, number))
                    and not (not main and str(_plain(cells[0])) in wrong)
                    and not (main and str(number - 1) in wrong)
                ):
                    continue
                marks = {fault.column for fault in faults.get((name, number), [])}
                for column, cell in enumerate(cells):
                    value = _plain(cell) if not isinstance(cell, date) else cell
                    if main and column == 0 and value == "":
                        value = number - 1
                    look = red if _letter(column) in marks else day if isinstance(cell, date) else None
                    page.write(last, column, value, look)
                said = [fault.label.in_language(language) for fault in faults.get((name, number), [])]
                page.write(last, sheet.width, f"{number}: {' '.join(said)}" if said else "")
                last += 1
    return buffer.getvalue()


def _sheets(form: Form, language: str) -> dict[str, str]:
    """Sheet names with the path of what stands on them: the form itself, and the repeats that stand in no other repeat."""
    names = {_safe(_title(form, language)): form.root.path}
    for path in form.tables:
        container = form.by_path[path]
        if path != form.root.path and isinstance(container, Container) and not container.repeats and path.count("/") == 2:
            names[_safe(form.both(container.labels).in_language(language) or container.name)] = path
    return names


def _title(form: Form, language: str) -> str:
    return Label(en="Rows", zh="台账").in_language(language)


def _safe(name: str) -> str:
    return "".join("_" if sign in "[]:*?/\\'" else sign for sign in name)[:31]


def _questions(form: Form, path: str) -> list[Field]:
    """What can be written into a cell: nothing worked out, no files."""
    return [
        question
        for question in form.tables[path]
        if question.asked and question.data_type != "binary" and question.name not in ("instanceID", "instanceName")
    ]


def _heading(form: Form, question: Field, language: str) -> str:
    return form.both(question.labels).in_language(language) or question.column


def _hint(sheet: Any, column: int, form: Form, question: Field, language: str) -> None:
    said = [form.both(words).in_language(language) for words in (question.hints, question.constraint_message) if words]
    if question.several:
        labels = (form.both(choice.labels).in_language(language) or choice.name for choice in form.lists.get(question.list_name, ()))
        said.append("、".join(dict.fromkeys(labels)))
    if said:
        sheet.write_comment(0, column, "\n".join(said)[:1000])


def _write_list(sheet: Any, column: int, form: Form, name: str, language: str) -> str:
    labels = list(dict.fromkeys(form.both(choice.labels).in_language(language) or choice.name for choice in form.lists.get(name, ())))
    sheet.write_column(0, column, labels)
    return f"=choices!${_letter(column)}$1:${_letter(column)}${max(1, len(labels))}"


def _columns(form: Form, path: str, sheet: Sheet, faults: list[CellFault]) -> _Columns:
    """Columns by their headings: the label in either language, or the question's name."""
    named: dict[str, Field] = {}
    for question in reversed(_questions(form, path)):
        label = form.both(question.labels)
        named |= {text.strip().lower(): question for text in (label.en, label.zh, question.name, question.column) if text}
    found: dict[int, tuple[Field, dict[str, str]]] = {}
    for index, cell in enumerate(sheet.rows[0] if sheet.rows else ()):
        heading = str(cell).strip()
        if question_here := named.get(heading.lower()):
            found[index] = question_here, _names(form, question_here)
        elif heading and heading not in (_NUMBER.zh, _NUMBER.en, _NOTE.zh, _NOTE.en):
            said = Label(
                en=f"No question of the form is called «{heading}»; the column is left out.", zh=f"表单中没有题目“{heading}”，此列未读取。"
            )
            faults.append(CellFault(sheet.name, 1, _letter(index), "HEADING", said))
    return found


def _entries(form: Form, path: str, sheet: Sheet, columns: _Columns) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    """Entries of a repeat by the number of their row: (row of the spreadsheet, answers)."""
    found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for number, cells in enumerate(sheet.rows[1:], 2):
        if not all(is_blank(cell) for cell in cells[1:]):
            found.setdefault(str(_plain(cells[0])), []).append((number, _answers(columns, cells)))
    return found


def _answers(columns: _Columns, cells: Sequence[Cell]) -> dict[str, Any]:
    filled = ((question, names, cells[index]) for index, (question, names) in columns.items() if not is_blank(cells[index]))
    return {question.column: _answer(question, names, cell) for question, names, cell in filled}


def _names(form: Form, question: Field) -> dict[str, str]:
    """The names of a question's choices by their labels in either language, and by themselves."""
    names: dict[str, str] = {}
    for choice in reversed(form.lists.get(question.list_name, ()) if question.list_name else ()):
        label = form.both(choice.labels)
        names |= {label.en.lower(): choice.name, label.zh: choice.name, choice.name.lower(): choice.name}
    return names


def _answer(question: Field, names: Mapping[str, str], cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if question.data_type == "date" else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str((datetime.min + cell).time())
    text = str(_plain(cell))
    if question.data_type == "date":
        found = _DAY.fullmatch(text)
        return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else text
    if not question.list_name:
        return text
    if question.several:
        return " ".join(names.get(part.lower(), part) for part in _SEPARATORS.split(text) if part)
    return names.get(text.lower(), text)


def _plain(cell: Cell) -> Any:
    """A whole number without its point; text without blanks around it."""
    if isinstance(cell, float) and cell == int(cell):
        return int(cell)
    return cell.strip() if isinstance(cell, str) else cell


def _without_repeats(form: Form, answers: dict[str, Any]) -> dict[str, Any]:
    repeats = {member.name for member in form.root.members if isinstance(member, Container) and member.kind == "repeat"}
    return {name: value for name, value in answers.items() if name not in repeats and name != "meta"}


def _flat(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults by column."""

    def walk(container: Container, here: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for member in container.members:
            if isinstance(member, Field):
                if here.get(member.name) and not member.preload and member.kind not in ("start", "end", "today"):
                    yield member.column, here[member.name]
            elif member.kind == "group":
                yield from walk(member, here.get(member.name) or {})

    return dict(walk(form.root, answers))


def _cell_faults(
    form: Form,
    checked: Checked,
    number: int,
    paths: Mapping[str, str],
    columns: Mapping[str, _Columns],
    places: Mapping[tuple[str, tuple[int, ...]], int],
) -> Iterator[CellFault]:
    for fault in checked.faults:
        member = form.by_path.get(fault.path)
        repeat = member.repeats[-1] if isinstance(member, Field) and member.repeats else form.root.path
        table = repeat if repeat in paths else form.root.path
        letter = next((_letter(index) for index, (question, _names) in columns.get(table, {}).items() if question.path == fault.path), "")
        yield CellFault(paths[table], places.get((table, fault.at), number) if fault.at else number, letter, fault.code, fault.label)


def _letter(index: int) -> str:
    letters, index = "", index + 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
