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
