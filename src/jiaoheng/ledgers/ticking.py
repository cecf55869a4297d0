"""Ticking: the clocks of open rows go on by themselves: what became late is marked, a due day that a new holiday notice moved is moved and
says so, and who is to be reminded or told is written down.

Changes when a row changes by itself in another way. Only rows are looked at whose day has come, or that were counted by another calendar.
Everything of a row is written in one transaction, after which the row is not looked at before its next day: who is killed in between has
done the row whole or not at all; who ticks twice, or after the machine's clock went back, finds nothing to do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from jiaoheng.access.account import Account
from jiaoheng.ledgers.clock import OFFICE_ZONE, DueNotice, Reading
from jiaoheng.ledgers.clock_words import Said
from jiaoheng.ledgers.events import Case, Event, HistoryBroken
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.notice import Notice, NoticeKind, write_notices
from jiaoheng.ledgers.published_ledger import ledger_processes, process_marks
from jiaoheng.ledgers.row_event import RowEvent, stored_event
from jiaoheng.ledgers.standing import case_of, clocks_of, settle
from jiaoheng.ledgers.told import Told
from jiaoheng.rulebook.loader import Label

__all__ = ["Ticked", "tick_rows"]

_AT_ONCE = 500
_WRITTEN = ("state", "events", "due_on", "clock", "closed_on", "on_time", "look_on", "counted_by")
_CLOCK = Label(en="the clock", zh="时限")
_WORDS = {
    "reminder": Label(en="{ledger} #{row}: {clock} is due on {due}.", zh="{ledger}第{row}号：{clock}将于{due}到期。"),
    "escalation": Label(
        en="{ledger} #{row}: {clock} was due on {due} and is late.", zh="{ledger}第{row}号：{clock}应于{due}完成，已超期。"
    ),
    "moved": Label(en="{ledger} #{row}: {clock} is now due on {due}.", zh="{ledger}第{row}号：{clock}的到期日改为{due}。"),
}


@dataclass
class Ticked:
    """How many rows were looked at, due days that moved, rows that became late, notices written; rows whose events do not add up."""

    looked: int = 0
    moved: int = 0
    became_late: int = 0
    notices: int = 0
    broken: list[int] = field(default_factory=list)


def tick_rows(at: datetime | None = None, *, at_once: int = _AT_ONCE) -> Ticked:
    """Look at every open row that can have changed by this moment."""
    moment = (at or timezone.now()).astimezone(OFFICE_ZONE)
    ticked, told = Ticked(), None
    while _due(moment.date()).exists():
        told = told or Told()
        with transaction.atomic():
            rows = list(_due(moment.date()).select_for_update(of=("self",), skip_locked=True).order_by("pk")[:at_once])
            _look(rows, moment, told, ticked)
        if not rows:  # others have them in hand
            break
    return ticked


def _due(today: date) -> "QuerySet[LedgerRow, LedgerRow]":
    otherwise = Q(look_on__lte=today)
    for process, mark in process_marks().items():
        otherwise |= Q(process=process, counted_by__lt=mark) | Q(process=process, counted_by__gt=mark)
    return LedgerRow.objects.filter(otherwise, closed_on=None).select_related("organisation", "version").defer("answers", "version__source")


def _look(rows: Sequence[LedgerRow], moment: datetime, told: Told, ticked: Ticked) -> None:
    happened: dict[int, list[RowEvent]] = {}
    for event in RowEvent.objects.filter(row__in=[row.pk for row in rows]).order_by("row", "number"):
        happened.setdefault(event.row_id, []).append(event)
    events: list[RowEvent] = []
    notices: list[Notice] = []
    for row in rows:
        ticked.looked += 1
        try:
            case = case_of(row, happened.get(row.pk, []))
        except HistoryBroken:
            ticked.broken.append(row.pk)
            case = None
        if case is None:
            row.look_on, row.counted_by = None, process_marks().get(row.process, "")
            continue
        was_late, before = row.on_time is False, (row.clock, row.due_on, row.counted_by)
        readings = clocks_of(case, moment.date())
        settle(row, case, moment.date(), looked=True)
        ticked.became_late += row.on_time is False and not was_late
        said = _moved(row, readings, before, moment)
        if said is not None:
            events.append(said)
            ticked.moved += 1
            notices.extend(_notices_of(row, case, readings[row.clock], told, [_move_notice(row, moment.date())]))
        for reading in readings.values():
            running = reading.stopped_on is None and not case.ended
            due = [notice for notice in reading.notices if running and notice.on <= moment.date()]
            notices.extend(_notices_of(row, case, reading, told, due))
    RowEvent.objects.bulk_create(events, batch_size=500)
    ticked.notices += write_notices(notices)
    LedgerRow.objects.bulk_update(rows, _WRITTEN, batch_size=200)


def _moved(row: LedgerRow, readings: dict[str, Reading], before: tuple[str, date | None, str], moment: datetime) -> RowEvent | None:
    """The event that says why the due day is another one, where calendar or rule changed. A paused clock moves daily, unsaid."""
    clock, due, counted_by = before
    reading = readings.get(row.clock)
    if not counted_by or counted_by == row.counted_by or clock != row.clock or due == row.due_on or reading is None or reading.paused:
        return None
    language = settings.LANGUAGE_CODE
    skipped = [step for step in reading.steps if step.code in ("CLOCK-SKIPPED", "CLOCK-UNKNOWN")]
    rule = _clock_label(row, row.clock)
    values = {"clock": rule, "before": due, "after": row.due_on, "steps": skipped}
    words = Said("CLOCK-RECOUNTED", values).in_language(language)
    row.events += 1
    event = Event(row.events, "noted", moment.date(), moment, _CLOCK.in_language(language), note=words, clock=row.clock)
    return stored_event(row, event, account=None, origin=row.state)


def _move_notice(row: LedgerRow, today: date) -> DueNotice:
    return DueNotice(today, "reminder", "holder", f"{row.clock}/moved/0/holder/{row.due_on}")


def _notices_of(row: LedgerRow, case: Case, reading: Reading, told: Told, due: Sequence[DueNotice]) -> Iterator[Notice]:
    for one in due:
        accounts: Sequence[Account | None] = told.of_row(row, case, one.to) or [None]
        kind = "moved" if "/moved/" in one.key else one.kind
        words = _WORDS[kind].in_language(settings.LANGUAGE_CODE)
        title = row.version.title.in_language(settings.LANGUAGE_CODE)
        label = case.process.clocks[reading.clock].label.in_language(settings.LANGUAGE_CODE)
        text = words.format(ledger=title, row=row.pk, clock=label, due=reading.due)
        for account in accounts:
            yield Notice(
                key=f"row/{row.pk}/{one.key}/{account.pk if account else 0}", kind=NoticeKind(kind), account=account,
                organisation=row.organisation, address=f"/ledgers/{row.ledger}/{row.pk}/", text=text[:400], on=one.on,
                settled=account is None,
            )  # fmt: skip


def _clock_label(row: LedgerRow, clock: str) -> Label:
    return ledger_processes()[row.process].clocks[clock].label
