"""The tables of a snapshot: their definition loads, and the manual lists every column with its type."""

import re
from pathlib import Path

import pytest

from jiaoheng.rulebook.codes import load_codes
from jiaoheng.rulebook.tables import load_tables

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "snapshots.md"


@pytest.mark.parametrize("name", [name for name, table in load_tables().items() if table.columns])
def test_the_manual_lists_every_column_of_a_table(name: str) -> None:
    section = PAGE.read_text(encoding="utf-8").split(f"\n## {name}\n")[1].split("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \| (\w+)(, may lack)? \|", section, re.MULTILINE)
    assert listed == [(column, rule.type, ", may lack" if rule.may_lack else "") for column, rule in load_tables()[name].columns.items()]


def test_keys_counts_and_code_tables_exist() -> None:
    codes = load_codes()
    for name, table in load_tables().items():
        if table.columns:
            assert {*table.key, *table.person_counts} <= set(table.columns), name
        assert {rule.codes for rule in table.columns.values() if rule.codes} <= set(codes), name
