"""Example answers: sound answers for any form, worked out from the form itself: what a question asks for, then whatever its rules take.

Changes when invented answers are found in another way. Deterministic: the same form, place, day and number give the same answers. Used for
the example district and to prove of every form that it can be answered.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

from jiaoheng.ledgers.example_rule import example_answer_of, rule_of
from jiaoheng.ledgers.form import Choice, Container, Field, Form
from jiaoheng.ledgers.form_submission import AnswerFault, Checked, check_answers
from jiaoheng.rulebook.loader import Rule, load_rules

__all__ = ["NoSoundAnswers", "example_answers", "example_text"]

_TRIES = 80
_RULED_TRIES = 3
_DAYS = (0, 14, -21, 60, 400, 1)
_TERMS = (30, 90, 180, 365)
_SHORT_TERMS = (7, 15, 30, 30, 60)
_LONG_TERMS = (120, 390, 540, 730, 1095, 1095)
_NUMBERS = ((12, 60), (3, 9), (1, 2), (0, 0), (30, 40), (80, 99), (1000, 5000))


class NoSoundAnswers(Exception):
    """No answers were found that the form takes; says what still stood against them."""


class ExampleWords(Rule):
    """Words for questions of these names."""

    columns: tuple[str, ...]
    words: tuple[str, ...]


@dataclass
class _Example:
    """One set of answers in the making. `tried`: which candidate a question is at, by path."""

    form: Form
    school: str
    on: date
    number: int
    tried: dict[str, int] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    def answers(self) -> dict[str, Any]:
        self.said = {}
        self._filled(self.form.root, 0)  # what a question says may hang on a later one: the first time is for that
        return self._filled(self.form.root, 0)

    def _filled(self, container: Container, entry: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for member in container.members:
            if isinstance(member, Field):
                if (said := self._answer(member, entry)) != "":
                    found[member.name] = self.said[member.column] = said
            elif member.kind == "repeat":
                entries = self.tried.get(member.path, 1 + self.number % 2)
                found[member.name] = [self._filled(member, at) for at in range(1, entries + 1)]
            else:
                found[member.name] = self._filled(member, entry)
        return found

    def _answer(self, question: Field, entry: int) -> str:
        if question.calculation is not None or question.preload or question.kind in ("note", "calculate", "hidden"):
            return ""
        tried = self.tried.get(f"{question.path}/{entry}" if question.list_name else question.path, 0)
        draw = Random(f"{self.form.form_id}/{self.number}/{question.path}/{entry}")
        choices = [choice for choice in self.form.lists.get(question.list_name, ()) if self._fits(choice)] if question.list_name else []
        rule = rule_of(self.form.form_id, question.column)
        if rule is not None and tried < _RULED_TRIES:
            seed = f"{self.form.form_id}/{self.number}/{question.path}"
            ruled, turn = Random(f"{seed}/{entry}/{tried}"), Random(f"{seed}/{tried}")
            said = example_answer_of(rule, question, choices, self.said, ruled, turn, self.on, entry)
            if said is not None:
                return said
        if choices:  # what may be chosen differs from entry to entry
            if tried >= len(choices) and question.required is None:
                return ""
            return choices[(draw.randrange(len(choices)) + tried) % len(choices)].name
        answer = _KINDS.get(question.data_type, _text)
        return answer(self, question, draw, tried)

    def _fits(self, choice: Choice) -> bool:
        """Does a choice's further column, named like a question, hold that question's answer? So cascades mostly ask."""
        return all(not value or self.said.get(name, value) == value for name, value in choice.columns.items())


def example_answers(form: Form, *, school: str, on: date, number: int, tried: dict[str, int] | None = None) -> Checked:
    """Sound answers of the form, given on a day at five in the afternoon. `tried`: what was learned from the rows before; kept up.

    Raises: NoSoundAnswers where none are found.
    """
    learned = {} if tried is None else tried
    example = _Example(form, school, on, number, dict(learned))
    now = datetime.combine(on, time(17))
    instance = {"meta": {"instanceID": f"uuid:example-{form.form_id}-{on:%Y%m%d}-{number}"}}
    checked = check_answers(form, example.answers() | instance, now=now)
    for _try in range(_TRIES):
        if not checked.faults:
            learned.update({path: at for path, at in example.tried.items() if isinstance(form.by_path.get(path), Field)})
            return checked
        for path in {_tried_at(form, fault) for fault in checked.faults}:
            example.tried[path] = example.tried.get(path, 0) + 1
        for fault in checked.faults:
            if fault.wanted is not None:
                example.tried[fault.path] = fault.wanted
        checked = check_answers(form, example.answers() | instance, now=now)
    raise NoSoundAnswers("; ".join(f"{form.form_id}.{fault.column}: {fault.label.en}" for fault in checked.faults))


def example_text(column: str, draw: Random, on: date, number: int) -> str:
    """A text for a question of this name."""
    if column.endswith("number") or column == "document":
        return f"{on.year}-{number:03d}"
    for one in _words().values():
        if column in one.columns:
            return draw.choice(one.words)
    return ""


@cache
def _words() -> Mapping[str, ExampleWords]:
    return load_rules("example_words", ExampleWords)


def _tried_at(form: Form, fault: AnswerFault) -> str:
    member = form.by_path.get(fault.path)
    chosen = isinstance(member, Field) and member.list_name
    return f"{fault.path}/{fault.at[-1] if fault.at else 0}" if chosen else fault.path


def _text(example: _Example, question: Field, draw: Random, tried: int) -> str:
    column = question.column
    if column in ("school", "about_school", "from_school"):
        return example.school
    if question.kind not in ("text", "string"):
        return "OK" if question.kind == "acknowledge" else "" if question.required is None and not tried else f"{column}.jpg"
    said = example_text(column, draw, example.on, example.number)
    wanted = question.required is not None or tried or draw.random() < 0.5
    return said or ("情况属实，已按规定办理" if wanted and question.required is not None else "")


def _day(example: _Example, question: Field, draw: Random, tried: int) -> str:
    past = question.constraint is not None and "today()" in question.constraint.text
    if not past and question.column.endswith("until") and not tried:  # a term: most run for years, some end soon
        return (example.on + timedelta(days=draw.choice(_LONG_TERMS))).isoformat()
    terms = _SHORT_TERMS if question.column.endswith(("due_on", "rectify_by")) else _TERMS
    days = _DAYS if past else (draw.choice(terms), *_DAYS)  # a date that nothing keeps in the past is a term, mostly
    return (example.on + timedelta(days=days[tried % len(days)])).isoformat()


def _integer(example: _Example, question: Field, draw: Random, tried: int) -> str:
    if question.kind == "range" and "start" in question.parameters:
        return question.parameters["start"]
    written = re.findall(r"-?\d+(?:\.\d+)?", question.constraint.text) if question.constraint is not None else []
    if written and tried > len(_NUMBERS):  # the numbers that its rule names, and those between
        between = sorted({float(number) for number in written})
        between += [(low + high) / 2 for low, high in pairwise(between)]
        number = between[tried % len(between)]
        return str(int(number)) if question.data_type == "int" else repr(number)
    return str(draw.randint(*_NUMBERS[tried % len(_NUMBERS)]))


def _decimal(example: _Example, question: Field, draw: Random, tried: int) -> str:
    if question.column.endswith("yuan"):
        return str(1000 * draw.randint(*_NUMBERS[tried % len(_NUMBERS)]))
    return _integer(example, question, draw, tried)


def _time(example: _Example, question: Field, draw: Random, tried: int) -> str:
    return f"{9 + 2 * tried:02d}:00:00"


def _place(example: _Example, question: Field, draw: Random, tried: int) -> str:
    return f"30.{draw.randint(400, 600)} 105.{draw.randint(400, 600)} 0 0" if question.required is not None else ""


def _moment(example: _Example, question: Field, draw: Random, tried: int) -> str:
    return f"{_day(example, question, draw, tried)}T{9 + tried % 8:02d}:00:00"


_KINDS: Mapping[str, Callable[[_Example, Field, Random, int], str]] = {
    "date": _day, "int": _integer, "decimal": _decimal, "time": _time, "dateTime": _moment, "geopoint": _place,
}  # fmt: skip
