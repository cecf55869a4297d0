"""Counties' snapshots joined into the province's: totals add up, who did not report is named, what cannot be joined is refused."""

from pathlib import Path

import pytest

from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.measures.export import export, tidy
from jiaoheng.measures.values import compute
from jiaoheng.snapshots.merging import Expected, expected_from, merge
from jiaoheng.snapshots.snapshot import Snapshot, SnapshotRefused
from tests.snapshots.written_by_hand import organisation, snapshot_of, statistics

PROVINCE = organisation("P", kind="province")


def county(folder: Path, code: str, pupils: int, **said: str) -> Snapshot:
    area = organisation(code, {**PROVINCE, **said}, kind="county")
    school = organisation(f"{code}1", area)
    return snapshot_of(folder / code, [{**PROVINCE, **said}, area, school], [statistics(f"{code}1", pupils=pupils, teachers=10)])


def test_the_province_is_the_sum_of_its_counties(tmp_path: Path) -> None:
    parts = [county(tmp_path, "A", 300), county(tmp_path, "B", 200)]
    found = merge([part.folder for part in parts], tmp_path / "P")
    values = compute(found.snapshot, load_catalogue(), ["pupils", "pupils_per_teacher"])
    whole = values.get("pupils", "P")
    ratio = values.get("pupils_per_teacher", "P")
    assert whole and ratio and (whole.value, whole.covered, ratio.value) == (500, 2, 25)
    assert found.reported == ("A1", "B1") or found.reported == ("A", "B")
    assert Snapshot.open(tmp_path / "P").hash == found.snapshot.hash
    assert all(file.stat().st_mode & 0o077 == 0 for file in found.snapshot.tables.values())


def test_the_order_does_not_matter(tmp_path: Path) -> None:
    parts = [county(tmp_path, "A", 300).folder, county(tmp_path, "B", 200).folder]
    assert merge(parts, tmp_path / "P").snapshot.hash == merge(parts[::-1], tmp_path / "Q").snapshot.hash


def test_who_did_not_report_is_named_and_stands_in_the_tree(tmp_path: Path) -> None:
    file = tmp_path / "counties.csv"
    file.write_text("code,name,parent\nA,甲县,P\nB,乙县,P\n", encoding="utf-8")
    found = merge([county(tmp_path, "A", 300).folder], tmp_path / "P", expected=expected_from(file))
    assert found.missing == (Expected("B", "乙县", "P"),)
    assert found.snapshot.manifest["missing"] == ["B"]
    catalogue = load_catalogue()
    values = compute(found.snapshot, catalogue, ["pupils"])
    told = tidy(values.table, found.snapshot, catalogue).to_pylist()
    assert {row["organisation"]: row["not_reported"] for row in told} == {"P": 1, "A": 0, "A1": 0}
    dictionary = export(values.table, found.snapshot, catalogue, tmp_path / "v.sdmx.csv").read_text(encoding="utf-8")
    assert "NOT_REPORTED" in (tmp_path / "v.sdmx.csv").read_text(encoding="utf-8") and "not_reported" in dictionary
    assert values.get("pupils", "B") is None and values.get("pupils", "P") is not None


@pytest.mark.parametrize("fault", ["twice", "two days", "two names", "same school", "none", "not there"])
def test_what_cannot_be_joined_is_refused_and_leaves_nothing(tmp_path: Path, fault: str) -> None:
    one = county(tmp_path, "A", 300).folder
    if fault == "twice":
        parts, says = [one, one], "named twice"
    elif fault == "two days":
        other = county(tmp_path, "B", 1).folder
        manifest = other / "manifest.json"
        manifest.write_text(manifest.read_text().replace('"date": "20', '"date": "19'))
        parts, says = [one, other], "Join snapshots of one day"
    elif fault == "two names":
        parts, says = [one, county(tmp_path, "B", 1, name_zh="别名省").folder], "written in two ways"
    elif fault == "same school":
        parts, says = [one, county(tmp_path / "again", "A", 299).folder], "Each organisation reports once"
    elif fault == "none":
        parts, says = [], "Name the folders"
    else:
        parts, says = [tmp_path / "nowhere"], "is not a snapshot"
    with pytest.raises(SnapshotRefused, match=says):
        merge(parts, tmp_path / "P")
    assert not (tmp_path / "P").exists() and not list(tmp_path.glob(".P-*"))
