"""What the scheduler costs where 100,000 clocks run: a day like any other, a day on which something is said of every row, a holiday notice.

    python benchmarks/ledger_clocks.py [ROWS]
    python tools/with_postgres.py -- python benchmarks/ledger_clocks.py [ROWS]

Requests for information (20 working days) of 300 schools, received over three weeks: a fifth waits to be handed on, so that two clocks
run in it; a tenth was held by a pause, a tenth was given more time. The notice takes a week of the coming working days off: every due
day moves, every row gets an event that says why, and whoever has it is told. Seconds of CPU are the program's, and those of the server's
process for it; either database is made for the run. Ends with status 1 where a tick takes more than 10 seconds of CPU, or where a row's
due day moved and no event says so.
"""

# ruff: noqa: E402  Django is set up before its models are imported

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

folder = tempfile.TemporaryDirectory(prefix="jiaoheng-clocks-")
os.environ["JIAOHENG_DATA"] = folder.name
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiaoheng.command_settings")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from measuring import server_cpu

from jiaoheng.access.account import Account
from jiaoheng.access.bulk_insert import insert_models
from jiaoheng.ledgers.clock import OFFICE_ZONE
from jiaoheng.ledgers.events import Event, Kind, replay
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.notice import Notice
from jiaoheng.ledgers.published_ledger import published_ledgers, rulebook_held
from jiaoheng.ledgers.row_event import RowEvent, stored_event
from jiaoheng.ledgers.standing import settle
from jiaoheng.ledgers.ticking import Ticked, tick_rows
from jiaoheng.organisations.organisation import Organisation

SCHOOLS, MOST_SECONDS = 300, 10.0
TODAY = date(2026, 11, 20)
MORNING = datetime(2026, 11, 20, 1, tzinfo=UTC)
NOTICE = "national:\n  label: {en: National, zh: 全国}\n  days:\n" + "".join(
    f"    - {{day: 2026-11-{day}, works: false, label: {{en: snow, zh: 雪灾停课}}, source: 市政府办公室通知}}\n" for day in range(23, 28)
)


def main(rows: int) -> int:
    call_command("migrate", verbosity=0)
    _people()
    _fill(rows)
    over = False
    for words, moment in (("first tick: reminders that are due", MORNING), ("the same day once more", MORNING + timedelta(hours=1))):
        over |= _ticked(words, moment).seconds > MOST_SECONDS
    before = dict(LedgerRow.objects.values_list("pk", "due_on"))
    _arrives()
    notice = _ticked("a holiday notice: every due day moves", MORNING + timedelta(hours=2))
    moved = [key for key, due in LedgerRow.objects.values_list("pk", "due_on") if due != before[key]]
    said = set(RowEvent.objects.filter(kind="noted", row__events=F("number")).values_list("row", flat=True))
    over |= notice.seconds > MOST_SECONDS or set(moved) != said or notice.moved < len(moved)
    over |= _ticked("the same day once more", MORNING + timedelta(hours=3)).seconds > MOST_SECONDS
    over |= _ticked("the week after: reminders and what is late", MORNING + timedelta(days=10)).seconds > MOST_SECONDS
    print(f"{len(moved):,} due days moved, {len(said):,} events say so; {Notice.objects.count():,} notices; peak {_peak_mb():,.0f} MB")
    return int(over)


class _Measured(Ticked):
    seconds: float = 0.0


def _ticked(words: str, moment: datetime) -> _Measured:
    began, own, served = time.perf_counter(), _cpu(), server_cpu()
    ticked = tick_rows(moment)
    wall, own, served = time.perf_counter() - began, _cpu() - own, server_cpu() - served
    print(
        f"{connection.vendor:10} {words:40} {wall:6.2f} s; CPU {own:6.2f} + {served:5.2f} s; looked at {ticked.looked:,}, "
        f"moved {ticked.moved:,}, late {ticked.became_late:,}, notices {ticked.notices:,}",
        flush=True,
    )
    measured = _Measured(**vars(ticked))
    measured.seconds = own + served
    return measured


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _people() -> None:
    top = Organisation.objects.create(code="320999", name_zh="示例区教育局", kind="bureau", path="320999")
    Organisation.objects.bulk_create(
        Organisation(code=f"s{n}", name_zh=f"示例{n}小学", kind="school", parent=top, path=f"320999/s{n}") for n in range(SCHOOLS)
    )
    for role in ("officer", "leader"):
        for n in range(3):
            Account.objects.create(username=f"{role}{n}", role=role, organisation=top, email=f"{role}{n}@example.org")
    Account.objects.bulk_create(
        Account(username=f"clerk{place.pk}", role="clerk", organisation=place) for place in Organisation.objects.filter(kind="school")
    )


def _fill(rows: int) -> None:
    ledger = published_ledgers()["disclosure_requests"]
    process = ledger.processes["disclosure_request"]
    places = list(Organisation.objects.filter(kind="school").order_by("pk"))
    holders = list(Account.objects.filter(role="officer").order_by("pk"))
    with rulebook_held(), transaction.atomic():
        for start in range(0, rows, 5_000):
            made, happened = list[LedgerRow](), list[list[Event]]()
            for number in range(start, min(rows, start + 5_000)):
                events = list(_events(number))
                row = LedgerRow(
                    version=ledger.version, ledger=ledger.name, instance_id=f"uuid:{number}", organisation=places[number * 7 % SCHOOLS],
                    process="disclosure_request", title=f"申请{number}", holder=holders[number % 3], opened_on=events[0].on,
                )  # fmt: skip
                settle(row, replay(process, events), TODAY)
                made.append(row)
                happened.append(events)
            insert_models(made)
            insert_models(
                [stored_event(row, one, account=None, origin="") for row, events in zip(made, happened, strict=True) for one in events]
            )


def _events(number: int) -> Iterator[Event]:
    """What happened to a request, by its number."""
    waits = number % 5 == 0
    opened = date(2026, 11, 12 + number % 9) if waits else date(2026, 11, 1 + number % 19)
    said: list[tuple[Kind, date, dict[str, str]]] = [("registered", opened, {"to": "received"})]
    if not waits:
        said.append(("moved", opened + timedelta(days=1), {"to": "assigned"}))
    if number % 10 == 1:
        said.append(("paused", min(opened + timedelta(days=2), TODAY), {"pause": "third_party"}))
        said.append(("resumed", min(opened + timedelta(days=3 + number // 10 % 5), TODAY), {}))
    if number % 10 == 3:
        said.append(("extension_asked", min(opened + timedelta(days=2), TODAY), {"clock": "reply"}))
        said.append(("extension_granted", min(opened + timedelta(days=3), TODAY), {"clock": "reply"}))
    for at, (kind, on, more) in enumerate(said, 1):
        recorded = datetime(on.year, on.month, on.day, 10, number % 60, number // 60 % 60, tzinfo=OFFICE_ZONE)
        days = 20 if kind.startswith("extension") else None
        yield Event(at, kind, on, recorded, f"officer{number % 3}", days=days, **more)


def _arrives() -> None:
    """The notice is written into the bureau's own rulebook."""
    assert settings.RULEBOOK_OVERLAY is not None
    calendars = settings.RULEBOOK_OVERLAY / "calendars"
    calendars.mkdir(parents=True, exist_ok=True)
    (calendars / "national.yaml").write_text(NOTICE, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
