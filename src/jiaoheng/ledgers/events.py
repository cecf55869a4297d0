"""Events: what happened to a row, one after the other; nothing is edited away, and the row's standing is what they add up to.

Changes when something new can happen to a row. Whoever stores events stores them whole and hands them back in order.
An event has two times: `on`, the day it holds from (a letter that came on Friday), and `recorded_at`, when we learned it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from jiaoheng.ledgers.clock_words import Said
from jiaoheng.ledgers.process import Process, State
from jiaoheng.rulebook.loader import Label

__all__ = [
    "Actor",
    "Case",
    "Event",
    "HistoryBroken",
    "Kind",
    "MoveRefused",
    "PauseSpan",
    "check_may_move",
    "may_move",
    "move",
    "register",
    "replay",
]

Kind = Literal[
    "registered",
    "moved",
    "paused",
    "resumed",
    "extension_asked",
    "extension_granted",
    "extension_refused",
    "reassigned",
    "merged",
    "linked",
    "noted",
    "corrected",
]
_AFTER_THE_END: frozenset[str] = frozenset({"noted", "linked"})


class MoveRefused(Exception):
    """The move may not be made. `said` has the reason in both languages."""

    def __init__(self, said: Said) -> None:
        self.said = said
        super().__init__(str(said))


class HistoryBroken(Exception):
    """Events that do not follow one another: one is missing, doubled, or of another row."""


@dataclass(frozen=True)
class Actor:
    """Who acts: a name to write down, and the process's actors that this person may act as."""

    name: str
    acts_as: frozenset[str]


@dataclass(frozen=True)
class Event:
    """One thing that happened. `number` counts from 1. `to`: the state moved to, the person it went to, or the row it was merged into."""

    number: int
    kind: Kind
    on: date
    recorded_at: datetime
    by: str
    to: str = ""
    note: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    clock: str = ""
    pause: str = ""
    days: int | None = None


@dataclass(frozen=True)
class PauseSpan:
    """One pause: from the day after `start` up to and including `end` no day counts; `end` None: it goes on."""

    pause: str
    start: date
    end: date | None


@dataclass(frozen=True)
class Case:
    """A row's standing: the sum of its events."""

    process: Process
    state: str
    events: tuple[Event, ...]
    fields: Mapping[str, str] = field(default_factory=dict)
    holder: str = ""

    @property
    def here(self) -> State:
        return self.process.states[self.state]

    @property
    def merged_into(self) -> str:
        """The row that this one was merged into, or nothing."""
        return next((event.to for event in self.events if event.kind == "merged"), "")

    @property
    def ended(self) -> bool:
        return self.here.end is not None or bool(self.merged_into)

    @property
    def actors_here(self) -> list[str]:
        """Everybody who may act in the state it stands in."""
        ways = [actor for way in self.here.next.values() if way for actor in way.acts]
        return list(dict.fromkeys([*self.here.acts, *ways]))

    def entries(self) -> list[tuple[str, Event]]:
        """Every state entered, with the event that did it, in order."""
        return [(event.to, event) for event in self.events if event.kind in ("registered", "moved")]

    def pauses(self) -> list[PauseSpan]:
        """Every pause in order; the last may still go on. Coming to an end of the process ends a pause."""
        spans: list[PauseSpan] = []
        for event in self.events:
            running = bool(spans) and spans[-1].end is None
            if event.kind == "paused":
                spans.append(PauseSpan(event.pause, event.on, None))
            elif running and (event.kind == "resumed" or (event.kind == "moved" and self.process.states[event.to].end is not None)):
                spans[-1] = replace(spans[-1], end=event.on)
        return spans


def register(
    process: Process, *, by: Actor, on: date, recorded_at: datetime, fields: Mapping[str, str] | None = None, note: str = ""
) -> Case:
    """A new row in the first state, by its first event."""
    if on > recorded_at.date():
        raise MoveRefused(Said("MOVE-AHEAD", {"day": on}))
    return replay(process, [Event(1, "registered", on, recorded_at, by.name, process.starts, note, dict(fields or {}))])


def replay(process: Process, events: Iterable[Event]) -> Case:
    """The row's standing after these events. The same events always give the same standing. Raises: HistoryBroken."""
    case: Case | None = None
    for event in sorted(events, key=lambda event: event.number):
        if event.number != (len(case.events) if case else 0) + 1 or (case is None) != (event.kind == "registered"):
            raise HistoryBroken(f"Event {event.number} ({event.kind}) does not follow; {len(case.events) if case else 0} came before it.")
        if event.kind in ("registered", "moved") and event.to not in process.states:
            raise HistoryBroken(f"Event {event.number} moves to «{event.to}», which this version of the process does not have.")
        case = _after(case, event) if case else Case(process, event.to, (event,), dict(event.fields))
    if case is None:
        raise HistoryBroken("A row has at least the event that registered it.")
    return case


def move(case: Case, event: Event, *, actor: Actor, seen: int) -> Case:
    """The row after this event. `seen`: how many events the actor had before their eyes. Raises: MoveRefused."""
    check_may_move(case, event, actor=actor, seen=seen)
    return _after(case, event)


def may_move(case: Case, event: Event, *, actor: Actor, seen: int) -> bool:
    """The same rule asked quietly, to show or hide the button."""
    try:
        check_may_move(case, event, actor=actor, seen=seen)
    except MoveRefused:
        return False
    return True


def check_may_move(case: Case, event: Event, *, actor: Actor, seen: int) -> None:
    """Refuse, in words the actor can act on, unless this may happen to the row now.

    Whether an extension is asked for in time depends on the holidays and is `clock.check_may_extend`'s to say.
    """
    last = case.events[-1]
    if seen != len(case.events) or event.number != len(case.events) + 1:
        raise MoveRefused(Said("MOVE-TWO", {"by": last.by, "at": last.recorded_at}))
    if event.on > event.recorded_at.date():
        raise MoveRefused(Said("MOVE-AHEAD", {"day": event.on}))
    if event.on < last.on:
        raise MoveRefused(Said("MOVE-BEFORE", {"day": event.on, "last": last.on}))
    if case.ended and event.kind not in _AFTER_THE_END:
        raise MoveRefused(Said("MOVE-ENDED", {"state": case.here.label}))
    match event.kind:
        case "moved":
            _check_way(case, event, actor)
        case "paused":
            _check_pause(case, event, actor)
        case "resumed":
            _check_acts(case, case.actors_here, actor)
            if not _open_pause(case):
                raise MoveRefused(Said("PAUSE-NONE"))
        case "extension_asked" | "extension_granted" | "extension_refused":
            _check_extension(case, event, actor)
        case "registered":
            raise MoveRefused(Said("MOVE-NO-WAY", {"state": case.here.label, "to": event.to, "ways": _ways(case)}))
        case "reassigned" | "merged" | "corrected":
            _check_acts(case, case.actors_here, actor)
        case "linked" | "noted":
            pass


def _check_way(case: Case, event: Event, actor: Actor) -> None:
    process = case.process
    way = process.way(case.state, event.to)
    if way is None:
        to = process.states[event.to].label if event.to in process.states else event.to
        raise MoveRefused(Said("MOVE-NO-WAY", {"state": case.here.label, "to": to, "ways": _ways(case)}))
    _check_acts(case, process.who_acts(case.state, event.to), actor)
    _check_filled(case, event, way.needs)


def _check_pause(case: Case, event: Event, actor: Actor) -> None:
    pauses = case.process.pauses
    _check_acts(case, case.actors_here, actor)
    if event.pause not in pauses:
        raise MoveRefused(Said("PAUSE-UNKNOWN", {"pause": event.pause, "pauses": [pause.label for pause in pauses.values()]}))
    if span := _open_pause(case):
        raise MoveRefused(Said("PAUSE-ALREADY", {"pause": pauses[span.pause].label, "day": span.start}))
    times = pauses[event.pause].times
    if times is not None and sum(span.pause == event.pause for span in case.pauses()) >= times:
        raise MoveRefused(Said("PAUSE-OFTEN", {"pause": pauses[event.pause].label, "times": times}))


def _check_extension(case: Case, event: Event, actor: Actor) -> None:
    clock = case.process.clocks.get(event.clock)
    if clock is None:
        raise MoveRefused(Said("MOVE-NO-CLOCK", {"clock": event.clock}))
    rule = clock.extension
    if rule is None:
        raise MoveRefused(Said("EXTEND-NEVER", {"clock": clock.label}))
    past = [earlier for earlier in case.events if earlier.clock == event.clock and earlier.kind.startswith("extension_")]
    if granted := next((earlier for earlier in past if earlier.kind == "extension_granted"), None):
        raise MoveRefused(Said("EXTEND-ONCE", {"clock": clock.label, "day": granted.on}))
    if event.kind == "extension_asked":
        _check_acts(case, case.actors_here, actor)
        _check_filled(case, event, rule.needs)
    else:
        _check_acts(case, [rule.approved_by], actor)
        if not past or past[-1].kind != "extension_asked":
            raise MoveRefused(Said("EXTEND-NOT-ASKED", {"clock": clock.label}))
    if event.kind != "extension_refused" and event.days is not None and not 1 <= event.days <= rule.days:
        raise MoveRefused(Said("EXTEND-LONG", {"days": rule.days, "unit": rule.unit}))


def _check_acts(case: Case, acts: list[str], actor: Actor) -> None:
    if not actor.acts_as.intersection(acts):
        raise MoveRefused(Said("MOVE-NOT-YOURS", {"actors": [case.process.actors[name] for name in acts]}))


def _check_filled(case: Case, event: Event, needs: list[str]) -> None:
    empty = [name for name in needs if not (event.fields.get(name) or case.fields.get(name) or "").strip()]
    if empty:
        raise MoveRefused(Said("MOVE-FILL", {"fields": [case.process.fields[name] for name in empty]}))
    for name in needs:
        field, said = case.process.fields[name], (event.fields.get(name) or "").strip()
        if said and field.choices and said not in field.choices:
            raise MoveRefused(Said("MOVE-CHOICE", {"field": field, "choices": list(field.choices.values())}))
        if said and field.type in ("count", "amount", "date") and not _fits(said, field.type):
            raise MoveRefused(Said("MOVE-TYPE", {"field": field, "type": _WANTED[field.type]}))


_WANTED = {"count": Label(en="a whole number", zh="整数"), "amount": Label(en="a number", zh="数字"), "date": Label(en="a date", zh="日期")}


def _fits(said: str, kind: str) -> bool:
    try:
        _ = date.fromisoformat(said) if kind == "date" else int(said) if kind == "count" else Decimal(said)
    except (ValueError, InvalidOperation):
        return False
    return True


def _open_pause(case: Case) -> PauseSpan | None:
    spans = case.pauses()
    return spans[-1] if spans and spans[-1].end is None else None


def _ways(case: Case) -> list[object]:
    return [case.process.states[to].label for to in case.here.next]


def _after(case: Case, event: Event) -> Case:
    return replace(
        case,
        state=event.to if event.kind == "moved" else case.state,
        holder=event.to if event.kind == "reassigned" else case.holder,
        fields={**case.fields, **event.fields},
        events=(*case.events, event),
    )
