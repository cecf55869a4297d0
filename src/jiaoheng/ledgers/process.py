"""Process: the life cycle of a ledger's row, written as data and checked whole before anything runs on it.

Changes when a life cycle can say something new. Knows nothing of dates or events: `clock.py` counts, `events.py` moves.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, model_validator

from jiaoheng.ledgers.working_days import Unit
from jiaoheng.rulebook.ledger_questions import ProcessField
from jiaoheng.rulebook.loader import Label, Rule, RulebookFaulty, RuleFault, load_rules, shipped_rulebook

__all__ = ["ClockRule", "Colours", "Extension", "Notice", "OnTime", "Pause", "Process", "State", "TimeLimit", "Way", "load_processes"]


class TimeLimit(Rule):
    """A length of time: so many working days, calendar days or months."""

    days: int = Field(ge=0, description="How many of the unit.")
    unit: Unit
    source: str = Field(min_length=1)


class Pause(Rule):
    """A reason for which the clock stands still.

    `effect`: `stops` (goes on afterwards) or `restarts` (counts anew after it). `at_most`: it runs on after so long, whatever happens.
    """

    label: Label
    effect: Literal["stops", "restarts"] = "stops"
    at_most: TimeLimit | None = None
    times: int | None = Field(None, ge=1, description="How often in one clock; None: without limit.")
    source: str = Field(min_length=1)


class Extension(Rule):
    """More time, once, when somebody approves. `ask_before`: time of the last day after which asking is too late, written 17:00."""

    days: int = Field(ge=1, description="At most so many; the approver may give fewer.")
    unit: Unit
    approved_by: str
    cut_off: str = Field("24:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")
    needs: list[str] = Field(default_factory=list, description="Fields to fill when asking.")
    source: str = Field(min_length=1)


class Notice(Rule):
    """A reminder before the due day or an escalation after it, in days of the clock's own unit. `to`: an actor, or `holder`."""

    days: int = Field(ge=0)
    to: str


class Colours(Rule):
    """At so many days left, or fewer, the clock turns amber or red. Overdue is always red."""

    amber_at: int = Field(ge=0)
    red_at: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _amber_comes_first(self) -> "Colours":
        if self.red_at > self.amber_at:
            raise ValueError("red_at may not be above amber_at; amber comes first")
        return self


class OnTime(Rule):
    """What counts as on time: one of `reached` entered by the due day. `by`: with a granted extension, or the original day only."""

    reached: list[str] = Field(default_factory=list, description="States; empty: the clock's own `until`.")
    by: Literal["extended", "original"] = "extended"


class ClockRule(Rule):
    """One deadline. Counted from entering the state `counted_from`, or from the date in `counted_from_field`; ended by entering `until`.

    `which`: where the state was entered more than once. `when`: only for rows whose fields have one of these values.
    `due_field`: a date in the row that is the due day itself, where it is filled. `last_day_off`: what happens where that is a day off.
    `lapses`: a time in which somebody may do something and need not: once it is over the clock ends, and nobody is late. Only the states
    that `on_time.reached` names are judged. Until then only those for whom the state waits may enter one of `until`.
    """

    label: Label
    counted_from: str
    counted_from_field: str | None = None
    which: Literal["first", "latest"] = "first"
    until: list[str] = Field(min_length=1)
    limit: TimeLimit
    due_field: str | None = None
    when: dict[str, list[str]] = Field(default_factory=dict)
    pauses: list[str] = Field(default_factory=list)
    extension: Extension | None = None
    last_day_off: Literal["stays", "next_working_day"] = "stays"
    remind: list[Notice] = Field(default_factory=list)
    escalate: list[Notice] = Field(default_factory=list)
    colours: Colours = Colours(amber_at=3, red_at=0)
    on_time: OnTime = OnTime()
    lapses: bool = False


class Way(Rule):
    """One way out of a state: who may take it (the state's actors unless said) and which fields must be filled."""

    acts: list[str] = Field(default_factory=list)
    needs: list[str] = Field(default_factory=list)
    label: Label | None = None


class State(Rule):
    """Where a row can stand. A state without `next` is an end; every other waits for somebody."""

    label: Label
    next: dict[str, Way | None] = Field(default_factory=dict)
    acts: list[str] = Field(default_factory=list)
    end: Literal["closed", "withdrawn", "not_ours"] | None = None


class Process(Rule):
    """A life cycle: its actors, states, pauses and clocks, and the document it follows."""

    label: Label
    source: str = Field(min_length=1)
    ledger: str | None = None
    calendar: str = "national"
    actors: dict[str, Label]
    starts: str
    states: dict[str, State]
    pauses: dict[str, Pause] = Field(default_factory=dict)
    clocks: dict[str, ClockRule] = Field(default_factory=dict)
    fields: dict[str, ProcessField] = Field(
        default_factory=dict,
        description="Fields that moves ask for, with their names; the ledger's form has them or they are kept with the move.",
    )

    def way(self, state: str, to: str) -> Way | None:
        """The way from a state to another; None where there is none."""
        ways = self.states[state].next
        return (ways[to] or Way()) if to in ways else None

    def picture(self, language: str = "zh-hans") -> str:
        """The life cycle as a Mermaid state diagram, made from the table so that it cannot drift."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.starts}"]
        lines += [f"    {name}: {state.label.in_language(language)}" for name, state in self.states.items()]
        for name, state in self.states.items():
            for to in state.next:
                actors = ", ".join(self.actors[actor].in_language(language) for actor in self.who_acts(name, to))
                lines.append(f"    {name} --> {to}: {actors}")
            if state.end:
                lines.append(f"    {name} --> [*]")
        return "\n".join(lines) + "\n"

    def who_acts(self, state: str, to: str | None = None) -> list[str]:
        """Who may act in the state, or take this way."""
        way = self.way(state, to) if to else None
        return (way.acts if way and way.acts else None) or self.states[state].acts


def load_processes(overlay: Path | None = None) -> dict[str, Process]:
    """Every process of the rulebook, checked: names exist, every state is reached, none is a dead end, every waiting state has an actor.

    Raises: RulebookFaulty naming file, line, key and what was expected, for every fault.
    """
    processes = load_rules("processes", Process, overlay)
    faults = [_at(overlay, (name, *key), expected) for name, process in processes.items() for key, expected in _faults(process)]
    if faults:
        raise RulebookFaulty(faults)
    return processes


_Key = tuple[str, ...]


def _faults(process: Process) -> Iterator[tuple[_Key, str]]:
    yield from _faults_of_states(process)
    for name, clock in process.clocks.items():
        yield from (((("clocks", name, *key)), expected) for key, expected in _faults_of_clock(process, clock))


def _faults_of_states(process: Process) -> Iterator[tuple[_Key, str]]:
    states = process.states
    if process.starts not in states:
        yield ("starts",), _unknown("a state", process.starts, states)
        return
    for name, state in states.items():
        for to, way in state.next.items():
            if to not in states:
                yield ("states", name, "next", to), _unknown("a state", to, states)
            for actor in way.acts if way else []:
                if actor not in process.actors:
                    yield ("states", name, "next", to, "acts"), _unknown("an actor", actor, process.actors)
            for field in way.needs if way else []:
                if field not in process.fields:
                    yield ("states", name, "next", to, "needs"), _unknown("a field", field, process.fields)
        for actor in state.acts:
            if actor not in process.actors:
                yield ("states", name, "acts"), _unknown("an actor", actor, process.actors)
        if not state.next and state.end is None:
            yield ("states", name), "a dead end: it leads nowhere and is not marked `end`; add `next`, or say how it ends"
        if state.next and state.end is not None:
            yield ("states", name, "end"), "an end leads nowhere; take `end` or `next` away"
        if state.next and not state.acts and not all(way and way.acts for way in state.next.values()):
            yield ("states", name, "acts"), "is required: this state waits, so somebody must act"
    yield from _faults_of_ways(process)


def _faults_of_ways(process: Process) -> Iterator[tuple[_Key, str]]:
    """Reached from the start, and able to come to an end: a ring that nothing leaves is a dead end too."""
    states = process.states
    reached = _walk({process.starts}, {name: set(state.next) & set(states) for name, state in states.items()})
    backwards: dict[str, set[str]] = {name: set() for name in states}
    for name, state in states.items():
        for to in state.next:
            if to in states:
                backwards[to].add(name)
    ending = _walk({name for name, state in states.items() if state.end}, backwards)
    for name, state in states.items():
        if name not in reached:
            yield ("states", name), f"a state that can be reached from «{process.starts}»; no way leads here"
        if state.next and name not in ending:
            yield ("states", name), "a dead end: no way from here comes to a state marked `end`"


def _faults_of_clock(process: Process, clock: ClockRule) -> Iterator[tuple[_Key, str]]:
    states, actors = process.states, process.actors
    if clock.counted_from not in states:
        yield ("counted_from",), _unknown("a state", clock.counted_from, states)
    for key, names in (("until", clock.until), ("on_time", clock.on_time.reached)):
        for name in names:
            if name not in states:
                yield (key,), _unknown("a state", name, states)
            elif key == "until" and name == clock.counted_from and clock.which == "first":
                yield (key,), "another state than the one it is counted from"
    for pause in clock.pauses:
        if pause not in process.pauses:
            yield ("pauses",), _unknown("a pause", pause, process.pauses)
    for field in [
        *clock.when,
        *filter(None, (clock.due_field, clock.counted_from_field)),
        *(clock.extension.needs if clock.extension else []),
    ]:
        if field not in process.fields:
            yield ("when",) if field in clock.when else ("limit",), _unknown("a field", field, process.fields)
    if clock.extension and clock.extension.approved_by not in actors:
        yield ("extension", "approved_by"), _unknown("an actor", clock.extension.approved_by, actors)
    for key, notices in (("remind", clock.remind), ("escalate", clock.escalate)):
        for notice in notices:
            if notice.to not in actors and notice.to != "holder":
                yield (key,), _unknown("an actor", notice.to, [*actors, "holder"])


def _unknown(kind: str, name: str, known: Any) -> str:
    return f"{kind} of this process; «{name}» is none of {', '.join(known)}"


def _walk(start: set[str], ways: Mapping[str, set[str]]) -> set[str]:
    seen, ahead = set(start), list(start)
    while ahead:
        new = ways[ahead.pop()] - seen
        seen |= new
        ahead.extend(new)
    return seen


def _at(overlay: Path | None, key: _Key, expected: str) -> RuleFault:
    """The fault with the file and line of its key, or of the nearest key above it that is written."""
    for layer in [*([overlay] if overlay else []), shipped_rulebook()]:
        for file in sorted((layer / "processes").glob("*.yaml")):
            node: yaml.Node | None = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
            line = 0
            for way in key:
                pairs = node.value if isinstance(node, yaml.MappingNode) else []
                found = [(name.start_mark.line + 1, value) for name, value in pairs if name.value == way]
                if not found:
                    break
                line, node = found[0]
            if line:
                return RuleFault(file, line, ".".join(key), expected)
    raise LookupError(f"No file of processes has «{key[0]}».")
