"""Markdown table: rows of cells as a pipe table whose column widths follow what stands in the columns.

Changes when the way tables are written into the manuscript changes.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

__all__ = ["markdown_table", "width_of"]

_MARKUP = re.compile(r"\\(?=[^\w\s])|\*\*")


def markdown_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    caption: str = "",
    shown: Callable[[str], str] = str,
    widths: Sequence[int] | None = None,
) -> str:
    """A pipe table over the whole width of the page, `right` naming the columns that hold numbers.

    `shown` gives what a cell looks like once its markers are written out; relative column widths follow the longest cell, within bounds,
    unless they are given.
    """
    if widths is None:
        widths = [_column_width([shown(cell) for cell in (headings[place], *(row[place] for row in rows))]) for place in range(len(headings))]
    rule = "|".join("-" * (max(3, width) - 1) + ":" if place in right else ":" + "-" * (max(3, width) - 1) for place, width in enumerate(widths))
    lines = [_row(headings), f"|{rule}|", *map(_row, rows)]
    if caption:
        lines += ["", f": {caption}"]
    return "\n".join(["", *lines, ""])


def width_of(text: str) -> int:
    """Width of a text in halves of a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _column_width(cells: Sequence[str]) -> int:
    heading, *rest = (width_of(_MARKUP.sub("", cell)) for cell in cells)
    return min(34, max(6, max(rest, default=0) + 4, heading // 2 + 3))
