"""Commands for who runs the deployment: check, migrate, account, deactivate.

Changes when what a deployment needs changes.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jiaoheng.cli.terminal import terminal

if TYPE_CHECKING:
    from jiaoheng.access.account import Account

__all__ = ["opened_database", "register", "rulebook_faults"]


def opened_database() -> None:
    """Set Django up and bring the database to the present schema, so that every command works on a fresh machine.

    Ends the command with one clear sentence (exit status 2) where the database cannot be reached.
    """
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.utils import DatabaseError

    try:
        _finish_restore()
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        typer.echo(f"The database cannot be used: {reason}. Check DATABASE_URL and that the server runs.", err=True)
        raise typer.Exit(2) from None


def _finish_restore() -> None:
    """A restore that was killed is finished, or undone, before anything else."""
    from jiaoheng import settings

    if not (settings.DATA / ".restore").exists():
        return
    from jiaoheng.access.account import Refused
    from jiaoheng.access.backup.restoring import finish_interrupted_restore

    try:
        if finish_interrupted_restore():
            typer.echo("A restore that was interrupted has been finished.", err=True)
    except Refused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(2) from None


def register(app: typer.Typer) -> None:
    """Add this room's commands."""

    @app.command()
    def check() -> None:
        """Say what is wrong with this deployment, and how to mend it. Exit status 1 when something is."""
        from django.utils.translation import gettext as _

        console = terminal()
        faults = list(_faults())
        for fault in faults:
            console.print(f"[red]✗[/] {fault}")
        if faults:
            raise typer.Exit(1)
        console.print("[green]✓[/] " + _("Nothing is wrong with this deployment."))

    @app.command()
    def migrate() -> None:
        """Bring the database to the schema of this version."""
        opened_database()
        from django.utils.translation import gettext as _

        terminal().print("[green]✓[/] " + _("The database is up to date."))

    @app.command()
    def account(
        username: str,
        role: Annotated[str, typer.Option(help="clerk, officer, inspector, leader, auditor or administrator")] = "officer",
        organisation: Annotated[str, typer.Option(help="Code of the organisation that the account may see, with all below it")] = "",
        password: Annotated[str, typer.Option(help="Asked for when not given", envvar="JIAOHENG_PASSWORD")] = "",
        email: Annotated[str, typer.Option(help="Mail address for reminders")] = "",
        by: Annotated[str, typer.Option(help="User name of the administrator who does this. Not given: the user of this machine")] = "",
        reason: Annotated[str, typer.Option(help="Why; it stands in the trail")] = "By command",
    ) -> None:
        """Make an account, or give an existing one this role, organisation and password."""
        opened_database()
        from django.utils.translation import gettext as _

        from jiaoheng.access.account import Account, Refused, Role
        from jiaoheng.access.account_change import AccountChange, alter_account, make_account
        from jiaoheng.organisations.organisation import Organisation

        if role not in Role.values:
            raise typer.BadParameter(f"«{role}» is not a role. Roles: {', '.join(Role.values)}.", param_hint="--role")
        node = Organisation.objects.filter(code=organisation).first() if organisation else None
        if organisation and node is None:
            raise typer.BadParameter(f"no organisation has the code «{organisation}».", param_hint="--organisation")
        person = Account.objects.filter(username=username).first()
        password = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        try:
            change = AccountChange(_administrator(by), reason)
            if person is None:
                make_account(username, role=role, organisation=node, password=password, change=change, email=email)
            else:
                alter_account(person, role=role, organisation=node, password=password, active=True, change=change, email=email)
        except Refused as refused:
            typer.echo(str(refused), err=True)
            raise typer.Exit(2) from None
        terminal().print(f"[green]✓[/] {username}: {Role(role).label}, {node or _('no organisation')}.")

    @app.command("deactivate")
    def deactivate(
        username: str,
        by: Annotated[str, typer.Option(help="User name of the administrator who does this. Not given: the user of this machine")] = "",
        reason: Annotated[str, typer.Option(help="Why; it stands in the trail")] = "By command",
    ) -> None:
        """Let an account sign in no more. Its lines in the trail stay; `account` lets it in again."""
        opened_database()
        from django.utils.translation import gettext as _

        from jiaoheng.access.account import Account, Refused
        from jiaoheng.access.account_change import AccountChange, alter_account

        person = Account.objects.filter(username=username).first()
        if person is None:
            raise typer.BadParameter(f"there is no account «{username}».")
        try:
            alter_account(person, active=False, change=AccountChange(_administrator(by), reason))
        except Refused as refused:
            typer.echo(str(refused), err=True)
            raise typer.Exit(2) from None
        terminal().print("[green]✓[/] " + _("{username} signs in no more.").format(username=username))


def _administrator(username: str) -> "Account":
    """Who a command is given by: the account named, or the user of this machine."""
    from jiaoheng.access.account import Account, operator

    if not username:
        return operator()
    who = Account.objects.filter(username=username).first()
    if who is None:
        raise typer.BadParameter(f"there is no account «{username}».", param_hint="--by")
    return who


def _faults() -> Iterator[str]:
    from jiaoheng import settings

    if not os.access(settings.DATA, os.W_OK):
        yield f"The data folder {settings.DATA} cannot be written. Set JIAOHENG_DATA to a folder that this user owns."
    for name in ("secret.key", "field.key"):
        key = Path(settings.DATA) / name
        if key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
            yield f"Others can read {key}. Run: chmod 600 {key}"
    if settings.DEBUG:
        yield "JIAOHENG_DEBUG is on: errors show the program's inside. Unset it where others can reach the site."
    public = set(settings.ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]"}
    if public and not settings.SESSION_COOKIE_SECURE:
        yield f"The site answers to {', '.join(sorted(public))} without HTTPS. Put it behind HTTPS and set JIAOHENG_HTTPS=1."
    if settings.FIELD_CIPHER == "sm4":
        from jiaoheng.access.sm4_gcm import sm4_is_offered

        if not sm4_is_offered():
            yield "JIAOHENG_CIPHER is sm4, which the OpenSSL of this machine's cryptography does not offer. Unset it, or install another."
    yield from rulebook_faults()
    if not _has_chinese_font():
        yield "No Chinese font was found: charts and PDF papers would show boxes. On Debian: apt-get install fonts-noto-cjk"
    try:
        opened_database()
    except typer.Exit:
        yield f"The database ({settings.DATABASES['default']['ENGINE'].rsplit('.', 1)[-1]}) cannot be used; see the line above."


def rulebook_faults() -> Iterator[str]:
    """Everything wrong with the rulebook, the bureau's own folder laid over ours."""
    from jiaoheng import settings
    from jiaoheng.ledgers.browser_forms import browser_forms
    from jiaoheng.ledgers.ledger import load_ledgers
    from jiaoheng.ledgers.ledger_paper import check_papers
    from jiaoheng.measures.catalogue import load_catalogue
    from jiaoheng.measures.figure_kinds import load_figure_kinds
    from jiaoheng.rulebook.loader import RulebookFaulty, shipped_rulebook
    from jiaoheng.rulebook.registers import load_registers
    from jiaoheng.standards.assessment import load_assessments
    from jiaoheng.standards.judgement import judgement_files, load_judgements
    from jiaoheng.standards.standard import load_standards

    overlay = settings.RULEBOOK_OVERLAY
    if overlay.is_dir():
        kinds = sorted({"judgements", *(folder.name for folder in shipped_rulebook().iterdir() if folder.is_dir())})
        for found in sorted(overlay.iterdir()):
            if not found.name.startswith(".") and found.is_dir() and found.name not in kinds:
                yield f"{found} is not a part of a rulebook, and nothing reads it. Parts: {', '.join(kinds)}."
    try:
        load_registers(overlay)
        measures = load_catalogue(overlay, published=browser_forms)
        load_standards(overlay, measures=measures)
        load_judgements(judgement_files(overlay), load_assessments(overlay, measures=measures))
        load_figure_kinds(measures, overlay)
        if overlay is not None and (overlay / "ledger_papers").is_dir():
            check_papers(load_ledgers(overlay), overlay)
    except RulebookFaulty as error:
        yield from map(str, error.faults)


def _has_chinese_font() -> bool:
    import subprocess

    lister = shutil.which("fc-list")
    if lister:
        return bool(subprocess.run([lister, ":lang=zh", "file"], capture_output=True, text=True, check=False).stdout.strip())
    return any(Path("/usr/share/fonts").rglob("*CJK*"))
