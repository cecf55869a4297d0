# ruff: noqa: E501 (sheets are written as they are read)
"""Forms: what an XLSForm says is found again, and what is wrong is told by sheet, row and column."""

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from jiaoheng.ledgers.form import Container, Field, Form, FormFaulty, in_language
from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.ledgers.form_submission import check_answers

NOW = datetime(2026, 3, 1, 9, 30)

HOUSEHOLD = """
| survey |
| | type | name | label::English (en) | label::中文 (zh) | hint::中文 (zh) | required | required_message::中文 (zh) | constraint | constraint_message::English (en) | constraint_message::中文 (zh) | relevant | calculation | choice_filter | repeat_count | default | appearance | read_only | parameters | trigger |
| | start | started | | | | | | | | | | | | | | | | | |
| | begin group | place | Place | 地点 | | | | | | | | | | | | field-list | | | |
| | select_one province | province | Province | 省 | | yes | 请选择省 | | | | | | | | | minimal | | | |
| | select_one county | county | County | 县 | | yes | | | | | ${province} != '' | | province = ${province} | | | | | | |
| | end group | | | | | | | | | | | | | | | | | | |
| | integer | persons | Persons | 人数 | 含老人和孩子 | yes | | . > 0 and . <= 20 | 1 to 20 | 应为1至20 | | | | | 1 | | | | |
| | begin repeat | person | Person | 家庭成员 | | | | | | | | | | ${persons} | | | | | |
| | text | person_name | Name | 姓名 | | yes | | | | | | | | | | | | | |
| | date | born | Born | 出生日期 | | | | . <= today() | | | | | | | | | | | |
| | calculate | age | | | | | | | | | | int((today() - ${born}) div 365.25) | | | | | | | |
| | begin repeat | school | School | 就读学校 | | | | | | | ${age} < 18 | | | | | | | | |
| | text | school_name | School of ${person_name} | ${person_name}的学校 | | | | | | | | | | | | | | | |
| | end repeat | | | | | | | | | | | | | | | | | | |
| | end repeat | | | | | | | | | | | | | | | | | | |
| | calculate | minors | | | | | | | | | | count(${person}[age < 18]) | | | | | | | |
| | select_multiple province or_other | visited | Visited | 去过 | | | | | | | | | | | | | | | |
| | range | score | Score | 评分 | | | | | | | | | | | | | | start=1 end=5 step=1 | |
| | note | thanks | Thanks | 谢谢 | | | | | | | | | | | | | | | |
| | dateTime | changed | Changed | 变更时间 | | | | | | | | now() | | | | | yes | | ${persons} |
| choices |
| | list_name | name | label::English (en) | label::中文 (zh) | province |
| | province | n | North | 北省 | |
| | province | s | South | 南省 | |
| | county | n1 | North One | 北一县 | n |
| | county | s1 | South One | 南一县 | s |
| settings |
| | form_title | form_id | version | default_language |
| | 入户调查 | household | 20260301 | 中文 (zh) |
"""


@pytest.fixture(scope="module")
def household() -> Form:
    return read_form(HOUSEHOLD)


def test_settings_and_languages(household: Form) -> None:
    assert (household.form_id, household.version, household.title) == ("household", "20260301", "入户调查")
    assert household.languages == ("English (en)", "中文 (zh)") and household.default_language == "中文 (zh)"
    province = household.field_named("province")
    assert household.both(province.labels).model_dump() == {"en": "Province", "zh": "省"}
    assert in_language(household.field_named("persons").hints, "en") == "含老人和孩子"  # what is not translated is shown as it is


def test_types_groups_repeats_and_columns(household: Form) -> None:
    kinds = {question.name: (question.kind, question.data_type) for question in household.fields}
    assert kinds["province"] == ("select_one", "string") and kinds["visited"] == ("select_multiple", "select")
    assert kinds["persons"] == ("integer", "int") and kinds["born"] == ("date", "date") and kinds["score"] == ("range", "int")
    assert household.field_named("school_name").repeats == ("/data/person", "/data/person/school")
    assert list(household.tables) == ["/data", "/data/person", "/data/person/school"]
    assert [question.column for question in household.tables["/data/person"]] == ["person_name", "born", "age"]
    assert "thanks" not in [question.column for question in household.tables["/data"]]
    group = household.by_path["/data/place"]
    assert isinstance(group, Container) and group.appearance == "field-list" and group.kind == "group"


def test_rules_messages_and_parameters(household: Form) -> None:
    persons, county = household.field_named("persons"), household.field_named("county")
    assert persons.constraint and persons.constraint.text == ". > 0 and . <= 20" and persons.default == "1"
    assert household.both(persons.constraint_message).model_dump() == {"en": "1 to 20", "zh": "应为1至20"}
    assert county.relevant and county.choices_at and county.list_name == "county"
    assert (
        household.field_named("province").required_message == {"中文 (zh)": "请选择省"}
        and household.field_named("province").appearance == "minimal"
    )
    assert household.field_named("score").parameters == {"start": "1", "end": "5", "step": "1"}
    repeat = household.by_path["/data/person"]
    assert isinstance(repeat, Container) and repeat.count
    changed = household.field_named("changed")
    assert changed.readonly and changed.on_trigger and changed.calculation is None
    assert household.by_path["/data/visited_other"].relevant


def test_calculations_come_after_what_they_read(household: Form) -> None:
    order = list(household.order)
    assert order.index("/data/person/age") < order.index("/data/person/school") and order.index("/data/person/age") < order.index(
        "/data/minors"
    )


def test_the_same_name_in_two_groups_makes_two_columns() -> None:
    form = read_form(
        "| survey |\n| | type | name | label |\n| | begin group | father | F |\n| | text | name | N |\n| | end group | | |\n"
        "| | begin group | mother | M |\n| | text | name | N |\n| | end group | | |\n"
    )
    assert [question.column for question in form.tables["/data"]][:2] == ["father_name", "mother_name"]


def test_a_workbook_gives_the_same_form_as_markdown(household: Form, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = None
    for line in HOUSEHOLD.strip().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 1:
            sheet = book.create_sheet(cells[0])
        elif sheet is not None:
            sheet.append([cell or None for cell in cells[1:]])
    del book["Sheet"]
    file = tmp_path / "household.xlsx"
    book.save(file)
    assert read_form(file).xform == household.xform
    assert read_form(file.read_bytes()).fields == household.fields


ROWS = "| survey |\n| | type | name | label | constraint | relevant | calculation | repeat_count |\n"


@pytest.mark.parametrize(
    ("rows", "code", "row", "column", "words"),
    [
        ("| | text | a | A | string-length(. < 3 | | | |", "FORM-EXPRESSION", 2, 'D "constraint"', "unexpected end"),
        ("| | text | a | A | | | | |\n| | text | b | B | | ${a} == 1 | | |", "FORM-EXPRESSION", 3, 'E "relevant"', "not an expression"),
        (
            "| | text | a | A | | | | |\n| | calculate | b | | | | fourier(${a}) | |",
            "FORM-EXPRESSION",
            3,
            'F "calculation"',
            "«fourier» is not known",
        ),
        (
            "| | calculate | a | | | | ${b} + 1 | |\n| | calculate | b | | | | ${c} | |\n| | calculate | c | | | | ${a} | |",
            "FORM-CYCLE",
            2,
            'F "calculation"',
            "a → b → c → a",
        ),
        ("| | calculate | a | | | | ${a} + 1 | |", "FORM-CYCLE", 2, 'F "calculation"', "a → a"),
        ("| | text | a | A | | ${b} = 1 | | |\n| | calculate | b | | | | ${a} | |", "FORM-CYCLE", 2, 'E "relevant"', "a → b → a"),
        ("| | text | a | A | | ${zz} = 1 | | |", "FORM-PYXFORM", 2, 'E "relevant"', "zz"),
        ("| | texxt | a | A | | | | |", "FORM-PYXFORM", 2, 'A "type"', "texxt"),
        ("| | begin group | g | G | | | | |\n| | text | a | A | | | | |", "FORM-PYXFORM", None, "", "group"),
        ("| | select_one nolist | a | A | | | | |", "FORM-PYXFORM", None, "", "choices"),
    ],
)
def test_a_fault_is_told_by_sheet_row_and_column(rows: str, code: str, row: int | None, column: str, words: str) -> None:
    with pytest.raises(FormFaulty) as faulty:
        read_form(ROWS + rows)
    fault = faulty.value.faults[0]
    assert fault.code == code and words in fault.expected
    if row is not None and fault.place:
        assert (fault.place.sheet, fault.place.row, fault.place.column) == ("survey", row, column)


def test_a_heading_in_two_languages_is_told() -> None:
    with pytest.raises(FormFaulty, match='row 1, column C "label::English::label::French"') as faulty:
        read_form("| survey |\n| | type | name | label::English::label::French |\n| | text | a | A |\n")
    assert faulty.value.faults[0].code == "FORM-HEADING"


def test_a_running_total_reads_itself_in_the_entry_before() -> None:
    form = read_form(
        ROWS + "| | begin repeat | r | R | | | | |\n| | integer | x | X | | | | |\n"
        "| | calculate | run | | | | coalesce(indexed-repeat(${run}, ${r}, position(..) - 1), 0) + ${x} | |\n| | end repeat | | | | | | |"
    )
    checked = check_answers(form, {"r": [{"x": 1}, {"x": 5}, {"x": 2}]}, now=NOW)
    assert [row.values["run"] for row in checked.rows[1:]] == ["1", "6", "8"]


def test_a_name_of_an_instance_may_look_like_a_question() -> None:
    form = read_form("| survey |\n| | type | name | label |\n| | text | a | A |\n| settings |\n| | instance_name |\n| | Visit-v1 |\n")
    assert not check_answers(form, {"a": "x"}, now=NOW).faults


KOBO = """
| survey |
| | type | name | label | required | relevant | kobo--score-choices | kobo--rank-items | kobo--rank-constraint-message | kobo--matrix_list | $kuid |
| | begin_score | care | Rate | | | how | | | | a1 |
| | score__row | clean | Clean | true | | | | | | a2 |
| | score__row | safe | Safe | | | | | | | a3 |
| | end_score | | | | | | | | | |
| | # a remark | | | | | | | | | |
| | begin_rank | best | Best | | | | how | Twice | | |
| | rank__level | first | 1st | | | | | | | |
| | rank__level | second | 2nd | | | | | | | |
| | end_rank | | | | | | | | | |
| | begin_kobomatrix | goods | Goods | | | | | | thing | |
| | select_one how | state | State | | | | | | | |
| | integer | number | Number | true | ${state} = 'bad' | | | | | |
| | end_kobomatrix | | | | | | | | | |
| choices |
| | list_name | name | label |
| | how | good | Good |
| | how | bad | Bad |
| | thing | desk | Desk |
| | thing | lamp | Lamp |
"""


def test_ratings_ranks_and_matrices_of_kobo() -> None:
    form = read_form(KOBO)
    kinds = {question.column: question.kind for question in form.fields}
    assert [kinds[name] for name in ("clean", "safe", "first", "goods_desk_state", "goods_lamp_number")] == ["select_one"] * 4 + ["integer"]
    said = {"clean": "good", "first": "bad", "second": "bad", "goods_desk_state": "bad", "goods_lamp_state": "good"}
    faults = [(fault.code, fault.column) for fault in check_answers(form, said, now=NOW).faults]
    assert faults == [("ANSWER-CONSTRAINT", "second"), ("ANSWER-REQUIRED", "goods_desk_number")]
    with pytest.raises(FormFaulty) as faulty:
        read_form(KOBO.replace("${state} = 'bad'", "${state} = ("))
    assert faulty.value.faults[0].place and faulty.value.faults[0].place.row == 13  # the author's row, not the one written out


LONG_LISTS = """
| survey |
| | type | name | label | choice_filter | appearance | media::image |
| | select_one town | town | Town | | | town.png |
| | select_one_external ward | ward | Ward | town=${town} | | |
| | select_one fruit | fruit | Fruit | | minimal search('fruits', 'contains', 'name', 'go', 'town', ${town}) | |
| choices |
| | list_name | name | label | media::image |
| | town | t1 | One | t1.png |
| | town | t2 | Two | |
| | fruit | key | name | |
| | fruit | -99 | Other | |
| external_choices |
| | list_name | name | label | town |
| | ward | w1 | Ward 1 | t1 |
| | ward | w2 | Ward 2 | t2 |
"""
FRUITS = {
    "fruits": [
        {"key": "k1", "name": "mango", "town": "t1"},
        {"key": "k2", "name": "pear", "town": "t1"},
        {"key": "k3", "name": "mango", "town": "t2"},
    ]
}


def test_long_lists_of_their_own_sheet_are_offered() -> None:
    form = read_form(LONG_LISTS)
    checked = check_answers(form, {"town": "t1", "ward": "w2"}, now=NOW)
    assert [(fault.code, fault.column) for fault in checked.faults] == [("ANSWER-CHOICE", "ward")]
    assert [choice.labels for one in checked.asked if one.member.name == "ward" for choice in one.choices or ()] == [{"default": "Ward 1"}]
    assert "w1" in form.itemsets


def test_a_search_offers_the_rows_that_it_finds() -> None:
    form = read_form(LONG_LISTS)
    for answer, faults in (("k1", 0), ("-99", 0), ("k2", 1), ("k3", 1), ("key", 1)):
        checked = check_answers(form, {"town": "t1", "fruit": answer}, now=NOW, datasets=FRUITS)
        assert len(checked.faults) == faults, answer
    assert not check_answers(form, {"fruit": "k9"}, now=NOW).faults  # without the file nobody can say


def test_pictures_of_questions_and_choices() -> None:
    form = read_form(LONG_LISTS)
    assert in_language(form.field_named("town").media["image"], "zh") == "town.png"
    assert form.lists["town"][0].image == "t1.png" and set(form.files) >= {"town.png", "t1.png"}


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(FormFaulty) as faulty:
        read_form(ROWS + "| | text | a | A | ( | | | |\n| | text | b | B | ) | | | |\n| | calculate | c | | | | ${c} | |")
    assert sorted(fault.code for fault in faulty.value.faults) == ["FORM-CYCLE", "FORM-EXPRESSION", "FORM-EXPRESSION"]


@pytest.mark.parametrize(
    "junk", ["", "hello", b"PK\x03\x04nonsense", b"\xff\xfe", "| choices |\n| | list_name | name | label |\n| | a | b | c |"]
)
def test_what_is_no_form_is_refused(junk: str | bytes) -> None:
    with pytest.raises(FormFaulty):
        read_form(junk)


def test_a_file_of_choices_is_asked_for() -> None:
    form = read_form("| survey |\n| | type | name | label |\n| | select_one_from_file schools.csv | school | S |\n")
    assert form.files == ("schools.csv",) and isinstance(form.by_path["/data/school"], Field)


def sheet(survey: str, **others: str) -> str:
    """Markdown tables of sheets written as lines of cells."""
    return "".join(
        f"| {name} |\n" + "".join(f"| | {line.strip()} |\n" for line in lines.strip().splitlines())
        for name, lines in {"survey": survey, **others}.items()
    )


CHOICES = "list_name | name | label | f\nyes no | yes | Yes | 1\nyes no | no | No | 2"


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("Text", "text"), ("INTEGER", "integer"), ("Date Time", "date time"), ("Select_One yes no", "select_one"), ("select one yes no", "select_one"),
        ("Select Multiple yes no or other", "select_multiple"), ("select_multiple  from yes no", "select_multiple"), ("Rank yes no", "rank"),
        ("select_one yes_no", "select_one"), ("start-geopoint", "start-geopoint"), ("Note", "note"),
    ],
)  # fmt: skip
def test_a_type_is_read_however_it_is_spelt(written: str, kind: str) -> None:
    form = read_form(sheet(f"type | name | label\nBegin_Group | g | G\n{written} | a | A\nEND GROUP | | ", choices=CHOICES))
    assert form.field_named("a").kind == kind and form.field_named("a").path == "/data/g/a"
    assert "yes no" not in form.lists and ("Other" in form.xform) is ("other" in written)


@pytest.mark.parametrize(
    ("survey", "others", "chinese"),
    [
        ("type | name | label\ntexxt | a | A", {}, "“survey”表第2行A列“type”：没有题型“texxt”。是否为“text”？"),
        ("type | name | label\ntext | a |", {}, "“survey”表第2行B列“name”：“a”没有题面（label），也没有提示（hint）。"),
        ("type | name | label\ntext | a b | A", {}, "“survey”表第2行B列“name”：名称须以字母"),
        ("type | name | label\nbegin group | g | G\ntext | a | A", {}, "“survey”表第2行A列“type”：“begin group”（g）没有与之对应的“end group”。"),
        ("type | name | label\ntext | a | A\ntext | a | B", {}, "“survey”表第3行B列“name”：同一分组中已有同名"),
        ("type | name | label\nselect_one town | a | A", {"choices": CHOICES}, "“survey”表第2行A列“type”：choices表中没有选项列表“town”"),
        ("type | name | label\nselect_one town | a | A", {}, "“survey”表第2行A列“type”：缺少choices表"),
        ("type | name | label | relevant\ntext | a | A | ${zz} = 1", {}, "“survey”表第2行D列“relevant”：${zz}不是本表的题名"),
        ("type | name | label | parameters\nimage | a | A | max-pixels=x", {}, "“survey”表第2行D列“parameters”：参数“max-pixels”须为整数。"),
        ("type | name | label (English)\ntext | a | A", {}, "“survey”表第1行C列“label (English)”：列标题的语言应写成“label::English”。"),
        ("type | name | label\ntext | a | A", {"settings": "form_id | public_key\nx | MIIB"}, "“settings”表第2行“public_key”列：手机用该公钥加密"),
        (
            "type | name | label\ntext | a | A", {"settings": "form_id | instance_name\nx | concat(${a}"},
            "“settings”表第2行“instance_name”列：“concat(${a}”不是算式：括号没有成对：左括号1个，右括号0个。",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_chinese(survey: str, others: dict[str, str], chinese: str) -> None:
    with pytest.raises(FormFaulty) as faulty:
        read_form(sheet(survey, **others))
    assert faulty.value.faults[0].in_language("zh-hans").startswith(chinese)


@pytest.mark.parametrize(
    ("written", "chinese"),
    [
        ("${a} == 1", "“==”应写成“=”。"), ("${a} = 1 AND ${a} = 2", "“AND”应写成“and”。"), ("${a} <> 1", "“<>”应写成“!=”。"),
        ("if(${a} > 2，1，0)", "“，”不能用在算式里，请写半角的“,”。"), (">= 0 and <= 10", "比较符号前缺少内容。"), ("{a} = 1", "“{a}”应写成“${name}”。"),
        ("if(${a} > 2, 1)", "函数“if”至少要3个值，写的少了。"), ("TRUE()", "没有函数“TRUE”，是否为“true”？"), ("${a} = 'x", "引号没有成对。"),
        ("${a} +", "没有写完。"), ("jr:choicename(${a})", "没有函数“jr:choicename”，是否为“jr:choice-name”？"), ("@@", "不合语法，解析器的原话是"),
    ],
)  # fmt: skip
def test_why_a_text_is_no_expression_is_told_with_the_mend(written: str, chinese: str) -> None:
    with pytest.raises(FormFaulty) as faulty:
        read_form(sheet(f"type | name | label | relevant\ninteger | a | A |\ntext | b | B | {written}"))
    said = faulty.value.faults[0].in_language("zh-hans")
    assert said.startswith(f"“survey”表第3行D列“relevant”：“{written}”不是算式：{chinese}")


def test_what_is_worth_a_look_is_told_and_stops_nothing() -> None:
    form = read_form(
        sheet(
            "type | name | label | relevant | choice_filter | constraint_msg | remarks | media::image::English\n"
            "text | a | A | | | | | x.png\ntext | b | B | ${a} = yes\nselect_one yes_no | c | C | | f = a",
            choices=CHOICES, settings="form_id | submission_url\nx | https://elsewhere.example/",
        )
    )  # fmt: skip
    said = {(one.code, str(one.place.row) if one.place else ""): one.in_language("zh-hans") for one in form.warnings}
    assert said["FORM-NAME", "3"] == "“survey”表第3行D列“relevant”：“${a} = yes”中的“yes”不是本表的题名；文字须加引号：'yes'。"
    assert "写成${a}" in said["FORM-NAME", "4"] and said["FORM-COLUMN", "1"].endswith("是否为“constraint_message”？")
    assert "remarks" in said["FORM-COLUMN", ""] and "submission_url" in said["FORM-SETTING", "2"]
    assert "elsewhere.example" not in form.xform


def test_steps_of_a_range_and_an_acknowledgement_are_checked() -> None:
    form = read_form(
        sheet(
            "type | name | label | parameters\nrange | a | A | start=-5 end=5 step=0.5\nrange | b | B | start=10 end=1 step=3\nacknowledge | c | C |"
        )
    )
    assert not check_answers(form, {"a": "-4.5", "b": "7", "c": "OK"}, now=NOW).faults
    wrong = check_answers(form, {"a": "2.25", "b": "8", "c": "yes"}, now=NOW).faults
    assert [(fault.column, fault.code) for fault in wrong] == [
        ("a", "ANSWER-CONSTRAINT"),
        ("b", "ANSWER-CONSTRAINT"),
        ("c", "ANSWER-CHOICE"),
    ]


def test_what_counts_the_entries_of_a_repeat_is_no_column() -> None:
    form = read_form(
        sheet("type | name | label | repeat_count\ninteger | n | N |\nbegin repeat | r | R | ${n} + 1\ntext | a | A |\nend repeat | | |")
    )
    assert [question.column for question in form.tables["/data"]] == ["n", "instanceID"]
    checked = check_answers(form, {"n": "1", "r": [{"a": "x"}]}, now=NOW)
    assert [(fault.code, fault.wanted) for fault in checked.faults] == [("ANSWER-COUNT", 2)]


def test_what_a_phone_alone_can_do_is_told() -> None:
    form = read_form(sheet("type | name | label | save_to\ntext | a | A | b", entities="list_name | label\nthings | ${a}"))
    assert [note.code for note in form.warnings] == ["FORM-ENTITIES"]


def test_a_form_that_is_kept_already_stays_readable() -> None:
    form = sheet("type | name | label | hint (English)\ntext | a | A | x", settings="form_id | public_key\nx | MIIB")
    with pytest.raises(FormFaulty) as faulty:
        read_form(form)
    assert {fault.code for fault in faulty.value.faults} == {"FORM-HEADING", "FORM-ENCRYPTED"}
    assert read_form(form, kept=True).field_named("a").labels == {"default": "A"}


def test_a_day_in_a_cell_is_a_day() -> None:
    form = read_form(sheet("type | name | label | default\ndate | a | A | 2024-01-05 00:00:00\ndateTime | b | B | 2024-01-05 09:30:00"))
    assert (form.field_named("a").default, form.field_named("b").default) == ("2024-01-05", "2024-01-05T09:30:00")


def test_a_rank_of_what_a_repeat_holds() -> None:
    form = read_form(sheet("type | name | label\nbegin repeat | r | R\ntext | n | N\nend repeat | | \nrank ${n} | best | B"))
    entries = {"r": [{"n": "x"}, {"n": "y"}]}
    assert not check_answers(form, {**entries, "best": "y x"}, now=NOW).faults
    assert [fault.code for fault in check_answers(form, {**entries, "best": "y y"}, now=NOW).faults] == ["ANSWER-TWICE"]
    assert [fault.code for fault in check_answers(form, {**entries, "best": "y z"}, now=NOW).faults] == ["ANSWER-CHOICE"]


def test_several_of_what_a_repeat_holds() -> None:
    survey = "type | name | label | choice_filter | appearance\nbegin repeat | r | R\ntext | n | N\ninteger | age | A\nend repeat | | "
    form = read_form(sheet(f"{survey}\nselect_multiple ${{n}} | team | Who | ${{age}} > 17 | minimal\nrank ${{n}} | best | B"))
    team = form.field_named("team")
    assert (team.kind, team.data_type, form.field_named("best").kind) == ("select_multiple", "select", "rank")
    assert '<select ref="/data/team" appearance="minimal">' in form.xform and form.xform.count("</odk:rank>") == 1
    assert '<bind nodeset="/data/team" type="string"/>' in form.xform and '<bind nodeset="/data/best" type="odk:rank"/>' in form.xform
    entries = {"r": [{"n": "Li Na", "age": 30}, {"n": "y", "age": 40}, {"n": "z", "age": 9}]}
    found = check_answers(form, {**entries, "team": "y Li Na"}, now=NOW)
    assert not found.faults
    [asked] = [asked for asked in found.asked if asked.member is team]
    assert [choice.name for choice in asked.choices or ()] == ["Li Na", "y"]
    assert [fault.code for fault in check_answers(form, {**entries, "team": "z"}, now=NOW).faults] == ["ANSWER-CHOICE"]
    assert [fault.code for fault in check_answers(form, {**entries, "team": "Li Na Li Na"}, now=NOW).faults] == ["ANSWER-TWICE"]


def test_a_note_of_pyxform_says_no_more_than_it_must() -> None:
    form = read_form(sheet("type | name | label\nbegin repeat | r |\ntext | a | A\nend repeat | | "))
    assert [note.in_language("en") for note in form.warnings] == ['sheet "survey", row 2: Repeat has no label']
