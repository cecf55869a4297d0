"""The example's answers fit each other: what a reader would laugh at is not said."""

from datetime import date
from random import Random
from typing import Any

import pytest

from jiaoheng.ledgers.example_answers import example_answers
from jiaoheng.ledgers.example_rule import ExampleAnswer, example_rules, rule_of
from jiaoheng.ledgers.form import Form
from jiaoheng.ledgers.ledger import ledger_files
from jiaoheng.ledgers.ledger_version import form_of

ON = date(2026, 3, 20)


def form_named(name: str) -> Form:
    return form_of(ledger_files()[name].read_bytes(), name)


def rows(name: str) -> list[dict[str, Any]]:
    learned: dict[str, int] = {}
    checked = [example_answers(form_named(name), school="阳光小学", on=ON, number=number, tried=learned) for number in range(1, 9)]
    assert not any(one.faults for one in checked)
    return [{**row.values} for one in checked for row in one.rows if not row.at]


def answer(rule: ExampleAnswer, said: dict[str, str], entry: int = 0) -> str | None:
    return rule.answer(said, Random(1), Random(1), ON, entry)


def test_a_share_is_of_the_answers_that_it_names() -> None:
    assert answer(ExampleAnswer(between=(0.9, 1), of="budget", step=1000), {"budget": "500000"}) in {f"{n}000" for n in range(450, 501)}
    assert answer(ExampleAnswer(between=(1, 1), of="persons*rate"), {"persons": "12", "rate": "250"}) == "3000"
    assert answer(ExampleAnswer(between=(1, 1), of="persons"), {}) is None
    assert answer(ExampleAnswer(between=(0.5, 0.5), of="area", each=0.25), {"area": "100"}, 3) == "100"


def test_a_day_comes_after_the_day_that_it_names() -> None:
    assert answer(ExampleAnswer(days=(5, 5), after="planned_on"), {"planned_on": "2026-02-25"}) == "2026-03-02"
    assert answer(ExampleAnswer(month_end=True), {}) == "2026-02-28"
    assert answer(ExampleAnswer(written="%Y"), {}) == "2026"


def test_words_are_those_of_the_case_and_differ_from_entry_to_entry() -> None:
    rule = ExampleAnswer(by="kind", cases={"a": ExampleAnswer(words=("一", "二", "三"))})
    case = rule.case({"kind": "a"})
    assert case is not None and len({answer(case, {}, entry) for entry in (1, 2, 3)}) == 3
    assert rule.case({"kind": "b"}) is None


@pytest.mark.slow
def test_every_rule_is_of_a_question_that_is_there() -> None:
    for name, questions in example_rules().items():
        if name != "any":
            assert set(questions) <= {question.column for question in form_named(name).fields}, name
    assert rule_of("procurement", "award_yuan") and rule_of("procurement", "amount_yuan") and not rule_of("procurement", "nothing")


@pytest.mark.parametrize(
    ("name", "least", "most", "share"),
    [
        ("procurement", "award_yuan", "budget_yuan", 0.8),
        ("study_trips", "consents", "pupils", 0.99),
        ("school_bus_inspections", "aboard", "seats", 0.5),
    ],
)
def test_one_number_fits_the_other(name: str, least: str, most: str, share: float) -> None:
    assert all(share * float(row[most]) <= float(row[least]) <= float(row[most]) for row in rows(name) if row[least] is not None)


def test_a_procurement_is_called_after_its_kind_and_an_audit_without_a_finding_has_no_sum() -> None:
    assert all(("工程" in row["project"]) is (row["kind"] == "works") for row in rows("procurement"))
    assert all((row["wrong_yuan"] == 0) is (row["any_finding"] == "no") for row in rows("audits"))


def test_an_inspection_begins_after_it_was_decided_and_ends_after_it_began() -> None:
    for row in rows("inspections"):
        assert row["decided_on"] < row["visit_from"] < row["visit_until"] < row["rectify_by"]
        assert (row["visit_until"] - row["decided_on"]).days < 40
