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
        folder: Annotated[Path | None, typer.Argument(help="Folder that the workbooks are written into")] = None,
        output: Annotated[Path | None, typer.Option(help="The same, as an option")] = None,
        seed: Annotated[int, typer.Option(help="Another number gives another district of the same size")] = 2018,
        small: Annotated[bool, typer.Option("--small", help="Registers of three schools only")] = False,
        dirty: Annotated[bool, typer.Option("--dirty", help="Also the last year's workbooks with faults of every kind, listed")] = False,
        pupils: Annotated[int | None, typer.Option(help="Only a roll of so many pupils with 30 columns, to measure with", min=1)] = None,
        clerk_school: Annotated[bool, typer.Option("--clerk-school", help="Print the code of the school for a clerk's account")] = False,
    ) -> None:
        """Write the workbooks of an invented district: 26 schools, 55 kindergartens, three years of all registers."""
        from jiaoheng.intake.example import CLERK_SCHOOL, SMALL_EDITION, write_benchmark, write_example

        if clerk_school:
            typer.echo(CLERK_SCHOOL)
            return
        target = output or folder
        if target is None:
            typer.echo("Name the folder that the workbooks are written into: jiaoheng example --output FOLDER", err=True)
            raise typer.Exit(2)
        console = terminal()

        def told(file: str) -> None:
            status.update(f"Writing {file}")

        try:
            with console.status("The example district is being made up") as status:
                if pupils is not None:
                    files = write_benchmark(target, pupils, seed, told)
                else:
                    files = write_example(target, seed, schools=SMALL_EDITION if small else None, dirty=dirty, told=told)
        except ValueError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
        except OSError as error:
            typer.echo(f"The folder {target} cannot be written: {error.strerror or error}. Name another one.", err=True)
            raise typer.Exit(2) from None
        for file in files:
            console.print(f"[green]✓[/] {file}", soft_wrap=True, highlight=False)

    @app.command("example-history")
    def example_history() -> None:
        """Give the example district a past: a school renamed, two merged, two training institutions with licences and inspections."""
        from jiaoheng.cli.deployment import opened_database
        from jiaoheng.cli.snapshot import refuse

        opened_database()
        from django.utils.translation import gettext as _

        from jiaoheng.access.account import Refused
        from jiaoheng.intake.example.history import make_example_history

        try:
            made = make_example_history()
        except Refused as no:
            refuse(str(no))
        terminal().print("[green]✓[/] " + _("{n} things of the schools' past").format(n=made))

    @app.command("example-plan")
    def example_plan() -> None:
        """Store the example district's work plans, of 2018 and of this year, with their goals, reports and milestones."""
        from jiaoheng.cli.deployment import opened_database
        from jiaoheng.cli.snapshot import refuse

        opened_database()
        from django.utils import timezone
        from django.utils.translation import gettext as _

        from jiaoheng.access.account import Refused
        from jiaoheng.plans.example_plan import make_example_plan

        try:
            made = make_example_plan(timezone.localdate())
        except Refused as no:
            refuse(str(no))
        terminal().print("[green]✓[/] " + _("{n} goals of the work plans").format(n=made))
