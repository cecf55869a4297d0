"""Received workbooks stand in clear nowhere: while they wait, once they are stored, in a round, nor where a process was killed."""

import csv
import io
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from jiaoheng.access.account import Account
from jiaoheng.access.kept_files import SEALED_FOLDERS, files_by_key, seal_kept_files, sealed_files_anew
from jiaoheng.access.key_ring import add_key, key_ring
from jiaoheng.access.sealed_file import clear_copies, key_of, read_clear
from jiaoheng.intake.provenance import SourceFile
from jiaoheng.intake.rounds.acceptance import accept, approve
from jiaoheng.intake.rounds.handing_in import check_return, kept_file
from jiaoheng.intake.rounds.handing_in import hand_in as hand_in_return
from jiaoheng.intake.upload import Upload, hand_in
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.registers.pupil import Pupil
from tests.intake.rounds.conftest import Bureau, bureau, filled, held, part_of, round_  # noqa: F401
from tests.intake.test_pupils import HEAD, child, identity, officer  # noqa: F401
from tests.ledgers.sealed import stands_somewhere

PHONE = "13899990017"
SECRETS = (identity(1), identity(2), PHONE)


def table(*rows: list[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *rows])
    return text.getvalue().encode()


def unsealed() -> list[str]:
    """Files of the sealed folders that lie in clear."""
    kept = [file for name in SEALED_FOLDERS for file in (Path(settings.DATA) / name).rglob("*") if file.is_file()]
    return [file.name for file in kept if not file.name.startswith(".") and key_of(file) is None]


@pytest.fixture
def waiting(officer: Account) -> Upload:  # noqa: F811
    """Two children, the second of a school that is not known."""
    content = table(child(1, 监护人电话=PHONE), child(2, 学校标识码="9999"))
    return hand_in(officer, [SimpleUploadedFile("学生.csv", content)])


def test_an_upload_is_sealed_while_it_waits_and_once_it_is_stored(waiting: Upload) -> None:
    assert waiting.files[0].name == "学生.csv" and not waiting.is_large and stands_somewhere(*SECRETS) == []
    whole = read_clear(waiting.files[0])
    report = waiting.examine()
    assert [file.accepted for file in report.files] == [1] and unsealed() == [] and stands_somewhere(*SECRETS) == []
    sheet = openpyxl.load_workbook(io.BytesIO(read_clear(waiting.marked[0]))).active
    assert sheet is not None and "9999" in [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert report.files[0].returned == waiting.marked[0]
    waiting.confirm()
    assert Pupil.objects.count() == 1 and not waiting.folder.exists()
    kept = Path(settings.DATA) / SourceFile.objects.get().kept_at
    assert read_clear(kept) == whole and stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert unsealed() == [] and stands_somewhere(*SECRETS) == [] and not list((Path(settings.DATA) / ".clear").iterdir())


def test_what_waits_and_was_received_before_is_read_and_sealed(waiting: Upload) -> None:
    content = read_clear(waiting.files[0])
    waiting.files[0].write_bytes(content)
    before = Path(settings.DATA) / "received" / ("ab" * 32)
    before.parent.mkdir()
    before.write_bytes(content)
    assert sorted(stands_somewhere(*SECRETS)) == sorted(SECRETS)
    assert waiting.examine().files[0].accepted == 1
    assert seal_kept_files() == 2 and stands_somewhere(*SECRETS) == []
    assert read_clear(before) == content and waiting.examine().files[0].accepted == 1


def test_a_rotation_reaches_what_waits_and_what_was_received(waiting: Upload) -> None:
    waiting.examine()
    add_key()
    assert sealed_files_anew().count == 2 and set(files_by_key()) == {key_ring().present.id}
    waiting.confirm()
    assert Pupil.objects.count() == 1


def test_a_rounds_workbook_is_kept_sealed_and_accepted(bureau: Bureau, round_: Any, filled: Callable[..., Path]) -> None:  # noqa: F811
    part = part_of(round_)
    book = filled(part)
    returned = check_return(part, book, bureau.clerk)
    assert book.read_bytes() != kept_file(returned).read_bytes() and read_clear(kept_file(returned)) == book.read_bytes()
    assert unsealed() == [] and not list((Path(settings.DATA) / ".clear").iterdir())
    hand_in_return(returned, bureau.clerk)
    approve(part_of(round_), bureau.head)
    accept(part_of(round_), bureau.officer)
    assert AnnualStatistics.objects.filter(pupils=510).count() == 1


_KILLED = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from django.conf import settings
settings.DATA = Path(sys.argv[1])
from jiaoheng.access.sealed_file import clear_copies
with clear_copies() as folder:
    (folder / "学生.csv").write_text(sys.argv[2])
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_clear_copies_are_for_one_process_and_do_not_outlive_it(tmp_path: Path, settings: Any) -> None:
    settings.DATA.mkdir(exist_ok=True)
    source = tmp_path / "data" / "received" / "x"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(PHONE)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "jiaoheng.settings", "JIAOHENG_DATA": str(tmp_path / "other")}
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(settings.DATA), PHONE], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    [left] = (settings.DATA / ".clear").iterdir()
    with clear_copies([source]) as folder, clear_copies() as other:
        assert (folder / "x").read_text() == PHONE and stat.S_IMODE((folder / "x").stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and other != folder and not left.exists()
    assert not list((settings.DATA / ".clear").iterdir())
