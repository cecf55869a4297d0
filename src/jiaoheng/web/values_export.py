"""Values export: every value in view as a file for other programs, with its data dictionary, in one archive.

Changes when the archive holds something else. The forms are those of `measures.export`; scope is settled here.
"""

import io
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jiaoheng.measures.export import export
from jiaoheng.web.current_snapshot import CurrentSnapshot, chosen_year
from jiaoheng.web.export import file_response
from jiaoheng.web.measure_pages import listed_measures
from jiaoheng.web.no_snapshot import needs_snapshot
from jiaoheng.web.scope import area_asked_for, codes_in_scope, reader

__all__ = ["VALUE_FORMS", "values_export"]

VALUE_FORMS = ("csv", "parquet", "sdmx.csv")


@needs_snapshot
def values_export(request: HttpRequest, current: CurrentSnapshot, form: str) -> HttpResponse:
    """The values of the measures listed, of one year, of the area and everything below it."""
    if form not in VALUE_FORMS:
        raise Http404
    area = area_asked_for(request)
    if area is None:
        raise Http404(_("Your account stands at no organisation yet."))
    year = chosen_year(request, current.years, current.year)
    codes = codes_in_scope(reader(request), current.paths, area)
    wanted = {
        "organisation": codes,
        "measure": {one.id for one in listed_measures(request, current)},
        "period": {year, year[:4]},  # a fiscal or calendar year is looked up by the school year that begins in it
    }
    table = current.values.table
    for column, values in wanted.items():
        table = table.filter(pc.is_in(table[column], value_set=pa.array(sorted(values), pa.string())))
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        file = Path(folder) / f"jiaoheng-{area.code}-{year}.{form}"
        dictionary = export(table, current.snapshot, current.catalogue, file)
        for one in (file, dictionary):
            archive.write(one, one.name)
    return file_response(buffer.getvalue(), f"{_('Values')} {area} {year} {form}.zip")
