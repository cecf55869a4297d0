"""Tables audited: row and column totals, subtotals, shares and other derived columns, in every layout of cells."""

import pathlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.papers.audit.auditing import audit_text
from jiaoheng.texts.document import read_document

HOLDING = {
    "总计 above two divisions": (
        "类别|学校|班级|学生\n总计|15|140|6020\n按城乡分\n城区|4|61|2890\n乡村|11|79|3130\n按办学分\n公办|12|118|5205\n民办|3|22|815",
        [("sum", 15), ("sum", 140), ("sum", 6020), ("sum", 15), ("sum", 140), ("sum", 6020)],
    ),
    "小计 and 合计": (
        "片区\t学校\t男\t女\t计\n东片\t甲校\t310\t292\t602\n东片\t乙校\t205\t198\t403\n\t小计\t515\t490\t1005\n"
        "西片\t丙校\t120\t131\t251\n西片\t丁校\t99\t101\t200\n\t小计\t219\t232\t451\n合计\t\t734\t722\t1456",
        [("sum", 515), ("sum", 219), ("sum", 734), ("sum", 1456), ("sum", 602), ("sum", 1005)],
    ),
    "numbers set apart by spaces": (
        "学段 学校数 学生数 教师数\n小学 31 12,045 803\n初中 9 6,110 511\n高中 2 3,020 266\n合 计 42 21,175 1,580",
        [("sum", 42), ("sum", 21175), ("sum", 1580)],
    ),
    "codes and scores": (
        "指标名称\t代码\t分值\t自评\n总分\t01\t100\t94.5\n党建\t02\t30\t28.5\n教学\t03\t45\t43\n安全\t04\t25\t23",
        [("sum", 100), ("sum", 94.5)],
    ),
    "only top-level items make the total": (
        "项目|金额(万元)\n一、基本支出|10000\n人员经费|8200\n公用经费|1800\n二、项目支出|500\n合计|10500",
        [("sum", 10500)],
    ),
    "shares of the total row": (
        "| 学历 | 人数 | 占比 |\n| --- | --- | --- |\n| 研究生 | 123 | 5.1% |\n"
        "| 本科 | 1,890 | 78.8% |\n| 专科 | 387 | 16.1% |\n| 合计 | 2,400 | 100% |",
        [("share", 5.1), ("share", 78.8), ("share", 16.1), ("sum", 2400)],
    ),
    "growth and change between two years": (
        "项目\t上年\t本年\t增减额\t增长(%)\n甲\t4521.50\t4812.36\t290.86\t6.43\n乙\t1200.00\t980.00\t-220.00\t-18.33\n丙\t510.25\t560.12\t49.87\t9.77",
        [("growth", 6.43), ("difference", -220), ("difference", 290.86), ("growth", 9.77)],
    ),
    "price times number": (
        "物品\t单价\t数量\t金额\n课桌\t185\t1200\t222000\n电脑\t3890\t260\t1011400\n白板\t16800\t24\t403200",
        [("product", 222000), ("product", 1011400)],
    ),
}


@pytest.mark.parametrize("name", HOLDING)
def test_a_right_table_is_read_and_holds(name: str) -> None:
    text, expected = HOLDING[name]
    audit = audit_text(text)
    assert all(r.holds for r in audit.relations), [r.explanation for r in audit.relations if not r.holds]
    found = [(r.kind, r.stated) for r in audit.relations]
    for kind, stated in expected:
        assert (kind, stated) in found


WRONG = [
    (
        "学段\t学校\t学生\t教师\n小学\t31\t12045\t803\n初中\t9\t6110\t511\n高中\t2\t3020\t266\n合计\t42\t21175\t1680",
        "sum",
        1680,
    ),
    ("学校\t男\t女\t合计\n甲\t310\t292\t602\n乙\t205\t198\t403\n丙\t120\t131\t251\n丁\t99\t101\t210", "sum", 210),
    (
        "学段\t学生\t教师\t生师比\n幼儿园\t9010\t601\t14.99\n小学\t33262\t2001\t16.62\n初中\t15003\t1210\t12.40\n高中\t8001\t612\t13.97",
        "average",
        13.97,
    ),
    ("学历|人数|占比\n研究生|120|5.0%\n本科|1900|72.9%\n专科|300|12.5%\n中专|80|3.3%\n合计|2400|", "share", 72.9),
]


@pytest.mark.parametrize(("text", "kind", "stated"), WRONG)
def test_a_wrong_cell_is_found(text: str, kind: str, stated: float) -> None:
    assert [(r.kind, r.stated) for r in audit_text(text).faults] == [(kind, stated)]


QUIET = {
    "averages below a column are no totals": "学校\t平均分\t合格率\n甲\t88.5\t97.1\n乙\t86.1\t95.0\n合计\t87.3\t96.0",
    "rates of places": "指标\t本县\t全市\t全省\n小学巩固率\t99.8\t99.7\t99.5\n生均用房\t6.2\t6.0\t5.8\n达标校\t55\t61\t59",
    "telephones, ranks and running numbers": "序号|姓名|电话|名次\n1|甲|13800001111|3\n2|乙|13800002222|1\n3|丙|13800003333|2",
    "a table that goes on elsewhere": "学校\t学生\t教师\n甲\t310\t22\n乙\t205\t15\n全县合计\t33262\t2384",
    "shares set to make a hundred": "类|数|占比\n甲|4812|86.55\n乙|98|1.76\n丙|560|10.07\n丁|90|1.62\n合计|5560|100.00",
    "people's ages": "年龄段 男 女\n30岁以下 12 30\n31至40岁 22 41\n41岁以上 35 20",
}


@pytest.mark.parametrize("name", QUIET)
def test_a_table_without_faults_raises_none(name: str) -> None:
    assert audit_text(QUIET[name]).faults == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.integers(1, 99999)] * 3), min_size=2, max_size=9))
def test_any_table_with_right_totals_holds(rows: list[tuple[int, int, int]]) -> None:
    lines = [f"学校{'甲乙丙丁戊己庚辛壬'[n]}\t" + "\t".join(map(str, row)) for n, row in enumerate(rows)]
    lines.append("合计\t" + "\t".join(str(sum(column)) for column in zip(*rows, strict=True)))
    assert audit_text("名称\t学生\t教师\t图书\n" + "\n".join(lines)).faults == []


def test_places_are_those_of_the_cells() -> None:
    text = "前文。\n学段\t学校\t学生\n小学\t31\t12,045\n初中\t9\t6,110\n合计\t40\t18,155\n全县有学校41所,其中小学31所、初中9所。"
    audit = audit_text(text)
    for relation in audit.relations:
        assert all(text[part.start : part.end] == part.text for part in relation.parts)
    assert "12,045" in {figure.text for figure in audit.figures}
    assert [(fault.kind, fault.stated) for fault in audit.faults] == [("sum", 41)]


def test_tables_of_web_pages_keep_their_columns(tmp_path: pathlib.Path) -> None:
    page = tmp_path / "a.html"
    page.write_text(
        "<table><tr><td rowspan=2><p>学段</p></td><td rowspan=2>教师</td><td colspan=2>学历</td></tr>"
        "<tr><td>本科</td><td>专科</td></tr><tr><td><p>小学</p></td><td><p>150</p></td><td>110</td><td>40</td></tr>"
        "<tr><td>初中</td><td>98</td><td>90</td><td>8</td></tr><tr><td>合计</td><td>248</td><td>200</td><td>49</td></tr></table>"
        "<p>说明一。</p>",
        encoding="utf-8",
    )
    text = read_document(page).text
    assert text.splitlines()[2].split("\t") == ["小学", "150", "110", "40"]
    assert [(fault.kind, fault.stated) for fault in audit_text(text).faults] == [("sum", 49)]


def test_prose_in_the_cells_of_a_page_keeps_its_paragraphs(tmp_path: pathlib.Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<table><tr><td>" + "".join(f"<p>第{n}段,{'说' * 40}。</p>" for n in range(3)) + "</td></tr></table>", encoding="utf-8")
    assert len(read_document(page).text.splitlines()) == 3


def test_merged_cells_of_word_keep_their_columns(tmp_path: pathlib.Path) -> None:
    from docx import Document

    document = Document()
    rows = [["片区", "学校", "学生", "教师"], ["东片", "甲校", "310", "22"], ["东片", "乙校", "205", "15"], ["合计", "", "515", "38"]]
    table = document.add_table(4, 4)
    for r, row in enumerate(rows):
        for c, words in enumerate(row):
            table.cell(r, c).text = words
    table.cell(3, 0).merge(table.cell(3, 1)).text = "合计"
    document.save(str(tmp_path / "a.docx"))
    text = read_document(tmp_path / "a.docx").text
    assert text.splitlines()[-1] == "合计\t\t515\t38"
    audit = audit_text(text)
    assert [(fault.kind, fault.stated) for fault in audit.faults] == [("sum", 38)]

    from jiaoheng.papers.audit.word import comment_docx

    assert comment_docx(audit, tmp_path / "a.docx", tmp_path / "b.docx") == 1


_PIECES = (
    "0人",
    "12所",
    "3.5%",
    "其中",
    "，",
    "。",
    "合计",
    "小计",
    "占",
    "分别增长",
    "由",
    "提高到",
    "1.2万",
    "1,234",
    "[3]",
    "0元",
    "\n",
    "\t",
    "|",
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*_PIECES, "\n合计\t0\t0\n", "\n小学 1 2 3\n", "\n|1|2|\n"]), max_size=40))
def test_no_mixture_of_tables_and_prose_makes_it_fail(pieces: list[str]) -> None:
    text = "".join(pieces)
    for relation in audit_text(text).relations:
        assert all(text[part.start : part.end] == part.text for part in relation.parts)
