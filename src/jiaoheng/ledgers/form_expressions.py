"""Form expressions: the XPath that an XLSForm writes in its cells, parsed and run on elementpath with the meaning ODK gives it.

Changes when an operator or a path means something else in ODK; functions live in `form_functions.py`. Where ODK departs from XPath 1.0:
a date is a number of days when compared or added, an empty set of nodes is an empty text, and nodes that are not relevant are not there.
"""

import re
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Protocol
from xml.etree import ElementTree

from elementpath import ElementPathError, XPathContext, get_node_tree
from elementpath.xpath1 import XPath1Parser
from elementpath.xpath_nodes import EtreeElementNode, XPathNode

from jiaoheng.ledgers.expression_faults import ExpressionFaulty, why_no_expression
from jiaoheng.ledgers.form_compiled import COMPARED, Compiled, calculated, compared, compiled
from jiaoheng.ledgers.form_functions import FUNCTIONS, VOLATILE
from jiaoheng.ledgers.form_values import Value, to_boolean, to_number
from jiaoheng.rulebook.loader import Label

__all__ = ["Expression", "ExpressionFaulty", "Scope", "secondary_document"]


class ChoiceLabels(Protocol):
    """Finds a choice's label for `jr:choice-name`."""

    def __call__(self, value: str, path: str, language: str) -> str: ...


@dataclass
class Scope:
    """Where expressions run: one submission with its choices and datasets, at one moment.

    `root` is the submission; `secondary` are the documents that `instance('…')` names, made by `secondary_document`. `absent` holds the
    elements that are not relevant. `elements` by path and `parents`, where they are known, let most expressions run without the library.
    """

    root: ElementTree.Element
    now: datetime
    secondary: Mapping[str, Any] = field(default_factory=dict)
    choice_label: ChoiceLabels = lambda value, path, language: value
    language: str = ""
    version: str = ""
    absent: set[ElementTree.Element] = field(default_factory=set)
    datasets: Mapping[str, list[dict[str, str]]] = field(default_factory=dict)
    elements: Mapping[str, list[ElementTree.Element]] | None = None
    parents: Mapping[ElementTree.Element, ElementTree.Element] = field(default_factory=dict)

    @cached_property
    def tree(self) -> Any:
        """The submission as the library walks it; made where an expression asks for it."""
        return get_node_tree(self.root)

    @cached_property
    def nodes(self) -> Mapping[Any, Any]:
        return {node.value: node for node in self.tree.iter_descendants(with_self=True) if isinstance(node, EtreeElementNode)}

    def secondary_root(self, name: str) -> ElementTree.Element:
        """The element that holds a secondary document's root."""
        holder: ElementTree.Element = self.document(name).value
        return holder

    def looked_up(self, dataset: str, column: str, value: str) -> Mapping[str, str]:
        """The first row of a file that has the value in the column; an empty one where there is none."""
        rows = self.datasets.get(dataset, [])
        first = getattr(rows, "first", None)
        return first(column, value) if first else next((row for row in rows if row.get(column) == value), {})

    def document(self, name: str) -> Any:
        """The secondary document as a node; an empty one where the file is not at hand."""
        return self.secondary.get(name) or secondary_document(None)


def secondary_document(root: ElementTree.Element | None) -> Any:
    """A document (its root element: <root>) as a node. Making one takes longer than asking it, so a form makes each once."""
    holder = ElementTree.Element("instance")
    if root is not None:
        holder.append(root)
    return get_node_tree(holder)


@dataclass(frozen=True)
class Expression:
    """A parsed expression. `text` is as pyxform wrote it, names already turned into paths."""

    text: str
    _token: Any = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> "Expression":
        """Raises: ExpressionFaulty."""
        return cls(text, _parsed(text))

    @cached_property
    def _fast(self) -> Compiled | None:
        return compiled(self._token)

    def __reduce__(self) -> tuple[Any, ...]:
        return Expression.parse, (self.text,)

    @cached_property
    def volatile(self) -> bool:
        """Would it give another answer a moment later (`now()`, `random()`, `once()` …), or on another device (`${last-saved#…}`)?"""
        return "__last-saved" in self.text or any(token.symbol in VOLATILE for token in self._token.iter())

    def paths(self, at: str) -> set[str]:
        """Every path of the form that it reads, when it stands at the path `at`."""
        found: set[str] = set()
        _collect(self._token, at, at, found)
        return found - {""}

    def bare_names(self) -> set[str]:
        """Names in its conditions that stand alone: columns of the list that is filtered."""
        return {name for token in _conditions(self._token) for name in _bare_names(token)}

    def evaluate(self, scope: Scope, element: ElementTree.Element) -> Value:
        """Its value at an element of the submission: a number, text, truth, date, or list of nodes. Raises: ExpressionFaulty."""
        try:
            if scope.elements is not None and self._fast is not None:
                return self._fast(scope, element, element)
            context = XPathContext(root=scope.tree, item=scope.nodes[element])
            context.__dict__["scope"], context.__dict__["here"] = scope, scope.nodes[element]
            return _evaluated(self._token, context)
        except (
            ElementPathError,
            ValueError,
            TypeError,
            AttributeError,
            OverflowError,
            ArithmeticError,
            re.error,
            LookupError,
            RecursionError,
        ) as error:
            raise ExpressionFaulty(self.text, Label(en=str(error), zh=str(error)), worked=True) from error

    def truth(self, scope: Scope, element: ElementTree.Element) -> bool:
        return to_boolean(self.evaluate(scope, element))


class OdkParser(XPath1Parser):
    """XPath 1.0 with ODK's functions; a path may go on after a function: `current()/..`, `instance('…')/root`."""

    PATH_STEP_LABELS = (*XPath1Parser.PATH_STEP_LABELS, "function")
    PATH_STEP_SYMBOLS = XPath1Parser.PATH_STEP_SYMBOLS | {"("}


def _evaluated(token: Any, context: XPathContext) -> Value:
    """The token's value; nodes that are not relevant are left out, whoever asks."""
    value = token.evaluate(copy(context))
    if isinstance(value, XPathNode):
        value = [value]
    if isinstance(value, list):
        absent = context.__dict__["scope"].absent
        return [item for item in value if not isinstance(item, XPathNode) or item.value not in absent]
    return value


def _compare(self: Any, context: XPathContext) -> bool:
    return compared(str(self.symbol), _evaluated(self[0], context), _evaluated(self[1], context))


def _logic(self: Any, context: XPathContext) -> bool:
    first = to_boolean(_evaluated(self[0], context))
    if first is bool(self.symbol == "or"):
        return first
    return to_boolean(_evaluated(self[1], context))


def _calculate(self: Any, context: XPathContext) -> float:
    return calculated(str(self.symbol), [to_number(_evaluated(item, context)) for item in self])


def _multiply(self: Any, context: XPathContext) -> Any:
    return _calculate(self, context) if len(self) == 2 else self.__class__.__bases__[0].evaluate(self, context)


def _function(body: Callable[..., Value], lazy: bool) -> Callable[..., Value]:
    def evaluate(self: Any, context: XPathContext) -> Value:
        if lazy:
            return body(context.__dict__["scope"], context, *((lambda item=item: _evaluated(item, context)) for item in self))
        return body(context.__dict__["scope"], context, *(_evaluated(item, context) for item in self))

    return evaluate


def _asking(work: Callable[..., Value]) -> Callable[..., Value]:
    """The library tries constants out while it parses; without a submission there is nothing to say yet."""

    def evaluate(self: Any, context: XPathContext | None = None) -> Value:
        if context is None:
            raise self.missing_context()
        return work(self, context)

    return evaluate


def _left_first(self: Any, left: Any) -> Any:
    """XPath 1.0 takes `a < b < c` as `(a < b) < c`, and so does a phone; the library would refuse it."""
    self[:] = left, self.parser.expression(rbp=self.lbp)
    return self


def _install() -> None:
    table = OdkParser.symbol_table
    for symbols, evaluate in (
        ((*COMPARED,), _compare),
        (("and", "or"), _logic),
        (("+", "-", "div", "mod"), _calculate),
        (("*",), _multiply),
    ):
        for symbol in symbols:
            old: Any = table[symbol]
            table[symbol] = type(old)(f"_Odk{old.__name__}", (old,), {"evaluate": _asking(evaluate)})
    for symbol in COMPARED:
        table[symbol].led = _left_first
    for symbol in ("<", ">", "<=", ">="):  # these bind closer than = and !=
        table[symbol].lbp = table[symbol].rbp = table[symbol].lbp + 2
    for name, (nargs, lazy, body) in FUNCTIONS.items():
        if name in table:
            OdkParser.unregister(name)
        token = OdkParser.function(name, nargs=nargs)
        token.evaluate = _asking(_function(body, lazy))  # type: ignore[method-assign]
    OdkParser.build()


_install()

_LITERAL = re.compile(r"""('[^']*'|"[^"]*")""")
_NAME_WITH_PREFIX = re.compile(r"(?<![\w:.-])([^\W\d][\w.-]*):(?=[^\W\d][\w.-]*(?![\w.(-]))")
"""Columns of a file of choices may be called `fuel:diesel`."""
_PREFIX = re.compile(r"\b(?:orx|odk|h|ex|cht|entities):(?=[^\W\d])")


def _plain(text: str) -> str:
    """The expression without namespace prefixes (a submission is read without them) and with line breaks as blanks."""
    parts = _LITERAL.split(text)
    for at in range(0, len(parts), 2):
        part = _PREFIX.sub("", parts[at]).replace("jr:", "jr-").replace("\n", " ").replace("\xa0", " ")
        parts[at] = _NAME_WITH_PREFIX.sub(r"\1.", part)
    return "".join(parts)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Any:
    try:
        token = OdkParser().parse(_plain(text))
    except (ElementPathError, RecursionError, ValueError, OverflowError, IndexError) as error:
        raise ExpressionFaulty(text, why_no_expression(text, str(error))) from error
    for part in token.iter():
        if part.symbol == "$":
            raise ExpressionFaulty(
                text, Label(en="a question is named like ${name}, not with «$» alone", zh="题名须写成${题名}，不能只写“$”。")
            )
    return token


def _collect(token: Any, at: str, base: str, found: set[str]) -> str | None:
    """Gathers the paths read; returns the path the token itself leads to, or None where it is not a path of the form.

    `at`: where the token stands (inside a predicate: the filtered node); `base`: where the expression stands.
    """
    match token.symbol:
        case "/" | "//" if len(token) == 2:
            left = _collect(token[0], at, base, found)
            if left is None:
                _collect_inside(token[1], at, base, found)
                return None
            found.discard(left)
            return _collect(token[1], left, base, found)
        case "/" | "//":
            return _collect(token[0], "", base, found) if len(token) else ""
        case "[":
            left = _collect(token[0], at, base, found)
            _collect(token[1], left if left is not None else "\0", base, found)
            return left
        case "..":
            return _found(at.rpartition("/")[0], found)
        case ".":
            return _found(at, found)
        case "current":
            return _found(base, found)
        case "(name)":
            return _found(f"{at}/{token.value}", found) if "\0" not in at else None
        case "(" if len(token) == 1:
            return _collect(token[0], at, base, found)
        case "instance":
            return None
        case "position" if len(token) == 1:
            return None
        case _:
            for item in token:
                _collect(item, at, base, found)
            return None


def _conditions(token: Any) -> list[Any]:
    """What stands in brackets behind a step, and in no other brackets."""
    if token.symbol == "[":
        return [*_conditions(token[0]), token[1]]
    return [found for part in token for found in _conditions(part)]


def _bare_names(token: Any) -> set[str]:
    if token.symbol == "(name)":
        return {str(token.value)}
    return set() if token.symbol in ("/", "//", "[") else {name for part in token for name in _bare_names(part)}


def _collect_inside(token: Any, at: str, base: str, found: set[str]) -> None:
    """Of a path outside the form only the predicates can read the form, through `current()` or a path from its root."""
    for part in token.iter("["):
        _collect(part[1], "\0", base, found)


def _found(path: str, found: set[str]) -> str:
    if "\0" not in path:
        found.add(path)
    return path
