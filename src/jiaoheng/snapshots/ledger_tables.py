"""Ledger tables: where the rows of every ledger stand, as a snapshot holds them.

Changes when what is frozen of ledgers changes. No answer is frozen: forms ask for names and telephones, and a snapshot holds neither.
"""

from datetime import date
from typing import Any

import pyarrow as pa
from django.db.models import F

from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.published_ledger import ledger_processes
from jiaoheng.organisations.school_year import SchoolYear

__all__ = ["ledger_rows"]

_COLUMNS = ("ledger", "pk", "process", "state", "opened_on", "due_on", "closed_on", "on_time", "merged_into_id")


def ledger_rows(day: date) -> pa.Table:
    """Every row opened by the day. One that ended later has not ended yet; its state and judgement are the present ones."""
    ends = {(name, state): rule.end or "" for name, process in ledger_processes().items() for state, rule in process.states.items()}
    columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}
    years: dict[date, str] = {}
    found = LedgerRow.objects.filter(opened_on__lte=day).order_by().annotate(code=F("organisation__code"))
    for row in found.values("code", *_COLUMNS).iterator(chunk_size=5000):
        opened, closed = row["opened_on"], row["closed_on"]
        over = closed is not None and closed <= day
        overdue = not over and row["due_on"] is not None and row["due_on"] < day
        ended = "merged" if row["merged_into_id"] else ends.get((row["process"], row["state"]), "") or "closed"
        values = {
            "organisation": row["code"], "school_year": years.get(opened) or years.setdefault(opened, str(SchoolYear.of(opened))),
            "stage": "", "ledger": row["ledger"], "row": str(row["pk"]), "process": row["process"], "state": row["state"],
            "opened_on": opened, "due_on": None if over else row["due_on"], "closed_on": closed if over else None,
            "ended": ended if over else "", "clocked": bool(row["process"]), "overdue": overdue,
            "judged": overdue or row["on_time"] is False or (over and row["on_time"] is not None),
            "on_time": over and row["on_time"] is True,
        }  # fmt: skip
        for name, cells in columns.items():
            cells.append(values[name])
    return pa.table(columns, schema=_SCHEMA)


_TYPES: dict[str, Any] = {
    **dict.fromkeys(("organisation", "school_year", "stage", "ledger", "row", "process", "state"), pa.string()),
    **dict.fromkeys(("opened_on", "due_on", "closed_on"), pa.date32()),
    "ended": pa.string(),
    **dict.fromkeys(("clocked", "overdue", "judged", "on_time"), pa.bool_()),
}
_SCHEMA = pa.schema(list(_TYPES.items()))
