"""The bureau's own measures: written, checked at their fields, tried, kept with their versions, changed, withdrawn; seen at once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings as settings_of_django
from django.test import Client

from jiaoheng.access.trail import TrailLine
from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.measures.own_measure import keep_measure
from jiaoheng.measures.suppression import published_by
from jiaoheng.measures.values import compute
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.rulebook.publication import suppression_rule
from jiaoheng.snapshots.snapshot import newest_snapshot

SignedIn = Callable[..., Client]
GOOD = {
    "register": "annual_statistics", "kind": "ratio", "numerator": "sum(pe_arts_teachers)", "denominator": "sum(classes)",
    "label_zh": "每班体艺教师数", "label_en": "PE and arts teachers per class",
    "id": "own_pe_arts_per_class", "unit_zh": "人", "unit_en": "teachers per class",
    "decimals": "2", "better": "more", "document": "本局2026年工作要点", "article": "第三条", "reason": "体艺师资配置跟踪", "after": "0",
}  # fmt: skip


@pytest.fixture(autouse=True)
def overlay(settings: Any, tmp_path: Path) -> Path:
    settings.RULEBOOK_OVERLAY = tmp_path / "rulebook"
    return tmp_path / "rulebook"


def post(client: Client, address: str = "/measures/own/new/", **changed: str) -> Any:
    return client.post(f"{address}?register=annual_statistics", {**GOOD, **changed}, HTTP_ACCEPT_LANGUAGE="zh-hans")


def test_a_measure_is_tried_kept_and_seen(frozen: Organisation, signed_in: SignedIn, overlay: Path) -> None:
    officer = signed_in()
    assert officer.get("/measures/own_pe_arts_per_class/").status_code == 404
    page = officer.get("/measures/own/new/?register=annual_statistics").content.decode()
    assert "pe_arts_teachers" in page and "专任教师" in page
    tried = post(officer, check="1").content.decode()
    assert "之和 ÷ 班级数之和" in tried and "0.42" in tried  # (6 + 2 + 6 + 6) / 48
    assert "晨光1001小学" in tried and not (overlay / "measures").exists()
    assert post(officer, save="1", reason=" ").status_code == 200 and not (overlay / "measures").exists()
    assert post(officer, save="1").status_code == 302
    assert yaml.safe_load((overlay / "measures/own_pe_arts_per_class.yaml").read_text())["own_pe_arts_per_class"]["decimals"] == 2
    seen = officer.get("/measures/own_pe_arts_per_class/").content.decode()
    assert "0.42" in seen and "本局自定" in seen
    assert "每班体艺教师数" in officer.get("/measures/").content.decode()
    line = TrailLine.objects.get(object_id="own_pe_arts_per_class")
    assert (line.by, line.action, line.reason) == ("officer-320999", "added", "体艺师资配置跟踪")


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("numerator", {"numerator": "sum(identity_number)"}),
        ("numerator", {"numerator": "(select 1)"}),
        ("numerator", {"numerator": "sum(read_csv('/etc/passwd'))"}),
        ("denominator", {"denominator": "sum(pupils) / 0"}),
        ("where", {"where": "pupils"}),
        ("label_zh", {"label_zh": "在校学生数"}),
        ("document", {"document": ""}),
        ("unit_zh", {"unit_zh": "", "unit_en": ""}),
        ("combines_zh", {"denominator_register": "population", "denominator": "sum(persons)"}),
        ("id", {"id": "own_Größe"}),
    ],
)
def test_every_fault_stands_at_its_field(
    frozen: Organisation, signed_in: SignedIn, overlay: Path, field: str, changed: dict[str, str]
) -> None:
    page = post(signed_in(), save="1", **changed).content.decode()
    faulty = re.findall(r'<p class="field faulty"><label for="(\w+)">.*?role="alert">(.*?)</span>', page, re.S)
    assert [name for name, _ in faulty] == [field], faulty
    assert re.search(r"[\u4e00-\u9fff]", faulty[0][1]), "in the reader's language"
    assert not (overlay / "measures").exists()


def test_two_faults_are_told_at_once(frozen: Organisation, signed_in: SignedIn) -> None:
    page = post(signed_in(), check="1", numerator="sum(nothing)", document="").content.decode()
    assert page.count('class="field faulty"') == 2 and 'id="preview"' not in page


def test_it_is_put_together_from_choices(frozen: Organisation, signed_in: SignedIn) -> None:
    made = {
        "make_part": "numerator",
        "make_how": "sum",
        "make_column": "pupils",
        "make_if": "ownership",
        "make_sign": "=",
        "make_value": "public",
    }
    page = post(signed_in(), assemble="1", **made).content.decode()
    assert "sum(pupils) filter (where ownership = &#x27;public&#x27;)" in page


def test_a_change_is_a_new_version_and_the_old_one_is_kept(frozen: Organisation, signed_in: SignedIn, overlay: Path) -> None:
    officer = signed_in()
    post(officer, save="1")
    before = officer.get("/measures/own_pe_arts_per_class/").content.decode()
    own = "/measures/own/own_pe_arts_per_class/"
    assert post(officer, own, save="1", after="1", denominator="sum(rooms)", reason="改按教室计").status_code == 302
    after = officer.get("/measures/own_pe_arts_per_class/").content.decode()
    assert "0.42" in before and "0.25" in after  # 20 / 80: computed anew without a restart
    page = officer.get(own).content.decode()
    assert "改按教室计" in page and "sum(classes)" in page and "体艺师资配置跟踪" in page
    late = post(officer, own, save="1", after="1", denominator="sum(pupils)").content.decode()
    assert 'class="said error"' in late, "somebody who saw version 1 does not overwrite version 2"
    assert len(list((overlay / "measures/versions/own_pe_arts_per_class").iterdir())) == 2


def test_it_is_withdrawn_with_a_reason_unless_used(frozen: Organisation, signed_in: SignedIn, overlay: Path) -> None:
    officer = signed_in()
    post(officer, save="1")
    away = "/measures/own/own_pe_arts_per_class/withdraw/"
    (overlay / "papers").mkdir()
    paper = overlay / "papers/own_paper.md"
    paper.write_text('---\ntitle: "体艺"\n---\n{{ figure("own_pe_arts_per_class") }}', encoding="utf-8")
    officer.post(away, {"reason": "不再用", "after": "1"})
    assert officer.get("/measures/own_pe_arts_per_class/").status_code == 200
    assert "体艺" in officer.get("/measures/own_pe_arts_per_class/").content.decode()
    paper.unlink()
    officer.post(away, {"reason": " ", "after": "1"})
    assert officer.get("/measures/own_pe_arts_per_class/").status_code == 200
    officer.post(away, {"reason": "不再用", "after": "1"})
    assert officer.get("/measures/own_pe_arts_per_class/").status_code == 404
    listed = officer.get("/measures/own/").content.decode()
    assert "不再用" in listed and "每班体艺教师数" in listed
    assert post(officer, "/measures/own/own_pe_arts_per_class/", save="1", after="2").status_code == 302
    assert officer.get("/measures/own_pe_arts_per_class/").status_code == 200


def test_a_file_written_by_another_process_is_noticed(frozen: Organisation, signed_in: SignedIn, overlay: Path) -> None:
    officer = signed_in()
    assert officer.get("/measures/own_x/").status_code == 404
    told = {"label": {"en": "X", "zh": "某指标"}, "register": "annual_statistics", "kind": "total", "numerator": "sum(pupils)",
            "unit": {"en": "pupils", "zh": "人"}, "decimals": 0, "better": "none", "source": {"document": "本局"}}  # fmt: skip
    keep_measure(overlay, "own_x", told, by="另一进程", at=datetime(2026, 1, 1, tzinfo=UTC), reason="试", after=0)
    assert "2,000" in officer.get("/measures/own_x/").content.decode()
    (overlay / "measures/broken.yaml").write_text("own_y: {label: 1}", encoding="utf-8")
    assert officer.get("/measures/own_x/").status_code == 200, "a broken file does not stop a site that runs"


@pytest.mark.parametrize(
    ("role", "code"), [("clerk", "1001"), ("leader", "320999"), ("auditor", "320999"), ("officer", "T1"), ("officer", "1001")]
)
def test_only_officers_of_the_bureau_write(frozen: Organisation, signed_in: SignedIn, overlay: Path, role: str, code: str) -> None:
    other = signed_in(role, code)
    assert post(other, save="1").status_code == 403
    assert other.get("/measures/own/").status_code == 403
    assert not (overlay / "measures").exists()
    assert "/measures/own/" not in other.get("/measures/").content.decode()


CHANGE = {
    "kind": "change", "of": "pupils_per_teacher", "in": "percent", "label_zh": "生师比增减", "id": "own_ratio_change", "decimals": "1",
    "better": "less", "document": "本局2026年工作要点", "reason": "逐年比较", "after": "0",
}  # fmt: skip


def change(client: Client, address: str = "/measures/own/new/?kind=change", **changed: str) -> str:
    return client.post(address, {**CHANGE, **changed}, HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()


def test_a_change_of_a_measure_is_tried_and_kept(frozen: Organisation, signed_in: SignedIn, overlay: Path) -> None:
    officer = signed_in()
    assert "?kind=change" in officer.get("/measures/own/").content.decode()
    page = officer.get("/measures/own/new/?kind=change").content.decode()
    assert "百分点" in page and 'value="pupils_per_teacher"' in page and 'name="numerator"' not in page
    tried = change(officer, check="1")
    assert "本期比上一期的增减，按上一期值的百分比表示" in tried and "上一期" in tried and "13.3" in tried  # 2,000 / 150, both years
    change(officer, save="1")
    kept = yaml.safe_load((overlay / "measures/own_ratio_change.yaml").read_text())["own_ratio_change"]
    assert (kept["of"], kept["in"], "unit" in kept, "register" in kept) == ("pupils_per_teacher", "percent", False, False)
    assert officer.get("/measures/own_ratio_change/").status_code == 200
    edit = officer.get("/measures/own/own_ratio_change/").content.decode()
    assert 'value="pupils_per_teacher" selected' in edit and 'value="percent" selected' in edit


def test_points_and_percent_are_never_confused(frozen: Organisation, signed_in: SignedIn, overlay: Path) -> None:
    officer = signed_in()
    assert "单位不是百分数的指标，增减按百分比" in change(officer, check="1", **{"in": "points"})
    assert "百分数的增减按百分点" in change(officer, check="1", of="above_qualification_share")
    assert "没有问题" in change(officer, check="1", of="above_qualification_share", **{"in": "points"})
    own_unit = change(officer, save="1", **{"in": "amount"})
    assert own_unit == "" and "unit" in yaml.safe_load((overlay / "measures/own_ratio_change.yaml").read_text())["own_ratio_change"]
    for missing in ({"of": ""}, {"in": ""}, {"of": "nothing"}, {"of": "exam_admitted_share_change"}):
        assert "faulty" in change(officer, check="1", id="own_other", label_zh="另一增减", **missing), missing


def test_a_measure_whose_change_is_measured_keeps_its_sort_of_unit(frozen: Organisation, signed_in: SignedIn, overlay: Path) -> None:
    officer = signed_in()
    post(officer, save="1")
    change(officer, save="1", of="own_pe_arts_per_class")
    share = {"denominator": "sum(classes) / 100", "unit_zh": "%", "unit_en": "%", "after": "1"}
    refused = post(officer, "/measures/own/own_pe_arts_per_class/", check="1", **share).content.decode()
    assert "“生师比增减”是它的增减" in refused


OTHERS = {
    "kind": "total", "numerator": "sum(teachers) - sum(pe_arts_teachers)", "denominator": "", "id": "own_other_teachers",
    "label_zh": "非体艺教师数", "label_en": "Teachers of other subjects", "unit_zh": "人", "unit_en": "teachers", "decimals": "0",
}  # fmt: skip


def test_what_a_publication_would_hide_is_judged_with_all_that_it_holds(frozen: Organisation, signed_in: SignedIn, overlay: Path) -> None:
    """28 of a school's 30 teachers is no small number, and tells beside the published 30 that two teach PE and arts."""
    officer = signed_in()
    tried = post(officer, check="1", **OTHERS).content.decode()
    assert "公布时隐去" not in tried and 'hx-vals=\'{"judge": "1"}\'' in tried and "对教育局干事不隐去任何值" in tried
    judged = post(officer, judge="1", **OTHERS).content.decode()
    shown = re.search(r'<section class="card" id="preview">.*?</section>', judged, re.S)
    assert shown
    told = {re.sub("<[^>]+>", " ", line).split()[0]: "公布时隐去" in line for line in re.findall(r"<tr>.*?</tr>", shown[0], re.S)[1:]}
    assert told["晨光1002小学"] and ">28<" in shown[0], "officers see it; a published file would not show it"
    assert "hx-vals" not in shown[0], "once judged it is not asked for again"

    assert post(officer, save="1", **OTHERS).status_code == 302
    catalogue, snapshot = load_catalogue(overlay), newest_snapshot(settings_of_django.DATA / "snapshots")
    table = published_by(suppression_rule(overlay), compute(snapshot, catalogue, all_years=True), snapshot, catalogue)
    own = [row for row in table.to_pylist() if row["measure"] == "own_other_teachers" and row["organisation"] == "1002"]
    assert own and all(row["hidden"] and row["value"] is None for row in own)
