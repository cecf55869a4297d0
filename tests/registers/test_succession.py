"""Schools merge, split and rename: the old one stays with its rows, names have their days, the line can be followed."""

from datetime import date

import pytest
from django.utils import timezone

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change
from jiaoheng.access.organisation_change import store_organisation
from jiaoheng.access.trail import TrailLine
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.organisations.organisation_version import OrganisationVersion, as_known
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.registers.approval import approve, ask_transfer
from jiaoheng.registers.succession import FormerName, follow_on, name_on, predecessors, rename, successors
from tests.registers.district import AUTUMN, District, district

pytestmark = pytest.mark.django_db


@pytest.fixture
def d() -> District:
    return district()


def test_a_name_holds_from_a_day_on_and_the_old_one_until_it(d: District) -> None:
    rename(d.sunny, name_zh="阳光实验小学", on=AUTUMN, change=d.by())
    rename(d.sunny, name_zh="阳光实验学校", on=date(2026, 9, 1), change=d.by())
    days = {date(2025, 8, 31): "阳光小学", AUTUMN: "阳光实验小学", date(2026, 8, 31): "阳光实验小学", date(2026, 9, 1): "阳光实验学校"}
    assert {day: name_on(d.sunny, day) for day in days} == days
    assert FormerName.objects.count() == 2
    with pytest.raises(Refused, match="after that"):
        rename(d.sunny, name_zh="又一名", on=date(2026, 9, 1), change=d.by())
    with pytest.raises(Refused, match="already"):
        rename(d.sunny, name_zh="阳光实验学校", on=date(2027, 9, 1), change=d.by())


def test_a_merged_school_closes_keeps_its_figures_and_is_followed(d: District) -> None:
    AnnualStatistics.objects.create(organisation=d.river, school_year="2024-2025", stage="primary", pupils=300)
    follow_on([d.river], [d.sunny], kind="merger", on=AUTUMN, change=d.by())
    follow_on([d.sunny], [d.hill], kind="merger", on=date(2026, 9, 1), change=d.by())
    d.river.refresh_from_db()
    assert d.river.valid_to == date(2025, 8, 31)
    assert [one.pk for one in predecessors(d.hill)] == [d.sunny.pk, d.river.pk]
    assert [one.pk for one in successors(d.river)] == [d.sunny.pk, d.hill.pk]
    assert AnnualStatistics.objects.get(pupils=300).organisation_id == d.river.pk
    with pytest.raises(Refused, match="ring"):
        follow_on([d.hill], [d.sunny, d.hill], kind="split", on=date(2027, 9, 1), change=d.by())


def test_a_split_school_goes_on_beside_its_successor(d: District) -> None:
    rows = follow_on([d.hill], [d.hill, d.river], kind="split", on=AUTUMN, change=d.by())
    d.hill.refresh_from_db()
    assert d.hill.valid_to is None
    assert [(row.predecessor_id, row.successor_id) for row in rows] == [(d.hill.pk, d.river.pk)]


def test_a_school_with_pupils_does_not_close_until_they_have_gone(d: District) -> None:
    stay = d.enrolled("张小禾", school=d.river, on=date(2024, 9, 2), birth_date=date(2017, 3, 4))
    day = date(2025, 3, 1)
    with pytest.raises(Refused, match="1 pupils"):
        follow_on([d.river], [d.sunny], kind="merger", on=day, change=d.by())
    d.river.refresh_from_db()
    assert d.river.valid_to is None, "all or none"
    asked = ask_transfer(stay.pupil, d.sunny, on=day, by=d.officer, reason="撤并")
    approve(asked, by=d.second_officer)
    follow_on([d.river], [d.sunny], kind="merger", on=day, change=d.by())


def test_only_an_officer_above_alters_the_tree(d: District) -> None:
    for account in (d.sunny_clerk, d.auditor, d.administrator):
        with pytest.raises(Refused):
            rename(d.sunny, name_zh="别名", on=AUTUMN, change=Change(account, "r"))
    assert Organisation.objects.get(pk=d.sunny.pk).name_zh == "阳光小学"
    assert not FormerName.objects.exists()


def test_an_altered_organisation_leaves_a_version_and_a_line(d: District) -> None:
    before = timezone.now()
    d.sunny.locale = "town"
    store_organisation(d.sunny, change=Change(d.officer, "重新划分城乡"))
    version = OrganisationVersion.objects.get()
    assert (version.by, version.reason, version.said["locale"]) == ("officer", "重新划分城乡", "")
    assert as_known(d.sunny, before)["locale"] == ""
    assert as_known(d.sunny, timezone.now())["locale"] == "town"
    line = TrailLine.objects.get(object_type="organisations.Organisation")
    assert (line.before, line.after) == ('{"locale":""}', '{"locale":"town"}')
    d.sunny.path = "elsewhere"
    with pytest.raises(Refused, match="place in the tree"):
        store_organisation(d.sunny, change=d.by())
