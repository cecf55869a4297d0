"""A goal follows a ledger on the site: chosen, put together, tried, kept; its number leads to the rows that the reader may see."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jiaoheng.access.account import Account
from jiaoheng.access.change import Change
from jiaoheng.ledgers.published_ledger import publish, published_ledgers
from jiaoheng.ledgers.row_entry import add_row
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.count_rule import CountRule
from jiaoheng.plans.goal import Goal
from jiaoheng.plans.ledger_count import bind_to_ledger
from jiaoheng.plans.work_plan import WorkPlan
from tests.ledgers.conftest import AT, hazard

SignedIn = Callable[..., Client]
RULE = {"table": "ledger_hazards", "where": "category = 'fire'", "sum": "", "by": "opened_on", "time": "plan"}


@pytest.fixture
def goal(tree: Organisation, monkeypatch: pytest.MonkeyPatch) -> Goal:
    """A goal of the year, owned by a township; hazards of two townships."""
    monkeypatch.setattr("django.utils.timezone.localdate", AT.date)
    officer = Account.objects.create(username="planner", role="officer", organisation=tree)
    change = Change(officer, "年度计划")
    plan = WorkPlan(organisation=tree, title="要点", begins_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)).store(change=change)
    town = Organisation.objects.get(code="T1")
    for number, school in enumerate(("1001", "1002", "1003")):
        checked = hazard(f"uuid:{number}", school=f"晨光{school}小学")
        assert checked.faults == ()
        add_row(published_ledgers()["hazards"].version, checked, by=officer, at=AT, process="hazard")
    return Goal(plan=plan, office=town, text="排查隐患", kind="number", target=Decimal(3), unit="处", due=plan.ends_on).store(change=change)


def test_an_officer_binds_a_goal_to_a_ledger(goal: Goal, signed_in: SignedIn) -> None:
    client, page = signed_in(), f"/goals/{goal.pk}/count/"
    assert "校园安全隐患台账" in client.get(page).content.decode()
    assert "消防" in client.get(page + "?table=ledger_hazards").content.decode()
    chosen = {"table": "ledger_hazards", "assemble": "1", "make_answer": "category=fire", "make_sign": "="}
    assert "category = &#x27;fire&#x27;" in client.post(page, chosen).content.decode()
    tried = client.post(page, {**RULE, "check": "1"}).content.decode()
    assert "<b>3 处</b>" in tried and "晨光1003小学" in tried
    assert client.post(page, {**RULE, "save": "1"}).status_code == 200  # without a reason
    assert Goal.objects.get().bound_to == "reported"
    assert client.post(page, {**RULE, "save": "1", "reason": "按台账"})["Location"] == f"/goals/{goal.pk}/"
    shown = client.get(f"/goals/{goal.pk}/").content.decode()
    assert f'href="/goals/{goal.pk}/rows/' in shown and "3 处" in shown and "为消防" in shown
    assert "category = &#x27;fire&#x27;" in client.get(page).content.decode()
    client.post(page, {"report": "1", "reason": "改为填报"})
    assert Goal.objects.get().bound_to == "reported"


def test_a_bad_condition_is_told_at_its_place(goal: Goal, signed_in: SignedIn) -> None:
    answer = signed_in().post(f"/goals/{goal.pk}/count/", {**RULE, "where": "categry = 'fire'", "save": "1", "reason": "x"})
    text = answer.content.decode()
    assert answer.status_code == 200 and "是否指“category”" in text and "faulty" in text
    assert Goal.objects.get().bound_to == "reported"


def test_each_reader_sees_the_rows_of_the_own_scope(goal: Goal, signed_in: SignedIn) -> None:
    officer = Account.objects.get(username="planner")
    bind_to_ledger(goal, CountRule("ledger_hazards"), change=Change(officer, "按台账"))
    whole, theirs = signed_in("leader", "320999"), signed_in("officer", "T1")
    page = f"/goals/{goal.pk}/rows/"
    assert "晨光1003小学" in whole.get(page).content.decode()
    seen = theirs.get(page).content.decode()
    assert "3 处" in seen and "晨光1002小学" in seen and "晨光1003小学" not in seen and "另有1条" in seen
    exported = theirs.get(page + "export.csv").content.decode()
    assert exported.count("晨光100") >= 2 and "晨光1003小学" not in exported
    assert signed_in("clerk", "1001").get(page).status_code == 404
    assert theirs.get(f"/goals/{goal.pk}/count/").status_code == 403  # the count is over the whole district
    assert whole.get(f"/goals/{goal.pk}/count/").status_code == 403  # leaders read


def test_a_goal_that_cannot_be_counted_any_more_says_why(goal: Goal, signed_in: SignedIn) -> None:
    officer = Account.objects.get(username="planner")
    bind_to_ledger(goal, CountRule("ledger_hazards"), change=Change(officer, "按台账"))
    goal.ledger_table = "ledger_gone"
    goal.store(change=Change(officer, "试"))
    client = signed_in()
    assert "已没有台账“gone”" in client.get(f"/goals/{goal.pk}/").content.decode()
    assert client.get(f"/goals/{goal.pk}/rows/").status_code == 302
    for page in ("", "wall/", "meeting/", "timeline/", "offices/"):
        assert client.get(f"/plans/{goal.plan_id}/{page}").status_code == 200


def test_a_new_goal_that_is_to_follow_a_ledger_asks_for_it_next(goal: Goal, signed_in: SignedIn) -> None:
    sent = {"text": "办结隐患", "office": str(goal.office_id), "kind": "number", "operator": ">=", "target": "5", "due": str(goal.due),
            "bound_to": "ledger", "stage": "all", "weight": "1"}  # fmt: skip
    answer = signed_in().post(f"/plans/{goal.plan_id}/goals/new/", sent)
    assert answer.status_code == 302 and answer["Location"].endswith("/count/")
    answer = signed_in().post(f"/plans/{goal.plan_id}/goals/new/", {**sent, "kind": "evidence"})
    assert answer.status_code == 200 and "目标是数字的任务才能" in answer.content.decode()


def test_what_follows_a_ledger_is_told_before_its_form_goes(goal: Goal, signed_in: SignedIn) -> None:
    """Withdrawing it: everything. A new version without a question: only what reads that question. Nothing is withdrawn by looking."""
    client, bound, own = signed_in(), f'href="/goals/{goal.pk}/"', published_ledgers()["hazards"].version
    fire = CountRule("ledger_hazards", "category = 'fire'", "", "opened_on", "plan")
    bind_to_ledger(goal, fire, change=Change(Account.objects.get(username="planner"), "按台账"))
    ending = client.get(f"/ledgers/hazards/form/?withdraw={own.pk}").content.decode()
    assert bound in ending and "/measures/hazards_registered/" in ending and 'href="/papers/leaders_brief/"' in ending
    assert "不再有新数据" in ending and published_ledgers()["hazards"].version == own
    source = bytes(own.source).decode().replace("2026010101", "2026120101")
    kept = [line for line in source.splitlines() if "| cost_yuan |" not in line]
    page = client.post("/ledgers/publish/", {"form": SimpleUploadedFile("hazards.md", "\n".join(kept).encode())}).content.decode()
    assert "cost_yuan" in page and bound not in page and "/measures/hazards_registered/" not in page
    other = source.replace("| category | fire |", "| category | blaze |").replace("| kind | exit |", "| kind | way_out |")
    page = client.post("/ledgers/publish/", {"form": SimpleUploadedFile("hazards.md", other.encode())}).content.decode()
    assert bound in page, page
    version = publish("hazards", "\n".join(kept).encode(), "hazards.md", by=Account.objects.get(username="planner"))[0]
    back = client.get(f"/ledgers/hazards/form/?withdraw={version.pk}").content.decode()
    assert "改用规则库的表单：版本2026010101" in back and bound not in back
    older = client.get(f"/ledgers/hazards/form/?withdraw={own.pk}").content.decode()
    assert "使用中的是另一版本" in older and bound not in older
