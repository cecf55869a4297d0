"""National student number 全国学籍号: G, L or J and 18 characters.

Changes when the ministry changes how the number is formed. A number is given by the national register: it is never made here, neither from
an identity number nor otherwise, and pupils are never matched by the digits inside it (G keeps an old identity number when that changes).
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

from django.utils.translation import gettext as _

from jiaoheng.registers.identity_number import check_digit, tidied

__all__ = ["StudentNumber", "StudentNumberRefused"]

Kind = Literal["G", "L", "J"]


class StudentNumberRefused(ValueError):
    """Why a text is not a student number; `code` names the reason."""

    def __init__(self, code: str, words: str) -> None:
        self.code = code
        super().__init__(words)


@dataclass(frozen=True)
class StudentNumber:
    """Nineteen characters. Kinds: G formal; L temporary, of equal legal force; J of a pupil without an identity number."""

    text: str

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read a cell. Raises: StudentNumberRefused: empty, identity_number, length, kind, characters, birth_date, check_digit."""
        text = tidied(written)
        if not text:
            raise StudentNumberRefused("empty", _("There is no student number in this cell."))
        if re.fullmatch(r"[0-9]{17}[0-9X]", text):
            raise StudentNumberRefused(
                "identity_number",
                _("This is an identity number and not a student number. Take the number beginning with G, L or J from the register."),
            )
        if text[0] not in "GLJ":
            raise StudentNumberRefused("kind", _("A student number begins with G, L or J."))
        if len(text) != 19:
            raise StudentNumberRefused(
                "length", _("A student number has 19 characters; this has {count}. Compare it with the register.").format(count=len(text))
            )
        digits = text[1:]
        if not re.fullmatch(r"[0-9]{18}" if text[0] == "L" else r"[0-9]{17}[0-9X]", digits):
            raise StudentNumberRefused("characters", _("After its letter a student number has 18 digits; only the last may be X."))
        if text[0] != "L" and check_digit(digits[:17]) != digits[17]:
            raise StudentNumberRefused(
                "check_digit", _("The check digit of the student number does not fit. Compare it with the register.")
            )
        try:
            date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
        except ValueError:
            raise StudentNumberRefused(
                "birth_date", _("The eight digits of the birth date in the student number are not a date. Compare it with the register.")
            ) from None
        return cls(text)

    @property
    def kind(self) -> Kind:
        kind: Kind = "G" if self.text[0] == "G" else "L" if self.text[0] == "L" else "J"
        return kind

    def __str__(self) -> str:
        return self.text
