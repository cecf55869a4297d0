"""Campuses, and the three ways of counting schools, each of which is right."""

from datetime import date

import pytest

from jiaoheng.access.account import Refused
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.campus import Campus, CampusUse, school_counts
from tests.registers.district import AUTUMN, District, district

pytestmark = pytest.mark.django_db


@pytest.fixture
def d() -> District:
    return district()


def counts(d: District, on: date = AUTUMN) -> dict[str, int]:
    return {count.key: count.count for count in school_counts(d.bureau, on=on)}


def test_own_schools_schools_in_the_area_and_sites_are_three_numbers(d: District) -> None:
    """Like a district with 26 schools in its area, 21 of its own, one of which works inside another: 20 sites."""
    city = Organisation.objects.create(code="9999", name_zh="样本市教育局", kind="bureau", path="9999")
    for number in range(26 - 3):
        node = Organisation(code=f"X{number}", name_zh=f"第{number}小学", kind="school", parent=d.bureau, path=f"{d.bureau.path}/X{number}")
        node.governed_by = d.bureau if number < 18 else city
        node.save()
    Organisation.objects.create(code="K1", name_zh="幼苗幼儿园", kind="kindergarten", parent=d.bureau, path=f"{d.bureau.path}/K1")
    assert counts(d) == {"own": 18, "area": 26, "sites": 18, "unstated": 3}
    for school in (d.sunny, d.river, d.hill):
        school.governed_by = d.bureau
        school.save()
    guest = Organisation.objects.get(code="X0")
    shared = Campus(organisation=d.sunny, name="阳光校区", since=AUTUMN).store(change=d.by())
    CampusUse(campus=shared, school=d.sunny, since=AUTUMN).store(change=d.by())
    CampusUse(campus=shared, school=guest, role="guest", since=AUTUMN).store(change=d.by())
    assert counts(d) == {"own": 21, "area": 26, "sites": 20}
    assert counts(d, date(2025, 8, 31)) == {"own": 21, "area": 26, "sites": 21}, "before the guest moved in"


def test_a_school_with_two_campuses_has_two_sites(d: District) -> None:
    d.sunny.governed_by = d.bureau
    d.sunny.save()
    for name, role in (("本部", "main"), ("东区", "branch")):
        campus = Campus(organisation=d.sunny, name=name, since=AUTUMN).store(change=d.by())
        CampusUse(campus=campus, school=d.sunny, role=role, since=AUTUMN).store(change=d.by())
    assert counts(d)["sites"] == 2
    with pytest.raises(Refused, match="main campus"):
        other = Campus(organisation=d.sunny, name="西区", since=AUTUMN).store(change=d.by())
        CampusUse(campus=other, school=d.sunny, since=AUTUMN).store(change=d.by())


def test_a_closed_school_is_counted_until_its_last_day(d: District) -> None:
    d.river.valid_to = date(2025, 8, 31)
    d.river.save()
    assert counts(d, date(2025, 8, 31))["area"] == 3
    assert counts(d)["area"] == 2


def test_half_a_place_is_none(d: District) -> None:
    with pytest.raises(Refused, match="both"):
        Campus(organisation=d.sunny, name="阳光校区", latitude=31.0, since=AUTUMN).store(change=d.by())
