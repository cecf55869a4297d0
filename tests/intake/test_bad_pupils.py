"""Bad input of persons: the wrong workbook, two clerks at once, the disk full, the database gone: clear words, nothing half-stored."""

import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from jiaoheng.access import trail
from jiaoheng.intake.interrupted import Interrupted
from jiaoheng.intake.provenance import Import
from jiaoheng.intake.taking_in import take_in
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.pupil import Pupil
from jiaoheng.web.errors import RefusedMiddleware
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
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "The disk is full."),
        (OSError(13, "Permission denied", "/data/received/1"), "1 cannot be read or written: Permission denied."),
        (OSError(5, "Input/output error"), "The files cannot be read or written: Input/output error."),
        (OperationalError("database or disk is full"), "The disk of the database is full."),
        (OperationalError("database is locked"), "Somebody else is storing"),
        (OperationalError("attempt to write a readonly database"), "may only be read"),
        (OperationalError("disk I/O error"), "disk I/O error"),
        (OperationalError("server closed the connection unexpectedly"), "The database went away"),
        (sqlite3.OperationalError(), "The database went away"),
        (psycopg.errors.AdminShutdown("terminating connection"), "The database went away"),
    ],
)
def test_a_fault_midway_is_said_and_leaves_nothing(pupils, monkeypatch, error, said):  # noqa: F811
    """After the pupils are written and before their stays are, the machine fails."""

    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("jiaoheng.intake.stores.pupils.write_conditions", broken)
    with pytest.raises(Interrupted) as interrupted:
        pupils(child(1))
    words = str(interrupted.value)
    assert said in words and "Nothing was stored." in words and "/data/" not in words
    assert nothing_stored() and trail.verify() == []


def test_an_error_of_the_program_is_not_taken_for_the_machines(pupils, monkeypatch):  # noqa: F811
    monkeypatch.setattr("jiaoheng.intake.stores.pupils.write_conditions", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        pupils(child(1))


def test_where_only_the_marked_copy_fails_the_good_rows_are_stored_and_it_is_said(pupils, data_folder):  # noqa: F811
    data_folder.mkdir()
    (data_folder / "returned").write_text("a file where the folder should be", encoding="utf-8")
    file = pupils(child(1), child(2, 学校标识码="9999")).files[0]
    assert (file.accepted, file.rejected, file.returned) == (1, 1, None) and Pupil.objects.count() == 1
    assert "READ-14" in [cause.code for cause in file.causes]


def test_a_page_says_the_same_without_asking_the_database():
    answer = RefusedMiddleware(lambda request: HttpResponse()).process_exception(RequestFactory().get("/"), Interrupted("It went away."))
    assert answer is not None and answer.status_code == 503 and "It went away." in answer.content.decode()


def test_the_same_file_from_two_clerks_is_stored_once(taken, officer, clerk, written):  # noqa: F811
    book = written("pupils.xlsx", [HEAD, child(1), child(2)])
    first, second = take_in([book], account=officer), take_in([book], account=clerk)
    assert (first.files[0].new, second.files[0].new, second.files[0].unchanged) == (2, 0, 2) and Pupil.objects.count() == 2


def test_another_schools_clerk_cannot_take_our_child(pupils, clerk):  # noqa: F811
    pupils(child(1, 学校标识码="1002"))
    report = pupils(child(1), account=clerk)
    assert [cause.code for cause in report.files[0].causes] == ["PUP-36"] and Enrolment.objects.get().school.code == "1002"
