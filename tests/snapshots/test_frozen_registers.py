"""The registers of persons, money and standing as they are frozen: who is counted when, what became of each child, and nobody's name."""

import os
import stat
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jiaoheng.access.account import Account, Role
from jiaoheng.access.change import Change
from jiaoheng.access.key_ring import add_key
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.appointment import appoint
from jiaoheng.registers.duplicate import merge
from jiaoheng.registers.enrolment import go_on, transfer, withdraw
from jiaoheng.registers.establishment import Establishment
from jiaoheng.registers.funds import Funds
from jiaoheng.registers.licence import AnnualInspection, InclusiveRecognition, Licence
from jiaoheng.registers.population import Population
from jiaoheng.registers.pupil_condition import note_condition
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.school_group import GroupMembership, SchoolGroup
from jiaoheng.registers.staff import Staff
from jiaoheng.rulebook.tables import load_tables
from jiaoheng.snapshots.freezing import freeze
from jiaoheng.snapshots.snapshot import Snapshot
from tests.registers.district import AUTUMN, District, district, identity_number

pytestmark = pytest.mark.django_db

NEXT_AUTUMN = date(2026, 9, 1)
DAY = date(2026, 10, 1)


def rows(snapshot: Snapshot, table: str, **where: Any) -> list[dict[str, Any]]:
    listed = pq.read_table(snapshot.tables[table]).to_pylist()
    return [row for row in listed if all(row[name] == value for name, value in where.items())]


def frozen(folder: Path, day: date = DAY) -> Snapshot:
    return freeze(day, folder / day.isoformat())


def by_age(snapshot: Snapshot, year: str = "2025-2026") -> dict[int, dict[str, Any]]:
    """The rows on roll of one year; the tests give every child an age of its own."""
    return {row["age"]: row for row in rows(snapshot, "enrolments", school_year=year, on_roll=True)}


def test_what_became_of_each_child(tmp_path: Path) -> None:
    d = district()
    born = {age: date(2025 - age, 3, 1) for age in range(5, 16)}

    def child(age: int, grade: str, **said: Any) -> Any:
        return d.enrolled(f"学生{age}", grade=grade, birth_date=born[age], **said)

    promoted, repeated, gone_on = child(6, "1"), child(7, "2"), child(11, "6", school=d.hill)
    go_on(promoted, on=NEXT_AUTUMN, kind="promotion", grade="2", change=d.by())
    go_on(repeated, on=NEXT_AUTUMN, kind="repetition", change=d.by())
    go_on(gone_on, on=NEXT_AUTUMN, kind="promotion", grade="7", change=d.by())
    withdraw(child(12, "9", school=d.hill), on=date(2026, 7, 10), kind="graduation", change=d.approved)
    withdraw(child(13, "8", school=d.hill), on=date(2026, 3, 1), kind="dropout", change=d.approved)
    withdraw(child(8, "3"), on=date(2026, 3, 1), kind="departure", change=d.approved)
    withdraw(child(9, "4"), on=date(2026, 3, 1), kind="suspension", change=d.approved)
    withdraw(child(10, "5"), on=date(2026, 3, 1), kind="death", change=d.approved)
    withdraw(child(15, "5"), on=date(2026, 3, 1), kind="entered_by_mistake", change=d.approved)
    moved = child(5, "1", school=d.river)
    go_on(transfer(moved, d.sunny, on=date(2026, 3, 1), change=d.approved), on=NEXT_AUTUMN, kind="promotion", grade="2", change=d.by())
    child(14, "7", school=d.hill)  # nothing is entered for the next year

    found = by_age(frozen(tmp_path))
    assert {age: row["next"] for age, row in found.items()} == {
        5: "promoted", 6: "promoted", 7: "repeated", 8: "transferred", 9: "suspended", 10: "died", 11: "completed", 12: "completed",
        13: "dropped_out", 14: "unknown",
    }  # fmt: skip
    assert (found[11]["next_stage"], found[11]["next_grade"], found[11]["next_organisation"]) == ("junior", "7", "S2")
    assert (found[5]["organisation"], found[5]["next_organisation"], found[12]["next_stage"]) == ("S10", "S1", "")
    assert {age for age, row in found.items() if row["entrant"]} == {5, 6, 14}

    snapshot = frozen(tmp_path, date(2026, 2, 1))  # the same registers, asked what was so in winter
    winter = by_age(snapshot)
    assert {row["next"] for row in winter.values()} == {"unknown"} and len(winter) == 11
    assert all(row["left_on"] is None and row["exit_kind"] == "" and row["on_books"] for row in winter.values())
    assert rows(snapshot, "enrolments", school_year="2026-2027") == []

    later = by_age(frozen(tmp_path, date(2026, 10, 2)), "2026-2027")
    assert {row["repeater"] for age, row in later.items() if age == 8} == {True}  # a year older
    assert len({row["pupil"] for row in [*found.values(), *later.values()]}) == 10


def test_conditions_are_those_of_the_school_year_and_of_the_day(tmp_path: Path) -> None:
    d = district()
    stay = d.enrolled(birth_date=date(2018, 8, 31), household_area="320999001")
    for kind, said in (
        ("boarder", {"since": AUTUMN}),
        ("migrant_child", {"since": date(2024, 1, 1), "until": AUTUMN}),
        ("poverty", {"since": date(2025, 10, 20), "detail": "minimum_living"}),
        ("disability", {"since": date(2020, 1, 1), "detail": "62", "placement": "ordinary_class"}),
    ):
        note_condition(stay.pupil, kind, change=d.by(), **said)  # type: ignore[arg-type]
    early = rows(frozen(tmp_path, date(2025, 10, 1)), "enrolments")[0]
    late = rows(frozen(tmp_path, date(2025, 11, 1)), "enrolments")[0]
    assert (early["boarder"], early["migrant_child"], early["poverty"], late["poverty"]) == (True, False, "", "minimum_living")
    assert (late["disability"], late["placement"], late["left_behind"]) == ("62", "ordinary_class", False)
    assert (late["age"], late["grade_number"], late["stage"], late["household_area"]) == (7, 1, "primary", "320999")


def test_cohorts_carry_the_parts_of_every_formula_of_retention(tmp_path: Path) -> None:
    d = district()
    stays = [d.enrolled(f"学生{n}", school=d.hill, grade="7", birth_date=date(2013, 3, 1)) for n in range(4)]
    withdraw(stays[0], on=date(2026, 3, 1), kind="departure", change=d.approved)
    withdraw(stays[1], on=date(2026, 3, 1), kind="dropout", change=d.approved)
    for n in (2, 3):
        second = go_on(stays[n], on=NEXT_AUTUMN, kind="promotion", grade="8", change=d.by())
        third = go_on(second, on=date(2027, 9, 1), kind="promotion", grade="9", change=d.by())
        withdraw(third, on=date(2028, 7, 1), kind="graduation", change=d.approved)
    d.enrolled("插班", school=d.hill, grade="8", on=NEXT_AUTUMN, birth_date=date(2012, 3, 1))
    snapshot = frozen(tmp_path, date(2028, 9, 1))
    found = rows(snapshot, "cohorts", span="stage", school_year="2027-2028")
    assert sorted(row["event"] for row in found) == [
        "dropped_out", "entrant", "entrant", "entrant", "entrant", "graduated", "graduated", "last_grade", "last_grade", "moved_in",
        "moved_out",
    ]  # fmt: skip
    assert {(row["organisation"], row["stage"], row["whole"], row["closed"]) for row in found} == {("S2", "junior", True, True)}
    nine = rows(snapshot, "cohorts", span="nine_year")
    assert {row["whole"] for row in nine} == {False} and "entrant" not in {row["event"] for row in nine}
    assert not any(row["closed"] for row in rows(frozen(tmp_path, date(2028, 8, 30)), "cohorts"))


def test_a_child_who_goes_on_within_the_area_neither_leaves_nor_joins_its_nine_years(tmp_path: Path) -> None:
    d = district()
    stay = d.enrolled(grade="6", birth_date=date(2014, 3, 1))
    withdraw(stay, on=date(2026, 7, 1), kind="graduation", change=d.approved)
    from jiaoheng.registers.enrolment import enrol

    enrol(stay.pupil, d.hill, grade="7", on=NEXT_AUTUMN, change=d.by())
    snapshot = frozen(tmp_path)
    nine = rows(snapshot, "cohorts", span="nine_year")
    moves = [(row["organisation"], row["event"], row["school_year"]) for row in nine if row["happened_on"] > AUTUMN]
    assert sorted(moves) == [("S1", "moved_out", "2028-2029"), ("S2", "moved_in", "2028-2029")]
    stages = [(row["stage"], row["event"]) for row in rows(snapshot, "cohorts", span="stage")]
    assert sorted(stages) == [("junior", "entrant"), ("primary", "graduated"), ("primary", "last_grade"), ("primary", "moved_in")]


def test_classes_have_the_size_that_the_enrolments_give(tmp_path: Path) -> None:
    d = district()
    one = SchoolClass(school=d.sunny, school_year="2025-2026", grade="1", name="1班").store(change=d.by())
    SchoolClass(school=d.sunny, school_year="2025-2026", grade="1", name="2班").store(change=d.by())
    from jiaoheng.registers.enrolment import enrol

    stays = [
        enrol(d.pupil(f"学生{n}", birth_date=date(2019, 1, 1)), d.sunny, grade="1", on=AUTUMN, school_class=one, change=d.by())
        for n in range(3)
    ]
    withdraw(stays[0], on=date(2025, 9, 20), kind="departure", change=d.approved)
    found = rows(frozen(tmp_path, date(2025, 10, 1)), "classes")
    sizes = [(row["class_name"], row["pupils"], row["pupils_now"], row["class_kind"]) for row in found]
    assert sizes == [("1班", 3, 2, "ordinary"), ("2班", 0, 0, "ordinary")]
    assert rows(frozen(tmp_path), "classes")[0]["pupils_now"] is None  # a year later


def teacher(d: District, number: str, school: Organisation, **said: Any) -> Staff:
    born = said.pop("birth_date", date(1985, 5, 5))
    values = {"post": "teacher", "sex": "2", "employed_on": date(2015, 9, 1), "stages": "junior", **said}
    number_of = identity_number(born, boy=False)
    person = Staff(name=f"教师{number}", staff_number=number, employer=school, birth_date=born, identity_number=number_of, **values)
    return person.store(change=d.by())


def test_staff_stand_at_their_post_with_what_indicators_ask(tmp_path: Path) -> None:
    d = district()
    first = teacher(
        d, "T1", d.hill, title="first", backbone="county", certificate="junior", registration_due=date(2026, 8, 31), subjects="体育"
    )
    second = teacher(d, "T2", d.bureau, stages="primary,junior", certificate="none", on_establishment=False)
    teacher(d, "T3", d.sunny, left_on=date(2026, 1, 1), employed_on=date(2025, 10, 1))
    appoint(second, d.hill, "post", since=date(2019, 9, 1), change=d.by())
    appoint(first, d.sunny, "rotation", since=date(2026, 9, 5), until=date(2027, 7, 1), change=d.by())
    SchoolClass(school=d.hill, school_year="2026-2027", grade="7", name="1班", head_teacher=first).store(change=d.by())
    Establishment(school=d.hill, approved_posts=3, since=date(2020, 1, 1)).store(change=d.by())
    snapshot = frozen(tmp_path)
    found = {row["stages"]: row for row in rows(snapshot, "staff", school_year="2026-2027")}
    a, b = found["junior"], found["primary,junior"]
    assert len(found) == 2 and (a["organisation"], a["stage"], b["organisation"], b["stage"]) == ("S2", "junior", "S2", "primary")
    assert (a["age"], a["title_level"], a["backbone_counted"], a["certified"], a["days_to_registration"]) == (
        41,
        "intermediate",
        True,
        True,
        -1,
    )
    assert (a["rotated"], a["rotation_began"], a["away"], a["head_teacher"], a["years_at_school"]) == (True, True, True, True, 11)
    assert (b["certified"], b["on_establishment"], b["years_at_school"], b["training_hours"]) == (False, False, 7, None)
    posts = rows(snapshot, "establishment")[0]
    assert (posts["approved_posts"], posts["filled_posts"], posts["staff"], posts["stage"]) == (3, 1, 2, "")


def test_standing_money_and_groups(tmp_path: Path) -> None:
    d = district()
    d.enrolled()
    small = Organisation.objects.create(
        code="K1", name_zh="向日葵幼儿园", kind="kindergarten", parent=d.bureau, path="999901/K1", stages="preschool", ownership="private"
    )
    Licence(organisation=small, number="1", approved_by="局", legal_form="non_profit", since=date(2020, 1, 1)).store(change=d.by())
    InclusiveRecognition(organisation=small, since=date(2025, 9, 2)).store(change=d.by())
    AnnualInspection(organisation=small, year=2025, result="passed").store(change=d.by())
    group = SchoolGroup(organisation=d.bureau, name="阳光教育集团", kind="group", since=date(2020, 1, 1)).store(change=d.by())
    GroupMembership(group=group, school=d.sunny, role="lead", since=date(2020, 1, 1)).store(change=d.by())
    for year, source, yuan in ((2025, "county", "100.10"), (2026, "surcharge", "5.05"), (2027, "county", "1")):
        Funds(fiscal_year=year, organisation=d.sunny, source=source, purpose="public", spent_yuan=Decimal(yuan)).store(change=d.by())
    snapshot = frozen(tmp_path)
    this, before = (
        rows(snapshot, "institutions", organisation="K1", school_year="2025-2026"),
        rows(snapshot, "institutions", organisation="S1"),
    )
    assert [(k["licensed"], k["legal_form"], k["inclusive"], k["inspection"], k["pupils"]) for k in this] == [
        (True, "non_profit", False, "passed", None)
    ]
    assert [(k["pupils"], k["pupils_from"], k["member"], k["first_stage"]) for k in before] == [(1, "register", True, True)]
    assert [(f["school_year"], f["stage"], f["source_group"], f["spent_yuan"]) for f in rows(snapshot, "funds")] == [
        ("2025", "primary", "own_government", 100.1), ("2026", "primary", "earmarked", 5.05),
    ]  # fmt: skip
    assert [(g["organisation"], g["group"], g["role"]) for g in rows(snapshot, "school_groups")] == [("S1", "阳光教育集团", "lead")]


def test_nobody_can_be_read_from_any_file(tmp_path: Path) -> None:
    d = district()
    number = identity_number(date(2018, 2, 3))
    stay = d.enrolled(
        "欧阳小禾", birth_date=date(2018, 2, 3), identity_number=number, student_number="G" + number, guardian="欧阳大山",
        guardian_phone="13900001111", bank_card="6217000000000000001",
    )  # fmt: skip
    person = teacher(d, "教工9876", d.hill, phone="13911112222")
    snapshot = frozen(tmp_path, date(2025, 10, 1))
    secrets = ["欧阳小禾", number, "欧阳大山", "13900001111", "6217000000000000001", "教工9876", "13911112222", person.name, "2018-02-03"]
    said = []
    for name, file in snapshot.tables.items():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        table = pq.read_table(file)
        if name in load_tables() and load_tables()[name].columns:
            assert table.column_names == ["organisation", "school_year", "stage", *load_tables()[name].columns]
        said += [str(cell) for column in table.columns for cell in column.to_pylist()] + [file.read_bytes().decode("latin-1")]
    said.append((snapshot.folder / "manifest.json").read_text(encoding="utf-8"))
    assert [secret for secret in secrets if any(secret in text for text in said)] == []
    pseudonym = rows(snapshot, "enrolments")[0]["pupil"]
    assert len(pseudonym) == 20 and pseudonym != str(stay.pupil_id)


def test_a_child_keeps_its_pseudonym_when_a_key_is_added_and_a_merged_one_goes_by_the_others(tmp_path: Path, settings: Any) -> None:
    assert "JIAOHENG_FIELD_KEYS" not in os.environ
    settings.DATA = tmp_path / "data"
    d = district()
    kept, twin = d.enrolled(), d.pupil(identity_number=None)
    first = rows(frozen(tmp_path, date(2025, 10, 1)), "enrolments")
    merge(kept.pupil, twin, change=d.by())
    add_key()
    again = rows(frozen(tmp_path, date(2025, 10, 2)), "enrolments")
    assert [row["pupil"] for row in first] == [row["pupil"] for row in again] and len(first) == 1


def test_the_same_registers_give_the_same_bytes(tmp_path: Path) -> None:
    d = district()
    for n in range(5):
        note_condition(d.enrolled(f"学生{n}").pupil, "boarder", since=AUTUMN, change=d.by())
    assert freeze(DAY, tmp_path / "a").hash == freeze(DAY, tmp_path / "b").hash
    assert pa.types.is_boolean(pq.read_schema(tmp_path / "a" / "enrolments.parquet").field("boarder").type)


def test_money_of_a_nine_year_school_is_divided_by_weighted_pupils_to_the_cent(tmp_path: Path) -> None:
    d = district()
    for n in range(2):
        d.enrolled(f"小{n}", school=d.hill, grade="1")
    d.enrolled("中", school=d.hill, grade="7", birth_date=date(2013, 1, 1))
    Funds(fiscal_year=2025, organisation=d.hill, source="county", purpose="public", spent_yuan=Decimal("100.00")).store(change=d.by())
    Funds(fiscal_year=2024, organisation=d.hill, source="county", purpose="public", spent_yuan=Decimal("7")).store(change=d.by())
    found = [(row["school_year"], row["stage"], row["spent_yuan"]) for row in rows(frozen(tmp_path), "funds")]
    assert found == [("2024", "", 7.0), ("2025", "junior", 35.48), ("2025", "primary", 64.52)]  # 1.1 of 3.1; 2 of 3.1


def test_population_stands_beside_the_school_year_that_begins_in_its_year(tmp_path: Path) -> None:
    d = district()
    for age, year in ((5, 2025), (6, 2025), (30, 2025), (6, 2027)):
        Population(organisation=d.bureau, year=year, base="household", age=age, sex="1", persons=10).store(change=d.by())
    found = [(row["school_year"], row["age"], row["stage"], row["persons"]) for row in rows(frozen(tmp_path), "population")]
    assert sorted(found) == [("2025-2026", 5, "preschool", 10), ("2025-2026", 6, "primary", 10), ("2025-2026", 30, "", 10)]


def test_an_area_and_the_areas_in_it_count_nobody_twice(tmp_path: Path) -> None:
    county = Organisation.objects.create(code="C", kind="county", path="C")
    towns = [Organisation.objects.create(code=code, kind="township", parent=county, path=f"C/{code}") for code in ("T1", "T2")]
    d = district()
    for place, age, persons in (
        (county, 6, 100),
        (towns[0], 6, 30),
        (towns[1], 6, 50),
        (county, 7, 80),
        (towns[0], 7, 80),
        (towns[0], 8, 9),
    ):
        Population(organisation=place, year=2025, base="household", age=age, sex="1", persons=persons).store(
            change=Change(Account.objects.create(username=f"{place.code}{age}", role=Role.OFFICER, organisation=place), "census")
        )
    found = {(row["organisation"], row["age"]): row["persons"] for row in rows(frozen(tmp_path), "population")}
    assert d and found == {("C", 6): 20, ("T1", 6): 30, ("T2", 6): 50, ("T1", 7): 80, ("T1", 8): 9}


def test_a_school_that_the_city_governs_is_not_the_countys_own(tmp_path: Path) -> None:
    city = Organisation.objects.create(code="9901", kind="city", path="9901")
    county = Organisation.objects.create(code="990101", kind="county", parent=city, path="9901/990101")
    for code, governor in (("X1", city), ("X2", county), ("X3", None)):
        Organisation.objects.create(code=code, kind="school", parent=county, path=f"9901/990101/{code}", governed_by=governor)
    own = {row["code"]: (row["governed_by"], row["own"]) for row in rows(frozen(tmp_path), "organisations")}
    assert (own["X1"], own["X2"], own["X3"]) == (("9901", False), ("990101", True), (None, True))
