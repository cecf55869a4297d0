"""Terminal: where commands print, wide enough for a table when nobody's window sets the width.

Changes when the way commands print changes.
"""

import sys

import typer
from rich.console import Console

__all__ = ["chosen_language", "terminal"]

_WIDTH_OF_A_LOG = 140


def terminal(*, stderr: bool = False) -> Console:
    """A console as wide as the window; in a file, a pipe or a log as wide as the tables need."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else _WIDTH_OF_A_LOG)


def chosen_language(given: str) -> str:
    """The language that an option asks for (zh-hans, or zh for short; en), or the deployment's."""
    from jiaoheng import settings

    known = {code: code for code, _ in settings.LANGUAGES} | {"": settings.LANGUAGE_CODE, "zh": "zh-hans"}
    if given.lower() not in known:
        raise typer.BadParameter(f"«{given}» is not a language. Languages: zh-hans, en.", param_hint="--language")
    return known[given.lower()]
