"""Declared wrongly: where the example's yearly statistics say another number than its registers hold, on purpose.

Changes when a discrepancy is planted or taken out. A discrepancy list is only worth looking at where there is one; the sums of the
district stay as they are, since what one school has too many another has too few.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from jiaoheng.intake.example.figures import YEARS, declared

__all__ = ["HELD_MORE", "Discrepant", "discrepant"]

HELD_MORE: Mapping[tuple[str, str, str], Mapping[str, int]] = {
    ("2199000007", "primary", YEARS[-1]): {"pupils": 15},  # came in the last week of August, declared from an older list
    ("2199000011", "primary", YEARS[-1]): {"pupils": -15},  # still declares those who moved away in summer
    ("2199000001", "primary", YEARS[-1]): {"classes": 1},
    ("2199000003", "primary", YEARS[-1]): {"classes": -1},
    ("2199000014", "primary", YEARS[1]): {"pupils": 3},
    ("3199000104", "junior", YEARS[1]): {"pupils": -3},
}
"""By school code, stage and school year: how many more the registers hold than the school declares."""


@dataclass(frozen=True)
class Discrepant:
    """One planted discrepancy, as `jiaoheng discrepancies` must find it on 1 September of the year."""

    organisation: str
    stage: str
    school_year: str
    figure: str
    declared: int
    held: int

    def as_dict(self) -> dict[str, str | int]:
        return asdict(self)


def discrepant(seed: int, schools: frozenset[str] | None = None) -> Iterator[Discrepant]:
    """Every planted discrepancy of an edition, by year, school and figure."""
    for row in declared(seed):
        more = HELD_MORE.get((row.place.code, row.stage, row.school_year), {})
        if schools is None or row.place.code in schools:
            for figure, difference in more.items():
                said = row.figures[figure]
                yield Discrepant(row.place.code, row.stage, row.school_year, figure, said, said + difference)
