# ruff: noqa: E501 (sheets are written as they are read)
"""The ledgers that ship, and the reference table of XLSForm."""

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from jiaoheng.ledgers.form import Container, Form
from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.ledgers.form_submission import Checked, blank_answers, check_answers
from jiaoheng.ledgers.process import load_processes
from jiaoheng.rulebook.loader import shipped_rulebook

REPOSITORY = Path(__file__).parents[2]
PAGES = [REPOSITORY / "tests" / "web" / name for name in ("test_answer_form.py", "test_answer_widgets.py", "test_ledgers_browser.py")]
NOW = datetime(2026, 3, 2, 9, 30)
FORMS = {name: read_form(shipped_rulebook() / "ledgers" / f"{name}.md") for name in ("hazards", "inspector_visits", "matters", "petitions")}

SOUND: dict[str, dict[str, Any]] = {
    "hazards": {
        "finding": {"school": "阳光小学", "found_on": "2026-03-01", "finder": "周明", "method": "routine"},
        "hazard": {
            "category": "fire",
            "kind": "exit",
            "place": "教学楼二层东",
            "description": "疏散通道堆放课桌",
            "photo": "a.jpg",
            "grade": "ordinary",
        },
        "rectification": {"rectifier": "李强", "due_on": "2026-03-10"},
    },
    "petitions": {
        "received_on": "2026-03-01",
        "channel": "letter",
        "kind": "request",
        "matter": "admission",
        "anonymous": "no",
        "persons": 2,
        "representatives": 1,
        "petitioner": [{"petitioner_name": "吴静", "phone": "13900000000"}],
        "content": "请求就近入学安排",
        "again": "no",
    },
    "inspector_visits": {
        "inspector": "陈玲",
        "school": "阳光小学",
        "visited_on": "2026-03-02",
        "arrived_at": "09:00:00",
        "left_at": "11:30:00",
        "announced": "no",
        "certificate_shown": "OK",
        "items": "campus canteen",
        "ways": "walk talk",
        "any_finding": "yes",
        "advice": "加强巡查",
        "finding": [
            {
                "finding_item": "campus",
                "finding_text": "围墙开裂",
                "severity": "at_once",
                "finding_photo": "b.jpg",
                "rectify_by": "2026-03-03",
            },
            {"finding_item": "canteen", "finding_text": "留样登记不全", "severity": "advice"},
        ],
    },
    "matters": {
        "number": "2026-1",
        "assigned_on": "2026-03-01",
        "origin": "mayor",
        "assigned_by": "王局",
        "content": "核查校门口交通",
        "class": "ordinary",
        "lead_office": "安全办",
    },
}


def check(name: str, change: dict[str, Any] | None = None) -> Checked:
    return check_answers(FORMS[name], {**SOUND[name], **(change or {})}, now=NOW)


@pytest.mark.parametrize("name", FORMS)
def test_each_shipped_ledger_takes_sound_answers(name: str) -> None:
    assert FORMS[name].form_id == name
    assert [(fault.code, fault.column, fault.label.en) for fault in check(name).faults] == []


@pytest.mark.parametrize("name", FORMS)
def test_each_shipped_ledger_speaks_both_languages(name: str) -> None:
    for member in FORMS[name].root.walk():
        if member.labels and member.path != FORMS[name].root.path:
            assert set(member.labels) == {"English (en)", "中文 (zh)"}, member.path
    for choices in FORMS[name].lists.values():
        assert all(set(choice.labels) == {"English (en)", "中文 (zh)"} for choice in choices)


@pytest.mark.parametrize("name", FORMS)
def test_each_shipped_ledger_starts_blank(name: str) -> None:
    assert check_answers(FORMS[name], blank_answers(FORMS[name], now=NOW), now=NOW).faults  # something is always required


def test_a_hazard_row() -> None:
    row = check("hazards").rows[0].values
    assert (row["days_given"], row["title"], row["same_place"]) == ("9", "阳光小学 教学楼二层东 消防", "阳光小学/fire/教学楼二层东")
    assert check("hazards").instance_name == "阳光小学 教学楼二层东 消防"
    assert check("hazards").attachments == ("a.jpg",)


@pytest.mark.parametrize(("due_on", "wrong"), [("2026-02-28", True), ("2026-03-01", False)])
def test_a_hazard_is_not_due_before_it_was_found(due_on: str, wrong: bool) -> None:
    assert bool(check("hazards", {"rectification": {"rectifier": "李强", "due_on": due_on}}).faults) is wrong


def test_a_major_hazard_needs_its_guard() -> None:
    major = {"hazard": {**SOUND["hazards"]["hazard"], "grade": "major"}}
    assert [fault.column for fault in check("hazards", major).faults] == ["guards"]


@pytest.mark.parametrize(("representatives", "wrong"), [(0, True), (1, False), (5, False), (6, True)])
def test_at_most_five_represent_a_group(representatives: int, wrong: bool) -> None:
    people = [{"petitioner_name": "甲"}] * representatives
    assert (
        any(
            fault.column == "representatives"
            for fault in check("petitions", {"persons": 30, "representatives": representatives, "petitioner": people}).faults
        )
        is wrong
    )


def test_an_anonymous_petition_names_nobody() -> None:
    checked = check("petitions", {"anonymous": "yes"})
    assert not checked.faults and [row.table for row in checked.rows] == ["/data"]


def test_a_visit_and_its_findings() -> None:
    rows = check("inspector_visits").rows
    assert {name: rows[0].values[name] for name in ("findings", "at_once", "minutes_at_school")} == {
        "findings": 2,
        "at_once": 1,
        "minutes_at_school": 150,
    }
    assert [row.values["finding_number"] for row in rows[1:]] == [1, 2] and rows[2].values["rectify_by"] is None
    only_seen = {"finding": [{"finding_item": "load", "finding_text": "x", "severity": "advice"}]}
    assert [(fault.code, fault.at) for fault in check("inspector_visits", only_seen).faults] == [("ANSWER-CHOICE", (1,))]


@pytest.mark.parametrize(("due_on", "wrong"), [("", True), ("2026-12-31", False), ("2027-01-01", True)])
def test_the_years_matters_are_cleared_by_its_end(due_on: str, wrong: bool) -> None:
    assert bool(check("matters", {"class": "annual", "due_on": due_on}).faults) is wrong


def test_what_a_process_asks_of_its_ledger_is_there() -> None:
    for process in load_processes().values():
        if process.ledger in FORMS:
            form = FORMS[process.ledger]
            for clock in process.clocks.values():
                for name in [*clock.when, *filter(None, [clock.due_field])]:
                    question = form.field_named(name)
                    answers = {choice.name for choice in form.lists.get(question.list_name, ())}
                    assert set(clock.when.get(name, [])) <= answers, (process.label.en, name)


def test_a_loop_is_a_group_for_each_choice() -> None:
    form = read_form(
        "| survey |\n| | type | name | label |\n| | begin loop over towns | town | T |\n| | integer | pupils | Pupils of %(label)s |\n| | end loop | | |\n"
        "| choices |\n| | list_name | name | label |\n| | towns | east | East |\n| | towns | west | West |\n"
    )
    assert [question.column for question in form.tables["/data"]][:2] == ["town_east_pupils", "town_west_pupils"]
    assert not check_answers(form, {"town": {"east": {"pupils": 3}, "west": {"pupils": 4}}}, now=NOW).faults


def test_media_are_asked_for() -> None:
    form = read_form(
        "| survey |\n| | type | name | label | media::image |\n| | select_one c | a | A | plan.png |\n"
        "| choices |\n| | list_name | name | label | media::image |\n| | c | x | X | x.png |\n"
    )
    assert set(form.files) == {"plan.png", "x.png"} and form.lists["c"][0].image == "x.png"


def test_an_instance_has_its_name() -> None:
    form = read_form(
        "| survey |\n| | type | name | label |\n| | text | a | A |\n| settings |\n| | form_id | instance_name |\n| | f | concat('No. ', ${a}) |\n"
    )
    assert check_answers(form, {"a": "7"}, now=NOW).instance_name == "No. 7"


def test_a_label_says_earlier_answers() -> None:
    form = read_form(
        "| survey |\n| | type | name | label |\n| | begin repeat | p | P |\n| | text | who | W |\n| | integer | age | Age of ${who}? |\n| | end repeat | | |\n"
    )
    checked = check_answers(form, {"p": [{"who": "甲"}, {"who": "乙"}]}, now=NOW)
    assert [checked.worded(asked).en for asked in checked.asked if asked.member.name == "age"] == ["Age of 甲?", "Age of 乙?"]


def test_every_yes_of_the_reference_table_has_its_test() -> None:
    table = (REPOSITORY / "docs" / "reference" / "xlsform.md").read_text(encoding="utf-8")
    written = "".join(file.read_text(encoding="utf-8") for file in (*Path(__file__).parent.glob("test_*.py"), *PAGES))
    tests = set(re.findall(r"^def (test_\w+)", written, re.MULTILINE))
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines() if line.startswith("|")]
    for feature, *_said, works, test in rows:
        if works in ("yes", "refused", "told"):
            assert test in tests, feature
        else:
            assert works in ("works", "---", "carried", "no") and test in ("test", "---", ""), feature


def test_the_day_of_a_form_is_the_offices_day() -> None:
    assert isinstance(FORMS["matters"], Form) and isinstance(FORMS["matters"].root, Container)
    assert check("matters", {"assigned_on": date(2026, 3, 2)}).rows[0].values["assigned_on"] == date(2026, 3, 2)
