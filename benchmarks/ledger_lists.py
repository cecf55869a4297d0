"""Lists of a ledger with very many rows: seconds at the database, and a submission's cost.

    python tools/with_postgres.py -- python benchmarks/ledger_lists.py [ROWS]

Rows are made by the database; the measured queries are the program's own (`ledgers.row_list`). Run on an empty database.
"""

# ruff: noqa: E402  Django is set up before its models are imported

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from typing import Any

folder = tempfile.TemporaryDirectory(prefix="jiaoheng-lists-")
os.environ["JIAOHENG_DATA"] = folder.name
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiaoheng.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from jiaoheng.access.account import Account
from jiaoheng.ledgers.form_submission import check_answers
from jiaoheng.ledgers.ledger_row import Source
from jiaoheng.ledgers.published_ledger import process_marks, published_ledgers
from jiaoheng.ledgers.row_entry import add_row, add_rows, new_row
from jiaoheng.ledgers.row_list import Asked, count_up_to, counts_by_state, desk_rows, rows_of_ledger
from jiaoheng.organisations.organisation import Organisation

SCHOOLS = 300
TODAY = date(2026, 11, 22)


def main(rows: int) -> None:
    if connection.vendor != "postgresql":
        print("This is of PostgreSQL: python tools/with_postgres.py -- python benchmarks/ledger_lists.py")
        return
    call_command("migrate", verbosity=0)
    officer, clerk = _people()
    ledger = published_ledgers()["hazards"]
    _fill(ledger.version.pk, rows)
    place = Organisation.objects.get(code="s7")
    found: dict[str, float] = {}
    lists = {
        "state and kind, newest first": Asked(state="graded", marks={"mark_2": "fire"}),
        "state and dates, due first": Asked(state="rectified", opened_from=date(2026, 1, 1), sort="due_on"),
        "late and kind, due first": Asked(late=True, marks={"mark_1": "routine"}, sort="due_on"),
        "school and state, newest first": Asked(organisation=place, state="closed"),
        "text and state, newest first": Asked(text="12345", state="closed"),
        "text that is nowhere": Asked(text="没有这样的事", state="graded"),
    }
    for who, account in (("officer", officer), ("clerk", clerk)):
        for name, asked in lists.items():
            if asked.organisation and who == "clerk":
                continue
            listed = rows_of_ledger(account, "hazards", asked, today=TODAY)
            found[f"{who}: {name}"] = _median(lambda listed=listed: list(listed[:50]))
            found[f"{who}: {name}, counted"] = _median(lambda listed=listed: count_up_to(listed))
        found[f"{who}: counts by state"] = _median(lambda account=account: counts_by_state(account, "hazards"))
        found[f"{who}: my desk"] = _median(lambda account=account: list(desk_rows(account)))
    found |= _entering(ledger, officer)
    for name, seconds in found.items():
        print(f"{name:60} {seconds * 1000:9.1f} ms" if seconds < 10 else f"{name:60} {seconds:9.1f}")
    print(json.dumps(found, ensure_ascii=False))


def _people() -> tuple[Account, Account]:
    top = Organisation.objects.create(code="320999", name_zh="示例区教育局", kind="bureau", path="320999")
    Organisation.objects.bulk_create(
        Organisation(code=f"s{n}", name_zh=f"示例{n}小学", kind="school", parent=top, path=f"320999/s{n}") for n in range(SCHOOLS)
    )
    officer = Account.objects.create(username="officer", role="officer", organisation=top)
    clerk = Account.objects.create(username="clerk", role="clerk", organisation=Organisation.objects.get(code="s7"))
    return officer, clerk


def _fill(version: int, rows: int) -> None:
    """Nine rows of ten are closed; the rest stand in three states, a third of them late."""
    first = Organisation.objects.get(code="s0").pk
    with connection.cursor() as cursor:
        cursor.execute(
            """insert into ledgers_ledgerrow (version_id, ledger, instance_id, organisation_id, process, state, title, answers, opened_on,
                 due_on, also_due, clock, counted_by, closed_on, on_time, events, mark_1, mark_2, mark_3, source, entered_at)
               select %s, 'hazards', 'uuid:' || n, %s + (n * 7) %% %s, 'hazard', state, '示例 教学楼' || n || '室', '{"finding": {}}',
                 date '2026-11-22' - (n %% 1500), case when state <> 'closed' then date '2026-11-22' + (n %% 45) - 15 end, '', '', %s,
                 case when state = 'closed' then date '2026-11-22' - (n %% 1500) + 20 end, case when state = 'closed' then n %% 9 <> 0 end,
                 2, (array['routine','special','joint','report'])[1 + n %% 4],
                 (array['fire','building','traffic','canteen'])[1 + (n/4) %% 4],
                 '', 'web', now()
               from (select n, case when n %% 10 <> 0 then 'closed' else (array['found','graded','rectified'])[1 + (n / 10) %% 3] end state
                     from generate_series(1, %s) n) rows""",
            [version, first, SCHOOLS, process_marks()["hazard"], rows],
        )
        cursor.execute("analyze ledgers_ledgerrow")


def _median(run: Callable[[], Any], times: int = 7) -> float:
    taken = []
    for _time in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _entering(ledger: Any, officer: Account) -> dict[str, float]:
    form, now = ledger.form, timezone.now()

    def checked(number: int) -> Any:
        return check_answers(
            form,
            {
                "school": "示例7小学", "found_on": "2026-11-18", "finder": "周宁", "method": "routine", "category": "fire", "kind": "exit",
                "place": f"教学楼{number}", "description": "疏散通道堆放桌椅", "grade": "ordinary", "rectifier": "吴江",
                "meta": {"instanceID": f"uuid:new-{number}"},
            },
            now=now.replace(tzinfo=None),
        )  # fmt: skip

    start = time.perf_counter()
    for number in range(300):
        add_row(ledger.version, checked(number), by=officer, at=now, process="hazard", source=Source.PHONE)
    each = (time.perf_counter() - start) / 300
    start = time.perf_counter()
    place = Organisation.objects.get(code="s7")
    made = [
        new_row(ledger.version, checked(number), by=officer, at=now, process="hazard", source=Source.WORKBOOK, organisation=place)
        for number in range(1000, 6000)
    ]
    add_rows(made, by=officer, reason="benchmark")
    return {"one submission": each, "100,000 imported (from 5,000), seconds": (time.perf_counter() - start) * 20}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
