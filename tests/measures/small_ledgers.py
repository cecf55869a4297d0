# ruff: noqa: E501  (tables are as wide as they are)
"""The small district's ledgers, written by hand: a few rows for every measure over them, one of them always ended otherwise.

Rows whose `ended` is withdrawn, not_ours or merged must be in no value; they carry figures that would be seen at once.
"""

from collections.abc import Mapping
from typing import Any

from tests.measures.small_tables import NOW, Row, read_rows

__all__ = ["LEDGERS", "LEDGERS_BY_HAND"]


def _ledger(table: str) -> list[Row]:
    """Rows that stand recorded, unless they say otherwise, numbered in their order."""
    words = {True: "yes", False: "no"}
    found = [
        {name: words.get(cell, cell) if isinstance(cell, bool) and name not in _FLAGS else cell for name, cell in row.items()}
        for row in read_rows(table)
    ]
    return [
        {"school_year": NOW, "calendar_year": "2018", "stage": "", "row": str(number), "entry": str(number), "ended": "", "state": "recorded", "reached": "recorded",
         "kept": "", "missed": "", "judged": False, "on_time": False, "latest": True, "month": "2018-09", **row}
        for number, row in enumerate(found, 1)
    ]  # fmt: skip


_FLAGS = ("judged", "on_time", "latest")

_CASES = """
    | organisation | ended     | state    | reached             | judged | on_time | satisfaction  |
    | P1           | closed    | closed   | STARTS,ANSWER,closed | yes    | yes     | satisfied     |
    | P1           | closed    | closed   | STARTS,ANSWER,closed | yes    | no      | not_satisfied |
    | P3           | closed    | closed   | STARTS,ANSWER,closed | no     | no      | no_answer     |
    | J1           | .         | ANSWER   | STARTS,ANSWER       | no     | no      | .             |
    | J1           | .         | STARTS   | STARTS              | no     | no      | .             |
    | J1           | withdrawn | closed   | STARTS,ANSWER,closed | yes    | yes     | satisfied     |
"""


def _cases(starts: str, answer: str) -> list[Row]:
    return _ledger(_CASES.replace("STARTS", starts).replace("ANSWER", answer))


LEDGERS: Mapping[str, list[Row]] = {
    "ledger_matters": [
        {**row, "origin": origin}
        for row, origin in zip(
            _cases("registered", "answered"), ("mayor", "party", "upper", "bureau", "meeting", "mayor"), strict=True
        )
    ],
    "ledger_proposals": _cases("assigned", "replied"),
    "ledger_leaders_mailbox": _cases("received", "answered"),
    "ledger_hotline": _cases("received", "replied"),
    "ledger_petitions": _ledger("""
        | organisation | ended    | channel | persons | again | is_group | kept                  | missed          |
        | P1           | closed   | visit   | 6       | yes   | yes      | tell_acceptance,reply | .               |
        | P1           | closed   | letter  | 1       | no    | no       | tell_acceptance       | reply           |
        | J1           | .        | visit   | 2       | no    | no       | .                     | tell_acceptance |
        | J1           | .        | assigned | 1      | no    | no       | .                     | .               |
        | J1           | not_ours | visit   | 90      | yes   | yes      | tell_acceptance,reply | .               |
    """),
    "ledger_hazards": _ledger("""
        | organisation | ended  | grade    | days | reached                        |
        | P1           | closed | major    | 9    | found,graded,rectified,closed  |
        | P1           | closed | ordinary | 4    | found,graded,rectified,closed  |
        | P3           | .      | major    | -    | found,graded,guarded           |
        | J1           | .      | ordinary | -    | found                          |
        | J1           | merged | major    | 99   | found,graded,guarded           |
    """),
    "ledger_drills": _ledger("""
        | organisation | pupils |
        | P1           | 100    |
        | P1           | 90     |
        | J1           | 80     |
    """),
    "ledger_protection": _ledger("""
        | organisation | latest | guards | guards_certified | four_met | alarm_linked | cameras | cameras_online |
        | P1           | no     | 9      | 9                | 1        | yes          | 90      | 90             |
        | P1           | yes    | 4      | 3                | 1        | yes          | 20      | 15             |
        | J1           | yes    | 4      | 3                | 0        | no           | 20      | 15             |
    """),
    "ledger_safety_work": _ledger("""
        | organisation | kind_       | persons |
        | D            | campaign    | 40      |
        | D            | meeting     | 30      |
        | D            | meeting     | 30      |
        | D            | training    | 20      |
        | D            | unannounced | 3       |
        | D            | bulletin    | 0       |
        | D            | talk        | 2       |
    """),
    "ledger_incidents": _ledger("""
        | organisation | kind_   | liable | ended    |
        | P1           | none    | no     | closed   |
        | P1           | traffic | yes    | .        |
        | P3           | fall    | no     | closed   |
        | P3           | fall    | yes    | not_ours |
    """),
    "ledger_canteen_inspections": _ledger("""
        | organisation | any_finding | state    | ended  |
        | P1           | yes         | closed   | closed |
        | P3           | yes         | notified | .      |
        | J1           | no          | sound    | closed |
    """),
    "ledger_supplies": _ledger("""
        | organisation | quantity |
        | P1           | 76       |
        | P2           | 6        |
    """),
    "ledger_inspector_visits": _ledger("""
        | organisation | month   | findings | state    | reached                           |
        | P1           | 2018-09 | 2        | closed   | recorded,notified,answered,closed |
        | P1           | 2018-10 | 0        | sound    | recorded,sound                    |
        | P3           | 2018-09 | 1        | answered | recorded,notified,answered        |
        | P3           | 2018-09 | 3        | notified | recorded,notified                 |
    """),
    "ledger_inspections": _ledger("""
        | organisation | kind_         | reached           | ended     |
        | P1           | special       | decided,published | closed    |
        | P1           | comprehensive | decided           | .         |
        | J1           | special       | decided           | .         |
        | P3           | special       | decided,published | withdrawn |
    """),
    "ledger_theme_inspections": _ledger("""
        | organisation |
        | P1           |
        | J1           |
    """),
    "ledger_theme_inspections__result": _ledger("""
        | organisation | verdict |
        | P1           | met     |
        | P1           | met     |
        | J1           | met     |
        | J1           | unmet   |
    """),
    "ledger_conduct_inspections": _ledger("""
        | organisation | any_finding |
        | P1           | yes         |
        | P3           | no          |
        | J1           | no          |
    """),
    "ledger_fee_inspections": _ledger("""
        | organisation | unlawful_yuan | returned_yuan |
        | P1           | 300           | 200           |
        | P1           | 100           | 100           |
        | J1           | 0             | 0             |
        | J1           | -             | -             |
    """),
    "ledger_training_institutions": _ledger("""
        | organisation | institution | any_finding | decision |
        | D            | 启明        | yes         | closed   |
        | D            | 启明        | yes         | closed   |
        | D            | 晨光        | no          | none     |
        | D            | 远航        | yes         | rectify  |
    """),
    "ledger_private_school_inspections": _ledger("""
        | organisation | decision |
        | K2           | closed   |
        | K2           | closed   |
        | K3           | rectify  |
    """),
    "ledger_teacher_ethics": _ledger("""
        | organisation | item     | veto | ended     |
        | P1           | tutoring | yes  | closed    |
        | P3           | gifts    | no   | .         |
        | P3           | other    | yes  | withdrawn |
    """),
    "ledger_discipline_cases": _ledger("""
        | organisation | decision   | ended    |
        | P1           | warning    | closed   |
        | P1           | heavier    | closed   |
        | P3           | talk       | closed   |
        | J1           | admonished | closed   |
        | J1           | none       | closed   |
        | J1           | heavier    | not_ours |
    """),
    "ledger_private_subsidies": _ledger("""
        | organisation | amount_yuan |
        | P2           | 500         |
        | P2           | 250         |
        | K2           | 50          |
    """),
    "ledger_integrity_risks": _ledger("""
        | organisation |
        | P1           |
        | P1           |
    """),
    "ledger_training": _ledger("""
        | organisation | kind_   | persons | attendances | completed | person_hours |
        | P1           | heads   | 10      | 20          | 9         | 80           |
        | J1           | subject | 30      | 30          | 21        | 240          |
    """),
    "ledger_recruitment": _ledger("""
        | organisation | posts | hired |
        | P1           | 4     | 3     |
        | J1           | 4     | 4     |
    """),
    "ledger_staff_moves": _ledger("""
        | organisation |
        | P1           |
        | P3           |
        | J1           |
    """),
    "ledger_teacher_certificates": _ledger("""
        | organisation | kind_       | verdict  |
        | P1           | recognition | passed   |
        | P1           | recognition | failed   |
        | J1           | periodic    | passed   |
    """),
    "ledger_talent_programmes": _ledger("""
        | organisation | whom    |
        | P1           | teacher |
        | J1           | cadre   |
        | J1           | pupil   |
    """),
    "ledger_awards": _ledger("""
        | organisation | whom    | level    | persons | kind_  | event  |
        | P1           | pupil   | national | 5       | arts   | 合唱节 |
        | P1           | pupil   | city     | 7       | arts   | 合唱节 |
        | P3           | teacher | province | 2       | lesson | 赛课   |
        | P3           | school  | district | 1       | honour | 表彰   |
        | J1           | group   | national | 4       | sport  | 足球赛 |
    """),
    "ledger_school_titles": _ledger("""
        | organisation | state    | ended     |
        | P1           | approved | closed    |
        | P1           | approved | closed    |
        | P3           | refused  | closed    |
        | J1           | approved | withdrawn |
    """),
    "ledger_publications": _ledger("""
        | organisation | kind_ |
        | P1           | paper |
        | P1           | book  |
        | J1           | paper |
    """),
    "ledger_lesson_resources": _ledger("""
        | organisation | kind_  |
        | P1           | lesson |
        | P1           | video  |
    """),
    "ledger_research_projects": _ledger("""
        | organisation | ended     |
        | P1           | .         |
        | J1           | closed    |
        | J1           | withdrawn |
    """),
    "ledger_staff_care": _ledger("""
        | organisation | persons | households | amount_yuan |
        | P1           | 20      | 12         | 400         |
        | J1           | 10      | -          | 200         |
    """),
    "ledger_party_activities": _ledger("""
        | organisation | kind_     |
        | P1           | lecture   |
        | P1           | theme_day |
        | J1           | lecture   |
    """),
    "ledger_party_branches": _ledger("""
        | organisation | branch | admitted | confirmed |
        | P1           | 一支部 | 2        | 1         |
        | P1           | 一支部 | 1        | 1         |
        | J1           | 二支部 | 0        | 2         |
    """),
    "ledger_collective_votes": _ledger("""
        | organisation |
        | D            |
        | D            |
    """),
    "ledger_law_education": _ledger("""
        | organisation | persons | leaflets |
        | P1           | 100     | 300      |
        | J1           | 50      | 20       |
    """),
    "ledger_construction": _ledger("""
        | organisation | budget_yuan | area_m2 | paid_total_yuan | reached                    | ended     |
        | P1           | 1000        | 60      | 300             | approved,building          | .         |
        | P1           | 3000        | 40      | 700             | approved,building,accepted | .         |
        | J1           | 9000        | 90      | 9000            | approved,accepted          | withdrawn |
    """),
    "ledger_construction__progress": _ledger("""
        | organisation | area_finished_m2 | paid_yuan | ended     |
        | P1           | 10               | 300       | .         |
        | P1           | 40               | 700       | .         |
        | J1           | 90               | 9000      | withdrawn |
    """),
    "ledger_procurement": _ledger("""
        | organisation | method | budget_yuan | award_yuan | saving_yuan | ended     |
        | P1           | open   | 1000        | 900        | 100         | closed    |
        | P1           | enquiry | 1000       | 950        | 50          | .         |
        | J1           | open   | 500         | -          | -           | .         |
        | J1           | open   | 7000        | 1          | 6999        | withdrawn |
    """),
    "ledger_aid_payments": _ledger("""
        | organisation | persons | attendances | amount_yuan |
        | P1           | 20      | 40          | 8000        |
        | J1           | 10      | 10          | 3000        |
    """),
    "ledger_donations": _ledger("""
        | organisation | direction | amount_yuan |
        | D            | income    | 500         |
        | D            | spent     | 200         |
        | D            | income    | 100         |
    """),
    "ledger_village_support": _ledger("""
        | organisation | village | funds_yuan | cadres |
        | D            | 甲村    | 300        | 3      |
        | D            | 甲村    | 100        | 4      |
        | D            | 乙村    | 50         | 4      |
    """),
    "ledger_twinning": _ledger("""
        | organisation |
        | P1           |
        | P1           |
        | J1           |
    """),
    "ledger_publicity_items": _ledger("""
        | organisation | channel  | points | kind_ |
        | P1           | none     | 1      | news  |
        | P1           | national | 8      | issue |
        | J1           | own      | 2      | news  |
    """),
    "ledger_exam_sessions": _ledger("""
        | organisation | kind_    | subjects_entered |
        | D            | self     | 300              |
        | D            | entrance | 900              |
    """)
    + [{**row, "school_year": "2017-2018"} for row in _ledger("""
        | organisation | kind_    | subjects_entered |
        | D            | self     | 240              |
    """)],
    "ledger_audits": _ledger("""
        | organisation |
        | P1           |
        | P1           |
        | K2           |
    """),
    "ledger_expert_engagements": _ledger("""
        | organisation |
        | D            |
        | D            |
    """),
    "ledger_payroll_place_cases": _ledger("""
        | organisation | ended  |
        | P1           | closed |
        | J1           | .      |
    """),
    "ledger_exam_results": _ledger("""
        | organisation | school_year | exam     | candidates | above_line | above_key_line | admitted | first_tier | second_tier | well_known | top_ten | tsinghua | peking |
        | J1           | 2018-2019   | entrance | 100        | 60         | 20             | 80       | 15         | 30          | 4          | 1       | 1        | 2      |
        | N1           | 2018-2019   | entrance | 100        | 40         | 10             | 70       | 5          | 20          | 2          | 0       | 0        | 1      |
        | N1           | 2018-2019   | junior   | 500        | 0          | 0              | 400      | 0          | 0           | 0          | 0       | 0        | 0      |
        | J1           | 2017-2018   | entrance | 100        | 50         | 10             | 60       | 8          | 20          | 1          | 0       | 0        | 0      |
    """),
    "ledger_admission_plans": _ledger("""
        | organisation | planned | admitted |
        | J1           | 50      | 60       |
        | N1           | 150     | 140      |
    """),
    "ledger_community_courses": _ledger("""
        | organisation | sessions_held | attendances |
        | D            | 10            | 300         |
        | D            | 5             | 100         |
    """),
    "ledger_enterprise_cooperation": _ledger("""
        | organisation | kind_ | partner | graduates | placed |
        | J1           | order | 甲厂    | 40        | 38     |
        | J1           | order | 甲厂    | 10        | 10     |
        | J1           | dual  | 乙厂    | 50        | 47     |
    """),
    "ledger_equipment_checks": _ledger("""
        | organisation | met |
        | P1           | yes |
        | P3           | no  |
        | J1           | yes |
        | N1           | yes |
    """),
    "ledger_digital_rooms": _ledger("""
        | organisation | held |
        | P1           | 3    |
        | J1           | 2    |
    """),
}  # fmt: skip


def _of_cases(ledger: str) -> dict[str, tuple[str, float, float | None]]:
    """Five rows: three closed, four answered; of two that were judged one was in time; of three with an opinion asked two gave one."""
    return {
        f"{ledger}_closed_share": ("all", 3, 0.05), f"{ledger}_answered_share": ("all", 4, 0.05),
        f"{ledger}_on_time_share": ("all", 1, 0.02), f"{ledger}_satisfied_share": ("all", 1, 0.02),
    }  # fmt: skip


_All = dict[str, Any]

LEDGERS_BY_HAND: _All = {
    # --- cases
    **{name: value for name, value in _of_cases("matters").items() if name.endswith(("answered_share", "satisfied_share"))},
    "matters_rated_share": ("all", 2, 0.03),  # of three closed
    "proposals_registered": ("all", 5, None), **_of_cases("proposals"),
    "mailbox_registered": ("all", 5, None), "mailbox_answered": ("all", 4, None), **_of_cases("mailbox"),
    "hotline_registered": ("all", 5, None), "hotline_closed": ("all", 3, None), **_of_cases("hotline"),
    "petitions_accepted_in_time_share": ("all", 2, 0.03),
    "petitions_answered_in_time_share": ("all", 1, 0.02),
    "petition_visitors": ("all", 8, None),  # 6 + 2; the ninety were not ours
    "petition_letters": ("all", 1, None),
    "petitions_again_share": ("all", 1, 0.04),
    "petitions_of_groups": ("all", 1, None),
    "petitions_passed_down": ("all", 1, None),
    "matters_from_leaders": ("all", 2, None),  # the mayor's and the party's; the withdrawn one is out
    # --- safety
    "hazards_put_right": ("all", 2, None),
    "hazards_guarded": ("all", 1, None),
    "hazards_major": ("all", 2, None),
    "hazards_major_put_right_share": ("all", 1, 0.02),
    "hazards_ordinary_put_right_share": ("all", 1, 0.02),
    "hazards_days_mean": ("all", 13, 2),
    "drills_held": ("all", 3, None),
    "drill_pupils": ("all", 270, None),
    "drills_per_school": ("all", 3, 9),
    "guards": ("all", 8, None),  # P1's older row does not count
    "guards_certified_share": ("all", 6, 0.08),
    "protection_four_met_share": ("all", 1, 0.02),
    "alarms_linked_share": ("all", 1, 0.02),
    "cameras_online_share": ("all", 30, 0.4),
    "safety_campaigns": ("all", 1, None),
    "safety_meetings": ("all", 2, None),
    "safety_training_meetings": ("all", 1, None),
    "safety_unannounced": ("all", 1, None),
    "safety_bulletins": ("all", 1, None),
    "safety_talks": ("all", 2, None),
    "incidents_liable": ("all", 1, None),
    "canteens_inspected": ("all", 3, None),
    "canteen_findings_closed_share": ("all", 1, 0.02),
    "supplies_given": ("all", 82, None),
    # --- inspection
    "visits_per_school_month": ("all", 4, 4),  # two schools, two months
    "visited_schools": ("all", 2, None),
    "visit_findings": ("all", 6, None),
    "visits_rectified_share": ("all", 2, 0.03),
    "visits_rechecked_share": ("all", 1, 0.02),
    "inspections_special": ("all", 2, None),
    "inspections_comprehensive": ("all", 1, None),
    "schools_inspected": ("all", 2, None),
    "inspections_published_share": ("all", 1, 0.03),
    "theme_inspections_held": ("all", 2, None),
    "theme_points_met_share": ("all", 3, 0.04),
    "conduct_visits": ("all", 3, None),
    "conduct_findings": ("all", 1, None),
    "schools_fee_inspected": ("all", 2, None),
    "fees_unlawful": ("all", 400, None),
    "fees_returned_share": ("all", 300, 4),
    "institutions_checked": ("all", 3, None),
    "institutions_with_findings_share": ("all", 3, 0.04),
    "institutions_closed": ("all", 1, None),
    "private_stopped": ("all", 1, None),
    "ethics_cases": ("all", 2, None),
    "ethics_vetoed": ("all", 1, None),
    "persons_disciplined": ("all", 2, None),
    "persons_admonished": ("all", 2, None),
    "private_subsidy_schools": ("all", 2, None),
    "integrity_risks_found": ("all", 2, None),
    # --- people
    "training_sessions": ("all", 2, None),
    "training_attendances": ("all", 50, None),
    "training_persons": ("all", 40, None),
    "training_person_hours": ("all", 320, None),
    "training_completed_share": ("all", 30, 0.4),
    "training_hours_of_ledger_mean": ("all", 320, 8),
    "heads_trained": ("all", 10, None),
    "head_training_passed_share": ("all", 9, 0.1),
    "teachers_hired": ("all", 7, None),
    "posts_hired_share": ("all", 7, 0.08),
    "staff_moved": ("all", 3, None),
    "certificates_recognised": ("all", 1, None),
    "talents_selected": ("all", 2, None),
    "awards_won": ("all", 5, None),
    "award_persons": ("all", 18, None),  # 5 + 7 + 2 + 4
    "competitions_held": ("all", 2, None),
    "pupil_awards": ("all", 12, None),
    "teacher_awards": ("all", 2, None),
    "national_awards": ("all", 9, None),
    "provincial_awards": ("all", 2, None),
    "local_awards": ("all", 8, None),
    "collectives_awarded": ("all", 1, None),
    "school_titles_granted": ("all", 1, None),
    "papers_published": ("all", 2, None),
    "quality_lessons": ("all", 1, None),
    "research_projects_registered": ("all", 2, None),
    "staff_cared": ("all", 30, None),
    "care_households": ("all", 12, None),
    "staff_care_money": ("all", 600, None),
    "party_lectures": ("all", 2, None),
    "party_activities_held": ("all", 3, None),
    "branches_elected": ("all", 2, None),
    "members_admitted": ("all", 3, None),
    "members_confirmed": ("all", 4, None),
    "votes_held": ("all", 2, None),
    "law_activities": ("all", 2, None),
    "law_leaflets": ("all", 320, None),
    "experts_engaged": ("all", 2, None),
    "payroll_cases_settled": ("all", 1, None),
    "law_persons": ("all", 150, None),
    # --- money
    "projects_registered": ("all", 2, None),
    "project_schools": ("all", 1, None),
    "projects_budget": ("all", 4000, None),
    "projects_area": ("all", 100, None),
    "projects_area_finished": ("all", 50, None),
    "projects_paid": ("all", 1000, None),
    "projects_paid_share": ("all", 1000, 40),
    "projects_accepted_share": ("all", 1, 0.02),
    "purchases": ("all", 3, None),
    "purchase_schools": ("all", 2, None),
    "purchase_budget": ("all", 2500, None),
    "purchase_awarded": ("all", 1850, None),
    "purchase_saving": ("all", 150, None),
    "purchase_saving_share": ("all", 150, 20),  # what is not awarded yet is in neither
    "open_tenders_share": ("all", 2, 0.03),
    "aid_persons": ("all", 30, None),
    "aid_attendances": ("all", 50, None),
    "aid_paid": ("all", 11000, None),
    "schools_audited": ("all", 2, None),
    "donations_received": ("all", 600, None),
    "private_subsidies_paid": ("all", 800, None),
    "villages_helped": ("all", 2, None),
    "resident_cadres": ("all", 4, None),  # the same ones again
    "village_money": ("all", 450, None),
    "twinned_schools": ("all", 2, None),
    "publicity_sent": ("all", 3, None),
    "publicity_printed": ("all", 2, None),
    "periodical_issues": ("all", 1, None),
    "publicity_points": ("all", 11, None),
    "self_study_subjects": ("all", 300, None),
    "exam_candidates": ("all", 200, None),
    "exam_above_line": ("all", 100, None),
    "exam_above_line_share": ("all", 100, 2),
    "exam_above_key_line": ("all", 30, None),
    "exam_above_key_line_share": ("all", 30, 2),
    "exam_admitted": ("all", 150, None),
    "exam_admitted_share": ("all", 150, 2),
    "exam_first_tier": ("all", 20, None),
    "exam_second_tier": ("all", 50, None),
    "exam_well_known": ("all", 6, None),
    "exam_tsinghua": ("all", 1, None),
    "exam_peking": ("all", 3, None),
    "exam_top_ten": ("all", 1, None),
    "exam_first_tier_share": ("all", 20, 2),
    "exam_second_tier_share": ("all", 50, 2),
    "exam_admitted_share_change": ("all", 75 - 60, None),
    "exam_first_tier_share_change": ("all", 10 - 8, None),
    "exam_second_tier_share_change": ("all", 25 - 20, None),
    "self_study_subjects_change": ("all", 300 - 240, 2.4),
    "admitted_pupils": ("all", 200, None),
    "admission_plan_share": ("all", 200, 2),
    "courses_held": ("all", 15, None),
    "course_attendances": ("all", 400, None),
    "order_enterprises": ("all", 1, None),
    "graduates_placed_share": ("all", 95, 1),
    "equipment_met_share": ("all", 3, 0.04),
    "rooms_in_use": ("all", 5, None),
}  # fmt: skip
