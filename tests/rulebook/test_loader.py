"""The rulebook loader: file, line, key and what was expected; nothing half-loaded; a bureau's folder over ours."""

from pathlib import Path

import pytest

from jiaoheng.rulebook.loader import Label, Rule, RulebookFaulty, load_rules, rulebook_file
from jiaoheng.rulebook.registers import load_registers


class Amount(Rule):
    label: Label
    yuan: int


def overlay(tmp_path: Path, text: str, name: str = "a.yaml") -> Path:
    folder = tmp_path / "amounts"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return tmp_path


GOOD = "boarder:\n  label: {en: Boarder, zh: 寄宿生}\n  yuan: 1250\n"


def test_rules_are_read_by_id(tmp_path: Path) -> None:
    rules = load_rules("amounts", Amount, overlay(tmp_path, GOOD))
    assert rules["boarder"].yuan == 1250
    assert rules["boarder"].label.in_language("zh-hans") == "寄宿生"


@pytest.mark.parametrize(
    ("text", "line", "key", "expected"),
    [
        ("boarder:\n  label: {en: B, zh: 寄}\n  yuan: many\n", 3, "boarder.yuan", "integer"),
        ("boarder:\n  label: {en: B, zh: 寄}\n", 1, "boarder.yuan", "required"),
        ("boarder:\n  label: {en: B}\n  yuan: 1\n", 2, "boarder.label.zh", "required"),
        ("boarder:\n  label: {en: B, zh: 寄}\n  yuan: 1\n  yaun: 2\n", 4, "boarder.yaun", "not a known key"),
        ("boarder:\n  label: {en: B, zh: 寄}\n  yuan: 1\n  yuan: 2\n", 4, "boarder.yuan", "twice"),
        ("boarder: [1, 2\n", 2, "", "readable YAML"),
        ("- a\n", 1, "", "mapping"),
    ],
)
def test_a_bad_file_names_file_line_key_and_what_was_expected(tmp_path: Path, text: str, line: int, key: str, expected: str) -> None:
    with pytest.raises(RulebookFaulty) as refused:
        load_rules("amounts", Amount, overlay(tmp_path, text))
    fault = refused.value.faults[0]
    assert (fault.file.name, fault.line, fault.key) == ("a.yaml", line, key)
    assert expected in fault.expected


def test_every_fault_of_every_file_is_said_at_once(tmp_path: Path) -> None:
    overlay(tmp_path, "a:\n  yuan: x\n", "a.yaml")
    overlay(tmp_path, "b:\n  label: {en: B, zh: 乙}\n", "b.yaml")
    with pytest.raises(RulebookFaulty) as refused:
        load_rules("amounts", Amount, tmp_path)
    assert {fault.file.name for fault in refused.value.faults} == {"a.yaml", "b.yaml"}


def test_one_id_in_two_files_of_a_layer_is_refused(tmp_path: Path) -> None:
    overlay(tmp_path, GOOD, "a.yaml")
    overlay(tmp_path, "\n" + GOOD, "b.yaml")
    with pytest.raises(RulebookFaulty, match=r"b\.yaml, line 2, boarder: .*a\.yaml, line 1"):
        load_rules("amounts", Amount, tmp_path)


def test_the_bureaus_folder_lies_over_ours(tmp_path: Path) -> None:
    folder = tmp_path / "registers"
    folder.mkdir()
    fields = "{code: {type: code, label: {en: Code, zh: 代码}}}"
    text = f"organisations:\n  label: {{en: Ours, zh: 本局}}\n  source: own\n  key: [code]\n  fields: {fields}\n"
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    assert load_registers()["organisations"].fields
    assert load_registers(tmp_path)["organisations"].label.zh == "本局"
    assert load_registers(tmp_path)["annual_statistics"] == load_registers()["annual_statistics"]


def test_a_file_name_cannot_leave_the_rulebook() -> None:
    assert rulebook_file("registers/organisations.yaml")
    assert rulebook_file("../loader.py") is None
    assert rulebook_file("papers/none.md") is None
