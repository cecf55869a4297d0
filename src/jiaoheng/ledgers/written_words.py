"""Written words: what people write when they do something with a row, taken out of its event to be sealed; a mask stands in its place.

Changes when it is decided otherwise which of an event's texts are words. Choices, numbers and days are not, nor what a clock counts by:
lists and clocks read events without a key. Pure: knows nothing of the database.
"""

from collections.abc import Mapping
from typing import Any

from jiaoheng.access.cipher import hidden
from jiaoheng.ledgers.form import Form
from jiaoheng.ledgers.process import Process

__all__ = ["FROM_THE_FORM", "MASK", "words_of"]

MASK = hidden("")
FROM_THE_FORM = ("registered", "corrected")
"""Events whose fields are the form's answers: there the form's marks decide."""


def words_of(kind: str, note: str, fields: Mapping[str, str], form: Form, process: Process | None) -> dict[str, Any]:
    """What is to be sealed of an event: its `note`, and those of its `fields` that are words; nothing where nobody wrote any.

    process: None where it left the rulebook; then all that was filled in is words.
    """
    found = {} if kind in FROM_THE_FORM else _words_among(fields, form, process)
    return {name: said for name, said in (("note", note), ("fields", found)) if said}


def _words_among(fields: Mapping[str, str], form: Form, process: Process | None) -> dict[str, str]:
    if not fields:
        return {}
    asked = {question.column: question for question in form.tables[form.root.path]}
    clocks = process.clocks.values() if process else ()
    counted = {name for rule in clocks for name in (*rule.when, rule.due_field, rule.counted_from_field)}

    def is_text(name: str) -> bool:
        question, field = asked.get(name), process.fields.get(name) if process else None
        if question is not None:
            text = question.data_type == "string" and not question.list_name
            return text and question.path not in form.sealed and question.personal != "no"
        return field is None or (field.type == "text" and not field.choices)

    return {name: said for name, said in fields.items() if said and said != MASK and name not in counted and is_text(name)}
