"""What the values in a ledger's table mean, told by its form and its processes."""

from pathlib import Path

from jiaoheng.rulebook.ledger_words import ledger_words


def test_choices_of_the_form_and_words_of_the_process_are_known() -> None:
    awards = ledger_words("ledger_awards")
    assert awards["whom"]["pupil"].zh == "学生" and awards["kind_"]["arts"].en == "Arts"  # `kind` is the organisation's
    petitions = ledger_words("ledger_petitions")
    assert petitions["state"]["accepted"].zh == petitions["reached"]["accepted"].zh == "已受理"
    assert petitions["kept"]["tell_acceptance"].zh == "告知受理"
    assert ledger_words("ledger_rows")["ledger"]["hazards"].zh.startswith("校园安全隐患")
    assert ledger_words("enrolments") == {} == ledger_words("ledger_nobody_keeps")


def test_the_bureaus_words_go_first_and_a_broken_process_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "ledgers").mkdir()
    (tmp_path / "ledgers" / "awards.csv").write_text(
        "survey\n,type,name,label\n,select_one whom,whom,Who\nchoices\n,list_name,name,label\n,whom,pupil,Child\n", encoding="utf-8"
    )
    (tmp_path / "processes").mkdir()
    (tmp_path / "processes" / "awards.yaml").write_text("award:\n  ledger: awards\n  states: [no, labels]\n", encoding="utf-8")
    words = ledger_words("ledger_awards", tmp_path)
    assert words["whom"]["pupil"].zh == "Child" and words["whom"]["teacher"].zh == "教师" and "state" not in words
