"""Events: who may move a row, what must be filled, and that the same events always give the same standing."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.ledgers.clock import OFFICE_ZONE, read_clock
from jiaoheng.ledgers.events import Actor, Case, Event, HistoryBroken, MoveRefused, may_move, move, register, replay
from jiaoheng.ledgers.process import load_processes
from jiaoheng.ledgers.working_days import national_calendar

PROCESSES = load_processes()
DESK, OFFICE, HEAD = Actor("陈玲", frozenset({"petition_desk"})), Actor("李强", frozenset({"office"})), Actor("王局", frozenset({"head"}))
NOON = datetime(2026, 3, 2, 12, tzinfo=OFFICE_ZONE)


def petition() -> Case:
    return register(PROCESSES["petition"], by=DESK, on=date(2026, 3, 1), recorded_at=NOON)


def event(kind: str, number: int = 2, **more) -> Event:
    return Event(number, kind, more.pop("on", date(2026, 3, 2)), more.pop("recorded_at", NOON), "x", **more)


ACCEPTED = event("moved", to="accepted", fields={"acceptance_notice": "信受〔2026〕1号", "kind": "request"})


@pytest.mark.parametrize(
    ("wanted", "actor", "code"),
    [
        (replace(ACCEPTED, to="replied"), DESK, "MOVE-NO-WAY"),
        (ACCEPTED, OFFICE, "MOVE-NOT-YOURS"),
        (replace(ACCEPTED, fields={"acceptance_notice": "  "}), DESK, "MOVE-FILL"),
        (replace(ACCEPTED, on=date(2026, 2, 28)), DESK, "MOVE-BEFORE"),
        (replace(ACCEPTED, on=date(2026, 3, 3)), DESK, "MOVE-AHEAD"),
        (event("paused", pause="rain"), DESK, "PAUSE-UNKNOWN"),
        (event("resumed"), DESK, "PAUSE-NONE"),
        (event("extension_asked", clock="object"), DESK, "EXTEND-NEVER"),
        (event("extension_asked", clock="nothing"), DESK, "MOVE-NO-CLOCK"),
        (event("extension_granted", clock="reply"), HEAD, "EXTEND-NOT-ASKED"),
        (event("extension_asked", clock="reply", days=31, fields={"extension_reason": "r"}), DESK, "EXTEND-LONG"),
    ],
)
def test_a_move_is_refused_in_words(wanted: Event, actor: Actor, code: str) -> None:
    row = petition()
    with pytest.raises(MoveRefused) as refused:
        move(row, wanted, actor=actor, seen=1)
    assert refused.value.said.code == code
    for language in ("en", "zh"):
        assert "{" not in refused.value.said.in_language(language)
    assert not may_move(row, wanted, actor=actor, seen=1)


def test_the_second_of_two_officers_is_told_and_nothing_is_lost() -> None:
    row = move(petition(), ACCEPTED, actor=DESK, seen=1)
    with pytest.raises(MoveRefused) as refused:
        move(row, event("moved", to="withdrawn", fields={"closing_reason": "r"}), actor=DESK, seen=1)
    assert refused.value.said.code == "MOVE-TWO"
    assert row.state == "accepted" and row.fields["kind"] == "request" and len(row.events) == 2


def test_an_extension_is_asked_for_once_and_approved_by_the_head() -> None:
    row = move(petition(), ACCEPTED, actor=DESK, seen=1)
    row = move(row, event("extension_asked", 3, clock="reply", days=30, fields={"extension_reason": "案情复杂"}), actor=OFFICE, seen=2)
    with pytest.raises(MoveRefused) as refused:
        move(row, event("extension_granted", 4, clock="reply"), actor=OFFICE, seen=3)
    assert refused.value.said.code == "MOVE-NOT-YOURS"
    row = move(row, event("extension_granted", 4, clock="reply", days=30), actor=HEAD, seen=3)
    with pytest.raises(MoveRefused) as refused:
        move(row, event("extension_asked", 5, clock="reply", fields={"extension_reason": "r"}), actor=OFFICE, seen=4)
    assert refused.value.said.code == "EXTEND-ONCE"


def test_an_ended_row_takes_notes_only() -> None:
    row = move(petition(), event("moved", to="withdrawn", fields={"closing_reason": "r"}), actor=DESK, seen=1)
    assert row.ended and may_move(row, event("noted", 3, note="n"), actor=DESK, seen=2)
    with pytest.raises(MoveRefused) as refused:
        move(row, replace(ACCEPTED, number=3), actor=DESK, seen=2)
    assert refused.value.said.code == "MOVE-ENDED"


def test_a_pause_may_be_used_up() -> None:
    process = PROCESSES["disclosure_request"]
    desk = Actor("d", frozenset({"disclosure_desk"}))
    row = register(process, by=desk, on=date(2026, 3, 1), recorded_at=NOON)
    row = move(row, event("paused", 2, pause="clarification"), actor=desk, seen=1)
    with pytest.raises(MoveRefused) as refused:
        move(row, event("paused", 3, pause="third_party"), actor=desk, seen=2)
    assert refused.value.said.code == "PAUSE-ALREADY"
    row = move(row, event("resumed", 3), actor=desk, seen=2)
    with pytest.raises(MoveRefused) as refused:
        move(row, event("paused", 4, pause="clarification"), actor=desk, seen=3)
    assert refused.value.said.code == "PAUSE-OFTEN"


def test_reassigning_changes_who_has_it() -> None:
    row = move(petition(), event("reassigned", to="赵云"), actor=DESK, seen=1)
    assert row.holder == "赵云" and row.state == "received"


def test_a_history_with_a_hole_is_refused() -> None:
    row = move(petition(), ACCEPTED, actor=DESK, seen=1)
    for broken in (
        [row.events[1]],
        [],
        [row.events[0], replace(row.events[1], number=3)],
        [row.events[0], row.events[0]],
        [replace(row.events[0], to="nowhere")],
    ):
        with pytest.raises(HistoryBroken):
            replay(PROCESSES["petition"], broken)


@settings(deadline=None)
@given(st.permutations(range(5)))
def test_replay_is_deterministic_whatever_order_events_come_in(order: list[int]) -> None:
    row = move(petition(), ACCEPTED, actor=DESK, seen=1)
    for number, note in enumerate("abc", 3):
        row = move(row, event("noted", number, note=note), actor=DESK, seen=number - 1)
    assert replay(row.process, [row.events[place] for place in order]) == row


def test_a_merged_row_has_ended_and_its_clocks_are_neither_on_time_nor_late() -> None:
    row = move(petition(), event("merged", to="P-7"), actor=DESK, seen=1)
    assert row.ended and row.merged_into == "P-7" and row.state == "received"
    found = read_clock(row, "tell_acceptance", national_calendar(), date(2026, 6, 1))
    assert found and found.stopped_on == date(2026, 3, 2) and found.on_time is None and found.explain("en")


def test_a_stranger_may_note_but_not_reassign_or_merge() -> None:
    stranger = Actor("s", frozenset())
    assert may_move(petition(), event("noted"), actor=stranger, seen=1)
    assert not may_move(petition(), event("reassigned", to="x"), actor=stranger, seen=1)
    assert not may_move(petition(), event("merged", to="x"), actor=stranger, seen=1)
