"""Form compiled: an expression as a Python function, for the kinds of expression that forms are full of; others run on the library.

Changes when another kind of expression is worth running faster. Every answer of every row runs every expression of its form, and most are
a path, a comparison or a plain function: those need neither a tree of nodes nor a context. What is compiled gives exactly what the library
gives (a test runs both).
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree

from jiaoheng.ledgers.form_functions import ASKING_SCOPE_ONLY, FUNCTIONS, OF_THE_ANSWER, PLAIN, is_empty
from jiaoheng.ledgers.form_values import Value, node_text, texts, to_boolean, to_number, to_text

__all__ = ["COMPARED", "Compiled", "calculated", "compared", "compiled"]

Compiled = Callable[[Any, ElementTree.Element, ElementTree.Element], Value]
"""What gives the value: from the scope, the element where the expression stands, and the element that a predicate looks at."""

_NEAR = 1e-12
"""Numbers closer than this are the same to a phone: 0.1 + 0.2 is 0.3."""


def _same(left: Any, right: Any) -> bool:
    return bool(left == right or (isinstance(left, float) and isinstance(right, float) and abs(left - right) < _NEAR))


COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": _same, "!=": lambda left, right: not _same(left, right), "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
_TRUTHS = {*COMPARED, "and", "or", "not", "selected", "contains", "starts-with", "ends-with", "regex", "true", "false", "boolean"}


class _NotSimple(Exception):
    """The library runs it."""


def compiled(token: Any) -> Compiled | None:
    """The expression as a function; None where the library is to run it."""
    try:
        return _compiled(token)
    except _NotSimple:
        return None


def compared(symbol: str, left: Value, right: Value) -> bool:
    """Two values compared as ODK does: truths as truths, texts as texts where both are, all else as numbers; any node of a list may fit."""
    holds = COMPARED[symbol]
    equality = symbol in ("=", "!=")
    if equality and type(left) is list and type(right) is str and len(left) == 1:
        return holds(node_text(left[0]), right)
    if equality and (isinstance(left, bool) or isinstance(right, bool)):
        return holds(to_boolean(left), to_boolean(right))
    as_text = equality and isinstance(left, str | list) and isinstance(right, str | list)
    convert: Callable[[Any], Any] = to_text if as_text else to_number
    lefts, rights = ([convert(item) for item in texts(side)] or [convert("")] for side in (left, right))
    return any(holds(one, other) for one in lefts for other in rights)


def calculated(symbol: str, numbers: list[float]) -> float:
    """One or two numbers under an arithmetical sign."""
    if len(numbers) == 1:
        return -numbers[0] if symbol == "-" else numbers[0]
    left, right = numbers
    match symbol:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "div":
            return left / right if right else (float("nan") if not left or left != left else float("inf") if left > 0 else float("-inf"))
        case _:
            return float("nan") if not right else left - right * int(left / right)


def _compiled(token: Any) -> Compiled:
    symbol = token.symbol
    match symbol:
        case "(string)":
            text = str(token.value)
            return lambda scope, here, item: text
        case "(integer)" | "(decimal)" | "(float)":
            number = float(token.value)
            return lambda scope, here, item: number
        case "(" if len(token) == 1:
            return _compiled(token[0])
        case "and" | "or" if len(token) == 2:
            return _logic(symbol == "or", _compiled(token[0]), _compiled(token[1]))
        case "+" | "-" | "div" | "mod":
            return _arithmetic(symbol, [_compiled(part) for part in token])
        case "*" if len(token) == 2:
            return _arithmetic(symbol, [_compiled(part) for part in token])
        case _ if symbol in COMPARED:
            left, right = _compiled(token[0]), _compiled(token[1])
            return lambda scope, here, item: compared(symbol, left(scope, here, item), right(scope, here, item))
        case "/" | "." | ".." | "(name)" | "current" | "[":
            return _path(token)
        case "if" | "coalesce" | "once":
            return _chosen(symbol, [_compiled(part) for part in token])
        case _:
            return _function(token)


def _logic(either: bool, first: Compiled, second: Compiled) -> Compiled:
    def run(scope: Any, here: Any, item: Any) -> Value:
        said = to_boolean(first(scope, here, item))
        return said if said is either else to_boolean(second(scope, here, item))

    return run


def _arithmetic(symbol: str, parts: list[Compiled]) -> Compiled:
    return lambda scope, here, item: calculated(symbol, [to_number(part(scope, here, item)) for part in parts])


def _chosen(symbol: str, parts: list[Compiled]) -> Compiled:
    """What does not work out all of its arguments."""
    if symbol == "if":
        condition, yes, no = parts
        return lambda scope, here, item: (yes if to_boolean(condition(scope, here, item)) else no)(scope, here, item)
    if symbol == "once":
        [new] = parts
        return lambda scope, here, item: node_text(here) or new(scope, here, item)

    def first_filled(scope: Any, here: Any, item: Any) -> Value:
        value: Value = ""
        for part in parts:
            value = part(scope, here, item)
            if not is_empty(value):
                break
        return value

    return first_filled


def _function(token: Any) -> Compiled:
    name = token.symbol
    asks_scope = name in ASKING_SCOPE_ONLY and not (name == "jr-choice-name" and not str(token[1].value).strip().startswith("/"))
    if name not in PLAIN and not asks_scope and not (name in OF_THE_ANSWER and len(token)):
        raise _NotSimple
    body, parts = FUNCTIONS[name][2], [_compiled(part) for part in token]
    match parts:
        case []:
            return lambda scope, here, item: body(scope, None)
        case [one]:
            return lambda scope, here, item: body(scope, None, one(scope, here, item))
        case _:
            return lambda scope, here, item: body(scope, None, *(part(scope, here, item) for part in parts))


def _path(token: Any) -> Compiled:
    base, steps = _steps(token)
    if base == "/" and all(isinstance(step, str) and step not in (".", "..") for step in steps):
        path = "/" + "/".join(steps)
        return lambda scope, here, item: _there(scope, scope.elements.get(path, ()))
    if base == "/":
        raise _NotSimple

    def walk(scope: Any, here: Any, item: Any) -> Value:
        nodes = [here] if base == "current" else [item] if base == "" else [scope.secondary_root(base[9:])]
        for step in steps:
            if step == "..":
                nodes = [scope.parents[node] for node in nodes if node in scope.parents]
            elif isinstance(step, str):
                if step != ".":
                    nodes = [child for node in nodes for child in node if child.tag == step]
            else:
                name, found, holds = step
                if found is not None and len(nodes) == 1:
                    nodes = found(scope, here, nodes[0])
                else:
                    nodes = [child for node in nodes for child in node if child.tag == name]
                nodes = [node for node in nodes if all(to_boolean(one(scope, here, node)) for one in holds)]
        return _there(scope, nodes)

    return walk


def _there(scope: Any, nodes: Any) -> list[Any]:
    absent = scope.absent
    return [node for node in nodes if node not in absent] if absent else list(nodes)


def _steps(token: Any) -> tuple[str, list[Any]]:
    """Where a path begins ("/", "current", "" for where it stands, "instance:NAME") and its steps; a step with predicates is a triple."""
    symbol = token.symbol
    match symbol:
        case "/" if len(token) == 1:
            return "/", [_name(token[0])]
        case "/" if len(token) == 2:
            base, steps = _steps(token[0])
            inner_base, more = _steps(token[1])
            if inner_base:
                raise _NotSimple
            if any(isinstance(step, tuple) for step in more) and not base.startswith("instance:"):
                raise _NotSimple
            return base, [*steps, *more]
        case "(name)":
            return "", [str(token.value)]
        case "." | "..":
            return "", [symbol]
        case "current":
            return "current", []
        case "instance" if token[0].symbol == "(string)":
            return f"instance:{token[0].value}", []
        case "[":
            base, steps = _steps(token[0])
            if base or token[1].symbol not in _TRUTHS:
                raise _NotSimple
            name, found, holds = (steps[-1], None, []) if isinstance(steps[-1], str) else steps[-1]
            if found is None and not holds and (looked_up := _looked_up(name, token[1])):
                return base, [*steps[:-1], (name, looked_up, holds)]
            return base, [*steps[:-1], (name, found, [*holds, _compiled(token[1])])]
        case _:
            raise _NotSimple


def _looked_up(name: str, token: Any) -> Callable[[Any, Any, Any], list[Any]] | None:
    """The items of a list whose column has a value that does not depend on the item, by an index: `item[town = /data/town]`."""
    if token.symbol != "=" or token[0].symbol != "(name)" or any(part.symbol in ("(name)", ".", "..") for part in _loose(token[1])):
        return None
    column, wanted = str(token[0].value), _compiled(token[1])
    known: list[tuple[Any, dict[str, list[Any]]]] = []

    def find(scope: Any, here: Any, root: Any) -> list[Any]:
        value = wanted(scope, here, here)
        if not isinstance(value, str | list):
            return [child for child in root if child.tag == name and compared("=", child.findall(column), value)]
        index = next((index for indexed, index in known if indexed is root), None)
        if index is None:
            index = {}
            for child in root:
                if child.tag == name:
                    for text in {node_text(cell) for cell in child.findall(column)} or {""}:
                        index.setdefault(text, []).append(child)
            known[:] = [*known[-3:], (root, index)]
        texts_wanted = [to_text(one) for one in texts(value)] or [""]
        if len(texts_wanted) == 1:
            return index.get(texts_wanted[0], [])
        return [child for child in root if child.tag == name and compared("=", child.findall(column), value)]

    return find


def _loose(token: Any) -> list[Any]:
    """The parts of an expression that stand in no path from the root or from `current()`: what they mean depends on where they stand."""
    if token.symbol == "/":
        return [] if len(token) == 1 or _steps(token)[0] in ("/", "current") else [token[0], *_loose(token[0])]
    if token.symbol in (".", "..", "(name)"):
        return [token]
    return [part for one in token for part in _loose(one)]


def _name(token: Any) -> str:
    if token.symbol != "(name)":
        raise _NotSimple
    return str(token.value)
