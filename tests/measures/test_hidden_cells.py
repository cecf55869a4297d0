"""Hidden cells: nobody who reads every published total can tell a hidden cell, nor bound it to one value."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from jiaoheng.measures.grid import Cell
from jiaoheng.measures.hidden_cells import hidden_cells

PARENTS: Mapping[str, str | None] = {"C": None, "T": "C", "U": "C", "a": "T", "b": "T", "c": "U", "d": "U", "e": "C"}
LEAVES = "abcde"
STAGES = ("primary", "junior", "senior")


def table(leaves: Mapping[Cell, int]) -> dict[Cell, int]:
    """Every cell with all totals."""
    counts: dict[Cell, int] = {}
    for (leaf, stage), count in leaves.items():
        place: str | None = leaf
        while place:
            for key in ((place, stage), (place, "all")):
                counts[key] = counts.get(key, 0) + count
            place = PARENTS[place]
    return counts


def told(counts: Mapping[Cell, int], hidden: set[Cell]) -> list[Cell]:
    """The hidden cells that an adversary knows: whoever sees the published cells, the sums, and that no hidden cell is zero."""
    return [cell for cell in sorted(hidden) if _bound(counts, hidden, cell, 1) == _bound(counts, hidden, cell, -1)]


def _bound(counts: Mapping[Cell, int], hidden: set[Cell], cell: Cell, sign: int) -> int:
    model = cp_model.CpModel()
    most = max(counts.values()) * 2 + 2
    of = {key: model.new_int_var(1, most, str(key)) if key in hidden else count for key, count in counts.items()}
    for place in PARENTS:
        below = [one for one, parent in PARENTS.items() if parent == place]
        for stage in (*STAGES, "all"):
            if below and (place, stage) in of:
                model.add(of[place, stage] == sum(of[one, stage] for one in below if (one, stage) in of))
        if (place, "all") in of:
            model.add(of[place, "all"] == sum(of[place, stage] for stage in STAGES if (place, stage) in of))
    model.minimize(sign * of[cell])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value) * sign


CELLS = st.dictionaries(
    st.tuples(st.sampled_from(LEAVES), st.sampled_from(STAGES)), st.one_of(st.integers(0, 9), st.integers(10, 200)), min_size=1
)


@settings(max_examples=40, deadline=None)
@given(CELLS)
def test_no_hidden_cell_can_be_told_from_the_published_ones(leaves: dict[Cell, int]) -> None:
    counts = table(leaves)
    small = {cell for cell, count in counts.items() if 0 < count < 5}
    hidden = hidden_cells(counts, PARENTS, small)
    assert small <= hidden and all(counts[cell] > 0 for cell in hidden)
    assert told(counts, hidden) == []


def test_small_cells_alone_would_be_told() -> None:
    counts = table({("a", "primary"): 3, ("b", "primary"): 40, ("a", "junior"): 20, ("b", "junior"): 30})
    assert told(counts, {("a", "primary")}) == [("a", "primary")]
    hidden = hidden_cells(counts, PARENTS, {("a", "primary")})
    assert hidden == {("a", "primary"), ("a", "junior"), ("b", "primary"), ("b", "junior")}  # the ring of least persons hidden


def test_two_ones_that_sum_to_two_are_told_too() -> None:
    counts = table({("a", "primary"): 1, ("b", "primary"): 1, ("c", "primary"): 50})
    hidden = hidden_cells(counts, PARENTS, {cell for cell, count in counts.items() if count < 5})
    assert told(counts, hidden) == [] and len(hidden) > 4


def test_nothing_small_hides_nothing() -> None:
    counts = table({("a", "primary"): 30, ("b", "primary"): 0})
    assert hidden_cells(counts, PARENTS, []) == set()
