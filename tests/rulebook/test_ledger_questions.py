"""Which answers of a ledger a snapshot may hold: marks, what looks personal, and the columns of every form in use together."""

from pathlib import Path

import pytest

from jiaoheng.rulebook.ledger_questions import ledger_table_names, ledger_tables, looks_personal, questions_of
from jiaoheng.rulebook.loader import shipped_rulebook

FORM = """
| survey |
| | type | name | label::English (en) | label::中文 (zh) | personal | bind::type | calculation |
| | text | plain | Remarks | 备注 | | | |
| | text | room | Room | 教室 | no | | |
| | text | who | Name | 姓名 | | | |
| | integer | phone | Phone | 手机号 | | | |
| | integer | helped | Persons helped | 资助人数 | count | | |
| | text | pupil | Pupil | 学生 | subject | | |
| | select_one level | level | Level | 级别 | | | |
| | select_multiple level | levels | Levels | 各级 | | | |
| | date | on | Day | 日期 | | | |
| | decimal | state | Money | 金额 | | | |
| | geopoint | place | Place | 位置 | | | |
| | calculate | twice | | | | int | 1 + 1 |
| | calculate | key | | | | | 1 + 1 |
| | begin_repeat | part | Part | 部分 | | | |
| | integer | size | Size | 大小 | | | |
| | text | said | Said | 说明 | | | |
| | end_repeat | | | | | | |
| choices |
| | list_name | name | label::English (en) | label::中文 (zh) |
| | level | a | A | 甲 |
| settings |
| | form_title | form_id | version |
| | 部件台账 Parts | parts | 1 |
"""


def overlay(folder: Path, form: str = FORM, name: str = "parts") -> Path:
    (folder / "ledgers").mkdir(exist_ok=True)
    (folder / "ledgers" / f"{name}.md").write_text(form, encoding="utf-8")
    return folder


def test_only_harmless_answers_have_columns(tmp_path: Path) -> None:
    tables = ledger_tables("parts", overlay(tmp_path))
    assert tables is not None and list(tables.tables) == ["ledger_parts", "ledger_parts__part"]
    own = tables.tables["ledger_parts"]
    asked = [one.column for one in tables.questions["ledger_parts"]]
    assert asked == ["room", "helped", "level", "levels", "on", "state_", "twice"]  # `state` is where the row stands
    types = {name: own.columns[name].type for name in asked}
    assert types == {
        "room": "text",
        "helped": "count",
        "level": "text",
        "levels": "list",
        "on": "date",
        "state_": "amount",
        "twice": "count",
    }
    assert own.persons and own.person_counts == ("helped",) and "part_entries" in own.columns
    assert (own.label.zh, own.label.en, own.columns["room"].zh) == ("部件台账", "Parts", "教室")
    inside = tables.tables["ledger_parts__part"]
    assert [one.column for one in tables.questions["ledger_parts__part"]] == ["size"] and inside.key == ("row", "entry")
    assert (inside.label.zh, inside.label.en, own.columns["part_entries"].zh) == ("部件台账：部分", "Parts: Part", "部分条数")


def test_a_part_that_repeats_is_called_by_its_label_without_the_answers_in_it(tmp_path: Path) -> None:
    def called(label: str) -> str:
        tables = ledger_tables("parts", None, {"parts": [FORM.replace("| part | Part | 部分 |", label).encode()]})
        assert tables is not None
        return tables.tables["ledger_parts__part"].label.zh

    assert called("| part | Part ${room} | **部分** ${room}： |") == "部件台账：部分" and called("| part | | ${room} |") == "部件台账：part"


def test_columns_of_every_form_in_use_stand_together(tmp_path: Path) -> None:
    other = FORM.replace("| integer | helped |", "| decimal | helped |").replace("| text | room |", "| integer | floor |")
    tables = ledger_tables("parts", overlay(tmp_path), {"parts": [other.encode()]})
    assert tables is not None
    columns = tables.tables["ledger_parts"].columns
    assert {"room", "floor"} <= set(columns) and columns["helped"].type == "amount"  # the wider of two kinds of number


def test_a_ledger_of_the_browser_alone_has_a_table() -> None:
    assert ledger_tables("parts") is None
    assert ledger_tables("parts", None, {"parts": [FORM.encode()]}) is not None
    assert ledger_table_names(None, ["rows"])["ledger_rows_"] == "rows"  # ledger_rows is the table of all


@pytest.mark.parametrize("name", sorted(ledger_table_names().values()))
def test_no_shipped_form_leaves_a_suspicious_question_unmarked(name: str) -> None:
    asked = questions_of((shipped_rulebook() / "ledgers" / f"{name}.md").read_bytes())
    assert asked and all(one.personal in ("", "yes", "work", "no", "subject", "count") for one in asked)
    assert [one.column for one in asked if looks_personal(one) and not one.personal] == []
    frozen = [one for one in asked if one.frozen_as]
    assert frozen, "a ledger of which nothing is frozen"
    named = [one.column for one in frozen if one.personal != "no" and one.kind in ("text", "barcode")]
    assert named == []
