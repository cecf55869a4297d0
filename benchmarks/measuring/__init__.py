"""Measuring: what several benchmarks measure in the same way."""

import os
from pathlib import Path

__all__ = ["server_cpu"]


def server_cpu() -> float:
    """Seconds of CPU of every process that the server has started for a connection; none on SQLite, which is a part of the program."""
    from django.db import connection  # the benchmark sets Django up

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        (process,) = cursor.fetchone()
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    parent = Path(f"/proc/{fields[1]}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    ended = int(parent[13]) + int(parent[14])  # of connections that were closed
    return (ended + int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
