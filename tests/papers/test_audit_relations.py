"""The auditor: each kind of relation where it holds, where it does not, and where rounding decides."""

import json
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.papers.audit.auditing import Audit, audit_text, audit_texts
from jiaoheng.papers.audit.wording import explained

KINDS = {"sum", "share", "difference", "growth", "average", "product", "duplicate", "impossible"}


def of_kind(text: str, kind: str) -> list[tuple[bool, float | None]]:
    return [(r.holds, r.stated) for r in audit_text(text).relations if r.kind == kind]


HOLDING = [
    ("sum", "全县共有学校12所,其中小学9所、初中3所。"),
    ("sum", "幼儿园20所(公办8所,民办12所)。"),
    ("sum", "共有学生905人。其中:小学生600人,初中生305人。"),
    ("sum", "发现隐患324处,整改301处,移交23处。"),
    ("sum", "收到建议23件、提案31件,合计54件。"),
    ("sum", "投入2.3亿元,其中中央资金8000万元、省级资金5000万元、市县配套1亿元。"),
    ("sum", "图书1.30亿册。其中小学8000.25万册,初中5012.30万册。"),
    ("sum", "甲小学、乙小学、丙小学等3所学校参加。"),
    ("sum", "小学、初中两个学段均已完成。"),
    ("sum", "在岸镇、在川镇两镇完成。"),
    ("share", "全县有教师400人,其中本科学历300人,占75.0%。"),
    ("share", "应入学儿童2500人,实际入学2475人,入学率99.00%。"),
    ("growth", "在校生1200人,比上年增加200人,增长20.0%。"),
    ("growth", "在校生800人,比上年减少200人,下降20.0%。"),
    ("growth", "在园幼儿12.56万人,比上年的11.98万人增长4.84%。"),
    ("growth", "经费由上年的23.5亿元增加到26.1亿元,增长11.06%。"),
    ("difference", "毛入园率从85.2%提高到90.1%,提高4.9个百分点。"),
    ("difference", "预算500万元,实际支出462.5万元,节约37.5万元。"),
    ("difference", "预算资金150万元,成交金额1413564.12元,节约资金86436.88元。"),
    ("average", "学生5000人,校舍面积60000平方米,生均校舍面积12.0平方米。"),
    ("product", "按每生每年1250元标准,为3215名寄宿生发放生活补助401.9万元。"),
    ("product", "每年补助2000元,三年共计6000元。"),
    ("duplicate", "全县共有教职工826人。\n二、队伍建设。全县共有教职工826人。"),
    ("impossible", "初中毛入学率达到104.36%。"),
    ("impossible", "专任教师52人,教师学历合格率达96.2%。"),
]

FAILING = [
    ("sum", "全县共有学校13所,其中小学9所、初中3所。"),
    ("sum", "幼儿园20所(公办9所,民办12所)。"),
    ("sum", "共有学生965人。其中:小学生600人,初中生305人。"),
    ("sum", "72幅作品获奖,其中一等奖4个,二等奖11个,三等奖10个,优秀奖10个。"),
    ("share", "全县有教师400人,其中本科学历300人,占78.0%。"),
    ("share", "应入学儿童2500人,实际入学2475人,入学率99.08%。"),
    ("share", "全区本科上线1000人,上线率达62.5%,其中重点上线400人,上线率达27.1%。"),
    ("growth", "考取21人,比去年增加6人,增长率28.6%。"),
    ("growth", "在校生1200人,比上年增加200人,增长26.0%。"),
    ("difference", "毛入园率从85.2%提高到90.1%,提高5.9个百分点。"),
    ("difference", "预算500万元,实际支出462.5万元,节约38.5万元。"),
    ("average", "学生5000人,校舍面积60000平方米,生均校舍面积15.0平方米。"),
    ("average", "甲校占地面积20000平方米,生均20.00平方米,建筑面积8000平方米,生均9.00平方米。"),
    ("product", "按每生1250元标准,为3215名寄宿生发放生活补助461.9万元。"),
    ("duplicate", "学前教育60所(其中公办6所,民办44所,其他10所)。\n全区共有民办幼儿园47所。"),
    ("impossible", "专任教师120人,专任教师学历合格率为91.35%。"),
    ("impossible", "小学入学率达到101.3%。"),
    ("impossible", "全年报名12345678科次。"),
    ("impossible", "全县专任教师450人,其中民办教师900人。"),
]


@pytest.mark.parametrize(("kind", "text"), HOLDING)
def test_a_relation_that_holds_is_found_and_raises_no_alarm(kind: str, text: str) -> None:
    assert any(holds for holds, _ in of_kind(text, kind))
    assert audit_text(text).faults == []


@pytest.mark.parametrize(("kind", "text"), FAILING)
def test_a_relation_that_does_not_hold_is_found_and_sure(kind: str, text: str) -> None:
    assert any(r.kind == kind for r in audit_text(text).faults)


@pytest.mark.parametrize(
    "text",
    [
        "全县有学校120所,其中小学50所。",  # one part only: not a complete list
        "培训教师300人,其中党员40人,骨干教师55人。",  # overlapping groups
        "小学教职工1.4万人,其中专任教师1.35万人;初中教职工0.9万人,其中专任教师0.83万人。",
        "全县有班级1234个,其中56人以上大班额45个,66人以上超大班额2个。",
        "完成甲校等13所学校改造,投资2150万元;完成乙校等8所学校改造,投资155万元。",
        "在甲区、乙区等5个区推广。",  # 等: an open list
        "招生300人,比上年增加25人。完成年度任务的103%。",
        "约300人参加,其中教师90人、学生200人。",
    ],
)
def test_ordinary_sentences_raise_no_alarm(text: str) -> None:
    assert audit_text(text).faults == []


def test_rounding_and_truncation_are_told_apart() -> None:
    rounded = next(r for r in audit_text("应到843人,实到842人,到课率99.9%。").relations if r.kind == "share")
    cut = next(r for r in audit_text("应到841人,实到840人,到课率99.8%。").relations if r.kind == "share")
    assert (rounded.holds, rounded.severity) == (True, "none")
    assert (cut.holds, cut.severity) == (True, "rounding")
    assert "cut off" in cut.explanation


def test_a_list_that_names_respectively_is_checked_place_by_place() -> None:
    text = "三年经费分别为1000万元、1200万元、1500万元;拨款分别为650万元、804万元、900万元,拨款占经费的比例分别为65%、67%、63%。"
    shares = [(r.stated, r.holds) for r in audit_text(text).relations if r.kind == "share"]
    assert sorted(shares) == [(63, False), (65, True), (67, True)]


def test_columns_over_several_lines_are_added_up() -> None:
    text = (
        "全县中小学30所;招生7000人;在校生31500人,比上年增加60人。\n"
        "小学17所;招生3600人;在校生20100人,比上年减少300人。\n"
        "初中13所;招生3400人;在校生11500人,比上年增加360人。\n"
    )
    audit = audit_text(text)
    by_stated = {r.stated: r for r in audit.relations if r.kind == "sum"}
    assert by_stated[30].holds and by_stated[7000].holds and by_stated[60].holds
    assert not by_stated[31500].holds
    assert by_stated[31500].computed == 31600


def test_a_rate_may_stand_paragraphs_after_its_figures() -> None:
    text = "本科人数再上台阶。全市上线5750人,比去年增加750人。\n增幅明显。本科增幅为15.0%。\n"
    assert (True, 15.0) in of_kind(text, "growth")


def test_bracketed_parts_of_one_name_are_added_up() -> None:
    text = "专任教师300人(民办50人)。其中,小学专任教师200人(民办40人),初中专任教师100人(民办30人)。"
    assert (False, 50) in of_kind(text, "sum")


def test_a_finding_is_proved_in_two_lines() -> None:
    for relation in audit_text("".join(text for _, text in FAILING)).relations:
        assert relation.explanation.count("\n") == 1
        assert 0 <= relation.confidence <= 1
        assert relation.kind in KINDS


def test_the_json_form_is_exactly_as_promised() -> None:
    given = json.loads(json.dumps(audit_text("全县共有学校12所,其中小学9所、初中3所。").as_dict()))
    assert set(given) == {"figures", "relations"}
    assert set(given["figures"][0]) == {"start", "end", "text", "value", "unit"}
    assert set(given["relations"][0]) == {"type", "parts", "expression", "computed", "stated", "holds", "confidence"}
    assert set(given["relations"][0]["parts"][0]) == {"start", "end", "text"}


def test_two_documents_that_disagree_are_told() -> None:
    many = audit_texts(
        {
            "总结.txt": "全县共有专任教师1636人。",
            "汇报.txt": "全县现有专任教师1638人。",
            "其他.txt": "全县有专任教师1636人。",
        }
    )
    assert [(c.first[0], c.second[0]) for c in many.conflicts] == [("总结.txt", "汇报.txt")]
    assert many.conflicts[0].first[1].text == "1636人"


def quotes_exactly(audit: Audit) -> bool:
    return all(audit.text[p.start : p.end] == p.text for r in audit.relations for p in r.parts)


WORDS = [
    "全县共有",
    "小学",
    "初中",
    "学校",
    "教师",
    "在校生",
    "其中",
    "比上年增加",
    "增长",
    "占",
    "率为",
    "生均",
    "共计",
    "分别为",
    "等",
    "民办",
    ",",
    "、",
    "。",
    ";",
    ":",
    "(",
    ")",
    "\n",
    "12所",
    "305人",
    "1.2万人",
    "3.5%",
    "98.76%",
    "20个百分点",
    "400元",
    "8000万元",
    "2.3亿元",
    "0人",
    "0%",
    "三所",
    "57.7平方米",
    "约",
    "余",
    "以上",
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=60).map("".join))
def test_no_text_of_the_genre_makes_it_fail(text: str) -> None:
    assert quotes_exactly(audit_text(text))


@given(st.text(max_size=300))
def test_no_text_at_all_makes_it_fail(text: str) -> None:
    assert quotes_exactly(audit_text(text))


@given(
    st.lists(st.integers(min_value=30, max_value=90_000), min_size=2, max_size=6),
    st.integers(min_value=-5000, max_value=5000),
)
def test_a_complete_list_holds_exactly_when_it_adds_up(parts: list[int], gap: int) -> None:
    names = ["小学", "初中", "高中", "中职", "幼儿园", "特教"]
    total = sum(parts)
    stated = max(total + gap, 1)
    text = f"全县共有在校学生{stated}人,其中" + "、".join(f"{n}{p}人" for n, p in zip(names, parts, strict=False)) + "。"
    whole = [
        r for r in audit_text(text).relations if r.kind == "sum" and r.parts[0].text == f"{stated}人" and len(r.parts) == len(parts) + 1
    ]
    assert all(r.holds == (stated == total) for r in whole)
    if stated == total:
        assert whole


@given(st.integers(min_value=2, max_value=50_000), st.integers(min_value=1, max_value=50_000))
def test_a_rounded_share_always_holds(a: int, b: int) -> None:
    part, whole = sorted((a, b))
    if part == whole:
        return
    text = f"应到{whole}人,实到{part}人,到课率{part / whole * 100:.2f}%。"
    assert audit_text(text).faults == []


@given(st.integers(min_value=10, max_value=90_000), st.integers(min_value=1, max_value=9_000))
def test_a_rounded_growth_always_holds(before: int, more: int) -> None:
    text = f"在校生{before + more}人,比上年增加{more}人,增长{more / before * 100:.2f}%。"
    growth = [r for r in audit_text(text).relations if r.kind == "growth"]
    assert growth and all(r.holds for r in growth)


def test_every_reason_is_worded_in_chinese() -> None:
    for _, text in [*HOLDING, *FAILING]:
        for relation in audit_text(text).relations:
            reason = relation.explanation.partition("\n")[2]
            assert not re.search("[a-z]", explained(reason, "zh")), reason
            assert explained(reason, "en") == reason


@pytest.mark.parametrize(
    "text",
    [
        "共有0人,其中男0人、女0人,占0%,比上年增加0人,增长0%。",
        "共有" + "9" * 400 + "亿元,其中1亿元、2亿元。",
        "学校3-0所,其中小学1所,占50%,增长3%。",
        "(" * 500 + "12人" + ")" * 500,
        "小学12人,比上年的0人增长12.5%,生均0平方米,占99.9%。",
    ],
)
def test_zeros_and_nonsense_are_borne(text: str) -> None:
    json.dumps(audit_text(text).as_dict(), allow_nan=False)


def test_a_very_long_line_is_read_in_time_that_grows_with_its_length() -> None:
    def seconds(times: int) -> float:
        began = time.process_time()
        audit_text("小学12人(男3人),其中4人、5人,占12.3%," * times)
        return time.process_time() - began

    seconds(200)
    assert seconds(4000) < 30 * max(seconds(400), 0.01)
