"""Long table: a CSV too long to be held in memory, read from the disk in parts.

Changes when the way long files are read changes. What knows nothing of parts uses its rows as those of any sheet, and then has them all in
memory; what knows of parts never holds more than one.
"""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import overload

__all__ = ["LONG_BYTES", "LongRows"]

LONG_BYTES = 24_000_000
"""A CSV of more bytes is read in parts; 26,568 rows of 30 columns have about a third of it."""
_HEAD = 1000
"""So many rows are at hand: headings are looked for in them, and columns of unknown headings told by them."""
_BEGINS = 65_536

Row = list[str]


class LongRows(Sequence[Row]):
    """The rows of a CSV on the disk, all of the width of its longest. Raises on making: UnicodeError (no known encoding), csv.Error."""

    def __init__(self, path: Path) -> None:
        self._path, self._rows = path, list[Row]()
        with path.open("rb") as file:
            begins = file.read(_BEGINS)
        failed: UnicodeError | None = None
        for encoding in ["utf-16"] if begins.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]:
            self._encoding = encoding
            first_lines = begins.decode(encoding, errors="replace").splitlines()[:20]
            self._separator = max(",\t;", key=lambda mark: sum(line.count(mark) for line in first_lines))
            try:
                self._count, self.width = self._measured()
                break
            except UnicodeDecodeError as error:
                failed = error
        else:
            assert failed is not None
            raise failed
        self._head = [self._filled(row) for row in islice(self._read(), _HEAD)]

    def parts(self, size: int) -> Iterator[tuple[int, list[Row]]]:
        """The rows by parts of `size`, each with the number of rows before it."""
        rows, before = self._read(), 0
        while part := [self._filled(row) for row in islice(rows, size)]:
            yield before, part
            before += len(part)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return map(self._filled, self._read())

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            places = range(*index.indices(self._count))
            near = not places or max(places[0], places[-1]) < len(self._head)
        else:
            near = 0 <= index < len(self._head)
        if not near and not self._rows:
            self._rows = list(self)
        return (self._head if near else self._rows)[index]

    def _measured(self) -> tuple[int, int]:
        count = width = 0
        for row in self._read():
            count += 1
            if len(row) > width:
                width = len(row)
        return count, width

    def _read(self) -> Iterator[Row]:
        errors = "replace" if self._encoding == "utf-16" else "strict"
        with self._path.open(encoding=self._encoding, errors=errors, newline="") as file:
            yield from csv.reader(file, delimiter=self._separator)

    def _filled(self, row: Row) -> Row:
        return row if len(row) == self.width else row + [""] * (self.width - len(row))
