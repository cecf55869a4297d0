"""The plan reader: promises become draft goals, with the figure they commit to and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.plans.reading import read_plan

PLAN = """某区教育局2023年工作要点
一、指导思想
坚持以人民为中心,力争三年走在前列,打造一流教育。
二、重点工作
(一)扩大学前教育资源。新建公办幼儿园3所,新增公办学位1200个;公办园在园幼儿占比达到55%。
(二)推进义务教育优质均衡。全区56人以上大班额比例控制在3%以内,消除66人以上超大班额。
(三)加强教师队伍建设。招聘教师150名;评选名师20名、骨干教师50名。
1.落实“5+2”模式。组织第39个教师节庆祝活动,完善考评机制。
2.到2025年底前,高中阶段毛入学率达到94%左右;确保不发生重大安全责任事故。
"""


def targets(text: str) -> list[tuple[str, float, str]]:
    return [(g.target.op, g.target.value, g.target.unit) for g in read_plan(f"1.工作目标。{text}").goals if g.target]


@pytest.mark.parametrize(
    ("clause", "target"),
    [
        ("适龄儿童入学率达到99.5%以上。", (">=", 99.5, "%")),
        ("年辍学率控制在1%以内。", ("<=", 1, "%")),
        ("在校生年巩固率保持100%。", ("=", 100, "%")),
        ("小学招生5200人。", ("=", 5200, "人")),
        ("新建幼儿园14所。", (">=", 14, "所")),
        ("全区在园人数为6800人左右。", ("~", 6800, "人")),
        ("安排经费约1.8亿元。", ("~", 1.8, "亿元")),
        ("完成0.9万人中职招生任务。", (">=", 0.9, "万人")),
        ("全区85%的食堂完成改造。", (">=", 85, "%")),
        ("普职招生比例达到5:4。", ("=", 1.25, "ratio 5:4")),
        ("各年级无新增大班额。", ("=", 0, "个")),
        ("杜绝重大责任事故。", ("=", 0, "起")),
        ("培训教师不少于2000人次。", (">=", 2000, "人次")),
    ],
)
def test_a_target_is_read_with_its_direction(clause: str, target: tuple[str, float, str]) -> None:
    assert targets(clause) == [target]


def test_a_range_is_a_target_between_two_ends() -> None:
    (goal,) = read_plan("1.创建省级特色学校1-2所。").goals
    assert goal.target is not None
    assert goal.target.as_dict() == {"op": "between", "value": 1, "unit": "所", "max": 2}


def test_a_list_of_rates_gives_one_goal_each() -> None:
    assert targets("初中入学率、巩固率、毕业率分别为100%、99.9%、99.8%。") == [
        (">=", 100, "%"),
        (">=", 99.9, "%"),
        (">=", 99.8, "%"),
    ]


@pytest.mark.parametrize(
    "clause",
    [
        "组织第34个教师节庆祝活动。",
        "推进两项工作通过省级验收。",
        "开展教育改革开放40周年活动。",
        "对三年级以上学生进行监测。",
        "落实“9+3”政策。",
        "印发〔2023〕5号文件。",
        "加强教师队伍建设。",
        "覆盖全区46所学校。",
    ],
)
def test_figures_that_only_describe_are_no_targets(clause: str) -> None:
    assert targets(clause) == []


def test_a_lost_dash_is_not_guessed_at() -> None:
    assert targets("创建绿色学校3040所。") == []


def test_a_plan_is_read_in_points_with_their_headings() -> None:
    plan = read_plan(PLAN)
    assert plan.year == 2023
    assert plan.title == "某区教育局2023年工作要点"
    assert all(goal.section == "重点工作" for goal in plan.goals)
    first = plan.goals[0]
    assert (first.point, first.heading, first.verb, first.text) == (1, "扩大学前教育资源", "新建", "新建公办幼儿园3所")
    assert not any("走在前列" in goal.text for goal in plan.goals)


def test_each_item_of_an_enumeration_is_a_goal_of_its_own() -> None:
    texts = [g.text for g in read_plan(PLAN).goals if g.quantified]
    assert "评选名师20名" in texts
    assert "骨干教师50名" in texts


def test_deadline_and_office_are_proposed() -> None:
    goals = {g.text: g for g in read_plan(PLAN).goals}
    rate = next(g for text, g in goals.items() if "毛入学率" in text)
    assert "2025年" in rate.deadline
    hired = next(g for text, g in goals.items() if "招聘教师" in text)
    assert hired.office == "人事股"


def test_the_json_form_carries_what_is_promised() -> None:
    goal = read_plan(PLAN).as_dict()["goals"][0]  # type: ignore[index]
    assert {"point", "text", "start", "end", "quantified", "target"} <= set(goal)
    assert goal["target"] == {"op": ">=", "value": 3, "unit": "所"}


@given(
    st.lists(
        st.sampled_from(
            [
                "一、",
                "1.",
                "(二)",
                "新建",
                "学校",
                "12所",
                "、",
                ",",
                "。",
                ";",
                "\n",
                "达到95%以上",
                "分别为",
                "1%",
                "确保",
                "无",
                "事故",
                "“",
                "”",
                "(",
                ")",
                "3:2",
            ]
        ),
        max_size=50,
    ).map("".join)
)
def test_any_text_gives_goals_that_quote_it(text: str) -> None:
    assert all(text[g.start : g.end] == g.text for g in read_plan(text).goals)


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    read_plan(text)


TABLE = (
    "重点任务分工表\n序号\t任务\t责任单位\t完成时限\n"
    "1\t新建公办幼儿园3所;完成甲园改造\t计划财务股\t12月底前\n2\t培训校长不少于120人次\t人事股\t第三季度\n"
)


def test_a_table_of_tasks_gives_a_goal_for_each_promise_of_a_row() -> None:
    goals = read_plan(TABLE).goals
    assert [(g.text, g.office, g.deadline) for g in goals] == [
        ("新建公办幼儿园3所", "计划财务股", "12月底前"),
        ("完成甲园改造", "计划财务股", "12月底前"),
        ("培训校长不少于120人次", "人事股", "第三季度"),
    ]
    assert [g.target.value for g in goals if g.target] == [3, 120]
    for goal in goals:
        assert TABLE[goal.start : goal.end] == goal.text
        assert goal.target is None or TABLE[goal.target.start : goal.target.end].startswith(str(int(goal.target.value)))


def test_an_indicator_aims_at_its_last_year() -> None:
    text = (
        "指标 | 2020年 | 2025年 | 属性\n毛入园率(%) | 90.1% | 95%以上 | 约束性\n"
        "大班额比例 | 4% | 0% | 约束性\n受教育年限(年) | 11.4年 | 12年 | 预期性"
    )
    goals = read_plan(text).goals
    assert [(g.what, g.target.op, g.target.value) for g in goals if g.target] == [
        ("毛入园率(%)", ">=", 95),
        ("大班额比例", "<=", 0),
        ("受教育年限(年)", ">=", 12),
    ]


def test_the_office_a_point_names_answers_for_it() -> None:
    goals = read_plan(
        "一、主要任务\n1.提升队伍。培训校长120人次,完善考核办法。(责任科室:人事股、教研室)\n2.改善条件。新建校舍2000平方米。牵头单位:计财股。"
    ).goals
    assert {g.office for g in goals if g.point == 1} == {"人事股、教研室"}
    assert [g.office for g in goals if g.point == 2] == ["计财股"]
    assert not any("责任科室" in g.text for g in goals if g.start > 0 and g.text.startswith("("))


@pytest.mark.parametrize(
    ("clause", "value"),
    [
        ("劳动年龄人口平均受教育年限达到10.9年", 10.9),
        ("保证每天锻炼时间不少于1小时", 1),
        ("确保每个乡镇都有一所公办中心园", 1),
        ("促使普职分流比例接近1:1", 1),
    ],
)
def test_lengths_of_time_and_one_for_each_are_targets(clause: str, value: float) -> None:
    targets = [g.target for g in read_plan(f"1.{clause}。").goals if g.target]
    assert [t.value for t in targets] == [value]


def test_what_there_is_already_is_no_target() -> None:
    assert not any(g.quantified for g in read_plan("1.做好全区66辆校车的安全监管工作。").goals)


def test_points_counted_as_first_and_second() -> None:
    goals = read_plan("二、工作安排\n第一,新建小学2所。第二,招聘教师30名。").goals
    assert [(g.point, g.target.value) for g in goals if g.target] == [(1, 2), (2, 30)]
