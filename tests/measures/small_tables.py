"""Small tables: rows written by hand as the lines of a little table."""

from typing import Any

__all__ = ["BEFORE", "NOW", "Row", "read_rows"]

Row = dict[str, Any]
NOW, BEFORE = "2018-2019", "2017-2018"


def read_rows(table: str, **defaults: Any) -> list[Row]:
    """Rows from a little table. «-» is missing, «.» the empty text, 'x' a text; digits are numbers, yes and no are flags."""
    heading, *lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.strip().splitlines()]
    return [{**defaults, **{name: _value(cell) for name, cell in zip(heading, line, strict=True)}} for line in lines]


def _value(cell: str) -> Any:
    if cell in _WORDS:
        return _WORDS[cell]
    digits = cell.removeprefix("−")
    return (int(digits) if digits == cell else -int(digits)) if digits.isdecimal() else cell.strip("'")


_WORDS = {"yes": True, "no": False, "-": None, ".": ""}
