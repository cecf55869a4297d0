"""Numerals: whole numbers and simple fractions written in Chinese.

Changes when a way of writing numbers in Chinese characters is added. Knows nothing of units or documents.
"""

__all__ = ["CHINESE_DIGITS", "in_chinese", "parse_chinese"]

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2, "俩": 2}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}

CHINESE_DIGITS = "零〇一二三四五六七八九十百千万亿两"


def parse_chinese(numeral: str) -> int | None:
    """The value of a Chinese whole number (二十三, 两万, 一百零五, 二〇一八), or None where it is not one."""
    if not numeral or any(c not in _DIGITS and c not in _POWERS and c not in _MYRIADS for c in numeral):
        return None
    if all(c in _DIGITS for c in numeral):  # digit by digit, as in years
        return int("".join(str(_DIGITS[c]) for c in numeral))
    total = section = 0
    digit: int | None = None
    last_power = 0
    for c in numeral:
        if c in _DIGITS:
            if digit not in (None, 0):
                return None  # two digits side by side inside a positional numeral
            digit = _DIGITS[c]
            if digit == 0:
                last_power = 0
        elif c in _POWERS:
            section += (1 if digit is None else digit) * _POWERS[c]
            last_power, digit = _POWERS[c], None
        else:
            section += digit or 0
            total = (total + section) * _MYRIADS[c] if _MYRIADS[c] > 10_000 else total + section * _MYRIADS[c]
            if section == 0 and total == 0:
                return None
            section, digit, last_power = 0, None, _MYRIADS[c]
    if digit and last_power > 10:  # 两万五 is 25,000; 一百二 is 120
        return total + section + digit * (last_power // 10)
    return total + section + (digit or 0)


def in_chinese(number: int) -> str:
    """A whole number from 0 to 9,999,999,999,999,999 in Chinese characters."""
    if number < 10:
        return "零一二三四五六七八九"[number]
    for character, size in (("亿", 100_000_000), ("万", 10_000)):
        if number >= size:
            high, low = divmod(number, size)
            gap = "零" if low and low < size // 10 else ""
            tail = in_chinese(low) if low else ""
            if gap == "" and low and tail.startswith("十"):
                tail = "一" + tail
            return in_chinese(high) + character + gap + (("一" + tail) if gap and tail.startswith("十") else tail)
    said = ""
    gap_open = False
    for power, character in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, power)
        if digit:
            said += ("零" if gap_open else "") + "零一二三四五六七八九"[digit] + character
            gap_open = False
        elif said:
            gap_open = True
    return said[1:] if said.startswith("一十") else said
