"""A year of rows in every ledger: entered and moved on by the ledgers' own road."""

from collections.abc import Callable
from datetime import date

import pytest

from jiaoheng.access.account import Account
from jiaoheng.access.trail import verify
from jiaoheng.ledgers.example_year import make_example_year
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.published_ledger import published_ledgers

UNTIL = date(2026, 11, 20)


@pytest.mark.slow
def test_every_ledger_has_a_year_of_rows_some_late(person: Callable[..., Account]) -> None:
    person("officer")
    made = make_example_year(UNTIL)
    names = set(published_ledgers())
    rows = LedgerRow.objects.all()
    assert made == rows.count() and set(rows.values_list("ledger", flat=True)) == names
    assert rows.filter(opened_on__gt=UNTIL).count() == 0 and rows.exclude(closed_on=None).exists()
    assert rows.filter(on_time=False).exists() and rows.filter(on_time=True).exists()
    assert rows.filter(due_on__lt=UNTIL, closed_on=None).exists()
    assert verify() == []
    assert make_example_year(UNTIL) == 0  # what has rows is left alone
