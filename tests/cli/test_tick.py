"""The command `tick`, killed in the middle: nothing is lost and nothing is doubled, on both databases."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import VENDORS, Deployment, deployment

AT = "2026-12-20T09:00"

FILLED = """
from datetime import UTC, datetime
from jiaoheng.access.account import Account
from jiaoheng.organisations.organisation import Organisation
from tests.ledgers.conftest import AT, hazard
from jiaoheng.ledgers.published_ledger import published_ledgers
from jiaoheng.ledgers.row_entry import add_row
top = Organisation.objects.create(code="320999", name_zh="示例区教育局", kind="bureau", path="320999")
Organisation.objects.create(code="1001", name_zh="晨光1001小学", kind="school", parent=top, path="320999/1001")
officer = Account.objects.create(username="officer", role="officer", organisation=top, email="officer@example.org")
Account.objects.create(username="leader", role="leader", organisation=top, email="leader@example.org")
version = published_ledgers()["hazards"].version
for number in range(30):
    add_row(version, hazard(f"uuid:{number}"), by=officer, at=AT, process="hazard")
"""

TICK = """
import os, signal, sys
from datetime import datetime
from django.conf import settings
from django.utils import timezone
settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
settings.EMAIL_FILE_PATH = settings.DATA / "mails"
moment = timezone.make_aware(datetime.fromisoformat(AT))
from django.db import models
from django.core.mail import EmailMessage
from jiaoheng.ledgers import ticking, sending, notice
ticking._AT_ONCE = 10
def dies(place, name, nth):
    whole, calls = getattr(place, name), []
    def counted(*given, **named):
        calls.append(1)
        if len(calls) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*given, **named)
    setattr(place, name, counted)
KILLS
ticking.tick_rows(moment, at_once=10)
sending.make_messages(moment)
from datetime import timedelta
sending.send_messages(moment + timedelta(minutes=LATER))
"""

KILLS = {
    "before the notices of the second piece": "dies(ticking, 'write_notices', 2)",
    "after them, before the rows": "dies(ticking, 'write_notices', 3)\ndies(models.QuerySet, 'bulk_update', 2)",
    "between two pieces": "dies(ticking, '_due', 4)",
    "while a mail is put together": "dies(sending, '_store', 2)",
    "before a mail is sent": "dies(EmailMessage, 'send', 1)",
    "between two mails": "dies(EmailMessage, 'send', 2)",
    "before the commit": "from django.db import connection\ndies(type(connection), 'commit' if hasattr(connection, 'commit') else '_commit', 3)",
}


@pytest.fixture(params=VENDORS)
def deployed(request: Any, tmp_path: Path) -> Iterator[Deployment]:
    with deployment(request.param, tmp_path) as made:
        made.says("migrate")
        yield made


def ticks(deployed: Deployment, kills: str = "", later: int = 0) -> int:
    program = TICK.replace("AT)", f"{AT!r})").replace("KILLS", kills).replace("LATER", str(later))
    return deployed.runs(program, check=False).returncode


def state(deployed: Deployment) -> dict[str, Any]:
    with deployed.cursor() as cursor:
        cursor.execute("select key from ledgers_notice order by key")
        notices = [key for (key,) in cursor.fetchall()]
        cursor.execute("select count(*) from ledgers_notice where message_id is null and account_id is not null")
        untold = cursor.fetchall()
        cursor.execute("select key, state from ledgers_message order by key")
        messages = cursor.fetchall()
        cursor.execute("select state, due_on, on_time, look_on, counted_by, events from ledgers_ledgerrow order by id")
        rows = [tuple(map(str, row)) for row in cursor.fetchall()]
    return {"notices": notices, "untold": untold, "messages": messages, "rows": rows, "mails": mails(deployed.data)}


def mails(data: Path) -> Counter[str]:
    said = "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in (data / "mails").glob("*"))
    return Counter(re.findall(r"^Message-ID: (<.+>)$", said, flags=re.MULTILINE))


def test_a_tick_killed_anywhere_loses_and_doubles_nothing(deployed: Deployment) -> None:
    deployed.runs(FILLED)
    with deployed.cursor() as cursor:
        cursor.execute("select count(*) from ledgers_ledgerrow where look_on is not null")
        assert cursor.fetchall()[0][0] == 30
    for later, kill in enumerate(KILLS.values()):
        status = ticks(deployed, kill, later * 3)
        assert status in (0, -9)
    assert ticks(deployed, later=1000) == 0
    killed = state(deployed)
    assert len(killed["notices"]) == len(set(killed["notices"])) > 30
    assert killed["untold"][0][0] == 0
    assert killed["messages"] and {found for _key, found in killed["messages"]} == {"sent"}
    assert set(killed["mails"].values()) == {1} and len(killed["mails"]) == len(killed["messages"])
    with deployed.cursor() as cursor:  # as if nothing had ever run, and then whole
        for table in ("ledgers_notice", "ledgers_message"):
            cursor.execute(f"delete from {table}")
        cursor.execute("update ledgers_ledgerrow set look_on = '2026-11-20', on_time = null")
    for mail in (deployed.data / "mails").glob("*"):
        mail.unlink()
    assert ticks(deployed) == 0
    assert state(deployed) == killed


@pytest.mark.parametrize("kill", KILLS.values(), ids=KILLS)
def test_each_kill_kills(kill: str, tmp_path: Path) -> None:
    """The places are where they are thought to be."""
    with deployment("sqlite", tmp_path) as made:
        made.says("migrate")
        made.runs(FILLED)
        assert ticks(made, kill) == -9


def test_two_ticks_at_once_double_nothing(deployed: Deployment) -> None:
    import subprocess
    import sys

    deployed.runs(FILLED)
    program = "import django\ndjango.setup()\n" + TICK.replace("AT)", f"{AT!r})").replace("KILLS", "").replace("LATER", "0")
    both = [subprocess.Popen([sys.executable, "-c", program], env=deployed.environment()) for _ in range(2)]
    assert [one.wait(120) for one in both] == [0, 0]
    assert ticks(deployed) == 0
    found = state(deployed)
    assert len(found["notices"]) == len(set(found["notices"])) > 30
    assert {said for _key, said in found["messages"]} == {"sent"} and set(found["mails"].values()) == {1}


def test_the_command_says_what_it_did(deployed: Deployment) -> None:
    deployed.runs(FILLED)
    assert "looked at 30 rows" in deployed.says("tick", "--at", AT)
    assert "looked at 0 rows: 0 became late, 0 due days moved; 0 notices; 0 messages written" in deployed.says("tick", "--at", AT)
