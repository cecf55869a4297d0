"""Rulebook loader: policy files become checked, typed rules, or nothing starts.

Changes when the way rules are written in files changes. Knows nothing of what the rules mean: each kind brings its own schema.

A kind is a folder (`measures`, `standards`, …) of YAML files; every file maps ids to rules. A bureau's own folder (the overlay) has
the same shape and is laid over ours: an id that it names replaces ours whole. Paper templates are Markdown files found by name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

__all__ = [
    "Label", "Refusal", "Rule", "RuleFault", "RulebookFaulty", "load_rule_file", "load_rules", "rule_faults", "rulebook_file",
    "shipped_rulebook",
]  # fmt: skip

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Rule(BaseModel):
    """A rule of policy. Unknown keys are refused, since a misspelt key would be a rule that silently does nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(Rule):
    """Words in both languages."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """The words for a language tag such as `zh-hans` or `en`."""
        return self.zh if language.lower().startswith("zh") else self.en


class Refusal(ValueError):
    """What a rule may not say, with what was expected instead, in both languages: a check of a schema raises it.

    `about`: the key that it is about, where a check of the whole rule finds it.
    """

    def __init__(self, en: str, zh: str, about: str = "") -> None:
        super().__init__(en)
        self.zh, self.about = zh, about


R = TypeVar("R", bound=Rule)


@dataclass(frozen=True)
class RuleFault:
    """One thing wrong: where (file, line, key) and what was expected; `zh` says it in Chinese where a form shows it to its writer."""

    file: Path
    line: int
    key: str
    expected: str
    zh: str = ""

    def said(self, language: str) -> str:
        """What was expected, in the language of a tag such as `zh-hans`; in English where there are no Chinese words."""
        return self.zh if self.zh and language.lower().startswith("zh") else self.expected

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, {self.key or 'the file'}: {self.expected}"


class RulebookFaulty(Exception):
    """The rulebook cannot be used. Carries every fault found, so that all are mended in one go."""

    def __init__(self, faults: Sequence[RuleFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, faults)))


def shipped_rulebook() -> Path:
    """The folder of the rulebook that comes with the program."""
    return Path(__file__).parent / "data"


def load_rules(kind: str, schema: type[R], overlay: Path | None = None) -> dict[str, R]:
    """Every rule of a kind by id, the overlay's in place of ours.

    Raises: RulebookFaulty naming file, line, key and what was expected for every fault in any file.
    """
    rules: dict[str, R] = {}
    faults: list[RuleFault] = []
    for layer in [shipped_rulebook(), *([overlay] if overlay else [])]:
        seen: dict[str, tuple[Path, int]] = {}
        for file in sorted((layer / kind).glob("*.yaml")):
            read, wrong = _read_file(file, schema)
            faults.extend(wrong)
            for rule_id, rule, line in read:
                if rule_id in seen:
                    first, first_line = seen[rule_id]
                    faults.append(RuleFault(file, line, rule_id, f"an id of its own; {first.name}, line {first_line} has this one already"))
                seen[rule_id] = (file, line)
                rules[rule_id] = rule
    if faults:
        raise RulebookFaulty(faults)
    return rules


def load_rule_file(file: Path, schema: type[R], check: Callable[[R], Iterable[tuple[tuple[str | int, ...], str]]] | None = None) -> R:
    """A file that is one rule by itself, such as a mapping. `check` yields what the schema cannot say: (key path, what was expected).

    Raises: RulebookFaulty naming file, line, key and what was expected for every fault.
    """
    try:
        content, lines = _parsed(file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise RulebookFaulty([RuleFault(file, mark.line + 1 if mark else 1, "", f"readable YAML; {error.problem}")]) from None
    except OSError as error:
        raise RulebookFaulty([RuleFault(file, 1, "", f"a file that can be read; {error.strerror}")]) from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise RulebookFaulty([RuleFault(file, 1, "", f"readable YAML in UTF-8; {error}")]) from None
    faults = [RuleFault(file, line, ".".join(map(str, path)), "a key of its own; it stands twice here") for path, line in lines.duplicates]
    rule: R | None = None
    try:
        rule = schema.model_validate(content)
    except ValidationError as error:
        for fault in error.errors():
            faults.append(RuleFault(file, lines.of(fault["loc"]), _dotted(fault["loc"], fault), *_expected(dict(fault))))
    if rule is not None and check is not None:
        faults.extend(RuleFault(file, lines.of(path), ".".join(map(str, path)), expected) for path, expected in check(rule))
    if faults or rule is None:
        raise RulebookFaulty(faults)
    return rule


def rule_faults(schema: type[R], written: Mapping[str, Any], file: Path, name: str) -> tuple[R | None, list[RuleFault]]:
    """One rule that is not in a file yet, held against its schema as a file's rules are: the rule, or everything wrong with it."""
    try:
        return schema.model_validate(written), []
    except ValidationError as error:
        return None, [RuleFault(file, 1, _dotted((name, *fault["loc"]), fault), *_expected(dict(fault))) for fault in error.errors()]


def rulebook_file(name: str, overlay: Path | None = None) -> Path | None:
    """The file with this relative name, the overlay's before ours; None where neither has it. Names cannot leave the rulebook."""
    for layer in [*([overlay] if overlay else []), shipped_rulebook()]:
        file = (layer / name).resolve()
        if file.is_file() and file.is_relative_to(layer.resolve()):
            return file
    return None


def _read_file(file: Path, schema: type[R]) -> tuple[Sequence[tuple[str, R, int]], Sequence[RuleFault]]:
    """The rules of a file with their ids and lines, and its faults; kept until the file is another one."""
    try:
        state = file.stat()
    except OSError as error:
        return (), (RuleFault(file, 1, "", f"a file that can be read; {error.strerror}"),)
    # A schema made within a function is new at each call: what was read by it would be kept for nobody.
    read = _rules_of.__wrapped__ if "<locals>" in schema.__qualname__ else _rules_of
    return read(file, state.st_mtime_ns, state.st_size, schema)  # type: ignore[return-value]


@lru_cache(maxsize=1024)
def _rules_of(
    file: Path, mtime_ns: int, size_bytes: int, schema: type[Rule]
) -> tuple[Sequence[tuple[str, Rule, int]], Sequence[RuleFault]]:
    try:
        content, lines = _parsed_as(file, mtime_ns, size_bytes)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return (), (RuleFault(file, mark.line + 1 if mark else 1, "", f"readable YAML; {error.problem}"),)
    except OSError as error:
        return (), (RuleFault(file, 1, "", f"a file that can be read; {error.strerror}"),)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        return (), (RuleFault(file, 1, "", f"readable YAML in UTF-8; {error}"),)
    faults = [RuleFault(file, line, ".".join(map(str, path)), "a key of its own; it stands twice here") for path, line in lines.duplicates]
    if content is not None and not isinstance(content, Mapping):
        return (), (*faults, RuleFault(file, 1, "", "a mapping of ids to rules"))
    rules = []
    for rule_id, written in (content or {}).items():
        try:
            rules.append((str(rule_id), schema.model_validate(written), lines.of((rule_id,))))
        except ValidationError as error:
            for fault in error.errors():
                key = (rule_id, *fault["loc"])
                faults.append(RuleFault(file, lines.of(key), _dotted(key, fault), *_expected(dict(fault))))
    return rules, faults


def _dotted(path: Iterable[Any], fault: Any) -> str:
    """The keys down to the fault, and the one that a check of the whole rule says it is about."""
    cause = fault.get("ctx", {}).get("error")
    about = cause.about if isinstance(cause, Refusal) else ""
    return ".".join(map(str, [*path, *([about] if about else [])]))


def _expected(fault: Mapping[str, Any]) -> tuple[str, str]:
    """What was expected, in English and, where the check says it so too, in Chinese."""
    if fault["type"] == "missing":
        return "is required", "必填"
    if fault["type"] == "extra_forbidden":
        return "is not a known key; check its spelling", "没有这个键，请检查拼写"
    message = str(fault["msg"]).removeprefix("Value error, ")
    given, cause = fault.get("input"), fault.get("ctx", {}).get("error")
    zh = cause.zh if isinstance(cause, Refusal) else ""
    return (message if isinstance(given, Mapping | list) else f"{message} (given: {given!r})"), zh


class _Lines:
    """Line of every key in a YAML document, by its path."""

    def __init__(self, node: "yaml.Node | None") -> None:
        self._lines: dict[tuple[Any, ...], int] = {(): 1}
        self.duplicates: list[tuple[tuple[Any, ...], int]] = []
        if node is not None:
            self._walk(node, ())

    def of(self, path: Sequence[Any]) -> int:
        """The line of the key, or of the nearest key above it that is there."""
        steps = tuple(path)
        while steps not in self._lines:
            steps = steps[:-1]
        return self._lines[steps]

    def _walk(self, node: "yaml.Node", path: tuple[Any, ...]) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                here = (*path, key.value)
                if here in self._lines:
                    self.duplicates.append((here, key.start_mark.line + 1))
                self._lines[here] = key.start_mark.line + 1
                self._walk(value, here)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._lines[(*path, index)] = value.start_mark.line + 1
                self._walk(value, (*path, index))


def _parsed(file: Path) -> tuple[Any, _Lines]:
    state = file.stat()
    return _parsed_as(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1024)
def _parsed_as(file: Path, mtime_ns: int, size_bytes: int) -> tuple[Any, _Lines]:
    """What the file of this time and size says: nobody may change it, since the next one asking is given the same."""
    loader = _Loader(file.read_text(encoding="utf-8"))
    try:
        node = loader.get_single_node()
        return (loader.construct_document(node) if node is not None else None), _Lines(node)
    finally:
        loader.dispose()
