"""Row answers: a checked set of answers as the JSON that is stored, and stored JSON as answers, columns and process fields again.

Changes when answers are stored in another way. Pure: knows nothing of the database.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from jiaoheng.ledgers.answer_types import NotOfThisType, read_answer
from jiaoheng.ledgers.form import Container, DataType, Field, Form
from jiaoheng.ledgers.form_submission import Checked, Row
from jiaoheng.rulebook.loader import Label

__all__ = [
    "Masked",
    "as_answers",
    "as_text",
    "columns_of",
    "marked_questions",
    "place_in",
    "place_of",
    "place_question",
    "rows_of",
    "stored_answers",
    "titles_of",
]

_PLACE_COLUMNS = ("organisation", "organisation_code", "school", "school_code", "school_name")


class Masked(str):
    """What is shown in the place of a sealed answer, whatever its question's type. Stored it is `{"mask": "138****5678"}`."""

    __slots__ = ()


def stored_answers(checked: Checked) -> dict[str, Any]:
    """The answers nested like the form, typed as JSON: numbers, true and false, lists of choices; what was not answered is left out."""
    return _stored(checked.form.root, checked.instance)


def as_answers(form: Form, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored answers as texts, nested like the form, ready to be checked or shown in the form again."""
    return _texts(form.root, stored)


def rows_of(form: Form, stored: Mapping[str, Any]) -> list[Row]:
    """Stored answers as typed rows: the form's own first, then the entries of its repeats. Answers that do not fit are None; sealed ones
    are `Masked`."""
    return list(_rows(form, form.root, stored, ()))


def columns_of(form: Form, stored: Mapping[str, Any]) -> dict[str, str]:
    """The form's own columns as texts: what a process asks (`grade`, `due_on` …)."""
    row = rows_of(form, stored)[0]
    return {column: as_text(value) for column, value in row.values.items() if value is not None}


def marked_questions(form: Form) -> list[Field]:
    """The questions a list is filtered by: the first three single choices outside repeats that are not sealed."""
    asked = (question for question in form.tables[form.root.path] if question.list_name and not question.several)
    return [question for question in asked if question.path not in form.sealed][:3]


def place_of(form: Form, stored: Mapping[str, Any]) -> str:
    """What the answers call the organisation that the row belongs to; nothing where the form does not ask."""
    return place_in(columns_of(form, stored))


def place_in(columns: Mapping[str, str]) -> str:
    """The same, from the answers as texts by column."""
    return next((columns[name].strip() for name in _PLACE_COLUMNS if columns.get(name)), "")


def place_question(form: Form) -> Field | None:
    """The question that asks for the organisation, where there is one."""
    columns = {question.column: question for question in form.tables[form.root.path]}
    return next((columns[name] for name in _PLACE_COLUMNS if name in columns), None)


def titles_of(form: Form) -> Label:
    """The form's title in both languages; «校园安全隐患台账 School safety hazards» is taken apart."""
    words = form.title.split()
    last = max((number for number, word in enumerate(words, 1) if any("\u4e00" <= sign <= "\u9fff" for sign in word)), default=0)
    chinese, english = " ".join(words[:last]), " ".join(words[last:])
    return Label(en=english or chinese or form.form_id, zh=chinese or english or form.form_id)


def as_text(value: Any) -> str:
    """A stored or typed value as the answer's text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() | tuple() if value and isinstance(value[0], list | tuple):
            return ";".join(" ".join(map(as_text, place)) for place in value)
        case list() | tuple():
            return " ".join(map(as_text, value))
        case datetime() | date() | time():
            return value.isoformat()
        case {"mask": mask}:
            return str(mask)
        case float():
            return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
        case _:
            return str(value)


def _stored(container: Container, element: ElementTree.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for member in container.members:
        if isinstance(member, Container) and member.kind == "repeat":
            entries = [inner for child in element.findall(member.name) if (inner := _stored(member, child))]
            if entries:
                found[member.name] = entries
        elif isinstance(member, Container):
            child = element.find(member.name)
            if child is not None and (inner := _stored(member, child)):
                found[member.name] = inner
        elif (text := element.findtext(member.name) or "").strip() and member.kind != "note":
            found[member.name] = _json(text, member.data_type)
    return found


def _json(text: str, kind: DataType) -> Any:
    try:
        value = read_answer(text, kind)
    except NotOfThisType:
        return text
    match value:
        case Decimal():
            return float(value) if Decimal(repr(float(value))) == value else str(value)
        case date() | time():
            return value.isoformat()
        case tuple():
            return [list(item) if isinstance(item, tuple) else item for item in value]
        case _:
            return value


def _texts(container: Container, stored: Mapping[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for member in container.members:
        value = stored.get(member.name)
        if isinstance(member, Field):
            answers[member.name] = as_text(value)
        elif member.kind == "repeat":
            answers[member.name] = [_texts(member, entry) for entry in value or []]
        else:
            answers[member.name] = _texts(member, value or {})
    return answers


def _rows(form: Form, container: Container, stored: Mapping[str, Any], at: tuple[int, ...]) -> Iterator[Row]:
    values: dict[str, Any] = {question.column: None for question in form.tables[container.path]}
    inside: list[tuple[Container, Mapping[str, Any], tuple[int, ...]]] = []

    def gather(group: Container, answers: Mapping[str, Any]) -> None:
        for member in group.members:
            answer = answers.get(member.name)
            if answer is None:
                continue
            if isinstance(member, Field):
                if member.stored:
                    values[member.column] = _typed(answer, member.data_type)
            elif member.kind == "group" and isinstance(answer, Mapping):
                gather(member, answer)
            elif isinstance(answer, list):
                inside.extend((member, entry, (*at, number)) for number, entry in enumerate(answer, 1) if isinstance(entry, Mapping))

    gather(container, stored)
    yield Row(container.path, at, values)
    for member, entry, entry_at in inside:
        yield from _rows(form, member, entry, entry_at)


def _typed(answer: Any, kind: DataType) -> Any:
    if isinstance(answer, Mapping):
        return Masked(as_text(answer))
    try:
        return read_answer(as_text(answer), kind)
    except NotOfThisType:
        return None
