"""The command's entry: finds the rooms that bring commands and runs the one asked for.

Changes when a room with commands is added.
"""

import gc
import importlib
import os
import sys
from typing import Annotated

import typer

from jiaoheng import __version__

__all__ = ["main"]

# Room, and the first words that it answers to: only the room that is asked for is imported, so that every command starts fast.
_ROOMS = {
    "intake": ("import", "template"),
    "snapshot": ("freeze",),
    "merging": ("merge",),
    "measure": ("compute", "rows", "measures"),
    "figures": ("figures",),
    "standard": ("judge",),
    "paper": ("report",),
    "explaining": ("explain",),
    "audit": ("audit", "plan"),
    "site": ("serve",),
    "deployment": ("check", "migrate", "account", "deactivate"),
    "backup": ("backup", "restore"),
    "example": ("example", "example-plan"),
    "plan_to_pass": ("plan-to-pass",),
    "discrepancies": ("discrepancies",),
    "trail": ("trail",),
    "keys": ("keys",),
    "rounds": ("round", "example-round"),
    "ledger": ("ledger", "example-ledgers"),
    "tick": ("tick",),
    "draw": ("draw",),
}


# Rooms whose commands use Arrow and DuckDB, and never pandas. Both load pandas wherever it is installed (the planner's solver brings
# it), which would take as long as freezing a small district.
_WITHOUT_PANDAS = ("intake", "merging", "snapshot", "measure", "figures", "standard", "paper", "explaining")

# Of these, rooms that use no arrays of numpy either. Arrow loads it wherever it is installed, in a tenth of a second.
_WITHOUT_NUMPY = ("measure", "figures", "standard", "explaining")

# Rooms that need the database and no part of the site.
_WITHOUT_PAGES = ("intake", "snapshot")


class _Without:
    """A finder that does not find a library, in a process that has no use for it: until something is loaded that does not load without."""

    def __init__(self, library: str, *until: str) -> None:
        self._library, self._until = library, until

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == self._library and not any(one in sys.modules for one in self._until):
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)


_SOLVER = "ortools.sat.python.cp_model"


def _application(asked: str | None) -> typer.Typer:
    app = typer.Typer(
        name="jiaoheng",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        help="The working system of a district education bureau: every figure typed once, every number traceable to its rows.",
    )

    @app.callback(invoke_without_command=True)
    def root(
        version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
    ) -> None:
        if version:
            typer.echo(__version__)
            raise typer.Exit

    rooms = [room for room, words in _ROOMS.items() if asked in words] or list(_ROOMS)
    if len(rooms) == 1 and rooms[0] in _WITHOUT_PANDAS:
        sys.meta_path.insert(0, _Without("pandas", _SOLVER))
        if rooms[0] in _WITHOUT_NUMPY:
            sys.meta_path.insert(0, _Without("numpy", _SOLVER, "django.apps"))
    for room in rooms:
        importlib.import_module(f"jiaoheng.cli.{room}").register(app)
    return app


def main() -> None:
    """Run the command with the process's arguments."""
    gc.set_threshold(50_000, 20, 50)  # for the reason that `settings` gives, and from the first import on
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it would look for some among all that is installed
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    pageless = any(asked in _ROOMS[room] for room in _WITHOUT_PAGES)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiaoheng.command_settings" if pageless else "jiaoheng.settings")
    try:
        _application(asked)()
    except Exception as error:
        from django.core.exceptions import ImproperlyConfigured  # here, since most commands over snapshots need no Django

        if not isinstance(error, ImproperlyConfigured):
            raise
        # An environment variable cannot be used.
        typer.echo(str(error), err=True)
        sys.exit(2)
