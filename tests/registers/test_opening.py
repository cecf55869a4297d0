"""Opening a sensitive value: in scope, with a reason, recorded; and keys that rotate under it."""

import base64
import os

import pytest
from django.db import connection

from jiaoheng.access.account import Refused
from jiaoheng.access.cipher import Unreadable
from jiaoheng.access.key_ring import KEYS_VARIABLE, add_key, drop_old_keys, key_ring
from jiaoheng.access.key_rotation import rotate, under_other_keys
from jiaoheng.access.opening import may_open, opened
from jiaoheng.access.trail import TrailLine, verify
from jiaoheng.registers.pupil import Pupil, pupils_with_identity_number
from jiaoheng.registers.pupil_condition import PupilCondition, note_condition
from tests.registers.district import AUTUMN, district

pytestmark = pytest.mark.django_db


def test_a_value_is_opened_for_a_reason_that_is_kept() -> None:
    d = district()
    pupil = Pupil.objects.get(pk=d.pupil().pk)
    number = opened(pupil, "identity_number", by=d.sunny_clerk, reason="核对户口簿")
    assert len(number) == 18 and str(pupil.identity_number) == f"{number[:6]}********{number[-4:]}"
    line = TrailLine.objects.latest("number")
    assert (line.action, line.by, line.object_id, line.reason) == ("opened", "sunny", str(pupil.pk), "核对户口簿")
    assert number not in line.after and "identity_number" in line.after
    assert opened(pupil, "bank_card", by=d.auditor, reason="抽查资助发放") == ""


def test_who_has_no_reason_no_role_or_no_scope_opens_nothing() -> None:
    d = district()
    pupil = d.pupil()
    lines = TrailLine.objects.count()
    for account, reason, said in (
        (d.sunny_clerk, " ok ", "why"), (d.river_clerk, "核对户口簿", "scope"), (d.administrator, "核对户口簿", "role"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=said):
            opened(pupil, "identity_number", by=account, reason=reason)
    assert TrailLine.objects.count() == lines
    assert [may_open(account, pupil) for account in (d.sunny_clerk, d.river_clerk, d.administrator, d.auditor)] == [
        True,
        False,
        False,
        True,
    ]


def test_a_value_copied_into_another_column_or_altered_does_not_open() -> None:
    d = district()
    pupil = d.pupil(guardian_phone="13812345678")
    with connection.cursor() as cursor:
        cursor.execute("update registers_pupil set bank_card = guardian_phone, guardian_phone = 'v1.x.y' where id = %s", [pupil.pk])
    stolen = Pupil.objects.get(pk=pupil.pk)
    for field in ("bank_card", "guardian_phone"):
        with pytest.raises(Unreadable, match=f"registers_pupil.{field}"):
            opened(stolen, field, by=d.sunny_clerk, reason="核对户口簿")


@pytest.mark.skipif(bool(os.environ.get(KEYS_VARIABLE)), reason="the keys of this run come from the environment")
def test_rotation_reseals_everything_and_the_old_key_can_go() -> None:
    d = district()
    pupil = d.pupil(guardian_phone="13812345678")
    number = opened(pupil, "identity_number", by=d.officer, reason="核对户口簿")
    note_condition(pupil, "poverty", detail="difficulty", since=AUTUMN, change=d.by())
    assert under_other_keys() == 0
    add_key()
    assert under_other_keys() > 0
    assert pupils_with_identity_number(number).exists(), "found under the old key while the rotation is under way"
    history, lines = Pupil.history.count(), TrailLine.objects.count()
    with pytest.raises(Refused, match="administrator"):
        rotate(by=d.officer, reason="年度轮换")
    done = rotate(by=d.administrator, reason="年度轮换")
    assert done.rows == {
        "registers_pupil": 1, "registers_historicalpupil": 1, "registers_pupilcondition": 1, "registers_historicalpupilcondition": 1,
    }  # fmt: skip
    assert (under_other_keys(), Pupil.history.count(), TrailLine.objects.count()) == (0, history, lines + 1)
    drop_old_keys()
    assert len(key_ring().keys) == 1
    assert list(pupils_with_identity_number(number)) == [pupil]
    assert opened(Pupil.objects.get(), "guardian_phone", by=d.officer, reason="核对户口簿") == "13812345678"
    assert Pupil.history.latest().identity_number.clear == number
    assert PupilCondition.objects.get().kind.clear == "poverty"
    with pytest.raises(Refused):
        note_condition(pupil, "poverty", since=AUTUMN, change=d.by())
    assert verify() == []
    assert rotate(by=d.administrator, reason="年度轮换").total == 0


def test_rotation_with_keys_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (base64.urlsafe_b64encode(os.urandom(32)).decode() for _ in range(2))
    monkeypatch.setenv(KEYS_VARIABLE, old)
    d = district()
    pupil = d.pupil()
    monkeypatch.setenv(KEYS_VARIABLE, f"{new},{old}")
    rotate(by=d.administrator, reason="年度轮换")
    monkeypatch.setenv(KEYS_VARIABLE, new)
    assert Pupil.objects.get().identity_number == pupil.identity_number
    assert verify() == []


def test_a_damaged_value_stops_a_rotation_before_anything_changed() -> None:
    d = district()
    d.pupil("甲")
    d.pupil("乙")
    with connection.cursor() as cursor:
        cursor.execute("update registers_pupil set identity_number = replace(identity_number, '.', '..') where name = '乙'")
        cursor.execute("select identity_number from registers_pupil order by id")
        before = cursor.fetchall()
    if not os.environ.get(KEYS_VARIABLE):
        add_key()
    with pytest.raises(Unreadable):
        rotate(by=d.administrator, reason="年度轮换")
    with connection.cursor() as cursor:
        cursor.execute("select identity_number from registers_pupil order by id")
        assert cursor.fetchall() == before


def test_a_rotation_does_not_seal_over_a_tampered_trail() -> None:
    d = district()
    d.pupil()
    with connection.cursor() as cursor:
        cursor.execute("update access_trailhead set count = count + 1")
    with pytest.raises(Refused, match="trail does not verify"):
        rotate(by=d.administrator, reason="年度轮换")
