"""Current snapshot: the newest frozen state, and what was computed from it, held in memory and computed once.

Changes when pages read another snapshot than the newest. Every figure on a page comes from here and names the snapshot's hash.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from jiaoheng.ledgers.browser_forms import browser_forms
from jiaoheng.measures.catalogue import Catalogue, load_catalogue
from jiaoheng.measures.values import Value, Values, compute
from jiaoheng.snapshots.snapshot import MANIFEST, Snapshot, newest_snapshot
from jiaoheng.standards.assessed import Assessed, assess
from jiaoheng.standards.assessment import Assessment, load_assessments
from jiaoheng.standards.judgement import Judgements, judgement_files, load_judgements
from jiaoheng.standards.plan_to_pass import Plan
from jiaoheng.standards.remedy import Remedy, load_remedies
from jiaoheng.standards.standard import Standard, load_standards
from jiaoheng.standards.verdict import NothingToJudge, Verdict, judge

__all__ = [
    "CurrentSnapshot",
    "assessments",
    "catalogue",
    "chosen_year",
    "current_snapshot",
    "forget",
    "judgements",
    "remedies",
    "standards",
]

_KEPT = 3
_VERDICTS_KEPT = 32
_lock = threading.Lock()
_kept: "OrderedDict[str, CurrentSnapshot]" = OrderedDict()
_newest: dict[tuple[tuple[str, int], ...], Snapshot] = {}
_rules: dict[str, object] = {}


@dataclass
class CurrentSnapshot:
    """A snapshot opened and measured: every measure, at every level, of every year in it."""

    snapshot: Snapshot
    catalogue: Catalogue
    values: Values
    _verdicts: "OrderedDict[tuple[str, str | None, str], Verdict | NothingToJudge]" = field(default_factory=OrderedDict)
    _assessed: "OrderedDict[tuple[str, str, str], Assessed]" = field(default_factory=OrderedDict)
    plans: "OrderedDict[tuple[str, str, str, Decimal | None], Plan]" = field(default_factory=OrderedDict)
    """By standard, area, year and budget the plans made so far (`plan_of_area` makes and keeps them)."""

    @property
    def short_hash(self) -> str:
        """The hash as people compare it: its first and last four signs."""
        return f"{self.snapshot.hash[:4]}…{self.snapshot.hash[-4:]}"

    @cached_property
    def organisations(self) -> pa.Table:
        """The organisations as frozen."""
        return pq.read_table(self.snapshot.tables["organisations"])

    def _column(self, name: str) -> list[Any]:
        return self.organisations[name].to_pylist()

    @cached_property
    def paths(self) -> dict[str, str]:
        """Organisation code → path."""
        return dict(zip(self._column("code"), self._column("path"), strict=True))

    @cached_property
    def _names(self) -> dict[str, tuple[str, str]]:
        columns = (self._column(name) for name in ("code", "name_zh", "name_en"))
        return {code: (chinese or "", english or "") for code, chinese, english in zip(*columns, strict=True)}

    def name(self, code: str) -> str:
        """The organisation's name as frozen, in the reader's language or the one there is."""
        chinese, english = self._names.get(code, ("", ""))
        first, second = (chinese, english) if (get_language() or "zh").startswith("zh") else (english, chinese)
        return first or second or code

    @cached_property
    def places(self) -> dict[str, tuple[float, float]]:
        """Organisation code → latitude and longitude, of those that have both."""
        columns = (self._column(name) for name in ("code", "latitude", "longitude"))
        return {code: (lat, lon) for code, lat, lon in zip(*columns, strict=True) if lat is not None and lon is not None}

    @property
    def frozen_at(self) -> datetime:
        """When the snapshot was made (its day is the day that it speaks of)."""
        return datetime.fromtimestamp((self.snapshot.folder / MANIFEST).stat().st_mtime, tz=UTC)

    @property
    def year(self) -> str:
        """The snapshot's own school year; empty where nothing was reported yet."""
        return self.snapshot.school_year or ""

    @cached_property
    def years(self) -> list[str]:
        """The school years that have values, newest first."""
        found = {str(year) for year in self.values.table["period"].unique().to_pylist() if year}
        return sorted((year for year in found if not year.isdecimal()), reverse=True)  # a fiscal year is looked up by its school year

    @cached_property
    def stages(self) -> list[str]:
        """The stages that have values, in the order of schooling; «all» first."""
        order = ("all", "preschool", "primary", "junior", "senior", "secondary", "special")
        there = {str(stage) for stage in self.values.table["stage"].unique().to_pylist()}
        return [stage for stage in order if stage in there] + sorted(there - set(order))

    @cached_property
    def measures_with_values(self) -> set[str]:
        """The measures that have at least one value: what the data of this deployment can speak of."""
        table = self.values.table
        return {str(name) for name in table.filter(table["value"].is_valid())["measure"].unique().to_pylist()}

    def series(self, measure: str, organisation: str, stage: str) -> list[Value]:
        """The values of one organisation over the years, oldest first."""
        found = (self.values.get(measure, organisation, stage, year) for year in reversed(self.years))
        return [value for value in found if value is not None]

    def verdict(self, standard: Standard, area: str | None, year: str) -> Verdict:
        """The verdict of one standard, judged once for each area and year. Raises: NothingToJudge, NotInForce."""
        key = (standard.id, area, year)
        if key not in self._verdicts:
            try:
                self._verdicts[key] = judge(standard, self.snapshot, area=area, period=year, values=self.values)
            except NothingToJudge as nothing:
                self._verdicts[key] = nothing
            while len(self._verdicts) > _VERDICTS_KEPT:
                self._verdicts.popitem(last=False)
        found = self._verdicts[key]
        if isinstance(found, NothingToJudge):
            raise found
        return found

    def assessed(self, assessment: Assessment, area: str, year: str) -> Assessed:
        """What an assessment finds of an area, with the bureau's judgements. Raises: NothingToJudge, NotInForce."""
        key = (assessment.id, area, year)
        if key not in self._assessed:
            standard = standards().get(assessment.id)
            verdicts = {assessment.id: self.verdict(standard, area, year)} if standard else {}
            self._assessed[key] = assess(
                assessment, self.snapshot, area=area, period=year, judgements=judgements(), verdicts=verdicts,
                catalogue=self.catalogue, values=self.values,
            )  # fmt: skip
            while len(self._assessed) > _VERDICTS_KEPT:
                self._assessed.popitem(last=False)
        return self._assessed[key]


def catalogue() -> Catalogue:
    """The measures of the rulebook, loaded once."""
    if "catalogue" not in _rules:
        _rules["catalogue"] = load_catalogue(settings.RULEBOOK_OVERLAY, published=browser_forms)
    return _rules["catalogue"]  # type: ignore[return-value]


def standards() -> dict[str, Standard]:
    """The standards of the rulebook, loaded once."""
    if "standards" not in _rules:
        _rules["standards"] = load_standards(settings.RULEBOOK_OVERLAY, measures=catalogue())
    return _rules["standards"]  # type: ignore[return-value]


def assessments() -> dict[str, Assessment]:
    """The assessments of the rulebook, loaded once."""
    if "assessments" not in _rules:
        _rules["assessments"] = load_assessments(settings.RULEBOOK_OVERLAY, measures=catalogue())
    return _rules["assessments"]  # type: ignore[return-value]


def judgements() -> Judgements:
    """The bureau's judgements, from `judgements/` of its own rulebook, loaded once."""
    if "judgements" not in _rules:
        _rules["judgements"] = load_judgements(judgement_files(settings.RULEBOOK_OVERLAY), assessments())
    return _rules["judgements"]  # type: ignore[return-value]


def remedies() -> dict[str, Remedy]:
    """The remedies of the rulebook, loaded once. Raises: RulebookFaulty."""
    if "remedies" not in _rules:
        _rules["remedies"] = load_remedies(settings.RULEBOOK_OVERLAY)
    return _rules["remedies"]  # type: ignore[return-value]


def current_snapshot() -> CurrentSnapshot | None:
    """The newest snapshot with its values; None before the first freeze. Raises: SnapshotRefused where its files were changed."""
    folder = Path(settings.DATA) / "snapshots"
    there = tuple(
        sorted((str(file), file.stat().st_mtime_ns) for file in folder.glob(f"*/{MANIFEST}") if not file.parent.name.startswith("."))
    )
    if not there:
        return None
    with _lock:  # two requests at once: the second waits for the first's values instead of computing them again
        if there not in _newest:
            snapshot = newest_snapshot(folder)  # verifies every file; done again only when a manifest has changed
            _newest.clear()
            _newest[there] = snapshot
        snapshot = _newest[there]
        if snapshot.hash not in _kept or _kept[snapshot.hash].snapshot != snapshot:
            _kept[snapshot.hash] = CurrentSnapshot(snapshot, catalogue(), compute(snapshot, catalogue(), all_years=True))
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(snapshot.hash)
        return _kept[snapshot.hash]


def forget() -> None:
    """Look at the folder of snapshots anew and load the rulebook again, as after a freeze or in a test."""
    with _lock:
        _newest.clear()
        _kept.clear()
        _rules.clear()


def chosen_year(request: HttpRequest, years: Sequence[str], default: str) -> str:
    """The school year the reader looks at: from the address, else the one chosen before, else the snapshot's."""
    asked = request.GET.get("year") or request.GET.get("period")
    if asked in years:
        request.session["year"] = asked
    kept = request.session.get("year")
    return str(kept) if kept in years else default
