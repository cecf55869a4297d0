"""Number style: how a value is written in Chinese and in English papers.

Changes when the way numbers are printed changes. Values are kept unrounded until here; halves are rounded away from zero, as
official papers do (GB/T 8170 leaves the choice; a reader who checks by hand rounds this way).
"""

from decimal import ROUND_HALF_UP, Decimal

__all__ = ["SCALES", "SHARE_UNITS", "changed", "hundredfold", "is_chinese", "ordinal", "rounded", "written"]

SCALES = {
    "": Decimal(1), "万": Decimal(10_000), "万元": Decimal(10_000), "亿元": Decimal(100_000_000), "百万": Decimal(1_000_000),
    "thousand": Decimal(1_000), "million": Decimal(1_000_000), "billion": Decimal(1_000_000_000),
}  # fmt: skip
"""Words for a multiple in which a value may be written, by what they stand for."""

SHARE_UNITS = frozenset({"share", "percent", "%"})
"""Units (English) of a measure whose value is printed as a percentage: a `share` is kept as 0 to 1, the others as they are printed."""

_DIGITS = "〇一二三四五六七八九"


def hundredfold(unit: str) -> int:
    """By what a value is multiplied before it is printed: 100 for a share of 0 to 1, 1 for anything else."""
    return 100 if unit == "share" else 1


def is_chinese(language: str) -> bool:
    return language.lower().startswith("zh")


def rounded(value: float, decimals: int) -> Decimal:
    """The value as it will be printed, read as the decimal that was written: 2.675 → 2.68 at two decimals."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP) + Decimal(0)


def written(value: float | None, unit: str = "", decimals: int = 0, *, scale: str = "") -> str:
    """The value with thousands set off; a share with its percent sign; «–» where there is none.

    `scale`: a word of SCALES; the value is divided and the word is left to the sentence («2,021.00» before 万元).
    Raises: KeyError for an unknown scale.
    """
    if value is None:
        return "–"
    if unit in SHARE_UNITS:
        return f"{rounded(value * hundredfold(unit), decimals):,}%"
    return f"{rounded(float(Decimal(repr(float(value))) / SCALES[scale]), decimals):,}"


def changed(
    now: float, before: float, unit: str, decimals: int, *, counted: bool, show: str = "both", noun: str = "", language: str = "zh-hans"
) -> str:
    """The change between two years, in the right words: 增加1,234名，增长4.9%; 提高6.33个百分点; «up 0.35».

    `counted`: a total, which grows by a rate; anything else goes up or down by its own unit. The difference is that of the two
    printed values, so that a reader who subtracts finds it. `show`: both, amount or rate; `noun`: the unit's word after the amount.
    """
    factor = hundredfold(unit)
    difference = rounded(now * factor, decimals) - rounded(before * factor, decimals)
    chinese = is_chinese(language)
    if not difference:
        return "持平" if chinese else "unchanged"
    up, amount = difference > 0, f"{abs(difference):,}"
    if unit in SHARE_UNITS:
        return f"{'提高' if up else '下降'}{amount}个百分点" if chinese else f"{'up' if up else 'down'} {amount} percentage points"
    if not counted:
        return f"{'提高' if up else '下降'}{amount}{noun}" if chinese else f"{'up' if up else 'down'} {amount}{_spaced(noun)}"
    rate = f"{rounded(abs(now - before) / abs(before) * 100, 1)}%" if before else ""
    if chinese:
        by_amount, by_rate = f"{'增加' if up else '减少'}{amount}{noun}", f"{'增长' if up else '下降'}{rate}"
        return by_amount if show == "amount" or not rate else by_rate if show == "rate" else f"{by_amount}，{by_rate}"
    by_amount, word = f"{'up' if up else 'down'} {amount}{_spaced(noun)}", "up" if up else "down"
    return by_amount if show == "amount" or not rate else f"{word} {rate}" if show == "rate" else f"{by_amount} ({rate})"


def ordinal(number: int, language: str = "zh-hans") -> str:
    """The numeral of a heading: 一, 十, 十二, 二十 in Chinese (1 to 99); figures elsewhere."""
    if not is_chinese(language) or not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def _spaced(noun: str) -> str:
    return f" {noun}" if noun else ""
