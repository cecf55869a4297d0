"""Personal answers of a ledger on its pages: masked wherever they are shown, opened for a reason, kept by a correction that types none."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jiaoheng.access.trail import TrailLine
from jiaoheng.ledgers.ledger_row import LedgerRow
from tests.ledgers.sealed import ADDRESS, CONTENT, NAME, PHONE, SECRETS, stands_somewhere

pytestmark = pytest.mark.django_db

SENT = {
    "instance": "uuid:p1", "received_on": "2026-11-02", "channel": "visit", "kind": "request", "matter": "admission", "anonymous": "no",
    "persons": "1", "representatives": "1", "petitioner/#": "1", "petitioner/1/petitioner_name": NAME, "petitioner/1/phone": PHONE,
    "petitioner/1/address": ADDRESS, "about_school": "晨光1001小学", "content": CONTENT, "again": "no",
}  # fmt: skip


@pytest.fixture
def officer(signed_in: Callable[..., Client]) -> Client:
    return signed_in("officer")


@pytest.fixture
def row(officer: Client) -> LedgerRow:
    answer = officer.post("/ledgers/petitions/new/", SENT)
    assert answer.status_code == 302, answer.content.decode()
    return LedgerRow.objects.get()


def read(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode("utf-8-sig"))


def test_a_clerk_sees_what_was_typed_and_nothing_is_kept_in_clear(officer: Client, tree: Any) -> None:
    page = read(officer.post("/ledgers/petitions/new/", SENT | {"received_on": "2099-01-01"}))
    assert all(secret in page for secret in SECRETS)
    assert officer.post("/ledgers/petitions/new/", SENT).status_code == 302
    assert stands_somewhere(*SECRETS) == []


def test_pages_show_masks(row: LedgerRow, officer: Client) -> None:
    for place in ("", f"{row.pk}/", f"{row.pk}/print/", "export.csv", "overview/", "?q=" + PHONE):
        answer = officer.get(f"/ledgers/petitions/{place}")
        page = read(answer).replace(f'value="{PHONE}"', "").replace(f"q={PHONE}", "")  # what was asked for
        assert answer.status_code == 200 and [secret for secret in SECRETS if secret in page] == [], place
    assert f"/ledgers/petitions/{row.pk}/" in page  # found by the whole number
    page = read(officer.get(f"/ledgers/petitions/{row.pk}/"))
    assert "138****0017" in page and "欧***" in page


def test_opening_asks_for_a_reason_shows_once_and_is_in_the_trail(row: LedgerRow, officer: Client, signed_in: Any) -> None:
    address = f"/ledgers/petitions/{row.pk}/open/"
    page = read(officer.get(address))
    assert "联系电话" in page and PHONE not in page
    refused = officer.post(address, {"reason": "x"})
    assert refused.status_code == 400 and PHONE not in read(refused)
    opened = officer.post(address, {"reason": "回访来访人", "field": "petitioner/1/phone"})
    assert PHONE in read(opened) and NAME not in read(opened) and opened["Cache-Control"] == "no-store"
    assert TrailLine.objects.filter(action="opened").count() == 1
    whole = read(officer.post(address, {"reason": "办理信访事项"}))
    assert all(secret in whole for secret in SECRETS)
    assert TrailLine.objects.filter(action="opened", object_id=str(row.pk)).count() == 5
    assert signed_in("clerk", "1002").get(address).status_code == 404
    assert signed_in("leader").get(address).status_code == 403
    assert officer.get(address + "?field=nothing").status_code == 404


def inputs(page: str) -> dict[str, str]:
    """What the form would send."""
    found = {}
    for tag in re.findall(r"<input[^>]*>|<option[^>]* selected[^>]*>|<select[^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if tag.startswith("<select"):
            last = name[1] if name else ""
        elif tag.startswith("<option"):
            found[last] = value[1] if value else ""
        elif name and 'type="checkbox"' not in tag and ('type="radio"' not in tag or "checked" in tag):
            found[name[1]] = value[1] if value else ""
    return found


def test_a_correction_keeps_what_is_not_typed_and_does_not_show_it(row: LedgerRow, officer: Client) -> None:
    address = f"/ledgers/petitions/{row.pk}/edit/"
    page = read(officer.get(address))
    assert [secret for secret in SECRETS if secret in page] == [] and 'placeholder="138****0017"' in page
    sent = inputs(page)
    assert sent["petitioner/1/phone"] == "" and sent["petitioner/1/phone:kept"].startswith(("v1.", "s1."))
    live = read(officer.post("/ledgers/petitions/live/", sent | {"about_school": "晨光1002小学"}, HTTP_HX_REQUEST="true"))
    assert [secret for secret in SECRETS if secret in live] == [] and "138****0017" in live
    faulty = read(officer.post(address, sent | {"note": "更正", "petitioner/1/phone": "123"}))
    assert "手机号应为11位数字" in faulty and 'value="123"' in faulty and NAME not in faulty
    done = officer.post(address, sent | {"note": "更正学校", "about_school": "晨光1002小学", "petitioner/1/phone": "13899990099"})
    assert done.status_code == 302
    row = LedgerRow.objects.get(pk=row.pk)
    assert row.given["petitioner"] == [{"petitioner_name": NAME, "phone": "13899990099", "address": ADDRESS}]
    assert (row.given["content"], row.given["about_school"]) == (CONTENT, "晨光1002小学")
    assert not TrailLine.objects.filter(action="opened").exists() and stands_somewhere(*SECRETS, "13899990099") == []
    assert "field=%232" in read(officer.get(f"/ledgers/petitions/{row.pk}/"))
    before = read(officer.post(f"/ledgers/petitions/{row.pk}/open/", {"reason": "核对更正前内容", "field": "#2"}))
    assert PHONE in before and "13899990099" not in before and "变更前" in before


def test_a_sealed_answer_can_be_taken_out_and_an_entry_moves_with_its_own(row: LedgerRow, officer: Client) -> None:
    address = f"/ledgers/petitions/{row.pk}/edit/"
    sent = inputs(read(officer.get(address))) | {"note": "更正", "petitioner/1/address:erase": "1"}
    assert officer.post(address, sent).status_code == 302
    assert LedgerRow.objects.get(pk=row.pk).given["petitioner"] == [{"petitioner_name": NAME, "phone": PHONE}]


def test_what_is_kept_for_one_row_does_not_open_in_another(row: LedgerRow, officer: Client) -> None:
    assert officer.post("/ledgers/petitions/new/", SENT | {"instance": "uuid:p2", "petitioner/1/phone": ""}).status_code == 302
    other = LedgerRow.objects.exclude(pk=row.pk).get()
    stolen = inputs(read(officer.get(f"/ledgers/petitions/{row.pk}/edit/")))["petitioner/1/phone:kept"]
    sent = inputs(read(officer.get(f"/ledgers/petitions/{other.pk}/edit/"))) | {"note": "x", "petitioner/1/phone:kept": stolen}
    assert officer.post(f"/ledgers/petitions/{other.pk}/edit/", sent).status_code == 403
    assert "phone" not in LedgerRow.objects.get(pk=other.pk).given["petitioner"][0]


def test_a_workbook_leaves_nothing_in_clear(officer: Client, tree: Any) -> None:
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        main, people = book.add_worksheet("台账"), book.add_worksheet("信访人")
        main.write_row(
            0,
            0,
            [
                "序号",
                "收到日期",
                "信访形式",
                "信访事项类别",
                "反映问题",
                "姓名、住址不清",
                "信访人数",
                "代表人数",
                "诉求内容",
                "是否重复信访",
            ],
        )
        main.write_row(1, 0, [1, "2026-11-02", "来访", "申诉求决", "招生入学", "否", 1, 1, CONTENT, "否"])
        people.write_row(0, 0, ["序号", "姓名", "联系电话", "住址"])
        people.write_row(1, 0, [1, NAME, PHONE, ADDRESS])
    answer = officer.post("/ledgers/petitions/import/", {"workbook": SimpleUploadedFile("信访.xlsx", buffer.getvalue())})
    checks = read(officer.get(answer["Location"]))
    assert officer.post(answer["Location"]).status_code == 302, checks
    stored = LedgerRow.objects.get()
    assert stored.given["petitioner"][0]["phone"] == PHONE and stands_somewhere(*SECRETS) == []
    assert stored.instance_id.startswith("sheet:")  # no digest of the clear text that anybody could try out
    again = officer.post("/ledgers/petitions/import/", {"workbook": SimpleUploadedFile("信访.xlsx", buffer.getvalue())})
    assert officer.post(again["Location"]).status_code == 302 and LedgerRow.objects.count() == 1


def test_a_paper_leaves_what_is_sealed_to_the_hand(row: LedgerRow, officer: Client, tmp_path: Any, settings: Any) -> None:
    settings.RULEBOOK_OVERLAY = tmp_path
    (tmp_path / "ledger_papers").mkdir()
    words = '{en: "About {content} of {about_school}", zh: "关于{about_school}：{content}"}'
    said = "".join(f"  {part}: {words}\n" for part in ("to", "text", "signs"))
    paper = f"reply:\n  ledger: petitions\n  title: {{en: Reply, zh: 答复}}\n{said}  source: example\n"
    (tmp_path / "ledger_papers" / "own.yaml").write_text(paper, encoding="utf-8")
    page = read(officer.get(f"/ledgers/petitions/{row.pk}/print/reply/"))
    assert "晨光1001小学" in page and CONTENT not in page and "******" not in page
