"""Plans on the site: read from a document, confirmed, shown, reported on; seen by their office and those above only."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.goal import Goal
from jiaoheng.plans.work_plan import WorkPlan

SignedIn = Callable[..., Client]
DOCUMENT = """示例区2018年教育工作要点
一、普及普惠
1. 扩大学前教育资源。新建、改扩建公办幼儿园12所，普惠性幼儿园覆盖率达到78%以上。
2. 控辍保学。小学辍学率控制在0.6%以内，9月底前完成劝返复学。
二、队伍建设
3. 交流轮岗。选派90名教师交流轮岗。
"""


@pytest.fixture
def office(tree: Organisation) -> Organisation:
    return Organisation.objects.create(code="RS", name_zh="人事股", kind="office", parent=tree, path="320999/RS")


def _form(page: str) -> dict[str, str]:
    """What a browser would send back of the confirming page's fields."""
    sent: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        said = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if said.get("name") and (said.get("type") not in ("checkbox", "radio") or " checked" in tag):
            sent[said["name"]] = said.get("value", "1")
    for name, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body) or re.search(r'value="([^"]*)"', body)
        sent[name] = (chosen[1] if chosen else "").replace("&gt;", ">").replace("&lt;", "<")
    for name, body in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        sent[name] = body
    return sent


def _read_and_confirmed(client: Client, **changes: str) -> WorkPlan:
    page = client.post("/plans/read/", {"document": SimpleUploadedFile("要点.txt", DOCUMENT.encode())}).content.decode()
    sent = {**_form(page), **changes}
    answer = client.post("/plans/read/confirm/", {key: value for key, value in sent.items() if value != "-"})
    assert answer.status_code == 302, answer.content.decode()
    return WorkPlan.objects.get()


def test_a_document_becomes_a_plan_that_an_officer_confirmed(tree: Organisation, office: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    plan = _read_and_confirmed(client)
    assert (plan.title, plan.begins_on, plan.ends_on) == ("示例区2018年教育工作要点", date(2018, 1, 1), date(2018, 12, 31))
    goals = {goal.text: goal for goal in Goal.objects.all()}
    kindergartens = next(goal for text, goal in goals.items() if "12所" in text)
    assert (kindergartens.operator, kindergartens.target, kindergartens.unit) == (">=", 12, "所")
    assert next(goal for text, goal in goals.items() if "辍学率" in text).operator == "<="
    assert next(goal for text, goal in goals.items() if "90名" in text).office == office
    page = client.get(f"/plans/{plan.pk}/").content.decode()
    assert "普及普惠" in page and "新建、改扩建公办幼儿园12所" in page and "未完成" in page


def test_drafts_can_be_dropped_merged_and_mended(tree: Organisation, office: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    page = client.post("/plans/read/", {"text": DOCUMENT}).content.decode()
    count = int(_form(page)["count"])
    plan = _read_and_confirmed(client, **{"chosen-0": "-", "above-2": "1", "title": "要点（试）"})
    assert plan.title == "要点（试）"
    assert Goal.objects.count() == count - 2


def test_a_fault_keeps_what_was_typed_and_stores_nothing(tree: Organisation, office: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    sent = _form(client.post("/plans/read/", {"text": DOCUMENT}).content.decode())
    answer = client.post("/plans/read/confirm/", {**sent, "target-0": "十二", "title": "改过的标题"})
    text = answer.content.decode()
    assert answer.status_code == 400 and "不是数字" in text and "改过的标题" in text
    assert not WorkPlan.objects.exists() and not Goal.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"text": "目录"}])
def test_a_text_without_promises_is_said(tree: Organisation, signed_in: SignedIn, sent: dict[str, str]) -> None:
    answer = signed_in().post("/plans/read/", sent)
    assert answer.status_code == 400 and 'role="alert"' in answer.content.decode()


def test_every_page_of_a_plan_and_its_goals(frozen: Organisation, office: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    plan = _read_and_confirmed(client)
    for page in (
        "",
        "timeline/",
        "offices/",
        "wall/",
        "meeting/",
        "meeting/?place=99",
        "?status=missed&office=RS",
        "?on=2018-07-01",
        "export.csv",
        "export.xlsx",
    ):
        assert client.get(f"/plans/{plan.pk}/{page}").status_code == 200, page
    for goal in Goal.objects.all():
        assert "计算过程" in client.get(f"/goals/{goal.pk}/").content.decode()
    assert client.get("/plans/").status_code == 200


def test_progress_milestones_and_targets_on_a_goals_page(tree: Organisation, office: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    _read_and_confirmed(client)
    goal = Goal.objects.get(target=12)
    page = f"/goals/{goal.pk}/"
    client.post(page + "report/", {"on": "2018-06-30", "value": "7", "note": "已开工7所"})
    client.post(page + "milestones/", {"due": "2018-06-30", "value": "5"})
    client.post(page + "target/", {"target": "10", "due": "2018-12-31", "reason": "用地未落实"})
    text = client.get(page + "?on=2018-06-30").content.decode()
    assert "≥ 10 所" in text and "用地未落实" in text and "已开工7所" in text and "超前" in text
    assert "应达到" in text and "经各节点" in text
    answer = client.post(page + "report/", {"on": "2018-06-30", "note": ""}, follow=True)
    assert "said error" in answer.content.decode()
    client.post(page + "withdraw/", {"reason": "上级调整"})
    assert "已撤销" in client.get(page).content.decode()


def test_a_goal_can_be_bound_to_a_measure(frozen: Organisation, office: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    plan = _read_and_confirmed(client)
    sent = {"heading": "师资/4. 配备", "text": "生师比不高于10", "office": str(office.pk), "kind": "number", "operator": "<="}
    sent |= {"target": "10", "due": "2018-12-31", "bound_to": "measure", "measure": "pupils_per_teacher", "stage": "all", "weight": "2"}
    answer = client.post(f"/plans/{plan.pk}/goals/new/", sent)
    assert answer.status_code == 302, answer.content.decode()
    text = client.get(answer["Location"] + "?on=2018-10-01").content.decode()
    assert "生师比" in text and "pill bad" in text and "快照" in text


def test_offices_that_help_are_chosen_and_shown_by_name(frozen: Organisation, office: Organisation, signed_in: SignedIn) -> None:
    client, helper = signed_in(), Organisation.objects.get(code="T1")
    plan = _read_and_confirmed(client)
    assert f'<option value="{helper.code}">{helper}</option>' in client.get(f"/plans/{plan.pk}/goals/new/").content.decode()
    sent = {"heading": "师资", "text": "配齐教师", "office": str(office.pk), "kind": "evidence", "operator": ">=", "due": "2018-12-31",
            "bound_to": "reported", "stage": "all", "weight": "1", "co_offices": [helper.code, office.code]}  # fmt: skip
    answer = client.post(f"/plans/{plan.pk}/goals/new/", sent)
    assert answer.status_code == 302, answer.content.decode()
    assert Goal.objects.latest("pk").helps == [helper.code]
    assert f"协办科室 {helper} " in client.get(answer["Location"]).content.decode()
    assert "is-bad" in client.post(f"/plans/{plan.pk}/goals/new/", {**sent, "co_offices": ["NOPE"]}).content.decode()


def test_a_school_sees_no_plan_and_an_office_its_own_goals(tree: Organisation, office: Organisation, signed_in: SignedIn) -> None:
    plan = _read_and_confirmed(signed_in())
    clerk, theirs = signed_in("clerk", "1001"), signed_in("officer", "RS")
    assert clerk.get(f"/plans/{plan.pk}/").status_code == 404
    assert "还没有" in clerk.get("/plans/").content.decode() or "尚无计划" in clerk.get("/plans/").content.decode()
    assert clerk.get("/plans/read/").status_code == 403
    own, other = Goal.objects.filter(office=office).first(), Goal.objects.exclude(office=office).first()
    assert own and other
    assert theirs.get(f"/goals/{own.pk}/").status_code == 200
    assert theirs.get(f"/goals/{other.pk}/").status_code == 404
    assert clerk.post(f"/goals/{own.pk}/report/", {"on": "2018-06-30", "value": "7", "note": "x"}).status_code == 404
    assert other.text not in theirs.get(f"/plans/{plan.pk}/").content.decode()


def test_a_leader_reads_and_does_not_change(tree: Organisation, office: Organisation, signed_in: SignedIn, tmp_path: Path) -> None:
    plan = _read_and_confirmed(signed_in())
    leader = signed_in("leader", "320999")
    assert leader.get(f"/plans/{plan.pk}/wall/").status_code == 200
    goal = Goal.objects.filter(target=12).get()
    assert leader.post(f"/goals/{goal.pk}/target/", {"target": "1", "due": "2018-12-31", "reason": "x"}).status_code == 403
