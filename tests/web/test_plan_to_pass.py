"""The plan to pass on the site: found, bounded by a budget, refused in words, kept to the reader's schools, exported."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from openpyxl import load_workbook

from jiaoheng.intake.taking_in import take_in
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.snapshots.freezing import freeze
from jiaoheng.standards.plan_to_pass import NoPlan, plan_to_pass
from jiaoheng.standards.remedy import load_remedies
from jiaoheng.web import current_snapshot, plan_of_area, plan_pages
from jiaoheng.web.budget import NotMoney, budget_read, money_shown
from tests.web.conftest import SHORT, workbook

SignedIn = Callable[..., Client]
VERDICT = "/standards/high_quality_balance_2017/"
PAGE = f"{VERDICT}plan-to-pass/"
BUTTON = "怎样最省地达标 →"


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def test_the_verdict_leads_to_the_plan(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    assert BUTTON in text_of(client, VERDICT)
    page = text_of(client, f"{PAGE}?budget=12.5")
    assert f'hx-get="{PAGE}body/?budget=12.5"' in page
    assert 'value="12.5"' in page
    assert "预算（万元，可不填）" in page


def test_the_plan_names_schools_steps_cost_and_what_changes(frozen: Organisation, signed_in: SignedIn) -> None:
    text = text_of(signed_in(), f"{PAGE}body/")
    assert "<html" not in text
    assert "3 → 4" in text  # 1002 is short of PE and arts teachers today
    assert '<a href="/schools/1002/">晨光1002小学</a>' in text
    assert "体育艺术教师" in text
    assert "是，已证明" in text
    assert "实施后的校际差异" in text
    assert "未超限值" in text
    assert "示例价格" in text  # prices are illustrative


def test_a_budget_that_is_too_small_says_how_much_more(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    text = text_of(client, f"{PAGE}body/?budget=0")
    assert "预算不足" in text
    assert "比预算多" in text
    assert "实施后仍缺什么" in text
    assert "缺3名体育艺术教师" in text
    assert "示例价格" in text


@pytest.mark.parametrize("nonsense", ["三百", "-5", "1e9", "NaN", "12,34", "0.00001", "9" * 30, "<b>", "万元"])
def test_nonsense_for_a_budget_is_refused_with_an_example(nonsense: str, frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    for address in (PAGE, f"{PAGE}body/"):
        response = client.get(address, {"budget": nonsense})
        text = response.content.decode()
        assert response.status_code == 200
        assert "不是有效的预算" in text
        assert "例如 300 或 12.5" in text
        assert "hx-get=" + f'"{PAGE}body' not in text
        assert "<b></b>" not in text
    assert client.get(f"{PAGE}export.xlsx", {"budget": nonsense}).status_code == 404


@given(st.decimals(0, 10**8, places=4, allow_nan=False))
@example(Decimal("0.0001"))
def test_a_budget_is_read_as_it_is_shown(sum_in_ten_thousands: Decimal) -> None:
    yuan = sum_in_ten_thousands * 10_000
    assert budget_read(money_shown(yuan)) == yuan
    assert budget_read(f" {sum_in_ten_thousands:f}万元 ") == yuan


@given(st.text(max_size=12))
@effort(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_budget_or_is_refused(written: str) -> None:
    try:
        found = budget_read(written)
    except NotMoney:
        return
    assert found is None or found >= 0


def test_full_width_digits_are_a_budget() -> None:
    assert budget_read("１，２００．５万元") == 12_005_000
    assert budget_read("  ") is None


def test_a_clerk_sees_a_plan_of_the_own_school_only(frozen: Organisation, signed_in: SignedIn) -> None:
    clerk = signed_in("clerk", "1002")
    text = text_of(clerk, f"{PAGE}body/")
    assert "晨光1002小学" in text
    assert "差异系数" not in text
    for other in ("1001", "1003", "1004"):
        assert f"晨光{other}小学" not in text
    for address in (PAGE, f"{PAGE}body/", f"{PAGE}export.xlsx"):
        for area in ("320999", "T1", "1001"):
            assert "不在您的范围内" in text_of(clerk, f"{address}?area={area}", 403)


def test_an_officer_of_a_township_plans_for_its_schools(frozen: Organisation, signed_in: SignedIn) -> None:
    text = text_of(signed_in("officer", "T2"), f"{PAGE}body/")
    assert "晨光1002小学" not in text
    assert "已达标" in text


def test_the_export_has_steps_total_and_note(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    sheet = load_workbook(io.BytesIO(client.get(f"{PAGE}export.xlsx").content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:4] == ("学段", "代码", "学校", "措施")
    total = next(row for row in rows if row[3] == "合计")
    steps = rows[1 : rows.index(total)]
    assert {row[1] for row in steps} == {"1002"}
    assert total[7] == sum(row[7] for row in steps) > 0
    assert "示例价格" in rows[-1][3]
    short = client.get(f"{PAGE}export.csv?budget=0").content.decode("utf-8-sig")
    assert "仍不足：缺3名体育艺术教师" in short
    assert client.get(f"{PAGE}export.exe").status_code == 404


def test_a_plan_is_made_once_for_each_budget(frozen: Organisation, signed_in: SignedIn, monkeypatch: Any) -> None:
    made: list[object] = []

    def counted(*arguments: Any, **named: Any) -> Any:
        made.append(named["budget"])
        return plan_to_pass(*arguments, **named)

    monkeypatch.setattr(plan_of_area, "plan_to_pass", counted)
    client = signed_in()
    for address in (f"{PAGE}body/", f"{PAGE}export.csv", f"{PAGE}body/?budget=1", f"{PAGE}body/?budget=1.0", f"{PAGE}body/"):
        assert client.get(address).status_code == 200
    assert made == [None, 10_000]


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (NoPlan("No plan was found in the time given. Give more time, or plan for a smaller area."), "页面时限已到"),
        (plan_of_area.AnotherIsMade(), "请一分钟后再试"),
    ],
)
def test_no_plan_is_one_sentence(raised: Exception, said: str, frozen: Organisation, signed_in: SignedIn, monkeypatch: Any) -> None:
    def refuses(*_arguments: Any, **_named: Any) -> Any:
        raise raised

    monkeypatch.setattr(plan_of_area, "plan_to_pass", refuses)
    client = signed_in()
    text = text_of(client, f"{PAGE}body/")
    assert said in text
    assert "No plan" not in text
    assert "<table" not in text
    assert said in text_of(client, f"{PAGE}export.xlsx", 404)


def test_no_button_where_nothing_can_be_done(frozen: Organisation, signed_in: SignedIn, monkeypatch: Any) -> None:
    other = {name: remedy for name, remedy in load_remedies().items() if set(remedy.adds) == {"computers"}}
    monkeypatch.delitem(current_snapshot._rules, "remedies", raising=False)
    monkeypatch.setattr(current_snapshot, "load_remedies", lambda _overlay: other)
    client = signed_in()
    assert BUTTON not in text_of(client, VERDICT)
    for address in (PAGE, f"{PAGE}body/"):
        assert "规则库中没有针对这项标准的措施" in text_of(client, address)


def test_what_the_remedies_do_not_allow_is_said(frozen: Organisation, signed_in: SignedIn, monkeypatch: Any) -> None:
    rooms = {name: remedy for name, remedy in load_remedies().items() if set(remedy.adds) == {"teaching_area_m2"}}
    monkeypatch.delitem(current_snapshot._rules, "remedies", raising=False)
    monkeypatch.setattr(current_snapshot, "load_remedies", lambda _overlay: rooms)
    client = signed_in()
    text = text_of(client, f"{PAGE}body/")
    assert "无法达标" in text
    assert "缺3名体育艺术教师" in text
    assert "措施上限合计只有0" in text
    assert "示例价格" in text  # though there are no steps
    assert "仍不足：缺3名体育艺术教师" in client.get(f"{PAGE}export.csv").content.decode("utf-8-sig")


def test_long_plans_have_pages(tree: Organisation, signed_in: SignedIn, monkeypatch: Any, settings: Any, tmp_path: Path) -> None:
    rows = [[code, "", "2018-2019", "小学", *SHORT] for code in ("1001", "1002", "1003")]
    assert take_in([workbook(tmp_path / "都缺.xlsx", rows)]).exit_status == 0
    freeze(date(2018, 9, 1), settings.DATA / "snapshots" / "2018-09-01")
    monkeypatch.setattr(plan_pages, "_PER_PAGE", 2)
    client = signed_in()
    first, second = (text_of(client, f"{PAGE}body/?page={page}") for page in (1, 2))
    assert "3 项措施" in first
    assert "下一页" in first
    assert "晨光1003小学" in second
    assert "晨光1001小学" not in second


def test_the_plan_reads_in_english(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    client.post("/language/", {"language": "en", "next": "/"})
    assert "Cheapest way to pass →" in text_of(client, VERDICT)
    text = text_of(client, f"{PAGE}body/")
    assert "Yes, proven" in text
    assert "School 1002" in text
    assert "Illustrative prices" in text


def test_an_unknown_standard_has_no_plan(frozen: Organisation, signed_in: SignedIn) -> None:
    assert "规则库" in text_of(signed_in(), "/standards/nothing/plan-to-pass/", 404)
