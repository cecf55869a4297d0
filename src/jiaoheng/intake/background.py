"""Background: uploads that take long are checked and stored by a worker, a process beside the site.

Changes when what is done in the background, or how a worker is seen to live, changes. What a task does is `upload`'s, the same as without a
worker. A worker that dies leaves its task behind: the next one to look takes it up again, and since storing happens once it does no harm.
"""

import json
import os
import secrets
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import TaskResultStatus, task
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from jiaoheng.intake.upload import State, Upload, UploadGone

__all__ = ["check_later", "process_upload", "store_later", "take_up_again", "work", "worker_runs"]

_BEATS_EVERY = 5.0
_DEAD_AFTER = 30.0
"""Seconds without a sign of life after which a worker is taken for dead."""
_ATTEMPTS = 3
_TASKS_KEPT = timedelta(days=14)


@task()
def process_upload(token: str) -> str:
    """Do what the upload waits for; the state in which it was left."""
    upload = Upload.objects.filter(token=token).first()
    if upload is None:  # dropped meanwhile
        return ""
    with translation.override(upload.language):
        try:
            if upload.state in (State.CHECK_QUEUED, State.CHECKING):
                upload.queue(State.CHECKING, allowed=(State.CHECK_QUEUED, State.CHECKING))
                upload.examine()
            elif upload.state in (State.STORE_QUEUED, State.STORING):
                upload.queue(State.STORING, allowed=(State.STORE_QUEUED, State.STORING))
                upload.confirm()
        except UploadGone:
            return ""
    return str(upload.state)


def check_later(upload: Upload) -> None:
    """Have a worker check it, unless that is under way."""
    if upload.queue(State.CHECK_QUEUED, allowed=(State.WAITING, State.CHECKED, State.FAILED)):
        process_upload.enqueue(upload.token)


def store_later(upload: Upload) -> None:
    """Have a worker store it, unless that is under way or done."""
    if upload.queue(State.STORE_QUEUED, allowed=(State.WAITING, State.CHECKED, State.FAILED)):
        process_upload.enqueue(upload.token)


def work(*, interval: float = 1.0, once: bool = False, parent: int | None = None) -> None:
    """Do what waits, then wait for more until told to stop (SIGTERM, SIGINT); `once`: until nothing waits.

    A task in hand is finished first. `parent`: stop when this process is no longer our parent.
    """
    worker = Worker(
        queue_names=["*"], interval=0, batch=True, backend_name="default", startup_delay=False, max_tasks=None,
        worker_id=secrets.token_hex(8), excluded_queue_names=[],
    )  # fmt: skip
    if threading.current_thread() is threading.main_thread() and not once:
        worker.configure_signals()
    DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - _TASKS_KEPT).delete()
    with _SignOfLife(worker.worker_id):
        while worker.running:
            try:
                take_up_again()
                if DBTaskResult.objects.ready().exists():
                    worker.run()
            except OperationalError:  # the database is away, or busy: it is asked again
                connection.close()
                if once:
                    raise
            if once or (parent is not None and os.getppid() != parent):
                break
            if worker.running:
                time.sleep(interval)


def worker_runs() -> bool:
    """Whether any worker gave a sign of life lately."""
    return any(_lives(sign) for sign in _signs().iterdir())


def take_up_again() -> int:
    """Put the tasks of dead workers back, and give up those that killed several; how many there were."""
    found = 0
    for left in DBTaskResult.objects.running():
        if left.worker_ids and _lives(_signs() / left.worker_ids[-1]):
            continue
        found += 1
        if len(left.worker_ids) >= _ATTEMPTS:
            token = str(left.args_kwargs["args"][0])
            words = _("The program was stopped each time it worked on these files. Nothing was stored. Split them into smaller ones.")
            Upload.objects.filter(token=token).exclude(state=State.STORED).update(state=State.FAILED, fault=words)
            left.set_failed(RuntimeError("its worker died every time"))
        else:
            DBTaskResult.objects.filter(pk=left.pk, status=TaskResultStatus.RUNNING).update(status=TaskResultStatus.READY)
    return found


class _SignOfLife:
    """A file touched every few seconds, from a thread of its own: no long transaction holds it up."""

    def __init__(self, worker_id: str) -> None:
        self._file = _signs() / worker_id
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._file.write_text(json.dumps({"host": socket.gethostname(), "pid": os.getpid()}), encoding="ascii")
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._file.unlink(missing_ok=True)

    def _beat(self) -> None:
        while not self._over.wait(_BEATS_EVERY):
            try:
                os.utime(self._file)
            except OSError:
                return


def _lives(sign: Path) -> bool:
    """Whether the worker of this sign gave it lately; on this machine, whether its process is there."""
    try:
        said = json.loads(sign.read_text(encoding="ascii"))
        if time.time() - sign.stat().st_mtime > _DEAD_AFTER:
            return False
    except (OSError, ValueError):
        return False
    if said.get("host") != socket.gethostname():
        return True
    try:
        os.kill(int(said["pid"]), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _signs() -> Path:
    place = Path(settings.DATA) / "workers"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place
