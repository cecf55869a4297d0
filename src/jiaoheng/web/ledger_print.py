"""Ledger print: a ledger's empty form and a row filled in as official papers on A4, and the papers that the rulebook fills from a row.

Changes when a printed form looks otherwise. One definition gives all of them: groups are tables, questions are cells, repeats are lists,
and whoever acts in the process signs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account
from jiaoheng.ledgers.events import Case
from jiaoheng.ledgers.form import Container, Field, Form
from jiaoheng.ledgers.ledger_paper import fill, ledger_papers, may_fill
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.process import Process
from jiaoheng.ledgers.row_answers import as_text, rows_of
from jiaoheng.ledgers.standing import case_of, state_label
from jiaoheng.web.ledger_row_page import event_shown
from jiaoheng.web.ledger_scope import ledger_or_404, row_or_404
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language, tongue

__all__ = ["empty_paper", "printed_paper", "printed_row"]

_SHORT = 16
_EMPTY_ENTRIES = 4


@dataclass(frozen=True)
class _Cell:
    """A question on paper. `boxes`: choices to tick, with whether they are. `whole`: it takes the width of the paper."""

    label: str
    text: str = ""
    boxes: Sequence[tuple[str, bool]] = ()
    whole: bool = False
    tall: bool = False


@dataclass(frozen=True)
class _Block:
    """A group: rows of one or two cells; or of a repeat its heading and entries."""

    heading: str
    rows: Sequence[Sequence[_Cell]] = ()
    columns: Sequence[str] = ()
    entries: Sequence[Sequence[str]] = ()


def empty_paper(request: HttpRequest, name: str) -> HttpResponse:
    """The empty form, to be filled in by hand."""
    ledger = ledger_or_404(name)
    blocks = list(_blocks(ledger.form, None))
    process = next(iter(ledger.processes.values()), None)
    context = {"title": in_language(ledger.title), "blocks": blocks, "signers": _signers(process), "bureau": _bureau(reader(request)),
               "back": ("ledger", name, None), "number": "", "day": ""}  # fmt: skip
    return render(request, "web/ledger_print.html", context)


def printed_row(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """A row as it was filled in, what happened to it, and who signs."""
    row, ledger = row_or_404(request, name, number), ledger_or_404(name)
    happened = list(row.happened.order_by("number").prefetch_related("files"))
    case = case_of(row, happened)
    form = row.version.form
    context: dict[str, Any] = {
        "title": in_language(ledger.title), "blocks": list(_blocks(form, row)), "number": row.pk, "organisation": row.organisation,
        "state": in_language(state_label(case.process if case else None, row.state)), "day": _day(row.opened_on),
        "events": [event_shown(event, case, form) for event in happened] if case else [],
        "signers": _signers(case.process if case else None), "bureau": _bureau(reader(request)), "back": ("ledger-row", name, row.pk),
    }  # fmt: skip
    return render(request, "web/ledger_print.html", context)


def printed_paper(request: HttpRequest, name: str, number: int, paper: str) -> HttpResponse:
    """A paper of the rulebook, filled from a row."""
    row = row_or_404(request, name, number)
    rule = ledger_papers(settings.RULEBOOK_OVERLAY).get(paper)
    case = case_of(row)
    if rule is None or rule.ledger != name or not may_fill(rule, case):
        raise Http404
    filled = fill(paper, rule, _said(row, case, _bureau(reader(request))), tongue())
    context = {"title": filled.title, "paper": filled, "number": row.pk, "today": _day(timezone.localdate()),
               "bureau": _bureau(reader(request)), "back": ("ledger-row", name, row.pk)}  # fmt: skip
    return render(request, "web/ledger_paper.html", context)


def _bureau(account: Account) -> str:
    """Who writes: the bureau that the reader belongs to, or whose school it is."""
    own = account.organisation
    if own is not None and own.is_school and own.parent is not None:
        own = own.parent
    return str(own) if own is not None else ""


def _day(day: date | None) -> str:
    return date_format(day, "Y年n月j日" if tongue().startswith("zh") else "j F Y") if day else ""


def _said(row: LedgerRow, case: Case | None, bureau: str) -> Mapping[str, str]:
    """What the row says, in words: choices by their labels, days as papers write them. What is sealed is left to be written by hand."""
    form, sealed = row.version.form, row.sealed_paths
    first = rows_of(form, row.answers)[0].values
    asked_here = [question for question in form.tables[form.root.path] if question.path not in sealed]
    said = {question.column: _words(first.get(question.column), question, form) for question in asked_here}
    for field, text in (case.fields if case else {}).items():
        rule = case.process.fields.get(field) if case else None
        asked = next((one for one in form.tables[form.root.path] if one.column == field), None)
        if asked is not None and asked.path in sealed:
            continue
        said[field] = (
            _words(text, asked, form) if asked else in_language(rule.choices[text]) if rule and text in rule.choices else _dated(text)
        )
    process = case.process if case else None
    return said | {
        "organisation": str(row.organisation), "number": str(row.pk), "title": row.title,
        "state": in_language(state_label(process, row.state)),
        "opened_on": _day(row.opened_on), "due_on": said.get("due_on") or _day(row.due_on), "closed_on": _day(row.closed_on),
        "today": _day(timezone.localdate()), "bureau": bureau,
    }  # fmt: skip


def _words(value: Any, question: Field, form: Form) -> str:
    text = as_text(value)
    if question.list_name and text:
        return form.choice_label(text, question.path, tongue()).replace(", ", "、" if tongue().startswith("zh") else ", ")
    return _dated(text) if question.data_type == "date" else text


def _dated(text: str) -> str:
    try:
        return _day(date.fromisoformat(text))
    except ValueError:
        return text


def _blocks(form: Form, row: LedgerRow | None) -> Iterator[_Block]:
    """The form's groups in order, each a block; questions outside of groups come in blocks of their own."""
    parts = rows_of(form, row.answers) if row is not None else []
    first = parts[0].values if parts else {}

    def cells(container: Container) -> Iterator[_Cell]:
        for member in container.members:
            if isinstance(member, Field):
                if cell := _cell(member, form, first.get(member.column), filled=row is not None):
                    yield cell
            elif member.kind == "group" and member.name != "meta":
                yield from cells(member)

    loose: list[_Cell] = []
    for member in form.root.members:
        if isinstance(member, Field):
            if cell := _cell(member, form, first.get(member.column), filled=row is not None):
                loose.append(cell)
            continue
        if loose:
            yield _Block("", _paired(loose))
            loose = []
        if member.kind == "group" and member.name != "meta" and (found := list(cells(member))):
            yield _Block(in_language(form.both(member.labels)), _paired(found))
        elif member.kind == "repeat":
            yield from _entries(member, form, parts, filled=row is not None)
    if loose:
        yield _Block("", _paired(loose))
    for inner in form.root.walk():  # repeats within groups
        if isinstance(inner, Container) and inner.kind == "repeat" and inner not in form.root.members:
            yield from _entries(inner, form, parts, filled=row is not None)


def _entries(repeat: Container, form: Form, parts: Sequence[Any], *, filled: bool) -> Iterator[_Block]:
    questions = [one for one in form.tables[repeat.path] if one.asked and one.data_type != "binary" and _label(one, form)]
    lines = [
        [_words(part.values.get(one.column), one, form) for one in questions] for part in parts if part.table == repeat.path and part.at
    ]
    if questions and (lines or not filled):
        empty = [[""] * len(questions)] * _EMPTY_ENTRIES
        yield _Block(in_language(form.both(repeat.labels)), (), [_label(one, form) for one in questions], lines or empty)


def _label(question: Field, form: Form) -> str:
    return in_language(form.both(question.labels))


def _cell(question: Field, form: Form, value: Any, *, filled: bool) -> _Cell | None:
    label = _label(question, form)
    worked_out = question.kind in ("calculate", "hidden")
    if not label or (not question.asked and not (worked_out and filled)) or question.kind == "note":
        return None
    if question.data_type == "binary" and not filled:
        return _Cell(label, _("(attach)"))
    long = "multiline" in question.appearance
    if filled:
        text = _words(value, question, form)
        return _Cell(label, text, whole=long or len(text) > _SHORT)
    choices = {choice.name: in_language(form.both(choice.labels)) for choice in reversed(form.lists.get(question.list_name, ()))}
    boxes = [(words, False) for words in dict.fromkeys(reversed(choices.values()))]
    return _Cell(label, "", boxes, whole=long or sum(len(words) + 2 for words, _on in boxes) > _SHORT, tall=long)


def _paired(cells: Sequence[_Cell]) -> list[list[_Cell]]:
    """Short cells two by two; a whole one by itself."""
    rows: list[list[_Cell]] = []
    for cell in cells:
        if rows and not cell.whole and len(rows[-1]) == 1 and not rows[-1][0].whole:
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return rows


def _signers(process: Process | None) -> list[str]:
    """Whoever acts in the process; without one, who fills in and who checks."""
    if process is None:
        return [_("Filled in by"), _("Checked by")]
    return [in_language(label) for label in process.actors.values()][:4]
