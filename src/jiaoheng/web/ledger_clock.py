"""Ledger clock: a row's deadline as it is shown everywhere the same: colour, days left or over, who has it, how the day was counted.

Changes when a clock looks otherwise on lists, rows and desks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.ledgers.clock import Reading
from jiaoheng.ledgers.clock_words import Said
from jiaoheng.ledgers.events import Case
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.published_ledger import ledger_processes
from jiaoheng.ledgers.standing import cases_of, clocks_of, leading_clock, state_label
from jiaoheng.web.words import in_language

__all__ = ["ClockShown", "RowShown", "clocks_shown", "holder_of", "rows_shown"]

_COLOURS = {"green": "good", "amber": "warn", "red": "bad"}


@dataclass(frozen=True)
class ClockShown:
    """One clock. `colour` is a class of the stylesheet; `said` is short («3 working days left»), `steps` say how it was counted."""

    label: str
    colour: str
    said: str
    due: date
    running: bool
    paused: bool
    steps: list[str]


@dataclass(frozen=True)
class RowShown:
    """A row with what a list shows of it."""

    row: LedgerRow
    ledger: str
    state: str
    ended: bool
    holder: str
    clock: ClockShown | None


def clocks_shown(case: Case, today: date) -> list[ClockShown]:
    """Every clock of a row that has started, the running ones first."""
    return [_clock(case, reading) for reading in clocks_of(case, today).values()]


def rows_shown(rows: Sequence[LedgerRow], today: date) -> list[RowShown]:
    """Many rows, with one query for all their events."""
    cases, processes = cases_of(rows), ledger_processes()
    shown = []
    for row in rows:
        case = cases.get(row.pk)
        reading = leading_clock(case, today) if case else None
        shown.append(
            RowShown(
                row,
                in_language(row.version.title),
                in_language(state_label(processes.get(row.process), row.state)),
                case.ended if case else row.closed_on is not None,
                holder_of(row, case),
                _clock(case, reading) if case and reading else None,
            )
        )
    return shown


def holder_of(row: LedgerRow, case: Case | None) -> str:
    """Who has it: the account it was handed to, else the actors that the state waits for."""
    if row.holder is not None:
        return row.holder.get_full_name() or row.holder.username
    if case is None or case.ended:
        return ""
    return _(", ").join(in_language(case.process.actors[actor]) for actor in case.actors_here)


def _clock(case: Case, reading: Reading) -> ClockShown:
    running = reading.stopped_on is None and not case.ended
    language = get_language() or "zh-hans"
    if reading.paused and running:
        said = _("paused")
    elif running:
        days = reading.days_left
        said = Said("CLOCK-LEFT" if days >= 0 else "CLOCK-OVERDUE", {"days": abs(days), "unit": reading.unit}).in_language(language)
    elif reading.lapsed:
        said = _("time is over")
    else:
        said = {True: _("on time"), False: _("late"), None: _("ended otherwise")}[reading.on_time]
    colour = "mute" if reading.paused and running else _COLOURS[reading.colour] if running or reading.on_time is not None else "mute"
    label = in_language(case.process.clocks[reading.clock].label)
    return ClockShown(label, colour, said.rstrip("。."), reading.due, running, reading.paused, reading.explain(language))
