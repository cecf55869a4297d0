"""Bad input of persons: the wrong workbook, two clerks at once, the disk full, the database gone: clear words, nothing half-stored."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from jiaoheng.access import trail
from jiaoheng.intake.provenance import Import
from jiaoheng.intake.taking_in import take_in
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.pupil import Pupil
from tests.intake.test_pupils import HEAD, child, clerk, officer, pupils  # noqa: F401

Take = Callable[..., Any]


def nothing_stored() -> bool:
    return not any(model.objects.exists() for model in (Pupil, Enrolment, Import, trail.TrailLine))


@pytest.mark.parametrize("asked", ["classes", "annual_statistics", "organisations"])
def test_a_pupils_workbook_handed_in_as_something_else_is_said_to_be_one(taken, officer, asked):  # noqa: F811
    report = taken([HEAD, child(1)], account=officer, register=asked)
    file = report.files[0]
    assert file.refused and file.causes[0].code == "FILE-15" and "Pupils" in file.causes[0].en and "学生" in file.causes[0].zh
    assert report.exit_status == 2 and nothing_stored()


def test_asked_as_what_it_is_it_is_taken(taken, officer):  # noqa: F811
    assert taken([HEAD, child(1)], account=officer, register="pupils").files[0].accepted == 1


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), OperationalError("database or disk is full"), sqlite3.OperationalError()]
)
def test_a_fault_midway_leaves_nothing(pupils, monkeypatch, error):  # noqa: F811
    """After the pupils are written and before their stays are, the machine fails."""

    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("jiaoheng.intake.stores.pupils.write_conditions", broken)
    with pytest.raises(type(error)):
        pupils(child(1))
    assert nothing_stored() and trail.verify() == []


def test_the_same_file_from_two_clerks_is_stored_once(taken, officer, clerk, written):  # noqa: F811
    book = written("pupils.xlsx", [HEAD, child(1), child(2)])
    first, second = take_in([book], account=officer), take_in([book], account=clerk)
    assert (first.files[0].new, second.files[0].new, second.files[0].unchanged) == (2, 0, 2) and Pupil.objects.count() == 2


def test_another_schools_clerk_cannot_take_our_child(pupils, clerk):  # noqa: F811
    pupils(child(1, 学校标识码="1002"))
    report = pupils(child(1), account=clerk)
    assert [cause.code for cause in report.files[0].causes] == ["PUP-36"] and Enrolment.objects.get().school.code == "1002"
