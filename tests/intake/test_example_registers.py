"""The example district's registers: the numbers it promises, flows that hold person by person, files that are the same each time."""

import hashlib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from jiaoheng.intake.example import SMALL_EDITION, write_benchmark, write_example
from jiaoheng.intake.example.books import books, write_books
from jiaoheng.intake.example.class_plan import LARGE, LARGE_CLASSES, class_plan
from jiaoheng.intake.example.declared_wrongly import discrepant
from jiaoheng.intake.example.figures import YEARS, declared
from jiaoheng.intake.example.headings import COLUMNS, cells
from jiaoheng.intake.example.money import fund_rows
from jiaoheng.intake.example.rolls import Rolls
from jiaoheng.intake.example.sheet_file import write_sheet
from jiaoheng.intake.example.staff import PROMOTED, ROTATED, staff
from jiaoheng.intake.example.stays import starts, walked
from jiaoheng.registers.identity_number import IdentityNumber
from jiaoheng.registers.student_number import StudentNumber
from jiaoheng.rulebook.registers import load_registers

SEED = 2018
LAST = len(YEARS) - 1


@pytest.fixture(scope="module")
def rolls() -> Rolls:
    return Rolls.of(SEED)


@pytest.fixture(scope="module")
def last_roll(rolls: Rolls) -> pl.DataFrame:
    return rolls.pupils(LAST, ("primary", "junior"))


def test_the_latest_roll_has_the_pupils_and_classes_of_the_district_it_is_modelled_on(rolls: Rolls, last_roll: pl.DataFrame) -> None:
    assert len(last_roll) == 26_568
    sizes = last_roll.group_by("organisation", "grade", "class_name").len()
    assert len(sizes) >= 409
    assert sizes.filter(pl.col("len") >= LARGE).height == LARGE_CLASSES == 15
    assert sizes["len"].max() < 66  # type: ignore[operator]
    assert rolls.pupils(LAST, ("senior",)).height == 1_260


def test_children_with_disabilities_sit_in_ordinary_classes_of_fifteen_schools_and_twelve_are_taught_at_home(
    last_roll: pl.DataFrame,
) -> None:
    ordinary = last_roll.filter(pl.col("placement") == "ordinary_class")
    grades = ordinary["grade"].cast(pl.Int64)
    assert (len(ordinary), (grades <= 6).sum(), ordinary["organisation"].n_unique()) == (33, 28, 15)
    assert last_roll.filter(pl.col("placement") == "at_home").height == 12


def test_every_condition_is_there_and_none_is_common(last_roll: pl.DataFrame) -> None:
    for field in ("migrant_child", "boarder"):
        assert 100 < last_roll[field].sum() < 5_000
    for field in ("left_behind", "orphan", "poverty", "bank_card"):
        assert 10 < last_roll[field].is_not_null().sum() < 2_000


def test_every_class_is_as_full_as_planned_each_year(rolls: Rolls) -> None:
    _, plans = class_plan(SEED)
    for year, roll in enumerate(rolls.flows.rolls):
        sizes = Counter((stay.unit, stay.grade, stay.class_number) for stay in roll)
        planned = {(*key, number): size for key, plan in plans[year].items() for number, size in enumerate(plan.sizes, 1)}
        assert sizes == planned


@pytest.mark.parametrize(("seed", "schools"), [(SEED, None), (7, None), (SEED, SMALL_EDITION)])
def test_a_child_is_in_one_place_at_a_time_and_never_gets_lost(seed: int, schools: frozenset[str] | None) -> None:
    flows = walked(seed, schools)
    stays: dict[int, list[tuple[object, ...]]] = {}
    for stay in flows.stays:
        assert stay.left_on is not None or stay.year == LAST
        assert (
            starts(stay.year) <= stay.entered_on < (stay.left_on or starts(stay.year + 1 if stay.year < LAST else LAST).replace(year=2099))
        )
        stays.setdefault(stay.child, []).append((stay.entered_on, stay.left_on, stay.grade, stay.exit_kind, stay.entry_kind))
    for history in stays.values():
        history.sort(key=lambda one: one[0])  # type: ignore[arg-type,return-value]
        for (_, left, grade, exit_kind, _), (entered, _, next_grade, _, entry_kind) in pairwise(history):
            assert left is not None and left <= entered  # type: ignore[operator]
            step = int(next_grade) - int(grade)  # type: ignore[call-overload]
            assert step == {"repetition": 0, "return": 0, "comeback": 0}.get(str(entry_kind), step)
            assert 0 <= step <= 1
            expected = {
                "promotion": {"promotion"}, "repetition": {"repetition"}, "admission": {"graduation", "completion"},
                "return": {"suspension"}, "comeback": {"dropout"}, "transfer_in": {"transfer_out"},
            }  # fmt: skip
            assert exit_kind in expected[str(entry_kind)], history


def test_every_flow_happens(rolls: Rolls) -> None:
    events = Counter(movement.event for year in rolls.flows.movements for movement in year)
    assert set(events) == {
        "graduation", "completion", "transfer_out", "departure", "suspension", "dropout", "comeback", "death",
    }  # fmt: skip
    entries = Counter(stay.entry_kind for stay in rolls.flows.stays)
    assert set(entries) == {"admission", "promotion", "repetition", "transfer_in", "arrival", "return", "comeback"}
    assert events["dropout"] < 20


def test_whoever_is_missing_from_the_next_roll_has_a_movement_that_says_why(rolls: Rolls) -> None:
    for year in range(LAST):
        now, then = ({stay.child for stay in rolls.flows.rolls[number]} for number in (year, year + 1))
        told = {movement.stay.child for movement in rolls.flows.movements[year]}
        assert now - then <= told


def test_numbers_are_right_in_themselves_and_there_once(rolls: Rolls) -> None:
    children = rolls.children
    for number in ("student_number", "identity_number", "guardian_phone"):
        assert children[number].n_unique() == len(children)
    for row in children.sample(400, seed=1).iter_rows(named=True):
        identity = IdentityNumber.parse(row["identity_number"])
        assert not identity.disagreements(birth_date=row["birth_date"], sex=row["sex"])
        assert identity.issued_in.startswith("99")
        assert StudentNumber.parse(row["student_number"]).kind in "GL"
        assert row["identity_number"] not in row["student_number"]
    members, _ = staff(SEED)
    assert len({member.identity_number for member in members} | set(children["identity_number"])) == len(members) + len(children)
    for member in members:
        IdentityNumber.parse(member.identity_number)


def test_children_have_the_age_of_their_grade_on_31_august(rolls: Rolls) -> None:
    births = rolls.children["birth_date"].to_list()
    for year, roll in enumerate(rolls.flows.rolls):
        for stay in roll:
            born, day = births[stay.child], starts(year)
            age = day.year - born.year - ((born.month, born.day) >= (day.month, day.day))
            assert age - stay.grade - 5 in ((0,) if year == 0 else (0, 1)), stay


def test_staff_are_as_many_as_declared_and_hold_what_is_declared() -> None:
    members, times = staff(SEED)
    for row in declared(SEED):
        year = YEARS.index(row.school_year)
        there = [
            one for one in members
            if one.post == "teacher" and one.place.code == row.place.code and one.stage == row.stage and year in one.years
        ]  # fmt: skip
        assert len(there) == row.figures["teachers"]
        if row.stage != "preschool":
            assert sum(one.backbone[year] not in ("", "school") for one in there) == row.figures["backbone_teachers"]
            assert sum(one.subject[year] in ("体育", "音乐", "美术") for one in there) == row.figures["pe_arts_teachers"]
    last = [one for one in members if one.post == "teacher" and one.stage in ("primary", "junior") and LAST in one.years]
    assert len(last) == 1_636
    assert sum(LAST - 1 in one.years and one.title[LAST] != one.title[LAST - 1] for one in last) == PROMOTED[-1] == 82
    assert sum(one.titled[LAST] is not None and one.titled[LAST].year == 2018 for one in last) == 82  # type: ignore[union-attr]
    assert sum(time.since == starts(LAST) and time.kind == "rotation" for time in times) == ROTATED[-1] == 90
    assert all(time.place.code != time.member.place.code for time in times)


def test_registers_and_yearly_statistics_agree_but_where_it_is_said(rolls: Rolls) -> None:
    planted = {(one.organisation, one.stage, one.school_year, one.figure): one.held for one in discrepant(SEED)}
    assert len(planted) == 6
    for year, roll in enumerate(rolls.flows.rolls):
        units = rolls.flows.units
        pupils = Counter((units[stay.unit].place.code, units[stay.unit].stage) for stay in roll)
        seats = {(units[stay.unit].place.code, units[stay.unit].stage, stay.grade, stay.class_number) for stay in roll}
        classes = Counter(seat[:2] for seat in seats)
        for row in declared(SEED):
            if row.school_year == YEARS[year]:
                for figure, held in (("pupils", pupils), ("classes", classes)):
                    key = (row.place.code, row.stage, row.school_year, figure)
                    assert held[row.place.code, row.stage] == planted.get(key, row.figures[figure])


def test_funds_add_up_to_the_sums_that_the_district_reports() -> None:
    rows = fund_rows(SEED, staff(SEED)[0]).filter(pl.col("fiscal_year") == 2018)

    def received(source: str, purpose: str) -> float:
        found = rows.filter((pl.col("source") == source) & (pl.col("purpose") == purpose))
        return round(float(found["received_yuan"].sum()), 2)

    assert received("county", "salaries") == 272_351_700
    assert received("province", "salaries") == 1_556_200
    assert round(received("surcharge", "buildings") + received("surcharge", "equipment"), 2) == 20_210_000
    school = rows.filter((pl.col("organisation") == "2199000001") & (pl.col("purpose") == "public"))
    stated = [row for row in declared(SEED) if row.place.code == "2199000001" and row.school_year == YEARS[-1]]
    assert round(float(school["received_yuan"].sum()), 2) == stated[0].figures["public_funds"]
    assert (rows["spent_yuan"] <= rows["received_yuan"]).all()
    assert not rows.select("fiscal_year", "organisation", "source", "purpose").is_duplicated().any()


def test_every_heading_is_a_word_of_its_register() -> None:
    registers = load_registers()
    for name in sorted(set(COLUMNS) & set(registers)):
        fields = registers[name].fields
        for column in COLUMNS[name]:
            assert column.field in fields, (name, column)
            words = (fields[column.field].label.zh, *fields[column.field].aliases)
            assert column.heading in words, (name, column)


def test_the_small_edition_is_whole_and_the_same_each_time(tmp_path: Path) -> None:
    first = write_example(tmp_path / "a", SEED, schools=SMALL_EDITION)
    second = write_example(tmp_path / "b", SEED, schools=SMALL_EDITION)
    assert [hashlib.sha256(file.read_bytes()).digest() for file in first] == [hashlib.sha256(file.read_bytes()).digest() for file in second]
    assert {book.register for book in books(SEED, SMALL_EDITION)} == set(COLUMNS) - {"licences", "recognitions", "inspections"}
    files = [file.name for file in first if file.parent.name == "registers"]
    assert files == sorted(files)


def test_a_sheet_reads_back_as_it_was_written(tmp_path: Path) -> None:
    frame = pl.DataFrame({"学籍号": ["G1", None, "<&> \u200b"], "姓名": ["甲", " 乙 ", "丙"], "数": [1, None, 3], "额": [1.25, 2.5, None]})
    write_sheet(tmp_path / "x.xlsx", "名 & 表", frame, as_numbers={"学籍号": []})
    sheet = CalamineWorkbook.from_path(str(tmp_path / "x.xlsx")).get_sheet_by_index(0)
    assert sheet.name == "名 & 表"
    assert sheet.to_python() == [
        ["学籍号", "姓名", "数", "额"], ["G1", "甲", 1.0, 1.25], ["", " 乙 ", "", 2.5], ["<&> \u200b", "丙", 3.0, ""],
    ]  # fmt: skip


def test_a_spoilt_number_is_written_as_a_spreadsheet_writes_it(tmp_path: Path) -> None:
    frame = pl.DataFrame({"号": ["990101201207283194", "990101201207283194"]})
    write_sheet(tmp_path / "x.xlsx", "表", frame, as_numbers={"号": [1]})
    rows = CalamineWorkbook.from_path(str(tmp_path / "x.xlsx")).get_sheet_by_index(0).to_python()
    assert rows[1:] == [["990101201207283194"], [990101201207283200.0]]


@pytest.mark.parametrize("pupils", [1, 26_568, 30_000])
def test_a_benchmark_roll_has_exactly_so_many_rows_of_thirty_columns(tmp_path: Path, pupils: int) -> None:
    *_, roll = write_benchmark(tmp_path, pupils, SEED)
    rows = CalamineWorkbook.from_path(str(roll)).get_sheet_by_index(0).to_python()
    assert (len(rows) - 1, len(rows[0])) == (pupils, 30)
    if pupils > 26_568:
        identity, student = rows[0].index("身份证件号"), rows[0].index("全国学籍号")
        assert len({row[identity] for row in rows[1:]}) == len({row[student] for row in rows[1:]}) == pupils
        IdentityNumber.parse(str(rows[-1][identity]))
        StudentNumber.parse(str(rows[-1][student]))


def test_more_pupils_than_can_be_told_apart_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="can be written"):
        write_benchmark(tmp_path, 10_000_000, SEED)


def test_cells_hold_words_and_no_codes(last_roll: pl.DataFrame) -> None:
    shown = cells("pupils", last_roll)
    assert set(shown["年级"]) == {"一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级"}
    assert set(shown["是否住校"]) == {"是", "否"}
    assert set(shown["性别"]) == {"男性", "女性"}
    assert shown["入学方式"].null_count() == 0


def test_another_seed_is_another_district(tmp_path: Path) -> None:
    assert not Rolls.of(SEED, SMALL_EDITION).children.equals(Rolls.of(SEED + 1, SMALL_EDITION).children)
    assert len(write_books(tmp_path, books(SEED, SMALL_EDITION))) > 15
