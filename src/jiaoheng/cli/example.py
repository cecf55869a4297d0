"""The command that writes the example district: example.

Changes when what can be asked of the example changes.
"""

from pathlib import Path
from typing import Annotated

import typer

from jiaoheng.cli.terminal import terminal

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's command."""

    @app.command()
    def example(
        output: Annotated[Path | None, typer.Argument(help="Folder that the workbooks are written into")] = None,
        seed: Annotated[int, typer.Option(help="Another number gives another district of the same size")] = 2018,
        clerk_school: Annotated[bool, typer.Option("--clerk-school", help="Print the code of the school for a clerk's account")] = False,
    ) -> None:
        """Write the workbooks of an invented district of 26 schools, to try the whole road on."""
        from jiaoheng.intake.example import CLERK_SCHOOL, write_example

        if clerk_school:
            typer.echo(CLERK_SCHOOL)
            return
        if output is None:
            typer.echo("Name the folder that the workbooks are written into: jiaoheng example FOLDER", err=True)
            raise typer.Exit(2)
        try:
            files = write_example(output, seed)
        except OSError as error:
            typer.echo(f"The folder {output} cannot be written: {error.strerror or error}. Name another one.", err=True)
            raise typer.Exit(2) from None
        console = terminal()
        for file in files:
            console.print(f"[green]✓[/] {file}", soft_wrap=True, highlight=False)
