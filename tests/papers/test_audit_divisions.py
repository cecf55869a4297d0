"""The auditor on totals divided more than once, parts over several sentences, named shares and their like."""

import pytest

from jiaoheng.papers.audit.auditing import audit_text


def said(text: str) -> list[tuple[str, float | None, bool]]:
    return [(r.kind, r.stated, r.holds) for r in audit_text(text).relations]


HOLDING = {
    "a second division after ;": ("全县人口4210人。其中,城镇1810人,乡村2400人;男2170人,女2040人。", "sum", 4210, 2),
    "ages after 分别为": ("在职教师4210人。其中,男2000人,女2210人;青年、中年、老年分别为1500人、1700人和1010人。", "sum", 4210, 2),
    "divided by a later clause": ("零售额38.03亿元,增长2%。其中大单位4.83亿元。按地区统计,城镇32.25亿元,乡村5.78亿元。", "sum", 38.03, 1),
    "lines that begin with 按": (
        "受助学生930人中:\n按户口分:农业户口852人,非农业户口78人;\n按年级分:高一341人,高二353人,高三236人。",
        "sum",
        930,
        2,
    ),
    "numbered parts over sentences": (
        "产值8500万元。第一产业产值1000万元;第二产业产值3500万元,其中工业3000万元。第三产业产值4000万元。",
        "sum",
        8500,
        1,
    ),
    "the rest in a sentence of its own": (
        "共投入资金17936万元。其中投入校舍资金1.443亿元,完成甲校改造。投入设备资金3506万元。",
        "sum",
        17936,
        1,
    ),
    "a closing total with parts of parts": ("职校招生909人,其中本县623人,外县286人,普高招生1396人,共招生2305人。", "sum", 2305, 1),
    "what became of the projects": ("改扩建项目15个,投入910万元。目前,11个项目已完工,1个项目在建,3个项目正在招标。", "sum", 15, 1),
    "the amount of a heading": ("一、薄弱环节资金1710万元建设情况\n1.新建校舍,投入1091万元。\n2.购置设备,投入619万元。\n", "sum", 1710, 1),
    "shares added": ("教师中本科占25.75%,专科占57.83%,合计占83.58%。", "sum", 83.58, 1),
    "what is planned is another column": (
        "甲乙两校在校学生5788人,班级87个。到明年,规划在校学生7800人。\n甲校在校学生4310人,教学班61个。规划在校学生5500人。\n"
        "乙校在校学生1478人,教学班26个。规划在校学生2300人。",
        "sum",
        7800,
        1,
    ),
    "compulsory education named last": (
        "1、小学招生1023人;在校生6217人,比上年增加123人。\n2、初中招生829人;在校生2430人,比上年增加105人。\n"
        "义务教育阶段在校生8647人,比上年增加228人。",
        "sum",
        228,
        1,
    ),
    "part and whole named": (
        "高中阶段共招生2305人,职业学校招生909人。职业学校招生人数占高中阶段招生人数的比例为39.44%。",
        "share",
        39.44,
        1,
    ),
    "占总数 of what the name ends in": (
        "全省有幼儿园6973所。\n其中新增9所。普惠性幼儿园4747所,增长12.04%,占总数的68.08%。",
        "share",
        68.08,
        1,
    ),
    "footnotes inside names": ("全国在园幼儿[4]4805.21万人。其中,普惠园幼儿[12]4218.20万人,占在园幼儿的87.78%。", "share", 87.78, 1),
    "growth said sentences later": (
        "年末卫生技术人员1124.2万人。医师428.7万人。与上年比较,卫生技术人员增加56.4万人(增长5.3%)。",
        "growth",
        5.3,
        1,
    ),
    "a unit written before the figure": ("总诊疗人次84.7亿,比上年增加7.3亿人次(增长9.4%)。", "growth", 9.4, 1),
    "per head of pupils paragraphs before": ("在校生共计1628人。\n共计拨付875.527385万元,生均经费为5377.93元。", "average", 5377.93, 1),
}


@pytest.mark.parametrize("name", HOLDING)
def test_it_is_seen_to_hold(name: str) -> None:
    text, kind, stated, times = HOLDING[name]
    found = said(text)
    assert found.count((kind, stated, True)) >= times, found
    assert audit_text(text).faults == []


WRONG = {
    "a division that misses by a digit": ("全县人口4210人。其中,男2170人,女2040人;青年、中年、老年分别为1500人、1700人和1110人。", 4210),
    "numbered parts": ("产值8500万元。第一产业产值1000万元;第二产业产值3500万元。第三产业产值4300万元。", 8500),
    "part and whole named": ("高中阶段共招生2305人,职业学校招生909人。职业学校招生人数占高中阶段招生人数的比例为49.44%。", 49.44),
    "占总数": ("全省有幼儿园6973所。\n其中新增9所。普惠性幼儿园4747所,增长12.04%,占总数的78.08%。", 78.08),
    "shares added": ("教师中本科占25.75%,专科占57.83%,合计占93.58%。", 93.58),
}


@pytest.mark.parametrize("name", WRONG)
def test_it_is_seen_not_to(name: str) -> None:
    text, stated = WRONG[name]
    assert [fault.stated for fault in audit_text(text).faults] == [stated]


QUIET = [
    "第一批中央投资1000亿元项目3个:甲校投资133万元,乙校投资197万元,丙校投资158万元;第二批中央投资1300亿元项目2个:丁校投资206万元,戊校投资289万元。",
    "全县人口4210人。其中,男2170人,女2040人;党员310人,团员820人。",
    "学校30所。目前,11个项目已完工,3个项目正在招标。",
    "一、2023年专项资金1710万元\n1.下达甲县1091万元。\n2.今年预算619.5万元,去年决算88万元。\n",
    "房地产投资8.44亿元,增长11.1%。其中住宅投资7.37亿元,商业用房投资0.84亿元。",
    "第一产业投资增长3.1%,第二产业投资增长8.8%,第三产业投资增长1.2%,投资共增长6.5%。",
    "据教〔2021〕15号和皖政办[2009]104号文件,联系电话0551-62831868,依照第二十三条第三款。2019年比2018年招生多3人。",
]


@pytest.mark.parametrize("text", QUIET)
def test_no_warning(text: str) -> None:
    assert audit_text(text).faults == []


NO_PARTITION = [
    "幼儿园120所,其中公办48所,普惠性民办62所,普惠率91.7%。",
    "全县共有教师3200人,其中专任教师2900人,本科以上学历2300人,占71.9%。",
    "受理信访件56件,办结53件,办结率94.6%;比去年同期减少12件,下降17.6%。",
    "高一新生3205人,高二学生3120人,高三学生2985人,其中寄宿生7890人。",
    "生均公用经费小学由650元提高到720元,初中由850元提高到940元,分别增长10.8%和10.6%。",
    "三年来新增学位1.5万个,其中2021年5000个,2022年6000个。",
    "实有在编教师3302人,缺编258人。\n党员教师1203名,占教师总数的31.2%。",
    "预计到2025年,全县幼儿园达到95所;目前全县有幼儿园85所。",
    "核定编制3560名,实有在编教师3302人,缺编258人;聘用代课教师186人。",
    "计划招聘教师200名,实际招聘教师186名。去年招聘教师160名。",
    "校车138辆,接送学生6230人,平均每车45人,分早晚2趟运行。",
]


@pytest.mark.parametrize("text", NO_PARTITION)
def test_what_only_looks_wrong_is_left_alone(text: str) -> None:
    assert audit_text(text).faults == []


def test_rates_of_several_pairs_are_told_apart() -> None:
    text = "经费小学由650元提高到720元,初中由850元提高到940元,分别增长10.8%和11.6%。"
    assert [(fault.kind, fault.stated) for fault in audit_text(text).faults] == [("growth", 11.6)]
