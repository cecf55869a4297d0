"""A measure's page: changes in percent or in percentage points, spread, the snapshots, rows below the line."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.test import Client

from jiaoheng.intake.taking_in import take_in
from jiaoheng.measures.own_measure import keep_measure
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.snapshots.freezing import freeze
from tests.web.conftest import GOOD, workbook

SignedIn = Callable[..., Client]
HTMX = {"HTTP_HX_REQUEST": "true"}


def written(numerator: str) -> dict[str, Any]:
    return {"label": {"en": "Share of rooms with equipment", "zh": "多媒体教室占比"}, "register": "annual_statistics", "kind": "ratio",
            "numerator": numerator, "denominator": "sum(rooms) / 100", "unit": {"en": "%", "zh": "%"}, "decimals": 1, "better": "more",
            "source": {"document": "本局"}}  # fmt: skip


def test_the_snapshots_stand_in_a_row_with_the_definition_of_their_day(
    frozen: Organisation, signed_in: SignedIn, settings: Any, tmp_path: Path
) -> None:
    settings.RULEBOOK_OVERLAY = tmp_path / "rulebook"
    said = {"by": "officer", "reason": "试", "at": datetime(2020, 1, 1, tzinfo=UTC)}
    keep_measure(settings.RULEBOOK_OVERLAY, "own_share", written("sum(multimedia_classrooms) / 2"), after=0, **said)
    more = [["1001", "晨光1001小学", "2019-2020", "小学", *GOOD[:-2], 17, 20]]
    assert take_in([workbook(tmp_path / "n.xlsx", more)]).exit_status == 0
    freeze(date(2019, 9, 1), settings.DATA / "snapshots" / "2019-09-01")
    late = {**said, "at": datetime.now(UTC)}
    keep_measure(settings.RULEBOOK_OVERLAY, "own_share", written("sum(multimedia_classrooms)"), after=1, **late)
    officer = signed_in()
    part = officer.get("/measures/own_share/snapshots/", **HTMX).content.decode()
    assert "<!doctype" not in part and "2018-09-01" in part and "2019-09-01" in part
    assert "65.0" in part and "85.0" in part and "+20.0 个百分点" in part, "a share moves in percentage points"
    assert "32.5" in part and "42.5" in part and "第1版" in part, "by the definition of their day"
    assert "+20.0 个百分点" not in officer.get("/measures/pupils/snapshots/", **HTMX).content.decode()
    assert "−75.0%（−1,500）" in officer.get("/measures/pupils/snapshots/", **HTMX).content.decode(), "a count in percent"
    assert "历次快照" in officer.get("/measures/pupils/").content.decode()


def test_rows_below_the_line_of_two_registers(frozen: Organisation, signed_in: SignedIn, settings: Any, tmp_path: Path) -> None:
    settings.RULEBOOK_OVERLAY = tmp_path / "rulebook"
    two = {**written("sum(pupils)"), "denominator": "count(*)", "denominator_register": "institutions",
           "unit": {"en": "pupils", "zh": "人"},
           "combines": {"en": "Both tell of the same 1 September.", "zh": "两者都是9月1日的数。"}}  # fmt: skip
    said = {"by": "officer", "reason": "试", "at": datetime(2020, 1, 1, tzinfo=UTC)}
    keep_measure(settings.RULEBOOK_OVERLAY, "own_two", two, after=0, **said)
    officer = signed_in()
    above = officer.get("/measures/own_two/rows/?organisation=320999").content.decode()
    below = officer.get("/measures/own_two/rows/?organisation=320999&part=denominator").content.decode()
    assert "明细合计与之相符" in above or "is-good" in above
    assert "is-good" in below and "办学机构" in below and "500" not in below.split("<tbody>")[1]
    assert officer.get("/measures/own_two/rows/export.csv?organisation=320999&part=denominator").status_code == 200


def test_who_uses_a_measure_is_told_with_links(frozen: Organisation, signed_in: SignedIn) -> None:
    page = signed_in().get("/measures/pe_arts_teachers_per_100/").content.decode()
    told = page[page.index("谁在用它") :]
    assert '/standards/high_quality_balance_2017/"' in told and '/papers/annual_report/"' in told
    assert "每百名学生拥有体育艺术专任教师" in told, "the words by which reports name it"
    assert "专任教师数之和" in page and "SELECT organisation, stage, school_year" in page
