"""Template: a paper written in Markdown with Jinja, rendered in a sandbox into a manuscript.

Changes when what a template is changes. A template can look up and arrange figures, and nothing else: it reads no files, calls no code
but the vocabulary, prints no bare number, and is stopped when it does not come to an end. Whatever goes wrong names file and line.
"""

import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Undefined
from jinja2.sandbox import SandboxedEnvironment

from jiaoheng.papers.draft import Block
from jiaoheng.papers.figure import Figure, plain

__all__ = ["PaperStopped", "TemplateFile", "Writing"]

_STEPS = 500_000
"""Turns of loops and calls that one paper may take."""
_LENGTH = 4_000_000
"""Characters that one paper may hold."""
_FILTERS = ("join", "length", "first", "last", "list", "sort", "reverse", "unique", "map", "select", "reject", "selectattr", "rejectattr",
            "batch", "slice", "default", "d", "upper", "lower", "trim", "capitalize")  # fmt: skip
_TEXT_METHODS = frozenset({"startswith", "endswith", "strip", "removeprefix", "removesuffix", "lower", "upper", "split"})
_MARKERS = re.compile("[\ue000\ue002]\\d+[\ue001\ue003]")
_TAGS = re.compile(
    r"\{%[-+]?\s*raw\b.*?endraw\s*[-+]?%\}|\{#.*?#\}|"
    + "|".join(rf"\{{{sign}(?:\"[^\"]*\"|'[^']*'|[^\"'{end}]|{end}(?!\}}))*{end}\}}" for sign, end in (("%", "%"), (r"\{", r"\}"))),
    re.DOTALL,
)
"""Tags, comments and expressions of a template; quoted words inside them may hold anything."""


class PaperStopped(Exception):
    """The paper cannot be written. The message names the template's file and line, and what to do."""


@dataclass(frozen=True)
class TemplateFile:
    """A template as read: `front` is its heading block (title, subtitle), `body` the rest with its line numbers kept, `text` the whole."""

    file: Path
    front: Mapping[str, str]
    body: str
    text: str

    @classmethod
    def read(cls, file: Path) -> "TemplateFile":
        """Raises: PaperStopped where the file is not UTF-8 or its heading block is not YAML."""
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise PaperStopped(f"{file.name}: the template is not written in UTF-8. Save it as UTF-8.") from None
        return cls.of_text(text, file)

    @classmethod
    def of_text(cls, text: str, file: Path) -> "TemplateFile":
        """A template that is not read from its file; `file` names it in messages. Raises: PaperStopped."""
        found = re.match(r"---\r?\n(.*?)\r?\n---\r?\n", text, re.DOTALL)
        if not found:
            return cls(file, {}, text, text)
        try:
            front = yaml.safe_load(found[1])
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise PaperStopped(f"{file.name}, line {mark.line + 2 if mark else 1}: the heading block is not readable YAML.") from None
        if not isinstance(front, dict):
            raise PaperStopped(f"{file.name}, line 1: the heading block is not a list of keys and values.")
        return cls(file, {str(key): str(value) for key, value in front.items()}, "\n" * found[0].count("\n") + text[found.end() :], text)


class Writing:
    """One rendering of a template with the functions and plain values that it may use."""

    def __init__(self, template: TemplateFile, functions: Mapping[str, Callable[..., Any]], values: Mapping[str, Any]) -> None:
        self._template = template
        self._environment = _Environment()
        self._names = {**functions, **values}

    def manuscript(self) -> str:
        """The body as Markdown with markers for figures, tables and charts. Raises: PaperStopped."""
        return self._rendered(self._template.body)

    def heading(self, key: str, otherwise: str = "") -> str:
        """A line of the heading block, its expressions filled in. Raises: PaperStopped."""
        return self._rendered(self._template.front[key]).strip() if key in self._template.front else otherwise

    def _rendered(self, text: str) -> str:
        name = self._template.file.name
        try:
            code = self._environment.compile(text, name=name, filename=str(self._template.file))
            template = Template.from_code(self._environment, code, self._environment.make_globals(dict(self._names)))
            parts, length = [], 0
            stream = template.generate()
            for part in stream:
                length += len(part)
                if length > _LENGTH:
                    frame = getattr(getattr(stream, "gi_yieldfrom", None), "gi_frame", None)
                    line = template.get_corresponding_lineno(frame.f_lineno) if frame else 1
                    raise PaperStopped(f"{name}, line {line}: the paper grew beyond {_LENGTH:,} characters. Show fewer rows.")
                parts.append(part)
            return "".join(parts)
        except PaperStopped:
            raise
        except TemplateSyntaxError as error:
            raise PaperStopped(f"{name}, line {error.lineno}: {_sentence(error.message or 'this cannot be read')}") from None
        except RecursionError:
            raise PaperStopped(f"{name}: a macro calls itself without end.") from None
        except Exception as error:
            raise PaperStopped(f"{name}, line {_line_of(error, self._template.file)}: {_sentence(_said(error))}") from error


class _Environment(SandboxedEnvironment):
    """Jinja's sandbox, narrowed: few filters, few methods of texts, and every turn of a loop or call counted."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, finalize=_printed, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.globals = {"range": range, "namespace": self.globals["namespace"]}
        self._steps = 0

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        super()._parse(source, name, filename)  # what is unclosed is refused before anything looks for its end
        tree = super()._parse(_with_line_ends(source), name, filename)
        for forbidden in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
            raise TemplateSyntaxError(
                "a template stands alone: it cannot include, import or extend another", forbidden.lineno, name, filename
            )
        for loop in tree.find_all(nodes.For):
            counted = nodes.EnvironmentAttribute("counted")
            loop.iter = nodes.Call(counted, [loop.iter], [], None, None).set_lineno(loop.lineno)
        return tree

    def counted(self, items: Iterable[Any]) -> Iterator[Any]:
        """The items of a loop, each a step."""
        for item in items:
            self._step()
            yield item

    def _step(self) -> None:
        self._steps += 1
        if self._steps > _STEPS:
            raise SecurityError(f"the template took more than {_STEPS:,} steps and was stopped. Does a loop have no end?")

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        self._step()
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not all(isinstance(side, int | float) for side in (left, right)) or abs(left) > 1e12 or abs(right) > 1e12:
            raise SecurityError(f"«{operator}» is for plain numbers")
        if operator == "**":
            raise SecurityError("powers are not for templates")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str) and attr not in _TEXT_METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)


def _with_line_ends(source: str) -> str:
    """The template in which a line of text that ends with a tag keeps its end.

    `trim_blocks` takes the line's end after every tag, which is wanted where a line holds nothing but tags; after words it would glue the
    next line, a heading even, to them. Jinja's own `+%}` says so tag by tag, and changes no line's number.
    """
    parts, end, words = [], 0, False
    for found in _TAGS.finditer(source):
        between, tag = source[end : found.start()], found[0]
        words = bool(between.rpartition("\n")[2].strip()) or (words and "\n" not in between)
        parts.append(between)
        expression = tag.startswith("{{")
        ends_line = source.startswith(("\n", "\r\n"), found.end())
        parts.append(f"{tag[:-2]}+{tag[-2:]}" if words and ends_line and not expression and tag[-3] not in "+-" else tag)
        words, end = words or expression, found.end()
    return "".join([*parts, source[end:]])


def _printed(value: Any) -> Any:
    """What an expression prints: figures and blocks as they are, words made safe, bare numbers not at all."""
    if isinstance(value, Undefined):
        return value
    if isinstance(value, Figure | Block):
        return str(value)
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, bool) or value is None or isinstance(value, int | float):
        raise ValueError(f"«{value}» would be printed without its source. Look figures up with figure(…), count(…) or change(…)")
    raise ValueError(f"this prints neither words nor a figure, but a {type(value).__name__}")


def _safe(text: str) -> str:
    """Words made safe around markers, which stay as they are."""
    safe, end = [], 0
    for found in _MARKERS.finditer(text):
        safe += [plain(text[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*safe, plain(text[end:])])


def _line_of(error: BaseException, file: Path) -> int:
    """The template's line in which the error arose, for Jinja rewrites the trace to say so."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file) and frame.lineno]
    return lines[-1] if lines else 1


def _said(error: BaseException) -> str:
    if isinstance(error, UndefinedError):
        return f"{error.message}. Is it spelt right?"
    if isinstance(error, KeyError):
        return f"there is no {error.args[0]!r} here"
    return str(error.args[0]) if error.args else type(error).__name__


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
