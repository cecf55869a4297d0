"""Code tables: complete, said in both languages, read by code, word or other spelling."""

from pathlib import Path

import pytest

from jiaoheng.rulebook.codes import NoSuchCode, code_table, load_codes
from jiaoheng.rulebook.loader import RulebookFaulty


def test_ethnicity_has_the_56_and_the_two_others() -> None:
    table = code_table("ethnicity")
    assert sorted(table.codes) == [f"{number:02d}" for number in range(1, 57)] + ["97", "98"]
    assert table.words("01", "zh-hans") == "汉族"
    assert table.words("56", "zh") == "基诺族"


def test_every_code_is_read_back_by_every_one_of_its_words() -> None:
    for table in load_codes().values():
        for code, value in table.codes.items():
            assert {table.parse(word) for word in (code, value.en, value.zh, *value.aliases)} == {code}
            assert value.en and value.zh
        assert table.source


@pytest.mark.parametrize(
    ("table", "written", "code"),
    [
        ("ethnicity", "汉", "01"),
        ("ethnicity", "1", "01"),
        ("ethnicity", "０７", "07"),
        ("sex", " 女 ", "2"),
        ("poverty", "低保", "minimum_living"),
    ],
)
def test_what_clerks_write_is_understood(table: str, written: str, code: str) -> None:
    assert code_table(table).parse(written) == code


def test_an_unknown_word_is_answered_with_the_values() -> None:
    with pytest.raises(NoSuchCode, match=r"男性"):
        code_table("sex").parse("公")


def test_groups_carry_what_rules_ask() -> None:
    assert code_table("grade").of_group("primary") == {"1", "2", "3", "4", "5", "6"}
    assert "dropout" in code_table("exit_kind").of_group("loss")


def test_one_word_for_two_codes_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "codes"
    folder.mkdir()
    text = "x:\n  label: {en: X, zh: X}\n  source: s\n  codes:\n    a: {en: One, zh: 一}\n    b: {en: Two, zh: 二, aliases: [一]}\n"
    (folder / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RulebookFaulty, match="both a and b"):
        load_codes(tmp_path)
