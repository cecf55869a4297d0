"""Stays: which child is on the books of which school, grade and class, between which days, for three school years.

Changes when the example's flows change: admission, promotion, repetition, transfer, arrival and departure, suspension and return, dropout
and coming back, completion, death. On 1 September of each year every class is exactly as full as its plan says. Children are numbers
here; who they are is told in `children.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from jiaoheng.intake.example.class_plan import GradePlan, Unit, class_plan
from jiaoheng.intake.example.figures import YEARS

__all__ = ["Flows", "Movement", "Stay", "starts", "walked"]

_LEAVING = 0.019
"""Share of a cohort that leaves its school within a year for another one or for elsewhere."""
_WITHIN = 0.55
"""Share of those who leave that go to another school of the district."""
_MID_YEAR = 0.35
_FROM_KINDERGARTEN = {"primary": 0.86, "junior": 0.95, "senior": 0.97}
"""Share of the new pupils of a stage that were in the stage below in the district."""
_BELOW = {"primary": "preschool", "junior": "primary", "senior": "junior"}

# A year's rare events by stage: for a district of some 26,000 pupils, fewer in a smaller edition.
_RARE: Mapping[str, Mapping[str, int]] = {
    "primary": {"death": 1, "dropout": 1, "comeback": 1, "suspension": 9, "repetition": 5},
    "junior": {"death": 1, "dropout": 4, "comeback": 2, "suspension": 10, "repetition": 0},
    "senior": {"death": 0, "dropout": 0, "comeback": 0, "suspension": 2, "repetition": 0},
}
_COMPLETION_WITHOUT_GRADUATION = 6


@dataclass(slots=True)
class Stay:
    """One stay of a child within one school year; `year` counts the school years from 0. `left_on` is the first day no longer there."""

    child: int
    unit: int
    year: int
    grade: int
    class_number: int
    entered_on: date
    entry_kind: str
    left_on: date | None = None
    exit_kind: str = ""


@dataclass(slots=True)
class Movement:
    """One line of a year's movements: what happened to a child in a stay, when, and which unit it went to or came from."""

    stay: Stay
    event: str
    on: date
    other: int | None = None


@dataclass
class Flows:
    """Everything that happened. `rolls`: the stays of 1 September by year. `cohorts`: by child, the year less the grade it was born for."""

    units: tuple[Unit, ...]
    rolls: list[list[Stay]] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    movements: list[list[Movement]] = field(default_factory=list)
    cohorts: list[int] = field(default_factory=list)


def starts(year: int) -> date:
    """1 September of a school year that is counted from 0."""
    return date(int(YEARS[year][:4]), 9, 1)


def walked(seed: int, schools: frozenset[str] | None = None) -> Flows:
    """The flows of the district, or of an edition with only some schools. The same seed gives the same flows."""
    units, plans = class_plan(seed, schools)
    walk = _Walk(np.random.default_rng([seed, 1]), units, plans, 1.0 if schools is None else 0.25)
    walk.first_year()
    for year in range(1, len(YEARS)):
        walk.next_year(year)
    return walk.flows


Key = tuple[int, int]
"""Unit and grade."""


class _Walk:
    """The state of one walk: the flows so far, and for the year in hand who is where."""

    def __init__(self, rng: np.random.Generator, units: tuple[Unit, ...], plans: Sequence[Mapping[Key, GradePlan]], share: float) -> None:
        self.rng, self.units, self.plans, self.share = rng, units, plans, share
        self.flows = Flows(units)
        self.suspended: list[Stay] = []
        self.delayed: set[int] = set()  # children who lost a year already: nobody loses two

    def first_year(self) -> None:
        roll: list[Stay] = []
        for (unit, grade), plan in self.plans[0].items():
            first = grade == min(g for u, g in self.plans[0] if u == unit)
            kind = "admission" if first else "promotion"
            for class_number, size in enumerate(plan.sizes, 1):
                roll += [Stay(self._born(0, grade), unit, 0, grade, class_number, starts(0), kind) for _ in range(size)]
        self._open(roll)

    def next_year(self, year: int) -> None:
        """Let the year before run out, and fill every class of this one."""
        movements: list[Movement] = []
        going: dict[Key, list[Stay]] = {}  # who goes on, by unit and grade of the year before
        for stay in self.flows.rolls[-1]:
            going.setdefault((stay.unit, stay.grade), []).append(stay)
        new: dict[Key, list[tuple[int, str]]] = {}  # by unit and grade of this year: child and kind of entry
        graduates = self._graduated(year, going, movements)
        self._rare_events(year, going, new, movements)
        for stay in self.suspended:
            if (stay.unit, stay.grade) in self.plans[year] and self.rng.random() < 0.75:
                new.setdefault((stay.unit, stay.grade), []).append((stay.child, "return"))
        self.suspended = []
        wanted = self._moved(year, going, new, movements)
        for key, count in wanted.items():
            self._entered(year, key, count, graduates, new)
        self.flows.movements.append(sorted(movements, key=lambda movement: (movement.on, movement.stay.unit, movement.stay.child)))
        roll: list[Stay] = []
        for (unit, grade), plan in self.plans[year].items():
            stayed = going.get((unit, grade - 1), [])
            for stay in stayed:
                stay.left_on, stay.exit_kind = starts(year), "promotion"
            before = [(stay.child, stay.class_number, "promotion") for stay in stayed]
            before += [(child, 0, kind) for child, kind in new.get((unit, grade), [])]
            for child, class_number, kind in _in_classes(before, plan):
                roll.append(Stay(child, unit, year, grade, class_number, starts(year), kind))
        self._open(roll)

    def _graduated(self, year: int, going: dict[Key, list[Stay]], movements: list[Movement]) -> dict[str, list[Stay]]:
        """End the stays of last grades; those who completed, by stage, in the order in which they are drawn for the next."""
        done: dict[str, list[Stay]] = {}
        for unit in self.units:
            stays = going.pop((unit.number, unit.grades[-1]), [])
            done.setdefault(unit.stage, []).extend(stays)
        on = date(starts(year).year, 7, 10)
        without = self.rng.permutation(len(done.get("junior", [])))[: round(_COMPLETION_WITHOUT_GRADUATION * self.share)].tolist()
        for stage, stays in done.items():
            for index, stay in enumerate(stays):
                kind = "completion" if stage == "junior" and index in without else "graduation"
                movements.append(_left(stay, on, kind))
        for stays in done.values():
            self.rng.shuffle(stays)  # numpy shuffles lists in place
        return done

    def _rare_events(
        self, year: int, going: dict[Key, list[Stay]], new: dict[Key, list[tuple[int, str]]], movements: list[Movement]
    ) -> None:
        for stage, events in _RARE.items():
            pool = [stay for key in sorted(going) if self.units[key[0]].stage == stage for stay in going[key]]
            pool = [stay for stay in pool if (stay.unit, stay.grade + 1) in self.plans[year] and stay.child not in self.delayed]
            counts = {event: int(np.ceil(count * self.share)) if count else 0 for event, count in events.items()}
            drawn = iter(self.rng.choice(len(pool), size=sum(counts.values()), replace=False).tolist() if pool else [])
            for event, count in counts.items():
                for index in [next(drawn) for _ in range(count)] if pool else []:
                    self._rare_event(year, event, pool[index], going, new, movements)

    def _rare_event(
        self, year: int, event: str, stay: Stay, going: dict[Key, list[Stay]], new: dict[Key, list[tuple[int, str]]],
        movements: list[Movement],
    ) -> None:  # fmt: skip
        key = (stay.unit, stay.grade)
        day = self._day(year)
        if event == "comeback":  # dropped out before winter, talked back before the end of the year: goes on with the others
            on = date(starts(year).year - 1, 10, 10 + int(self.rng.integers(15)))
            movements.append(_left(stay, on, "dropout"))
            back = Stay(stay.child, stay.unit, stay.year, stay.grade, stay.class_number, on + timedelta(days=150), "comeback")
            movements.append(Movement(back, "comeback", back.entered_on))
            self.flows.stays.append(back)
            going[key][going[key].index(stay)] = back
            return
        going[key].remove(stay)
        self.delayed.add(stay.child)
        if event == "repetition":
            stay.left_on, stay.exit_kind = starts(year), "repetition"
            new.setdefault(key, []).append((stay.child, "repetition"))
            return
        movements.append(_left(stay, day, event))
        if event == "suspension":
            self.suspended.append(stay)

    def _moved(
        self, year: int, going: dict[Key, list[Stay]], new: dict[Key, list[tuple[int, str]]], movements: list[Movement]
    ) -> dict[Key, int]:
        """Let children leave and come, so that each cohort that goes on is as large as planned; gives the new entrants still wanted."""
        leaving: dict[int, list[Stay]] = {}
        free: dict[int, list[int]] = {}  # by grade of the year before: units with a place, one entry a place
        wanted: dict[Key, int] = {}
        for unit, grade in sorted(self.plans[year]):
            key, stays = (unit, grade - 1), going.get((unit, grade - 1), [])
            places = self.plans[year][unit, grade].pupils - len(new.get((unit, grade), []))
            if not stays:
                wanted[unit, grade] = places
                continue
            leave = max(round(len(stays) * _LEAVING + self.rng.random() - 0.5), len(stays) - places)
            chosen = set(self.rng.choice(len(stays), size=leave, replace=False).tolist()) if leave > 0 else set()
            leaving.setdefault(grade - 1, []).extend(stay for index, stay in enumerate(stays) if index in chosen)
            going[key] = [stay for index, stay in enumerate(stays) if index not in chosen]
            free.setdefault(grade - 1, []).extend([unit] * (places - len(going[key])))
        for key in [key for key in going if (key[0], key[1] + 1) not in self.plans[year]]:
            leaving.setdefault(key[1], []).extend(going.pop(key))  # a grade that the school no longer has
        for grade in sorted(leaving):
            self._rehoused(year, leaving[grade], free.setdefault(grade, []), going, new, movements)
        for grade, units in free.items():
            for unit in units:
                new.setdefault((unit, grade + 1), []).append((self._born(year, grade + 1), "arrival"))
        return wanted

    def _rehoused(
        self, year: int, leaving: list[Stay], free: list[int], going: dict[Key, list[Stay]], new: dict[Key, list[tuple[int, str]]],
        movements: list[Movement],
    ) -> None:  # fmt: skip
        """Send those who leave to free places of other schools while there are any, and the rest out of the district."""
        self.rng.shuffle(leaving)
        self.rng.shuffle(free)
        within = round(len(leaving) * _WITHIN)
        for number, stay in enumerate(leaving):
            other = next((unit for unit in free if unit != stay.unit), None) if number < within else None
            on = self._day(year) if self.rng.random() < _MID_YEAR else starts(year)
            on = on if on > stay.entered_on else starts(year)
            if other is None:
                movements.append(_left(stay, on, "departure"))
                continue
            free.remove(other)
            movements.append(_left(stay, on, "transfer_out", other))
            if on == starts(year) or (other, stay.grade) not in self.plans[year - 1]:
                stay.left_on = movements[-1].on = starts(year)
                new.setdefault((other, stay.grade + 1), []).append((stay.child, "transfer_in"))
            else:
                classes = len(self.plans[year - 1][other, stay.grade].sizes)
                there = Stay(stay.child, other, stay.year, stay.grade, 1 + int(self.rng.integers(classes)), on, "transfer_in")
                self.flows.stays.append(there)
                going.setdefault((other, stay.grade), []).append(there)

    def _entered(self, year: int, key: Key, count: int, graduates: dict[str, list[Stay]], new: dict[Key, list[tuple[int, str]]]) -> None:
        """New entrants of a unit's grade: most of them from the stage below, those of the same place and township first."""
        unit = self.units[key[0]]
        pool = graduates.get(_BELOW.get(unit.stage, ""), [])
        from_below = min(round(count * _FROM_KINDERGARTEN.get(unit.stage, 0)), len(pool))
        near = [index for index, stay in enumerate(pool) if self.units[stay.unit].place.parent == unit.place.parent]
        taken = set((near + [index for index in range(len(pool)) if index not in set(near)])[:from_below])
        graduates[_BELOW.get(unit.stage, "")] = [stay for index, stay in enumerate(pool) if index not in taken]
        entrants = [pool[index].child for index in sorted(taken)]
        entrants += [self._born(year, key[1]) for _ in range(count - from_below)]
        new.setdefault(key, []).extend((child, "admission") for child in entrants)

    def _day(self, year: int) -> date:
        """A day within the school year before: between the autumn and the summer holidays."""
        return date(starts(year).year - 1, 10, 9) + timedelta(days=int(self.rng.integers(0, 250)))

    def _born(self, year: int, grade: int) -> int:
        self.flows.cohorts.append(starts(year).year - grade)
        return len(self.flows.cohorts) - 1

    def _open(self, roll: list[Stay]) -> None:
        roll.sort(key=lambda stay: (stay.unit, stay.grade, stay.class_number))
        self.flows.rolls.append(roll)
        self.flows.stays += roll


def _left(stay: Stay, on: date, kind: str, other: int | None = None) -> Movement:
    stay.left_on, stay.exit_kind = on, kind
    return Movement(stay, kind, on, other)


def _in_classes(children: Iterable[tuple[int, int, str]], plan: GradePlan) -> list[tuple[int, int, str]]:
    """Seat children in the classes of a grade. Everybody keeps the class of the year before where it has room."""
    left = list(plan.sizes)
    seated: list[tuple[int, int, str]] = []
    waiting: list[tuple[int, str]] = []
    for child, class_number, kind in children:
        if 1 <= class_number <= len(left) and left[class_number - 1]:
            left[class_number - 1] -= 1
            seated.append((child, class_number, kind))
        else:
            waiting.append((child, kind))
    places = [number for number, count in enumerate(left, 1) for _ in range(count)]
    return seated + [(child, number, kind) for (child, kind), number in zip(waiting, places, strict=True)]
