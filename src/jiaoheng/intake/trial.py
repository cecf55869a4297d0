"""Trial: a workbook is read in a process of its own with little memory, because one that is made to harm ends its reader.

Changes when the reader learns to refuse by itself what no memory can hold: it lays cells out as a full rectangle, so that a single cell
in the last row and column asks for hundreds of gigabytes, and a reader that gets no memory ends the whole process at once.
"""

import pickle
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

__all__ = ["SheetRead", "read_apart"]

MOST_MEMORY_MB = 2_000
_LONGEST_SECONDS = 120

_READ = """
import gc, io, itertools, pickle, sys
gc.disable()
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]) * 1_000_000,) * 2)
except (ImportError, ValueError, OSError):
    pass
from python_calamine import CalamineWorkbook
pickler, refused = pickle.Pickler(sys.stdout.buffer, 5), ""
pickler.fast = True
try:
    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    for name in book.sheet_names:
        try:
            sheet = book.get_sheet_by_name(name)
            left, rows = [""] * (sheet.start[1] if sheet.start else 0), sheet.iter_rows()
            while some := [left + row for row in itertools.islice(rows, 1000)]:
                pickler.dump(some)
            pickler.dump((name, list(sheet.merged_cell_ranges or []), ""))
        except Exception as error:
            pickler.dump((name, [], str(error) or type(error).__name__))
except Exception as error:
    refused = str(error) or type(error).__name__
pickler.dump(refused)
"""
_SAME_AT_MOST = 50_000
"""So many texts are kept once however often they stand in the file."""


@dataclass(frozen=True)
class SheetRead:
    """One sheet: its cells by row, its merged ranges, or the reader's words of refusal."""

    name: str
    rows: list[list[Any]]
    merged: list[Any]
    refused: str


class _Cells(pickle.Unpickler):
    """Takes cells only: texts, numbers, dates and times."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in ("date", "datetime", "time", "timedelta"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no cell")


def read_apart(content: bytes) -> tuple[str, list[SheetRead]] | None:
    """The reader's words of refusal (empty: none) and every sheet; None where it does not end in an orderly way in its memory and time."""
    command = [sys.executable, "-c", _READ, str(MOST_MEMORY_MB)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader:
        assert reader.stdin is not None and reader.stdout is not None
        late = threading.Timer(_LONGEST_SECONDS, reader.kill)
        late.start()
        try:
            reader.stdin.write(content)  # it is read whole before anything is answered
            reader.stdin.close()
            found = _sheets(_Cells(reader.stdout))
        except (BrokenPipeError, pickle.UnpicklingError, EOFError):
            reader.kill()
            with suppress(BrokenPipeError):
                reader.stdin.close()
            return None
        finally:
            late.cancel()
    return None if reader.returncode else found


def _sheets(cells: _Cells) -> tuple[str, list[SheetRead]]:
    """What the reader says: pieces of a sheet's rows, then the sheet; at last its refusal."""
    sheets, rows, same = list[SheetRead](), list[list[Any]](), dict[str, str]()
    while not isinstance(said := cells.load(), str):
        if isinstance(said, tuple):
            name, merged, refused = said
            sheets.append(SheetRead(name, [] if refused else rows, merged, refused))
            rows = []
            continue
        for row in said:
            rows.append([_kept_once(cell, same) if type(cell) is str else cell for cell in row])
    return said, sheets


def _kept_once(text: str, same: dict[str, str]) -> str:
    return same.setdefault(text, text) if len(same) < _SAME_AT_MOST else same.get(text, text)
