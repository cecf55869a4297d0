"""Every measure of the catalogue against a value worked out by hand on the small world, and both engines against each other there."""

from math import sqrt
from pathlib import Path

import pytest

from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.measures.computing import default_period
from jiaoheng.measures.few_rows import FEW
from jiaoheng.measures.plainly import registers_plainly
from jiaoheng.measures.values import Values, compute
from jiaoheng.snapshots.snapshot import Snapshot
from tests.measures.small_ledgers import LEDGERS_BY_HAND
from tests.measures.small_world import ORGANISATIONS, TABLES, small_world

Q = sqrt(3) / 4
"""S of two schools with a quarter and three quarters of the pupils is √(¼·¾)·|x1 − x3| = √3/4·|x1 − x3|."""

# measure: stage (of the county D), numerator, denominator. Percentages have their base divided by 100. The comments count the rows.
BY_HAND: dict[str, tuple[str, float, float | None]] = {
    # --- annual statistics: P1 100, P3 300, P2 100, T1 20, J1 200, K1 60 pupils
    "pupils": ("all", 780, None),
    "teachers": ("all", 52, None),  # 10 + 15 + 5 + 2 + 16 + 4
    "rooms": ("all", 20, None),  # 6 + 9 + 5
    "classes": ("all", 22, None),  # 4 + 8 + 3 + 1 + 4 + 2
    "pupils_per_teacher": ("all", 780, 52),  # 15
    "pupils_per_room": ("all", 600, 20),  # P1, P3, J1 state rooms: 100 + 300 + 200
    "pupils_per_class": ("all", 780, 22),
    "funds_per_pupil": ("all", 440_000, 600),  # 70 000 + 180 000 + 190 000
    "computers_per_100": ("all", 100, 6),  # 20 + 30 + 50
    "books_per_pupil": ("all", 15_500, 600),  # 3000 + 4500 + 8000
    # S = √(P·Σ(N²/p) − N²) / P: P = 520, N = 32, Σ(N²/p) = 1 + 0.75 + 0.25 + 0.2 = 2.2; 2.2·520 − 32² = 120
    "teachers_cv": ("primary", sqrt(120) / 520, 32 / 520),
    "rooms_cv": ("primary", Q * (0.06 - 0.03), 15 / 400),
    # --- the seven of 优质均衡: the teaching point T1 (20 pupils) is out; P2 states none of these
    "teachers_above_qualification_per_100": ("primary", 17, 4),
    "teachers_above_qualification_per_100_cv": ("primary", Q * (0.08 - 0.03), 17 / 400),
    "backbone_teachers_per_100": ("primary", 5, 4),
    "backbone_teachers_per_100_cv": ("primary", Q * (0.02 - 0.01), 5 / 400),
    "pe_arts_teachers_per_100": ("primary", 6, 4),
    "pe_arts_teachers_per_100_cv": ("primary", Q * (0.03 - 0.01), 6 / 400),
    "teaching_area_per_pupil": ("primary", 1700, 400),
    "teaching_area_per_pupil_cv": ("primary", Q * (5 - 4), 4.25),
    "sports_area_per_pupil": ("primary", 3000, 400),
    "sports_area_per_pupil_cv": ("primary", Q * (9 - 7), 7.5),
    "equipment_value_per_pupil": ("primary", 700_000, 400),
    "equipment_value_per_pupil_cv": ("primary", Q * (2500 - 1500), 1750),
    "multimedia_classrooms_per_100": ("primary", 11, 4),
    "multimedia_classrooms_per_100_cv": ("primary", Q * (0.05 - 0.02), 11 / 400),
    # --- the eight of 基本均衡: private P2 and the teaching point are out
    "basic_balance_teaching_area_cv": ("primary", Q * (5 - 4), 4.25),
    "basic_balance_sports_area_cv": ("primary", Q * (9 - 7), 7.5),
    "basic_balance_equipment_cv": ("primary", Q * (2500 - 1500), 1750),
    "basic_balance_books_cv": ("primary", Q * (30 - 15), 7500 / 400),
    "basic_balance_computers_cv": ("primary", Q * (0.2 - 0.1), 50 / 400),
    "basic_balance_teachers_cv": ("primary", Q * (0.10 - 0.05), 25 / 400),
    "basic_balance_above_qualification_cv": ("primary", Q * (0.08 - 0.03), 17 / 400),
    "basic_balance_titled_cv": ("primary", Q * (0.04 - 0.02), 10 / 400),
    # --- premises
    "computers": ("all", 100, None),
    "books": ("all", 15_500, None),
    "equipment_value": ("all", 1_300_000, None),  # 250 000 + 450 000 + 600 000
    "teachers_per_class": ("all", 52, 22),
    "multimedia_share": ("all", 15, 0.20),  # 5 + 6 + 4 of 20 rooms
    "music_rooms_per_12_classes": ("all", 3, 16 / 12),  # 1 + 1 + 1 for 4 + 8 + 4 classes
    "art_rooms_per_12_classes": ("all", 2, 16 / 12),  # none at P1
    "titled_teachers_per_100": ("all", 20, 6),  # 4 + 6 + 10
    "floor_area_per_pupil": ("all", 6000, 600),  # 900 + 2100 + 3000
    "outdoor_area_per_child": ("preschool", 300, 60),
    "beds_per_boarder": ("all", 9, 3),  # 4 + 5 beds; a, g, h
    # --- children: a to l are on roll, z is not
    "pupils_on_roll": ("all", 12, None),
    "pupils_on_roll_growth": ("primary", 6 - 8, 0.08),  # q1 to q8 a year before: −25 %
    "girls_share": ("all", 5, 0.12),  # a, c, g, i, k
    "minority_share": ("all", 2, 0.12),  # d, e; of i nothing is known
    "boarders": ("all", 3, None),  # a, g, h
    "boarder_share": ("junior", 2, 0.03),  # g, h of g, h, i
    "boarder_share_change": ("junior", 200 / 3, None),  # nobody a year before: percentage points
    "migrant_children": ("all", 2, None),  # b, e
    "migrant_children_share": ("primary", 2, 0.06),
    "migrant_children_in_public_schools": ("all", 1, 0.02),  # b; e is at the private P2
    "left_behind_children": ("all", 2, None),  # c, d
    "left_behind_share": ("all", 2, 0.12),
    "orphans": ("all", 1, None),  # h
    "disabled_pupils": ("all", 3, None),  # c, f, i
    "disabled_in_ordinary_classes": ("all", 2, 0.03),  # c, f
    "disabled_taught_at_home": ("all", 1, None),  # i
    "pupils_in_difficulty_share": ("all", 2, 0.12),  # d, h
    "gross_enrolment": ("primary", 6, 0.08),  # a to f; residents of 6 and 11: 2 + 2 girls, 2 + 2 boys
    "gross_enrolment_ratio": ("primary", 6, 0.06),  # households of 6 and 11: 1 + 2 girls, 1 + 2 boys
    "net_enrolment": ("primary", 5, 0.08),  # d is 12
    "gender_parity": ("junior", 2 / 1, 2 / 3),  # g, i to h; residents 1 + 1 girls, 1 + 2 boys
    # --- flows of 2017-2018: q1 to q8 primary, q10 to q14 junior, q15 kindergarten; q9 was not on roll
    "entrants": ("all", 5, None),  # a, b, e, g, j
    "repeaters": ("all", 1, None),  # d
    "promotion_rate": ("all", 7, 0.13),  # q1, q3, q4, q7, q10, q11, q13
    "repetition_rate": ("all", 1, 0.13),  # q2
    "annual_dropout_rate": ("primary", 1, 0.08),  # q6
    "departure_rate": ("primary", 1, 0.08),  # q5
    "suspension_rate": ("junior", 1, 0.05),  # q12
    "whereabouts_unknown_rate": ("all", 1, 0.13),  # q8
    "preschool_to_primary": ("preschool", 1, 0.01),  # q15
    "primary_to_junior": ("primary", 1, 0.02),  # q3 of q3, q4
    "junior_to_senior": ("junior", 1, 0.02),  # q10 of q10, q13
    # --- retention: E 6, I 3, O 1, D 1, G 5; nine years: E 4, I 1, G 3
    "retention_adjusted_entry": ("junior", 5, 0.07),  # 6 + 3 − 1 − 1
    "retention_adjusted_graduates": ("junior", 5 - 3 + 1, 0.05),  # 6 − 1
    "retention_plain": ("junior", 5, 0.06),
    "junior_retention_a": ("junior", 5, 0.07),
    "nine_year_retention_adjusted_entry": ("junior", 3, 0.05),  # 4 + 1
    "nine_year_retention_adjusted_graduates": ("junior", 3 - 1, 0.04),
    "nine_year_retention_plain": ("junior", 3, 0.04),
    "survival_to_last_grade": ("junior", 6, 0.06),
    "completion_of_last_grade": ("junior", 5, 0.06),
    "cohort_dropouts": ("all", 1, None),
    "moved_in": ("all", 3, None),
    "moved_out": ("all", 1, None),
    # --- classes: primary 45, 46, 56, 66, 55; junior 50, 51, 65; kindergarten 25, 36, 35
    "registered_classes": ("all", 11, None),
    "class_mean_size": ("primary", 268, 5),  # 45 + 46 + 56 + 66 + 55
    "largest_class": ("all", 66, None),
    "classes_56_plus": ("all", 3, None),  # 56, 66, 65; 55 is none
    "large_class_share": ("all", 3, 0.08),
    "large_class_share_change": ("all", 37.5 - 75, None),  # 3 of 8 now; 60, 56, 57 of 4 a year before: percentage points
    "classes_66_plus": ("all", 1, None),  # 66; 65 is none
    "classes_66_plus_share": ("all", 1, 0.08),
    "classes_within_norm_share": ("all", 2, 0.08),  # 45, 50
    "classes_above_norm": ("all", 6, None),  # 46, 56, 66, 55; 51, 65
    "entry_grade_large_share": ("all", 2, 0.05),  # 66, 65 of 45, 46, 66, 50, 65
    "classes_with_head_teacher": ("all", 6, 0.08),
    "kindergarten_classes_within_limits": ("preschool", 2, 0.03),  # 25 in the first year, 35 in the last
    # --- schools: P1 2001, P2 100, P3 2000, T1 20, J1 99, N1 2501, K1 60, K2 35, K3 25
    "schools": ("all", 9, None),
    "school_mean_size": ("all", 6841, 9),
    "schools_over_size_limit": ("all", 2, None),  # P1, N1
    "schools_over_size_limit_share": ("all", 2, 0.06),
    "small_schools": ("all", 2, None),  # T1, J1
    "schools_in_groups_share": ("all", 3, 0.06),  # P1, P3, N1
    "lead_schools": ("all", 1, None),
    "group_memberships": ("all", 3, None),
    # --- staff: teachers t1 to t4 primary, t5 to t7 junior, t8 kindergarten; w1, w2 are none
    "staff_members": ("all", 10, None),
    "registered_teachers": ("all", 8, None),
    "registered_teachers_growth": ("all", 8 - 5, 0.05),  # t1, t2, t3, t5, t6 a year before: 60 %
    "pupils_per_registered_teacher": ("primary", 6, 4),
    "qualified_teachers_share": ("all", 7, 0.08),  # t4 has senior secondary only
    "above_qualification_share": ("all", 4, 0.07),  # t1, t2; t5, t7
    "postgraduate_teachers_share": ("all", 1, 0.08),  # t7
    "certified_teachers_share": ("all", 7, 0.08),  # not t4
    "registrations_due": ("all", 3, None),  # in 0, 365 and 200 days; 366 is later
    "registrations_overdue": ("all", 1, None),  # t4
    "backbone_share": ("all", 3, 0.08),  # t2, t5, t7
    "senior_title_share": ("all", 2, 0.08),  # t3, t6
    "intermediate_title_share": ("all", 4, 0.08),  # t2, t3, t5, t6
    "untitled_share": ("all", 2, 0.08),  # t4, t8
    "women_teachers_share": ("all", 5, 0.08),  # t1, t2, t5, t7, t8
    "teachers_under_35_share": ("all", 4, 0.08),  # 34, 24, 30, 28; 35 is not under 35
    "teachers_50_plus_share": ("all", 2, 0.08),  # 50, 58; 49 is not
    "on_establishment_share": ("all", 7, 0.10),  # not t4, t8, w1
    "rotated_share": ("all", 2, 0.04),  # t2, t3 of t2, t3, t5, t6; of t7 the years are not known
    "backbone_among_rotated": ("all", 2, 0.03),  # t2, t7 of t2, t3, t7
    "rotations_begun": ("all", 2, None),  # t2, t7
    "pe_teachers_per_100": ("all", 2, 0.09),  # t3, t5; pupils a to i
    "music_teachers_per_100": ("all", 1, 0.09),  # t1
    "art_teachers_per_100": ("all", 2, 0.09),  # t1, t7
    "science_teachers_per_100": ("all", 1, 0.09),  # t4
    "training_360_share": ("all", 3, 0.07),  # 360, 400, 372 of seven who state hours
    "training_hours_mean": ("all", 1641, 7),  # 359 + 360 + 400 + 0 + 372 + 100 + 50
    # --- posts: P1 3 approved, 1 filled; P3 2, 2; J1 2, 3
    "approved_posts": ("all", 7, None),
    "filled_posts": ("all", 6, None),
    "posts_filled_share": ("all", 6, 0.07),
    "posts_short": ("all", 2, None),  # P1: J1's third does not fill it
    "posts_over": ("all", 1, None),  # J1
    "pupils_per_approved_post": ("all", 12, 7),
    # --- money of 2018; 12 pupils and 8 teachers in autumn 2018, 14 pupils and 5 teachers in autumn 2017
    "spending": ("all", 1300, None),  # 800 + 100 + 180 + 20 + 50 + 120 + 10 + 20
    "general_budget_spending": ("all", 1270, None),  # without the donation and the government fund
    "general_budget_spending_growth": ("all", 1270 - 980, 9.8),  # 700 + 140 + 140 in 2017
    "general_budget_spending_per_pupil": ("all", 1270, 12),
    "general_budget_spending_per_pupil_growth": ("all", 1270 / 12 - 70, 0.7),  # 980 / 14
    "general_budget_public_funds_per_pupil": ("all", 300, 12),  # 180 + 120
    "public_funds_per_pupil": ("all", 310, 12),  # the donation too
    "public_funds_per_pupil_growth": ("all", 310 / 12 - 20, 0.2),  # 280 / 14
    "salaries_per_teacher": ("all", 800, 8),
    "salaries_per_teacher_growth": ("all", 100 - 140, 1.4),  # 700 / 5
    "appropriation": ("all", 1250, None),  # 800 + 20 + 50 + 180; 200
    "appropriation_growth": ("all", 1250 - 1000, 10),  # 700 + 160; 140
    "own_government_share": ("all", 1050, 15),  # of 800 + 200 + 200 + 20 + 50 + 180 + 40 + 10
    "transfer_share": ("all", 200, 15),
    "surcharge_share": ("all", 200, 15),
    "salaries_share": ("all", 800, 13),
    "public_share": ("all", 310, 13),  # 180 + 120 + 10
    "projects_share": ("all", 120, 13),  # 100 + 20
    "aid_spending": ("all", 50, None),
    "budget_received_share": ("all", 1500, 16),  # of 800 + 300 + 200 + 20 + 50 + 180 + 0 + 50
    "budget_spent_share": ("all", 1300, 16),
    "received_spent_share": ("all", 1300, 15),
    "training_share_budgeted": ("all", 20, 4),  # of 200 + 20 + 180 + 0: 5 %
    "training_share_spent": ("all", 20, 3.3),  # of 180 + 20 + 120 + 10
    # --- kindergartens: K1 public 60, K2 private and inclusive 35, K3 private 25
    "preschool_gross_enrolment": ("preschool", 120, 0.05),  # residents of 3 and 5: 2 + 1 girls, 1 + 1 boys
    "inclusive_children_share": ("preschool", 95, 1.2),  # two of three kindergartens, 79 % of the children
    "public_children_share": ("preschool", 60, 1.2),
    "kindergarten_class_mean_size": ("preschool", 120, 4),  # 2 + 1 + 1
    "children_per_kindergarten_teacher": ("preschool", 120, 8),  # 4 + 3 + 1
    "private_kindergartens_inclusive_share": ("preschool", 1, 0.02),  # K2
    # --- private schools: P2, K2, K3
    "private_schools": ("all", 3, None),
    "private_pupils_share": ("all", 160, 68.41),  # 100 + 35 + 25 of 6841
    "private_licensed_share": ("all", 2, 0.03),  # P2, K2
    "private_inspected_share": ("all", 2, 0.03),  # K3 was not
    "private_passed_share": ("all", 1, 0.02),  # P2
    "private_non_profit_share": ("all", 2, 0.03),  # P2, K2
    # --- ledgers: withdrawn, not ours and merged rows (5, 9, 14) are in none
    "matters_registered": ("all", 5, None),  # 1, 2, 3, 4, 6
    "matters_closed_share": ("all", 3, 0.05),  # 1, 2, 6
    "matters_on_time_share": ("all", 1, 0.02),  # 1 of 1 and 2; 6 was not judged
    "matters_overdue": ("all", 1, None),  # 3
    "petitions_registered": ("all", 2, None),  # 7, 8
    "petitions_closed_share": ("all", 1, 0.02),  # 7
    "petitions_on_time_share": ("all", 1, 0.01),  # 7
    "petitions_overdue": ("all", 1, None),  # 8
    "hazards_registered": ("all", 4, None),  # 10 to 13
    "hazards_closed_share": ("all", 3, 0.04),
    "hazards_on_time_share": ("all", 2, 0.03),  # 10 and 11, not 12
    "hazards_overdue": ("all", 0, None),
    "inspector_visits": ("all", 2, None),  # 15, 16
    # --- what reports count beside
    "floor_area": ("all", 6000, None),
    "migrant_children_change": ("all", 2 - 1, None),  # b, e; q1 a year before
    "inclusive_private_kindergartens": ("preschool", 1, None),  # K2
    "preschool_last_year_enrolment": ("preschool", 2, 0.02),  # k, l; residents of five: a girl and a boy
    "college_teachers_share": ("all", 5, 0.08),  # t1, t2, t5, t6, t7
    "bachelor_teachers_share": ("all", 3, 0.08),  # t2, t5, t7
    **LEDGERS_BY_HAND,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return small_world(tmp_path_factory.mktemp("small") / "world")


CATALOGUE = load_catalogue()


@pytest.fixture(scope="module", params=[0, FEW], ids=["by queries", "row by row"])
def values(world: Snapshot, request: pytest.FixtureRequest) -> Values:
    return compute(world, CATALOGUE, few=request.param)


def test_every_measure_has_a_value_worked_out_by_hand() -> None:
    assert set(BY_HAND) == set(CATALOGUE)


@pytest.mark.parametrize("measure", BY_HAND)
def test_the_value_is_the_one_worked_out_by_hand(values: Values, measure: str) -> None:
    stage, numerator, denominator = BY_HAND[measure]
    value = values.get(measure, "D", stage)
    assert value is not None
    assert value.numerator == pytest.approx(numerator, rel=1e-12)
    assert value.denominator == (None if denominator is None else pytest.approx(denominator, rel=1e-12))
    assert value.value == pytest.approx(numerator if denominator is None else numerator / denominator, rel=1e-12)


def test_the_plain_engine_agrees_on_every_value_of_the_small_world(world: Snapshot, values: Values) -> None:
    compared = 0
    for name, measure in CATALOGUE.items():
        period = default_period(world, measure)
        assert period is not None, name
        plainly = registers_plainly(measure, ORGANISATIONS, TABLES, period)
        quick = {(value.organisation, value.stage): value for value in values.for_measure(name, stage=None, period=period)}
        assert set(quick) == set(plainly), name
        for group, value in quick.items():
            for told in ("numerator", "denominator", "value"):
                expected = plainly[group][told]
                assert getattr(value, told) == (None if expected is None else pytest.approx(expected, rel=1e-9)), (name, group, told)
            assert (value.covered, value.of) == (plainly[group]["covered"], plainly[group]["of"]), (name, group)
            compared += 1
    assert compared > 1000


def test_a_snapshot_without_a_table_has_no_values_of_it(tmp_path: Path) -> None:
    known = compute(small_world(tmp_path / "declared", only=()), CATALOGUE).measures
    assert {CATALOGUE[name].register for name in known} == {"annual_statistics"}
