"""The command that lists where declared and held figures differ.

Changes when what is shown of a discrepancy changes.
"""

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from jiaoheng.cli.deployment import opened_database
from jiaoheng.cli.terminal import terminal
from jiaoheng.rulebook.registers import load_registers

if TYPE_CHECKING:
    from jiaoheng.registers.discrepancy import Discrepancy

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
                typer.echo(f"{one.school} · {_words('stage', one.stage)} · {_words('figure', one.figure)}: {keys or '–'}")
        raise typer.Exit(1 if found else 0)


def _key(row: Any) -> str:
    """By what the school knows the row: a student number, a staff number, a class."""
    pupil = getattr(row, "pupil", None)
    return str(getattr(pupil, "student_number", None) or getattr(row, "staff_number", None) or (f"#{pupil.pk}" if pupil else row))


def _words(field: str, value: str) -> str:
    """A stage or a figure in the deployment's language."""
    from jiaoheng import settings

    rules = load_registers(settings.RULEBOOK_OVERLAY)["annual_statistics"].fields
    if field == "stage":
        choice = rules["stage"].choices.get(value)
        return (choice.zh if settings.LANGUAGE_CODE.startswith("zh") else choice.en) if choice else value
    return rules[value].label.in_language(settings.LANGUAGE_CODE) if value in rules else value


def _print(found: "list[Discrepancy]", day: date) -> None:
    from django.utils.translation import gettext as _

    out = terminal()
    if not found:
        out.print(f"[green]✓[/] {_('Declared and held figures agree on {day}.').format(day=day)}")
        return
    headings = (_("School"), _("Stage"), _("Figure"), _("Declared"), _("Held"), _("Difference"))
    table = Table(*headings, title=_("Declared and held on {day}").format(day=day))
    for one in found:
        figures = (str(one.declared), str(one.held), f"{one.difference:+}")
        table.add_row(one.school.name, _words("stage", one.stage), _words("figure", one.figure), *figures)
    out.print(table)
