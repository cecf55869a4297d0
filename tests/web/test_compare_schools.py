"""Schools side by side: figures, the area's, places among like schools, the file, and nobody else's school."""

import csv
import io
from collections.abc import Callable

from django.test import Client

from jiaoheng.organisations.organisation import Organisation

SignedIn = Callable[..., Client]


def test_schools_stand_side_by_side_with_their_places(frozen: Organisation, signed_in: SignedIn) -> None:
    officer = signed_in()
    asked = "school=1001&school=1002&measure=pe_arts_teachers_per_100&measure=pupils&stage=primary"
    page = officer.get(f"/schools/compare/?{asked}").content.decode()
    assert "第1位（4所）" in page and "第4位（4所）" in page, "1001 shares the first place with two others; 1002 is the last of four"
    assert page.count('class="good"') == 1 and "1.00" in page, "the area has 20 teachers for 2,000 pupils"
    told = officer.get(f"/schools/compare/export.csv?{asked}").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(told)))
    assert len(rows) == 1 + 2 * 2
    second = next(row for row in rows if row[0] == "1002" and "艺" in row[2])
    assert [float(one) for one in second[6:]] == [2, 5, 0.4, 1.0, 4, 4]


def test_one_school_is_not_compared_and_a_foreign_one_is_refused(frozen: Organisation, signed_in: SignedIn) -> None:
    assert "请至少选两所学校" in signed_in().get("/schools/compare/?school=1001").content.decode()
    clerk = signed_in("clerk", "1001")
    assert clerk.get("/schools/compare/?school=1001&school=1002").status_code == 403
    assert "晨光1002小学" not in clerk.get("/schools/compare/?school=1001&q=1002").content.decode()
