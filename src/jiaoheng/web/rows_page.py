"""Rows page: the records behind one figure, with the file, sheet and row that each came from, and their totals.

Changes when what is shown of the records behind a figure changes.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from jiaoheng.measures.formula import ColumnWords, column_words
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.rows import SOURCE_COLUMNS, Part, Totals, UnknownOrganisation, rows_behind, totals
from jiaoheng.measures.values import Value
from jiaoheng.organisations.organisation import SCHOOL_KINDS, Organisation
from jiaoheng.web.current_snapshot import CurrentSnapshot, chosen_year
from jiaoheng.web.export import exported
from jiaoheng.web.figure import shown
from jiaoheng.web.no_snapshot import needs_snapshot
from jiaoheng.web.scope import area_asked_for
from jiaoheng.web.table_words import column_label
from jiaoheng.web.words import in_language, word

__all__ = ["rows", "rows_export"]

_PER_PAGE = 100


@dataclass(frozen=True)
class _Asked:
    """The figure whose rows are asked for, the records of the part asked for, and what the records of all parts come to on their own."""

    measure: Measure
    organisation: Organisation
    stage: str
    year: str
    part: Part
    value: Value | None
    records: pa.Table
    totals: Totals

    @property
    def register(self) -> Measure:
        """The measure whose register the records are of: the part below the line where that is of another one."""
        return self.measure.other if self.measure.other and self.part == "denominator" else self.measure

    @property
    def figures(self) -> list[str]:
        """The columns of the register that the measure reads."""
        return [name for name in self.records.column_names if name not in ("organisation", "name", "stage", *SOURCE_COLUMNS)]

    @property
    def sourced(self) -> bool:
        """Whether any of the records came from a workbook, so that file, sheet and row can be told."""
        return self.records["file"].null_count < self.records.num_rows

    @property
    def comparable(self) -> bool:
        """Whether the records listed can be added up to the figure."""
        return self.measure.base is None or self.measure.base.other is None

    @property
    def agrees(self) -> bool:
        """Whether the records, taken alone, come to the figure on the page."""
        if self.value is None:
            return self.records.num_rows == 0
        pairs = [(self.value.numerator, self.totals.numerator), (self.value.denominator, self.totals.denominator)]
        return all(shown == found or (shown is not None and found is not None and _close(shown, found)) for shown, found in pairs)


@needs_snapshot
def rows(request: HttpRequest, current: CurrentSnapshot, measure_id: str) -> HttpResponse:
    """The records, a page at a time, under the totals of all of them."""
    asked = _asked(request, current, measure_id)
    page = Paginator(range(asked.records.num_rows), _PER_PAGE).get_page(request.GET.get("page"))
    part = asked.records.slice(page.start_index() - 1 if asked.records.num_rows else 0, _PER_PAGE).to_pylist()
    figures = asked.figures
    words = column_words(asked.register.register, settings.RULEBOOK_OVERLAY, current.catalogue.tables)
    lines = [
        {
            "record": record,
            "name": current.name(record["organisation"]),
            "teaches": current.kinds.get(record["organisation"]) in SCHOOL_KINDS,
            "figures": [_cell(words, name, record[name]) for name in figures],
        }
        for record in part
    ]
    sums = [_sum(asked.records, name) for name in figures]
    context: dict[str, Any] = {"asked": asked, "current": current, "page": page, "lines": lines, "sums": sums}
    context["parts"] = _parts(asked.measure)
    context["columns"] = [
        (column_label(asked.register.register, name), pa.types.is_string(asked.records.schema.field(name).type)) for name in figures
    ]
    return render(request, "web/rows.html", context)


@needs_snapshot
def rows_export(request: HttpRequest, current: CurrentSnapshot, measure_id: str, form: str) -> HttpResponse:
    """All the records as a file."""
    asked = _asked(request, current, measure_id)
    headings = [
        _("Code"),
        _("Name"),
        _("Stage"),
        *(column_label(asked.register.register, name) for name in asked.figures),
        *([_("File"), _("Sheet"), _("Row")] if asked.sourced else []),
    ]
    lines = (
        [record["organisation"], current.name(record["organisation"]), word("stage", record["stage"])]
        + [record[name] for name in (*asked.figures, *(SOURCE_COLUMNS if asked.sourced else ()))]
        for record in asked.records.to_pylist()
    )
    part = f" {dict(_parts(asked.measure)).get(asked.part, '')}".rstrip()
    return exported(f"{in_language(asked.measure.label)} {asked.organisation} {asked.year}{part}", form, headings, lines)


def _asked(request: HttpRequest, current: CurrentSnapshot, measure_id: str) -> _Asked:
    if measure_id not in current.catalogue:
        raise Http404(_("The rulebook has no measure “{name}”.").format(name=measure_id))
    organisation = area_asked_for(request)
    if organisation is None:
        raise Http404(_("Your account stands at no organisation yet."))
    year = chosen_year(request, current.years, current.year)
    stage = request.GET.get("stage", "all")
    stage = stage if stage in current.stages else "all"
    measure = current.catalogue[measure_id]
    part: Part = "denominator" if request.GET.get("part") == "denominator" and _parts(measure) else "numerator"
    try:
        records, found = _behind(current, measure_id, organisation.code, stage, year, part)
    except UnknownOrganisation:
        raise Http404(_("The snapshot does not know this organisation yet. Freeze the registers to see its figures.")) from None
    value = current.values.get(measure_id, organisation.code, stage, year)
    return _Asked(measure, organisation, stage, year, part, value, records, found)


def _parts(measure: Measure) -> list[tuple[Part, str]]:
    """Where the records of a figure come in two lists: those above and below the line, or those of now and of the period before."""
    if measure.base:
        return [("numerator", _("This period")), ("denominator", _("The period before"))]
    return [("numerator", _("Numerator")), ("denominator", _("Denominator"))] if measure.other else []


def _behind(current: CurrentSnapshot, measure_id: str, organisation: str, stage: str, year: str, part: Part) -> tuple[pa.Table, Totals]:
    """The records of the part asked for, and what the records of both parts come to."""
    measure = current.catalogue[measure_id]
    records = {one: _found(_Key(current, measure_id, organisation, stage, year, one)) for one in {"numerator", part}}
    if not _parts(measure):
        return records[part], totals(measure, records[part])
    other: Part = "denominator"
    records[other] = _found(_Key(current, measure_id, organisation, stage, year, other))
    if measure.base is None:
        return records[part], totals(measure, records["numerator"], records["denominator"])
    return records[part], _changed(measure, records["numerator"], records["denominator"])


def _changed(measure: Measure, now: pa.Table, before: pa.Table) -> Totals:
    """What the records of two periods come to as a change. Of a base over two registers only numerators are listed: nothing is said."""
    if measure.base is not None and measure.base.other is not None:
        return Totals(None, None, None, 0)
    present, earlier = totals(measure, now), totals(measure, before)
    if present.value is None or earlier.value is None:
        return Totals(None, None, None, present.covered)
    amount = present.value - earlier.value
    hundredth = earlier.value / 100 if measure.change_in == "percent" else None
    value = amount if hundredth is None else amount / hundredth if hundredth else None
    return Totals(amount, hundredth, value, present.covered)


class _Key:
    """What the rows depend on; the snapshot counts by its hash and the measure by the version of its definition."""

    def __init__(self, current: CurrentSnapshot, measure_id: str, organisation: str, stage: str, year: str, part: Part) -> None:
        self.current, self.measure = current, current.catalogue[measure_id]
        self.place, self.part = (organisation, stage, year), part
        self._key = (current.snapshot.hash, measure_id, self.measure.definition_version, *self.place, part)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._key == other._key


@lru_cache(maxsize=8)  # the pages of one long list are asked for one after the other
def _found(key: _Key) -> pa.Table:
    return rows_behind(key.current.snapshot, key.measure, *key.place, part=key.part)


def _cell(words: ColumnWords, name: str, value: object) -> tuple[str, bool]:
    """A cell as shown, and whether it is a number."""
    if value is None or isinstance(value, int | float):
        return shown(value), True
    label = words.values.get(name, {}).get(str(value))
    return in_language(label) if label else word(name, str(value)), False


def _sum(records: pa.Table, name: str) -> float | int | None:
    column = records[name]
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return None
    found: float | int | None = pc.sum(column).as_py()
    return found


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
