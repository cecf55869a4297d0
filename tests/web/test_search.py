"""The search box: persons of the reader's schools, masked; a whole number never in an address, and its search recorded."""

import re
from datetime import date

import pytest
from django.test import Client

from jiaoheng.access.trail import TrailLine
from jiaoheng.registers.staff import Staff
from tests.registers.district import District, identity_number
from tests.web.conftest import entered

NUMBER = identity_number()


@pytest.fixture
def people(registers: District) -> District:
    registers.enrolled("张小禾", identity_number=NUMBER)
    registers.enrolled("张大河", school=registers.river)
    said = {"sex": "1", "birth_date": date(1980, 1, 2), "post": "teacher"}
    Staff(staff_number="T0001234", name="张老师", employer=registers.sunny, **said).store(change=registers.by())
    return registers


def found(client: Client, asked: str, **headers: str) -> list[str]:
    """The names of the persons that are found; nothing of a number is shown."""
    response = client.post("/search/", {"q": asked}, **headers)
    assert response.status_code == 200 and response["Cache-Control"] == "no-store"
    body = response.content.decode()
    assert NUMBER not in body
    return re.findall(r'<a href="/(?:pupils|staff)/[^"]*">([^<]*)<small>', body)


def test_persons_are_found_by_name_and_number_in_the_readers_schools(people: District) -> None:
    officer, clerk = entered(people.officer), entered(people.sunny_clerk)
    assert found(officer, "张", HTTP_HX_REQUEST="true") == [], "a surname alone names nobody"
    assert found(officer, "张小", HTTP_HX_REQUEST="true") == ["张小禾"]
    assert "999901********" in officer.get("/search/", {"q": "张小"}).content.decode()
    assert (found(clerk, "大河"), found(officer, "大河")) == ([], ["张大河"])
    assert found(clerk, "T00012", HTTP_HX_REQUEST="true") == ["张老师"]
    assert not TrailLine.objects.filter(action="opened").exists()


def test_a_search_by_identity_number_is_recorded_and_only_from_the_body(people: District) -> None:
    officer = entered(people.officer)
    assert "/pupils/" not in re.findall(r"results.*", officer.get("/search/", {"q": NUMBER}).content.decode())
    assert not TrailLine.objects.filter(action="opened").exists()
    assert found(officer, NUMBER.lower()) == ["张小禾"]
    line = TrailLine.objects.get(action="opened")
    assert (line.by, line.object_type, "search" in line.after, NUMBER in line.after) == ("officer-320999", "registers.Pupil", True, False)
    assert found(entered(people.river_clerk), NUMBER) == []
    assert TrailLine.objects.filter(action="opened").count() == 1, "who finds nothing has opened nothing"


def test_an_administrator_finds_no_persons(people: District) -> None:
    assert found(entered(people.administrator), "张小禾") == []


def test_ledgers_are_found_by_title(people: District) -> None:
    assert 'href="/ledgers/' in entered(people.officer).get("/search/", {"q": "隐患"}).content.decode()
