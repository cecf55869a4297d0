"""Run a command with DATABASE_URL pointing at a PostgreSQL cluster of its own, which is made for it and removed after it.

    python tools/with_postgres.py -- COMMAND …

The cluster listens on a socket in a temporary folder only. As root it runs as the user `postgres`, since PostgreSQL refuses root.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def main() -> int:
    """Start, run, stop; the command's own exit status is returned."""
    command = sys.argv[sys.argv.index("--") + 1 :]
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    as_postgres: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": "/"}
    owner = pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        owner = "postgres"
        shutil.chown(folder, "postgres", "postgres")
        as_postgres |= {"user": "postgres", "group": "postgres", "extra_groups": []}
    folder.chmod(0o755)
    data = folder / "data"
    options = (
        f"-c listen_addresses='' -c unix_socket_directories={folder} -c unix_socket_permissions=0777 -c fsync=off -c full_page_writes=off"
    )
    subprocess.run(
        [binaries / "initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-U", owner], check=True, **as_postgres
    )
    subprocess.run([binaries / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start"], check=True, **as_postgres)
    try:
        subprocess.run([binaries / "createdb", "-h", folder, "-U", owner, "jiaoheng"], check=True, **as_postgres)
        url = f"postgresql://{owner}@/jiaoheng?host={folder}"
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode
    finally:
        subprocess.run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False, **as_postgres)
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: float(file.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    sys.exit("PostgreSQL's server programs were not found. On Debian: apt-get install postgresql")


if __name__ == "__main__":
    sys.exit(main())
