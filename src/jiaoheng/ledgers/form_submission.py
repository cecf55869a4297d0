"""Form submission: one set of answers, from the web, a workbook or a phone, checked against its form and made into typed rows.

Changes when answers are checked in another way. Calculations are worked out here again, answers to questions that do not apply are
dropped, and every fault is told in both languages. What a phone worked out or allowed at its own moment (`now()`, `random()`) is kept.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from jiaoheng.ledgers.answer_types import write_answer
from jiaoheng.ledgers.answers_checked import AnswerFault, Asked, Checked, Row
from jiaoheng.ledgers.form import Container, Form
from jiaoheng.ledgers.form_check import Answers, Check
from jiaoheng.rulebook.loader import Label

__all__ = [
    "AnswerFault",
    "Asked",
    "Checked",
    "Identity",
    "Row",
    "SubmissionUnreadable",
    "add_entries",
    "blank_answers",
    "check_answers",
    "check_openrosa",
    "entries_at",
    "read_identity",
    "triggered",
]


class SubmissionUnreadable(Exception):
    """What came is no submission of this form at all: no XML, another form. `label` says so in both languages."""

    def __init__(self, label: Label) -> None:
        self.label = label
        super().__init__(label.en)


@dataclass(frozen=True)
class Identity:
    """What a submission says of itself. `replaces`: the instance that it corrects, where it is an edit."""

    form_id: str
    version: str
    instance_id: str
    replaces: str = ""


def check_openrosa(
    form: Form, xml: bytes, *, now: datetime, datasets: Mapping[str, list[dict[str, str]]] | None = None, language: str = ""
) -> Checked:
    """A phone's submission, checked. Raises: SubmissionUnreadable."""
    root = _document(xml)
    if root.get("id", form.form_id) != form.form_id or root.tag != form.root.name:
        named = root.get("id") or root.tag
        raise SubmissionUnreadable(
            Label(en=f"This is a submission of «{named}», not of «{form.form_id}».", zh=f"这是“{named}”的提交，不是“{form.form_id}”的。")
        )
    return Check(form, _mapping(form.root, root), now, datasets or {}, language, keep_volatile=True).checked()


def read_identity(xml: bytes) -> Identity:
    """Which form and version a phone's submission is of, so that the form can be found. Raises: SubmissionUnreadable."""
    root = _document(xml)
    meta = root.find("meta")
    named = {child.tag: (child.text or "").strip() for child in (meta if meta is not None else ())}
    return Identity(root.get("id") or root.tag, root.get("version", ""), named.get("instanceID", ""), named.get("deprecatedID", ""))


def check_answers(
    form: Form, answers: Answers, *, now: datetime, datasets: Mapping[str, list[dict[str, str]]] | None = None, language: str = ""
) -> Checked:
    """Answers from the web or a workbook, checked. Values may be texts or Python values; several choices a list or text with blanks."""
    return Check(form, answers, now, datasets or {}, language, keep_volatile=False).checked()


def blank_answers(
    form: Form, *, now: datetime, preloads: Mapping[str, str] | None = None, datasets: Mapping[str, list[dict[str, str]]] | None = None
) -> dict[str, Any]:
    """A new set of answers: defaults, first values and metadata filled; one entry in each repeat.

    `preloads`: what metadata questions hold by kind, such as `username`; start, end and today are known.
    """
    check = Check(form, _blank(form.root, now, preloads or {}), now, datasets or {}, "", keep_volatile=False)
    check.begin(check.root)
    return _mapping(form.root, check.root)


def add_entries(
    form: Form, answers: Answers, path: str, at: tuple[int, ...], number: int, *, now: datetime,
    datasets: Mapping[str, list[dict[str, str]]] | None = None,
) -> None:  # fmt: skip
    """Further entries of the repeat at a path, in the entries `at` around it, as they begin: defaults and first values filled."""
    container = form.by_path[path]
    entries = entries_at(form, answers, path, at)
    if not isinstance(container, Container) or entries is None:
        return
    known = len(entries)
    entries.extend(_blank(container, now, {}) for _new in range(number))
    if any(question.first_value and path in question.repeats for question in form.fields):
        check = Check(form, answers, now, datasets or {}, "", keep_volatile=False)
        check.settle()
        for element in check.elements[path]:
            *around, place = check.at[element]
            if tuple(around) == at and place > known:
                check.begin(element)
                entries[place - 1] = _mapping(container, element)


def triggered(
    form: Form, answers: Answers, changed: str, *, now: datetime, datasets: Mapping[str, list[dict[str, str]]] | None = None
) -> dict[str, Any]:
    """The answers after one changed that triggers calculations; it is named with the entry's number after each repeat: `child/2/age`."""
    check = Check(form, answers, now, datasets or {}, "", keep_volatile=False)
    check.settle()
    name, at = changed.rpartition("/")[2], tuple(int(step) for step in changed.split("/") if step.isdigit())
    for question in form.fields:
        if question.on_trigger and any(name == trigger.strip("${} ") for trigger in question.triggers):
            for element in check.elements.get(question.path, []):
                if all(own == other for own, other in zip(check.at[element], at, strict=False)):
                    element.text = write_answer(check.work(question.on_trigger, element, question), question.data_type)
    return _mapping(form.root, check.root)


def _blank(container: Container, now: datetime, preloads: Mapping[str, str]) -> dict[str, Any]:
    """A part of a form as it begins, without what is worked out."""
    moment = now.isoformat(timespec="milliseconds")
    known = {"start": moment, "end": moment, "today": now.date().isoformat()} | dict(preloads)
    filled: dict[str, Any] = {}
    for member in container.members:
        if isinstance(member, Container):
            inner = _blank(member, now, preloads)
            filled[member.name] = [inner] if member.kind == "repeat" else inner
        else:
            filled[member.name] = f"uuid:{uuid.uuid4()}" if member.preload == "uid" else known.get(member.kind, member.default)
    return filled


def entries_at(form: Form, answers: Any, path: str, at: tuple[int, ...]) -> list[Any] | None:
    """The list that holds the entries of a repeat; None where the entries around it are not there."""
    here, walked, numbers = answers, form.root.path, list(at)
    *steps, last = path.split("/")[2:]
    for step in steps:
        walked += "/" + step
        member = form.by_path[walked]
        here = here.setdefault(step, [] if isinstance(member, Container) and member.kind == "repeat" else {})
        if isinstance(here, list):
            number = numbers.pop(0)
            if number > len(here):
                return None
            here = here[number - 1]
    entries: list[Any] = here.setdefault(last, [])
    return entries


def _document(xml: bytes) -> ElementTree.Element:
    """The submission without namespaces. A document type is refused unread: it is how XML is made to swell."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or b"<\x00!" in xml:
        raise SubmissionUnreadable(Label(en="A submission may not carry a document type.", zh="提交内容不得含有文档类型声明。"))
    try:
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise SubmissionUnreadable(Label(en=f"This is not readable XML: {error}", zh=f"无法读取的XML：{error}")) from error
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]
    return root


def _mapping(container: Container, element: ElementTree.Element) -> dict[str, Any]:
    """The answers of a document, nested like the form; what the form does not know keeps its name."""
    members = {member.name: member for member in container.members}
    found: dict[str, Any] = {}
    for child in element:
        if any(name.endswith("template") for name in child.attrib):
            continue
        member = members.get(child.tag)
        if isinstance(member, Container) and member.kind == "repeat":
            found.setdefault(child.tag, []).append(_mapping(member, child))
        elif isinstance(member, Container):
            found[child.tag] = _mapping(member, child)
        else:
            found[child.tag] = (child.text or "").strip("\n\r") if not len(child) else ""
    return found
