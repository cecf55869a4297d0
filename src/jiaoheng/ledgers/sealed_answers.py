"""Sealed answers: the personal answers of a row taken out of the others, a mask in the place of each, and put back for rules and those who
may open them.

Changes when it is decided otherwise which answers are sealed, or what a mask shows. What is taken out is one JSON text a row, by place
(`petitioner/1/phone`: the question's path without the root, the entry's number after each repeat), which the row keeps encrypted. Pure:
knows nothing of the database.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.crypto import salted_hmac

from jiaoheng.access.cipher import hidden, shown_ends
from jiaoheng.ledgers.form import Container, Field, Form, in_language
from jiaoheng.ledgers.form_submission import check_answers
from jiaoheng.ledgers.row_answers import as_answers, as_text, marked_questions

__all__ = [
    "SHEET", "Parted", "joined", "mask_of", "masked_columns", "opened", "parted", "sealed_in", "sealed_instance", "sealed_text", "title_of",
]  # fmt: skip

SHEET = "workbook:"
"""What the name of a row begins with that came by workbook."""

_NUMBERS = ((re.compile(r"1\d{10}"), shown_ends(3, 4)), (re.compile(r"\d{17}[\dXx]"), shown_ends(6, 4)))
"""A mobile number and an identity number, masked as in the registers."""
_BETWEEN = " ·・、，,;；/|–—-"
_UNSAID = re.compile(rf"(?:^|[{_BETWEEN}]+)\*{{6}}(?=[{_BETWEEN}]|$)")
"""A piece of a title of which nothing is shown, with the sign before it."""
_NAMED = re.compile(r"姓名|[人者师生督]$|儿童|\bname\b", re.IGNORECASE)
_NAME = re.compile(r"[\u4e00-\u9fff·]{2,4}")


@dataclass(frozen=True)
class Parted:
    """A row's answers with masks where they are sealed, and what stood there: JSON values by place."""

    answers: dict[str, Any]
    clear: dict[str, Any]


def sealed_in(form: Form, current: Form | None = None) -> frozenset[str]:
    """Paths of a form's answers that are sealed. The form in use decides where it marks the question; else the older mark holds.

    So a question that was not personal in the version that a phone still has is sealed all the same, once the form in use says so.
    """
    if current is None or current is form:
        return form.sealed
    now = {_place_in_table(question): question for question in current.fields}
    found = set()
    for question in form.fields:
        asked = now.get(_place_in_table(question))
        if question.data_type != "binary" and (
            asked.path in current.sealed if asked and (asked.personal or asked.path in current.sealed) else question.path in form.sealed
        ):
            found.add(question.path)
    return frozenset(found)


def parted(form: Form, stored: Mapping[str, Any], sealed: frozenset[str]) -> Parted:
    """Stored answers with a mask in the place of each that is sealed. What is masked already stays as it is."""
    clear: dict[str, Any] = {}
    return Parted(_parted(form.root, stored, sealed, "", clear), clear)


def joined(answers: Mapping[str, Any], clear: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as they were given. Only what holds a sealed answer is copied."""
    whole = dict(answers)
    inside: dict[str, dict[str, Any]] = {}
    for place, value in clear.items():
        first, _slash, rest = place.partition("/")
        if rest:
            inside.setdefault(first, {})[rest] = value
        else:
            whole[first] = value
    for name, own in inside.items():
        here = whole[name]
        if isinstance(here, list):
            entries = joined({str(number): entry for number, entry in enumerate(here, 1)}, own)
            whole[name] = list(entries.values())
        else:
            whole[name] = joined(here, own)
    return whole


def sealed_text(clear: Mapping[str, Any]) -> str:
    """What was taken out, as the text that is encrypted; nothing where nothing was."""
    return json.dumps(clear, ensure_ascii=False, separators=(",", ":")) if clear else ""


def opened(text: str) -> dict[str, Any]:
    """What `sealed_text` wrote."""
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


def sealed_instance(instance: str) -> str:
    """The name of a row from a workbook, which is a digest of all that it says, under the deployment's key: without that, who has the
    database could try out what a sealed answer may be. The same row has the same name again.
    """
    digest, _dash, number = instance.removeprefix(SHEET).partition("-")
    return f"sheet:{salted_hmac('jiaoheng.sheet', digest, algorithm='sha256').hexdigest()[:32]}-{number}"


def mask_of(question: Field, value: Any) -> str:
    """What is shown of an answer: the ends of a telephone or identity number, the first character of a Chinese name, else nothing."""
    text = as_text(value)
    for shape, mask in _NUMBERS:
        if shape.fullmatch(text):
            return mask(text)
    names = question.personal == "subject" or any(_NAMED.search(label) for label in question.labels.values())
    return shown_ends(1, 0)(text) if names and _NAME.fullmatch(text) else hidden(text)


def masked_columns(form: Form, columns: Mapping[str, str], sealed: frozenset[str]) -> dict[str, str]:
    """The form's own columns as texts, sealed ones as their masks."""
    masks = {
        question.column: mask_of(question, columns[question.column])
        for question in form.tables[form.root.path]
        if question.path in sealed and columns.get(question.column)
    }
    return {**columns, **masks}


def title_of(
    form: Form, answers: Mapping[str, Any], columns: Mapping[str, str], *, name: str, sealed: frozenset[str], now: datetime
) -> str:
    """What the row is called: as the form names it, else its first texts. Masks stand for what is sealed.

    A name that the form works out of sealed answers is worked out again of their masks; a piece of which nothing shows is left out. Where
    sealed texts are left out, choices say what the row is about. name: what the form called it, nothing where it names no row.
    """
    if name and f"{form.root.path}/meta/instanceName" in sealed:
        masked = {key: value for key, value in as_answers(form, answers).items() if key != "meta"}
        name = check_answers(form, masked, now=now).instance_name
    if "***" in name:
        name = _UNSAID.sub("", name).strip(_BETWEEN)
    if name:
        return name[:300]
    texts, left_out = list[str](), False
    for question in form.tables[form.root.path]:
        if question.kind != "text" or not columns.get(question.column):
            continue
        if (question.path not in sealed or question.personal == "subject") and columns[question.column] != hidden(""):
            texts.append(columns[question.column])
        else:
            left_out = True
    if left_out and len(texts) < 3:
        chosen = [(question, columns.get(question.column, "")) for question in marked_questions(form) if question.path not in sealed]
        said = [_label(form, question, value) for question, value in chosen if value not in ("", "yes", "no")]
        texts = [*texts[:1], *said[-2:], *texts[1:]]
    return " · ".join(texts[:3])[:300]


def _parted(container: Container, stored: Mapping[str, Any], sealed: frozenset[str], prefix: str, clear: dict[str, Any]) -> dict[str, Any]:
    answers = dict(stored)
    for member in container.members:
        value = stored.get(member.name)
        if value is None:
            continue
        if isinstance(member, Field):
            if member.path in sealed and not isinstance(value, Mapping):
                clear[prefix + member.name] = value
                answers[member.name] = {"mask": mask_of(member, value)}
        elif member.kind == "repeat":
            entries = value if isinstance(value, list) else []
            answers[member.name] = [
                _parted(member, entry, sealed, f"{prefix}{member.name}/{number}/", clear) for number, entry in enumerate(entries, 1)
            ]
        elif isinstance(value, Mapping):
            answers[member.name] = _parted(member, value, sealed, f"{prefix}{member.name}/", clear)
    return answers


def _label(form: Form, question: Field, value: str) -> str:
    choice = form.choices_by_name.get(question.list_name, {}).get(value)
    return (in_language(choice.labels, "zh") if choice else "") or value


def _place_in_table(question: Field) -> tuple[str, str]:
    """The innermost repeat and the column: what two versions of a form have in common of a question."""
    return (question.repeats[-1].rpartition("/")[2] if question.repeats else "", question.column)
