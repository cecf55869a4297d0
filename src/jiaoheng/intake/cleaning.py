"""Cleaning: the characters of a raw column before anything is understood of them: invisible ones, full-width ones, dashes for nothing.

Changes when a way of writing characters is newly understood. Every step notes the rows that it touched, so that it can be said.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from jiaoheng.intake.cells import RawColumn

__all__ = ["Normalised", "Notes", "cleaned", "each", "half_width", "missing_dashes", "plain_text", "without_invisible"]

Notes = dict[str, pl.Series]
"""Cause code → rows where something was normalised."""

_FULL_WIDTH = [chr(code) for code in range(0xFF01, 0xFF5F)]
_HALF_WIDTH = [chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)]
_HAS_FULL_WIDTH = "[\uff01-\uff5e]"
_VANISHING = "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]"
_ODD_BLANK = "[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\\t\\n\\r]"
_INVISIBLE = f"{_VANISHING}|{_ODD_BLANK}|^ | $"
_DASHES = r"^(-+|—+|–+|－+|/|／)$"


@dataclass
class Normalised:
    """A column of values of its field's type; null where blank or not understood.

    `notes`: cause code → rows where something was normalised. `faults`: number of the rule broken → rows that are not understood.
    """

    values: pl.Series
    notes: dict[str, pl.Series] = field(default_factory=dict)
    faults: dict[str, pl.Series] = field(default_factory=dict)


def without_invisible(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Text without invisible characters and blanks at its ends, and where there were any. Inner blanks stay as written."""
    touched = text.str.contains(_INVISIBLE).fill_null(False)
    if touched.any():
        text = text.str.replace_all(_VANISHING, "").str.replace_all(_ODD_BLANK, " ").str.strip_chars()
        text = text.set((text == "").fill_null(False), None)
    return text, touched


def half_width(text: pl.Series, notes: Notes) -> pl.Series:
    touched = text.str.contains(_HAS_FULL_WIDTH).fill_null(False)
    if touched.any():
        notes["READ-02"] = touched
        text = text.str.replace_many(_FULL_WIDTH, _HALF_WIDTH)
    return text


def cleaned(raw: RawColumn, notes: Notes) -> pl.Series:
    text, invisible = without_invisible(raw.text)
    if invisible.any():
        notes["READ-05"] = invisible
    return text


def missing_dashes(text: pl.Series, notes: Notes) -> pl.Series:
    dashes = text.str.contains(_DASHES).fill_null(False)
    if dashes.any():
        notes["READ-06"] = dashes
        text = text.set(dashes, None)
    return text


def plain_text(raw: RawColumn) -> pl.Series:
    """Every cell as text: whole numbers without a point, days as 2018-09-01."""
    if raw.number.null_count() == len(raw) and raw.day.null_count() == len(raw):
        return raw.text
    whole = (raw.number == raw.number.floor()) & (raw.number.abs() < 1e18)
    digits = raw.number.set(~whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
    number = raw.number.set(whole.fill_null(False), None).cast(pl.String)
    return pl.select(pl.coalesce(raw.text, digits, number, raw.day.dt.to_string("%Y-%m-%d"))).to_series()


def each(text: pl.Series, read: Callable[[str], str | None]) -> pl.Series:
    """Each distinct text read once."""
    distinct = [value for value in text.unique().to_list() if value is not None]
    return text.replace_strict(distinct, [read(value) for value in distinct], default=None, return_dtype=pl.String)
