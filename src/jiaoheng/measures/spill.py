"""Spill: a folder for what the engine cannot hold in memory, readable by this user only, and gone when the engine is closed.

Changes when it is decided otherwise where that may lie. `JIAOHENG_SPILL` names the folder above it; not set, the system's for temporary
files. What a killed process left there is removed by the next one.
"""

import os
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

__all__ = ["spill_folder"]

_OURS = re.compile(r"jiaoheng-spill-(\d+)-\w+")


def spill_folder() -> Path:
    """A new, empty folder; whoever asked removes it. Raises: OSError where the folder above cannot be written."""
    above = Path(os.environ.get("JIAOHENG_SPILL", "").strip() or tempfile.gettempdir())
    _sweep(above)
    return Path(tempfile.mkdtemp(prefix=f"jiaoheng-spill-{os.getpid()}-", dir=above))


@cache
def _sweep(above: Path) -> None:
    """Remove this user's folders of processes that are no more; once in a process."""
    for folder in above.glob("jiaoheng-spill-*"):
        named = _OURS.fullmatch(folder.name)
        if named and not folder.is_symlink() and folder.stat().st_uid == os.getuid() and not _runs(int(named[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
