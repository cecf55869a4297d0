"""Pupils and staff: identity numbers are checked, sealed, found and masked; one person stands once."""

from datetime import date

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction

from jiaoheng.access.account import Refused
from jiaoheng.access.change import altering, store_all
from jiaoheng.access.trail import TrailLine
from jiaoheng.registers.pupil import Pupil, correct_identity_number, pupils_with_identity_number
from jiaoheng.registers.pupil_condition import PupilCondition, conditions_on, note_condition
from jiaoheng.registers.staff import Staff, staff_with_identity_number
from tests.registers.district import AUTUMN, district, identity_number

pytestmark = pytest.mark.django_db


def stored_text() -> str:
    """Everything that the database holds of persons, their histories and the trail, as somebody would read it who stole the file."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("registers_", "access_trail")):
                cursor.execute(f"select * from {table}")
                found += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(found)


def test_no_sensitive_value_is_in_the_database_in_the_clear() -> None:
    d = district()
    number = identity_number()
    pupil = d.pupil("张小禾", identity_number=number, guardian_phone="13812345678", bank_card="6222021234567890123")
    note_condition(pupil, "disability", detail="65", placement="ordinary_class", since=AUTUMN, change=d.by())
    pupil.guardian_phone = "13987654321"  # type: ignore[assignment]
    pupil.store(change=d.by())
    text = stored_text()
    assert "张小禾" in text and f"{number[:6]}********{number[-4:]}" in text
    for secret in (number, "13812345678", "13987654321", "6222021234567890123", "disability", "ordinary_class"):
        assert secret not in text


def test_a_pupil_is_found_by_identity_number_however_it_is_written() -> None:
    d = district()
    pupil = d.pupil()
    number = pupil.identity_number
    assert number is not None
    assert list(pupils_with_identity_number(f" {number.clear} ")) == [pupil]
    assert not pupils_with_identity_number(identity_number()).exists()
    assert not pupils_with_identity_number("").exists()
    again = Pupil.objects.get(pk=pupil.pk)
    assert again.identity_number == number and str(again.identity_number) != number.clear


def test_asking_the_sealed_column_itself_is_an_error_and_not_an_empty_answer() -> None:
    with pytest.raises(FieldError):
        Pupil.objects.filter(identity_number="110105194912310021")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"sex": "2"}, "sex differs"),
        ({"birth_date": date(2017, 3, 5)}, "birth date differs"),
        ({"ethnicity": "57"}, "ethnicity"),
        ({"student_number": "G123"}, "19 characters"),
        ({"household_area": "51"}, "6, 9 or 12"),
    ],
)
def test_what_does_not_agree_is_refused_in_words(said: dict[str, object], words: str) -> None:
    d = district()
    row = Pupil(name="张小禾", sex="1", birth_date=date(2017, 3, 4), identity_number=identity_number(), keeper=d.sunny)
    for name, value in said.items():
        setattr(row, name, value)
    with pytest.raises(Refused, match=words):
        row.store(change=d.by())
    assert not Pupil.objects.exists()


def test_a_passport_is_not_checked_as_an_identity_number() -> None:
    d = district()
    assert d.pupil(identity_kind="passport", identity_number="E12345678").pk


def test_one_identity_number_stands_once_also_in_the_database() -> None:
    d = district()
    first = d.pupil("甲")
    number = first.identity_number
    assert number is not None
    with pytest.raises(Refused, match="Another pupil"):
        d.pupil("乙", identity_number=number.clear)
    twin = Pupil(name="乙", sex="1", birth_date=date(2017, 3, 4), identity_number=number.clear, keeper=d.sunny)
    with pytest.raises(IntegrityError), transaction.atomic(), altering(d.by()):
        twin.save()
    with pytest.raises(Refused):
        store_all([twin], change=d.by(), check=lambda row: None)
    assert Pupil.objects.count() == 1


def test_a_correction_needs_another_account_and_leaves_the_student_number() -> None:
    d = district()
    pupil = d.pupil(student_number="L999901201703041234")
    number = identity_number(date(2017, 3, 5), boy=False)
    with pytest.raises(Refused, match="approv"):
        correct_identity_number(pupil, number, change=d.by())
    around = Pupil.objects.get(pk=pupil.pk)
    around.identity_number, around.birth_date, around.sex = number, date(2017, 3, 5), "2"  # type: ignore[assignment]
    with pytest.raises(Refused, match="approv"):
        around.store(change=d.by(d.sunny_clerk))
    missing = d.pupil("李明", identity_number=None)
    missing.identity_number = identity_number()  # type: ignore[assignment]
    assert missing.store(change=d.by(d.sunny_clerk)).pk
    fresh = Pupil.objects.get(pk=pupil.pk)
    correct_identity_number(fresh, number, change=d.approved, birth_date=date(2017, 3, 5), sex="2")
    fresh.refresh_from_db()
    assert fresh.identity_number is not None and fresh.identity_number.clear == number
    assert (fresh.student_number, fresh.sex) == ("L999901201703041234", "2")
    line = TrailLine.objects.latest("number")
    assert (line.by, line.approved_by) == ("sunny", "officer")
    assert number[-4:] in line.after and number not in line.after


def test_many_pupils_are_stored_at_once_or_none() -> None:
    d = district()
    rows = [
        Pupil(name=f"学生{n}", sex="1", birth_date=date(2017, 3, 4), identity_number=identity_number(), keeper=d.sunny) for n in range(30)
    ]
    assert len(store_all(rows, change=d.by())) == 30
    assert Pupil.history.count() == 30
    assert TrailLine.objects.filter(object_type="registers.Pupil").count() == 30
    wrong = [
        Pupil(name="甲", sex="1", birth_date=date(2017, 3, 4), identity_number=identity_number(), keeper=d.sunny),
        Pupil(name="乙", sex="2", birth_date=date(2017, 3, 4), identity_number=identity_number(), keeper=d.sunny),
    ]
    with pytest.raises(Refused):
        store_all(wrong, change=d.by())
    assert Pupil.objects.count() == 30


def test_conditions_hold_from_their_first_day_until_the_last() -> None:
    d = district()
    pupil = d.pupil()
    note_condition(pupil, "boarder", since=AUTUMN, until=date(2026, 3, 1), change=d.by())
    note_condition(pupil, "poverty", detail="minimum_living", since=date(2026, 1, 1), change=d.by(d.sunny_clerk))
    for day, kinds in (
        (date(2025, 8, 31), set()), (AUTUMN, {"boarder"}), (date(2025, 12, 31), {"boarder"}), (date(2026, 1, 1), {"boarder", "poverty"}),
        (date(2026, 2, 28), {"boarder", "poverty"}), (date(2026, 3, 1), {"poverty"}),
    ):  # fmt: skip
        assert set(conditions_on(Pupil.objects.all(), day).get(pupil.pk, {})) == kinds, day


def test_disability_and_poverty_are_masked_and_boarding_is_not() -> None:
    d = district()
    pupil = d.pupil()
    shown = {
        kind: str(note_condition(pupil, kind, since=AUTUMN, change=d.by()).kind)
        for kind in ("boarder", "migrant_child", "left_behind", "orphan", "disability", "poverty")
    }
    assert {kind for kind, said in shown.items() if said == kind} == {"boarder", "migrant_child"}
    assert {shown[kind] for kind in ("left_behind", "orphan", "disability", "poverty")} == {"******"}


def test_a_condition_stands_once_at_a_time_also_in_the_database() -> None:
    d = district()
    pupil, other = d.pupil("甲"), d.pupil("乙")
    first = note_condition(pupil, "poverty", detail="minimum_living", since=AUTUMN, change=d.by())
    with pytest.raises(Refused, match="already noted"):
        note_condition(pupil, "poverty", detail="difficulty", since=date(2026, 1, 1), change=d.by())
    with pytest.raises(IntegrityError), transaction.atomic(), altering(d.by()):
        PupilCondition(pupil=pupil, kind="poverty", since=date(2026, 1, 1)).save()
    first.end(on=date(2026, 1, 1), change=d.by())
    note_condition(pupil, "poverty", detail="difficulty", since=date(2026, 1, 1), change=d.by())
    same = note_condition(other, "poverty", detail="difficulty", since=AUTUMN, change=d.by())
    assert same.kind_index != first.kind_index  # nobody can count the poor by their indexes


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "rich"},
        {"kind": "boarder", "detail": "65"},
        {"kind": "disability", "detail": "minimum_living"},
        {"kind": "poverty", "placement": "at_home"},
    ],
)
def test_a_condition_of_another_table_is_refused(said: dict[str, str]) -> None:
    d = district()
    with pytest.raises(Refused):
        note_condition(d.pupil(), since=AUTUMN, change=d.by(), **said)  # type: ignore[arg-type]


def test_a_condition_cannot_end_before_it_begins() -> None:
    d = district()
    with pytest.raises(Refused, match="before it begins"):
        note_condition(d.pupil(), "boarder", since=AUTUMN, until=date(2025, 8, 31), change=d.by())


def test_a_person_is_in_the_staff_register_once() -> None:
    d = district()
    born = date(1985, 5, 6)
    number = identity_number(born, boy=False)

    def teacher(staff_number: str, name: str) -> Staff:
        row = Staff(
            name=name, sex="2", birth_date=born, identity_number=number, employer=d.sunny, staff_number=staff_number, post="teacher"
        )
        return row.store(change=d.by())

    first = teacher("T1", "李明")
    assert list(staff_with_identity_number(number)) == [first]
    with pytest.raises(Refused, match="staff register already"):
        teacher("T2", "李明")
