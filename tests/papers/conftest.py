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


JUDGED = """
judgements:
  - {standard: performance_of_duties_county, area: D, item: party_work, period: 2018-2019, decision: met, self_score: 3.5, by: officer,
     date: 2018-10-08, evidence: 局党组会议纪要〔2018〕3号, review: {decision: met, score: 3, by: reviewer, date: 2018-10-12}}
  - {standard: performance_of_duties_county, area: D, item: all_round, period: 2018-2019, decision: missed, self_score: 2, by: officer,
     date: 2018-10-08, evidence: 课程表（6所学校）}
"""


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    """A rulebook of the bureau in which two items of the county's assessment are judged, one of them reviewed."""
    (tmp_path / "judged" / "judgements").mkdir(parents=True)
    (tmp_path / "judged" / "judgements" / "duties.yaml").write_text(JUDGED, encoding="utf-8")
    return tmp_path / "judged"


@pytest.fixture
def rulebook(tmp_path: Path) -> Path:
    (tmp_path / "rulebook" / "papers").mkdir(parents=True)
    return tmp_path / "rulebook"
