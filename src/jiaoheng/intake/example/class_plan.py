"""The class plan: how many children and how many classes each grade of each school has on 1 September of each year.

Changes when the example's class sizes change. Its sums are the declared figures of `figures.py`, so that registers and yearly
statistics agree by construction but where `declared_wrongly.py` says so; which child sits where is drawn in `stays.py`.
"""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from jiaoheng.intake.example.declared_wrongly import HELD_MORE
from jiaoheng.intake.example.district import Place
from jiaoheng.intake.example.figures import YEARS, apportioned, declared

__all__ = ["FIRST_GRADE", "GRADES", "LARGE", "LARGE_CLASSES", "GradePlan", "Unit", "class_plan"]

GRADES: Mapping[str, tuple[int, ...]] = {
    "preschool": (-2, -1, 0),
    "primary": (1, 2, 3, 4, 5, 6),
    "junior": (7, 8, 9),
    "senior": (10, 11, 12),
}
FIRST_GRADE: Mapping[str, int] = {stage: grades[0] for stage, grades in GRADES.items()}

LARGE = 55
"""From so many pupils on a class is a large one (大班额)."""
LARGE_CLASSES = 15
"""Large classes of the last year, all in primary schools, as in a published report of autumn 2018; no class is above 65."""

_NOISE = 0.03
"""Cohorts of one school differ by so much from each other, where its classes have room for it."""
_FULL = 53.9


@dataclass(frozen=True)
class Unit:
    """One stage of one school: its pupils form cohorts, one a grade. `number` counts the units of an edition from 0."""

    number: int
    place: Place
    stage: str

    @property
    def grades(self) -> tuple[int, ...]:
        return GRADES[self.stage]


@dataclass(frozen=True)
class GradePlan:
    """The sizes of one grade's classes in one year, class 1 first."""

    sizes: tuple[int, ...]

    @property
    def pupils(self) -> int:
        return sum(self.sizes)


@cache
def class_plan(
    seed: int, schools: frozenset[str] | None = None
) -> tuple[tuple[Unit, ...], tuple[Mapping[tuple[int, int], GradePlan], ...]]:
    """The units, and for each school year the plan by (unit number, grade). `schools`: codes of an edition with only these."""
    figures: dict[tuple[str, str], dict[int, tuple[int, int]]] = {}
    places: dict[str, Place] = {}
    for row in declared(seed):
        if schools is None or row.place.code in schools:
            places[row.place.code] = row.place
            year = YEARS.index(row.school_year)
            more = HELD_MORE.get((row.place.code, row.stage, row.school_year), {})
            held = (row.figures["pupils"] + more.get("pupils", 0), row.figures["classes"] + more.get("classes", 0))
            figures.setdefault((row.place.code, row.stage), {})[year] = held
    units = tuple(Unit(number, places[code], stage) for number, (code, stage) in enumerate(figures))
    plans: tuple[dict[tuple[int, int], GradePlan], ...] = tuple({} for _ in YEARS)
    for unit in units:
        rng = random.Random(f"{seed}:{unit.place.code}:{unit.stage}:classes")
        for year, grades in _of_unit(rng, unit, figures[unit.place.code, unit.stage]).items():
            plans[year].update({(unit.number, grade): plan for grade, plan in grades.items()})
    _plant_large(random.Random(f"{seed}:large classes"), units, plans[-1], LARGE_CLASSES if schools is None else 1)
    return units, plans


def _of_unit(rng: random.Random, unit: Unit, figures: Mapping[int, tuple[int, int]]) -> dict[int, dict[int, GradePlan]]:
    """By year and grade. The last year is shared out first; cohorts keep their relative size in the years before it."""
    weight: dict[int, float] = {}  # of a cohort, known by its grade less the year
    plans: dict[int, dict[int, GradePlan]] = {}
    for year in sorted(figures, reverse=True):
        pupils, classes = figures[year]
        grades = unit.grades[-classes:] if classes < len(unit.grades) else unit.grades
        if not weight:
            counts = _even(rng, classes, grades)
            room = min(_NOISE, max(0.0, _FULL * classes / pupils - 1))
            weight = {grade - year: counts[grade] * (1 + rng.uniform(-room, room)) for grade in grades}
        usual = sum(weight.values()) / len(weight)
        for grade in grades:
            weight.setdefault(grade - year, usual * (1 + rng.uniform(-_NOISE, _NOISE)))
        sizes = dict(zip(grades, apportioned(pupils, [weight[grade - year] for grade in grades]), strict=True))
        counts = counts if year == max(figures) else _fewest_pupils_a_class(classes, sizes)
        plans[year] = {grade: GradePlan(tuple(apportioned(sizes[grade], [1] * counts[grade]))) for grade in grades}
    return plans


def _even(rng: random.Random, classes: int, grades: Sequence[int]) -> dict[int, int]:
    """As many classes a grade as can be alike; who has one more is drawn."""
    whole, more = divmod(classes, len(grades))
    lucky = set(rng.sample(list(grades), more))
    return {grade: whole + (grade in lucky) for grade in grades}


def _fewest_pupils_a_class(classes: int, sizes: Mapping[int, int]) -> dict[int, int]:
    """Share the classes so that the fullest grade is as little full as can be: each next class goes where it is fullest."""
    counts = dict.fromkeys(sizes, 1)
    for _ in range(classes - len(sizes)):
        fullest = max(sizes, key=lambda grade: (sizes[grade] / counts[grade], -grade))
        counts[fullest] += 1
    return counts


def _plant_large(rng: random.Random, units: Iterable[Unit], plan: dict[tuple[int, int], GradePlan], wanted: int) -> None:
    """Fill one class of `wanted` grades up to 55 or more from the classes beside it: those that parents crowd into."""
    able = [
        (unit.number, grade)
        for unit in units
        if unit.stage == "primary"
        for grade in unit.grades
        if _can_crowd(plan[unit.number, grade].sizes)
    ]
    for key in sorted(rng.sample(able, min(wanted, len(able)))):
        sizes = list(plan[key].sizes)
        full = rng.randrange(len(sizes))
        others = [index for index in range(len(sizes)) if index != full]
        more = min(LARGE + rng.choice((0, 0, 1, 1, 2, 3)), _most(sizes)) - sizes[full]
        for _ in range(more):
            giver = max(others, key=lambda index: (sizes[index], -index))
            sizes[giver], sizes[full] = sizes[giver] - 1, sizes[full] + 1
        plan[key] = GradePlan(tuple(sizes))


def _can_crowd(sizes: Collection[int]) -> bool:
    return len(sizes) >= 3 and sum(sizes) / len(sizes) >= 49


def _most(sizes: Collection[int]) -> int:
    """So that the classes beside it lose no more than two pupils each on average."""
    return max(LARGE, max(sizes) + 2 * (len(sizes) - 1))
