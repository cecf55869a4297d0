"""Pages: what each shows of a small district whose figures can be checked by hand."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from openpyxl import load_workbook

from jiaoheng.organisations.organisation import Organisation

SignedIn = Callable[..., Client]
BALANCE = "/standards/high_quality_balance_2017/"


def text_of(client: Client, address: str, status: int = 200, **extra: str) -> str:
    response = client.get(address, **extra)  # type: ignore[arg-type]
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def test_home_shows_the_year_at_a_glance(frozen: Organisation, signed_in: SignedIn) -> None:
    text = text_of(signed_in(), "/")
    assert "2018–2019 学年" in text
    assert ">2,000<small>" in text  # pupils: 4 schools of 500
    assert "4 所学校中 4 所已上报" in text
    assert "缺3名体育艺术教师" in text


def test_a_closed_school_and_a_training_institution_are_not_missing(frozen: Organisation, signed_in: SignedIn) -> None:
    place = {"kind": "school", "parent": frozen, "stages": "primary"}
    Organisation.objects.create(code="gone", path=f"{frozen.path}/gone", name_zh="旧校", valid_to=date(2017, 7, 31), **place)
    Organisation.objects.create(code="trains", path=f"{frozen.path}/trains", name_zh="培训", **{**place, "kind": "training_institution"})
    assert "4 所学校中 4 所已上报" in text_of(signed_in(), "/")
    Organisation.objects.create(code="silent", path=f"{frozen.path}/silent", name_zh="新校", **place)
    assert "5 所学校中 4 所已上报" in text_of(signed_in(), "/")


def test_home_of_a_township_counts_its_schools_only(frozen: Organisation, signed_in: SignedIn) -> None:
    assert ">1,000<small>" in text_of(signed_in(), "/areas/T1/")


@pytest.mark.parametrize("code", ["320999", "1001"])
def test_before_the_first_freeze_every_computed_page_says_what_to_do(code: str, tree: Organisation, signed_in: SignedIn) -> None:
    client = signed_in("officer", code)
    for address in (
        "/",
        "/measures/",
        "/measures/pupils/",
        "/measures/pupils/rows/",
        "/standards/",
        BALANCE,
        "/papers/",
        "/papers/resources/",
    ):
        assert "开始使用" in text_of(client, address)


def test_an_account_without_organisation_is_told_so(tree: Organisation, signed_in: SignedIn) -> None:
    assert "还没有所属机构" in text_of(signed_in("officer", None), "/")


def test_a_snapshot_that_was_changed_is_refused_in_words(frozen: Organisation, signed_in: SignedIn, settings: object) -> None:
    file = Path(settings.DATA) / "snapshots" / "2018-09-01" / "annual_statistics.parquet"  # type: ignore[attr-defined]
    file.write_bytes(file.read_bytes() + b"x")
    assert "最新的快照无法使用" in text_of(signed_in(), "/")


def test_schools_are_found_filtered_and_sorted(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    assert text_of(client, "/schools/?q=1003").count('href="/schools/100') == 1
    assert text_of(client, "/schools/?area=T1").count('href="/schools/100') == 2
    assert "没有符合条件的学校" in text_of(client, "/schools/?q=没有这所")
    ordered = text_of(client, "/schools/?sort=-teachers")
    assert ordered.index("晨光1001小学") < ordered.index("晨光1002小学")


def test_an_htmx_request_gets_the_table_alone(frozen: Organisation, signed_in: SignedIn) -> None:
    part = text_of(signed_in(), "/schools/?q=1003", HTTP_HX_REQUEST="true")
    assert "<html" not in part
    assert "晨光1003小学" in part


def test_a_school_shows_figures_verdict_and_source_rows(frozen: Organisation, signed_in: SignedIn) -> None:
    text = text_of(signed_in(), "/schools/1002/")
    assert "缺3名体育艺术教师" in text
    assert "基本情况2018-2019.xlsx" in text
    assert "2017–2018" in text


def test_the_rows_behind_a_figure_come_to_it(frozen: Organisation, signed_in: SignedIn) -> None:
    text = text_of(signed_in(), "/measures/pupils_per_teacher/rows/?organisation=320999&stage=primary")
    assert "各行合计与之相符" in text
    assert "<b>2,000</b>" in text  # pupils
    assert "<b>150</b>" in text  # teachers: 40 + 30 + 40 + 40
    assert "基本情况2018-2019.xlsx" in text


@pytest.mark.parametrize("measure", ["pupils", "pupils_per_teacher", "teachers_cv", "sports_area_per_pupil", "funds_per_pupil"])
def test_every_kind_of_measure_has_a_page(measure: str, frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    for address in (f"/measures/{measure}/", f"/measures/{measure}/?stage=primary&level=township", f"/measures/{measure}/rows/"):
        assert "定义" in text_of(client, address) or "背后的行" in text_of(client, address)


def test_another_year_can_be_looked_at_and_is_remembered(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    assert "2017–2018 学年" in text_of(client, "/?year=2017-2018")
    assert "2017–2018 学年" in text_of(client, "/")
    assert "2017–2018" in text_of(client, BALANCE + "?year=1999-2000")  # a year that is not there changes nothing


def test_the_verdict_names_what_is_lacking(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    text = text_of(client, BALANCE)
    assert "4 所中 3 所达标" in text
    assert "缺3名体育艺术教师" in text
    assert "差异系数" in text
    failing = text_of(client, BALANCE + "?failing=1")
    assert "晨光1002小学" in failing
    assert "晨光1001小学" not in failing
    ordered = text_of(client, BALANCE + "?sort=shortfall")
    assert ordered.index("晨光1002小学") < ordered.index("晨光1001小学")


def test_a_clerk_sees_no_differences_between_schools(frozen: Organisation, signed_in: SignedIn) -> None:
    assert "<tfoot>" not in text_of(signed_in("clerk", "1001"), BALANCE)


def test_search_finds_schools_measures_standards_and_reports(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    assert 'href="/schools/1003/"' in text_of(client, "/search/?q=1003", HTTP_HX_REQUEST="true")
    assert 'href="/measures/pupils_per_teacher/"' in text_of(client, "/search/?q=生师比")
    assert 'href="/measures/pupils_per_teacher/"' in text_of(client, "/search/?q=pupils_per_teacher")
    assert "没有名称或代码含" in text_of(client, "/search/?q=zzzz")


EXPORTS = [
    ("/schools/export", 5),
    ("/measures/pupils_per_teacher/export", 6),
    ("/measures/pupils_per_teacher/rows/export", 5),
    ("/standards/high_quality_balance_2017/export", 6),
]


@pytest.mark.parametrize(("address", "lines"), EXPORTS)
def test_lists_are_exported_whole(address: str, lines: int, frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    book = load_workbook(io.BytesIO(client.get(f"{address}.xlsx").content))
    assert book.active.max_row == lines
    plain = client.get(f"{address}.csv").content.decode("utf-8-sig")
    assert len(plain.strip().splitlines()) == lines
    assert client.get(f"{address}.exe").status_code == 404


def test_a_name_that_looks_like_a_formula_stays_a_name(frozen: Organisation, signed_in: SignedIn) -> None:
    Organisation.objects.filter(code="1001").update(name_zh="=1+1")
    client = signed_in()
    assert ",'=1+1," in client.get("/schools/export.csv").content.decode("utf-8-sig")
    cells = [cell for row in load_workbook(io.BytesIO(client.get("/schools/export.xlsx").content)).active.iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if cell.value == "=1+1"] == ["s"]


def test_the_language_is_switched_and_kept(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    assert '<html lang="zh-Hans">' in text_of(client, "/", HTTP_ACCEPT_LANGUAGE="en")  # the bureau's language until a reader chooses
    assert client.post("/language/", {"language": "en", "next": "/schools/"}).headers["Location"] == "/schools/"
    text = text_of(client, "/")
    assert '<html lang="en">' in text
    assert "School year 2018–2019" in text
    assert "needs 3 more PE and arts teachers" in text
    assert "School 1002" in text


def test_freezing_is_for_officers_and_shows_new_rows(frozen: Organisation, signed_in: SignedIn) -> None:
    assert signed_in("clerk", "1001").post("/freeze/").status_code == 403
    assert signed_in("leader", "320999").post("/freeze/").status_code == 403
    officer = signed_in()
    assert officer.post("/freeze/").status_code == 302
    assert "没有变化" in text_of(officer, "/")
    assert officer.get("/freeze/").status_code == 405


def test_a_report_is_read_and_downloaded(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    assert 'hx-get="/papers/resources/body/' in text_of(client, "/papers/resources/")
    body = text_of(client, "/papers/resources/body/")
    assert "/measures/pupils/rows/?organisation=320999" in body
    assert "<style" not in body
    assert client.get("/papers/resources/download.docx").content[:2] == b"PK"
    assert client.get("/papers/resources/download.pdf").content[:4] == b"%PDF"
    assert client.get("/papers/resources/download.exe").status_code == 404
    assert client.get("/papers/nothing/").status_code == 404
