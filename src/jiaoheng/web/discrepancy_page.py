"""Discrepancy page: the rows that the registers count where a school declares another number.

Changes when what a reader sees of declared and held figures changes. What is compared is the registers' business.
"""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import check_may_read_persons
from jiaoheng.access.scope import limited
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.code_field import words
from jiaoheng.registers.discrepancy import Discrepancy, discrepancies, rows_behind
from jiaoheng.web.registers.pupil_list import usual_day
from jiaoheng.web.scope import organisation_in_scope, reader
from jiaoheng.web.words import word

__all__ = ["discrepancy_rows"]

_PER_PAGE = 50


def discrepancy_rows(request: HttpRequest) -> HttpResponse:
    """The stays, classes or teachers that the register counts for one figure, to be compared with the school's own list."""
    account, day = reader(request), _day(request)
    school = organisation_in_scope(account, request.GET.get("school", ""))
    if request.GET.get("figure") != "classes":
        check_may_read_persons(account)
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
        return usual_day(request)


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
