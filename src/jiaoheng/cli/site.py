"""The commands that serve the site: serve, and work for what it does in the background.

Changes when the site is served otherwise. gunicorn serves the pages, whitenoise the style sheet and scripts; a worker beside it checks and
stores large workbooks.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from jiaoheng.cli.deployment import opened_database, rulebook_faults
from jiaoheng.cli.snapshot import refuse
from jiaoheng.cli.terminal import terminal

__all__ = ["register"]

_STOPS_WITHIN = 60
"""Seconds that the worker is given to end the task in hand."""
_WAITS = 120
"""Seconds that one page may take (a report written for the first time, a large workbook)."""


def register(app: typer.Typer) -> None:
    """Add this room's command."""

    @app.command()
    def serve(
        host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every one (then set JIAOHENG_HOSTS)")] = "127.0.0.1",
        port: Annotated[int, typer.Option(help="Port to listen on", min=1, max=65535)] = 8000,
        workers: Annotated[int, typer.Option(help="Processes that answer; each holds the figures of the current snapshot", min=1)] = 2,
        worker: Annotated[bool, typer.Option(help="Also run a worker for what is done in the background")] = True,
        ticks: Annotated[bool, typer.Option(help="Also look at clocks and send messages once a minute, as jiaoheng tick does")] = True,
    ) -> None:
        """Serve the site until stopped (Ctrl-C)."""
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiaoheng.settings")
        if faults := list(rulebook_faults()):
            refuse("\n".join(faults))  # a site with half a rulebook would fail page by page
        _check_free(host, port)
        opened_database()
        from django.core.management import call_command

        call_command("collectstatic", verbosity=0, interactive=False)
        from django.utils.translation import gettext as _

        terminal().print(_("Serving on {address}").format(address=f"http://{host}:{port}"), highlight=False)
        with _beside(worker, "work"), _beside(ticks, "tick", "--every", "60"):
            _server(f"{host}:{port}", workers).run()

    @app.command()
    def work(
        once: Annotated[bool, typer.Option("--once", help="Do what waits and end")] = False,
        parent: Annotated[int | None, typer.Option(hidden=True)] = None,
    ) -> None:
        """Check and store large workbooks in the background until stopped (Ctrl-C); the task in hand is finished first."""
        opened_database()
        from jiaoheng.intake import background

        background.work(once=once, parent=parent)


@contextmanager
def _beside(wanted: bool, *words: str) -> Iterator[None]:
    """A command of ours in a process of its own, started again when it dies, stopped with the site."""
    if not wanted:
        yield
        return
    over = threading.Event()
    running: list[subprocess.Popen[bytes]] = []
    master = os.getpid()

    def keep_running() -> None:
        while not over.is_set():
            running[:] = [subprocess.Popen([sys.executable, "-m", "jiaoheng", *words, "--parent", str(master)])]
            running[0].wait()
            over.wait(2)

    threading.Thread(target=keep_running, daemon=True).start()
    try:
        yield
    finally:  # also in the processes that gunicorn forks off: they are the master's
        if os.getpid() == master:
            over.set()
            for process in running:
                process.terminate()
                try:
                    process.wait(_STOPS_WITHIN)
                except subprocess.TimeoutExpired:
                    process.kill()


def _check_free(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on before gunicorn tries it five times."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            refuse(f"{host}:{port} cannot be listened on ({error.strerror}). Stop what uses it, or choose another port: --port 8001")


def _server(bind: str, workers: int) -> Any:
    """gunicorn with our application, configured here and not by a file or by the command line of this process."""
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options = {"bind": bind, "workers": workers, "threads": 4, "timeout": _WAITS, "errorlog": "-", "loglevel": "warning"}
            for name, value in {**options, "max_requests": 2000, "max_requests_jitter": 200, "proc_name": "jiaoheng"}.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            from django.core.wsgi import get_wsgi_application

            return get_wsgi_application()

    return Server()
