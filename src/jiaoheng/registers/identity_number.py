"""Citizen identity number 公民身份号码: its check digit, the birth date and sex in it, and why a written one is refused.

Changes when GB 11643 changes. The six district digits say where the number was issued, perhaps under a code that no longer exists; they
are not compared with any list and say nothing of where the person lives.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Self

from django.utils.translation import gettext as _

__all__ = ["IdentityNumber", "IdentityNumberRefused", "check_digit", "masked", "tidied"]

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
"""GB 11643-1999 (ISO 7064 MOD 11-2): the weighted sum of 17 digits, modulo 11, names the 18th."""

_EARLIEST_BIRTH = date(1900, 1, 1)
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]{2}")
_INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


class IdentityNumberRefused(ValueError):
    """Why a text is not an identity number. `code` names the reason; the message quotes no digit of it."""

    def __init__(self, code: str, words: str) -> None:
        self.code = code
        super().__init__(words)


@dataclass(frozen=True)
class IdentityNumber:
    """Eighteen characters that passed every check. `str` shows it masked; `text` is the whole number, for rules and storage."""

    text: str

    @classmethod
    def parse(cls, written: str, *, today: date | None = None) -> Self:
        """Read a cell: blanks, invisible and full-width characters go, x becomes X.

        Raises: IdentityNumberRefused with one of the codes empty, digits_gone, fifteen_digits, length, characters, birth_date,
        check_digit.
        """
        text = tidied(written)
        if not text:
            raise IdentityNumberRefused("empty", _("There is no identity number in this cell."))
        if _digits_are_gone(text):
            raise IdentityNumberRefused(
                "digits_gone",
                _(
                    "The digits are gone: a spreadsheet has turned this identity number into a rounded number. "
                    "Format the column as text and type the number again from the document."
                ),
            )
        if re.fullmatch(r"[0-9]{15}", text):
            raise IdentityNumberRefused(
                "fifteen_digits",
                _("This is an old number of 15 digits, without a check digit. Enter the 18 characters of the present document."),
            )
        if len(text) != 18:
            raise IdentityNumberRefused(
                "length", _("An identity number has 18 characters; this has {count}. Compare it with the document.").format(count=len(text))
            )
        if not re.fullmatch(r"[0-9]{17}[0-9X]", text):
            raise IdentityNumberRefused(
                "characters", _("An identity number has 17 digits and a digit or X at the end. Another character stands in this one.")
            )
        if check_digit(text[:17]) != text[17]:
            raise IdentityNumberRefused(
                "check_digit", _("The check digit does not fit: a digit was mistyped or two changed places. Compare it with the document.")
            )
        born = _birth_date(text)
        if born is None or not _EARLIEST_BIRTH <= born <= (today or date.today()) + timedelta(days=1):
            raise IdentityNumberRefused(
                "birth_date", _("The eight digits of the birth date are not a day on which a living person was born. Compare them.")
            )
        return cls(text)

    @property
    def birth_date(self) -> date:
        born = _birth_date(self.text)
        assert born is not None  # parse refuses the others
        return born

    @property
    def sex(self) -> Literal["1", "2"]:
        """GB/T 2261.1: «1» male (odd sequence), «2» female (even)."""
        return "1" if int(self.text[16]) % 2 else "2"

    @property
    def issued_in(self) -> str:
        """The six digits of the district that issued the number (GB/T 2260 of that time)."""
        return self.text[:6]

    def disagreements(self, *, birth_date: date | None, sex: str) -> list[str]:
        """Which of the two other columns say something else, in words; empty when all agree or are not stated."""
        found = []
        if birth_date is not None and birth_date != self.birth_date:
            found.append(_("The birth date differs from the one in the identity number. Correct one of the two."))
        if sex in ("1", "2") and sex != self.sex:
            found.append(_("The sex differs from the one in the identity number. Correct one of the two."))
        return found

    def __str__(self) -> str:
        return masked(self.text)

    def __repr__(self) -> str:
        return f"IdentityNumber({masked(self.text)})"


def check_digit(seventeen: str) -> str:
    """The 18th character for seventeen digits. Raises: ValueError for anything else."""
    if not re.fullmatch(r"[0-9]{17}", seventeen):
        raise ValueError("seventeen digits are needed")
    return CHECK_DIGITS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, seventeen, strict=True)) % 11]


def tidied(written: str) -> str:
    """The text without blanks, invisible characters and the apostrophe that spreadsheets put before text; half width; X upper case."""
    if written.isascii() and written.isalnum():  # by far the most cells
        return written.upper()
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", written)).lstrip("'’`").upper()


def masked(text: str) -> str:
    """«510903********1234»: the first six and last four of 18; of a text of other length only as much that at least half stays hidden."""
    if len(text) >= 15:
        return text[:6] + "*" * (len(text) - 10) + text[-4:]
    shown = len(text) // 4
    return text[:shown] + "*" * (len(text) - 2 * shown) + text[len(text) - shown :]


def _digits_are_gone(text: str) -> bool:
    """Scientific notation, or the 15 kept digits followed by zeros that a spreadsheet leaves of a number of 18.

    A true number may end in 000 (1 in 1,000 and then 1 in 11); it is refused only when its check digit does not fit either.
    """
    if _SCIENTIFIC.fullmatch(text) or re.fullmatch(r"[0-9]{15,18}\.0+", text):
        return True
    return bool(re.fullmatch(r"[0-9]{15}000", text)) and check_digit(text[:17]) != text[17]


def _birth_date(text: str) -> date | None:
    try:
        return date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return None
