"""Licences, recognitions, inspections and school groups typed on the site, through the intake's checks; all pupils of a merged school."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from jiaoheng.access.trail import TrailLine
from jiaoheng.intake.provenance import Import
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.approval import Request
from jiaoheng.registers.enrolment import Enrolment, active
from jiaoheng.registers.licence import AnnualInspection, InclusiveRecognition, Licence
from jiaoheng.registers.school_group import GroupMembership
from jiaoheng.web.registers.change_lines import version_of
from tests.registers.district import District
from tests.web.conftest import entered

SAID = {"reason": "据批文录入"}


@pytest.fixture
def officer(registers: District) -> Client:
    return entered(registers.officer)


def posted(client: Client, name: str, *args: object, **said: object) -> str:
    """What the page says of what is posted; nothing where it was stored."""
    response = client.post(reverse(name, args=args), {**SAID, **said})
    assert response.status_code in (302, 400), (name, response.status_code)
    return "" if response.status_code == 302 else response.content.decode()


def test_a_licence_is_entered_altered_ended_and_its_history_shown(registers: District, officer: Client) -> None:
    place = registers.sunny.pk
    said = {"organisation": place, "number": "教民1号", "approved_by": "示例区教育局", "legal_form": "", "since": "2023-08-20"}
    assert posted(officer, "add", "licence", **said) == ""
    row = Licence.objects.get()
    assert (row.number, row.until, Import.objects.get().account) == ("教民1号", None, registers.officer)
    changed = {**said, "approved_by": "示例市教育局", "until": "2026-08-20"}
    assert posted(officer, "edit", "licence", row.pk, **changed, version=version_of(row)) == ""
    row = Licence.objects.get()
    assert (row.approved_by, row.until) == ("示例市教育局", date(2026, 8, 20))
    page = officer.get(reverse("edit", args=["licence", row.pk])).content.decode()
    assert "示例区教育局" in page and "据批文录入" in page
    assert "已被" in posted(officer, "edit", "licence", row.pk, **changed, version=1)
    assert posted(officer, "edit", "licence", row.pk, **{**changed, "until": ""}, version=version_of(row)) == ""
    assert Licence.objects.get().until is None, "a cell that is emptied is emptied"
    assert "教民1号" in officer.get("/licences/").content.decode()
    assert posted(officer, "take-out", "licence", row.pk) == "" and not Licence.objects.exists()
    assert TrailLine.objects.filter(object_type="registers.Licence", action="removed").exists()


def test_the_intakes_own_checks_hold_for_what_is_typed(registers: District, officer: Client) -> None:
    assert "幼儿园" in posted(officer, "add", "recognition", organisation=registers.sunny.pk, since="2024-06-15")
    assert not InclusiveRecognition.objects.exists()
    backwards = {"organisation": registers.sunny.pk, "number": "1", "approved_by": "局", "since": "2024-06-15", "until": "2023-01-01"}
    assert "结束日期" in posted(officer, "add", "licence", **backwards) and not Licence.objects.exists()
    assert posted(officer, "add", "inspection", organisation=registers.sunny.pk, year=2024, result="passed") == ""
    assert AnnualInspection.objects.get().year == 2024
    member = {"group": "晨曦教育集团", "kind": "group", "role": "lead", "since": "2023-09-01"}
    assert posted(officer, "add", "group-member", organisation=registers.sunny.pk, **member) == ""
    assert GroupMembership.objects.get().group.organisation == registers.officer.organisation
    assert posted(officer, "add", "group-member", organisation=registers.river.pk, **member) != "", "one school leads"
    assert GroupMembership.objects.count() == 1


def test_a_clerk_types_for_the_own_school_only(registers: District) -> None:
    clerk = entered(registers.river_clerk)
    assert posted(clerk, "add", "licence", organisation=registers.sunny.pk, number="1", approved_by="局", since="2024-06-15") != ""
    assert not Licence.objects.exists()


def test_all_pupils_of_a_merged_school_are_asked_for_and_approved_at_once(registers: District, officer: Client) -> None:
    children = [registers.enrolled(name).pupil for name in ("张小禾", "李小满", "何小新")]
    page = reverse("all-pupils", args=[registers.sunny.code])
    said = {**SAID, "to": registers.river.pk, "on": "2025-10-20", "document": "示例教〔2025〕9号"}
    shown = officer.post(page, {**said, "deed": "preview"}).content.decode()
    assert "李小满" in shown and not Request.objects.exists(), "a preview asks nothing"
    assert officer.post(page, {**said, "deed": "ask"}).status_code == 302
    assert Request.objects.filter(state="pending", school=registers.river).count() == 3
    assert officer.post(page, {**said, "deed": "ask"}).status_code == 400, "nobody is asked for twice"
    assert officer.post(page, {"deed": "approve"}).status_code == 400, "who asks does not approve"
    assert Enrolment.objects.filter(school=registers.sunny, left_on=None).count() == 3
    assert entered(registers.second_officer).post(page, {"deed": "approve"}).status_code == 302
    assert {active(child).school for child in children} == {registers.river}
    assert {stay.came_from.school for stay in Enrolment.objects.filter(left_on=None)} == {registers.sunny}
    assert Organisation.objects.get(pk=registers.sunny.pk).valid_to is None
    follow = {**SAID, "kind": "merger", "after": registers.river.pk, "on": "2025-10-20"}
    assert officer.post(reverse("follow-school", args=[registers.sunny.code]), follow).status_code == 302


def test_what_stands_in_the_way_of_a_merger_is_said(registers: District, officer: Client) -> None:
    registers.enrolled("张小禾")
    said = {**SAID, "to": registers.river.pk, "on": "2025-08-20", "deed": "ask"}
    shown = officer.post(reverse("all-pupils", args=[registers.sunny.code]), said)
    assert shown.status_code == 400 and not Request.objects.exists()
    assert "入学" in shown.content.decode()
