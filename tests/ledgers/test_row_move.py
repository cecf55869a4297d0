"""Doing something with rows: moves, two at once, more time, handing over, correcting, merging, many at once."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from jiaoheng.access.account import Account, Refused
from jiaoheng.ledgers.attachment import content_of, keep_file
from jiaoheng.ledgers.duty import Duty
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.row_list import desk_rows
from jiaoheng.ledgers.row_move import Act, act, act_on_all, correct, preview_all
from tests.ledgers.conftest import AT, hazard

DAY = date(2026, 11, 20)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def test_a_hazard_goes_its_way_and_is_judged(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    row = stored()
    row = act(row.pk, Act("moved", DAY, "graded"), by=person("officer"), seen=1, at=AT)
    assert (row.state, row.clock, str(row.due_on), row.on_time) == ("graded", "rectify_ordinary", "2026-12-05", False)
    done = Act("moved", DAY, "rectified", fields={"measure": "清理", "done_on": "2026-11-20"})
    row = act(row.pk, done, by=person("clerk", "1001"), seen=2, at=AT, files=[keep_file(PNG, "after.png", account=person("officer"))])
    row = act(row.pk, Act("moved", DAY, "closed", fields={"recheck_result": "合格"}), by=person("officer"), seen=3, at=AT)
    assert (row.state, row.due_on, row.closed_on, row.on_time) == ("closed", None, DAY, False)  # graded a day late
    file = row.attachments.get()
    assert file.event.number == 3  # type: ignore[union-attr]
    kept = [one for one in Path(settings.DATA).rglob("attachments/*/*") if one.is_file()]
    assert [one.name for one in kept] == [file.sha256] and PNG[:8] not in kept[0].read_bytes()
    with file.opened() as content:
        assert content.read() == PNG == content_of(file.sha256)


def test_what_must_be_filled_is_said(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    row = act(stored().pk, Act("moved", DAY, "graded"), by=person("officer"), seen=1, at=AT)
    with pytest.raises(Refused, match="整改措施"):
        act(row.pk, Act("moved", DAY, "rectified"), by=person("clerk", "1001"), seen=2, at=AT)
    with pytest.raises(Refused):
        act(row.pk, Act("moved", DAY, "rectified", fields={"measure": "x", "done_on": "y"}), by=person("officer"), seen=2, at=AT)


def test_of_two_who_move_one_row_the_second_is_told(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    row = stored()
    act(row.pk, Act("moved", DAY, "graded"), by=person("officer"), seen=1, at=AT)
    with pytest.raises(Refused, match="officer-320999"):
        act(row.pk, Act("moved", DAY, "no_hazard", fields={"closing_reason": "x"}), by=person("officer"), seen=1, at=AT)
    row.refresh_from_db()
    assert (row.state, row.events) == ("graded", 2)


def test_who_is_named_acts_and_others_of_the_role_do_not(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    row = stored()
    other = Account.objects.create(username="other", role="officer", organisation=person("officer").organisation)
    Duty.objects.create(account=other, process="hazard", actor="safety_office")
    Duty.objects.create(account=other, process="hazard", actor="school")
    with pytest.raises(Refused):
        act(row.pk, Act("moved", DAY, "graded"), by=person("officer"), seen=1, at=AT)
    assert act(row.pk, Act("moved", DAY, "graded"), by=other, seen=1, at=AT).state == "graded"


def test_more_time_is_asked_for_and_granted(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    row = act(stored().pk, Act("moved", DAY, "graded"), by=person("officer"), seen=1, at=AT)
    asks = Act("extension_asked", DAY, clock="rectify_ordinary", days=10, fields={"deferral_reason": "待购材料"})
    row = act(row.pk, asks, by=person("clerk", "1001"), seen=2, at=AT)
    row = act(row.pk, Act("extension_granted", DAY, clock="rectify_ordinary", days=10), by=person("officer"), seen=3, at=AT)
    assert row.due_on == date(2026, 12, 15)


def test_a_row_that_was_handed_over_lies_on_that_desk(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    row = stored()
    assert [one.pk for one in desk_rows(person("officer"))] == [row.pk]
    assert [one.pk for one in desk_rows(person("clerk", "1001"))] == [row.pk]
    assert list(desk_rows(person("clerk", "1002"))) == []
    row = act(row.pk, Act("reassigned", DAY, "leader-320999" if person("leader") else ""), by=person("officer"), seen=1, at=AT)
    assert [one.pk for one in desk_rows(person("leader"))] == [row.pk]
    assert list(desk_rows(person("officer"))) == []
    assert act(row.pk, Act("moved", DAY, "graded"), by=person("leader"), seen=2, at=AT).holder is None


def test_a_correction_keeps_what_stood_before(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    row = stored()
    with pytest.raises(Refused):
        correct(row.pk, hazard(grade="major", guards="tape"), by=person("officer"), seen=1, at=AT, note=" ")
    row = correct(row.pk, hazard(grade="major", guards="tape"), by=person("officer"), seen=1, at=AT, note="复核")
    event = row.happened.get(number=2)
    assert event.before["answers"]["hazard"]["grade"] == "ordinary"
    assert event.fields["grade"] == "major" and row.answers["hazard"]["grade"] == "major"
    row = act(row.pk, Act("moved", DAY, "graded"), by=person("officer"), seen=2, at=AT)
    assert row.clock == "report_major"  # the corrected grade is the one that counts


def test_duplicates_are_merged_and_rows_linked(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    first, second = stored("uuid:1"), stored("uuid:2")
    with pytest.raises(Refused):
        act(second.pk, Act("merged", DAY, str(second.pk)), by=person("officer"), seen=1, at=AT)
    second = act(second.pk, Act("merged", DAY, str(first.pk)), by=person("officer"), seen=1, at=AT)
    assert (second.merged_into, second.closed_on, second.on_time) == (first, DAY, None)
    second = act(second.pk, Act("linked", DAY, str(first.pk)), by=person("officer"), seen=2, at=AT)
    assert second.events == 3


def test_many_rows_are_previewed_then_moved_each_by_its_own_rule(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    rows = [stored(f"uuid:{number}") for number in range(3)]
    act(rows[2].pk, Act("moved", DAY, "graded"), by=person("officer"), seen=1, at=AT)
    what = Act("moved", DAY, "graded")
    previews = preview_all(list(LedgerRow.objects.order_by("pk")), what, by=person("officer"), at=AT)
    assert [bool(one.refused) for one in previews] == [False, False, True]
    moved, refused = act_on_all({row.pk: 1 for row in rows}, what, by=person("officer"), at=AT)
    assert (len(moved), [one.row.pk for one in refused]) == (2, [rows[2].pk])


def test_rows_outside_the_scope_cannot_be_moved(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    with pytest.raises(Refused):
        act(stored().pk, Act("moved", DAY, "graded"), by=person("clerk", "1002"), seen=1, at=AT)


def test_a_day_ahead_is_refused(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    with pytest.raises(Refused):
        act(stored().pk, Act("moved", DAY + timedelta(days=9), "graded"), by=person("officer"), seen=1, at=AT)
