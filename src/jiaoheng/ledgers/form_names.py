"""Form names: names in a form's expressions that name nothing, and so stay empty for ever, on a phone as here.

Changes when an expression may name something else. Mostly it is a text without its quotation marks, or a question without `${…}`. The form
works as it does elsewhere; its author is told.
"""

import re
from collections.abc import Callable, Iterator

from jiaoheng.ledgers.form import Container, Field, FormFault, Place
from jiaoheng.rulebook.loader import Label

__all__ = ["name_notes"]

_EXPRESSIONS = {
    "required": "required", "constraint": "constraint", "relevant": "relevant", "calculation": "calculation", "readonly": "readonly",
    "first_value": "first_value", "on_trigger": "calculation", "choices_at": "choices_at", "count": "count",
}  # fmt: skip
"""What of a question or group is an expression, and which columns say it."""


def name_notes(
    root: Container, place_of: Callable[[str, str], tuple[Place | None, str]], list_columns: Callable[[str], set[str]]
) -> list[FormFault]:
    """Every such name. `place_of`: where an expression stands, and as its author wrote it; `list_columns`: a list's columns, if known."""
    known = {member.path for member in root.walk()}
    return [note for member in root.walk() for note in _notes(member, known, place_of, list_columns)]


def _notes(
    member: Field | Container,
    known: set[str],
    place_of: Callable[[str, str], tuple[Place | None, str]],
    list_columns: Callable[[str], set[str]],
) -> Iterator[FormFault]:
    for what, column in _EXPRESSIONS.items():
        expression = getattr(member, what, None)
        if expression is None or re.search(r"//|::|\bsearch\(", expression.text):
            continue
        place, written = place_of(member.path, column)
        if path := min(expression.paths(member.path) - known, default=""):
            yield FormFault("FORM-NAME", _no_question(path, member.path, written or expression.text.strip(), what), place)
        columns = list_columns(member.list_name) if isinstance(member, Field) and what == "choices_at" else set()
        if columns and isinstance(member, Field) and (name := min(expression.bare_names() - columns, default="")):
            yield FormFault("FORM-NAME", _no_column(name, written, member.list_name), place)


def _no_question(path: str, at: str, written: str, what: str) -> Label:
    name = path.rpartition("/")[2]
    if path != f"{at}/{name}":
        named = "/".join(path.split("/")[2:])
        return Label(en=f"«{named}» in «{written}» is no question of the form", zh=f"“{written}”中的“{named}”不是本表的题名。")
    quoted = written if what == "first_value" else name
    return Label(
        en=f"«{name}» in «{written}» is no question of the form; a text stands in quotation marks: '{quoted}'",
        zh=f"“{written}”中的“{name}”不是本表的题名；文字须加引号：'{quoted}'。",
    )


def _no_column(name: str, written: str, listed: str) -> Label:
    return Label(
        en=f"«{name}» in «{written}» is no column of the list «{listed}»; a question is written ${{{name}}}, a text '{name}'",
        zh=f"“{written}”中的“{name}”不是选项列表“{listed}”的列；若指题目，写成${{{name}}}；若是文字，写成'{name}'。",
    )
