"""Accounts: whatever is done to one stands in the trail, with who did it and why; nothing in the program does it past this room."""

import re
from pathlib import Path

import pytest

import jiaoheng
from jiaoheng.access.account import Account, Refused, Role, operator
from jiaoheng.access.account_change import AccountChange, alter_account, make_account
from jiaoheng.access.trail import TrailLine, verify
from tests.organisations.test_organisation import plant

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-battery"


def change(by: Account | None = None, reason: str = "New colleague") -> AccountChange:
    return AccountChange(by or operator(), reason)


def told() -> list[tuple[str, str, str, str]]:
    return [(line.by, line.action, line.before, line.after) for line in TrailLine.objects.all()]


def test_everything_done_to_an_account_stands_in_the_trail() -> None:
    nodes = plant()
    head = make_account("head", role=Role.ADMINISTRATOR, organisation=nodes["99"], password=PASSWORD, change=change())
    clerk = make_account("clerk", role=Role.CLERK, organisation=nodes["S1"], password=PASSWORD, change=change(head))
    by_head = change(head, "Moves to another school")
    assert alter_account(clerk, role=Role.OFFICER, organisation=nodes["S10"], change=by_head)
    assert alter_account(clerk, password=PASSWORD + "!", change=by_head)
    assert alter_account(clerk, active=False, change=by_head)
    assert not alter_account(clerk, active=False, change=by_head)
    lines = told()
    assert lines[0][0].startswith("os:")
    assert lines[1:] == [
        (
            "head",
            "added",
            "{}",
            f'{{"active":true,"organisation":"{nodes["S1"].path}","password":"set","role":"clerk","username":"clerk"}}',
        ),
        (
            "head",
            "changed",
            f'{{"organisation":"{nodes["S1"].path}","role":"clerk"}}',
            f'{{"organisation":"{nodes["S10"].path}","role":"officer"}}',
        ),
        ("head", "changed", "{}", '{"password":"set"}'),
        ("head", "changed", '{"active":true}', '{"active":false}'),
    ]
    clerk.refresh_from_db()
    assert (clerk.role, clerk.organisation, clerk.is_active, clerk.check_password(PASSWORD + "!")) == ("officer", nodes["S10"], False, True)
    assert verify() == []
    assert not any(PASSWORD in line.after for line in TrailLine.objects.all())


def test_only_administrators_do_and_none_shuts_himself_out() -> None:
    nodes = plant()
    head = make_account("head", role=Role.ADMINISTRATOR, organisation=nodes["99"], password=PASSWORD, change=change())
    officer = make_account("officer", role=Role.OFFICER, organisation=nodes["99"], password=PASSWORD, change=change())
    before = told()
    for refused, words in (
        (lambda: make_account("x", role=Role.CLERK, organisation=None, password=PASSWORD, change=change(officer)), "Only an administrator"),
        (lambda: alter_account(head, role=Role.CLERK, change=change(head)), "shut yourself out"),
        (lambda: alter_account(officer, role="queen", change=change(head)), "queen"),
        (lambda: alter_account(officer, active=False, change=change(head, " ")), "Say why"),
        (lambda: make_account("head", role=Role.CLERK, organisation=None, password=PASSWORD, change=change()), "already exists"),
        (lambda: make_account("os:root", role=Role.CLERK, organisation=None, password=PASSWORD, change=change()), "valid username"),
        (lambda: make_account("y", role=Role.CLERK, organisation=None, password="short", change=change()), "too short"),
    ):
        with pytest.raises(Refused, match=words):
            refused()
    assert told() == before
    assert Account.objects.count() == 2


def test_nothing_in_the_program_makes_or_alters_an_account_elsewhere() -> None:
    source = Path(jiaoheng.__file__).parent
    telling = re.compile(r"Account\.objects\.(create|update|bulk)|\.set_password\(|create_user\(|create_superuser\(|\.is_active = ")
    rooms = [file for file in source.rglob("*.py") if telling.search(file.read_text(encoding="utf-8"))]
    assert [str(file.relative_to(source)) for file in rooms] == ["access/account_change.py"]


def test_a_mail_address_is_said_to_be_set_and_never_what_it_is() -> None:
    clerk = make_account("mailed", role=Role.CLERK, organisation=None, password="a-long-password-7", email="a@example.org", change=change())
    assert not alter_account(clerk, email="a@example.org", change=change())
    assert alter_account(clerk, email="b@example.org", change=change())
    assert clerk.email == "b@example.org"
    assert not TrailLine.objects.filter(after__contains="example.org").exists()
    with pytest.raises(Refused):
        alter_account(clerk, email="no address", change=change())
