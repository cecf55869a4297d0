"""Disclosure: whether a small number can be told, or bounded too tightly, from everything published at once; what else must be hidden.

Changes when the order of the audit changes. Knows nothing of measures.

For every small number, hidden in a cell, standing in none, or left over between linked numbers, it is asked how far it could be from the
truth. It is protected when there are other whole numbers which agree with everything shown and by which it could be no small number, and so
many more than the least it could be as `spread` says. Where there are none, the cells are hidden that tell least (`repair`), and all is
asked again. What was protected stays so when more is hidden; where everything linked is hidden, everything is protected: it always ends.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import floor

from jiaoheng.measures.component import NEAR, Component, Levels, components
from jiaoheng.measures.grid import Cell, Grid, Spot
from jiaoheng.measures.repair import cheapest_of, repaired
from jiaoheng.measures.unknowns import Link, Place, Target, Unknowns
from jiaoheng.measures.witness import JUST, Found

__all__ = ["Audited", "Link", "audit"]


@dataclass
class Audited:
    """What came of it: cells hidden besides by grid, how many small numbers there were, and how many of them had not been protected."""

    hidden: dict[int, set[Cell]] = field(default_factory=dict)
    small: int = 0
    unprotected: int = 0


def audit(grids: Sequence[Grid], links: Sequence[Link], *, threshold: int, spread: int) -> Audited:
    """Hide, in the grids themselves, what else must be hidden so that every small number is protected."""
    return _Audit(Unknowns(grids, links), Levels(threshold, spread)).run()


class _Audit:
    def __init__(self, unknowns: Unknowns, levels: Levels) -> None:
        self.unknowns, self.grids, self.levels, self.found = unknowns, unknowns.grids, levels, Audited()

    def run(self) -> Audited:
        for place, grid in enumerate(self.grids):
            self._close(place, grid)
        waiting = list(self._targets())
        self.found.small = len(waiting)
        first = True
        while waiting:
            waiting, chosen = self._round(waiting)
            if first:
                self.found.unprotected, first = len(waiting), False
            for place, cell in chosen:
                self._hide(place, cell)
        return self.found

    def _hide(self, place: int, cell: Cell) -> None:
        if cell not in self.grids[place].hidden:
            self.found.hidden.setdefault(place, set()).add(cell)
            self.unknowns.hide(place, cell)

    def _close(self, place: int, grid: Grid) -> None:
        """Of a number that does not add up every cell around a hidden one is hidden."""
        if not grid.additive and grid.hidden:
            for cell, number in grid.cells.items():
                if number > 0 and cell not in grid.hidden:
                    self._hide(place, cell)

    def _targets(self) -> Iterator[Target]:
        few = range(1, self.levels.threshold)
        for place, grid in enumerate(self.grids):
            small = {spot: number for spot, number in grid.spots.items() if number in few}
            yield from (Target(((1, place, spot),), number) for spot, number in small.items())
            for cell in dict.fromkeys(cell for spot in small for cell in grid.around(spot)):
                inside = grid.within(cell)
                if len(inside) > 1 and grid.cells[cell] in few:
                    yield Target(tuple((1, place, spot) for spot in inside), grid.cells[cell])
        for number, link in enumerate(self.unknowns.links):
            if link.kind == "part":
                yield from self._leftovers(number, link)

    def _leftovers(self, number: int, link: Link) -> Iterator[Target]:
        """Small remainders: of a spot, and of a cell where several spots leave somebody."""
        whole = self.grids[link.terms[0][1]]
        rests = {spot: rest for spot in whole.spots if (rest := self.unknowns.remainder(number, spot)) > 0}
        small = [spot for spot, rest in rests.items() if rest < self.levels.threshold and self._parted(link, spot)]
        for spot in small:
            yield Target(tuple((sign, grid, spot) for sign, grid in link.terms), rests[spot])
        for cell in dict.fromkeys(cell for spot in small for cell in whole.around(spot)):
            inside = [spot for spot in whole.within(cell) if spot in rests]
            total = sum(rests[spot] for spot in inside)
            if len(inside) > 1 and total < self.levels.threshold:
                yield Target(tuple((sign, grid, spot) for spot in inside for sign, grid in link.terms), total)

    def _parted(self, link: Link, spot: Spot) -> bool:
        return any(spot in self.grids[grid].spots for _, grid in link.terms[1:])

    def _round(self, waiting: Sequence[Target]) -> tuple[list[Target], list[Place]]:
        left = [target for target in waiting if not self.unknowns.terms(target)]
        chosen: dict[Place, None] = {}
        treated: set[tuple[int, str | None, str]] = set()
        for target in left:
            chosen.update(cheapest_of(self.unknowns, self.unknowns.shown_in(target), 0))
        for component, targets in components(self.unknowns, [target for target in waiting if self.unknowns.terms(target)]):
            for target in component.together(targets, self.levels):
                at = {(-1, spot[0], spot[1]) for _, _, spot in target.spots} | {self._beside(grid, spot) for _, grid, spot in target.spots}
                if not at.isdisjoint(treated):
                    left.append(target)  # what is hidden there already may do for it too
                    continue
                looked_at = component if len(component.variables) <= NEAR else Component.near(self.unknowns, target)
                held = looked_at.alone(target, self.levels)
                if held is not None:
                    picked = repaired(self.unknowns, target, self.levels)
                    picked = self._held(looked_at, target, held) if picked is None else picked
                    left += [target] if picked else []
                    treated |= at if picked else set()
                    chosen.update(picked)
        return left, list(chosen)

    def _beside(self, place: int, spot: Spot) -> tuple[int, str | None, str]:
        """What a spot has in common with those from which persons would be moved to it."""
        grid = self.grids[place]
        return place, grid.above(spot[0]) if spot in grid.spots else None, spot[1]

    def _held(self, component: Component, target: Target, held: Found) -> dict[Place, None]:
        """The cell to hide for a target that its component does not protect."""
        places = dict.fromkeys(place for row in held.rows for place in self.unknowns.shown_around(component.keys[row]))
        if not places:  # it could be more in fractions, or only was not found in time
            places = dict.fromkeys(place for key in component.keys for place in self.unknowns.shown_around(key))
        return cheapest_of(self.unknowns, places or self.unknowns.shown_in(target), self.levels.spread - floor(held.reach + JUST))
