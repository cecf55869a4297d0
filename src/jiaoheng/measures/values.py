"""Values: what the measures of a snapshot come to, for every organisation and stage.

Changes when what is told of a value changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jiaoheng.measures.catalogue import Catalogue
from jiaoheng.measures.engine import Engine, write_csv
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.query import ALL_STAGES, counted_rows_query, values_query
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["ALL_STAGES", "COLUMNS", "Value", "Values", "compute"]

COLUMNS = ("measure", "level", "organisation", "name", "stage", "period", "numerator", "denominator", "value", "covered", "of")

_TYPES: list[Any] = [pa.string()] * 6 + [pa.float64()] * 3 + [pa.int64()] * 2
_SCHEMA = pa.schema(list(zip(COLUMNS, _TYPES, strict=True)))


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
        for column, wanted in (("period", period or self.period or ""), ("level", level), ("stage", stage)):
            if wanted is not None:
                table = table.filter(pc.equal(table[column], pa.scalar(wanted)))
        return [self._value(measure, row) for row in table.to_pylist()]

    def csv(self, path: Path | str) -> None:
        """Write the table as CSV (UTF-8), numbers in full, missing values empty."""
        write_csv(self.table, Path(path))

    @cached_property
    def _slices(self) -> dict[str, tuple[int, int]]:
        """Start and length of each measure's rows, which stand together."""
        counted: Any = pc.value_counts(self.table["measure"])
        counts = [(str(one["values"]), int(one["counts"])) for one in counted.to_pylist()]
        ends = list(accumulate(count for _, count in counts))
        return {name: (end - count, count) for (name, count), end in zip(counts, ends, strict=True)}

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
    table = pa.concat_tables(ordered) if ordered else _SCHEMA.empty_table()
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
    own = wide.select([*COLUMNS[1:6], f"n_{i}", f"d_{i}", f"v_{i}", f"c_{i}", f"o_{i}"])
    asked = pc.greater(own[f"o_{i}"], pa.scalar(0))
    if not pc.all(asked).as_py():  # where every row stays, the columns are shared by the measures and not copied
        own = own.filter(asked)
    name = pa.chunked_array([pa.repeat(measure.id, own.num_rows)])
    return pa.table([name, *own.columns], names=list(COLUMNS)).cast(_SCHEMA)
