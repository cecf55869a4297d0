"""The tables of this release are laid over a database of the first one, which keeps what it held; and the models need no other."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

FIRST = [("access", "0001_initial"), ("registers", "0001_initial")]


@pytest.fixture
def _first_release(transactional_db: None) -> Iterator[None]:
    MigrationExecutor(connection).migrate(FIRST)
    yield
    call_command("migrate", verbosity=0)


@pytest.mark.usefixtures("_first_release")
def test_a_database_of_the_first_release_keeps_what_it_held() -> None:
    old = MigrationExecutor(connection).loader.project_state(FIRST).apps
    school = old.get_model("organisations", "Organisation").objects.create(code="S1", kind="school", path="S1")
    old.get_model("access", "Account").objects.create(username="officer", role="officer", organisation=school)
    old.get_model("registers", "AnnualStatistics").objects.create(organisation=school, school_year="2025-2026", stage="primary", pupils=7)
    call_command("migrate", verbosity=0)

    from jiaoheng.access.account import Account
    from jiaoheng.access.change import Change
    from jiaoheng.access.trail import verify
    from jiaoheng.registers.annual_statistics import AnnualStatistics
    from jiaoheng.registers.establishment import Establishment

    assert AnnualStatistics.objects.get().pupils == 7
    account = Account.objects.get()
    assert account.organisation is not None
    Establishment(school=account.organisation, approved_posts=3, since="2025-09-01").store(change=Change(account, "first"))
    assert verify() == []


@pytest.mark.django_db
def test_the_models_need_no_migration_that_is_not_there() -> None:
    call_command("makemigrations", "access", "registers", check=True, dry_run=True, verbosity=0)
