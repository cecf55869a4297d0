"""Kept answers: the sealed answers of a row in the form that corrects it. What is not typed anew is kept, and is not shown.

Changes when the form keeps them in another way. The page carries each answer sealed for this row; the server opens it for the form's rules
(what applies, what is worked out, what is allowed), and gives back its mask.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from jiaoheng.access.account import Refused
from jiaoheng.access.cipher import Unreadable, seal, unseal
from jiaoheng.ledgers.form import Container, Field, Form
from jiaoheng.ledgers.form_submission import AnswerFault, Asked, Checked
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.row_answers import as_answers, as_text
from jiaoheng.ledgers.sealed_answers import joined, mask_of
from jiaoheng.rulebook.loader import Label
from jiaoheng.web.answer_form import Node

__all__ = ["Kept", "given_answers", "kept_in", "masked_check", "place_name", "with_kept", "with_masks"]


class Kept(str):
    """A sealed answer that stays as it is. `token`: the same, sealed, as the page carries it."""

    token: str

    @classmethod
    def of(cls, text: str, token: str) -> "Kept":
        made = cls(text)
        made.token = token
        return made


def given_answers(row: LedgerRow) -> dict[str, Any]:
    """The row's answers as texts for the form, sealed ones kept."""
    column = _column(row)
    texts = as_answers(row.version.form, row.answers)
    return joined(texts, {place: Kept.of(said := as_text(value), seal(said, column)) for place, value in row.sealed.items()})


def with_kept(answers: dict[str, Any], sent: "MultiValueDict[str, Any]", row: LedgerRow) -> dict[str, Any]:
    """The answers that were sent, with what was kept where nothing was typed. Raises: Refused where a token is of another row."""
    column = _column(row)
    for key in sent:
        name = key.removesuffix(":kept")
        if name == key or sent.get(f"{name}:erase"):
            continue
        here, last = _around(answers, name)
        if here is None or str(here.get(last) or "").strip():
            continue
        token = str(sent.get(key, ""))
        try:
            here[last] = Kept.of(unseal(token, column), token)
        except Unreadable:
            raise Refused(_("This form is of another row. Open the row again, and enter your change there.")) from None
    return answers


def kept_in(answers: Mapping[str, Any], prefix: str = "") -> dict[str, Kept]:
    """What is kept, by the names of the inputs."""
    found: dict[str, Kept] = {}
    for name, value in answers.items():
        if isinstance(value, Kept):
            found[prefix + name] = value
        elif isinstance(value, Mapping):
            found |= kept_in(value, f"{prefix}{name}/")
        elif isinstance(value, list):
            for number, entry in enumerate(value, 1):
                found |= kept_in(entry, f"{prefix}{name}/{number}/") if isinstance(entry, Mapping) else {}
    return found


def masked_check(checked: Checked, kept: Mapping[str, Kept], row: LedgerRow) -> Checked:
    """What was checked, as the page may show it: masks for what is kept, and for what is worked out of it."""
    sealed = row.sealed_paths
    return replace(checked, asked=tuple(_masked(one, checked.form, kept, sealed) for one in checked.asked))


def with_masks(nodes: Sequence[Node], kept: Mapping[str, Kept]) -> None:
    """Empty the inputs of what is kept, and put its token and mask beside them."""
    for node in nodes:
        if node.name in kept:
            node.kept, node.mask, node.value = kept[node.name].token, node.value, ""
        with_masks(node.members, kept)


def place_name(form: Form, member: Field | Container, at: Sequence[int]) -> str:
    """The name of a question's input, which is also its place among the sealed answers: `petitioner/1/phone`."""
    return "/".join(_steps(form, member.path, at))


def _steps(form: Form, path: str, at: Sequence[int]) -> Iterator[str]:
    walked, numbers = form.root.path, list(at)
    for step in path.split("/")[2:]:
        walked += "/" + step
        yield step
        inner = form.by_path.get(walked)
        if isinstance(inner, Container) and inner.kind == "repeat" and walked != path and numbers:
            yield str(numbers.pop(0))


def _masked(asked: Asked, form: Form, kept: Mapping[str, Kept], sealed: frozenset[str]) -> Asked:
    question = asked.member
    if not isinstance(question, Field) or question.path not in sealed or not asked.value:
        return asked
    if not question.calculation and place_name(form, question, asked.at) not in kept:
        return asked  # typed just now
    mask = mask_of(question, asked.value)
    return asked._replace(value=mask, faults=tuple(_without(fault, asked.value, mask) for fault in asked.faults))


def _without(fault: AnswerFault, value: str, mask: str) -> AnswerFault:
    return replace(fault, label=Label(en=fault.label.en.replace(value, mask), zh=fault.label.zh.replace(value, mask)))


def _around(answers: dict[str, Any], name: str) -> tuple[dict[str, Any] | None, str]:
    *steps, last = name.split("/")
    here: Any = answers
    for step in steps:
        if isinstance(here, list):
            here = here[int(step) - 1] if step.isdigit() and 0 < int(step) <= len(here) else None
        else:
            here = here.get(step) if isinstance(here, dict) else None
    return (here if isinstance(here, dict) else None), last


def _column(row: LedgerRow) -> str:
    """What a token is bound to, so that one row's answers do not open in another's form."""
    return f"ledgers.kept_answer.{row.pk}"
