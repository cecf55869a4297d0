"""Commands that keep a deployment from loss: backup, restore.

Changes when what an administrator says to them changes.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from jiaoheng.cli.deployment import opened_database
from jiaoheng.cli.snapshot import refuse
from jiaoheng.cli.terminal import terminal

__all__ = ["register"]

_WORDS = {"tables": "Tables", "files": "Files", "checking": "Checking the archive"}
_Keys = Annotated[
    Path | None, typer.Option("--keys", help="File for the copy of the keys, locked with a passphrase; keep it apart", show_default=False)
]
_Passphrase = Annotated[
    str, typer.Option(help="Passphrase of that copy. Asked for when not given", envvar="JIAOHENG_BACKUP_PASSPHRASE", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""

    @app.command()
    def backup(
        output: Annotated[Path, typer.Argument(help="File to make, or a folder: the file is then named after the moment")],
        keys: _Keys = None,
        passphrase: _Passphrase = "",
    ) -> None:
        """Put the database, received files, snapshots, papers and the bureau's rulebook into one archive, while the site works on.

        The keys of sensitive fields are not in it: --keys makes a locked copy of them beside it.
        """
        from datetime import datetime

        if output.is_dir():
            output = output / f"jiaoheng-{datetime.now():%Y-%m-%dT%H%M%S}.zip"
        opened_database()
        from django.utils.translation import gettext as _

        from jiaoheng.access.backup.backing_up import back_up
        from jiaoheng.access.backup.key_copy import lock_away

        try:
            if keys:
                passphrase = passphrase or typer.prompt("Passphrase for the copy of the keys", hide_input=True, confirmation_prompt=True)
                lock_away(keys, passphrase)
            with _Shown() as shown:
                done = back_up(output, tell=shown)
        except _refusals() as refused:
            refuse(refused)
        console = terminal()
        words = _("{rows} rows of {tables} tables, {files} files, {rules} of the rulebook.")
        said = words.format(rows=f"{done.rows:,}", tables=done.tables, files=f"{done.files:,}", rules=done.rulebook_files)
        console.print(f"[green]✓[/] {output}: {said}", highlight=False)
        for fault in done.trail_faults[:1]:
            words = _("The trail does not verify, and was backed up as it is. First: {fault}")
            console.print("[red]✗[/] " + words.format(fault=fault), highlight=False)
        ids = ", ".join(done.key_ids)
        if keys:
            words = _("the keys ({ids}). Keep it apart from the archive, and the passphrase apart from both.")
            console.print(f"[green]✓[/] {keys}: {words.format(ids=ids)}")
        else:
            words = _("The keys ({ids}) are not in it. Without them the sensitive fields stay closed. A copy of them: --keys FILE")
            console.print("[yellow]![/] " + words.format(ids=ids))

    @app.command()
    def restore(
        file: Annotated[Path, typer.Argument(help="The archive that backup made")],
        replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of what this deployment holds")] = False,
        keys: _Keys = None,
        passphrase: _Passphrase = "",
        by: Annotated[
            str, typer.Option(help="User name that the trail names. Not given: the user of this machine", show_default=False)
        ] = "",
        accept_trail_faults: Annotated[
            bool, typer.Option("--accept-trail-faults", help="Restore a trail that did not verify when it was backed up")
        ] = False,
    ) -> None:
        """Verify an archive and put it in place, wholly or not at all. Stop the site first."""
        import django

        django.setup()
        from django.utils.translation import gettext as _

        from jiaoheng.access.account import Account, operator
        from jiaoheng.access.backup.key_copy import unlocked
        from jiaoheng.access.backup.restoring import finish_interrupted_restore, restore

        try:
            finish_interrupted_restore()
            copy = None
            if keys:
                copy = unlocked(keys, passphrase or typer.prompt("Passphrase of the copy of the keys", hide_input=True))
            who = Account(pk=0, username=by) if by else operator()
            with _Shown() as shown:
                done = restore(file, by=who, replace=replace, keys=copy, accept_trail_faults=accept_trail_faults, tell=shown)
        except _refusals() as refused:
            refuse(refused)
        console = terminal()
        words = _("Restored as of {moment} UTC: {rows} rows, {files} files. Hashes, rows, references, keys and trail were verified.")
        said = words.format(moment=f"{done.made_at:%Y-%m-%d %H:%M}", rows=f"{done.rows:,}", files=f"{done.files:,}")
        console.print(f"[green]✓[/] {said}", highlight=False)
        if done.migrated:
            console.print("[green]✓[/] " + _("The backup was of an earlier version; its tables were brought to this one."))
        if done.rulebook:
            console.print("[green]✓[/] " + _("The bureau's rulebook is in {folder}.").format(folder=done.rulebook))


class _Shown(Progress):
    """A bar a step on a terminal; nothing where nobody looks."""

    def __init__(self) -> None:
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        console = terminal(stderr=True)
        super().__init__(*columns, console=console, disable=not console.is_terminal)
        self._tasks_of: dict[str, int] = {}

    def __enter__(self) -> "_Shown":
        super().__enter__()
        return self

    def __call__(self, of: str, done: int, total: int) -> None:
        if of not in self._tasks_of:
            self._tasks_of[of] = self.add_task(_WORDS[of], total=total)
        self.update(self._tasks_of[of], completed=done, total=total)  # type: ignore[arg-type]


def _refusals() -> tuple[type[Exception], ...]:
    from django.db.utils import DatabaseError

    from jiaoheng.access.account import Refused
    from jiaoheng.access.key_ring import KeysUnusable

    return Refused, KeysUnusable, DatabaseError
