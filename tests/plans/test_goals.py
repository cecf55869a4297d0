"""Goals in the database: targets changed with a reason, progress with evidence, measures read from snapshots, offices scored."""

from datetime import date
from decimal import Decimal

import pytest

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.change import Change
from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.goal import Goal, change_target
from jiaoheng.plans.goals_standing import scores, standings
from jiaoheng.plans.milestone import Milestone
from jiaoheng.plans.progress import report
from jiaoheng.plans.reading_of_measure import Reading, read_measures
from jiaoheng.plans.status_rule import load_status_rule
from jiaoheng.plans.work_plan import WorkPlan
from tests.tiny_district import record, school, snapshot

RULE = load_status_rule()


@pytest.fixture
def county(db):
    return Organisation.objects.create(code="D", name_zh="示例区", kind="county", path="D")


@pytest.fixture
def office(county):
    return Organisation.objects.create(code="O1", name_zh="基教股", kind="office", parent=county, path="D/O1")


@pytest.fixture
def change(county):
    by = Account.objects.create(username="officer", role="officer", organisation=county)
    return Change(by, "年度计划")


@pytest.fixture
def plan(county, change):
    return WorkPlan(organisation=county, title="2018年工作要点", begins_on=date(2018, 1, 1), ends_on=date(2018, 12, 31)).store(
        change=change
    )


def goal(plan, office, change, **given):
    return Goal(**{"plan": plan, "office": office, "text": "新建公办幼儿园12所", "kind": "number", "target": Decimal(12), "unit": "所",
                   "due": date(2018, 12, 31), **given}).store(change=change)  # fmt: skip


def test_a_changed_target_keeps_the_old_one_with_who_and_why(plan, office, change):
    one = goal(plan, office, change)
    change_target(one, target=Decimal(10), change=Change(change.by, "用地未落实"))
    ((old, new),) = one.earlier_targets()
    assert (old.target, new.target, one.target) == (Decimal(12), Decimal(10), Decimal(10))
    assert (new.history_user, new.history_change_reason) == (change.by, "用地未落实")


def test_a_reason_is_asked_for(change):
    with pytest.raises(Refused, match=r"why|原因|理由|为什么"):
        Change(change.by, " ")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"target": None}, None),
        ({"due": date(2019, 5, 1)}, None),
        ({"bound_to": "measure", "measure": ""}, None),
        ({"co_offices": "NOPE"}, "NOPE"),
    ],
)
def test_an_unfinished_goal_is_refused(plan, office, change, given, words):
    with pytest.raises(Refused, match=words or "."):
        goal(plan, office, change, **given)


def test_progress_is_reported_and_scored(plan, office, change):
    good, bad = goal(plan, office, change), goal(plan, office, change, text="改扩建10所", target=Decimal(10), weight=Decimal(3))
    report(good, on=date(2018, 7, 1), value=Decimal(7), note="已完成7所", change=change)
    report(bad, on=date(2018, 7, 1), value=Decimal(1), note="用地未落实", change=change)
    found = standings(Goal.objects.all(), date(2018, 7, 2), RULE)
    assert [one.standing.status for one in found] == ["ahead", "late"]
    (score,) = scores(found, RULE)
    assert (score.gained, score.possible) == (1 + 3 * 0.1, 4.0)


def test_done_needs_evidence_and_withdrawn_takes_no_report(plan, office, change):
    one = goal(plan, office, change, kind="evidence", target=None)
    with pytest.raises(Refused):
        report(one, on=date(2018, 7, 1), done=True, note="完成", change=change)
    report(one, on=date(2018, 7, 1), done=True, note="完成", evidence="示教〔2018〕12号", change=change)
    one.withdrawn_on = date(2018, 8, 1)
    one.store(change=change)
    with pytest.raises(Refused):
        report(one, on=date(2018, 8, 2), note="…", change=change)


def test_milestones_lie_within_the_goal(plan, office, change):
    one = goal(plan, office, change)
    Milestone(goal=one, due=date(2018, 6, 30), value=Decimal(3)).store(change=change)
    with pytest.raises(Refused):
        Milestone(goal=one, due=date(2019, 6, 30), value=Decimal(3)).store(change=change)
    with pytest.raises(Refused):
        Milestone(goal=one, due=date(2018, 7, 30), words="开工").store(change=change)


def test_a_measured_goal_reads_its_snapshots_and_takes_no_typed_value(plan, office, change, tmp_path):
    one = goal(plan, office, change, text="生师比不高于16", operator="<=", target=Decimal(16), unit="", bound_to="measure",
               measure="pupils_per_teacher")  # fmt: skip
    snapshot(tmp_path / "2018-10-01", [school("A", "晨光小学")], [record("A", pupils=900, teachers=50)])
    assert read_measures([one], tmp_path, load_catalogue()) == 1
    assert read_measures([one], tmp_path, load_catalogue()) == 0
    reading = Reading.objects.get()
    assert (reading.value, reading.numerator, reading.denominator, reading.on) == (18.0, 900, 50, date(2018, 10, 1))
    (found,) = standings(Goal.objects.all(), date(2018, 12, 1), RULE)
    assert found.standing.status == "late" and found.standing.now.value == 18.0
    with pytest.raises(Refused):
        report(one, on=date(2018, 10, 2), value=Decimal(15), note="…", change=change)


def test_an_office_sees_its_own_goals_only(plan, office, change, county):
    other = Organisation.objects.create(code="O2", name_zh="人事股", kind="office", parent=county, path="D/O2")
    goal(plan, office, change)
    goal(plan, other, change)
    clerk = Account.objects.create(username="o2", role="officer", organisation=other)
    assert [one.office for one in Goal.objects.for_account(clerk)] == [other]
