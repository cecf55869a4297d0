"""A real browser: questions whose appearance gives them a look of their own, answered by hand, and what the row then says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from jiaoheng.access.account import Account
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.organisations.organisation import Organisation
from tests.web.test_browser import CHROMIUM, browser, sign_in
from tests.web.test_ledgers_browser import phone, shoot

__all__ = ["browser", "phone"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.django_db(transaction=True),
]
FORM = """
| survey |
| | type | name | label::中文 (zh) | appearance | parameters | constraint | constraint_message::中文 (zh) | default |
| | select_one agree | clean | 整洁 | likert | | | | |
| | select_multiple fruit | liked | 喜欢 | minimal | | | | |
| | select_one fruit | best | 最喜欢 | autocomplete | | | | |
| | select_one fruit | worst | 最不喜欢 | columns-2 | | | | |
| | begin_group | table | 评价 | table-list | | | | |
| | select_one agree | room | 教室 | | | | | |
| | select_one agree | hall | 食堂 | | | | | |
| | end_group | | | | | | | |
| | range | share | 占比 | | start=0 end=100 step=5 | | | |
| | range | stars | 打分 | rating | start=1 end=5 step=1 | | | |
| | integer | pupils | 人数 | counter | | . < 3 | 最多2人 | |
| | image | signed | 签名 | signature | | | | |
| | begin_repeat | person | 人员 | | | | | |
| | text | called | 称呼 | | | | | |
| | text | unit | 单位 | | | | | 示例小学 |
| | end_repeat | | | | | | | |
| | select_multiple ${called} | team | 参加者 | | | | | |
| choices |
| | list_name | name | label::中文 (zh) |
| | agree | 1 | 不同意 |
| | agree | 2 | 一般 |
| | agree | 3 | 同意 |
| | fruit | apple | 苹果 |
| | fruit | pear | 梨 |
| | fruit | peach | 水蜜桃 |
| settings |
| | form_title | form_id | version | default_language |
| | 外观 Looks | looks | 1 | 中文 (zh) |
"""


def test_questions_that_look_otherwise_are_answered(
    phone: Page, tree: Organisation, account: Callable[..., Account], settings: Any, tmp_path: Path
) -> None:
    settings.RULEBOOK_OVERLAY = tmp_path / "rulebook"
    (settings.RULEBOOK_OVERLAY / "ledgers").mkdir(parents=True)
    (settings.RULEBOOK_OVERLAY / "ledgers" / "looks.md").write_text(FORM, encoding="utf-8")
    sign_in(phone, account("officer", "320999"))
    phone.goto("/ledgers/looks/new/")
    scale = phone.get_by_role("group", name="整洁").get_by_role("radio")
    assert len({round(one.bounding_box()["y"]) for one in scale.all()}) == 1, "a scale stands in one line, on a phone too"
    scale.nth(2).check()
    phone.get_by_text("– 请选择 –", exact=True).first.click()
    phone.get_by_role("group", name="喜欢", exact=True).get_by_label("梨").check()
    phone.get_by_role("group", name="喜欢", exact=True).get_by_label("水蜜桃").check()
    expect(phone.locator("details.fold summary")).to_have_text("梨、水蜜桃")
    find = phone.get_by_role("searchbox", name="查找选项：最喜欢")
    find.fill("蜜")
    best = phone.get_by_role("group", name="最喜欢", exact=True)
    expect(best.get_by_role("radio")).to_have_count(1)
    expect(best.get_by_text("找到1项")).to_be_visible()
    best.get_by_label("水蜜桃").check()
    worst = phone.get_by_role("group", name="最不喜欢")
    worst.get_by_label("苹果").check()
    worst.get_by_role("button", name="清除选择：最不喜欢").click()
    expect(worst.get_by_label("苹果")).not_to_be_checked()
    phone.set_viewport_size({"width": 1280, "height": 900})
    heads = phone.locator(".heads .choices span").all()
    row = phone.get_by_role("group", name="食堂").get_by_role("radio").all()
    middles = [[box["x"] + box["width"] / 2 for box in (one.bounding_box() for one in line)] for line in (heads, row)]
    assert middles[0] == pytest.approx(middles[1], abs=2), "every choice stands under its heading"
    row[1].check()
    phone.get_by_role("slider", name="滑动：占比").press("ArrowRight")
    expect(phone.get_by_role("spinbutton", name="占比")).to_have_value("55")
    phone.get_by_role("group", name="打分").get_by_label("4").check()
    more = phone.get_by_role("button", name="多一个：人数")
    for _time in range(3):
        more.click()
    expect(phone.locator("#q-pupils-faults p")).to_be_visible()
    phone.get_by_role("button", name="少一个：人数").click()
    expect(phone.locator("#q-pupils-faults p")).to_be_hidden()
    pad = phone.get_by_role("img", name="在此书写或绘画")
    pad.scroll_into_view_if_needed()
    edge = pad.bounding_box()
    assert edge is not None
    phone.mouse.move(edge["x"] + 30, edge["y"] + 30)
    phone.mouse.down()
    phone.mouse.move(edge["x"] + 120, edge["y"] + 60, steps=4)
    phone.mouse.up()
    phone.get_by_label("称呼").fill("周宁")
    phone.get_by_label("称呼").press("Tab")
    phone.get_by_role("group", name="参加者").get_by_label("周宁").check()
    phone.get_by_role("button", name="添加：人员").click()
    expect(phone.get_by_label("单位").nth(1)).to_have_value("示例小学")
    shoot(phone, "looks")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("status").first).to_contain_text("已保存")
    row_kept = LedgerRow.objects.get()
    assert {name: row_kept.answers.get(name) for name in ("clean", "liked", "best", "worst", "share", "stars", "pupils", "team")} == {
        "clean": "3", "liked": ["pear", "peach"], "best": "peach", "worst": None, "share": 55, "stars": 4, "pupils": 2, "team": ["周宁"],
    }  # fmt: skip
    assert row_kept.answers["table"]["hall"] == "2" and row_kept.attachments.get().media_type == "image/png"
