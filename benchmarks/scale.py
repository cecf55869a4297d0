"""How the measures over enrolments grow with the pupils, from a district to a nation; ratios within one run.

Enrolments are generated as Parquet by DuckDB: counties of 25 schools, 1,100 pupils a school. Timed, from opened snapshot to values:

* every measure over the table `enrolments`, at every level and stage (`jiaoheng`);
* one hand-written DuckDB query that groups the same table to classes and to county and stage (`by hand`);
* the same grouping in pandas (`pandas`), up to `--pandas-up-to` rows.

    python benchmarks/scale.py [--rows 1400000 14000000] [--pandas-up-to 14000000]
"""

# ruff: noqa: E501 -- rows of SQL
import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

PUPILS_A_SCHOOL, SCHOOLS_A_COUNTY = 1_100, 25
WANTED_RATIO, WANTED_PANDAS = 2.5, 2.5


def main() -> int:
    """Make the data, time each way in a process of its own, print the table; 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_400_000, 14_000_000])
    parser.add_argument("--pandas-up-to", type=int, default=14_000_000)
    parser.add_argument("--way", choices=["jiaoheng", "hand", "pandas"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        print(json.dumps(measured(asked.way, asked.folder)))
        return 0
    missed = 0
    print(f"{'rows':>12}  {'way':<9} {'seconds':>8} {'peak MB':>8}")
    for rows in asked.rows:
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder) / "s", rows)
            found = {}
            for way in ("hand", "jiaoheng", *(("pandas",) if rows <= asked.pandas_up_to else ())):
                ran = subprocess.run(
                    [sys.executable, __file__, "--way", way, "--folder", f"{folder}/s"], capture_output=True, text=True, check=True
                )
                found[way] = json.loads(ran.stdout.splitlines()[-1])
                print(f"{rows:>12,}  {way:<9} {found[way]['seconds']:>8.2f} {found[way]['peak_mb']:>8.0f}", flush=True)
        ratio = found["jiaoheng"]["seconds"] / found["hand"]["seconds"]
        print(f"{'':>12}  {found['jiaoheng']['measures']} measures: {ratio:.2f} × the query by hand (wanted: at most {WANTED_RATIO})")
        missed |= ratio > WANTED_RATIO
        if "pandas" in found:
            faster = found["pandas"]["seconds"] / found["jiaoheng"]["seconds"]
            print(f"{'':>12}  {faster:.2f} × as fast as pandas (wanted: at least {WANTED_PANDAS})")
            missed |= faster < WANTED_PANDAS
    return int(missed)


def generate(folder: Path, rows: int) -> None:
    """A snapshot with so many enrolments of one school year."""
    import duckdb

    from jiaoheng.snapshots.snapshot import file_sha256
    from jiaoheng.snapshots.writing import write_manifest

    folder.mkdir()
    schools = max(1, rows // PUPILS_A_SCHOOL)
    counties = max(1, schools // SCHOOLS_A_COUNTY)
    connection = duckdb.connect()
    connection.execute(f"""COPY (
      SELECT 'N' AS code, 'N' AS path, 'country' AS kind, NULL AS parent, '' AS stages, '' AS school_type, '' AS ownership
      UNION ALL SELECT 'C' || i, 'N/C' || i, 'county', 'N', '', '', '' FROM range({counties}) AS t(i)
      UNION ALL SELECT 'S' || i, 'N/C' || (i % {counties}) || '/S' || i, 'school', 'C' || (i % {counties}), 'primary,junior', 'nine_year',
             CASE WHEN i % 9 = 0 THEN 'private' ELSE 'public' END FROM range({schools}) AS t(i)
    ) TO '{folder}/bare.parquet' (FORMAT parquet)""")
    connection.execute(f"""COPY (
      SELECT code, code AS name_zh, code AS name_en, kind, parent, path, stages, school_type, ownership, 'urban' AS locale,
             CAST(NULL AS DOUBLE) AS latitude, CAST(NULL AS DOUBLE) AS longitude, CAST(NULL AS DATE) AS valid_from,
             CAST(NULL AS DATE) AS valid_to, 'own' AS governed_by, true AS own FROM '{folder}/bare.parquet'
    ) TO '{folder}/organisations.parquet' (FORMAT parquet)""")
    (folder / "bare.parquet").unlink()
    connection.execute(f"""COPY (
      SELECT 'S' || (i % {schools}) AS organisation, '2018-2019' AS school_year,
             CASE WHEN g <= 6 THEN 'primary' ELSE 'junior' END AS stage, 'p' || i AS pupil, CASE WHEN g <= 6 THEN 'P' || g ELSE 'J' || (g - 6) END AS grade,
             CAST(g AS BIGINT) AS grade_number, CAST((i // {schools}) % 3 + 1 AS VARCHAR) AS class_name, CASE WHEN i % 2 = 0 THEN '1' ELSE '2' END AS sex,
             CAST(g + 5 + (i % 17 = 0)::INT AS BIGINT) AS age, CASE WHEN i % 12 = 0 THEN '03' ELSE '01' END AS ethnicity, 'rural' AS household_kind,
             '990101' AS household_area, DATE '2018-09-01' AS entered_on, CASE WHEN g IN (1, 7) THEN 'admission' ELSE 'promotion' END AS entry_kind,
             CAST(NULL AS DATE) AS left_on, '' AS exit_kind, true AS on_roll, true AS on_books, i % 31 = 0 AS boarder, i % 13 = 0 AS migrant_child,
             i % 11 = 0 AS left_behind, '' AS left_behind_kind, i % 997 = 0 AS orphan, '' AS orphan_kind,
             CASE WHEN i % 301 = 0 THEN 'hearing' ELSE '' END AS disability, CASE WHEN i % 301 = 0 THEN 'ordinary_class' ELSE '' END AS placement,
             CASE WHEN i % 41 = 0 THEN 'minimum_living' ELSE '' END AS poverty, g IN (1, 7) AS entrant, i % 501 = 0 AS repeater, 'promoted' AS next,
             false AS closed, '' AS next_stage, '' AS next_grade, '' AS next_organisation
      FROM (SELECT i, (i // {schools} // 3) % 9 + 1 AS g FROM range({rows}) AS t(i)) ORDER BY organisation
    ) TO '{folder}/enrolments.parquet' (FORMAT parquet, COMPRESSION zstd)""")
    for name, columns in (("annual_statistics", "organisation, school_year, stage"), ("source_rows", "organisation, school_year, stage")):
        connection.execute(
            f"COPY (SELECT {columns} FROM '{folder}/enrolments.parquet' LIMIT 0) TO '{folder}/{name}.parquet' (FORMAT parquet)"
        )
    names = ("organisations", "annual_statistics", "source_rows", "enrolments")
    counts = {name: connection.execute(f"SELECT count(*) FROM '{folder}/{name}.parquet'").fetchall()[0][0] for name in names}
    write_manifest(
        folder, date(2018, 10, 1), {n: {"file": f"{n}.parquet", "rows": counts[n], "sha256": file_sha256(folder / f"{n}.parquet")} for n in names}
    )  # fmt: skip


def measured(way: str, folder: Path) -> dict[str, float]:
    """Seconds and peak memory of one way, and how many measures it gave."""
    file = folder / "enrolments.parquet"
    counted = 2
    if way == "jiaoheng":
        from jiaoheng.measures.catalogue import load_catalogue
        from jiaoheng.measures.values import compute
        from jiaoheng.snapshots.snapshot import Snapshot

        snapshot, catalogue = Snapshot.open(folder), load_catalogue()
        names = [one.id for one in catalogue.values() if one.register == "enrolments" and not one.other and not one.base]
        start = time.perf_counter()
        compute(snapshot, catalogue, names)
        counted = len(names)
    elif way == "hand":
        import duckdb

        start = time.perf_counter()
        connection = duckdb.connect()
        connection.execute(f"SELECT organisation, stage, grade, class_name, count(*) AS pupils FROM '{file}' GROUP BY ALL").to_arrow_table()
        connection.execute(
            f"SELECT split_part(path, '/', 2) AS county, stage, count(*) AS pupils, count(*) FILTER (WHERE boarder) AS boarders FROM '{file}' "
            f"JOIN '{folder}/organisations.parquet' ON code = organisation GROUP BY ALL"
        ).to_arrow_table()
    else:
        import pandas as pd

        start = time.perf_counter()
        frame = pd.read_parquet(file, columns=["organisation", "stage", "grade", "class_name", "boarder"])
        frame.groupby(["organisation", "stage", "grade", "class_name"], observed=True).size()
        places = pd.read_parquet(folder / "organisations.parquet", columns=["code", "path"])
        places["county"] = places["path"].str.split("/").str[1]
        joined = frame.merge(places, left_on="organisation", right_on="code")
        joined.groupby(["county", "stage"]).agg(pupils=("boarder", "size"), boarders=("boarder", "sum"))
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "peak_mb": peak_mb(), "measures": counted}


def peak_mb() -> float:
    """Peak memory of this process since it was started (the usual count keeps the parent's from before)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    sys.exit(main())
