"""The trail: complete, in one transaction with what it tells of, and whoever tampers with it is found."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import DatabaseError

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Role
from jiaoheng.access.key_ring import KEYS_VARIABLE, key_file
from jiaoheng.access.trail import Entry, TrailHead, TrailLine, lines_for, record, verify
from jiaoheng.organisations.organisation import Organisation

pytestmark = pytest.mark.django_db

TABLE = "access_trailline"


def written(count: int = 5) -> Account:
    who = Account.objects.create(username="officer", role=Role.OFFICER)
    for number in range(count):
        record([Entry("changed", "registers.Pupil", str(number), before={"grade": "1"}, after={"grade": "2"})], by=who, reason="升级")
    return who


def unguarded(*statements: str) -> None:
    """Write to the table as somebody would who rules the database: the guarding trigger is taken off first."""
    with connection.cursor() as cursor:
        on = f" on {TABLE}" if connection.vendor == "postgresql" else ""
        cursor.execute(f"drop trigger if exists access_trail_append_only{on}")
        for statement in statements:
            cursor.execute(statement)


def test_an_untouched_trail_verifies() -> None:
    assert verify() == []
    written()
    assert verify() == []
    assert list(TrailLine.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def rehashed() -> None:
    """Rewrite line 3 and every hash after it, as somebody would who knows the form of the trail and has not the key."""
    previous = TrailLine.objects.get(number=2).hash
    for line in TrailLine.objects.filter(number__gte=3).order_by("number"):
        line.previous = previous
        if line.number == 3:
            line.after = '{"grade":"9"}'
        previous = line.computed_hash()
        unguarded(f"update {TABLE} set after='{line.after}', previous='{line.previous}', hash='{previous}' where number={line.number}")
    TrailHead.objects.filter(pk=1).update(hash=previous)


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (lambda: unguarded(f"update {TABLE} set reason='x' where number=3"), [(3, "changed")]),
        (lambda: unguarded(f"update {TABLE} set after='{{}}' where number=1"), [(1, "changed")]),
        (lambda: unguarded(f"delete from {TABLE} where number=3"), [(3, "missing")]),
        (lambda: unguarded(f"delete from {TABLE} where number=1"), [(1, "missing")]),
        (lambda: unguarded(f"delete from {TABLE} where number=5"), [(5, "cut off")]),
        (lambda: unguarded(f"delete from {TABLE} where number>=3"), [(3, "Lines 3 to 5")]),
        (lambda: unguarded(f"delete from {TABLE}"), [(1, "Lines 1 to 5")]),
        (
            lambda: unguarded(
                f"update {TABLE} set number=99 where number=2",
                f"update {TABLE} set number=2 where number=3",
                f"update {TABLE} set number=3 where number=99",
            ),
            [(2, "follow"), (2, "changed"), (3, "follow"), (3, "changed"), (4, "follow")],
        ),
        (
            lambda: unguarded(
                f"insert into {TABLE} (number, at, account, by, approved_by, action, object_type, object_id, organisation, before, after, "
                f"reason, previous, hash) select 6, at, account, by, approved_by, action, object_type, object_id, organisation, before, "
                f"after, reason, hash, hash from {TABLE} where number=5"
            ),
            [(6, "beyond")],
        ),
        (
            lambda: (unguarded(f"delete from {TABLE} where number=5"), TrailHead.objects.update(count=4)),
            [(4, "does not end"), (0, "without the key")],
        ),
        (rehashed, [(0, "without the key")]),
        (lambda: TrailHead.objects.all().delete(), [(1, "beyond")]),
    ],
)
def test_tampering_is_found_with_its_line(tamper: Callable[[], object], found: list[tuple[int, str]]) -> None:
    written()
    tamper()
    faults = verify()
    assert [(fault.number, words) for fault, (_, words) in zip(faults, found, strict=True)] == found
    assert all(words in fault.words for fault, (_, words) in zip(faults, found, strict=True))


def test_a_trail_put_back_to_an_earlier_state_is_found_by_what_was_noted() -> None:
    written()
    last = TrailLine.objects.get(number=5)
    assert verify(noted=(5, last.hash)) == []
    trail.note_outside(7, "f" * 64)
    assert "7 lines" in verify()[0].words
    assert "was noted" in verify(noted=(9, last.hash))[0].words
    assert "written anew" in verify(noted=(4, last.hash))[0].words


def test_the_database_refuses_to_change_a_line() -> None:
    written(1)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        TrailLine.objects.update(reason="x")
    line = TrailLine.objects.get()
    for write in (line.save, line.delete):
        with pytest.raises(TypeError):
            write()


def test_lines_fall_with_what_they_tell_of() -> None:
    who = written(2)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record([Entry("added", "x", "1")], by=who, reason="r")
        _ = 1 // 0
    assert (TrailLine.objects.count(), verify()) == (2, [])


def test_many_lines_at_once_are_one_chain() -> None:
    who = written(1)
    assert record((Entry("added", "registers.Pupil", str(n)) for n in range(1200)), by=who, reason="import") == 1200
    assert (TrailHead.objects.get().count, verify()) == (1201, [])


def test_who_reads_the_trail_reads_the_own_subtree() -> None:
    top = Organisation.objects.create(code="99", name_zh="区", kind="county", path="99")
    school = Organisation.objects.create(code="S1", name_zh="校", kind="school", parent=top, path="99/S1")
    other = Organisation.objects.create(code="S10", name_zh="校", kind="school", parent=top, path="99/S10")
    who = Account.objects.create(username="o", role=Role.OFFICER, organisation=top)
    record([Entry("added", "x", "1", organisation=place.path) for place in (school, other)], by=who, reason="r")
    assert lines_for(who).count() == 2
    who.organisation = school
    assert [line.organisation for line in lines_for(who)] == ["99/S1"]
    who.role = Role.CLERK
    assert not lines_for(who).exists()


@pytest.mark.django_db(transaction=True)
def test_two_writers_at_once_make_one_chain_here() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("a database in memory has one writer; the next test takes two processes and a file")
    who = Account.objects.create(username="officer", role=Role.OFFICER)
    failed: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(25):
                with transaction.atomic():
                    record([Entry("added", name, f"{number}-{part}") for part in range(2)], by=who, reason="r")
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failed == []
    assert (TrailLine.objects.count(), verify()) == (100, [])


_WRITER = """
import sys, time, django
django.setup()
from django.db import transaction
from jiaoheng.access.account import Account
from jiaoheng.access.trail import Entry, record
who = Account.objects.get()
print("ready", flush=True)
sys.stdin.readline()
for number in range(25):
    with transaction.atomic():
        record([Entry("added", sys.argv[1], f"{number}-{part}") for part in range(2)], by=who, reason="r")
"""
_SETTING_UP = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from jiaoheng.access.account import Account
Account.objects.create(username="officer")
"""
_VERIFYING = """
import django
django.setup()
from jiaoheng.access.trail import TrailLine, verify
print(TrailLine.objects.count(), [str(fault) for fault in verify()])
"""


@pytest.mark.slow
def test_two_processes_writing_to_one_sqlite_file_make_one_chain(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", KEYS_VARIABLE)}
    environment |= {
        "JIAOHENG_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "jiaoheng.settings",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }

    def run(program: str) -> str:
        return subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True).stdout

    run(_SETTING_UP)
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, name], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("a", "b")
    ]
    for writer in writers:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.communicate("go\n", timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert run(_VERIFYING).strip() == "100 []"


def test_the_seal_names_a_lost_key() -> None:
    written(1)
    if os.environ.get(KEYS_VARIABLE):
        pytest.skip("the keys of this run come from the environment")
    assert key_file().is_relative_to(settings.DATA)
    key_file().unlink()
    assert [fault.number for fault in verify()] == [0]
    assert "not on the ring" in verify()[0].words
