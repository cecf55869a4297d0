"""Values of the catalogue as files for other programs, why a measure has none, and who did not report."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.test import Client

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.snapshots.snapshot import Snapshot

SignedIn = Callable[..., Client]


def archived(client: Client, address: str) -> dict[str, bytes]:
    response = client.get(address)
    assert response.status_code == 200, response.content[:500]
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("form", ["csv", "parquet", "sdmx.csv"])
def test_every_value_in_view_comes_with_its_dictionary(form: str, frozen: Organisation, signed_in: SignedIn) -> None:
    files = archived(signed_in(), f"/measures/export.{form}?q=pupils_per_class")
    name, dictionary = sorted(files, key=len)
    assert dictionary == f"{name}.dictionary.json"
    assert "pupils_per_class" in {one["id"] for one in json.loads(files[dictionary])["measures"]}
    if form == "parquet":
        rows = pq.read_table(io.BytesIO(files[name])).to_pylist()
    else:
        rows = list(csv.DictReader(io.StringIO(files[name].decode("utf-8"))))
    told = {row["REF_AREA" if form == "sdmx.csv" else "organisation"] for row in rows}
    assert {"T1", "1001", "1002"} <= told
    assert {row.get("period", "2018-2019") for row in rows} == {"2018-2019"}


def test_a_school_gets_its_own_values_only(frozen: Organisation, signed_in: SignedIn) -> None:
    files = archived(signed_in("clerk", "1001"), "/measures/export.csv?q=pupils")
    rows = csv.DictReader(io.StringIO(files[min(files, key=len)].decode("utf-8")))
    assert {row["organisation"] for row in rows} == {"1001"}
    assert signed_in().get("/measures/export.xml").status_code == 404


def test_a_measure_without_data_says_what_would_give_it_one(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    assert "“届别进出”中没有记录" in client.get("/measures/retention_plain/").content.decode()
    said = client.get("/measures/beds_per_boarder/").content.decode()
    assert "没有一条填报了本指标所需的数据" in said or "没有一条可计入" in said
    assert "增减需要本期和上一期各有一个数值" in client.get("/measures/pupils_on_roll_growth/").content.decode()


def test_records_that_came_from_no_workbook_have_no_columns_of_files(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    assert "工作表" in client.get("/measures/pupils/rows/").content.decode()
    assert "工作表" not in client.get("/measures/schools/rows/").content.decode()


def test_who_did_not_report_is_said_below_every_figure(frozen: Organisation, signed_in: SignedIn, monkeypatch: Any) -> None:
    client = signed_in()
    assert "未报送" not in client.get("/measures/").content.decode()
    monkeypatch.setattr(Snapshot, "missing", ("1002",))
    from jiaoheng.web.current_snapshot import forget

    forget()
    assert "未报送：" in client.get("/measures/").content.decode()
