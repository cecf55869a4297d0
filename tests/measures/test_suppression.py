"""Suppression: small counts of persons are hidden in every measure, with the ratios, changes and totals that would tell them."""

from pathlib import Path
from typing import Any

import pytest

from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.measures.suppression import published
from jiaoheng.measures.values import compute
from jiaoheng.rulebook.publication import suppression_rule
from jiaoheng.snapshots.snapshot import Snapshot
from tests.measures.test_registers import PLACES, own_catalogue, pupil
from tests.snapshots.written_by_hand import organisation, snapshot_of, statistics

CATALOGUE = load_catalogue()

GIRLS_AND_BOYS = """
girls: {label: {en: Girls of us, zh: 女生}, register: enrolments, kind: total,
  numerator: "count(*) filter (where sex = '2')", where: on_roll,
  unit: {en: pupils, zh: 人}, decimals: 0, better: none, source: {document: Circular 4/2023 (example)}}
boys: {label: {en: Boys of us, zh: 男生}, register: enrolments, kind: total,
  numerator: "count(*) filter (where sex = '1')", where: on_roll,
  unit: {en: pupils, zh: 人}, decimals: 0, better: none, source: {document: Circular 4/2023 (example)}}
"""


OTHER_TEACHERS = """
other_teachers: {label: {en: Teachers of other subjects, zh: 其他教师}, register: annual_statistics, kind: total,
  numerator: "sum(teachers) - sum(pe_arts_teachers)",
  unit: {en: teachers, zh: 人}, decimals: 0, better: none, source: {document: Circular 4/2023 (example)}}
"""
PE_TEACHERS = """
pe_teachers: {label: {en: PE teachers of us, zh: 体艺教师}, register: annual_statistics, kind: total, numerator: sum(pe_arts_teachers),
  unit: {en: teachers, zh: 人}, decimals: 0, better: none, source: {document: Circular 4/2023 (example)}}
"""


def snapshot(folder: Path, *, boarders: dict[str, int], pupils: int = 40, girls: int = 0) -> Snapshot:
    """Schools A, B and D of one county; the same in both years."""
    places = [*PLACES, organisation("D", PLACES[0])]
    children = [
        pupil(f"{school}{n}", school, year, boarder=n < boarders.get(school, 0), sex="2" if n < girls and school == "A" else "1")
        for school in "ABD" for n in range(pupils) for year in ("2017-2018", "2018-2019")
    ]  # fmt: skip
    return snapshot_of(folder, places, [], enrolments=children)


def rows(table: Any, measure: str, year: str = "2018-2019") -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["organisation"], row["stage"]): row for row in table.to_pylist() if row["measure"] == measure and row["period"] == year}


def test_a_small_count_takes_its_ratio_and_its_change_with_it(tmp_path: Path) -> None:
    frozen = snapshot(tmp_path / "s", boarders={"A": 3, "B": 20, "D": 20})
    values = compute(frozen, CATALOGUE, all_years=True)
    table = published(values, frozen, CATALOGUE, threshold=5)
    share, change = rows(table, "boarder_share"), rows(table, "boarder_share_change")
    assert share["A", "primary"]["hidden"] and share["A", "primary"]["numerator"] is None and share["A", "primary"]["value"] is None
    assert share["A", "primary"]["denominator"] == 0.4 and share["A", "primary"]["covered"] == 1
    assert change["A", "primary"]["hidden"] and change["A", "primary"]["value"] is None
    hidden = {cell for cell, row in share.items() if row["hidden"]}
    assert ("T", "primary") in hidden and ("C", "primary") not in hidden and len(hidden) == 6  # A, its town, and one school beside it
    assert {code for code, _ in hidden} & {"B", "D"} and ("C", "all") not in hidden
    assert not any(row["hidden"] for row in rows(table, "pupils_on_roll").values())


def test_so_does_a_part_that_leaves_only_few(tmp_path: Path) -> None:
    frozen = snapshot(tmp_path / "s", boarders={"A": 38, "B": 20, "D": 20})
    share = rows(published(compute(frozen, CATALOGUE, all_years=True), frozen, CATALOGUE, threshold=5), "boarder_share")
    assert share["A", "primary"]["hidden"] and not share["C", "primary"]["hidden"]


def test_few_pupils_hide_the_denominator_too(tmp_path: Path) -> None:
    frozen = snapshot(tmp_path / "s", boarders={"A": 1}, pupils=4)
    table = published(compute(frozen, CATALOGUE, all_years=True), frozen, CATALOGUE, threshold=5)
    assert (
        rows(table, "boarder_share")["A", "all"]["denominator"] is None and rows(table, "pupils_on_roll")["A", "all"]["numerator"] is None
    )


def test_parts_that_add_up_are_hidden_beside_each_other(tmp_path: Path) -> None:
    catalogue = own_catalogue(tmp_path, GIRLS_AND_BOYS)
    frozen = snapshot(tmp_path / "s", boarders={}, girls=3)
    values = compute(frozen, catalogue, all_years=True)
    table = published(values, frozen, catalogue, threshold=5, partitions=[("pupils_on_roll", "girls", "boys")])
    girls, boys = rows(table, "girls"), rows(table, "boys")
    assert girls["A", "primary"]["hidden"] and {cell for cell, row in boys.items() if row["hidden"]} >= {("A", "primary"), ("T", "all")}
    assert not any(row["hidden"] for row in rows(table, "pupils_on_roll").values())


@pytest.mark.parametrize("written", [OTHER_TEACHERS, OTHER_TEACHERS + PE_TEACHERS])
def test_a_difference_of_columns_gives_no_small_one_away(tmp_path: Path, written: str) -> None:
    """Of a school's 30 teachers 28 do not teach PE. The measures count other schools: «teachers» those that state teachers, the difference
    those that state both; in a school that states both it is plain."""
    catalogue = own_catalogue(tmp_path, written)
    stated = [statistics(code, pupils=500, teachers=30, pe_arts_teachers=pe) for code, pe in (("A", 2), ("B", 9))]
    places = [*PLACES, organisation("D", PLACES[0])]
    frozen = snapshot_of(tmp_path / "s", places, [*stated, statistics("D", pupils=500, teachers=30)])
    table = published(compute(frozen, catalogue, all_years=True), frozen, catalogue, threshold=5)
    assert rows(table, "other_teachers")["A", "primary"]["hidden"] or rows(table, "teachers")["A", "primary"]["hidden"]
    assert not rows(table, "teachers")["D", "primary"]["hidden"], "what tells nobody is shown"


def test_the_threshold_is_data_with_a_source() -> None:
    rule = suppression_rule()
    assert rule.threshold == 5 and rule.source


def test_a_change_alone_is_hidden_since_its_ends_cannot_be_judged(tmp_path: Path) -> None:
    frozen = snapshot(tmp_path / "s", boarders={"A": 20, "B": 20, "D": 20})
    table = published(compute(frozen, CATALOGUE, ["boarder_share_change"]), frozen, CATALOGUE, threshold=5)
    assert table.num_rows and all(table["hidden"].to_pylist())


@pytest.mark.parametrize(("measure", "above", "below"), [
    ("boarder_share", True, True), ("pupils", True, False), ("public_funds_per_pupil", False, True), ("large_class_share", False, False),
    ("gross_enrolment_ratio", True, True), ("pupils_per_teacher", True, True), ("teachers_cv", False, False),
])  # fmt: skip
def test_it_is_known_what_counts_persons(measure: str, above: bool, below: bool) -> None:
    found = CATALOGUE[measure]
    assert (found.counts_persons, found.denominator_counts_persons) == (above, below)
