"""Changes: who and why stand with every one; two people with one row open lose nothing; nothing is half-stored."""

import json
from typing import Any

import pytest
from django.db import transaction

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change, altering, store_all
from jiaoheng.access.trail import TrailLine, verify
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition
from tests.registers.district import AUTUMN, district

pytestmark = pytest.mark.django_db


def test_a_change_says_before_after_who_and_why() -> None:
    d = district()
    pupil = d.pupil("张小禾", guardian="张父")
    pupil.guardian = "王母"
    pupil.guardian_phone = "13812345678"  # type: ignore[assignment]
    pupil.store(change=Change(d.sunny_clerk, "监护人变更"))
    line = TrailLine.objects.latest("number")
    assert (line.by, line.reason, line.action, line.organisation) == ("sunny", "监护人变更", "changed", d.sunny.path)
    assert json.loads(line.before) == {"guardian": "张父", "guardian_phone": None}
    assert json.loads(line.after) == {"guardian": "王母", "guardian_phone": "138****5678"}
    told = pupil.history.latest()
    assert (told.guardian, told.history_user, told.history_change_reason) == ("王母", d.sunny_clerk, "监护人变更")


def test_a_change_without_a_reason_is_refused() -> None:
    d = district()
    for reason in ("", "  "):
        with pytest.raises(Refused, match="why"):
            Change(d.officer, reason)


def test_storing_what_is_stored_already_leaves_no_trace() -> None:
    d = district()
    pupil = d.pupil()
    lines, told = TrailLine.objects.count(), Pupil.history.count()
    Pupil.objects.get(pk=pupil.pk).store(change=d.by())
    assert (TrailLine.objects.count(), Pupil.history.count()) == (lines, told)


def test_two_people_with_one_row_open_lose_nothing() -> None:
    d = district()
    key = d.pupil(guardian="张父").pk
    mine, theirs = Pupil.objects.get(pk=key), Pupil.objects.get(pk=key)
    theirs.guardian_phone = "13812345678"  # type: ignore[assignment]
    theirs.store(change=d.by())
    mine.guardian = "王母"
    mine.store(change=d.by(d.sunny_clerk))
    now = Pupil.objects.get(pk=key)
    assert (now.guardian, now.guardian_phone and now.guardian_phone.clear) == ("王母", "13812345678")
    theirs.guardian = "李姑"
    with pytest.raises(Refused, match="Somebody else changed"):
        theirs.store(change=d.by())
    theirs.refresh_from_db()
    theirs.guardian = "李姑"
    theirs.store(change=d.by())
    theirs.guardian = "赵叔"
    assert theirs.store(change=d.by()).guardian == "赵叔"


def test_many_rows_at_once_take_few_queries_and_stay_in_scope(django_assert_max_num_queries: Any) -> None:
    d = district()
    pupils = [d.pupil(f"学生{n}").pk for n in range(40)]

    def conditions() -> list[PupilCondition]:
        return [PupilCondition(pupil_id=key, kind="boarder", since=AUTUMN) for key in pupils]

    with django_assert_max_num_queries(20):
        store_all(conditions(), change=d.by(d.sunny_clerk), check=lambda row: None)
    assert set(TrailLine.objects.filter(object_type="registers.PupilCondition").values_list("organisation", flat=True)) == {d.sunny.path}
    with pytest.raises(Refused, match="scope"):
        store_all(conditions(), change=d.by(d.river_clerk), check=lambda row: None)


def test_several_changes_stand_or_fall_together() -> None:
    d = district()
    before = TrailLine.objects.count()
    with pytest.raises(Refused), transaction.atomic(), altering(d.by()):
        d.pupil("甲")
        d.pupil("乙", ethnicity="57")
    assert (Pupil.objects.count(), Pupil.history.count(), TrailLine.objects.count(), verify()) == (0, 0, before, [])


def test_a_row_entered_by_mistake_is_removed_and_still_told_of() -> None:
    d = district()
    pupil = d.pupil("张小禾")
    stay = d.enrolled("李明")
    with pytest.raises(Refused, match="depend"):
        Pupil.objects.get(pk=stay.pupil_id).remove(change=d.by())
    pupil.remove(change=d.by())
    assert not Pupil.objects.filter(name="张小禾").exists()
    assert Pupil.history.filter(name="张小禾", history_type="-").count() == 1
    line = TrailLine.objects.latest("number")
    assert line.action == "removed" and "张小禾" in line.before and verify() == []
