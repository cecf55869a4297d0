"""Enrolments: one active a pupil, whoever tries; rosters of any day; transfers linked; exits approved."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Unrecorded, altering
from jiaoheng.registers.enrolment import Enrolment, active, class_sizes, enrol, go_on, roster, transfer, withdraw
from jiaoheng.registers.school_class import SchoolClass
from tests.registers.district import AUTUMN, district

pytestmark = pytest.mark.django_db

MARCH = date(2026, 3, 2)


def names(stays: object) -> list[str]:
    return sorted(stay.pupil.name for stay in stays)  # type: ignore[attr-defined]


def test_a_pupil_is_on_the_roster_from_the_first_day_until_the_last() -> None:
    d = district()
    stay = d.enrolled("张小禾")
    withdraw(stay, on=MARCH, kind="departure", change=d.approved)
    for day, there in (
        (AUTUMN - timedelta(1), False), (AUTUMN, True), (MARCH - timedelta(1), True), (MARCH, False), (MARCH + timedelta(1), False),
    ):  # fmt: skip
        assert roster(d.sunny, on=day).exists() is there, day


def test_a_pupil_has_one_active_enrolment() -> None:
    d = district()
    stay = d.enrolled("张小禾")
    with pytest.raises(Refused, match="阳光小学"):
        enrol(stay.pupil, d.river, grade="1", on=MARCH, change=d.by())


def test_the_database_holds_one_active_enrolment_even_against_the_program() -> None:
    d = district()
    stay = d.enrolled("张小禾")
    second = Enrolment(pupil=stay.pupil, school=d.river, school_year="2025-2026", grade="1", entered_on=MARCH, entry_kind="admission")
    with pytest.raises(IntegrityError), transaction.atomic(), altering(d.by()):
        second.save()
    assert roster(d.bureau, on=MARCH).count() == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"left_on": AUTUMN - timedelta(1), "exit_kind": "departure"},
        {"left_on": MARCH, "exit_kind": ""},
        {"left_on": None, "exit_kind": "departure"},
    ],
)
def test_the_database_refuses_exits_that_make_no_sense(fault: dict[str, object]) -> None:
    d = district()
    stay = d.enrolled("张小禾")
    stay.__dict__.update(fault)
    with pytest.raises(IntegrityError), transaction.atomic(), altering(d.by()):
        stay.save()


def test_a_transfer_links_both_sides_and_counts_the_pupil_once_each_day() -> None:
    d = district()
    stay = d.enrolled("张小禾")
    moved = transfer(stay, d.river, on=MARCH, change=d.approved)
    stay.refresh_from_db()
    assert (stay.left_on, stay.exit_kind, moved.entry_kind, moved.grade) == (MARCH, "transfer_out", "transfer_in", "1")
    assert moved.came_from == stay and stay.went_to == moved
    assert [names(roster(school, on=MARCH - timedelta(1))) for school in (d.sunny, d.river)] == [["张小禾"], []]
    assert [names(roster(school, on=MARCH)) for school in (d.sunny, d.river)] == [[], ["张小禾"]]
    assert roster(d.bureau, on=MARCH).count() == 1
    moved.pupil.refresh_from_db()
    assert moved.pupil.keeper == d.river


def test_a_refused_transfer_leaves_the_pupil_where_it_was() -> None:
    d = district()
    stay = d.enrolled("张小禾", school=d.hill, grade="7", birth_date=date(2012, 3, 4))
    with pytest.raises(Refused, match="does not teach"):
        transfer(stay, d.river, on=MARCH, change=d.approved)
    stay.refresh_from_db()
    assert stay.left_on is None and active(stay.pupil) == stay


def test_leaving_and_transferring_need_another_account() -> None:
    d = district()
    stay = d.enrolled("张小禾")
    for change in (d.by(), d.by(approved_by=d.officer)):
        with pytest.raises(Refused, match=r"approv"):
            withdraw(stay, on=MARCH, kind="dropout", change=change)
        with pytest.raises(Refused, match=r"approv"):
            transfer(stay, d.river, on=MARCH, change=change)


def test_there_is_no_way_around_approval() -> None:
    d = district()
    alone = d.by()  # an officer, who may enter anywhere in the district, and has nobody's approval
    stay = d.enrolled("张小禾")

    def refused(**said: object) -> None:
        row = Enrolment.objects.get(pk=stay.pk)
        for name, value in said.items():
            setattr(row, name, value)
        with pytest.raises(Refused, match="approv"):
            row.store(change=alone)

    refused(left_on=MARCH, exit_kind="dropout")
    refused(school=d.hill)
    with pytest.raises(Refused, match="approv"):
        stay.remove(change=alone)
    withdraw(stay, on=MARCH, kind="departure", change=d.approved)
    refused(left_on=None, exit_kind="")
    refused(exit_kind="promotion")
    refused(left_on=MARCH - timedelta(1))


def test_a_pupil_goes_on_to_the_next_grade_and_year() -> None:
    d = district()
    stay = d.enrolled("张小禾")
    next_year = go_on(stay, on=date(2026, 9, 1), kind="promotion", grade="2", change=d.by(d.sunny_clerk))
    assert (next_year.grade, next_year.school_year, next_year.came_from) == ("2", "2026-2027", stay)
    assert [s.grade for s in roster(d.sunny, on=date(2026, 8, 31))] == ["1"]
    assert [s.grade for s in roster(d.sunny, on=date(2026, 9, 1))] == ["2"]


def test_a_suspended_pupil_returns() -> None:
    d = district()
    stay = d.enrolled("张小禾")
    withdraw(stay, on=date(2025, 11, 3), kind="suspension", change=d.approved)
    assert not roster(d.sunny, on=date(2025, 12, 1)).exists()
    enrol(stay.pupil, d.sunny, grade="1", on=MARCH, kind="return", change=d.by(d.sunny_clerk))
    assert names(roster(d.sunny, on=MARCH)) == ["张小禾"]


@pytest.mark.parametrize("kind", ["transfer_out", "promotion", "nonsense"])
def test_kinds_that_belong_to_another_act_are_refused(kind: str) -> None:
    d = district()
    with pytest.raises(Refused):
        withdraw(d.enrolled(), on=MARCH, kind=kind, change=d.approved)


def test_a_stay_before_the_last_one_ended_is_refused_and_from_that_day_on_accepted() -> None:
    d = district()
    stay = d.enrolled("张小禾")
    withdraw(stay, on=MARCH, kind="departure", change=d.approved)
    with pytest.raises(Refused, match="until"):
        enrol(stay.pupil, d.river, grade="1", on=MARCH - timedelta(1), kind="arrival", change=d.by())
    assert enrol(stay.pupil, d.river, grade="1", on=MARCH, kind="arrival", change=d.by()).pk


def test_an_area_is_not_a_school_and_a_closed_school_takes_nobody() -> None:
    d = district()
    pupil = d.pupil()
    with pytest.raises(Refused, match="not a school"):
        enrol(pupil, d.bureau, grade="1", on=AUTUMN, change=d.by())
    d.sunny.valid_to = AUTUMN - timedelta(1)
    with pytest.raises(Refused, match="not open"):
        enrol(pupil, d.sunny, grade="1", on=AUTUMN, change=d.by())
    d.sunny.valid_to = AUTUMN
    assert enrol(pupil, d.sunny, grade="1", on=AUTUMN, change=d.by()).pk


def test_a_classs_size_is_counted_on_the_day() -> None:
    d = district()
    first, empty = [SchoolClass(school=d.sunny, school_year="2025-2026", grade="1", name=name).store(change=d.by()) for name in ("1", "2")]
    stays = [enrol(d.pupil(name), d.sunny, grade="1", on=AUTUMN, school_class=first, change=d.by()) for name in ("甲", "乙", "丙")]
    withdraw(stays[0], on=MARCH, kind="departure", change=d.approved)
    assert class_sizes(d.sunny, on=MARCH - timedelta(1)) == {first.pk: 3, empty.pk: 0}
    assert class_sizes(d.bureau, on=MARCH) == {first.pk: 2, empty.pk: 0}


def test_a_class_of_another_year_or_school_is_refused() -> None:
    d = district()
    other = SchoolClass(school=d.river, school_year="2025-2026", grade="1", name="1").store(change=d.by())
    with pytest.raises(Refused, match="another school"):
        enrol(d.pupil(), d.sunny, grade="1", on=AUTUMN, school_class=other, change=d.by())


def test_what_the_register_said_on_an_earlier_day_can_be_asked() -> None:
    d = district()
    stay = d.enrolled("张小禾")
    before = timezone.now()
    withdraw(stay, on=date(2025, 10, 1), kind="departure", change=d.approved)  # learned late: the pupil had left in October
    assert not roster(d.sunny, on=date(2025, 12, 1)).exists()
    then = roster(d.sunny, on=date(2025, 12, 1), known_at=before)
    assert [row.pupil_id for row in then] == [stay.pupil_id]
    with pytest.raises(Unrecorded, match="earlier day"):
        then[0].store(change=d.by())


def test_nothing_is_written_without_who_and_why() -> None:
    d = district()
    stay = d.enrolled("张小禾")
    for write in (
        stay.save,
        stay.delete,
        lambda: Enrolment.objects.filter(pk=stay.pk).update(grade="2"),
        lambda: Enrolment.objects.all().delete(),
        lambda: Enrolment.objects.bulk_create([stay]),
        lambda: Enrolment.objects.create(pupil=stay.pupil),
    ):
        with pytest.raises(Unrecorded):
            write()
