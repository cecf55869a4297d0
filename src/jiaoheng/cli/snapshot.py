"""Command `freeze`: the registers become a snapshot. Also how every command that reads a snapshot finds it.

Changes when the way a snapshot is asked for changes.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from jiaoheng.snapshots.snapshot import Snapshot, SnapshotRefused, newest_snapshot

__all__ = ["SnapshotOption", "opened_snapshot", "refuse", "register", "rows_in_words"]

SnapshotOption = Annotated[
    Path | None,
    typer.Option("--snapshot", help="Folder of the snapshot. Not given: the newest one in the data folder.", show_default=False),
]


def refuse(reason: object) -> NoReturn:
    """End the command: the reason on the error stream, exit status 2."""
    typer.echo(str(reason), err=True)
    raise typer.Exit(2)


def opened_snapshot(folder: Path | None) -> Snapshot:
    """The snapshot in the folder, or the newest one of the deployment. Ends the command where it cannot be used."""
    try:
        return Snapshot.open(folder) if folder else newest_snapshot(_snapshots())
    except SnapshotRefused as error:
        refuse(error)


def register(app: typer.Typer) -> None:
    """Add this room's commands."""

    @app.command()
    def freeze(
        day: Annotated[str, typer.Option("--date", help="As of which day, as 2018-09-01. Not given: today.", show_default=False)] = "",
        output: Annotated[
            Path | None, typer.Option(help="Folder to make. Not given: the day, under snapshots in the data folder.", show_default=False)
        ] = None,
        replace: Annotated[bool, typer.Option("--replace", help="Put the new snapshot in place of another one in that folder.")] = False,
    ) -> None:
        """Freeze the registers as Parquet files under a manifest of hashes."""
        from jiaoheng.cli.deployment import opened_database

        try:
            frozen_on = date.fromisoformat(day) if day else date.today()
        except ValueError:
            refuse(f"«{day}» is not a date. Write it like 2018-09-01.")
        opened_database()
        from jiaoheng.snapshots.freezing import freeze as freeze_registers

        output = output or _snapshots() / frozen_on.isoformat()
        try:
            snapshot = freeze_registers(frozen_on, output, replace=replace)
        except SnapshotRefused as error:
            refuse(error)
        typer.echo(f"✓ {output}: {rows_in_words(snapshot)}; school year {snapshot.school_year or 'none'}; hash {snapshot.hash[:12]}")


def rows_in_words(snapshot: Snapshot) -> str:
    """How many rows there are of each register, and of all ledgers together."""
    rows = {name: entry["rows"] for name, entry in snapshot.manifest["tables"].items()}
    ledgers = [name for name in rows if name.startswith("ledger_") and name != "ledger_rows"]
    told = [f"{count:,} {name}" for name, count in rows.items() if name not in ledgers]
    return ", ".join([*told, f"{len(ledgers)} ledger tables"] if ledgers else told)


def _snapshots() -> Path:
    from jiaoheng import settings

    return settings.DATA / "snapshots"
