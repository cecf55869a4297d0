"""What the rulebook's standards say, and which files are refused."""

from datetime import date
from decimal import Decimal

import pytest

from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.standards.standard import NotInForce, load_standards

BALANCE, SMALL = "high_quality_balance_2017", "staffing_and_space"


def test_the_seven_measures_and_their_thresholds():
    standard = load_standards(measures=load_catalogue())[BALANCE]
    on = date(2018, 9, 1)
    primary = [standard.threshold(measure, "primary", on) for measure in standard.measures]
    junior = [standard.threshold(measure, "junior", on) for measure in standard.measures]
    assert primary == [Decimal(t) for t in ("4.2", "1", "0.9", "4.5", "7.5", "2000", "2.3")]
    assert junior == [Decimal(t) for t in ("5.3", "1", "0.9", "5.8", "10.2", "2500", "2.4")]
    assert standard.school_rule.at_least == 6 and standard.school_rule.rest_share == Decimal("0.85")
    assert {standard.limit(v, "primary", on) for v in standard.variations} == {Decimal("0.50")}
    assert {standard.limit(v, "junior", on) for v in standard.variations} == {Decimal("0.45")}
    assert len(standard.variations) == 7


def test_nothing_is_judged_before_the_document():
    standard = load_standards()[BALANCE]
    assert standard.threshold("backbone_teachers_per_100", "primary", date(2017, 5, 1)) == 1
    with pytest.raises(NotInForce, match="begins on 2017-05-01"):
        standard.threshold("backbone_teachers_per_100", "primary", date(2017, 4, 30))


def test_every_standard_says_where_it_comes_from_and_in_both_languages():
    for standard in load_standards(measures=load_catalogue()).values():
        assert standard.source.document and standard.label.en and standard.label.zh
        for item in standard.items:
            assert "{count}" in item.lacking.en and "{count}" in item.lacking.zh and "1" in item.lacking.one
    assert "Illustrative" in load_standards()[SMALL].source.document


def test_a_later_threshold_replaces_an_earlier_one_from_its_day(tmp_path):
    standard = load_standards(_overlay(tmp_path, SMALL_YAML))["own"]
    assert standard.threshold("pupils_per_teacher", "primary", date(2024, 8, 31)) == 45
    assert standard.threshold("pupils_per_teacher", "primary", date(2024, 9, 1)) == 40
    with pytest.raises(NotInForce, match="ended"):
        standard.threshold("pupils_per_teacher", "primary", date(2026, 9, 1))


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("at_least: 1", "at_least: 3", "asks for 3 items", 1),
        ("stages: [primary]", "stages: [primary, junior]", "no threshold for the stage", 1),
        ("value: 45", "value: 0", "above 0", 14),
        ("from: 2024-09-01", "from: 1999-09-01", "order of their days", 7),
        ("better: less", "better: more", "goes with", 7),
        ("short:", "shirt:", "known key", 10),
        ("value: 40, source: Circular 2", "value: 40", "from 2024-09-01 has a «source»", 7),
        ("  source: {document: Circular 1 (example)}\n", "", "required", 1),
        ("pupils_per_teacher", "pupils_per_elephant", "a measure of the catalogue", 7),
    ],
)
def test_a_faulty_standard_names_file_line_and_what_was_expected(tmp_path, old, new, message, line):
    with pytest.raises(RulebookFaulty, match=message) as caught:
        load_standards(_overlay(tmp_path, SMALL_YAML.replace(old, new)), measures=load_catalogue())
    assert any(fault.file.name == "own.yaml" for fault in caught.value.faults)
    assert line in {fault.line for fault in caught.value.faults}


SMALL_YAML = """own:
  label: {en: Ours, zh: 本地标准}
  source: {document: Circular 1 (example)}
  stages: [primary]
  school_rule: {at_least: 1}
  items:
    - measure: pupils_per_teacher
      better: less
      grows: denominator
      short: {en: Pupils per teacher, zh: 生师比}
      lacking: {one: needs 1 more teacher, en: "needs {count} more teachers", zh: "缺{count}名教师", noun: {en: teachers, zh: 教师}}
      thresholds:
        primary:
          - {from: 2000-09-01, value: 45}
          - {from: 2024-09-01, value: 40, source: Circular 2}
          - {from: 2026-09-01, value: null, source: Circular 3}
"""


def _overlay(folder, text):
    (folder / "standards").mkdir()
    (folder / "standards" / "own.yaml").write_text(text, encoding="utf-8")
    return folder
