"""The page of mechanisms names only what exists, and names all of them."""

import re
from pathlib import Path

import pytest
from django.urls import get_resolver

from jiaoheng.cli.main import _ROOMS
from jiaoheng.rulebook.loader import shipped_rulebook

PAGE = Path(__file__).parents[1] / "docs" / "systems.md"
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d+ \|", line)
]


def _ids(kind: str) -> set[str]:
    files = (shipped_rulebook() / kind).glob("*.yaml")
    return {found for file in files for found in re.findall(r"^(\w+):", file.read_text(encoding="utf-8"), re.M)}


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    pages = {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    commands = {command for commands in _ROOMS.values() for command in commands}
    ledgers = {file.stem for file in (shipped_rulebook() / "ledgers").glob("*.md")}
    kinds = {"register": "registers", "measure": "measures", "standard": "standards"}
    return {"ledger": ledgers, "page": pages, "command": commands, **{kind: _ids(folder) for kind, folder in kinds.items()}}


def test_there_are_the_hundred_and_twenty() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 121))


def test_every_name_exists(known: dict[str, set[str]]) -> None:
    for number, _mechanism, where, lacking in ROWS:
        named = re.findall(r"(\w+) `([\w-]+)`", where)
        assert named or (where == "not yet" and lacking), number
        assert [(kind, name) for kind, name in named if name not in known[kind]] == [], number


def test_every_ledger_serves_a_mechanism(known: dict[str, set[str]]) -> None:
    served = {name for row in ROWS for kind, name in re.findall(r"(\w+) `([\w-]+)`", row[2]) if kind == "ledger"}
    assert known["ledger"] - served == {"disclosure_requests"}  # the law's own, named by none of the hundred and twenty
