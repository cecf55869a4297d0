"""Large workbooks are checked and stored by a worker: seen as they go, taken up again when a worker dies, stored once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from jiaoheng.intake import background, upload
from jiaoheng.intake.provenance import Import
from jiaoheng.intake.upload import State, Upload
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from tests.web.conftest import GOOD, workbook
from tests.web.test_imports import sent

SignedIn = Callable[..., Client]
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "LARGE", 0)
    # The worker drops connections that are in a transaction, and here every test is one.
    monkeypatch.setattr(db_worker, "close_old_connections", lambda: None)


@pytest.fixture
def two_rows(tmp_path: Path) -> Path:
    rows = [["1001", "", "2018-2019", "小学", *GOOD], ["9999", "", "2018-2019", "小学", *GOOD]]
    return workbook(tmp_path / "基本情况.xlsx", rows)  # type: ignore[arg-type]


def test_checked_and_stored_by_a_worker(tree: Organisation, signed_in: SignedIn, two_rows: Path) -> None:
    client = signed_in()
    address = sent(client, two_rows)
    text = client.get(address).content.decode()
    assert "等待处理" in text
    assert "没有后台进程在运行" in text
    assert not Import.objects.exists()
    assert client.get(address + "progress/").status_code == 200
    background.work(once=True)
    done = client.get(address + "progress/")
    assert (done.status_code, done.headers["HX-Refresh"]) == (204, "true")
    text = client.get(address).content.decode()
    assert "保存 1 行" in text
    assert "机构名录中没有这个代码：9999" in text
    assert not AnnualStatistics.objects.exists()
    assert client.post(address + "confirm/").headers["Location"] == address
    assert client.post(address + "confirm/").headers["Location"] == address  # a second click
    assert not AnnualStatistics.objects.exists()
    background.work(once=True)
    log = client.get(address, follow=True).content.decode()
    assert "已保存 1 行。" in log
    assert AnnualStatistics.objects.get().organisation.code == "1001"
    assert Import.objects.count() == 1
    assert not Upload.objects.get().folder.exists()


def test_a_task_that_comes_again_stores_nothing_twice(tree: Organisation, signed_in: SignedIn, two_rows: Path) -> None:
    client = signed_in()
    address = sent(client, two_rows)
    background.work(once=True)
    client.post(address + "confirm/")
    again = Upload.objects.get()
    background.work(once=True)
    Upload.objects.update(state=State.STORING)  # as if the worker had died between the two
    Upload.objects.update(state=State.STORED)
    background.process_upload.call(again.token)
    assert again.confirm().files[0].accepted == 1
    client.post(address + "confirm/")
    background.work(once=True)
    assert Import.objects.count() == 1


def test_what_a_dead_worker_left_is_taken_up_again(tree: Organisation, signed_in: SignedIn, two_rows: Path) -> None:
    address = sent(signed_in(), two_rows)
    left = DBTaskResult.objects.get()
    left.claim("a-worker-that-died")
    Upload.objects.update(state=State.CHECKING)
    background.work(once=True)
    assert Upload.objects.get().state == State.CHECKED
    assert len(DBTaskResult.objects.get().worker_ids) == 2
    assert address


def test_the_task_of_a_living_worker_is_left_to_it(tree: Organisation, signed_in: SignedIn, two_rows: Path) -> None:
    sent(signed_in(), two_rows)
    DBTaskResult.objects.get().claim("living")
    signs = Path(settings.DATA) / "workers"
    signs.mkdir(parents=True)
    (signs / "living").write_text(json.dumps({"host": os.uname().nodename, "pid": os.getpid()}))
    assert background.worker_runs()
    assert background.take_up_again() == 0
    (signs / "living").write_text(json.dumps({"host": "another machine", "pid": 1}))
    assert background.take_up_again() == 0
    os.utime(signs / "living", (time.time() - 60, time.time() - 60))
    assert not background.worker_runs()
    assert background.take_up_again() == 1


def test_a_file_that_kills_every_worker_is_given_up(tree: Organisation, signed_in: SignedIn, two_rows: Path) -> None:
    client = signed_in()
    address = sent(client, two_rows)
    for number in range(3):
        DBTaskResult.objects.get().claim(f"dead-{number}")
        background.take_up_again()
    text = client.get(address).content.decode()
    assert "每次处理这些文件时程序都被中断" in text
    client.post(address + "again/")
    background.work(once=True)
    assert "保存 1 行" in client.get(address).content.decode()


def test_a_failure_is_said_and_nothing_is_stored(
    tree: Organisation, signed_in: SignedIn, two_rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in()
    address = sent(client, two_rows)
    background.work(once=True)

    def full(*_given: Any, **_named: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(upload, "take_in", full)
    client.post(address + "confirm/")
    background.work(once=True)
    text = client.get(address).content.decode()
    assert "磁盘已满" in text
    assert not Import.objects.exists()
    assert Upload.objects.get().files
    monkeypatch.undo()


def test_dropped_while_it_waits_nothing_happens(tree: Organisation, signed_in: SignedIn, two_rows: Path) -> None:
    client = signed_in()
    address = sent(client, two_rows)
    client.post(address + "drop/")
    background.work(once=True)
    assert client.get(address).status_code == 404
    assert not Upload.objects.exists()


def test_the_progress_is_the_senders_only(tree: Organisation, signed_in: SignedIn, two_rows: Path) -> None:
    address = sent(signed_in(), two_rows)
    other = signed_in("officer", "T1")
    assert other.get(address + "progress/").status_code == 404
    assert other.post(address + "again/").status_code == 404


@pytest.mark.slow
def test_the_command_does_what_waits_and_ends_when_told(tmp_path: Path) -> None:
    environment = {**os.environ, "JIAOHENG_DATA": str(tmp_path / "deployment"), "PYTHONPATH": str(REPOSITORY / "src"), "DATABASE_URL": ""}
    command = [sys.executable, "-m", "jiaoheng", "work"]
    assert subprocess.run([*command, "--once"], env=environment, timeout=120, check=False).returncode == 0
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    signs = tmp_path / "deployment" / "workers"
    for _wait in range(100):
        if signs.is_dir() and list(signs.iterdir()):
            break
        time.sleep(0.2)
    assert len(list(signs.iterdir())) == 1
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert not list(signs.iterdir())
