"""A real browser: a clerk hands in a faulty workbook, sees the causes, confirms; keyboard, search and phone."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from jiaoheng.access.account import Account
from jiaoheng.organisations.organisation import Organisation
from tests.web.conftest import GOOD, workbook

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in this thread; the database is used beside it
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A page that fails the test when the site's own rules (CSP) or scripts complain."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def sign_in(page: Page, account: Account) -> None:
    page.goto("/sign-in/")
    page.get_by_label("用户名").fill(account.username)
    page.get_by_label("密码").fill("right-password-1")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/")


def test_an_officer_hands_in_a_faulty_workbook_and_stores_the_good_rows(
    page: Page, tree: Organisation, account: Callable[..., Account], tmp_path: Path
) -> None:
    rows: list[list[object]] = [["1001", "", "2018-2019", "小学", *GOOD], ["1002", "", "2018-2019", "小学", "约五百", *GOOD[1:]]]
    sign_in(page, account("officer", "320999"))
    page.get_by_role("link", name="上传表格").first.click()
    page.locator("input[type=file]").set_input_files(workbook(tmp_path / "有误.xlsx", rows))
    page.get_by_role("button", name="读取并核对").click()
    expect(page.get_by_text("学生数不是数字")).to_be_visible()
    expect(page.locator("td.bad")).to_have_text("约五百")
    page.get_by_role("button", name="保存 1 行").click()
    expect(page.get_by_role("status")).to_contain_text("已保存 1 行")
    page.get_by_role("button", name="立即冻结").click()
    expect(page.get_by_role("status")).to_contain_text("已冻结")
    expect(page.get_by_role("heading", level=1)).to_contain_text("2018–2019 学年")


def test_search_drops_down_and_the_keyboard_reaches_it(page: Page, frozen: Organisation, account: Callable[..., Account]) -> None:
    sign_in(page, account("leader", "320999"))
    page.keyboard.press("/")
    page.keyboard.type("1003")
    expect(page.locator("#found a")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("晨光1003小学")


def test_the_list_narrows_while_typing(page: Page, frozen: Organisation, account: Callable[..., Account]) -> None:
    sign_in(page, account("leader", "320999"))
    page.goto("/schools/")
    page.get_by_label("名称或代码").fill("1002")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert "q=1002" in page.url


def test_on_a_phone_the_menu_opens_and_no_page_is_wider_than_the_screen(
    page: Page, frozen: Organisation, account: Callable[..., Account]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, account("officer", "320999"))
    expect(page.locator("#side")).to_be_hidden()
    page.get_by_role("button", name="菜单").click()
    expect(page.locator("#side")).to_be_visible()
    for address in (
        "/",
        "/schools/",
        "/schools/1002/",
        "/measures/",
        "/measures/pupils/",
        "/standards/high_quality_balance_2017/",
        "/imports/",
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address


def test_the_report_follows_by_itself_and_its_figures_are_doors(page: Page, frozen: Organisation, account: Callable[..., Account]) -> None:
    sign_in(page, account("leader", "320999"))
    page.goto("/papers/resources/")
    figure = page.locator(".doc a.figure").first
    expect(figure).to_be_visible(timeout=30_000)
    with page.expect_navigation():
        page.locator(".doc a.figure[href^='/measures/pupils/']").first.click()
    expect(page.get_by_text("各行合计与之相符")).to_be_visible()
