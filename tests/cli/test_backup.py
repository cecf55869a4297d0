"""`jiaoheng backup` and `restore`: onto an empty machine, between databases, and refused in words where something is wrong."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import copy_of
from tests.deployment import VENDORS, Deployment, deployment
from tests.registers.test_migrations import released

pytestmark = pytest.mark.slow  # each test starts several processes of a deployment

NOT_CARRIED = {"django_session", "django_migrations", "access_trailline", "access_trailhead"}
"""Sign-ins end; the trail gets the line of the restore, and is looked at by itself."""


_VALUES = """
from jiaoheng.intake.provenance import Import
from jiaoheng.registers.funds import Funds
from jiaoheng.registers.pupil import Pupil
for child in Pupil.objects.order_by("pk"):
    print(child.pk, child.name, child.birth_date, child.guardian_phone and child.guardian_phone.clear)
for version in Funds.history.order_by("pk"):
    print(version.pk, version.spent_yuan, version.history_date, version.history_type)
print(Import.objects.get().causes, Import.objects.get().at)
"""
_NEXT = """
from jiaoheng.organisations.organisation import Organisation
print(Organisation.objects.create(code="Z", path="Z", kind="school").pk)
"""
_HEAD = """
from jiaoheng.access.account import Account
from jiaoheng.access.trail import verify
print(Account.objects.filter(username="head").exists(), [str(fault) for fault in verify()])
"""


def filled(place: Deployment) -> Deployment:
    """Release 0.1.0's rows in this version's tables, some files, and a rulebook of the bureau's own."""
    released(place).says("migrate")
    for name, content in (("received/ab/book.xlsx", b"\0\1workbook"), ("snapshots/2025-09-01/空.parquet", b""), ("static/x.css", b"x")):
        file = place.data / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    overlay = place.data / "own_rules"
    (overlay / "papers").mkdir(parents=True)
    (overlay / "papers" / "ours.md").write_text("# 本局\n", encoding="utf-8")
    place.more["JIAOHENG_RULEBOOK"] = str(overlay)
    return place


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    place = tmp_path_factory.mktemp("source") / "machine"
    with deployment("sqlite", place) as made:
        return filled(made)


@pytest.fixture(scope="module")
def archive(source: Deployment) -> Path:
    file = source.data.parent / "backup.zip"
    said = source.says("backup", str(file), "--keys", str(source.data.parent / "keys.json"))
    assert "2 files, 1 of the rulebook" in said.replace("\n", " ")
    return file


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Deployment]:
    with deployment("sqlite", tmp_path / "empty") as place:
        yield place


def same(one: Deployment, other: Deployment) -> None:
    """Every row of one is in the other, whichever databases they are on."""
    first, second = one.tables(), other.tables()
    for name in sorted(set(first) - NOT_CARRIED):
        assert len(first[name][1]) == len(second[name][1]), name
        if one.vendor == other.vendor:
            assert first[name] == second[name], name
    assert one.runs(_VALUES).stdout == other.runs(_VALUES).stdout != ""


@pytest.mark.parametrize("to", VENDORS)
@pytest.mark.parametrize("of", VENDORS)
def test_a_backup_restores_onto_an_empty_machine(of: str, to: str, source: Deployment, tmp_path: Path) -> None:
    with deployment(of, tmp_path / "old") as old, deployment(to, tmp_path / "new") as new:
        old = copy_of(source, tmp_path / "old") if of == "sqlite" else filled(old)
        file, keys = tmp_path / "b.zip", tmp_path / "keys.json"
        old.says("backup", str(file), "--keys", str(keys))
        assert [stat.S_IMODE(made.stat().st_mode) for made in (file, keys)] == [0o600, 0o600]
        said = new.says("restore", str(file), "--keys", str(keys))
        assert "Hashes, rows, references, keys and trail were verified" in said.replace("\n", " ")
        same(old, new)
        assert (new.data / "received/ab/book.xlsx").read_bytes() == b"\0\1workbook"
        assert (new.data / "snapshots/2025-09-01/空.parquet").exists() and not (new.data / "static").exists()
        assert (new.data / "rulebook/papers/ours.md").read_text(encoding="utf-8") == "# 本局\n"
        assert (new.data / "field.key").read_text() == (old.data / "field.key").read_text()
        assert "31 lines, none changed" in new.says("trail", "verify")
        assert not (new.data / ".restore").exists()
        # the next row gets a number that no row had before
        assert new.runs(_NEXT).stdout == old.runs(_NEXT).stdout


def test_a_backup_of_the_release_before_is_brought_to_this_one(tmp_path: Path, empty: Deployment) -> None:
    with deployment("sqlite", tmp_path / "old") as old:
        released(old)
        file = tmp_path / "b.zip"
        old.runs(f"from pathlib import Path\nfrom jiaoheng.access.backup.backing_up import back_up\nback_up(Path({str(file)!r}))")
        empty.data.mkdir()
        shutil.copy(old.data / "field.key", empty.data / "field.key")
        assert "earlier version" in empty.says("restore", str(file))
        assert "31 lines" in empty.says("trail", "verify")


def test_what_is_there_is_kept_unless_it_is_to_be_replaced(source: Deployment, archive: Path, machine: Deployment, tmp_path: Path) -> None:
    keys = str(source.data.parent / "keys.json")
    other = copy_of(machine, tmp_path / "other")
    (other.data / "received").mkdir()
    (other.data / "received" / "theirs").write_text("x")
    key = (other.data / "field.key").read_text()
    assert "not empty" in other.says("restore", str(archive), "--keys", keys, status=2)
    assert "--keys" in other.says("restore", str(archive), "--replace", status=2)  # its own keys are not the backup's
    other.says("restore", str(archive), "--keys", keys, "--replace")
    assert not (other.data / "received" / "theirs").exists()
    same(source, other)
    kept = [file.read_text() for file in other.data.glob("field.key.replaced-*")]
    assert kept == [key]  # for the backups that were made with it
    program = "from jiaoheng.access.trail import TrailLine\nl = TrailLine.objects.latest('number')\nprint(l.action, l.by, l.before)"
    action, by, noted = other.runs(program).stdout.split(maxsplit=2)
    assert (action, by.startswith("os:"), noted.startswith('{"noted":"1:')) == ("restored", True, True)


def test_wrong_keys_and_passphrases_are_refused(
    source: Deployment, archive: Path, empty: Deployment, machine: Deployment, tmp_path: Path
) -> None:
    keys = str(source.data.parent / "keys.json")
    assert "There are no keys here" in empty.says("restore", str(archive), status=2)
    assert "does not open" in empty.says("restore", str(archive), "--keys", keys, "--passphrase", "some other phrase", status=2)
    assert "not a copy of keys" in empty.says("restore", str(archive), "--keys", str(archive), status=2)
    machine.says("backup", str(tmp_path / "o.zip"), "--keys", str(tmp_path / "o.json"))
    assert "was made with key" in empty.says("restore", str(archive), "--keys", str(tmp_path / "o.json"), status=2)
    assert "fewer than 12" in source.says(
        "backup", str(tmp_path / "p.zip"), "--keys", str(tmp_path / "p"), "--passphrase", "short", status=2
    )
    assert not (tmp_path / "p.zip").exists()
    assert sorted(file.name for file in empty.data.iterdir()) == [".restore.lock", "secret.key"]


def _rewritten(archive: Path, to: Path, name: str, content: bytes | None) -> None:
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(to, "w") as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
            elif content is not None:
                new.writestr(entry, content)


def test_damaged_and_foreign_archives_are_refused_and_change_nothing(source: Deployment, archive: Path, tmp_path: Path) -> None:
    before = source.tables()
    whole, bad = archive.read_bytes(), tmp_path / "bad.zip"
    manifest = json.loads(zipfile.ZipFile(archive).read("manifest.json"))

    def refused(said: str) -> None:
        assert said in source.says("restore", str(bad), "--replace", status=2).replace("\n", " "), said

    bad.write_bytes(whole[: len(whole) // 2])
    refused("cut short")
    middle = len(whole) // 3
    bad.write_bytes(whole[:middle] + bytes(byte ^ 0xFF for byte in whole[middle : middle + 64]) + whole[middle + 64 :])
    refused("was damaged")
    _rewritten(archive, bad, "tables/registers_funds.jsonl", b"[1,2]\n")
    refused("registers_funds.jsonl is not as it was written")
    _rewritten(archive, bad, "data/received/ab/book.xlsx", None)
    refused("list of contents")
    _rewritten(archive, bad, "manifest.json", json.dumps({**manifest, "made_at": "2020-01-01T00:00:00+00:00"}).encode())
    refused("was changed after it was written")
    _rewritten(archive, bad, "manifest.json", json.dumps({**manifest, "form": 2}).encode())
    refused("form 2")
    _rewritten(archive, bad, "manifest.json", None)
    refused("no manifest")
    bad.write_text("not a zip")
    refused("is not a backup")
    bad.unlink()
    refused("cannot be read")
    assert source.tables() == before


_SEALED_ANEW = """
import sys, json, zipfile
from jiaoheng.access.backup.archive import _seal
from jiaoheng.access.key_ring import key_ring
source, target, change = sys.argv[1:]
with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
    manifest = json.loads(old.read("manifest.json"))
    exec(change)
    manifest["seal"]["hmac"] = _seal(manifest, key_ring().present)
    for entry in old.namelist():
        if entry != "manifest.json":
            new.writestr(entry, old.read(entry))
    new.writestr("manifest.json", json.dumps(manifest))
"""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('manifest["migrations"].append(["registers", "0999_of_the_future"])', "later than this version"),
        ('manifest["tables"]["registers_funds"]["rows"] += 1', "has 1 rows after the restore and had 2"),
        ('manifest["tables"]["registers_funds"]["columns"].reverse()', "not those of its version"),
        ('manifest["entries"]["data/../../x"] = manifest["entries"].pop("data/received/ab/book.xlsx")', "was damaged"),
    ],
)
def test_an_archive_that_the_key_vouches_for_is_checked_all_the_same(
    source: Deployment, archive: Path, tmp_path: Path, change: str, said: str
) -> None:
    before, bad = source.tables(), tmp_path / "bad.zip"
    program = f"import sys\nsys.argv = ['', {str(archive)!r}, {str(bad)!r}, {change!r}]\n{_SEALED_ANEW}"
    source.runs(program)
    assert said in source.says("restore", str(bad), "--replace", status=2).replace("\n", " ")
    assert source.tables() == before
    assert (source.data / "received/ab/book.xlsx").exists() and not (source.data / ".restore").exists()


_KILLED = """
import os, signal
from pathlib import Path
from jiaoheng.access.account import operator
from jiaoheng.access.backup import file_swap, restoring
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
{where}
restoring.restore(Path({archive!r}), by=operator(), replace=True)
"""


@pytest.mark.parametrize(
    ("where", "restored"),
    [
        ("restoring._filled = die", False),
        ("restoring.trail.record = die", False),
        ("was = file_swap.FileSwap.note\ndef note(*a):\n    was(*a)\n    die()\nfile_swap.FileSwap.note = note", False),
        ("file_swap.FileSwap.put_in_place = die", True),
        ("was = file_swap._aside\ndef aside(root, name):\n    was(root, name)\n    die()\nfile_swap._aside = aside", True),
    ],
)
def test_a_killed_restore_leaves_the_old_state_or_is_finished(
    archive: Path, source: Deployment, machine: Deployment, tmp_path: Path, where: str, restored: bool
) -> None:
    place = copy_of(machine, tmp_path / "machine")
    shutil.copy(source.data / "field.key", place.data / "field.key")
    (place.data / "received").mkdir()
    (place.data / "received" / "theirs").write_text("x")
    done = place.runs(_KILLED.format(where=where, archive=str(archive)), check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert ("has been finished" in place.says("migrate")) is restored
    assert (place.data / "received" / "theirs").exists() is not restored
    assert (place.data / "received" / "ab" / "book.xlsx").exists() is restored
    faults = "[]" if restored else "['The head was sealed with key"
    assert place.runs(_HEAD).stdout.startswith(f"{not restored} {faults}")
    assert not (place.data / ".restore" / "journal.json").exists()


_MOMENT = """
from jiaoheng.access.account import Account
from jiaoheng.access.backup.tables import one_moment
from jiaoheng.access.trail import Entry, TrailLine, record

def seen():
    with database.cursor() as cursor:
        cursor.execute("select count(*) from access_trailline")
        return cursor.fetchone()[0]

with one_moment() as database:
    before = seen()
    record([Entry("added", "x", "1")], by=Account.objects.get(), reason="r")
    print(seen() - before, TrailLine.objects.count() - before)
"""


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_moment_stays_while_rows_are_added(vendor: str, tmp_path: Path) -> None:
    with deployment(vendor, tmp_path / "d") as place:
        place.says("account", "head", "--role", "officer")
        assert place.runs(_MOMENT).stdout.split() == ["0", "1"]


def test_a_backup_is_of_one_moment_while_others_write(machine: Deployment, tmp_path: Path) -> None:
    place = copy_of(machine, tmp_path / "busy")
    with deployment("sqlite", tmp_path / "new") as new:
        program = (
            "import django\ndjango.setup()\nfrom django.db import transaction\nfrom jiaoheng.access.account import Account\n"
            "from jiaoheng.access.trail import Entry, record\nwho = Account.objects.get(username='head')\nprint('ready', flush=True)\n"
            "while True:\n  with transaction.atomic():\n    record([Entry('added', 'x', str(n)) for n in range(7)], by=who, reason='r')\n"
        )
        writer = subprocess.Popen([sys.executable, "-c", program], env=place.environment(), stdout=subprocess.PIPE, text=True)
        try:
            assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
            time.sleep(0.5)
            place.says("backup", str(tmp_path / "b.zip"), "--keys", str(tmp_path / "k.json"))
        finally:
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
        new.says("restore", str(tmp_path / "b.zip"), "--keys", str(tmp_path / "k.json"))
        said = new.says("trail", "verify")
        lines = int(said.split()[1])
        assert lines > 8 and (lines - 2) % 7 == 0  # the account, whole groups of seven, the restore


def test_an_existing_archive_is_kept_and_a_broken_trail_is_said(
    source: Deployment, archive: Path, machine: Deployment, tmp_path: Path
) -> None:
    assert "is there already" in source.says("backup", str(archive), status=2)
    place = copy_of(machine, tmp_path / "bent")
    with deployment("sqlite", tmp_path / "new") as new:
        place.says("account", "officer")
        with place.cursor() as cursor:
            cursor.execute("delete from access_trailline where number = 1")
        said = place.says("backup", str(tmp_path / "b.zip"))
        assert "The trail does not verify" in said and "The keys" in said
        new.data.mkdir()
        shutil.copy(place.data / "field.key", new.data)
        assert "--accept-trail-faults" in new.says("restore", str(tmp_path / "b.zip"), status=2)
        new.says("restore", str(tmp_path / "b.zip"), "--accept-trail-faults")
        assert "Line 1 is missing" in new.says("trail", "verify", status=1)


_SEALS = """
import sys
from pathlib import Path
from django.conf import settings
from jiaoheng.access.key_ring import key_ring, ring_from, using_ring
from jiaoheng.access.sealed_file import write_sealed
ring = ring_from("A" * 43, "test") if {foreign} else key_ring()
with using_ring(ring):
    write_sealed(Path(settings.DATA) / "attachments" / "{name}", ["转学证明".encode() * 50_000])
"""
_READS = """
from pathlib import Path
from django.conf import settings
from jiaoheng.access.sealed_file import read_clear
print(read_clear(Path(settings.DATA) / "attachments" / "ab/one") == "转学证明".encode() * 50_000)
"""


def test_sealed_files_are_carried_rotated_and_not_restored_without_their_key(
    machine: Deployment, empty: Deployment, tmp_path: Path
) -> None:
    place, keys = copy_of(machine, tmp_path / "sealing"), str(tmp_path / "k.json")
    place.runs(_SEALS.format(name="ab/one", foreign=False))
    before = (place.data / "attachments/ab/one").read_bytes()
    place.says("backup", str(tmp_path / "b.zip"), "--keys", keys)
    empty.says("restore", str(tmp_path / "b.zip"), "--keys", keys)
    assert (empty.data / "attachments/ab/one").read_bytes() == before and empty.runs(_READS).stdout == "True\n"
    empty.says("account", "root", "--role", "administrator")
    said = " ".join(empty.says("keys", "rotate", "--account", "root").split())
    assert "and 1 files are sealed with key" in said and "The old keys are off the ring" in said
    assert (empty.data / "attachments/ab/one").read_bytes() != before and empty.runs(_READS).stdout == "True\n"
    assert "seals and opens, 1 files" in empty.says("keys", "show")
    place.runs(_SEALS.format(name="ab/two", foreign=True))
    place.says("backup", str(tmp_path / "c.zip"))
    assert "attachments/ab/two was sealed with key" in place.says("restore", str(tmp_path / "c.zip"), "--replace", status=2)
    assert place.runs(_READS).stdout == "True\n"
