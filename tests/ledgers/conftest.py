"""A small tree, accounts of every kind, and a filled hazard."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from jiaoheng.access.account import Account
from jiaoheng.ledgers.form_submission import Checked, check_answers
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.published_ledger import published_ledgers
from jiaoheng.ledgers.row_entry import add_row
from jiaoheng.organisations.organisation import Organisation

AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
"""Friday, four in the afternoon at the office."""


@pytest.fixture
def district(db: None) -> Organisation:
    top = Organisation.objects.create(code="320999", name_zh="示例区教育局", kind="bureau", path="320999")
    for code in ("1001", "1002"):
        Organisation.objects.create(code=code, name_zh=f"晨光{code}小学", kind="school", parent=top, path=f"320999/{code}")
    return top


@pytest.fixture
def person(district: Organisation) -> Callable[..., Account]:
    def made(role: str, code: str = "320999") -> Account:
        return Account.objects.get_or_create(
            username=f"{role}-{code}", defaults={"role": role, "organisation": Organisation.objects.get(code=code)}
        )[0]

    return made


def hazard(instance: str = "uuid:1", **said: Any) -> Checked:
    """Sound answers of the hazard form."""
    answers = {
        "school": "晨光1001小学", "found_on": "2026-11-18", "finder": "周宁", "method": "routine", "category": "fire", "kind": "exit",
        "place": "教学楼二楼东侧", "description": "疏散通道堆放桌椅", "grade": "ordinary", "rectifier": "吴江",
        "meta": {"instanceID": instance},
    }  # fmt: skip
    form = published_ledgers()["hazards"].form
    return check_answers(form, answers | said, now=AT.replace(tzinfo=None))


@pytest.fixture
def stored(person: Callable[..., Account]) -> Callable[..., LedgerRow]:
    """Store a hazard: `stored("uuid:1", grade="major")`."""

    def made(instance: str = "uuid:1", **said: Any) -> LedgerRow:
        checked = hazard(instance, **said)
        assert checked.faults == ()
        ledger = published_ledgers()["hazards"]
        return add_row(ledger.version, checked, by=person("officer"), at=AT, process="hazard")[0]

    return made
