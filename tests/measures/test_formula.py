"""Formulas read out: every measure of the catalogue in both languages, and some word by word."""

import re

import pytest

from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.measures.expression import ExpressionRefused, aggregate_expression
from jiaoheng.measures.formula import in_sql, in_words

CATALOGUE = load_catalogue()


@pytest.mark.parametrize(
    ("name", "zh"),
    [
        ("pupils_per_teacher", "学生数之和 ÷ 专任教师数之和"),
        ("boarder_share", "寄宿生的学籍记录数 ÷ （学籍记录数 ÷ 100）；只计9月1日在籍的记录"),
        ("classes_66_plus_share", "9月1日人数不少于66的班级记录数 ÷ （班级记录数 ÷ 100）"),
        ("public_share", "用途为公用经费的支出（元）之和 ÷ （支出（元）之和 ÷ 100）"),
        (
            "pe_teachers_per_100",
            "教职工记录数 ÷ （学籍记录数 ÷ 100）；只计岗位类别为专任教师且任教学科含“体育”的记录；分母只计9月1日在籍的记录",
        ),
        ("boarder_share_change", "“寄宿生占比”本期比上一期的增减，按百分点表示"),
    ],
)
def test_a_formula_reads_as_a_sentence(name: str, zh: str) -> None:
    assert in_words(CATALOGUE[name], "zh-hans") == zh


def test_every_measure_reads_in_both_languages() -> None:
    for measure in CATALOGUE.values():
        chinese, english = in_words(measure, "zh-hans", tables=CATALOGUE.tables), in_words(measure, "en", tables=CATALOGUE.tables)
        assert re.search(r"[\u4e00-\u9fff]", chinese), measure.id
        assert english and "None" not in chinese + english, measure.id
        assert "SELECT" in in_sql(measure), measure.id


def test_what_is_refused_is_said_in_both_languages() -> None:
    types = {"pupils": "count", "stage": "text"}
    for text in ("sum(teachers)", "(select 1)", "pupils", "sum(stage)", "read_csv('x')", "sum(pupils) / 0", "", "1; 2", "sum(sum(pupils))"):
        with pytest.raises(ExpressionRefused) as refused:
            aggregate_expression(text, types)  # type: ignore[arg-type]
        assert re.search(r"[\u4e00-\u9fff]", refused.value.zh), text
        assert not re.search(r"[\u4e00-\u9fff]", str(refused.value)), text


def test_codes_are_said_in_words_in_every_shipped_measure() -> None:
    """No measure over a ledger or a cohort shows a reader the code of a choice; brackets are those of the language."""
    for measure in CATALOGUE.values():
        english = in_words(measure, "en", None, CATALOGUE.tables)
        assert not set("（），；。") & set(english), english
        if measure.register.startswith(("ledger_", "cohorts")):
            assert not re.search("“(?!yes)[a-z_]+”", in_words(measure, "zh", None, CATALOGUE.tables)), measure.id
