"""The command `merge`: the snapshots of counties become one of the province.

Changes when joining asks for something else.
"""

from pathlib import Path
from typing import Annotated

import typer

from jiaoheng.cli.snapshot import refuse, rows_in_words

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's command."""

    @app.command()
    def merge(
        snapshots: Annotated[list[Path], typer.Argument(help="Folders of the counties' snapshots, all of one day")],
        output: Annotated[Path, typer.Option(help="Folder to make.")],
        expected: Annotated[
            Path | None, typer.Option(help="A .csv of the counties that should report: code, name, parent.", show_default=False)
        ] = None,
        replace: Annotated[bool, typer.Option("--replace", help="Put the new snapshot in place of another one in that folder.")] = False,
    ) -> None:
        """Check the snapshots of several counties and join them into one. Exit status 1 when a county did not report."""
        from jiaoheng.snapshots.merging import expected_from
        from jiaoheng.snapshots.merging import merge as joined
        from jiaoheng.snapshots.snapshot import SnapshotRefused

        try:
            found = joined(snapshots, output, expected=expected_from(expected) if expected else (), replace=replace)
        except SnapshotRefused as error:
            refuse(error)
        for notice in found.notices:
            typer.echo(f"! {notice}")
        for one in found.missing:
            typer.echo(f"! did not report: {one.code} {one.name}".rstrip())
        told = rows_in_words(found.snapshot)
        asked = len(found.reported) + len(found.missing)
        typer.echo(f"✓ {output}: {len(found.reported)} of {asked} counties; {told}; hash {found.snapshot.hash[:12]}")
        if found.missing:
            raise typer.Exit(1)
