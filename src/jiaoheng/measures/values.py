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
from jiaoheng.measures.computing import COLUMNS, computed, default_period
from jiaoheng.measures.engine import write_csv
from jiaoheng.measures.few_rows import FEW
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.query import ALL_STAGES
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["ALL_STAGES", "COLUMNS", "Change", "Value", "Values", "compute"]


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

    @property
    def whole(self) -> float | None:
        """The denominator as a reader counts it: of a percentage, whose denominator is a hundredth, all 576 classes and not 5.76."""
        below = self.measure.denominator
        return self.denominator if self.denominator is None or below is None else round(self.denominator * below.divided[1], 9)


@dataclass(frozen=True)
class Change:
    """A value now and a period before. Of a percentage the change is in percentage points, of anything else in percent: never both."""

    now: Value
    before: Value
    amount: float | None
    percent: float | None
    points: float | None


class Values:
    """The values of a snapshot, sorted by measure, organisation (in the order of the tree), period and stage.

    `table` has exactly the columns of `COLUMNS`. A measure that no row of the snapshot has the figures for has no values.
    `periods` gives for each measure the period that it speaks of when none is asked for.
    """

    def __init__(
        self, table: pa.Table, catalogue: Mapping[str, Measure], period: str | None, periods: Mapping[str, str | None] | None = None
    ) -> None:
        self.table = table
        self.period = period
        self.periods = periods or {}
        self._catalogue = catalogue
        self._indexes: dict[str, dict[tuple[str, str, str], int]] = {}

    @cached_property
    def measures(self) -> list[str]:
        """The measures that have values, in their order."""
        return list(self._slices)

    def get(self, measure: str, organisation: str, stage: str = ALL_STAGES, period: str | None = None) -> Value | None:
        """One value; of the measure's own period when none is given. None where there is none.

        A measure by fiscal years takes a school year as the fiscal year in which that begins, and the other way round.
        """
        place = self._index(measure).get((organisation, stage, self._period(measure, period)))
        return None if place is None else self._value(measure, self._of(measure).slice(place, 1).to_pylist()[0])

    def for_measure(
        self, measure: str, *, level: str | None = None, stage: str | None = ALL_STAGES, period: str | None = None
    ) -> list[Value]:
        """The values of a measure, in the order of the tree: of one level or all, of one stage or (None) all, of one period."""
        table = self._of(measure)
        for column, wanted in (("period", self._period(measure, period)), ("level", level), ("stage", stage)):
            if wanted is not None:
                table = table.filter(pc.equal(table[column], pa.scalar(wanted)))
        return [self._value(measure, row) for row in table.to_pylist()]

    def trend(self, measure: str, organisation: str, stage: str = ALL_STAGES) -> list[Value]:
        """The values of one organisation over the periods computed, oldest first."""
        places = [(period, place) for (code, one, period), place in self._index(measure).items() if (code, one) == (organisation, stage)]
        return [self._value(measure, self._of(measure).slice(place, 1).to_pylist()[0]) for _, place in sorted(places)]

    def change(self, measure: str, organisation: str, stage: str = ALL_STAGES, period: str | None = None) -> Change | None:
        """The value against that of the period before. None unless both periods were computed and have the organisation."""
        now = self.get(measure, organisation, stage, period)
        before = None if now is None else self.get(measure, organisation, stage, _before(now.period))
        if now is None or before is None:
            return None
        amount = None if now.value is None or before.value is None else now.value - before.value
        percent = amount / before.value * 100 if amount is not None and before.value else None
        in_percent = now.measure.in_percent
        return Change(now, before, amount, None if in_percent else percent, amount if in_percent else None)

    def csv(self, path: Path | str) -> None:
        """Write the table as CSV (UTF-8), numbers in full, missing values empty."""
        write_csv(self.table, Path(path))

    def _period(self, measure: str, asked: str | None) -> str:
        own = self.periods.get(measure) or self.period or ""
        if not asked or not own or asked.isdecimal() == own.isdecimal():
            return asked or own
        return asked[:4] if own.isdecimal() else f"{asked}-{int(asked) + 1}"

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


def compute(
    snapshot: Snapshot, catalogue: Catalogue, measures: Sequence[str] | None = None, *, all_years: bool = False, few: int = FEW
) -> Values:
    """Every measure (or those named) for every organisation that has rows below it, by stage and over the stages.

    Of the latest period of each register, or with `all_years` of every one in it. `few`: see `computed`. Raises: UnknownMeasure.
    """
    chosen = [catalogue[name] for name in dict.fromkeys(measures)] if measures is not None else list(catalogue.values())
    periods = {measure.id: default_period(snapshot, measure) for measure in chosen}
    return Values(computed(snapshot, chosen, all_years=all_years, few=few), catalogue, snapshot.school_year, periods)


def _before(period: str) -> str:
    year = int(period[:4]) - 1
    return str(year) if period.isdecimal() else f"{year}-{year + 1}"
