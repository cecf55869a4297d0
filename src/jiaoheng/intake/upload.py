"""Upload: workbooks handed in together on a page, kept aside until their sender has seen the checks and said yes or no.

Changes when handing in takes other steps. Nothing of an upload is in the registers before `confirm`, and `confirm` stores once, however
often and from however many processes it is called. A large upload is checked and stored by a worker (`background`), a small one at once.
"""

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, models, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pydantic import TypeAdapter

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.sealed_file import clear_copies, clear_size, write_sealed
from jiaoheng.intake.interrupted import Interrupted, in_clear_words
from jiaoheng.intake.report import IntakeReport
from jiaoheng.intake.taking_in import Progress, take_in
from jiaoheng.rulebook.loader import RulebookFaulty

__all__ = ["LARGE", "State", "Upload", "UploadGone", "hand_in", "open_upload"]

LARGE = 1024 * 1024
"""Bytes of all files together from which an upload is checked and stored in the background."""
_KEPT = timedelta(days=1)
_SAID_EVERY = 0.3
"""Seconds between two notes of the progress."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_REPORT: TypeAdapter[IntakeReport] = TypeAdapter(IntakeReport)


class UploadGone(Exception):
    """There is no such upload, or it is somebody else's."""


class State(models.TextChoices):
    """WAITING: handed in. The next four are a worker's business. CHECKED: its sender is to say yes or no. STORED: done."""

    WAITING = "waiting"
    CHECK_QUEUED = "check_queued"
    CHECKING = "checking"
    CHECKED = "checked"
    STORE_QUEUED = "store_queued"
    STORING = "storing"
    STORED = "stored"
    FAILED = "failed"


_BUSY = (State.CHECK_QUEUED, State.CHECKING, State.STORE_QUEUED, State.STORING)


class Upload(models.Model):
    """`kept_report`: of the last check, or of the storing. `fault`: the sentence why a worker could not do it."""

    token = models.CharField(max_length=22, unique=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    language = models.CharField(max_length=10)
    at = models.DateTimeField(auto_now_add=True)
    kept_report = models.JSONField(null=True)
    fault = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.token

    @property
    def folder(self) -> Path:
        return _place() / self.token

    @property
    def files(self) -> list[Path]:
        """What was handed in, sealed."""
        folder = self.folder / "files"
        return _in(folder)

    @property
    def marked(self) -> list[Path]:
        """The marked copies that the last check wrote, sealed."""
        returned = self.folder / "returned"
        return _in(returned)

    @property
    def is_large(self) -> bool:
        return sum(map(clear_size, self.files)) > LARGE

    @property
    def is_busy(self) -> bool:
        """Whether it waits for a worker, or one is at it."""
        return self.state in _BUSY

    @property
    def report(self) -> IntakeReport | None:
        return None if self.kept_report is None else _REPORT.validate_python(self.kept_report)

    @property
    def progress(self) -> tuple[float, str]:
        """The share done (0 to 1) and the file in hand, as the worker last said."""
        try:
            said = json.loads((self.folder / ".progress.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0.0, ""
        return float(said["share"]), str(said["file"])

    def examine(self) -> IntakeReport:
        """Read and check everything, store nothing."""
        if self.state == State.STORED:
            raise UploadGone
        with self._telling() as tell:
            shutil.rmtree(self.folder / "returned", ignore_errors=True)
            account = self._sender()
            with clear_copies() as copies, self.in_clear() as files:
                report = take_in(files, account=account, dry_run=True, returned=copies, progress=tell)
                self._keep_marked(report)
            # Not where somebody said yes meanwhile.
            rows = Upload.objects.filter(pk=self.pk).exclude(state__in=(State.STORE_QUEUED, State.STORING, State.STORED))
            if rows.update(state=State.CHECKED, kept_report=_REPORT.dump_python(report, mode="json"), fault=""):
                self.refresh_from_db()
        return report

    def confirm(self) -> IntakeReport:
        """Take the good rows in, once: that they are stored and that this upload is done is one transaction. Raises: UploadGone."""
        with self._telling() as tell, transaction.atomic():
            held = Upload.objects.select_for_update().filter(pk=self.pk).first()
            if held is None:
                raise UploadGone
            if held.state == State.STORED and held.report is not None:
                return held.report
            with clear_copies() as copies, held.in_clear() as files:
                report = take_in(files, account=held._sender(), returned=copies, progress=tell)
            for file in report.files:
                file.returned = None  # its sender had it with the checks
            held.state, held.kept_report, held.fault = State.STORED, _REPORT.dump_python(report, mode="json"), ""
            held.save(update_fields=["state", "kept_report", "fault"])
        self.refresh_from_db()
        shutil.rmtree(self.folder, ignore_errors=True)
        return report

    @contextmanager
    def in_clear(self) -> Iterator[list[Path]]:
        """Clear copies of what was handed in, as long as this is worked on."""
        with clear_copies(self.files) as folder:
            yield sorted(folder.iterdir())

    def _keep_marked(self, report: IntakeReport) -> None:
        for file in report.files:
            if file.returned is not None:
                place = self.folder / "returned" / file.returned.name
                with file.returned.open("rb") as made:
                    write_sealed(place, iter(lambda: made.read(1 << 20), b""))
                file.returned = place

    def queue(self, state: State, *, allowed: Iterable[State]) -> bool:
        """Move to a waiting state where the upload stands in one of these; whether it was this call that moved it."""
        moved = Upload.objects.filter(pk=self.pk, state__in=list(allowed)).update(state=state, fault="")
        (self.folder / ".progress.json").unlink(missing_ok=True)
        self.refresh_from_db()
        return bool(moved)

    def drop(self) -> None:
        """Forget it; nothing of it is kept."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.delete()

    @contextmanager
    def _telling(self) -> "Iterator[Progress]":
        """Keep the progress where the page finds it; a failure becomes a sentence on the upload, and goes on to the caller."""
        last = 0.0

        def tell(share: float, file: str) -> None:
            nonlocal last
            if time.monotonic() - last < _SAID_EVERY or not self.folder.is_dir():
                return
            last = time.monotonic()
            growing = self.folder / ".progress.json.new"
            growing.write_text(json.dumps({"share": share, "file": file}), encoding="utf-8")
            growing.replace(self.folder / ".progress.json")

        try:
            yield tell
        except (UploadGone, Refused):
            raise
        except Exception as error:
            with suppress(DatabaseError):  # it may be the database that failed
                Upload.objects.filter(pk=self.pk).exclude(state=State.STORED).update(state=State.FAILED, fault=_sentence(error))
            with in_clear_words():
                raise

    def _sender(self) -> Account:
        """The account as it is now: a scope narrowed since the hand-in holds."""
        account: Account = Account.objects.get(pk=self.account_id)
        return account


def hand_in(account: Account, files: "Iterable[UploadedFile[Any]]") -> Upload:
    """Keep the files aside, sealed."""
    _clear_old()
    upload = Upload(token=secrets.token_urlsafe(16), account=account, language=get_language() or settings.LANGUAGE_CODE)
    (upload.folder / "files").mkdir(parents=True, mode=0o700)
    for number, sent in enumerate(files):
        name = Path((sent.name or "").replace("\\", "/")).name.lstrip(".") or f"{_('workbook')}-{number + 1}"
        write_sealed(upload.folder / "files" / name[-150:], sent.chunks())
    upload.save()
    return upload


def open_upload(account: Account, token: str) -> Upload:
    """The upload of this token. Raises: UploadGone where it is gone, or somebody else's."""
    upload = Upload.objects.filter(token=token, account=account).first() if _TOKEN.fullmatch(token) else None
    if upload is None or (upload.state != State.STORED and not upload.files):
        raise UploadGone
    return upload


def _sentence(error: Exception) -> str:
    """What the page says of a failure: the rulebook's and the disk's own words, and of the rest that nothing is stored."""
    if isinstance(error, RulebookFaulty | Interrupted):
        return str(error)
    try:
        with in_clear_words():
            raise error
    except Interrupted as interrupted:
        return str(interrupted)
    except Exception:
        pass
    return _("The program failed while it worked on these files. Nothing was stored; its log says why ({kind}).").format(
        kind=type(error).__name__
    )


def _in(folder: Path) -> list[Path]:
    """The files of a folder; what is hidden is half written."""
    return sorted(file for file in folder.iterdir() if not file.name.startswith(".")) if folder.is_dir() else []


def _place() -> Path:
    place = Path(settings.DATA) / "uploads"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def _clear_old() -> None:
    """Forget uploads of more than a day ago, and folders that no upload knows."""
    old = timezone.now() - _KEPT
    for upload in Upload.objects.filter(at__lt=old).exclude(state__in=_BUSY):
        upload.drop()
    known = set(Upload.objects.values_list("token", flat=True))
    for folder in _place().iterdir():
        if folder.is_dir() and folder.name not in known and time.time() - folder.stat().st_mtime > _KEPT.total_seconds():
            shutil.rmtree(folder, ignore_errors=True)
