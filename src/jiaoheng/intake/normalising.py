"""Normalising: what was written becomes what was meant, and every such step is noted so that it can be said.

Changes when a way of writing numbers, dates or words is newly understood. What is not understood is left for the checks to return.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

import polars as pl

from jiaoheng.intake import person_numbers
from jiaoheng.intake.cells import RawColumn
from jiaoheng.intake.cleaning import Normalised, cleaned, each, half_width, missing_dashes, plain_text, without_invisible
from jiaoheng.organisations.school_year import NotASchoolYear, SchoolYear
from jiaoheng.rulebook.registers import FieldRule

__all__ = ["Normalised", "normalised"]

_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_DATE = r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T].*)?$"
_COMPACT_DATE = r"^(\d{4})(\d{2})(\d{2})$"
_BOOLEAN = {
    **dict.fromkeys(("是", "有", "1", "true", "yes", "y", "√", "✓", "住校", "寄宿", "住宿"), "1"),
    **dict.fromkeys(("否", "无", "0", "false", "no", "n", "×", "不是", "没有", "走读", "不住校"), "0"),
}
"""Words for yes and no as schools and national exports write them (就读方式 says 走读 or 住校)."""
_NUMERALS = {word: number for number, word in enumerate("零一二三四五六七八九十")}
_LAST_SERIAL = 2_958_465
"""The serial of 9999-12-31 in a spreadsheet."""
_EXACT_DIGITS = 15
"""A spreadsheet keeps this many digits of a number; a longer code typed as a number has lost its end."""


def normalised(raw: RawColumn, rule: FieldRule, translation: Mapping[str, str | None] | None = None) -> Normalised:
    """A raw column read as its field's type; `translation` is the mapping's values."""
    if translation:
        raw = _translated(raw, translation)
    return _BY_TYPE[rule.type](raw, rule)


def _translated(raw: RawColumn, translation: Mapping[str, str | None]) -> RawColumn:
    text = plain_text(raw)
    tidy, _ = without_invisible(text)
    hits = tidy.is_in(list(translation))
    new = tidy.replace(dict(translation))
    keep = hits.fill_null(False)
    mixed = pl.select(pl.when(keep).then(new).otherwise(raw.text)).to_series()
    nothing = pl.Series([None], dtype=pl.Float64)
    number = pl.select(pl.when(keep).then(nothing).otherwise(raw.number)).to_series() if keep.any() else raw.number
    return RawColumn(mixed, number, raw.day, raw.typed)


def _numbers(raw: RawColumn) -> tuple[pl.Series, dict[str, pl.Series], pl.Series]:
    """Numbers, what was normalised, and where something stands that is no number."""
    notes: dict[str, pl.Series] = {}
    stray_day = raw.day.is_not_null()
    if raw.text.null_count() == len(raw):
        endless = (raw.number.is_infinite() | raw.number.is_nan()).fill_null(False)
        return raw.number.set(endless, None), notes, stray_day | endless
    text = missing_dashes(half_width(cleaned(raw, notes), notes), notes)
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
    text = half_width(cleaned(raw, notes), notes)
    digits = raw.number.set(lost, None).cast(pl.Int64).cast(pl.String) if raw.number.null_count() < len(raw) else text
    return Normalised(
        pl.select(pl.coalesce(text, digits)).to_series(), notes, {"17": lost, "15": text.str.contains("/", literal=True).fill_null(False)}
    )


def _text(raw: RawColumn, rule: FieldRule) -> Normalised:
    notes: dict[str, pl.Series] = {}
    text = cleaned(raw, notes)
    return Normalised(plain_text(RawColumn(text, raw.number, raw.day, raw.typed)), notes)


def _word(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _words(rule: FieldRule) -> dict[str, str]:
    """Every folded word and the value that it means. «1» means «01» where codes have two digits; a word of `none` means the empty text."""
    words: dict[str, str] = {}
    for name, choice in rule.choices.items():
        for written in (name, choice.zh, choice.en, *choice.aliases):
            words.setdefault(_word(written), name)
    for name in rule.choices:
        if name.isdecimal() and len(name) == 2:
            words.setdefault(str(int(name)), name)
    for written in rule.none:
        words.setdefault(_word(written), "")
    return words


def _choice(raw: RawColumn, rule: FieldRule) -> Normalised:
    words, notes = _words(rule), dict[str, pl.Series]()
    text = plain_text(RawColumn(cleaned(raw, notes), raw.number, raw.day, raw.typed))
    values = each(text, lambda written: words.get(_word(written)))
    return Normalised(values, notes, {"04": text.is_not_null() & values.is_null()})


def _boolean(raw: RawColumn, rule: FieldRule) -> Normalised:
    notes: dict[str, pl.Series] = {}
    text = plain_text(RawColumn(cleaned(raw, notes), raw.number, raw.day, raw.typed))
    read = each(text, lambda written: _BOOLEAN.get(_word(written)))
    values = read.replace_strict(["1", "0"], [True, False], default=None, return_dtype=pl.Boolean)
    return Normalised(values, notes, {"04": text.is_not_null() & values.is_null()})


def _class_name(raw: RawColumn, rule: FieldRule) -> Normalised:
    notes: dict[str, pl.Series] = {}
    text = plain_text(RawColumn(cleaned(raw, notes), raw.number, raw.day, raw.typed))  # full-width brackets are usual in class names
    return Normalised(each(text, _bare_class), notes)


def _bare_class(written: str) -> str | None:
    """«三年级（2）班», «2018级2班», «2班», «02», «二班» → «2»; a name of its own stays: «向日葵»."""
    name = _word(written).removesuffix("班")
    name = re.sub(r"^.*?(年级|级|届)", "", name)
    bracketed = re.fullmatch(r"[^()]*\((.+)\)", name)
    name = bracketed[1].removesuffix("班") if bracketed else name
    if name.isdecimal():
        return str(int(name))
    if name and set(name) <= set(_NUMERALS):
        read = _small_numeral(name)
        return str(read) if read else name
    return name or None


def _small_numeral(text: str) -> int | None:
    """«十二» → 12, up to 99."""
    tens, mark, ones = text.rpartition("十")
    if not mark:
        return _NUMERALS[text] if len(text) == 1 else None
    if len(tens) > 1 or len(ones) > 1 or "十" in tens:
        return None
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)


def _stages(raw: RawColumn, rule: FieldRule) -> Normalised:
    """Several choices in one cell, kept comma-separated in the order of schooling, which is the order in the rulebook."""
    words, order, notes = _words(rule), list(rule.choices), dict[str, pl.Series]()

    def read(written: str) -> str | None:
        found = [words.get(_word(part)) for part in re.split(r"[,，、;；+/和]", written) if part.strip()]
        return None if None in found else ",".join(sorted({name for name in found if name}, key=order.index))

    text = cleaned(raw, notes)
    values = each(text, read)
    return Normalised(values, notes, {"04": text.is_not_null() & values.is_null()})


def _school_year(raw: RawColumn, rule: FieldRule) -> Normalised:
    notes: dict[str, pl.Series] = {}

    def read(written: str) -> str | None:
        try:
            return str(SchoolYear.parse(written))
        except NotASchoolYear:
            return None

    text = plain_text(RawColumn(half_width(cleaned(raw, notes), notes), raw.number, raw.day, raw.typed))
    values = each(text, read)
    return Normalised(values, notes, {"12": text.is_not_null() & values.is_null()})


def _date(raw: RawColumn, rule: FieldRule) -> Normalised:
    notes: dict[str, pl.Series] = {}
    text = missing_dashes(half_width(cleaned(raw, notes), notes), notes)
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
    "boolean": _boolean,
    "grade": _choice,
    "class_name": _class_name,
    "identity_number": person_numbers.identity_number,
    "student_number": person_numbers.student_number,
    "phone": person_numbers.phone,
    "bank_card": person_numbers.bank_card,
}
