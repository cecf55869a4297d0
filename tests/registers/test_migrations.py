"""Databases of the release before are brought to this one and keep what they held; and the models need no migration that is not there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.deployment import VENDORS, Deployment, deployment

RELEASED = Path(__file__).with_name("previous_release")
BY_THEMSELVES = {"django_migrations"}
"""Tables that migrating itself writes to; everywhere else each old row must stand, whatever columns were added."""

_READ = """
from django.utils import translation
translation.activate("en")
from datetime import date
from jiaoheng.access.account import Account
from jiaoheng.access.change import Change
from jiaoheng.access.trail import verify
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.registers.enrolment import active
from jiaoheng.registers.establishment import Establishment
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.staff import Staff
child = Pupil.objects.get(name="张小禾")
print(child.guardian_phone.clear, child.bank_card.clear, active(child).school.code, child.history.count() > 1)
print(sorted(condition.kind.clear + ":" + (condition.detail.clear if condition.detail else "") for condition in child.conditions.all()))
person = Staff.objects.get()
print(person.phone.clear, person.identity_number.masked[:6], [a.kind for a in person.appointments.order_by("since")])
row = AnnualStatistics.objects.get(organisation__code="S1")
print(row.pupils, row.teaching_area_m2)
officer = Account.objects.get(username="officer")
print(officer.check_password("correct-horse-battery"), officer.organisation.code)
first = Establishment.objects.get()
first.end(on=date(2026, 9, 1), change=Change(officer, "new posts"))
print([str(fault) for fault in verify()])
"""
_EXPECTED = """13900001234 6222020000000000001 S10 True
['boarder:', 'disability:62']
13800005678 999901 ['post', 'rotation']
812 3654.25
True 999901
[]
"""


def released(place: Deployment) -> Deployment:
    """The deployment as release 0.1.0 left it, with a row in every table at least."""
    place.data.mkdir(parents=True)
    key = place.data / "field.key"
    shutil.copy(RELEASED / "test_key.txt", key)
    key.chmod(0o600)
    place.execute_script((RELEASED / f"release_0_1_0.{place.vendor}.sql").read_text(encoding="utf-8"))
    return place


@pytest.fixture(params=VENDORS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    with deployment(request.param, tmp_path / "old") as place:
        yield released(place)


@pytest.mark.slow
def test_a_database_of_the_release_before_keeps_every_row(old: Deployment) -> None:
    before = old.tables()
    assert len(before) > 45 and all(rows for _columns, rows in before.values())
    assert "up to date" in old.says("migrate")
    after = old.tables()
    for name in sorted(set(before) - BY_THEMSELVES):
        columns, rows = before[name]
        now, present = after[name]
        places = [now.index(column) for column in columns]
        assert rows <= {tuple(row[place] for place in places) for row in present}, name
    assert old.runs(_READ).stdout == _EXPECTED
    assert "none changed" in old.says("trail", "verify")


@pytest.mark.django_db
def test_the_models_need_no_migration_that_is_not_there() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
