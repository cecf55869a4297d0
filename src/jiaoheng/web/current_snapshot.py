"""Current snapshot: the newest frozen state, and what was computed from it, held in memory and computed once.

Changes when pages read another snapshot than the newest. Every figure on a page comes from here and names the snapshot's hash.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from jiaoheng.ledgers.browser_forms import browser_forms, browser_forms_mark
from jiaoheng.measures.catalogue import Catalogue, load_catalogue, measure_registers
from jiaoheng.measures.own_measure import of_the_bureau
from jiaoheng.measures.values import Value, Values, compute
from jiaoheng.measures.written_measure import Register
from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.rulebook.own_file import stamp
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
    "measure_tables",
    "own_measures",
    "remedies",
    "standards",
]

_KEPT = 3
_VERDICTS_KEPT = 32
_lock = threading.Lock()
_kept: "OrderedDict[str, CurrentSnapshot]" = OrderedDict()
_newest: dict[tuple[tuple[str, int], ...], Snapshot] = {}
_rules: dict[str, tuple[object, object, object]] = {}
"""What was loaded of the rulebook: the stamp of the bureau's files that it was loaded from, what it was loaded after, and itself."""
_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass
class CurrentSnapshot:
    """A snapshot opened and measured: every measure, at every level, of every year in it."""

    snapshot: Snapshot
    catalogue: Catalogue
    values: Values
    _verdicts: "OrderedDict[tuple[str, str | None, str, date | None], Verdict | NothingToJudge]" = field(default_factory=OrderedDict)
    _assessed: "OrderedDict[tuple[str, str, str, date | None], Assessed]" = field(default_factory=OrderedDict)
    _by: dict[str, Standard] = field(default_factory=dict)
    _told: Judgements | None = None
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
    def kinds(self) -> dict[str, str]:
        """Organisation code → kind."""
        return dict(zip(self._column("code"), self._column("kind"), strict=True))

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

    @cached_property
    def not_reported(self) -> list[str]:
        """The names of the counties that should have reported to a joined snapshot and did not."""
        return [self.name(code) for code in self.snapshot.missing]

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

    def verdict(self, standard: Standard, area: str | None, year: str, rules_of: date | None = None) -> Verdict:
        """The verdict of one standard, judged once for each area and year; on trial by the rules of another day.

        Raises: NothingToJudge, NotInForce.
        """
        key = (standard.id, area, year, rules_of)
        if standard is not self._by.get(standard.id, standard):  # the standard was written anew
            self._verdicts.clear()
        self._by[standard.id] = standard
        if key not in self._verdicts:
            try:
                self._verdicts[key] = judge(standard, self.snapshot, area=area, period=year, values=self.values, rules_of=rules_of)
            except NothingToJudge as nothing:
                self._verdicts[key] = nothing
            while len(self._verdicts) > _VERDICTS_KEPT:
                self._verdicts.popitem(last=False)
        found = self._verdicts[key]
        if isinstance(found, NothingToJudge):
            raise found
        return found

    def assessed(self, assessment: Assessment, area: str, year: str, rules_of: date | None = None) -> Assessed:
        """What an assessment finds of an area, with the bureau's judgements; `rules_of` as above. Raises: NothingToJudge, NotInForce."""
        key, told = (assessment.id, area, year, rules_of), judgements()
        if self._told is not told:
            self._assessed.clear()
            self._told = told
        if key not in self._assessed:
            standard = standards().get(assessment.id)
            verdicts = {assessment.id: self.verdict(standard, area, year, rules_of)} if standard else {}
            self._assessed[key] = assess(
                assessment, self.snapshot, area=area, period=year, judgements=told, verdicts=verdicts,
                catalogue=self.catalogue, values=self.values, rules_of=rules_of,
            )  # fmt: skip
            while len(self._assessed) > _VERDICTS_KEPT:
                self._assessed.popitem(last=False)
        return self._assessed[key]


def catalogue() -> Catalogue:
    """The measures of the rulebook, loaded again when the bureau's own files change."""
    return _loaded(
        "catalogue", lambda: load_catalogue(settings.RULEBOOK_OVERLAY, published=browser_forms), "measures", "registers", "codes"
    )


def own_measures() -> frozenset[str]:
    """The measures that the bureau's own rulebook defines."""
    return _loaded("own", lambda: of_the_bureau(settings.RULEBOOK_OVERLAY), "measures")


def measure_tables() -> Mapping[str, Register]:
    """The tables that a measure may be written over, those of ledgers too, loaded as `catalogue` is."""
    known = catalogue()
    return _loaded(
        "tables",
        lambda: measure_registers(settings.RULEBOOK_OVERLAY, published=browser_forms),
        "registers",
        "codes",
        "ledgers",
        after=known,
        also=browser_forms_mark(),
    )


def standards() -> dict[str, Standard]:
    """The standards of the rulebook, loaded as `catalogue` is."""
    known = catalogue()
    return _loaded("standards", lambda: load_standards(settings.RULEBOOK_OVERLAY, measures=known), "standards", after=known)


def assessments() -> dict[str, Assessment]:
    """The assessments of the rulebook, loaded as `catalogue` is."""
    known = catalogue()
    return _loaded("assessments", lambda: load_assessments(settings.RULEBOOK_OVERLAY, measures=known), "assessments", after=known)


def judgements() -> Judgements:
    """The bureau's judgements, from `judgements/` of its own rulebook, loaded again when those change."""
    known = assessments()
    return _loaded("judgements", lambda: load_judgements(judgement_files(settings.RULEBOOK_OVERLAY), known), "judgements", after=known)


def remedies() -> dict[str, Remedy]:
    """The remedies of the rulebook, loaded as `catalogue` is. Raises: RulebookFaulty."""
    return _loaded("remedies", lambda: load_remedies(settings.RULEBOOK_OVERLAY), "remedies", "registers")


def _loaded(name: str, load: Callable[[], T], *kinds: str, after: object = None, also: object = None) -> T:
    """What was loaded before, unless a file of these kinds, or what it was loaded `after`, or the mark `also`, is another one by now.

    A file that somebody just broke does not stop a site that runs: it works on with what it had. Raises: RulebookFaulty on the first load.
    """
    now, known = (stamp(settings.RULEBOOK_OVERLAY, *kinds), also), _rules.get(name)
    if known is None or known[0] != now or known[1] is not after:
        try:
            _rules[name] = (now, after, load())
        except RulebookFaulty as faulty:
            if known is None:
                raise
            _log.error("The rulebook was changed and is faulty; the site works on with what it had before:\n%s", faulty)
            _rules[name] = (now, after, known[2])
    return cast("T", _rules[name][2])


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
        known = catalogue()
        if snapshot.hash not in _kept or _kept[snapshot.hash].snapshot != snapshot:
            _kept[snapshot.hash] = CurrentSnapshot(snapshot, known, compute(snapshot, known, all_years=True))
        elif _kept[snapshot.hash].catalogue is not known:
            _kept[snapshot.hash] = _measured_anew(_kept[snapshot.hash], known)
        _kept.move_to_end(snapshot.hash)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
        return _kept[snapshot.hash]


def _measured_anew(old: CurrentSnapshot, known: Catalogue) -> CurrentSnapshot:
    """The same snapshot by another catalogue: only measures that are new or defined otherwise are computed."""
    same = [
        name for name, one in known.items() if name in old.catalogue and old.catalogue[name].definition_version == one.definition_version
    ]
    kept = old.values.table.filter(pc.is_in(old.values.table["measure"], pa.array(same, pa.string())))
    new = compute(old.snapshot, known, [name for name in known if name not in set(same)], all_years=True)
    periods = {name: period for name, period in old.values.periods.items() if name in known} | dict(new.periods)
    return CurrentSnapshot(old.snapshot, known, Values(pa.concat_tables([kept, new.table]), known, new.period, periods))


def forget() -> None:
    """Look at the folder of snapshots anew, as after a freeze."""
    with _lock:
        _newest.clear()
        _kept.clear()


def chosen_year(request: HttpRequest, years: Sequence[str], default: str) -> str:
    """The school year the reader looks at: from the address, else the one chosen before, else the snapshot's."""
    asked = request.GET.get("year") or request.GET.get("period")
    if asked in years:
        request.session["year"] = asked
    kept = request.session.get("year")
    return str(kept) if kept in years else default
