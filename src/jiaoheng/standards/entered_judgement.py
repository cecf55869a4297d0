"""Entered judgement: judgements entered one at a time, by the area and by its reviewers, in a file that is read like any other.

Changes when what is kept of an entered judgement changes. There is one file for each assessment, area and school year
(`judgements/entered_….yaml` in the bureau's own rulebook), with every earlier version beside it.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import yaml

from jiaoheng.rulebook.own_file import ChangedMeanwhile, OwnVersion, keep, versions
from jiaoheng.standards.assessment import Assessment
from jiaoheng.standards.judgement import Judgement, judgement_files, load_judgements

__all__ = ["ChangedMeanwhile", "StandsInAFile", "enter", "entered", "history"]

_KIND = "judgements"
_TRIES = 5


class StandsInAFile(Exception):
    """The item is judged in a file that was written by hand; the message names no file, since there may be several."""


def entered(overlay: Path | None, standard: str, area: str, period: str) -> dict[str, Judgement]:
    """What was entered of an area and school year, by item."""
    kept = versions(overlay, _KIND, _name(standard, area, period)) if overlay else []
    return _judgements(kept[-1]) if kept else {}


def enter(overlay: Path, assessments: Mapping[str, Assessment], judgement: Judgement, *, by: str, at: datetime, reason: str) -> OwnVersion:
    """Keep a judgement in place of what was entered of its item before. Two who enter different items at once both succeed.

    Raises: StandsInAFile; RulebookFaulty where a file of judgements is faulty; ChangedMeanwhile; OSError.
    """
    assert judgement.period is not None
    name = _name(judgement.standard, judgement.area, judgement.period)
    by_hand = [file for file in judgement_files(overlay) if file.stem != name]
    if load_judgements(by_hand, assessments).stands(judgement):
        raise StandsInAFile
    for attempt in range(_TRIES):
        kept = versions(overlay, _KIND, name)
        told = {**(_judgements(kept[-1]) if kept else {}), judgement.item: judgement}
        listed = [one.model_dump(mode="json", by_alias=True, exclude_defaults=True) for one in told.values()]
        text = yaml.safe_dump({"judgements": listed}, allow_unicode=True, sort_keys=False)
        try:
            return keep(overlay, _KIND, name, text, by=by, at=at, reason=reason, after=kept[-1].number if kept else 0)
        except ChangedMeanwhile:
            if attempt == _TRIES - 1:
                raise
    raise ChangedMeanwhile


def history(overlay: Path | None, standard: str, area: str, period: str, item: str) -> list[tuple[OwnVersion, Judgement]]:
    """The versions in which the item was judged otherwise than before, oldest first."""
    found: list[tuple[OwnVersion, Judgement]] = []
    for version in versions(overlay, _KIND, _name(standard, area, period)) if overlay else []:
        one = _judgements(version).get(item)
        if one is not None and (not found or found[-1][1] != one):
            found.append((version, one))
    return found


def _name(standard: str, area: str, period: str) -> str:
    """The file's name. Areas' codes may hold any sign, so that they go in by their hash; the file itself names the area."""
    return f"entered_{standard}_{hashlib.sha256(f'{area}/{period}'.encode()).hexdigest()[:12]}"


def _judgements(version: OwnVersion) -> dict[str, Judgement]:
    content = yaml.safe_load(version.text) or {}
    found = [Judgement.model_validate(one) for one in content.get("judgements", [])]
    return {one.item: one for one in found}
