"""Snapshots: opened when whole, refused when anything was changed."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import jiaoheng
from jiaoheng.snapshots.snapshot import MANIFEST, Snapshot, SnapshotRefused, newest_snapshot
from tests.snapshots.written_by_hand import organisation, snapshot_of, statistics


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    school = organisation("阳光小学")
    years = [statistics("阳光小学", year=year, pupils=10) for year in ("2017-2018", "2018-2019", "2019-2020")]
    return snapshot_of(tmp_path / "snapshot", [school], years).folder


def test_a_whole_snapshot_opens(folder: Path) -> None:
    snapshot = Snapshot.open(folder)
    assert snapshot.date.isoformat() == "2018-10-01"
    assert set(snapshot.tables) == {"organisations", "annual_statistics", "source_rows"}
    assert len(snapshot.hash) == 64


def test_its_school_year_is_the_latest_that_had_begun(folder: Path) -> None:
    assert Snapshot.open(folder).school_year == "2018-2019"
    assert Snapshot.open(folder).school_years == ["2017-2018", "2018-2019", "2019-2020"]


@pytest.mark.parametrize(("day", "year"), [("2018-08-31", "2017-2018"), ("2018-09-01", "2018-2019"), ("2016-01-01", None)])
def test_a_school_year_begins_on_the_first_of_september(tmp_path: Path, day: str, year: str | None) -> None:
    rows = [statistics("s", year=each, pupils=1) for each in ("2017-2018", "2018-2019")]
    assert snapshot_of(tmp_path / "s", [organisation("s")], rows, date=day).school_year == year


def test_its_periods_are_told_though_several_stand_in_one_group_of_rows(tmp_path: Path) -> None:
    rows = [statistics("s", year=year, pupils=1) for year in ("2018-2019", "2016-2017", "2018-2019")]
    snapshot = snapshot_of(tmp_path / "s", [organisation("s")], rows)
    assert snapshot.periods("annual_statistics") == ["2016-2017", "2018-2019"]
    assert snapshot.periods("source_rows") == snapshot.periods("no such table") == []


def test_it_tells_which_columns_lack_no_value(tmp_path: Path) -> None:
    rows = [statistics("s", "primary", pupils=1, teachers=None), statistics("s", "junior", pupils=2, teachers=3)]
    whole = snapshot_of(tmp_path / "s", [organisation("s")], rows).whole_columns("annual_statistics")
    assert {"organisation", "stage", "pupils"} <= whole and not {"teachers", "rooms"} & whole


def test_a_file_that_does_not_say_what_is_missing_is_taken_to_lack_something(folder: Path) -> None:
    file = Snapshot.open(folder).tables["annual_statistics"]
    pq.write_table(pq.read_table(file), file, write_statistics=False)
    assert Snapshot(folder, json.loads((folder / MANIFEST).read_text())).whole_columns("annual_statistics") == frozenset()


def test_a_changed_table_is_refused(folder: Path) -> None:
    file = folder / "annual_statistics.parquet"
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(SnapshotRefused, match="annual_statistics"):
        Snapshot.open(folder)


def test_a_missing_table_is_refused(folder: Path) -> None:
    (folder / "organisations.parquet").unlink()
    with pytest.raises(SnapshotRefused, match=r"lacks its file organisations\.parquet"):
        Snapshot.open(folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"hash": "0" * 64}, "manifest.json was changed"),
        ({"schema_version": 3}, "schema version 3"),
        ({"date": "yesterday"}, "lacks"),
        ({"tables": {}}, "lacks"),
    ],
)
def test_a_changed_manifest_is_refused(folder: Path, change: dict[str, object], says: str) -> None:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / MANIFEST).write_text(json.dumps({**manifest, **change}), encoding="utf-8")
    with pytest.raises(SnapshotRefused, match=says):
        Snapshot.open(folder)


def test_a_manifest_cannot_name_a_file_elsewhere(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["tables"]["organisations"]["file"] = "../organisations.parquet"
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(SnapshotRefused):
        Snapshot.open(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_an_unreadable_manifest_is_refused(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(SnapshotRefused):
        Snapshot.open(folder)


def test_a_folder_that_is_no_snapshot_says_so(tmp_path: Path) -> None:
    with pytest.raises(SnapshotRefused, match="is not a snapshot"):
        Snapshot.open(tmp_path)


def test_the_newest_snapshot_is_the_one_of_the_latest_date(tmp_path: Path) -> None:
    for name, day in (("b", "2018-10-01"), ("a", "2019-10-01"), ("c", "2017-10-01")):
        snapshot_of(tmp_path / name, [organisation("s")], [], date=day)
    assert newest_snapshot(tmp_path).folder.name == "a"
    with pytest.raises(SnapshotRefused, match="There is no snapshot"):
        newest_snapshot(tmp_path / "a")


def test_opening_and_computing_need_no_django() -> None:
    rooms = "jiaoheng.snapshots.snapshot, jiaoheng.measures.rows, jiaoheng.measures.values, jiaoheng.cli.measure"
    code = f"import sys, {rooms}; print('django' in sys.modules)"
    source = str(Path(jiaoheng.__file__).parents[1])
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": source})
    assert printed.stdout.strip() == "False"
