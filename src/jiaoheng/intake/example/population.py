"""Population: children and young people by single year of age and sex, household and resident, of the district and its townships.

Changes when the example's population changes. Residents of school age are a little more than the pupils of that age on the rolls, so that
enrolment rates come out near but below one hundred in a hundred.
"""

import random
from collections import Counter

import polars as pl

from jiaoheng.intake.example.district import COUNTY, places
from jiaoheng.intake.example.figures import YEARS
from jiaoheng.intake.example.stays import Flows, starts

__all__ = ["AGES", "population_rows"]

AGES = range(0, 19)
_ON_ROLL = {range(3, 6): 0.905, range(6, 12): 0.9965, range(12, 15): 0.9935, range(15, 18): 0.41}
"""Share of the residents of an age who are on a roll of the district; the rest stay at home or learn elsewhere."""
_HOUSEHOLD = 0.862
"""Children with a household here for each resident child: the others came with their parents from elsewhere."""


def population_rows(seed: int, flows: Flows, births: pl.Series) -> pl.DataFrame:
    """Area, year, age on 31 August, sex, base, persons. Townships add up to the district. `births` by child, as in `children`."""
    rng = random.Random(f"{seed}:population")
    townships = [place for place in places(seed) if place.kind == "township"]
    born = births.to_list()
    rows: list[dict[str, object]] = []
    for year in range(len(YEARS)):
        day = starts(year)
        ages: Counter[int] = Counter()
        for stay in flows.rolls[year]:
            on = born[stay.child]
            ages[day.year - on.year - ((on.month, on.day) >= (day.month, day.day))] += 1
        typical = sum(ages[age] for age in range(6, 12)) / 6
        for age in AGES:
            share = next((share for span, share in _ON_ROLL.items() if age in span), None)
            residents = round(ages[age] / share) if share else round(typical * (1.07 - 0.01 * abs(age - 3)) * rng.uniform(0.985, 1.015))
            boys = round(residents * rng.uniform(0.522, 0.534))
            for base, part in (("resident", 1.0), ("household", _HOUSEHOLD * rng.uniform(0.985, 1.015))):
                for sex, count in (("1", boys), ("2", residents - boys)):
                    persons = round(count * part)
                    for place, number in zip(townships, _spread(rng, persons, len(townships)), strict=True):
                        rows.append(_row(place.code, place.name_zh, day.year, age, sex, base, number))
                    rows.append(_row(COUNTY, "示例区", day.year, age, sex, base, persons))
    return pl.DataFrame(rows)


def _row(area: str, name: str, year: int, age: int, sex: str, base: str, persons: int) -> dict[str, object]:
    return {
        "organisation": area, "organisation_name": name, "year": year, "age": age, "sex": sex, "base": base, "persons": persons,
    }  # fmt: skip


def _spread(rng: random.Random, persons: int, parts: int) -> list[int]:
    """Three sub-districts in town hold most of the people, three towns the rest."""
    weights = [weight * rng.uniform(0.97, 1.03) for weight in (30, 27, 24, 8, 6, 5)[:parts]]
    shares = [int(persons * weight / sum(weights)) for weight in weights]
    shares[0] += persons - sum(shares)
    return shares
