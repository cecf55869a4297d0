"""Statements of a text that a measure answers are held against a snapshot; everything else is left alone."""

import pytest

from jiaoheng.papers.audit.auditing import audit_text
from jiaoheng.papers.audit.records import held_against
from jiaoheng.papers.evidence import NotThere


def _records(text, district, **asked):
    found = held_against(audit_text(text), district, **asked)
    return [(r.parts[0].text, r.expression, r.holds) for r in found.relations if r.kind == "record"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("全区现有在校学生4,453名。", [("4,453名", "pupils(D, all)", True)]),
        ("全区现有在校学生4,543名。", [("4,543名", "pupils(D, all)", False)]),
        ("在校学生约4450名。", [("4450名", "pupils(D, all)", True)]),
        ("小学在校学生2503名，初中在校学生1950名。", [("2503名", "pupils(D, primary)", True), ("1950名", "pupils(D, junior)", True)]),
        ("平均每名教师负担学生16.0名。", [("16.0名", "pupils_per_teacher(D, all)", True)]),
        ("平均每名教师负担学生16.2名。", [("16.2名", "pupils_per_teacher(D, all)", False)]),
        ("2018-2019学年，晨光小学在校学生903名。", [("903名", "pupils(A, all)", True)]),
        ("在校学生0.45万人。", [("0.45万人", "pupils(D, all)", True)]),
    ],
)
def test_a_statement_that_a_measure_answers_is_compared(district, text, expected):
    assert _records(text, district) == expected


@pytest.mark.parametrize(
    "text",
    [
        "上年在校学生4,000名。",
        "2015年在校学生4,000名。",
        "新增在校学生120名。",
        "其中女在校学生2,000名。",
        "寄宿在校学生300名。",
        "力争到2025年在校学生5,000名。",
        "在校学生增长3.5%。",
        "小学、初中在校学生4,000名。",
        "晨光小学、明德学校在校学生2,000名。",
        "生均公用经费标准不低于650元。",
        "",
        "今天天气很好。",
    ],
)
def test_what_no_measure_answers_is_left_alone(district, text):
    assert _records(text, district) == []


def test_the_finding_says_what_the_records_say_and_json_keeps_it_apart(district):
    found = held_against(audit_text("全区在校学生4,543名。"), district)
    assert [fault.explanation for fault in found.faults] == ["4453 ≠ 4543\nthe records give 4453: 在校学生数, 示例区, 全部学段, 2018-2019"]
    told = found.as_dict()
    assert told["relations"] == [] and [one["computed"] for one in told["records"]] == [4453]


def test_an_unknown_area_is_said(district):
    with pytest.raises(NotThere, match="No organisation"):
        held_against(audit_text("在校学生1名。"), district, area="X")
