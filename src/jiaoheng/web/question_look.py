"""Question look: which widget asks a question on the page, and how its choices are laid out, from its type and its appearance.

Changes when another appearance of XLSForm gets a look of its own. An appearance that says nothing here gives the usual widget of the type.
"""

import re
from collections.abc import Sequence

from jiaoheng.ledgers.form import Container, Field
from jiaoheng.ledgers.form_values import to_number, to_text

__all__ = ["attributes_of", "group_look", "input_of", "look_of", "steps_of", "whole_day", "widget_of"]

_MOST_SHOWN = 30
"""A list with more choices drops down, however few a filter leaves of it."""
_MOST_SEARCHED = 300
"""Of a longer list the browser's own box is quicker than lines with a box to find them."""
_MOST_STARS = 10
_INPUTS = {
    "int": "number", "decimal": "number", "date": "date", "time": "time", "dateTime": "datetime-local",
}  # fmt: skip
_COLUMNS = re.compile(r"(?:columns|compact|horizontal|quickcompact)-(\d{1,2})")
_PACKED = {"columns-pack", "columns-flex", "compact", "quickcompact", "horizontal-compact"}


def widget_of(question: Field, *, choices: int | None) -> str:
    """`choices`: how many its list has; None where the file that holds them is not at hand, and the answer is written."""
    looks = set(question.appearance.split())
    if not question.asked and question.kind != "note":
        return "hidden"
    if question.list_name and "label" in looks:
        return "heads"  # the line above a table of questions
    if question.kind == "note":
        return "note"
    if question.kind in ("acknowledge", "trigger"):
        return "acknowledge"
    if question.list_name and choices is None:
        return "line"
    if question.data_type == "odk:rank":
        return "rank"
    if question.data_type == "select":
        return "several"
    if question.list_name:
        many = (choices or 0) > (_MOST_SEARCHED if {"autocomplete", "search"} & looks else _MOST_SHOWN)
        return "drop" if many or "minimal" in looks else "one"
    if question.data_type in ("geopoint", "geotrace", "geoshape"):
        return str(question.data_type)
    if question.data_type == "binary":
        return "file"
    if question.kind == "range":
        if "rating" in looks and 0 < len(steps_of(question)) <= _MOST_STARS:
            return "one"
        return "drop" if "picker" in looks and steps_of(question) else "range"
    return "lines" if "multiline" in looks or question.parameters.get("rows", "").isdigit() else "line"


def look_of(question: Field, widget: str, choices: int) -> str:
    """Names of the style sheet for the question, blanks between. `choices`: how many are offered."""
    looks = question.appearance.split()
    found = [f"w{look[1:]}" for look in looks if re.fullmatch(r"w([1-9]|1[0-2])", look)]
    if widget in ("one", "several"):
        number = next((int(said[1]) for look in looks if (said := _COLUMNS.fullmatch(look))), 0)
        if question.kind == "range":
            found.append("rating")
        elif "list-nolabel" in looks and choices <= 12:
            found += ["table", f"n{choices}"]
        elif "likert" in looks and widget == "one" and 2 <= choices <= 7:
            found += ["likert", f"n{choices}"]
        elif 1 <= number <= 12:
            found += ["cols", f"n{number}"]
        elif {"columns", "horizontal"} & set(looks):
            found.append("cols")
        elif _PACKED & set(looks):
            found.append("packed")
        if "no-buttons" in looks:
            found.append("nodots")
        if "minimal" in looks and widget == "several":
            found.append("folded")
        if {"autocomplete", "search"} & set(looks) or choices > _MOST_SHOWN:
            found.append("searched")
    elif widget == "heads":
        found += ["table", f"n{choices}"]
    elif widget == "line" and "counter" in looks and question.data_type in ("int", "decimal"):
        found.append("counter")
    elif widget == "line" and "url" in looks:
        found.append("url")
    elif widget == "file" and question.kind == "image" and {"draw", "signature"} & set(looks):
        found.append("drawn")
    return " ".join(found)


def group_look(container: Container, *, grid: bool) -> str:
    """The same for a group: how many columns it has, where the form is laid out as a grid."""
    if not grid:
        return ""
    width = next((look[1:] for look in container.appearance.split() if re.fullmatch(r"w([1-9]|1[0-2])", look)), "4")
    return f"grid g{width} w{width}"


def steps_of(question: Field) -> Sequence[str]:
    """The numbers of a range, from its start to its end; none where it does not say, or has more than a list would show."""
    start, end, step = (to_number(question.parameters.get(name, other)) for name, other in (("start", "1"), ("end", "10"), ("step", "1")))
    if not all(abs(number) < 1e9 for number in (start, end, step)) or not step or abs(end - start) / abs(step) > _MOST_SEARCHED:
        return ()
    by = abs(step) if end >= start else -abs(step)
    return [to_text(round(start + by * number, 9)) for number in range(int(round((end - start) / by, 6)) + 1)]


def input_of(question: Field, value: str) -> tuple[str, str]:
    """The kind of input and what stands in it: a month or a year stands for its first day."""
    looks = question.appearance.split()
    if question.data_type == "date" and "month-year" in looks:
        return "month", value[:7]
    if question.data_type == "date" and "year" in looks:
        return "number", value[:4]
    if "masked" in looks:
        return "password", value
    if question.data_type == "dateTime" and (found := re.match(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", value)):
        return "datetime-local", found[0]
    if question.data_type == "time" and (found := re.match(r"\d{2}:\d{2}(:\d{2})?", value)):
        return "time", found[0]
    return _INPUTS.get(question.data_type, "text"), value


def whole_day(question: Field, value: str) -> str:
    """The first day of a month or year that was written."""
    if question.data_type != "date" or not {"month-year", "year"} & set(question.appearance.split()):
        return value
    return value + {4: "-01-01", 7: "-01"}.get(len(value), "")


def attributes_of(question: Field) -> dict[str, str]:
    """Attributes of the input, by name."""
    looks = question.appearance.split()
    match question.data_type:
        case "int":
            found = {"step": "1", "inputmode": "numeric"}
        case "decimal":
            found = {"step": "any", "inputmode": "decimal"}
        case "date" if "month-year" in looks:
            found = {"placeholder": "2026-03", "pattern": r"\d{4}-\d{2}"}
        case "date" if "year" in looks:
            found = {"step": "1", "inputmode": "numeric", "min": "1900", "max": "2100", "placeholder": "2026"}
        case "binary":
            kinds = {"image": "image/*", "audio": "audio/*", "video": "video/*"}
            found = {"accept": kinds[question.kind]} if question.kind in kinds else {}
            if question.kind in kinds and {"new", "new-rear"} & set(looks) and not {"signature", "draw"} & set(looks):
                found["capture"] = "environment"
            elif {"new-front", "selfie"} & set(looks):
                found["capture"] = "user"
        case _:
            found = {}
    if question.kind == "range":
        ends = sorted((question.parameters.get(name, other) for name, other in (("start", "1"), ("end", "10"))), key=to_number)
        found |= dict(zip(("min", "max"), ends, strict=True))
        found |= {"step": question.parameters.get("step", "1").lstrip("-")}
    if "numbers" in looks and "inputmode" not in found:
        found["inputmode"] = "decimal"
    if question.kind == "text" and question.parameters.get("rows", "").isdigit():
        found["rows"] = question.parameters["rows"]
    return found
