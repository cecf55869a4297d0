"""School year: from 1 September to 31 August, written «2018-2019».

Changes when the way a school year is named changes. Countries whose year starts in another month name it the same way.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

__all__ = ["SCHOOL_YEAR_STARTS", "NotASchoolYear", "SchoolYear"]

SCHOOL_YEAR_STARTS = (9, 1)
"""Month and day: 1 September (`standards.md` §6.6, the school year for age and statistics)."""

_WRITTEN = re.compile(r"\s*(\d{4})\s*(?:[-–—/~～至]\s*(\d{2}|\d{4}))?\s*(?:学年度?)?\s*")


class NotASchoolYear(ValueError):
    """The text does not name a school year."""


@dataclass(frozen=True, order=True)
class SchoolYear:
    """One school year, known by the calendar year in which it starts."""

    starts_in: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """«2018-2019», «2018–19», «2018/2019学年», «2018学年» → the year that starts in 2018. Raises: NotASchoolYear."""
        found = _WRITTEN.fullmatch(text)
        if not found:
            raise NotASchoolYear(f"«{text}» is not a school year. Write it like 2018-2019.")
        starts = int(found[1])
        if found[2] and int(found[2]) % 100 != (starts + 1) % 100:
            raise NotASchoolYear(f"«{text}» is not one school year: {starts} is followed by {starts + 1}.")
        return cls(starts)

    @classmethod
    def of(cls, day: date) -> Self:
        """The school year that holds the day."""
        return cls(day.year if (day.month, day.day) >= SCHOOL_YEAR_STARTS else day.year - 1)

    @property
    def previous(self) -> "SchoolYear":
        return SchoolYear(self.starts_in - 1)

    def __str__(self) -> str:
        return f"{self.starts_in}-{self.starts_in + 1}"
