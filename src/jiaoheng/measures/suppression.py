"""Suppression: values as they may be published: small counts of persons are hidden, and with them whatever they could be told from.

Changes when what may be published of a count of persons changes; the threshold is rulebook data (`publication`). Hidden are

- a number of persons above zero and below the threshold, in a numerator or a denominator;
- a part of persons where the others of the whole are so few (97 of 98);
- every cell by which a hidden one could be told from the totals over places and stages (`hidden_cells`), in every measure with that number;
- the value of a ratio with a hidden part, and of a change with a hidden end.

Numbers whose relation only their meaning tells (boys, girls and pupils) are declared: `partitions` lists wholes with their parts, and a
cell hidden in one part is hidden in the next one too. What is hidden depends on the measures and years at hand: give it all of them, and
choose among the rows afterwards, so that two publications cannot be laid beside each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from jiaoheng.measures.expression import Expression
from jiaoheng.measures.hidden_cells import Cell, hidden_cells
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.values import Values
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["HIDDEN", "published"]

HIDDEN = "hidden"
"""The column that `published` adds: whether the row's figures are hidden."""

_Quantity = tuple[str, ...]
"""What a number of persons counts: equal in every measure in which it stands."""


@dataclass
class _Counts:
    """One number of persons of one period, by place and stage, and the cells of it that may not be told."""

    cells: dict[Cell, int] = field(default_factory=dict)
    primary: set[Cell] = field(default_factory=set)
    hidden: set[Cell] = field(default_factory=set)


def published(
    values: Values, snapshot: Snapshot, catalogue: Mapping[str, Measure], *, threshold: int, partitions: Sequence[Sequence[str]] = ()
) -> pa.Table:
    """The table of values with a column `hidden`; hidden rows keep measure, place, stage, period, `covered` and `of`, and no figure.

    A ratio of which only one part is hidden keeps the other. partitions: ids of totals, the whole first, then its parts.
    """
    parents = _parents(snapshot)
    rows = values.table.to_pylist()
    counts = _counted(rows, catalogue, threshold)
    for one in counts.values():
        one.hidden = hidden_cells(one.cells, parents, one.primary)
    _hide_beside(counts, catalogue, partitions, parents)
    shown = [_shown(row, catalogue[row["measure"]], counts) for row in rows]
    _hide_changes(shown, catalogue)
    return pa.Table.from_pylist(shown, pa.schema([*values.table.schema, pa.field(HIDDEN, pa.bool_())]))


def _parents(snapshot: Snapshot) -> dict[str, str | None]:
    tree = pq.read_table(snapshot.tables["organisations"], columns=["code", "parent"])
    return {
        str(code): str(parent) if parent else None
        for code, parent in zip(*(tree[name].to_pylist() for name in ("code", "parent")), strict=True)
    }


def _parts(measure: Measure) -> Iterable[tuple[str, _Quantity, float]]:
    """The numbers of persons in a measure: where each stands, what it counts, and by what it was divided («/ 100»)."""
    if measure.base:
        return
    if measure.counts_persons:
        text, divisor = _undivided(measure.numerator)
        yield "numerator", _quantity(measure, text), divisor
    if measure.denominator_counts_persons and measure.denominator:
        text, divisor = _undivided(measure.denominator)
        yield "denominator", _quantity(measure.other or measure, text), divisor


def _quantity(measure: Measure, text: str) -> _Quantity:
    where = str(measure.where or "")
    # Rows are left out where a column is missing, so that what else a measure reads is a part of what it counts.
    read = () if measure.key else tuple(sorted(measure.columns))
    return (measure.register, text, where, ",".join(measure.stages), measure.scope.schools, *read)


def _undivided(expression: Expression) -> tuple[str, float]:
    tree = expression.tree
    if isinstance(tree, exp.Div) and isinstance(tree.expression, exp.Literal) and not tree.expression.is_string:
        return tree.this.unnest().sql(dialect="duckdb"), float(tree.expression.name)
    return tree.unnest().sql(dialect="duckdb"), 1.0


def _counted(
    rows: Sequence[Mapping[str, object]], catalogue: Mapping[str, Measure], threshold: int
) -> dict[tuple[_Quantity, str], _Counts]:
    """Every number of persons by period, with its small cells."""
    counts: dict[tuple[_Quantity, str], _Counts] = {}
    for row in rows:
        measure, cell, period = catalogue[str(row["measure"])], (str(row["organisation"]), str(row["stage"])), str(row["period"])
        found: dict[str, int] = {}
        for part, quantity, divisor in _parts(measure):
            figure = row[part]
            if not isinstance(figure, int | float):
                continue
            found[part] = round(figure * divisor)
            one = counts.setdefault((quantity, _year(period)), _Counts())
            one.cells[cell] = found[part]
            if 0 < found[part] < threshold:
                one.primary.add(cell)
        if measure.other is None and len(found) == 2 and 0 < found["denominator"] - found["numerator"] < threshold:
            quantity = next(quantity for part, quantity, _ in _parts(measure) if part == "numerator")
            counts[quantity, _year(period)].primary.add(cell)
    return counts


def _hide_beside(
    counts: Mapping[tuple[_Quantity, str], _Counts], catalogue: Mapping[str, Measure], partitions: Sequence[Sequence[str]],
    parents: Mapping[str, str | None],
) -> None:  # fmt: skip
    """What is hidden in one part of a whole is hidden in the part beside it, the whole staying as it is."""
    for _, *names in partitions:
        quantities = [next(quantity for _, quantity, _ in _parts(catalogue[name])) for name in names]
        for year in {year for _, year in counts}:
            parts = [counts[quantity, year] for quantity in quantities if (quantity, year) in counts]
            if len(parts) < 2:
                continue
            together = set().union(*(part.hidden for part in parts))
            order = sorted(parts, key=lambda part: sum(part.cells.values()))
            for part in order[:2]:
                part.hidden = hidden_cells(part.cells, parents, together) | (together & part.cells.keys())


def _shown(row: Mapping[str, object], measure: Measure, counts: Mapping[tuple[_Quantity, str], _Counts]) -> dict[str, object]:
    cell, year = (str(row["organisation"]), str(row["stage"])), _year(str(row["period"]))
    shown = dict(row)
    for part, quantity, _ in _parts(measure):
        one = counts.get((quantity, year))
        if one is not None and cell in one.hidden:
            shown[part] = shown["value"] = None
    shown[HIDDEN] = any(shown[part] is None and row[part] is not None for part in ("numerator", "denominator"))
    return shown


def _hide_changes(rows: list[dict[str, object]], catalogue: Mapping[str, Measure]) -> None:
    """A change of persons is hidden where either of its ends is hidden, or is not there to be judged."""
    told = {(row["measure"], row["organisation"], row["stage"], _year(str(row["period"]))) for row in rows if not row[HIDDEN]}
    for row in rows:
        base, year = catalogue[str(row["measure"])].base, int(_year(str(row["period"])))
        if base is None or not (base.counts_persons or base.denominator_counts_persons):
            continue
        if any((base.id, row["organisation"], row["stage"], str(one)) not in told for one in (year, year - 1)):
            row |= {"numerator": None, "denominator": None, "value": None, HIDDEN: True}


def _year(period: str) -> str:
    return period[:4]
