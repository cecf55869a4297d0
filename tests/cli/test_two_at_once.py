"""Two processes at one database: two clerks import at once; and a disk that is really full."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import copy_of
from tests.deployment import VENDORS, Deployment, deployment

_HOLDS = """
import sys, time
from pathlib import Path
from jiaoheng.access.account import Account
from jiaoheng.intake import taking_in
was = taking_in.hold_writers
def held(*given, **named):
    was(*given, **named)
    print("holds", flush=True)
    time.sleep(1)
taking_in.hold_writers = held
report = taking_in.take_in([Path({path!r})], account=Account.objects.get(username={who!r}))
print(report.files[0].accepted, report.files[0].rejected)
"""
_HELD = """
from jiaoheng.access.trail import verify
from jiaoheng.registers.school_class import SchoolClass
print(sorted(SchoolClass.objects.values_list("school__code", "name")), verify())
"""
_SETS_UP = "from django.core.management import call_command\ncall_command('migrate', verbosity=0)\n"


def classes(path: Path, school: str, count: int = 1) -> Path:
    rows = [f"{school},2025-2026,{'一二三四五六'[one % 6]}年级,{one // 6 + 1}" for one in range(count)]
    path.write_text("\n".join(["学校标识码,学年,年级,班级", *rows]), encoding="utf-8")
    return path


@pytest.mark.parametrize("vendor", VENDORS)
def test_of_two_clerks_at_once_the_second_waits_and_nothing_is_lost(vendor: str, machine: Deployment, tmp_path: Path) -> None:
    with deployment(vendor, tmp_path / "both") as place:
        if vendor == "sqlite":
            place = copy_of(machine, tmp_path / "both")
        else:
            from tests.cli.conftest import _PEOPLE

            place.runs(_SETS_UP + _PEOPLE)
        programs = [
            f"import django\ndjango.setup()\n{_HOLDS.format(path=str(classes(tmp_path / f'{school}.csv', school)), who=f'clerk{school}')}"
            for school in ("1001", "1002")
        ]
        running = [
            subprocess.Popen(
                [sys.executable, "-c", one], env=place.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for one in programs
        ]
        for one in running:
            said, faults = one.communicate(timeout=600)
            assert (said, one.returncode) == ("holds\n1 0\n", 0), faults
        assert place.runs(_HELD).stdout == "[('1001', '1'), ('1002', '1')] []\n"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None, reason="only root mounts a small disk")
def test_a_disk_that_is_really_full_is_said_and_stores_nothing(machine: Deployment, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    size = sum(file.stat().st_size for file in machine.data.rglob("*") if file.is_file()) // 1024 + 400
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(disk)], check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        place = copy_of(machine, disk / "data")
        many = classes(tmp_path / "many.csv", "1001", 6000)
        said = place.says("import", str(many), "--as", "clerk1001", status=2)
        assert "full" in said and "Traceback" not in said
        assert place.runs(_HELD).stdout == "[] []\n"
    finally:
        subprocess.run(["umount", str(disk)], check=True)
