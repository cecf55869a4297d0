"""The engine reads the snapshot's files and nothing else."""

from pathlib import Path

import duckdb
import pytest

from jiaoheng.measures.engine import Engine
from tests.snapshots.written_by_hand import organisation, snapshot_of


def test_it_reads_the_snapshots_tables(tmp_path: Path) -> None:
    with Engine(snapshot_of(tmp_path / "it's a snapshot", [organisation("a")], [])) as engine:
        assert engine.run("SELECT code FROM organisations WHERE kind = ?", ["school"]).to_pylist() == [{"code": "a"}]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{elsewhere}')",
        "SELECT * FROM read_text('{elsewhere}')",
        "COPY organisations TO '{elsewhere}'",
        "ATTACH '{elsewhere}'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ],
)
def test_it_reaches_nothing_else(tmp_path: Path, sql: str) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text("secret\n1\n", encoding="utf-8")
    with Engine(snapshot_of(tmp_path / "s", [organisation("a")], [])) as engine, pytest.raises(duckdb.Error):
        engine.run(sql.format(elsewhere=elsewhere))
    assert elsewhere.read_text(encoding="utf-8") == "secret\n1\n"


def test_what_does_not_fit_is_spilled_and_nothing_of_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dead, foreign = tmp_path / "jiaoheng-spill-4194999-gone", tmp_path / "other"
    for folder in (dead, foreign):
        folder.mkdir()
    monkeypatch.setenv("JIAOHENG_SPILL", str(tmp_path))
    monkeypatch.setenv("JIAOHENG_MEMORY", "60MB")
    with Engine() as engine:
        (spill,) = tmp_path.glob("jiaoheng-spill-*")
        assert not dead.exists() and foreign.exists() and spill.stat().st_mode & 0o077 == 0
        long = "SELECT range || 'abcdefghijklmnopqrs' AS a FROM range(1500000)"
        assert engine.run(f"SELECT count(*) AS n FROM (SELECT a, count(*) FROM ({long}) GROUP BY a)").to_pylist() == [{"n": 1_500_000}]
    assert not spill.exists()


def test_results_come_without_a_warning_of_copies(recwarn: pytest.WarningsRecorder) -> None:
    with Engine() as engine:
        assert engine.run("SELECT 1 AS one").num_rows == 1
    assert not list(recwarn)
