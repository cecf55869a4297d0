"""Files that the program writes into the bureau's rulebook: whole, versioned, one writer at a time."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jiaoheng.rulebook.own_file import ChangedMeanwhile, keep, own_names, stamp, take_out, versions

AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def test_a_version_follows_the_one_that_its_writer_saw(tmp_path: Path) -> None:
    first = keep(tmp_path, "measures", "own_a", "own_a: 1\n", by="甲", at=AT, reason="新设", after=0)
    second = keep(tmp_path, "measures", "own_a", "own_a: 2\n", by="乙", at=AT, reason="改", after=1)
    assert [(one.number, one.step, one.by) for one in (first, second)] == [(1, "added", "甲"), (2, "changed", "乙")]
    with pytest.raises(ChangedMeanwhile):
        keep(tmp_path, "measures", "own_a", "own_a: 3\n", by="丙", at=AT, reason="迟了", after=1)
    assert (tmp_path / "measures/own_a.yaml").read_text(encoding="utf-8") == "own_a: 2\n"
    assert [one.text for one in versions(tmp_path, "measures", "own_a")] == ["own_a: 1\n", "own_a: 2\n"]


def test_what_is_taken_out_can_be_put_back(tmp_path: Path) -> None:
    keep(tmp_path, "measures", "own_a", "own_a: 1\n", by="甲", at=AT, reason="新设", after=0)
    gone = take_out(tmp_path, "measures", "own_a", by="甲", at=AT, reason="不用了", after=1)
    assert gone.step == "withdrawn" and gone.text == "own_a: 1\n" and not (tmp_path / "measures/own_a.yaml").exists()
    assert own_names(tmp_path, "measures") == ["own_a"]
    assert keep(tmp_path, "measures", "own_a", "own_a: 1\n", by="甲", at=AT, reason="又要用", after=2).step == "added"


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "versions", "A" * 200])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        keep(tmp_path, "measures", name, "x", by="甲", at=AT, reason="试", after=0)
    assert not (tmp_path / "measures").exists()


def test_of_many_writers_at_once_one_is_first(tmp_path: Path) -> None:
    kept: list[int] = []

    def write(number: int) -> None:
        try:
            kept.append(keep(tmp_path, "measures", "own_a", f"own_a: {number}\n", by=str(number), at=AT, reason="同时", after=0).number)
        except ChangedMeanwhile:
            kept.append(0)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert sorted(kept) == [0] * 7 + [1] and len(versions(tmp_path, "measures", "own_a")) == 1


def test_another_content_has_another_stamp(tmp_path: Path) -> None:
    assert stamp(None, "measures") == stamp(tmp_path, "measures") == ()
    keep(tmp_path, "measures", "own_a", "own_a: 1\n", by="甲", at=AT, reason="新设", after=0)
    first = stamp(tmp_path, "measures")
    keep(tmp_path, "measures", "own_a", "own_a: 22\n", by="甲", at=AT, reason="改", after=1)
    assert stamp(tmp_path, "measures") != first and stamp(tmp_path, "standards") == ()
