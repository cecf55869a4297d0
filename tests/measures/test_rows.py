"""Rows: the records behind a value, from the same expression; what is listed comes to the value."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.measures.rows import UnknownOrganisation, rows_behind, totals
from jiaoheng.measures.values import compute
from jiaoheng.rulebook.registers import load_registers
from jiaoheng.snapshots.snapshot import Snapshot
from tests.measures.test_values import approx, districts
from tests.snapshots.written_by_hand import organisation, snapshot_of, statistics

CATALOGUE = load_catalogue()


def source(school: str, stage: str, file: str, row: int, fields: str, **more: Any) -> dict[str, Any]:
    """A source row of annual statistics."""
    own = {"organisation": school, "stage": stage, "file": file, "row": row, "fields": fields, "school_year": "2018-2019"}
    return {"sha256": "0" * 64, "sheet": "表1", "register": "annual_statistics", "accepted_by": "", **own, **more}


@pytest.fixture
def county(tmp_path: Path) -> Snapshot:
    """Two counties; in the first, a nine-year school and a primary school without a figure for teachers."""
    first, second = organisation("450202", kind="county"), organisation("4502021", kind="county")
    schools = [organisation("九年", first), organisation("小学", first), organisation("other", second)]
    records = [
        statistics("九年", "primary", pupils=300, teachers=20),
        statistics("九年", "junior", pupils=100, teachers=10),
        statistics("小学", "primary", pupils=200),
        statistics("other", "primary", pupils=50, teachers=5),
        statistics("九年", "primary", "2017-2018", pupils=1, teachers=1),
    ]
    sources = [
        source("九年", "primary", "teachers.xls", 9, "teachers"),
        source("九年", "primary", "pupils.xlsx", 4, "pupils, classes"),
        source("九年", "primary", "books.xlsx", 7, "books"),
        source("九年", "primary", "pupils.xlsx", 3, "pupils", school_year="2017-2018"),
        source("九年", "", "list.csv", 2, "", register="organisations"),
        source("九年", "junior", "all.xlsx", 5, ""),
    ]
    return snapshot_of(tmp_path / "s", [first, second, *schools], records, sources)


def test_the_records_come_with_the_columns_read_and_their_source(county: Snapshot) -> None:
    rows = rows_behind(county, CATALOGUE["pupils_per_teacher"], "450202").to_pylist()
    assert rows == [
        {"organisation": "九年", "name": "九年", "stage": "junior", "pupils": 100, "teachers": 10,
         "file": "all.xlsx", "sheet": "表1", "row": "5"},
        {"organisation": "九年", "name": "九年", "stage": "primary", "pupils": 300, "teachers": 20,
         "file": "pupils.xlsx; teachers.xls", "sheet": "表1; 表1", "row": "4; 9"},
    ]  # fmt: skip


def test_one_stage_one_year_one_school(county: Snapshot) -> None:
    def pupils(code: str, stage: str = "all", period: str | None = None) -> list[int]:
        return rows_behind(county, CATALOGUE["pupils"], code, stage, period).column("pupils").to_pylist()  # type: ignore[return-value]

    assert pupils("450202", "primary") == [300, 200]
    assert pupils("小学") == [200]
    assert pupils("450202", period="2017-2018") == [1]
    assert pupils("450202", "senior") == []


def test_totals_of_no_rows_are_missing(county: Snapshot) -> None:
    for name in ("pupils", "pupils_per_teacher", "teachers_cv"):
        sums = totals(CATALOGUE[name], rows_behind(county, CATALOGUE[name], "450202", "senior"))
        assert (sums.numerator, sums.denominator, sums.value, sums.covered) == (None, None, None, 0)


def test_an_unknown_organisation_offers_the_nearest(county: Snapshot) -> None:
    with pytest.raises(UnknownOrganisation, match="Did you mean «450202»"):
        rows_behind(county, CATALOGUE["pupils"], "450203")


def test_a_name_with_quotes_is_only_a_name(county: Snapshot) -> None:
    with pytest.raises(UnknownOrganisation):
        rows_behind(county, CATALOGUE["pupils"], "x' OR '1'='1")
    assert rows_behind(county, CATALOGUE["pupils"], "450202", "x' OR '1'='1").num_rows == 0


def test_the_rows_behind_every_measure_come_to_its_value(tmp_path: Path) -> None:
    figures = [name for name, rule in load_registers()["annual_statistics"].fields.items() if rule.type in ("count", "amount")]
    top = organisation("top", kind="county")
    schools = [organisation(f"s{i}", top, ownership="public") for i in range(4)]
    records = [
        statistics(
            f"s{i}",
            stage,
            **{name: float(7 * i + 3 * j + 100 * (name == "pupils")) for j, name in enumerate(figures) if (i + j) % 3 or j == 0},
        )
        for i in range(4)
        for stage in ("primary", "junior")
    ]
    snapshot = snapshot_of(tmp_path / "s", [top, *schools], records)
    values = compute(snapshot, CATALOGUE)
    declared = {
        name: measure
        for name, measure in CATALOGUE.items()
        if measure.register == "annual_statistics" and not measure.base and not measure.other and measure.stages != ("preschool",)
    }
    assert set(values.measures) == set(declared)
    for name, measure in declared.items():
        value = values.get(name, "top")
        assert value is not None and value.value is not None
        sums = totals(measure, rows_behind(snapshot, measure, "top"))
        assert (sums.numerator, sums.denominator, sums.value) == (approx(value.numerator), approx(value.denominator), approx(value.value))
        assert sums.covered == value.covered


@settings(max_examples=10, deadline=None)
@given(district=districts(), data=st.data())
def test_the_rows_behind_a_value_come_to_it(district: tuple[list[dict[str, Any]], list[dict[str, Any]]], data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        snapshot = snapshot_of(Path(folder), *district)
        values = compute(snapshot, CATALOGUE)
        if not values.measures:
            return
        name = data.draw(st.sampled_from(values.measures))
        for value in data.draw(st.lists(st.sampled_from(values.for_measure(name, stage=None)), min_size=1, max_size=3)):
            sums = totals(value.measure, rows_behind(snapshot, value.measure, value.organisation, value.stage, value.period))
            assert (sums.numerator, sums.denominator, sums.value) == (
                approx(value.numerator),
                approx(value.denominator),
                approx(value.value),
            )
            assert sums.covered == value.covered
