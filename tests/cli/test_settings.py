"""A deployment whose environment is wrong says so in one sentence, whatever the command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JIAOHENG_") and name != "DATABASE_URL"}
    kept |= {"JIAOHENG_DATA": str(folder / "data"), "PYTHONPATH": str(Path(__file__).parents[2] / "src"), **environment}
    return subprocess.run([sys.executable, "-m", "jiaoheng", *words], env=kept, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "oracle://host/name"),
        ("JIAOHENG_DATA", "/proc/nowhere"),
        ("JIAOHENG_TIME_ZONE", "Mars/Olympus"),
        ("JIAOHENG_MEMORY", "much"),
        ("JIAOHENG_LANGUAGE", "fr"),
        ("JIAOHENG_RULEBOOK", "/nonexistent"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(tmp_path: Path, name: str, value: str) -> None:
    done = run(tmp_path, "measures", **{name: value})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "Set" in done.stderr or name in done.stderr


def test_the_secret_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    assert run(tmp_path, "measures").returncode == 0
    key = tmp_path / "data" / "secret.key"
    first = key.read_text()
    assert key.stat().st_mode & 0o777 == 0o600
    run(tmp_path, "measures")
    assert key.read_text() == first


def test_check_names_every_fault_of_the_bureaus_own_rulebook(tmp_path: Path) -> None:
    overlay = tmp_path / "rules"
    (overlay / "measures").mkdir(parents=True)
    written = "own:\n  register: annual_statistics\n  numerator: sum(pupilz)\n  labell: x\n"
    (overlay / "measures" / "own.yaml").write_text(written, encoding="utf-8")
    (overlay / "measure").mkdir()
    done = run(tmp_path, "check", JIAOHENG_RULEBOOK=str(overlay))
    assert done.returncode == 1
    printed = done.stdout.replace("\n", "")
    assert "own.labell: is not a known key" in printed.replace("  ", " ") and "is not a part of a rulebook" in printed


def test_a_template_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    done = run(tmp_path, "template", "annual_statistics", "--output", "/proc/nowhere/form.xlsx")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_commands_without_pages_leave_out_only_apps_without_tables() -> None:
    from django.apps import apps

    from jiaoheng import command_settings, settings

    left_out = set(settings.INSTALLED_APPS) - set(command_settings.INSTALLED_APPS)
    assert left_out
    tables = {config.name for config in apps.get_app_configs() if list(config.get_models())}
    assert not left_out & tables
