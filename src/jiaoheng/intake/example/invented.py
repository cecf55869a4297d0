"""Invented persons: names, identity numbers, student numbers, phones and bank cards, whole columns at once.

Changes when the way the example invents persons changes. Identity numbers carry a right check digit and an area code (99…) that is given
to no place, phones a block (154) that is given to nobody, cards a prefix of no bank: none can be a living person's.
"""

from functools import cache

import numpy as np
import polars as pl
from faker.providers.person.zh_CN import Provider as Names
from numpy.typing import NDArray

from jiaoheng.registers.identity_number import CHECK_DIGITS, WEIGHTS

__all__ = ["bank_cards", "child_names", "identity_numbers", "phones", "staff_names", "student_numbers", "with_area"]

_GIVEN = {
    True: "宇浩子轩俊博文昊泽睿晨天铭嘉航志远明哲翰承霖逸乐阳辰皓启恒景川牧野安柏屹骁越凯诚言书墨云帆",
    False: "雨欣怡梓涵诗婷佳悦思语可馨依诺若彤晓雅琪萱静宁安然芷兰妍清月嘉禾念夏初瑶曼灵溪筱婉星苒柔乔书",
}
"""Characters of given names by whether the child is a boy: one or two are drawn."""


def child_names(rng: np.random.Generator, boys: NDArray[np.bool_], births: pl.Series) -> pl.Series:
    """A name for each child; no two children born on one day have the same."""
    names = pl.Series("name", _drawn_names(rng, boys))
    for _ in range(20):
        again = pl.DataFrame({"name": names, "birth": births}).with_columns(first=pl.struct("name", "birth").is_first_distinct())
        doubled = ~again["first"]
        if not doubled.any():
            break
        redrawn = _drawn_names(rng, boys[doubled.to_numpy()])
        names = names.scatter(doubled.arg_true(), redrawn)
    return names


def staff_names(rng: np.random.Generator, men: NDArray[np.bool_]) -> pl.Series:
    """Names of adults, as Faker's lists have them."""
    surnames, weights = _surnames()
    given = {True: list(Names.first_names_male), False: list(Names.first_names_female)}
    drawn = rng.choice(surnames, size=len(men), p=weights)
    firsts = np.where(men, rng.choice(given[True], size=len(men)), rng.choice(given[False], size=len(men)))
    return pl.Series("name", [str(surname) + str(first) for surname, first in zip(drawn, firsts, strict=True)])


def identity_numbers(areas: pl.Series, births: pl.Series, male: pl.Series) -> pl.Series:
    """Eighteen characters each (GB 11643), all different: area, birth date, an odd (male) or even sequence, check digit."""
    frame = pl.DataFrame({"area": areas, "birth": births, "male": male})
    rank = pl.int_range(pl.len()).over("birth", "male")
    sequence = ((rank * 37 + 11) % 499) * 2 + pl.when("male").then(1).otherwise(2)
    body = pl.concat_str("area", pl.col("birth").dt.strftime("%Y%m%d"), sequence.cast(pl.String).str.zfill(3))
    return _with_check_digit(frame.select(body).to_series())


def student_numbers(rng: np.random.Generator, births: pl.Series, temporary: float) -> pl.Series:
    """Nineteen characters each, all different, none made from an identity number; `temporary` is the share that begins with L."""
    kinds = np.where(rng.random(len(births)) < temporary, "L", "G")
    frame = pl.DataFrame({"birth": births, "kind": kinds.tolist()})
    rank = pl.int_range(pl.len()).over("birth")
    sequence = (rank * 61 + 503) % 1000
    body = pl.concat_str(pl.lit("990101"), pl.col("birth").dt.strftime("%Y%m%d"), sequence.cast(pl.String).str.zfill(3))
    whole = _with_check_digit(frame.select(body).to_series())
    return (
        pl.DataFrame({"kind": frame["kind"], "digits": whole})
        .select(
            pl.when(pl.col("kind") == "L")
            .then(pl.lit("L") + pl.col("digits").str.replace("X$", "0"))
            .otherwise(pl.lit("G") + pl.col("digits"))
            .alias("student_number")
        )
        .to_series()
    )


def with_area(numbers: pl.Series, area: str) -> pl.Series:
    """The same identity or student numbers as if another area (6 digits) had given them, with the check digit that follows."""
    letters = numbers.str.extract("^([A-Z]?)", 1)
    body = pl.select(pl.lit(area) + numbers.str.strip_chars_start("GLJ").str.slice(6, 11)).to_series()
    whole = _with_check_digit(body)
    digits = pl.DataFrame({"letter": letters, "digits": whole})
    temporary = pl.when(pl.col("letter") == "L").then(pl.col("digits").str.replace("X$", "0")).otherwise("digits")
    return digits.select(pl.concat_str(pl.col("letter").fill_null(""), temporary)).to_series()


def phones(count: int, first: int = 0) -> pl.Series:
    """Mobile numbers, all different: `first` says where in the block to begin."""
    return pl.select((pl.lit(15400000000) + (pl.int_range(first, first + count) * 7919 + 104729) % 99999989).cast(pl.String)).to_series()


def bank_cards(count: int, first: int = 0) -> pl.Series:
    """Card numbers of 19 digits with the check digit of ISO/IEC 7812, all different."""
    frame = pl.select(body=pl.lit("629999") + (pl.int_range(first, first + count) * 104_723 + 17).cast(pl.String).str.zfill(12))
    total = pl.lit(0, dtype=pl.Int64)
    for place in range(18):
        digit = pl.col("body").str.slice(place, 1).cast(pl.Int64)
        if place % 2 == 1:  # counted from the check digit on the right, every second one is doubled
            digit = digit * 2 - (digit > 4).cast(pl.Int64) * 9
        total = total + digit
    return frame.select(pl.col("body") + ((10 - total % 10) % 10).cast(pl.String)).to_series()


def _with_check_digit(bodies: pl.Series) -> pl.Series:
    column = bodies.to_frame("body")
    total = pl.sum_horizontal(pl.col("body").str.slice(place, 1).cast(pl.Int32) * weight for place, weight in enumerate(WEIGHTS))
    last = (total % 11).replace_strict(list(range(11)), list(CHECK_DIGITS), return_dtype=pl.String)
    return column.select(pl.col("body") + last).to_series()


def _drawn_names(rng: np.random.Generator, boys: NDArray[np.bool_]) -> list[str]:
    surnames, weights = _surnames()
    family = rng.choice(surnames, size=len(boys), p=weights)
    first, second = rng.integers(0, 40, len(boys)), rng.integers(0, 40, len(boys))
    single = rng.random(len(boys)) < 0.12
    names = []
    for surname, boy, one, two, short in zip(family.tolist(), boys.tolist(), first.tolist(), second.tolist(), single.tolist(), strict=True):
        given = _GIVEN[boy]
        names.append(surname + given[one] + ("" if short else given[two]))
    return names


@cache
def _surnames() -> tuple[list[str], list[float]]:
    weights = {name: weight for name, weight in Names.last_names.items() if len(name) == 1}
    total = sum(weights.values())
    return list(weights), [weight / total for weight in weights.values()]
