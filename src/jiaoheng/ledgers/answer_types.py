"""Answer types: the text of an answer read as what its question asks for, and a value written as an answer.

Changes when XForms get another type of answer. Source of the formats: the ODK XForms specification, «Data types».
"""

import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from jiaoheng.ledgers.form import DataType
from jiaoheng.ledgers.form_values import to_boolean, to_date, to_number, to_text
from jiaoheng.rulebook.loader import Label

__all__ = ["NotOfThisType", "read_answer", "write_answer"]

_EXPECTED: dict[str, Label] = {
    "int": Label(en="a whole number", zh="整数"),
    "decimal": Label(en="a number", zh="数字"),
    "boolean": Label(en="yes or no", zh="是或否"),
    "date": Label(en="a date like 2026-03-01", zh="日期（如2026-03-01）"),
    "time": Label(en="a time like 09:30", zh="时间（如09:30）"),
    "dateTime": Label(en="a date and time like 2026-03-01T09:30", zh="日期时间（如2026-03-01T09:30）"),
    "geopoint": Label(en="a place: latitude, longitude", zh="位置（纬度 经度）"),
    "geotrace": Label(en="a line of places", zh="路线（多个位置）"),
    "geoshape": Label(en="an area of places", zh="区域（多个位置）"),
}


class NotOfThisType(ValueError):
    """The text is no answer of this type. `expected` says what is, in both languages."""

    def __init__(self, kind: str) -> None:
        self.expected = _EXPECTED[kind]
        super().__init__(self.expected.en)


def read_answer(text: str, kind: DataType) -> Any:
    """int, Decimal, bool, date, time, datetime; a place is (latitude, longitude, altitude m, accuracy m), a line or area a tuple of places;
    several choices are a tuple of names in order; all else is text. Raises: NotOfThisType.
    """
    text = text.strip()
    try:
        match kind:
            case "int":
                if not re.fullmatch(r"[+-]?\d{1,18}", text):
                    raise NotOfThisType(kind)
                return int(text)
            case "decimal":
                number = Decimal(text)
                if not number.is_finite():
                    raise NotOfThisType(kind)
                return number
            case "boolean":
                return {"true": True, "1": True, "false": False, "0": False}[text]
            case "date":
                return date.fromisoformat(text[:10]) if len(text) == 10 else datetime.fromisoformat(text).date()
            case "time":
                return time.fromisoformat(text)
            case "dateTime":
                return datetime.fromisoformat(text)
            case "geopoint":
                return _place(text)
            case "geotrace" | "geoshape":
                return _places(text, kind)
            case "select" | "odk:rank":
                return tuple(text.split())
            case _:
                return text
    except (ValueError, KeyError, InvalidOperation) as error:
        raise (error if isinstance(error, NotOfThisType) else NotOfThisType(kind)) from error


def write_answer(value: Any, kind: DataType) -> str:
    """A worked-out value as the answer's text: a number of days becomes a date where a date is asked for; what is no number is nothing."""
    if isinstance(value, float) and value != value:
        return ""
    match kind:
        case "date" | "dateTime":
            moment = to_date(value)
            if moment is None:
                return ""
            if kind == "date":
                return (moment.date() if isinstance(moment, datetime) else moment).isoformat()
            return (moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)).isoformat(
                timespec="milliseconds"
            )
        case "int":
            number = to_number(value)
            return to_text(float(int(number))) if number == number and abs(number) != float("inf") else ""
        case "decimal":
            number = to_number(value)
            return to_text(number) if number == number else ""
        case "boolean":
            return to_text(to_boolean(value))
        case _:
            return to_text(value)


def _place(text: str) -> tuple[float, ...]:
    parts = [float(part) for part in text.split()]
    if not 2 <= len(parts) <= 4 or abs(parts[0]) > 90 or abs(parts[1]) > 180:
        raise NotOfThisType("geopoint")
    return tuple([*parts, 0.0, 0.0][:4])


def _places(text: str, kind: str) -> tuple[tuple[float, ...], ...]:
    places = tuple(_place(part) for part in text.split(";") if part.strip())
    if len(places) < (2 if kind == "geotrace" else 3):
        raise NotOfThisType(kind)
    return places
