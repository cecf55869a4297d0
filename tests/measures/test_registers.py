"""Measures over persons, classes and money: by hand, against the plain engine on random registers, and the rows behind them."""

from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.measures.catalogue import Catalogue, load_catalogue
from jiaoheng.measures.few_rows import FEW
from jiaoheng.measures.plainly import registers_plainly
from jiaoheng.measures.rows import rows_behind, totals
from jiaoheng.measures.values import Values, compute
from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.snapshots.snapshot import Snapshot
from tests.measures.test_values import approx
from tests.snapshots.written_by_hand import organisation, row, snapshot_of

CATALOGUE = load_catalogue()
COUNTY = organisation("C", kind="county")
TOWN = organisation("T", COUNTY, kind="township")
A = organisation("A", TOWN, ownership="public")
B = organisation("B", COUNTY, ownership="private", own=False)
PLACES = [COUNTY, TOWN, A, B]


def pupil(name: str, school: str = "A", year: str = "2018-2019", **said: Any) -> dict[str, Any]:
    return row("enrolments", school, said.pop("stage", "primary"), year, pupil=name, **{"on_roll": True, "sex": "1", **said})


def money(school: str, year: str, yuan: float | None, **said: Any) -> dict[str, Any]:
    stage = said.pop("stage", "primary")
    return row("funds", school, stage, year, spent_yuan=yuan, **{"purpose": "public", "source": "county", "share": 1.0, **said})


@pytest.fixture
def county(tmp_path: Path) -> Snapshot:
    """Six children on roll in 2018-2019, four the year before; money of two fiscal years; a population of the county."""
    before = [pupil(f"{n}", "A" if n < 3 else "B", "2017-2018", closed=True, next="dropped_out" if n == 1 else "promoted", boarder=n == 0)
              for n in range(4)]  # fmt: skip
    now = [pupil(f"{n}", "A" if n < 4 else "B", boarder=n < 3, next="unknown") for n in range(6)]
    left = pupil("9", "A", on_roll=False)
    junior = pupil("7", "B", stage="junior")
    classes = [row("classes", "A", class_name=f"{n}", grade="1", pupils=size) for n, size in enumerate((55, 56, 70, 10))]
    population = [
        row("population", "C", "primary", age=7, sex=sex, base=base, persons=4) for sex in "12" for base in ("household", "resident")
    ]
    population.append(row("population", "C", "", age=40, sex="1", base="household", persons=999))
    funds = [money("A", "2017", 300.0), money("A", "2018", 500.10), money("A", "2018", 99.0, purpose="salaries"), money("B", "2018", 60.0)]
    places = [row("institutions", "A", "preschool", pupils=30), row("institutions", "B", "preschool", pupils=10),
              row("institutions", "B", "preschool", "2017-2018", pupils=10, inclusive=True)]  # fmt: skip
    cohort = [row("cohorts", "B", "junior", "2017-2018", pupil=f"{n}", event=event, span="stage", whole=True, closed=True)
              for n, event in enumerate(["entrant"] * 4 + ["moved_in", "moved_out", "died", "graduated", "graduated"])]  # fmt: skip
    return snapshot_of(
        tmp_path / "county", PLACES, [], enrolments=[*before, *now, left, junior], classes=classes, population=population, funds=funds,
        institutions=places, cohorts=cohort,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "code", "stage", "period", "numerator", "denominator", "value"),
    [
        ("pupils_on_roll", "C", "all", "2018-2019", 7, None, 7),
        ("pupils_on_roll", "T", "primary", "2018-2019", 4, None, 4),
        ("boarder_share", "C", "primary", "2018-2019", 3, 0.06, 50),
        ("boarder_share_change", "C", "primary", "2018-2019", 25, None, 25),  # percentage points: 50 after 25
        ("gross_enrolment_ratio", "C", "primary", "2018-2019", 6, 0.08, 75),
        ("annual_dropout_rate", "C", "all", "2017-2018", 1, 0.04, 25),
        ("junior_retention_a", "C", "junior", "2017-2018", 2, 0.03, 200 / 3),
        ("large_class_share", "A", "all", "2018-2019", 2, 0.04, 50),
        ("public_funds_per_pupil", "C", "primary", "2018", 560.10, 6, 560.10 / 6),
        ("public_funds_per_pupil", "T", "all", "2018", 500.10, 4, 500.10 / 4),
        ("public_funds_per_pupil_growth", "A", "all", "2018", 500.10 / 4 - 100, 1, 25.025),  # percent of 100
        ("inclusive_children_share", "C", "preschool", "2018-2019", 30, 0.4, 75),
    ],
)
def test_values_by_hand(
    county: Snapshot, measure: str, code: str, stage: str, period: str, numerator: float, denominator: float, value: float
) -> None:
    found = compute(county, CATALOGUE, all_years=True).get(measure, code, stage, period)
    assert found is not None
    assert (found.numerator, found.denominator, found.value) == (approx(numerator), approx(denominator), approx(value))


def test_a_measure_speaks_of_its_own_period(county: Snapshot) -> None:
    values = compute(county, CATALOGUE)
    assert (county.school_year, county.period("funds")) == ("2018-2019", "2018")
    for measure, period in (
        ("annual_dropout_rate", "2017-2018"),
        ("public_funds_per_pupil_growth", "2018"),
        ("boarder_share", "2018-2019"),
    ):
        found = values.get(measure, "C")
        assert found is not None and found.period == period and values.periods[measure] == period
    by_year = values.get("public_funds_per_pupil", "C", period="2018-2019")
    assert by_year is not None and by_year.period == "2018"


def test_trend_and_change_never_confuse_percent_and_points(county: Snapshot) -> None:
    values = compute(county, CATALOGUE, all_years=True)
    assert [one.value for one in values.trend("pupils_on_roll", "C")] == [4, 7]
    pupils, share = values.change("pupils_on_roll", "C"), values.change("boarder_share", "C", "primary")
    assert pupils is not None and (pupils.amount, pupils.percent, pupils.points) == (3, 75, None)
    assert share is not None and (share.percent, share.points) == (None, 25)
    assert values.change("pupils_on_roll", "C", period="2017-2018") is None


def test_the_rows_behind_are_persons_by_pseudonym_and_come_to_the_value(county: Snapshot) -> None:
    measure = CATALOGUE["boarder_share"]
    rows = rows_behind(county, measure, "C", "primary")
    assert rows.column_names == ["organisation", "name", "stage", "pupil", "boarder", "on_roll", "file", "sheet", "row"]
    assert rows["pupil"].to_pylist() == ["4", "5", "0", "1", "2", "3"]  # B stands before T in the tree
    sums = totals(measure, rows)
    assert (sums.numerator, sums.denominator, sums.covered) == (3, 0.06, 2)

    funds = CATALOGUE["public_funds_per_pupil"]
    above, below = (rows_behind(county, funds, "C", "primary", part=part) for part in ("numerator", "denominator"))
    assert (above.num_rows, below.num_rows, above.column_names[3:6]) == (2, 6, ["source", "purpose", "spent_yuan"])
    assert totals(funds, above, below).value == approx(560.10 / 6)

    growth = CATALOGUE["public_funds_per_pupil_growth"]
    assert rows_behind(county, growth, "A").num_rows == 1
    assert rows_behind(county, growth, "A", part="denominator")["spent_yuan"].to_pylist() == [300.0]


def test_a_snapshot_without_a_table_has_no_values_of_it(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path / "s", PLACES, [])
    values = compute(snapshot, CATALOGUE, all_years=True)
    assert rows_behind(snapshot, CATALOGUE["pupils_on_roll"], "C").num_rows == 0
    assert values.measures == [] and values.get("boarder_share", "C") is None


def test_a_stage_is_left_out_where_money_belongs_to_no_single_stage(tmp_path: Path) -> None:
    funds = [money("A", "2018", 10.0, stage=""), money("B", "2018", 10.0)]
    snapshot = snapshot_of(tmp_path / "s", PLACES, [], enrolments=[pupil("1"), pupil("2", "B")], funds=funds)
    values = compute(snapshot, CATALOGUE, ["public_funds_per_pupil"])
    assert [(one.organisation, one.stage) for one in values.for_measure("public_funds_per_pupil", stage=None)] == [
        ("C", "all"), ("B", "all"), ("B", "primary"), ("T", "all"), ("A", "all"),
    ]  # fmt: skip


_SHORT = """
public_pupils: &total
  label: {en: Own total, zh: 自定总数}
  register: enrolments
  kind: total
  numerator: count(distinct pupil) - count(distinct pupil) filter (where not boarder)
  scope: {schools: public}
  unit: {en: pupils, zh: 人}
  decimals: 0
  better: none
  source: {document: Circular 4/2023 (example)}
oldest:
  <<: *total
  label: {en: Own oldest, zh: 自定最大}
  numerator: max(age) - min(age) + avg(age)
  scope: {schools: own}
two_stages:
  <<: *total
  label: {en: Own list, zh: 自定列表}
  register: staff
  numerator: sum(training_hours) + count(*) filter (where list_contains(stages, 'junior'))
  scope: {}
spread:
  <<: *total
  label: {en: Own spread, zh: 自定差异}
  kind: variation
  numerator: null
  resource: case when boarder then 1 else 0 end
  weight: 1 + age
  scope: {}
spent_share:
  <<: *total
  label: {en: Own share, zh: 自定占比}
  register: funds
  kind: ratio
  numerator: sum(spent_yuan)
  denominator: sum(received_yuan) / 100
  unit: {en: '%', zh: '%'}
  scope: {}
spent_share_points:
  label: {en: Own points, zh: 自定百分点}
  kind: change
  of: spent_share
  in: points
  decimals: 2
  better: more
  source: {document: Circular 4/2023 (example)}
yuan_per_child_before:
  <<: *total
  label: {en: Own yuan, zh: 自定生均}
  register: funds
  kind: ratio
  numerator: sum(spent_yuan)
  denominator_register: enrolments
  denominator: count(distinct pupil)
  denominator_periods_back: 1
  combines: {en: The year before., zh: 上一年。}
  scope: {}
yuan_growth:
  label: {en: Own growth, zh: 自定增长}
  kind: change
  of: yuan_per_child_before
  in: percent
  decimals: 2
  better: more
  source: {document: Circular 4/2023 (example)}
"""


class _InFull(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


OWN = yaml.dump(yaml.safe_load(_SHORT), Dumper=_InFull, allow_unicode=True, sort_keys=False, default_flow_style=None, width=1000)


def own_catalogue(folder: Path, text: str = OWN) -> Catalogue:
    (folder / "measures").mkdir(exist_ok=True)
    (folder / "measures" / "own.yaml").write_text(text.strip() + "\n", encoding="utf-8")
    return load_catalogue(folder)


SCHOOLS = st.sampled_from(["A", "B", "T"])
STAGES = st.sampled_from(["primary", "junior"])
YEARS = st.sampled_from(["2017-2018", "2018-2019"])
AGES = st.integers(5, 12)
YUAN = st.one_of(st.none(), st.integers(0, 10**9).map(lambda cents: cents / 100))


@st.composite
def registers(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    children = st.builds(
        lambda s, stage, y, name, age, on, boards: row(
            "enrolments", s, stage, y, pupil=name, age=age, on_roll=on, boarder=boards, next="promoted"
        ),
        SCHOOLS, STAGES, YEARS, st.sampled_from("pqrst"), AGES, st.booleans(), st.booleans(),
    )  # fmt: skip
    persons = st.builds(
        lambda s, stage, y, hours, taught: row("staff", s, stage, y, person="x", training_hours=hours, stages=taught),
        SCHOOLS, STAGES, YEARS, st.sampled_from([None, 0.5, 72.25, 360.0]), st.sampled_from(["", "junior", "primary,junior"]),
    )  # fmt: skip
    sums = st.builds(
        lambda s, stage, y, spent, received: row(
            "funds", s, stage, y, spent_yuan=spent, received_yuan=received, purpose="public", share=1.0
        ),
        SCHOOLS, st.sampled_from(["primary", "junior", ""]), st.sampled_from(["2017", "2018"]), YUAN, YUAN,
    )  # fmt: skip
    return {
        "enrolments": draw(st.lists(children, max_size=12)),
        "staff": draw(st.lists(persons, max_size=8)),
        "funds": draw(st.lists(sums, max_size=8)),
    }


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(registers())
def test_all_engines_agree_on_random_registers(tables: dict[str, list[dict[str, Any]]]) -> None:
    catalogue = _kept_catalogue()
    names = [name for name in catalogue if catalogue[name].label.en.startswith("Own")]
    names += ["pupils_on_roll", "boarder_share", "boarder_share_change", "public_funds_per_pupil", "public_funds_per_pupil_growth"]
    with TemporaryDirectory() as folder:
        snapshot = snapshot_of(Path(folder), PLACES, [], **tables)
        by_queries, row_by_row = (compute(snapshot, catalogue, names, all_years=True, few=few) for few in (0, FEW))
    for name, year, values in product(names, ("2017", "2018"), (by_queries, row_by_row)):
        period = year if catalogue[name].register == "funds" else f"{year}-{int(year) + 1}"
        expected = registers_plainly(catalogue[name], PLACES, tables, period)
        _agree(values, name, period, {key: one for key, one in expected.items() if _anything(values, name)})


@cache
def _kept_catalogue() -> Catalogue:
    with TemporaryDirectory() as folder:
        return own_catalogue(Path(folder))


def _anything(values: Values, name: str) -> bool:
    return name in values.measures  # a measure that no row has the figures for is left out whole


def _agree(values: Values, name: str, period: str, expected: dict[tuple[str, str], Any]) -> None:
    found = {(one.organisation, one.stage): one for one in values.for_measure(name, stage=None, period=period)}
    assert set(found) == set(expected), (name, period)
    for key, one in expected.items():
        for part in ("numerator", "denominator", "value"):
            assert getattr(found[key], part) == approx(one[part]), (name, period, key, part)
        assert (found[key].covered, found[key].of) == (one["covered"], one["of"]), (name, period, key)


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        (
            ("  combines: {en: The year before., zh: 上一年。}\n", ""),
            "yuan_per_child_before.combines",
            "calendar is fiscal_year above and 1_september",
        ),
        (("in: percent", "in: points"), "yuan_growth.in", "is no percentage"),
        (("in: points", "in: percent"), "spent_share_points.in", "is a percentage"),
        (("of: spent_share\n", "of: spent\n"), "spent_share_points.of", "a measure that is no change itself"),
        (("denominator_register: enrolments", "denominator_register: pupils"), "yuan_per_child_before.denominator_register", "population"),
        (("numerator: max(age)", "numerator: max(birth_date)"), "oldest.numerator", "«birth_date» is not one"),
        (("list_contains(stages, 'junior')", "list_contains(sex, 'junior')"), "two_stages.numerator", "a column of several texts"),
        (("count(distinct pupil) -", "count(distinct pupil, age) -"), "public_pupils.numerator", "DISTINCT"),
        (("scope: {schools: public}", "scope: {schools: everyone}"), "public_pupils.scope.schools", "public"),
        (("  scope: {schools: public}", "  calendar: fiscal_year"), "public_pupils.calendar", "1_september or school_year"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_place(tmp_path: Path, change: tuple[str, str], key: str, says: str) -> None:
    assert change[0] in OWN
    with pytest.raises(RulebookFaulty) as faulty:
        own_catalogue(tmp_path, OWN.replace(*change, 1))
    assert any(fault.key == key and says in fault.expected for fault in faulty.value.faults), str(faulty.value)


def test_each_table_is_read_once(county: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    from jiaoheng.measures.engine import Engine

    ran: list[str] = []
    run = Engine.run
    monkeypatch.setattr(Engine, "run", lambda self, sql, values=(): (ran.append(sql), run(self, sql, values))[1])
    compute(county, CATALOGUE, all_years=True, few=0)
    for table in ("enrolments", "funds", "classes", "population"):
        assert sum(f'FROM "{table}"' in sql for sql in ran) == 1
    ran.clear()
    compute(county, CATALOGUE, all_years=True, few=county.manifest["tables"]["enrolments"]["rows"] - 1)
    assert [sql for sql in ran if 'FROM "funds"' in sql] == []
    assert len([sql for sql in ran if 'FROM "enrolments"' in sql]) == 1
    assert "birth_date" not in pq.read_schema(county.tables["enrolments"]).names
