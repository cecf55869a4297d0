"""A collection round in a real browser: officer, clerk with a spreadsheet, the school's head, and the officer again, to the lock."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
from playwright.sync_api import Page, expect

from jiaoheng.access.account import Account
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from tests.web import test_browser
from tests.web.test_browser import sign_in

pytestmark = test_browser.pytestmark
browser, page = test_browser.browser, test_browser.page


def leave(page: Page) -> None:
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/sign-in/")


def test_a_round_from_the_officer_to_the_school_and_back(
    page: Page, tree: Organisation, account: Callable[..., Account], tmp_path: Path
) -> None:
    school = Organisation.objects.get(code="1001")
    AnnualStatistics.objects.create(organisation=school, school_year="2017-2018", stage="primary", pupils=300)
    officer, clerk, head = account("officer", "320999"), account("clerk", "1001"), account("leader", "1001")

    sign_in(page, officer)
    page.get_by_role("link", name="采集任务").click()
    page.get_by_role("link", name="新建任务").click()
    page.get_by_label("任务名称").fill("秋季补报")
    page.get_by_label("学年", exact=True).fill("2018-2019")
    page.get_by_label("截止日期和时间").fill("2099-10-15T17:30")
    page.get_by_label("学生数", exact=True).check()
    page.get_by_label("班级数", exact=True).check()
    page.get_by_text("或逐校挑选").click()
    page.get_by_label("晨光1001小学").check()
    page.get_by_role("button", name="计算单元格").click()
    expect(page.get_by_text("1 所学校")).to_be_visible()
    page.get_by_role("button", name="发起任务").click()
    expect(page.get_by_role("status").first).to_contain_text("任务已发起")
    leave(page)

    sign_in(page, clerk)
    page.get_by_role("link", name="秋季补报").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载表格").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "秋季补报-晨光1001小学.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["学校年度基本情况"]
    columns = {cell.value: cell.column for cell in sheet[4]}
    sheet.cell(5, columns["学生数"]).value = 512
    sheet.cell(5, columns["班级数"]).value = 12
    book.save(path)
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="读取并核对").click()
    expect(page.get_by_text("是所发的表格，未被改动。")).to_be_visible()
    page.get_by_label("小学 · 学生数").fill("并入两所村小")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("status").first).to_contain_text("等待校长审批")
    expect(page.get_by_role("button", name="审批通过")).to_have_count(0)
    leave(page)

    sign_in(page, head)
    page.get_by_role("link", name="秋季补报").click()
    expect(page.get_by_text("并入两所村小")).to_be_visible()
    page.get_by_role("button", name="审批通过").click()
    leave(page)

    sign_in(page, officer)
    page.get_by_role("link", name="秋季补报").click()
    page.get_by_role("link", name="晨光1001小学").click()
    page.get_by_role("button", name="接收并入库").click()
    expect(page.get_by_role("status").first).to_contain_text("已接收")
    stored = AnnualStatistics.objects.get(school_year="2018-2019")
    assert (stored.pupils, stored.classes) == (512, 12)
    page.get_by_role("link", name="全部任务").click()
    page.get_by_role("link", name="秋季补报").click()
    page.get_by_role("button", name="锁定任务").click()
    expect(page.get_by_role("status").first).to_contain_text("任务已锁定")
    expect(page.get_by_role("button", name="重新开放")).to_be_visible()
