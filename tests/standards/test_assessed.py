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
from jiaoheng.standards.standard import NotInForce, load_standards
from jiaoheng.standards.verdict import judge
from tests.standards.told_values import CATALOGUE, ToldValues
from tests.tiny_district import record, school, snapshot

BALANCE = "high_quality_balance_2017"
ASSESSMENTS = load_assessments(measures=CATALOGUE)


def _said(item, decision="met", standard=BALANCE, **more):
    given = {"evidence": "会议纪要", "by": "督导室", "date": "2018-10-01", **more}
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
    assert {one.state for one in found.every_item()} == {"open", "not_told", "met"}
    told = {line.id: line for line in lines(found, "zh-hans")}
    assert told["b9"].state_word == "缺数据" and "缺数据（教职工）" in told["b9"].value
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


def test_without_a_small_school_nothing_is_asked_about_them(assessed):
    found = assessed(told={})
    assert _item(found, "b6").meets is True
    assert "没有此类学校" in next(line.value for line in lines(found, "zh") if line.id == "b6")


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


# ---- basic balance: one composite variation, other schools left out ----


def _eight(code, pupils, books, **more):
    """Eight ratios of a school; all but books are the same for every pupil."""
    each = {"teaching_area_per_pupil": (6 * pupils, pupils), "sports_area_per_pupil": (10 * pupils, pupils),
            "equipment_value_per_pupil": (2000 * pupils, pupils), "books_per_pupil": (books, pupils),
            "computers_per_100": (pupils / 10, pupils / 100), "pupils_per_teacher": (pupils, pupils / 20),
            "teachers_above_qualification_per_100": (pupils / 20, pupils / 100), "titled_teachers_per_100": (pupils / 25, pupils / 100),
            **more}  # fmt: skip
    return {(name, code, "primary"): pair for name, pair in each.items()}


def test_the_composite_is_the_mean_of_eight_single_variations(assessed):
    """Books of the published worked example: 0.5153; the other seven do not vary: 0.5153 / 8 = 0.0644, within 0.65.

    The later standard limits every single one to 0.50, and the same books would fail it.
    """
    schools = list(zip((45, 37, 89, 76, 55), (279, 137, 935, 160, 402), strict=True))
    records = [record(str(i), pupils=pupils) for i, (pupils, _) in enumerate(schools)]
    told = {key: pair for i, (pupils, books) in enumerate(schools) for key, pair in _eight(str(i), pupils, books).items()}
    (check,) = _item(assessed("basic_balance_2012", records, told), "composite").found[:1]
    assert check.singles["books_per_pupil"] == pytest.approx(0.5153, abs=5e-5)
    assert check.value == pytest.approx(0.5153 / 8, abs=1e-5) and check.meets is True
    assert check.singles["pupils_per_teacher"] == pytest.approx(0, abs=1e-9)
    del told["titled_teachers_per_100", "0", "primary"]
    left = _item(assessed("basic_balance_2012", records, told), "composite").found[0]
    assert (left.untold, left.of) == (1, 5)


def test_a_composite_above_its_limit_fails_and_a_measure_nobody_told_leaves_it_open(assessed):
    """Every ratio: 100 pupils with nothing, 100 with all: each single variation is 1, and so is the mean."""
    records = [record("A", pupils=100), record("B", pupils=100)]
    none = {name: (0.0001, pair[1]) for (name, _, _), pair in _eight("A", 100, 1).items()}
    none["pupils_per_teacher"] = (100, 0.00001)
    told = _eight("A", 100, 1000, **none) | _eight("B", 100, 1000)
    found = _item(assessed("basic_balance_2012", records, told), "composite").found[0]
    assert found.value == pytest.approx(1, abs=1e-3) and found.meets is False
    told = {key: pair for key, pair in told.items() if key[0] != "titled_teachers_per_100"}
    found = assessed("basic_balance_2012", records, told)
    assert _item(found, "composite").meets is None
    assert "职称" in next(line.value for line in lines(found, "zh") if line.id == "composite")


def test_who_is_left_out_differs_between_the_standards(assessed, tmp_path):
    """Private schools and teaching points of 50 are inside high-quality balance, and outside basic balance."""
    point = {"kind": "teaching_point", "school_type": "teaching_point"}
    organisations = [school("A", "晨光小学"), school("P", "民办小学", ownership="private"),
                     school("O", "厂办小学", ownership="other_public"),
                     school("T50", "教学点", **point), school("T49", "小教学点", **point)]  # fmt: skip
    records = [record("A"), record("P"), record("O"), record("T50", pupils=50), record("T49", pupils=49)]
    out = {
        name: {one.organisation for one, _ in assessed(name, records, {}, organisations).left_out}
        for name in (BALANCE, "basic_balance_2012")
    }
    assert out == {BALANCE: {"T49"}, "basic_balance_2012": {"P", "O", "T50", "T49"}}
    taken = snapshot(tmp_path / "both", organisations, records)
    assert {one.organisation for one in judge(load_standards()[BALANCE], taken).excluded} == {"T49"}


# ---- preschool, class sizes ----


def test_inclusive_coverage_is_by_children(assessed):
    """42 of 45 private kindergartens are inclusive (93 %), but only 700 of 1,000 children are in inclusive ones: 70 %, below 80."""
    told = {("inclusive_children_share", "D", "preschool"): (700, 10.0),
            ("private_kindergartens_inclusive_share", "D", "preschool"): (42, 0.45),
            ("preschool_gross_enrolment", "D", "preschool"): (1053, 10.0), ("public_children_share", "D", "preschool"): (500, 10.0),
            ("children_per_kindergarten_teacher", "D", "preschool"): (1001, 66)}  # fmt: skip
    found = assessed("preschool_2020", told=told, day=date(2020, 10, 1), records=[record("A", school_year="2020-2021")], period="2020-2021")
    said = {name: _item(found, name).meets for name in ("gross_enrolment", "inclusive", "public", "teachers")}
    assert said == {"gross_enrolment": True, "inclusive": False, "public": True, "teachers": False}  # 105.3 % is not clamped
    assert _item(found, "gross_enrolment").found[0].value == pytest.approx(105.3)
    assert float(_item(found, "inclusive").found[0].short) == pytest.approx(10)


def test_large_classes_hold_the_very_large_and_boundaries_are_dated(assessed):
    """1 of 50 classes is of 66 and more: 2 % was basically eliminated in 2018, and is not eliminated in 2021."""
    told = {("classes_66_plus_share", "D", "primary"): (1, 0.5), ("large_class_share", "D", "primary"): (3, 0.5),
            ("large_class_share", "A", "primary"): (3, 0.5)}  # fmt: skip
    then = assessed("class_sizes", told=told, day=date(2018, 10, 1))
    now = assessed("class_sizes", told=told, day=date(2021, 10, 1), records=[record("A", school_year="2021-2022")], period="2021-2022")
    assert _item(then, "no_66_plus").found[0].meets is True and _item(now, "no_66_plus").found[0].meets is False
    assert "few_56_plus" not in {one.item.id for one in then.every_item()}  # not yet asked for
    assert _item(now, "few_56_plus").found[0].meets is False  # 6 % above 5
    assert [one.organisation for one in _item(now, "schools_56_plus").found[0].failing] == ["A"]


# ---- what a school is due: posts and public funds ----


def _posts(assessed, locale, year, provided, records=None):
    records = records or [record("A", pupils=380, school_year=f"{year}-{year + 1}")]
    told = {("approved_posts", "A", "all"): provided}
    organisations = [school("A", "晨光学校", locale=locale)]
    asked = {"day": date(year, 10, 1), "period": f"{year}-{year + 1}"}
    return _item(assessed("teacher_establishment", records, told, organisations, **asked), "approved_posts").found[0]


def test_posts_by_place_until_2014_and_the_same_after(assessed):
    """380 pupils: 20 posts at 1:19; in the country 380 / 23 = 16.52 until 2014."""
    assert _posts(assessed, "rural", 2013, 17).meets is True and _posts(assessed, "rural", 2013, 16).meets is False
    assert _posts(assessed, "rural", 2015, 20).meets is True and _posts(assessed, "urban", 2013, 20).meets is True
    short = _posts(assessed, "rural", 2015, 17)
    assert [(one.bound, one.lacking) for one in short.failing] == [(20.0, 3)]


def test_a_school_of_several_stages_is_due_the_sum_of_its_parts(assessed):
    """190 primary pupils at 19 and 270 junior ones at 13.5: 10 + 20 = 30 posts."""
    parts = [record("A", "primary", pupils=190), record("A", "junior", pupils=270)]
    assert _posts(assessed, "town", 2018, 30, parts).meets is True
    assert [one.lacking for one in _posts(assessed, "town", 2018, 29, parts).failing] == [1]


def _funds(assessed, pupils, funds, boarders, year, stage="primary"):
    told = {("funds_per_pupil", "A", stage): (funds, pupils)}
    if boarders is not None:
        told["boarder_share", "A", stage] = (boarders, pupils / 100)
    records = [record("A", stage, pupils=pupils, school_year=f"{year}-{year + 1}")]
    asked = {"day": date(year, 10, 1), "period": f"{year}-{year + 1}"}
    return _item(assessed("per_pupil_funds_base", records, told, **asked), "base").found[0]


@pytest.mark.parametrize(
    ("pupils", "boarders", "year", "stage", "due"),
    [
        (500, 0, 2018, "primary", 300_000),  # 600 each
        (500, 50, 2018, "junior", 410_000),  # 800 each and 200 for 50 boarders
        (60, 0, 2018, "primary", 60_000),  # counted as 100
        (60, 10, 2023, "junior", 97_000),  # 100 × 940 and 300 for 10 boarders
        (500, 0, 2021, "primary", 325_000),
    ],
)
def test_public_funds_due(assessed, pupils, boarders, year, stage, due):
    assert _funds(assessed, pupils, due, boarders, year, stage).meets is True
    short = _funds(assessed, pupils, due - 1, boarders, year, stage)
    assert short.meets is False and short.failing[0].lacking == 1


def test_boarders_not_told_leave_it_open_once_the_base_is_met(assessed):
    assert _funds(assessed, 500, 300_000, None, 2018).meets is None
    assert _funds(assessed, 500, 299_999, None, 2018).meets is False


def test_the_base_is_the_same_where_it_is_told_twice():
    (whole,) = _checks("per_pupil_funds_base", "base")
    (small,) = _checks(BALANCE, "b6")
    assert whole.due == small.due and whole.small == small.small


def _checks(name, item):
    return next(one.checks for one in ASSESSMENTS[name].every_item() if one.id == item)


# ---- points ----

DUTIES = "performance_of_duties_county"


def test_scores_by_rule_add_up_the_tree_and_both_scores_are_kept(assessed):
    """Threshold 6 of 6; proportional 5 × 60/80 = 3.75; deduction 6 − 0.5 × ⌈95 − 92.4⌉ = 4.5; entered 3 of 4."""
    told = {
        ("general_budget_spending_growth", "D", "all"): 1.5,
        ("general_budget_spending_per_pupil_growth", "D", "all"): -0.5,
        ("inclusive_children_share", "D", "preschool"): (60, 1.0),
        ("junior_retention_a", "D", "junior"): (924, 10.0),
    }
    judgements = [
        _said("senior", "open", DUTIES, self_score="3", reviewer_score="2.5"),
        _said("inclusive_coverage", "open", DUTIES, reviewer_score=3),
    ]
    found = assessed(DUTIES, told=told, judgements=judgements)
    own = {one.item.id: one.score.self_score for one in found.every_item() if one.score.self_score is not None}
    assert own == {
        "only_up_total": 6,
        "only_up_per_pupil": 0,
        "inclusive_coverage": Decimal("3.75"),
        "retention": Decimal("4.5"),
        "senior": 3,
    }
    stages = next(part for part in found.parts if part.part.id == "stages")
    assert stages.score.self_score == Decimal("11.25") and stages.score.reviewer_score == Decimal("5.5")
    assert found.score.self_score == Decimal("17.25") and found.score.points == 100
    assert found.unscored == len(list(found.every_item())) - 5


def test_each_failing_school_costs_and_no_score_falls_below_zero(assessed):
    """5 points, half a point a school: 12 schools with large classes would cost 6."""
    records = [record(str(i)) for i in range(12)]
    told = {("large_class_share", str(i), "primary"): (1, 0.1) for i in range(12)} | {("large_class_share", "0", "junior"): (0, 0.1)}
    item = _item(assessed(DUTIES, [*records, record("0", "junior")], told), "class_sizes")
    assert item.computed_score == 0
    few = {key: ((1 if key[1] in "01" else 0), 0.1) for key in told if key[2] == "primary"} | {
        ("large_class_share", "0", "junior"): (0, 0.1)
    }
    assert _item(assessed(DUTIES, [*records, record("0", "junior")], few), "class_sizes").computed_score == 4


def test_an_entered_self_score_goes_first_and_the_computed_one_stays(assessed):
    told = {("inclusive_children_share", "D", "preschool"): (60, 1.0)}
    item = _item(assessed(DUTIES, told=told, judgements=[_said("inclusive_coverage", "open", DUTIES, self_score=5)]), "inclusive_coverage")
    assert item.score.self_score == 5 and item.computed_score == Decimal("3.75")


def test_before_its_day_an_assessment_judges_nothing(assessed):
    with pytest.raises(NotInForce, match="2020-02-18"):
        assessed("preschool_2020", told={})


def test_on_trial_it_is_assessed_by_the_rules_of_another_day(assessed):
    """The inclusive share is asked for from 2020 on; on trial 60 % falls 20 percentage points short of it."""
    found = assessed("preschool_2020", told={("inclusive_children_share", "D", "preschool"): (60, 1.0)}, rules_of=date(2020, 2, 18))
    assert found.trial and found.on == date(2020, 2, 18)
    line = next(one for one in lines(found, "zh-hans", lambda _stage: "学前") if one.lacking)
    assert (line.value, line.asked, line.lacking) == ("学前 · 普惠性幼儿园覆盖率：60%", "学前 ≥ 80%", "差20个百分点")
    english = {one.id: one for one in lines(found, "en", lambda _stage: "Preschool")}
    assert english[line.id].lacking == "short by 20 percentage points"
    assert not any("（" in one.value for one in english.values())
    assert assessed("class_sizes", told={}).trial is False
