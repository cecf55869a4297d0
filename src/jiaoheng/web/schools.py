"""Schools: the list (search, filters, sorting, export) and one school with its facts, figures, verdicts and source rows.

Changes when the list or the page of a school shows something else.
"""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from jiaoheng.access.account import Account
from jiaoheng.intake.provenance import SourceRow
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.snapshots.snapshot import SnapshotRefused
from jiaoheng.web.current_snapshot import chosen_year, current_snapshot, standards
from jiaoheng.web.export import exported
from jiaoheng.web.school_filter import SchoolFilter
from jiaoheng.web.school_table import SchoolTable
from jiaoheng.web.scope import organisation_in_scope, reader, schools_of
from jiaoheng.web.verdict_matrix import SchoolLines, school_lines
from jiaoheng.web.words import field_label, statistics_fields, word

__all__ = ["area_choices", "school", "schools", "schools_export"]

_PER_PAGE = 50
_SOURCE_ROWS_SHOWN = 200


def schools(request: HttpRequest) -> HttpResponse:
    """The list; an HTMX request gets the table alone."""
    found = _found(request)
    table = SchoolTable(found.qs)
    RequestConfig(request, paginate={"per_page": _PER_PAGE}).configure(table)
    template = "web/schools.html#table" if request.htmx and not request.htmx.boosted else "web/schools.html"  # type: ignore[attr-defined]
    asked = request.GET.urlencode()
    return render(request, template, {"table": table, "filter": found, "asked": asked, "count": table.paginator.count})


def schools_export(request: HttpRequest, form: str) -> HttpResponse:
    """The same list, whole, as a file."""
    headings = [_("Code"), _("School"), _("School type"), _("Stages"), _("Area"), _("Ownership"), _("Urban, town or rural")]
    headings += [_("Pupils"), _("Teachers")]
    rows = (
        [
            one.code,
            one.name,
            word("school_type", one.school_type),
            word("stages", one.stages),
            str(one.parent or ""),
            word("ownership", one.ownership),
            word("locale", one.locale),
            getattr(one, "pupils", None),
            getattr(one, "teachers", None),
        ]
        for one in _found(request).qs.iterator(chunk_size=2000)
    )
    return exported(_("Schools"), form, headings, rows)


def school(request: HttpRequest, code: str) -> HttpResponse:
    """One school; an area's code leads to the area's page."""
    account = reader(request)
    organisation = organisation_in_scope(account, code)
    if not organisation.is_school:
        return redirect("area", code=code)
    context: dict[str, Any] = {"school": organisation, "facts": _facts(organisation), "statistics": _statistics(organisation)}
    sources = SourceRow.objects.filter(organisation=organisation).select_related("imported__source_file", "imported__account")
    context["source_count"] = sources.count()
    context["sources"] = sources.order_by("-school_year", "stage", "imported__source_file__name", "row")[:_SOURCE_ROWS_SHOWN]
    context["verdicts"] = _verdicts(request, account, organisation)
    return render(request, "web/school.html", context)


def area_choices(account: Account) -> list[tuple[str, str]]:
    """The areas right below the reader's own organisation that a list can be narrowed to, past levels with a single area."""
    level = [account.organisation] if account.organisation else []
    while len(level) == 1 and level[0] is not None and not level[0].is_school:
        level = list(Organisation.objects.filter(parent=level[0]).order_by("name_zh", "name_en"))
    return [(node.code, node.name) for node in level if node is not None and not node.is_school] if len(level) > 1 else []


def _found(request: HttpRequest) -> SchoolFilter:
    account = reader(request)
    latest = AnnualStatistics.objects.filter(organisation__in=schools_of(account)).order_by("-school_year").values("school_year")[:1]
    year = chosen_year(request, [], "") or (latest[0]["school_year"] if latest else "")
    return SchoolFilter(request.GET, queryset=_with_figures(schools_of(account), year), areas=area_choices(account))


def _with_figures(schools: QuerySet[Organisation], year: str) -> QuerySet[Organisation]:
    """Each school with its pupils and teachers of one year, summed over its stages."""

    def total(figure: str) -> Subquery:
        rows = AnnualStatistics.objects.filter(organisation=OuterRef("pk"), school_year=year).order_by().values("organisation")
        return Subquery(rows.annotate(total=Sum(figure)).values("total"))

    return schools.select_related("parent").annotate(pupils=total("pupils"), teachers=total("teachers"))


def _facts(school: Organisation) -> list[tuple[str, str]]:
    place = f"{school.latitude:.5f}, {school.longitude:.5f}" if school.latitude is not None and school.longitude is not None else ""
    other = school.name_en if school.name == school.name_zh else school.name_zh
    written = [
        (_("Code"), school.code),
        (_("Other name"), other),
        (field_label("kind"), word("kind", school.kind)),
        (field_label("school_type"), word("school_type", school.school_type)),
        (field_label("stages"), word("stages", school.stages)),
        (field_label("ownership"), word("ownership", school.ownership)),
        (field_label("locale"), word("locale", school.locale)),
        (_("Latitude, longitude"), place),
        (field_label("valid_from"), str(school.valid_from or "")),
        (field_label("valid_to"), str(school.valid_to or "")),
    ]
    return [(label, text) for label, text in written if text]


def _statistics(school: Organisation) -> dict[str, Any]:
    """The figures as a table: a line a figure, a column a year and stage; figures that were never given are left out."""
    rows = list(AnnualStatistics.objects.filter(organisation=school).order_by("-school_year", "stage"))
    lines = [(name, field_label(name), [getattr(row, name) for row in rows]) for name in statistics_fields()]
    return {"columns": rows, "lines": [line for line in lines if any(figure is not None for figure in line[2])]}


def _verdicts(request: HttpRequest, account: Account, school: Organisation) -> list[SchoolLines]:
    """What each standard says of this school."""
    try:
        current = current_snapshot()
    except SnapshotRefused:
        return []
    if current is None or school.code not in current.paths:
        return []
    year = chosen_year(request, current.years, current.year)
    found = (school_lines(current, standard, school.code, year) for standard in standards().values())
    return [lines for lines in found if lines.schools]
