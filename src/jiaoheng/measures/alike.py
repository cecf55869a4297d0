"""Alike: numbers of the same persons under other names, known by their agreeing almost everywhere.

Changes when what makes a reader take one number for another changes. Children on roll by name and pupils in a school's annual statistics
are written over two registers, and no expression says that they are the same; whoever lays the columns side by side sees it.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

from jiaoheng.measures.grid import Grid
from jiaoheng.measures.relation import Quantity

__all__ = ["alike"]

_ENOUGH, _MOSTLY = 3, 0.5


def alike(grids: Sequence[Grid], keys: Sequence[tuple[Quantity, str]], threshold: int) -> list[tuple[int, int]]:
    """Pairs of grids of one year that agree in at least half of the spots, three or more, where both are no small numbers.

    Of a number and its parts that all agree with another («teachers», and those with a certificate, who are all of them) the widest is
    taken.
    """
    found = [
        (one, other)
        for one, other in combinations(range(len(keys)), 2)
        if _comparable(keys[one], keys[other]) and _agree(grids[one].spots, grids[other].spots, threshold)
    ]
    near: dict[int, set[int]] = {}
    for one, other in found:
        near.setdefault(one, set()).add(other)
        near.setdefault(other, set()).add(one)

    def widest(one: int, other: int) -> bool:
        """Whether no whole of `one` agrees with `other` as well."""
        return not any(_part(keys[one][0], keys[wider][0]) for wider in near[other])

    return [(one, other) for one, other in found if widest(one, other) and widest(other, one)]


def _part(one: Quantity, of: Quantity) -> bool:
    return (one.register, one.what) == (of.register, of.what) and of.conditions < one.conditions


def _comparable(first: tuple[Quantity, str], second: tuple[Quantity, str]) -> bool:
    """Whether two numbers may be of the same persons though their expressions do not tell: of unlike registers or columns; or over rows
    that are schools, where neither is a part of the other."""
    (one, year), (other, same_year) = first, second
    if year != same_year:
        return False
    if (one.register, one.what) != (other.register, other.what):
        return True
    return one.by_school and not (one.conditions <= other.conditions or other.conditions <= one.conditions)


def _agree(one: Mapping[tuple[str, str], int], other: Mapping[tuple[str, str], int], threshold: int) -> bool:
    if len(one) > len(other):
        one, other = other, one
    pairs = [(number, against) for spot, number in one.items() if number >= threshold and (against := other.get(spot, 0)) >= threshold]
    return len(pairs) >= _ENOUGH and sum(number == against for number, against in pairs) >= _MOSTLY * len(pairs)
