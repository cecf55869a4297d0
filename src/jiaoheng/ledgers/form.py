"""Form: a ledger's definition: its questions with types, words, choices and rules, in their groups and repeats.

Changes when an XLSForm can say something new about a ledger. `form_reader.py` reads one; `form_submission.py` checks answers against it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from xml.etree import ElementTree

from jiaoheng.ledgers.form_expressions import Expression, secondary_document
from jiaoheng.ledgers.form_markup import plain
from jiaoheng.rulebook.ledger_questions import SEALED_MARKS
from jiaoheng.rulebook.loader import Label

__all__ = ["Choice", "Container", "DataType", "Field", "Form", "FormFault", "FormFaulty", "Place", "Words", "in_language"]

DataType = Literal[
    "string",
    "int",
    "decimal",
    "boolean",
    "date",
    "time",
    "dateTime",
    "geopoint",
    "geotrace",
    "geoshape",
    "binary",
    "barcode",
    "odk:rank",
    "select",
]
"""What an answer is, as the XForm's bind says it; `select` is several choices (names with blanks between)."""

Words = Mapping[str, str]
"""Words by language as the form writes it («中文 (zh)», «English (en)», or `default`)."""


@dataclass(frozen=True)
class Place:
    """Where in the workbook something stands. `row` as the spreadsheet shows it: the heading is row 1."""

    sheet: str
    row: int
    column: str = ""

    def __str__(self) -> str:
        return f'sheet "{self.sheet}", row {self.row}' + (f", column {self.column}" if self.column else "")

    @property
    def label(self) -> Label:
        """The place in words."""
        letter, _quote, heading = self.column.partition('"')
        column = f"{letter.strip()}列“{heading.strip(chr(34))}”" if heading else ""
        column = column.removeprefix("列") + "列" if column.startswith("列") else column
        return Label(en=str(self), zh=f"“{self.sheet}”表第{self.row}行{column}")


@dataclass(frozen=True)
class FormFault:
    """One thing wrong in the form, or worth a look. `place` is None where nobody knows it."""

    code: str
    label: Label
    place: Place | None = None

    @property
    def expected(self) -> str:
        return self.label.en

    def __str__(self) -> str:
        return f"{self.in_language('en')} [{self.code}]"

    def in_language(self, language: str) -> str:
        """Where it is and what it is, for a language tag such as `zh-hans` or `en`."""
        said = self.label.in_language(language)
        if self.place is None:
            return said
        return f"{self.place.label.in_language(language)}{'：' if language.lower().startswith('zh') else ': '}{said}"


class FormFaulty(Exception):
    """The form cannot be published. Carries every fault found."""

    def __init__(self, faults: list[FormFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, faults)))


@dataclass(frozen=True)
class Choice:
    """One answer to choose. `columns` are the list's further columns, for cascading."""

    name: str
    labels: Words
    columns: Mapping[str, str] = field(default_factory=dict)
    image: str = ""


_UNASKED = frozenset({
    "note", "calculate", "hidden", "repeat_count", "start", "end", "today", "username", "deviceid", "phonenumber", "email", "subscriberid",
    "simserial", "audit", "start-geopoint", "background-geopoint", "background-audio",
})  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A question, a note, a calculation or a piece of metadata.

    `column`: its name in the ledger's table: its own name, with its groups before it where two questions share one. `kind`: the
    XLSForm type. `media`: names of files shown with the label, by kind (image, audio, video) and language.
    `choices_at`: where its choices come from, filter included; `list_name` names the list. `repeats`: paths of the repeats
    around it, outermost first. Expressions are None where the cell is empty.
    """

    path: str
    name: str
    column: str
    kind: str
    data_type: DataType
    labels: Words = field(default_factory=dict)
    hints: Words = field(default_factory=dict)
    guidance: Words = field(default_factory=dict)
    appearance: str = ""
    required: Expression | None = None
    required_message: Words = field(default_factory=dict)
    constraint: Expression | None = None
    constraint_message: Words = field(default_factory=dict)
    relevant: Expression | None = None
    calculation: Expression | None = None
    readonly: Expression | None = None
    default: str = ""
    first_value: Expression | None = None
    preload: str = ""
    triggers: tuple[str, ...] = ()
    on_trigger: Expression | None = None
    list_name: str = ""
    choices_at: Expression | None = None
    choice_value: str = "name"
    choice_label: str = "label"
    parameters: Mapping[str, str] = field(default_factory=dict)
    media_type: str = ""
    media: Mapping[str, Words] = field(default_factory=dict)
    repeats: tuple[str, ...] = ()
    place: Place | None = None
    personal: str = ""
    """The mark of the survey sheet's column `personal` (`rulebook/ledger_questions.py` says what each means)."""

    @property
    def asked(self) -> bool:
        """Does a person answer it? Not what is worked out or only read, nor what a phone or a browser fills in by itself."""
        return not self.preload and self.kind not in _UNASKED

    @property
    def several(self) -> bool:
        """Are several choices taken?"""
        return self.data_type in ("select", "odk:rank")

    @property
    def stored(self) -> bool:
        """Is it a column of the table? Notes, headings and what only counts a repeat's entries are not."""
        return self.kind not in ("note", "acknowledge_label", "repeat_count") and not self.name.startswith(
            ("generated_", "reserved_name_for_")
        )


@dataclass(frozen=True)
class Container:
    """The form itself, a group, or a repeat, with what stands in it in order."""

    path: str
    name: str
    kind: Literal["form", "group", "repeat"]
    members: tuple["Field | Container", ...] = ()
    labels: Words = field(default_factory=dict)
    appearance: str = ""
    relevant: Expression | None = None
    count: Expression | None = None
    repeats: tuple[str, ...] = ()
    place: Place | None = None

    def walk(self) -> Iterator["Field | Container"]:
        """Everything in it, itself first."""
        yield self
        for member in self.members:
            yield from member.walk() if isinstance(member, Container) else (member,)


@dataclass(frozen=True)
class Form:
    """A ledger's definition.

    `order`: paths with a calculation or a relevance (their own), each after everything it depends on. `files`: names of the datasets
    and media that the form wants beside it. `xform` is what a phone downloads, `itemsets` the long lists that it wants as a file.
    """

    form_id: str
    version: str
    title: str
    languages: tuple[str, ...]
    default_language: str
    root: Container
    lists: Mapping[str, tuple[Choice, ...]]
    order: tuple[str, ...]
    xform: str
    files: tuple[str, ...] = ()
    warnings: tuple[FormFault, ...] = ()
    secondary: Mapping[str, ElementTree.Element] = field(default_factory=dict, repr=False, compare=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    itemsets: str = field(default="", repr=False)

    @cached_property
    def by_path(self) -> Mapping[str, "Field | Container"]:
        return {member.path: member for member in self.members}

    @cached_property
    def members(self) -> tuple["Field | Container", ...]:
        """Everything in the form, itself first."""
        return tuple(self.root.walk())

    @cached_property
    def choices_by_name(self) -> Mapping[str, Mapping[str, Choice]]:
        """The choices of each list by their names; of a name that stands twice the first."""
        return {name: {choice.name: choice for choice in reversed(choices)} for name, choices in self.lists.items()}

    @cached_property
    def documents(self) -> Mapping[str, Any]:
        """The lists and datasets that expressions ask, ready to be asked."""
        return {name: secondary_document(root) for name, root in self.secondary.items()}

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every question, note, calculation and metadata, in the form's order."""
        return tuple(member for member in self.root.walk() if isinstance(member, Field))

    @cached_property
    def triggered_unseen(self) -> tuple[Field, ...]:
        """Calculations that wait for another answer and are not shown."""
        return tuple(question for question in self.fields if question.on_trigger and question.kind in ("calculate", "hidden"))

    @cached_property
    def tables(self) -> Mapping[str, tuple[Field, ...]]:
        """Columns by table: the form's own under its root path, each repeat's under its path."""
        tables: dict[str, list[Field]] = {
            member.path: [] for member in self.root.walk() if isinstance(member, Container) and member.kind != "group"
        }
        for question in self.fields:
            if question.stored:
                tables[question.repeats[-1] if question.repeats else self.root.path].append(question)
        return {path: tuple(columns) for path, columns in tables.items()}

    @cached_property
    def sealed(self) -> frozenset[str]:
        """Paths of the answers that are sealed at rest: marked so, or worked out from one that is and not marked otherwise."""
        found = {question.path for question in self.fields if question.personal in SEALED_MARKS and question.data_type != "binary"}
        reads = {
            question.path: {path for one in worked if one for path in one.paths(question.path)}
            for question in (self.fields if found else ())
            if not question.personal and any(worked := (question.calculation, question.first_value, question.on_trigger))
        }
        while more := {path for path, read in reads.items() if path not in found and not found.isdisjoint(read)}:
            found |= more
        return frozenset(found)

    def field_named(self, name: str) -> Field:
        """The question of this name or column. Raises: KeyError."""
        for question in self.fields:
            if name in (question.name, question.column, question.path):
                return question
        raise KeyError(name)

    def choice_label(self, value: str, path: str, language: str) -> str:
        """The label of a choice of the question at a path (or of several, names with blanks between); the name where it has none."""
        question = self.by_path.get(path)
        choices = self.lists.get(question.list_name, ()) if isinstance(question, Field) else ()
        labels = {choice.name: in_language(choice.labels, language or self.default_language) or choice.name for choice in reversed(choices)}
        return labels[value] if value in labels else ", ".join(labels.get(name, name) for name in value.split())

    def written(self, words: Words) -> Label:
        """The words in English and Chinese with the marks of their author; a form in one language says the same in both."""
        return Label(en=in_language(words, "en"), zh=in_language(words, "zh"))

    def both(self, words: Words) -> Label:
        """The words in English and Chinese, plain."""
        return Label(en=plain(in_language(words, "en")), zh=plain(in_language(words, "zh")))


_CODES = {"zh": ("zh", "中文", "chinese", "汉语", "简体"), "en": ("en", "english", "英文", "英语")}


def in_language(words: Words, language: str) -> str:
    """The words in a language: as named, else by its code or usual name («English (en)», «en», «English»), else `default`, else any."""
    if language in words:
        return words[language]
    code = language.lower()[:2]
    for name, text in words.items():
        lowered = name.lower()
        if (
            f"({code}" in lowered
            or lowered == code
            or lowered.startswith((f"{code}-", f"{code}_"))
            or any(mark in lowered for mark in _CODES.get(code, ())[1:])
        ):
            return text
    return words.get("default") or next(iter(words.values()), "")
