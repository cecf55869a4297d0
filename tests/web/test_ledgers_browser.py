"""A real browser at the width of a phone: a ledger's form evaluated live, a draft that survives, a row moved; keyboard and sign-posts."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from jiaoheng.access.account import Account
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.organisations.organisation import Organisation
from tests.web.test_browser import CHROMIUM, browser, sign_in

__all__ = ["browser"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.django_db(transaction=True),
]
SHOTS = os.environ.get("LEDGER_SHOTS", "")


@pytest.fixture
def phone(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A page as wide as a phone; complaints of the site's own rules (CSP) or scripts fail the test."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844}, locale="zh-CN")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert [
        one for one in complaints if "ERR_INTERNET_DISCONNECTED" not in one and not one.startswith("htmx:")
    ] == []  # the lost connection


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def fill(page: Page) -> None:
    page.locator("#answers").get_by_label("学校").fill("晨光1001小学")
    page.get_by_label("排查人").fill("周宁")
    page.get_by_label("排查方式").select_option("routine")
    page.get_by_label("隐患类别").select_option("fire")
    expect(page.get_by_label("具体类型").locator("option", has_text="疏散通道堵塞")).to_have_count(1)
    page.get_by_label("具体类型").select_option("exit")
    page.get_by_label("具体位置").fill("教学楼二楼东侧")
    page.get_by_label("隐患描述").fill("疏散通道堆放桌椅")
    page.get_by_label("整改责任人").fill("吴江")


def test_a_hazard_is_entered_on_a_phone_and_put_right(
    phone: Page, tree: Organisation, account: Callable[..., Account], tmp_path: Path
) -> None:
    sign_in(phone, account("officer", "320999"))
    phone.goto("/ledgers/hazards/new/")
    phone.get_by_role("button", name="提交").click()
    expect(phone.locator("#wrong")).to_be_focused()
    expect(phone.locator("#wrong li").first).to_contain_text("学校")
    shoot(phone, "form-wrong")
    phone.locator("#wrong a").first.click()
    fill(phone)
    expect(phone.get_by_text("重大隐患须上报")).to_be_hidden()
    phone.get_by_label("重大隐患").check()
    expect(phone.get_by_text("重大隐患须上报")).to_be_visible()
    phone.get_by_label("警戒带").check()
    photo = tmp_path / "现场.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 64)
    phone.locator("input[type=file]").set_input_files(photo)
    shoot(phone, "form")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("status").first).to_contain_text("已保存")
    row = LedgerRow.objects.get()
    assert (row.organisation.code, row.answers["rectification"]["guards"], row.attachments.count()) == ("1001", ["tape"], 1)
    assert phone.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:')).length") == 0
    shoot(phone, "row")
    phone.locator("summary", has_text="待整改").click()
    phone.get_by_role("button", name="办理：待整改").click()
    expect(phone.locator(".lead")).to_contain_text("待整改")
    shoot(phone, "row-graded")
    phone.goto("/desk/")
    shoot(phone, "desk")
    phone.goto("/ledgers/hazards/")
    expect(phone.get_by_role("link", name="晨光1001小学", exact=False).first).to_be_visible()
    shoot(phone, "list-phone")
    phone.set_viewport_size({"width": 1280, "height": 900})
    shoot(phone, "list")
    phone.goto(f"/ledgers/hazards/{row.pk}/")
    shoot(phone, "row-wide")
    phone.goto("/ledgers/")
    shoot(phone, "index")


def test_a_draft_survives_a_lost_connection_and_a_reload(phone: Page, tree: Organisation, account: Callable[..., Account]) -> None:
    sign_in(phone, account("officer", "320999"))
    phone.goto("/ledgers/hazards/new/")
    fill(phone)
    phone.wait_for_timeout(900)
    phone.context.set_offline(True)
    phone.get_by_role("button", name="提交").click()
    expect(phone.locator("#entry-said")).to_contain_text("没有网络")
    phone.context.set_offline(False)
    phone.reload()
    expect(phone.locator("#draft")).to_be_visible()
    expect(phone.get_by_label("具体类型")).to_have_value("exit")
    expect(phone.get_by_label("隐患描述")).to_have_value("疏散通道堆放桌椅")
    shoot(phone, "draft")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("status").first).to_contain_text("已保存")
    assert LedgerRow.objects.count() == 1


def test_personal_answers_of_a_draft_go_with_their_tab(phone: Page, tree: Organisation, account: Callable[..., Account]) -> None:
    sign_in(phone, account("officer", "320999"))
    phone.goto("/ledgers/petitions/new/")
    expect(phone.get_by_text("涉及个人信息的答案只保存在当前标签页")).to_be_visible()
    phone.evaluate("localStorage.setItem('draft:1/old/new/0', JSON.stringify({at: 1, answers: [['phone', '13899990017']]}))")
    phone.get_by_label("信访人数").fill("1")
    phone.get_by_label("姓名", exact=False).filter(visible=True).first.fill("欧阳晓枫")
    phone.get_by_label("联系电话").fill("13899990017")
    phone.get_by_label("联系电话").press("Tab")
    phone.wait_for_timeout(600)
    assert "13899990017" in phone.evaluate("JSON.stringify(sessionStorage)")
    phone.reload()
    expect(phone.locator("#draft")).to_be_visible()
    expect(phone.get_by_label("联系电话")).to_have_value("13899990017")
    for secret in ("欧阳晓枫", "13899990017"):  # nor in a draft of before
        assert secret not in phone.evaluate("JSON.stringify(localStorage)")
    other = phone.context.new_page()
    other.goto("/ledgers/petitions/new/")
    expect(other.locator("#draft")).to_be_visible()
    expect(other.get_by_label("联系电话")).to_have_value("")
    expect(other.get_by_label("信访人数")).to_have_value("1")


def test_entries_of_a_repeat_follow_their_count(phone: Page, tree: Organisation, account: Callable[..., Account]) -> None:
    sign_in(phone, account("officer", "320999"))
    phone.goto("/ledgers/petitions/new/")
    expect(phone.get_by_label("姓名", exact=False).filter(visible=True)).to_have_count(1)
    phone.get_by_label("信访人数").fill("3")
    phone.get_by_label("信访人数").press("Tab")
    phone.get_by_label("代表人数").fill("2")
    phone.get_by_label("代表人数").press("Tab")
    expect(phone.locator("fieldset legend", has_text="信访人 2")).to_be_visible()
    shoot(phone, "petition")


def test_what_is_wrong_is_heard_as_soon_as_it_is_known(phone: Page, tree: Organisation, account: Callable[..., Account]) -> None:
    sign_in(phone, account("officer", "320999"))
    phone.goto("/ledgers/petitions/new/")
    phone.get_by_label("联系电话").fill("12")
    phone.get_by_label("联系电话").press("Tab")
    expect(phone.locator("#entry-heard")).to_have_text("手机号应为11位数字。")
    expect(phone.get_by_label("联系电话")).to_have_accessible_description("手机号应为11位数字。")
    phone.get_by_label("联系电话").fill("13899990017")
    phone.get_by_label("联系电话").press("Tab")
    expect(phone.locator("#entry-heard")).to_have_text("")
    nameless = phone.evaluate(
        """() => Array.from(document.querySelectorAll('#entry fieldset, #entry [role=group], #entry section'))
              .filter(one => one.getAttribute('role') !== 'none' && !one.getAttribute('aria-label')
                && !(one.querySelector(':scope > legend') || {textContent: ''}).textContent.trim()).map(one => one.id)"""
    )
    assert nameless == []


def test_the_form_works_by_keyboard_alone(phone: Page, tree: Organisation, account: Callable[..., Account]) -> None:
    sign_in(phone, account("officer", "320999"))
    phone.goto("/ledgers/inspector_visits/new/")
    for label in ("督学姓名", "受访学校"):
        phone.get_by_label(label).focus()
        phone.keyboard.type("周宁")
        phone.keyboard.press("Tab")
    unnamed = phone.evaluate(
        """() => Array.from(document.querySelectorAll('#answers input:not([type=hidden]), #answers select, #answers textarea'))
              .filter(box => !box.labels.length && !box.getAttribute('aria-label')).map(box => box.name)"""
    )
    assert unnamed == []
    add = phone.get_by_role("group", name="是否发现问题").get_by_label("是")
    add.focus()
    phone.keyboard.press("Space")
    expect(phone.get_by_role("button", name="添加：发现的问题")).to_be_visible()
    before = phone.locator("fieldset legend", has_text="发现的问题").count()
    phone.get_by_role("button", name="添加：发现的问题").press("Enter")
    expect(phone.locator("fieldset legend", has_text="发现的问题")).to_have_count(before + 1)
    assert phone.evaluate("document.activeElement.name").startswith(f"finding/{before + 1}/"), "the new entry's first question is next"
    phone.get_by_role("button", name=f"删除：发现的问题 {before + 1}").press("Enter")
    expect(phone.locator("fieldset legend", has_text="发现的问题")).to_have_count(before)
    expect(phone.get_by_role("button", name="添加：发现的问题")).to_be_focused()
    shoot(phone, "visit")
