"""The command that lists where declared and held figures differ.

Changes when what is shown of a discrepancy changes.
"""

import json
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from jiaoheng.cli.deployment import opened_database

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""

    @app.command()
    def discrepancies(
        organisation: Annotated[str, typer.Option(help="Code of a school or area; the whole tree when not given")] = "",
        on: Annotated[
            datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day on which the registers are counted; today if not given")
        ] = None,
        form: Annotated[str, typer.Option("--format", help="table or json")] = "table",
        rows: Annotated[bool, typer.Option("--rows", help="Also the keys of the rows that the registers count, school by school")] = False,
    ) -> None:
        """List the schools whose annual statistics say another number than their registers hold. Exit status 1 when there is one."""
        opened_database()
        from jiaoheng.organisations.organisation import Organisation
        from jiaoheng.registers.discrepancy import discrepancies as found_in
        from jiaoheng.registers.discrepancy import rows_behind

        places = Organisation.objects.filter(code=organisation) if organisation else Organisation.objects.filter(parent=None)
        if organisation and not places:
            typer.echo(f"No organisation has the code «{organisation}». Look it up with: jiaoheng compute, column organisation.", err=True)
            raise typer.Exit(2)
        day = on.date() if on else date.today()
        found = [one for place in places for one in found_in(place, on=day)]
        if form == "json":
            told = [
                {"organisation": one.school.code, "stage": one.stage, "figure": one.figure, "declared": one.declared, "held": one.held}
                | ({"rows": [_key(row) for row in rows_behind(one)]} if rows else {})
                for one in found
            ]
            typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            _print(found, day)
            for one in found if rows else ():
                keys = ", ".join(_key(row) for row in rows_behind(one))
                typer.echo(f"{one.school} · {one.stage} · {one.figure}: {keys or '–'}")
        raise typer.Exit(1 if found else 0)


def _key(row: Any) -> str:
    """By what the school knows the row: a student number, a staff number, a class."""
    pupil = getattr(row, "pupil", None)
    return str(getattr(pupil, "student_number", None) or getattr(row, "staff_number", None) or (f"#{pupil.pk}" if pupil else row))


def _print(found: list, day: date) -> None:  # type: ignore[type-arg]  # the class is imported with Django only
    console = Console()
    if not found:
        console.print(f"[green]✓[/] Declared and held figures agree on {day}.")
        return
    table = Table("school", "stage", "figure", "declared", "held", "difference", title=f"Declared and held on {day}")
    for one in found:
        table.add_row(one.school.name, one.stage, one.figure, str(one.declared), str(one.held), f"{one.difference:+}")
    console.print(table)
