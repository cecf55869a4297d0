"""`jiaoheng trail verify` and `jiaoheng keys`: clear words, and an exit status that a script can read."""

import os

import pytest
import typer
from django.db import connection
from django.utils.translation import override
from typer.testing import CliRunner

from jiaoheng.access.key_ring import KEYS_VARIABLE, key_ring
from jiaoheng.access.trail import TrailHead
from jiaoheng.cli import keys, trail
from jiaoheng.registers.pupil import Pupil
from tests.registers.district import district

pytestmark = pytest.mark.django_db


def ran(*words: str) -> tuple[int, str]:
    app = typer.Typer()
    keys.register(app)
    trail.register(app)
    with override("en"):
        result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def test_an_untouched_trail_is_said_with_its_last_line() -> None:
    assert ran("trail", "verify") == (0, "✓ The trail has no lines yet.\n")
    district().pupil()
    head = TrailHead.objects.get()
    status, said = ran("trail", "verify")
    assert status == 0 and f"{head.count}:{head.hash}" in said
    assert ran("trail", "verify", "--noted", f"{head.count}:{head.hash}")[0] == 0
    assert ran("trail", "verify", "--noted", f"{head.count}:{'0' * 64}")[0] == 1
    assert ran("trail", "verify", "--noted", "yesterday")[0] == 2


def test_a_cut_off_trail_is_said_with_exit_status_1() -> None:
    d = district()
    d.pupil("甲")
    d.pupil("乙")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("alter table access_trailline disable trigger user")
        cursor.execute("delete from access_trailline where number = 2")
    status, said = ran("trail", "verify")
    assert (status, "Line 2 is missing. The trail's end was cut off." in said) == (1, True)


@pytest.mark.skipif(bool(os.environ.get(KEYS_VARIABLE)), reason="the keys of this run come from the environment")
def test_keys_rotate_and_the_old_one_goes() -> None:
    d = district()
    d.pupil()
    old = key_ring().present.id
    assert ran("keys", "rotate", "--account", "nobody")[0] == 2
    assert ran("keys", "rotate", "--account", d.officer.username)[0] == 2
    assert [key.id for key in key_ring().keys] == [old]
    status, said = ran("keys", "rotate", "--account", d.administrator.username)
    assert status == 0 and "off the ring" in " ".join(said.split())
    assert [key.id == old for key in key_ring().keys] == [False]
    assert str(Pupil.objects.get().identity_number).startswith("999901")
    assert ran("trail", "verify")[0] == 0
    assert "0 stored values and files need an old key" in ran("keys", "show")[1]
