"""Unknowns: what a publication does not show of linked numbers, and the rows that everything shown makes of it.

Changes when another thing that a reader may know is taken into account. Knows nothing of measures.

Whoever reads a publication knows every number that is shown, that persons are whole and not less than none, that a hidden cell is not none,
and how numbers are linked. Everything is written in moves away from the truth: the unknown spots of a shown total move by nothing together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from jiaoheng.measures.grid import UNSTAGED, Cell, Grid, Spot
from jiaoheng.measures.witness import Row

__all__ = ["Key", "Link", "Place", "Target", "Unknowns"]

Place = tuple[int, Cell]
"""A cell of a grid, by the grid's number."""

Key = tuple[str, int, tuple[str, str]]
"""A row: «cell», its grid and cell; or «link», its number and the spot."""


@dataclass(frozen=True)
class Link:
    """Numbers (sign, and place of their grid) that come to a remainder, which is nobody or persons not counted by themselves.

    part:  a whole less parts of it, which leave nobody less than none; `told` where a reader knows, or may know, that they leave nobody.
    sum:   leaves nobody anywhere.
    alike: two numbers of the same persons, or sums of such, which agree mostly; where they do, a reader takes one for the other.
    """

    terms: tuple[tuple[int, int], ...]
    kind: str = "part"
    told: bool = False


@dataclass(frozen=True)
class Target:
    """A small number: a sum of spots of grids, with signs."""

    spots: tuple[tuple[int, int, Spot], ...]
    number: int


@dataclass
class _Linked:
    """A row of a link at one spot: what is unknown in it, in moves, and what the remainder leaves room for."""

    terms: list[tuple[int, int]]
    least: int
    equal: bool


class Unknowns:
    """The spots of grids that are not shown, by number, with their rows. Hiding more makes more of them."""

    def __init__(self, grids: Sequence[Grid], links: Sequence[Link]) -> None:
        self.grids, self.links = grids, links
        self.linked: list[list[int]] = [[] for _ in grids]
        for number, link in enumerate(links):
            for _, place in link.terms:
                self.linked[place].append(number)
        self.variables: dict[tuple[int, Spot], int] = {}
        self.lowers: list[int] = []
        self._spots: list[tuple[int, Spot]] = []
        self._members: dict[Place, list[int]] = {}
        self._rows: dict[tuple[int, Spot], _Linked | None] = {}
        self._keys: dict[int, list[Key]] = {}
        for place, grid in enumerate(grids):
            for spot in grid.spots:
                own = grid.own(spot)
                if own is None or own in grid.hidden:
                    self._add(place, spot)

    def hide(self, place: int, cell: Cell) -> None:
        """Hide a cell in its grid."""
        grid = self.grids[place]
        grid.hidden.add(cell)
        self._keys.clear()
        for spot in {(cell[0], cell[1]), (cell[0], UNSTAGED)}:
            if spot in grid.spots and grid.own(spot) == cell and (place, spot) not in self.variables:
                self._add(place, spot)

    def _add(self, place: int, spot: Spot) -> None:
        grid = self.grids[place]
        here = self.variables[place, spot] = len(self.lowers)
        self._spots.append((place, spot))
        # a spot of its own cell is hidden and so not none; what stands in no cell may be
        alone = grid.own(spot) or any(len(grid.within(cell)) == 1 for cell in grid.around(spot))
        self.lowers.append((1 if alone else 0) - grid.spots[spot])
        for cell in grid.around(spot):
            self._members.setdefault((place, cell), []).append(here)
        for number in self.linked[place]:
            row = self.linked_row(number, spot)
            if row is not None:
                row.terms.append((here, next(sign for sign, other in self.links[number].terms if other == place)))

    def linked_row(self, number: int, spot: Spot) -> _Linked | None:
        """The row of a link at a spot; None where it says nothing there."""
        key = (number, spot)
        if key not in self._rows:
            link = self.links[number]
            rest, there = self.remainder(number, spot), [spot in self.grids[grid].spots for _, grid in link.terms]
            equal = link.kind == "sum" or (rest == 0 and (link.kind == "alike" or link.told))
            usable = sum(there) > 1 if link.kind == "alike" else there[0] and any(there[1:])
            self._rows[key] = _Linked([], -rest, equal) if usable and rest >= 0 and (equal or link.kind == "part") else None
        return self._rows[key]

    def remainder(self, number: int, spot: Spot) -> int:
        """What a link leaves at a spot, in truth."""
        return sum(sign * self.grids[grid].spots.get(spot, 0) for sign, grid in self.links[number].terms)

    def keys_of(self, variable: int) -> list[Key]:
        """The rows that an unknown number stands in, less those that follow from others."""
        if variable not in self._keys:
            place, spot = self._spots[variable]
            hidden = self.grids[place].hidden
            cells = (cell for cell in self.grids[place].around(spot) if cell not in hidden and not self._follows(place, cell))
            links = (number for number in self.linked[place] if self._rows[number, spot] is not None)
            self._keys[variable] = [*(("cell", place, cell) for cell in cells), *(("link", number, spot) for number in links)]
        return self._keys[variable]

    def _follows(self, place: int, cell: Cell) -> bool:
        """Whether a total's row follows from those of cells that come to it: all that is unknown in it is in shown ones."""
        grid, unknown = self.grids[place], len(self._members[place, cell])
        for cells in grid.divisions(cell):
            if unknown == sum(len(self._members.get((place, one), ())) for one in cells if one not in grid.hidden):
                return True
        return False

    def row(self, key: Key, local: dict[int, int]) -> Row:
        kind, number, at = key
        if kind == "cell":
            return Row([(local[one], 1) for one in self._members[number, at] if one in local], equal=True)
        linked = self._rows[number, at]
        assert linked is not None
        return Row([(local[one], factor) for one, factor in linked.terms if one in local], linked.least, linked.equal)

    def variables_of(self, key: Key) -> list[int]:
        kind, number, at = key
        if kind == "cell":
            return self._members[number, at]
        linked = self._rows[number, at]
        return [one for one, _ in linked.terms] if linked else []

    def terms(self, target: Target) -> list[tuple[int, int]]:
        """What is unknown of a target, with signs."""
        found = ((self.variables.get((grid, spot)), sign) for sign, grid, spot in target.spots)
        return [(here, sign) for here, sign in found if here is not None]

    def shown_around(self, key: Key) -> Iterator[Place]:
        """The shown cells that make a row: a total and what it shows of its parts, or the linked numbers at a spot."""
        kind, number, at = key
        if kind == "cell":
            yield number, at
            yield from self._shown_spots((number, spot) for spot in self.grids[number].within(at))
        else:
            yield from self._shown_spots((grid, at) for _, grid in self.links[number].terms)

    def shown_in(self, target: Target) -> list[Place]:
        """The shown cells of a target's spots; of those that have none, the cells around them."""
        shown = list(self._shown_spots((grid, spot) for _, grid, spot in target.spots))
        around = [
            (grid, cell) for _, grid, spot in target.spots if spot in self.grids[grid].spots for cell in self.grids[grid].around(spot)
        ]
        return shown or [(grid, cell) for grid, cell in around if cell not in self.grids[grid].hidden]

    def _shown_spots(self, spots: Iterable[tuple[int, Spot]]) -> Iterator[Place]:
        for number, spot in spots:
            grid = self.grids[number]
            if spot in grid.spots and (own := grid.own(spot)) is not None and own not in grid.hidden:
                yield number, own
