"""Freezing: the same registers give the same bytes; the folder appears whole or not at all."""

import stat
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jiaoheng.intake.provenance import Import, SourceFile, SourceRow
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.snapshots.freezing import freeze
from jiaoheng.snapshots.snapshot import SnapshotRefused

pytestmark = pytest.mark.django_db
DAY = date(2018, 10, 1)


def district(backwards: bool = False) -> None:
    """Two schools of one district; written in either order, so that database ids differ."""
    county = Organisation.objects.create(code="450202", name_zh="城中区", kind="county", path="450202")
    names = ["阳光小学", "滨江学校"]
    for name in reversed(names) if backwards else names:
        school = Organisation.objects.create(code=name, name_zh=name, kind="school", path=f"450202/{name}", parent=county)
        for stage in ("junior", "primary") if backwards else ("primary", "junior"):
            AnnualStatistics.objects.create(
                organisation=school, school_year="2018-2019", stage=stage, pupils=100, teachers=None, public_funds="1234.50"
            )
    file = SourceFile.objects.create(sha256="a" * 64, name="统计.xlsx", size_bytes=1)
    run = Import.objects.create(source_file=file, register="annual_statistics")
    SourceRow.objects.create(
        imported=run, sheet="Sheet1", row=5, organisation=school, school_year="2018-2019", stage="primary", fields="pupils"
    )


def test_everything_is_frozen_with_its_types(tmp_path: Path) -> None:
    district()
    snapshot = freeze(DAY, tmp_path / "frozen")
    rows = pq.read_table(snapshot.tables["annual_statistics"]).to_pylist()
    assert [(row["organisation"], row["stage"]) for row in rows] == [
        ("滨江学校", "junior"), ("滨江学校", "primary"), ("阳光小学", "junior"), ("阳光小学", "primary"),
    ]  # fmt: skip
    assert (rows[0]["pupils"], rows[0]["teachers"], rows[0]["public_funds"]) == (100, None, 1234.5)
    assert rows[0]["currency"] == "CNY"
    organisations = pq.read_table(snapshot.tables["organisations"]).to_pylist()
    assert [(node["code"], node["parent"]) for node in organisations] == [("450202", None), ("滨江学校", "450202"), ("阳光小学", "450202")]
    source = pq.read_table(snapshot.tables["source_rows"]).to_pylist()[0]
    assert (source["file"], source["sheet"], source["row"], source["fields"], source["register"]) == (
        "统计.xlsx", "Sheet1", 5, "pupils", "annual_statistics",
    )  # fmt: skip


def test_the_same_registers_give_the_same_bytes(tmp_path: Path) -> None:
    district()
    first = freeze(DAY, tmp_path / "a")
    SourceRow.objects.all().delete()
    Import.objects.all().delete()
    SourceFile.objects.all().delete()
    AnnualStatistics.objects.all().delete()
    Organisation.objects.filter(parent__isnull=False).delete()
    Organisation.objects.all().delete()
    district(backwards=True)
    SourceRow.objects.update(organisation=Organisation.objects.get(code="滨江学校"))
    second = freeze(DAY, tmp_path / "b")
    assert second.hash == first.hash
    for name, file in first.tables.items():
        assert second.tables[name].read_bytes() == file.read_bytes()


def test_another_figure_gives_another_hash(tmp_path: Path) -> None:
    district()
    first = freeze(DAY, tmp_path / "a")
    AnnualStatistics.objects.filter(stage="junior").update(teachers=0)
    assert freeze(DAY, tmp_path / "b").hash != first.hash


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    district()
    folder = freeze(DAY, tmp_path / "frozen").folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_freezing_again_changes_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    district()
    first = freeze(DAY, tmp_path / "frozen")
    written = (first.folder / "manifest.json").stat().st_mtime_ns
    assert freeze(DAY, tmp_path / "frozen").hash == first.hash
    assert (first.folder / "manifest.json").stat().st_mtime_ns == written
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_another_snapshot_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    district()
    first = freeze(DAY, tmp_path / "frozen")
    AnnualStatistics.objects.update(pupils=101)
    with pytest.raises(SnapshotRefused, match="already holds the snapshot of 2018-10-01"):
        freeze(DAY, tmp_path / "frozen")
    second = freeze(DAY, tmp_path / "frozen", replace=True)
    assert second.hash != first.hash
    assert [path.name for path in tmp_path.iterdir() if path.name != "data"] == ["frozen"]


def test_a_folder_of_something_else_is_never_replaced(tmp_path: Path) -> None:
    district()
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "letter.txt").write_text("kept", encoding="utf-8")
    for replace in (False, True):
        with pytest.raises(SnapshotRefused, match="is kept"):
            freeze(DAY, folder, replace=replace)
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]


def test_an_empty_folder_and_empty_registers_will_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    snapshot = freeze(DAY, tmp_path / "empty")
    assert snapshot.school_year is None
    assert {entry["rows"] for entry in snapshot.manifest["tables"].values()} == {0}


def test_a_broken_tree_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    district()
    Organisation.objects.filter(code="阳光小学").update(path="elsewhere/阳光小学")
    with pytest.raises(SnapshotRefused, match="1 organisations do not stand below"):
        freeze(DAY, tmp_path / "frozen")
    assert not (tmp_path / "frozen").exists()
    assert [path for path in tmp_path.iterdir() if "frozen" in path.name] == []
