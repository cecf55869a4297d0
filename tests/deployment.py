"""A deployment of its own for a test: a data folder and a database, with commands run as their own processes.

On SQLite always; on PostgreSQL where DATABASE_URL names a server, on which a database is made for the test and dropped after it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import dj_database_url
import pytest

from jiaoheng.access.key_ring import KEYS_VARIABLE
from tests.migrated import migrated_database

VENDORS = ("sqlite", "postgresql")
PASSPHRASE = "five words make a phrase"


@dataclass
class Deployment:
    """`data`: its data folder. `url`: its database."""

    data: Path
    url: str
    more: dict[str, str] = field(default_factory=dict)

    @property
    def vendor(self) -> str:
        return self.url.partition(":")[0]

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("JIAOHENG_") and name != KEYS_VARIABLE}
        return kept | {
            "JIAOHENG_DATA": str(self.data),
            "DATABASE_URL": self.url,
            "JIAOHENG_LANGUAGE": "en",
            "JIAOHENG_BACKUP_PASSPHRASE": PASSPHRASE,
            "JIAOHENG_PASSWORD": "correct-horse-battery",
            "DJANGO_SETTINGS_MODULE": "jiaoheng.settings",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            **self.more,
        }

    def migrated(self) -> Self:
        """Brought to this version's schema, from nothing: on SQLite by a copy of a file migrated before."""
        self.data.mkdir(parents=True, exist_ok=True)
        if self.vendor == "sqlite":
            shutil.copy(migrated_database(), self.url.removeprefix("sqlite:///"))
        else:
            self.says("migrate")
        return self

    def says(self, *words: str, status: int = 0) -> str:
        """What the command printed, on both streams; its exit status must be the one expected."""
        done = subprocess.run(
            [sys.executable, "-m", "jiaoheng", *words], env=self.environment(), capture_output=True, text=True, check=False, timeout=600
        )
        said = done.stdout + done.stderr
        assert done.returncode == status, said
        return said

    def runs(self, program: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """A program in Python, run with the deployment's settings and Django set up."""
        whole = f"import django\ndjango.setup()\n{program}"
        options = {"check": True, "timeout": 600, **options}
        return subprocess.run([sys.executable, "-c", whole], env=self.environment(), capture_output=True, text=True, **options)

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """A cursor past Django and past the program."""
        connection = _connected(self.url)
        try:
            yield connection.cursor()
            connection.commit()
        finally:
            connection.close()

    def execute_script(self, script: str) -> None:
        """Many statements of SQL, as a dump has them."""
        with self.cursor() as cursor:
            if self.vendor == "sqlite":
                cursor.executescript(script)
            else:
                cursor.execute(script)

    def tables(self) -> dict[str, tuple[list[str], set[tuple[Any, ...]]]]:
        """Of every table its columns and rows, as the database holds them."""
        listing = (
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
            if self.vendor == "sqlite"
            else "select tablename from pg_tables where schemaname = 'public'"
        )
        found = {}
        with self.cursor() as cursor:
            cursor.execute(listing)
            for (name,) in cursor.fetchall():
                cursor.execute(f'select * from "{name}"')
                columns = [described[0] for described in cursor.description]
                found[name] = (columns, {tuple(map(_plain, row)) for row in cursor.fetchall()})
        return found


@contextmanager
def deployment(vendor: str, data: Path) -> Iterator[Deployment]:
    """A new, empty one. Skips the test where there is no PostgreSQL to make it on."""
    if vendor == "sqlite":
        yield Deployment(data, f"sqlite:///{data / 'jiaoheng.sqlite3'}")
        return
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        pytest.skip("DATABASE_URL names no PostgreSQL server")
    import psycopg

    name = f"test_{data.name}_{os.getpid()}".lower().replace("-", "_")
    with psycopg.connect(**_postgresql(server), autocommit=True) as admin:
        admin.execute(f'drop database if exists "{name}" with (force)'.encode())
        admin.execute(f"create database \"{name}\" encoding 'UTF8' template template0".encode())
        try:
            said = dj_database_url.parse(server)
            yield Deployment(data, server.replace(f"/{said['NAME']}", f"/{name}", 1))
        finally:
            admin.execute(f'drop database if exists "{name}" with (force)'.encode())


def _connected(url: str) -> Any:
    if url.startswith("sqlite"):
        import sqlite3

        return sqlite3.connect(url.removeprefix("sqlite:///"))
    import psycopg

    return psycopg.connect(**_postgresql(url))


def _postgresql(url: str) -> dict[str, Any]:
    said = dj_database_url.parse(url)
    given = {"dbname": said["NAME"], "user": said["USER"], "password": said["PASSWORD"], "host": said["HOST"], "port": said["PORT"]}
    return {name: value for name, value in given.items() if value} | dict(said.get("OPTIONS", {}))


def _plain(value: Any) -> Any:
    return repr(value) if isinstance(value, dict | list) else value
