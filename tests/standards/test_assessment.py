"""What assessments say, which files are refused, and that a new edition leaves old verdicts alone."""

from datetime import date

import pytest

from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.rulebook.stage_weights import load_stage_weights
from jiaoheng.standards.assessed import assess
from jiaoheng.standards.assessment import holding, load_assessments
from jiaoheng.standards.judgement import judgement_files, load_judgements
from tests.standards.told_values import CATALOGUE, ToldValues
from tests.tiny_district import record, school, snapshot

OWN = """own:
  from: 2018-01-01
  label: {en: Ours, zh: 本地}
  source: {document: Circular 1 (example)}
  parts:
    - id: a
      label: {en: A, zh: 甲}
      items:
        - id: share
          label: {en: Share, zh: 比例}
          checks:
            - measure: certified_teachers_share
              bounds:
                all: [{from: 2018-01-01, value: 90}, {from: 2021-01-01, value: 95, source: Circular 2}]
          points: 10
          scoring: {rule: proportional}
        - id: word
          label: {en: Word, zh: 评语}
          judged: {en: Is it good?, zh: 好吗？}
          evidence: {en: Papers, zh: 材料}
"""


def _overlay(folder, text):
    (folder / "assessments").mkdir(parents=True, exist_ok=True)
    (folder / "assessments" / "own.yaml").write_text(text, encoding="utf-8")
    return folder


def test_every_assessment_is_sourced_and_speaks_both_languages():
    found = load_assessments(measures=CATALOGUE)
    assert {"high_quality_balance_2017", "basic_balance_2012", "preschool_2020", "class_sizes", "teacher_establishment",
            "per_pupil_funds_base", "performance_of_duties_county"} <= set(found)  # fmt: skip
    for assessment in found.values():
        assert assessment.source.document and assessment.label.zh
        for item in assessment.every_item():
            assert item.label.zh != item.label.en
    assert sum(item.points or 0 for item in found["performance_of_duties_county"].every_item()) == 100


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("  source: {document: Circular 1 (example)}\n", "", "required", 1),
        (", source: Circular 2", "", "from 2021-01-01 has a «source»", 12),
        ("value: 90", "value: -1", "greater than or equal to 0", 12),
        ("from: 2021-01-01", "from: 2017-01-01", "order of their days", 12),
        ("certified_teachers_share", "certified_elephants_share", "a measure of the catalogue", 12),
        ("          evidence: {en: Papers, zh: 材料}\n", "", "evidence", 17),
        ("rule: proportional", "rule: deduction", "minus", 16),
        ("          points: 10\n", "", "go together", 9),
        ("id: word", "id: share", "stands twice", 1),
        ("bounds:", "bonds:", "known key", 12),
        ("parts:\n", "parties:\n", "known key", 5),
    ],
)
def test_a_faulty_assessment_names_file_line_and_what_was_expected(tmp_path, old, new, message, line):
    with pytest.raises(RulebookFaulty, match=message) as caught:
        load_assessments(_overlay(tmp_path, OWN.replace(old, new, 1)), measures=CATALOGUE)
    assert {fault.file.name for fault in caught.value.faults} == {"own.yaml"}
    assert line in {fault.line for fault in caught.value.faults}


def test_a_new_edition_leaves_old_verdicts_as_they_were(tmp_path):
    """92 % met 90 in 2018 and still does after the bound became 95 in 2021."""
    own = load_assessments(_overlay(tmp_path / "o", OWN))["own"]
    told = ToldValues({("certified_teachers_share", "D", "all"): (92, 1.0)})
    for year, meets in ((2018, True), (2021, False)):
        taken = snapshot(
            tmp_path / str(year), [school("A", "晨光小学")], [record("A", school_year=f"{year}-{year + 1}")], date(year, 10, 1)
        )
        found = assess(own, taken, values=told, catalogue=CATALOGUE, period=f"{year}-{year + 1}")
        assert next(found.every_item()).meets is meets
    bounds = own.parts[0].items[0].checks[0].bounds["all"]
    assert [holding(bounds, day) for day in (date(2017, 12, 31), date(2020, 12, 31), date(2021, 1, 1))] == [None, 90, 95]


ROW = "own,D,word,met,会议纪要,督导室,2021-11-05"


def _judged(tmp_path, *rows, heads="standard,area,item,decision,evidence,by,date"):
    own = load_assessments(_overlay(tmp_path, OWN))
    file = tmp_path / "judgements" / "2021.csv"
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join((heads, *rows)), encoding="utf-8-sig")
    return load_judgements(judgement_files(tmp_path), own)


def test_judgements_are_read_from_csv_with_chinese_headings_and_from_yaml(tmp_path):
    told = _judged(tmp_path, "own,D,word,达标,会议纪要,督导室,2021-11-05", heads="标准,地区代码,条目,结论,佐证材料,评定人,日期")
    assert told.of("own", "D", "word", "2021-2022").decision == "met"
    (tmp_path / "judgements" / "2021.csv").unlink()
    (tmp_path / "judgements" / "a.yaml").write_text(
        "judgements:\n  - {standard: own, area: D, item: share, self_score: 9.5, reviewer_score: 9}\n", encoding="utf-8"
    )
    one = load_judgements(judgement_files(tmp_path), load_assessments(tmp_path)).of("own", "D", "share", "2021-2022")
    assert (float(one.self_score), float(one.reviewer_score), one.decision) == (9.5, 9.0, "open")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("own,D,word,met,,督导室,2021-11-05", "names its evidence"),
        ("own,D,word,met,会议纪要,,2021-11-05", "by whom"),
        ("own,D,nothing,met,会议纪要,督导室,2021-11-05", "an item of «own»"),
        ("other,D,word,met,会议纪要,督导室,2021-11-05", "an assessment of the rulebook"),
        ("own,D,word,perhaps,会议纪要,督导室,2021-11-05", "met"),
        ("own,D,word,met,会议纪要,督导室,5 Nov", "date"),
        (ROW, "stands twice"),
    ],
)
def test_a_faulty_judgement_names_its_line(tmp_path, row, message):
    with pytest.raises(RulebookFaulty, match=message) as caught:
        _judged(tmp_path, ROW, row) if message == "stands twice" else _judged(tmp_path, "own,D,share,,,,", row)
    assert 3 in {fault.line for fault in caught.value.faults}


def test_no_score_above_the_points(tmp_path):
    with pytest.raises(RulebookFaulty, match="at most 10"):
        _judged(tmp_path, "own,D,share,11", heads="standard,area,item,self_score")


def test_a_mixed_school_is_divided_by_weighted_pupils():
    """The published example: 166 primary and 210 junior pupils share 23,226 books: 58.5 a primary pupil, 64.35 a junior one."""
    weights = {stage: one.weight for stage, one in load_stage_weights().items()}
    assert (weights["primary"], weights["junior"], round(weights["senior"] / weights["junior"], 9)) == (1, 1.1, 1.2)
    book = 23_226 / (166 * weights["primary"] + 210 * weights["junior"])
    assert round(book * 166, 1) == 9711.6 and round(book * weights["junior"], 2) == 64.35
    assert round(book * 210 * weights["junior"], 1) == 13_514.4
