"""Checked rows: what became of the rows of a ledger's workbook: the good ones packed, so that a hundred thousand take little room.

Changes when rows wait for their storing in another way. They wait in memory only: what is to be sealed is written nowhere in clear.
"""

import pickle
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jiaoheng.rulebook.loader import Label

__all__ = ["CellFault", "CheckedRow", "PackedRows"]

_AT_ONCE = 2_000


@dataclass(frozen=True)
class CellFault:
    """One thing wrong, where the spreadsheet shows it: `row` from 1, `column` as letter, empty for the whole row."""

    sheet: str
    row: int
    column: str
    code: str
    label: Label


@dataclass
class CheckedRow:
    """One row of the main sheet with its answers as they are stored, and what is wrong with it or its entries."""

    row: int
    stored: dict[str, Any]
    instance_id: str
    instance_name: str
    faults: list[CellFault] = field(default_factory=list)


class PackedRows:
    """Good rows in their order; no more than one batch of them is unpacked at a time."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._open: list[tuple[int, dict[str, Any], str, str]] = []
        self._count = 0
        self._out: set[int] = set()

    def add(self, row: CheckedRow) -> None:
        self._count += 1
        self._open.append((row.row, row.stored, row.instance_id, row.instance_name))
        if len(self._open) == _AT_ONCE:
            self._packed.append(zlib.compress(pickle.dumps(self._open, 5), 1))
            self._open = []

    def take_out(self, row: int) -> None:
        """The row of this number is none of the good ones after all."""
        self._out.add(row)

    def batches(self) -> Iterator[list[CheckedRow]]:
        for packed in self._packed:
            yield self._rows(pickle.loads(zlib.decompress(packed)))
        if self._open:
            yield self._rows(self._open)

    def _rows(self, batch: list[tuple[int, dict[str, Any], str, str]]) -> list[CheckedRow]:
        return [CheckedRow(*row) for row in batch if row[0] not in self._out]

    def __iter__(self) -> Iterator[CheckedRow]:
        for batch in self.batches():
            yield from batch

    def __len__(self) -> int:
        return self._count - len(self._out)
