"""A goal that follows a ledger: counted live from the rows, by their days; what cannot be counted says why."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.change import Change
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.published_ledger import publish, withdraw
from jiaoheng.ledgers.row_move import Act, act
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.count_rule import CountRefused, CountRule, check_count, time_of
from jiaoheng.plans.goal import Goal
from jiaoheng.plans.goal_table import goal_table
from jiaoheng.plans.goals_standing import GoalStanding, standings
from jiaoheng.plans.ledger_count import LedgerCount, bind_to_ledger, count_of
from jiaoheng.plans.progress import report
from jiaoheng.plans.status_rule import load_status_rule
from jiaoheng.plans.work_plan import WorkPlan
from tests.ledgers.conftest import AT, district, person, stored  # noqa: F401  (fixtures)
from tests.rulebook.test_ledger_questions import FORM

RULE = load_status_rule()
DAY = date(2026, 11, 20)
Made = Callable[..., LedgerRow]
Person = Callable[..., Account]
HAZARDS = CountRule("ledger_hazards", by="found_on", time="calendar_year")


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: DAY)


@pytest.fixture
def change(person: Person) -> Change:  # noqa: F811
    return Change(person("officer"), "年度计划")


@pytest.fixture
def goal(district: Organisation, change: Change) -> Goal:  # noqa: F811
    plan = WorkPlan(organisation=district, title="2026年要点", begins_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)).store(change=change)
    return Goal(
        plan=plan, office=district, text="排查隐患", kind="number", target=Decimal(3), unit="处", due=date(2026, 12, 31)
    ).store(change=change)  # fmt: skip


def found(day: date = DAY) -> GoalStanding:
    (one,) = standings(Goal.objects.all(), day, RULE)
    return one


def counted(goal: Goal, rule: CountRule, change: Change) -> list[tuple[int, float]]:
    bind_to_ledger(goal, rule, change=change)
    return [(one.on.day, one.amount) for one in count_of(goal).rows]


def test_rows_are_counted_live_by_their_days(goal: Goal, stored: Made, change: Change) -> None:  # noqa: F811
    stored("uuid:1", found_on="2026-03-02")
    stored("uuid:2", found_on="2026-11-18", school="晨光1002小学", grade="major", guards="tape")
    stored("uuid:3", found_on="2025-12-31")
    bind_to_ledger(goal, HAZARDS, change=change)
    points = [(point.on, point.value) for point in found().course.points]
    assert points == [(date(2026, 1, 1), 0), (date(2026, 3, 2), 1), (date(2026, 11, 18), 2), (DAY, 2)]
    assert found().standing.status == "late"
    stored("uuid:4", found_on="2026-11-19")
    now = found()
    assert (now.standing.now.value if now.standing.now else None, now.standing.status) == (3, "ahead")
    at_midsummer = found(date(2026, 6, 30)).standing.now
    assert at_midsummer is not None and (at_midsummer.value, at_midsummer.on) == (1, date(2026, 6, 30))


def test_a_condition_a_sum_and_the_day_of_closing(goal: Goal, stored: Made, person: Person, change: Change) -> None:  # noqa: F811
    stored("uuid:1", found_on="2026-11-03", cost_yuan="100.5", grade="major", guards="tape")
    stored("uuid:2", found_on="2026-11-04", cost_yuan="200")
    row = stored("uuid:3", found_on="2026-11-05", cost_yuan="400", grade="major", guards="tape")
    row = act(row.pk, Act("moved", DAY, "graded", fields={"grade": "ordinary"}), by=person("officer"), seen=1, at=AT)
    done = Act("moved", DAY, "rectified", fields={"measure": "清理", "done_on": "2026-11-20"})
    row = act(row.pk, done, by=person("clerk", "1001"), seen=2, at=AT)
    act(row.pk, Act("moved", DAY, "closed", fields={"recheck_result": "合格"}), by=person("officer"), seen=3, at=AT)
    rule = CountRule("ledger_hazards", "grade = 'major'", "cost_yuan", "found_on")
    assert counted(goal, rule, change) == [(3, 100.5)]  # the second was graded otherwise by a move
    assert counted(goal, CountRule("ledger_hazards", by="closed_on"), change) == [(20, 1)]
    assert counted(goal, CountRule("ledger_hazards", "list_contains(reached, 'rectified') and ownership = ''"), change) == [(5, 1)]


def test_a_row_merged_into_another_counts_once(goal: Goal, stored: Made, person: Person, change: Change) -> None:  # noqa: F811
    first, second = stored("uuid:1"), stored("uuid:2")
    act(second.pk, Act("merged", DAY, str(first.pk)), by=person("officer"), seen=1, at=AT)
    assert len(counted(goal, HAZARDS, change)) == 1


def test_rows_outside_the_plans_organisation_do_not_count(goal: Goal, stored: Made, change: Change) -> None:  # noqa: F811
    stored("uuid:1")
    stored("uuid:2", school="晨光1002小学")
    goal.plan.organisation = Organisation.objects.get(code="1002")
    goal.plan.store(change=change)
    bind_to_ledger(goal, HAZARDS, change=change)
    assert [one.organisation for one in count_of(goal).rows] == ["1002"]


def test_entries_of_a_repeat_are_counted(goal: Goal, person: Person, change: Change) -> None:  # noqa: F811
    from tests.snapshots.test_ledger_answers import parts

    row = parts.__wrapped__(person)  # type: ignore[attr-defined]
    assert counted(goal, CountRule("ledger_parts__part", sum="size"), change) == [(row.opened_on.day, 9)]
    (one,) = count_of(goal).rows
    assert (one.row, one.entries) == (row.pk, 2)


@pytest.mark.parametrize(
    ("time", "due", "expected"),
    [
        ("plan", date(2026, 6, 30), (date(2026, 1, 1), date(2026, 12, 31))),
        ("calendar_year", date(2026, 6, 30), (date(2026, 1, 1), date(2026, 12, 31))),
        ("fiscal_year", date(2026, 6, 30), (date(2026, 1, 1), date(2026, 12, 31))),
        ("school_year", date(2026, 8, 31), (date(2025, 9, 1), date(2026, 8, 31))),
        ("school_year", date(2026, 9, 1), (date(2026, 9, 1), date(2027, 8, 31))),
    ],
)
def test_the_time_that_is_counted(time: Any, due: date, expected: tuple[date, date]) -> None:
    assert time_of(CountRule("ledger_hazards", time=time), date(2026, 1, 1), date(2026, 12, 31), due) == expected


@pytest.mark.parametrize(
    ("rule", "about", "said"),
    [
        (CountRule("ledger_hazards", "grad = 'major'"), "where", "did you mean «grade»"),
        (CountRule("ledger_hazards", "grade = 'major' and"), "where", "sign 19"),
        (CountRule("ledger_hazards", "grade = 'majr'"), "where", "Did you mean 'major'?"),
        (CountRule("ledger_hazards", "grade = '重大隐患'"), "where", "Did you mean 'major'?"),
        (CountRule("ledger_hazards", "finder = '周宁'"), "where", "known columns"),  # names of persons cannot be asked about
        (CountRule("ledger_hazards", "(select 1) = 1"), "where", "a query of its own"),
        (CountRule("ledger_hazards", sum="grade"), "sum", "a column of numbers"),
        (CountRule("ledger_hazards", by="found"), "by", "Did you mean «found_on»?"),
        (CountRule("ledger_hazrds"), "table", "There is no ledger"),
        (CountRule("ledger_hazards__photos"), "table", "has no part"),
    ],
)
def test_a_bad_rule_is_refused_with_place_and_mend(db: None, rule: CountRule, about: str, said: str) -> None:
    with pytest.raises(CountRefused) as refused:
        check_count(rule)
    (fault,) = refused.value.faults
    assert fault.about == about and said in fault.en and fault.zh


def test_a_goal_whose_question_was_renamed_says_so_and_can_be_withdrawn(goal: Goal, stored: Made, change: Change) -> None:  # noqa: F811
    stored()
    bind_to_ledger(goal, HAZARDS, change=change)
    goal.ledger_where = "grading = 'major'"
    goal.store(change=change)
    assert isinstance(found().count, CountRefused) and "grading" in str(found().count)
    goal.withdrawn_on = DAY
    goal.store(change=change)
    assert found().standing.status == "withdrawn"


def test_a_goal_whose_ledger_was_withdrawn_says_so(goal: Goal, person: Person, change: Change) -> None:  # noqa: F811
    version, _changes = publish("parts", FORM.encode(), "parts.md", by=person("officer"))
    bind_to_ledger(goal, CountRule("ledger_parts", "helped > 2"), change=change)
    assert isinstance(found().count, LedgerCount)
    withdraw(version, by=person("officer"), reason="不用了")
    refused = found().count
    assert isinstance(refused, CountRefused) and "was withdrawn" in str(refused)


def test_a_counted_value_is_not_typed_and_the_old_binding_stays_readable(goal: Goal, stored: Made, change: Change) -> None:  # noqa: F811
    stored()
    bind_to_ledger(goal, HAZARDS, change=change)
    with pytest.raises(Refused):
        report(goal, on=DAY, value=Decimal(3), note="…", change=change)
    report(goal, on=date(2026, 11, 1), note="已布置", change=change)
    ((old, _new),) = goal.earlier_targets()
    assert (old.bound_to, goal.bound_to) == ("reported", "ledger")


def test_a_snapshot_holds_what_was_counted_by_its_day(goal: Goal, stored: Made, change: Change) -> None:  # noqa: F811
    stored("uuid:1", found_on="2026-03-02")
    stored("uuid:2", found_on="2026-11-18")
    bind_to_ledger(goal, HAZARDS, change=change)
    (row,) = goal_table(date(2026, 6, 30)).to_pylist()
    assert (row["bound_to"], row["value"], row["value_on"], row["status"]) == ("ledger", 1.0, date(2026, 6, 30), "late")
