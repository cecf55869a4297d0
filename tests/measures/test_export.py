"""Exports: one table in three forms, with a dictionary that says what every column and measure means."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.measures.export import ExportRefused, export
from jiaoheng.measures.values import COLUMNS, compute
from jiaoheng.snapshots.snapshot import Snapshot
from tests.measures.test_registers import PLACES, money, pupil
from tests.snapshots.written_by_hand import snapshot_of

CATALOGUE = load_catalogue()


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    children = [pupil(f"{n}", "A" if n < 2 else "B", boarder=n % 2 == 0) for n in range(12)]
    return snapshot_of(tmp_path / "s", PLACES, [], enrolments=children, funds=[money("A", "2018", 60.0)])


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_the_tidy_table_can_be_read_alone_in_both_forms(snapshot: Snapshot, tmp_path: Path) -> None:
    values = compute(snapshot, CATALOGUE)
    for name in ("values.csv", "values.parquet"):
        export(values.table, snapshot, CATALOGUE, tmp_path / name)
    rows = read(tmp_path / "values.csv")
    assert list(rows[0]) == [*COLUMNS, "unit", "counted", "schools", "calendar", "definition_version", "snapshot"]
    first = next(row for row in rows if row["measure"] == "boarder_share" and row["organisation"] == "C")
    assert (first["value"], first["unit"], first["counted"], first["calendar"]) == ("50.0", "%", "school_register", "1_september")
    parquet = pq.read_table(tmp_path / "values.parquet")
    assert parquet.column_names == list(rows[0]) and parquet.num_rows == len(rows) == values.table.num_rows
    said = json.loads((tmp_path / "values.csv.dictionary.json").read_text(encoding="utf-8"))
    assert {one["name"] for one in said["columns"]} >= {*COLUMNS, "snapshot"} and said["snapshot"]["hash"] == snapshot.hash
    per_pupil = next(one for one in said["measures"] if one["id"] == "public_funds_per_pupil")
    assert per_pupil["denominator_register"] == "enrolments" and per_pupil["combines"]["en"] and per_pupil["source"]["document"]


def test_sdmx_csv_has_the_header_of_the_standard(snapshot: Snapshot, tmp_path: Path) -> None:
    export(compute(snapshot, CATALOGUE).table, snapshot, CATALOGUE, tmp_path / "values.sdmx.csv")
    rows = read(tmp_path / "values.sdmx.csv")
    assert list(rows[0])[:8] == ["STRUCTURE", "STRUCTURE_ID", "ACTION", "INDICATOR", "REF_AREA", "STAGE", "TIME_PERIOD", "OBS_VALUE"]
    times = {row["INDICATOR"]: row["TIME_PERIOD"] for row in rows}
    assert (times["boarder_share"], times["public_funds_per_pupil"]) == ("2018-09-01", "2018")
    assert {(row["STRUCTURE"], row["ACTION"]) for row in rows} == {("dataflow", "I")}
    assert {(row["OBS_STATUS"], row["OBS_VALUE"] == "") for row in rows} <= {("A", False), ("M", True)}
    keys = [(row["INDICATOR"], row["REF_AREA"], row["STAGE"], row["TIME_PERIOD"]) for row in rows]
    assert len(set(keys)) == len(keys)


def test_another_ending_is_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match=r"\.parquet"):
        export(compute(snapshot, CATALOGUE).table, snapshot, CATALOGUE, tmp_path / "values.xls")
    assert not (tmp_path / "values.xls").exists()


def test_the_command_publishes_without_small_counts(snapshot: Snapshot, tmp_path: Path) -> None:
    from jiaoheng.cli.main import _application

    out = tmp_path / "out.sdmx.csv"
    run = CliRunner().invoke(
        _application("compute"),
        ["compute", "--snapshot", str(snapshot.folder), "--output", str(out), "--publish", "--measure", "pupils_on_roll",
         "--reasons", str(tmp_path / "office" / "why.csv")],
    )  # fmt: skip
    assert run.exit_code == 0, run.output
    assert "small themselves" in run.output and not any("why" in name.casefold() for name in read(out)[0])
    assert ("A", "primary", "small") in {(row["organisation"], row["stage"], row["why"]) for row in read(tmp_path / "office" / "why.csv")}
    rows = {(row["REF_AREA"], row["STAGE"]): row for row in read(out)}
    assert (rows["A", "primary"]["OBS_VALUE"], rows["A", "primary"]["OBS_STATUS"], rows["A", "primary"]["CONF_STATUS"]) == ("", "Q", "C")
    assert rows["C", "all"]["OBS_VALUE"] == "12.0" and "hidden" in run.output
