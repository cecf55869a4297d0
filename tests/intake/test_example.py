"""The example district: the totals it promises, the same bytes from the same seed, headings that the registers know."""

import hashlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from jiaoheng.intake.example import CLERK_SCHOOL, write_example
from jiaoheng.intake.example.district import places, schools
from jiaoheng.intake.example.figures import FIGURES, YEARS, Declared, apportioned, declared
from jiaoheng.intake.example.workbooks import DIRECTORY, FAULTY, FAULTY_NOTES, HEADING_ROW, TAKEN_IN, yearly
from jiaoheng.intake.taking_in import take_in
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.rulebook.registers import RegisterRule, load_registers

SEED = 2018


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    write_example(folder, SEED, registers=False)
    return folder


def _latest(seed: int = SEED) -> list[Declared]:
    return [row for row in declared(seed) if row.school_year == YEARS[-1]]


def _total(rows: list[Declared], stage: str, figure: str) -> int:
    return sum(row.figures[figure] for row in rows if row.stage == stage)


@pytest.mark.parametrize("seed", [SEED, 1, 77])
def test_the_latest_year_adds_up_to_the_district_it_is_modelled_on(seed: int) -> None:
    rows = _latest(seed)
    assert (_total(rows, "primary", "pupils"), _total(rows, "junior", "pupils")) == (18_430, 8_138)
    assert (_total(rows, "primary", "teachers"), _total(rows, "junior", "teachers")) == (1_025, 611)


def test_there_are_26_schools_and_55_kindergartens() -> None:
    kinds = [place.school_type for place in schools(SEED)]
    assert CLERK_SCHOOL in {place.code for place in schools(SEED)}
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "primary": 19, "nine_year": 2, "junior": 4, "complete_secondary": 1, "kindergarten": 55,
    }  # fmt: skip


def test_every_place_stands_below_one_written_before_it() -> None:
    seen: set[str] = set()
    for place in places(SEED):
        assert place.parent in seen or (place.parent is None and not seen)
        assert place.code not in seen
        seen.add(place.code)


@pytest.mark.parametrize("seed", [SEED, 5])
def test_no_row_contradicts_itself(seed: int) -> None:
    for row in declared(seed):
        figures = row.figures
        assert all(value >= 0 for value in figures.values()), row
        assert figures["classes"] <= figures["rooms"], row
        for part in ("teachers_above_qualification", "backbone_teachers", "pe_arts_teachers"):
            assert figures.get(part, 0) <= figures["teachers"], row
        assert figures.get("multimedia_classrooms", 0) <= figures["rooms"], row
        assert figures["pupils"] / figures["classes"] < 66, row


def test_buildings_do_not_shrink_and_equipment_grows() -> None:
    rows = {(row.place.code, row.stage, row.school_year): row.figures for row in declared(SEED) if row.stage != "preschool"}
    for code, stage, _ in list(rows):
        for before, after in pairwise(rows[code, stage, year] for year in YEARS):
            assert before["sports_area_m2"] <= after["sports_area_m2"]
            assert before.get("equipment_value", 0) <= after["equipment_value"]


def test_some_figures_are_missing_and_none_of_them_is_written_as_zero() -> None:
    missing = [(row.place.code, name) for row in declared(SEED) if row.stage != "preschool" for name in FIGURES if name not in row.figures]
    assert len(missing) == 5


def test_the_same_seed_writes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    for file in write_example(tmp_path, SEED, registers=False):
        assert hashlib.sha256(file.read_bytes()).digest() == hashlib.sha256((folder / file.relative_to(tmp_path)).read_bytes()).digest(), (
            file.name
        )


def test_another_seed_writes_another_district(folder: Path, tmp_path: Path) -> None:
    write_example(tmp_path, SEED + 1, registers=False)
    assert (tmp_path / TAKEN_IN / yearly(YEARS[-1])).read_bytes() != (folder / TAKEN_IN / yearly(YEARS[-1])).read_bytes()


@pytest.mark.parametrize(
    ("file", "register"),
    [
        (f"{TAKEN_IN}/{DIRECTORY}", "organisations"),
        (FAULTY, "annual_statistics"),
        *((f"{TAKEN_IN}/{yearly(year)}", "annual_statistics") for year in YEARS),
    ],
)
def test_every_heading_is_a_word_of_the_register(folder: Path, file: str, register: str) -> None:
    definition = load_registers()[register]
    headings = CalamineWorkbook.from_path(str(folder / file)).get_sheet_by_index(0).to_python()[HEADING_ROW - 1]
    fields = [_fields_called(definition, str(heading)) for heading in headings]
    assert all(len(found) == 1 for found in fields), [heading for heading, found in zip(headings, fields, strict=True) if len(found) != 1]
    assert len({found[0] for found in fields}) == len(fields)


def _fields_called(register: RegisterRule, heading: str) -> list[str]:
    return [name for name, field in register.fields.items() if heading in (name, field.label.zh, field.label.en, *field.aliases)]


def test_the_page_beside_the_faulty_workbook_names_the_row_where_each_fault_stands(folder: Path) -> None:
    cells = CalamineWorkbook.from_path(str(folder / FAULTY)).get_sheet_by_index(0).to_python()
    lines = [line.split("|") for line in (folder / FAULTY_NOTES).read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    assert len(lines) == 17
    for _, row, column, school, *_ in lines:
        assert cells[int(row) - 1][1] == school.strip().removesuffix("–")
        if column.strip() != "–":
            assert cells[HEADING_ROW - 1][ord(column.strip()[0]) - ord("A")] == column.strip()[2:]


@pytest.mark.django_db
def test_the_sound_workbooks_are_taken_in_whole_and_twice_changes_nothing(folder: Path) -> None:
    first = take_in([folder / TAKEN_IN])
    assert [(file.rejected, file.accepted == file.read) for file in first.files] == [(0, True)] * 4
    assert {cause.severity for file in first.files for cause in file.causes} <= {"info"}
    assert Organisation.objects.filter(kind="school").count() == 26
    assert Organisation.objects.filter(kind="kindergarten").count() == 55
    primary = AnnualStatistics.objects.filter(school_year=YEARS[-1], stage="primary")
    assert sum(row.pupils or 0 for row in primary) == 18_430
    assert AnnualStatistics.objects.get(organisation__code="2199000016", school_year=YEARS[0]).books is None
    assert take_in([folder / TAKEN_IN]).changed_nothing


@pytest.mark.django_db
def test_the_faulty_workbook_returns_exactly_what_was_planted(folder: Path) -> None:
    take_in([folder / TAKEN_IN])
    (file,) = take_in([folder / FAULTY]).files
    assert (file.read, file.accepted, file.unchanged, file.rejected) == (24, 1, 13, 10)
    returned = {(cause.code, cause.first_row, cause.last_row, cause.column[:1]) for cause in file.causes if cause.severity == "reject"}
    assert returned == {
        ("STAT-03", 8, 8, "L"),  # negative
        ("STAT-05", 9, 9, "A"),  # no such school
        ("STAT-07", 12, 12, "I"),  # a part larger than the whole
        ("STAT-04", 13, 13, "D"),  # no such stage
        ("STAT-02", 14, 14, "F"),  # words
        ("STAT-10", 16, 16, "E"),  # half a pupil
        ("STAT-01", 17, 17, "C"),  # nothing
        ("STAT-03", 18, 18, "E"),  # a thousand times too many
        ("STAT-06", 21, 22, "A"),  # twice
    }
    understood = {cause.code for cause in file.causes if cause.severity == "info"}
    assert understood == {"READ-01", "READ-02", "READ-03", "READ-05", "READ-08", "READ-09"}
    assert AnnualStatistics.objects.get(organisation__code="2199000011", school_year=YEARS[-1]).computers == 118


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40), st.integers(0, 5), st.integers(0, 100_000))
def test_shares_are_whole_and_add_up(weights: list[float], least: int, spread: int) -> None:
    total = least * len(weights) + spread
    shares = apportioned(total, weights, least)
    assert sum(shares) == total
    assert min(shares) >= least


def test_too_little_to_share_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be shared"):
        apportioned(2, [1, 1, 1])
