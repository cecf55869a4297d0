"""Answers checked: what a check of one set of answers gives: each question as it stands, what is wrong, and the typed rows.

Changes when more is to be known of checked answers. `form_submission.py` checks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from xml.etree import ElementTree

from jiaoheng.ledgers.answer_types import NotOfThisType, read_answer
from jiaoheng.ledgers.form import Choice, Container, Field, Form, Words
from jiaoheng.ledgers.form_markup import marked, worded
from jiaoheng.rulebook.loader import Label

__all__ = ["AnswerFault", "Asked", "Checked", "Row"]


@dataclass(frozen=True)
class AnswerFault:
    """One thing wrong with an answer. `at`: which entry of each repeat around it, from 1. `label`: what to tell whoever answers."""

    code: str
    path: str
    column: str
    at: tuple[int, ...]
    label: Label
    wanted: int | None = None
    """How many entries a repeat must have, where their number is what is wrong."""


@dataclass(frozen=True)
class Row:
    """A row of a table: the form's own (`at` empty) or of a repeat (`at`: which entry of each, from 1). `values` by column, typed."""

    table: str
    at: tuple[int, ...]
    values: Mapping[str, Any]


class Asked(NamedTuple):
    """A question or container as it stands with these answers: does it apply, must it be answered, what may be chosen, what is wrong."""

    member: Field | Container
    at: tuple[int, ...]
    relevant: bool
    value: str = ""
    required: bool = False
    readonly: bool = False
    choices: tuple[Choice, ...] | None = None
    faults: tuple[AnswerFault, ...] = ()


@dataclass(frozen=True)
class Checked:
    """Answers after the check. Store `rows` only where there are no `faults`. `instance` is the submission as a document, cleaned."""

    form: Form
    faults: tuple[AnswerFault, ...]
    instance: ElementTree.Element
    asked: tuple[Asked, ...] = field(repr=False)
    instance_id: str = ""
    instance_name: str = ""

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The form's own row first, then the entries of its repeats. What does not apply is None, and its entries are left out."""
        values: dict[tuple[str, tuple[int, ...]], dict[str, Any]] = {}
        for asked in self.asked:
            if isinstance(asked.member, Container):
                if asked.relevant and asked.member.kind != "group":
                    values[asked.member.path, asked.at] = {question.column: None for question in self.form.tables[asked.member.path]}
            elif asked.member.stored and asked.relevant and asked.value:
                table = asked.member.repeats[-1] if asked.member.repeats else self.form.root.path
                try:
                    values[table, asked.at][asked.member.column] = read_answer(asked.value, asked.member.data_type)
                except NotOfThisType:
                    continue
        return tuple(Row(table, at, row) for (table, at), row in sorted(values.items(), key=lambda item: (item[0][0].count("/"), item[0])))

    @property
    def attachments(self) -> tuple[str, ...]:
        """Names of the files that must come with it."""
        return tuple(
            asked.value
            for asked in self.asked
            if isinstance(asked.member, Field) and asked.member.data_type == "binary" and asked.value and asked.relevant
        )

    def worded(self, asked: Asked, words: Words | None = None) -> Label:
        """A question's label (or other words of it), plain, with the answers that it quotes: each `${name}` is the answer nearest to it."""
        return self._written(worded, asked, words)

    def shown(self, asked: Asked, words: Words | None = None) -> Label:
        """The same as HTML, with the marks of the form's author."""
        return self._written(marked, asked, words)

    def _written(self, write: Callable[[str, Callable[[str], str]], str], asked: Asked, words: Words | None) -> Label:
        label = self.form.written(asked.member.labels if words is None else words)
        return Label(
            en=write(label.en, lambda name: self._quoted(name, asked.at)), zh=write(label.zh, lambda name: self._quoted(name, asked.at))
        )

    def _quoted(self, name: str, at: tuple[int, ...]) -> str:
        answers = [asked for asked in self._by_name.get(name, ()) if asked.at == at[: len(asked.at)]]
        return answers[-1].value if answers else ""

    @cached_property
    def _by_name(self) -> Mapping[str, list[Asked]]:
        found: dict[str, list[Asked]] = {}
        for asked in self.asked:
            found.setdefault(asked.member.name, []).append(asked)
        return found

    def xml(self) -> bytes:
        """The submission as OpenRosa writes it."""
        self.instance.attrib.update({"id": self.form.form_id, "version": self.form.version})
        written: bytes = ElementTree.tostring(self.instance, encoding="utf-8", xml_declaration=True)
        return written
