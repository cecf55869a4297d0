"""Ledger pages: the index of ledgers, and one ledger's rows with filters, sorting, paging and export.

Changes when a list of rows shows or asks something else. What may be seen and how rows are found is the ledgers' floor's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused
from jiaoheng.ledgers.form import Field, Form
from jiaoheng.ledgers.ledger_row import MARKS, LedgerRow
from jiaoheng.ledgers.ledger_rule import ledger_groups, ledger_rules
from jiaoheng.ledgers.published_ledger import PublishedLedger, check_may_publish, ledger_processes, past_ledgers, published_ledgers
from jiaoheng.ledgers.row_answers import as_text, marked_questions, rows_of
from jiaoheng.ledgers.row_list import SORTS, Asked, count_up_to, counts_by_state, rows_in_scope, rows_of_ledger
from jiaoheng.ledgers.standing import NO_PROCESS_STATE, state_label
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.web.export import exported
from jiaoheng.web.ledger_clock import rows_shown
from jiaoheng.web.ledger_scope import ledger_or_404, may_add
from jiaoheng.web.scope import organisation_in_scope, reader
from jiaoheng.web.words import in_language, tongue

__all__ = ["asked_for", "export_rows", "index", "rows"]

_PER_PAGE = 50
_EXPORTED_AT_MOST = 100_000
_KEPT_SECONDS = 60


@dataclass(frozen=True)
class _Filter:
    """One filter on the page: its input's name, its label, what may be chosen (none: a text or date)."""

    name: str
    label: str
    value: str
    choices: list[tuple[str, str]]
    kind: str = "text"


def index(request: HttpRequest) -> HttpResponse:
    """Every ledger by group, with how many rows are open and how many are late; `q` narrows by name."""
    account, today = reader(request), timezone.localdate()
    lines: list[dict[str, Any]] = []
    late = _by_ledger(account, "late", today)
    running = _by_ledger(account, "open", today)
    for name, ledger in {**published_ledgers(), **past_ledgers()}.items():
        lines.append(
            {
                "name": name,
                "title": in_language(ledger.title),
                "open": running.get(name, 0),
                "plain": not ledger.processes,
                "late": late.get(name, 0),
                "version": ledger.version,
                "in_use": ledger.in_use,
            }
        )
    lines.sort(key=lambda line: (-line["late"], line["title"]))
    words, rules = request.GET.get("q", "").strip(), ledger_rules(settings.RULEBOOK_OVERLAY)
    past: list[dict[str, Any]] = []
    groups = {name: (in_language(label), list[dict[str, Any]]()) for name, label in ledger_groups(settings.RULEBOOK_OVERLAY).items()}
    for line in lines:
        if words.lower() in f"{line['title']} {line['name']}".lower():
            group = rules[line["name"]].group if line["name"] in rules else "other"
            (groups[group][1] if line["in_use"] else past).append(line)
    context = {"groups": [group for group in [*groups.values(), (_("Not kept any more"), past)] if group[1]], "q": words}
    return render(request, "web/ledgers.html", {**context, "may_add": may_add(account), "may_publish": _may_publish(account)})


def rows(request: HttpRequest, name: str) -> HttpResponse:
    """The list; an HTMX request gets the table alone."""
    account, ledger, today = reader(request), ledger_or_404(name), timezone.localdate()
    asked = asked_for(request)
    found = rows_of_ledger(account, name, asked, today=today)
    count, whole = count_up_to(found)
    page = max(1, int(number)) if (number := request.GET.get("page", "1")).isdigit() else 1
    page = min(page, max(1, -(-count // _PER_PAGE)))
    start = (page - 1) * _PER_PAGE
    listed = found.defer("answers", "version__source").select_related("version", "organisation", "holder")[start : start + _PER_PAGE]
    states = _states(account, ledger, asked)
    context: dict[str, Any] = {
        "ledger": ledger,
        "title": in_language(ledger.title),
        "rows": rows_shown(list(listed), today),
        "count": count,
        "whole": whole,
        "page": page,
        "pages": -(-count // _PER_PAGE),
        "filters": _filters(request, ledger),
        "states": states,
        "moves": bool(ledger.processes) or any(state != NO_PROCESS_STATE for state, *_said in states),
        "asked": asked,
        "sort": asked.sort,
        "query": _query(request, "page"),
        "unsorted": _query(request, "page", "sort"),
        "unstated": _query(request, "page", "state"),
        "may_add": may_add(account),
        "may_publish": _may_publish(account),
        "bulk": bool(ledger.processes),
    }
    part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    return render(request, "web/ledger.html#list" if part else "web/ledger.html", context)


def export_rows(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """The same list, whole, as a file: where each row stands, then its answers, choices in words."""
    account, ledger, today = reader(request), ledger_or_404(name), timezone.localdate()
    questions = list(ledger.form.tables[ledger.form.root.path])
    headings = [_("Number"), _("Organisation"), _("State"), _("Opened"), _("Due"), _("Closed"), _("On time")]
    headings += [in_language(ledger.form.both(question.labels)) or question.column for question in questions]
    found = rows_of_ledger(account, name, asked_for(request), today=today).select_related("version", "organisation")[:_EXPORTED_AT_MOST]
    return exported(in_language(ledger.title), form, headings, _exported(found, questions, ledger))


def asked_for(request: HttpRequest) -> Asked:
    """What the address asks for. A filter that cannot be read is left out."""
    asked = request.GET
    place = asked.get("organisation", "")
    organisation: Organisation | None = organisation_in_scope(reader(request), place) if place else None
    late = asked.get("clock", "")
    return Asked(
        state=asked.get("state", ""),
        late=late == "late",
        was_late=late == "was_late",
        open_only=late == "open",
        organisation=organisation,
        opened_from=_day(asked.get("from", "")),
        opened_until=_day(asked.get("until", "")),
        due_until=_day(asked.get("due", "")),
        text=asked.get("q", "")[:100],
        marks={mark: asked.get(mark, "") for mark in MARKS},
        sort=asked.get("sort", "") if asked.get("sort", "") in SORTS else SORTS[0],
    )


def _filters(request: HttpRequest, ledger: PublishedLedger) -> list[_Filter]:
    asked = request.GET
    clock = [("", _("all")), ("open", _("open")), ("late", _("late")), ("was_late", _("judged late"))]
    filters = [_Filter("q", _("Words or number"), asked.get("q", ""), [], "search")]
    if ledger.processes:
        filters.append(_Filter("clock", _("Clock"), asked.get("clock", ""), clock, "choice"))
    for mark, question in zip(MARKS, marked_questions(ledger.form), strict=False):
        seen = dict.fromkeys(
            (choice.name, in_language(ledger.form.both(choice.labels)) or choice.name)
            for choice in ledger.form.lists.get(question.list_name, ())
        )
        label = in_language(ledger.form.both(question.labels)) or question.column
        filters.append(_Filter(mark, label, asked.get(mark, ""), [("", _("all")), *seen], "choice"))
    filters += [
        _Filter("from", _("Opened from"), asked.get("from", ""), [], "date"),
        _Filter("until", _("Opened until"), asked.get("until", ""), [], "date"),
    ]
    own = reader(request).organisation
    if own is not None and not own.is_school:
        below = own.children.order_by("path")[:60]
        places = [("", _("all")), *((one.code, one.name) for one in below)]
        if len(places) > 1:
            filters.append(_Filter("organisation", _("Organisation"), asked.get("organisation", ""), places, "choice"))
    return filters


def _states(account: Account, ledger: PublishedLedger, asked: Asked) -> list[tuple[str, str, int, bool]]:
    """State, its words, how many rows stand in it, whether it is the one asked for; in the order of the process."""
    key = f"ledger-states/{account.organisation_id}/{ledger.name}/{asked.organisation.pk if asked.organisation else ''}"
    counts: dict[str, int] | None = cache.get(key)
    if counts is None:
        counts = counts_by_state(account, ledger.name, asked.organisation)
        if sum(counts.values()) > 50_000:  # small ledgers are counted each time and always exact
            cache.set(key, counts, _KEPT_SECONDS)
    labels: dict[str, str] = {}
    for process in ledger.processes.values():
        labels |= {state: in_language(rule.label) for state, rule in process.states.items() if state not in labels}
    labels |= {state: in_language(state_label(None, state)) for state in counts if state not in labels}
    return [
        (state, label, counts.get(state, 0), state == asked.state)
        for state, label in labels.items()
        if counts.get(state) or state == asked.state
    ]


def _by_ledger(account: Account, what: str, today: date) -> dict[str, int]:
    from django.db.models import Count

    found = rows_in_scope(account).filter(closed_on=None)
    if what == "late":
        found = found.filter(due_on__lt=today)
    return dict(found.order_by().values_list("ledger").annotate(Count("pk")))


def _may_publish(account: Account) -> bool:
    try:
        check_may_publish(account)
    except Refused:
        return False
    return True


def _exported(found: Any, questions: Sequence[Field], ledger: PublishedLedger) -> Iterator[list[Any]]:
    processes, form = ledger_processes(), ledger.form
    words = {True: _("yes"), False: _("no"), None: ""}
    row: LedgerRow
    for row in found.iterator(chunk_size=2000):
        values = rows_of(row.version.form, row.answers)[0].values
        answers = [_cell(values.get(question.column), question, form) for question in questions]
        state = in_language(state_label(processes.get(row.process), row.state))
        yield [row.pk, row.organisation.name, state, row.opened_on, row.due_on, row.closed_on, words[row.on_time], *answers]


def _cell(value: Any, question: Field, form: Form) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if value is None or (isinstance(value, int | float | Decimal | date) and not isinstance(value, bool)):
        return value
    text = as_text(value)
    return form.choice_label(text, question.path, tongue()) if question.list_name else text


def _query(request: HttpRequest, *without: str) -> str:
    asked = request.GET.copy()
    for name in without:
        asked.pop(name, None)
    for name in [name for name, value in asked.items() if not value]:
        asked.pop(name)
    return asked.urlencode()


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
