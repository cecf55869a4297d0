"""Clock: one deadline of one row on one day, computed from its events, and every step of the count.

Changes when a deadline is counted in another way. Nothing is stored: the same events, calendar and day always give the same reading.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from jiaoheng.ledgers.clock_words import Said
from jiaoheng.ledgers.events import Case, Event, MoveRefused
from jiaoheng.ledgers.process import ClockRule, TimeLimit
from jiaoheng.ledgers.working_days import Calendar, Day, Unit
from jiaoheng.rulebook.loader import Label

__all__ = ["OFFICE_ZONE", "DueNotice", "Reading", "check_may_extend", "check_may_go_on", "explain_change", "read_clock", "read_clocks"]

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")
"""Offices count days in this zone."""

_MERGED = Label(en="merged into another row", zh="并入他件")

Colour = Literal["green", "amber", "red"]


@dataclass(frozen=True)
class DueNotice:
    """A reminder or an escalation that falls on a day. `key` is the same for the same notice of the same due day: send it once."""

    on: date
    kind: Literal["reminder", "escalation"]
    to: str
    key: str


@dataclass(frozen=True)
class Reading:
    """What the clock shows.

    `days_left`: in the clock's unit (calendar days where that is months), negative when overdue. `on_time`: None while it runs within
    its time, and where it ended in another way than the one that counts. `due` while paused: as if it went on today. `lapsed`: it was a
    time in which something might be done, and is over.
    """

    clock: str
    start: date
    due: date
    original_due: date
    days_left: int
    unit: Unit
    colour: Colour
    paused: bool
    stopped_on: date | None
    overdue: bool
    on_time: bool | None
    table_reaches: bool
    calendar_digest: str
    lapsed: bool = False
    notices: tuple[DueNotice, ...] = ()
    steps: tuple[Said, ...] = field(default=(), repr=False)

    def explain(self, language: str = "zh-hans") -> list[str]:
        """The count, step by step, in words."""
        return [step.in_language(language) for step in self.steps]


def read_clocks(case: Case, calendar: Calendar, today: date) -> dict[str, Reading]:
    """Every clock of the row that has started, by name, the running ones first and the nearest due day first."""
    readings = [reading for name in case.process.clocks if (reading := read_clock(case, name, calendar, today))]
    return {reading.clock: reading for reading in sorted(readings, key=lambda reading: (reading.stopped_on is not None, reading.due))}


def read_clock(case: Case, name: str, calendar: Calendar, today: date) -> Reading | None:
    """One clock on one day; None where it is not for this row or has not started. Only events up to `today` are seen."""
    rule = case.process.clocks[name]
    if any(case.fields.get(key, "") not in values for key, values in rule.when.items()):
        return None
    began = _began(case, rule, today)
    return _Count(case, name, rule, calendar, today, *began).reading() if began else None


def check_may_extend(case: Case, name: str, calendar: Calendar, asked_at: datetime) -> None:
    """Refuse an extension that is asked for too late, or of a clock that does not run. Raises: MoveRefused."""
    rule = case.process.clocks[name]
    reading = read_clock(case, name, calendar, _local(asked_at).date())
    if reading is None or reading.stopped_on:
        raise MoveRefused(Said("EXTEND-NOT-RUNNING", {"clock": rule.label}))
    if rule.extension is None:
        raise MoveRefused(Said("EXTEND-NEVER", {"clock": rule.label}))
    cut_off = _cut_off(reading.original_due, rule.extension.cut_off)
    if _local(asked_at) > cut_off:
        raise MoveRefused(Said("EXTEND-LATE", {"cut_off": cut_off}))


def check_may_go_on(case: Case, to: str, acts_as: frozenset[str], calendar: Calendar, today: date) -> None:
    """A time in which somebody may do something is theirs: others move the row on only when it is over. Raises: MoveRefused."""
    for name, rule in case.process.clocks.items():
        ours = acts_as.intersection(case.here.acts) or case.process.states[to].end == "withdrawn"
        if rule.lapses and to in rule.until and not ours:
            reading = read_clock(case, name, calendar, today)
            if reading is not None and reading.stopped_on is None:
                raise MoveRefused(Said("MOVE-WINDOW", {"clock": rule.label, "day": reading.due}))


def explain_change(case: Case, name: str, before: Calendar, after: Calendar, today: date) -> Said | None:
    """What a changed holiday table did to this running clock's due day, with the days that changed; None where it did nothing."""
    then, now = read_clock(case, name, before, today), read_clock(case, name, after, today)
    if then is None or now is None or now.stopped_on or then.due == now.due:
        return None
    changed = before.differences(after, now.start, max(then.due, now.due))
    days = [
        Said("CLOCK-NOW-WORKS" if new.works else "CLOCK-NOW-OFF", {"day": new.on, "why": new.label, "source": new.source})
        for _, new in changed
    ]
    return Said("CLOCK-MOVED", {"before": then.due, "after": now.due, "days": days})


@dataclass
class _Held:
    """A pause as this clock feels it: days after `start` up to and including `end` do not count."""

    pause: str
    start: date
    end: date
    goes_on: bool
    spent: bool


class _Count:
    """One counting. Steps gather as the count goes."""

    def __init__(self, case: Case, name: str, rule: ClockRule, calendar: Calendar, today: date, start: date, event: Label) -> None:
        self.case, self.name, self.rule, self.calendar, self.today, self.start = case, name, rule, calendar, today, start
        self.steps = [Said("CLOCK-FROM", {"day": start, "event": event})]
        self.table_reaches = True
        self.stop = self._stop()
        self.seen_until = min(today, self.stop[0]) if self.stop else today
        self.held = list(self._holds())

    def reading(self) -> Reading:
        self._restart()
        self.steps.append(
            Said("CLOCK-LIMIT", {"days": self.rule.limit.days, "unit": self.rule.limit.unit, "source": self.rule.limit.source})
        )
        original = self._original_due()
        due = self._extended(original)
        self._say_pauses(due)
        self.steps.append(Said("CLOCK-DUE", {"day": due}))
        unit: Unit = "calendar" if self.rule.limit.unit == "months" else self.rule.limit.unit
        lapsed = self.rule.lapses and not self.stop and self.today > due and not any(held.goes_on for held in self.held)
        stopped_on = due if lapsed else self.stop[0] if self.stop else None
        judged = original if self.rule.on_time.by == "original" else due
        paused = stopped_on is None and any(held.goes_on for held in self.held)
        days_left = self.calendar.between(stopped_on or self.today, due, unit)
        overdue = (stopped_on or self.today) > judged
        on_time = self._on_time(overdue)
        overdue = overdue and not (self.rule.lapses and on_time is None)
        if lapsed:
            self.steps.append(Said("CLOCK-LAPSED"))
        else:
            self._say_end(judged, on_time, days_left, unit)
        return Reading(
            clock=self.name,
            start=self.start,
            due=due,
            original_due=original,
            days_left=days_left,
            unit=unit,
            colour=self._colour(days_left, overdue),
            paused=paused,
            stopped_on=stopped_on,
            overdue=overdue,
            on_time=on_time,
            table_reaches=self.table_reaches,
            calendar_digest=self.calendar.digest,
            lapsed=lapsed,
            notices=() if stopped_on or paused else tuple(self._notices(due, unit)),
            steps=tuple(self.steps),
        )

    def _stop(self) -> tuple[date, Event] | None:
        entered = [event for state, event in _entries(self.case, self.today) if state in self.rule.until]
        entered += [event for event in self.case.events if event.kind == "merged" and event.on <= self.today]
        started = _start_event(self.case, self.rule, self.today)
        after = [event for event in entered if started is None or event.number > started.number]
        first = min(after, key=lambda event: event.number, default=None)
        return (max(first.on, self.start), first) if first else None

    def _holds(self) -> Iterator[_Held]:
        pauses = self.case.process.pauses
        for span in self.case.pauses():
            if span.pause not in self.rule.pauses or span.start > self.seen_until:
                continue
            start = max(span.start, self.start)
            known_end = span.end if span.end is not None and span.end <= self.seen_until else None
            end = known_end or self.seen_until
            limit = pauses[span.pause].at_most
            last = self._after(span.start, limit) if limit else None
            spent = last is not None and last < end
            if last is not None and spent:
                end = last
            if end >= start:
                yield _Held(span.pause, start, end, known_end is None and not spent, spent)

    def _restart(self) -> None:
        """A pause after which the time counts anew: the count starts on the day it ended."""
        for held in self.held:
            pause = self.case.process.pauses[held.pause]
            if pause.effect == "restarts" and held.end >= self.start:
                self.start = held.end
                if not held.goes_on:
                    self.steps.append(Said("CLOCK-RESTARTED", {"day": held.end, "why": pause.label, "source": pause.source}))

    def _original_due(self) -> date:
        rule = self.rule
        given = _day(self.case.fields.get(rule.due_field, "")) if rule.due_field else None
        if given is None:
            return self._rolled(self._after(self.start, rule.limit, say=True))
        if given < self.start:
            self.steps.append(Said("CLOCK-GIVEN-EARLY", {"day": given}))
            return self.start
        self.steps.append(Said("CLOCK-GIVEN", {"day": given}))
        count = TimeLimit(days=(given - self.start).days, unit="calendar", source=rule.limit.source)
        return self._rolled(self._after(self.start, count, say=True))

    def _extended(self, original: date) -> date:
        rule = self.rule.extension
        if rule is None:
            return original
        due, asked = original, None
        for event in self.case.events:
            if event.clock != self.name or event.on > self.today:
                continue
            if event.kind == "extension_asked":
                asked = event
            elif event.kind == "extension_granted":
                asked_at, cut_off = _local((asked or event).recorded_at), _cut_off(original, rule.cut_off)
                if due != original:
                    self.steps.append(Said("CLOCK-EXTENSION-AGAIN", {"day": event.on}))
                elif asked_at > cut_off:
                    self.steps.append(Said("CLOCK-EXTENSION-LATE", {"asked": asked_at, "cut_off": cut_off}))
                else:
                    days = min(event.days or (asked and asked.days) or rule.days, rule.days)
                    said = {"days": days, "unit": rule.unit, "day": event.on, "by": event.by, "source": rule.source}
                    self.steps.append(Said("CLOCK-EXTENDED", said))
                    due = self._rolled(self._after(original, TimeLimit(days=days, unit=rule.unit, source=rule.source), say=True))
        return due

    def _after(self, start: date, limit: TimeLimit, *, say: bool = False) -> date:
        """The limit's last day. Only the clock's own count (`say`) feels the pauses; how long a pause may last does not."""
        count = self.calendar.add(start, limit.days, limit.unit, held=self._is_held if say and self.held else None)
        if say:
            self.steps.extend(_said_skipped(count.skipped))
            if count.unknown_from:
                self.table_reaches = False
                self.steps.append(Said("CLOCK-UNKNOWN", {"day": count.unknown_from}))
        return count.end

    def _is_held(self, day: date) -> bool:
        return any(held.start < day <= held.end for held in self.held)

    def _rolled(self, due: date) -> date:
        if self.rule.last_day_off == "stays" or self.calendar.works(due):
            return due
        self.steps.append(Said("CLOCK-ROLLED", {"day": due, "why": self.calendar.day(due).label}))
        return self.calendar.next_working_day(due)

    def _say_pauses(self, due: date) -> None:
        for held in self.held:
            pause = self.case.process.pauses[held.pause]
            if held.start >= due:
                continue
            if held.goes_on:
                self.steps.append(Said("CLOCK-PAUSED-NOW", {"start": held.start, "why": pause.label, "source": pause.source}))
            elif pause.effect == "stops":
                days = (held.end - held.start).days
                self.steps.append(
                    Said("CLOCK-PAUSED", {"start": held.start, "end": held.end, "why": pause.label, "source": pause.source, "days": days})
                )
            if held.spent and pause.at_most:
                self.steps.append(Said("CLOCK-PAUSE-SPENT", {"why": pause.label, "end": held.end, "source": pause.at_most.source}))

    def _on_time(self, overdue: bool) -> bool | None:
        if not self.stop:
            return False if overdue and not self.rule.lapses else None
        reached = self.rule.on_time.reached or ([] if self.rule.lapses else self.rule.until)
        return not overdue if self.stop[1].kind != "merged" and self.stop[1].to in reached else None

    def _say_end(self, judged: date, on_time: bool | None, days_left: int, unit: Unit) -> None:
        if self.stop:
            on, event = self.stop
            ended_by = _MERGED if event.kind == "merged" else self.case.process.states[event.to].label
            self.steps.append(Said("CLOCK-STOPPED", {"day": on, "event": ended_by}))
            late = {True: Said("CLOCK-ON-TIME"), False: Said("CLOCK-LATE", {"days": (on - judged).days}), None: Said("CLOCK-ELSEWISE")}
            self.steps.append(late[on_time])
        elif days_left < 0:
            self.steps.append(Said("CLOCK-OVERDUE", {"days": -days_left, "unit": unit}))
        else:
            self.steps.append(Said("CLOCK-LEFT", {"days": days_left, "unit": unit}))

    def _colour(self, days_left: int, overdue: bool) -> Colour:
        if self.stop:
            return "red" if overdue else "green"
        if self.rule.lapses:
            return "green"
        if overdue or days_left <= self.rule.colours.red_at:
            return "red"
        return "amber" if days_left <= self.rule.colours.amber_at else "green"

    def _notices(self, due: date, unit: Unit) -> Iterator[DueNotice]:
        for notice in self.rule.remind:
            on = max(self.calendar.back(due, notice.days, unit), self.start)
            yield DueNotice(on, "reminder", notice.to, f"{self.name}/reminder/{notice.days}/{notice.to}/{due}")
        for notice in self.rule.escalate:
            on = self.calendar.add(due, notice.days, unit).end
            yield DueNotice(on, "escalation", notice.to, f"{self.name}/escalation/{notice.days}/{notice.to}/{due}")


def _began(case: Case, rule: ClockRule, today: date) -> tuple[date, Label] | None:
    event = _start_event(case, rule, today)
    if event is None:
        return None
    if rule.counted_from_field and (day := _day(case.fields.get(rule.counted_from_field, ""))):
        return day, case.process.fields[rule.counted_from_field]
    return event.on, case.process.states[event.to].label


def _start_event(case: Case, rule: ClockRule, today: date) -> Event | None:
    entered = [event for state, event in _entries(case, today) if state == rule.counted_from]
    return entered[0 if rule.which == "first" else -1] if entered else None


def _entries(case: Case, today: date) -> list[tuple[str, Event]]:
    return [(state, event) for state, event in case.entries() if event.on <= today]


def _said_skipped(skipped: tuple[Day, ...]) -> Iterator[Said]:
    """Skipped days that follow one another for the same reason are one sentence."""
    runs: list[list[Day]] = []
    for day in skipped:
        if runs and (runs[-1][-1].label is day.label or runs[-1][-1].label == day.label) and runs[-1][-1].on + timedelta(days=1) == day.on:
            runs[-1].append(day)
        else:
            runs.append([day])
    for run in runs:
        yield Said("CLOCK-SKIPPED", {"days": [day.on for day in run], "why": run[0].label, "source": run[0].source})


def _cut_off(due: date, at: str) -> datetime:
    hours, minutes = map(int, at.split(":"))
    return datetime.combine(due, time(), OFFICE_ZONE) + timedelta(hours=hours, minutes=minutes)


def _local(at: datetime) -> datetime:
    return at.astimezone(OFFICE_ZONE) if at.tzinfo else at.replace(tzinfo=OFFICE_ZONE)


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        return None
