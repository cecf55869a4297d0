"""Person numbers: identity numbers, student numbers, phones and bank cards as columns, and what is wrong with each.

Changes when the form of one of these numbers changes. Whole columns at once; one number at a time is `registers.identity_number` and
`registers.student_number`, which say the same (tests compare them).
"""

import polars as pl

from jiaoheng.intake.cells import RawColumn
from jiaoheng.intake.cleaning import Normalised, Notes, cleaned, half_width, plain_text
from jiaoheng.registers.identity_number import CHECK_DIGITS, WEIGHTS
from jiaoheng.rulebook.registers import FieldRule

__all__ = ["bank_card", "born", "check_digit_fits", "identity_number", "luhn_fits", "phone", "sex_of", "student_number"]

_SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]{2}$|^[0-9]{15,18}\.0+$"
_EXACT = 1e15
"""A spreadsheet keeps 15 digits of a number; the rest of a longer one is gone."""
_FORMS = {"G": "[0-9]{17}[0-9X]", "J": "[0-9]{17}[0-9X]", "L": "[0-9]{18}"}
_PHONE = r"^(1[3-9][0-9]{9}|0[0-9]{9,11}|[0-9]{7,8})$"


def identity_number(raw: RawColumn, _rule: FieldRule) -> Normalised:
    """Tidied as `identity_number.tidied`; rule 20 where the last digits are gone. Its other rules need the document's kind."""
    notes: Notes = {}
    text, gone = _digits(raw, notes)
    rounded = (text.str.contains(r"^[0-9]{15}000$") & ~check_digit_fits(text)).fill_null(False)
    lost = gone | rounded
    return Normalised(text.set(lost, None), notes, {"20": lost})


def student_number(raw: RawColumn, _rule: FieldRule) -> Normalised:
    """Nineteen characters; rules 20 (digits gone), 26 (it is an identity number), 25 (any other form)."""
    notes: Notes = {}
    text, gone = _digits(raw, notes)
    identity = text.str.contains(r"^[0-9]{17}[0-9X]$").fill_null(False)
    right = pl.repeat(False, len(text), dtype=pl.Boolean, eager=True)
    for letter, form in _FORMS.items():
        of_kind = text.str.contains(f"^{letter}{form}$").fill_null(False)
        if of_kind.any():
            eighteen = text.str.slice(1)
            fits = born(eighteen).is_not_null()
            right = right | (of_kind & fits & (pl.Series([True]) if letter == "L" else check_digit_fits(eighteen)))
    wrong = text.is_not_null() & ~right & ~identity & ~gone
    return Normalised(text.set(~right, None), notes, {"20": gone, "26": identity, "25": wrong})


def phone(raw: RawColumn, _rule: FieldRule) -> Normalised:
    """Digits only; rule 27 where they are no phone number, which is then left out."""
    notes: Notes = {}
    text = half_width(cleaned(raw, notes), notes)
    text = plain_text(RawColumn(text, raw.number, raw.day, raw.typed)).str.replace_all(r"[\s\-()]", "").str.replace(r"^\+?86(1)", "$1")
    wrong = text.is_not_null() & ~text.str.contains(_PHONE).fill_null(False)
    return Normalised(text.set(wrong, None), notes, {"27": wrong})


def bank_card(raw: RawColumn, _rule: FieldRule) -> Normalised:
    """12 to 30 digits; rules 17 (a spreadsheet has taken the last digits) and 28 (any other form)."""
    notes: Notes = {}
    text, gone = _digits(raw, notes)
    text = text.str.replace_all("-", "", literal=True)
    wrong = text.is_not_null() & ~text.str.contains(r"^[0-9]{12,30}$").fill_null(False) & ~gone
    return Normalised(text.set(wrong | gone, None), notes, {"17": gone, "28": wrong})


def check_digit_fits(text: pl.Series) -> pl.Series:
    """Whether the 18th character is the one that GB 11643 gives for the 17 before it; false for anything but 17 digits and one more."""
    formed = text.str.contains(r"^[0-9]{17}[0-9X]$").fill_null(False)
    digits = text.set(~formed, "0" * 18)
    codes = pl.select(pl.sum_horizontal(_digit(digits, place) * weight for place, weight in enumerate(WEIGHTS)) % 11).to_series()
    expected = codes.replace_strict(list(range(11)), list(CHECK_DIGITS), return_dtype=pl.String)
    return formed & (digits.str.slice(17, 1) == expected).fill_null(False)


def luhn_fits(text: pl.Series) -> pl.Series:
    """Whether the last digit of a card number is the one of ISO/IEC 7812 (Luhn); text of digits only, null stays null."""
    backwards = text.str.reverse()
    longest = max((len(value) for value in text.drop_nulls().to_list()), default=0)
    total = pl.repeat(0, len(text), dtype=pl.Int64, eager=True)
    for place in range(longest):
        digit = backwards.str.slice(place, 1).cast(pl.Int64, strict=False).fill_null(0)
        if place % 2:
            digit = digit * 2
            digit = digit - (digit > 9).cast(pl.Int64) * 9
        total = total + digit
    return (total % 10 == 0).set(text.is_null(), None)


def born(identity: pl.Series) -> pl.Series:
    """The birth date in an identity number (or in the 18 characters of a student number); null where there is none."""
    return identity.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)


def sex_of(identity: pl.Series) -> pl.Series:
    """GB/T 2261.1: «1» male (odd 17th digit), «2» female (even)."""
    odd = identity.str.slice(16, 1).cast(pl.Int8, strict=False) % 2
    return odd.replace_strict([0, 1], ["2", "1"], default=None, return_dtype=pl.String)


def _digit(text: pl.Series, place: int) -> pl.Series:
    return text.str.slice(place, 1).cast(pl.Int32)


def _digits(raw: RawColumn, notes: Notes) -> tuple[pl.Series, pl.Series]:
    """A number that is a name: without blanks, half width, upper case; and where a spreadsheet's number has lost its end."""
    text = half_width(cleaned(raw, notes), notes).str.replace_all(r"\s", "").str.strip_chars_start("'’`").str.to_uppercase()
    gone = (raw.number.abs() >= _EXACT).fill_null(False) | text.str.contains(_SCIENTIFIC).fill_null(False)
    shown = plain_text(RawColumn(text, raw.number.set(gone, None), raw.day, raw.typed))
    return shown.set(gone, None), gone
