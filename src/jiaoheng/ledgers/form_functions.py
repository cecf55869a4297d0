"""Form functions: what the functions of an XLSForm's expressions do, one by one.

Changes when ODK adds a function or says more exactly what one does. Source: the ODK XForms specification, section on functions, and the
ODK documentation «Form operators and functions».
"""

import base64
import hashlib
import math
import random
import re
import statistics
import string
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from elementpath.regex import translate_pattern
from elementpath.xpath_nodes import XPathNode

from jiaoheng.ledgers.form_days import day_of, formatted, later, months_between, whole
from jiaoheng.ledgers.form_places import area, crosses_itself, distance, inside
from jiaoheng.ledgers.form_shuffle import shuffled
from jiaoheng.ledgers.form_values import Value, node_text, texts, to_boolean, to_date, to_number, to_text

__all__ = ["ASKING_SCOPE_ONLY", "FUNCTIONS", "OF_THE_ANSWER", "PLAIN", "VOLATILE", "is_empty"]

VOLATILE = frozenset({"now", "today", "random", "randomize", "uuid", "once", "property"})
"""Functions that answer differently another time: what the phone worked out then is kept."""


def element_path(node: XPathNode) -> str:
    """The path of a node in the form: /data/group/question, without positions."""
    steps: list[str] = []
    here: Any = node
    while here is not None and isinstance(here.value, ElementTree.Element):
        steps.append(here.value.tag)
        here = here.parent
    return "/" + "/".join(reversed(steps))


def _flat(args: Iterable[Value]) -> list[Any]:
    return [item for arg in args for item in texts(arg)]


def _numbers(args: Iterable[Value]) -> list[float]:
    """What was answered, as numbers; one that is none makes the whole none."""
    numbers = [to_number(item) for item in _flat(args) if to_text(item) != ""]
    return [math.nan] if any(math.isnan(number) for number in numbers) else numbers


def is_empty(value: Value) -> bool:
    """Is there nothing: no text, no node, no number?"""
    return to_text(value) == "" or (isinstance(value, float) and math.isnan(value))


def _selected(value: Value) -> list[str]:
    return to_text(value).split()


def _round(value: Value, places: Value = 0.0) -> float:
    number, digits = to_number(value), to_number(places)
    if math.isnan(number) or math.isinf(number):
        return number
    scale = 10.0 ** int(digits)
    return math.floor(round(number * scale, 9) + 0.5) / scale


def _substr(text: Value, start: Value, end: Value = None) -> str:
    letters, first = to_text(text), whole(start)
    last = len(letters) if end is None else whole(end)
    first, last = (max(0, edge + len(letters)) if edge < 0 else edge for edge in (first, last))
    return letters[first:last]


def _substring(text: Value, start: Value, length: Value = None) -> str:
    first = _round(start)
    last = math.inf if length is None else first + _round(length)
    return "".join(letter for place, letter in enumerate(to_text(text), 1) if first <= place < last)


def _translate(text: Value, old: Value, new: Value) -> str:
    to = to_text(new)
    table = {ord(letter): (to[place] if place < len(to) else None) for place, letter in reversed(list(enumerate(to_text(old))))}
    return to_text(text).translate(table)


def _position(scope: Any, context: Any, *args: Value) -> float:
    if not args:
        return float(context.position)
    if not args[0]:
        return math.nan
    node = args[0][0]
    same = [other for other in node.parent.children if getattr(other.value, "tag", None) == node.value.tag] if node.parent else [node]
    return float(same.index(node) + 1)


def _indexed_repeat(scope: Any, context: Any, wanted: Value, *pairs: Value) -> Value:
    inside: Any = None
    for repeat, place in zip(pairs[::2], pairs[1::2], strict=False):
        instances = [node for node in repeat if inside is None or _within(node, inside)]
        number = whole(place) or 1  # a phone takes a place that is not answered yet for the first
        if not 1 <= number <= len(instances):
            return []
        inside = instances[number - 1]
    return [node for node in wanted if inside is None or _within(node, inside)]


def _within(node: Any, outer: Any) -> bool:
    while node is not None:
        if node is outer:
            return True
        node = node.parent
    return False


def _choice_name(scope: Any, context: Any, value: Value, path: Value) -> str:
    where = re.sub(r"\[[^\]]*\]", "", to_text(path)).strip()
    if not where.startswith("/"):
        steps = element_path(context.__dict__["here"]).split("/")
        for step in where.replace("current()", ".").split("/"):
            steps = steps[:-1] if step == ".." else steps if step in (".", "") else [*steps, step]
        where = "/".join(steps)
    return str(scope.choice_label(to_text(value), where, scope.language))


def _pulldata(scope: Any, context: Any, dataset: Value, wanted: Value, key: Value, value: Value) -> str:
    return str(scope.looked_up(to_text(dataset), to_text(key), to_text(value)).get(to_text(wanted), ""))


def _checklist(scope: Any, context: Any, least: Value, most: Value, *items: Value) -> bool:
    return _between(sum(to_boolean(item) for item in items), least, most)


def _weighted_checklist(scope: Any, context: Any, least: Value, most: Value, *pairs: Value) -> bool:
    return _between(sum(to_number(weight) for item, weight in zip(pairs[::2], pairs[1::2], strict=True) if to_boolean(item)), least, most)


def _between(number: float, least: Value, most: Value) -> bool:
    return (to_number(least) < 0 or number >= to_number(least)) and (to_number(most) < 0 or number <= to_number(most))


def _digest(scope: Any, context: Any, text: Value, algorithm: Value, encoding: Value = "base64") -> str:
    raw = hashlib.new(to_text(algorithm).lower().replace("-", ""), to_text(text).encode(), usedforsecurity=False).digest()
    return raw.hex() if to_text(encoding) == "hex" else base64.b64encode(raw).decode()


def _randomize(scope: Any, context: Any, nodes: Value, *seed: Value) -> Value:
    """Without a seed the order stays the same for one submission, so that choices do not jump while somebody answers."""
    if seed:
        number = to_number(seed[0])
        return shuffled(nodes, to_text(seed[0]) if math.isnan(number) else number)
    named = scope.root.findtext("meta/instanceID", "")
    return shuffled(nodes, named + element_path(context.__dict__["here"]) if named else None)


def _extract_signed(signed: Value, key: Value) -> str:
    """The text that a signature (Ed25519, 64 bytes before it, all in base64) vouches for; nothing where it does not."""
    try:
        raw = base64.b64decode(to_text(signed))
        Ed25519PublicKey.from_public_bytes(base64.b64decode(to_text(key))).verify(raw[:64], raw[64:])
        return raw[64:].decode()
    except (InvalidSignature, ValueError):
        return ""


_FOUND: Mapping[str, Callable[[str, str], bool]] = {
    "matches": lambda text, wanted: text == wanted,
    "contains": lambda text, wanted: wanted in text,
    "startswith": lambda text, wanted: text.startswith(wanted),
    "endswith": lambda text, wanted: text.endswith(wanted),
}


def _search(scope: Any, context: Any, dataset: Value, how: Value = "", columns: Value = "", text: Value = "", *also: Value) -> Value:
    """The rows of a file whose columns match a text, and of which another column has a value: the appearance `search()` of selects."""
    holder = scope.document(to_text(dataset))
    items = [node for node in holder.iter_descendants() if getattr(node.value, "tag", "") == "item"]
    asked = to_text(how)
    matching = _FOUND.get(asked, _FOUND["matches"])
    names = [name.strip() for name in to_text(columns).split(",")] if asked in _FOUND else []
    if names:
        items = [node for node in items if any(matching(node.value.findtext(name) or "", to_text(text)) for name in names)]
    for column, wanted in zip(also[::2], also[1::2], strict=False):
        items = [node for node in items if (node.value.findtext(to_text(column)) or "") == to_text(wanted)]
    return items


def _coalesce(scope: Any, context: Any, *args: Callable[[], Value]) -> Value:
    value: Value = ""
    for arg in args:
        value = arg()
        if not is_empty(value):
            break
    return value


def _once(scope: Any, context: Any, new: Callable[[], Value]) -> Value:
    kept = node_text(context.__dict__["here"])
    return kept if kept else new()


def _if(scope: Any, context: Any, condition: Callable[[], Value], yes: Callable[[], Value], no: Callable[[], Value]) -> Value:
    return yes() if to_boolean(condition()) else no()


def _instance(scope: Any, context: Any, name: Value) -> Value:
    node = scope.document(to_text(name))
    return [node]


@lru_cache(maxsize=512)
def _pattern(written: str) -> re.Pattern[str]:
    """The pattern; classes such as \\p{L}, which a phone knows, are written out."""
    return re.compile(translate_pattern(written.strip("^$")) if "\\p{" in written or "\\P{" in written else written)


def _plain(body: Callable[..., Value]) -> Callable[..., Value]:
    """A function of its arguments alone."""
    return lambda scope, context, *args: body(*args)


def _of_the_answer(body: Callable[[Value], Value]) -> Callable[..., Value]:
    return lambda scope, context, *given: body(given[0] if given else [context.item])


def _safe(body: Callable[[float], float]) -> Callable[[Value], float]:
    def worked(value: Value) -> float:
        try:
            return body(to_number(value))
        except (ValueError, OverflowError):
            return math.nan

    return worked


def _bool_from(value: Value) -> bool:
    return to_text(value).strip().lower() in ("true", "1")


def _int(value: Value) -> float:
    number = to_number(value)
    return number if math.isnan(number) or math.isinf(number) else float(math.trunc(number))


def _pow(base: Value, power: Value) -> float:
    try:
        return float(math.pow(to_number(base), to_number(power)))
    except (ValueError, OverflowError):
        return math.nan


def _before(text: Value, mark: Value) -> str:
    head, found, _ = to_text(text).partition(to_text(mark)) if to_text(mark) else ("", "", "")
    return head if found else ""


def _after(text: Value, mark: Value) -> str:
    return to_text(text).partition(to_text(mark))[2] if to_text(mark) else to_text(text)


def _selected_at(value: Value, place: Value) -> str:
    chosen, number = _selected(value), to_number(place)
    return chosen[int(number)] if not math.isnan(number) and 0 <= int(number) < len(chosen) else ""


def _uuid(*length: Value) -> str:
    """A new one, or so many letters and digits by chance."""
    if not length or math.isnan(number := to_number(length[0])):
        return str(uuid.uuid4())
    return "".join(random.choices(string.ascii_letters + string.digits, k=min(max(0, int(number)), 255)))


_PLAIN: Mapping[str, tuple[Any, Callable[..., Value]]] = {
    "true": (0, lambda: True),
    "false": (0, lambda: False),
    "not": (1, lambda value: not to_boolean(value)),
    "boolean": (1, to_boolean),
    "boolean-from-string": (1, _bool_from),
    "int": (1, _int),
    "selected": (2, lambda value, wanted: to_text(wanted).strip() in _selected(value)),
    "selected-at": (2, _selected_at),
    "count-selected": (1, lambda value: float(len(_selected(value)))),
    "count": (1, lambda nodes: float(len(nodes))),
    "count-non-empty": (1, lambda nodes: float(sum(text != "" for text in texts(nodes)))),
    "sum": ((1, None), lambda *args: math.fsum(_numbers(args))),
    "min": ((1, None), lambda *args: min(_numbers(args), default=math.nan)),
    "max": ((1, None), lambda *args: max(_numbers(args), default=math.nan)),
    "mean": ((1, None), lambda *args: statistics.fmean(_numbers(args)) if _numbers(args) else math.nan),
    "concat": ((0, None), lambda *args: "".join(to_text(item) for item in _flat(args))),
    "join": ((1, None), lambda mark, *args: to_text(mark).join(to_text(item) for item in _flat(args))),
    "substr": ((2, 3), _substr),
    "substring": ((2, 3), _substring),
    "substring-before": (2, _before),
    "substring-after": (2, _after),
    "translate": (3, _translate),
    "contains": (2, lambda text, part: to_text(part) in to_text(text)),
    "starts-with": (2, lambda text, part: to_text(text).startswith(to_text(part))),
    "ends-with": (2, lambda text, part: to_text(text).endswith(to_text(part))),
    "upper-case": (1, lambda value: to_text(value).upper()),
    "lower-case": (1, lambda value: to_text(value).lower()),
    "regex": (2, lambda value, pattern: _pattern(to_text(pattern)).fullmatch(to_text(value)) is not None),
    "round": ((1, 2), _round),
    "floor": (1, _safe(math.floor)),
    "ceiling": (1, _safe(math.ceil)),
    "abs": (1, _safe(abs)),
    "pow": (2, _pow),
    "sqrt": (1, _safe(math.sqrt)),
    "log": (1, _safe(math.log)),
    "log10": (1, _safe(math.log10)),
    "exp": (1, _safe(math.exp)),
    "exp10": (1, _safe(lambda power: 10.0**power)),
    "sin": (1, _safe(math.sin)),
    "cos": (1, _safe(math.cos)),
    "tan": (1, _safe(math.tan)),
    "asin": (1, _safe(math.asin)),
    "acos": (1, _safe(math.acos)),
    "atan": (1, _safe(math.atan)),
    "atan2": (2, lambda y, x: math.atan2(to_number(y), to_number(x))),
    "pi": (0, lambda: math.pi),
    "random": (0, random.random),
    "uuid": ((0, 1), _uuid),
    "date": (1, day_of),
    "date-time": (1, lambda value: to_date(value) or ""),
    "format-date": (2, formatted),
    "format-date-time": (2, formatted),
    "decimal-date-time": (1, lambda value: to_number(to_date(value))),
    "decimal-time": (1, lambda value: to_number(value) % 1),
    "difference-in-months": (2, months_between),
    "add-date": ((2, 6), later),
    "base64-decode": (1, lambda value: base64.b64decode(to_text(value)).decode("utf-8", "replace")),
    "area": (1, area),
    "enclosed-area": (1, area),
    "distance": ((1, None), distance),
    "geofence": (2, inside),
    "intersects": (1, crosses_itself),
    "extract-signed": (2, _extract_signed),
}

OF_THE_ANSWER: Mapping[str, Callable[[Value], Value]] = {
    "string": to_text,
    "number": to_number,
    "string-length": lambda value: float(len(to_text(value))),
    "normalize-space": lambda value: " ".join(to_text(value).split()),
}
"""Functions of one argument, or, without it, of the answer where they stand."""

_ASKING: Mapping[str, tuple[Any, Callable[..., Value]]] = {
    "today": (0, lambda scope, context: scope.now.date()),
    "now": (0, lambda scope, context: scope.now),
    "position": ((0, 1), _position),
    "last": (0, lambda scope, context: float(context.size)),
    "indexed-repeat": ((3, None), _indexed_repeat),
    "current": (0, lambda scope, context: [context.__dict__["here"]]),
    "instance": (1, _instance),
    "jr-choice-name": (2, _choice_name),
    "pulldata": (4, _pulldata),
    "search": ((1, None), _search),
    "checklist": ((3, None), _checklist),
    "weighted-checklist": ((4, None), _weighted_checklist),
    "digest": ((2, 3), _digest),
    "randomize": ((1, 2), _randomize),
    "version": (0, lambda scope, context: scope.version),
    "property": (1, lambda scope, context, name: ""),
    "jr-itext": (1, lambda scope, context, name: to_text(name)),
    "name": ((0, 1), lambda scope, context, *nodes: (nodes[0][0] if nodes else context.item).value.tag),
}

PLAIN = frozenset(_PLAIN) | {"checklist", "weighted-checklist", "digest"}
"""Functions of their arguments alone."""

ASKING_SCOPE_ONLY = frozenset({"today", "now", "version", "pulldata", "jr-choice-name"})
"""Functions that ask the submission or the moment, and not where they stand in it (a choice's name: of a question by its whole path)."""

FUNCTIONS: Mapping[str, tuple[Any, bool, Callable[..., Value]]] = {
    **{name: (nargs, False, _plain(body)) for name, (nargs, body) in _PLAIN.items()},
    **{name: ((0, 1), False, _of_the_answer(body)) for name, body in OF_THE_ANSWER.items()},
    **{name: (nargs, False, body) for name, (nargs, body) in _ASKING.items()},
    "if": (3, True, _if),
    "coalesce": ((1, None), True, _coalesce),
    "once": (1, True, _once),
}
"""Function by name: number of arguments (or least and most), whether it is handed its arguments unworked, and what it does."""
