"""Commands for the keys of sensitive fields.

Changes when what an administrator does with keys changes.
"""

from typing import Annotated

import typer
from rich.console import Console

from jiaoheng.cli.deployment import opened_database

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    keys = typer.Typer(
        no_args_is_help=True,
        help="The keys of identity numbers, phones, bank cards, disability, poverty, personal answers of ledgers, and files.",
    )
    app.add_typer(keys, name="keys")

    @keys.command()
    def rotate(
        account: Annotated[str, typer.Option(help="User name of the administrator who rotates; it stands in the trail")],
        reason: Annotated[str, typer.Option(help="Why; it stands in the trail")] = "Regular rotation",
        keep_old: Annotated[bool, typer.Option(help="Keep the old keys on the ring, to open backups made before")] = False,
        new: Annotated[bool, typer.Option(help="Make a new key first. --no-new goes on with the first key that is there")] = True,
    ) -> None:
        """Make a new key, seal everything with it, and take the old keys off.

        With keys from JIAOHENG_FIELD_KEYS: put the new key first there, keep the old ones after it, and run this.
        """
        opened_database()
        try:
            Console().print(_rotated(account, reason, keep_old=keep_old, new=new))
        except _refusals() as refused:
            typer.echo(str(refused), err=True)
            raise typer.Exit(2) from None

    @keys.command()
    def show() -> None:
        """Say which keys are on the ring, how many files each sealed, and how many values and files need an old one. No key is shown."""
        opened_database()
        from jiaoheng.access.kept_files import files_by_key
        from jiaoheng.access.key_ring import key_ring
        from jiaoheng.access.key_rotation import under_other_keys

        try:
            ring, waiting, files = key_ring(), under_other_keys(), files_by_key()
        except _refusals() as refused:
            typer.echo(str(refused), err=True)
            raise typer.Exit(2) from None
        for place, key in enumerate(ring.keys):
            typer.echo(f"{key.id}  {'seals and opens' if place == 0 else 'opens only'}, {files.get(key.id, 0)} files")
        for missing in files.keys() - {key.id for key in ring.keys}:
            typer.echo(f"{missing}  is not on the ring, and {files[missing]} files need it: restore it from your copy.")
        typer.echo(f"{waiting} stored values and files need an old key.")


def _rotated(username: str, reason: str, *, keep_old: bool, new: bool) -> str:
    import os

    from jiaoheng.access.account import Account, Refused
    from jiaoheng.access.key_ring import KEYS_VARIABLE, add_key
    from jiaoheng.access.key_rotation import check_may_rotate, drop_unneeded, rotate, under_other_keys

    who = Account.objects.filter(username=username).first()
    if who is None:
        raise Refused(f"There is no account «{username}».")
    check_may_rotate(who)
    given = bool(os.environ.get(KEYS_VARIABLE))
    if new and not given:
        add_key()
    done = rotate(by=who, reason=reason)
    said = f"[green]✓[/] {done.total} rows and {done.files} files are sealed with key {done.key_id}."
    if done.faults:
        return "\n".join(
            [said, *done.faults, "The old keys stay on the ring until these files are restored and the keys rotated (--no-new)."]
        )
    again = f"{said} Some rows or files were written with an old key meanwhile; run: jiaoheng keys rotate --no-new --account {username}"
    if given and under_other_keys():
        return again
    if given:
        return f"{said} Nothing needs the old keys; take them out of {KEYS_VARIABLE} when no backup needs them."
    if keep_old:
        return f"{said} The old keys stay on the ring."
    if drop_unneeded():
        return again
    return f"{said} The old keys are off the ring; backups made before need the copy of field.key that you kept with them."


def _refusals() -> tuple[type[Exception], ...]:
    from jiaoheng.access.account import Refused
    from jiaoheng.access.cipher import Unreadable
    from jiaoheng.access.key_ring import KeysUnusable

    return Refused, Unreadable, KeysUnusable
