"""What-if page: a standard's verdict before and after figures that the reader supposes; the address holds them, nothing is stored.

Changes when the page of a supposition shows something else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.standards.standard import Item, NotInForce, Standard
from jiaoheng.standards.verdict import NothingToJudge, SchoolVerdict, Verdict
from jiaoheng.standards.what_if import CannotSuppose, Place, changeable, reported, supposed
from jiaoheng.web.current_snapshot import CurrentSnapshot, chosen_year, standards
from jiaoheng.web.figure import shown
from jiaoheng.web.no_snapshot import needs_snapshot
from jiaoheng.web.scope import area_asked_for
from jiaoheng.web.verdict_matrix import Cell, columns, line, rule_in_words, sorted_schools, variation_cells
from jiaoheng.web.words import field_label_of, in_language, word

__all__ = ["what_if"]

_SCHOOLS, _OFFERED = 8, 24
_CHANGE = re.compile(r"(?P<code>[^:]+):(?P<stage>[a-z_]+):(?P<field>[a-z0-9_]+):(?P<by>[+-]?\d{1,9})")


@dataclass(frozen=True)
class SupposedSchool:
    """One school and stage: its inputs (field, label, reported figure, change) and each item before and after."""

    place: Place
    name: str
    inputs: list[tuple[str, str, str, str, bool]]
    cells: list[tuple[Cell, Cell | None]]
    before: tuple[str, str]
    after: tuple[str, str] | None


@needs_snapshot
def what_if(request: HttpRequest, current: CurrentSnapshot, standard_id: str) -> HttpResponse:
    """The page; what is typed in comes by POST and goes into the address."""
    standard, area = standards().get(standard_id), area_asked_for(request)
    if standard is None:
        raise Http404(_("The rulebook has no standard “{name}”.").format(name=standard_id))
    year = chosen_year(request, current.years, current.year)
    try:
        before = current.verdict(standard, area.code if area else None, year) if area else None
    except (NothingToJudge, NotInForce):
        before = None
    if area is None or before is None:
        raise Http404(_("No school in view has the figures that it judges."))
    known = {(one.organisation, one.stage): one for one in before.schools}
    places = [place for place in map(_place, request.GET.getlist("school")) if place in known]
    if request.method == "POST":
        return redirect(f"{reverse('what-if', kwargs={'standard_id': standard_id})}?{_query(request, area, year, places)}")
    changes = {place: change for place, change in _changes(request).items() if place in known}
    places = list(dict.fromkeys([*places, *changes]))[:_SCHOOLS]
    fields = changeable(standard, current.catalogue)
    after, faults = _judged(standard, current, changes, fields, area, year)
    later = {(one.organisation, one.stage): one for one in after.schools} if after else {}
    figures = reported(current.snapshot, year, fields)
    stages = list(dict.fromkeys(stage for _code, stage in places)) or before.stages[:1]
    context: dict[str, Any] = {
        "standard": standard,
        "rule": rule_in_words(standard),
        "area": area,
        "year": year,
        "current": current,
        "schools": [
            _school(known[place], later.get(place), current, fields, figures.get(place, {}), changes.get(place, {}))
            for place in places
        ],
        "columns": columns(standard, before, stages[0]),
        "faults": faults,
        "changed": bool(changes) and after is not None,
        "counts": [_counts(before, after, stage) for stage in stages],
        "variations": [one for stage in stages for one in _variations(standard, before, after, stage)] if not area.is_school else [],
        "offered": _offered(before, places, current, request),
        "full": len(places) >= _SCHOOLS,
        "query": _address(area, year, places, changes),
    }  # fmt: skip
    return render(request, "web/what_if.html", context)


def _judged(
    standard: Standard,
    current: CurrentSnapshot,
    changes: Mapping[Place, Mapping[str, int]],
    fields: list[str],
    area: Organisation,
    year: str,
) -> tuple[Verdict | None, list[str]]:
    """The verdict on the supposed figures, or what cannot be supposed, in words."""
    wrong = [field for change in changes.values() for field in change if field not in fields]
    if wrong or not changes:
        return None, [_("The standard does not read “{field}”.").format(field=field) for field in wrong]
    try:
        return supposed(standard, current.snapshot, changes, area=area.code, period=year, catalogue=current.catalogue).after, []
    except CannotSuppose as refused:
        return None, [_refusal(current, *fault) for fault in refused.faults]
    except NothingToJudge:
        return None, [_("Nobody would be left to judge.")]


def _refusal(current: CurrentSnapshot, place: Place, field: str, value: float | None) -> str:
    said = {"school": current.name(place[0]), "field": field_label_of("annual_statistics", field), "value": shown(value)}
    if value is None:
        return _("{school}: “{field}” was not reported, so nothing can be added to it.").format(**said)
    return _("{school}: “{field}” is {value}; it cannot fall below zero.").format(**said)


def _school(
    before: SchoolVerdict, after: SchoolVerdict | None, current: CurrentSnapshot, fields: list[str],
    figures: Mapping[str, float | None], change: Mapping[str, int],
) -> SupposedSchool:  # fmt: skip
    now, then = line(before, current), line(after, current) if after else None
    place = (before.organisation, before.stage)
    inputs = [
        (f"d:{place[0]}:{place[1]}:{name}", field_label_of("annual_statistics", name), shown(figures.get(name)),
         f"{change[name]:+d}" if change.get(name) else "", figures.get(name) is not None)
        for name in fields
    ]  # fmt: skip
    cells = [(cell, then.cells[number] if then else None) for number, cell in enumerate(now.cells)]
    name = f"{now.name}（{word('stage', before.stage)}）"
    return SupposedSchool(place, name, inputs, cells, (now.colour, now.said), (then.colour, then.said) if then else None)


def _counts(before: Verdict, after: Verdict | None, stage: str) -> dict[str, Any]:
    """How many schools of a stage pass, before and after."""

    def of(verdict: Verdict) -> int:
        return sum(school.passes is True for school in verdict.of_stage(stage))

    return {"stage": stage, "of": len(before.of_stage(stage)), "before": of(before), "after": of(after) if after else None,
            "of_after": len(after.of_stage(stage)) if after else None}  # fmt: skip


def _variations(standard: Standard, before: Verdict, after: Verdict | None, stage: str) -> list[dict[str, Any]]:
    """Of each item of a stage, before and after: what all schools lack, and the coefficient of variation with its limit."""
    then = variation_cells(standard, after, stage) if after else [None] * len(standard.items)
    triples = zip(standard.items, variation_cells(standard, before, stage), then, strict=True)
    return [
        {"item": in_language(item.short), "stage": stage, "before": one, "after": two, "lacks": _lacking(item, before, stage),
         "would_lack": _lacking(item, after, stage) if after else ""}
        for item, one, two in triples
    ]  # fmt: skip


def _lacking(item: Item, verdict: Verdict, stage: str) -> str:
    """What all schools of a stage lack of an item, in words; empty where nobody lacks any."""
    found = sum(one.shortfall or 0 for school in verdict.of_stage(stage) for one in school.items if one.measure == item.measure)
    return item.lacking.said(found, get_language() or "zh") if found else ""


def _offered(before: Verdict, places: list[Place], current: CurrentSnapshot, request: HttpRequest) -> list[tuple[str, str]]:
    """Schools to add, those furthest from the thresholds first; `q` narrows them by name."""
    words = request.GET.get("q", "").strip()
    found = []
    for school in sorted_schools(before.schools, "shortfall"):
        place, name = (school.organisation, school.stage), current.name(school.organisation)
        if place not in places and words in name:
            found.append((f"{name}（{word('stage', school.stage)}）", ":".join(place)))
    return found[:_OFFERED]


def _place(written: str) -> Place:
    code, _colon, stage = written.partition(":")
    return code, stage


def _changes(request: HttpRequest) -> dict[Place, dict[str, int]]:
    """What the address supposes: `change=1002:primary:teachers:+3`; what is not written so is passed over."""
    found: dict[Place, dict[str, int]] = {}
    for written in request.GET.getlist("change"):
        match = _CHANGE.fullmatch(written.replace(" ", "+"))  # a plus sign typed into an address arrives as a blank
        if match and int(match["by"]):
            found.setdefault((match["code"], match["stage"]), {})[match["field"]] = int(match["by"])
    return found


def _query(request: HttpRequest, area: Organisation, year: str, places: list[Place]) -> str:
    """The address that holds what was typed in."""
    typed: dict[Place, dict[str, int]] = {}
    for key, value in request.POST.items():
        parts = key.split(":")
        number = str(value).replace("−", "-").replace(",", "").strip().removesuffix(".0")
        if len(parts) == 4 and parts[0] == "d" and re.fullmatch(r"[+-]?\d{1,9}", number) and int(number):
            typed.setdefault((parts[1], parts[2]), {})[parts[3]] = int(number)
    return _address(area, year, places, typed)


def _address(area: Organisation, year: str, places: list[Place], changes: Mapping[Place, Mapping[str, int]]) -> str:
    said = [("area", area.code), ("year", year), *(("school", ":".join(place)) for place in places)]
    said += [("change", f"{code}:{stage}:{field}:{by:+d}") for (code, stage), change in changes.items() for field, by in change.items()]
    return urlencode(said)
