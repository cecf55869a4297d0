"""Search: schools, measures and reports by part of a name, within the reader's scope.

Changes when something else is to be found by name.
"""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from jiaoheng.measures.measure import Measure
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.web.current_snapshot import catalogue, standards
from jiaoheng.web.paper_templates import template_titles
from jiaoheng.web.scope import reader

__all__ = ["search"]

_SHOWN = 8


def search(request: HttpRequest) -> HttpResponse:
    """The hits; an HTMX request gets the list that drops from the search box."""
    asked = request.GET.get("q", "").strip()
    few = bool(request.htmx)  # type: ignore[attr-defined]
    limit = _SHOWN if few else 200
    context: dict[str, Any] = {
        "asked": asked,
        "organisations": _organisations(request, asked)[:limit] if asked else [],
        "measures": [one for one in catalogue().values() if asked and _fits(one, asked)][:limit],
        "standards": [one for one in standards().values() if asked and _in(asked, one.label.zh, one.label.en)],
        "papers": [
            (name, title) for name, title in template_titles(reader(request).organisation, "").items() if asked and _in(asked, name, title)
        ],
    }
    context["nothing"] = bool(asked) and not any(context[kind] for kind in ("organisations", "measures", "standards", "papers"))
    return render(request, "web/_found.html" if few else "web/search.html", context)


def _organisations(request: HttpRequest, asked: str) -> list[Organisation]:
    found = reader(request).scope.select_related("parent")
    for part in asked.split():
        found = found.filter(Q(name_zh__icontains=part) | Q(name_en__icontains=part) | Q(code__icontains=part))
    return list(found[:200])


def _fits(measure: Measure, asked: str) -> bool:
    return _in(asked, measure.id, measure.label.zh, measure.label.en)


def _in(asked: str, *names: str) -> bool:
    return any(asked.casefold() in name.casefold() for name in names)
