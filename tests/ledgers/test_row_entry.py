"""Entering rows: what is stored, where it belongs, and that the same submission twice is one row."""

from collections.abc import Callable

import pytest

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.trail import TrailLine, verify
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.published_ledger import published_ledgers, withdraw
from jiaoheng.ledgers.row_entry import add_row
from jiaoheng.ledgers.row_event import NotEdited
from tests.ledgers.conftest import AT, hazard


def test_a_row_is_stored_with_its_first_event_its_school_and_its_clock(stored: Callable[..., LedgerRow]) -> None:
    row = stored()
    row.refresh_from_db()
    assert (row.organisation.code, row.state, row.events, str(row.opened_on)) == ("1001", "found", 1, "2026-11-18")
    assert (row.clock, str(row.due_on)) == ("grade", "2026-11-19")
    assert row.answers["hazard"]["grade"] == "ordinary" and row.mark_2 == "fire"
    event = row.happened.get()
    assert (event.kind, event.fields["grade"], str(event.on)) == ("registered", "ordinary", "2026-11-18")
    assert TrailLine.objects.filter(object_type="ledgers.LedgerRow").count() == 1 and verify() == []


def test_the_same_instance_five_times_is_one_row(stored: Callable[..., LedgerRow]) -> None:
    assert len({stored().pk for _time in range(5)}) == 1
    assert LedgerRow.objects.count() == 1


def test_a_clerk_enters_for_the_own_school_only(person: Callable[..., Account]) -> None:
    ledger = published_ledgers()["hazards"]
    with pytest.raises(Refused, match="1001"):
        add_row(ledger.version, hazard(), by=person("clerk", "1002"), at=AT, process="hazard")
    row, made = add_row(ledger.version, hazard(), by=person("clerk", "1001"), at=AT, process="hazard")
    assert made and row.organisation.code == "1001"


def test_auditors_do_not_enter(person: Callable[..., Account]) -> None:
    with pytest.raises(Refused):
        add_row(published_ledgers()["hazards"].version, hazard(), by=person("auditor"), at=AT, process="hazard")


def test_a_withdrawn_version_takes_nothing(person: Callable[..., Account]) -> None:
    version, checked = published_ledgers()["hazards"].version, hazard()
    withdraw(version, by=person("officer"), reason="wrong questions")
    with pytest.raises(Refused):
        add_row(version, checked, by=person("officer"), at=AT, process="hazard")
    assert "hazards" not in published_ledgers()


def test_events_are_neither_edited_nor_taken_away(stored: Callable[..., LedgerRow]) -> None:
    event = stored().happened.get()
    event.note = "otherwise"
    with pytest.raises(NotEdited):
        event.save()
    with pytest.raises(NotEdited):
        event.delete()
