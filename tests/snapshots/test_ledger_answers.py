"""What a snapshot holds of ledgers' answers: typed, with the clocks' outcome, repeats apart, and nothing of a person."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from jiaoheng.access.account import Account
from jiaoheng.ledgers.browser_forms import browser_forms
from jiaoheng.ledgers.form_submission import check_answers
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.published_ledger import publish, published_ledgers
from jiaoheng.ledgers.row_entry import add_row
from jiaoheng.ledgers.row_move import Act, act
from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.measures.values import compute
from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.snapshots.freezing import freeze
from jiaoheng.snapshots.snapshot import Snapshot
from tests.ledgers.conftest import AT, district, person, stored  # noqa: F401  (fixtures)
from tests.rulebook.test_ledger_questions import FORM

DAY = date(2026, 11, 20)
Made = Callable[..., LedgerRow]
Person = Callable[..., Account]

MEASURE = """
{name}:
  label: {{en: "{name}", zh: "{name}"}}
  register: {register}
  kind: total
  numerator: {numerator}
  unit: {{en: rows, zh: 件}}
  decimals: 0
  better: none
  source: {{document: Circular 1/2026 (example)}}
"""


def _rows(snapshot: Snapshot, table: str) -> list[dict[str, object]]:
    return list(pq.read_table(snapshot.tables[table]).to_pylist())


def _put_right(row: LedgerRow, person: Person) -> None:  # noqa: F811
    row = act(row.pk, Act("moved", DAY, "graded", fields={"grade": "major"}), by=person("officer"), seen=1, at=AT)
    done = Act("moved", DAY, "rectified", fields={"measure": "李四清理", "done_on": "2026-11-20"})
    row = act(row.pk, done, by=person("clerk", "1001"), seen=2, at=AT)
    act(row.pk, Act("moved", DAY, "closed", fields={"recheck_result": "合格"}), by=person("officer"), seen=3, at=AT)


def test_answers_stand_typed_beside_where_the_row_stands(stored: Made, person: Person, tmp_path: Path) -> None:  # noqa: F811
    _put_right(stored(), person)
    stored("uuid:2", due_on="2026-12-01", cost_yuan="350.5", grade="major", guards="tape sign", category="electrical", kind="wiring")
    snapshot = freeze(DAY, tmp_path / "a")
    done, open_ = _rows(snapshot, "ledger_hazards")
    assert (done["grade"], done["category"], done["ended"], done["days"], done["month"]) == ("major", "fire", "closed", 2, "2026-11")
    assert (done["reached"], done["kept"], done["missed"]) == (
        "found,graded,rectified,closed", "report_major,rectify_major,recheck", "grade",
    )  # fmt: skip
    assert (open_["guards"], open_["due_on_"], open_["cost_yuan"], open_["days"]) == ("tape,sign", date(2026, 12, 1), 350.5, None)
    assert done["organisation"] == "1001" and done["school_year"] == "2026-2027"
    assert freeze(DAY, tmp_path / "b").hash == snapshot.hash


def test_nothing_of_a_person_is_in_any_file(stored: Made, person: Person, tmp_path: Path) -> None:  # noqa: F811
    _put_right(stored(), person)
    snapshot = freeze(DAY, tmp_path / "a")
    assert not {"finder", "rectifier", "description", "place", "school", "title", "measure"} & set(_rows(snapshot, "ledger_hazards")[0])
    for table, file in snapshot.tables.items():
        written = duckdb.execute("SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
        assert all(name not in str(written) for name in ("周宁", "吴江", "李四", "疏散通道")), table


def test_events_after_the_day_are_not_seen(stored: Made, person: Person, tmp_path: Path) -> None:  # noqa: F811
    _put_right(stored(), person)
    row = _rows(freeze(date(2026, 11, 19), tmp_path / "a"), "ledger_hazards")[0]
    assert (row["reached"], row["ended"], row["grade"], row["kept"]) == ("found", "", "ordinary", "")


@pytest.fixture
def parts(person: Person) -> LedgerRow:  # noqa: F811
    """A ledger that an officer published in the browser, with a row of two entries."""
    version, _changes = publish("parts", FORM.encode(), "parts.md", by=person("officer"))
    answers = {
        "who": "王五", "phone": "13800000000", "helped": "3", "level": "a", "on": "2026-11-02", "room": "201", "plain": "王五家",
        "pupil": "赵六",
        "part": [{"size": "4", "said": "x"}, {"size": "5"}],
    }  # fmt: skip
    checked = check_answers(published_ledgers()["parts"].form, answers, now=AT.replace(tzinfo=None))
    assert checked.faults == ()
    return add_row(version, checked, by=person("officer"), at=AT)[0]


def test_a_bureaus_own_ledger_is_frozen_and_measured(parts: LedgerRow, tmp_path: Path) -> None:
    snapshot = freeze(DAY, tmp_path / "a")
    row = _rows(snapshot, "ledger_parts")[0]
    assert (row["helped"], row["room"], row["part_entries"], "who" in row, "phone" in row) == (3, "201", 2, False, False)
    assert [one["size"] for one in _rows(snapshot, "ledger_parts__part")] == [4, 5]
    overlay = tmp_path / "rules"
    (overlay / "measures").mkdir(parents=True)
    written = MEASURE.format(name="sizes", register="ledger_parts__part", numerator="sum(size)")
    (overlay / "measures" / "own.yaml").write_text(written, encoding="utf-8")
    catalogue = load_catalogue(overlay, published=browser_forms)
    values = compute(snapshot, catalogue, ["sizes"]).table.to_pylist()
    assert {(one["organisation"], one["value"]) for one in values} == {("320999", 9.0)}
    with pytest.raises(RulebookFaulty):  # without the forms of the browser nobody knows the table
        load_catalogue(overlay)


def test_a_measure_over_a_question_that_is_not_asked_is_refused(tmp_path: Path) -> None:
    (tmp_path / "measures").mkdir()
    written = MEASURE.format(name="wrong", register="ledger_hazards", numerator="sum(no_such_question)")
    (tmp_path / "measures" / "own.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(RulebookFaulty) as refused:
        load_catalogue(tmp_path)
    said = str(refused.value)
    assert "own.yaml, line 6" in said and "no_such_question" in said and "cost_yuan" in said
