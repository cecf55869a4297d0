"""Masking: what of a cell may be quoted in a message; messages are kept in the log of imports and read by others.

Changes when what may be quoted changes. Numbers of persons show their ends, other sensitive cells nothing.
"""

import polars as pl

from jiaoheng.access.cipher import shown_ends
from jiaoheng.registers.identity_number import masked
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.registers import FieldRule

__all__ = ["HIDDEN", "quotable"]

HIDDEN = Label(en="not shown", zh="不显示")
_ENDS = shown_ends(3, 4)
_NUMBERS = {"identity_number": masked, "student_number": masked, "phone": _ENDS, "bank_card": shown_ends(0, 4)}


def quotable(values: pl.Series, rule: FieldRule) -> pl.Series:
    """The texts of a column as a message may quote them."""
    mask = _NUMBERS.get(rule.type)
    if mask is not None:
        return pl.Series(values.name, [None if value is None else mask(value) for value in values.to_list()], dtype=pl.String)
    if rule.hidden:
        return values.set(values.is_not_null(), "***")
    return values
