"""Repair: which cells to hide so that a small number is protected, and as little as possible is hidden.

Changes when what a hidden cell costs changes. Knows nothing of measures.

Shown cells near the small number are allowed to move too, each person at the cell's price; the cheapest moves by which the small number is
far enough from the truth say which cells must be hidden.
"""

from collections.abc import Iterable, Mapping, Sequence

from jiaoheng.measures.component import Levels
from jiaoheng.measures.grid import Cell, Spot
from jiaoheng.measures.unknowns import Key, Place, Target, Unknowns
from jiaoheng.measures.witness import JUST, Goal, Row, cheapest

__all__ = ["cheapest_of", "repaired"]

_NEAREST = 4
"""Spots of a cell among which those to be hidden for another one are looked for."""


def repaired(unknowns: Unknowns, target: Target, levels: Levels) -> dict[Place, None] | None:
    """The cells around a target that tell least of all those by hiding which it is protected: none where it is already, or (None)
    where none were found."""
    for wide in (False, True):
        near, keys = _around(unknowns, target, levels, wide=wide)
        lowers, prices, owns = [], [], []
        for place, spot in near:
            here, own = unknowns.variables.get((place, spot)), unknowns.grids[place].own(spot)
            lowers.append(unknowns.lowers[here] if here is not None else 1 - unknowns.grids[place].spots[spot])
            prices.append(0 if here is not None or own is None else _price(unknowns, place, own))
            owns.append(None if here is not None or own is None else (place, own))
        rows = _priced(unknowns, keys, near)
        terms = [(near[grid, spot], sign) for sign, grid, spot in target.spots if (grid, spot) in near]
        goal = Goal(terms, levels.want(target.number))
        found = cheapest(lowers, prices, rows, goal)
        if found is None:
            continue
        hidden = dict.fromkeys(own for own, move in zip(owns, found.moves, strict=True) if own is not None and abs(move) > JUST)
        hidden.update({(keys[one][1], keys[one][2]): None for one in found.missed})
        if hidden or found.whole(lowers, rows, goal):
            return hidden
    return None


def _around(unknowns: Unknowns, target: Target, levels: Levels, *, wide: bool) -> tuple[dict[tuple[int, Spot], int], list[Key]]:
    """Spots by moving which a target could be protected, known ones too, and the rows that they stand in.

    Of the numbers linked to it those that are unknown there as well, or (`wide`) all; of places and stages the nearest.
    """
    at = list(dict.fromkeys(spot for _, _, spot in target.spots))[:_NEAREST]
    grids = dict.fromkeys(grid for _, grid, _ in target.spots)
    for place in (waiting := list(grids)):
        for number in unknowns.linked[place]:
            for _, other in unknowns.links[number].terms:
                if other not in grids and (wide or any((other, spot) in unknowns.variables for spot in at)):
                    grids[other] = None
                    waiting.append(other)
    main = max(grids, key=lambda one: (sum(unknowns.grids[one].spots.get(spot, 0) for spot in at), -one))
    spots = dict.fromkeys(at)
    for spot in at:
        spots.update(_nearest(unknowns, levels, main, spot))
    near: dict[tuple[int, Spot], int] = {}
    for place in grids:
        for spot in spots:
            if spot in unknowns.grids[place].spots:
                near[place, spot] = len(near)
    keys: dict[Key, None] = {}
    for place, spot in near:
        keys.update(
            {("cell", place, cell): None for cell in unknowns.grids[place].around(spot) if cell not in unknowns.grids[place].hidden}
        )
        keys.update({("link", one, spot): None for one in unknowns.linked[place] if unknowns.linked_row(one, spot) is not None})
    return near, list(keys)


def _nearest(unknowns: Unknowns, levels: Levels, place: int, spot: Spot) -> dict[Spot, None]:
    """Other places of the smallest area that has some to move persons to or from: hidden ones, and the smallest that are large enough; and
    of these and the spot's own place one other stage."""
    grid, beside = unknowns.grids[place], []
    for cell in grid.around(spot):
        others = [one for one in grid.within(cell) if one[1] == spot[1] and one != spot]
        hidden = sorted((one for one in others if (place, one) in unknowns.variables), key=lambda one: (-grid.spots[one], one))
        shown = [one for one in others if (place, one) not in unknowns.variables and grid.spots[one] > levels.spread]
        shown.sort(key=lambda one: (grid.spots[one], one))
        beside = [*hidden[:_NEAREST], *shown[:_NEAREST]]
        if len(shown) >= 2:
            break
    found = dict.fromkeys(beside)
    stages = sorted({stage for one, stage in grid.spots if one == spot[0]} - {spot[1]}, key=lambda one: -grid.spots[spot[0], one])
    for stage in stages[:1]:
        found.update({(one, stage): None for one, _ in [spot, *beside]})
    return found


def _priced(unknowns: Unknowns, keys: Sequence[Key], near: Mapping[tuple[int, Spot], int]) -> list[Row]:
    inside: dict[Place, list[tuple[int, int]]] = {}
    for (place, spot), here in near.items():
        for cell in unknowns.grids[place].around(spot):
            inside.setdefault((place, cell), []).append((here, 1))
    rows = []
    for kind, number, at in keys:
        if kind == "cell":
            rows.append(Row(inside[number, at], equal=True, price=_price(unknowns, number, at)))
        elif linked := unknowns.linked_row(number, at):
            terms = [(near[grid, at], sign) for sign, grid in unknowns.links[number].terms if (grid, at) in near]
            rows.append(Row(terms, linked.least, linked.equal))
    return rows


def _price(unknowns: Unknowns, place: int, cell: Cell) -> int:
    return (unknowns.grids[place].cells[cell] + 1) * unknowns.grids[place].weight


def cheapest_of(unknowns: Unknowns, places: Iterable[Place], lacking: int) -> dict[Place, None]:
    """The cell of these that tells least: fewest persons in fewest figures, and enough to make up for what lacks."""

    def cost(one: Place) -> tuple[bool, int, int, Cell]:
        grid = unknowns.grids[one[0]]
        return grid.cells[one[1]] <= lacking, _price(unknowns, *one), one[0], one[1]

    best = min(places, key=cost, default=None)
    return {} if best is None else {best: None}
