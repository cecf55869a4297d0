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
from jiaoheng.ledgers.answer_opening import open_answers
from jiaoheng.ledgers.form import Field
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.row_answers import as_text
from jiaoheng.web.ledger_scope import ledger_or_404, row_or_404
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language, tongue

__all__ = ["open_sealed"]


def open_sealed(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """GET asks for the reason, POST shows the answers: all, or the one that `field` names. Raises: Http404, Refused."""
    account, ledger, row = reader(request), ledger_or_404(name), row_or_404(request, name, number)
    check_may_read_persons(account)
    check_may_open(account, row)
    field = (request.POST if request.method == "POST" else request.GET).get("field", "")
    places = [place for place in row.sealed if not field or place == field]
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


def _in_words(row: LedgerRow, found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each answer with its question, choices in words."""
    for place, value in found.items():
        question, text = _question(row, place), as_text(value)
        listed = question is not None and question.list_name
        yield _label(row, place), row.version.form.choice_label(text, question.path, tongue()) if question and listed else text


def _label(row: LedgerRow, place: str) -> str:
    """The question's words, with the number of the entry: «信访人1 · 联系电话»."""
    question, form = _question(row, place), row.version.form
    if question is None:
        return place
    numbers = [step for step in place.split("/") if step.isdigit()]
    around = [in_language(form.both(form.by_path[path].labels)) for path in question.repeats]
    entries = [f"{label} {number}" for label, number in zip(around, numbers, strict=False)]
    return " · ".join([*entries, in_language(form.both(question.labels)) or question.name])


def _question(row: LedgerRow, place: str) -> Field | None:
    form = row.version.form
    found = form.by_path.get("/".join([form.root.path, *(step for step in place.split("/") if not step.isdigit())]))
    return found if isinstance(found, Field) else None
