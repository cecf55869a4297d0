"""Fills every table of a new database with rows, in the words of release 0.1.0; what it left is kept as SQL beside it.

Run at that release, from its root, once on each database, with a data folder whose field.key is this folder's test_key.txt:

    python -m tests.registers.previous_release.filled release_0_1_0.sqlite.sql        (DATABASE_URL not set)
    python tools/with_postgres.py -- python -m tests.registers.previous_release.filled release_0_1_0.postgresql.sql

It is not run at a later release; the SQL is never made anew.
"""

# ruff: noqa: E402
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import django

django.setup()

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from jiaoheng.access.account import Account
from jiaoheng.access.trail import verify
from jiaoheng.intake.provenance import Import, SourceFile, SourceRow
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.registers.appointment import appoint
from jiaoheng.registers.approval import approve, ask_correction, ask_transfer
from jiaoheng.registers.duplicate import merge
from jiaoheng.registers.enrolment import enrol, withdraw
from jiaoheng.registers.establishment import Establishment
from jiaoheng.registers.funds import Funds
from jiaoheng.registers.licence import AnnualInspection, InclusiveRecognition, Licence
from jiaoheng.registers.pupil_condition import note_condition
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.school_group import GroupMembership, SchoolGroup
from jiaoheng.registers.staff import Staff
from tests.registers.district import AUTUMN, District, district, identity_number


def children(d: District) -> None:
    """Pupils with sealed numbers, phones and conditions; a class, a transfer, a correction, an exit, a merge."""
    room = SchoolClass(school=d.sunny, school_year="2025-2026", grade="1", name="1").store(change=d.by())
    first = d.pupil("张小禾", guardian="张大山", guardian_relation="father", guardian_phone="13900001234", bank_card="6222020000000000001")
    enrol(first, d.sunny, grade="1", on=AUTUMN, school_class=room, change=d.by())
    note_condition(first, "disability", since=AUTUMN, detail="62", placement="ordinary_class", change=d.by())
    note_condition(first, "boarder", since=AUTUMN, until=date(2026, 1, 20), change=d.by())
    approve(ask_correction(first, identity_number(date(2017, 3, 5)), by=d.sunny_clerk, reason="户口簿更正"), by=d.officer)
    approve(ask_transfer(first, d.river, on=date(2026, 3, 2), by=d.river_clerk, reason="随父母迁居"), by=d.officer)
    second = d.enrolled("李小明")
    withdraw(second, on=date(2026, 1, 5), kind="departure", change=d.approved)
    again = d.pupil("李小明", identity_number=None, keeper=d.river)
    merge(second.pupil, again, change=d.by())


def adults_and_money(d: District) -> None:
    """Staff with appointments, posts, funds, a group, a kindergarten's papers."""
    person = Staff(
        name="王芳", sex="2", birth_date=date(1985, 1, 2), employer=d.sunny, staff_number="T1", post="teacher", title="first",
        identity_number=identity_number(date(1985, 1, 2), boy=False), phone="13800005678", bank_card="6222020000000000019",
        registration_due=date(2027, 6, 30), stages="primary", subjects="chinese", employed_on=date(2008, 9, 1),
    ).store(change=d.by())  # fmt: skip
    appoint(person, d.sunny, "post", since=date(2008, 9, 1), change=d.by())
    appoint(person, d.river, "rotation", since=AUTUMN, until=date(2026, 9, 1), change=d.by())
    Establishment(school=d.sunny, approved_posts=60, since=AUTUMN, document="样编〔2025〕1号").store(change=d.by())
    funds = Funds(fiscal_year=2025, organisation=d.bureau, source="surcharge", purpose="projects", budgeted_yuan=Decimal("20210000.01"))
    funds.store(change=d.by())
    funds.spent_yuan = Decimal("0.10")
    funds.store(change=d.by())
    group = SchoolGroup(organisation=d.bureau, name="阳光集团", kind="group", since=AUTUMN).store(change=d.by())
    GroupMembership(group=group, school=d.sunny, role="lead", since=AUTUMN).store(change=d.by())
    Licence(organisation=d.hill, number="教民1号", approved_by="样本区教育局", legal_form="non_profit", since=AUTUMN).store(change=d.by())
    InclusiveRecognition(organisation=d.hill, since=AUTUMN, document="样教〔2025〕2号").store(change=d.by())
    AnnualInspection(organisation=d.hill, year=2025, result="passed", note="“合格”").store(change=d.by())


def workbooks(d: District) -> None:
    """A received file, its import, and figures with their origin."""
    file = SourceFile.objects.create(sha256="ab" * 32, name="办学条件_2025.xlsx", size_bytes=11868, kept_at="received/" + "ab" * 32)
    causes = [{"code": "STAT-01", "rows": [3], "words": "«八百» is not a number"}]
    run = Import.objects.create(source_file=file, register="annual_statistics", account=d.officer, rows_read=2, causes=causes, totals=[])
    SourceRow.objects.create(
        imported=run, organisation=d.sunny, school_year="2025-2026", stage="primary", sheet="小学", row=2, fields="pupils"
    )
    AnnualStatistics.objects.create(
        organisation=d.sunny, school_year="2025-2026", stage="primary", pupils=812, classes=18, teaching_area_m2=Decimal("3654.25")
    )
    AnnualStatistics.objects.create(organisation=d.hill, school_year="2025-2026", stage="junior", pupils=None, classes=0)


def django_s_own(d: District) -> None:
    """Groups, permissions, sessions, sign-ins that failed."""
    group = Group.objects.create(name="bureau")
    group.permissions.add(Permission.objects.order_by("pk")[0])
    d.officer.set_password("correct-horse-battery")
    d.officer.last_login = timezone.now()
    d.officer.save()
    d.officer.groups.add(group)
    d.officer.user_permissions.add(Permission.objects.order_by("pk")[1])
    Session.objects.create(session_key="s" * 32, session_data="x", expire_date=timezone.now())
    at = {"user_agent": "browser", "ip_address": "192.0.2.7", "username": "officer", "path_info": "/sign-in/"}
    for model in apps.get_app_config("axes").get_models():
        more = {
            "AccessAttempt": {"get_data": "", "post_data": "", "failures_since_start": 2},
            "AccessFailureLog": {"locked_out": True},
            "AccessLog": {"logout_time": timezone.now()},
        }
        if model.__name__ in more:
            model._default_manager.create(**at, **more[model.__name__])
    expiring = apps.get_model("axes", "AccessAttemptExpiration")
    attempt = apps.get_model("axes", "AccessAttempt")._default_manager.get()
    expiring._default_manager.create(access_attempt=attempt, expires_at=timezone.now())


def written(file: Path) -> None:
    """The database as SQL."""
    if connection.vendor == "sqlite":
        connection.cursor()
        lines = list(connection.connection.iterdump())
    else:
        said = connection.settings_dict
        command = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", "-h", said["OPTIONS"]["host"], "-U", said["USER"], said["NAME"]]
        dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        lines = [line for line in dumped if line and not line.startswith(("--", "\\", "SET ", "SELECT pg_catalog.set_config"))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Fill, look that no table is empty and the trail holds, and write."""
    call_command("migrate", verbosity=0)
    d = district()
    for fill in (children, adults_and_money, workbooks, django_s_own):
        fill(d)
    assert verify() == [] and Account.objects.count() == 6
    empty = [m._meta.db_table for m in apps.get_models(include_auto_created=True) if not m._default_manager.exists()]
    assert empty == [], empty
    written(Path(sys.argv[1]))


main()
