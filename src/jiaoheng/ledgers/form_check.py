"""Form check: one set of answers as a document, worked out and checked question by question.

Changes when a rule of a form means something else, or a fault is told in other words.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree

from jiaoheng.ledgers.answer_types import NotOfThisType, read_answer, write_answer
from jiaoheng.ledgers.answers_checked import AnswerFault, Asked, Checked
from jiaoheng.ledgers.form import Choice, Container, Field, Form
from jiaoheng.ledgers.form_choices import chosen_from, names_chosen
from jiaoheng.ledgers.form_datasets import Dataset
from jiaoheng.ledgers.form_expressions import Expression, ExpressionFaulty, Scope
from jiaoheng.ledgers.form_markup import worded
from jiaoheng.ledgers.form_values import to_boolean, to_date, to_number, to_text
from jiaoheng.rulebook.loader import Label

__all__ = ["Answers", "Check"]

Answers = Mapping[str, Any]
"""Answers by name, nested like the form: a group is a mapping, a repeat a list of mappings. Groups may also stand flat, by column."""

_SAYS: Mapping[str, Label] = {
    "ANSWER-REQUIRED": Label(en="«{label}» must be answered.", zh="“{label}”为必填项。"),
    "ANSWER-CONSTRAINT": Label(en="«{value}» is not allowed for «{label}».", zh="“{label}”的值“{value}”不符合要求。"),
    "ANSWER-TYPE": Label(en="«{label}»: «{value}» is not {expected}.", zh="“{label}”：“{value}”不是{expected_zh}。"),
    "ANSWER-CHOICE": Label(en="«{label}»: «{value}» is not among the choices.", zh="“{label}”：“{value}”不在可选项中。"),
    "ANSWER-TWICE": Label(en="«{label}»: «{value}» is chosen twice.", zh="“{label}”：“{value}”选了两次。"),
    "ANSWER-UNKNOWN": Label(en="This form has no question «{value}».", zh="本表没有题目“{value}”。"),
    "ANSWER-COUNT": Label(en="«{label}» needs {expected} entries; {value} were given.", zh="“{label}”应填{expected}条，实填{value}条。"),
    "ANSWER-WORKED": Label(en="«{label}» cannot be worked out: {value}", zh="“{label}”无法计算：{value}"),
}

_MOMENTS = ("start", "end", "today")
_WAITED_DAYS = 60
"""So long a phone may be without a net."""


class Check:
    """Checks one set of answers. Building, then settling (relevance and calculations in the form's order), then asking each question."""

    def __init__(
        self,
        form: Form,
        answers: Answers,
        now: datetime,
        datasets: Mapping[str, list[dict[str, str]]],
        language: str,
        *,
        keep_volatile: bool,
    ) -> None:
        self.form, self.keep_volatile, self.datasets = form, keep_volatile, datasets
        self.faults: list[AnswerFault] = []
        self.elements: dict[str, list[ElementTree.Element]] = {}
        self.at: dict[ElementTree.Element, tuple[int, ...]] = {}
        self.parents: dict[ElementTree.Element, ElementTree.Element] = {}
        self.root = ElementTree.Element(form.root.name)
        self._build(form.root, self.root, answers, answers, ())
        files = {name: rows if isinstance(rows, Dataset) else Dataset(rows) for name, rows in datasets.items()}
        secondary = {**form.documents, **{name: rows.document for name, rows in files.items()}}
        self.scope = Scope(self.root, now, secondary, form.choice_label, language or form.default_language, form.version)
        self.scope.datasets, self.scope.elements, self.scope.parents = files, self.elements, self.parents

    def checked(self) -> Checked:
        before = len(self.faults)
        self.settle()
        if not self.keep_volatile and self._trigger_unseen():
            self.scope.absent.clear()
            del self.faults[before:]
            self.settle()
        asked = tuple(self._asked())
        for element in self.scope.absent:
            element.text = None
        instance_id = self.root.findtext("meta/instanceID", "")
        return Checked(self.form, tuple(self.faults), self.root, asked, instance_id, self.root.findtext("meta/instanceName", ""))

    def settle(self) -> None:
        """Relevance and calculations, each after what it reads."""
        for path in self.form.order:
            member = self.form.by_path[path]
            for element in self.elements.get(path, []):
                if element in self.scope.absent:
                    continue
                kept = member.relevant and self._on_a_phone(member.relevant) and any((one.text or "").strip() for one in element.iter())
                if member.relevant and not kept and not to_boolean(self.work(member.relevant, element, member, when_faulty=True)):
                    self.scope.absent.update(element.iter())
                elif (
                    isinstance(member, Field)
                    and member.calculation
                    and not (self.keep_volatile and member.calculation.volatile and element.text)
                ):
                    element.text = write_answer(self.work(member.calculation, element, member), member.data_type)

    def _trigger_unseen(self) -> bool:
        """Works out what an answer triggers unseen, where it is empty still: a workbook has no moment in which an answer changes."""
        filled = False
        for question in self.form.triggered_unseen:
            for element in self.elements.get(question.path, []):
                at = self.at[element]
                answered = any(self._nearest(trigger.strip("${} "), at) for trigger in question.triggers)
                if answered and not element.text and element not in self.scope.absent and question.on_trigger:
                    element.text = write_answer(self.work(question.on_trigger, element, question), question.data_type)
                    filled = filled or bool(element.text)
        return filled

    def begin(self, part: ElementTree.Element) -> None:
        """Works out the first values in a part of the document."""
        inside = set(part.iter())
        for question in self.form.fields:
            for element in self.elements.get(question.path, []) if question.first_value else ():
                if element in inside and question.first_value:
                    element.text = write_answer(self.work(question.first_value, element, question), question.data_type)

    def _on_a_phone(self, expression: Expression) -> bool:
        """Was it the phone's to ask, because today the answer may be another?"""
        return self.keep_volatile and expression.volatile

    def _allowed(self, constraint: Expression, element: ElementTree.Element, question: Field) -> bool:
        """Does it hold, or did it on the day when a phone was asked: as its metadata say, else some day that it may have waited?"""
        if to_boolean(self.work(constraint, element, question, when_faulty=True)):
            return True
        if not self._on_a_phone(constraint):
            return False
        now = self.scope.now
        said = [
            to_date(one.text or "") for field in self.form.fields if field.kind in _MOMENTS for one in self.elements.get(field.path, ())
        ]
        known = [day if isinstance(day, datetime) else datetime(day.year, day.month, day.day) for day in said if day is not None]
        for moment in known or (now - timedelta(days=days) for days in range(1, _WAITED_DAYS + 1)):
            self.scope.now = min(moment, now)
            held = to_boolean(self.work(constraint, element, question, when_faulty=True))
            self.scope.now = now
            if held:
                return True
        return False

    def work(self, expression: Expression, element: ElementTree.Element, member: Field | Container, *, when_faulty: Any = "") -> Any:
        """The expression's value; one that cannot be worked out is a fault of its question and gives `when_faulty`."""
        try:
            return expression.evaluate(self.scope, element)
        except ExpressionFaulty as fault:
            self._fault("ANSWER-WORKED", member, element, value=fault.label)
            return when_faulty

    def _build(self, container: Container, element: ElementTree.Element, answers: Answers, flat: Answers, at: tuple[int, ...]) -> None:
        """The document of these answers, in the form's order, every question there."""
        self.elements.setdefault(container.path, []).append(element)
        self.at[element] = at
        known: set[str] = set()
        for member in container.members:
            known.add(member.name)
            if isinstance(member, Field):
                known.add(member.column)
                child = ElementTree.SubElement(element, member.name)
                self.parents[child] = element
                self.elements.setdefault(member.path, []).append(child)
                self.at[child] = at
                child.text = _written(answers.get(member.name, flat.get(member.column)))
            elif member.kind == "group":
                inner = answers.get(member.name)
                child = ElementTree.SubElement(element, member.name)
                self.parents[child] = element
                self._build(member, child, inner if isinstance(inner, Mapping) else {}, flat, at)
            else:
                entries = answers.get(member.name, flat.get(member.name)) or []
                for number, entry in enumerate(entries if isinstance(entries, list | tuple) else [entries], 1):
                    inner = entry if isinstance(entry, Mapping) else {}
                    child = ElementTree.SubElement(element, member.name)
                    self.parents[child] = element
                    self._build(member, child, inner, inner, (*at, number))
        if answers is flat:
            known |= {inner.column for inner in container.walk() if isinstance(inner, Field)} | {inner.name for inner in container.walk()}
        for name in answers:
            if name not in known and container.name != "meta" and name not in ("meta", "formhub"):
                self._fault("ANSWER-UNKNOWN", container, element, value=name)

    def _asked(self) -> Iterator[Asked]:
        for member in self.form.members:
            for element in self.elements.get(member.path, []):
                relevant, before = element not in self.scope.absent, len(self.faults)
                if isinstance(member, Container):
                    if relevant:
                        self._check_count(member, element)
                    yield Asked(member, self.at[element], relevant, faults=tuple(self.faults[before:]))
                    continue
                value = (element.text or "") if relevant else ""
                required = relevant and self._may_be_required(member) and self._holds(member.required, element, member)
                if member.required and self._on_a_phone(member.required):
                    required = False
                choices = self._choices(member, element) if relevant else None
                if relevant:
                    self._check(member, element, value, required, choices)
                readonly = relevant and self._holds(member.readonly, element, member)
                yield Asked(member, self.at[element], relevant, value, required, readonly, choices, tuple(self.faults[before:]))

    def _may_be_required(self, question: Field) -> bool:
        """A note cannot be answered: one that must be, and shows only sometimes, stops whoever writes. Phones see to it themselves."""
        return question.kind != "note" or (question.relevant is not None and not self.keep_volatile)

    def _holds(self, expression: Expression | None, element: ElementTree.Element, member: Field) -> bool:
        return expression is not None and to_boolean(self.work(expression, element, member))

    def _check(self, question: Field, element: ElementTree.Element, value: str, required: bool, choices: tuple[Choice, ...] | None) -> None:
        if not value.strip():
            if required:
                stops = question.labels if question.kind == "note" else {}
                self._fault("ANSWER-REQUIRED", question, element, own=question.required_message or stops)
            return
        try:
            read_answer(value, question.data_type)
        except NotOfThisType as error:
            self._fault("ANSWER-TYPE", question, element, value=value, expected=error.expected.en, expected_zh=error.expected.zh)
            return
        names = {choice.name for choice in choices or ()}
        chosen = names_chosen(value, names) if question.several else [value]
        if len(set(chosen)) < len(chosen):
            self._fault("ANSWER-TWICE", question, element, value=next(name for name in chosen if chosen.count(name) > 1))
        if choices is not None and question.calculation is None:  # nobody can mend what the form itself worked out
            for name in chosen:
                if name not in names:
                    self._fault("ANSWER-CHOICE", question, element, value=name)
        if question.constraint and not self._allowed(question.constraint, element, question):
            self._fault("ANSWER-CONSTRAINT", question, element, own=question.constraint_message, value=value)
        elif question.kind == "acknowledge" and value != "OK":
            self._fault("ANSWER-CHOICE", question, element, value=value)
        elif question.kind == "range" and not _in_range(value, question.parameters):
            self._fault("ANSWER-CONSTRAINT", question, element, value=value)

    def _check_count(self, container: Container, element: ElementTree.Element) -> None:
        """Called for the container around: a repeat with a fixed count has that many entries in it.

        The count is worked out where the entries would stand, so at any of their neighbours. A phone keeps entries when the number is
        made smaller, so that nothing is lost, and sends them.
        """
        if self.keep_volatile:
            return
        for member in container.members:
            if not isinstance(member, Container) or member.count is None or not len(element):
                continue
            if member.relevant and not to_boolean(self.work(member.relevant, element[0], member, when_faulty=True)):
                continue
            given = [entry for entry in element.findall(member.name) if entry not in self.scope.absent]
            wanted = to_number(self.work(member.count, element[0], member))
            if wanted == wanted and int(wanted) != len(given):
                self._fault("ANSWER-COUNT", member, element, value=str(len(given)), expected=str(int(wanted)))

    def _choices(self, question: Field, element: ElementTree.Element) -> tuple[Choice, ...] | None:
        """What may be chosen now, the cascade's filter applied; None where it is no choice, or its dataset is not at hand."""
        if question.choices_at is None:
            return self.form.lists.get(question.list_name) if question.list_name else None
        if question.list_name and question.list_name not in self.scope.secondary:
            return None
        if question.choices_at.text == f"instance('{question.list_name}')/root/item" and question.list_name not in self.datasets:
            return self.form.lists.get(question.list_name, ())
        nodes = self.work(question.choices_at, element, question)
        return chosen_from(self.form, question, nodes if isinstance(nodes, list) else [])

    def _fault(
        self,
        code: str,
        member: Field | Container,
        element: ElementTree.Element,
        *,
        own: Mapping[str, str] | None = None,
        **values: str | Label,
    ) -> None:
        said = self.form.written(own or member.labels)
        at = self.at[element]
        label = Label(en=worded(said.en, lambda name: self._nearest(name, at)), zh=worded(said.zh, lambda name: self._nearest(name, at)))
        words = {"label": label, **{name: _same(value) for name, value in values.items()}}
        if not own:
            english = {name: word.en or member.name for name, word in words.items()}
            chinese = {name: word.zh or member.name for name, word in words.items()}
            label = Label(en=_SAYS[code].en.format(**english), zh=_SAYS[code].zh.format(**chinese))
        column = member.column if isinstance(member, Field) else member.name
        wanted = int(str(values["expected"])) if code == "ANSWER-COUNT" else None
        self.faults.append(AnswerFault(code, member.path, column, at, label, wanted))

    def _nearest(self, name: str, at: tuple[int, ...]) -> str:
        """The answer to the question of this name that stands nearest."""
        near = [
            one
            for question in self.form.fields
            if question.name == name
            for one in self.elements.get(question.path, ())
            if self.at[one] == at[: len(self.at[one])]
        ]
        return near[-1].text or "" if near else ""


def _same(words: str | Label) -> Label:
    return words if isinstance(words, Label) else Label(en=words, zh=words)


def _in_range(value: str, parameters: Mapping[str, str]) -> bool:
    """Between the ends, and so many steps from the start."""
    low, high, step = (to_number(parameters.get(edge, "")) for edge in ("start", "end", "step"))
    number = to_number(value)
    if number < min(low, high) or number > max(low, high):
        return False
    steps = (number - low) / step if step else math.nan
    return math.isnan(steps) or abs(steps - round(steps)) < 1e-6


def _written(value: Any) -> str:
    match value:
        case None:
            return ""
        case list() | tuple() | set() | frozenset():
            return " ".join(map(str, value))
        case bool() | int() | float() | datetime() | date() | time():
            return to_text(value)
        case _:
            return str(value)
