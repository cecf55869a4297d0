"""Suppression: values as they may be published: small counts of persons are hidden, and with them whatever they could be told from.

Changes when what may be published of a count of persons changes; the threshold is rulebook data (`publication`). Hidden are

- a number of persons above zero and below the threshold, in a numerator or a denominator;
- a part of persons where the others of the whole are so few (97 of 98), whichever measures tell part and whole;
- every cell by which a hidden one could be told from the totals over places and stages (`hidden_cells`);
- every cell by which a hidden one could be told from measures that add up (`relation`: read from the measures' expressions), place by
  place and stage by stage; what several such sums over several places come to together is not looked through;
- the value of a ratio with a hidden part, and of a change with a hidden end.

Numbers whose relation only their meaning tells may be declared besides: `partitions` lists wholes with their parts. What is hidden depends
on the measures and years at hand: give it all of them, and choose among the rows afterwards, so that two publications cannot be laid
beside each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq

from jiaoheng.measures.hidden_cells import Cell, hidden_cells
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.query import ALL_STAGES
from jiaoheng.measures.relation import Figure, Quantity, Relation, figure_of, relations
from jiaoheng.measures.values import Values
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["HIDDEN", "published"]

HIDDEN = "hidden"
"""The column that `published` adds: whether the row's figures are hidden."""


@dataclass
class _Counts:
    """One number of persons of one period, by place and stage, and the cells of it that may not be told.

    Measures of other stages have other totals over the stages: `totals` keeps them by those stages; the widest is in `cells`.
    """

    cells: dict[Cell, int] = field(default_factory=dict)
    hidden: set[Cell] = field(default_factory=set)
    totals: dict[tuple[str, ...], dict[str, int]] = field(default_factory=dict)

    @property
    def widest(self) -> tuple[str, ...]:
        """The stages of the measure whose total is that of all cells; none named: every stage."""
        return min(self.totals, key=lambda stages: (bool(stages), -len(stages), stages), default=())

    def hides(self, place: str, stage: str, stages: tuple[str, ...], threshold: int) -> bool:
        """Whether a cell of a measure of certain stages may not be told. A total over fewer stages is told only with all its parts."""
        if stage != ALL_STAGES or stages == self.widest:
            return (place, stage) in self.hidden
        small = 0 < self.totals[stages].get(place, 0) < threshold
        return small or any(one == place for one, part in self.hidden if part != ALL_STAGES and (not stages or part in stages))


_Known = dict[tuple[Quantity, str], _Counts]
"""By quantity and the year in which the period begins."""


def published(
    values: Values, snapshot: Snapshot, catalogue: Mapping[str, Measure], *, threshold: int, partitions: Sequence[Sequence[str]] = ()
) -> pa.Table:
    """The table of values with a column `hidden`; hidden rows keep measure, place, stage, period, `covered` and `of`, and no figure.

    A ratio of which only one part is hidden keeps the other. partitions: ids of totals, the whole first, then its parts.
    """
    parents = _parents(snapshot)
    rows = values.table.to_pylist()
    parts = {name: _parts(catalogue[name]) for name in dict.fromkeys(str(row["measure"]) for row in rows)}
    counts = _counted(rows, parts)
    figures = [figure for some in parts.values() for _, figure, _ in some if figure.made_of]
    related = relations([quantity for quantity, _ in counts], figures) + [_declared(one, catalogue) for one in partitions]
    for year in {year for _, year in counts}:
        _hide({quantity: one for (quantity, other), one in counts.items() if other == year}, related, parents, threshold)
    shown = [_shown(row, parts[row["measure"]], counts, threshold) for row in rows]
    _hide_changes(shown, catalogue)
    return pa.Table.from_pylist(shown, pa.schema([*values.table.schema, pa.field(HIDDEN, pa.bool_())]))


def _parents(snapshot: Snapshot) -> dict[str, str | None]:
    tree = pq.read_table(snapshot.tables["organisations"], columns=["code", "parent"])
    return {
        str(code): str(parent) if parent else None
        for code, parent in zip(*(tree[name].to_pylist() for name in ("code", "parent")), strict=True)
    }


_Parts = tuple[tuple[str, Figure, tuple[str, ...]], ...]
"""The numbers of persons in a measure: where each stands, what it counts, and of which stages."""


def _parts(measure: Measure) -> _Parts:
    found = []
    if measure.counts_persons and not measure.base:
        found.append(("numerator", figure_of(measure, measure.numerator), measure.stages))
    if measure.denominator_counts_persons and measure.denominator and not measure.base:
        whose = measure.other or measure
        found.append(("denominator", figure_of(whose, measure.denominator), whose.stages))
    return tuple(found)


def _declared(partition: Sequence[str], catalogue: Mapping[str, Measure]) -> Relation:
    whole, *parts = (_parts(catalogue[name])[0][1].quantity for name in partition)
    return Relation(((1, whole), *((-1, part) for part in parts)), told=True)


def _counted(rows: Sequence[Mapping[str, object]], parts: Mapping[str, _Parts]) -> _Known:
    """Every number of persons by period."""
    counts: _Known = {}
    for row in rows:
        place, stage, year = str(row["organisation"]), str(row["stage"]), _year(str(row["period"]))
        for part, figure, stages in parts[str(row["measure"])]:
            number = row[part]
            if figure.of_parts or not isinstance(number, int | float):
                continue
            one = counts.setdefault((figure.quantity, year), _Counts())
            one.totals.setdefault(stages, {})
            if stage == ALL_STAGES:
                one.totals[stages][place] = round(number * figure.divisor)
            else:
                one.cells[place, stage] = round(number * figure.divisor)
    for one in counts.values():
        one.cells |= {(place, ALL_STAGES): number for place, number in one.totals[one.widest].items()}
    return counts


def _hide(counts: Mapping[Quantity, _Counts], related: Iterable[Relation], parents: Mapping[str, str | None], threshold: int) -> None:
    """Hide in every quantity of a year what may not be told, until nothing more follows."""
    here = [one for one in related if all(quantity in counts for _, quantity in one.terms)]
    waiting = {quantity: {cell for cell, number in one.cells.items() if 0 < number < threshold} for quantity, one in counts.items()}
    more = True
    while more:
        for quantity, cells in waiting.items():
            one = counts[quantity]
            if cells:
                one.hidden = hidden_cells(one.cells, parents, one.hidden | cells)
        waiting = {quantity: set() for quantity in counts}
        for relation in here:
            for cell, quantity in _told(relation, counts, threshold):
                if cell not in counts[quantity].hidden:
                    waiting[quantity].add(cell)
        more = any(waiting.values())


def _told(relation: Relation, counts: Mapping[Quantity, _Counts], threshold: int) -> Iterable[tuple[Cell, Quantity]]:
    """The cells that must be hidden so that a relation tells neither a hidden cell nor a small remainder."""
    terms = [(sign, quantity, counts[quantity]) for sign, quantity in relation.terms]
    terms.sort(key=lambda term: sum(term[2].cells.values()))  # what hides fewest persons first, the same in every cell
    for cell in sorted(set.intersection(*(set(one.cells) for _, _, one in terms))):
        remainder = abs(sum(sign * one.cells[cell] for sign, _, one in terms))
        hidden = [quantity for _, quantity, one in terms if cell in one.hidden]
        shown = [quantity for _, quantity, one in terms if one.cells[cell] > 0 and cell not in one.hidden]
        small = 0 < remainder < threshold and not hidden and not relation.exact
        if shown and (small or (remainder == 0 and relation.told and len(hidden) == 1)):
            yield cell, shown[0]


def _shown(row: Mapping[str, object], parts: _Parts, counts: _Known, threshold: int) -> dict[str, object]:
    place, stage, year = str(row["organisation"]), str(row["stage"]), _year(str(row["period"]))
    shown = dict(row)
    for part, figure, stages in parts:
        if row[part] is None:
            continue
        if figure.of_parts:  # a proportion tells its parts where one of them is known: it is hidden with either
            known = [counts[one, year] for _, one in figure.made_of if (one, year) in counts]
            hidden = not known or any(one.hides(place, stage, stages if stages in one.totals else one.widest, threshold) for one in known)
        else:
            hidden = counts[figure.quantity, year].hides(place, stage, stages, threshold)
        if hidden:
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
