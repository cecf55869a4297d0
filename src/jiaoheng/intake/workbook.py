"""Workbook: a received file as sheets of raw cells, numbered as the spreadsheet numbers them.

Changes when the way files are read changes. Knows nothing of registers: cells are what the file holds.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path

from jiaoheng.intake.causes import UnreadableWorkbook
from jiaoheng.intake.container import FileKind, checked_kind
from jiaoheng.intake.long_table import LONG_BYTES, LongRows
from jiaoheng.intake.trial import read_apart

__all__ = ["Cell", "MergedRange", "Sheet", "Workbook", "is_blank", "open_workbook"]

Cell = str | float | int | bool | date | datetime | time | timedelta
MergedRange = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell, each as (row, column), counted from 0."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: `rows[0]` is the spreadsheet's row 1; every row has the same length; a blank cell is an empty text."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merged: Sequence[MergedRange] = ()
    typed: bool = True
    """Whether the file tells numbers from text; a CSV does not."""
    before: int = 0
    """Rows of the file above `rows`, where these are a part of it."""

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0

    def column(self, index: int, first_row: int = 0) -> list[Cell]:
        """The cells of a column from `first_row` (counted from 0) down."""
        return [row[index] for row in self.rows[first_row:]]


@dataclass
class Workbook:
    """A file that was opened: its name, bytes, hash, and its sheets, or why one of them cannot be read.

    `content` is None for a long table, which stays on the disk at `path`.
    """

    name: str
    content: bytes | None
    kind: FileKind
    sheet_names: list[str]
    _read: dict[str, Sheet] = field(default_factory=dict)
    _refused: dict[str, str] = field(default_factory=dict)
    path: Path = Path()

    @cached_property
    def sha256(self) -> str:
        if self.content is not None:
            return hashlib.sha256(self.content).hexdigest()
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def size_bytes(self) -> int:
        return len(self.content) if self.content is not None else self.path.stat().st_size

    def parts(self) -> Iterator[bytes]:
        """The bytes of the file as received."""
        if self.content is not None:
            yield self.content
            return
        with self.path.open("rb") as file:
            while part := file.read(1024 * 1024):
                yield part

    def sheet(self, name: str) -> Sheet:
        """The sheet of this name. Raises: UnreadableWorkbook where there is none, or where it is damaged."""
        if name not in self.sheet_names:
            raise UnreadableWorkbook("FILE-07", file=self.name, sheet=name, sheets=", ".join(self.sheet_names))
        if name in self._refused:
            raise _refusal(self.name, self._refused[name])
        return self._read[name]


def open_workbook(path: Path) -> Workbook:
    """Open a .xlsx, .xls or .csv file, told by its bytes.

    Raises: UnreadableWorkbook with one sentence where nothing can be read from it.
    """
    try:
        if path.stat().st_size > LONG_BYTES and (long := _long_table(path)) is not None:
            return long
        content = path.read_bytes()
    except FileNotFoundError:
        raise UnreadableWorkbook("FILE-13", file=path.name) from None
    except OSError as error:
        raise UnreadableWorkbook("FILE-11", file=path.name, reason=error.strerror or str(error)) from None
    kind = checked_kind(path.name, content)
    if kind == "csv":
        sheet = _read_csv(path.name, content)
        return Workbook(path.name, content, kind, [sheet.name], {sheet.name: sheet})
    read = read_apart(content)
    if read is None:
        raise UnreadableWorkbook("FILE-14", file=path.name)
    refused, sheets = read
    if refused:
        raise _refusal(path.name, refused)
    whole = {one.name: Sheet(one.name, one.rows, one.merged) for one in sheets if not one.refused}
    return Workbook(path.name, content, kind, [one.name for one in sheets], whole, {one.name: one.refused for one in sheets if one.refused})


def _long_table(path: Path) -> Workbook | None:
    """A long CSV, left on the disk; None where the file is another kind of workbook."""
    with path.open("rb") as file:
        begins = file.read(1_000_000)
    if begins.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or checked_kind(path.name, begins) != "csv":
        return None
    try:
        rows = LongRows(path)
    except UnicodeError:
        raise UnreadableWorkbook("FILE-08", file=path.name) from None
    except csv.Error:
        raise UnreadableWorkbook("FILE-02", file=path.name) from None
    sheet = Sheet(path.stem, rows, typed=False)
    return Workbook(path.name, None, "csv", [sheet.name], {sheet.name: sheet}, path=path)


def is_blank(cell: Cell) -> bool:
    return isinstance(cell, str) and not cell.strip()


def _refusal(file: str, words: str) -> UnreadableWorkbook:
    protected = "password" in words.lower() or "encrypt" in words.lower()
    return UnreadableWorkbook("FILE-01" if protected else "FILE-02", file=file)


def _decoded(file: str, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    # UTF-8 refuses nearly every text of another encoding, so it is asked first; GB18030 holds GBK and GB2312.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableWorkbook("FILE-08", file=file)


def _read_csv(file: str, content: bytes) -> Sheet:
    text = _decoded(file, content)
    first_lines = text[:20_000].splitlines()[:20]
    separator = max(",\t;", key=lambda mark: sum(line.count(mark) for line in first_lines))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        raise UnreadableWorkbook("FILE-02", file=file) from None
    widths = set(map(len, rows))
    if len(widths) > 1:
        width = max(widths)
        rows = [row if len(row) == width else row + [""] * (width - len(row)) for row in rows]
    return Sheet(Path(file).stem, rows, typed=False)
