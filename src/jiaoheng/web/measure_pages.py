"""Measure pages: the list of measures, and one with its definition, value, course, ranking and table.

Changes when the page of a measure shows something else.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.measures.formula import in_sql, in_words
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.own_measure import kept_measures
from jiaoheng.measures.values import Value
from jiaoheng.organisations.organisation import SCHOOL_KINDS, Organisation
from jiaoheng.snapshots.snapshot import MANIFEST
from jiaoheng.web.change_words import changed_words
from jiaoheng.web.current_snapshot import CurrentSnapshot, catalogue, chosen_year, own_measures
from jiaoheng.web.export import exported
from jiaoheng.web.figure import shown, sparkline
from jiaoheng.web.measure_charts import charts, course
from jiaoheng.web.measure_uses import phrasings_of, uses_of
from jiaoheng.web.no_data import why_no_data
from jiaoheng.web.no_snapshot import needs_snapshot
from jiaoheng.web.rulebook_changes import may_define
from jiaoheng.web.scope import area_asked_for, codes_in_scope, reader
from jiaoheng.web.table_words import column_label, table_label
from jiaoheng.web.words import in_language, word

__all__ = ["AskedMeasure", "asked_measure", "listed_measures", "measure", "measure_export", "measure_list"]

_PER_PAGE = 50


@dataclass(frozen=True)
class AskedMeasure:
    """What the reader asked of a measure: of which area, stage and year, at which level below the area."""

    measure: Measure
    area: Organisation
    stage: str
    year: str
    level: str
    levels: list[str]
    value: Value | None
    below: list[Value]
    schools: list[Value]


@needs_snapshot
def measure_list(request: HttpRequest, current: CurrentSnapshot) -> HttpResponse:
    """Every measure with its value here, by register; those without data say so. `q` narrows by words, `register` by register."""
    area = area_asked_for(request)
    year = chosen_year(request, current.years, current.year)
    lines = [_line(current, one, area, year) for one in listed_measures(request, current)] if area else []
    registers = dict.fromkeys(one.register for one in current.catalogue.values())
    groups = [(table_label(name), [line for line in lines if line["measure"].register == name]) for name in registers]
    for _name, group in groups:
        group.sort(key=lambda one: one["value"] is None)
    context = {
        "groups": [(name, group) for name, group in groups if group],
        "shown": len(lines),
        "registers": [(name, table_label(name)) for name in registers],
        "q": request.GET.get("q", ""),
        "register": request.GET.get("register", ""),
        "area": area,
        "current": current,
        "may_define": may_define(reader(request)),
        "value_forms": ("csv", "parquet", "sdmx.csv"),
    }
    return render(request, "web/measures.html", context)


def listed_measures(request: HttpRequest, current: CurrentSnapshot) -> list[Measure]:
    """The measures that the reader asked to see: by words (`q`) and by register, else every one."""
    words, register = request.GET.get("q", "").strip().lower(), request.GET.get("register", "")
    return [one for one in current.catalogue.values() if _said_of(one, words) and register in ("", one.register)]


def _said_of(measure: Measure, words: str) -> bool:
    """Whether every word asked for stands in the measure's names, id, description or source."""
    told = [measure.id, measure.label.zh, measure.label.en, str(measure.source)]
    told += [measure.description.zh, measure.description.en] if measure.description else []
    text = " ".join(told).lower()
    return all(word in text for word in words.split())


@needs_snapshot
def measure(request: HttpRequest, current: CurrentSnapshot, measure_id: str) -> HttpResponse:
    """One measure."""
    asked = asked_measure(request, current, measure_id)
    series = [one for one in current.series(measure_id, asked.area.code, asked.stage) if one.period <= asked.year]
    earlier = series[-2].value if len(series) > 1 else None
    values = _sorted(asked.below, request.GET.get("sort", ""))
    page = Paginator(values, _PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "asked": asked,
        "current": current,
        "definition": _definition(asked.measure),
        "sql": in_sql(asked.measure),
        "uses": uses_of(measure_id, reader(request)),
        "phrasings": phrasings_of(measure_id),
        "own": measure_id in own_measures(),
        "kept": kept_measures(settings.RULEBOOK_OVERLAY).get(measure_id) if may_define(reader(request)) else None,
        "stages": [one for one in current.stages if _has(current, asked, one)],
        "value": shown(asked.value.value, asked.measure.decimals) if asked.value else None,
        "why": "" if asked.value and asked.value.value is not None else why_no_data(current, asked.measure),
        "change": changed_words(asked.measure, asked.value.value, earlier) if asked.value else "",
        "snapshots": sum(1 for _file in (Path(settings.DATA) / "snapshots").glob(f"*/{MANIFEST}")),
        "page": page,
        "lines": [
            (one, current.name(one.organisation), shown(one.value, asked.measure.decimals), one.level in SCHOOL_KINDS) for one in page
        ],
        "course": course(asked, area_series(current, asked)),
        "charts": charts(current, asked),
        "sort": request.GET.get("sort", ""),
    }
    return render(request, "web/measure.html", context)


@needs_snapshot
def measure_export(request: HttpRequest, current: CurrentSnapshot, measure_id: str, form: str) -> HttpResponse:
    """The values at the level asked for, whole."""
    asked = asked_measure(request, current, measure_id)
    headings = [_("Code"), _("Name"), _("Stage"), _("School year"), _("Numerator"), _("Denominator"), in_language(asked.measure.label)]
    headings += [_("Schools that it speaks for"), _("of")]
    rows = (
        [one.organisation, current.name(one.organisation), word("stage", one.stage), one.period, *_numbers(one)]
        for one in [*([asked.value] if asked.value else []), *_sorted(asked.below, request.GET.get("sort", ""))]
    )
    return exported(f"{in_language(asked.measure.label)} {asked.year}", form, headings, rows)


def asked_measure(request: HttpRequest, current: CurrentSnapshot, measure_id: str) -> AskedMeasure:
    """The measure, area, stage, year and level in the address, narrowed to the reader's scope. Raises: Http404, Refused."""
    if measure_id not in current.catalogue:
        raise Http404(_("The rulebook has no measure “{name}”.").format(name=measure_id))
    area = area_asked_for(request)
    if area is None:
        raise Http404(_("Your account stands at no organisation yet."))
    year = chosen_year(request, current.years, current.year)
    stage = request.GET.get("stage", "all")
    stage = stage if stage in current.stages else "all"
    codes = codes_in_scope(reader(request), current.paths, area) - {area.code}
    everywhere = [one for one in current.values.for_measure(measure_id, stage=stage, period=year) if one.organisation in codes]
    levels = list(dict.fromkeys(one.level for one in sorted(everywhere, key=lambda one: current.paths[one.organisation].count("/"))))
    levels.sort(key=lambda kind: kind in SCHOOL_KINDS)
    level = request.GET.get("level", "")
    if level not in levels:  # the schools of the commonest kind where they fit on a page, else the first level that divides the area
        few = [one.level for one in everywhere if one.level in SCHOOL_KINDS]
        level = (
            Counter(few).most_common(1)[0][0]
            if 1 < len(few) <= _PER_PAGE * 2
            else next((kind for kind in levels if sum(one.level == kind for one in everywhere) > 1), levels[0] if levels else "")
        )
    below = [one for one in everywhere if one.level == level]
    value = current.values.get(measure_id, area.code, stage, year)
    return AskedMeasure(
        current.catalogue[measure_id],
        area,
        stage,
        year,
        level,
        levels,
        value,
        below,
        [one for one in everywhere if one.level in SCHOOL_KINDS],
    )


def area_series(current: CurrentSnapshot, asked: AskedMeasure) -> list[Value]:
    """The values of the area over all years: of the stage asked for, or of every stage where none is."""
    stages = [asked.stage] if asked.stage != "all" else current.stages
    return [one for stage in stages for one in current.series(asked.measure.id, asked.area.code, stage)]


def _has(current: CurrentSnapshot, asked: AskedMeasure, stage: str) -> bool:
    found = current.values.get(asked.measure.id, asked.area.code, stage, asked.year)
    return found is not None and found.value is not None


def _line(current: CurrentSnapshot, one: Measure, area: Organisation, year: str) -> dict[str, Any]:
    value = current.values.get(one.id, area.code, "all", year)
    there = value is not None and value.value is not None
    stages = ((stage, current.values.get(one.id, area.code, stage, year)) for stage in current.stages if stage != "all") if there else ()
    return {
        "measure": one,
        "own": one.id in own_measures(),
        "value": shown(value.value, one.decimals) if value and there else None,
        "stages": [(stage, shown(found.value, one.decimals)) for stage, found in stages if found and found.value is not None],
        "covered": value,
        "line": sparkline([found.value for found in current.series(one.id, area.code, "all")]) if there else None,
    }


def _definition(measure: Measure) -> list[tuple[str, str, bool]]:
    """The definition line by line: what, how it reads, whether it is an expression."""
    better = {"more": _("More is better"), "less": _("Less is better"), "none": _("Neither more nor less is better")}[measure.better]
    top, bottom = (_("Resource"), _("Weight")) if measure.kind == "variation" else (_("Numerator"), _("Denominator"))
    lines = [
        (_("In words"), in_language(measure.description) if measure.description else "", False),
        (_("The formula in words"), in_words(measure, get_language() or "zh", settings.RULEBOOK_OVERLAY, catalogue().tables), False),
        (top, str(measure.numerator), True),
        (bottom, str(measure.denominator or ""), True),
        (_("Only rows where"), str(measure.where or ""), True),
        (_("Stages"), _(", ").join(word("stage", stage) for stage in measure.stages), False),
        (_("Universe"), str(measure.universe or ""), True),
        (_("Reads"), _(", ").join(dict.fromkeys(column_label(measure.register, column) for column in measure.columns)), False),
        (_("Unit"), in_language(measure.unit), False),
        (_("Direction"), better, False),
        (_("Who is counted"), in_language(measure.scope), False),
        (_("When"), in_language(measure.calendar_words), False),
        (_("Why unlike parts are combined"), in_language(measure.combines) if measure.combines else "", False),
        (_("Source"), str(measure.source), False),
        (_("Version of the definition"), measure.definition_version, True),
    ]
    return [one for one in lines if one[1]]


def _numbers(one: Value) -> list[float | None]:
    return [one.numerator, one.denominator, one.value, one.covered, one.of]


def _sorted(values: list[Value], by: str) -> list[Value]:
    if by in ("value", "-value"):
        sign = -1 if by == "-value" else 1
        return sorted(values, key=lambda one: (one.value is None, sign * (one.value or 0)))
    return values
