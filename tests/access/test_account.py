"""Accounts: scope is a subtree, and «refuse» and «ask» are one rule."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from jiaoheng.access.account import Account, Refused, Role, check_may_enter, check_may_freeze, check_may_read, may_enter, may_freeze
from tests.organisations.test_organisation import plant

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_an_account_reads_its_subtree_and_nothing_beside_it() -> None:
    nodes = plant()
    clerk = Account.objects.create(username="clerk", role=Role.CLERK, organisation=nodes["S1"])
    officer = Account.objects.create(username="officer", role=Role.OFFICER, organisation=nodes["99"])
    check_may_read(clerk, nodes["S1"])
    check_may_read(officer, nodes["S10"])
    for foreign in ("S10", "99"):
        with pytest.raises(Refused, match="scope"):
            check_may_read(clerk, nodes[foreign])
    assert set(clerk.scope) == {nodes["S1"]}


def test_an_account_without_an_organisation_sees_nothing() -> None:
    nodes = plant()
    nobody = Account.objects.create(username="nobody", role=Role.ADMINISTRATOR)
    assert not nobody.scope.exists()
    assert not nobody.covers(nodes["S1"].path)


@pytest.mark.parametrize(("role", "enters"), [(Role.CLERK, True), (Role.OFFICER, True), (Role.AUDITOR, False), (Role.LEADER, False)])
def test_who_only_reads_may_not_enter(role: Role, enters: bool) -> None:
    account = Account(username="a", role=role)
    assert may_enter(account) is enters
    if not enters:
        with pytest.raises(Refused, match="reads"):
            check_may_enter(account)


@pytest.mark.parametrize(
    ("role", "code", "freezes"),
    [
        (Role.OFFICER, "99", True),
        (Role.ADMINISTRATOR, "99", True),
        (Role.CLERK, "99", False),
        (Role.LEADER, "99", False),
        (Role.OFFICER, "S1", False),
    ],
)
def test_the_bureau_freezes_and_a_school_does_not(role: Role, code: str, freezes: bool) -> None:
    account = Account(username="a", role=role, organisation=plant()[code])
    assert may_freeze(account) is freezes
    if not freezes:
        with pytest.raises(Refused, match="officers"):
            check_may_freeze(account)
