"""Normalising: what was written becomes what was meant, and every such step is noted so that it can be said.

Changes when a way of writing numbers, dates or words is newly understood. What is not understood is left for the checks to return.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from jiaoheng.intake.cells import RawColumn
from jiaoheng.organisations.school_year import NotASchoolYear, SchoolYear
from jiaoheng.rulebook.registers import FieldRule

__all__ = ["Normalised", "normalised", "without_invisible"]

_FULL_WIDTH = [chr(code) for code in range(0xFF01, 0xFF5F)]
_HALF_WIDTH = [chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)]
_HAS_FULL_WIDTH = "[\uff01-\uff5e]"
_VANISHING = "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]"
_ODD_BLANK = "[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\\t\\n\\r]"
_INVISIBLE = f"{_VANISHING}|{_ODD_BLANK}|^ | $"
_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_DASHES = r"^(-+|—+|–+|－+|/|／)$"
_DATE = r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T].*)?$"
_COMPACT_DATE = r"^(\d{4})(\d{2})(\d{2})$"
_LAST_SERIAL = 2_958_465
"""The serial of 9999-12-31 in a spreadsheet."""
_EXACT_DIGITS = 15
"""A spreadsheet keeps this many digits of a number; a longer code typed as a number has lost its end."""


@dataclass
class Normalised:
    """A column of values of its field's type; null where blank or not understood.

    `notes`: cause code → rows where something was normalised. `faults`: number of the rule broken → rows that are not understood.
    """

    values: pl.Series
    notes: dict[str, pl.Series] = field(default_factory=dict)
    faults: dict[str, pl.Series] = field(default_factory=dict)


def normalised(raw: RawColumn, rule: FieldRule, translation: Mapping[str, str | None] | None = None) -> Normalised:
    """A raw column read as its field's type; `translation` is the mapping's values."""
    if translation:
        raw = _translated(raw, translation)
    return _BY_TYPE[rule.type](raw, rule)


def without_invisible(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Text without invisible characters and blanks at its ends, and where there were any. Inner blanks stay as written."""
    touched = text.str.contains(_INVISIBLE).fill_null(False)
    if touched.any():
        text = text.str.replace_all(_VANISHING, "").str.replace_all(_ODD_BLANK, " ").str.strip_chars()
        text = text.set((text == "").fill_null(False), None)
    return text, touched


def _half_width(text: pl.Series, notes: dict[str, pl.Series]) -> pl.Series:
    touched = text.str.contains(_HAS_FULL_WIDTH).fill_null(False)
    if touched.any():
        notes["READ-02"] = touched
        text = text.str.replace_many(_FULL_WIDTH, _HALF_WIDTH)
    return text


def _cleaned(raw: RawColumn, notes: dict[str, pl.Series]) -> pl.Series:
    text, invisible = without_invisible(raw.text)
    if invisible.any():
        notes["READ-05"] = invisible
    return text


def _missing_dashes(text: pl.Series, notes: dict[str, pl.Series]) -> pl.Series:
    dashes = text.str.contains(_DASHES).fill_null(False)
    if dashes.any():
        notes["READ-06"] = dashes
        text = text.set(dashes, None)
    return text


def _translated(raw: RawColumn, translation: Mapping[str, str | None]) -> RawColumn:
    text = _plain_text(raw)
    cleaned, _ = without_invisible(text)
    hits = cleaned.is_in(list(translation))
    new = cleaned.replace(dict(translation))
    keep = hits.fill_null(False)
    mixed = pl.select(pl.when(keep).then(new).otherwise(raw.text)).to_series()
    nothing = pl.Series([None], dtype=pl.Float64)
    number = pl.select(pl.when(keep).then(nothing).otherwise(raw.number)).to_series() if keep.any() else raw.number
    return RawColumn(mixed, number, raw.day, raw.typed)


def _plain_text(raw: RawColumn) -> pl.Series:
    """Every cell as text: whole numbers without a point, days as 2018-09-01."""
    if raw.number.null_count() == len(raw) and raw.day.null_count() == len(raw):
        return raw.text
    whole = (raw.number == raw.number.floor()) & (raw.number.abs() < 1e18)
    digits = raw.number.set(~whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
    number = raw.number.set(whole.fill_null(False), None).cast(pl.String)
    return pl.select(pl.coalesce(raw.text, digits, number, raw.day.dt.to_string("%Y-%m-%d"))).to_series()


def _numbers(raw: RawColumn) -> tuple[pl.Series, dict[str, pl.Series], pl.Series]:
    """Numbers, what was normalised, and where something stands that is no number."""
    notes: dict[str, pl.Series] = {}
    stray_day = raw.day.is_not_null()
    if raw.text.null_count() == len(raw):
        endless = (raw.number.is_infinite() | raw.number.is_nan()).fill_null(False)
        return raw.number.set(endless, None), notes, stray_day | endless
    text = _missing_dashes(_half_width(_cleaned(raw, notes), notes), notes)
    thousands = text.str.contains(_THOUSANDS).fill_null(False)
    if thousands.any():
        notes["READ-03"] = thousands
        text = pl.select(pl.when(thousands).then(text.str.replace_all(",", "", literal=True)).otherwise(text)).to_series()
    numeric = text.str.contains(_NUMBER).fill_null(False)
    read = text.set(~numeric, None).cast(pl.Float64, strict=False)
    if raw.typed and numeric.any():
        notes["READ-01"] = numeric
    values = pl.select(pl.coalesce(raw.number, read)).to_series()
    endless = (values.is_infinite() | values.is_nan()).fill_null(False)
    return values.set(endless, None), notes, (text.is_not_null() & ~numeric) | endless | stray_day


def _count(raw: RawColumn, rule: FieldRule) -> Normalised:
    values, notes, faults = _numbers(raw)
    broken = ((values != values.floor()) | (values.abs() > 1e15)).fill_null(False)
    return Normalised(values.set(broken, None).cast(pl.Int64), notes, {"02": faults, "10": broken})


def _amount(raw: RawColumn, rule: FieldRule) -> Normalised:
    values, notes, faults = _numbers(raw)
    rounded = values.round(2)
    touched = ((rounded - values).abs() > 1e-9 * values.abs().clip(1.0)).fill_null(False)
    if touched.any():
        notes["READ-07"] = touched
    return Normalised(rounded, notes, {"02": faults})


def _degrees(raw: RawColumn, rule: FieldRule) -> Normalised:
    values, notes, faults = _numbers(raw)
    return Normalised(values, notes, {"02": faults})


def _code(raw: RawColumn, rule: FieldRule) -> Normalised:
    notes: dict[str, pl.Series] = {}
    lost = ((raw.number.abs() >= 10.0**_EXACT_DIGITS) | (raw.number != raw.number.floor())).fill_null(False)
    text = _half_width(_cleaned(raw, notes), notes)
    digits = raw.number.set(lost, None).cast(pl.Int64).cast(pl.String) if raw.number.null_count() < len(raw) else text
    return Normalised(
        pl.select(pl.coalesce(text, digits)).to_series(), notes, {"17": lost, "15": text.str.contains("/", literal=True).fill_null(False)}
    )


def _text(raw: RawColumn, rule: FieldRule) -> Normalised:
    notes: dict[str, pl.Series] = {}
    text = _cleaned(raw, notes)
    return Normalised(_plain_text(RawColumn(text, raw.number, raw.day, raw.typed)), notes)


def _each(text: pl.Series, read: Callable[[str], str | None]) -> pl.Series:
    """Each distinct text read once."""
    distinct = [value for value in text.unique().to_list() if value is not None]
    return text.replace_strict(distinct, [read(value) for value in distinct], default=None, return_dtype=pl.String)


def _word(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _words(rule: FieldRule) -> dict[str, str]:
    words: dict[str, str] = {}
    for name, choice in rule.choices.items():
        for written in (name, choice.zh, choice.en, *choice.aliases):
            words.setdefault(_word(written), name)
    return words


def _choice(raw: RawColumn, rule: FieldRule) -> Normalised:
    words, notes = _words(rule), dict[str, pl.Series]()
    text = _plain_text(RawColumn(_cleaned(raw, notes), raw.number, raw.day, raw.typed))
    values = _each(text, lambda written: words.get(_word(written)))
    return Normalised(values, notes, {"04": text.is_not_null() & values.is_null()})


def _stages(raw: RawColumn, rule: FieldRule) -> Normalised:
    """Several choices in one cell, kept comma-separated in the order of schooling, which is the order in the rulebook."""
    words, order, notes = _words(rule), list(rule.choices), dict[str, pl.Series]()

    def read(written: str) -> str | None:
        found = [words.get(_word(part)) for part in re.split(r"[,，、;；+/和]", written) if part.strip()]
        return None if None in found else ",".join(sorted({name for name in found if name}, key=order.index))

    text = _cleaned(raw, notes)
    values = _each(text, read)
    return Normalised(values, notes, {"04": text.is_not_null() & values.is_null()})


def _school_year(raw: RawColumn, rule: FieldRule) -> Normalised:
    notes: dict[str, pl.Series] = {}

    def read(written: str) -> str | None:
        try:
            return str(SchoolYear.parse(written))
        except NotASchoolYear:
            return None

    text = _plain_text(RawColumn(_half_width(_cleaned(raw, notes), notes), raw.number, raw.day, raw.typed))
    values = _each(text, read)
    return Normalised(values, notes, {"12": text.is_not_null() & values.is_null()})


def _date(raw: RawColumn, rule: FieldRule) -> Normalised:
    notes: dict[str, pl.Series] = {}
    text = _missing_dashes(_half_width(_cleaned(raw, notes), notes), notes)
    parts = text.str.extract_groups(_DATE).struct.unnest()
    compact = text.str.extract_groups(_COMPACT_DATE).struct.unnest()
    year, month, day = (pl.select(pl.coalesce(parts[f"{i}"], compact[f"{i}"])).to_series().cast(pl.Int32) for i in (1, 2, 3))
    written = pl.select(pl.format("{}-{}-{}", year, month, day)).to_series().str.to_date("%Y-%m-%d", strict=False)
    # A whole number that reads as a day of these centuries (20180901) is a date written without strokes; a smaller one is a serial.
    number = raw.number.set(((raw.number != raw.number.floor()) & (raw.number > _LAST_SERIAL)).fill_null(False), None)
    plain = (
        number.set((number <= _LAST_SERIAL).fill_null(False), None)
        .cast(pl.Int64, strict=False)
        .cast(pl.String)
        .str.to_date("%Y%m%d", strict=False)
    )
    serial = number.set(~number.is_between(1, _LAST_SERIAL).fill_null(False), None).floor().cast(pl.Int32)
    serial_day = (serial - 25_569).cast(pl.Date)  # 1970-01-01 is serial 25569
    if serial.is_not_null().any():
        notes["READ-04"] = serial.is_not_null()
    values = pl.select(pl.coalesce(raw.day, serial_day, plain, written)).to_series()
    return Normalised(values, notes, {"13": (text.is_not_null() | raw.number.is_not_null()) & values.is_null()})


def _currency(raw: RawColumn, rule: FieldRule) -> Normalised:
    read = _text(raw, rule)
    values = read.values.str.to_uppercase()
    wrong = ~values.str.contains(r"^[A-Z]{3}$").fill_null(True)
    return Normalised(values.set(wrong, None), read.notes, {"04": wrong})


_BY_TYPE: dict[str, Callable[[RawColumn, FieldRule], Normalised]] = {
    "organisation": _code,
    "code": _code,
    "name": _text,
    "text": _text,
    "school_year": _school_year,
    "choice": _choice,
    "stages": _stages,
    "count": _count,
    "amount": _amount,
    "degrees": _degrees,
    "date": _date,
    "currency": _currency,
}
