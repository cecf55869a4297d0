"""Form choices: the nodes that a select's list, file or repeat gives, as the choices that may be made now.

Changes when choices come from another place. A label is looked up in the form's own list first (it has the languages), then in the node.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from jiaoheng.ledgers.form import Choice, Field, Form

__all__ = ["chosen_from", "names_chosen"]


def chosen_from(form: Form, question: Field, nodes: Sequence[Any]) -> tuple[Choice, ...]:
    """The choices of the nodes in their order, after those that the form itself always offers (a search's fixed lines)."""
    known = form.choices_by_name.get(question.list_name, {})
    chosen = [*form.lists.get(f"{question.path}/always", ())]
    for node in nodes:
        element = getattr(node, "value", node)
        named = element.find(question.choice_value)
        name = ((named.text if named is not None else "") or "").strip()
        chosen.append(known.get(name) or _made(name, element.findtext(question.choice_label) or name))
    return tuple(chosen)


def names_chosen(text: str, names: Collection[str]) -> list[str]:
    """The choices named in an answer that takes several, in order. Answers of a repeat may have blanks in them, as «Li Na» has."""
    words = text.split()
    if not any(" " in name for name in names):
        return words
    chosen: list[str] = []
    while words:
        most = next((number for number in range(len(words), 1, -1) if " ".join(words[:number]) in names), 1)
        chosen.append(" ".join(words[:most]))
        words = words[most:]
    return chosen


@lru_cache(maxsize=4096)
def _made(name: str, label: str) -> Choice:
    return Choice(name, {"default": label})
