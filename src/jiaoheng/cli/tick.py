"""The command that lets clocks go on: tick, once (from a timer) or again and again.

Changes when something else is done as time passes.
"""

import os
import signal
import threading
from datetime import datetime
from typing import Annotated

import typer

from jiaoheng.cli.deployment import opened_database
from jiaoheng.cli.terminal import terminal

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's command."""

    @app.command()
    def tick(
        every: Annotated[int | None, typer.Option(help="Go on, once in so many seconds, until stopped (Ctrl-C)", min=1)] = None,
        at: Annotated[
            datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], help="As if it were this moment (a trial)")
        ] = None,
        parent: Annotated[int | None, typer.Option(hidden=True)] = None,
    ) -> None:
        """Look at the clocks: mark what became late, move due days, write reminders and escalations, and send messages."""
        opened_database()
        if every is None:
            _tick(at)
            return
        over = threading.Event()
        for stop in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stop, lambda *_: over.set())
        while not over.is_set() and (parent is None or os.getppid() == parent):
            _tick_and_go_on()
            over.wait(every)


def _tick_and_go_on() -> None:
    """A database that is away, or a fault in one matter, ends this round only; the next one begins anew."""
    from django.db import close_old_connections, connection

    close_old_connections()
    try:
        _tick(None, quiet=True)
    except Exception as error:
        terminal(stderr=True).print(f"[red]✗[/] tick: {type(error).__name__}: {error}", highlight=False)
        connection.close()


def _tick(at: datetime | None, *, quiet: bool = False) -> None:
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from jiaoheng.access.kept_files import seal_kept_files
    from jiaoheng.intake.rounds.round_notices import tick_rounds
    from jiaoheng.ledgers.published_ledger import published_ledgers
    from jiaoheng.ledgers.sealing import seal_kept_rows
    from jiaoheng.ledgers.sending import make_messages, send_messages
    from jiaoheng.ledgers.ticking import tick_rows
    from jiaoheng.plans.report_request import tick_goals

    moment = timezone.make_aware(at) if at else timezone.now()
    published_ledgers()  # rows are sealed by the forms in use, those of a new rulebook too
    seal_kept_rows()
    ticked = tick_rows(moment)
    notices = ticked.notices + tick_rounds(moment) + tick_goals(moment)
    made = make_messages(moment)
    sent = send_messages(moment)
    seal_kept_files()  # last: the first time after an update it may take long
    if ticked.broken:
        said = _("The events of these rows do not add up: {rows}").format(rows=", ".join(map(str, ticked.broken)))
        terminal(stderr=True).print(f"[red]✗[/] {said}", highlight=False)
    if not quiet or ticked.looked or notices or sent.sent or sent.failed or sent.given_up:
        said = _(
            "{rows} rows looked at: {late} became late, {moved} due days moved; {notices} notices; "
            "{made} messages written, {sent} sent, {failed} to try again, {given_up} given up"
        )
        counts = {
            "rows": ticked.looked, "late": ticked.became_late, "moved": ticked.moved, "notices": notices, "made": made,
            "sent": sent.sent, "failed": sent.failed, "given_up": sent.given_up,
        }  # fmt: skip
        terminal().print(said.format(**{name: f"{count:,}" for name, count in counts.items()}), highlight=False)
