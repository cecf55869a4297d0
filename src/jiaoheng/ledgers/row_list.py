"""Row list: the rows of a ledger that an account may see, filtered and sorted by the database; how many stand where; my desk.

Changes when lists can be filtered or sorted in another way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from jiaoheng.access.account import Account, may_read_persons
from jiaoheng.ledgers.duty import actors_of
from jiaoheng.ledgers.ledger_row import MARKS, LedgerRow
from jiaoheng.ledgers.process import Process
from jiaoheng.ledgers.published_ledger import ledger_processes
from jiaoheng.ledgers.sealed_word import rows_with
from jiaoheng.organisations.organisation import Organisation

__all__ = ["COUNTED_AT_MOST", "SORTS", "Asked", "count_up_to", "counts_by_state", "desk_rows", "rows_in_scope", "rows_of_ledger"]

COUNTED_AT_MOST = 2_000
"""A list says «more than» beyond this: nobody pages further, and counting a million rows would be what makes the page slow."""

_FEW = 400
"""So many organisations are named one by one, which lets the database walk its index; more are left to the subtree's path."""

SORTS = ("-opened_on", "opened_on", "due_on", "-due_on")


@dataclass(frozen=True)
class Asked:
    """What a list is asked for. `late`: overdue now; `was_late`: judged late; `open_only`: nothing ended; `marks`: answers by column."""

    state: str = ""
    late: bool = False
    was_late: bool = False
    open_only: bool = False
    organisation: Organisation | None = None
    opened_from: date | None = None
    opened_until: date | None = None
    due_until: date | None = None
    text: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    sort: str = "-opened_on"


def rows_in_scope(account: Account, below: Organisation | None = None) -> "QuerySet[LedgerRow, LedgerRow]":
    """Every row the account may see, of one part of the tree where it is given."""
    own = account.organisation
    if own is None or not account.is_active:
        return LedgerRow.objects.none()
    where = below if below is not None and account.covers(below.path) else own
    places = where.subtree
    if own.parent_id is None and where.pk == own.pk:
        return LedgerRow.objects.all()  # the root of the tree: every row is below it
    few = list(places.values_list("pk", flat=True)[: _FEW + 1])
    return LedgerRow.objects.filter(organisation__in=few if len(few) <= _FEW else places)


def rows_of_ledger(account: Account, ledger: str, asked: Asked, *, today: date) -> "QuerySet[LedgerRow, LedgerRow]":
    """The rows asked for, in the order asked for."""
    rows = rows_in_scope(account, asked.organisation).filter(ledger=ledger)
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.late:
        rows = rows.filter(due_on__lt=today, closed_on=None)
    if asked.was_late:
        rows = rows.filter(on_time=False)
    if asked.open_only:
        rows = rows.filter(closed_on=None)
    if asked.opened_from:
        rows = rows.filter(opened_on__gte=asked.opened_from)
    if asked.opened_until:
        rows = rows.filter(opened_on__lte=asked.opened_until)
    if asked.due_until:
        rows = rows.filter(due_on__lte=asked.due_until)
    for mark, value in asked.marks.items():
        if mark in MARKS and value:
            rows = rows.filter(**{mark: value})
    for word in asked.text.split()[:5]:
        rows = rows.filter(_says(word, sealed=may_read_persons(account)))
    sort = asked.sort if asked.sort in SORTS else SORTS[0]
    if sort == "due_on":
        return rows.order_by(F("due_on").asc(nulls_last=True), "-pk")
    if sort == "-due_on":
        return rows.order_by(F("due_on").desc(nulls_last=True), "-pk")
    return rows.order_by(sort, "-pk" if sort.startswith("-") else "pk")


def _says(word: str, *, sealed: bool) -> Q:
    """In the title, in the organisation's name, the row's own number, or the whole of a short sealed answer. Names and sealed words are
    looked up first, so that one index can be walked."""
    places = Organisation.objects.filter(Q(name_zh__icontains=word) | Q(name_en__icontains=word)).values_list("pk", flat=True)[:_FEW]
    found = Q(title__icontains=word)
    if named := list(places):
        found |= Q(organisation__in=named)
    if sealed and (found_by_it := list(rows_with([word]).values_list("row", flat=True)[:_FEW])):
        found |= Q(pk__in=found_by_it)
    number = word.removeprefix("#")
    return found | Q(pk=int(number)) if number.isascii() and number.isdigit() and len(number) < 18 else found


def count_up_to(rows: "QuerySet[LedgerRow, LedgerRow]", most: int = COUNTED_AT_MOST) -> tuple[int, bool]:
    """How many rows, and whether that is all of them."""
    counted = rows.order_by()[: most + 1].count()
    return min(counted, most), counted <= most


def counts_by_state(account: Account, ledger: str, below: Organisation | None = None) -> dict[str, int]:
    """Rows by state, of everything the account may see."""
    found = rows_in_scope(account, below).filter(ledger=ledger).order_by().values_list("state").annotate(Count("pk"))
    return dict(found)


def desk_rows(account: Account, *, at_most: int = 200) -> "QuerySet[LedgerRow, LedgerRow]":
    """My desk: open rows in states where this account may act, or that were handed to it, the most urgent first."""
    mine = _states_of(account, ledger_processes())
    waits = Q(holder=account.pk)
    for process, states in mine.items():
        waits |= Q(process=process, state__in=states, holder=None)
    rows = rows_in_scope(account).filter(waits, closed_on=None)
    return rows.order_by(F("due_on").asc(nulls_last=True), "pk").select_related("organisation", "version")[:at_most]


def _states_of(account: Account, processes: Mapping[str, Process]) -> dict[str, list[str]]:
    """States by process in which the account may act."""
    found: dict[str, list[str]] = {}
    actors: Mapping[str, Any] = actors_of(account, processes)
    for name, process in processes.items():
        for state, rule in process.states.items():
            acts = {actor for to in rule.next for actor in process.who_acts(state, to)} | set(rule.acts)
            if rule.end is None and acts & actors[name].acts_as:
                found.setdefault(name, []).append(state)
    return found
