"""The whole road on the real files of one country: workbooks, registers, snapshot, measures; compared with sums made apart from it."""

from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = ROOT.parent / "shared" / "data" / "ph-schools"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.skipif(not FILES.is_dir(), reason="the real files are not on this machine"),
]


def _read(file: str, sheet: int) -> list[dict[str, object]]:
    from python_calamine import CalamineWorkbook

    heading, *rows = CalamineWorkbook.from_path(FILES / file).get_sheet_by_index(sheet).to_python()
    return [dict(zip(map(str, heading), row, strict=True)) for row in rows]


def _pupils_by_region() -> dict[str, float]:
    """Pupils of every region, and «PH», from the files alone."""
    import csv

    with (FILES / "schools.csv").open(encoding="utf-8", newline="") as file:
        regions = {row["school.id"]: row["school.region"] for row in csv.DictReader(file)}
    totals: dict[str, float] = {}
    for row in _read("mooe.xlsx", 1):
        region = regions.get(str(int(float(str(row["school.id"])))))
        pupils = row["school.enrollment"]
        if region and isinstance(pupils, int | float):
            for place in ("Philippines", region):
                totals[place] = totals.get(place, 0) + pupils
    return totals


def test_a_whole_country_is_frozen_measured_and_traced(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from jiaoheng.cli.main import _application
    from jiaoheng.measures.catalogue import load_catalogue
    from jiaoheng.measures.rows import rows_behind, totals
    from jiaoheng.measures.values import compute
    from jiaoheng.snapshots.freezing import freeze

    mapping = ROOT / "examples" / "philippines" / "mapping.yaml"
    taken = CliRunner().invoke(_application("import"), ["import", "--map", str(mapping), str(FILES)])
    assert taken.exit_code == 1, taken.output  # 58 rows name a school that is not in the list; they are given back
    snapshot, again = freeze(date(2014, 6, 1), tmp_path / "ph"), freeze(date(2014, 6, 1), tmp_path / "again")
    assert again.hash == snapshot.hash

    catalogue = load_catalogue()
    values = compute(snapshot, catalogue)
    promised = {"pupils", "teachers", "rooms", "pupils_per_teacher", "pupils_per_room", "funds_per_pupil", "teachers_cv", "rooms_cv"}
    assert promised <= set(values.measures)
    expected = _pupils_by_region()
    for level in ("country", "region"):
        for value in values.for_measure("pupils", level=level):
            assert value.value == expected[value.name]
    levels = ["country", "region", "division", "district", "school"]
    assert {sum(value.numerator or 0 for value in values.for_measure("pupils", level=level)) for level in levels} == {
        expected["Philippines"]
    }
    for name in promised:
        for value in [*values.for_measure(name, level="region")[:2], *values.for_measure(name, level="division")[:2]]:
            sums = totals(catalogue[name], rows_behind(snapshot, catalogue[name], value.organisation))
            assert sums.numerator == pytest.approx(value.numerator, rel=1e-12)
            assert sums.denominator == (None if value.denominator is None else pytest.approx(value.denominator, rel=1e-12))
            assert sums.covered == value.covered
