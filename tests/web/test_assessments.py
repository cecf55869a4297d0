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


def test_rules_that_came_later_are_said_and_can_be_tried(frozen: Organisation, signed_in: SignedIn) -> None:
    """What is not in force on the figures' day says so; a trial by its first day is marked as one and leads to no judging."""
    client = signed_in()
    assert "该标准自2020-02-18起施行，这些数据的时点是2018-09-01" in text_of(client, "/standards/")
    page = text_of(client, "/standards/preschool_2020/")
    assert "该标准自2020-02-18起施行" in page and "没有学校填报" not in page
    assert "rules=2020-02-18" in page
    tried = text_of(client, "/standards/preschool_2020/?rules=2020-02-18")
    assert "试评：按2020-02-18的规定" in tried and "普及普惠水平（3项）" in tried and "/judging/" not in tried
    assert "该标准自2020-02-18起施行" in text_of(client, "/standards/preschool_2020/?rules=soon")
    file = client.get("/standards/preschool_2020/export.xlsx?rules=2020-02-18")
    assert file.status_code == 200 and client.get("/standards/preschool_2020/export.xlsx").status_code == 404


def test_a_standard_over_schools_is_tried_by_another_day_too(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    early = text_of(client, f"{BALANCE}?rules=2017-04-30")
    assert "该标准自2017-05-01起施行，这些数据的时点是2017-04-30" in early
    tried = text_of(client, f"{BALANCE}?rules=2017-05-01")
    assert "试评：按2017-05-01的规定" in tried and "/what-if/" not in tried and "/plan-to-pass/" not in tried
    assert "试评" not in text_of(client, BALANCE)


def test_a_school_is_told_that_areas_are_judged(frozen: Organisation, signed_in: SignedIn) -> None:
    assert "该标准评判整个地区，不评判单所学校" in text_of(signed_in("clerk", "1001"), "/standards/class_sizes/")
