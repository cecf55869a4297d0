"""Relations between numbers of persons, and an adversary who takes published numbers from each other."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jiaoheng.measures.catalogue import Catalogue, load_catalogue
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


NAMES = ("pupils_on_roll", "girls_share", "boarders", "boarder_share", "promotion_rate", "repetition_rate", "annual_dropout_rate",
         "departure_rate", "suspension_rate", "whereabouts_unknown_rate")  # fmt: skip
FATES = ("promoted", "repeated", "dropped_out", "died")
KINDS = st.tuples(st.sampled_from(["1", "2"]), st.booleans(), st.sampled_from(FATES))
children = st.dictionaries(
    st.tuples(st.sampled_from("ABD"), st.sampled_from(["primary", "junior"]), KINDS),
    st.one_of(st.integers(1, 6), st.integers(5, 60)), min_size=3, max_size=14,
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(children)
def test_no_small_number_can_be_told_by_taking_published_ones_from_each_other(drawn: dict[Any, int]) -> None:
    """In every place and stage: whoever takes one measure's persons from another's finds no few, and adds no hidden number up."""
    roll = [
        pupil(f"{school}{stage}{sex}{boarder}{fate}{n}", school, stage=stage, sex=sex, boarder=boarder, next=fate, closed=True)
        for (school, stage, (sex, boarder, fate)), many in drawn.items() for n in range(many)
    ]  # fmt: skip
    catalogue = Catalogue({name: CATALOGUE[name] for name in NAMES})
    with TemporaryDirectory() as folder:
        frozen = snapshot_of(Path(folder) / "s", [*PLACES, organisation("D", PLACES[0])], [], enrolments=roll)
        values = compute(frozen, catalogue, all_years=True)
        shown = {_cell(row): row for row in published(values, frozen, catalogue, threshold=5).to_pylist()}
        true = {_cell(row): row for row in values.table.to_pylist()}
    for place, stage in {cell[1:] for cell in true}:

        def told(name: str, part: str = "numerator", place: str = place, stage: str = stage) -> tuple[int, bool]:
            number = true[name, place, stage][part] if (name, place, stage) in true else None
            if number is None:
                return 0, True  # nobody is asked about there
            return round(number * (100 if part == "denominator" else 1)), shown[name, place, stage][part] is not None

        pupils, boarders = told("pupils_on_roll"), told("boarders")
        assert boarders == told("boarder_share") and pupils == told("girls_share", "denominator")  # one number, hidden alike
        parts = [told(name) for name in ("promotion_rate", "repetition_rate", "annual_dropout_rate")]
        whole = told("promotion_rate", "denominator")
        for part, of in ((boarders, pupils), (told("girls_share"), pupils), *((part, whole) for part in parts)):
            assert not (part[1] and 0 < part[0] < 5)
            assert not (part[1] and of[1] and 0 < of[0] - part[0] < 5)
        if stage != "all":  # of all stages, who dropped out is a number of two stages and the others of three
            died = whole[0] - sum(number for number, _ in parts)
            hidden = [not seen for number, seen in (*parts, whole) if number]
            assert sum(hidden) != 1 if died == 0 else any(hidden) or died >= 5


def _cell(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["measure"], row["organisation"], row["stage"]
