"""Ledger pages as they answer: lists, scope, two at once, bulk, export, calendar, publishing, workbooks; each without a browser."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from icalendar import Calendar

from jiaoheng.access.account import Account
from jiaoheng.access.trail import TrailLine
from jiaoheng.ledgers.duty import Duty
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.ledger_version import LedgerVersion
from jiaoheng.ledgers.published_ledger import publish, published_ledgers
from jiaoheng.web.desk import calendar_token

pytestmark = pytest.mark.django_db

SENT = {
    "instance": "uuid:1", "finding/school": "晨光1001小学", "finding/found_on": "2026-11-02", "finding/finder": "周宁",
    "finding/method": "routine", "hazard/category": "fire", "hazard/kind": "exit", "hazard/place": "二楼",
    "hazard/description": "疏散通道堆放桌椅", "hazard/grade": "ordinary", "rectification/rectifier": "吴江",
}  # fmt: skip


@pytest.fixture
def officer(signed_in: Callable[..., Client]) -> Client:
    return signed_in("officer")


@pytest.fixture
def row(officer: Client) -> LedgerRow:
    answer = officer.post("/ledgers/hazards/new/", SENT)
    assert answer.status_code == 302, answer.content.decode()
    return LedgerRow.objects.get()


def test_without_scripts_the_form_is_sent_and_faults_come_back(officer: Client, tree: Any) -> None:
    page = officer.post("/ledgers/hazards/new/", SENT | {"finding/found_on": "2099-01-01"}).content.decode()
    assert "日期不能晚于今天" in page and 'value="晨光1001小学"' in page and LedgerRow.objects.count() == 0


def test_the_live_answer_shows_what_applies(officer: Client, tree: Any) -> None:
    page = officer.post(
        "/ledgers/hazards/live/", {"hazard/category": "fire", "hazard/grade": "major"}, HTTP_HX_REQUEST="true"
    ).content.decode()
    assert "疏散通道堵塞" in page and "线路老化" not in page
    assert (
        "重大隐患须上报" in page.split('id="q-hazard-major_note"')[1][:200]
        and "hidden" not in page.split('id="q-hazard-major_note"')[1][:60]
    )


def test_schools_see_their_own_rows_only(row: LedgerRow, signed_in: Callable[..., Client]) -> None:
    assert row.title in signed_in("clerk", "1001").get("/ledgers/hazards/").content.decode()
    other = signed_in("clerk", "1002")
    assert row.title not in other.get("/ledgers/hazards/").content.decode()
    assert other.get(f"/ledgers/hazards/{row.pk}/").status_code == 404
    assert other.post(f"/ledgers/hazards/{row.pk}/act/", {"kind": "noted", "seen": "1", "note": "x"}).status_code == 404


def test_a_ledger_whose_rows_do_not_move_speaks_of_no_states(officer: Client, tree: Any) -> None:
    award = {"school": "晨光1001小学", "awarded_on": "2026-11-02", "whom": "school", "name": "晨光小学", "kind": "arts", "event": "合唱节",
             "level": "city", "persons": "40", "organiser": "市教育局"}  # fmt: skip
    answer = officer.post("/ledgers/awards/new/", award)
    assert answer.status_code == 302, answer.content.decode()
    page = officer.get("/ledgers/awards/").content.decode()
    assert "合唱节" in page and "状态" not in page and 'name="clock"' not in page and "recorded" not in page
    assert "已登记" in officer.get(answer["Location"]).content.decode()
    assert 'href="/ledgers/awards/">1 行</a>' in officer.get("/ledgers/?q=获奖").content.decode()


def test_the_second_of_two_is_told_and_keeps_what_was_typed(row: LedgerRow, officer: Client) -> None:
    graded = {"kind": "moved", "to": "graded", "seen": "1", "field:grade": "ordinary", "field:rectifier": "吴江"}
    assert officer.post(f"/ledgers/hazards/{row.pk}/act/", graded).status_code == 302
    closing = {"kind": "noted", "seen": "1", "note": "我写了很久的说明"}
    answer = officer.post(f"/ledgers/hazards/{row.pk}/act/", closing)
    assert answer.status_code == 409 and "请刷新查看后再办理" in answer.content.decode() and "我写了很久的说明" in answer.content.decode()
    empty = officer.post(f"/ledgers/hazards/{row.pk}/act/", {"kind": "noted", "seen": "2", "note": " "})
    assert empty.status_code == 409 and "请填写备注或添加文件" in empty.content.decode()
    row.refresh_from_db()
    assert (row.state, row.events) == ("graded", 2)


def test_only_clocks_that_run_can_be_paused_or_extended(officer: Client, tree: Any) -> None:
    """A hearing stops the answer to a re-review and nothing else: to pause before would look as if the clock stood still."""
    sent = {"instance": "uuid:p", "received_on": "2026-11-02", "channel": "letter", "kind": "request", "matter": "fees", "anonymous": "yes",
            "persons": "1", "content": "反映收费问题", "again": "no"}  # fmt: skip
    answer = officer.post("/ledgers/petitions/new/", sent)
    assert answer.status_code == 302, answer.content.decode()
    row = LedgerRow.objects.get()
    page = officer.get(f"/ledgers/petitions/{row.pk}/").content.decode()
    assert 'value="hearing"' not in page and 'value="extension_asked"' not in page
    accepted = {"kind": "moved", "to": "accepted", "seen": "1", "field:acceptance_notice": "1", "field:kind": "request"}
    assert officer.post(f"/ledgers/petitions/{row.pk}/act/", accepted).status_code == 302
    page = officer.get(f"/ledgers/petitions/{row.pk}/").content.decode()
    assert 'value="hearing"' not in page and 'value="extension_asked"' in page


def test_lists_filter_sort_and_export(row: LedgerRow, officer: Client) -> None:
    for query in ("?state=found&clock=late", "?q=二楼&sort=due_on", f"?q=%23{row.pk}", "?mark_2=fire&from=2026-01-01", "?organisation=T1"):
        assert row.title in officer.get(f"/ledgers/hazards/{query}").content.decode(), query
    for query in ("?state=closed", "?mark_2=building", "?q=没有", "?until=2020-01-01", "?organisation=T2", "?clock=was_late&state=graded"):
        assert f"/ledgers/hazards/{row.pk}/" not in officer.get(f"/ledgers/hazards/{query}").content.decode(), query
    exported = officer.get("/ledgers/hazards/export.csv").content.decode("utf-8-sig")
    assert "疏散通道堵塞" in exported and "隐患描述" in exported.splitlines()[0]
    assert officer.get("/ledgers/hazards/export.xlsx").content[:2] == b"PK"


def test_overview_and_papers_show_what_the_row_says_to_whom_it_concerns(
    row: LedgerRow, officer: Client, signed_in: Callable[..., Client]
) -> None:
    overview = officer.get("/ledgers/hazards/overview/").content.decode()
    assert "排查隐患" in overview and "已超期" in overview and row.title[:10] in overview and "<svg" in overview
    assert officer.get("/ledgers/drills/overview/").status_code == 200
    blank = officer.get("/ledgers/hazards/print/").content.decode()
    assert "☐ 一般隐患" in blank and "签字：" in blank and "排查情况" in blank
    filled = officer.get(f"/ledgers/hazards/{row.pk}/print/").content.decode()
    assert "疏散通道堵塞" in filled and "办理过程" in filled
    notice = officer.get(f"/ledgers/hazards/{row.pk}/print/hazard_notice/").content.decode()
    assert "安全隐患整改通知书" in notice and "疏散通道堵塞" in notice and "送达回执" in notice
    assert officer.get(f"/ledgers/hazards/{row.pk}/print/hazard_recheck/").status_code == 404  # nothing was put right yet
    other = signed_in("clerk", "1002")
    for page in ("", "hazard_notice/"):
        assert other.get(f"/ledgers/hazards/{row.pk}/print/{page}").status_code == 404
    assert row.title[:10] not in other.get("/ledgers/hazards/overview/").content.decode()


def test_many_are_moved_after_a_preview(row: LedgerRow, officer: Client) -> None:
    ticked = {"row": f"{row.pk}:1", "to": "graded"}
    page = officer.post("/ledgers/hazards/bulk/", ticked | {"preview": "1"}).content.decode()
    assert "→ 待整改" in page and LedgerRow.objects.get().state == "found"
    officer.post("/ledgers/hazards/bulk/", ticked | {"confirm": "1"})
    assert LedgerRow.objects.get().state == "graded"


def test_the_calendar_of_my_desk_needs_its_own_address(row: LedgerRow, officer: Client, client: Client) -> None:
    account = Account.objects.get(username="officer-320999")
    answer = client.get(f"/desk/{calendar_token(account)}.ics")
    event = Calendar.from_ical(answer.content).walk("VEVENT")[0]
    assert answer["Content-Type"].startswith("text/calendar") and event["DTSTART"].dt == row.due_on
    assert client.get("/desk/wrong.ics").status_code == 404
    token = calendar_token(account)
    account.set_password("another-password-2")
    account.save()
    assert client.get(f"/desk/{token}.ics").status_code == 404


def test_a_form_is_compared_then_published_and_old_rows_stay(row: LedgerRow, officer: Client) -> None:
    old = bytes(published_ledgers()["hazards"].version.source)
    new = (
        old.decode()
        .replace("2026010101", "2026120101")
        .replace("| | select_one grade | grade |", "| | text | extra | Extra | 补充 |\n| | select_one grade | grade |", 1)
    )
    page = officer.post("/ledgers/publish/", {"form": SimpleUploadedFile("hazards.md", new.encode())}).content.decode()
    assert "新增题目“extra”" in page and LedgerVersion.objects.filter(ledger="hazards").count() == 1
    kept = page.split('name="kept" value="')[1].split('"')[0]
    assert "<td>文本</td>" in page and "<td>单选</td>" in page
    unsaid = officer.post("/ledgers/publish/", {"kept": kept, "confirm": "1", "reason": " "}).content.decode()
    assert "请说明原因" in unsaid and "新增题目“extra”" in unsaid and LedgerVersion.objects.filter(ledger="hazards").count() == 1
    changed = new.replace("| | decimal | cost_yuan |", "| | text | cost_yuan |").encode()
    typed = officer.post("/ledgers/publish/", {"form": SimpleUploadedFile("hazards.md", changed)}).content.decode()
    assert "“cost_yuan”由数值改为文本" in typed
    assert officer.post("/ledgers/publish/", {"kept": kept, "confirm": "1", "reason": "补充一题"}).status_code == 302
    assert [one.state for one in LedgerVersion.objects.filter(ledger="hazards").order_by("pk")] == ["kept", "current"]
    assert "疏散通道堆放桌椅" in officer.get(f"/ledgers/hazards/{row.pk}/").content.decode()
    assert "2026120101" in officer.get("/ledgers/hazards/form/").content.decode()
    faulty = new.replace("extra |", "grade |").encode()
    assert "表单不能发布" in officer.post("/ledgers/publish/", {"form": SimpleUploadedFile("hazards.md", faulty)}).content.decode()


def test_rows_of_a_withdrawn_ledger_stay_and_it_can_be_put_back(row: LedgerRow, officer: Client, signed_in: Callable[..., Client]) -> None:
    """My desk still sends there: every page of its rows answers, what is begun is ended, and only nothing new is added."""
    version = published_ledgers()["hazards"].version
    sent = officer.post("/ledgers/hazards/form/", {"version": version.pk, "reason": "试行结束"}, follow=True).content.decode()
    assert "hazards" not in published_ledgers() and "恢复使用" in sent
    here = f"/ledgers/hazards/{row.pk}/"
    for page in ("/ledgers/hazards/", here, f"{here}print/", f"{here}edit/", "/ledgers/hazards/overview/", "/ledgers/hazards/export.csv"):
        assert officer.get(page).status_code == 200, page
    assert "本台账已不再使用" in officer.get("/ledgers/hazards/").content.decode()
    index = officer.get("/ledgers/").content.decode()
    assert "不再使用的台账" in index and "/ledgers/hazards/new/" not in index
    for page in ("new/", "import/", "workbook.xlsx"):
        refused = officer.get(f"/ledgers/hazards/{page}")
        assert refused.status_code == 403 and "不能新增记录" in refused.content.decode()
    assert officer.post("/ledgers/hazards/new/", SENT | {"instance": "uuid:2"}).status_code == 403
    graded = {"kind": "moved", "to": "graded", "seen": "1", "field:grade": "ordinary", "field:rectifier": "吴江"}
    assert officer.post(f"{here}act/", graded).status_code == 302
    assert signed_in("clerk", "1002").get(here).status_code == 404
    officer.post("/ledgers/hazards/form/", {"version": version.pk, "reason": "继续使用", "put_back": "1"})
    assert published_ledgers()["hazards"].version == version and officer.get("/ledgers/hazards/new/").status_code == 200
    assert TrailLine.objects.latest("number").reason == "继续使用"


def test_a_damaged_form_is_refused_in_the_words_of_the_intake(officer: Client) -> None:
    broken = SimpleUploadedFile("form.xlsx", b"\0\1no workbook" * 50)
    assert "无法" in officer.post("/ledgers/publish/", {"form": broken}).content.decode(), "the intake's own words of a damaged file"


def test_schools_do_not_publish(signed_in: Callable[..., Client]) -> None:
    assert signed_in("clerk", "1001").get("/ledgers/publish/").status_code == 403


def test_a_workbook_is_checked_then_stored(officer: Client, tree: Any) -> None:
    import openpyxl

    book = openpyxl.load_workbook(BytesIO(officer.get("/ledgers/hazards/workbook.xlsx").content))
    headings = [cell.value for cell in book.worksheets[0][1]]
    said = {
        "学校": "晨光1001小学", "发现日期": "2026-11-02", "排查人": "周宁", "排查方式": "日常排查", "隐患类别": "消防",
        "具体类型": "疏散通道堵塞", "具体位置": "二楼", "隐患描述": "疏散通道堆放桌椅", "整改责任人": "吴江",
    }  # fmt: skip
    book.worksheets[0].append([said.get(str(heading), "") for heading in headings])
    book.worksheets[0].append([{**said, "排查方式": "空中"}.get(str(heading), "") for heading in headings])
    filled = BytesIO()
    book.save(filled)
    sent = officer.post("/ledgers/hazards/import/", {"workbook": SimpleUploadedFile("隐患.xlsx", filled.getvalue())})
    page = officer.get(sent["Location"]).content.decode()
    assert "空中" in page and LedgerRow.objects.count() == 0
    assert officer.get(f"{sent['Location']}marked.xlsx").content[:2] == b"PK"
    officer.post(sent["Location"])
    assert [row.answers["hazard"]["grade"] for row in LedgerRow.objects.all()] == ["ordinary"]


PICTURED = """
| survey |
| | type | name | label | read_only | default | media::image | choice_filter |
| | select_one sign | sign | Sign | | | gate.png | |
| | select_one sign | fixed | Fixed | yes | out | | |
| | select_one_external lane | lane | Lane | | | | sign=${sign} |
| | select_one_from_file shops.csv | shop | Shop | | | | |
| choices |
| | list_name | name | label | media::image |
| | sign | in | Way in | in.png |
| | sign | out | Way out | |
| external_choices |
| | list_name | name | label | sign |
| | lane | l1 | Lane 1 | in |
| settings |
| | form_title | form_id | version |
| | Gates | gates | 1 |
"""


def test_pictures_beside_a_form_are_shown(officer: Client, tree: Any) -> None:
    by = Account.objects.get(pk=officer.session["_auth_user_id"])
    png = b"\x89PNG\r\n\x1a\n" + bytes(32)
    version, _changes = publish("gates", PICTURED.encode(), "gates.md", by=by, files={"gate.png": png, "in.png": png, "a.html": b"<b>"})
    page = officer.get("/ledgers/gates/new/").content.decode()
    address = f"/ledgers/gates/media/{version.pk}/gate.png/"
    assert f'<img class="q-media" src="{address}"' in page and f"/media/{version.pk}/in.png/" in page
    assert 'type="hidden" name="fixed" value="out"' in page  # shown only, and kept when it is sent
    assert 'type="text" name="shop"' in page  # its file was not uploaded: the answer is written
    assert officer.get(address)["Content-Type"] == "image/png"
    assert officer.get(address.replace("gate.png", "a.html"))["Content-Disposition"] == "attachment"
    assert version.files.filter(name="itemsets.csv").exists()
    sent = {"instance": "uuid:g", "sign": "in", "fixed": "out", "lane": "l1", "shop": "anything"}
    assert officer.post("/ledgers/gates/new/", sent).status_code == 302
    assert LedgerRow.objects.get().answers["lane"] == "l1"


def test_an_officer_names_who_acts_and_ends_it(officer: Client, signed_in: Callable[..., Client], tree: Any, row: LedgerRow) -> None:
    other = Account.objects.create(username="safety", role="officer", organisation=tree)
    page = officer.get("/ledgers/hazards/duties/").content.decode()
    assert "safety" in page and "尚未指定" in page
    asked = {"actor": "hazard/safety_office", "account": "safety", "reason": "分工调整"}
    told = officer.post("/ledgers/hazards/duties/", asked, follow=True)
    assert "已指定" in told.content.decode()
    duty = Duty.objects.get(account=other, process="hazard", actor="safety_office")
    assert TrailLine.objects.latest("number").reason == "分工调整"
    for wrong in ({"actor": "hazard/nobody"}, {"account": "no such"}, {"reason": " "}, {}):
        officer.post("/ledgers/hazards/duties/", {**asked, **wrong})
    assert Duty.objects.count() == 1
    officer.post("/ledgers/hazards/duties/", {"end": duty.pk, "reason": "调离"})
    assert not Duty.objects.exists() and TrailLine.objects.latest("number").reason == "调离"
    assert signed_in("clerk", "1001").get("/ledgers/hazards/duties/").status_code == 403
