"""Kept catalogue: the checked catalogue as a file, so that a command need not read and check the whole rulebook anew.

Changes when a measure can say something new: what is kept must say it too. The file is used only where the digest of the program and of
every file of the rulebook is the one it was made for, and only by the user who made it; anything else in its place is passed over and
written anew. It is plain JSON, and expressions are put together only from the nodes that an expression may have.
"""

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlglot import __version__ as sqlglot_version  # type: ignore[attr-defined]
from sqlglot import exp

from jiaoheng.measures.expression import EXPRESSION_NODES, Expression
from jiaoheng.measures.measure import Measure, MeasureSource, Scope
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.tables import TableRule

__all__ = ["KeptCatalogue"]

_PLAIN = (
    "id", "register", "kind", "decimals", "better", "calendar", "definition_version", "other_periods_back", "change_in", "periods_back",
    "counts_persons", "denominator_counts_persons",
)  # fmt: skip
_EXPRESSIONS = ("numerator", "denominator", "where", "universe")
_LABELS = ("label", "description", "unit", "combines")
_NODES = {node.__name__: node for node in EXPRESSION_NODES}

Contents = tuple[dict[str, Measure], dict[str, TableRule]]


class KeptCatalogue:
    """The file in a folder, for a rulebook with an overlay."""

    def __init__(self, folder: Path, overlay: Path | None) -> None:
        self._file = folder / "catalogue.json"
        self._digest = _digest(overlay)

    def read(self) -> Contents | None:
        """The measures and their tables; None where the file is not there, of another program or rulebook, damaged, or somebody else's."""
        try:
            with self._file.open("rb") as opened:
                about = os.fstat(opened.fileno())
                if not stat.S_ISREG(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o022:
                    return None
                kept = json.load(opened)
            return _Reading(kept).contents() if kept["digest"] == self._digest else None
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None

    def write(self, measures: Mapping[str, Measure], tables: Mapping[str, TableRule]) -> None:
        """Keep them; where the folder cannot be written, nothing is kept."""
        kept = {"digest": self._digest, **_Writing().written(measures, tables)}
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=".catalogue-")  # for its owner only
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as opened:
                    json.dump(kept, opened, ensure_ascii=False, separators=(",", ":"))
                Path(name).replace(self._file)
            finally:
                Path(name).unlink(missing_ok=True)


def _digest(overlay: Path | None) -> str:
    """Of the program's parts that read the rulebook, and of every file of the rulebook."""
    here = Path(__file__).parent
    found = hashlib.sha256(sqlglot_version.encode())
    for folder in (here, here.parent / "rulebook", *([overlay] if overlay else [])):
        for file in sorted(folder.rglob("*")):
            if file.suffix in (".pyc", ".tmp") or not file.is_file():
                continue
            content = file.read_bytes()
            found.update(f"\0{file.relative_to(folder)}\0{len(content)}\0".encode())
            found.update(content)
        found.update(b"\1")
    return found.hexdigest()


class _Writing:
    def __init__(self) -> None:
        self._types: list[Mapping[str, str]] = []
        self._expressions: dict[tuple[str, int], tuple[int, list[Any]]] = {}

    def written(self, measures: Mapping[str, Measure], tables: Mapping[str, TableRule]) -> dict[str, Any]:
        listed = [self._measure(one) for one in measures.values()]
        return {
            "measures": listed, "types": self._types, "expressions": [written for _, written in self._expressions.values()],
            "tables": {name: table.model_dump(mode="json") for name, table in tables.items()},
        }  # fmt: skip

    def _measure(self, measure: Measure) -> dict[str, Any]:
        source = measure.source.model_dump()
        words = measure.scope.words
        said: dict[str, Any] = {name: getattr(measure, name) for name in _PLAIN}
        said |= {name: self._expression(getattr(measure, name)) for name in _EXPRESSIONS}
        said |= {name: one.model_dump() if (one := getattr(measure, name)) else None for name in _LABELS}
        return {
            **said, "stages": measure.stages, "key": measure.key, "source": source, "types": self._of_types(measure.types),
            "scope": [measure.scope.counted, measure.scope.schools, words.model_dump() if words else None],
            "other": self._measure(measure.other) if measure.other else None, "base": measure.base.id if measure.base else None,
        }  # fmt: skip

    def _of_types(self, types: Mapping[str, str]) -> int:
        if types not in self._types:
            self._types.append(dict(types))
        return self._types.index(types)

    def _expression(self, expression: Expression | None) -> int | None:
        if expression is None:
            return None
        types = self._of_types(expression.types)
        written = [expression.text, _node(expression.tree), expression.columns, types]
        return self._expressions.setdefault((expression.text, types), (len(self._expressions), written))[0]


def _node(value: Any) -> Any:
    """A node as [kind, parts]; a list of nodes as [[…], …]."""
    if isinstance(value, exp.Expr):
        return [type(value).__name__, {name: _node(part) for name, part in value.args.items() if part is not None and part != []}]
    return [_node(one) for one in value] if isinstance(value, list) else value


class _Reading:
    def __init__(self, kept: Mapping[str, Any]) -> None:
        self._kept = kept
        self._types = kept["types"]
        self._expressions = [
            Expression(text, _tree(tree), tuple(columns), self._types[types]) for text, tree, columns, types in kept["expressions"]
        ]  # fmt: skip

    def contents(self) -> Contents:
        listed = [(one["base"], self._measure(one)) for one in self._kept["measures"]]
        known = {measure.id: measure for _, measure in listed}
        measures = {one.id: one if base is None else replace(one, base=known[base]) for base, one in listed}
        return measures, {name: TableRule.model_validate(table) for name, table in self._kept["tables"].items()}

    def _measure(self, said: Mapping[str, Any]) -> Measure:
        counted, schools, words = said["scope"]
        parts: dict[str, Any] = {name: said[name] for name in _PLAIN}
        parts |= {name: None if said[name] is None else self._expressions[said[name]] for name in _EXPRESSIONS}
        parts |= {name: said[name] and Label.model_validate(said[name]) for name in _LABELS}
        return Measure(
            **parts, stages=tuple(said["stages"]), key=tuple(said["key"]), source=MeasureSource.model_validate(said["source"]),
            scope=Scope(counted, schools, words and Label.model_validate(words)), types=self._types[said["types"]],
            other=said["other"] and self._measure(said["other"]),
        )  # fmt: skip


def _tree(written: Any) -> Any:
    kind, parts = written
    return _NODES[kind](**{name: _part(part) for name, part in parts.items()})


def _part(part: Any) -> Any:
    if not isinstance(part, list):
        return part
    return _tree(part) if part and isinstance(part[0], str) else [_tree(one) for one in part]
