"""Trial: a workbook is first opened in a process of its own with little memory, because one that is made to harm ends its reader.

Changes when the reader learns to refuse by itself what no memory can hold: it lays cells out as a full rectangle, so that a single cell
in the last row and column asks for hundreds of gigabytes, and a reader that gets no memory ends the whole process at once.
"""

import subprocess
import sys

__all__ = ["survives_opening"]

MOST_MEMORY_MB = 2_000
_LONGEST_SECONDS = 120

_OPEN = """
import io, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]) * 1_000_000,) * 2)
except (ImportError, ValueError, OSError):
    pass
from python_calamine import CalamineWorkbook
try:
    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    for name in book.sheet_names:
        book.get_sheet_by_name(name)
except Exception:
    pass
"""


def survives_opening(content: bytes) -> bool:
    """Whether the reader opens every sheet, or refuses it in an orderly way, within its memory and time."""
    command = [sys.executable, "-c", _OPEN, str(MOST_MEMORY_MB)]
    try:
        done = subprocess.run(
            command, input=content, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_LONGEST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
