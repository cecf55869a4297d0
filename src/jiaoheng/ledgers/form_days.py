"""Form days: what the functions of a form do with days and moments: written out, taken apart, counted on.

Changes when ODK says more exactly how a day is written or counted. Source: the ODK XForms specification, «Date and Time Functions».
"""

import calendar
import math
import re
from datetime import datetime, timedelta

from jiaoheng.ledgers.form_values import Value, to_date, to_number, to_text

__all__ = ["day_of", "formatted", "later", "months_between", "whole"]


def whole(value: Value) -> int:
    """A number of places or days; nothing where it is no number."""
    number = to_number(value)
    return 0 if math.isnan(number) or math.isinf(number) else int(number)


def formatted(value: Value, pattern: Value) -> str:
    """A day or moment as the pattern writes it; nothing where it is none."""
    moment = to_date(value)
    if moment is None:
        return ""
    at = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)
    parts: dict[str, str] = {
        "Y": f"{at.year:04}",
        "y": f"{at.year % 100:02}",
        "m": f"{at.month:02}",
        "n": str(at.month),
        "b": at.strftime("%b"),
        "B": at.strftime("%B"),
        "d": f"{at.day:02}",
        "e": str(at.day),
        "H": f"{at.hour:02}",
        "h": str(at.hour),
        "M": f"{at.minute:02}",
        "S": f"{at.second:02}",
        "3": f"{at.microsecond // 1000:03}",
        "a": at.strftime("%a"),
        "A": at.strftime("%A"),
        "W": f"{at.isocalendar().week:02}",
        "w": str(at.isoweekday() % 7),
        "%": "%",
    }
    return re.sub(r"%(.)", lambda found: parts.get(found[1], found[0]), to_text(pattern))


def day_of(value: Value) -> Value:
    moment = to_date(value)
    return "" if moment is None else moment.date() if isinstance(moment, datetime) else moment


def months_between(start: Value, end: Value) -> float:
    """Whole months from one day to another, as the forms of community health workers count ages."""
    first, last = to_date(start), to_date(end)
    if first is None or last is None:
        return math.nan
    return float((last.year - first.year) * 12 + last.month - first.month - (last.day < first.day))


def later(value: Value, *amounts: Value) -> Value:
    """A day so many years, months, days, hours and minutes later; of a month that is too short, its last day."""
    start = to_date(value)
    if start is None:
        return ""
    years, months, days, hours, minutes = ([*map(whole, amounts), 0, 0, 0, 0, 0])[:5]
    month = start.month - 1 + months + 12 * years
    year, month = start.year + month // 12, month % 12 + 1
    if not 1 <= year <= 9999:
        return ""
    day = min(start.day, calendar.monthrange(year, month)[1])
    moment = start.replace(year=year, month=month, day=day)
    try:
        if hours or minutes or isinstance(moment, datetime):
            return (moment if isinstance(moment, datetime) else datetime(year, month, day)) + timedelta(
                days=days, hours=hours, minutes=minutes
            )
        return moment + timedelta(days=days)
    except OverflowError:
        return ""
