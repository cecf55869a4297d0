"""A ledger's overview: what is counted is what the lists show, and what is declared is there."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from jiaoheng.access.account import Account
from jiaoheng.ledgers.board import board_of, board_rules, rule_of
from jiaoheng.ledgers.ledger import load_ledgers
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.published_ledger import published_ledgers
from jiaoheng.ledgers.row_answers import marked_questions
from jiaoheng.ledgers.row_list import Asked, rows_of_ledger
from jiaoheng.ledgers.row_move import Act, act
from tests.ledgers.conftest import AT

DAY = date(2026, 11, 20)


def test_what_a_declared_overview_names_is_there() -> None:
    ledgers = load_ledgers()
    for name, rule in board_rules().items():
        form, processes = ledgers[name].form, ledgers[name].processes.values()
        marks = {question.column: question for question in marked_questions(form)}
        assert set(rule.by) <= set(marks), name
        states = {state for process in processes for state in process.states}
        for tile in rule.tiles:
            assert set(tile.state) <= states, (name, tile.label.en)
            for question, answer in tile.answer.items():
                assert answer in {choice.name for choice in form.lists[form.field_named(question).list_name]}, (name, question)
            if tile.sum:
                assert form.field_named(tile.sum).data_type in ("int", "decimal"), (name, tile.sum)
            assert not (tile.clock and not processes), (name, tile.label.en)


@pytest.mark.django_db
def test_every_number_is_that_of_its_list(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    stored("uuid:2", grade="major", guards="tape", cost_yuan="300", category="electrical", kind="wiring")
    stored("uuid:3", cost_yuan="50.5", school="晨光1002小学")
    row = act(stored().pk, Act("moved", DAY, "graded"), by=person("officer"), seen=1, at=AT)
    done = Act("moved", DAY, "rectified", fields={"measure": "清理", "done_on": "2026-11-20"})
    row = act(row.pk, done, by=person("clerk", "1001"), seen=2, at=AT)
    act(row.pk, Act("moved", DAY, "closed", fields={"recheck_result": "合格"}), by=person("officer"), seen=3, at=AT)
    officer, today = person("officer"), DAY + timedelta(days=1)
    board = board_of(officer, published_ledgers()["hazards"], today=today)
    numbers = {one.label.en: (one.number, one.of) for one in board.tiles}
    assert numbers["Found"] == (3, None) and numbers["Put right"] == (1, 3) and numbers["Major"] == (1, None)
    assert numbers["Money needed"] == (350.5, None) and numbers["Overdue"] == (2, None)
    marks = {"mark_1", "mark_2", "mark_3"}
    for one in [*board.tiles, *board.states, *board.clocks, *(one for _label, lines in board.answers for one in lines)]:
        if one.asks is not None and not (one.tile and (one.tile.sum or one.tile.share)):
            asked = one.asks.get("clock", "")
            listed = rows_of_ledger(
                officer, "hazards",
                Asked(
                    state=one.asks.get("state", ""), late=asked == "late", was_late=asked == "was_late", open_only=asked == "open",
                    marks={key: value for key, value in one.asks.items() if key in marks},
                ),
                today=today,
            )  # fmt: skip
            if one.key not in ("green", "grey"):
                assert listed.count() == one.number or one.key == "amber", one.label.en
    assert board.months[-1] == ("2026-11", 1, 0, 2) and len(board.months) == 12
    assert [(code, number, late) for code, _name, number, _open, late in board.schools] == [("1001", 2, 1), ("1002", 1, 1)]
    not_ours = stored("uuid:4", category="electrical", kind="wiring")
    act(not_ours.pk, Act("moved", DAY, "no_hazard", fields={"closing_reason": "不属隐患"}), by=person("officer"), seen=1, at=AT)
    shares = {one.label.en: (one.number, one.of) for one in board_of(officer, published_ledgers()["hazards"], today=today).tiles if one.of}
    assert shares["Put right"] == (1, 3), "as the measure counts: what was no hazard is in no share"
    school = board_of(person("clerk", "1002"), published_ledgers()["hazards"], today=today)
    assert school.tiles[0].number == 1 and [one[0] for one in school.schools] == ["1002"]


@pytest.mark.django_db
def test_a_ledger_without_a_declaration_has_the_default(person: Callable[..., Account]) -> None:
    ledgers = published_ledgers()
    assert [tile.clock for tile in rule_of(ledgers["alarm_tests"]).tiles] == ["", "open", "late", "closed", "on_time"]
    assert len(board_of(person("officer"), ledgers["asset_checks"], today=DAY).tiles) == 1
