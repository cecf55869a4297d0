"""Declared and held on the page: the list, its export, and the rows behind each figure, within the reader's scope."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from jiaoheng.access.account import Account
from jiaoheng.access.change import Change
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.registers.enrolment import enrol
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.staff import Staff

SignedIn = Callable[..., Client]


@pytest.fixture
def differing(tree: Organisation) -> Organisation:
    """1001 declares two pupils and three teachers; the registers hold one pupil and one teacher."""
    school = Organisation.objects.get(code="1001")
    by = Change(Account.objects.create(username="enters", role="officer", organisation=tree), "test")
    pupil = Pupil(name="苏晓禾", sex="2", birth_date=date(2011, 3, 4), keeper=school).store(change=by)
    enrol(pupil, school, grade="1", on=date(2018, 9, 1), change=by)
    Staff(name="李明", sex="1", birth_date=date(1985, 1, 1), employer=school, staff_number="T1", post="teacher").store(change=by)
    AnnualStatistics.objects.create(organisation=school, school_year="2018-2019", stage="primary", pupils=2, teachers=3)
    return tree


def test_the_list_leads_to_the_rows(differing: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    text = client.get("/discrepancies/?on=2018-09-01").content.decode()
    assert "figure=teachers" in text
    assert "+1" in text
    assert "+2" in text
    rows = client.get("/discrepancies/rows/?school=1001&stage=primary&figure=pupils&on=2018-09-01").content.decode()
    assert "苏晓禾" in rows
    teachers = client.get("/discrepancies/rows/?school=1001&stage=primary&figure=teachers&on=2018-09-01").content.decode()
    assert "李明" in teachers
    assert client.get("/discrepancies/rows/?school=1001&stage=primary&figure=classes&on=2018-09-01").status_code == 404
    assert "1001" in client.get("/discrepancies/export.csv?on=2018-09-01").content.decode("utf-8-sig")


def test_a_foreign_schools_clerk_finds_nothing(differing: Organisation, signed_in: SignedIn) -> None:
    client = signed_in("clerk", "1003")
    assert "晨光1001" not in client.get("/discrepancies/?on=2018-09-01").content.decode()
    assert "1001" not in client.get("/discrepancies/export.csv?on=2018-09-01").content.decode("utf-8-sig")
    assert client.get("/discrepancies/rows/?school=1001&stage=primary&figure=pupils&on=2018-09-01").status_code == 403
