"""Rows page: the records behind one figure, with the file, sheet and row that each came from, and their totals.

Changes when what is shown of the records behind a figure changes.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from jiaoheng.measures.measure import Measure
from jiaoheng.measures.rows import SOURCE_COLUMNS, Totals, UnknownOrganisation, rows_behind, totals
from jiaoheng.measures.values import Value
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.web.current_snapshot import CurrentSnapshot, chosen_year
from jiaoheng.web.export import exported
from jiaoheng.web.figure import shown
from jiaoheng.web.no_snapshot import needs_snapshot
from jiaoheng.web.scope import area_asked_for
from jiaoheng.web.words import field_label, in_language, word

__all__ = ["rows", "rows_export"]

_PER_PAGE = 100


@dataclass(frozen=True)
class _Asked:
    """The figure whose rows are asked for, its records, and what they come to on their own."""

    measure: Measure
    organisation: Organisation
    stage: str
    year: str
    value: Value | None
    records: pa.Table
    totals: Totals

    @property
    def figures(self) -> list[str]:
        """The columns of the register that the measure reads."""
        return [name for name in self.records.column_names if name not in ("organisation", "name", "stage", *SOURCE_COLUMNS)]

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
    lines = [
        {"record": record, "name": current.name(record["organisation"]), "figures": [_cell(name, record[name]) for name in figures]}
        for record in part
    ]
    sums = [_sum(asked.records, name) for name in figures]
    context: dict[str, Any] = {"asked": asked, "current": current, "page": page, "lines": lines, "sums": sums}
    context["columns"] = [(field_label(name), pa.types.is_string(asked.records.schema.field(name).type)) for name in figures]
    return render(request, "web/rows.html", context)


@needs_snapshot
def rows_export(request: HttpRequest, current: CurrentSnapshot, measure_id: str, form: str) -> HttpResponse:
    """All the records as a file."""
    asked = _asked(request, current, measure_id)
    headings = [_("Code"), _("Name"), _("Stage"), *map(field_label, asked.figures), _("File"), _("Sheet"), _("Row")]
    lines = (
        [record["organisation"], current.name(record["organisation"]), word("stage", record["stage"])]
        + [record[name] for name in (*asked.figures, *SOURCE_COLUMNS)]
        for record in asked.records.to_pylist()
    )
    return exported(f"{in_language(asked.measure.label)} {asked.organisation} {asked.year}", form, headings, lines)


def _asked(request: HttpRequest, current: CurrentSnapshot, measure_id: str) -> _Asked:
    if measure_id not in current.catalogue:
        raise Http404(_("The rulebook has no measure “{name}”.").format(name=measure_id))
    organisation = area_asked_for(request)
    if organisation is None:
        raise Http404(_("Your account stands at no organisation yet."))
    year = chosen_year(request, current.years, current.year)
    stage = request.GET.get("stage", "all")
    stage = stage if stage in current.stages else "all"
    try:
        records, found = _behind(current, measure_id, organisation.code, stage, year)
    except UnknownOrganisation:
        raise Http404(_("The snapshot does not know this organisation yet. Freeze the registers to see its figures.")) from None
    value = current.values.get(measure_id, organisation.code, stage, year)
    return _Asked(current.catalogue[measure_id], organisation, stage, year, value, records, found)


def _behind(current: CurrentSnapshot, measure_id: str, organisation: str, stage: str, year: str) -> tuple[pa.Table, Totals]:
    return _found(_Key(current, measure_id, organisation, stage, year))


class _Key:
    """What the rows depend on; the snapshot counts by its hash and the measure by the version of its definition."""

    def __init__(self, current: CurrentSnapshot, measure_id: str, organisation: str, stage: str, year: str) -> None:
        self.current, self.measure = current, current.catalogue[measure_id]
        self.place = (organisation, stage, year)
        self._key = (current.snapshot.hash, measure_id, self.measure.definition_version, *self.place)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._key == other._key


@lru_cache(maxsize=8)  # the pages of one long list are asked for one after the other
def _found(key: _Key) -> tuple[pa.Table, Totals]:
    records = rows_behind(key.current.snapshot, key.measure, *key.place)
    return records, totals(key.measure, records)


def _cell(name: str, value: object) -> tuple[str, bool]:
    """A cell as shown, and whether it is a number."""
    return (shown(value), True) if value is None or isinstance(value, int | float) else (word(name, str(value)), False)


def _sum(records: pa.Table, name: str) -> float | int | None:
    column = records[name]
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return None
    found: float | int | None = pc.sum(column).as_py()
    return found


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
