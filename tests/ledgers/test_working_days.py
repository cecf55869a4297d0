"""Working days: both sides of every edge of the holiday table."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.ledgers.working_days import Calendar, CalendarRule, OwnDay, add_months, load_calendars, national_calendar
from jiaoheng.rulebook.loader import Label, RulebookFaulty

NATIONAL = national_calendar()
DAYS = st.dates(date(2010, 1, 1), date(2029, 12, 31))


def own(*days: tuple[str, bool], until: str | None = None) -> Calendar:
    rules = [
        OwnDay(day=date.fromisoformat(day), works=works, label=Label(en="own", zh="本局"), source="Circular 3/2026 (example)")
        for day, works in days
    ]
    return Calendar(CalendarRule(label=Label(en="Ours", zh="本局"), known_until=date.fromisoformat(until) if until else None, days=rules))


@pytest.mark.parametrize(
    ("day", "works", "why"),
    [
        ("2018-09-28", True, "工作日"),
        ("2018-09-29", True, "国庆节调休上班"),  # a Saturday, made up for National Day
        ("2018-09-30", True, "国庆节调休上班"),  # a Sunday
        ("2018-10-01", False, "国庆节"),
        ("2018-10-07", False, "国庆节"),
        ("2018-10-08", True, "工作日"),
        ("2026-10-10", True, "国庆节调休上班"),
        ("2026-10-11", False, "周末"),
        ("2026-02-28", True, "春节调休上班"),
        ("2026-03-01", False, "周末"),
    ],
)
def test_a_day_says_whether_it_works_and_why(day: str, works: bool, why: str) -> None:
    answer = NATIONAL.day(date.fromisoformat(day))
    assert (answer.works, answer.label.zh, answer.known) == (works, why, True)
    assert answer.source


@pytest.mark.parametrize(
    ("start", "days", "unit", "end"),
    [
        ("2018-09-28", 1, "working", "2018-09-29"),
        ("2018-09-28", 2, "working", "2018-09-30"),
        ("2018-09-28", 3, "working", "2018-10-08"),
        ("2026-02-27", 1, "working", "2026-02-28"),
        ("2026-02-28", 1, "working", "2026-03-02"),
        ("2026-02-27", 1, "calendar", "2026-02-28"),
        ("2026-02-28", 1, "calendar", "2026-03-01"),
        ("2024-02-28", 1, "calendar", "2024-02-29"),
        ("2026-01-31", 1, "months", "2026-02-28"),
        ("2024-01-31", 1, "months", "2024-02-29"),
        ("2026-11-30", 3, "months", "2027-02-28"),
        ("2026-10-01", 0, "working", "2026-10-01"),
    ],
)
def test_days_are_added(start: str, days: int, unit: str, end: str) -> None:
    assert NATIONAL.add(date.fromisoformat(start), days, unit).end == date.fromisoformat(end)


def test_every_skipped_day_is_named() -> None:
    count = NATIONAL.add(date(2018, 9, 30), 1, "working")
    assert [day.on.day for day in count.skipped] == [1, 2, 3, 4, 5, 6, 7]
    assert {day.label.zh for day in count.skipped} == {"国庆节"}


def test_beyond_the_table_weekends_count_and_the_count_says_so() -> None:
    count = NATIONAL.add(date(2026, 12, 30), 3, "working")
    assert count.unknown_from == date(2027, 1, 1)
    assert count.end == date(2027, 1, 4)  # Friday 1 January is counted, since no table says that it is off
    assert NATIONAL.add(date(2026, 12, 30), 1, "working").unknown_from is None
    assert not NATIONAL.day(date(2027, 1, 1)).known


def test_the_bureaus_own_days_come_first_and_may_reach_further() -> None:
    ours = own(("2026-12-31", False), ("2027-01-01", False), ("2027-01-02", True), until="2027-01-31")
    count = ours.add(date(2026, 12, 30), 1, "working")
    assert (count.end, count.unknown_from) == (date(2027, 1, 2), None)
    assert [day.source for day in count.skipped] == ["Circular 3/2026 (example)"] * 2
    assert ours.add(date(2027, 1, 28), 3, "working").unknown_from == date(2027, 2, 1)
    assert ours.digest != NATIONAL.digest == national_calendar().digest


def test_the_rulebooks_calendars_are_loaded(tmp_path) -> None:
    (tmp_path / "calendars").mkdir()
    file = tmp_path / "calendars" / "ours.yaml"
    file.write_text(
        "ours:\n  label: {en: Ours, zh: 本局}\n  days:\n    - {day: 2026-06-01, works: false, label: {en: Sports day, zh: 运动会}"
        ", source: 通知1号}\n"
    )
    calendars = load_calendars(tmp_path)
    assert not calendars["ours"].works(date(2026, 6, 1)) and calendars["national"].works(date(2026, 6, 1))
    file.write_text(file.read_text().replace(", source: 通知1号", ""))
    with pytest.raises(RulebookFaulty, match=r"ours\.yaml, line 4, ours\.days\.0\.source: is required"):
        load_calendars(tmp_path)


def test_a_negative_deadline_is_refused() -> None:
    with pytest.raises(ValueError, match="before"):
        NATIONAL.add(date(2026, 1, 1), -1, "working")


@settings(deadline=None)
@given(DAYS, st.integers(0, 60), st.sampled_from(["working", "calendar", "months"]))
def test_adding_days_is_monotone(start: date, days: int, unit: str) -> None:
    days = days % 12 if unit == "months" else days
    assert start <= NATIONAL.add(start, days, unit).end < NATIONAL.add(start, days + 1, unit).end
    assert NATIONAL.add(start, days, unit).end <= NATIONAL.add(start + timedelta(days=1), days, unit).end


@settings(deadline=None)
@given(DAYS, st.integers(1, 60))
def test_counting_there_and_back_agree(start: date, days: int) -> None:
    count = NATIONAL.add(start, days, "working")
    assert NATIONAL.between(start, count.end, "working") == days
    assert NATIONAL.works(count.end)
    assert (count.end - start).days == days + len(count.skipped)
    assert NATIONAL.between(NATIONAL.back(count.end, days, "working"), count.end, "working") == days


@settings(deadline=None)
@given(DAYS, st.integers(0, 120))
def test_months_keep_the_day_or_the_months_end(start: date, months: int) -> None:
    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end + timedelta(days=1)).day == 1
