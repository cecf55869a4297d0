"""Standing: where a row stands on a day, from its events: its clocks, its next deadline, who has it, and what an account may do.

Changes when what lists and pages show of a row's standing changes. The counting itself is the clock's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from jiaoheng.ledgers.clock import Reading, read_clocks
from jiaoheng.ledgers.events import Actor, Case, replay
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.process import Process, Way
from jiaoheng.ledgers.published_ledger import ledger_processes, process_calendar, process_marks
from jiaoheng.ledgers.row_event import UNCOUNTED, RowEvent
from jiaoheng.rulebook.loader import Label

__all__ = [
    "NO_PROCESS_STATE",
    "Standing",
    "Step",
    "case_of",
    "cases_of",
    "clocks_of",
    "dues_before",
    "fields_counted",
    "leading_clock",
    "settle",
    "standing_of",
    "state_label",
    "steps_of",
]

NO_PROCESS_STATE = "recorded"
"""The state of rows whose ledger has no process."""

_RECORDED = Label(en="recorded", zh="已登记")


@dataclass(frozen=True)
class Step:
    """A way out of the state a row stands in: where to, what it is called, what must be filled, whether this actor may take it."""

    to: str
    label: Label
    needs: tuple[str, ...]
    mine: bool
    actors: tuple[Label, ...]


def case_of(row: LedgerRow, events: Iterable[RowEvent] | None = None) -> Case | None:
    """The row's standing; None for a ledger without a process (or whose process left the rulebook)."""
    process = ledger_processes().get(row.process)
    if process is None:
        return None
    happened = row.happened.order_by("number") if events is None else events
    return replay(process, [event.as_event for event in happened])


def cases_of(rows: Sequence[LedgerRow]) -> dict[int, Case]:
    """The standings of many rows by their key, with one query; what was written at their moves stays sealed."""
    found: dict[int, list[RowEvent]] = {}
    events = RowEvent.objects.filter(row__in=[row.pk for row in rows if row.process])
    for event in events.order_by("row", "number").defer(*UNCOUNTED):
        found.setdefault(event.row_id, []).append(event)
    processes = ledger_processes()
    counted = [row for row in rows if row.pk in found and row.process in processes]
    return {row.pk: replay(processes[row.process], [event.as_counted for event in found[row.pk]]) for row in counted}


def clocks_of(case: Case, today: date) -> dict[str, Reading]:
    """Every clock that has started, the running ones first, the most urgent first.

    Rows of a process that came on the same day and went the same way read the same: what was read is kept.
    """
    calendar = process_calendar(case.process)
    key = (id(case.process), calendar.digest, today, *_counted(case))
    known = _READ.get(key)
    if known is None or known[0] is not case.process:
        if len(_READ) > _READ_AT_MOST:
            _READ.clear()
        known = _READ[key] = (case.process, read_clocks(case, calendar, today))
    return dict(known[1])


_READ: dict[tuple[object, ...], tuple[Process, dict[str, Reading]]] = {}
_READ_AT_MOST = 20_000
_UNCOUNTED = frozenset({"noted", "linked", "corrected", "reassigned"})
"""Events that no clock looks at; an answer that they change is looked at below."""


def _counted(case: Case) -> Iterator[object]:
    """Everything of a case that a clock can depend on: the fields that its rules name, and its events without what clocks do not read."""
    for name in fields_counted(case.process):
        yield case.fields.get(name, "")
    for event in case.events:
        if event.kind.startswith("extension_"):
            yield event.kind, event.on, event.clock, event.days, event.by, event.recorded_at
        elif event.kind not in _UNCOUNTED:
            yield event.kind, event.on, event.to, event.pause


def fields_counted(process: Process) -> list[str]:
    """The fields of a process that its clocks depend on."""
    rules = process.clocks.values()
    return list(dict.fromkeys(name for rule in rules for name in (*rule.when, rule.due_field, rule.counted_from_field) if name))


def leading_clock(case: Case, today: date) -> Reading | None:
    """The clock that is shown for the row: the most urgent running one, or of an ended row the last one that judged it."""
    readings = list(clocks_of(case, today).values())
    running = [reading for reading in readings if reading.stopped_on is None and not case.ended]
    return running[0] if running else max(readings, key=lambda reading: (reading.on_time is False, reading.due), default=None)


@dataclass(frozen=True)
class Standing:
    """What is kept beside a row of where it stands; each is explained there (`ledger_row.LedgerRow`)."""

    state: str
    events: int
    due_on: date | None
    clock: str
    also_due: str
    closed_on: date | None
    on_time: bool | None
    counted_by: str
    look_on: date | None


def standing_of(case: Case, name: str, today: date, *, looked: bool = False) -> Standing:
    """Where a row of the process of this name stands on a day.

    `looked`: the scheduler has seen to everything that was to be said up to today, and need not look before another day.
    """
    readings = clocks_of(case, today).values()
    running = [] if case.ended else [reading for reading in readings if reading.stopped_on is None]
    judged = [reading.on_time for reading in readings if reading.on_time is not None]
    return Standing(
        state=case.state,
        events=len(case.events),
        due_on=running[0].due if running else None,
        clock=running[0].clock if running else "",
        also_due="\n".join(f"{reading.clock} {reading.due}" for reading in running[1:] if not reading.paused),
        closed_on=case.events[-1].on if case.ended else None,
        on_time=all(judged) if judged and (case.ended or False in judged) else None,
        counted_by=process_marks().get(name, ""),
        look_on=_look_on(running, today, looked),
    )


def dues_before(clock: str, due_on: date | None, also_due: str) -> dict[str, date]:
    """The deadlines by clock, as they stand beside a row."""
    others = (line.rpartition(" ") for line in also_due.splitlines())
    known = {name: date.fromisoformat(day) for name, _, day in others}
    return known if due_on is None else {clock: due_on, **known}


def settle(row: LedgerRow, case: Case | None, today: date) -> None:
    """Write the standing beside the row. The caller stores it. A row that was closed already keeps its day."""
    if case is None:
        row.look_on = None
        return
    closed_on, stands = row.closed_on, standing_of(case, row.process, today)
    for name, value in vars(stands).items():
        setattr(row, name, value)
    if stands.closed_on is not None and closed_on is not None:
        row.closed_on = closed_on


def _look_on(running: Sequence[Reading], today: date, looked: bool) -> date | None:
    """The next day on which the row can change by itself: something is to be said, a due day has passed, a pause moves it."""
    one_day = timedelta(days=1)
    said = [notice.on for reading in running for notice in reading.notices]
    if not looked and any(day <= today for day in said):
        return today
    passed = [day + one_day for reading in running for day in (reading.due, reading.original_due)]
    moving = [today + one_day for reading in running if reading.paused]
    return min((day for day in (*said, *passed, *moving) if day > today), default=None)


def steps_of(case: Case, actor: Actor) -> list[Step]:
    """Every way out of the state, the actor's own first."""
    process = case.process
    steps = []
    for to, way in [] if case.ended else case.here.next.items():
        acts = process.who_acts(case.state, to)
        named = way.label if way and way.label else process.states[to].label
        needs = tuple((way or Way()).needs)
        steps.append(Step(to, named, needs, bool(actor.acts_as.intersection(acts)), tuple(process.actors[one] for one in acts)))
    return sorted(steps, key=lambda step: not step.mine)


def state_label(process: Process | None, state: str) -> Label:
    """What a state is called."""
    if process is not None and state in process.states:
        return process.states[state].label
    return _RECORDED if state in ("", NO_PROCESS_STATE) else Label(en=state, zh=state)
