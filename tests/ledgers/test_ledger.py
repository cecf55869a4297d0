"""Ledgers: forms and processes of the rulebook, checked against each other."""

from pathlib import Path

import pytest

from jiaoheng.ledgers.ledger import load_ledgers
from jiaoheng.rulebook.loader import RulebookFaulty, shipped_rulebook

FORM = """\
# A ledger of our own.
| survey |
| | type | name | label | constraint |
| | text | school | School | |
| | date | day | Day | . <= today() |
| settings |
| | form_id | version |
| | own | 1 |
"""


def put(folder: Path, name: str, text: str) -> Path:
    (folder / "ledgers").mkdir(exist_ok=True)
    (folder / "ledgers" / name).write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_ledgers_have_their_processes() -> None:
    ledgers = load_ledgers()
    found = {name: sorted(ledger.processes) for name, ledger in ledgers.items()}
    assert found["hazards"] == ["hazard"] and found["matters"] == ["matter_15710", "matter_710"] and found["drills"] == []
    assert all(process.ledger for ledger in ledgers.values() for process in ledger.processes.values())


def test_a_bureaus_own_ledger_is_laid_over_ours(tmp_path: Path) -> None:
    ledgers = load_ledgers(put(tmp_path, "own.md", FORM))
    assert ledgers["own"].form.form_id == "own" and "hazards" in ledgers


def test_a_fault_in_a_form_is_told_with_file_line_and_column(tmp_path: Path) -> None:
    put(tmp_path, "own.md", FORM.replace(". <= today()", ". <= today("))
    with pytest.raises(RulebookFaulty, match=r'own\.md, line 5, D "constraint": .*not an expression'):
        load_ledgers(tmp_path)


def test_a_form_that_lacks_what_its_process_waits_for_is_refused(tmp_path: Path) -> None:
    hazards = (shipped_rulebook() / "ledgers" / "hazards.md").read_text(encoding="utf-8")
    put(tmp_path, "hazards.md", hazards.replace("| grade | major | Major |", "| grade | grave | Grave |").replace("'major'", "'grave'"))
    with pytest.raises(RulebookFaulty, match=r"«grade» has no choice major"):
        load_ledgers(tmp_path)
    put(tmp_path, "hazards.md", FORM)
    with pytest.raises(RulebookFaulty, match=r"a question «grade» outside repeats"):
        load_ledgers(tmp_path)
