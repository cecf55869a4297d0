"""Definitions: the measures and standards that a paper's figures come from, as the rulebook had them when it was signed.

Changes when more of the rulebook decides what a figure is. Laid over whatever rulebook is in force later, they give the same figures.
"""

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from jiaoheng.measures.measure import Measure
from jiaoheng.papers.paper_record import PaperRecord
from jiaoheng.rulebook.loader import shipped_rulebook

__all__ = ["Redefined", "definitions_of", "laid_over", "redefined"]

_KINDS = ("measures", "standards", "plans", "publication")
"""Kinds of rules that decide what a figure is: measures and standards, when a goal counts as late, which small numbers are hidden."""
Definitions = dict[str, dict[str, Any]]
"""By kind, then by id, the rule as it is written."""


class Redefined(tuple[str, str, str]):
    """Id and label of a measure, and the formula that the paper keeps."""

    __slots__ = ()


def definitions_of(record: PaperRecord, overlay: Path | None) -> Definitions:
    """The rules behind a paper: of its figures, of whatever its text names, and of what those lean on."""
    rules = {kind: _written(kind, overlay) for kind in _KINDS}
    named = {figure.about.removeprefix("standard:") for figure in record.figures} | set(re.findall(r"\w+", record.template_text))
    standards = {name: rule for name, rule in rules["standards"].items() if name in named}
    wanted = named | {item["measure"] for rule in standards.values() for item in rule.get("items", ()) if "measure" in item}
    wanted |= {rule["of"] for name, rule in rules["measures"].items() if name in wanted and "of" in rule}
    measures = {name: rule for name, rule in rules["measures"].items() if name in wanted}
    return {**rules, "measures": measures, "standards": standards}


@contextmanager
def laid_over(definitions: Definitions, overlay: Path | None) -> Iterator[Path]:
    """A rulebook folder in which these definitions hold, with everything else of the bureau's own beside them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in _KINDS:
            (folder / kind).mkdir()
            (folder / kind / "kept.yaml").write_text(json.dumps(definitions.get(kind, {}), ensure_ascii=False), encoding="utf-8")
        for own in overlay.iterdir() if overlay else ():
            if own.name not in _KINDS and not own.name.startswith("."):
                (folder / own.name).symlink_to(own)
        yield folder


def redefined(record: PaperRecord, catalogue: Mapping[str, Measure]) -> list[Redefined]:
    """The measures of a paper that have another definition in today's catalogue, or none."""
    found: dict[str, Redefined] = {}
    for figure in record.figures:
        version = figure.definition.get("version")
        if version and (figure.about not in catalogue or catalogue[figure.about].definition_version != version):
            found.setdefault(figure.about, Redefined((figure.about, figure.label, _formula(figure.definition))))
    return list(found.values())


def _formula(definition: Mapping[str, str]) -> str:
    parts = [definition.get("numerator", ""), *([definition["denominator"]] if "denominator" in definition else [])]
    return " / ".join(parts) + (f" ({definition['where']})" if "where" in definition else "")


def _written(kind: str, overlay: Path | None) -> dict[str, Any]:
    """Every rule of a kind as YAML has it, the overlay's in place of ours."""
    rules: dict[str, Any] = {}
    layers: Iterable[Path] = [shipped_rulebook(), *([overlay] if overlay else [])]
    for layer in layers:
        for file in sorted((layer / kind).glob("*.yaml")):
            rules |= yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    return json.loads(json.dumps(rules, ensure_ascii=False, default=str))  # type: ignore[no-any-return]
