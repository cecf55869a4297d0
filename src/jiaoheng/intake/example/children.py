"""Children: who the children of the stays are: name, numbers, birth, household, guardian, and what holds of them.

Changes when the example's children change. Numbers of the last year that a report states are met exactly: 33 children with disabilities
in ordinary classes of 15 schools (28 in primary, 5 in junior schools), 12 taught at home.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from jiaoheng.intake.example.invented import bank_cards, child_names, identity_numbers, phones, student_numbers
from jiaoheng.intake.example.stays import Flows, Stay

__all__ = ["AT_HOME", "IN_ORDINARY_CLASSES", "boards", "children"]

IN_ORDINARY_CLASSES = {"primary": 28, "junior": 5}
_SCHOOLS_WITH_ORDINARY = {"primary": 11, "junior": 4}
AT_HOME = {"primary": 8, "junior": 4}

_DISABILITIES = (("65", 11), ("64", 8), ("62", 7), ("61", 4), ("63", 3), ("66", 3))
_SEVERE = (("67", 7), ("65", 3), ("64", 2))
_POVERTY = (
    ("registered_poor", 40), ("minimum_living", 31), ("disabled_family", 10), ("low_income", 8), ("extreme_poverty", 3), ("martyr", 1),
    ("general_difficulty", 4), ("difficulty", 2), ("special_difficulty", 1),
)  # fmt: skip
_ETHNICITIES = (("01", 862), ("03", 71), ("04", 28), ("05", 2), ("11", 14), ("15", 12), ("06", 7), ("07", 4))
_RELATIONS = (("mother", 52), ("father", 39), ("grandparent", 8), ("other", 1))
_RATES = {
    "migrant_child": {"urban": 0.155, "town": 0.06, "rural": 0.012},
    "left_behind": {"urban": 0.006, "town": 0.055, "rural": 0.118},
    "poverty": {"urban": 0.019, "town": 0.048, "rural": 0.092},
    "farming": {"urban": 0.18, "town": 0.56, "rural": 0.88},
}
_BOARDERS = {
    ("3199000104", "junior"): 0.24,
    ("3199000202", "junior"): 0.46,
    ("3199000202", "primary"): 0.07,
    ("3499000203", "senior"): 0.38,
}
"""Share of boarders by school code and stage: those with a dormitory."""
_HERE, _ELSEWHERE = "990101", ("990102", "990103", "990105", "990201", "990203", "990302", "990401")


def children(seed: int, flows: Flows) -> pl.DataFrame:
    """One row a child, in the order of the numbers in the stays.

    Codes are those of the rulebook's tables; null where there is none. `boards`: a share below which a school's share of boarders
    makes it one; `poor_since`: the school year, counted from 0, from which poverty is noted; `phone_since`: that of its second phone.
    """
    rng = np.random.default_rng([seed, 2])
    count = len(flows.cohorts)
    first_units = _first_units(flows, count)
    locales = [flows.units[unit].place.locale for unit in first_units]
    rates = {name: np.array([by_locale[locale] for locale in locales]) for name, by_locale in _RATES.items()}
    boys = rng.random(count) < 0.528
    births = _births(rng, flows.cohorts)
    migrant = rng.random(count) < rates["migrant_child"]
    left_behind = (rng.random(count) < rates["left_behind"]) & ~migrant
    orphan = rng.random(count) < 0.0009
    poor = (rng.random(count) < rates["poverty"]) | (orphan & (rng.random(count) < 0.4))
    farming = (rng.random(count) < rates["farming"]) | (migrant & (rng.random(count) < 0.7))
    areas = pl.Series(np.where(migrant, rng.choice(_ELSEWHERE, count), _HERE).tolist())
    names = child_names(rng, boys, births)
    relation = _drawn(rng, _RELATIONS, count)
    relation = np.where(left_behind & (rng.random(count) < 0.7), "grandparent", relation)
    relation = np.where(orphan, np.where(rng.random(count) < 0.5, "relative", "grandparent"), relation)
    disability, placement = _disabilities(rng, flows, count)
    has_card = poor | (rng.random(count) < 0.004)
    since = rng.integers(0, 20, count)
    return pl.DataFrame(
        {
            "child": np.arange(count),
            "student_number": student_numbers(rng, births, temporary=0.004),
            "identity_number": identity_numbers(areas, births, pl.Series(boys)),
            "name": names,
            "sex": np.where(boys, "1", "2").tolist(),
            "birth_date": births,
            "ethnicity": _drawn(rng, _ETHNICITIES, count).tolist(),
            "household_area": areas,
            "household_kind": np.where(farming, "1", "2").tolist(),
            "guardian": _guardians(rng, names, relation),
            "guardian_relation": relation.tolist(),
            "guardian_phone": phones(count),
            "second_phone": phones(count, first=count),
            "phone_since": np.where(since < 2, since + 1, 9),
            "migrant_child": migrant,
            "left_behind": _where(left_behind, np.where(rng.random(count) < 0.4, "2", "1")),
            "orphan": _where(orphan, np.where(rng.random(count) < 0.6, "orphan", "unattended")),
            "disability": disability,
            "placement": placement,
            "poverty": _where(poor, _drawn(rng, _POVERTY, count)),
            "poor_since": np.where(rng.random(count) < 0.12, rng.integers(1, 3, count), 0),
            "bank_card": _where(has_card, bank_cards(count).to_numpy()),
            "boards": rng.random(count),
        }
    )  # fmt: skip


def boards(flows: Flows, unit: int) -> float:
    """The share of boarders among the pupils of a unit."""
    place = flows.units[unit].place
    return _BOARDERS.get((place.code, flows.units[unit].stage), 0.0)


def _where(condition: NDArray[np.bool_], values: NDArray[Any]) -> list[str | None]:
    return [value if so else None for so, value in zip(condition.tolist(), values.tolist(), strict=True)]


def _first_units(flows: Flows, count: int) -> list[int]:
    units = [-1] * count
    for stay in flows.stays:
        if units[stay.child] < 0:
            units[stay.child] = stay.unit
    return units


def _births(rng: np.random.Generator, cohorts: Sequence[int]) -> pl.Series:
    """Six full years and not yet seven on 31 August before grade 1; `cohorts` are years less the grade of that year."""
    origin = date(1970, 1, 1)
    firsts = {cohort: (date(cohort - 6, 9, 1) - origin).days for cohort in set(cohorts)}
    lengths = {cohort: (date(cohort - 5, 9, 1) - date(cohort - 6, 9, 1)).days for cohort in set(cohorts)}
    drawn = rng.random(len(cohorts)).tolist()
    days = [firsts[cohort] + int(share * lengths[cohort]) for cohort, share in zip(cohorts, drawn, strict=True)]
    return pl.Series("birth_date", days, dtype=pl.Int32).cast(pl.Date)


def _drawn(rng: np.random.Generator, table: Sequence[tuple[str, int]], count: int) -> NDArray[np.str_]:
    weights = np.array([weight for _, weight in table], dtype=float)
    drawn: NDArray[np.str_] = rng.choice([code for code, _ in table], size=count, p=weights / weights.sum())
    return drawn


def _guardians(rng: np.random.Generator, names: pl.Series, relation: NDArray[np.str_]) -> pl.Series:
    """A father has the child's surname; others mostly have another."""
    given = np.array(list("强军勇伟杰辉平斌鹏波芳敏丽娟艳霞玲萍红燕"))
    men = np.isin(relation, ("father",))
    firsts = rng.choice(given, size=(len(names), 2))
    short = rng.random(len(names)) < 0.45
    surnames = names.str.slice(0, 1).to_list()
    others = rng.choice(list("王李张刘陈杨赵黄周吴马韩蔡"), size=len(names)).tolist()
    return pl.Series(
        "guardian",
        [
            (own if man else other) + one + ("" if brief else two)
            for own, other, man, (one, two), brief in zip(surnames, others, men.tolist(), firsts.tolist(), short.tolist(), strict=True)
        ],
    )


def _disabilities(rng: np.random.Generator, flows: Flows, count: int) -> tuple[list[str | None], list[str | None]]:
    """Kind and placement by child: the last year's exactly, and some among the children who have left since."""
    disability: list[str | None] = [None] * count
    placement: list[str | None] = [None] * count

    def note(stays: Sequence[Stay], where: str, kinds: Sequence[tuple[str, int]]) -> None:
        for stay, kind in zip(stays, _drawn(rng, kinds, len(stays)).tolist(), strict=True):
            disability[stay.child], placement[stay.child] = kind, where

    last = flows.rolls[-1]
    used: set[str] = set()  # a school of two stages is one school
    for stage, wanted in IN_ORDINARY_CLASSES.items():
        by_unit: dict[int, list[Stay]] = {}
        for stay in last:
            if flows.units[stay.unit].stage == stage:
                by_unit.setdefault(stay.unit, []).append(stay)
        if not by_unit:
            continue
        schools: list[int] = []
        for unit in rng.permutation(sorted(by_unit)).tolist():
            if flows.units[unit].place.code not in used and len(schools) < _SCHOOLS_WITH_ORDINARY[stage]:
                schools.append(unit)
                used.add(flows.units[unit].place.code)
        taken: list[Stay] = []
        for number in range(wanted):  # one in each of the schools, then again from the first
            unit = schools[number % len(schools)]
            taken.append(by_unit[unit].pop(int(rng.integers(len(by_unit[unit])))))
        note(taken, "ordinary_class", _DISABILITIES)
        rest = [stay for stays in by_unit.values() for stay in stays]
        note([rest[index] for index in rng.choice(len(rest), AT_HOME[stage], replace=False).tolist()], "at_home", _SEVERE)
    still = {stay.child for stay in last}
    gone = [stay for stay in flows.rolls[0] if stay.child not in still and flows.units[stay.unit].stage in IN_ORDINARY_CLASSES]
    if gone:
        some = [gone[index] for index in rng.choice(len(gone), min(9, len(gone)), replace=False).tolist()]
        note(some, "ordinary_class", _DISABILITIES)
    return disability, placement
