# ruff: noqa: E501 (sheets are written as they are read)
"""Submissions: answers become typed rows, or are told what is wrong in both languages."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.ledgers.form_submission import (
    Checked,
    Identity,
    SubmissionUnreadable,
    add_entries,
    blank_answers,
    check_answers,
    check_openrosa,
    read_identity,
    triggered,
)

from .test_form_reader import HOUSEHOLD

FORM = read_form(HOUSEHOLD)
NOW = datetime(2026, 3, 1, 9, 30)
ANSWERS: dict[str, Any] = {
    "place": {"province": "n", "county": "n1"},
    "persons": 2,
    "score": 3,
    "visited": ["n", "s"],
    "person": [
        {"person_name": "张三", "born": "1980-05-01"},
        {"person_name": "张小三", "born": "2015-05-01", "school": [{"school_name": "阳光小学"}]},
    ],
}


def check(answers: dict[str, Any], form=FORM) -> Checked:
    return check_answers(form, answers, now=NOW)


def codes(checked: Checked) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(fault.code, fault.column, fault.at) for fault in checked.faults]


def small(rows: str, choices: str = "") -> Any:
    return read_form("| survey |\n| | type | name | label | required | constraint | relevant | calculation | default |\n" + rows + choices)


def test_answers_become_typed_rows_with_children() -> None:
    checked = check(ANSWERS)
    assert not checked.faults
    rows = {(row.table, row.at): row.values for row in checked.rows}
    assert rows["/data", ()]["persons"] == 2 and rows["/data", ()]["visited"] == ("n", "s") and rows["/data", ()]["minors"] == "1"
    assert rows["/data/person", (1,)] == {"person_name": "张三", "born": date(1980, 5, 1), "age": "45"}
    assert rows["/data/person", (2,)]["age"] == "10"
    assert rows["/data/person/school", (2, 1)] == {"school_name": "阳光小学"}
    assert ("/data/person/school", (1, 1)) not in rows


def test_answers_that_do_not_apply_are_dropped() -> None:
    grown = {**ANSWERS, "persons": 1, "person": [{"person_name": "张三", "born": "1980-05-01", "school": [{"school_name": "夜校"}]}]}
    checked = check(grown)
    assert not checked.faults and all(row.table != "/data/person/school" for row in checked.rows)
    form = small(
        "| | text | a | A | | | | | |\n| | text | b | B | yes | | ${a} = 'x' | | |\n| | calculate | c | | | | | concat('b:', ${b}) | |"
    )
    assert check({"a": "y", "b": "kept?"}, form).rows[0].values == {"a": "y", "b": None, "c": "b:", "instanceID": None}
    assert codes(check({"a": "x"}, form)) == [("ANSWER-REQUIRED", "b", ())]


def test_groups_that_do_not_apply_take_their_questions_along() -> None:
    form = small(
        "| | text | a | A | | | | | |\n| | begin group | g | G | | | ${a} = 'x' | | |\n| | text | b | B | yes | | | | |\n| | end group | | | | | | | |"
    )
    assert not check({"a": "y", "g": {"b": "gone"}}, form).faults
    assert check({"a": "y", "g": {"b": "gone"}}, form).rows[0].values["b"] is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"persons": ""}, [("ANSWER-REQUIRED", "persons", ())]),
        ({"persons": "two"}, [("ANSWER-TYPE", "persons", ())]),
        ({"score": 6}, [("ANSWER-CONSTRAINT", "score", ())]),
        ({"place": {"province": "n", "county": "s1"}}, [("ANSWER-CHOICE", "county", ())]),
        ({"place": {"province": "x", "county": ""}}, [("ANSWER-CHOICE", "province", ()), ("ANSWER-REQUIRED", "county", ())]),
        ({"visited": "n zz"}, [("ANSWER-CHOICE", "visited", ())]),
        ({"person": [{"person_name": "张三"}, {"person_name": ""}]}, [("ANSWER-REQUIRED", "person_name", (2,))]),
        ({"person": [{"person_name": "张三", "born": "2026-03-02"}, {"person_name": "李"}]}, [("ANSWER-CONSTRAINT", "born", (1,))]),
        ({"person": [{"person_name": "张三"}]}, [("ANSWER-COUNT", "person", ())]),
        ({"person": []}, [("ANSWER-COUNT", "person", ())]),
        ({"nothing": 1}, [("ANSWER-UNKNOWN", "data", ())]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(change: dict[str, Any], expected: list[Any]) -> None:
    assert codes(check({**ANSWERS, **change})) == expected


@pytest.mark.parametrize(("persons", "wrong"), [(0, True), (1, False), (20, False), (21, True)])
def test_both_sides_of_a_constraint_in_both_languages(persons: int, wrong: bool) -> None:
    faults = check({**ANSWERS, "persons": persons, "person": [{"person_name": "甲"}] * persons}).faults
    assert [fault.label.model_dump() for fault in faults] == ([{"en": "1 to 20", "zh": "应为1至20"}] if wrong else [])


@pytest.mark.parametrize(("born", "wrong"), [("2026-02-28", False), ("2026-03-01", False), ("2026-03-02", True)])
def test_both_sides_of_today(born: str, wrong: bool) -> None:
    assert bool(check({**ANSWERS, "persons": 1, "person": [{"person_name": "甲", "born": born}]}).faults) is wrong


def test_the_choices_of_a_cascade_follow_the_answer() -> None:
    asked = {item.member.name: item for item in check({"place": {"province": "s"}}).asked}
    assert [choice.name for choice in asked["county"].choices or ()] == ["s1"]
    assert not {item.member.name: item for item in check({}).asked}["county"].relevant


def test_answers_may_stand_flat_as_in_a_workbook() -> None:
    flat = {"province": "n", "county": "n1", "persons": 1, "person": [{"person_name": "甲"}]}
    assert not check(flat).faults and check(flat).rows[0].values["county"] == "n1"


def test_a_phones_submission_is_read_and_written_again() -> None:
    xml = check(ANSWERS).xml().replace(b"<instanceID />", b"<instanceID>uuid:77</instanceID>")
    again = check_openrosa(FORM, xml, now=NOW)
    assert not again.faults and again.instance_id == "uuid:77"
    assert [row for row in again.rows if row.table != "/data"] == [row for row in check(ANSWERS).rows if row.table != "/data"]
    namespaced = (
        xml.replace(b"<data ", b'<data xmlns="http://opendatakit.org/submissions" xmlns:orx="http://openrosa.org/xforms" ')
        .replace(b"<meta>", b"<orx:meta>")
        .replace(b"</meta>", b"</orx:meta>")
    )
    assert check_openrosa(FORM, namespaced, now=NOW).instance_id == "uuid:77"


@pytest.mark.parametrize(
    "xml", [b"", b"<data", b"<other id='x'/>", b"<data id='another'/>", b'<!DOCTYPE d [<!ENTITY a "b">]><data>&a;</data>']
)
def test_what_is_no_submission_is_refused(xml: bytes) -> None:
    with pytest.raises(SubmissionUnreadable) as refused:
        check_openrosa(FORM, xml, now=NOW)
    assert refused.value.label.zh


def test_a_submission_says_what_it_is() -> None:
    xml = b"<d:data xmlns:d='x' id='household' version='20260301'><m:meta xmlns:m='y'><m:instanceID>uuid:2</m:instanceID><m:deprecatedID>uuid:1</m:deprecatedID></m:meta></d:data>"
    assert read_identity(xml) == Identity("household", "20260301", "uuid:2", "uuid:1")
    assert check_openrosa(FORM, xml, now=NOW).instance_id == "uuid:2"
    with pytest.raises(SubmissionUnreadable):
        read_identity("<!DOCTYPE d [<!ENTITY a 'b'>]><data/>".encode("utf-16"))


def test_what_the_phone_worked_out_from_its_moment_is_kept() -> None:
    form = small("| | calculate | at | | | | | now() | |\n| | calculate | sum | | | | | 1 + 1 | |")
    xml = b"<data><at>2026-02-01T08:00:00.000+08:00</at><sum>9</sum></data>"
    assert check_openrosa(form, xml, now=NOW).rows[0].values["at"] == "2026-02-01T08:00:00.000+08:00"
    assert check_openrosa(form, xml, now=NOW).rows[0].values["sum"] == "2"
    assert check({"at": "old"}, form).rows[0].values["at"] == "2026-03-01T09:30:00.000"


def test_what_the_phone_allowed_at_its_moment_stays_allowed() -> None:
    form = small(
        "| | date | due | D | | . >= today() | | | |\n| | text | late | L | | | ${due} >= today() | | |\n| | text | why | W | ${due} < today() | | | | |\n| | integer | n | N | | . < 5 | | | |"
    )
    xml = b"<data><due>2026-02-20</due><late>said</late><why/><n>3</n></data>"
    sent = check_openrosa(form, xml, now=NOW)  # written on the day, and sent when there was a net again
    assert not sent.faults and sent.rows[0].values["late"] == "said"
    assert {fault.column for fault in check({"due": "2026-02-20", "late": "said"}, form).faults} == {"due", "why"}
    assert codes(check_openrosa(form, xml.replace(b">3<", b">9<"), now=NOW)) == [("ANSWER-CONSTRAINT", "n", ())]
    assert codes(check_openrosa(form, xml.replace(b"2026-02-20", b"2025-02-20"), now=NOW)) == [("ANSWER-CONSTRAINT", "due", ())]


def test_a_day_that_no_phone_would_have_allowed_is_refused() -> None:
    form = small("| | end | finished | | | | | | |\n| | date | seen | S | | . <= today() and . >= today() - 3 | | | |")
    for finished, seen, wrong in (
        ("2026-02-10", "2026-02-09", False),
        ("2026-02-10", "2026-02-20", True),
        ("2026-02-10", "2026-03-09", True),
    ):
        xml = f"<data><finished>{finished}T08:00:00.000+08:00</finished><seen>{seen}</seen></data>".encode()
        assert bool(check_openrosa(form, xml, now=NOW).faults) is wrong


REPEATED = (
    "| survey |\n| | type | name | label | default | repeat_count | calculation | trigger |\n| | integer | count | C | | | | |\n| | begin_repeat | tree | T | | {count} | | |\n"
    "| | text | species | S | ${tree}[position() = position(current()/..) - 1]/species | | | |\n| | integer | n | N | 3 | | | |\n"
    "| | text | head | H | | | pulldata('heads', 'head', 'species', ${species}) | ${species} |\n| | begin_repeat | leaf | L | | | | |\n| | text | colour | K | green | | | |\n| | end_repeat | | | | | | |\n| | end_repeat | | | | | | |\n"
)


def test_a_phone_may_send_more_entries_than_the_number_says() -> None:
    form = read_form(REPEATED.replace("{count}", "${count}"))
    xml = b"<data><count>1</count><tree><species>oak</species></tree><tree><species>elm</species></tree></data>"
    sent = check_openrosa(form, xml, now=NOW)
    assert not sent.faults and [row.at for row in sent.rows if row.table == "/data/tree"] == [(1,), (2,)]
    assert codes(check({"count": 1, "tree": [{}, {}]}, form)) == [("ANSWER-COUNT", "tree", ())]


def test_a_further_entry_begins_with_its_defaults() -> None:
    form = read_form(REPEATED.replace("{count}", ""))
    answers: dict[str, Any] = {"tree": [{"species": "oak"}]}
    add_entries(form, answers, "/data/tree", (), 2, now=NOW)
    assert answers["tree"][0] == {"species": "oak"}
    assert answers["tree"][1:] == [{"species": "oak", "n": "3", "head": "", "leaf": [{"colour": "green"}]}] * 2
    add_entries(form, answers, "/data/tree/leaf", (3,), 1, now=NOW)
    assert [len(one.get("leaf", [])) for one in answers["tree"]] == [0, 1, 2]
    add_entries(form, answers, "/data/tree/leaf", (9,), 1, now=NOW)  # the tree is gone meanwhile: nothing to add to


def test_a_trigger_changes_its_own_entry_and_asks_the_files() -> None:
    form = read_form(REPEATED.replace("{count}", ""))
    answers = {"tree": [{"species": "oak", "head": "mine"}, {"species": "elm", "head": ""}]}
    files = {"heads": [{"species": "oak", "head": "Quercus"}, {"species": "elm", "head": "Ulmus"}]}
    found = triggered(form, answers, "tree/2/species", now=NOW, datasets=files)
    assert [tree["head"] for tree in found["tree"]] == ["mine", "Ulmus"]


def test_blank_answers_have_defaults_and_first_values() -> None:
    form = small(
        "| | date | day | D | | | | | today() |\n| | integer | n | N | | | | | 3 |\n| | today | t | | | | | | |\n| | username | who | | | | | | |"
    )
    blank = blank_answers(form, now=NOW, preloads={"username": "wu"})
    assert blank["meta"]["instanceID"].startswith("uuid:")
    assert blank | {"meta": {}} == {"day": "2026-03-01", "n": "3", "t": "2026-03-01", "who": "wu", "meta": {}}


def test_a_trigger_works_its_calculation_out() -> None:
    assert triggered(FORM, ANSWERS, "persons", now=NOW)["changed"].startswith("2026-03-01T09:30")
    assert triggered(FORM, ANSWERS, "score", now=NOW)["changed"] == ""


def test_every_type_is_read() -> None:
    form = small(
        "| | integer | i | I | | | | | |\n| | decimal | d | D | | | | | |\n| | time | t | T | | | | | |\n| | dateTime | m | M | | | | | |\n| | geopoint | p | P | | | | | |\n"
        "| | geotrace | l | L | | | | | |\n| | geoshape | s | S | | | | | |\n| | image | f | F | | | | | |\n| | barcode | b | B | | | | | |\n| | rank c | r | R | | | | | |\n| | acknowledge | k | K | | | | | |\n",
        "| choices |\n| | list_name | name | label |\n| | c | x | X |\n| | c | y | Y |\n",
    )
    answers = {
        "i": "-7",
        "d": "1.50",
        "t": "09:30:00",
        "m": "2026-03-01T09:30:00+08:00",
        "p": "36.6 101.7",
        "l": "1 2 0 0;2 3 0 0",
        "s": "1 2;2 3;3 4;1 2",
        "f": "a.jpg",
        "b": "690",
        "r": "y x",
        "k": "OK",
    }
    checked = check(answers, form)
    assert not checked.faults and checked.attachments == ("a.jpg",)
    values = checked.rows[0].values
    assert values["i"] == -7 and values["d"] == Decimal("1.50") and values["t"] == time(9, 30) and values["m"].utcoffset() is not None
    assert values["p"] == (36.6, 101.7, 0.0, 0.0) and len(values["l"]) == 2 and len(values["s"]) == 4 and values["r"] == ("y", "x")
    wrong = {"i": "1.5", "d": "x", "t": "25:00", "m": "soon", "p": "91 0", "l": "1 2", "s": "1 2;2 3", "r": "z"}
    assert [fault.column for fault in check(wrong, form).faults] == list(wrong)


def test_a_dataset_beside_the_form_gives_the_choices() -> None:
    form = read_form(
        "| survey |\n| | type | name | label | calculation |\n| | select_one_from_file schools.csv | school | S | |\n| | calculate | head | | pulldata('schools', 'head', 'name', ${school}) |\n"
    )
    schools = {"schools": [{"name": "s1", "label": "阳光小学", "head": "赵"}]}
    good = check_answers(form, {"school": "s1"}, now=NOW, datasets=schools)
    assert not good.faults and good.rows[0].values["head"] == "赵"
    assert codes(check_answers(form, {"school": "s9"}, now=NOW, datasets=schools)) == [("ANSWER-CHOICE", "school", ())]
    assert not check_answers(form, {"school": "s9"}, now=NOW).faults  # without the file nobody can say


def test_choices_from_a_repeat() -> None:
    form = read_form(
        "| survey |\n| | type | name | label |\n| | begin repeat | p | P |\n| | text | nick | N |\n| | end repeat | | |\n| | select_one ${nick} | head | H |\n"
    )
    assert not check({"p": [{"nick": "a"}, {"nick": "b"}], "head": "b"}, form).faults
    assert codes(check({"p": [{"nick": "a"}], "head": "b"}, form)) == [("ANSWER-CHOICE", "head", ())]


def test_sums_and_positions_over_a_repeat() -> None:
    form = small(
        "| | begin repeat | r | R | | | | | |\n| | integer | x | X | | | | | |\n| | calculate | pos | | | | | position(..) | |\n| | calculate | twice | | | | | ${x} * 2 | |\n| | end repeat | | | | | | | |\n"
        "| | calculate | total | | | | | sum(${twice}) | |\n| | calculate | second | | | | | indexed-repeat(${x}, ${r}, 2) | |\n| | calculate | most | | | | | max(${x}) | |"
    )
    checked = check({"r": [{"x": 1}, {"x": 5}, {}]}, form)
    assert not checked.faults
    assert {name: checked.rows[0].values[name] for name in ("total", "second", "most")} == {"total": "12", "second": "5", "most": "5"}
    assert [row.values["pos"] for row in checked.rows[1:]] == ["1", "2", "3"]


scalars = st.one_of(
    st.none(), st.text(max_size=12), st.integers(), st.booleans(), st.dates(), st.sampled_from(["n", "s", "n1", "2015-01-01"])
)
nested = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([*(question.name for question in FORM.fields), "place", "person", "school", "zz"]), inner, max_size=5
        ),
    ),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["place", "persons", "person", "visited", "score", "province", "county"]), nested, max_size=6))
def test_whatever_is_sent_is_checked_without_a_crash_and_the_same_again(answers: dict[str, Any]) -> None:
    first = check(answers)
    assert first.rows[0].table == "/data"
    assert codes(first) == codes(check(answers)) and first.rows == check(answers).rows
    assert all(fault.label.en and fault.label.zh for fault in first.faults)


def test_what_an_answer_triggers_unseen_is_worked_out_without_a_page() -> None:
    form = read_form(
        "| survey |\n| | type | name | label | calculation | trigger | relevant |\n| | text | a | A | | | |\n"
        "| | calculate | c | | concat(${a}, '!') | ${a} | |\n| | text | d | D | | | ${c} = 'x!' |\n"
        "| | text | e | E | concat(${a}, '?') | ${a} | |\n"
    )
    row = check_answers(form, {"a": "x", "d": "y"}, now=NOW).rows[0].values
    assert (row["c"], row["d"], row["e"]) == ("x!", "y", None)  # what is shown is suggested on the page only
    assert check_answers(form, {"a": "", "d": "y"}, now=NOW).rows[0].values["c"] is None
    assert check_answers(form, {"a": "x", "c": "kept"}, now=NOW).rows[0].values["c"] == "kept"


def test_a_note_that_is_required_stops() -> None:
    form = read_form(
        "| survey |\n| | type | name | label | relevant | required |\n| | integer | a | A | | |\n"
        "| | note | stop | ${a} is too many | ${a} > 9 | yes |\n| | note | said | Thanks | | yes |\n"
    )
    assert not check_answers(form, {"a": "9"}, now=NOW).faults
    stopped = check_answers(form, {"a": "12"}, now=NOW)
    assert [(fault.column, fault.label.en) for fault in stopped.faults] == [("stop", "12 is too many")]
    assert not check_openrosa(form, stopped.xml(), now=NOW).faults
