"""Terminal: where commands print, wide enough for a table when nobody's window sets the width.

Changes when the way commands print changes.
"""

import sys

from rich.console import Console

__all__ = ["terminal"]

_WIDTH_OF_A_LOG = 140


def terminal(*, stderr: bool = False) -> Console:
    """A console as wide as the window; in a file, a pipe or a log as wide as the tables need."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else _WIDTH_OF_A_LOG)
