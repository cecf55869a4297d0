"""What people write at moves stands in clear nowhere, is read by whoever may read the row, and what was written before is sealed."""

from collections.abc import Callable
from datetime import date
from importlib import import_module

import pytest
from django.apps import apps
from django.test import override_settings

from jiaoheng.access.account import Account
from jiaoheng.access.key_ring import add_key
from jiaoheng.access.key_rotation import rotate, under_other_keys
from jiaoheng.access.trail import verify
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.row_event import RowEvent
from jiaoheng.ledgers.row_move import Act, act, correct
from jiaoheng.ledgers.sealing import seal_kept_words
from jiaoheng.ledgers.standing import case_of, cases_of
from tests.ledgers.conftest import AT, hazard
from tests.ledgers.sealed import stands_somewhere

DAY = date(2026, 11, 20)
NOTE, MEASURE, WHY = "家长孟晓岚多次来电催办", "已约谈七年级学生闻人立群", "所附地点有误经电话核实"
WORDS = (NOTE, MEASURE, WHY)


@pytest.fixture
def moved(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> LedgerRow:
    """A hazard that was graded with a note, put right in words, and corrected for a reason."""
    row = act(stored().pk, Act("moved", DAY, "graded", NOTE), by=person("officer"), seen=1, at=AT)
    done = {"measure": MEASURE, "done_on": "2026-11-20"}
    row = act(row.pk, Act("moved", DAY, "rectified", fields=done), by=person("clerk", "1001"), seen=2, at=AT)
    return correct(row.pk, hazard(place="教学楼三楼"), by=person("officer"), seen=3, at=AT, note=WHY)


def read(row: LedgerRow) -> list[tuple[str, str]]:
    case = case_of(row)
    assert case is not None
    return [(event.note, event.fields.get("measure", "")) for event in case.events]


AS_WRITTEN = [("", ""), (NOTE, ""), ("", MEASURE), (WHY, "")]


def test_words_stand_nowhere_in_clear_and_are_read_with_the_row(moved: LedgerRow) -> None:
    assert stands_somewhere(*WORDS) == [] and verify() == []
    assert read(moved) == AS_WRITTEN
    event = moved.happened.get(number=3)
    assert event.fields == {"measure": "******", "done_on": "2026-11-20"}
    counted = cases_of([moved])[moved.pk]
    assert counted.fields["measure"] == "******" and counted.state == "rectified"


def test_a_field_that_was_written_at_an_earlier_move_counts_as_filled(moved: LedgerRow, person: Callable[..., Account]) -> None:
    row = act(moved.pk, Act("moved", DAY, "graded", fields={"recheck_result": "须重新整改"}), by=person("officer"), seen=4, at=AT)
    assert act(row.pk, Act("moved", DAY, "rectified"), by=person("clerk", "1001"), seen=5, at=AT).state == "rectified"


def test_rotation_seals_words_anew(moved: LedgerRow, person: Callable[..., Account]) -> None:
    add_key()
    assert under_other_keys() >= 3
    assert rotate(by=person("administrator"), reason="yearly").rows["ledgers_rowevent"] == 3
    assert under_other_keys() == 0 and read(moved) == AS_WRITTEN


def test_words_are_sealed_with_the_cipher_that_was_chosen(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    with override_settings(FIELD_CIPHER="sm4"):
        row = act(stored().pk, Act("moved", DAY, "graded", NOTE), by=person("officer"), seen=1, at=AT)
    words = row.happened.get(number=2).words
    assert words is not None and str(words.sealed).startswith("s1.") and read(row) == AS_WRITTEN[:2]


@pytest.fixture
def before(moved: LedgerRow) -> LedgerRow:
    """The row as it was kept before words were sealed, with a note by the clock; the trail is not rewritten, and quoted nothing."""
    for event in RowEvent.objects.filter(words__isnull=False):
        said = event.as_event
        RowEvent.objects.filter(pk=event.pk).update(note=said.note, fields=dict(said.fields), words=None)
    clock = {"row": moved, "number": 5, "kind": "noted", "on": DAY, "recorded_at": AT, "by": "时钟", "note": "期限改为12月7日"}
    RowEvent(**clock).save()
    LedgerRow.objects.filter(pk=moved.pk).update(events=5)
    assert sorted(stands_somewhere(*WORDS)) == sorted(WORDS)
    return LedgerRow.objects.get(pk=moved.pk)


def test_the_migration_seals_what_was_written_before(before: LedgerRow) -> None:
    import_module("jiaoheng.ledgers.migrations.0011_seal_kept_words").seal(apps, None)
    assert stands_somewhere(*WORDS) == []
    assert read(before) == [*AS_WRITTEN, ("期限改为12月7日", "")]
    assert before.happened.get(number=5).words is None  # the program's words tell of nobody


def test_sealing_that_was_stopped_goes_on(before: LedgerRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jiaoheng.ledgers.sealing._AT_ONCE", 1)
    real, calls = import_module("jiaoheng.ledgers.sealing")._sealed_words, []

    def stops(event: RowEvent, *known: object) -> bool:
        calls.append(event.pk)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return bool(real(event, *known))

    monkeypatch.setattr("jiaoheng.ledgers.sealing._sealed_words", stops)
    with pytest.raises(KeyboardInterrupt):
        seal_kept_words()
    first = before.happened.get(number=2).words
    assert first is not None and stands_somewhere(NOTE) == []
    assert seal_kept_words() == 2 and stands_somewhere(*WORDS) == []
    kept = before.happened.get(number=2).words
    assert kept is not None and kept.sealed == first.sealed
    assert seal_kept_words() == 0 and read(before)[:4] == AS_WRITTEN
