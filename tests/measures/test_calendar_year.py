"""What happens is counted by school year or by calendar year; the two are never divided by each other without a reason."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.measures.formula import in_sql
from jiaoheng.measures.plainly import registers_plainly
from jiaoheng.measures.rows import rows_behind, totals
from jiaoheng.measures.values import compute
from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.snapshots.snapshot import Snapshot
from tests.snapshots.written_by_hand import organisation, row, snapshot_of

OWN = """
own_hazards_of_school_year:
  label: {en: Hazards of the school year, zh: 学年隐患数}
  register: ledger_rows
  kind: total
  numerator: count(*)
  unit: {en: places, zh: 处}
  decimals: 0
  better: less
  source: {document: Circular 1/2026 (example)}
own_hazards_of_year:
  label: {en: Hazards of the calendar year, zh: 年度隐患数}
  register: ledger_rows
  calendar: calendar_year
  kind: total
  numerator: count(*)
  unit: {en: places, zh: 处}
  decimals: 0
  better: less
  source: {document: Circular 1/2026 (example)}
own_hazards_grown:
  label: {en: Change of hazards, zh: 隐患数增减}
  kind: change
  of: own_hazards_of_year
  in: percent
  decimals: 1
  better: less
  source: {document: Circular 1/2026 (example)}
"""
MIXED = """
own_mixed:
  label: {en: Hazards per matter, zh: 隐患交办比}
  register: ledger_rows
  calendar: calendar_year
  kind: ratio
  numerator: count(*)
  denominator_register: ledger_matters
  denominator: count(*)
  unit: {en: '', zh: ''}
  decimals: 1
  better: none
  source: {document: Circular 1/2026 (example)}
"""
OWN_NAMES = ("own_hazards_of_year", "own_hazards_of_school_year", "own_hazards_grown")
DAYS = ("2017-10-01", "2018-01-01", "2018-08-31", "2018-09-01", "2018-12-31", "2019-01-01")
COUNTY = organisation("D", kind="county")
NODES = [COUNTY, organisation("A", COUNTY)]


def registered() -> Iterator[dict[str, Any]]:
    """Six rows of one school."""
    for number, day in enumerate(DAYS, 1):
        year = int(day[:4]) - (day[5:] < "09-01")
        yield row("ledger_rows", "A", "", f"{year}-{year + 1}", row=str(number), ledger="hazards", calendar_year=day[:4])


def snapshot(folder: Path) -> Snapshot:
    return snapshot_of(folder, NODES, [], date="2019-01-31", ledger_rows=list(registered()))


def own(folder: Path, text: str = OWN) -> Any:
    (folder / "measures").mkdir(exist_ok=True)
    (folder / "measures" / "own.yaml").write_text(text, encoding="utf-8")
    return load_catalogue(folder)


@pytest.mark.parametrize("few", [0, 1000])
def test_one_ledger_by_both_calendars(tmp_path: Path, few: int) -> None:
    catalogue = own(tmp_path)
    values = compute(snapshot(tmp_path / "s"), catalogue, list(OWN_NAMES), all_years=True, few=few)
    by_year = {one.period: one.value for one in values.trend("own_hazards_of_year", "D")}
    by_school_year = {one.period: one.value for one in values.trend("own_hazards_of_school_year", "D")}
    assert by_year == {"2017": 1, "2018": 4, "2019": 1}
    assert by_school_year == {"2017-2018": 3, "2018-2019": 3}
    assert {one.period: one.value for one in values.trend("own_hazards_grown", "D")} == {"2018": 300, "2019": -75}
    assert values.periods == {"own_hazards_of_year": "2019", "own_hazards_of_school_year": "2018-2019", "own_hazards_grown": "2019"}
    asked = values.get("own_hazards_of_year", "A", period="2018-2019")  # the calendar year in which the school year begins
    assert asked is not None and (asked.period, asked.value) == ("2018", 4)


def test_the_plain_engine_and_the_rows_behind_agree(tmp_path: Path) -> None:
    catalogue, frozen = own(tmp_path), snapshot(tmp_path / "s")
    measure = catalogue["own_hazards_of_year"]
    rows = rows_behind(frozen, measure, "D", period="2018")
    assert rows.num_rows == 4 and totals(measure, rows).value == 4
    plainly = registers_plainly(measure, NODES, {"ledger_rows": list(registered())}, "2018")
    assert plainly["D", "all"]["value"] == 4
    assert "calendar_year" in in_sql(measure)
    assert catalogue["hazards_registered"].calendar_words.en == "calendar year"


def test_a_table_without_the_column_has_no_such_periods(tmp_path: Path) -> None:
    frozen = snapshot(tmp_path / "s")
    assert frozen.periods("ledger_rows", "calendar_year") == ["2017", "2018", "2019"]
    assert frozen.periods("annual_statistics", "calendar_year") == [] and frozen.period("annual_statistics", "calendar_year") is None


def test_unlike_calendars_are_divided_only_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(RulebookFaulty, match="calendar is calendar_year above and school_year below"):
        own(tmp_path, MIXED)
    own(tmp_path, MIXED + "  denominator_calendar: calendar_year\n")
    own(tmp_path, MIXED + "  combines: {en: as the circular does, zh: 按通知口径}\n")


def test_a_register_has_no_calendar_years(tmp_path: Path) -> None:
    with pytest.raises(RulebookFaulty, match="1_september or school_year"):
        own(tmp_path, OWN.replace("register: ledger_rows\n  calendar", "register: enrolments\n  calendar"))
