"""Catchment areas: valid polygons only, overlaps said, the school that serves a point found."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change
from jiaoheng.registers.catchment import Announced, CatchmentArea, announced_areas, areas_on, overlaps, serving, store_areas
from tests.registers.district import AUTUMN, District, district


def square(west: float, south: float, size: float = 0.1) -> dict[str, Any]:
    east, north = west + size, south + size
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def feature(geometry: Any, **said: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": said, "geometry": geometry}


def collection(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


@pytest.fixture
def d(db: None) -> District:
    return district()


def hand_in(d: District, *features: Any, since: date = AUTUMN) -> list[CatchmentArea]:
    return store_areas(announced_areas(collection(*features), d.bureau, since=since), change=d.by())


def faults(d: District, *features: Any) -> list[Announced]:
    return announced_areas(collection(*features), d.bureau, since=AUTUMN)


def test_a_file_becomes_areas_that_serve_points(d: District) -> None:
    hand_in(d, feature(square(118, 31), school="S1", streets=["阳光路", "和平街"]), feature(square(118.1, 31), school="清河小学"))
    assert [area.school for area in serving(d.bureau, longitude=118.05, latitude=31.05, on=AUTUMN)] == [d.sunny]
    assert len(serving(d.bureau, longitude=118.1, latitude=31.05, on=AUTUMN)) == 2, "on the common boundary"
    assert serving(d.bureau, longitude=119, latitude=31.05, on=AUTUMN) == []
    assert serving(d.bureau, longitude=118.05, latitude=31.05, on=date(2025, 8, 31)) == []
    kept = CatchmentArea.objects.get(school=d.sunny)
    assert (kept.stage, kept.streets) == ("primary", "阳光路、和平街")
    assert 100 < kept.km2 < 110


def test_a_new_announcement_ends_the_old_one_on_its_day(d: District) -> None:
    hand_in(d, feature(square(118, 31), school="S1"))
    hand_in(d, feature(square(118.5, 31), school="S1"), since=date(2026, 9, 1))
    found = {day: [area.geometry["coordinates"][0][0][0] for area in areas_on(d.bureau, day)] for day in (AUTUMN, date(2026, 9, 1))}
    assert found == {AUTUMN: [118], date(2026, 9, 1): [118.5]}


def test_overlaps_of_a_stage_are_said_with_their_size_unless_a_zone_is_shared(d: District) -> None:
    hand_in(
        d,
        feature(square(118, 31), school="S1"),
        feature(square(118.05, 31), school="S10"),
        feature(square(118, 31), school="S2", stage="junior"),
    )
    found = overlaps(list(areas_on(d.bureau, AUTUMN)))
    assert [(one.first.school, one.second.school) for one in found] == [(d.sunny, d.river)]
    assert 50 < found[0].km2 < 55
    shared = [feature(square(118, 31), school="S1", zone="东片"), feature(square(118.05, 31), school="S10", zone="东片")]
    hand_in(d, *shared, since=date(2026, 9, 1))
    assert overlaps(list(areas_on(d.bureau, date(2026, 9, 1), stage="primary"))) == []


BOWTIE = {"type": "Polygon", "coordinates": [[[118, 31], [118.1, 31.1], [118.1, 31], [118, 31.1], [118, 31]]]}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (feature(BOWTIE, school="S1"), "crosses itself"),
        (feature({"type": "Point", "coordinates": [118, 31]}, school="S1"), "polygon"),
        (feature(None, school="S1"), "polygon"),
        (feature({"type": "Polygon", "coordinates": [[[1]]]}, school="S1"), "polygon"),
        (feature({"type": "Polygon", "coordinates": "x"}, school="S1"), "polygon"),
        (feature(square(40_000_000, 3_400_000), school="S1"), "degrees"),
        (feature(square(118, 31), school="S9"), "no school"),
        (feature(square(118, 31)), "no school"),
        (feature(square(118, 31), school="S2"), "blank"),
        (feature(square(118, 31), school="S2", stage="senior"), "does not teach"),
        ("nothing", "no school"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_area_is_said_and_nothing_of_the_file_is_stored(d: District, wrong: Any, words: str) -> None:
    found = faults(d, feature(square(118, 31), school="S10"), wrong)
    assert [bool(one.fault) for one in found] == [False, True]
    assert words in found[1].fault
    with pytest.raises(Refused, match="1 areas"):
        store_areas(found, change=d.by())
    assert not CatchmentArea.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"type": "FeatureCollection"}', '{"type": "FeatureCollection", "features": []}', "x" * 9]
)
def test_what_is_no_collection_is_refused_in_words(d: District, text: str) -> None:
    with pytest.raises(Refused, match="FeatureCollection"):
        announced_areas(text, d.bureau, since=AUTUMN)


def test_a_clerk_announces_no_area(d: District) -> None:
    found = faults(d, feature(square(118, 31), school="S1"))
    with pytest.raises(Refused, match="officers"):
        store_areas(found, change=Change(d.sunny_clerk, "r"))


@given(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_overlap_does_not_depend_on_the_order_and_is_no_larger_than_either(east: float, north: float) -> None:
    one, two = (
        CatchmentArea(pk=1, stage="primary", geometry=square(118, 31)),
        CatchmentArea(pk=2, stage="primary", geometry=square(118 + east, 31 + north)),
    )
    found, turned = overlaps([one, two]), overlaps([two, one])
    assert [round(each.km2, 6) for each in found] == [round(each.km2, 6) for each in turned]
    assert all(0 < each.km2 <= one.km2 * 1.001 for each in found)
