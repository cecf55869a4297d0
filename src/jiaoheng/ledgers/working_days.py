"""Working days: which days an office works, and a day so many days later with every skipped day explained.

Changes when days are counted in another way. Which days are off is not here: the national table is the `chinesecalendar` package
(State Council notices, working weekends included), and a bureau's own days are rulebook data (`calendars/*.yaml`). Beyond the last
day that any table reaches, Saturdays and Sundays are off and the count says so.
"""

import calendar
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

import chinese_calendar
from pydantic import Field

from jiaoheng.rulebook.loader import Label, Rule, load_rules

__all__ = ["Calendar", "CalendarRule", "Count", "Day", "OwnDay", "Unit", "add_months", "load_calendars", "national_calendar"]

Unit = Literal["working", "calendar", "months"]

_NATIONAL_FROM = date(min(chinese_calendar.holidays).year, 1, 1)
_NATIONAL_UNTIL = date(max(chinese_calendar.holidays).year, 12, 31)
_NATIONAL_SOURCE = "国务院办公厅节假日安排通知"
_WEEK_SOURCE = "国务院关于职工工作时间的规定"
_NAMES_ZH = {name.value: name.chinese for name in chinese_calendar.Holiday}
_ONE_DAY = timedelta(days=1)
_WEEKEND = Label(en="weekend", zh="周末")
_WORKDAY = Label(en="working day", zh="工作日")


class OwnDay(Rule):
    """A day on which this bureau differs from the national table, and by whose notice."""

    day: date
    works: bool
    label: Label
    source: str = Field(min_length=1)


class CalendarRule(Rule):
    """A bureau's own calendar over the national one."""

    label: Label
    known_until: date | None = Field(
        None, description="Last day that the bureau's own table answers for, where it reaches further than the national one."
    )
    days: list[OwnDay] = []


@dataclass(frozen=True)
class Day:
    """One day: does the office work, why, by what source; `known` is False beyond the tables, where weekends alone are known."""

    on: date
    works: bool
    label: Label
    source: str
    known: bool = True


@dataclass(frozen=True)
class Count:
    """The answer of a count: `end` is the day reached; `skipped` are the days passed over, in order; `held` those a pause held.

    `unknown_from` is the first day met that no holiday table reaches (working days only), or None.
    """

    start: date
    end: date
    counted: int
    unit: Unit
    skipped: tuple[Day, ...] = ()
    held: tuple[date, ...] = ()
    unknown_from: date | None = None


class Calendar:
    """Answers for each day, and counts. Immutable: a new notice makes a new calendar, so that two can be compared."""

    def __init__(self, rule: CalendarRule | None = None, *, national_until: date = _NATIONAL_UNTIL) -> None:
        """`national_until`: last day the national table is trusted for (a test, or a bureau that waits for its province's notice)."""
        self._own: Mapping[date, OwnDay] = {own.day: own for own in rule.days} if rule else {}
        self._met: dict[date, Day] = {}
        self._national_until = min(national_until, _NATIONAL_UNTIL)
        self.known_until = max(self._national_until, (rule and rule.known_until) or self._national_until)

    @cached_property
    def digest(self) -> str:
        """Names this table's content: two calendars with the same digest give the same answers."""
        own = [f"{day}{rule.works}" for day, rule in sorted(self._own.items())]
        national = [f"{day}{day in chinese_calendar.workdays}" for day in sorted({*chinese_calendar.holidays, *chinese_calendar.workdays})]
        table = "|".join([str(self._national_until), str(self.known_until), *own, *national])
        return hashlib.sha256(table.encode()).hexdigest()[:16]

    def day(self, on: date) -> Day:
        """What this day is: the bureau's own table first, then the national one, then weekends."""
        found = self._met.get(on)
        if found is None:
            found = self._met[on] = self._looked_up(on)
        return found

    def _looked_up(self, on: date) -> Day:
        if own := self._own.get(on):
            return Day(on, own.works, own.label, own.source)
        if _NATIONAL_FROM <= on <= self._national_until:
            if on in chinese_calendar.workdays:
                name = chinese_calendar.workdays[on]
                return Day(on, True, Label(en=f"made up for {name}", zh=f"{_NAMES_ZH.get(name, name)}调休上班"), _NATIONAL_SOURCE)
            if on in chinese_calendar.holidays:
                name = chinese_calendar.holidays[on]
                return Day(on, False, Label(en=str(name), zh=_NAMES_ZH.get(name, name)), _NATIONAL_SOURCE)
        works = on.weekday() < 5
        known = _NATIONAL_FROM <= on <= self.known_until
        return Day(on, works, _WORKDAY if works else _WEEKEND, _WEEK_SOURCE, known)

    def works(self, on: date) -> bool:
        """Is the office at work on this day?"""
        return self.day(on).works

    def add(self, start: date, days: int, unit: Unit, *, held: Callable[[date], bool] | None = None) -> Count:
        """The day that is `days` days after `start`; the day of the event itself is not counted.

        `unit`: working days, calendar days, or months (to the same day of the month, or to the month's last day; held days are added).
        `held`: says of a day that a pause held it; such a day is passed over whatever it is.
        Raises: ValueError where `days` is negative. Zero days end on `start`, also when that is a day off.
        """
        if days < 0:
            raise ValueError("A deadline cannot lie before the event it is counted from.")
        goal = (add_months(start, days) - start).days if unit == "months" else days
        on, counted, skipped, stopped, unknown = start, 0, [], [], None
        while counted < goal:
            on += _ONE_DAY
            day = self.day(on) if unit == "working" else None
            if day and not day.known and unknown is None:
                unknown = on
            if held is not None and held(on):
                stopped.append(on)
            elif day and not day.works:
                skipped.append(day)
            else:
                counted += 1
        return Count(start, on, days, unit, tuple(skipped), tuple(stopped), unknown)

    def back(self, end: date, days: int, unit: Unit) -> date:
        """The day that lies so many days before; months count as calendar days here."""
        while days:
            end -= timedelta(days=1)
            days -= unit != "working" or self.works(end)
        return end

    def next_working_day(self, on: date) -> date:
        """The day itself where it works, or the first working day after it."""
        while not self.works(on):
            on += timedelta(days=1)
        return on

    def between(self, start: date, end: date, unit: Unit) -> int:
        """Days after `start` up to and including `end`; negative where `end` lies before. Months count as calendar days here."""
        if end < start:
            return -self.between(end, start, unit)
        if unit != "working":
            return (end - start).days
        return sum(self.day(day).works for day in _days(start + _ONE_DAY, end))

    def differences(self, other: "Calendar", start: date, end: date) -> list[tuple[Day, Day]]:
        """Days in the span (both ends included) that work in one table and not in the other: ours and theirs."""
        pairs = ((self.day(day), other.day(day)) for day in _days(start, end))
        return [(ours, theirs) for ours, theirs in pairs if ours.works != theirs.works]


def national_calendar() -> Calendar:
    """The national table alone."""
    return Calendar()


def load_calendars(overlay: Path | None = None) -> dict[str, Calendar]:
    """The calendars of the rulebook by id; `national` is always there unless the bureau writes its own of that name."""
    return {"national": national_calendar()} | {
        name: Calendar(rule) for name, rule in load_rules("calendars", CalendarRule, overlay).items()
    }


def add_months(start: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day: 31 January + 1 month is 28 or 29 February."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _days(start: date, end: date) -> Iterator[date]:
    while start <= end:
        yield start
        start += _ONE_DAY
