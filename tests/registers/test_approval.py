"""Approval: who enters is not who approves; nothing moves before; what was approved names both."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from jiaoheng.access.account import Refused
from jiaoheng.access.change import altering
from jiaoheng.access.trail import TrailLine, verify
from jiaoheng.registers.approval import Request, approve, ask_correction, ask_exit, ask_transfer, may_approve, refuse, take_back
from jiaoheng.registers.enrolment import active, roster, withdraw
from tests.registers.district import district, identity_number

pytestmark = pytest.mark.django_db

MARCH = date(2026, 3, 2)


def test_the_receiving_school_asks_and_the_bureau_approves_a_transfer() -> None:
    d = district()
    stay = d.enrolled()
    request = ask_transfer(stay.pupil, d.river, on=MARCH, by=d.river_clerk, reason="随父母迁居")
    assert active(stay.pupil) == stay
    approve(request, by=d.officer)
    now = active(stay.pupil)
    assert now is not None and now.school == d.river and now.came_from == stay
    moved = TrailLine.objects.filter(object_type="registers.Enrolment").latest("number")
    assert (moved.by, moved.approved_by, moved.reason) == ("river", "officer", "随父母迁居")
    assert verify() == []


def test_an_exit_and_a_correction_are_done_on_approval() -> None:
    d = district()
    stay = d.enrolled()
    number = identity_number(date(2017, 3, 5), boy=False)
    approve(ask_correction(stay.pupil, number, by=d.sunny_clerk, reason="户口簿更正"), by=d.officer)
    stay.pupil.refresh_from_db()
    assert stay.pupil.identity_number is not None and stay.pupil.identity_number.clear == number
    assert (stay.pupil.birth_date, stay.pupil.sex) == (date(2017, 3, 5), "2")
    approve(ask_exit(stay.pupil, on=MARCH, kind="departure", by=d.sunny_clerk, reason="出省"), by=d.officer)
    assert not roster(d.bureau, on=MARCH).exists()


def test_who_asked_does_not_approve_also_in_the_database() -> None:
    d = district()
    request = ask_exit(d.enrolled().pupil, on=MARCH, kind="departure", by=d.officer, reason="出省")
    assert not may_approve(d.officer, request) and may_approve(d.second_officer, request)
    with pytest.raises(Refused, match="another account"):
        approve(request, by=d.officer)
    request.state, request.decided_by = Request.State.APPROVED, d.officer
    with pytest.raises(IntegrityError), transaction.atomic(), altering(d.by()):
        request.save()


def test_clerks_and_auditors_do_not_approve_and_a_school_does_not_reach_into_another() -> None:
    d = district()
    stay = d.enrolled()
    request = ask_exit(stay.pupil, on=MARCH, kind="departure", by=d.sunny_clerk, reason="出省")
    for account in (d.river_clerk, d.auditor, d.administrator):
        with pytest.raises(Refused, match="officer approves"):
            approve(request, by=account)
    d.second_officer.organisation = d.river
    with pytest.raises(Refused, match="scope"):
        approve(request, by=d.second_officer)
    with pytest.raises(Refused, match="scope"):
        ask_exit(stay.pupil, on=MARCH, kind="departure", by=d.river_clerk, reason="r")
    with pytest.raises(Refused, match="scope"):
        ask_transfer(stay.pupil, d.river, on=MARCH, by=d.sunny_clerk, reason="r")


def test_a_refusal_says_why_and_moves_nothing() -> None:
    d = district()
    stay = d.enrolled()
    request = ask_exit(stay.pupil, on=MARCH, kind="dropout", by=d.sunny_clerk, reason="r")
    with pytest.raises(Refused, match="why"):
        refuse(request, by=d.officer, answer=" ")
    refuse(request, by=d.officer, answer="先家访劝返")
    assert active(stay.pupil) == stay
    with pytest.raises(Refused, match="decided already"):
        approve(request, by=d.officer)


def test_the_same_is_asked_once_at_a_time_and_can_be_taken_back() -> None:
    d = district()
    stay = d.enrolled()
    request = ask_exit(stay.pupil, on=MARCH, kind="departure", by=d.sunny_clerk, reason="r")
    with pytest.raises(Refused, match="already"):
        ask_exit(stay.pupil, on=MARCH, kind="departure", by=d.sunny_clerk, reason="r")
    with pytest.raises(Refused, match="Only the account that asked"):
        take_back(request, by=d.officer, reason="r")
    take_back(request, by=d.sunny_clerk, reason="误报")
    assert ask_exit(stay.pupil, on=MARCH, kind="departure", by=d.sunny_clerk, reason="r").pk


def test_where_the_doing_is_refused_the_request_still_waits() -> None:
    d = district()
    stay = d.enrolled()
    request = ask_transfer(stay.pupil, d.river, on=MARCH, by=d.river_clerk, reason="r")
    withdraw(stay, on=date(2026, 1, 5), kind="departure", change=d.approved)
    with pytest.raises(Refused, match="meanwhile"):
        approve(request, by=d.officer)
    assert Request.objects.get().state == "pending"


def test_a_wrong_identity_number_does_not_even_wait() -> None:
    d = district()
    with pytest.raises(Refused, match="check digit"):
        ask_correction(d.pupil(), "110105194912310021", by=d.sunny_clerk, reason="r")
