"""Round words: how a round's parts, steps and figures read on its pages.

Changes when the pages of collection rounds say something in other words.
"""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from jiaoheng.intake.rounds.asked import Asks
from jiaoheng.intake.rounds.handing_in import RoundReturn, flagged
from jiaoheng.intake.rounds.outlier import Outlier, OutlierReason, outlier_words, reason_before, reasons_of
from jiaoheng.intake.rounds.progress import Progress
from jiaoheng.intake.rounds.rosters import MOVED, NEW_ROW, ROSTER, ROSTERS, names_of
from jiaoheng.intake.rounds.round import PartState, Round, RoundEvent, RoundPart
from jiaoheng.web.words import field_label_of, field_words, register_label, word

__all__ = [
    "Flagged", "answer_table", "asked_words", "due_words", "field_choices", "figure_label", "flagged_figures", "kept_cause", "pill",
    "roster_answers", "segments", "step_words",
]  # fmt: skip

_ROWS_SHOWN = 60
_COLOURS = {
    PartState.ASKED: "mute",
    PartState.DOWNLOADED: "mute",
    PartState.RETURNED: "warn",
    PartState.APPROVED: "warn",
    PartState.ACCEPTED: "good",
    PartState.SENT_BACK: "bad",
}


@dataclass(frozen=True)
class Flagged:
    """An outlier as the pages show it: where, why it is flagged, its reason, and what was written in an earlier year."""

    key: str
    label: str
    said: str
    reason: OutlierReason | None
    before: OutlierReason | None


def pill(part: RoundPart) -> tuple[str, str]:
    """Colour and words of a part's state; what is late says so first."""
    words = part.get_state_display()
    if part.owes and part.is_late:
        return "bad", _("late · {state}").format(state=words)
    return _COLOURS[PartState(part.state)], words


def due_words(round_: Round) -> tuple[str, str]:
    """Colour and words for how far off the due moment is."""
    if not round_.is_open:
        return "mute", _("Locked")
    days = (timezone.localtime(round_.due).date() - timezone.localdate()).days
    if round_.is_past_due:
        return "bad", ngettext("{n} day late", "{n} days late", -days).format(n=-days) if days else _("late since today")
    if not days:
        return "warn", _("today {time}").format(time=timezone.localtime(round_.due).strftime("%H:%M"))
    return ("warn" if days <= 3 else "good"), ngettext("{n} day left", "{n} days left", days).format(n=days)


def segments(progress: Progress) -> list[dict[str, Any]]:
    """The bar of a round: its states from done to not begun, each with its place and width in per cent."""
    order = (PartState.ACCEPTED, PartState.APPROVED, PartState.RETURNED, PartState.SENT_BACK, PartState.DOWNLOADED, PartState.ASKED)
    shown, start = [], 0.0
    for state in order:
        count = progress.by_state[state]
        width = 100 * count / progress.of if progress.of else 0
        shown.append({"state": state.value, "label": state.label, "count": count, "x": f"{start:.3f}", "width": f"{width:.3f}"})
        start += width
    return shown


def asked_words(asks: Asks) -> list[tuple[str, list[str]]]:
    """Register and fields in words."""
    return [(register_label(register), [_label(register, name) for name in fields]) for register, fields in asks.items()]


def _label(register: str, field: str) -> str:
    """What a field of a round is called: the register's own, or one that only rounds have."""
    if field == ROSTER:
        return _("Who came and who left") if register in ("pupils", "staff") else _("What was added and what has ended")
    return field_label_of("enrolments", field.removeprefix(MOVED)) if field.startswith(MOVED) else field_label_of(register, field)


def step_words(event: RoundEvent) -> str:
    """What a step was, in words."""
    words = {
        "open": _("Round opened"),
        "lock": _("Round locked"),
        "reopen": _("Opened again"),
        "download": _("Workbook fetched"),
        "return": _("Workbook returned"),
        "approve": _("Approved by the school"),
        "accept": _("Accepted and stored"),
        "send_back": _("Sent back"),
        "remind": _("Reminded"),
    }
    return words.get(event.step, event.step)


def figure_label(register: str, line: str, field: str) -> str:
    """«小学 · 学生数»."""
    return " · ".join(one for one in (word("stage", line) if register == "annual_statistics" else "", _label(register, field)) if one)


def flagged_figures(returned: RoundReturn) -> list[Flagged]:
    """The outliers of a return, with their reasons."""
    part, written = returned.part, reasons_of(returned.part)

    def shown(one: Outlier) -> Flagged:
        label = figure_label(one.register, one.line, one.field)
        return Flagged(one.key, label, outlier_words(one), written.get(one.key), reason_before(part, one))

    return [shown(one) for one in flagged(returned)]


def answer_table(returned: RoundReturn, last_year: dict[str, dict[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """What the return would change, a line a figure: label, last year's figure, the figure, whether it is flagged."""
    unlike = {one.key for one in flagged(returned)}
    return [
        {
            "label": figure_label(register, line, field),
            "before": last_year.get(register, {}).get(line, {}).get(field),
            "now": word(field, value) if isinstance(value, str) else value,
            "flagged": f"{register}.{line}.{field}" in unlike,
        }
        for register, lines in returned.values.items()
        if register not in ROSTERS
        for line, cells in lines.items()
        for field, value in cells.items()
    ]


def roster_answers(returned: RoundReturn) -> list[dict[str, Any]]:
    """What the return would change in rosters: a line a person or class, with the cells that were filled in; the longest lists are cut."""
    tables = []
    for register, lines in returned.values.items():
        if register not in ROSTERS or not any(lines.values()):
            continue
        leaving = ROSTERS[register].leaving
        told = {line: cells for line, cells in lines.items() if cells}
        # Who came and who left are read first.
        told = dict(sorted(told.items(), key=lambda item: not (item[0].startswith(NEW_ROW) or any(name in item[1] for name in leaving))))
        shown = dict(list(told.items())[:_ROWS_SHOWN])
        names = names_of(register, shown)
        rows = [
            {
                "name": names.get(line) or str(cells.get("name") or _("row {n}").format(n=line.removeprefix(NEW_ROW))),
                "new": line.startswith(NEW_ROW),
                "left": any(name in cells for name in leaving),
                "cells": [(_label(register, name), _cell_words(register, name, value)) for name, value in cells.items() if name != "name"],
            }
            for line, cells in shown.items()
        ]
        tables.append({"label": register_label(register), "rows": rows, "of": len(told), "more": len(told) - len(rows)})
    return tables


def _cell_words(register: str, field: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value == "":
        return _("none of these")
    of, name = ("enrolments", field.removeprefix(MOVED)) if field.startswith(MOVED) else (register, field)
    return field_words(of, name, str(value))


def kept_cause(kept: dict[str, Any]) -> dict[str, Any]:
    """A kept cause as `_causes.html` shows it."""
    chinese = (get_language() or "zh").startswith("zh")
    row = kept.get("first_row")
    place = [str(kept.get("column") or ""), _("row {n}").format(n=row) if row else ""]
    return {
        "message": kept.get("message_zh" if chinese else "message_en", ""),
        "count": kept.get("count", 0),
        "code": kept.get("code", ""),
        "colour": {"reject": "bad", "warn": "warn"}.get(kept.get("severity", ""), "mute"),
        "where": " · ".join(one for one in place if one),
    }


def field_choices(choosable: dict[str, list[str]], chosen: set[str]) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """Register in words → (name of the field in the form, words, whether it is chosen)."""
    return [
        (register_label(register), [(f"{register}.{name}", _label(register, name), f"{register}.{name}" in chosen) for name in fields])
        for register, fields in choosable.items()
    ]
