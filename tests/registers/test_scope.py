"""Scope: no register is without one, and a foreign school's clerk finds nothing in any of them."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models

import jiaoheng
from jiaoheng.access.account import Account, Refused
from jiaoheng.access.change import Change, Recorded
from jiaoheng.access.scope import NoScope, ScopedQuerySet, limited, path_of, scope_path_of
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.registers.appointment import appoint
from jiaoheng.registers.approval import ask_exit
from jiaoheng.registers.campus import Campus, CampusUse
from jiaoheng.registers.catchment import CatchmentArea
from jiaoheng.registers.duplicate import merge
from jiaoheng.registers.establishment import Establishment
from jiaoheng.registers.funds import Funds
from jiaoheng.registers.licence import AnnualInspection, InclusiveRecognition, Licence
from jiaoheng.registers.population import Population
from jiaoheng.registers.pupil_condition import note_condition
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.school_group import GroupMembership, SchoolGroup
from jiaoheng.registers.staff import Staff
from jiaoheng.registers.succession import FormerName, Succession
from tests.registers.district import AUTUMN, District, district

REGISTERS = list(apps.get_app_config("registers").get_models())
WITHOUT_FOR_ACCOUNT = {AnnualStatistics: "totals of schools; read through limited(…, account)"}


@pytest.mark.parametrize("model", REGISTERS, ids=lambda model: model.__name__)
def test_every_register_says_to_which_organisation_its_rows_belong(model: type[models.Model]) -> None:
    assert scope_path_of(model).endswith("path")
    own = isinstance(getattr(model, "objects").all(), ScopedQuerySet)  # noqa: B009 models in general have no manager of this name
    is_history = hasattr(model, "instance_type")
    assert own or is_history or model in WITHOUT_FOR_ACCOUNT
    assert not (own and model in WITHOUT_FOR_ACCOUNT), "this exemption is stale"
    assert own == issubclass(model, Recorded)


class Nowhere(models.Model):
    class Meta:
        app_label = "tests"
        managed = False


class Astray(models.Model):
    scope_path = "name__path"
    name = models.CharField(max_length=3)

    class Meta:
        app_label = "tests"
        managed = False


@pytest.mark.parametrize("model", [Nowhere, Astray])
def test_a_model_without_an_organisation_is_listed_for_nobody(model: type[models.Model]) -> None:
    with pytest.raises(NoScope):
        scope_path_of(model)


def fill(d: District) -> None:
    """At least one row of every register, at the sunny school."""
    by = d.by()
    stay = d.enrolled("张小禾")
    note_condition(stay.pupil, "boarder", since=AUTUMN, change=by)
    merge(stay.pupil, d.pupil("张小禾", identity_number=None), change=by)
    ask_exit(stay.pupil, on=AUTUMN, kind="departure", by=d.sunny_clerk, reason="搬家")
    SchoolClass(school=d.sunny, school_year="2025-2026", grade="1", name="1").store(change=by)
    teacher = Staff(name="李明", sex="1", birth_date=date(1985, 1, 1), employer=d.sunny, staff_number="T1", post="teacher").store(change=by)
    appoint(teacher, d.sunny, "post", since=AUTUMN, change=by)
    Establishment(school=d.sunny, approved_posts=60, since=AUTUMN).store(change=by)
    Funds(fiscal_year=2025, organisation=d.sunny, source="county", purpose="public", spent_yuan=Decimal("0.10")).store(change=by)
    group = SchoolGroup(organisation=d.sunny, name="阳光集团", kind="group", since=AUTUMN).store(change=by)
    GroupMembership(group=group, school=d.sunny, role="lead", since=AUTUMN).store(change=by)
    Licence(organisation=d.sunny, number="1", approved_by="局", since=AUTUMN).store(change=by)
    InclusiveRecognition(organisation=d.sunny, since=AUTUMN).store(change=by)
    AnnualInspection(organisation=d.sunny, year=2025, result="passed").store(change=by)
    Population(organisation=d.sunny, year=2025, base="resident", age=6, sex="1", persons=12).store(change=by)
    campus = Campus(organisation=d.sunny, name="阳光校区", since=AUTUMN).store(change=by)
    CampusUse(campus=campus, school=d.sunny, since=AUTUMN).store(change=by)
    ground = {"type": "Polygon", "coordinates": [[[118, 31], [118.1, 31], [118.1, 31.1], [118, 31]]]}
    CatchmentArea(school=d.sunny, stage="primary", geometry=ground, streets="阳光路", since=AUTUMN).store(change=by)
    FormerName(organisation=d.sunny, name_zh="阳光村小", since=date(2000, 9, 1), until=AUTUMN).store(change=by)
    Succession(predecessor=d.hill, successor=d.sunny, kind="merger", on=AUTUMN).store(change=by)
    AnnualStatistics.objects.create(organisation=d.sunny, school_year="2025-2026", stage="primary")


def test_pages_and_endpoints_ask_a_register_through_its_scope_only() -> None:
    """In the floors that answer people, every use of a register's rows says whose rows it may be."""
    names = "|".join(model.__name__ for model in REGISTERS if issubclass(model, Recorded))
    asked = re.compile(rf"\b(?:{names})\.(?:objects|history|_base_manager|_default_manager)\b(?!\s*\.for_account\()")
    source = Path(jiaoheng.__file__).parent
    files = [file for floor in ("web", "api") for file in (source / floor).rglob("*.py")]
    assert files
    found = [f"{file.relative_to(source)}: {line.strip()}" for file in files for line in file.read_text(encoding="utf-8").splitlines()
             if asked.search(line) and "limited(" not in line]  # fmt: skip
    assert not found, "begin with .for_account(account) or limited(rows, account)"


@pytest.mark.django_db
def test_a_foreign_schools_clerk_finds_nothing_in_any_register_and_the_own_one_everything() -> None:
    d = district()
    fill(d)
    nobody = Account.objects.create(username="nobody", role="officer")
    left = Account.objects.create(username="left", role="officer", organisation=d.bureau, is_active=False)
    for model in REGISTERS:
        rows: Any = model._base_manager.all()
        assert rows.count(), f"the test plants no {model.__name__}"
        counted = {account.username: limited(rows, account).count() for account in (d.river_clerk, nobody, left, d.sunny_clerk, d.officer)}
        assert counted == {"river": 0, "nobody": 0, "left": 0, "sunny": rows.count(), "officer": rows.count()}, model.__name__
        assert path_of(rows.first()) == d.sunny.path


@pytest.mark.django_db
def test_a_foreign_schools_clerk_writes_nothing_in_any_register() -> None:
    d = district()
    fill(d)
    for model in REGISTERS:
        row: Any = model._base_manager.first()
        if isinstance(row, Recorded):
            for write in (row.store, row.remove):
                with pytest.raises(Refused, match="scope"):
                    write(change=Change(d.river_clerk, "r"))
            with pytest.raises(Refused, match="reads"):
                row.store(change=Change(d.auditor, "r"))
