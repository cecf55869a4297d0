"""Ledger board: a ledger's overview: tiles, clocks by colour, months, states, schools and answers, each a way into the list of its rows.

Changes when an overview looks otherwise. What is counted is the ledgers' floor's (`board.py`), what is declared is rulebook data.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import altair as alt
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from jiaoheng.ledgers.board import Board, Counted, board_of
from jiaoheng.ledgers.row_list import Asked, rows_of_ledger
from jiaoheng.web.chart import drawn, finished
from jiaoheng.web.current_snapshot import current_snapshot
from jiaoheng.web.figure import shown
from jiaoheng.web.ledger_clock import rows_shown
from jiaoheng.web.ledger_scope import ledger_or_404, may_add
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language

__all__ = ["board"]

_ENDED, _RUNNING, _LATE = "#22694a", "#8fb3c4", "#a22a22"
_NEXT = 8


def board(request: HttpRequest, name: str) -> HttpResponse:
    """The overview of one ledger."""
    account, ledger, today = reader(request), ledger_or_404(name), timezone.localdate()
    counted = board_of(account, ledger, today=today, overlay=settings.RULEBOOK_OVERLAY)
    urgent = rows_of_ledger(account, name, Asked(open_only=True, sort="due_on"), today=today)
    urgent = urgent.exclude(due_on=None).defer("answers", "version__source").select_related("version", "organisation", "holder")
    top = max((number for _code, _name, number, *_rest in counted.schools), default=1)
    context: dict[str, Any] = {
        "ledger": ledger, "title": in_language(ledger.title), "board": counted, "may_add": may_add(account),
        "tiles": [tile for one in counted.tiles if (tile := _tile(name, one, account.organisation.code if account.organisation else ""))],
        "clocks": [(_link(name, one), in_language(one.label), one.number, _COLOUR[one.key]) for one in counted.clocks],
        "open": sum(one.number for one in counted.clocks),
        "months": _months(counted), "some": any(sum(month[1:]) for month in counted.months),
        "states": _lines(name, counted.states),
        "answers": [(in_language(label), _lines(name, lines)) for label, lines in counted.answers if lines],
        "schools": [
            (place, code, number, opened, late, round(100 * number / top),
             _address(name, {"organisation": code, "from": counted.since.isoformat()}))
            for code, place, number, opened, late in counted.schools
        ],
        "urgent": rows_shown(list(urgent[:_NEXT]), today),
    }  # fmt: skip
    return render(request, "web/ledger_board.html", context)


_COLOUR = {"red": "bad", "amber": "warn", "green": "good", "grey": "mute"}


def _tile(name: str, one: Counted, area: str) -> dict[str, Any] | None:
    """What a tile shows; none where its measure has no value."""
    tile = one.tile
    assert tile is not None
    unit = in_language(tile.unit) if tile.unit else ""
    if tile.measure:
        return _measured(one, area)
    if tile.share:
        share = 100 * one.number / one.of if one.of else None
        said = f"{int(one.number):,} / {int(one.of or 0):,}"
        return {"name": in_language(one.label), "value": shown(share, 1) if share is not None else "–", "unit": "%" if one.of else "",
                "note": said, "link": _link(name, one), "bad": False}  # fmt: skip
    bad = tile.better == "less" and one.number > 0
    money = tile.sum.endswith("yuan") and abs(one.number) >= 100_000
    number = one.number / 10_000 if money else one.number
    value = shown(number, 2 if money else 0 if number == int(number) else 1)
    unit = _("10,000 yuan") if money else unit
    return {"name": in_language(one.label), "value": value, "unit": unit, "note": "", "link": _link(name, one), "bad": bad}


def _measured(one: Counted, area: str) -> dict[str, Any] | None:
    current = current_snapshot()
    tile = one.tile
    if current is None or tile is None or tile.measure not in current.catalogue:
        return None
    measure = current.catalogue[tile.measure]
    found = current.values.get(measure.id, area, "all")
    if found is None or found.value is None:
        return None
    link = reverse("measure", args=[measure.id])
    note = _("snapshot of {day}, {period}").format(day=current.snapshot.date.isoformat(), period=found.period)
    return {"name": in_language(one.label), "value": shown(found.value, measure.decimals), "unit": in_language(measure.unit), "note": note,
            "link": link, "bad": False}  # fmt: skip


def _lines(name: str, counted: Sequence[Counted]) -> list[tuple[str, str, int, int]]:
    """Link, words, number, and its share of the greatest in percent."""
    most = max((one.number for one in counted), default=1) or 1
    return [(_link(name, one), in_language(one.label), int(one.number), round(100 * one.number / most)) for one in counted]


def _link(name: str, one: Counted) -> str:
    """The list of just these rows; nothing where the list cannot show them."""
    return "" if one.asks is None else _address(name, one.asks)


def _address(name: str, asks: Any) -> str:
    asked = {key: value for key, value in asks.items() if value}
    return f"{reverse('ledger', args=[name])}{'?' + urlencode(asked) if asked else ''}"


def _months(counted: Board) -> SafeString:
    """Rows by the month in which they were opened, by what became of them."""
    words = (_("has ended"), _("runs in time"), _("overdue"))
    rows = [
        {"month": month, "what": word, "number": number, "order": order}
        for month, *numbers in counted.months
        for order, (word, number) in enumerate(zip(words, numbers, strict=True))
    ]
    most = max((sum(numbers) for _month, *numbers in counted.months), default=0)
    whole: Any = list(range(most + 1)) if most <= 5 else alt.Undefined  # else the axis has halves, and shows a number twice
    bars = (
        alt.Chart(alt.Data(values=rows))  # type: ignore[no-untyped-call]
        .mark_bar(size=22)
        .encode(
            x=alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0, grid=False, labelExpr="slice(datum.label, 2)")),
            y=alt.Y("number:Q", title=None, axis=alt.Axis(format="d", tickMinStep=1, values=whole)),
            color=alt.Color(
                "what:N", title=None, legend=alt.Legend(orient="top"), sort=list(words),
                scale=alt.Scale(domain=list(words), range=[_ENDED, _RUNNING, _LATE]),
            ),
            order=alt.Order("order:Q"),
        )
    )  # fmt: skip
    about = _("Rows by month: {said}").format(said="; ".join(f"{month} {sum(numbers)}" for month, *numbers in counted.months))
    return drawn(finished(bars.properties(width=560, height=180)), about)
