"""Assessments of a tiny district, computed by hand."""

import json
from datetime import date
from decimal import Decimal

import pytest

from jiaoheng.standards.assessed import assess, assessed_area
from jiaoheng.standards.assessment import load_assessments
from jiaoheng.standards.assessment_lines import as_dict, lines
from jiaoheng.standards.judgement import Judgement, Judgements
from jiaoheng.standards.school_records import NothingToJudge
from jiaoheng.standards.standard import load_standards
from jiaoheng.standards.verdict import judge
from tests.standards.told_values import CATALOGUE, ToldValues
from tests.tiny_district import record, school, snapshot

BALANCE = "high_quality_balance_2017"
ASSESSMENTS = load_assessments(measures=CATALOGUE)


def _said(item, decision="met", standard=BALANCE, **more):
    given = {"evidence": "会议纪要", "by": "督导室", "on": "2018-10-01", **more}
    return Judgement(standard=standard, area="D", item=item, decision=decision, **given)


@pytest.fixture
def assessed(tmp_path):
    """Assesses the district on told values, or on measures of the records where none are told."""
    made = iter(range(99))

    def go(standard=BALANCE, records=None, told=None, organisations=None, judgements=(), day=date(2018, 10, 1), verdicts=None, **asked):
        records = records or [record("A")]
        codes = dict.fromkeys(one["organisation"] for one in records)
        tree = organisations or [school(code, f"学校{code}") for code in codes]
        taken = snapshot(tmp_path / str(next(made)), tree, records, day)
        values = None if told is None else ToldValues(told)
        return assess(ASSESSMENTS[standard], taken, judgements=Judgements(judgements), values=values, catalogue=CATALOGUE,
                      verdicts=verdicts, **asked)  # fmt: skip

    return go


def _item(found, name):
    return next(one for one in found.every_item() if one.item.id == name)


def test_four_parts_of_seven_fifteen_nine_and_one():
    parts = {part.id: part for part in ASSESSMENTS[BALANCE].parts}
    assert len(load_standards()[parts["a"].standard].items) == 7
    assert [len(parts[name].items) for name in "bcd"] == [15, 9, 1]


def test_nothing_is_met_by_default_and_the_table_says_what_is_missing(assessed):
    found = assessed(told={})
    assert found.passes is None
    assert {one.state for one in found.every_item()} == {"open", "not_told"}
    told = {line.id: line for line in lines(found, "zh-hans")}
    assert told["b9"].state_word == "缺数据" and "缺数据（staff）" in told["b9"].value
    assert told["b1"].state_word == "待评定" and "布局" in told["b1"].evidence


def test_one_class_of_46_fails_primary_and_50_is_borne_in_junior(assessed):
    """12 of 13 primary classes within 45: 92.3 %. The area's mean does not rescue them."""
    told = {("classes_within_norm_share", "D", "primary"): (12, 0.13), ("classes_within_norm_share", "D", "junior"): (9, 0.09)}
    item = _item(assessed(told=told), "b5")
    assert item.meets is False and [one.meets for one in item.found] == [False, True]
    assert float(item.found[0].short) == pytest.approx(100 - 12 / 0.13)


def test_rotation_has_two_denominators(assessed):
    """30 rotated of 200 eligible: 15 %; 5 backbone teachers of those 30: 16.7 %, below 20."""
    told = {("rotated_share", "D", "all"): (30, 2.0), ("backbone_among_rotated", "D", "all"): (5, 0.30)}
    item = _item(assessed(told=told), "b11")
    assert [one.meets for one in item.found] == [True, False] and item.meets is False


def test_migrant_children_need_the_bureau_since_purchased_places_are_not_in_the_figure(assessed):
    told = {("migrant_children_in_public_schools", "D", "all"): (60, 1.0)}
    assert _item(assessed(told=told), "b15").meets is None  # 60 % in public schools; purchased places may make it 85
    assert _item(assessed(told=told, judgements=[_said("b15")]), "b15").meets is True


def test_every_school_must_meet_it_and_the_failing_are_named(assessed):
    records = [record("A"), record("B"), record("C")]
    told = {("training_share_budgeted", "A", "all"): (6, 1.0), ("training_share_budgeted", "B", "all"): (4.99, 1.0)}
    item = _item(assessed(records=records, told=told), "c4")
    (check,) = item.found
    assert (item.meets, check.of, check.untold, check.value) == (False, 3, 1, 1)
    assert [(one.organisation, one.value) for one in check.failing] == [("B", 4.99)]
    del told["training_share_budgeted", "B", "all"]
    assert _item(assessed(records=records, told=told), "c4").meets is None


def test_a_judgement_decides_what_figures_leave_open_and_never_against_them(assessed):
    told = {("schools_over_size_limit", "D", "all"): 1}
    item = _item(assessed(told=told, judgements=[_said("b4")]), "b4")
    assert item.meets is False and item.contradicted
    assert "以数据为准" in next(line.note for line in lines(assessed(told=told, judgements=[_said("b4")]), "zh") if line.id == "b4")
    assert _item(assessed(told={}, judgements=[_said("b4")]), "b4").meets is True
    assert _item(assessed(told={}, judgements=[_said("b1", "missed")]), "b1").meets is False


def test_small_schools_are_funded_as_100(assessed):
    """60 pupils in 2018 are due 100 × 600 = 60,000 yuan: 1,000 a pupil is right, not too much; 54,000 lacks 6,000."""
    for given, lacking in ((60_000.0, None), (54_000.0, 6_000)):
        told = {("funds_per_pupil", "S", "primary"): (given, 60)}
        item = _item(assessed(records=[record("S", pupils=60), record("L")], told=told), "b6")
        assert item.found[0].of == 1  # schools of 100 and more are not asked about here
        assert item.meets is (lacking is None) and [one.lacking for one in item.found[0].failing] == ([lacking] if lacking else [])


def test_the_whole_passes_only_when_all_four_parts_do(assessed, tmp_path):
    taken = snapshot(tmp_path / "whole", [school("A", "晨光小学")], [record("A")])
    schools = judge(load_standards()[BALANCE], taken)
    judgements = [_said(item.id) for item in ASSESSMENTS[BALANCE].every_item()]
    assert assessed(told={}, judgements=judgements, verdicts={BALANCE: schools}).passes is True
    assert assessed(told={}, judgements=judgements).passes is None  # the school part was not judged
    assert assessed(told={}, judgements=judgements[:-1], verdicts={BALANCE: schools}).passes is None


def test_what_is_assessed_is_an_area(assessed, tmp_path):
    taken = snapshot(tmp_path / "area", [school("A", "晨光小学")], [record("A")])
    assert assessed_area(taken) == "D"
    with pytest.raises(NothingToJudge, match="is a school"):
        assessed_area(taken, "A")
    with pytest.raises(NothingToJudge, match="No organisation"):
        assessed_area(taken, "Z")


def test_json_is_plain(assessed):
    told = json.loads(json.dumps(as_dict(assessed(told={}, judgements=[_said("b1")])), ensure_ascii=False))
    item = told["parts"][1]["items"][0]
    assert item["id"] == "b1" and item["meets"] is True and item["judgement"]["by"] == "督导室"
    assert Decimal(str(told["parts"][1]["items"][3]["checks"][0]["threshold"])) == 0
