"""Verdicts on a tiny district."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.measures.values import compute
from jiaoheng.standards.standard import load_standards
from jiaoheng.standards.verdict import NothingToJudge, judge
from tests.tiny_district import record, school, snapshot

BALANCE, SMALL = "high_quality_balance_2017", "staffing_and_space"


@pytest.fixture
def judged(tmp_path):
    """Judges the records given, by the standard named."""
    made = iter(range(99))

    def go(records, organisations=None, standard=BALANCE, **asked):
        codes = dict.fromkeys(one["organisation"] for one in records)
        tree = organisations or [school(code, f"学校{code}") for code in codes]
        return judge(load_standards()[standard], snapshot(tmp_path / str(next(made)), tree, records), **asked)

    return go


def test_a_school_that_meets_all_seven_passes(judged):
    verdict = judged([record("A")])
    assert verdict.passes is True and verdict.schools[0].met_count == 7 and verdict.stages == ["primary"]


@pytest.mark.parametrize(
    ("figures", "passes", "grade"),
    [
        ({"pe_arts_teachers": 9}, True, "met"),  # 0.9 exactly
        ({"pe_arts_teachers": 8}, True, "near"),  # 0.8, above the floor of 0.765: one may miss
        ({"pe_arts_teachers": 7}, False, "short"),  # 0.7, below the floor
        ({"pe_arts_teachers": 8, "backbone_teachers": 9}, False, "near"),  # two miss
        ({"pe_arts_teachers": None}, None, "not_reported"),  # six are met, the seventh is not known
        ({"pe_arts_teachers": None, "backbone_teachers": 9}, None, "not_reported"),  # met, the missing one would make it six of seven
        ({"pe_arts_teachers": None, "backbone_teachers": 8}, False, "not_reported"),
        ({"pe_arts_teachers": 0}, False, "short"),
    ],
)
def test_six_of_seven_and_the_rest_not_below_85_percent(judged, figures, passes, grade):
    school_verdict = judged([record("A", **figures)]).schools[0]
    assert school_verdict.passes is passes
    assert {item.measure: item.grade for item in school_verdict.items}["pe_arts_teachers_per_100"] == grade
    assert school_verdict.missing_count == sum(value is None for value in figures.values())


def test_the_floor_is_compared_unrounded(judged):
    # junior A1: 0.85 × 5.3 = 4.505; 2,000 pupils: 90.1 teachers, so 91 pass and 90 (4.50) do not
    for teachers, passes in ((91, True), (90, False)):
        scale = {name: value * 2 for name, value in record("A").items() if isinstance(value, int | float)}
        scale |= {"teachers": 200, "teachers_above_qualification": teachers}
        assert judged([record("A", "junior", **scale)]).schools[0].passes is passes


def test_what_is_lacking_is_said_in_plain_numbers(judged):
    verdict = judged([record("A", pupils=936, pe_arts_teachers=6, equipment_value=1_622_000.0)])
    said = verdict.schools[0].shortfalls("en"), verdict.schools[0].shortfalls("zh-hans")
    assert said[0] == ["needs 3 more PE and arts teachers", "needs 250,000 more yuan of teaching equipment"]
    assert said[1] == ["缺3名体育艺术教师", "缺250,000元教学仪器设备"]
    assert judged([record("A", pe_arts_teachers=8)]).schools[0].shortfalls("en") == ["needs 1 more PE and arts teacher"]


def test_who_is_in_scope(judged):
    organisations = [
        school("A", "晨光小学"),
        school("P", "民办小学", ownership="private"),
        school("S", "启智学校", kind="special_school", school_type="special"),
        school("V", "职业学校", kind="vocational_school", school_type="vocational"),
        school("T49", "四十九人教学点", kind="teaching_point", school_type="teaching_point"),
        school("T50", "五十人教学点", kind="teaching_point", school_type="teaching_point"),
        school("N", "未填报小学"),
    ]
    records = [record(code) for code in ("A", "P", "S", "V")] + [record("T49", pupils=49), record("T50", pupils=50), record("N", pupils=None)]
    verdict = judged(records, organisations)
    assert {one.organisation for one in verdict.schools} == {"A", "P", "T50"}
    assert {one.organisation: one.reason("en") for one in verdict.excluded} == {
        "S": "special schools are outside this standard",
        "V": "vocational schools are outside this standard",
        "T49": "teaching points with fewer than 50 pupils are outside this standard",
        "N": "no pupils reported",
    }


def test_a_nine_year_school_is_judged_once_for_each_stage(judged):
    verdict = judged([record("A", "primary"), record("A", "junior", teaching_area_m2=4000.0), record("A", "senior")])
    assert [(one.stage, one.passes) for one in verdict.schools] == [("primary", True), ("junior", False)]


def test_the_variation_is_the_published_one(judged):
    """Pupils and resources of the published worked example: X̄ = 6.3344, S = 3.2639, 0.5153."""
    pupils, books = (45, 37, 89, 76, 55), (279, 137, 935, 160, 402)
    records = [record(str(i), pupils=p, teaching_area_m2=float(b)) for i, (p, b) in enumerate(zip(pupils, books, strict=True))]
    found = {v.measure: v for v in judged(records).variations}["teaching_area_per_pupil_cv"]
    assert found.value == pytest.approx(0.5153, abs=5e-5)
    assert found.meets is False and found.covered == found.of == 5


def test_a_school_that_did_not_report_is_left_out_of_the_variation_and_counted(judged):
    verdict = judged([record("A"), record("B", sports_area_m2=None)])
    found = {v.measure: v for v in verdict.variations}["sports_area_per_pupil_cv"]
    assert (found.covered, found.of, found.value) == (1, 2, 0.0)
    assert verdict.passes is None


def test_the_variation_agrees_with_the_measures(tmp_path):
    records = [record(str(i), pupils=500 + 70 * i, teachers=20 + i * i, rooms=20 + 3 * i) for i in range(6)]
    made = snapshot(tmp_path / "s", [school(str(i), f"学校{i}") for i in range(6)], records)
    values = compute(made, load_catalogue(), ["teachers_cv", "rooms_cv"])
    for found in judge(load_standards()[SMALL], made).variations:
        assert found.value == pytest.approx(values.get(found.measure, "D", "primary").value)


def test_pupils_per_teacher_and_room(judged):
    verdict = judged([record("A", pupils=900, teachers=20, rooms=20), record("B", pupils=901, teachers=20, rooms=20), record("C", teachers=0)], standard=SMALL)
    assert [(one.organisation, one.passes) for one in verdict.schools] == [("A", True), ("B", False), ("C", False)]
    assert verdict.schools[1].shortfalls("en") == ["needs 1 more teacher", "needs 1 more room"]
    assert verdict.schools[2].items[0].shortfall == math.ceil(1000 / 45)


def test_an_area_and_an_earlier_year(judged):
    organisations = [school("T", "河湾镇", kind="township", school_type=""), school("A", "晨光小学", parent="T", path="D/T/A"), school("B", "青禾小学")]
    records = [record("A"), record("B"), record("B", school_year="2017-2018", pe_arts_teachers=1)]
    assert [one.organisation for one in judged(records, organisations, area="T").schools] == ["A"]
    before = judged(records, organisations, period="2017-2018")
    assert before.passes is False and before.on.isoformat() == "2018-08-31"
    with pytest.raises(NothingToJudge, match="no organisation|No organisation"):
        judged(records, organisations, area="X")
    with pytest.raises(NothingToJudge, match="2011-2012"):
        judged(records, organisations, period="2011-2012")


def test_the_verdict_can_be_written_as_json(judged):
    written = json.loads(json.dumps(judged([record("A", pe_arts_teachers=None), record("B", pe_arts_teachers=3)]).as_dict()))
    assert written["passes"] is False and written["stages"] == ["primary"]
    assert written["schools"][0]["items"][2]["lacking"] == {"en": "not reported", "zh": "未填报"}
    assert len(written["variations"]) == 7


@settings(max_examples=12, deadline=None)
@given(teachers=st.lists(st.integers(0, 90), min_size=1, max_size=6))
def test_a_missing_figure_never_makes_a_school_pass(tmp_path_factory, teachers):
    records = [record(str(i), backbone_teachers=n, pe_arts_teachers=None) for i, n in enumerate(teachers)]
    made = snapshot(tmp_path_factory.mktemp("s"), [school(str(i), f"学校{i}") for i in range(len(teachers))], records)
    verdict = judge(load_standards()[BALANCE], made)
    assert all(one.passes is not True for one in verdict.schools)
    assert [one.passes for one in sorted(verdict.schools, key=lambda one: int(one.organisation))] == [None if n >= 9 else False for n in teachers]
