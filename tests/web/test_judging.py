"""Judging in the browser: the area's own decision with evidence, another person's review, both kept, both shown on the assessment."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jiaoheng.access.account import Account
from jiaoheng.access.trail import TrailLine
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.standards.assessment import load_assessments
from jiaoheng.standards.judgement import judgement_files, load_judgements
from tests.web.conftest import entered

SignedIn = Callable[..., Client]
PAGE = "/standards/high_quality_balance_2017/judging/"
DUTIES = "/standards/performance_of_duties_county/judging/"
OWN = {"side": "self", "item": "b1", "decision": "met", "evidence": "布局规划已批复"}


@pytest.fixture(autouse=True)
def overlay(settings: Any, tmp_path: Path) -> Path:
    settings.RULEBOOK_OVERLAY = tmp_path / "rulebook"
    return tmp_path / "rulebook"


def test_a_decision_with_its_evidence_holds_on_the_assessment(frozen: Organisation, signed_in: SignedIn, overlay: Path) -> None:
    officer = signed_in()
    assert "布局专项规划" in officer.get(f"{PAGE}?item=b1").content.decode()
    plan = SimpleUploadedFile("布局规划.pdf", b"%PDF-1.4 plan", "application/pdf")
    sent = officer.post(PAGE, {**OWN, "links": "https://example.org/plan", "files": [plan]})
    assert sent.status_code == 302 and "item=b1" in sent["Location"]
    whole = officer.get("/standards/high_quality_balance_2017/").content.decode()
    assert "达标：布局规划已批复（officer-320999" in whole
    page = officer.get(sent["Location"]).content.decode()
    assert "布局规划.pdf" in page and "https://example.org/plan" in page
    address = page.split(".pdf</a>")[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert officer.get(address).content == b"%PDF-1.4 plan"
    assert officer.get(address.replace("item=b1", "item=b2")).status_code == 404
    told = load_judgements(judgement_files(overlay), load_assessments())
    found = told.of("high_quality_balance_2017", "320999", "b1", "2018-2019")
    assert found is not None and found.decision == "met" and found.files[0].name == "布局规划.pdf", "the command reads the same file"
    assert TrailLine.objects.get(object_type="rulebook.judgement").object_id.endswith("b1")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"evidence": ""}, "佐证材料"),
        ({"links": "javascript:alert(1)"}, "不是网址"),
        ({"files": [SimpleUploadedFile("a.exe", b"MZ" * 9)]}, "a.exe"),
        ({"files": [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(11)]}, "至多附 10 个文件"),
    ],
)
def test_what_cannot_be_kept_is_said(frozen: Organisation, signed_in: SignedIn, overlay: Path, changed: dict[str, Any], words: str) -> None:
    page = signed_in().post(PAGE, {**OWN, **changed}).content.decode()
    assert 'class="said error"' in page and words in page and not (overlay / "judgements").exists()


def test_another_person_reviews_and_both_stay(frozen: Organisation, signed_in: SignedIn, account: Callable[..., Account]) -> None:
    officer, reviewer = signed_in(), entered(account("inspector", "320999"))
    item = {"item": "party_work"}
    officer.post(DUTIES, {**item, "side": "self", "score": "4", "evidence": "会议纪要12份"})
    own = officer.post(DUTIES, {**item, "side": "review", "score": "4"})
    assert own.status_code == 403, "nobody reviews what they judged themselves"
    assert reviewer.post(DUTIES, {**item, "side": "self", "score": "4", "evidence": "x"}).status_code == 403
    too_much = reviewer.post(DUTIES, {**item, "side": "review", "score": "5"}).content.decode()
    assert "0 到 4" in too_much
    assert reviewer.post(DUTIES, {**item, "side": "review", "score": "3.5", "words": "缺两次纪要"}).status_code == 302
    page = officer.get(f"{DUTIES}?item=party_work").content.decode()
    assert "会议纪要12份" in page and "缺两次纪要" in page and "inspector-320999" in page
    rows = officer.get("/standards/performance_of_duties_county/export.csv").content.decode("utf-8-sig")
    line = next(row for row in rows.splitlines() if "学校党建" in row)
    assert line.endswith("4.0,4.0,3.5"), line
    officer.post(DUTIES, {**item, "side": "self", "score": "3", "evidence": "会议纪要10份"})
    page = officer.get(f"{DUTIES}?item=party_work").content.decode()
    assert "会议纪要12份" in page and "缺两次纪要" in page, "the history keeps what was said before"
    rows = officer.get("/standards/performance_of_duties_county/export.csv").content.decode("utf-8-sig")
    assert next(row for row in rows.splitlines() if "学校党建" in row).endswith("4.0,3.0,"), "a new score is not reviewed yet"


def test_the_reviewers_decision_holds(frozen: Organisation, signed_in: SignedIn, account: Callable[..., Account]) -> None:
    officer, second = signed_in(), entered(account("officer", "320999", name="second"))
    officer.post(PAGE, OWN)
    assert second.post(PAGE, {"side": "review", "item": "b1", "decision": "missed", "words": "规划未公布"}).status_code == 302
    whole = officer.get("/standards/high_quality_balance_2017/").content.decode()
    assert "达标：布局规划已批复" in whole and "复核未达标：规划未公布（second" in whole


def test_what_stands_in_a_file_is_not_entered_again(frozen: Organisation, signed_in: SignedIn, overlay: Path) -> None:
    (overlay / "judgements").mkdir(parents=True)
    (overlay / "judgements" / "2018.csv").write_text(
        "标准,地区代码,条目,学年,结论,佐证材料,评定人,日期\nhigh_quality_balance_2017,320999,b1,2018-2019,达标,批复,督导室,2018-09-20\n",
        encoding="utf-8-sig",
    )
    page = signed_in().post(PAGE, OWN).content.decode()
    assert 'class="said error"' in page and len(list((overlay / "judgements").iterdir())) == 1


def test_a_school_judges_nothing(frozen: Organisation, signed_in: SignedIn) -> None:
    clerk = signed_in("clerk", "1001")
    assert clerk.get(PAGE).status_code == 404
    assert clerk.get(f"{PAGE}?area=320999").status_code == 403
    assert signed_in("leader", "320999").post(PAGE, OWN).status_code == 403
