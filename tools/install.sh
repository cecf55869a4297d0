#!/usr/bin/env bash
# Makes .venv from the hashed lock and installs the project into it. Does nothing when the lock has not changed since.
set -eu
cd "$(dirname "$0")/.."

python=""
for candidate in python3 python3.13 python3.12 python3.11; do
  if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || { echo "Python 3.11 or newer is needed; none was found. On Debian: apt-get install python3" >&2; exit 1; }

stamp=.venv/installed
wanted=$(cat requirements.lock pyproject.toml tools/uv.lock.txt | sha256sum | cut -d' ' -f1)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0

tools/system_packages.sh venv
[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "Installing the Python packages of requirements.lock into .venv …"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tools/uv.lock.txt
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
echo "$wanted" >"$stamp"
