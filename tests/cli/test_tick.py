"""The command `tick`, killed in the middle: nothing is lost and nothing is doubled, on both databases."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import VENDORS, Deployment, deployment

pytestmark = pytest.mark.slow  # each test starts several processes of a deployment

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
Account.objects.create(username="second", role="officer", organisation=top, email="second@example.org")
version = published_ledgers()["hazards"].version
for number in range(30):
    add_row(version, hazard(f"uuid:{number}"), by=officer, at=AT, process="hazard")
"""

TICK = """
import os, signal, sys
from datetime import datetime, timedelta
from django.conf import settings
from django.db import connection
from django.utils import timezone
settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
settings.EMAIL_FILE_PATH = settings.DATA / "mails"
moment = timezone.make_aware(datetime.fromisoformat(sys.argv[1]))
from django.core.mail import EmailMessage
from jiaoheng.ledgers import ticking, sending, notice
def dies(place, name, nth):
    whole, calls = getattr(place, name), []
    def counted(*given, **named):
        calls.append(1)
        if len(calls) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*given, **named)
    setattr(place, name, counted)
def tick(later):
    ticking.tick_rows(moment, at_once=10)
    sending.make_messages(moment)
    sending.send_messages(moment + timedelta(minutes=later))
for later, kill in enumerate(sys.argv[2:]):  # each in a process of its own, killed like any other
    connection.close()
    child = os.fork()
    if not child:
        exec(kill)
        tick(later * 10)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

KILLS = {
    "before a commit": "from django.db.backends.base.base import BaseDatabaseWrapper\ndies(BaseDatabaseWrapper, 'commit', 1)",
    "before the notices of the second piece": "dies(ticking, 'write_notices', 2)",
    "after them, before the rows": "dies(ticking, 'update_columns', 2)",
    "between two pieces": "dies(ticking.transaction, 'atomic', 2)",
    "while the second mail is put together": "dies(sending, '_store', 2)",
    "before a mail is sent": "dies(EmailMessage, 'send', 1)",
    "between two mails": "dies(EmailMessage, 'send', 2)",
}


@pytest.fixture(params=VENDORS)
def deployed(request: Any, tmp_path: Path) -> Iterator[Deployment]:
    with deployment(request.param, tmp_path) as made:
        yield made.migrated()


def ticks(deployed: Deployment, *kills: str) -> list[int]:
    """Tick once for each, and be killed where it says; the exit status of each."""
    whole = f"import django\ndjango.setup()\n{TICK}"
    done = subprocess.run(
        [sys.executable, "-c", whole, AT, *kills], env=deployed.environment(), capture_output=True, text=True, check=True, timeout=300
    )
    return [int(said) for said in done.stdout.split()]


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
    assert ticks(deployed, *KILLS.values(), "") == [-9] * len(KILLS) + [0]
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
    assert ticks(deployed, "") == [0]
    assert state(deployed) == killed


def test_a_holiday_notice_killed_anywhere_moves_every_row_once_and_says_so(deployed: Deployment) -> None:
    deployed.runs(FILLED)
    days = "".join(f"    - {{day: 2026-11-{day}, works: false, label: {{en: snow, zh: 雪}}, source: 通知}}\n" for day in range(19, 25))
    (deployed.data / "rulebook" / "calendars").mkdir(parents=True)
    written = f"national:\n  label: {{en: Own, zh: 本局}}\n  days:\n{days}"
    (deployed.data / "rulebook" / "calendars" / "national.yaml").write_text(written, encoding="utf-8")
    with deployed.cursor() as cursor:
        cursor.execute("select distinct due_on from ledgers_ledgerrow")
        ((before,),) = cursor.fetchall()
    assert ticks(deployed, *list(KILLS.values())[:4], "", "") == [-9, -9, -9, -9, 0, 0]
    with deployed.cursor() as cursor:
        cursor.execute("select distinct due_on, events from ledgers_ledgerrow")
        ((after, events),) = cursor.fetchall()
        cursor.execute("select number, kind, note, count(*) from ledgers_rowevent where number > 1 group by number, kind, note")
        ((number, kind, note, rows),) = cursor.fetchall()
        cursor.execute("select count(*) from ledgers_notice where kind = 'moved'")
        assert cursor.fetchone() == (60,)  # two officers hear of each
    assert (events, number, kind, rows) == (2, 2, "noted", 30)
    assert after != before and str(after) in note and str(before) in note and ("雪" in note or "snow" in note)


def test_two_ticks_at_once_double_nothing(deployed: Deployment) -> None:
    deployed.runs(FILLED)
    whole = f"import django\ndjango.setup()\n{TICK}"
    both = [subprocess.Popen([sys.executable, "-c", whole, AT, ""], env=deployed.environment()) for _ in range(2)]
    assert [one.wait(120) for one in both] == [0, 0]
    assert ticks(deployed, "") == [0]
    found = state(deployed)
    assert len(found["notices"]) == len(set(found["notices"])) > 30
    assert {said for _key, said in found["messages"]} == {"sent"} and set(found["mails"].values()) == {1}


def test_the_command_says_what_it_did_in_the_deployments_language(deployed: Deployment) -> None:
    deployed.runs(FILLED)
    assert "30 rows looked at" in deployed.says("tick", "--at", AT)
    assert "0 rows looked at: 0 became late, 0 due days moved; 0 notices; 0 messages written" in deployed.says("tick", "--at", AT)
    deployed.more["JIAOHENG_LANGUAGE"] = "zh-hans"
    assert "查看0条记录：0条新超期，0个到期日调整；0条提醒；写好消息0条" in deployed.says("tick", "--at", AT)
