"""Declared against held: by school and stage, on the day asked, with the rows."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from jiaoheng.cli import discrepancies as room
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.registers.appointment import appoint
from jiaoheng.registers.discrepancy import discrepancies, pupils_behind, rows_behind
from jiaoheng.registers.enrolment import withdraw
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.staff import Staff
from tests.registers.district import AUTUMN, District, district

pytestmark = pytest.mark.django_db


def declared(d: District, stage: str, pupils: int | None, classes: int | None = None, teachers: int | None = None) -> None:
    figures = {"pupils": pupils, "classes": classes, "teachers": teachers}
    AnnualStatistics.objects.create(organisation=d.hill, school_year="2025-2026", stage=stage, **figures)


def teacher(d: District, number: str, stages: str = "", **said: Any) -> Staff:
    return Staff(
        name=f"教师{number}", sex="1", birth_date=date(1985, 1, 1), employer=said.pop("employer", d.hill), staff_number=number,
        post=said.pop("post", "teacher"), stages=stages, **said,
    ).store(change=d.by())  # fmt: skip


def said(d: District, on: date = AUTUMN) -> list[tuple[str, str, int, int]]:
    return [(one.stage, one.figure, one.declared, one.held) for one in discrepancies(d.bureau, on=on)]


def test_each_stage_is_compared_on_the_day() -> None:
    d = district()
    stays = [d.enrolled(name, school=d.hill, grade="1") for name in ("甲", "乙", "丙")]
    d.enrolled("丁", school=d.hill, grade="7", birth_date=date(2012, 3, 4))
    SchoolClass(school=d.hill, school_year="2025-2026", grade="1", name="1").store(change=d.by())
    declared(d, "primary", 3, 1)
    declared(d, "junior", 2, 0)
    assert said(d) == [("junior", "pupils", 2, 1)]
    withdraw(stays[0], on=date(2026, 3, 2), kind="departure", change=d.approved)
    assert said(d, date(2026, 3, 1)) == [("junior", "pupils", 2, 1)]
    assert said(d, date(2026, 3, 2)) == [("junior", "pupils", 2, 1), ("primary", "pupils", 3, 2)]
    assert said(d, AUTUMN - timedelta(1)) == []  # another school year, for which nothing was declared
    behind = pupils_behind(discrepancies(d.bureau, on=date(2026, 3, 2))[1])
    assert sorted(stay.pupil.name for stay in behind) == ["丙", "乙"]


def test_what_was_not_declared_or_not_yet_registered_is_not_compared() -> None:
    d = district()
    declared(d, "primary", 300)
    assert said(d) == []
    d.enrolled("甲", school=d.hill, grade="7", birth_date=date(2012, 3, 4))
    declared(d, "junior", None)
    assert said(d) == [("primary", "pupils", 300, 0)]


def test_secondary_statistics_are_compared_with_junior_and_senior_grades() -> None:
    d = district()
    d.enrolled("丁", school=d.hill, grade="7", birth_date=date(2012, 3, 4))
    declared(d, "secondary", 1)
    assert said(d) == []


def test_classes_are_compared_and_shown() -> None:
    d = district()
    d.enrolled("甲", school=d.hill, grade="1")
    SchoolClass(school=d.hill, school_year="2025-2026", grade="1", name="1").store(change=d.by())
    SchoolClass(school=d.hill, school_year="2024-2025", grade="1", name="1").store(change=d.by())
    declared(d, "primary", 1, 2)
    assert said(d) == [("primary", "classes", 2, 1)]
    assert [str(one) for one in rows_behind(discrepancies(d.bureau, on=AUTUMN)[0])] == ["1-1"]


def test_teachers_are_counted_once_at_the_school_of_their_post() -> None:
    d = district()
    teacher(d, "T1", "primary")
    teacher(d, "T2", "primary,junior")
    teacher(d, "T3", "junior")
    teacher(d, "T4")  # says no stage: the school's first
    teacher(d, "T5", "primary", post="worker")
    teacher(d, "T6", "primary", left_on=AUTUMN)
    moved = teacher(d, "T7", "primary", employer=d.sunny)
    appoint(moved, d.hill, "post", since=AUTUMN, change=d.by())
    away = teacher(d, "T8", "primary", employer=d.sunny)
    appoint(away, d.hill, "rotation", since=AUTUMN, change=d.by())
    declared(d, "primary", None, None, 5)
    declared(d, "junior", None, None, 1)
    assert said(d) == [("primary", "teachers", 5, 4)]
    behind = rows_behind(discrepancies(d.bureau, on=AUTUMN)[0])
    assert sorted(one.staff_number for one in behind) == ["T1", "T2", "T4", "T7"]


def test_a_school_without_staff_in_the_register_is_not_compared() -> None:
    d = district()
    teacher(d, "T1", "primary", employer=d.sunny)
    declared(d, "primary", None, None, 5)
    assert said(d) == []


def test_the_command_lists_them() -> None:
    d = district()
    d.enrolled("甲", school=d.hill, grade="1")
    declared(d, "primary", 2)
    app = typer.Typer()
    room.register(app)
    ran = CliRunner().invoke(app, ["--on", "2025-09-01", "--format", "json"])
    assert (ran.exit_code, json.loads(ran.output)) == (
        1, [{"organisation": "S2", "stage": "primary", "figure": "pupils", "declared": 2, "held": 1}],
    )  # fmt: skip
    assert CliRunner().invoke(app, ["--on", "2025-09-01", "--organisation", "S1"]).exit_code == 0
    assert CliRunner().invoke(app, ["--organisation", "none"]).exit_code == 2
