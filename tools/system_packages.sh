#!/usr/bin/env bash
# Makes sure that the named parts of the system are there: fonts, chromium, postgresql, java, venv.
# As root on Debian it installs what is missing; elsewhere it says exactly what is missing and how to get it.
set -u

has_fonts() { fc-list :lang=zh file 2>/dev/null | grep -q . ; }
has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null; }
has_postgresql() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }
has_java() { command -v java >/dev/null; }
has_venv() { python3 -c 'import venv, ensurepip' 2>/dev/null; }

declare -A package=([fonts]="fonts-noto-cjk fontconfig" [chromium]=chromium [postgresql]=postgresql [java]=openjdk-17-jre-headless [venv]=python3-venv)
declare -A why=(
  [fonts]="Chinese text in charts and PDF papers"
  [chromium]="the tests that drive a real browser"
  [postgresql]="the tests on a real PostgreSQL"
  [java]="the tests that compute measures on Spark"
  [venv]="a Python environment of the project's own"
)
missing=()
for part in "$@"; do "has_$part" || missing+=("$part"); done
[ ${#missing[@]} -eq 0 ] && exit 0

names=()
for part in "${missing[@]}"; do read -ra more <<<"${package[$part]}"; names+=("${more[@]}"); done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing with apt-get: ${names[*]}"
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${names[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get could not install: ${names[*]}" >&2
    exit 1
  fi
  rm -f "$log"
else
  for part in "${missing[@]}"; do
    echo "Missing: ${package[$part]} (needed for ${why[$part]}). On Debian: sudo apt-get install ${package[$part]}" >&2
  done
  exit 1
fi
