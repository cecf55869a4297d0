"""Suppression: values as they may be published: small counts of persons are hidden, and with them whatever they could be told from.

Changes when what may be published of a count of persons changes; threshold and spread are rulebook data (`publication`). Hidden are

- a number of persons above zero and below the threshold, in a numerator or a denominator (`small`);
- in a first pass (`beside`) every cell by which a hidden one could be told from the totals over places and stages (`hidden_cells`), and
  from measures that add up in one place and stage (`relation`, read from the measures' expressions; `alike`, from their numbers);
- in a second pass (`audit`) whatever else it takes that no small number, nor what small number published ones leave over, can be bounded
  too tightly from all of them at once (`disclosure`);
- the value of a ratio with a hidden part, and of a change with a hidden end; means, largest and smallest numbers that tell a hidden one.

Numbers whose relation only their meaning tells may be declared besides: `partitions` lists wholes with their parts. What is hidden depends
on the measures and years at hand: give it all of them, and choose among the rows afterwards, so that two publications cannot be laid
beside each other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations

import pyarrow as pa
import pyarrow.parquet as pq

from jiaoheng.measures.alike import alike
from jiaoheng.measures.disclosure import Link, audit
from jiaoheng.measures.grid import Cell, Grid
from jiaoheng.measures.hidden_cells import hidden_cells
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.persons import REASONS, Counts, Known, Part, counted, parts_of, year_of
from jiaoheng.measures.relation import Figure, Quantity, Relation, relations, sums_of_stand_ins
from jiaoheng.measures.values import Values
from jiaoheng.rulebook.publication import SuppressionRule
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["HIDDEN", "WHY", "published", "published_by"]

HIDDEN = "hidden"
"""The column that `published` adds: whether the row's figures are hidden."""

WHY = "why"
"""The column that it adds for the office alone: `small`, `beside`, `audit` or `follows`; empty where nothing is hidden. It is not to be
published: it says which of the hidden numbers are small."""


_Same = tuple[Quantity | None, Quantity | None, int]
"""Two numbers of the same persons, the second so many years later."""


_Sum = tuple[tuple[tuple[int, Quantity], ...], bool]
"""Numbers with signs that come to nobody in a school, or where not all are there to somebody else."""


def published_by(rule: SuppressionRule, values: Values, snapshot: Snapshot, catalogue: Mapping[str, Measure]) -> pa.Table:
    """The table as the rulebook's rule publishes it: one and the same for every output. Give it all measures and years (see above)."""
    partitions = [one for one in rule.partitions if all(name in catalogue for name in one)]
    return published(values, snapshot, catalogue, threshold=rule.threshold, spread=rule.spread, partitions=partitions,
                     same_persons=rule.same_persons, followed=rule.followed)  # fmt: skip


def published(
    values: Values, snapshot: Snapshot, catalogue: Mapping[str, Measure], *, threshold: int, spread: int | None = None,
    partitions: Sequence[Sequence[str]] = (), same_persons: Sequence[Sequence[str]] = (), followed: Sequence[Sequence[str]] = (),
) -> pa.Table:  # fmt: skip
    """The table of values with the columns `hidden` and `why`; hidden rows keep measure, place, stage, period, `covered` and `of`, and no
    figure.

    A ratio of which only one part is hidden keeps the other. spread: how far the least and the most that a hidden small number could be
    must lie apart, one less than the threshold unless told. partitions: ids of totals, the whole first, then its parts. same_persons:
    figures («measure» or «measure/denominator») of the same persons. followed: such figures, the second of the year after the first.
    """
    rows = values.table.to_pylist()
    measures = {name: catalogue[name] for name in dict.fromkeys(str(row["measure"]) for row in rows)}
    lacking: Mapping[str, Collection[str]] = {}
    parts = {name: parts_of(measure, lacking) for name, measure in measures.items()}
    counts, unlike = counted(rows, parts)
    if unlike:
        lacking = _lacking(snapshot, unlike)
        parts = {name: parts_of(measure, lacking) for name, measure in measures.items()}
        counts, _ = counted(rows, parts)
    figures = [figure for some in parts.values() for _, figure, _ in some if figure.made_of]
    related = relations([quantity for quantity, _ in counts], figures) + [_declared(one, catalogue, lacking) for one in partitions]
    said = [(*pair, later) for some, later in ((same_persons, 0), (followed, 1)) for one in some
            for pair in combinations([_quantity(name, catalogue, lacking) for name in one], 2)]  # fmt: skip
    sums = sums_of_stand_ins([quantity for quantity, _ in counts], figures)
    _hide(counts, related, sums, said, _parents(snapshot), threshold, threshold - 1 if spread is None else spread)
    shown = [_shown(row, parts[str(row["measure"])], counts, threshold) for row in rows]
    _hide_changes(shown, catalogue)
    return pa.Table.from_pylist(shown, pa.schema([*values.table.schema, pa.field(HIDDEN, pa.bool_()), pa.field(WHY, pa.string())]))


def _lacking(snapshot: Snapshot, registers: Iterable[str]) -> dict[str, frozenset[str]]:
    """By register the columns that lack a value in some row."""
    tables = {one.partition(" ")[0] for one in registers}
    return {one: frozenset(pq.read_schema(snapshot.tables[one]).names) - snapshot.whole_columns(one) for one in tables}


def _parents(snapshot: Snapshot) -> dict[str, str | None]:
    tree = pq.read_table(snapshot.tables["organisations"], columns=["code", "parent"])
    return {
        str(code): str(parent) if parent else None
        for code, parent in zip(*(tree[name].to_pylist() for name in ("code", "parent")), strict=True)
    }


def _declared(partition: Sequence[str], catalogue: Mapping[str, Measure], lacking: Mapping[str, Collection[str]]) -> Relation:
    whole, *parts = (parts_of(catalogue[name], lacking)[0][1].quantity for name in partition)
    return Relation(((1, whole), *((-1, part) for part in parts)), told=True)


def _quantity(name: str, catalogue: Mapping[str, Measure], lacking: Mapping[str, Collection[str]]) -> Quantity | None:
    """What a figure counts; None where the catalogue does not have it, or it is no number of persons."""
    measure, _, part = name.partition("/")
    found = {which: figure.quantity for which, figure, _ in parts_of(catalogue[measure], lacking)} if measure in catalogue else {}
    return found.get(part or "numerator")


def _hide(
    counts: Known, related: Sequence[Relation], sums: Sequence[_Sum], said: Sequence[_Same], parents: Mapping[str, str | None],
    threshold: int, spread: int,
) -> None:  # fmt: skip
    """Hide in every number what may not be told: the small, what stands beside them, and what the audit finds besides."""
    keys = sorted(counts, key=_order)
    grids = [Grid(counts[key].cells, parents, counts[key].hidden, counts[key].figures) for key in keys]
    places = {key: place for place, key in enumerate(keys)}
    same = dict.fromkeys(alike(grids, keys, threshold))
    for one, other, later in said:
        if one is None or other is None:
            continue
        pairs = [((one, year), (other, str(int(year) + later))) for year in dict.fromkeys(year for _, year in keys)]
        same.update({(places[a], places[b]): None for a, b in pairs if a in places and b in places})
    for year in dict.fromkeys(year for _, year in keys):
        twins = [Relation(((1, keys[one][0]), (-1, keys[other][0])), told=True, exact=True) for one, other in same
                 if keys[one][1] == keys[other][1] == year]  # fmt: skip
        _hide_beside(
            {quantity: counts[quantity, year] for quantity, other in keys if other == year}, [*related, *twins], parents, threshold, spread
        )
    links = [Link(((1, one), (-1, other)), "alike") for one, other in same]
    links += _links(related, places, grids)
    for terms, whole in sums:
        for year in dict.fromkeys(year for _, year in keys):
            if all((one, year) in places for _, one in terms):
                links.append(Link(tuple((sign, places[one, year]) for sign, one in terms), "alike" if whole else "part"))
    for place, cells in audit(grids, links, threshold=threshold, spread=spread).hidden.items():
        counts[keys[place]].audited |= cells


def _order(key: tuple[Quantity, str]) -> tuple[str, str, str, list[str]]:
    quantity, year = key
    return year, quantity.register, quantity.what, sorted(f"{one.mode} {one.text}" for one in quantity.conditions)


def _links(related: Sequence[Relation], places: Mapping[tuple[Quantity, str], int], grids: Sequence[Grid]) -> list[Link]:
    """The relations of every year. Parts that nobody is counted in are left out; a sum needs all its terms.

    Where a part is all of its whole everywhere («closed», of a year that is over) a reader may take it for granted.
    """
    found: dict[Link, None] = {}
    for year in dict.fromkeys(year for _, year in places):
        for relation in related:
            terms = tuple((sign, places[one, year]) for sign, one in relation.terms if (one, year) in places)
            whole_there = (relation.terms[0][1], year) in places
            crossed = relation.exact or any(sign > 0 for sign, _ in relation.terms[1:])
            if whole_there and len(terms) > 1 and (not crossed or len(terms) == len(relation.terms)):
                told = relation.told or (len(terms) == 2 and grids[terms[0][1]].spots == grids[terms[1][1]].spots)
                found[Link(terms, "sum" if relation.exact else "part", told)] = None
    return list(found)


def _hide_beside(
    counts: Mapping[Quantity, Counts], related: Sequence[Relation], parents: Mapping[str, str | None], threshold: int, spread: int
) -> None:
    """Hide in every number of a year the small and what stands beside them, until nothing more follows."""
    here = [one for one in related if all(quantity in counts for _, quantity in one.terms)]
    for one in counts.values():
        one.small = {cell for cell, number in one.cells.items() if 0 < number < threshold}
    waiting = {quantity: set(one.small) for quantity, one in counts.items()}
    done: dict[Quantity, set[Cell]] = {quantity: set() for quantity in counts}
    prices = _prices(counts, here)
    more = True
    while more:
        for quantity, cells in waiting.items():
            one = counts[quantity]
            if cells:
                cells |= one.hidden - done[quantity]
                done[quantity] |= cells
                one.hidden |= hidden_cells(one.cells, parents, cells, hidden=one.hidden, spread=spread, prices=prices[quantity])
        waiting = {quantity: set() for quantity in counts}
        for relation in here:
            for cell, quantity in _told(relation, counts, threshold):
                if cell not in counts[quantity].hidden:
                    waiting[quantity].add(cell)
        more = any(waiting.values())


def _prices(counts: Mapping[Quantity, Counts], related: Iterable[Relation]) -> dict[Quantity, dict[Cell, int]]:
    """By number what hiding a cell costs: the persons of the widest number that is related to it."""
    groups = {quantity: [quantity] for quantity in counts}
    for relation in related:
        first, *others = (quantity for _, quantity in relation.terms)
        for other in others:
            if groups[first] is not groups[other]:
                groups[first] += groups[other]
                groups.update(dict.fromkeys(groups[other], groups[first]))
    prices: dict[int, dict[Cell, int]] = {}
    for group in groups.values():
        if id(group) not in prices:
            widest = prices[id(group)] = {}
            for quantity in group:
                for cell, number in counts[quantity].cells.items():
                    widest[cell] = max(number, widest.get(cell, 0))
    return {quantity: prices[id(group)] for quantity, group in groups.items()}


def _told(relation: Relation, counts: Mapping[Quantity, Counts], threshold: int) -> Iterable[tuple[Cell, Quantity]]:
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


def _shown(row: Mapping[str, object], parts: Sequence[Part], counts: Known, threshold: int) -> dict[str, object]:
    place, stage, year = str(row["organisation"]), str(row["stage"]), year_of(str(row["period"]))
    shown, reasons = dict(row), set()
    for part, figure, stages in parts:
        number = row[part]
        if not isinstance(number, int | float):
            continue
        if figure.of_parts:
            reason = _told_by_parts(figure, number, place, stage, year, stages, counts, threshold)
        else:
            reason = counts[figure.quantity, year].why(place, stage, stages, threshold)
        if reason:
            shown[part] = shown["value"] = None
            reasons.add(reason)
    return shown | {HIDDEN: bool(reasons), WHY: next((one for one in REASONS if one in reasons), "")}


def _told_by_parts(
    figure: Figure, number: float, place: str, stage: str, year: str, stages: tuple[str, ...], counts: Known, threshold: int
) -> str:  # fmt: skip
    """Why a figure that tells of persons is hidden: what it tells of is, or a proportion of two tells of what nobody knows."""
    known = [counts[one, year] for _, one in figure.made_of if (one, year) in counts]
    if figure.quotient and len(known) < len(figure.made_of):
        return "follows"
    small = not figure.quotient and len(figure.made_of) == 1 and 0 < number < threshold
    return "follows" if small or any(one.why(place, stage, stages, threshold) for one in known) else ""


def _hide_changes(rows: list[dict[str, object]], catalogue: Mapping[str, Measure]) -> None:
    """A change of persons is hidden where either of its ends is hidden, or is not there to be judged."""
    told = {(row["measure"], row["organisation"], row["stage"], year_of(str(row["period"]))) for row in rows if not row[HIDDEN]}
    for row in rows:
        base, year = catalogue[str(row["measure"])].base, int(year_of(str(row["period"])))
        if base is None or not (base.counts_persons or base.denominator_counts_persons):
            continue
        if any((base.id, row["organisation"], row["stage"], str(one)) not in told for one in (year, year - 1)):
            row |= {"numerator": None, "denominator": None, "value": None, HIDDEN: True, WHY: "follows"}
