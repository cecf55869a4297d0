"""Own measure: a measure that the bureau writes itself: checked as every measure is, kept in its own rulebook with every earlier version.

Changes when it changes what a bureau may write, or how its measures are kept. The file is the same as one written by hand.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from jiaoheng.measures.catalogue import checked_measure
from jiaoheng.measures.measure import Measure
from jiaoheng.rulebook.ledger_questions import Published
from jiaoheng.rulebook.loader import RulebookFaulty, RuleFault
from jiaoheng.rulebook.own_file import OwnVersion, keep, own_names, take_out, versions

__all__ = ["PREFIX", "KeptMeasure", "check_own_measure", "keep_measure", "kept_measures", "of_the_bureau", "withdraw_measure", "written_in"]

PREFIX = "own_"
"""Names of a bureau's measures begin so: none of ours does, whatever comes with a new version of the program."""

_KIND = "measures"


class KeptMeasure:
    """A measure of the bureau with its versions, oldest first; the last one holds, or says why it was withdrawn."""

    def __init__(self, name: str, kept: list[OwnVersion]) -> None:
        self.name, self.versions = name, kept

    @property
    def last(self) -> OwnVersion:
        return self.versions[-1]

    @property
    def withdrawn(self) -> bool:
        return self.last.step == "withdrawn"

    @property
    def written(self) -> dict[str, Any]:
        return written_in(self.last, self.name)


def check_own_measure(name: str, written: Mapping[str, object], overlay: Path, published: Published | None = None) -> Measure:
    """The measure as it would be. Raises: RulebookFaulty with every fault, its keys beginning with the name."""
    faults = []
    if not (name.startswith(PREFIX) and len(name) <= 80 and name.isascii() and name.replace("_", "a").isalnum() and name == name.lower()):
        said = f"a name of small letters, digits and «_» that begins with «{PREFIX}», at most 80 signs"
        zh = f"代号以“{PREFIX}”开头，只用小写字母、数字和下划线，最多80个字符"
        faults.append(RuleFault(overlay / _KIND, 1, f"{name}.id", said, zh))
    try:
        measure = checked_measure(name, written, overlay, published=published)
    except RulebookFaulty as faulty:
        raise RulebookFaulty([*faults, *faulty.faults]) from None
    if not measure.source.document.strip():
        said, zh = "the document that the measure is taken from, or the bureau's own decision", "请写出处：文件名，或本局的决定"
        faults.append(RuleFault(overlay / _KIND, 1, f"{name}.source.document", said, zh))
    if faults:
        raise RulebookFaulty(faults)
    return measure


def keep_measure(
    overlay: Path,
    name: str,
    written: Mapping[str, object],
    *,
    by: str,
    at: datetime,
    reason: str,
    after: int,
    published: Published | None = None,
) -> tuple[Measure, OwnVersion]:
    """Check the measure and put it in force. `after`: the version that its writer saw, 0 for none.

    Raises: RulebookFaulty; ChangedMeanwhile; OSError.
    """
    measure = check_own_measure(name, written, overlay, published)
    text = yaml.safe_dump({name: dict(written)}, allow_unicode=True, sort_keys=False, width=120)
    return measure, keep(overlay, _KIND, name, text, by=by, at=at, reason=reason, after=after)


def withdraw_measure(overlay: Path, name: str, *, by: str, at: datetime, reason: str, after: int) -> OwnVersion:
    """Take the measure out of the catalogue; its versions stay. What uses it is for the caller to ask first."""
    return take_out(overlay, _KIND, name, by=by, at=at, reason=reason, after=after)


def kept_measures(overlay: Path | None) -> dict[str, KeptMeasure]:
    """Every measure that was written here, by name, also those withdrawn."""
    found = {name: versions(overlay, _KIND, name) for name in own_names(overlay, _KIND)} if overlay else {}
    return {name: KeptMeasure(name, kept) for name, kept in found.items() if kept}


def of_the_bureau(overlay: Path | None) -> frozenset[str]:
    """The measures that the bureau's rulebook defines, written here or by hand."""
    folder = overlay / _KIND if overlay else None
    names: set[str] = set()
    for file in sorted(folder.glob("*.yaml")) if folder else ():
        try:
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):  # the loader says what is wrong with it
            continue
        names |= {str(name) for name in content} if isinstance(content, dict) else set()
    return frozenset(names)


def written_in(version: OwnVersion, name: str) -> dict[str, Any]:
    """What a version says of the measure, key by key."""
    content = yaml.safe_load(version.text)
    found = content.get(name) if isinstance(content, dict) else None
    return found if isinstance(found, dict) else {}
