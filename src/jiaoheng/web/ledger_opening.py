"""Ledger opening: the sealed answers of a row, shown once to a reader who gives a reason; the trail keeps who, which and why.

Changes when the page shows or asks something else. The answers are in the reply to the form alone, which no cache keeps.
"""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from jiaoheng.access.account import Refused, check_may_read_persons
from jiaoheng.access.opening import check_may_open
from jiaoheng.ledgers.answer_opening import open_answers, sealed_answers
from jiaoheng.ledgers.form import Field
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.row_answers import as_text
from jiaoheng.web.ledger_scope import ledger_or_404, row_or_404
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language, tongue

__all__ = ["open_sealed"]


def open_sealed(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """GET asks for the reason, POST shows the answers: all, the one that `field` names, or those of an event. Raises: Http404, Refused."""
    account, ledger, row = reader(request), ledger_or_404(name), row_or_404(request, name, number)
    check_may_read_persons(account)
    check_may_open(account, row)
    field = (request.POST if request.method == "POST" else request.GET).get("field", "")
    places = _places(row, field)
    if not places:
        raise Http404(_("There is no such sealed value."))
    context: dict[str, Any] = {
        "ledger": ledger, "title": in_language(ledger.title), "row": row, "field": field, "asked": [_label(row, place) for place in places]
    }  # fmt: skip
    status = 200
    if request.method == "POST":
        try:
            found = open_answers(row, places, by=account, reason=request.POST.get("reason", ""))
            context["opened"] = list(_in_words(row, found))
        except Refused as refused:
            context["refusal"], status = str(refused), 400
    response = render(request, "web/ledger_open.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _places(row: LedgerRow, field: str) -> list[str]:
    """The places asked for: one answer, everything sealed of one event (`#2`), or all answers that the row has now."""
    if not field:
        return list(row.sealed)
    return [place for place in sealed_answers(row) if place == field or (field.startswith("#") and place.startswith(f"{field}/"))]


def _in_words(row: LedgerRow, found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each answer with its question, choices in words."""
    for place, value in found.items():
        question, text = _question(row, place), as_text(value)
        listed = question is not None and question.list_name
        yield _label(row, place), row.version.form.choice_label(text, question.path, tongue()) if question and listed else text


def _label(row: LedgerRow, place: str) -> str:
    """The question's words, with the number of the entry: «信访人1 · 联系电话»; of an event, whether it stood before."""
    event, _sign, own = place.partition("/") if place.startswith("#") else ("", "", place)
    said = own.removeprefix("before/")
    question, form = _question(row, place), row.version.form
    if question is None:
        return said
    numbers = [step for step in said.split("/") if step.isdigit()]
    around = [in_language(form.both(form.by_path[path].labels)) for path in question.repeats]
    entries = [f"{label} {number}" for label, number in zip(around, numbers, strict=False)]
    when = [] if not event else [_("before") if own != said else _("after")]
    return " · ".join([*when, *entries, in_language(form.both(question.labels)) or question.name])


def _question(row: LedgerRow, place: str) -> Field | None:
    form = row.version.form
    said = place.partition("/")[2].removeprefix("before/") if place.startswith("#") else place
    if place.startswith("#") and "/before/" not in place:  # an event's fields are by column
        return next((question for question in form.tables[form.root.path] if question.column == said), None)
    found = form.by_path.get("/".join([form.root.path, *(step for step in said.split("/") if not step.isdigit())]))
    return found if isinstance(found, Field) else None
