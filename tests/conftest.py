"""What every test shares: data goes to a folder of the test's own, and a database in memory begins as a copy of a migrated one."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.migrated import migrated_database

# A slow machine is no fault of the program: examples have no time limit. Whether a change lands does not hang on luck either: the
# examples are the same in every run, and `make explore` looks for new ones.
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True)
hypothesis.settings.register_profile("exploring", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no process is left alone with them at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, settings: Any) -> None:
    """No test writes into the deployment's data folder, nor into its rulebook."""
    settings.DATA = tmp_path / "data"
    settings.RULEBOOK_OVERLAY = None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """The test database in memory holds a migrated schema before Django comes to migrate it."""
    from django.db import connection

    if connection.vendor != "sqlite":
        yield
        return
    name = connection.creation._get_test_db_name()
    held = sqlite3.connect(name, uri=True, check_same_thread=False)
    empty = sqlite3.connect(migrated_database())
    empty.backup(held)
    empty.close()
    yield
    held.close()
