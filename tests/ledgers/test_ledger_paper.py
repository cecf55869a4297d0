"""Papers filled from a row: every name in braces is one that a row can have; what is not said is left to be written by hand."""

from pathlib import Path

import pytest

from jiaoheng.ledgers.ledger import Ledger, load_ledgers
from jiaoheng.ledgers.ledger_paper import BLANK, check_papers, fill, ledger_papers
from jiaoheng.rulebook.loader import RulebookFaulty


@pytest.fixture(scope="module")
def ledgers() -> dict[str, Ledger]:
    return load_ledgers()


def test_the_shipped_papers_ask_for_what_rows_have(ledgers: dict[str, Ledger]) -> None:
    check_papers(ledgers)
    assert {"hazard_notice", "petition_acceptance", "visit_notice"} <= set(ledger_papers())


def test_a_paper_that_asks_for_what_no_row_has_is_refused(ledgers: dict[str, Ledger], tmp_path: Path) -> None:
    (tmp_path / "ledger_papers").mkdir()
    words = "{en: x, zh: x}"
    paper = (
        f"{{ledger: hazards, title: {words}, to: {words}, text: {{en: x, zh: '{{colour}}'}}, signs: {words}, after: [nowhere], source: x}}"
    )
    (tmp_path / "ledger_papers" / "own.yaml").write_text(f"mine: {paper}", encoding="utf-8")
    with pytest.raises(RulebookFaulty) as refused:
        check_papers(ledgers, tmp_path)
    assert "«colour» is none" in str(refused.value) and "mine.after" in str(refused.value)


def test_answers_stand_in_the_paper_and_blanks_where_nothing_is_said() -> None:
    paper = ledger_papers()["hazard_notice"]
    said = {"organisation": "晨光小学", "description": "通道堵塞。", "grade": "重大隐患", "bureau": "示例区教育局"}
    filled = fill("hazard_notice", paper, said, "zh-hans")
    assert filled.to == "晨光小学：" and filled.signs == "示例区教育局（盖章）" and filled.receipt
    assert "通道堵塞。隐患等级：重大隐患。" in filled.paragraphs[0] and f"请于{BLANK}前" in filled.paragraphs[1]
    assert fill("hazard_notice", paper, said, "en").title.startswith("Notice")
