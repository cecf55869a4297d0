"""Commands for the trail.

Changes when what an auditor asks of the trail changes.
"""

from typing import Annotated

import typer
from rich.console import Console

from jiaoheng.cli.deployment import opened_database

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    trail = typer.Typer(no_args_is_help=True, help="The trail: who did what, when and why.")
    app.add_typer(trail, name="trail")

    @trail.command()
    def verify(
        noted: Annotated[str, typer.Option(help="NUMBER:HASH of a line that you wrote down earlier; the trail must still hold it")] = "",
    ) -> None:
        """Find every line that was changed, removed, moved or added past the program. Exit status 1 when there is one.

        Prints the number and hash of the last line: keep them elsewhere, and give them with --noted the next time.
        """
        opened_database()
        from django.utils.translation import gettext as _

        from jiaoheng.access.key_ring import KeysUnusable
        from jiaoheng.access.trail import TrailHead, verify

        try:
            faults = verify(noted=_parsed(noted))
        except KeysUnusable as unusable:
            typer.echo(str(unusable), err=True)
            raise typer.Exit(2) from None
        console = Console(soft_wrap=True)
        for fault in faults:
            console.print(f"[red]✗[/] {fault}", highlight=False)
        if faults:
            raise typer.Exit(1)
        head = TrailHead.objects.filter(pk=1).first()
        whole = _("{n} lines, none changed, none missing. Last line: {n}:{hash}")
        said = whole.format(n=head.count, hash=head.hash) if head else _("The trail has no lines yet.")
        console.print(f"[green]✓[/] {said}", highlight=False)


def _parsed(noted: str) -> tuple[int, str] | None:
    if not noted:
        return None
    number, _, last = noted.partition(":")
    if not number.isdecimal() or len(last) != 64:
        raise typer.BadParameter("write NUMBER:HASH as the last verification printed it", param_hint="--noted")
    return int(number), last
