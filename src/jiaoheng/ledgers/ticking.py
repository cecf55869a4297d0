"""Ticking: the clocks of open rows go on by themselves: what became late is marked, a due day that a new holiday notice moved is moved and
says so, and who is to be reminded or told is written down.

Changes when a row changes by itself in another way. Only rows are looked at whose day has come, or that were counted by another calendar.
Everything of a row is written in one transaction, after which the row is not looked at before its next day: who is killed in between has
done the row whole or not at all; who ticks twice, or after the machine's clock went back, finds nothing to do.

A holiday notice has a hundred thousand rows looked at. Rows to which the same happened on the same days stand the same: their clocks are
read once. Rows come and go as plain columns.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case as If
from django.db.models import F, Q, QuerySet, When
from django.utils import timezone

from jiaoheng.access.account import Account
from jiaoheng.access.bulk_insert import insert_columns, listed, update_columns, widen_cache
from jiaoheng.ledgers.clock import OFFICE_ZONE, DueNotice, Reading
from jiaoheng.ledgers.clock_words import Said
from jiaoheng.ledgers.events import Event, HistoryBroken, replay
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.ledger_version import LedgerVersion
from jiaoheng.ledgers.notice import NewNotice, NoticeKind, unwritten, write_notices
from jiaoheng.ledgers.published_ledger import ledger_processes, process_marks, rulebook_held
from jiaoheng.ledgers.row_event import RowEvent
from jiaoheng.ledgers.standing import Standing, clocks_of, dues_before, fields_counted, standing_of
from jiaoheng.ledgers.told import Told
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.rulebook.loader import Label

__all__ = ["Ticked", "tick_rows"]

_AT_ONCE = 5_000
_ALIKE_AT_MOST = 50_000
_PIECES_FOR_TWO = 3
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

    def with_those_of(self, other: "Ticked") -> "Ticked":
        return Ticked(
            self.looked + other.looked, self.moved + other.moved, self.became_late + other.became_late, self.notices + other.notices,
            self.broken + other.broken,
        )  # fmt: skip


class _Row(NamedTuple):
    """An open row as it is kept: its keys, and how it stood when it was last looked at."""

    pk: int
    process: str
    ledger: str
    version: int
    organisation: int
    holder: int | None
    state: str
    events: int
    due_on: date | None
    clock: str
    also_due: str
    on_time: bool | None
    counted_by: str


class _Move(NamedTuple):
    """What is said in a row of due days that moved: an event, by the names of its columns."""

    row_id: int
    number: int
    note: str
    clock: str
    origin: str


class _ToTell(NamedTuple):
    """A notice that is due, before it is known whether it is written already."""

    key: str
    row: _Row
    reading: Reading
    due: DueNotice
    account: int | None


_Happened = tuple[Any, ...]
"""One event without its row: number, kind, on, to, clock, pause, days; by and recorded_at of what extends; the fields that clocks read."""


@dataclass
class _Alike:
    """What rows have in common to which the same happened on the same days."""

    running: Sequence[Reading]
    stands: Standing
    due: list[tuple[Reading, DueNotice]]
    acts: frozenset[str]
    """Whoever may act now: they hear where nobody holds the row."""
    moved: dict[tuple[str, date | None, str], list[tuple[Reading, str]]] = field(default_factory=dict)


def tick_rows(at: datetime | None = None, *, at_once: int = _AT_ONCE) -> Ticked:
    """Look at every open row that can have changed by this moment.

    Many pieces are gone through by two hands where the database is a server: one counts while the other's rows are written.
    """
    moment = (at or timezone.now()).astimezone(OFFICE_ZONE)
    with rulebook_held():
        due = _due(moment.date())
        keys = list(due.order_by("pk").values_list("pk", flat=True))
        pieces = deque((keys[start], keys[min(start + at_once, len(keys)) - 1]) for start in range(0, len(keys), at_once))
        alone = connection.vendor != "postgresql" or connection.in_atomic_block or len(pieces) < _PIECES_FOR_TWO
        if alone:
            return _at_pieces(pieces, due, moment)
        with ThreadPoolExecutor(1) as second:
            others = second.submit(copy_context().run, _second_hand, pieces, due, moment)
            try:
                own = _at_pieces(pieces, due, moment)
            finally:
                pieces.clear()  # where one fails, the other ends after its piece
            return own.with_those_of(others.result())


def _second_hand(pieces: "deque[tuple[int, int]]", due: "QuerySet[LedgerRow, LedgerRow]", moment: datetime) -> Ticked:
    """Those pieces that the first hand does not come to, over a connection of its own."""
    try:
        return _at_pieces(pieces, due.all(), moment)
    finally:
        pieces.clear()
        connection.close()


def _at_pieces(pieces: "deque[tuple[int, int]]", due: "QuerySet[LedgerRow, LedgerRow]", moment: datetime) -> Ticked:
    """Piece by piece, each in a transaction of its own, until none is left."""
    ticked, look = Ticked(), None
    while pieces:
        try:
            piece = pieces.popleft()
        except IndexError:  # the other hand was quicker
            break
        with transaction.atomic():
            chosen = due.filter(pk__range=piece).select_for_update(skip_locked=True).order_by("pk")  # others may have some in hand
            rows = list(map(_Row._make, chosen.values_list(*_Row._fields)))
            if not rows:
                continue
            if look is None:
                look = _Look(moment, ticked)
                widen_cache()
            look.at_rows(rows)
    return ticked


def _due(today: date) -> "QuerySet[LedgerRow, LedgerRow]":
    """Open rows whose day has come, or whose days were counted by what no longer holds."""
    still, marks = LedgerRow.objects.filter(closed_on=None), process_marks()
    otherwise = Q(look_on__lte=today)
    for process, counted_by in still.order_by().values_list("process", "counted_by").distinct():
        if marks.get(process, counted_by) != counted_by:
            otherwise |= Q(process=process, counted_by=counted_by)
    return still.filter(otherwise)


class _Look:
    """One look at very many rows. What was read for some of them is kept for the others."""

    def __init__(self, moment: datetime, ticked: Ticked) -> None:
        self.moment, self.today, self.ticked, self.told = moment, moment.date(), ticked, Told()
        self.processes, self.marks, self.language = ledger_processes(), process_marks(), settings.LANGUAGE_CODE
        self.counted = {name: fields_counted(process) for name, process in self.processes.items()}
        self.titles = {
            key: Label(en=en, zh=zh).in_language(self.language)
            for key, en, zh in LedgerVersion.objects.values_list("pk", "title_en", "title_zh")
        }
        self.places: dict[int, str] = dict(Organisation.objects.values_list("pk", "path"))
        self.alike: dict[tuple[Any, ...], _Alike | None] = {}
        self.words: dict[tuple[Any, ...], str] = {}

    def at_rows(self, rows: Sequence[_Row]) -> None:
        happened = self._happened(rows)
        standings, counts, moves = list[Standing](), list[int](), list[_Move]()
        to_tell: list[_ToTell] = []
        for row in rows:
            alike = self._alike(row.process, happened.get(row.pk, []))
            if alike is None:
                if row.process in self.processes:
                    self.ticked.broken.append(row.pk)
                standings.append(self._left_alone(row))
                counts.append(row.events)
                continue
            stands = alike.stands
            self.ticked.became_late += stands.on_time is False and row.on_time is not False
            moved = self._moved(row, alike)
            if moved:
                moves.append(
                    _Move(row.pk, stands.events + 1, "\n".join(words for _reading, words in moved), moved[0][0].clock, stands.state)
                )
                self.ticked.moved += len(moved)
            for reading, _words in moved:
                to_tell.extend(self._told(row, alike, reading, _move_notice(reading, self.today)))
            for reading, due in alike.due:
                to_tell.extend(self._told(row, alike, reading, due))
            standings.append(stands)
            counts.append(stands.events + bool(moved))
        self.ticked.looked += len(rows)
        self._write(rows, standings, counts, moves, to_tell)

    def _write(
        self, rows: Sequence[_Row], standings: list[Standing], counts: list[int], moves: list[_Move], to_tell: list[_ToTell]
    ) -> None:
        said = {name: [getattr(move, name) for move in moves] for name in _Move._fields}
        alike = {
            "kind": "noted", "on": self.today, "recorded_at": self.moment, "account_id": None, "by": _CLOCK.in_language(self.language),
            "to": "", "fields": {}, "before": {}, "pause": "", "days": None,
        }  # fmt: skip
        insert_columns(RowEvent, said, alike)
        new = unwritten([one.key for one in to_tell])
        self.ticked.notices += write_notices([self._notice(one) for one in to_tell if one.key in new], new=new)
        columns: dict[str, list[Any]] = {
            name: [getattr(stands, name) for stands in standings]
            for name in ("state", "due_on", "clock", "also_due", "closed_on", "on_time", "look_on", "counted_by")
        }
        update_columns(LedgerRow, [row.pk for row in rows], {**columns, "events": counts})

    def _happened(self, rows: Sequence[_Row]) -> dict[int, list[_Happened]]:
        """What happened to each of the rows, in order. Of who and when, only what a clock looks at is read."""
        names, process = self.counted, {row.pk: row.process for row in rows}
        found: dict[int, list[_Happened]] = {}
        extends = Q(kind__startswith="extension_")
        counted = [name for name, fields in names.items() if fields]  # JSON of the others would be read for nothing
        columns = (
            "row", "number", "kind", "on", "to", "clock", "pause", "days", If(When(extends, then=F("by"))),
            If(When(extends, then=F("recorded_at"))), If(When(row__process__in=counted, then=F("fields"))),
        )  # fmt: skip
        events = RowEvent.objects.filter(row__in=listed(list(process), "bigint")).order_by("row", "number")
        for row, *plain, fields in events.values_list(*columns):
            said = tuple((name, fields[name]) for name in names.get(process[row], ()) if name in fields) if fields else ()
            found.setdefault(row, []).append((*plain, said))
        return found

    def _alike(self, process: str, happened: Sequence[_Happened]) -> _Alike | None:
        """How a row stands to which this happened; None where its process is gone, or its events do not add up."""
        key = (process, *happened)
        if key not in self.alike:
            if len(self.alike) > _ALIKE_AT_MOST:
                self.alike.clear()
                self.words.clear()
            self.alike[key] = self._read(process, happened)
        return self.alike[key]

    def _read(self, name: str, happened: Sequence[_Happened]) -> _Alike | None:
        process = self.processes.get(name)
        try:
            case = None if process is None else replay(process, map(_event, happened))
        except HistoryBroken:
            case = None
        if case is None:
            return None
        readings = clocks_of(case, self.today)
        running = [] if case.ended else [reading for reading in readings.values() if reading.stopped_on is None]
        due = [(reading, notice) for reading in running for notice in reading.notices if notice.on <= self.today]
        return _Alike(running, standing_of(case, name, self.today, looked=True), due, frozenset(case.actors_here))

    def _left_alone(self, row: _Row) -> Standing:
        """What stands beside a row whose events say nothing stays, and it is not looked at again before its rule changes."""
        return Standing(
            row.state, row.events, row.due_on, row.clock, row.also_due, None, row.on_time, self.marks.get(row.process, ""), None
        )

    def _moved(self, row: _Row, alike: _Alike) -> list[tuple[Reading, str]]:
        """The running clocks whose due day is another one, since calendar or rule changed, and the words for it. A paused clock moves
        daily, unsaid."""
        if not row.counted_by or row.counted_by == alike.stands.counted_by:
            return []
        key = row.clock, row.due_on, row.also_due
        if key not in alike.moved:
            before = dues_before(*key)
            alike.moved[key] = [
                (reading, self._recounted(row.process, before[reading.clock], reading))
                for reading in alike.running
                if not reading.paused and before.get(reading.clock, reading.due) != reading.due
            ]
        return alike.moved[key]

    def _recounted(self, process: str, before: date, reading: Reading) -> str:
        """The words for it: the same where the same days were left out of the same clock."""
        skipped = [step for step in reading.steps if step.code in ("CLOCK-SKIPPED", "CLOCK-UNKNOWN")]
        key = (process, reading.clock, before, reading.due, *(str(step.values.get("days") or step.values["day"]) for step in skipped))
        if key not in self.words:
            label = self.processes[process].clocks[reading.clock].label
            values = {"clock": label, "before": before, "after": reading.due, "steps": skipped}
            self.words[key] = Said("CLOCK-RECOUNTED", values).in_language(self.language)
        return self.words[key]

    def _told(self, row: _Row, alike: _Alike, reading: Reading, due: DueNotice) -> Iterator[_ToTell]:
        holder_first = due.to == "holder"
        actors = alike.acts if holder_first else frozenset([due.to])
        accounts: Sequence[Account | None] = self.told.hearing(
            self.places[row.organisation], row.holder, row.process, actors, holder_first=holder_first
        )
        for account in accounts or [None]:
            key = account.pk if account else None
            yield _ToTell(f"row/{row.pk}/{due.key}/{key or 0}", row, reading, due, key)

    def _notice(self, say: _ToTell) -> NewNotice:
        row, reading = say.row, say.reading
        kind: str = NoticeKind.MOVED.value if "/moved/" in say.due.key else say.due.kind
        label = self.processes[row.process].clocks[reading.clock].label.in_language(self.language)
        text = _WORDS[kind].in_language(self.language).format(ledger=self.titles[row.version], row=row.pk, clock=label, due=reading.due)
        address = f"/ledgers/{row.ledger}/{row.pk}/"
        return NewNotice(say.key, kind, say.account, row.organisation, address, text, say.due.on)


def _move_notice(reading: Reading, today: date) -> DueNotice:
    return DueNotice(today, "reminder", "holder", f"{reading.clock}/moved/0/holder/{reading.due}")


def _event(happened: _Happened) -> Event:
    """The event as clocks read it: who did it and when it was written down matter only to extensions."""
    number, kind, on, to, clock, pause, days, by, recorded_at, fields = happened
    at = recorded_at or datetime.combine(on, time(), OFFICE_ZONE)
    return Event(number, kind, on, at, by or "", to, fields=dict(fields), clock=clock, pause=pause, days=days)
