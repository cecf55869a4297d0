"""Ledger bulk: many ticked rows moved at once, after a preview that says what becomes of each.

Changes when something else can be done with many rows at once. Each row is moved by the same rule as alone.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.process import Process, Way
from jiaoheng.ledgers.published_ledger import PublishedLedger
from jiaoheng.ledgers.row_list import rows_in_scope
from jiaoheng.ledgers.row_move import Act, act_on_all, preview_all
from jiaoheng.rulebook.ledger_questions import ProcessField
from jiaoheng.web.ledger_clock import rows_shown
from jiaoheng.web.ledger_scope import ledger_or_404
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language

__all__ = ["bulk"]

_AT_MOST = 200


def bulk(request: HttpRequest, name: str) -> HttpResponse:
    """Choose where to, see what becomes of each row, then do it."""
    account, ledger = reader(request), ledger_or_404(name)
    asked = request.POST if request.method == "POST" else request.GET
    chosen = dict(list(_chosen(asked.getlist("row")))[:_AT_MOST])
    rows = list(
        rows_in_scope(account).filter(ledger=name, pk__in=chosen).select_related("version", "organisation", "holder").order_by("pk")
    )
    if not rows:
        messages.warning(request, _("Tick the rows first."))
        return redirect("ledger", name)
    to = asked.get("to", "")
    fields = {key.removeprefix("field:"): said for key in asked if key.startswith("field:") and (said := asked.get(key, "").strip())}
    what = Act("moved", timezone.localdate(), to, asked.get("note", "").strip(), fields)
    if request.method == "POST" and to and "confirm" in asked:
        moved, refused = act_on_all({row.pk: chosen[row.pk] for row in rows}, what, by=account, at=timezone.now())
        if moved:
            messages.success(request, ngettext("{n} row moved.", "{n} rows moved.", len(moved)).format(n=len(moved)))
        for one in refused:
            messages.error(request, f"#{one.row.pk}: {one.refused}")
        return redirect("ledger", name)
    previews = {one.row.pk: one.refused for one in preview_all(rows, what, by=account, at=timezone.now())} if to else {}
    shown = [(one, previews.get(one.row.pk, ""), chosen[one.row.pk]) for one in rows_shown(rows, timezone.localdate())]
    targets = _targets(ledger, rows)
    context: dict[str, Any] = {
        "ledger": ledger, "title": in_language(ledger.title), "rows": shown, "to": to, "note": what.note, "targets": targets,
        "needs": [(need, in_language(one), fields.get(need, ""), _choices(one)) for need, one in _needs(ledger, rows, to).items()],
        "previewed": bool(to),
        "goes": sum(not refused for refused in previews.values()), "label": dict(targets).get(to, ""),
    }  # fmt: skip
    return render(request, "web/ledger_bulk.html", context)


def _chosen(ticked: list[str]) -> Any:
    for one in ticked:
        key, _sign, seen = one.partition(":")
        if key.isdigit() and seen.isdigit():
            yield int(key), int(seen)


def _targets(ledger: PublishedLedger, rows: list[LedgerRow]) -> list[tuple[str, str]]:
    """States that at least one of the rows can go to, with their words."""
    found: dict[str, str] = {}
    for process, state in {(row.process, row.state) for row in rows}:
        rules: Process | None = ledger.processes.get(process)
        if rules is not None and state in rules.states:
            found |= {to: in_language(rules.states[to].label) for to in rules.states[state].next}
    return list(found.items())


def _needs(ledger: PublishedLedger, rows: list[LedgerRow], to: str) -> dict[str, ProcessField]:
    """Fields that the step asks for in any of the rows; each row that has them already keeps the new ones."""
    found: dict[str, ProcessField] = {}
    for process, state in {(row.process, row.state) for row in rows}:
        rules = ledger.processes.get(process)
        way = rules.states[state].next.get(to) if rules is not None and state in rules.states else None
        if rules is not None:
            found |= {need: rules.fields[need] for need in (way or Way()).needs}
    return found


def _choices(field: ProcessField) -> list[tuple[str, str]]:
    return [(key, in_language(label)) for key, label in field.choices.items()]
