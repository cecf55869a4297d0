"""An attacker who lays everything published side by side and knows what each number counts, against the suppression of small ones.

The attacker shares no code with the suppression: it knows children by kind, one unknown number for each kind, school and stage, writes
every published figure as a sum of these, and asks an integer solver for the least and the most that a small number can be.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from jiaoheng.measures.catalogue import Catalogue, load_catalogue
from jiaoheng.measures.suppression import published_by
from jiaoheng.measures.values import compute
from jiaoheng.rulebook.publication import suppression_rule
from tests.measures.test_registers import PLACES, pupil
from tests.snapshots.written_by_hand import organisation, snapshot_of, statistics

CATALOGUE = load_catalogue()
THRESHOLD, SPREAD = 5, 4
FATES = ("promoted", "repeated", "dropped_out", "died")
SCHOOLS = {"C": "ABD", "T": "A", "A": "A", "B": "B", "D": "D"}
"""The schools of a place: A lies in the town T; A, B and D in the county C."""
STAGES = ("primary", "junior")

Kind = tuple[str, bool, bool, str]
"""Sex, boarder, migrant child, what became of the child."""
Spot = tuple[str, str, Kind]
"""School, stage and kind."""
Counts = Callable[[Kind], bool]

KINDS: list[Kind] = [
    (sex, boarder, migrant, fate) for sex in "12" for boarder in (False, True) for migrant in (False, True) for fate in FATES
]
COUNTED: Mapping[tuple[str, str], Counts] = {
    ("pupils_on_roll", "numerator"): lambda _: True,
    ("girls_share", "numerator"): lambda kind: kind[0] == "2",
    ("girls_share", "denominator"): lambda _: True,
    ("boarders", "numerator"): lambda kind: kind[1],
    ("boarder_share", "numerator"): lambda kind: kind[1],
    ("boarder_share", "denominator"): lambda _: True,
    ("migrant_children", "numerator"): lambda kind: kind[2],
    ("promotion_rate", "numerator"): lambda kind: kind[3] == "promoted",
    ("promotion_rate", "denominator"): lambda _: True,
    ("repetition_rate", "numerator"): lambda kind: kind[3] == "repeated",
    ("repetition_rate", "denominator"): lambda _: True,
    ("annual_dropout_rate", "numerator"): lambda kind: kind[3] == "dropped_out",
    ("annual_dropout_rate", "denominator"): lambda _: True,
    ("pupils", "numerator"): lambda _: True,  # as the schools' annual statistics say
}
SMALL: list[Counts] = [
    *dict.fromkeys(COUNTED.values()), lambda kind: kind[0] == "1", lambda kind: not kind[1], lambda kind: not kind[2],
    lambda kind: kind[3] == "died",
]  # fmt: skip
"""What no small number may be told of: what is counted, and what that leaves."""

districts = st.dictionaries(
    st.tuples(st.sampled_from("ABD"), st.sampled_from(STAGES), st.sampled_from(KINDS)),
    st.one_of(st.integers(1, 4), st.integers(1, 9), st.integers(5, 40)), min_size=3, max_size=16,
)  # fmt: skip


class Attacker:
    """Every published figure as an equation over the unknown numbers of children."""

    def __init__(self, rows: list[dict[str, Any]], true: Mapping[Spot, int]) -> None:
        self.true, self.model = true, cp_model.CpModel()
        most = 4 * sum(true.values()) + 50
        self.unknown = {
            (school, stage, kind): self.model.new_int_var(0, most, "") for school in "ABD" for stage in STAGES for kind in KINDS
        }
        shown = {(row["measure"], row["organisation"], row["stage"]): row for row in rows}
        for (measure, part), counts in COUNTED.items():
            for place in SCHOOLS:
                for stage in (*STAGES, "all"):
                    row = shown.get((measure, place, stage))
                    total = self.sum(self.spots(counts, place, stage, CATALOGUE[measure].stages))
                    if row is None:  # nobody is counted there, or the measure is not of this stage
                        asked = stage == "all" or not CATALOGUE[measure].stages or stage in CATALOGUE[measure].stages
                        if asked:
                            self.model.add(total == 0)
                    elif row[part] is not None:
                        self.model.add(total == round(row[part] * (100 if part == "denominator" else 1)))
                    elif row["hidden"]:
                        self.model.add(total >= 1)  # zeros are published
        for spot, number in true.items():
            self.model.add_hint(self.unknown[spot], number)

    def spots(self, counts: Counts, place: str, stage: str, stages: tuple[str, ...] = ()) -> list[Spot]:
        return [
            (school, one, kind) for school in SCHOOLS[place] for one in STAGES for kind in KINDS
            if counts(kind) and (one == stage or (stage == "all" and (not stages or one in stages)))
        ]  # fmt: skip

    def sum(self, spots: list[Spot]) -> cp_model.LinearExpr:
        return cp_model.LinearExpr.sum([self.unknown[spot] for spot in spots])

    def bounds(self, spots: list[Spot], number: int) -> tuple[int, int]:
        """The least and the most that a number can be; the most only as far as it matters."""
        found = []
        for sense in (-1, 1):
            model = self.model.clone()
            total = cp_model.LinearExpr.sum([model.get_int_var_from_proto_index(self.unknown[spot].index) for spot in spots])
            model.add(total <= number + SPREAD)
            model.maximize(sense * total)
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            assert solver.solve(model) == cp_model.OPTIMAL, "the published figures contradict each other"
            found.append(round(solver.objective_value) * sense)
        return found[0], found[1]

    def told(self) -> Iterator[str]:
        """Small numbers that are known too well."""
        for counts in SMALL:
            for place in SCHOOLS:
                for stage in (*STAGES, "all"):
                    spots = self.spots(counts, place, stage)
                    number = sum(self.true.get(spot, 0) for spot in spots)
                    if 0 < number < THRESHOLD:
                        least, most = self.bounds(spots, number)
                        if most < THRESHOLD or most - least < SPREAD:
                            yield f"{number} at {place}, {stage}: from {least} to {most}"


def attacked(drawn: Mapping[Spot, int], *, statistics_too: bool = True) -> list[str]:
    roll = [
        pupil(f"{school}{stage}{kind}{n}", school, stage=stage, sex=kind[0], boarder=kind[1], migrant_child=kind[2], next=kind[3],
              closed=True)
        for (school, stage, kind), many in drawn.items() for n in range(many)
    ]  # fmt: skip
    pupils: dict[tuple[str, str], int] = {}
    for (school, stage, _), many in drawn.items():
        pupils[school, stage] = pupils.get((school, stage), 0) + many
    declared = [statistics(school, stage, pupils=many) for (school, stage), many in pupils.items()] if statistics_too else []
    names = [name for name in dict.fromkeys(name for name, _ in COUNTED) if statistics_too or name != "pupils"]
    catalogue = Catalogue({name: CATALOGUE[name] for name in names})
    with TemporaryDirectory() as folder:
        frozen = snapshot_of(Path(folder) / "s", [*PLACES, organisation("D", PLACES[0])], declared, enrolments=roll)
        values = compute(frozen, catalogue, all_years=True)
        rows = published_by(suppression_rule(), values, frozen, catalogue).to_pylist()
    if not statistics_too:
        none = dict.fromkeys(("numerator", "denominator"))
        rows += [{**none, "measure": "pupils", "organisation": place, "stage": stage, "hidden": False}
                 for place in SCHOOLS for stage in (*STAGES, "all")]  # fmt: skip
    return list(Attacker(rows, drawn).told())


def test_a_total_over_places_and_fates_does_not_give_four_girls_away() -> None:
    """Each relation by itself tells nothing here; all together told the number to the child."""
    drawn: dict[Spot, int] = {
        ("A", "junior", ("2", True, True, "promoted")): 4, ("A", "primary", ("1", False, True, "repeated")): 22,
        ("B", "primary", ("1", True, False, "repeated")): 18, ("B", "primary", ("1", True, True, "repeated")): 24,
        ("B", "primary", ("2", True, True, "repeated")): 37, ("D", "junior", ("1", True, False, "died")): 1,
        ("D", "junior", ("1", True, True, "dropped_out")): 37, ("D", "primary", ("2", True, True, "died")): 29,
    }  # fmt: skip
    assert attacked(drawn) == []


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(districts)
def test_nobody_can_be_told_from_everything_published_at_once(drawn: dict[Spot, int]) -> None:
    assert attacked(drawn) == []


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(districts)
def test_nor_where_no_other_register_says_how_many_there_are(drawn: dict[Spot, int]) -> None:
    assert attacked(drawn, statistics_too=False) == []
