"""Compare schools: two to six schools side by side by chosen measures: the number, the area's, the place among like schools.

Changes when schools are compared by something else. Like schools are those of the same school type in the same area.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from jiaoheng.measures.measure import Measure
from jiaoheng.measures.values import Value
from jiaoheng.organisations.organisation import PATH_SEPARATOR, SCHOOL_KINDS, Organisation
from jiaoheng.web.chart import dots, drawn
from jiaoheng.web.current_snapshot import CurrentSnapshot, chosen_year, standards
from jiaoheng.web.export import Cell, exported
from jiaoheng.web.figure import shown
from jiaoheng.web.no_snapshot import needs_snapshot
from jiaoheng.web.scope import codes_in_scope, organisation_in_scope, reader, schools_of
from jiaoheng.web.table_words import table_label
from jiaoheng.web.words import in_language, word

__all__ = ["compare_export", "compare_schools"]

_SCHOOLS, _MEASURES, _FOUND = 6, 24, 12
_FIRST = ("pupils", "pupils_per_class", "pupils_per_teacher")


@dataclass(frozen=True)
class ComparedCell:
    """One school's figure. `place` of `among` like schools, 1 the best; None where neither more nor less is better."""

    value: Value | None
    text: str
    place: int | None
    among: int
    best: bool


@dataclass(frozen=True)
class ComparedRow:
    """One measure over the schools, with the value of the area around them."""

    measure: Measure
    cells: list[ComparedCell]
    area: Value | None
    area_text: str


@dataclass
class Comparison:
    """What was asked: schools, measures, stage and year; and what is found."""

    current: CurrentSnapshot
    codes: set[str]
    schools: list[Organisation]
    measures: list[Measure]
    stage: str
    stage_asked: bool
    stages: list[str]
    year: str
    measures_asked: bool = True

    @cached_property
    def area(self) -> str | None:
        """The nearest organisation above all the schools that the reader sees, as frozen; None for who sees a school only."""
        paths = [self.current.paths[school.code].split(PATH_SEPARATOR)[:-1] for school in self.schools if school.code in self.current.paths]
        if not paths:
            return None
        common = [codes[0] for codes in zip(*paths, strict=False) if len(set(codes)) == 1 and codes[0] in self.codes]
        bureaus = [
            code for code in common if self.current.kinds.get(code) != "township"
        ]  # a town has too few schools to have a place among
        return next(iter([*reversed(bureaus), *reversed(common)]), None)

    @cached_property
    def types(self) -> dict[str, str]:
        """School code → school type, of the schools in the area."""
        table = self.current.organisations
        inside = f"{self.current.paths[self.area]}{PATH_SEPARATOR}" if self.area else ""
        columns = (table[name].to_pylist() for name in ("code", "kind", "school_type", "path"))
        return {
            code: kind_of or kind for code, kind, kind_of, path in zip(*columns, strict=True)
            if kind in SCHOOL_KINDS and code in self.codes and path.startswith(inside)
        }  # fmt: skip

    @cached_property
    def rows(self) -> list[ComparedRow]:
        return [self._row(measure) for measure in self.measures] if len(self.schools) > 1 else []

    def _row(self, measure: Measure) -> ComparedRow:
        known = {one.organisation: one for one in self.current.values.for_measure(measure.id, stage=self.stage, period=self.year)}
        told = [found.value for school in self.schools if (found := known.get(school.code)) and found.value is not None]
        first = (max(told) if measure.better == "more" else min(told)) if told and measure.better != "none" else None
        cells = []
        for school in self.schools:
            value = known.get(school.code)
            place, among = self._place(measure, value, known) if value else (None, 0)
            best = first is not None and value is not None and value.value == first
            cells.append(ComparedCell(value, shown(value.value if value else None, measure.decimals), place, among, best))
        area = known.get(self.area) if self.area else None
        return ComparedRow(measure, cells, area, shown(area.value if area else None, measure.decimals))

    def _place(self, measure: Measure, value: Value, known: dict[str, Value]) -> tuple[int | None, int]:
        """The place among like schools: one more than there are better ones; equals share a place."""
        kind = self.types.get(value.organisation)
        others = [one.value for code, one in known.items() if one.value is not None and kind is not None and self.types.get(code) == kind]
        if value.value is None or measure.better == "none" or not others:
            return None, len(others)
        sign = 1 if measure.better == "more" else -1
        return 1 + sum(sign * (other - value.value) > 1e-12 for other in others), len(others)

    @property
    def chart(self) -> SafeString | None:
        """Every school's figure as a share of the area's, so that measures of unlike units stand on one line."""
        points = [
            {"measure": in_language(row.measure.label), "school": str(school), "share": 100 * cell.value.value / row.area.value,
             "text": f"{school} {cell.text}"}
            for row in self.rows if row.area and row.area.value and row.measure.kind != "total"
            for school, cell in zip(self.schools, row.cells, strict=True) if cell.value and cell.value.value is not None
        ]  # fmt: skip
        if not points or self.area is None:
            return None
        name = self.current.name(self.area)
        return drawn(dots(points, _("{area} = 100").format(area=name)), _("The schools against {area}").format(area=name))

    def address(self, schools: Sequence[str], stage: str | None = None) -> str:
        """The query of the same comparison with other schools or another stage."""
        said = [("school", code) for code in schools] + [("measure", one.id) for one in self.measures if self.measures_asked]
        return urlencode([*said, *([("stage", stage or self.stage)] if stage or self.stage_asked else []), ("year", self.year)])


@needs_snapshot
def compare_schools(request: HttpRequest, current: CurrentSnapshot) -> HttpResponse:
    """The table and its chart; until two schools are chosen, only the choice."""
    asked = _asked(request, current)
    chosen = [school.code for school in asked.schools]
    words = request.GET.get("q", "").strip()
    context: dict[str, Any] = {
        "asked": asked,
        "current": current,
        "chosen": [(school, asked.address([code for code in chosen if code != school.code])) for school in asked.schools],
        "found": [(school, asked.address([*chosen, school.code])) for school in _offered(request, asked, words)],
        "full": len(chosen) >= _SCHOOLS,
        "q": words,
        "stage_links": [(stage, asked.address(chosen, stage)) for stage in asked.stages],
        "groups": _measure_groups(asked),
        "area": current.name(asked.area) if asked.area else "",
        "query": asked.address(chosen),
    }
    return render(request, "web/compare.html", context)


@needs_snapshot
def compare_export(request: HttpRequest, current: CurrentSnapshot, form: str) -> HttpResponse:
    """The comparison as a tidy file: a row for each school and measure."""
    asked = _asked(request, current)
    headings = [_("Code"), _("School"), _("Measure"), _("Unit"), _("Stage"), _("School year"), _("Numerator"), _("Denominator"), _("Value")]
    headings += [_("Area's value"), _("Place among like schools"), _("Like schools")]
    rows: list[list[Cell]] = []
    for row in asked.rows:
        for school, cell in zip(asked.schools, row.cells, strict=True):
            value = cell.value
            figures = [value.numerator, value.denominator, value.value] if value else [None, None, None]
            rows.append([
                school.code, str(school), in_language(row.measure.label), in_language(row.measure.unit), word("stage", asked.stage),
                value.period if value else asked.year, *figures, row.area.value if row.area else None, cell.place, cell.among or None,
            ])  # fmt: skip
    return exported(f"{_('Schools compared')} {asked.year}", form, headings, rows)


def _asked(request: HttpRequest, current: CurrentSnapshot) -> Comparison:
    """What the address asks for, narrowed to the reader's scope. Raises: Http404, Refused."""
    account = reader(request)
    year = chosen_year(request, current.years, current.year)
    codes = list(dict.fromkeys(request.GET.getlist("school")))[:_SCHOOLS]
    schools = [one for one in (organisation_in_scope(account, code) for code in codes) if one.is_school]
    taught = [set(school.teaches) for school in schools]
    common = [stage for stage in current.stages if stage != "all" and taught and all(stage in one for one in taught)]
    stage = request.GET.get("stage", "")
    stage = stage if stage in ("all", *common) else common[0] if common else "all"
    asked = [current.catalogue[name] for name in dict.fromkeys(request.GET.getlist("measure")) if name in current.catalogue]
    given = request.GET.get("stage", "") == stage
    found = Comparison(current, codes_in_scope(account, current.paths), schools, asked[:_MEASURES], stage, given, [*common, "all"], year)
    if not asked:
        found.measures, found.measures_asked = _first_measures(found), False
    return found


def _first_measures(asked: Comparison) -> list[Measure]:
    """A set to begin with: the size of the schools and what the first standard asks of each, as far as one of them has it."""
    current = asked.current
    items = next(iter(standards().values())).measures if standards() else ()
    wanted = [current.catalogue[name] for name in (*_FIRST, *items) if name in current.measures_with_values]
    codes = {school.code for school in asked.schools}
    there = [
        one for one in wanted
        if any(value.organisation in codes for value in current.values.for_measure(one.id, stage=asked.stage, period=asked.year))
    ]  # fmt: skip
    return there or wanted


def _offered(request: HttpRequest, asked: Comparison, words: str) -> list[Organisation]:
    """Schools to add: those that the words name, else such as teach what the chosen ones teach, nearest first."""
    found = schools_of(reader(request)).exclude(code__in=[school.code for school in asked.schools])
    if words:
        for part in words.split():
            found = found.filter(Q(name_zh__icontains=part) | Q(name_en__icontains=part) | Q(code__icontains=part))
        return list(found[:_FOUND])
    if not asked.schools:
        return list(found[:_FOUND])
    last = asked.schools[-1]
    like = list(found.filter(school_type=last.school_type)[:400])
    return sorted(like, key=lambda one: (one.parent_id != last.parent_id, one.path))[:_FOUND]


def _measure_groups(asked: Comparison) -> list[tuple[str, list[tuple[Measure, bool]]]]:
    """The measures that schools can be compared by, register by register, and which of them are chosen."""
    groups: dict[str, list[tuple[Measure, bool]]] = {}
    chosen = {one.id for one in asked.measures}
    for one in asked.current.catalogue.values():
        if one.kind != "variation" and one.id in asked.current.measures_with_values:
            groups.setdefault(one.register, []).append((one, one.id in chosen))
    return [(table_label(name), found) for name, found in groups.items()]
