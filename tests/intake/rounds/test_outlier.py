"""A figure unlike last year's or unlike other schools' needs a reason, which is kept and offered the next year."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.access.account import Refused
from jiaoheng.intake.rounds.acceptance import accept, approve
from jiaoheng.intake.rounds.handing_in import check_return, flagged, hand_in
from jiaoheng.intake.rounds.making import open_round
from jiaoheng.intake.rounds.outlier import modified_z, outlier_words, outliers_of, reason_before, reasons_of
from jiaoheng.intake.rounds.round import Round
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.rulebook.outliers import load_outliers
from tests.intake.rounds.conftest import ANSWERS, YEAR, Bureau, part_of, wanted

Filled = Callable[..., Path]
PUPILS = "annual_statistics.primary.pupils"


def found(round_: Round, **values: float) -> list[tuple[str, bool, bool]]:
    outliers = outliers_of(part_of(round_), {"annual_statistics": {"primary": dict(values)}})
    return [(one.field, one.change is not None, one.score is not None) for one in outliers]


# Last year: 500 pupils, 12 classes, 30 teachers. The limit: more than a quarter, and at least 5.
@pytest.mark.parametrize(("pupils", "is_flagged"), [(625, False), (626, True), (375, False), (374, True), (500, False)])
def test_a_change_of_more_than_a_quarter_is_flagged(round_: Round, pupils: int, is_flagged: bool) -> None:
    assert bool(found(round_, pupils=pupils)) is is_flagged


@pytest.mark.parametrize(("classes", "is_flagged"), [(16, False), (17, True), (8, False), (7, True)])
def test_a_change_of_a_few_is_not_flagged_however_large_its_share(round_: Round, classes: int, is_flagged: bool) -> None:
    assert bool(found(round_, classes=classes)) is is_flagged


def _others(round_: Round, books_per_pupil: list[float]) -> None:
    for number, books in enumerate(books_per_pupil):
        school = Organisation.objects.create(
            code=f"2{number:03}", name_zh=f"第{number}小学", kind="school", stages="primary", path=f"320999/2{number:03}",
            parent=round_.organisation,
        )  # fmt: skip
        AnnualStatistics.objects.create(organisation=school, school_year=YEAR, stage="primary", pupils=1000, books=round(1000 * books))


def test_a_figure_far_from_like_schools_is_flagged_per_pupil(round_: Round) -> None:
    AnnualStatistics.objects.filter(organisation__code="1001").update(books=None)
    _others(round_, [18, 19, 20, 20, 21, 22, 23, 24])
    assert found(round_, pupils=500, books=10_500) == [], "21 a pupil, as elsewhere, though a small school"
    assert found(round_, pupils=500, books=105_000) == [("books", False, True)]
    said = outlier_words(outliers_of(part_of(round_), {"annual_statistics": {"primary": {"pupils": 500, "books": 105_000}}})[0])
    assert "8" in said


def test_too_few_like_schools_say_nothing(round_: Round) -> None:
    AnnualStatistics.objects.filter(organisation__code="1001").update(books=None)
    _others(round_, [18, 19, 20, 20, 21, 22, 23])
    assert found(round_, pupils=500, books=105_000) == []


def test_without_a_reason_a_flagged_return_is_not_handed_in_and_the_reason_is_offered_next_year(
    round_: Round, filled: Filled, bureau: Bureau
) -> None:
    part = part_of(round_)
    returned = check_return(part, filled(part, {**ANSWERS, "pupils": 900}), bureau.clerk)
    assert [one.key for one in flagged(returned)] == [PUPILS]
    for reasons in (None, {PUPILS: "  "}):
        with pytest.raises(Refused, match=PUPILS):
            hand_in(returned, bureau.clerk, reasons)
    part = hand_in(returned, bureau.clerk, {PUPILS: "并入了村小"})
    assert reasons_of(part)[PUPILS].reason == "并入了村小"
    accept(approve(part, bureau.head), bureau.officer)
    next_year = open_round(wanted(school_year="2019-2020"), bureau.officer)
    outlier = outliers_of(part_of(next_year), {"annual_statistics": {"primary": {"pupils": 510}}})[0]
    offered = reason_before(part_of(next_year), outlier)
    assert offered is not None
    assert (offered.reason, offered.school_year) == ("并入了村小", YEAR)
    assert reason_before(part, outlier) is None, "only earlier years are offered"


def test_a_reason_that_was_lost_stops_the_approval(round_: Round, filled: Filled, bureau: Bureau) -> None:
    part = part_of(round_)
    part = hand_in(check_return(part, filled(part, {**ANSWERS, "pupils": 900}), bureau.clerk), bureau.clerk, {PUPILS: "并校"})
    part.reasons.all().delete()
    with pytest.raises(Refused, match=PUPILS):
        approve(part, bureau.head)


@given(st.lists(st.floats(0.1, 1e6), min_size=3, max_size=30), st.floats(-1e3, 1e3))
def test_the_modified_z_score_does_not_move_with_the_place_of_all_values(others: list[float], shift: float) -> None:
    before, after = modified_z(others[0], others), modified_z(others[0] + shift, [one + shift for one in others])
    if before is not None and after is not None and abs(before[1]) < 1e3:
        assert after[1] == pytest.approx(before[1], rel=1e-3, abs=1e-3)


def test_the_modified_z_score_by_hand() -> None:
    assert modified_z(9, [1, 2, 3, 4, 5]) == (3, pytest.approx(0.6745 * 6 / 1))
    assert modified_z(9, [3, 3, 3]) is None, "others without spread say nothing"


def test_every_limit_has_a_source() -> None:
    for rule in load_outliers().values():
        assert all(one.source for one in (*rule.last_year, *rule.like_schools))
