"""Trial: a workbook is read in a process of its own with little memory, because one that is made to harm ends its reader.

Changes when the reader learns to refuse by itself what no memory can hold: it lays cells out as a full rectangle, so that a single cell
in the last row and column asks for hundreds of gigabytes, and a reader that gets no memory ends the whole process at once.
"""

import io
import pickle
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

__all__ = ["SheetRead", "read_apart"]

MOST_MEMORY_MB = 2_000
_LONGEST_SECONDS = 120

_READ = """
import gc, io, pickle, sys
gc.disable()
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]) * 1_000_000,) * 2)
except (ImportError, ValueError, OSError):
    pass
from python_calamine import CalamineWorkbook
sheets, refused = [], ""
try:
    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    for name in book.sheet_names:
        try:
            sheet = book.get_sheet_by_name(name)
            sheets.append((name, sheet.to_python(skip_empty_area=False), list(sheet.merged_cell_ranges or []), ""))
        except Exception as error:
            sheets.append((name, [], [], str(error) or type(error).__name__))
except Exception as error:
    refused = str(error) or type(error).__name__
pickler = pickle.Pickler(sys.stdout.buffer, 5)
pickler.fast = True
pickler.dump((refused, sheets))
"""


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
    try:
        done = subprocess.run(
            command, input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=_LONGEST_SECONDS, check=False
        )
        if done.returncode:
            return None
        refused, sheets = _Cells(io.BytesIO(done.stdout)).load()
    except (subprocess.TimeoutExpired, pickle.UnpicklingError, EOFError):
        return None
    return refused, [SheetRead(*sheet) for sheet in sheets]
