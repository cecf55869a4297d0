"""Trail text: the values of many rows as the trail writes them, made a column at a time.

Changes when the JSON of a line's values changes. The texts are byte for byte what `trail.record` writes of one row at a time: the hash of a
line is taken over them, and lines of either kind follow each other.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

__all__ = ["WrittenRows", "written_rows"]

_TO_ESCAPE = r'[\x00-\x1f"\\]'
"""What JSON writes with a backslash where it keeps every other character as it is."""


@dataclass(frozen=True)
class WrittenRows:
    """A text a row: `texts` is the JSON object of its values, `quoted` the same text as a JSON string."""

    texts: list[str]
    quoted: list[str]


def written_rows(columns: Mapping[str, Sequence[Any]], count: int) -> WrittenRows:
    """JSON objects of `count` rows, keys in order, without blanks; None and the empty text are left out of their row.

    columns: plain JSON values (texts, whole numbers, truth values, lists …), a value a row.
    """
    parts = [_column(name, columns[name]) for name in sorted(columns)]
    if not parts:
        return WrittenRows(["{}"] * count, ['"{}"'] * count)
    inner = pl.concat_str(*parts, separator=",", ignore_nulls=True)
    texts = pl.select(pl.concat_str(pl.lit("{"), inner, pl.lit("}"))).to_series()
    escaped = texts
    if texts.str.contains("\\", literal=True).any():
        escaped = escaped.str.replace_all("\\", "\\\\", literal=True)
    escaped = escaped.str.replace_all('"', '\\"', literal=True)
    quoted = pl.select(pl.concat_str(pl.lit('"'), escaped, pl.lit('"'))).to_series()
    return WrittenRows(texts.to_list(), quoted.to_list())


def _column(name: str, values: Sequence[Any]) -> pl.Series:
    """«"name":value» of every row, null where the row says nothing."""
    kinds = set(map(type, values)) - {type(None)}
    label = pl.lit(_json(name) + ":")
    if kinds <= {str}:
        text = pl.Series(values, dtype=pl.String)
        text = text.set(text == "", None)
        if not text.str.contains(_TO_ESCAPE).any():
            return pl.select(pl.concat_str(label, pl.lit('"'), text, pl.lit('"'))).to_series()
    elif kinds == {int}:
        return pl.select(pl.concat_str(label, pl.Series(values, dtype=pl.Int64).cast(pl.String))).to_series()
    one_by_one = [None if value is None or value == "" else _json(value) for value in values]
    return pl.select(pl.concat_str(label, pl.Series(one_by_one, dtype=pl.String))).to_series()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
