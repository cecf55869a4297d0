"""Clocks: the days of the rules, and both sides of each."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.ledgers.clock import OFFICE_ZONE, check_may_extend, check_may_go_on, explain_change, read_clock, read_clocks
from jiaoheng.ledgers.events import Case, Event, MoveRefused, replay
from jiaoheng.ledgers.process import load_processes
from jiaoheng.ledgers.working_days import Calendar, CalendarRule, OwnDay, national_calendar
from jiaoheng.rulebook.loader import Label

PROCESSES = load_processes()
NATIONAL = national_calendar()


def case(process: str, *happened: str, fields: Mapping[str, str] | None = None) -> Case:
    """Events written «2026-03-02 moved accepted», «2026-03-05 paused hearing», «2026-03-05T16:59 extension_asked reply 10»."""
    made = []
    for number, line in enumerate(happened, 1):
        when, kind, *rest = line.split()
        at = datetime.fromisoformat(when).replace(tzinfo=OFFICE_ZONE)
        what = rest[0] if rest else ""
        made.append(
            Event(
                number,
                kind,
                at.date(),
                at,
                "周明",
                to=what if kind in ("registered", "moved") else "",
                pause=what if kind == "paused" else "",
                clock=what if kind.startswith("extension") else "",
                days=int(rest[1]) if len(rest) > 1 else None,
                fields=dict(fields or {}) if number == 1 else {},
            )
        )
    return replay(PROCESSES[process], made)


def reading(row: Case, clock: str, today: str, calendar: Calendar = NATIONAL):
    found = read_clock(row, clock, calendar, date.fromisoformat(today))
    assert found is not None
    assert found.due >= found.start
    return found


def codes(found) -> list[str]:
    return [step.code for step in found.steps]


REQUEST = {"kind": "request"}


def test_a_petition_is_answered_sixty_days_from_acceptance_not_from_receipt() -> None:
    row = case("petition", "2026-01-05 registered received", "2026-01-12 moved accepted", fields=REQUEST)
    assert reading(row, "reply", "2026-01-12").due == date(2026, 3, 13)
    assert reading(row, "tell_acceptance", "2026-01-12").due == date(2026, 1, 20)
    assert reading(row, "tell_acceptance", "2026-01-12").on_time is True
    assert read_clock(case("petition", "2026-01-05 registered received", fields=REQUEST), "reply", NATIONAL, date(2026, 2, 1)) is None


def test_suggestions_and_accusations_have_no_sixty_days() -> None:
    row = case("petition", "2026-01-05 registered received", "2026-01-12 moved accepted", fields={"kind": "suggestion"})
    assert read_clock(row, "reply", NATIONAL, date(2026, 2, 1)) is None


@pytest.mark.parametrize(
    ("today", "overdue", "colour", "left"),
    [
        ("2026-03-13", False, "red", 0),
        ("2026-03-14", True, "red", -1),
        ("2026-03-03", False, "amber", 10),
        ("2026-03-02", False, "green", 11),
    ],
)
def test_colours_change_on_their_day(today: str, overdue: bool, colour: str, left: int) -> None:
    found = reading(case("petition", "2026-01-05 registered received", "2026-01-12 moved accepted", fields=REQUEST), "reply", today)
    assert (found.overdue, found.colour, found.days_left) == (overdue, colour, left)


@pytest.mark.parametrize(("answered", "on_time"), [("2026-03-13", True), ("2026-03-14", False)])
def test_closed_is_not_on_time(answered: str, on_time: bool) -> None:
    row = case(
        "petition",
        "2026-01-05 registered received",
        "2026-01-12 moved accepted",
        f"{answered} moved replied",
        f"{answered} moved closed",
        fields=REQUEST,
    )
    assert row.ended
    found = reading(row, "reply", "2026-06-01")
    assert (found.on_time, found.colour) == (on_time, "green" if on_time else "red")


def test_a_withdrawn_petition_is_neither_on_time_nor_late() -> None:
    row = case("petition", "2026-01-05 registered received", "2026-01-12 moved accepted", "2026-02-01 moved withdrawn", fields=REQUEST)
    assert reading(row, "reply", "2026-06-01").on_time is None


def test_the_objection_is_in_working_days() -> None:
    row = case("petition", "2026-09-28 registered received", "2026-09-29 moved forwarded", fields=REQUEST)
    found = reading(row, "object", "2026-09-29")
    assert found.due == date(2026, 10, 12)  # 30 Sept, 8, 9, the made-up Saturday 10, then Monday 12
    skipped = next(step for step in found.steps if step.code == "CLOCK-SKIPPED")
    assert skipped.values["days"] == [date(2026, 10, day) for day in range(1, 8)] and skipped.values["why"].zh == "国庆节"


def test_a_time_to_do_something_lapses_and_nobody_is_late() -> None:
    """Accepted on the ninth working day is in time: the five days are for objecting. Closing waits until no review can be asked for."""
    start = ["2026-03-02 registered received", "2026-03-03 moved forwarded"]
    over = reading(case("petition", *start, fields=REQUEST), "object", "2026-03-11")
    assert over.lapsed and not over.overdue and over.on_time is None and over.stopped_on == over.due == date(2026, 3, 10)
    assert not over.notices and codes(over)[-1] == "CLOCK-LAPSED"
    accepted = case("petition", *start, "2026-03-16 moved accepted", fields=REQUEST)
    assert [one.on_time for one in read_clocks(accepted, NATIONAL, date(2026, 3, 16)).values()] == [None, None, True, True]
    objected = [reading(case("petition", *start, f"2026-03-{day} moved returned"), "object", "2026-03-20").on_time for day in ("10", "11")]
    assert objected == [True, False]
    replied = [*start, "2026-03-05 moved accepted", "2026-04-01 moved replied"]
    closed = case("petition", *replied, "2026-05-06 moved closed", fields=REQUEST)
    judged = {name: one.on_time for name, one in read_clocks(closed, NATIONAL, date(2026, 6, 1)).items()}
    assert judged == {"object": None, "register_and_forward": True, "tell_acceptance": True, "ask_review": None, "reply": True}
    assert not any(one.overdue for one in read_clocks(closed, NATIONAL, date(2026, 6, 1)).values())
    assert not reading(case("petition", *replied, "2026-05-20 moved review_asked"), "ask_review", "2026-05-20").overdue


def test_a_schools_time_to_plead_is_not_cut_short_and_does_not_hold_up_the_letter() -> None:
    states = ["noticed", "evaluated", "heard", "preliminary"]
    told = case("inspection", "2026-03-02 registered decided", *(f"2026-03-02 moved {one}" for one in states))
    due = reading(told, "plea", "2026-03-03").due
    check_may_go_on(told, "no_plea", frozenset({"school"}), NATIONAL, due)
    with pytest.raises(MoveRefused, match="Wait until it is over"):
        check_may_go_on(told, "no_plea", frozenset({"office"}), NATIONAL, due)
    check_may_go_on(told, "no_plea", frozenset({"office"}), NATIONAL, due + timedelta(days=1))
    forwarded = case("petition", "2026-03-02 registered received", "2026-03-03 moved forwarded")
    check_may_go_on(forwarded, "withdrawn", frozenset({"petition_desk"}), NATIONAL, date(2026, 3, 3))  # the petitioner may at any time


def test_hearing_time_is_not_counted() -> None:
    start = [
        "2026-01-05 registered received",
        "2026-01-06 moved accepted",
        "2026-01-20 moved replied",
        "2026-01-25 moved review_asked",
        "2026-02-01 moved reviewed",
        "2026-03-02 moved rereview_asked",
    ]
    plain = reading(case("petition", *start), "answer_rereview", "2026-03-10")
    heard = reading(case("petition", *start, "2026-03-05 paused hearing", "2026-03-15 resumed"), "answer_rereview", "2026-03-20")
    assert plain.due == date(2026, 4, 1) and heard.due == plain.due + timedelta(days=10)
    pause = next(step for step in heard.steps if step.code == "CLOCK-PAUSED")
    assert pause.values["days"] == 10
    going = reading(case("petition", *start, "2026-03-05 paused hearing"), "answer_rereview", "2026-03-25")
    assert going.paused and going.due == plain.due + timedelta(days=20) and "CLOCK-PAUSED-NOW" in codes(going) and not going.notices
    assert going.days_left == 27  # stands still


def test_a_request_that_must_be_made_clear_starts_anew() -> None:
    row = case(
        "disclosure_request",
        "2026-03-02 registered received",
        "2026-03-04 moved clarifying",
        "2026-03-04 paused clarification",
        "2026-03-16 resumed",
        "2026-03-16 moved assigned",
    )
    found = reading(row, "reply", "2026-03-17")
    assert found.due == NATIONAL.add(date(2026, 3, 16), 20, "working").end
    assert found.start == date(2026, 3, 16) and "CLOCK-RESTARTED" in codes(found)


def test_a_third_partys_time_is_not_counted_but_has_an_end() -> None:
    begun = ["2026-03-02 registered received", "2026-03-03 moved assigned", "2026-03-04 paused third_party"]
    back = reading(case("disclosure_request", *begun, "2026-03-11 resumed"), "reply", "2026-03-12")
    assert NATIONAL.between(NATIONAL.add(date(2026, 3, 2), 20, "working").end, back.due, "working") == 5
    silent = reading(case("disclosure_request", *begun), "reply", "2026-06-01")
    assert not silent.paused and silent.overdue and "CLOCK-PAUSE-SPENT" in codes(silent)
    assert NATIONAL.between(NATIONAL.add(date(2026, 3, 2), 20, "working").end, silent.due, "working") == 15


@pytest.mark.parametrize(
    ("asked", "due", "code"),
    [("2026-03-09T17:00", "2026-03-16", "CLOCK-EXTENDED"), ("2026-03-09T17:01", "2026-03-09", "CLOCK-EXTENSION-LATE")],
)
def test_an_extension_after_the_cut_off_is_overdue(asked: str, due: str, code: str) -> None:
    start = ["2026-03-01 registered registered", "2026-03-02 moved assigned", "2026-03-02 moved taken"]
    row = case(
        "matter_710", *start, f"{asked} extension_asked ordinary 7", "2026-03-10 extension_granted ordinary 7", fields={"class": "ordinary"}
    )
    found = reading(row, "ordinary", "2026-03-10")
    assert found.due == date.fromisoformat(due) and code in codes(found) and found.overdue is (code == "CLOCK-EXTENSION-LATE")
    asked_at = datetime.fromisoformat(asked).replace(tzinfo=OFFICE_ZONE)
    plain = case("matter_710", *start, fields={"class": "ordinary"})
    if found.overdue:
        with pytest.raises(MoveRefused) as refused:
            check_may_extend(plain, "ordinary", NATIONAL, asked_at)
        assert refused.value.said.code == "EXTEND-LATE"
    else:
        check_may_extend(plain, "ordinary", NATIONAL, asked_at)


def test_a_second_extension_does_not_count() -> None:
    row = case(
        "petition",
        "2026-01-05 registered received",
        "2026-01-12 moved accepted",
        "2026-03-01 extension_granted reply 10",
        "2026-03-02 extension_granted reply 30",
        fields=REQUEST,
    )
    found = reading(row, "reply", "2026-03-03")
    assert found.due == date(2026, 3, 23) and "CLOCK-EXTENSION-AGAIN" in codes(found)


def test_the_710_classes_and_the_15710_steps() -> None:
    start = ["2026-01-30 registered registered", "2026-01-31 moved assigned"]
    assert reading(case("matter_710", *start, fields={"class": "ordinary"}), "ordinary", "2026-02-01").due == date(2026, 2, 7)
    assert reading(case("matter_710", *start, fields={"class": "complex"}), "complex", "2026-02-01").due == date(2026, 2, 28)
    assert reading(case("matter_710", *start, fields={"class": "annual", "due_on": "2026-12-31"}), "year", "2026-02-01").due == date(
        2026, 12, 31
    )
    steps = read_clocks(case("matter_15710", *start, fields={"class": "complex"}), NATIONAL, date(2026, 2, 1))
    assert {name: step.due for name, step in steps.items()} == {
        "take_over": date(2026, 2, 1),
        "first_feedback": date(2026, 2, 5),
        "complex": date(2026, 2, 28),
    }


def test_a_transfer_is_four_times_ten_working_days() -> None:
    row = case(
        "pupil_transfer",
        "2026-03-02 registered asked",
        "2026-03-16 moved receiving_school_agreed",
        "2026-03-30 moved releasing_school_agreed",
        "2026-04-14 moved releasing_authority_agreed",
    )
    assert reading(row, "receiving_school", "2026-04-14").due == date(2026, 3, 16)
    assert reading(row, "releasing_authority", "2026-04-14").due == date(2026, 4, 14)  # Monday 6 April is off
    assert reading(row, "whole", "2026-04-14").due == NATIONAL.add(date(2026, 3, 2), 40, "working").end == date(2026, 4, 28)


def test_proposals_have_months() -> None:
    row = case("proposal", "2026-11-30 registered assigned")
    assert reading(row, "reply", "2026-12-01").due == date(2027, 2, 28)
    assert reading(
        case("proposal", "2026-11-30 registered assigned", fields={"difficulty": "hard"}), "reply_hard", "2026-12-01"
    ).due == date(2027, 5, 30)


def test_a_due_day_before_the_start_is_the_start_and_says_so() -> None:
    row = case("hazard", "2026-03-01 registered found", "2026-03-02 moved graded", fields={"grade": "ordinary", "due_on": "2026-01-01"})
    found = reading(row, "rectify_ordinary", "2026-03-02")
    assert found.due == date(2026, 3, 2) and "CLOCK-GIVEN-EARLY" in codes(found)


def test_a_guarded_hazard_is_still_open() -> None:
    row = case("hazard", "2026-03-01 registered found", "2026-03-02 moved graded", "2026-03-02 moved guarded", fields={"grade": "ordinary"})
    assert reading(row, "rectify_ordinary", "2026-03-20").overdue


def test_a_later_holiday_notice_moves_running_deadlines_and_says_so() -> None:
    row = case("disclosure_request", "2026-12-14 registered received", "2026-12-15 moved assigned")
    notice = CalendarRule(
        label=Label(en="Ours", zh="本局"),
        known_until=date(2027, 12, 31),
        days=[
            OwnDay(day=date(2027, 1, 1), works=False, label=Label(en="New Year's Day", zh="元旦"), source="国办发明电〔2026〕9号（示例）")
        ],
    )
    before = reading(row, "reply", "2026-12-16")
    assert not before.table_reaches and "CLOCK-UNKNOWN" in codes(before)
    assert "2027-01-01" in "".join(before.explain("zh"))
    after = reading(row, "reply", "2026-12-16", Calendar(notice))
    assert after.table_reaches and (before.due, after.due) == (date(2027, 1, 11), date(2027, 1, 12))
    said = explain_change(row, "reply", NATIONAL, Calendar(notice), date(2026, 12, 16))
    assert said and said.code == "CLOCK-MOVED" and "元旦" in said.in_language("zh-hans") and before.calendar_digest != after.calendar_digest
    assert explain_change(row, "reply", NATIONAL, NATIONAL, date(2026, 12, 16)) is None


def test_notices_fall_before_and_after_and_have_a_key_of_their_own() -> None:
    found = reading(case("disclosure_request", "2026-03-02 registered received"), "reply", "2026-03-03")
    assert [(notice.kind, notice.to) for notice in found.notices] == [
        ("reminder", "holder"),
        ("reminder", "disclosure_desk"),
        ("escalation", "head"),
    ]
    assert found.notices[0].on < found.notices[1].on < found.due < found.notices[2].on
    assert len({notice.key for notice in found.notices}) == 3


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_step_can_be_said_in_both_languages(language: str) -> None:
    row = case(
        "disclosure_request",
        "2026-09-21 registered received",
        "2026-09-22 moved assigned",
        "2026-09-23 paused third_party",
        "2026-09-28 resumed",
        "2026-10-09 extension_granted reply 5",
        "2026-10-30 moved replied",
    )
    for words in (found := reading(row, "reply", "2026-11-01")).explain(language):
        assert "{" not in words and "Label(" not in words
    assert {"CLOCK-FROM", "CLOCK-SKIPPED", "CLOCK-PAUSED", "CLOCK-EXTENDED", "CLOCK-DUE", "CLOCK-STOPPED"} <= set(codes(found))


@st.composite
def random_cases(draw: st.DrawFn) -> tuple[Case, date]:
    name = draw(st.sampled_from(sorted(PROCESSES)))
    process, day = PROCESSES[name], draw(st.dates(date(2024, 1, 1), date(2027, 6, 1)))
    values = st.sampled_from(
        ["ordinary", "complex", "annual", "major", "hard", "request", "enquiry", "complaint", "2026-01-01", "2026-10-01", "", "not a date"]
    )
    fields = {field: draw(values) for field in process.fields}

    def event(number: int, kind: str, **more) -> Event:
        return Event(
            number, kind, day, datetime(day.year, day.month, day.day, draw(st.integers(0, 23)), tzinfo=OFFICE_ZONE), "吴静", **more
        )

    events = [event(1, "registered", to=process.starts, fields=fields)]
    for number in range(2, draw(st.integers(2, 12))):
        day += timedelta(days=draw(st.integers(0, 25)))
        kind = draw(st.sampled_from(["moved", "moved", "moved", "paused", "resumed", "extension_asked", "extension_granted", "noted"]))
        if kind == "moved":
            events.append(event(number, kind, to=draw(st.sampled_from(sorted(process.states)))))
        elif kind == "paused" and process.pauses:
            events.append(event(number, kind, pause=draw(st.sampled_from(sorted(process.pauses)))))
        elif kind.startswith("extension"):
            events.append(event(number, kind, clock=draw(st.sampled_from(sorted(process.clocks))), days=draw(st.integers(1, 90))))
        else:
            events.append(event(number, "noted" if kind == "paused" else kind))
    return replay(process, events), day + timedelta(days=draw(st.integers(-30, 90)))


@settings(max_examples=150, deadline=None)
@given(random_cases())
def test_whatever_happens_no_due_day_lies_before_its_start(made: tuple[Case, date]) -> None:
    row, today = made
    for found in read_clocks(row, NATIONAL, today).values():
        assert found.start <= found.original_due <= found.due
        assert found.overdue is False or found.on_time is not True
        assert found.explain("zh") and found.explain("en")
    assert read_clocks(row, NATIONAL, today) == read_clocks(replay(row.process, row.events), NATIONAL, today)
