"""Values: by hand, against the plain engine on random districts, and as a table."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from jiaoheng.measures.catalogue import Catalogue, UnknownMeasure, load_catalogue
from jiaoheng.measures.expression import ExpressionRefused, aggregate_expression
from jiaoheng.measures.few_rows import FEW
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.plainly import measure_plainly
from jiaoheng.measures.values import COLUMNS, Value, Values, compute
from jiaoheng.snapshots.snapshot import Snapshot
from tests.snapshots.written_by_hand import organisation, snapshot_of, statistics

CATALOGUE = load_catalogue()
STATISTICS = {
    name: one for name, one in CATALOGUE.measures.items() if one.register == "annual_statistics" and not one.other and not one.base
}
FIGURES = ("pupils", "teachers", "rooms", "teachers_above_qualification", "teaching_area_m2", "public_funds")


def approx(value: float | None) -> Any:
    return None if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)


@pytest.fixture
def county(tmp_path: Path) -> Snapshot:
    """A county with a town; a nine-year school and a primary school in the town, a junior school outside of it."""
    top = organisation("450202", kind="county")
    town = organisation("450202100", top, kind="township")
    nine, small, junior = (
        organisation("九年", town),
        organisation("小学", town),
        organisation("初中", top, name_zh="", name_en="Junior School"),
    )
    return snapshot_of(
        tmp_path / "county",
        [top, town, nine, small, junior],
        [
            statistics("九年", "primary", pupils=300, teachers=20),
            statistics("九年", "junior", pupils=100, teachers=10),
            statistics("小学", "primary", pupils=200, teachers=None),
            statistics("初中", "junior", pupils=400, teachers=40),
            statistics("初中", "senior", pupils=0, teachers=9),
        ],
    )


@pytest.mark.parametrize(
    ("measure", "code", "stage", "numerator", "denominator", "value", "covered", "of"),
    [
        ("pupils", "450202", "all", 1000, None, 1000, 3, 3),
        ("pupils", "450202100", "primary", 500, None, 500, 2, 2),
        ("teachers", "450202", "all", 70, None, 70, 2, 3),  # the senior part without pupils is outside the universe
        ("pupils_per_teacher", "450202", "all", 800, 70, 800 / 70, 2, 3),  # 小学's pupils are left out with its teachers
        ("pupils_per_teacher", "450202", "primary", 300, 20, 15, 1, 2),
        ("pupils_per_teacher", "450202", "junior", 500, 50, 10, 2, 2),
        ("pupils_per_teacher", "九年", "all", 400, 30, 400 / 30, 1, 1),
        ("pupils_per_teacher", "小学", "all", None, None, None, 0, 1),
    ],
)
def test_values_by_hand(
    county: Snapshot, measure: str, code: str, stage: str, numerator: float, denominator: float, value: float, covered: int, of: int
) -> None:
    found = compute(county, CATALOGUE).get(measure, code, stage)
    assert found is not None
    assert (found.numerator, found.denominator, found.value) == (approx(numerator), approx(denominator), approx(value))
    assert (found.covered, found.of) == (covered, of)


@pytest.mark.parametrize(
    ("measure", "denominator", "whole"),
    [("large_class_share", 5.76, 576), ("computers_per_100", 380.77, 38077), ("pupils_per_teacher", 70, 70), ("pupils", None, None)],
)
def test_the_whole_of_a_value_per_hundred_is_told_whole(measure: str, denominator: float | None, whole: float | None) -> None:
    value = Value(CATALOGUE[measure], "county", "450202", "县", "all", "2018-2019", 8, denominator, 1.4, 1, 1)
    assert value.whole == whole


def test_a_group_without_rows_has_no_value(county: Snapshot) -> None:
    values = compute(county, CATALOGUE)
    assert values.get("pupils", "450202", "senior") is None
    assert values.get("pupils", "nowhere") is None
    assert values.get("books_per_pupil", "450202") is None  # no row of the snapshot tells of books
    assert values.get("pupils", "450202", period="2001-2002") is None


BOOKS = [(45, 279), (37, 137), (89, 935), (76, 160), (55, 402)]
"""Pupils and books of the published worked example of 差异系数."""


def test_the_variation_is_the_official_one_weighted_by_pupils(tmp_path: Path) -> None:
    top = organisation("county", kind="county")
    schools = [organisation(f"s{i}", top) for i in range(5)]
    rows = [statistics(f"s{i}", pupils=pupils, rooms=books) for i, (pupils, books) in enumerate(BOOKS)]
    found = compute(snapshot_of(tmp_path / "s", [top, *schools], rows), CATALOGUE).get("rooms_cv", "county", "primary")
    assert found is not None and found.value is not None
    assert round(found.value, 4) == 0.5153
    assert round(found.denominator or 0, 4) == 6.3344
    assert round(found.numerator or 0, 4) == 3.2639
    assert round(found.value, 4) not in (0.4888, 0.5465)  # the unweighted ones, of a population and of a sample


def test_no_variation_is_printed_for_a_school(county: Snapshot) -> None:
    found = compute(county, CATALOGUE).for_measure("teachers_cv", stage=None)
    assert {value.level for value in found} == {"county", "township"}


@pytest.mark.parametrize("scale", [1, 10**6])
def test_the_variation_of_equal_schools_is_nothing(tmp_path: Path, scale: int) -> None:
    """Large equal values: the mean of squares less the square of the mean would leave noise, or the root of a negative number."""
    top = organisation("county", kind="county")
    schools = [organisation(f"s{i}", top) for i in range(50)]
    rows = [statistics(f"s{i}", pupils=7 * (i + 1), rooms=scale * 3 * (i + 1)) for i in range(50)]
    found = compute(snapshot_of(tmp_path / "s", [top, *schools], rows), CATALOGUE).get("rooms_cv", "county")
    assert found is not None and found.value == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("more", "pupils", "counted"),
    [
        ({"kind": "school"}, 49, True),
        ({"kind": "teaching_point"}, 49, False),
        ({"kind": "teaching_point"}, 50, True),
        ({"school_type": "teaching_point"}, 49, False),
        ({"kind": "special_school"}, 200, False),
        ({"school_type": "vocational"}, 200, False),
    ],
)
def test_the_seven_leave_out_who_is_not_counted(tmp_path: Path, more: dict[str, str], pupils: int, counted: bool) -> None:
    top = organisation("county", kind="county")
    schools = [organisation("a", top), organisation("b", top, **more)]
    rows = [statistics("a", pupils=100, backbone_teachers=1), statistics("b", pupils=pupils, backbone_teachers=1)]
    values = compute(snapshot_of(tmp_path / "s", [top, *schools], rows), CATALOGUE)
    found = values.get("backbone_teachers_per_100", "county")
    assert found is not None and found.of == found.covered == (2 if counted else 1)
    assert (values.get("backbone_teachers_per_100", "b") is not None) is counted


def test_only_the_snapshots_year_unless_all_are_asked_for(tmp_path: Path) -> None:
    rows = [statistics("s", year=year, pupils=pupils) for year, pupils in (("2017-2018", 10), ("2018-2019", 20), ("2019-2020", 30))]
    snapshot = snapshot_of(tmp_path / "s", [organisation("s")], rows)
    assert [value.value for value in compute(snapshot, CATALOGUE).for_measure("pupils")] == [20]
    every = compute(snapshot, CATALOGUE, ["pupils"], all_years=True)
    assert [every.get("pupils", "s", period=year).value for year in snapshot.school_years] == [10, 20, 30]  # type: ignore[union-attr]
    assert every.get("pupils", "s").value == 20  # type: ignore[union-attr]


def test_asking_for_some_measures_gives_those(county: Snapshot) -> None:
    assert compute(county, CATALOGUE, ["teachers_cv", "pupils"]).measures == ["teachers_cv", "pupils"]
    with pytest.raises(UnknownMeasure):
        compute(county, CATALOGUE, ["pupilz"])


def test_an_empty_snapshot_has_no_values(tmp_path: Path) -> None:
    values = compute(snapshot_of(tmp_path / "s", [organisation("s")], []), CATALOGUE)
    assert values.table.num_rows == 0 and values.table.column_names == list(COLUMNS) and values.measures == []
    assert values.get("pupils", "s") is None


def test_the_csv_is_tidy_and_in_full(county: Snapshot, tmp_path: Path) -> None:
    compute(county, CATALOGUE).csv(tmp_path / "values.csv")
    with (tmp_path / "values.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    found = {(row["measure"], row["organisation"], row["stage"]): row for row in rows}
    row = found["pupils_per_teacher", "450202", "all"]
    assert (row["level"], row["name"], row["period"]) == ("county", "450202", "2018-2019")
    assert float(row["value"]) == 800 / 70 and row["covered"] == "2" and row["of"] == "3"
    assert found["pupils", "450202", "all"]["denominator"] == ""
    assert found["pupils", "初中", "all"]["name"] == "Junior School"
    assert len(found) == len(rows)


def test_values_are_the_same_to_the_last_digit_every_time(county: Snapshot) -> None:
    first = compute(county, CATALOGUE).table
    assert all(compute(county, CATALOGUE).table.equals(first) for _ in range(3))


# Random districts: a tree of areas, schools of several stages (some below another school), figures that are often missing.
@st.composite
def districts(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    nodes = [organisation("top", kind="county")]
    for i in range(draw(st.integers(0, 4))):
        areas = [node for node in nodes if node["kind"] != "school"]
        nodes.append(organisation(f"area{i}", draw(st.sampled_from(areas)), kind="township"))
    areas = list(nodes)
    records = []
    for i in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(["school", "school", "teaching_point"]))
        above = draw(st.sampled_from([node for node in nodes if node in areas or (kind == "teaching_point" and node["kind"] == "school")]))
        nodes.append(organisation(f"s{i}", above, kind=kind, school_type=draw(st.sampled_from(["", "special"]))))
        for stage in draw(st.lists(st.sampled_from(["primary", "junior", "senior"]), unique=True, max_size=3)):
            records.append(statistics(f"s{i}", stage, **draw(_figures())))
    return nodes, records


@st.composite
def _figures(draw: st.DrawFn) -> dict[str, float | None]:
    whole = st.none() | st.integers(0, 400)
    cents = st.none() | st.integers(0, 10**9).map(lambda n: n / 100)
    return {name: draw(cents if name in ("teaching_area_m2", "public_funds") else whole) for name in FIGURES}


def _own_measures(expressions: list[str]) -> Catalogue:
    pupils = CATALOGUE["pupils"]
    try:
        parsed = [aggregate_expression(written, pupils.types) for written in expressions]
    except ExpressionRefused as refused:
        if "divides by zero" in str(refused):  # drawn by chance, and rightly refused
            reject()
        raise
    return Catalogue({f"m{i}": replace(pupils, id=f"m{i}", numerator=one) for i, one in enumerate(parsed)})


_column = st.sampled_from(["pupils", "teachers", "rooms", "public_funds"])
_number = st.recursive(
    _column | st.integers(0, 200).map(str) | st.sampled_from(["0.5", "2.25"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["greatest", "least", "nullif"]), inner, inner),
        st.builds("{}({})".format, st.sampled_from(["abs", "floor", "ceil", "-"]), inner),
        st.builds("case when {} > {} then {} else {} end".format, inner, inner, inner, inner),
    ),
    max_leaves=4,
)
_condition = st.recursive(
    st.one_of(
        st.builds("{} {} {}".format, _number, st.sampled_from(["<", "<=", ">", ">="]), _number),
        st.builds("({} between {} and {})".format, _column, st.integers(0, 200), st.integers(100, 400)),
        st.sampled_from(["stage in ('primary', 'senior')", "stage = 'junior'", "kind <> 'school'", "not (stage in ('primary'))"]),
    ),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner) | st.builds("(not {})".format, inner),
    max_leaves=3,
)
_aggregate = st.one_of(
    st.builds("{}({})".format, st.sampled_from(["sum", "avg", "min", "max", "count"]), _number),
    st.builds("{}({}) filter (where {})".format, st.sampled_from(["sum", "max", "count"]), _number, _condition),
    st.builds("count(*) filter (where {})".format, _condition),
    st.builds("(sum({}) {} sum({}))".format, _column, st.sampled_from("+-*/"), _column),
)


def _agree(snapshot: Snapshot, nodes: list[dict[str, Any]], records: list[dict[str, Any]], measures: Mapping[str, Measure]) -> None:
    for measure, values in product(measures.values(), [compute(snapshot, Catalogue(measures), few=few) for few in (0, FEW)]):
        plain = measure_plainly(measure, nodes, records, "2018-2019")
        found = {(row["organisation"], row["stage"]): row for row in values.table.to_pylist() if row["measure"] == measure.id}
        if not any(row["covered"] for row in plain.values()) and not found:
            continue  # no row has the figures: such a measure has no values
        assert set(found) == set(plain), measure.id
        for group, expected in plain.items():
            got = found[group]
            assert (got["covered"], got["of"]) == (expected["covered"], expected["of"]), (measure.id, group)
            for part in ("numerator", "denominator", "value"):
                assert got[part] == approx(expected[part]), (measure.id, str(measure.numerator), group, part)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(district=districts())
def test_the_engines_agree_with_the_plain_one(district: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    with TemporaryDirectory() as folder:
        _agree(snapshot_of(Path(folder), *district), *district, STATISTICS)


@settings(max_examples=30, deadline=None)
@given(district=districts(), expressions=st.lists(_aggregate, min_size=1, max_size=8))
def test_the_engines_agree_on_any_expression(district: tuple[list[dict[str, Any]], list[dict[str, Any]]], expressions: list[str]) -> None:
    with TemporaryDirectory() as folder:
        _agree(snapshot_of(Path(folder), *district), *district, _own_measures(expressions))


@settings(max_examples=15, deadline=None)
@given(district=districts())
def test_what_lies_below_adds_up_to_what_is_above(district: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    nodes, _ = district
    with TemporaryDirectory() as folder:
        values = compute(snapshot_of(Path(folder), *district), CATALOGUE)
    for measure in ("pupils", "teachers", "funds_per_pupil"):
        for above in nodes:
            whole = values.get(measure, above["code"])
            below = [values.get(measure, node["code"]) for node in nodes if node["parent"] == above["code"]]
            own = [record for record in district[1] if record["organisation"] == above["code"]]
            if whole and not own:
                assert whole.numerator == approx(sum(value.numerator or 0 for value in below if value) or whole.numerator)
                assert whole.covered == sum(value.covered for value in below if value)
                assert whole.of == sum(value.of for value in below if value)


def test_a_value_stays_what_the_values_were_made_of(county: Snapshot) -> None:
    values: Values = compute(county, CATALOGUE)
    found = values.get("pupils_per_teacher", "450202")
    assert found is not None and found.measure is CATALOGUE["pupils_per_teacher"]
