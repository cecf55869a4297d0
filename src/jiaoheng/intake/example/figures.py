"""The example district's figures: what each school declared of each stage, for three school years.

Changes when the example's figures change. Totals of each year are given and met exactly; schools share them by size. What a school
has is its pupils times the level of a well-equipped school times its own luck, so that figures of one school hang together.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from types import MappingProxyType

from jiaoheng.intake.example.district import Place, Teaching, teachings

__all__ = ["FIGURES", "YEARS", "Declared", "apportioned", "declared"]

YEARS = ("2016-2017", "2017-2018", "2018-2019")
FIGURES = (
    "pupils", "classes", "teachers", "teachers_above_qualification", "backbone_teachers", "pe_arts_teachers", "teaching_area_m2",
    "sports_area_m2", "equipment_value", "multimedia_classrooms", "rooms", "computers", "books", "public_funds",
)  # fmt: skip


@dataclass(frozen=True)
class Declared:
    """One row of a year's workbook. A figure that was not declared is absent from `figures`."""

    place: Place
    school_year: str
    stage: str
    figures: Mapping[str, int]


@dataclass(frozen=True)
class _Totals:
    """What the schools of one stage add up to, one number a school year."""

    pupils: tuple[int, int, int]
    classes: tuple[int, int, int]
    teachers: tuple[int, int, int]


# The last year's pupils and teachers of primary and junior are those of a published report of autumn 2018.
_TOTALS = {
    "primary": _Totals((17_522, 17_988, 18_430), (352, 366, 379), (942, 983, 1_025)),
    "junior": _Totals((7_694, 7_911, 8_138), (158, 164, 171), (571, 592, 611)),
    "senior": _Totals((1_302, 1_281, 1_260), (26, 26, 26), (108, 110, 112)),
}

# What a well-equipped school has: teachers and classrooms per 100 pupils; m², yuan, computers and books per pupil.
_LEVELS: dict[str, dict[str, float]] = {
    "primary": {
        "teachers_above_qualification": 4.2, "backbone_teachers": 1.0, "pe_arts_teachers": 0.9, "teaching_area_m2": 4.5,
        "sports_area_m2": 7.5, "equipment_value": 2_000, "multimedia_classrooms": 2.3, "computers": 0.11, "books": 22, "public_funds": 690,
    },
    "junior": {
        "teachers_above_qualification": 5.3, "backbone_teachers": 1.0, "pe_arts_teachers": 0.9, "teaching_area_m2": 5.8,
        "sports_area_m2": 10.2, "equipment_value": 2_500, "multimedia_classrooms": 2.4, "computers": 0.14, "books": 32, "public_funds": 905,
    },
    "senior": {
        "teachers_above_qualification": 1.1, "backbone_teachers": 1.4, "pe_arts_teachers": 0.8, "teaching_area_m2": 7.2,
        "sports_area_m2": 10.5, "equipment_value": 3_600, "multimedia_classrooms": 2.5, "computers": 0.18, "books": 38,
        "public_funds": 1_240,
    },
}  # fmt: skip
_PER_100 = ("teachers_above_qualification", "backbone_teachers", "pe_arts_teachers", "multimedia_classrooms")
_BUILT = ("teaching_area_m2", "sports_area_m2")
# Share of the last year's level that a school had in each year, for what is bought or hired year by year.
_GROWTH = {
    "teachers_above_qualification": (0.86, 0.93, 1), "backbone_teachers": (0.80, 0.90, 1), "pe_arts_teachers": (0.82, 0.91, 1),
    "equipment_value": (0.79, 0.90, 1), "multimedia_classrooms": (0.74, 0.87, 1), "computers": (0.82, 0.91, 1),
    "books": (0.93, 0.97, 1), "public_funds": (0.92, 0.96, 1),
}  # fmt: skip
_CLASS_SIZE = {"urban": 51, "town": 46, "rural": 38}
_FULLEST = 53.2
"""So many pupils a class a school has at most in the last year, on average."""
_FEWEST_CLASSES = {"primary": 6, "junior": 3, "senior": 3}  # one a grade

# Figures that a school left empty, by school code, year and stage: what is missing is missing, never zero.
_NOT_DECLARED: Mapping[tuple[str, str, str], tuple[str, ...]] = MappingProxyType(
    {
        ("2199000016", "2016-2017", "primary"): ("books",),
        ("2199000019", "2016-2017", "primary"): ("equipment_value", "computers"),
        ("3199000104", "2017-2018", "junior"): ("books",),
        ("2199000011", "2018-2019", "primary"): ("computers",),
    }
)


def declared(seed: int) -> list[Declared]:
    """Every row of every year, in the order of years, stages and school codes."""
    rows = [row for stage in _TOTALS for row in _of_stage(seed, stage)]
    rows.extend(_of_kindergartens(seed))
    order = {stage: place for place, stage in enumerate(("primary", "junior", "senior", "preschool"))}
    return sorted(rows, key=lambda row: (row.school_year, order[row.stage], row.place.code))


def apportioned(total: int, weights: Sequence[float], least: int = 1) -> list[int]:
    """Whole numbers in proportion to the weights, each at least `least`, that add up to exactly `total` (largest remainders)."""
    spread = total - least * len(weights)
    if spread < 0:
        raise ValueError(f"{total} cannot be shared among {len(weights)} with at least {least} each.")
    exact = [weight * spread / sum(weights) for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_remainder[: spread - sum(shares)]:
        shares[index] += 1
    return [share + least for share in shares]


def _of_stage(seed: int, stage: str) -> Iterator[Declared]:
    parts = teachings(seed, stage)
    luck = {place.code: random.Random(f"{seed}:{place.code}:{stage}") for place, _ in parts}
    drift = {code: rng.uniform(-0.02, 0.02) for code, rng in luck.items()}
    staffing = {place.code: luck[place.code].uniform(0.98, 1.05) * (1 + 60 / (teaching.size + 240)) for place, teaching in parts}
    crowding = {code: rng.uniform(0.93, 1.07) for code, rng in luck.items()}
    own = {place.code: _own_levels(luck[place.code], stage, teaching) for place, teaching in parts}
    before: dict[str, dict[str, int]] = {}
    for index in reversed(range(len(YEARS))):  # the last year first: what is built does not shrink looking forward
        weights = [teaching.size * (1 - drift[place.code]) ** (len(YEARS) - 1 - index) for place, teaching in parts]
        pupils = apportioned(_TOTALS[stage].pupils[index], weights)
        teachers = apportioned(
            _TOTALS[stage].teachers[index], [count * staffing[place.code] for count, (place, _) in zip(pupils, parts, strict=True)]
        )
        wanted = [
            max(_FEWEST_CLASSES[stage], _classes(place, count) / crowding[place.code])
            for count, (place, _) in zip(pupils, parts, strict=True)
        ]
        # In the last year no school is so full that all its classes are large: each first gets the classes that it cannot do without.
        needed = [max(ceil(count / _FULLEST), _FEWEST_CLASSES[stage]) if index == len(YEARS) - 1 else 0 for count in pupils]
        more = [max(weight - least, 0.1) for weight, least in zip(wanted, needed, strict=True)]
        free = apportioned(_TOTALS[stage].classes[index] - sum(needed), more, least=0 if any(needed) else 1)
        classes = [least + count for least, count in zip(needed, free, strict=True)]
        for part, (place, teaching) in enumerate(parts):
            figures = {"pupils": pupils[part], "classes": classes[part], "teachers": teachers[part]}
            figures |= _means(figures, own[place.code], teaching, index, before.get(place.code), luck[place.code])
            before[place.code] = figures
            left_out = _NOT_DECLARED.get((place.code, YEARS[index], stage), ())
            yield Declared(place, YEARS[index], stage, {name: value for name, value in figures.items() if name not in left_out})


def _classes(place: Place, pupils: int) -> float:
    """How many classes a school of this size would have; small schools have small classes."""
    return pupils / min(_CLASS_SIZE[place.locale], 18 + pupils / 20)


def _own_levels(rng: random.Random, stage: str, teaching: Teaching) -> dict[str, float]:
    """This school's level of each figure in the last year: the stage's, times what it lacks or times some luck."""
    spread = {"teachers_above_qualification": 0.12, "sports_area_m2": 0.22, "equipment_value": 0.40, "books": 0.25, "public_funds": 0.08}
    levels = {}
    for name, level in _LEVELS[stage].items():
        lucky = 1.02 + rng.uniform(0, spread.get(name, 0.28))
        levels[name] = level * teaching.lacks.get(name, lucky)
    return levels


def _means(
    people: Mapping[str, int],
    own: Mapping[str, float],
    teaching: Teaching,
    year: int,
    year_after: Mapping[str, int] | None,
    rng: random.Random,
) -> dict[str, int]:
    """Everything but pupils, classes and teachers, for one school, stage and year."""
    pupils, teachers = people["pupils"], people["teachers"]
    figures: dict[str, int] = {}
    for name, level in own.items():
        if name in _BUILT:
            # Land and buildings stay, but for schools that were extended since.
            extended = rng.random() < 0.35
            built_before = rng.uniform(0.80, 0.92) if extended else 1.0
            figures[name] = round(year_after[name] * built_before) if year_after else round(pupils * level)
        elif name in _PER_100:
            whole = floor if teaching.lacks.get(name, 1) < 1 else ceil  # so that rounding never lifts a school that lacks something
            figures[name] = whole(pupils * level * _GROWTH[name][year] / 100)
        else:
            figures[name] = round(pupils * level * _GROWTH[name][year])
    for name in ("equipment_value", "public_funds"):
        figures[name] = round(figures[name], -2)
    figures["teachers_above_qualification"] = min(figures["teachers_above_qualification"], teachers)
    figures["rooms"] = max(people["classes"] + ceil(people["classes"] / 9), figures["multimedia_classrooms"] + rng.randint(1, 4))
    return {name: figures[name] for name in FIGURES if name in figures}


def _of_kindergartens(seed: int) -> Iterator[Declared]:
    for place, teaching in teachings(seed, "preschool"):
        rng = random.Random(f"{seed}:{place.code}:preschool")
        class_size, growth = rng.uniform(26, 33), rng.uniform(1.0, 1.07)
        staffing, reading, funding = rng.uniform(1.7, 2.1), rng.uniform(5, 11), rng.uniform(480, 620)
        counts_books = place.ownership == "public" or rng.random() > 0.12
        for index, school_year in enumerate(YEARS):
            if place.since and place.since.year > int(school_year[:4]):
                continue
            children = round(teaching.size / growth ** (len(YEARS) - 1 - index))
            classes = max(1, round(children / class_size))
            figures = {
                "pupils": children,
                "classes": classes,
                "teachers": max(1, round(classes * staffing)) if children > 30 else 1,
                "rooms": classes + (2 if children > 150 else 0),
            }
            if counts_books:
                figures["books"] = round(children * reading)
            if place.ownership == "public":
                figures["public_funds"] = round(round(children * funding), -2)
            yield Declared(place, school_year, teaching.stage, figures)
