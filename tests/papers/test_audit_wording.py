"""Relations that wording makes certain: found whether or not the sum comes out, in any spelling, over several clauses."""

import pytest

from jiaoheng.papers.audit.auditing import audit_text, audit_texts

PAIRS = [
    ("sum", "全县共计17个乡镇,其中9个乡,8个镇。", "全县共计13个乡镇,其中9个乡,8个镇。"),
    ("sum", "幼儿园90所(公办园31所、民办园59所)。", "幼儿园50所(公办园31所、民办园59所)。"),
    (
        "sum",
        "安排资金1432亿元,其中,甲项702亿元,乙项430亿元,丙项300亿元。",
        "安排资金1832亿元,其中,甲项702亿元,乙项430亿元,丙项300亿元。",
    ),
    (
        "sum",
        "全市中小学180所,其中中学60所,增加2%。小学120所,减少3%。",
        "全市中小学160所,其中中学60所,增加2%。小学120所,减少3%。",
    ),
    (
        "sum",
        "学校125所。其中:高中2所,职校1所,特校1所;义务教育学校81所,其中:初中24所,小学57所;幼儿园40所,其中:公办22所,民办18所。",
        "学校165所。其中:高中2所,职校1所,特校1所;义务教育学校81所,其中:初中24所,小学57所;幼儿园40所,其中:公办22所,民办18所。",
    ),
    (
        "sum",
        "共资助1300人次约570万元。甲类300人次约120万元;乙类800人次约400万元。\n此外,丙类200人约50万元。",
        "共资助1700人次约570万元。甲类300人次约120万元;乙类800人次约400万元。\n此外,丙类200人约50万元。",
    ),
    ("sum", "中小学37所(含电大、特校、职校各1所,初中14所,小学20所)。", "中小学57所(含电大、特校、职校各1所,初中14所,小学20所)。"),
    (
        "sum",
        "有专任教师57人,本科学历31人,专科学历22人,中师学历4人;35岁以下18人,36至45岁27人,46岁以上12人。",
        "有专任教师51人,本科学历31人,专科学历22人,中师学历4人;35岁以下18人,36至45岁27人,46岁以上12人。",
    ),
    ("sum", "3所县直学校(甲中学、乙小学、丙幼儿园)参加。", "4所县直学校(甲中学、乙小学、丙小学)参加。"),
    ("sum", "面积41.5万平方米(小学25.4万、初中16.1万)。", "面积45.5万平方米(小学25.4万、初中16.1万)。"),
    ("share", "初中16所,完好学校10所,完好率62.5%。", "初中16所,完好学校10所,完好率66.5%。"),
    ("share", "寄宿生4000人,床位3000个,床位率为75.0%。", "寄宿生4000人,床位3000个,床位率为79.0%。"),
    (
        "share",
        "高级教师200人,占20%,中级教师300人,占30%,初级教师500人,占50%。",
        "高级教师200人,占20%,中级教师300人,占30%,初级教师500人,占55%。",
    ),
    (
        "share",
        "全县共有幼儿园80所。普惠性幼儿园70所,比上年增加2所,占全县幼儿园的比例87.50%。",
        "全县共有幼儿园80所。普惠性幼儿园70所,比上年增加2所,占全县幼儿园的比例82.50%。",
    ),
    (
        "difference",
        "2019年全区幼儿园共有132所。2020年全区幼儿园共有150所,比上年增加18所。",
        "2019年全区幼儿园共有132所。2020年全区幼儿园共有150所,比上年增加28所。",
    ),
    ("difference", "教职工总数633人。核定编制数为670人,尚缺编37人。", "教职工总数633人。核定编制数为670人,尚缺编47人。"),
    ("product", "每生每天6元、全年190天计算,每生每年补助1140元。", "每生每天6元、全年190天计算,每生每年补助1240元。"),
]


@pytest.mark.parametrize(("kind", "right", "wrong"), PAIRS)
def test_the_wording_finds_the_relation_right_or_wrong(kind: str, right: str, wrong: str) -> None:
    assert any(r.kind == kind and r.holds for r in audit_text(right).relations)
    assert audit_text(right).faults == []
    assert any(not r.holds and r.kind in (kind, "impossible") for r in audit_text(wrong).relations)


@pytest.mark.parametrize(
    "wrong",
    [
        "合格95人,合格率为140。",
        "全市小学310所。建设有成绩,标准化小学达316所,标准化学校率达98.1%。",
        "全县共计13个乡镇,其中9个乡,8个镇。",
        "在校学生1200人,其中小学生400人,初中生300人。",
    ],
)
def test_what_the_wording_makes_certain_is_a_fault(wrong: str) -> None:
    assert audit_text(wrong).faults


@pytest.mark.parametrize(
    "text",
    [
        "各镇各1所,全县中小学58所(含各镇各1所,初中20所,小学27所)。",  # how many towns is not said
        "5所学校(甲中学、乙小学等)参加。",
        "专任教师2512人,本科930人,专科840人,其他见附表。",
        "约5000人参加,其中甲片约260人,乙片约3480人,丙片约1260人。",
        "小学教职工300人,其中专任教师250人;初中教职工200人,其中专任教师180人。",
        "全县共有学生900人,住宿300人;女生400人。",
    ],
)
def test_what_the_wording_leaves_open_raises_no_alarm(text: str) -> None:
    assert audit_text(text).faults == []


def test_traditional_characters_are_read_and_quoted_as_they_stand() -> None:
    text = "全縣共有幼兒園132所,比上年減少12所,下降8.33%。"
    growth = [r for r in audit_text(text).relations if r.kind == "growth"]
    assert growth and growth[0].holds
    assert all(text[p.start : p.end] == p.text for r in audit_text(text).relations for p in r.parts)


def test_spaces_between_characters_change_nothing_but_the_places() -> None:
    text = "中小学 127 所,其 中小学103 所,普 高14所,职 高10所。"
    audit = audit_text(text)
    assert any(r.kind == "sum" and r.holds and len(r.parts) == 4 for r in audit.relations)
    assert all(text[q.start : q.end] == q.text for q in audit.figures)
    assert all(text[p.start : p.end] == p.text for r in audit.relations for p in r.parts)


def test_conflicts_between_documents_are_quoted_from_the_documents() -> None:
    one, other = "全县 共有教职 工826人。", "全县共有教职工862人。"
    for conflict in audit_texts({"甲": one, "乙": other}).conflicts:
        assert one[conflict.first[1].start : conflict.first[1].end] == conflict.first[1].text
        assert other[conflict.second[1].start : conflict.second[1].end] == conflict.second[1].text


def test_about_does_not_loosen_an_exact_looking_figure() -> None:
    wrong = "共投入约7814万元,其中甲项约271万元,乙项约5592万元,丙项约1551万元。"
    assert not any(r.kind == "sum" and r.holds for r in audit_text(wrong).relations)


def test_numbered_items_share_the_base_that_all_of_them_name() -> None:
    items = "".join(f"{n}、{what}\n全县小学180所,{what}合格{n + 150}所。\n" for n, what in enumerate(("校长", "图书", "仪器", "课程"), 1))
    for rate, holds in (("90.0", True), ("94.0", False)):
        audit = audit_text(items + f"5、校舍\n校舍面积为24269平方米,合格学校162所,合格学校占{rate}。")
        assert [r.holds for r in audit.relations if r.kind == "share"] == [holds]


def test_pupils_of_another_paragraph_give_the_average() -> None:
    text = "校舍建筑面积为30600平方米,生均校舍建筑面积为3.06平方米。\n全县现有小学在校学生10000人。"
    assert [r.holds for r in audit_text(text).relations if r.kind == "average"] == [True]
    assert [r.holds for r in audit_text(text.replace("3.06", "4.06")).relations if r.kind == "average"] == [False]
