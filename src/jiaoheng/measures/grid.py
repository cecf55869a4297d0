"""Grid: one number of persons over places and stages, taken apart into the spots that its published cells are sums of.

Changes when the way counts add up over places and stages changes. Knows nothing of measures.

A spot is what adds up to nothing smaller: a lowest place's stage; what belongs to no single stage («»); what a place above reports itself
besides the places below it. The latter two stand in no cell of their own: whoever takes the cells from each other finds them.
"""

from collections.abc import Mapping
from functools import cached_property

__all__ = ["UNSTAGED", "Cell", "Grid", "Spot"]

Cell = tuple[str, str]
"""Place and stage; the stage of the total over the stages is `whole`."""

Spot = tuple[str, str]
"""Place and stage; the stage `UNSTAGED` is that of what belongs to no single one."""

UNSTAGED = ""


class Grid:
    """The published cells of one number in one year.

    cells:   every published cell; what is not there is zero and known to be.
    parents: the place above each place, none for the topmost.
    hidden:  the cells that are not shown; changed by whoever hides more.
    weight:  in how many published figures each cell stands.
    """

    def __init__(
        self, cells: Mapping[Cell, int], parents: Mapping[str, str | None], hidden: set[Cell], weight: int = 1, *, whole: str = "all"
    ) -> None:
        self.cells, self.hidden, self.weight, self.whole = cells, hidden, weight, whole
        self._above = _nearest(dict.fromkeys(place for place, _ in cells), parents)
        self._chains: dict[str, list[str]] = {}
        self._around: dict[Spot, list[Cell]] = {}
        self._inner = {place for place in self._above.values() if place is not None}
        self._all_spots = self._taken_apart()
        self.additive = all(number >= 0 for number in self._all_spots.values())
        """Whether the cells add up at all; where one is less than its parts, persons are counted twice and nothing follows from sums."""

    @cached_property
    def spots(self) -> dict[Spot, int]:
        """Every spot with somebody in it; none where the cells do not add up."""
        return {spot: number for spot, number in self._all_spots.items() if number > 0} if self.additive else {}

    def own(self, spot: Spot) -> Cell | None:
        """The cell in which a spot stands alone; None for one that is only found by taking cells from each other."""
        place, stage = spot
        if place in self._inner:
            return None
        if stage != UNSTAGED:
            return spot
        alone = not any((place, one) in self.spots for one in self._stages)
        return (place, self.whole) if alone else None

    def around(self, spot: Spot) -> list[Cell]:
        """Every published cell that the spot is counted in, the smallest first."""
        if spot not in self._around:
            place, stage = spot
            stages = (self.whole,) if stage == UNSTAGED else (stage, self.whole)
            self._around[spot] = [(one, each) for one in self._chain(place) for each in stages if (one, each) in self.cells]
        return self._around[spot]

    def above(self, place: str) -> str | None:
        """The nearest place above that has cells too."""
        return self._above[place]

    def within(self, cell: Cell) -> list[Spot]:
        """The spots that come to a cell."""
        return self._contents.get(cell, [])

    def divisions(self, cell: Cell) -> list[list[Cell]]:
        """Cells that come to a cell together with what its place reports itself: those of the places below; for a total, the stages."""
        place, stage = cell
        below = [(one, stage) for one in self._below.get(place, ()) if (one, stage) in self.cells]
        stages = [(place, one) for one in self._stages if (place, one) in self.cells] if stage == self.whole else []
        return [one for one in (below, stages) if one]

    @cached_property
    def _stages(self) -> list[str]:
        return list(dict.fromkeys(stage for _, stage in self.cells if stage != self.whole))

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for place, above in self._above.items():
            if above is not None:
                found.setdefault(above, []).append(place)
        return found

    @cached_property
    def _contents(self) -> dict[Cell, list[Spot]]:
        found: dict[Cell, list[Spot]] = {}
        for spot in self.spots:
            for cell in self.around(spot):
                found.setdefault(cell, []).append(spot)
        return found

    def _chain(self, place: str) -> list[str]:
        """The place and those above it."""
        if place not in self._chains:
            above = self._above[place]
            self._chains[place] = [place, *(self._chain(above) if above is not None else ())]
        return self._chains[place]

    def _taken_apart(self) -> dict[Spot, int]:
        rest = dict(self.cells)
        for (place, stage), number in self.cells.items():
            above = self._above[place]
            if above is not None and number:
                rest[above, stage] = rest.get((above, stage), 0) - number
        unstaged: dict[Spot, int] = {}
        for (place, stage), number in rest.items():
            if (place, self.whole) in rest:
                key = (place, UNSTAGED)
                unstaged[key] = unstaged.get(key, 0) + (number if stage == self.whole else -number)
        return {**{spot: number for spot, number in rest.items() if spot[1] != self.whole}, **unstaged}


def _nearest(places: Mapping[str, None], parents: Mapping[str, str | None]) -> dict[str, str | None]:
    """For each place the nearest one above it that has cells too."""
    found: dict[str, str | None] = {}
    for place in places:
        above = parents.get(place)
        while above is not None and above not in places:
            above = parents.get(above)
        found[place] = above
    return found
