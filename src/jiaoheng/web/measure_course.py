"""Measure course: how a measure moved from snapshot to snapshot, each point with the snapshot's day, and where it was defined otherwise.

Changes when a snapshot's point tells something else. Values are computed by today's definition, so that points can be compared.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from jiaoheng.ledgers.browser_forms import browser_forms
from jiaoheng.measures.catalogue import Catalogue, checked_measure
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.own_measure import KeptMeasure, kept_measures, written_in
from jiaoheng.measures.values import Value, Values, compute
from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.snapshots.snapshot import MANIFEST, Snapshot, SnapshotRefused
from jiaoheng.web.change_words import changed_words
from jiaoheng.web.chart import drawn, trend
from jiaoheng.web.current_snapshot import CurrentSnapshot
from jiaoheng.web.figure import shown
from jiaoheng.web.measure_pages import AskedMeasure, asked_measure
from jiaoheng.web.no_snapshot import needs_snapshot
from jiaoheng.web.words import in_language

__all__ = ["SnapshotPoint", "measure_snapshots"]

_SNAPSHOTS = 12
"""So many snapshots, the newest, are looked at: each is opened and computed the first time that somebody asks."""


@dataclass(frozen=True)
class SnapshotPoint:
    """What the measure gives in one snapshot, for the period that it speaks of there.

    `then`: what it gave by the definition that held when the snapshot was made, where that was another one; `version` is its number.
    """

    day: date
    hash: str
    period: str
    value: Value | None
    text: str
    change: str
    then: str
    version: int | None


@needs_snapshot
def measure_snapshots(request: HttpRequest, current: CurrentSnapshot, measure_id: str) -> HttpResponse:
    """The measure over the snapshots, as a part of its page or as a page of its own."""
    asked = asked_measure(request, current, measure_id)
    points = _points(asked, current.catalogue)
    part = bool(request.htmx)  # type: ignore[attr-defined]
    context = {"asked": asked, "points": points, "current": current, "picture": _picture(asked, points),
               "redefined": any(point.then for point in points)}  # fmt: skip
    return render(request, "web/_measure_snapshots.html" if part else "web/measure_snapshots.html", context)


def _points(asked: AskedMeasure, catalogue: Catalogue) -> list[SnapshotPoint]:
    """A point for each snapshot that knows the area, oldest first."""
    kept = kept_measures(settings.RULEBOOK_OVERLAY).get(asked.measure.id)
    found: list[SnapshotPoint] = []
    for folder, made_at in _folders():
        values = _values(_Key(folder, made_at, asked.measure, catalogue))
        value = values.get(asked.measure.id, asked.area.code, asked.stage) if values else None
        if values is None or value is None:
            continue
        before = found[-1].value.value if found and found[-1].value else None
        then, version = _as_defined_then(kept, asked, folder, made_at, catalogue)
        snapshot = _opened(folder, made_at)
        assert snapshot is not None
        found.append(
            SnapshotPoint(
                snapshot.date, f"{snapshot.hash[:4]}…{snapshot.hash[-4:]}", value.period, value, shown(value.value, asked.measure.decimals),
                changed_words(asked.measure, value.value, before), then, version,
            )
        )  # fmt: skip
    return found


def _as_defined_then(
    kept: KeptMeasure | None, asked: AskedMeasure, folder: Path, made_at: int, catalogue: Catalogue
) -> tuple[str, int | None]:
    """The value by the version that held when the snapshot was made, where that was another definition; of a measure written here."""
    day = datetime.fromtimestamp(made_at / 1e9, tz=UTC)
    held = [one for one in kept.versions if one.at <= day] if kept else []
    if not kept or not held or held[-1].step == "withdrawn" or held[-1].number == kept.last.number:
        return "", None
    try:
        measure = checked_measure(kept.name, written_in(held[-1], kept.name), settings.RULEBOOK_OVERLAY, published=browser_forms)
    except RulebookFaulty:  # it reads what the program no longer has
        return "", None
    if measure.definition_version == asked.measure.definition_version:
        return "", None
    values = _values(_Key(folder, made_at, measure, catalogue))
    value = values.get(measure.id, asked.area.code, asked.stage) if values else None
    return shown(value.value if value else None, measure.decimals), held[-1].number


def _picture(asked: AskedMeasure, points: list[SnapshotPoint]) -> SafeString | None:
    """A line over the snapshots, and beside it what was said by other definitions."""
    if len(points) < 2:
        return None
    now, then = _("by today's definition"), _("as defined then")
    rows = [
        {"year": point.day.isoformat(), "value": point.value.value, "text": point.text, "series": now}
        for point in points if point.value and point.value.value is not None
    ]  # fmt: skip
    rows += [
        {"year": point.day.isoformat(), "value": float(point.then.replace(",", "")), "text": point.then, "series": then}
        for point in points if point.then and point.then[:1].isdigit()
    ]  # fmt: skip
    about = f"{in_language(asked.measure.label)}, {asked.area}: {_('over the snapshots')}"
    return drawn(trend(rows, in_language(asked.measure.unit)), about)


def _folders() -> list[tuple[Path, int]]:
    """The snapshots' folders with the time of their manifests, by the day that they speak of."""
    manifests = [file for file in (Path(settings.DATA) / "snapshots").glob(f"*/{MANIFEST}") if not file.parent.name.startswith(".")]
    known = [
        (one.date, file.parent, file.stat().st_mtime_ns) for file in manifests if (one := _opened(file.parent, file.stat().st_mtime_ns))
    ]
    return [(folder, made_at) for _day, folder, made_at in sorted(known)[-_SNAPSHOTS:]]


@lru_cache(maxsize=64)
def _opened(folder: Path, made_at: int) -> Snapshot | None:
    """The snapshot, verified once for each manifest; None where it cannot be trusted."""
    try:
        return Snapshot.open(folder)
    except SnapshotRefused:
        return None


class _Key:
    """What a snapshot's values of one measure depend on."""

    def __init__(self, folder: Path, made_at: int, measure: Measure, catalogue: Catalogue) -> None:
        self.folder, self.made_at, self.measure, self.catalogue = folder, made_at, measure, catalogue
        self._key = (folder, made_at, measure.id, measure.definition_version)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._key == other._key


@lru_cache(maxsize=128)
def _values(key: _Key) -> Values | None:
    snapshot = _opened(key.folder, key.made_at)
    if snapshot is None:
        return None
    return compute(snapshot, Catalogue({**key.catalogue, key.measure.id: key.measure}, key.catalogue.tables), [key.measure.id])
