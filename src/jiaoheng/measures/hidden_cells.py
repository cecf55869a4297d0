"""Hidden cells: which cells of one table of counts, places by stages with all their totals, must be hidden with the small ones.

Changes when the way of keeping hidden cells underivable changes. Knows nothing of measures.

The table is a network. Every total is one node where what flows in (the parts) flows out (the total); every cell is an edge from the sum
that it is part of to the sum that it is the total of. A cell can be told from the published ones unless there is a ring of hidden cells
through it along which one person could be moved: each cell of the ring one more or one less, every published figure as it is, and no hidden
cell at zero (zeros are published, so whoever reads knows that a hidden cell is none). Such a ring always exists among cells above zero; the
cheapest one is hidden. (Cox's network for tables of two dimensions of which one is a hierarchy.)
"""

import heapq
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from jiaoheng.measures.grid import Cell

__all__ = ["hidden_cells"]


_LARGE = 1000
"""Cells of a table beyond which rings are looked for area by area: to search it whole for each cell would take the square of its places."""


@dataclass(frozen=True)
class _Edge:
    """A cell between two sums. Adding a person to it takes one from what `source` has left and gives one to `target`."""

    cell: Cell
    source: Hashable
    target: Hashable


def hidden_cells(
    counts: Mapping[Cell, int],
    parents: Mapping[str, str | None],
    primary: Iterable[Cell],
    *,
    hidden: Iterable[Cell] = (),
    spread: int = 1,
    prices: Mapping[Cell, int] | None = None,
    whole: str = "all",
) -> set[Cell]:
    """The primary cells and those that must be hidden with them.

    counts:  every published cell; a place's parent (from `parents`) is the sum of the places below it and of nothing else; cells that are
             not there are zero and known to be.
    primary: cells above zero that may not be told.
    prices:  what hiding a cell costs; the persons counted in it unless told. Numbers that hang together should be given the same prices, so
             that the same places are hidden in all of them.
    hidden:  cells that are hidden already.
    spread:  how many more each of them should at least seem to be possible; where its table has no such ring, it is one more or less.
    """
    edges, prices = _edges(counts, parents, whole), counts if prices is None else prices
    around: dict[Hashable, list[_Edge]] = {}
    for edge in edges.values():
        around.setdefault(edge.source, []).append(edge)
        around.setdefault(edge.target, []).append(edge)
    small = {cell for cell in primary if counts.get(cell, 0) > 0}
    hidden = small.union(hidden)
    areas = _areas(counts, parents) if len(counts) > _LARGE else {}
    for cell in sorted(small, key=lambda one: (counts[one], one)):
        ring = _cheapest_ring(edges[cell], around, counts, hidden, spread, prices, areas)
        hidden |= ring
    return hidden


def _edges(counts: Mapping[Cell, int], parents: Mapping[str, str | None], whole: str) -> dict[Cell, _Edge]:
    """The network. A lowest place's stages flow into its whole; a place above is the sum of those below, stage by stage; the stages of the
    topmost places flow together with their wholes, so that every ring closes."""
    places = {place for place, _ in counts}
    above = {place: parent if (parent := parents.get(place)) in places else None for place in places}
    inner = {parent for parent in above.values() if parent is not None}

    def below(place: str, stage: str) -> Hashable:
        return ("sum", place, stage) if place in inner else ("leaf", place)

    def upper(place: str, stage: str) -> Hashable:
        parent = above[place]
        return ("sum", parent, stage) if parent is not None else ("top", place)

    edges = {}
    for (place, stage), count in counts.items():
        if count > 0:
            low, high = below(place, stage), upper(place, stage)
            # stages rise to the top, wholes come down again: a person more in both is a person more in every sum between
            edges[place, stage] = _Edge((place, stage), high, low) if stage == whole else _Edge((place, stage), low, high)
    return edges


def _cheapest_ring(
    edge: _Edge, around: Mapping[Hashable, list[_Edge]], counts: Mapping[Cell, int], hidden: set[Cell], spread: int,
    prices: Mapping[Cell, int], areas: Mapping[str, tuple[str, ...]],
) -> set[Cell]:  # fmt: skip
    """The cells of the ring through an edge that hides least: by which its cell can have `spread` persons more, or failing that one more or
    where it has two, one less. Of a large table the smallest area with a ring is taken."""
    for area in areas.get(edge.cell[0]) or (None,):
        near = around if area is None else _Within(around, area, areas)
        wide = _path(edge.target, edge.source, edge, near, counts, hidden, spread, prices)
        if wide is not None:
            return wide[1]
    rings = [_path(edge.target, edge.source, edge, around, counts, hidden, 1, prices)]
    if counts[edge.cell] > 1:
        rings.append(_path(edge.source, edge.target, edge, around, counts, hidden, 1, prices))
    found = [ring for ring in rings if ring is not None]
    return min(found, key=lambda ring: ring[0])[1] if found else set()


def _areas(counts: Mapping[Cell, int], parents: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    """For each place the places above it, the nearest first."""
    found: dict[str, tuple[str, ...]] = {}
    for place in dict.fromkeys(place for place, _ in counts):
        chain, above = [], parents.get(place)
        while above is not None:
            chain.append(above)
            above = parents.get(above)
        found[place] = tuple(chain)
    return found


@dataclass(frozen=True)
class _Within:
    """The edges around a sum, of places below an area only."""

    edges: Mapping[Hashable, list[_Edge]]
    area: str
    areas: Mapping[str, tuple[str, ...]]

    def __getitem__(self, node: Hashable) -> list[_Edge]:
        return [edge for edge in self.edges[node] if self.area in self.areas[edge.cell[0]]]


def _path(
    start: Hashable, end: Hashable, without: _Edge, around: Mapping[Hashable, list[_Edge]] | _Within, counts: Mapping[Cell, int],
    hidden: set[Cell], moved: int, prices: Mapping[Cell, int],
) -> tuple[int, set[Cell]] | None:  # fmt: skip
    """From sum to sum along cells that can have so many persons more, or so many less and still one; by what must be hidden newly
    (Dijkstra)."""
    best: dict[Hashable, int] = {start: 0}
    came: dict[Hashable, tuple[Hashable, Cell]] = {}
    queue: list[tuple[int, int, Hashable]] = [(0, 0, start)]
    pushed = 0
    while queue:
        cost, _, here = heapq.heappop(queue)
        if here == end:
            cells = set()
            while here != start:
                here, cell = came[here]
                cells.add(cell)
            return cost, cells
        if cost > best[here]:
            continue
        for edge in around[here]:
            forward = edge.source == here
            if edge is without or (not forward and counts[edge.cell] <= moved):
                continue
            there = edge.target if forward else edge.source
            dearer = cost + (0 if edge.cell in hidden else prices[edge.cell] + 1)
            if dearer < best.get(there, dearer + 1):
                best[there], came[there] = dearer, (here, edge.cell)
                pushed += 1
                heapq.heappush(queue, (dearer, pushed, there))
    return None
