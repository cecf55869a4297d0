"""How fast a snapshot is frozen and measured, as ratios within one run, so that machines can be compared.

A country is made up: 46,000 schools in districts, divisions and regions, figures from a seeded generator, put into a database of its
own. Printed: seconds to freeze, to compute every measure at every level, to write values.csv; the same against two yardsticks (reading
the registers' rows from the database without doing anything, and the plain engine on one measure); and the peak memory.

    python benchmarks/measures.py [--schools 46000]
"""

import argparse
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any


def main() -> None:
    """Make the country, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schools", type=int, default=46_000)
    schools = parser.parse_args().schools
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JIAOHENG_DATA"] = folder
        os.environ.pop("DATABASE_URL", None)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiaoheng.settings")
        from jiaoheng.cli.deployment import opened_database

        opened_database()
        _country(schools)
        _measure(Path(folder))


def _timed(name: str, work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    print(f"{name:48} {seconds:8.2f} s")
    return seconds, result


def _measure(folder: Path) -> None:
    import pyarrow.parquet as pq

    from jiaoheng.measures.catalogue import load_catalogue
    from jiaoheng.measures.plainly import measure_plainly
    from jiaoheng.measures.values import compute
    from jiaoheng.registers.annual_statistics import AnnualStatistics
    from jiaoheng.snapshots.freezing import freeze
    from jiaoheng.snapshots.snapshot import Snapshot

    catalogue = load_catalogue()
    read, _ = _timed("read the statistics from the database (yardstick)", lambda: list(AnnualStatistics.objects.values_list()))
    frozen, snapshot = _timed("freeze", lambda: freeze(date(2014, 6, 1), folder / "snapshot"))
    opened, _ = _timed("open and verify", lambda: Snapshot.open(snapshot.folder))
    taken, values = _timed(f"compute {len(catalogue)} measures, all levels", lambda: compute(snapshot, catalogue))
    written, _ = _timed(f"write {values.table.num_rows:,} values", lambda: values.csv(folder / "values.csv"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    nodes, records = (pq.read_table(snapshot.tables[name]).to_pylist() for name in ("organisations", "annual_statistics"))
    measure = catalogue["pupils_per_teacher"]
    plain, _ = _timed("one measure by the plain engine (yardstick)", lambda: measure_plainly(measure, nodes, records, "2013-2014"))
    one, _ = _timed("the same measure by the engine", lambda: compute(snapshot, catalogue, [measure.id]))
    whole = frozen + opened + taken + written
    print(f"freeze, compute and write: {whole:.2f} s = {whole / read:.1f} × reading the statistics")
    print(f"one measure: the engine is {plain / one:.1f} × as fast as the plain one")
    print(f"peak memory to freeze, compute and write, with the making of the data: {peak:.0f} MB")


def _country(schools: int) -> None:
    """Organisations of five levels, and a row of statistics for each school; one figure in twenty is missing."""
    from jiaoheng.intake.provenance import Import, SourceFile, SourceRow
    from jiaoheng.organisations.organisation import Organisation
    from jiaoheng.registers.annual_statistics import AnnualStatistics

    chance = random.Random(20140601)
    nodes: list[Organisation] = []

    def node(code: str, kind: str, parent: Organisation | None) -> Organisation:
        path = f"{parent.path}/{code}" if parent else code
        made = Organisation(id=len(nodes) + 1, code=code, name_en=f"{kind} {code}", kind=kind, path=path, parent=parent)
        nodes.append(made)
        return made

    country = node("c", "country", None)
    regions = [node(f"r{i}", "region", country) for i in range(17)]
    divisions = [node(f"v{i}", "division", chance.choice(regions)) for i in range(200)]
    districts = [node(f"d{i}", "district", chance.choice(divisions)) for i in range(2_600)]
    places = [node(str(100_000 + i), "school", chance.choice(districts)) for i in range(schools)]
    Organisation.objects.bulk_create(nodes, batch_size=2_000)

    def figure(most: int) -> int | None:
        return None if chance.random() < 0.05 else chance.randint(0, most)

    def row(school: Organisation) -> AnnualStatistics:
        teachers = figure(60)
        counts = {
            "pupils": 1_500,
            "rooms": 50,
            "classes": 50,
            "computers": 40,
            "books": 9_000,
            "backbone_teachers": 5,
            "pe_arts_teachers": 5,
        }
        amounts = {"public_funds": 900_000, "equipment_value": 900_000, "teaching_area_m2": 9_000, "sports_area_m2": 9_000}
        figures = {name: figure(most) for name, most in {**counts, **amounts, "multimedia_classrooms": 40}.items()}
        stage = chance.choice(["primary", "primary", "junior"])
        given = {"organisation": school, "school_year": "2013-2014", "stage": stage, "teachers": teachers, **figures}
        return AnnualStatistics(teachers_above_qualification=teachers, **given)

    AnnualStatistics.objects.bulk_create([row(school) for school in places], batch_size=1_000)
    run = Import.objects.create(
        source_file=SourceFile.objects.create(sha256="0" * 64, name="made.xlsx", size_bytes=1), register="annual_statistics"
    )
    rows = [SourceRow(imported=run, row=i, organisation=s, school_year="2013-2014", stage="primary") for i, s in enumerate(places, start=2)]
    SourceRow.objects.bulk_create(rows, batch_size=2_000)


if __name__ == "__main__":
    main()
