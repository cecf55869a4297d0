"""A tiny district of four schools over two years, and a rulebook folder to write templates into."""

from pathlib import Path

import pytest

from jiaoheng.snapshots.snapshot import Snapshot
from tests.tiny_district import record, school, snapshot


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    organisations = [
        school("A", "晨光小学"),
        school("B", "青禾|小学 <b>*一*</b>"),
        school("C", "明德学校", school_type="nine_year"),
        school("E", "示例区第一初级中学", school_type="junior"),
    ]
    now = [
        record("A", pupils=903, pe_arts_teachers=8),
        record("B", pupils=1200, sports_area_m2=6000.0),
        record("C", pupils=400, teachers=25),
        record("C", "junior", pupils=450, teachers=33, backbone_teachers=None),
        record("E", "junior", pupils=1500, teachers=100, teachers_above_qualification=90, public_funds=None),
    ]
    before = [dict(one, school_year="2017-2018", pupils=one["pupils"] - 20, teachers=one["teachers"] - 1) for one in now]
    return snapshot(tmp_path_factory.mktemp("district"), organisations, now + before)


@pytest.fixture
def rulebook(tmp_path: Path) -> Path:
    (tmp_path / "rulebook" / "papers").mkdir(parents=True)
    return tmp_path / "rulebook"
