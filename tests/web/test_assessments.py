"""Pages of assessments: the area as a whole, item by item."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.test import Client

from jiaoheng.organisations.organisation import Organisation

SignedIn = Callable[..., Client]
BALANCE = "/standards/high_quality_balance_2017/"


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def test_the_list_names_standards_over_areas(frozen: Organisation, signed_in: SignedIn) -> None:
    text = text_of(signed_in(), "/standards/")
    assert "县域义务教育基本均衡" in text and "生均公用经费基准定额" in text and "待评定" in text


def test_the_whole_stands_below_the_schools_and_undecided_items_say_what_is_asked(frozen: Organisation, signed_in: SignedIn) -> None:
    text = text_of(signed_in(), BALANCE)
    assert "4 所中 3 所达标" in text
    assert "地区整体评判" in text and "政府保障程度（15项）" in text
    assert "待评定" in text and "缺数据" in text and "布局专项规划" in text
    assert "primary" not in text[text.index("地区整体评判") :]


def test_a_school_has_no_assessment(frozen: Organisation, signed_in: SignedIn) -> None:
    assert "地区整体评判" not in text_of(signed_in("clerk", "1001"), BALANCE)
    assert "地区整体评判" not in text_of(signed_in("clerk", "1001"), "/standards/class_sizes/")


def test_points_are_shown_and_everything_is_exported(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    assert "满分100" in text_of(client, "/standards/performance_of_duties_county/")
    plain = client.get("/standards/performance_of_duties_county/export.csv").content.decode("utf-8-sig")
    assert "复核得分" in plain.splitlines()[0] and "交流轮岗10%" in plain
    part = client.get(BALANCE + "export.csv?part=assessment").content.decode("utf-8-sig")
    assert "城乡学校建设" in part and len(part.splitlines()) > 26
    assert client.get("/standards/preschool_2020/export.csv").status_code == 404  # not in force in 2018
    assert client.get("/standards/nothing/").status_code == 404


def test_the_bureaus_judgements_are_shown(frozen: Organisation, signed_in: SignedIn, settings: Any, tmp_path: Path) -> None:
    settings.RULEBOOK_OVERLAY = tmp_path / "rules"
    (tmp_path / "rules" / "judgements").mkdir(parents=True)
    (tmp_path / "rules" / "judgements" / "2018.csv").write_text(
        "标准,地区代码,条目,结论,佐证材料,评定人,日期\nhigh_quality_balance_2017,320999,b1,达标,布局规划已批复,督导室,2018-09-20\n",
        encoding="utf-8-sig",
    )
    assert "达标：布局规划已批复（督导室，2018-09-20）" in text_of(signed_in(), BALANCE)
