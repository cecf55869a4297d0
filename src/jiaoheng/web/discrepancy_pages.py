"""Discrepancy pages: where schools declare another number than the registers hold, and the rows that the registers count.

Changes when what a reader sees of declared and held figures changes. What is compared is the registers' business.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.scope import limited
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.code_field import words
from jiaoheng.registers.discrepancy import FIGURES, Discrepancy, discrepancies, rows_behind
from jiaoheng.web.export import exported
from jiaoheng.web.scope import area_asked_for, organisation_in_scope, reader
from jiaoheng.web.words import field_label, word

__all__ = ["discrepancy_export", "discrepancy_list", "discrepancy_rows"]

_PER_PAGE = 50


def discrepancy_list(request: HttpRequest) -> HttpResponse:
    """Every figure of the reader's schools that was declared otherwise than the registers hold it on the day."""
    reader(request)
    area, day = area_asked_for(request), _day(request)
    found = discrepancies(area, on=day) if area else []
    figure = request.GET.get("figure", "")
    chosen = [one for one in found if figure in ("", one.figure)]
    page = Paginator(chosen, _PER_PAGE).get_page(request.GET.get("page"))
    counts = [(name, field_label(name), sum(one.figure == name for one in found)) for name in FIGURES]
    context = {"page": page, "day": day, "figure": figure, "counts": counts, "count": len(found), "area": area}
    return render(request, "web/discrepancies.html", context)


def discrepancy_export(request: HttpRequest, form: str) -> HttpResponse:
    """The same list as a file."""
    reader(request)
    area, day = area_asked_for(request), _day(request)
    headings = [_("Code"), _("School"), _("Stage"), _("Figure"), _("Declared"), _("Held"), _("Difference")]
    rows: Iterator[list[str | int]] = (
        [one.school.code, one.school.name, word("stage", one.stage), field_label(one.figure), one.declared, one.held, one.difference]
        for one in (discrepancies(area, on=day) if area else [])
    )
    return exported(_("Declared and held {day}").format(day=day), form, headings, rows)


def discrepancy_rows(request: HttpRequest) -> HttpResponse:
    """The stays, classes or teachers that the register counts for one figure, to be compared with the school's own list."""
    account, day = reader(request), _day(request)
    school = organisation_in_scope(account, request.GET.get("school", ""))
    found = _asked(school, request.GET.get("stage", ""), request.GET.get("figure", ""), day)
    rows = limited(rows_behind(found), account)
    page = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    headings, line = _LINES[found.figure]
    context = {"found": found, "page": page, "headings": headings, "lines": [line(one) for one in page]}
    return render(request, "web/discrepancy_rows.html", context)


def _asked(school: Organisation, stage: str, figure: str, day: date) -> Discrepancy:
    found = [one for one in discrepancies(school, on=day) if (one.school.pk, one.stage, one.figure) == (school.pk, stage, figure)]
    if not found:
        raise Http404(_("Declared and held agree there on this day."))
    return found[0]


def _day(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.GET["on"])
    except (KeyError, ValueError):
        return localdate()


def _pupil(stay: Any) -> list[str]:
    in_class = stay.school_class.name if stay.school_class else ""
    return [stay.pupil.name, stay.pupil.student_number or "–", words(stay, "grade"), in_class, str(stay.entered_on)]


def _class(one: Any) -> list[str]:
    return [words(one, "grade"), one.name, words(one, "kind"), str(one.head_teacher or "")]


def _teacher(one: Any) -> list[str]:
    return [one.name, one.staff_number, word("stages", one.stages), one.subjects, words(one, "title")]


_LINES: dict[str, Any] = {
    "pupils": (
        [gettext_lazy("Pupil"), gettext_lazy("Student number"), gettext_lazy("Grade"), gettext_lazy("Class"), gettext_lazy("Entered on")],
        _pupil,
    ),
    "classes": ([gettext_lazy("Grade"), gettext_lazy("Class"), gettext_lazy("Kind"), gettext_lazy("Head teacher")], _class),
    "teachers": (
        [
            gettext_lazy("Name"),
            gettext_lazy("Staff number"),
            gettext_lazy("Stages taught"),
            gettext_lazy("Subjects"),
            gettext_lazy("Title"),
        ],
        _teacher,
    ),
}
"""Headings, and what stands under them."""
