"""Duplicates: merged with the old row kept, and put back exactly as they were."""

from datetime import date
from typing import Any

import pytest

from jiaoheng.access.account import Refused
from jiaoheng.registers.duplicate import likely_duplicates, merge, undo
from jiaoheng.registers.enrolment import Enrolment, active, enrol, roster, withdraw
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition, note_condition
from tests.registers.district import AUTUMN, District, district

pytestmark = pytest.mark.django_db


def twice(d: District) -> tuple[Pupil, Pupil]:
    """One child in two rows: the first with an earlier stay at one school, the second on the books of another, without its number."""
    first = d.enrolled("张小禾")
    withdraw(first, on=date(2026, 1, 5), kind="departure", change=d.approved)
    second = d.pupil("张小禾", identity_number=None, keeper=d.river)
    enrol(second, d.river, grade="1", on=date(2026, 2, 20), kind="arrival", change=d.by())
    note_condition(second, "boarder", since=AUTUMN, change=d.by())
    return first.pupil, second


def state() -> list[Any]:
    return [
        list(model._base_manager.order_by("pk").values_list(*fields))
        for model, fields in ((Enrolment, ("pk", "pupil")), (PupilCondition, ("pk", "pupil")), (Pupil, ("pk", "merged_into", "keeper")))
    ]


def test_a_merge_moves_the_rows_keeps_the_old_one_and_is_undone_exactly() -> None:
    d = district()
    kept, duplicate = twice(d)
    before = state()
    merged = merge(kept, duplicate, change=d.by())
    assert Enrolment.objects.filter(pupil=kept).count() == 2
    assert PupilCondition.objects.get().pupil == kept
    duplicate.refresh_from_db()
    assert duplicate.merged_into == kept
    stay = active(kept)
    assert stay is not None and stay.school == d.river
    undo(merged, change=d.by())
    assert state() == before
    with pytest.raises(Refused, match="already"):
        undo(merged, change=d.by())
    assert merge(kept, duplicate, change=d.by()).pk


def test_likely_duplicates_are_offered_in_scope_only() -> None:
    d = district()
    kept, duplicate = twice(d)
    d.pupil("李明")
    d.pupil("李明")  # same name and birth date, two identity numbers: two children
    assert likely_duplicates(d.officer) == [[kept, duplicate]]
    assert likely_duplicates(d.sunny_clerk) == []
    merge(kept, duplicate, change=d.by())
    assert likely_duplicates(d.officer) == []


def test_what_contradicts_itself_is_not_merged() -> None:
    d = district()
    kept, duplicate = twice(d)
    other = d.enrolled("张小禾", identity_number=None)
    with pytest.raises(Refused, match="Both are on the books"):
        merge(duplicate, other.pupil, change=d.by())
    with pytest.raises(Refused, match="different identity numbers"):
        merge(kept, d.pupil("张小禾"), change=d.by())
    with pytest.raises(Refused, match="same row"):
        merge(kept, kept, change=d.by())
    merge(kept, duplicate, change=d.by())
    with pytest.raises(Refused, match="merged already"):
        merge(duplicate, d.pupil("张小禾", identity_number=None), change=d.by())
    with pytest.raises(Refused, match="duplicate of another"):
        enrol(Pupil.objects.get(pk=duplicate.pk), d.sunny, grade="1", on=date(2026, 9, 1), change=d.by())


def test_a_merge_outside_the_scope_leaves_nothing_behind() -> None:
    d = district()
    kept, duplicate = twice(d)
    before = state()
    with pytest.raises(Refused, match="scope"):
        merge(kept, duplicate, change=d.by(d.river_clerk))
    assert state() == before
    assert roster(d.river, on=date(2026, 3, 1)).count() == 1
