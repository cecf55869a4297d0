"""How the measures over enrolments grow with the pupils, from a district to a nation; ratios within one run.

Enrolments are generated as Parquet by DuckDB, a school after the other as a snapshot has them: counties of 25 schools, 1,100 pupils a
school, flags and codes drawn independently at about the rates of a real county. Timed, from opened snapshot to values:

* every measure over the table `enrolments`, at every level and stage (`measures`);
* one hand-written DuckDB query that groups the same table to classes and to county and stage (`by hand`), and the same written in two
  steps by who knows that classes lie within counties (`in steps`);
* the same grouping in pandas (`pandas`), up to `--pandas-up-to` rows.

Each is run in a process of its own, in turns; the least of the runs counts, by the clock and in CPU seconds. Ratios are of CPU seconds
where others use the machine (`--by cpu`), and by the clock otherwise.

    python benchmarks/scale.py [--rows 1400000 14000000] [--runs 3] [--by clock|cpu] [--pandas-up-to 14000000] [--folder DIR] [--keep]
"""

# ruff: noqa: E501 -- rows of SQL
import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

PUPILS_A_SCHOOL, SCHOOLS_A_COUNTY, COUNTIES_A_PROVINCE = 1_100, 25, 100
WANTED_RATIO, WANTED_PANDAS = 2.5, 2.5
ROWS_AT_ONCE = 7_000_000


def main() -> int:
    """Make the data, time each way, print the table; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_400_000, 14_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--by", choices=["clock", "cpu"], default="clock")
    parser.add_argument("--pandas-up-to", type=int, default=14_000_000)
    parser.add_argument("--folder", type=Path, help="where the data are written; a temporary folder otherwise")
    parser.add_argument("--keep", action="store_true", help="keep the data in --folder, and take what is there")
    parser.add_argument("--way", choices=list(WAYS), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        print(json.dumps(measured(asked.way, asked.folder)))
        return 0
    print(f"{'rows':>12}  {'way':<9} {'seconds':>8} {'CPU s':>8} {'peak MB':>8}")
    return int(sum(missed(rows, asked) for rows in asked.rows) > 0)


def missed(rows: int, asked: argparse.Namespace) -> bool:
    """Whether a target is missed at so many rows."""
    above = asked.folder or Path(tempfile.mkdtemp())
    folder = above / str(rows)
    if not folder.is_dir():
        generate(folder, rows)
    ways = [way for way in WAYS if way != "pandas" or rows <= asked.pandas_up_to]
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(asked.runs):
        for way in ways:
            ran = subprocess.run(
                [sys.executable, __file__, "--way", way, "--folder", str(folder)], capture_output=True, text=True, check=True
            )
            runs[way].append(json.loads(ran.stdout.splitlines()[-1]))
    found = {
        way: {"seconds": min(one["seconds"] for one in some), "cpu": min(one["cpu"] for one in some),
              "peak_mb": max(one["peak_mb"] for one in some), "measures": some[0]["measures"]}
        for way, some in runs.items()
    }  # fmt: skip
    for way, one in found.items():
        print(f"{rows:>12,}  {way:<9} {one['seconds']:>8.2f} {one['cpu']:>8.2f} {one['peak_mb']:>8.0f}", flush=True)
    if not asked.keep:
        shutil.rmtree(folder)
    unit = "cpu" if asked.by == "cpu" else "seconds"
    ratios = {way: found["measures"][unit] / found[way][unit] for way in ways if way != "measures"}
    print(f"{'':>12}  {found['measures']['measures']:.0f} measures: {ratios['by hand']:.2f} × the query by hand (wanted: at most {WANTED_RATIO}), "
          f"{ratios['in steps']:.2f} × the one in steps")  # fmt: skip
    if "pandas" in ratios:
        print(f"{'':>12}  {1 / ratios['pandas']:.2f} × as fast as pandas (wanted: at least {WANTED_PANDAS}), "
              f"{found['measures']['peak_mb'] / found['pandas']['peak_mb']:.2f} of its memory")  # fmt: skip
    return ratios["by hand"] > WANTED_RATIO or 1 / ratios.get("pandas", 0.001) < WANTED_PANDAS


def generate(folder: Path, rows: int) -> None:
    """A snapshot with so many enrolments of one school year, and small tables of what they are divided by. Memory stays the same."""
    import duckdb
    import pyarrow.parquet as pq

    from jiaoheng.snapshots.snapshot import file_sha256
    from jiaoheng.snapshots.writing import PARQUET, ROW_GROUP, write_manifest

    folder.mkdir(parents=True)
    connection = duckdb.connect()
    schools = max(1, -(-rows // PUPILS_A_SCHOOL))
    for name, sql in tables(schools).items():
        connection.execute(f"COPY ({sql}) TO '{folder}/{name}.parquet' (FORMAT parquet)")
    writer = None
    for start in range(0, rows, ROWS_AT_ONCE):
        part = connection.sql(enrolments(start, min(start + ROWS_AT_ONCE, rows)))
        for batch in part.to_arrow_reader(ROW_GROUP):
            writer = writer or pq.ParquetWriter(folder / "enrolments.parquet", batch.schema, **PARQUET)
            writer.write_batch(batch, row_group_size=ROW_GROUP)
    assert writer is not None
    writer.close()
    files = {file.stem: file for file in sorted(folder.glob("*.parquet"))}
    entries = {
        name: {"file": file.name, "rows": pq.read_metadata(file).num_rows, "sha256": file_sha256(file)} for name, file in files.items()
    }
    write_manifest(folder, date(2019, 10, 1), entries)


def tables(schools: int) -> dict[str, str]:
    """The tables beside: the tree, and posts, teachers and population for the measures that divide by them."""
    counties = -(-schools // SCHOOLS_A_COUNTY)
    provinces = -(-counties // COUNTIES_A_PROVINCE)
    shared = (
        f"'2018-2019' AS school_year, * FROM (SELECT 'S' || lpad(CAST(i AS VARCHAR), 6, '0') AS organisation FROM range({schools}) AS t(i))"
    )
    return {
        "organisations": f"""
          SELECT code, code AS name_zh, code AS name_en, kind, parent, path, stages, school_type, ownership, 'urban' AS locale,
                 CAST(NULL AS DOUBLE) AS latitude, CAST(NULL AS DOUBLE) AS longitude, CAST(NULL AS DATE) AS valid_from,
                 CAST(NULL AS DATE) AS valid_to, 'own' AS governed_by, true AS own FROM (
            SELECT 'N' AS code, 'N' AS path, 'country' AS kind, NULL AS parent, '' AS stages, '' AS school_type, '' AS ownership
            UNION ALL SELECT 'P' || i, 'N/P' || i, 'province', 'N', '', '', '' FROM range({provinces}) AS t(i)
            UNION ALL SELECT 'C' || i, 'N/P' || (i // {COUNTIES_A_PROVINCE}) || '/C' || i, 'county', 'P' || (i // {COUNTIES_A_PROVINCE}), '', '', ''
              FROM range({counties}) AS t(i)
            UNION ALL SELECT code, 'N/P' || (i // {SCHOOLS_A_COUNTY * COUNTIES_A_PROVINCE}) || '/C' || (i // {SCHOOLS_A_COUNTY}) || '/' || code,
              'school', 'C' || (i // {SCHOOLS_A_COUNTY}), 'primary,junior', 'nine_year', CASE WHEN i % 9 = 0 THEN 'private' ELSE 'public' END
              FROM (SELECT i, 'S' || lpad(CAST(i AS VARCHAR), 6, '0') AS code FROM range({schools}) AS t(i)))""",
        "annual_statistics": "SELECT '' AS organisation, '' AS school_year, '' AS stage LIMIT 0",
        "source_rows": "SELECT '' AS organisation, '' AS school_year, '' AS stage LIMIT 0",
        "establishment": f"SELECT unnest(['primary', 'junior']) AS stage, 35 AS approved_posts, 34 AS filled_posts, 36 AS staff, {shared}",
        "population": f"""
          SELECT 'C' || c AS organisation, '2018-2019' AS school_year, CASE WHEN a < 12 THEN 'primary' ELSE 'junior' END AS stage, 2018 AS year,
                 a AS age, sex, 'household' AS base, 1500 AS persons
          FROM range({counties}) AS t(c), range(6, 15) AS u(a), unnest(['1', '2']) AS v(sex)""",
    }  # fmt: skip


def enrolments(start: int, end: int) -> str:
    """SQL: the enrolments of a span. `r(k)` is a number from 0 to 999, another for each pupil and k, and the same in every run."""

    def r(k: int) -> str:
        return f"(hash(i * 64 + {k}) % 1000)"

    return f"""
      SELECT 'S' || lpad(CAST(s AS VARCHAR), 6, '0') AS organisation, '2018-2019' AS school_year,
             CASE WHEN g <= 6 THEN 'primary' ELSE 'junior' END AS stage, printf('%016x', hash(i)) AS pupil,
             CASE WHEN g <= 6 THEN 'P' || g ELSE 'J' || (g - 6) END AS grade, CAST(g AS BIGINT) AS grade_number,
             CAST({r(1)} % 3 + 1 AS VARCHAR) AS class_name, CASE WHEN {r(2)} < 520 THEN '1' ELSE '2' END AS sex,
             CAST(g + 5 + ({r(3)} < 60)::INT AS BIGINT) AS age,
             CASE WHEN {r(4)} < 890 THEN '01' ELSE lpad(CAST(2 + {r(4)} % 55 AS VARCHAR), 2, '0') END AS ethnicity,
             CASE WHEN {r(13)} < 550 THEN 'rural' ELSE 'urban' END AS household_kind, CAST(990101 + {r(14)} % 40 AS VARCHAR) AS household_area,
             DATE '2018-09-01' AS entered_on, CASE WHEN g IN (1, 7) THEN 'admission' ELSE 'promotion' END AS entry_kind,
             CASE WHEN {r(15)} < 20 THEN DATE '2018-11-05' END AS left_on, CASE WHEN {r(15)} < 20 THEN 'transfer' ELSE '' END AS exit_kind,
             {r(16)} >= 12 AS on_roll, {r(15)} >= 20 AS on_books, {r(5)} < 150 AS boarder, {r(6)} < 90 AS migrant_child,
             {r(7)} < 80 AS left_behind, '' AS left_behind_kind, {r(8)} < 1 AS orphan, '' AS orphan_kind,
             CASE WHEN {r(9)} < 4 THEN 'hearing' ELSE '' END AS disability,
             CASE WHEN {r(9)} < 3 THEN 'ordinary_class' WHEN {r(9)} < 4 THEN 'at_home' ELSE '' END AS placement,
             CASE WHEN {r(10)} < 30 THEN 'minimum_living' WHEN {r(10)} < 40 THEN 'destitute' ELSE '' END AS poverty,
             g IN (1, 7) AS entrant, {r(11)} < 2 AS repeater,
             CASE WHEN g IN (6, 9) THEN 'completed' WHEN {r(12)} < 950 THEN 'promoted' WHEN {r(12)} < 952 THEN 'repeated'
                  WHEN {r(12)} < 953 THEN 'dropped_out' WHEN {r(12)} < 990 THEN 'transferred' ELSE 'suspended' END AS next,
             true AS closed, CASE WHEN g = 6 THEN 'junior' WHEN g = 9 THEN 'senior' WHEN g < 6 THEN 'primary' ELSE 'junior' END AS next_stage,
             '' AS next_grade, '' AS next_organisation
      FROM (SELECT i, i // {PUPILS_A_SCHOOL} AS s, i % {PUPILS_A_SCHOOL} * 9 // {PUPILS_A_SCHOOL} + 1 AS g FROM range({start}, {end}) AS t(i))"""


def measures(folder: Path) -> Callable[[], int]:
    """All measures over enrolments; gives how many they are."""
    from jiaoheng.measures.catalogue import load_catalogue
    from jiaoheng.measures.values import compute
    from jiaoheng.snapshots.snapshot import Snapshot

    # opened unchecked: the hashes of files are checked once, when a snapshot is sent or opened for a site
    snapshot, catalogue = Snapshot(folder, json.loads((folder / "manifest.json").read_text())), load_catalogue()
    names = [one.id for one in catalogue.values() if one.register == "enrolments"]

    def run() -> int:
        compute(snapshot, catalogue, names)
        return len(names)

    return run


def by_hand(folder: Path) -> Callable[[], int]:
    """One query of grouping sets: classes, and county and stage."""
    import duckdb

    def run() -> int:
        connection = duckdb.connect()
        connection.sql(f"""
          SELECT organisation, stage, grade, class_name, split_part(path, '/', 3) AS county, count(*) AS pupils,
                 count(*) FILTER (WHERE boarder) AS boarders
          FROM '{folder}/enrolments.parquet' JOIN '{folder}/organisations.parquet' ON code = organisation
          GROUP BY GROUPING SETS ((organisation, stage, grade, class_name), (county, stage))""").to_arrow_table()
        return 2

    return run


def in_steps(folder: Path) -> Callable[[], int]:
    """Classes first, county and stage from these."""
    import duckdb

    def run() -> int:
        connection = duckdb.connect()
        connection.sql(f"""
          WITH classes AS MATERIALIZED (
            SELECT organisation, stage, grade, class_name, count(*) AS pupils, count(*) FILTER (WHERE boarder) AS boarders
            FROM '{folder}/enrolments.parquet' GROUP BY ALL)
          SELECT *, NULL AS county FROM classes UNION ALL
          SELECT NULL, stage, NULL, NULL, sum(pupils), sum(boarders), split_part(path, '/', 3) AS county
          FROM classes JOIN '{folder}/organisations.parquet' ON code = organisation GROUP BY ALL""").to_arrow_table()
        return 2

    return run


def by_pandas(folder: Path) -> Callable[[], int]:
    """The same grouping in pandas, which reads only the columns it needs."""
    import pandas as pd

    def run() -> int:
        frame = pd.read_parquet(folder / "enrolments.parquet", columns=["organisation", "stage", "grade", "class_name", "boarder"])
        frame.groupby(["organisation", "stage", "grade", "class_name"], observed=True).agg(
            pupils=("boarder", "size"), boarders=("boarder", "sum")
        )
        places = pd.read_parquet(folder / "organisations.parquet", columns=["code", "path"])
        places["county"] = places["path"].str.split("/").str[2]
        joined = frame.merge(places, left_on="organisation", right_on="code")
        joined.groupby(["county", "stage"]).agg(pupils=("boarder", "size"), boarders=("boarder", "sum"))
        return 2

    return run


WAYS: dict[str, Callable[[Path], Callable[[], int]]] = {"by hand": by_hand, "in steps": in_steps, "measures": measures, "pandas": by_pandas}


class _NoPandas:
    """A finder that finds no pandas."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name=name)


def measured(way: str, folder: Path) -> dict[str, float]:
    """Seconds by the clock and of CPU, peak memory of one way, and how many measures it gave."""
    if way != "pandas":
        sys.meta_path.insert(0, _NoPandas())  # as the command does: DuckDB and Arrow load it wherever it is, and do nothing with it here
    run = WAYS[way](folder)
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    counted = run()
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "cpu": cpu, "peak_mb": peak_mb(), "measures": counted}


def peak_mb() -> float:
    """Peak memory of this process since it was started (the usual count keeps the parent's from before)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    sys.exit(main())
