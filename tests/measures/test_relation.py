"""Relations between numbers of persons, and an adversary who adds and subtracts every published number."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from jiaoheng.measures.catalogue import Catalogue, load_catalogue
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.relation import Figure, Relation, figure_of, relations
from jiaoheng.measures.suppression import published
from jiaoheng.measures.values import compute
from tests.measures.test_registers import PLACES, pupil
from tests.snapshots.written_by_hand import organisation, snapshot_of

CATALOGUE = load_catalogue()


def numerator(name: str) -> Figure:
    return figure_of(CATALOGUE[name], CATALOGUE[name].numerator)


def denominator(name: str) -> Figure:
    measure = CATALOGUE[name]
    assert measure.denominator is not None
    return figure_of(measure.other or measure, measure.denominator)


def between(*figures: Figure) -> list[Relation]:
    return relations([one.quantity for one in figures], [one for one in figures if one.made_of])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (numerator("boarders"), numerator("boarder_share")),  # the condition stands in «where», or in the numerator
        (numerator("pupils_on_roll"), denominator("girls_share")),
        (numerator("pupils_on_roll"), numerator("gross_enrolment")),  # of fewer stages: in each stage the same
        (numerator("registered_teachers"), denominator("backbone_share")),
    ],
)
def test_the_same_persons_in_other_words_are_one_quantity(one: Figure, other: Figure) -> None:
    assert one.quantity == other.quantity and not one.made_of


def test_one_condition_more_is_a_part() -> None:
    whole, part = numerator("pupils_on_roll"), numerator("girls_share")
    assert [one.terms for one in between(whole, part)] == [((1, whole.quantity), (-1, part.quantity))]
    assert between(numerator("boarders"), part) == []  # a boarder may be a girl or not


def test_a_narrower_list_of_values_is_a_part() -> None:
    senior, more = numerator("senior_title_share"), numerator("intermediate_title_share")
    assert [one.terms for one in between(senior, more)] == [((1, more.quantity), (-1, senior.quantity))]


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("teachers", ["teachers_under_35_share", "teachers_50_plus_share"]),
        ("teachers", ["untitled_share", "intermediate_title_share"]),
        ("closed", ["promotion_rate", "repetition_rate", "departure_rate", "suspension_rate", "whereabouts_unknown_rate"]),
    ],
)
def test_what_excludes_each_other_stands_beside_each_other(whole: str, parts: list[str]) -> None:
    above = numerator("registered_teachers") if whole == "teachers" else denominator("promotion_rate")
    beside = [numerator(name) for name in parts]
    families = [one for one in between(above, *beside) if len(one.terms) == len(parts) + 1]
    assert families and all(
        one.told and {quantity for _, quantity in one.terms[1:]} == {one.quantity for one in beside} for one in families
    )


def test_a_sum_is_told_from_its_terms() -> None:
    terms = [numerator("moved_in"), numerator("moved_out"), denominator("retention_plain")]
    total = denominator("retention_adjusted_entry")  # entrants + moved in - moved out - died
    (found,) = [one for one in between(total, *terms) if one.terms[0][1] == total.quantity]
    assert not found.exact and sorted(sign for sign, _ in found.terms) == [-1, -1, 1, 1]  # what is left are those who died


def test_a_proportion_is_no_number_of_persons() -> None:
    assert numerator("gender_parity").of_parts and not numerator("girls_share").of_parts


# The adversary: knows every published number, what each counts, and that no hidden number is zero; unknown are the children themselves,
# so many of each school, stage, sex, boarding or not, and of each fate.
NAMES = ("pupils_on_roll", "girls_share", "boarders", "boarder_share", "gross_enrolment_ratio", "promotion_rate", "repetition_rate",
         "annual_dropout_rate")  # fmt: skip
SEXES, FATES = ("1", "2"), ("promoted", "repeated", "dropped_out")
KINDS = [(sex, boarder, fate) for sex in SEXES for boarder in (False, True) for fate in FATES]
SCHOOLS = {"A": ["A", "T", "C"], "B": ["B", "C"], "D": ["D", "C"]}
STAGES = ("primary", "junior")
children = st.dictionaries(
    st.tuples(st.sampled_from(sorted(SCHOOLS)), st.sampled_from(STAGES), st.sampled_from(KINDS)),
    st.one_of(st.integers(1, 6), st.integers(5, 60)), min_size=3, max_size=14,
)  # fmt: skip


def _matches(measure: Measure, part: str, kind: tuple[str, bool, str]) -> bool:
    sex, boarder, fate = kind
    if part == "denominator":
        return True
    wanted = {"girls_share": sex == "2", "boarders": boarder, "boarder_share": boarder, "promotion_rate": fate == "promoted",
              "repetition_rate": fate == "repeated", "annual_dropout_rate": fate == "dropped_out"}  # fmt: skip
    return wanted.get(measure.id, True)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(children)
def test_no_small_number_can_be_told_from_all_that_is_published(drawn: dict[Any, int]) -> None:
    roll = [
        pupil(f"{school}{stage}{sex}{boarder}{fate}{n}", school, stage=stage, sex=sex, boarder=boarder, next=fate, closed=True)
        for (school, stage, (sex, boarder, fate)), many in drawn.items() for n in range(many)
    ]  # fmt: skip
    catalogue = Catalogue({name: CATALOGUE[name] for name in NAMES if CATALOGUE[name].other is None})
    with TemporaryDirectory() as folder:
        frozen = snapshot_of(Path(folder) / "s", [*PLACES, organisation("D", PLACES[0])], [], enrolments=roll)
        values = compute(frozen, catalogue, all_years=True)
        rows = published(values, frozen, catalogue, threshold=5).to_pylist()
        whole = {(row["measure"], row["organisation"], row["stage"]): row for row in values.table.to_pylist()}
    assert _told(rows, whole, catalogue) == []


def _told(rows: list[dict[str, Any]], whole: dict[Any, dict[str, Any]], catalogue: Catalogue) -> list[Any]:
    """Numbers of persons from one to four that only one world allows."""
    model = cp_model.CpModel()
    of = {(school, stage, kind): model.new_int_var(0, 2_000, "") for school in SCHOOLS for stage in STAGES for kind in KINDS}
    small: dict[str, Any] = {}
    for row in rows:
        measure = catalogue[row["measure"]]
        for part in ("numerator", "denominator"):
            true = whole[row["measure"], row["organisation"], row["stage"]][part]
            if true is None:
                continue
            cells = [
                number for (school, stage, kind), number in of.items()
                if row["organisation"] in SCHOOLS[school] and row["stage"] in ("all", stage) and (not measure.stages or stage in measure.stages)
                and _matches(measure, part, kind)
            ]  # fmt: skip
            count = round(true * (100 if part == "denominator" else 1))
            if row[part] is not None:
                model.add(sum(cells) == count)
            elif count > 0:
                model.add(sum(cells) >= 1)
                if count < 5:
                    small[f"{row['measure']} {part} {row['organisation']} {row['stage']}"] = sum(cells)
    return [name for name, sum_of in small.items() if _bound(model, sum_of, 1) == _bound(model, sum_of, -1)]


def _bound(model: cp_model.CpModel, sum_of: Any, sign: int) -> int:
    tried = model.clone()
    tried.minimize(sign * sum_of)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(tried) == cp_model.OPTIMAL
    return round(solver.objective_value) * sign
