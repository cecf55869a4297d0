"""Papers written together, in the browser: who may do what, what is shown, and that nothing is lost."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from jiaoheng.access.account import Account
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.papers.joint.joint_paper import JointPaper
from jiaoheng.papers.joint.opening import open_paper
from jiaoheng.papers.joint.paper_part import accept, assign
from jiaoheng.papers.joint.part_version import latest, present_text, save
from jiaoheng.snapshots.snapshot import newest_snapshot
from tests.papers.joint.conftest import TEMPLATE
from tests.web.conftest import entered

AccountOf = Callable[..., Account]
PART = "/joint-papers/{}/parts/2/"


@pytest.fixture
def overlay(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "own-rulebook"
    (folder / "papers").mkdir(parents=True)
    (folder / "papers" / "joint_example.md").write_text(TEMPLATE, encoding="utf-8")
    settings.RULEBOOK_OVERLAY = folder
    return folder


@pytest.fixture
def paper(frozen: Organisation, overlay: Path, settings: Any, account: AccountOf) -> JointPaper:
    snapshot = newest_snapshot(settings.DATA / "snapshots")
    return open_paper(
        "joint_example", frozen, snapshot, title="合写报告", period="2018-2019", language="zh-hans", by=account("officer", "320999"),
        overlay=overlay,
    )  # fmt: skip


def test_an_officer_opens_a_paper_and_reads_its_parts(frozen: Organisation, overlay: Path, account: AccountOf) -> None:
    officer = entered(account("officer", "320999"))
    assert "joint_example" in officer.get("/joint-papers/new/").content.decode()
    said = {"template": "joint_example", "organisation": frozen.pk, "title": "", "deepest": "1"}
    page = officer.post("/joint-papers/new/", said, follow=True).content.decode()
    assert "示例区合写报告" in page and "教师队伍" in page and "已采用 0 / 4 部分" in page
    assert "示例区合写报告" in officer.get("/joint-papers/").content.decode()


def test_a_part_is_previewed_saved_and_its_fault_named(paper: JointPaper) -> None:
    officer, at = entered(paper.owner), PART.format(paper.pk)
    page = officer.get(at).content.decode()
    assert 'name="seen" value="1"' in page and "每名教师负担学生" in page
    found = officer.post(f"{at}preview/", {"text": '# 师资\n\n{{ figure("teachers") }}名'}).content.decode()
    assert "二、师资" in found and "/measures/teachers/rows/" in found and "1 个数字" in found
    wrong = officer.post(f"{at}preview/", {"text": '# 师资\n\n{{ figure("teacher") }}名'}).content.decode()
    assert "第 3 行" in wrong and "您是不是要找" in wrong
    without_script = officer.post(at, {"text": "# 甲\n\n乙", "seen": 1, "do": "preview"}).content.decode()
    assert "二、甲" in without_script and latest(paper.parts.get(place=2)).number == 1
    assert officer.post(at, {"text": "# 甲\n\n乙\n", "seen": 1, "note": "改题", "do": "save"}).status_code == 302
    assert present_text(paper.parts.get(place=2)) == "# 甲\n\n乙\n"


def test_the_second_writer_sees_both_texts(paper: JointPaper) -> None:
    officer, at = entered(paper.owner), PART.format(paper.pk)
    save(paper.parts.get(place=2), "先写的\n", seen=1, by=paper.owner)
    page = officer.post(at, {"text": "后写的\n", "seen": 1, "do": "save"}).content.decode()
    assert "先写的" in page and "后写的</textarea>" in page.replace("\n</textarea>", "</textarea>") and 'name="seen" value="2"' in page
    assert officer.post(at, {"text": "并好的\n", "seen": 2, "do": "save"}).status_code == 302
    versions = officer.get(f"{at}versions/?old=2&new=3").content.decode()
    assert "另存待并" in versions and "<mark>先</mark>" in versions
    assert officer.get(f"{at}versions/?old=99").status_code == 404


def test_measures_are_found_with_their_values(paper: JointPaper) -> None:
    found = entered(paper.owner).get(PART.format(paper.pk) + "measures/?q=专任教师数").content.decode()
    assert "{{ figure(&quot;teachers&quot;) }}" in found and "150" in found


def test_a_part_goes_round_and_the_desk_tells(paper: JointPaper, account: AccountOf) -> None:
    editor, town = entered(paper.owner), entered(account("officer", "T1"))
    at = PART.format(paper.pk)
    assert town.get(at).status_code == 404 and "教师队伍" not in town.get("/desk/").content.decode()
    said = {"office": "T1", "person": "", "due_on": "2018-01-01", "back": "paper"}
    assert "教师队伍”已分派给" in editor.post(f"{at}do/assign/", said, follow=True).content.decode()
    assert "教师队伍" in town.get("/desk/").content.decode() and "教师队伍" in town.get(f"/joint-papers/{paper.pk}/").content.decode()
    assert town.get(at).status_code == 200 and town.get(f"/joint-papers/{paper.pk}/parts/1/").status_code == 404
    assert town.get(f"/joint-papers/{paper.pk}/download.docx").status_code == 404
    assert town.post(at, {"text": "# 师资\n\n镇里写的。\n", "seen": 1, "do": "save"}).status_code == 302
    assert "由统稿人" in town.post(f"{at}do/accept/", follow=True).content.decode() or paper.parts.get(place=2).state == "assigned"
    town.post(f"{at}do/hand-in/")
    assert "教师队伍" in editor.get("/desk/").content.decode()
    editor.post(f"{at}do/return/", {"words": "数据不全"})
    assert "数据不全" in town.get(at).content.decode()
    town.post(f"{at}do/hand-in/")
    editor.post(f"{at}do/accept/")
    assert paper.parts.get(place=2).state == "accepted"


def test_comments_are_made_answered_and_settled(paper: JointPaper, account: AccountOf) -> None:
    leader, editor, at = entered(account("leader", "320999")), entered(paper.owner), PART.format(paper.pk)
    assert "请核对" in leader.post(f"{at}do/comment/", {"words": "请核对", "quote": "每名教师"}, follow=True).content.decode()
    first = paper.parts.get(place=2).comments.get()
    editor.post(f"{at}do/comment/", {"words": "已改", "answers": first.pk})
    assert "已办结 1 条" in editor.post(f"{at}do/settle/", {"comment": first.pk}, follow=True).content.decode()
    assert entered(account("auditor", "320999")).post(f"{at}do/comment/", {"words": "x"}).status_code == 302
    assert paper.parts.get(place=2).comments.count() == 2


def test_a_leader_signs_with_the_password_and_anybody_can_prove_it(paper: JointPaper, account: AccountOf) -> None:
    for part in paper.parts.all():
        accept(part, by=paper.owner)
    person = account("leader", "320999")
    editor, leader, at = entered(paper.owner), entered(person), f"/joint-papers/{paper.pk}/"
    assert editor.post(f"{at}audit/").status_code == 302
    assert "请签发" in leader.get("/desk/").content.decode()
    seen = paper.audits.get().text_hash
    assert "密码不正确" in leader.post(f"{at}sign/", {"password": "wrong", "seen": seen}, follow=True).content.decode()
    assert "局领导" in editor.post(f"{at}sign/", {"password": "right-password-1", "seen": seen}, follow=True).content.decode()
    page = leader.post(f"{at}sign/", {"password": "right-password-1", "seen": seen}, follow=True).content.decode()
    assert "签发并锁定" in page and JointPaper.objects.get(pk=paper.pk).signature.content_hash in page
    assert "签发以来没有任何改动" in entered(account("auditor", "320999")).get(f"{at}verify/").content.decode()
    assert "已签发并锁定" in editor.post(f"{at}parts/1/", {"text": "x", "seen": 1, "do": "save"}).content.decode()
    assert "草稿" not in editor.get(f"{at}whole/body/").content.decode()
    assert editor.get(f"{at}download.docx").content[:2] == b"PK"
    corrected = editor.post(f"{at}correct/", follow=True).content.decode()
    assert "更正《合写报告》" in corrected
    listed = editor.get("/joint-papers/").content.decode()
    assert listed.index("合写报告（更正版）") < listed.index("已签发")


def test_a_finding_is_set_aside_by_a_leader_only(paper: JointPaper, account: AccountOf) -> None:
    save(paper.parts.get(place=2), "# 教师\n\n共有教师300名，其中男教师100名，女教师180名。\n", seen=1, by=paper.owner)
    for part in paper.parts.all():
        accept(part, by=paper.owner)
    editor, leader, at = entered(paper.owner), entered(account("leader", "320999")), f"/joint-papers/{paper.pk}/"
    page = editor.post(f"{at}audit/", follow=True).content.decode()
    assert "1 项妨碍签发" in page and "100+180" in page and "set-aside" not in page
    key = paper.audits.get().findings[0].key
    assert "没有妨碍签发的项" in leader.post(f"{at}set-aside/", {"key": key, "reason": "20人未填报性别"}, follow=True).content.decode()


def test_a_draft_is_marked_and_a_fault_of_the_whole_is_placed(paper: JointPaper) -> None:
    editor, at = entered(paper.owner), f"/joint-papers/{paper.pk}/"
    assert "草稿" in editor.get(f"{at}whole/").content.decode() and "草稿，未签发" in editor.get(f"{at}whole/body/").content.decode()
    assert "草稿" in editor.get(f"{at}download.json").content.decode()
    save(paper.parts.get(place=3), "# 下一步\n\n{{ nothing }}\n", seen=1, by=paper.owner)
    assert "第 3 行" in editor.get(f"{at}whole/body/").content.decode()
    assert "下一步工作第 3 行" in editor.get(f"{at}download.docx", follow=True).content.decode()


def test_clerks_have_no_papers_and_auditors_change_none(paper: JointPaper, account: AccountOf) -> None:
    clerk, auditor, at = entered(account("clerk", "1001")), entered(account("auditor", "320999")), PART.format(paper.pk)
    assert "合写公文" not in clerk.get("/").content.decode() and clerk.get(f"/joint-papers/{paper.pk}/").status_code == 404
    assert auditor.get(at).status_code == 200 and auditor.get(f"/joint-papers/{paper.pk}/").status_code == 200
    auditor.post(at, {"text": "x", "seen": 1, "do": "save"})
    auditor.post(f"{at}do/accept/")
    assert latest(paper.parts.get(place=2)).number == 1 and paper.parts.get(place=2).state == "open"


def test_a_paper_is_handed_over(paper: JointPaper, account: AccountOf) -> None:
    second = account("officer", "320999", name="second")
    assign(paper.parts.get(place=1), office=None, person=second, due_on=date(2018, 9, 1), by=paper.owner)
    page: Client = entered(account("leader", "320999"))
    assert "此后由" in page.post(f"/joint-papers/{paper.pk}/hand-over/", {"person": second.pk}, follow=True).content.decode()
    assert JointPaper.objects.get(pk=paper.pk).owner == second
