"""Home: the year at a glance for the reader's organisation, or for an area below it.

Changes when the first page shows something else. Figures come from the current snapshot; every one leads to its rows.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jiaoheng.access.account import may_freeze
from jiaoheng.intake.provenance import Import
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.snapshots.snapshot import SnapshotRefused
from jiaoheng.standards.standard import NotInForce
from jiaoheng.standards.verdict import NothingToJudge, Verdict
from jiaoheng.web.current_snapshot import CurrentSnapshot, chosen_year, current_snapshot, standards
from jiaoheng.web.figure import change_shown, shown, sparkline
from jiaoheng.web.no_snapshot import no_snapshot
from jiaoheng.web.round_tasks import round_tasks
from jiaoheng.web.scope import organisation_in_scope, reader, schools_that_report, whole_imports_of
from jiaoheng.web.verdict_matrix import asked, line, sorted_schools
from jiaoheng.web.words import in_language, word

__all__ = ["area", "home"]

_TILES = 8
_FIRST_TILES = ("pupils", "teachers", "classes", "rooms")
"""Totals that open the page, as far as the data has them; the rest of the tiles are what the standard watches."""
_FAILING_SHOWN = 8
_OTHER_RECORDS = 0.2
"""Share of records that may come or go before a total is no longer compared with last year's."""


@dataclass(frozen=True)
class Tile:
    """One figure with its name, what it is compared with, its course over the years, and where it leads."""

    name: str
    value: str
    unit: str
    notes: list[str]
    line: dict[str, object] | None
    bad: bool
    measure: str
    stage: str


@dataclass(frozen=True)
class Notice:
    """One thing that waits for somebody: a pill, words, where to go."""

    colour: str
    pill: str
    words: str
    detail: str
    address: str
    code: str = ""


def home(request: HttpRequest) -> HttpResponse:
    """The first page: the reader's own organisation."""
    return _glance(request, reader(request).organisation)


def area(request: HttpRequest, code: str) -> HttpResponse:
    """The same for an area below; a school's code leads to the school's page."""
    organisation = organisation_in_scope(reader(request), code)
    return redirect("school", code=code) if organisation.is_school else _glance(request, organisation)


def _glance(request: HttpRequest, here: Organisation | None) -> HttpResponse:
    try:
        current = current_snapshot()
    except SnapshotRefused as error:
        return no_snapshot(request, str(error))
    if current is None or here is None or not current.years:
        return no_snapshot(request)
    year = chosen_year(request, current.years, current.year)
    found = _verdict(current, here, year)
    schools = schools_that_report(reader(request), here, current.snapshot.date).count()
    pupils = current.values.get("pupils", here.code, "all", year)
    context: dict[str, Any] = {
        "here": here,
        "year": year,
        "current": current,
        "schools": schools,
        "reported": pupils,
        "tiles": _tiles(current, here, year, found),
        "verdict": found,
        "failing": _failing(current, found),
        "notices": _notices(request, current, here, found),
        "below": [] if here.is_school else _below(current, here, year),
        "may_freeze": may_freeze(reader(request)),
        "tasks": round_tasks(reader(request)),
    }
    return render(request, "web/home.html", context)


def _verdict(current: CurrentSnapshot, here: Organisation, year: str) -> Verdict | None:
    """The verdict of the first standard that judges anything here."""
    for standard in standards().values():
        try:
            return current.verdict(standard, here.code, year)
        except (NothingToJudge, NotInForce):
            continue
    return None


def _tiles(current: CurrentSnapshot, here: Organisation, year: str, found: Verdict | None) -> list[Tile]:
    watched: list[tuple[str, str, str, bool]] = [(name, "all", "", False) for name in _FIRST_TILES if name in current.measures_with_values][
        :2
    ]
    totals = len(watched)
    if found:
        watched += _watched(found)
    ratios = ("pupils_per_teacher", "pupils_per_class", "pupils_per_room", "funds_per_pupil")
    spare = [
        (name, "all", "", False) for name in ratios if name in current.measures_with_values and name not in {one[0] for one in watched}
    ]
    room = _TILES - len(spare[:2])
    tiles = (_tile(current, here, year, *one) for one in [*watched[:totals], *spare[:2], *watched[totals:room], *spare[2:]])
    return [tile for tile in tiles if tile][:_TILES]


def _watched(found: Verdict) -> list[tuple[str, str, str, bool]]:
    """What the standard watches, the worst first: items by how many schools miss them, and variations above or nearest their limit."""
    items = []
    for stage in found.stages:
        schools = found.of_stage(stage)
        for item in found.standard.items:
            missed = sum(one.meets is False for school in schools for one in school.items if one.measure == item.measure)
            target = asked(item, found.standard.threshold(item.measure, stage, found.on))
            below = ngettext("{n} of {of} schools short", "{n} of {of} schools short", missed).format(
                n=shown(missed), of=shown(len(schools))
            )
            note = _("Target {target}").format(target=target) + (f" · {below}" if missed else "")
            items.append((missed / len(schools), (item.measure, stage, note, False)))
    items.sort(key=lambda one: -one[0])
    variations = sorted(
        (one for one in found.variations if one.value is not None), key=lambda one: -float(one.value or 0) / float(one.limit)
    )  # fmt: skip
    spread = [(one.measure, one.stage, _("Limit ≤ {limit}").format(limit=one.limit), one.meets is False) for one in variations[:2]]
    return [*[one for _share, one in items[:3]], *spread[:1], *[one for _share, one in items[3:4]], *spread[1:]]


def _tile(current: CurrentSnapshot, here: Organisation, year: str, name: str, stage: str, note: str, bad: bool) -> Tile | None:
    value = current.values.get(name, here.code, stage, year)
    if value is None or value.value is None:
        return None
    measure = current.catalogue[name]
    series = [one for one in current.series(name, here.code, stage) if one.period <= year]
    before = series[-2].value if len(series) > 1 else None
    notes = [note] if note else []
    comparable = len(series) > 1 and abs(series[-2].of - value.of) <= _OTHER_RECORDS * value.of
    if len(series) > 1 and not comparable:
        notes.append(_("last year {n} schools, not {of}: not comparable").format(n=shown(series[-2].of), of=shown(value.of)))
    elif change := change_shown(value.value, before, measure.decimals):
        notes.append(_("{change} on last year").format(change=change))
    if not notes and value.denominator is not None and measure.kind == "ratio":
        notes.append(f"{shown(value.numerator)} / {shown(value.whole)}")
    words = in_language(measure.label) + (_(" ({stage})").format(stage=word("stage", stage)) if stage != "all" else "")
    unit = "" if measure.kind == "variation" else in_language(measure.unit)
    return Tile(
        words,
        shown(value.value, measure.decimals),
        unit,
        notes,
        sparkline([one.value for one in series]) if comparable else None,
        bad,
        name,
        stage,
    )


def _failing(current: CurrentSnapshot, found: Verdict | None) -> list[tuple[Any, list[str]]]:
    """The schools furthest from the standard, each with what it lacks."""
    if not found:
        return []
    failing = sorted_schools([school for school in found.schools if school.passes is False], "shortfall")[:_FAILING_SHOWN]
    lines = [line(school, current) for school in failing]
    return [(one, [cell.lacking for cell in one.cells if cell.lacking]) for one in lines]


def _notices(request: HttpRequest, current: CurrentSnapshot, here: Organisation, found: Verdict | None) -> list[Notice]:
    notices = []
    for one in found.variations if found and not here.is_school else []:
        if one.meets is False:
            words = in_language(current.catalogue[one.measure].label)
            detail = f"{word('stage', one.stage)} · {shown(one.value, 3)} > {one.limit}"
            notices.append(Notice("bad", _("above limit"), words, detail, "measure", one.measure))
    returned = whole_imports_of(reader(request)).filter(rows_rejected__gt=0)[:3]
    for run in returned:
        pill = ngettext("{n} row returned", "{n} rows returned", run.rows_rejected).format(n=f"{run.rows_rejected:,}")
        notices.append(Notice("warn", pill, run.source_file.name, f"{run.at:%Y-%m-%d}", "import", str(run.pk)))
    if found:
        missing = sum(school.missing_count > 0 for school in found.schools)
        if missing:
            pill = ngettext("{n} school", "{n} schools", missing).format(n=f"{missing:,}")
            notices.append(
                Notice(
                    "mute",
                    pill,
                    _("Figures that the standard needs were not reported"),
                    in_language(found.standard.label),
                    "verdict",
                    found.standard.id,
                )
            )
    if Import.objects.filter(at__gt=current.frozen_at, rows_accepted__gt=0).exists():
        notices.append(
            Notice(
                "warn",
                _("newer rows"),
                _("Rows were stored after this snapshot was frozen"),
                _("Freeze again to see them in the figures."),
                "imports",
            )
        )
    return notices


def _below(current: CurrentSnapshot, here: Organisation, year: str) -> list[dict[str, Any]]:
    """The areas right below with their pupils and pupils per teacher."""
    lines = []
    for child in here.children.exclude(kind__in=("bureau", "office")).order_by("path"):
        if child.is_school:
            continue
        pupils, ratio = (current.values.get(name, child.code, "all", year) for name in ("pupils", "pupils_per_teacher"))
        lines.append({"area": child, "pupils": pupils.value if pupils else None, "ratio": ratio.value if ratio else None})
    return lines
