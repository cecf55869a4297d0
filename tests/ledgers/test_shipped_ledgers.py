"""Every ledger that ships: its form, its process, its group, and that it takes an example."""

from datetime import date, timedelta

import pytest

from jiaoheng.ledgers.example_answers import example_answers
from jiaoheng.ledgers.form import Container
from jiaoheng.ledgers.ledger import Ledger, load_ledgers
from jiaoheng.ledgers.ledger_rule import ledger_groups, ledger_rules

LEDGERS = load_ledgers()  # every form by pyxform and our reader, every process with its states and against its form
ENGLISH, CHINESE = "English (en)", "中文 (zh)"


@pytest.mark.parametrize("ledger", LEDGERS.values(), ids=LEDGERS)
def test_a_ledger_takes_examples_of_several_days(ledger: Ledger) -> None:
    learned: dict[str, int] = {}
    for number in range(4):
        day = date(2026, 3, 2) + timedelta(days=40 * number)
        checked = example_answers(ledger.form, school="阳光小学", on=day, number=number, tried=learned)
        assert checked.faults == () and checked.rows


@pytest.mark.parametrize("ledger", LEDGERS.values(), ids=LEDGERS)
def test_a_ledger_speaks_both_languages(ledger: Ledger) -> None:
    form = ledger.form
    for member in form.root.walk():
        asked = isinstance(member, Container) or (member.calculation is None and not member.preload)
        if asked and not member.path.startswith(f"{form.root.path}/meta"):
            assert {ENGLISH, CHINESE} <= set(member.labels) or member.path == form.root.path, member.path
    for choices in form.lists.values():
        assert all({ENGLISH, CHINESE} <= set(choice.labels) for choice in choices)
    assert any("\u4e00" <= sign <= "\u9fff" for sign in form.title) and any(sign.isascii() and sign.isalpha() for sign in form.title)


def test_every_ledger_has_a_group_and_is_recognised_by_questions_it_asks() -> None:
    rules, groups = ledger_rules(), ledger_groups()
    assert set(rules) == set(LEDGERS)
    for name, rule in rules.items():
        form = LEDGERS[name].form
        assert rule.group in groups, name
        assert set(rule.recognise) <= {question.column for question in form.tables[form.root.path]}, name


def test_every_deadline_says_where_it_is_from() -> None:
    for ledger in LEDGERS.values():
        for process in ledger.processes.values():
            for name, clock in process.clocks.items():
                assert clock.limit.source.strip(), (ledger.name, name)
