"""The catalogue is kept between commands, and never believed where it might not be the one that the rulebook gives."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from jiaoheng.measures import catalogue as catalogue_room
from jiaoheng.measures.catalogue import Catalogue, load_catalogue
from jiaoheng.rulebook.loader import RulebookFaulty

OWN = """
own:
  label: {{en: Own, zh: 自定}}
  register: annual_statistics
  kind: total
  numerator: {figure}
  unit: {{en: x, zh: 个}}
  decimals: 0
  better: none
  source: {{document: Circular 4/2023 (example)}}
"""


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "measures").mkdir(parents=True)
    (folder / "measures" / "own.yaml").write_text(OWN.format(figure="sum(rooms) + 1"), encoding="utf-8")
    return folder


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """Each time that the rulebook is read and checked anew."""
    seen: list[Path | None] = []
    loaded = catalogue_room._loaded
    monkeypatch.setattr(catalogue_room, "_loaded", lambda overlay, forms: (seen.append(overlay), loaded(overlay, forms))[1])
    return seen


def _kept(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "catalogue.json"


def _load(tmp_path: Path, overlay: Path) -> Catalogue:
    return load_catalogue(overlay, kept=tmp_path / "kept")


def test_what_is_kept_is_the_catalogue_to_the_last_part(tmp_path: Path, overlay: Path, loads: list[Any]) -> None:
    first, second = _load(tmp_path, overlay), _load(tmp_path, overlay)
    assert len(loads) == 1 and list(first) == list(second) and first.tables == second.tables
    for one, other in zip(first.values(), second.values(), strict=True):
        for part in fields(one):
            assert getattr(one, part.name) == getattr(other, part.name), (one.id, part.name)
        assert (one.counted_sql(), one.in_percent) == (other.counted_sql(), other.in_percent)
    file = _kept(tmp_path)
    assert (file.stat().st_mode & 0o777, list(file.parent.iterdir())) == (0o600, [file])


def test_a_changed_rule_is_read_and_a_faulty_one_refused(tmp_path: Path, overlay: Path) -> None:
    own = overlay / "measures" / "own.yaml"
    assert str(_load(tmp_path, overlay)["own"].numerator) == "sum(rooms) + 1"
    own.write_text(OWN.format(figure="sum(rooms) + 2"), encoding="utf-8")
    assert str(_load(tmp_path, overlay)["own"].numerator) == "sum(rooms) + 2"
    own.write_text(OWN.format(figure="sum(roomz)"), encoding="utf-8")
    with pytest.raises(RulebookFaulty, match="roomz"):
        _load(tmp_path, overlay)
    own.unlink()
    assert "own" not in _load(tmp_path, overlay)


@pytest.mark.parametrize("harm", ["cut off", "other digest", "open to others", "not a file", "no such node", "too deep"])
def test_a_file_that_cannot_be_trusted_is_passed_over(tmp_path: Path, overlay: Path, harm: str, loads: list[Any]) -> None:
    _load(tmp_path, overlay)
    file = _kept(tmp_path)
    text = file.read_text(encoding="utf-8")
    kept = json.loads(text)
    if harm == "cut off":
        file.write_text(text[: len(text) // 2], encoding="utf-8")
    elif harm == "other digest":
        file.write_text(json.dumps({**kept, "digest": "0" * 64}), encoding="utf-8")
    elif harm == "open to others":
        file.chmod(0o666)
    elif harm == "not a file":
        file.unlink()
        file.mkdir()
    elif harm == "no such node":
        kept["expressions"][0][1] = ["Anonymous", {"this": "read_text", "expressions": [["Literal", {"this": "x", "is_string": True}]]}]
        file.write_text(json.dumps(kept), encoding="utf-8")
    else:
        file.write_text("[" * 100_000, encoding="utf-8")
    again = _load(tmp_path, overlay)
    assert len(loads) == 2 and str(again["own"].numerator) == "sum(rooms) + 1"


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path, overlay: Path) -> None:
    (tmp_path / "kept").write_text("a file", encoding="utf-8")
    assert "own" in _load(tmp_path, overlay)


def test_forms_of_the_browser_are_not_kept(tmp_path: Path, overlay: Path) -> None:
    own = overlay / "measures" / "own.yaml"
    own.write_text(OWN.format(figure="count(*)").replace("annual_statistics", "ledger_bees"), encoding="utf-8")
    form = b"| survey |\n| | type | name | label |\n| | integer | bees | Bees |\n"
    found = load_catalogue(overlay, published=lambda: {"bees": [form]}, kept=tmp_path / "kept")
    assert "own" in found and not _kept(tmp_path).exists()
