# ruff: noqa: E501 (sheets are written as they are read)
"""A form's page: labels with their marks and the answers that they quote, and how questions look."""

import pytest
from django.utils import translation
from django.utils.datastructures import MultiValueDict

from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.web.answer_form import Node, answers_sent, checked_answers, form_nodes

FORM = """
| survey |
| | type | name | label | hint | guidance_hint | appearance | constraint | constraint_message |
| | note | intro | ## Basics | | | | | |
| | text | school | Name of the *school* | | Look it up | | | |
| | integer | pupils | Pupils of ${school} | As ${school} says | | | . < 9 | ${school} has fewer |
| | begin repeat | child | Child ${cname} | | | | | |
| | text | cname | Its name | | | | | |
| | end repeat | | | | | | | |
| | begin group | rate | Rating | | | table-list | | |
| | select_one how | clean | Clean | | | | | |
| | end group | | | | | | | |
| | select_one how | drop | Drop | | | minimal | | |
| | date | month | Month | | | month-year | | |
| | date | year | Year | | | year | | |
| | text | word | Word | | | masked | | |
| choices |
| | list_name | name | label |
| | how | good | **Good** at ${school} |
"""


def nodes_of(sent: dict[str, list[str]]) -> dict[str, Node]:
    form = read_form(FORM)
    found: dict[str, Node] = {}

    def gather(nodes: list[Node]) -> None:
        for node in nodes:
            found[node.name] = node
            gather(node.members)

    with translation.override("en"):
        answers = answers_sent(form, MultiValueDict(sent))
        gather(form_nodes(checked_answers(form, answers, datasets={}), faults="all"))
    return found


def test_labels_hints_and_messages_quote_answers_and_show_their_marks() -> None:
    nodes = nodes_of({"school": ["<A&B>"], "pupils": ["12"], "child/#": ["2"], "child/1/cname": ["甲"], "child/2/cname": ["乙"]})
    assert nodes["intro"].title == "<strong>Basics</strong>" and nodes["intro"].label == "Basics"
    assert nodes["school"].title == "Name of the <em>school</em>" and nodes["school"].guidance == "Look it up"
    assert nodes["pupils"].title == "Pupils of &lt;A&amp;B&gt;" and nodes["pupils"].label == "Pupils of <A&B>"
    assert nodes["pupils"].hint == "As &lt;A&amp;B&gt; says" and nodes["pupils"].faults == ["<A&B> has fewer"]
    assert [nodes[f"child/{number}"].title for number in (1, 2)] == ["Child 甲", "Child 乙"]
    assert nodes["rate/clean"].choices[0][1] == "<strong>Good</strong> at &lt;A&amp;B&gt;"
    assert nodes["drop"].choices[0][1] == "Good at <A&B>"


def test_a_table_of_questions_has_no_question_for_its_heading() -> None:
    nodes = {name: node for name, node in nodes_of({}).items() if name.startswith("rate/") and node.kind != "note"}
    assert [(node.kind, node.look, node.label) for node in nodes.values()] == [("heads", "table n1", ""), ("one", "table n1", "Clean")]


@pytest.mark.parametrize(
    ("kind", "appearance", "parameters", "widget", "look"),
    [
        ("select_one two", "likert", "", "one", "likert n2"), ("select_multiple two", "likert", "", "several", ""),
        ("select_one two", "columns", "", "one", "cols"), ("select_one two", "horizontal", "", "one", "cols"),
        ("select_multiple two", "columns-3", "", "several", "cols n3"), ("select_one two", "compact-2 no-buttons", "", "one", "cols n2 nodots"),
        ("select_one two", "columns-pack", "", "one", "packed"), ("select_one two", "quickcompact", "", "one", "packed"),
        ("select_one two", "minimal", "", "drop", ""), ("select_multiple two", "minimal", "", "several", "folded"),
        ("select_one two", "autocomplete", "", "one", "searched"), ("select_one two", "search", "", "one", "searched"),
        ("select_one two", "w2", "", "one", "w2"), ("select_one two", "label", "", "heads", "table n2"),
        ("select_one two", "list-nolabel", "", "one", "table n2"), ("select_one two", "quick", "", "one", ""),
        ("range", "", "start=0 end=10 step=2", "range", ""), ("range", "rating", "start=1 end=5 step=1", "one", "rating"),
        ("range", "rating", "start=0 end=100 step=1", "range", ""), ("range", "picker", "start=5 end=1 step=2", "drop", ""),
        ("integer", "counter", "", "line", "counter"), ("text", "multiline", "", "lines", ""), ("text", "", "rows=8", "lines", ""),
        ("text", "url", "", "line", "url"), ("image", "signature", "", "file", "drawn"), ("image", "draw", "", "file", "drawn"),
        ("date", "no-calendar", "", "line", ""), ("geopoint", "placement-map", "", "geopoint", ""),
    ],
)  # fmt: skip
def test_a_question_looks_as_its_appearance_says(kind: str, appearance: str, parameters: str, widget: str, look: str) -> None:
    form = read_form(
        "| survey |\n| | type | name | label | appearance | parameters |\n"
        f"| | {kind} | q | Q | {appearance} | {parameters} |\n| choices |\n| | list_name | name | label |\n| | two | a | A |\n| | two | b | B |\n"
    )
    with translation.override("en"):
        [node] = form_nodes(checked_answers(form, {}, datasets={}), faults="all")
    assert (node.kind, node.look) == (widget, look)
    if kind == "range" and widget != "range":
        assert [choice[0] for choice in node.choices] == (["5", "3", "1"] if appearance == "picker" else ["1", "2", "3", "4", "5"])


def test_a_grid_has_columns() -> None:
    form = read_form(
        "| survey |\n| | type | name | label | appearance |\n| | begin_group | g | G | w6 |\n| | text | a | A | w3 |\n| | end_group | | | |\n"
        "| settings |\n| | form_id | style |\n| | x | theme-grid |\n"
    )
    with translation.override("en"):
        [node] = form_nodes(checked_answers(form, {}, datasets={}), faults="all")
    assert (node.look, node.members[0].look) == ("grid g6 w6", "w3")


def test_a_photograph_is_taken_with_the_camera_that_is_named() -> None:
    form = read_form(
        "| survey |\n| | type | name | label | appearance |\n| | image | a | A | new |\n| | image | b | B | selfie |\n| | image | c | C | |\n"
        "| | text | d | D | numbers thousands-sep |\n"
    )
    with translation.override("en"):
        nodes = form_nodes(checked_answers(form, {}, datasets={}), faults="all")
    assert [node.attributes.get("capture") for node in nodes] == ["environment", "user", None, None]
    assert nodes[3].attributes["inputmode"] == "decimal"


def test_what_pyxform_puts_in_for_others_is_said_in_chinese_too() -> None:
    form = read_form(
        "| survey |\n| | type | name | label::中文 (zh) |\n| | select_one two or_other | q | 问 |\n| choices |\n"
        "| | list_name | name | label::中文 (zh) |\n| | two | a | 甲 |\n"
    )
    with translation.override("zh-hans"):
        nodes = form_nodes(checked_answers(form, {"q": "other"}, datasets={}), faults="all")
    assert [choice[1] for choice in nodes[0].choices] == ["甲", "其他"] and nodes[1].label == "请说明"


def test_a_month_and_a_year_stand_for_their_first_day() -> None:
    nodes = nodes_of({"month": ["2026-03"], "year": ["2025"], "word": ["x"]})
    assert not any(node.faults for node in nodes.values())
    assert (nodes["month"].input_type, nodes["month"].value) == ("month", "2026-03")
    assert (nodes["year"].input_type, nodes["year"].value) == ("number", "2025")
    assert nodes["word"].input_type == "password"
    answers = answers_sent(read_form(FORM), MultiValueDict({"month": ["2026-03"], "year": ["2025"]}))
    assert (answers["month"], answers["year"]) == ("2026-03-01", "2025-01-01")


def test_entries_follow_as_long_as_an_answer_asks_for_more() -> None:
    form = read_form(
        "| survey |\n| | type | name | label | calculation | repeat_count |\n| | calculate | count | | count(${plant}) | |\n"
        "| | begin_repeat | plant | P | | if(${count} = 0 or ${plant}[position()=${count}]/more = 'yes', ${count} + 1, ${count}) |\n"
        "| | text | more | M | | |\n| | end_repeat | | | | |\n"
    )
    for said, entries in (([], 1), (["yes"], 2), (["yes", "no"], 2), (["yes", "yes"], 3)):
        checked = checked_answers(form, {"plant": [{"more": one} for one in said]}, datasets={})
        assert len([asked for asked in checked.asked if asked.member.name == "plant"]) == entries


def test_a_long_list_drops_down() -> None:
    lines = "".join(f"| | how | c{number} | C |\n" for number in range(31))
    form = read_form(FORM + lines)
    with translation.override("en"):
        [node] = [one for one in form_nodes(checked_answers(form, {}, datasets={}), faults="all") if one.name == "rate"]
    assert [one.kind for one in node.members if one.name == "rate/clean"] == ["drop"] and nodes_of({})["rate/clean"].kind == "one"
