# ruff: noqa: E501 (sheets are written as they are read)
"""Forms: what an XLSForm says is found again, and what is wrong is told by sheet, row and column."""

from pathlib import Path

import openpyxl
import pytest

from jiaoheng.ledgers.form import Container, Field, Form, FormFaulty, in_language
from jiaoheng.ledgers.form_reader import read_form

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
        ("| | text | a | A | | ${zz} = 1 | | |", "FORM-PYXFORM", 2, "", "zz"),
        ("| | texxt | a | A | | | | |", "FORM-PYXFORM", None, "", "texxt"),
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
