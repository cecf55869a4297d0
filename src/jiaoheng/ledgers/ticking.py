"""Ticking: the clocks of open rows go on by themselves: what became late is marked, a due day that a new holiday notice moved is moved and
says so, and who is to be reminded or told is written down.

Changes when a row changes by itself in another way. Only rows are looked at whose day has come, or that were counted by another calendar.
Everything of a row is written in one transaction, after which the row is not looked at before its next day: who is killed in between has
done the row whole or not at all; who ticks twice, or after the machine's clock went back, finds nothing to do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, cast

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from jiaoheng.access.account import Account
from jiaoheng.access.bulk_insert import insert_models, update_models
from jiaoheng.ledgers.clock import OFFICE_ZONE, DueNotice, Reading
from jiaoheng.ledgers.clock_words import Said
from jiaoheng.ledgers.events import Case, Event, HistoryBroken, Kind, replay
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.ledger_version import LedgerVersion
from jiaoheng.ledgers.notice import Notice, NoticeKind, unwritten, write_notices
from jiaoheng.ledgers.published_ledger import ledger_processes, process_marks, rulebook_held
from jiaoheng.ledgers.row_event import RowEvent, stored_event
from jiaoheng.ledgers.standing import clocks_of, settle
from jiaoheng.ledgers.told import Told
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.rulebook.loader import Label

__all__ = ["Ticked", "tick_rows"]

_AT_ONCE = 5_000
_WRITTEN = ("state", "events", "due_on", "clock", "closed_on", "on_time", "look_on", "counted_by")
_CLOCK = Label(en="the clock", zh="时限")
_WORDS = {
    "reminder": Label(en="{ledger} #{row}: {clock} is due on {due}.", zh="{ledger}第{row}号：{clock}将于{due}到期。"),
    "escalation": Label(
        en="{ledger} #{row}: {clock} was due on {due} and is late.", zh="{ledger}第{row}号：{clock}应于{due}完成，已超期。"
    ),
    "moved": Label(en="{ledger} #{row}: {clock} is now due on {due}.", zh="{ledger}第{row}号：{clock}的到期日改为{due}。"),
}


class _ToTell(NamedTuple):
    """A notice that is due, before it is known whether it is written already."""

    key: str
    row: LedgerRow
    case: Case
    reading: Reading
    due: DueNotice
    account: Account | None


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
    with rulebook_held():
        return _ticked((at or timezone.now()).astimezone(OFFICE_ZONE), at_once)


def _ticked(moment: datetime, at_once: int) -> Ticked:
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
    return LedgerRow.objects.filter(otherwise, closed_on=None).defer("answers")


def _with_places(rows: Sequence[LedgerRow]) -> None:
    """Give the rows their organisations and versions: few objects for many rows."""
    places = Organisation.objects.in_bulk({row.organisation_id for row in rows})
    versions = LedgerVersion.objects.defer("source").in_bulk({row.version_id for row in rows})
    for row in rows:
        row._state.fields_cache |= {"organisation": places[row.organisation_id], "version": versions[row.version_id]}


def _happened(rows: Sequence[LedgerRow]) -> dict[int, list[Event]]:
    """The events of many rows, in order, without a model for each."""
    found: dict[int, list[Event]] = {}
    columns = ("row", "number", "kind", "on", "recorded_at", "by", "to", "note", "fields", "clock", "pause", "days")
    keys = [row.pk for row in rows]
    for start in range(0, len(keys), 500):
        chosen = RowEvent.objects.filter(row__in=keys[start : start + 500]).order_by("row", "number")
        for row, number, kind, on, at, by, to, note, fields, clock, pause, days in chosen.values_list(*columns):
            event = Event(number, cast(Kind, kind), on, at, by, to, note, fields, clock=clock, pause=pause, days=days)
            found.setdefault(row, []).append(event)
    return found


def _look(rows: Sequence[LedgerRow], moment: datetime, told: Told, ticked: Ticked) -> None:
    _with_places(rows)
    happened, processes = _happened(rows), ledger_processes()
    events: list[RowEvent] = []
    to_tell: list[_ToTell] = []
    for row in rows:
        ticked.looked += 1
        try:
            process = processes.get(row.process)
            case = None if process is None else replay(process, happened.get(row.pk, []))
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
            to_tell.extend(_told(row, case, readings[row.clock], told, [_move_notice(row, moment.date())]))
        for reading in readings.values():
            running = reading.stopped_on is None and not case.ended
            due = [notice for notice in reading.notices if running and notice.on <= moment.date()]
            to_tell.extend(_told(row, case, reading, told, due))
    insert_models(events)
    new = unwritten([one.key for one in to_tell])
    ticked.notices += write_notices([_notice(one) for one in to_tell if one.key in new])
    update_models(rows, _WRITTEN)


def _moved(row: LedgerRow, readings: dict[str, Reading], before: tuple[str, date | None, str], moment: datetime) -> RowEvent | None:
    """The event that says why the due day is another one, where calendar or rule changed. A paused clock moves daily, unsaid."""
    clock, due, counted_by = before
    reading = readings.get(row.clock)
    if not counted_by or counted_by == row.counted_by or clock != row.clock or due == row.due_on or reading is None or reading.paused:
        return None
    language = settings.LANGUAGE_CODE
    words = _recounted(row.process, row.clock, due, row.due_on, reading, language)
    row.events += 1
    event = Event(row.events, "noted", moment.date(), moment, _CLOCK.in_language(language), note=words, clock=row.clock)
    return stored_event(row, event, account=None, origin=row.state)


def _recounted(process: str, clock: str, before: date | None, after: date | None, reading: Reading, language: str) -> str:
    """Why the day is another one. Rows that came on the same day are told the same, so what was said is kept."""
    key = (process, clock, before, after, id(reading), language)
    known = _SAID.get(key)
    if known is None or known[0] is not reading:
        if len(_SAID) > _SAID_AT_MOST:
            _SAID.clear()
        skipped = [step for step in reading.steps if step.code in ("CLOCK-SKIPPED", "CLOCK-UNKNOWN")]
        values = {"clock": ledger_processes()[process].clocks[clock].label, "before": before, "after": after, "steps": skipped}
        known = _SAID[key] = (reading, Said("CLOCK-RECOUNTED", values).in_language(language))
    return known[1]


_SAID: dict[tuple[object, ...], tuple[Reading, str]] = {}
_SAID_AT_MOST = 20_000


def _move_notice(row: LedgerRow, today: date) -> DueNotice:
    return DueNotice(today, "reminder", "holder", f"{row.clock}/moved/0/holder/{row.due_on}")


def _told(row: LedgerRow, case: Case, reading: Reading, told: Told, due: Sequence[DueNotice]) -> Iterator[_ToTell]:
    for one in due:
        accounts: Sequence[Account | None] = told.of_row(row, case, one.to) or [None]
        for account in accounts:
            yield _ToTell(f"row/{row.pk}/{one.key}/{account.pk if account else 0}", row, case, reading, one, account)


def _notice(say: _ToTell) -> Notice:
    row, reading, language = say.row, say.reading, settings.LANGUAGE_CODE
    kind = "moved" if "/moved/" in say.due.key else say.due.kind
    title = row.version.title.in_language(language)
    label = say.case.process.clocks[reading.clock].label.in_language(language)
    text = _WORDS[kind].in_language(language).format(ledger=title, row=row.pk, clock=label, due=reading.due)
    return Notice(
        key=say.key, kind=NoticeKind(kind), account=say.account, organisation=row.organisation, address=f"/ledgers/{row.ledger}/{row.pk}/",
        text=text[:400], on=say.due.on, settled=say.account is None,
    )  # fmt: skip
