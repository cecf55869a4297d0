"""Values: what the measures of a snapshot come to, for every organisation and stage.

Changes when what is told of a value changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from jiaoheng.measures.catalogue import Catalogue
from jiaoheng.measures.engine import Engine
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.query import ALL_STAGES, counted_rows_query, values_query
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["ALL_STAGES", "COLUMNS", "Value", "Values", "compute"]

COLUMNS = ("measure", "level", "organisation", "name", "stage", "period", "numerator", "denominator", "value", "covered", "of")

_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in COLUMNS[:6]),
        *((name, pa.float64()) for name in COLUMNS[6:9]),
        *((name, pa.int64()) for name in COLUMNS[9:]),
    ]
)


@dataclass(frozen=True)
class Value:
    """One value: the measure for one organisation, stage and school year.

    `value` is None where no school states the figures, or the denominator is zero. `covered` schools of `of` stand behind it. For a
    variation the numerator is S and the denominator X̄.
    """

    measure: Measure
    level: str
    organisation: str
    name: str
    stage: str
    period: str
    numerator: float | None
    denominator: float | None
    value: float | None
    covered: int
    of: int


class Values:
    """The values of a snapshot, sorted by measure, organisation (in the order of the tree), period and stage.

    `table` has exactly the columns of `COLUMNS`. A measure that no row of the snapshot has the figures for has no values.
    """

    def __init__(self, table: pa.Table, catalogue: Mapping[str, Measure], period: str | None) -> None:
        self.table = table
        self.period = period
        self._catalogue = catalogue
        self._indexes: dict[str, dict[tuple[str, str, str], int]] = {}

    @cached_property
    def measures(self) -> list[str]:
        """The measures that have values, in their order."""
        return list(self._slices)

    def get(self, measure: str, organisation: str, stage: str = ALL_STAGES, period: str | None = None) -> Value | None:
        """One value; of the snapshot's school year when no period is given. None where there is none."""
        place = self._index(measure).get((organisation, stage, period or self.period or ""))
        return None if place is None else self._value(measure, self._of(measure).slice(place, 1).to_pylist()[0])

    def for_measure(
        self, measure: str, *, level: str | None = None, stage: str | None = ALL_STAGES, period: str | None = None
    ) -> list[Value]:
        """The values of a measure, in the order of the tree: of one level or all, of one stage or (None) all, of one period."""
        table = self._of(measure)
        table = table.filter(pc.equal(table["period"], period or self.period or ""))
        for column, wanted in (("level", level), ("stage", stage)):
            if wanted is not None:
                table = table.filter(pc.equal(table[column], wanted))
        return [self._value(measure, row) for row in table.to_pylist()]

    def csv(self, path: Path | str) -> None:
        """Write the table as CSV (UTF-8), numbers in full, missing values empty."""
        import polars as pl

        frame = pl.from_arrow(self.table)
        assert isinstance(frame, pl.DataFrame)
        frame.write_csv(path)

    @cached_property
    def _slices(self) -> dict[str, tuple[int, int]]:
        runs = pc.run_end_encode(self.table["measure"].combine_chunks()) if self.table.num_rows else None
        starts = [0, *runs.run_ends.to_pylist()] if runs is not None else [0]
        names = runs.values.to_pylist() if runs is not None else []
        return {name: (start, end - start) for name, start, end in zip(names, starts[:-1], starts[1:], strict=True)}

    def _of(self, measure: str) -> pa.Table:
        self._catalogue[measure]  # an unknown name is refused, not taken for one without values
        start, length = self._slices.get(measure, (0, 0))
        return self.table.slice(start, length)

    def _index(self, measure: str) -> dict[tuple[str, str, str], int]:
        if measure not in self._indexes:
            table = self._of(measure)
            keys = zip(*(table[name].to_pylist() for name in ("organisation", "stage", "period")), strict=True)
            self._indexes[measure] = {(str(o), str(s), str(p)): place for place, (o, s, p) in enumerate(keys)}
        return self._indexes[measure]

    def _value(self, measure: str, row: Mapping[str, object]) -> Value:
        return Value(**{**row, "measure": self._catalogue[measure]})  # type: ignore[arg-type]


def compute(snapshot: Snapshot, catalogue: Catalogue, measures: Sequence[str] | None = None, *, all_years: bool = False) -> Values:
    """Every measure (or those named) for every organisation that has rows below it, by stage and over the stages, in one pass.

    Of the snapshot's school year, or with `all_years` of every one in it. Raises: UnknownMeasure.
    """
    chosen = [catalogue[name] for name in dict.fromkeys(measures)] if measures is not None else list(catalogue.values())
    periods = snapshot.school_years if all_years else [snapshot.school_year] if snapshot.school_year else []
    tables: dict[str, pa.Table] = {}
    if periods and chosen:
        with Engine(snapshot) as engine:
            for register in dict.fromkeys(measure.register for measure in chosen):
                tables |= _taken(engine, register, [measure for measure in chosen if measure.register == register], periods)
    ordered = [tables[measure.id] for measure in chosen if measure.id in tables]
    table = pa.concat_tables(ordered).combine_chunks() if ordered else _SCHEMA.empty_table()
    return Values(table, catalogue, snapshot.school_year)


def _taken(engine: Engine, register: str, measures: Sequence[Measure], periods: Sequence[str]) -> dict[str, pa.Table]:
    """The values of the measures of one register, by measure."""
    rows = engine.run(counted_rows_query(register, measures, len(periods)), periods).to_pylist()[0]
    measures = [measure for i, measure in enumerate(measures) if rows[f"r_{i}"]]
    if not measures:
        return {}
    wide = engine.run(values_query(measures, len(periods)), periods)
    return {measure.id: _tidy(wide, i, measure) for i, measure in enumerate(measures)}


def _tidy(wide: pa.Table, i: int, measure: Measure) -> pa.Table:
    """The rows of one measure, in the columns of `COLUMNS`: those of organisations that have a row which the measure asks about."""
    kept = wide.filter(pc.greater(wide[f"o_{i}"], 0))
    columns = [pa.repeat(measure.id, kept.num_rows)]
    columns += [kept[name] for name in (*COLUMNS[1:6], f"n_{i}", f"d_{i}", f"v_{i}", f"c_{i}", f"o_{i}")]
    return pa.table(columns, names=list(COLUMNS)).cast(_SCHEMA)
