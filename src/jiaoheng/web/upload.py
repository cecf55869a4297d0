"""Upload: a workbook handed in on the page, kept aside until its sender has seen the checks and said yes or no.

Changes when handing in takes other steps. Nothing of an upload is in the registers before `confirm`.
"""

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account
from jiaoheng.intake.report import IntakeReport
from jiaoheng.intake.taking_in import take_in

__all__ = ["LARGEST", "Upload", "hand_in", "open_upload"]

LARGEST = 64 * 1024 * 1024
"""Bytes; a longer file is refused with a sentence before anything of it is kept."""
_KEPT_SECONDS = 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Upload:
    """The files handed in together under one token, and whose they are."""

    token: str
    account: Account
    folder: Path

    @property
    def files(self) -> list[Path]:
        return sorted((self.folder / "files").iterdir())

    @property
    def marked(self) -> list[Path]:
        """The marked copies that the dry run wrote."""
        returned = self.folder / "returned"
        return sorted(returned.iterdir()) if returned.is_dir() else []

    def check(self) -> IntakeReport:
        """Read and check everything, store nothing."""
        shutil.rmtree(self.folder / "returned", ignore_errors=True)
        return take_in(self.files, account=self.account, dry_run=True, returned=self.folder / "returned")

    def confirm(self) -> IntakeReport:
        """Take the good rows in, and forget the upload."""
        report = take_in(self.files, account=self.account)
        self.drop()
        return report

    def drop(self) -> None:
        """Forget it; nothing of it is kept."""
        shutil.rmtree(self.folder, ignore_errors=True)


def hand_in(account: Account, files: "Iterable[UploadedFile[Any]]") -> Upload:
    """Keep the files aside, readable by this program only."""
    place = _place()
    _clear_old(place)
    token = secrets.token_urlsafe(16)
    upload = Upload(token, account, place / token)
    (upload.folder / "files").mkdir(parents=True, mode=0o700)
    for number, sent in enumerate(files):
        name = Path((sent.name or "").replace("\\", "/")).name.lstrip(".") or f"{_('workbook')}-{number + 1}"
        with (upload.folder / "files" / name[-150:]).open("wb") as kept:
            for part in sent.chunks():
                kept.write(part)
    (upload.folder / "whose.json").write_text(json.dumps({"account": account.pk}), encoding="utf-8")
    return upload


def open_upload(account: Account, token: str) -> Upload:
    """The upload of this token. Raises: Http404 where it is gone, or somebody else's."""
    folder = _place() / token
    gone = Http404(_("This workbook is no longer waiting: it was stored, dropped, or handed in more than a day ago. Hand it in again."))
    if not _TOKEN.fullmatch(token) or not (folder / "whose.json").is_file():
        raise gone
    if json.loads((folder / "whose.json").read_text(encoding="utf-8"))["account"] != account.pk:
        raise gone
    return Upload(token, account, folder)


def _place() -> Path:
    place = Path(settings.DATA) / "uploads"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def _clear_old(place: Path) -> None:
    for folder in place.iterdir():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
