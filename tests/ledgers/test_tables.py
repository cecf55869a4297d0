"""Ledgers as Arrow tables: typed columns, repeats apart, older versions under the same names."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.ledgers.form_submission import check_answers
from jiaoheng.ledgers.row_answers import as_answers, rows_of, stored_answers
from jiaoheng.ledgers.tables import KeptRow, ledger_tables, table_schemas
from tests.ledgers.conftest import AT

FORM = """
| survey |
| | type | name | label | required |
| | text | what | What | yes |
| | integer | pupils | Pupils | |
| | decimal | money | Money | |
| | date | on | Day | |
| | select_multiple item | items | Items | |
| | geopoint | place | Place | |
| | text | state | State | |
| | geotrace | line | Line | |
| | begin_repeat | finding | Finding | |
| | text | said | Said | |
| | integer | points | Points | |
| | end_repeat | | | |
| choices |
| | list_name | name | label |
| | item | a | A |
| | item | b | B |
| settings |
| | form_title | form_id | version |
| | 表 Table | t | 1 |
"""


def _kept(answers: dict[str, object], form_text: str = FORM) -> KeptRow:
    form = read_form(form_text)
    checked = check_answers(form, answers, now=AT.replace(tzinfo=None))
    assert checked.faults == ()
    return KeptRow({"row": 7, "organisation": "1001", "state": "open", "opened_on": date(2026, 1, 2)}, stored_answers(checked), form)


def test_columns_are_typed_and_repeats_stand_apart() -> None:
    answers = {
        "what": "门", "pupils": "12", "money": "3.50", "on": "2026-01-02", "items": "a b", "place": "31.5 120.25 0 0", "state": "good",
        "line": "31 120;32 121", "finding": [{"said": "x", "points": "1"}, {"said": "y"}],
    }  # fmt: skip
    tables = ledger_tables(read_form(FORM), [_kept(answers)])
    row = tables[""].to_pylist()[0]
    assert {name: row[name] for name in ("what", "pupils", "money", "on", "items", "place_latitude", "place_longitude")} == {
        "what": "门", "pupils": 12, "money": 3.5, "on": date(2026, 1, 2), "items": "a b", "place_latitude": 31.5, "place_longitude": 120.25,
    }  # fmt: skip
    assert (row["state"], row["state_"], row["organisation"], row["line"]) == ("open", "good", "1001", "31 120 0 0;32 121 0 0")
    assert tables["finding"].to_pylist() == [
        {"row": 7, "entry_1": 1, "said": "x", "points": 1},
        {"row": 7, "entry_1": 2, "said": "y", "points": None},
    ]


def test_no_rows_give_the_same_columns() -> None:
    form = read_form(FORM)
    assert {name: table.schema for name, table in ledger_tables(form, []).items()} == table_schemas(form)


def test_an_answer_of_an_older_version_that_no_longer_fits_is_null() -> None:
    old = _kept({"what": "x", "pupils": "many"}, FORM.replace("| integer | pupils", "| text | pupils"))
    assert ledger_tables(read_form(FORM), [old])[""].to_pylist()[0]["pupils"] is None


@given(
    what=st.text("门窗ab c", min_size=1).filter(lambda text: text.strip() == text and text),
    pupils=st.none() | st.integers(-(10**9), 10**9),
    money=st.none() | st.decimals(-(10**9), 10**9, places=2),
    items=st.sets(st.sampled_from(["a", "b"])),
)
def test_stored_answers_read_back_are_the_same_rows(what: str, pupils: object, money: object, items: set[str]) -> None:
    form = read_form(FORM)
    checked = check_answers(form, {"what": what, "pupils": pupils, "money": money, "items": sorted(items)}, now=AT.replace(tzinfo=None))
    stored = stored_answers(checked)
    assert rows_of(form, stored)[0].values == checked.rows[0].values
    again = check_answers(form, as_answers(form, stored), now=AT.replace(tzinfo=None))
    assert stored_answers(again) == stored
