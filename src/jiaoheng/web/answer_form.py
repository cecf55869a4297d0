"""Answer form: a ledger's form as a page: what was sent becomes answers, checked answers become the questions to show.

Changes when a kind of question is asked in another way on the page. Names of inputs are paths without the root, with the entry's number
after each repeat: `finding/2/finding_text`; `finding/#` says how many entries there are.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import mark_safe

from jiaoheng.ledgers.form import Choice, Container, Field, Form, Words
from jiaoheng.ledgers.form_choices import names_chosen
from jiaoheng.ledgers.form_submission import Asked, Checked, add_entries, check_answers, entries_at, triggered
from jiaoheng.ledgers.form_values import to_number
from jiaoheng.web.question_look import attributes_of, group_look, input_of, look_of, steps_of, whole_day, widget_of
from jiaoheng.web.words import in_language, tongue

__all__ = ["Node", "answers_sent", "checked_answers", "file_questions", "form_nodes", "now_here"]

_MOST_ENTRIES = 200


@dataclass
class Node:
    """One question, group, or entry of a repeat, as the template shows it. `kind` says which widget; `id` is fit for HTML.

    `choices`: value, label, chosen, address of a picture or nothing. `media`: kind and address of what is shown with the label.
    `kept`, `mask`: a sealed answer that stays where nothing is typed (`kept_answers.py`). `look`: names of the style sheet.
    """

    kind: str
    name: str
    id: str
    label: str
    hint: str = ""
    value: str = ""
    relevant: bool = True
    required: bool = False
    readonly: bool = False
    choices: list[tuple[str, str, bool, str]] = field(default_factory=list)
    input_type: str = "text"
    attributes: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    members: list["Node"] = field(default_factory=list)
    number: int = 0
    fixed: bool = False
    places: list[str] = field(default_factory=list)
    media: list[tuple[str, str]] = field(default_factory=list)
    kept: str = ""
    mask: str = ""
    shown: str = ""
    guidance: str = ""
    look: str = ""

    @property
    def title(self) -> str:
        """The label as its author marked it; everything in it is escaped already."""
        return mark_safe(self.shown) if self.shown else self.label

    @property
    def ranked(self) -> list[str]:
        """The choices in the order they were put in."""
        return self.value.split()

    @property
    def digest(self) -> str:
        """Changes when something other than the reader's own typing must be shown anew."""
        own = (
            self.value if self.readonly or self.kind in ("note", "output") else "",
            self.shown or self.label,
            self.hint,
            self.required,
            self.readonly,
            self.faults,
        )
        shown = [*own, [choice[:2] for choice in self.choices], self.relevant, self.attributes, self.look]
        return hashlib.md5(repr(shown).encode(), usedforsecurity=False).hexdigest()[:12]


def now_here() -> datetime:
    """This moment on the wall: what `today()` and `now()` of a form mean."""
    return timezone.localtime().replace(tzinfo=None)


def answers_sent(form: Form, sent: "MultiValueDict[str, Any]") -> dict[str, Any]:
    """The answers of a posted form, nested like it. Irrelevant ones come along, so that nothing typed is lost while it is hidden."""
    return _sent(form.root, sent, "")


def file_questions(form: Form, sent: "MultiValueDict[str, Any]") -> Iterator[tuple[str, Field]]:
    """Every question for a file, with its input's name, for each entry that was sent."""
    yield from _files(form.root, sent, "")


def checked_answers(form: Form, answers: dict[str, Any], *, datasets: Mapping[str, list[dict[str, str]]], changed: str = "") -> Checked:
    """The answers checked, repeats with a worked-out number of entries filled up or cut. `changed`: the question just answered."""
    now, language = now_here(), tongue()
    if changed and any(question.on_trigger and _triggers(question, changed) for question in form.fields):
        answers = triggered(form, answers, changed, now=now, datasets=datasets)
    for _round in range(4):
        checked = check_answers(form, answers, now=now, datasets=datasets, language=language)
        counts = [fault for fault in checked.faults if fault.wanted is not None]
        if not counts:
            break
        for fault in counts:
            entries = entries_at(form, answers, fault.path, fault.at)
            if entries is not None:
                wanted = min(fault.wanted or 0, _MOST_ENTRIES)
                del entries[wanted:]
                add_entries(form, answers, fault.path, fault.at, wanted - len(entries), now=now, datasets=datasets)
    return checked


def form_nodes(
    checked: Checked, *, faults: str, places: list[str] | None = None, place_column: str = "", files: Callable[[str], str] = lambda name: ""
) -> list[Node]:
    """What to show. `faults`: "all" (after sending), or "typed": nothing is called missing while somebody still writes.

    `places`: names of organisations to offer for the question that asks for one. `files`: the address of a file beside the form by its
    name, nothing where it is not at hand.
    """
    by_place: dict[tuple[str, tuple[int, ...]], Asked] = {(asked.member.path, asked.at): asked for asked in checked.asked}
    return list(_Nodes(checked, by_place, faults, places or [], place_column, files).inside(checked.form.root, (), ""))


def _sent(container: Container, sent: "MultiValueDict[str, Any]", prefix: str) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for member in container.members:
        name = prefix + member.name
        if isinstance(member, Field):
            values = [value for value in sent.getlist(name) if isinstance(value, str) and value]
            answers[member.name] = (
                " ".join(values) if member.several else (whole_day(member, values[-1].replace("\r\n", "\n")) if values else "")
            )
        elif member.kind == "repeat":
            answers[member.name] = [_sent(member, sent, f"{name}/{number}/") for number in range(1, _entries(sent, name) + 1)]
        else:
            answers[member.name] = _sent(member, sent, name + "/")
    return answers


def _files(container: Container, sent: "MultiValueDict[str, Any]", prefix: str) -> Iterator[tuple[str, Field]]:
    for member in container.members:
        name = prefix + member.name
        if isinstance(member, Field):
            if member.data_type == "binary":
                yield name, member
        elif member.kind == "repeat":
            for number in range(1, _entries(sent, name) + 1):
                yield from _files(member, sent, f"{name}/{number}/")
        else:
            yield from _files(member, sent, name + "/")


def _entries(sent: "MultiValueDict[str, Any]", name: str) -> int:
    written = sent.get(f"{name}/#", "0")
    return min(int(written), _MOST_ENTRIES) if written.isascii() and written.isdigit() else 0


def _triggers(question: Field, changed: str) -> bool:
    return any(changed.rpartition("/")[2] == trigger.strip("${} ") for trigger in question.triggers)


class _Nodes:
    """Builds the nodes of one page."""

    def __init__(
        self,
        checked: Checked,
        by_place: Mapping[tuple[str, tuple[int, ...]], Asked],
        faults: str,
        places: list[str],
        place_column: str,
        files: Callable[[str], str],
    ) -> None:
        self.files = files
        self.grid = "theme-grid" in checked.form.settings.get("style", "").split()
        self.checked, self.by_place, self.faults, self.places, self.place_column = checked, by_place, faults, places, place_column

    def inside(self, container: Container, at: tuple[int, ...], prefix: str) -> Iterator[Node]:
        for member in container.members:
            if container is self.checked.form.root and member.name == "meta":
                continue
            name = prefix + member.name
            if isinstance(member, Field):
                node = self._question(member, at, name)
                if node is not None:
                    yield node
            elif member.kind == "group":
                asked = self.by_place.get((member.path, at))
                group = Node("group", name, _id(name), "")
                if asked is not None:
                    group.label, group.shown = in_language(self.checked.worded(asked)), in_language(self.checked.shown(asked))
                group.relevant = asked.relevant if asked else False
                group.look = group_look(member, grid=self.grid)
                group.members = list(self.inside(member, at, name + "/"))
                if group.members:
                    yield group
            else:
                yield self._repeat(member, at, name)

    def _repeat(self, member: Container, at: tuple[int, ...], name: str) -> Node:
        entries = sorted(place[-1] for path, place in self.by_place if path == member.path and place[:-1] == at)
        label = in_language(self.checked.form.both(member.labels)) or member.name
        node = Node("repeat", name, _id(name), label, number=len(entries), fixed=member.count is not None)
        first = self.by_place.get((member.path, (*at, 1)))
        node.relevant = first.relevant if first else True
        node.faults = self._faults_at(member.path, at)
        for number in entries:
            entry = Node("entry", f"{name}/{number}", _id(f"{name}/{number}"), label, number=number)
            asked = self.by_place[member.path, (*at, number)]
            entry.relevant = asked.relevant
            if member.labels:
                entry.label, entry.shown = in_language(self.checked.worded(asked)), in_language(self.checked.shown(asked))
            entry.members = list(self.inside(member, (*at, number), f"{name}/{number}/"))
            node.members.append(entry)
        return node

    def _question(self, question: Field, at: tuple[int, ...], name: str) -> Node | None:
        asked = self.by_place.get((question.path, at))
        if asked is None:
            return None
        form = self.checked.form
        known = form.lists.get(question.list_name) if question.list_name else None
        kind = widget_of(question, choices=None if asked.choices is None else len(known or asked.choices))
        if kind == "hidden":
            return Node("hidden", name, _id(name), "", value=asked.value)
        label = in_language(self.checked.worded(asked)) or ("" if kind in ("note", "output", "heads") else question.name)
        if kind == "note" and not label and not question.media:
            return None
        node = Node(kind, name, _id(name), label, "", asked.value, asked.relevant, asked.required, asked.readonly)
        node.shown = in_language(self.checked.shown(asked))
        node.hint = self._marked(asked, question.hints)
        node.guidance = self._marked(asked, question.guidance)
        node.faults = self._shown_faults(asked)
        node.input_type, node.value = input_of(question, asked.value)
        node.attributes = attributes_of(question)
        if question.kind == "range":
            node.choices = [(step, step, to_number(step) == to_number(asked.value), "") for step in steps_of(question)]
        elif asked.choices is not None:
            chosen = names_chosen(asked.value, {choice.name for choice in asked.choices}) if question.several else [asked.value]
            node.choices = [
                (choice.name, self._choice(asked, choice, kind) or choice.name, choice.name in chosen, self.files(choice.image))
                for choice in asked.choices
            ]
        node.look = look_of(question, kind, len(node.choices))
        if kind == "heads" and not node.choices:
            return None
        for shown, names in question.media.items():
            if address := self.files(_said(form, names)):
                node.media.append((shown, address))
        if question.column == self.place_column:
            node.places = self.places
        return node

    def _marked(self, asked: Asked, words: Words) -> str:
        return mark_safe(in_language(self.checked.shown(asked, words))) if words else ""

    def _choice(self, asked: Asked, choice: Choice, kind: str) -> str:
        """A choice's label; a list that drops down shows no marks."""
        return in_language(self.checked.worded(asked, choice.labels)) if kind in ("drop", "rank") else self._marked(asked, choice.labels)

    def _shown_faults(self, asked: Asked) -> list[str]:
        return [
            in_language(fault.label) for fault in asked.faults if self.faults == "all" or (fault.code != "ANSWER-REQUIRED" and asked.value)
        ]

    def _faults_at(self, path: str, at: tuple[int, ...]) -> list[str]:
        return [in_language(fault.label) for fault in self.checked.faults if fault.path == path and fault.at == at and self.faults == "all"]


def _said(form: Form, words: Words) -> str:
    return in_language(form.both(words)) if words else ""


def _id(name: str) -> str:
    return "q-" + name.replace("/", "-").replace(".", "_")
