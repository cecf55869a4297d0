"""Spark reads the rows instead of DuckDB: the values are the same, on a district, on random registers and on random expressions."""

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiaoheng.measures.catalogue import Catalogue, load_catalogue
from jiaoheng.measures.scanning import UnknownEngine, chosen_scan
from jiaoheng.measures.spark import in_spark_sql
from jiaoheng.measures.values import compute
from jiaoheng.snapshots.snapshot import Snapshot
from tests.measures.test_registers import PLACES, registers
from tests.measures.test_values import _aggregate, _own_measures, districts
from tests.snapshots.written_by_hand import snapshot_of
from tests.tiny_district import record, school, snapshot

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
# Two examples, of which the first is always the simplest: a query that is large and telling costs Spark hardly more than a small one.
FEW = settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture(scope="module")
def cluster() -> Iterator[pytest.MonkeyPatch]:
    """A cluster of two workers, each a process of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("JIAOHENG_SPARK_MASTER", "local-cluster[2,1,1024]")
        yield patch


def agree(cluster: pytest.MonkeyPatch, data: Snapshot, catalogue: Catalogue) -> pa.Table:
    """Both engines' values, equal but for the last digits of sums of fractions."""
    here = compute(data, catalogue, all_years=True, few=0).table
    cluster.setenv("JIAOHENG_ENGINE", "spark")
    try:
        there = compute(data, catalogue, all_years=True, few=0).table
    finally:
        cluster.delenv("JIAOHENG_ENGINE")
    exact = ["measure", "level", "organisation", "name", "stage", "period", "covered", "of"]
    assert there.select(exact).equals(here.select(exact))
    for column in ("numerator", "denominator", "value"):
        for one, other in zip(here[column].to_pylist(), there[column].to_pylist(), strict=True):
            assert (one is None) == (other is None)
            assert one is None or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12), (column, one, other)
    return here


@needs_java
@pytest.mark.slow
def test_the_values_of_a_district(cluster: pytest.MonkeyPatch, tmp_path: Path) -> None:
    schools = [school(code, f"晨光{code}小学") for code in "ABC"]
    records = [record(code, year, school_year=f"{y}-{y + 1}") for code in "ABC" for year in ("primary", "junior") for y in (2017, 2018)]
    found = agree(cluster, snapshot(tmp_path / "s", schools, records), load_catalogue())
    assert found.num_rows > 200


@needs_java
@pytest.mark.slow
@FEW
@given(several=st.lists(registers(), min_size=4, max_size=4))
def test_random_registers(cluster: pytest.MonkeyPatch, several: list[dict[str, list[dict[str, Any]]]]) -> None:
    tables = {name: [row for one in several for row in one[name]] for name in several[0]}
    with TemporaryDirectory() as folder:
        agree(cluster, snapshot_of(Path(folder) / "s", PLACES, [], **tables), load_catalogue())


@needs_java
@pytest.mark.slow
@FEW
@given(district=districts(), expressions=st.lists(_aggregate, min_size=16, max_size=32))
def test_random_expressions(cluster: pytest.MonkeyPatch, district: tuple[Any, Any], expressions: list[str]) -> None:
    with TemporaryDirectory() as folder:
        agree(cluster, snapshot_of(Path(folder), *district), _own_measures(expressions))


def test_the_dialect_is_sparks_own() -> None:
    asked = 'WITH a AS MATERIALIZED (SELECT "stage", count(*) FILTER (WHERE x > 1) AS n FROM r WHERE y IN (?, ?)) SELECT * FROM a'
    sql = in_spark_sql(asked, ["1", "2"])
    assert "MATERIALIZED" not in sql and "`stage`" in sql and "'1'" in sql and "?" not in sql


def test_an_unknown_engine_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIAOHENG_ENGINE", "hadoop")
    with pytest.raises(UnknownEngine, match="Set it to duckdb or spark"):
        chosen_scan()
