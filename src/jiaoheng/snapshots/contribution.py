"""Contribution: a table that a floor above hands in when the registers are frozen.

Changes when floors above hand in tables in another way. Snapshots know nothing of plans; plans say at the start of the program that they
have a table to freeze, and it is drawn in the same moment as every other.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Draw", "contribute", "contributions"]

Draw = Callable[[date], "pa.Table"]
"""Gives the rows of a table as of a day, in the columns that the rulebook promises of it."""

_CONTRIBUTIONS: dict[str, Draw] = {}


def contribute(table: str, draw: Draw) -> None:
    """Have a table of the rulebook frozen with the registers; handing it in again changes nothing."""
    _CONTRIBUTIONS[table] = draw


def contributions() -> Mapping[str, Draw]:
    """Every table handed in, by its name."""
    return _CONTRIBUTIONS
