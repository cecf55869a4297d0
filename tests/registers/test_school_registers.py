"""Appointments, establishment, funds, groups, licences: the database holds the lines that matter."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from jiaoheng.access.account import Refused
from jiaoheng.access.change import altering
from jiaoheng.registers.appointment import Appointment, appoint
from jiaoheng.registers.code_field import words
from jiaoheng.registers.establishment import Establishment
from jiaoheng.registers.funds import Funds
from jiaoheng.registers.licence import AnnualInspection, InclusiveRecognition
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.school_group import GroupMembership, SchoolGroup
from jiaoheng.registers.staff import Staff
from tests.registers.district import AUTUMN, District, district

pytestmark = pytest.mark.django_db


def teacher(d: District) -> Staff:
    return Staff(
        name="李明", sex="1", birth_date=date(1985, 1, 1), employer=d.sunny, staff_number="T1", post="teacher", title="first"
    ).store(change=d.by())


def test_a_teacher_rotates_without_losing_the_post() -> None:
    d = district()
    person = teacher(d)
    appoint(person, d.sunny, "post", since=date(2020, 9, 1), change=d.by())
    away = appoint(person, d.river, "rotation", since=AUTUMN, until=date(2026, 9, 1), change=d.by())
    for day, schools in ((AUTUMN - timedelta(1), 1), (AUTUMN, 2), (date(2026, 8, 31), 2), (date(2026, 9, 1), 1)):
        assert Appointment.objects.filter(staff=person).on(day).count() == schools, day
    with pytest.raises(Refused, match="清河小学"):
        appoint(person, d.hill, "support_teaching", since=date(2026, 8, 31), change=d.by())
    assert appoint(person, d.hill, "support_teaching", since=date(2026, 9, 1), change=d.by()).pk
    assert list(Appointment.objects.for_account(d.river_clerk)) == [away]


def test_one_open_post_a_person_also_in_the_database() -> None:
    d = district()
    person = teacher(d)
    appoint(person, d.sunny, "post", since=AUTUMN, change=d.by())
    with pytest.raises(IntegrityError), transaction.atomic(), altering(d.by()):
        Appointment(staff=person, school=d.river, kind="post", since=AUTUMN).save()


def test_codes_are_shown_in_words_and_unknown_ones_refused() -> None:
    d = district()
    person = teacher(d)
    assert words(person, "title") in ("一级教师", "First-grade teacher")
    assert words(person, "backbone") == ""
    person.title = "excellent"
    with pytest.raises(Refused, match="not a code"):
        person.store(change=d.by())


def test_funds_are_kept_to_the_cent_and_once() -> None:
    d = district()

    def entered(**said: object) -> Funds:
        row = Funds(fiscal_year=2025, organisation=d.bureau, source="surcharge", purpose="projects")
        for name, value in said.items():
            setattr(row, name, value)
        return row.store(change=d.by())

    assert Funds.objects.get(pk=entered(received_yuan=Decimal("20210000.01")).pk).received_yuan == Decimal("20210000.01")
    for fault, said in (
        ({"received_yuan": Decimal(1)}, "entered already"),
        ({"fiscal_year": 2024, "spent_yuan": Decimal("-0.01")}, "negative"),
        ({"fiscal_year": 1948}, "fiscal year"),
        ({"fiscal_year": 2024, "source": "lottery"}, "not a code"),
        ({"fiscal_year": 2024, "spent_yuan": Decimal("0.001")}, "decimal places"),
    ):
        with pytest.raises(Refused, match=said):
            entered(**fault)


@pytest.mark.parametrize("amount", ["budgeted_yuan", "received_yuan", "spent_yuan"])
def test_the_database_refuses_negative_amounts(amount: str) -> None:
    d = district()
    row = Funds(fiscal_year=2025, organisation=d.bureau, source="county", purpose="public")
    setattr(row, amount, Decimal(-1))
    with pytest.raises(IntegrityError), transaction.atomic(), altering(d.by()):
        row.save()


def test_a_school_has_one_establishment_at_a_time() -> None:
    d = district()
    first = Establishment(school=d.sunny, approved_posts=60, since=AUTUMN).store(change=d.by())
    with pytest.raises(Refused, match="not ended"):
        Establishment(school=d.sunny, approved_posts=61, since=date(2026, 1, 1)).store(change=d.by())
    first.end(on=date(2026, 1, 1), change=d.by())
    Establishment(school=d.sunny, approved_posts=61, since=date(2026, 1, 1)).store(change=d.by())
    assert [Establishment.objects.on(day).get().approved_posts for day in (date(2025, 12, 31), date(2026, 1, 1))] == [60, 61]


def test_a_group_has_one_lead_and_a_school_joins_once() -> None:
    d = district()
    group = SchoolGroup(organisation=d.bureau, name="阳光集团", kind="group", since=AUTUMN).store(change=d.by())
    GroupMembership(group=group, school=d.sunny, role="lead", since=AUTUMN).store(change=d.by())
    with pytest.raises(Refused, match="lead school already"):
        GroupMembership(group=group, school=d.river, role="lead", since=AUTUMN).store(change=d.by())
    with pytest.raises(Refused, match="member already"):
        GroupMembership(group=group, school=d.sunny, since=AUTUMN).store(change=d.by())


def test_recognition_holds_between_its_days_and_a_year_is_inspected_once() -> None:
    d = district()
    InclusiveRecognition(organisation=d.sunny, since=AUTUMN, until=date(2026, 9, 1)).store(change=d.by())
    for day, holds in ((AUTUMN - timedelta(1), False), (AUTUMN, True), (date(2026, 8, 31), True), (date(2026, 9, 1), False)):
        assert InclusiveRecognition.objects.on(day).exists() is holds, day
    AnnualInspection(organisation=d.sunny, year=2025, result="passed").store(change=d.by())
    with pytest.raises(Refused, match="entered already"):
        AnnualInspection(organisation=d.sunny, year=2025, result="failed").store(change=d.by())


def test_a_class_stands_once_and_in_a_grade_that_is_taught() -> None:
    d = district()

    def made(grade: str, year: str = "2025学年") -> SchoolClass:
        return SchoolClass(school=d.sunny, school_year=year, grade=grade, name="1").store(change=d.by())

    assert made("6").school_year == "2025-2026"
    for grade, year, said in (
        ("6", "2025-2026", "Choose another name"),
        ("7", "2025-2026", "does not teach"),
        ("1", "25", "not a school year"),
    ):
        with pytest.raises(Refused, match=said):
            made(grade, year)
