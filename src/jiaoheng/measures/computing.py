"""Computing: the values of many measures from one snapshot, each register read once.

Changes when the order of work changes. Measures of one register go into one query, or are taken row by row where it has few rows; ratios
over two registers and changes are then put together from what these gave.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jiaoheng.measures.engine import Engine
from jiaoheng.measures.few_rows import FEW, WORKING, Places, few_rows_values
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.query import ALL_STAGES, OWN, Columns, own_query, values_query
from jiaoheng.measures.scanning import Scan, chosen_scan
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["COLUMNS", "SCHEMA", "computed", "default_period"]

COLUMNS = ("measure", "level", "organisation", "name", "stage", "period", "numerator", "denominator", "value", "covered", "of")

SCHEMA = pa.schema(
    [
        pa.field(name, pa.string() if place < 6 else pa.float64() if place < 9 else pa.int64())
        for place, name in enumerate(COLUMNS)
    ]
)  # fmt: skip


def default_period(snapshot: Snapshot, measure: Measure) -> str | None:
    """The period that a measure speaks of when none is asked for: the register's latest, or so many before it as the measure says."""
    latest = snapshot.period(measure.register, measure.period_column)
    if latest is None or not measure.periods_back:
        return latest
    wanted = _start(latest) - measure.periods_back
    return next((period for period in snapshot.periods(measure.register, measure.period_column) if _start(period) == wanted), None)


def computed(snapshot: Snapshot, measures: Sequence[Measure], *, all_years: bool, few: int = FEW) -> pa.Table:
    """The values, in the columns of `COLUMNS`, sorted by measure, organisation (in the order of the tree), period and stage.

    few: a register of at most so many rows is taken row by row, without a query.
    """
    asked = {measure.id: _asked(snapshot, measure, all_years) for measure in measures}
    work = _Work(snapshot, few)
    for measure in measures:
        work.need(measure, asked[measure.id])
    with Engine(snapshot) as engine:
        tables = work.simple(engine)
        tables |= _divided(engine, [one for one in work.whole.values() if one.other], tables)
        tables |= _changes(engine, [measure for measure in measures if measure.base], tables)
    found = [_only(tables[measure.id], asked[measure.id]) for measure in measures if measure.id in tables]
    return pa.concat_tables([one.select(list(COLUMNS)) for one in found]).combine_chunks() if found else SCHEMA.empty_table()


@dataclass
class _Work:
    """What must be computed: for each register and its column of periods the parts of measures taken from it, and the years needed."""

    snapshot: Snapshot
    few: int
    whole: dict[str, Measure] = field(default_factory=dict)
    parts: dict[tuple[str, str], dict[str, Measure]] = field(default_factory=dict)
    years: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    scan: Scan | None = field(default_factory=chosen_scan)

    def need(self, measure: Measure, years: Iterable[int]) -> None:
        years = set(years)
        if measure.base:
            self.need(measure.base, years | {year - 1 for year in years})
            return
        self.whole[measure.id] = measure
        self._part(measure.numerator_part, years)
        if measure.other:
            self._part(measure.other, {year - measure.other_periods_back for year in years})

    def _part(self, part: Measure, years: set[int]) -> None:
        source = part.register, part.period_column
        self.parts.setdefault(source, {})[part.id] = part
        self.years.setdefault(source, set()).update(years)

    def simple(self, engine: Engine) -> dict[str, pa.Table]:
        """The values of every part, by its name; a part that no row has the figures for is left out."""
        found: dict[str, pa.Table] = {}
        tables = self.snapshot.tables
        about_schools = set(pq.read_schema(tables["organisations"]).names)
        places: Places | None = None
        for (register, column), parts in self.parts.items():
            years = self.years[register, column]
            periods = [period for period in self.snapshot.periods(register, column) if _start(period) in years]
            if not periods:
                continue
            metadata = pq.read_metadata(tables[register])
            there = about_schools.union(metadata.schema.to_arrow_schema().names)
            readable = [part for part in parts.values() if set(part.columns_and_universe) <= there]
            if readable and self.scan is None and metadata.num_rows <= self.few:
                places = places or Places(self.snapshot)
                found |= few_rows_values(self.snapshot, places, readable, periods)
            elif readable:
                wide, columns = self._wide(engine, readable, periods)
                found |= {
                    part.id: tidy for part, its in zip(readable, columns, strict=True) if (tidy := _tidy(wide, its, part)) is not None
                }
        return found

    def _wide(self, engine: Engine, measures: list[Measure], periods: list[str]) -> tuple[pa.Table, list[Columns]]:
        """The values of one register's measures: whole from the engine, or from what a scan elsewhere gave."""
        whole = self.snapshot.whole_columns(measures[0].register)
        if self.scan is None:
            query, columns = values_query(measures, len(periods), whole)
            return engine.run(query, periods), columns
        engine.hold(OWN, self.scan.scanned(self.snapshot, own_query(measures, len(periods), whole), periods))
        query, columns = values_query(measures, len(periods), whole, scanned=True)
        return engine.run(query), columns


def _asked(snapshot: Snapshot, measure: Measure, all_years: bool) -> set[int]:
    if all_years:
        return {_start(period) for period in snapshot.periods(measure.register, measure.period_column)}
    period = default_period(snapshot, measure)
    return {_start(period)} if period else set()


def _start(period: str) -> int:
    return int(period[:4])


def _tidy(wide: pa.Table, columns: Columns, measure: Measure) -> pa.Table | None:
    """The rows of one measure: those of organisations that have a row which the measure asks about; None where no row counts."""
    asked = pc.greater(wide[columns.asked], pa.scalar(0))
    if measure.kind == "variation":
        asked = pc.and_(asked, pc.invert(wide["reports"]))
    counted = pc.greater(wide[columns.covered], pa.scalar(0))
    if not pc.any(counted).as_py():
        return None
    void = pa.scalar(None, pa.float64())
    numerator = pc.if_else(counted, wide[columns.numerator], void)
    denominator = pc.if_else(counted, wide[columns.denominator], void) if columns.denominator else None
    value = numerator
    if denominator is not None:
        value = pc.divide(numerator, pc.if_else(pc.equal(denominator, pa.scalar(0.0)), void, denominator))
    arrays = [pa.chunked_array([pa.repeat(measure.id, wide.num_rows)]), *(wide[name] for name in COLUMNS[1:6]), numerator,
              pa.nulls(wide.num_rows, pa.float64()) if denominator is None else denominator, value,
              wide[columns.covered], wide[columns.asked], wide["node"], wide[columns.unstaged]]  # fmt: skip
    # where every row stays, the columns are shared by the measures and not copied
    tidy = pa.table(arrays, names=WORKING.names).cast(WORKING)
    return tidy if pc.all(asked).as_py() else tidy.filter(asked)


def _only(table: pa.Table, years: set[int]) -> pa.Table:
    """The rows of the years asked for; others were computed only to compare with."""
    there = {str(period) for period in pc.unique(table["period"]).to_pylist()}
    kept = [period for period in there if _start(period) in years]
    return table if len(kept) == len(there) else table.filter(pc.is_in(table["period"], pa.array(kept, pa.string())))


def _divided(engine: Engine, measures: Sequence[Measure], parts: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Ratios over two registers. A stage's value is left out where part of the figures below belongs to no single stage."""
    pairs = [(one, parts[one.id], parts[one.other.id]) for one in measures if one.other and one.id in parts and one.other.id in parts]
    if not pairs:
        return {one.id: WORKING.empty_table() for one in measures}
    back = pa.table({"measure": [one.id for one, _, _ in pairs], "other": [one.other.id for one, _, _ in pairs if one.other],
                     "back": [one.other_periods_back for one, _, _ in pairs]})  # fmt: skip
    engine.hold("dividends", pa.concat_tables([above for _, above, _ in pairs]))
    engine.hold("divisors", pa.concat_tables([below for _, _, below in pairs]))
    engine.hold("backs", back)
    return _split(engine.run(_DIVIDED), [one.id for one in measures])


_DIVIDED = f"""
WITH loose AS (
  SELECT measure, organisation, period FROM dividends WHERE "stage" = '{ALL_STAGES}' AND unstaged > 0),
loose_below AS (
  SELECT measure, organisation, period FROM divisors WHERE "stage" = '{ALL_STAGES}' AND unstaged > 0)
SELECT a.* REPLACE (
         b.numerator AS denominator,
         CASE WHEN a.covered > 0 AND b.covered > 0 THEN a.numerator / nullif(b.numerator, 0) END AS value)
FROM dividends AS a JOIN backs USING (measure)
JOIN divisors AS b ON b.measure = backs.other AND b.organisation = a.organisation AND b."stage" = a."stage"
  AND CAST(left(b.period, 4) AS INTEGER) = CAST(left(a.period, 4) AS INTEGER) - backs.back
WHERE a."stage" = '{ALL_STAGES}' OR NOT (
  (a.measure, a.organisation, a.period) IN (FROM loose) OR (b.measure, b.organisation, b.period) IN (FROM loose_below))
ORDER BY a.measure, a.node, a.period, a."stage"
"""


def _changes(engine: Engine, measures: Sequence[Measure], values: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """What the bases came to a period before and come to now."""
    known = [one for one in measures if one.base and one.base.id in values]
    if not known:
        return {}
    bases = {one.base.id: values[one.base.id].select(WORKING.names) for one in known if one.base and values[one.base.id].num_rows}
    if not bases:
        return {}
    engine.hold("bases", pa.concat_tables(bases.values()))
    written = {
        "id": [one.id for one in known],
        "base": [one.base.id for one in known if one.base],
        "unit": [one.change_in for one in known],
    }
    engine.hold("changes", pa.table(written))
    return _split(engine.run(_CHANGES), [one.id for one in known])


_CHANGES = """
SELECT changes.id AS measure, now.* EXCLUDE (measure) REPLACE (
         now.value - before.value AS numerator,
         CASE WHEN unit = 'percent' THEN before.value / 100 END AS denominator,
         CASE WHEN unit = 'percent' THEN (now.value - before.value) / nullif(before.value / 100, 0) ELSE now.value - before.value END
           AS value)
FROM changes JOIN bases AS now ON now.measure = changes.base
JOIN bases AS before ON before.measure = now.measure AND before.organisation = now.organisation AND before."stage" = now."stage"
  AND CAST(left(before.period, 4) AS INTEGER) = CAST(left(now.period, 4) AS INTEGER) - 1
ORDER BY changes.id, now.node, now.period, now."stage"
"""


def _split(table: pa.Table, measures: Sequence[str]) -> dict[str, pa.Table]:
    """The rows of each measure; they stand together."""
    table = table.select(WORKING.names).cast(WORKING)
    counted: Any = pc.value_counts(table["measure"])
    counts = {str(one["values"]): int(one["counts"]) for one in counted.to_pylist()}
    found, start = {}, 0
    for name in sorted(counts):
        found[name] = table.slice(start, counts[name])
        start += counts[name]
    return {name: found.get(name, WORKING.empty_table()) for name in measures}
