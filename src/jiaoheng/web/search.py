"""Search: schools, pupils, staff, ledgers, measures and reports by name or number, within the reader's scope.

Changes when something else is to be found by name. What is typed comes in the body of a request, so that no person's number stands in an
address; an address with `q` finds everything but persons by their number.
"""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from jiaoheng.ledgers.published_ledger import published_ledgers
from jiaoheng.measures.measure import Measure
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.web.current_snapshot import catalogue, standards
from jiaoheng.web.paper_templates import template_titles
from jiaoheng.web.registers.person_search import FoundPerson, found_persons, is_person_number
from jiaoheng.web.scope import reader

__all__ = ["search"]

_SHOWN = 8
_LONGEST = 100
_KINDS = ("organisations", "pupils", "staff", "ledgers", "measures", "standards", "papers", "in_address")


def search(request: HttpRequest) -> HttpResponse:
    """The hits; an HTMX request gets the list that drops from the search box."""
    asked = (request.POST if request.method == "POST" else request.GET).get("q", "").strip()[:_LONGEST]
    few = bool(request.htmx)  # type: ignore[attr-defined]
    limit = _SHOWN if few else 200
    by_number = is_person_number(asked)
    account = reader(request)
    persons: dict[str, list[FoundPerson]] = {}
    if asked and (request.method == "POST" or not by_number):
        persons = found_persons(account, asked, limit, whole=not few)
    context: dict[str, Any] = {
        "asked": "" if by_number else asked,
        "searched": bool(asked),
        "in_address": by_number and request.method != "POST",
        "pupils": persons.get("pupils", []),
        "staff": persons.get("staff", []),
        "ledgers": [one for one in published_ledgers().values() if asked and _in(asked, one.name, one.title.zh, one.title.en)][:limit],
        "organisations": _organisations(request, asked)[:limit] if asked else [],
        "measures": [one for one in catalogue().values() if asked and _fits(one, asked)][:limit],
        "standards": [one for one in standards().values() if asked and _in(asked, one.label.zh, one.label.en)],
        "papers": [(name, title) for name, title in template_titles(account.organisation, "").items() if asked and _in(asked, name, title)],
    }
    context["nothing"] = bool(asked) and not any(context[kind] for kind in _KINDS)
    response = render(request, "web/_found.html" if few else "web/search.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _organisations(request: HttpRequest, asked: str) -> list[Organisation]:
    found = reader(request).scope.select_related("parent")
    for part in asked.split():
        found = found.filter(Q(name_zh__icontains=part) | Q(name_en__icontains=part) | Q(code__icontains=part))
    return list(found[:200])


def _fits(measure: Measure, asked: str) -> bool:
    return _in(asked, measure.id, measure.label.zh, measure.label.en)


def _in(asked: str, *names: str) -> bool:
    return any(asked.casefold() in name.casefold() for name in names)
