"""A new version of a form: what changes, and what existing rows become."""

from datetime import date
from decimal import Decimal

import pytest

from jiaoheng.ledgers.form import Form
from jiaoheng.ledgers.form_change import carry_row, compare_forms
from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.ledgers.form_submission import Row

OLD = """
| survey |
| | type | name | label | required | constraint | relevant |
| | text | school | School | yes | | |
| | text | money | Money | | | |
| | date | day | Day | | | |
| | select_one grade | grade | Grade | | | |
| | text | gone | Gone | | | |
| | begin repeat | person | P | | | |
| | text | who | Who | | | |
| | end repeat | | | | | |
| choices |
| | list_name | name | label |
| | grade | a | A |
| | grade | b | B |
| settings |
| | form_id | version |
| | f | 1 |
"""


def form(*changes: tuple[str, str]) -> Form:
    text = OLD
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return read_form(text)


RAISED = ("| | f | 1 |", "| | f | 2 |")


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (("| | text | money | Money |", "| | decimal | money | Money |"), [("type", "money")]),
        (("| | text | gone | Gone | | | |\n", ""), [("removed", "gone")]),
        (
            ("| | text | gone | Gone | | | |", "| | text | new | New | yes | | |"),
            [("added", "new"), ("now_required", "new"), ("removed", "gone")],
        ),
        (("| School | yes |", "| School | |"), [("no_longer_required", "school")]),
        (("| | grade | b | B |", "| | grade | c | C |"), [("choice_added", "grade"), ("choice_removed", "grade")]),
        (("| Day | | | |", "| Day | | . <= today() | ${school} != '' |"), [("constraint", "day"), ("relevant", "day")]),
        (("| Money |", "| Money in yuan |"), [("words", "money")]),
        (("begin repeat | person", "begin repeat | pupil"), [("table_added", "pupil"), ("table_removed", "person")]),
    ],
)
def test_each_difference_is_told(change: tuple[str, str], kinds: list[tuple[str, str]]) -> None:
    changes = compare_forms(form(), form(change, RAISED))
    assert [(found.kind, found.column) for found in changes] == kinds
    assert all(found.label.en and found.label.zh and not found.refuses for found in changes)


def test_the_same_version_or_another_form_is_refused() -> None:
    assert [(found.kind, found.refuses) for found in compare_forms(form(), form())] == [("version_not_raised", True)]
    assert compare_forms(form(), form(("| | f | 1 |", "| | g | 2 |")))[0].refuses
    assert compare_forms(form(), form(RAISED)) == []


def test_what_existing_rows_become() -> None:
    new = form(
        ("| | text | money | Money |", "| | decimal | money | Money |"),
        ("| | date | day | Day |", "| | text | day | Day |"),
        ("| | grade | b | B |\n", ""),
        ("| | text | gone | Gone | | | |\n", ""),
        RAISED,
    )
    values = {"school": "阳光小学", "money": "12.50", "day": date(2026, 3, 1), "grade": "b", "gone": "x", "instanceID": "uuid:1"}
    carried = carry_row(form(), new, Row("/data", (), values))
    assert carried and carried.row.values == {
        "school": "阳光小学",
        "money": Decimal("12.50"),
        "day": "2026-03-01",
        "grade": "b",
        "instanceID": "uuid:1",
    }
    assert carried.left_empty == () and carried.old_choices == ("grade",)
    carried = carry_row(form(), new, Row("/data", (), {**values, "money": "about ten"}))
    assert carried and carried.row.values["money"] is None and carried.left_empty == ("money",)


def test_rows_of_a_repeat_that_is_gone_are_not_carried() -> None:
    new = form(("begin repeat | person", "begin repeat | pupil"), RAISED)
    assert carry_row(form(), new, Row("/data/person", (1,), {"who": "甲"})) is None
    assert carry_row(form(), form(RAISED), Row("/data/person", (1,), {"who": "甲"})) is not None
