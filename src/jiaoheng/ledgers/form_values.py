"""Form values: what the expressions of a form work with, and how one kind of value is read as another.

Changes when ODK reads values otherwise. A value is a number (float), text, truth, date, datetime, or a list of nodes (the library's, or
elements). Source: the ODK XForms specification, and how JavaRosa turns dates into days.
"""

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from elementpath.xpath_nodes import XPathNode

__all__ = ["Value", "node_text", "read_date", "texts", "to_boolean", "to_date", "to_number", "to_text"]

Value = Any
"""float, str, bool, date, datetime, or a list of nodes: XPath has no narrower type."""

_EPOCH = date(1970, 1, 1)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?")
_TIME = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?")


def node_text(node: XPathNode | ElementTree.Element) -> str:
    """The text of a node as it is now (a calculation may have changed it after the tree was made)."""
    value = node.value if isinstance(node, XPathNode) else node
    if isinstance(value, ElementTree.Element) and not len(value):
        return value.text or ""
    return "".join(value.itertext()) if isinstance(value, ElementTree.Element) else str(value)


def texts(value: Value) -> list[Any]:
    """A list's nodes as texts; anything else as it is."""
    if isinstance(value, list):
        return [node_text(item) if isinstance(item, XPathNode | ElementTree.Element) else item for item in value]
    return [value]


def to_text(value: Value) -> str:
    """As text: numbers without an exponent, whole ones without a point, dates as ISO, the first node's text, nothing for no node."""
    match value:
        case list():
            return to_text(texts(value[:1])[0]) if value else ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case date() | time():
            return value.isoformat()
        case None:
            return ""
        case _:
            number = float(value)
            if math.isnan(number):
                return "NaN"
            if math.isinf(number):
                return "Infinity" if number > 0 else "-Infinity"
            return str(int(number)) if number == int(number) and abs(number) < 1e15 else f"{Decimal(repr(number)):f}".removesuffix(".0")


def to_number(value: Value) -> float:
    """As a number: dates are days since 1970-01-01 (with a fraction for a time of day), no number is NaN."""
    match value:
        case bool():
            return 1.0 if value else 0.0
        case datetime():
            day = (value.date() - _EPOCH).days
            return day + (value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6) / 86400
        case date():
            return float((value - _EPOCH).days)
        case list():
            return to_number(to_text(value))
        case str():
            text = value.strip()
            if _NUMBER.fullmatch(text):
                return float(text)
            moment = read_date(text)
            if moment is not None:
                return to_number(moment)
            clock = _TIME.fullmatch(text)
            return (int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)) / 86400 if clock else math.nan
        case None:
            return math.nan
        case _:
            return float(value)


def to_boolean(value: Value) -> bool:
    """As truth: a node is true where it is filled and not zero."""
    match value:
        case bool():
            return value
        case list():
            text = to_text(value)
            return bool(text) and not (_NUMBER.fullmatch(text) and float(text) == 0) and text != "false"
        case str():
            return bool(value)
        case date():
            return True
        case None:
            return False
        case _:
            return bool(value) and not math.isnan(float(value))


def read_date(text: str) -> date | datetime | None:
    """The date or moment written in ISO form, as it reads on the wall (its offset is left aside); None where it is neither."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    try:
        if found[4] is None:
            return date(int(found[1]), int(found[2]), int(found[3]))
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        return datetime(year, month, day, hour, minute, second, int(f"{found[7] or ''}000000"[:6]))
    except ValueError:
        return None


def to_date(value: Value) -> date | datetime | None:
    """As a date: text in ISO form, or a number of days; None where it is neither."""
    if isinstance(value, date):
        return value
    number = to_number(value)
    text = to_text(value).strip()
    if (moment := read_date(text)) is not None:
        return moment
    if math.isnan(number) or abs(number) > 1e6:
        return None
    day, fraction = divmod(number, 1)
    start = _EPOCH + timedelta(days=int(day))
    return start if not fraction else datetime(start.year, start.month, start.day) + timedelta(seconds=round(fraction * 86400))
