"""Assessed: an assessment applied to one area: every item with figures, judgement and scores, and the totals up the tree.

Changes when an item is decided, or scores are added up, in another way. What nobody judged is open and is never counted as met.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import pyarrow.parquet as pq

from jiaoheng.measures.catalogue import Catalogue, load_catalogue
from jiaoheng.measures.values import Values, compute
from jiaoheng.snapshots.snapshot import Snapshot
from jiaoheng.standards.assessment import Assessment, AssessmentItem, Part
from jiaoheng.standards.checked import Figures, Found, check_figures
from jiaoheng.standards.judgement import Judgement, Judgements
from jiaoheng.standards.school_records import NothingToJudge, SchoolRecord, day_of, in_scope, school_records
from jiaoheng.standards.standard import Exclusion, NotInForce
from jiaoheng.standards.verdict import Verdict

__all__ = ["Assessed", "ItemAssessed", "PartAssessed", "Score", "assess", "assessed_area"]

State = Literal["met", "missed", "open", "not_told"]

_SCHOOL_KINDS = {"school", "teaching_point", "kindergarten", "special_school", "vocational_school", "training_institution"}


@dataclass(frozen=True, slots=True)
class Score:
    """Points, and the scores given of them: by the area (computed or entered) and by reviewers. None: not scored yet."""

    points: Decimal
    self_score: Decimal | None
    reviewer_score: Decimal | None


@dataclass(frozen=True, slots=True)
class ItemAssessed:
    """One item. `meets` None: open. `contradicted`: the judgement says otherwise than the figures, which decide."""

    item: AssessmentItem
    found: tuple[Found, ...]
    judgement: Judgement | None
    meets: bool | None
    score: Score | None
    computed_score: Decimal | None

    @property
    def state(self) -> State:
        """met, missed; open: people have to judge; not_told: the figures are not in the snapshot."""
        if self.meets is not None:
            return "met" if self.meets else "missed"
        return "not_told" if any(one.meets is None for one in self.found) and self.item.judged is None else "open"

    @property
    def figures_meet(self) -> bool | None:
        """What the figures alone say; None where there are none, or some are not told."""
        said = [one.meets for one in self.found if not one.informs]
        return False if False in said else None if None in said or not said else True

    @property
    def contradicted(self) -> bool:
        decision = self.judgement.held if self.judgement else "open"
        return (self.figures_meet is False and decision == "met") or (self.figures_meet is True and decision == "missed")


@dataclass(frozen=True, slots=True)
class PartAssessed:
    """A part with everything below it. `verdict`: of the standard over schools that stands in it."""

    part: Part
    items: tuple[ItemAssessed, ...]
    parts: tuple["PartAssessed", ...]
    verdict: Verdict | None
    meets: bool | None

    def every_item(self) -> Iterator[ItemAssessed]:
        yield from self.items
        for part in self.parts:
            yield from part.every_item()

    @property
    def score(self) -> Score | None:
        """The sum over the items below; a total is None while no item of it is scored by that side."""
        return total(list(self.every_item()))


@dataclass(frozen=True, slots=True)
class Assessed:
    """The whole assessment of one area."""

    assessment: Assessment
    area: str
    period: str
    on: date
    snapshot: str
    parts: tuple[PartAssessed, ...]
    left_out: tuple[tuple[SchoolRecord, Exclusion | None], ...]
    trial: bool = False
    """By the rules of another day than that of the figures: a trial, not a finding."""

    def every_item(self) -> Iterator[ItemAssessed]:
        for part in self.parts:
            yield from part.every_item()

    @property
    def passes(self) -> bool | None:
        """Every part is met. None: something is open or not told, and nothing is missed."""
        return _all([part.meets for part in self.parts])

    @property
    def score(self) -> Score | None:
        return total(list(self.every_item()))

    @property
    def unscored(self) -> int:
        """Items with points that the area has no score for yet."""
        return sum(item.score is not None and item.score.self_score is None for item in self.every_item())


def total(items: Sequence[ItemAssessed]) -> Score | None:
    """The points and scores of items added up; None where none has points."""
    scores = [item.score for item in items if item.score is not None]
    if not scores:
        return None
    own = [score.self_score for score in scores if score.self_score is not None]
    theirs = [score.reviewer_score for score in scores if score.reviewer_score is not None]
    return Score(sum((score.points for score in scores), Decimal(0)), sum(own, Decimal(0)) if own else None,
                 sum(theirs, Decimal(0)) if theirs else None)  # fmt: skip


def assessed_area(snapshot: Snapshot, area: str | None = None) -> str:
    """The area that is assessed: the one named, or the only county of the snapshot.

    Raises: NothingToJudge where it is unknown, a school, or none is named and there are several.
    """
    columns = pq.ParquetFile(snapshot.tables["organisations"]).read(columns=["code", "kind"]).to_pydict()
    kinds = dict(zip(columns["code"], columns["kind"], strict=True))
    if area is None:
        counties = [code for code, kind in kinds.items() if kind == "county"]
        if len(counties) != 1:
            raise NothingToJudge(f"The snapshot has {len(counties)} counties: name the one to assess.")
        return str(counties[0])
    if area not in kinds:
        raise NothingToJudge(f"No organisation of the snapshot has the code «{area}».")
    if kinds[area] in _SCHOOL_KINDS:
        raise NothingToJudge(f"«{area}» is a school; an assessment is of an area.")
    return area


def assess(
    assessment: Assessment,
    snapshot: Snapshot,
    *,
    area: str | None = None,
    period: str | None = None,
    judgements: Judgements | None = None,
    verdicts: Mapping[str, Verdict] | None = None,
    catalogue: Catalogue | None = None,
    values: Values | None = None,
    rules_of: date | None = None,
) -> Assessed:
    """Assess one area in one school year. `verdicts`: by id, of the standards over schools that stand as parts; one not given is open.

    Items whose checks do not hold yet on the day are left out. `rules_of`: by the rules of that day in place of the figures' own, for a
    trial. Raises: NothingToJudge; NotInForce.
    """
    code, year = assessed_area(snapshot, area), period or str(snapshot.school_year)
    catalogue = catalogue or load_catalogue()
    told = day_of(snapshot, year)
    on = rules_of or told
    if on < assessment.starts or (assessment.until and on >= assessment.until):
        begins = assessment.starts if on < assessment.starts else None
        words = f"holds from {assessment.starts}" if begins else f"ended on {assessment.until}"
        raise NotInForce(f"«{assessment.label.en}» {words}; nothing is judged by it on {on}.", on=on, begins=begins)
    if values is None:
        values = compute(snapshot, catalogue, list(assessment.measures), all_years=year != str(snapshot.school_year))
    records = school_records(snapshot, year, code)
    judged, left_out = in_scope(assessment.exclude, sorted({one.stage for one in records}), records)
    figures = Figures(values, catalogue, code, year, on, judged)
    bench = _Bench(assessment.id, figures, judgements or Judgements(), verdicts or {})
    parts = tuple(bench.part(part) for part in assessment.parts)
    return Assessed(assessment, code, year, on, snapshot.hash, parts, tuple(left_out), on != told)


@dataclass(frozen=True, slots=True)
class _Bench:
    """What every part and item of one assessment is judged with."""

    assessment: str
    figures: Figures
    judgements: Judgements
    verdicts: Mapping[str, Verdict]

    def part(self, part: Part) -> PartAssessed:
        items = tuple(one for one in map(self.item, part.items) if one.found or one.item.judged)
        parts = tuple(self.part(below) for below in part.parts)
        verdict = self.verdicts.get(part.standard) if part.standard else None
        said = [*(item.meets for item in items), *(below.meets for below in parts)]
        if part.standard:
            said.append(verdict.passes if verdict else None)
        return PartAssessed(part, items, parts, verdict, _all(said))

    def item(self, item: AssessmentItem) -> ItemAssessed:
        found = tuple(one for check in item.checks for one in check_figures(check, self.figures))
        judgement = self.judgements.of(self.assessment, self.figures.area, item.id, self.figures.period)
        met = _decided(item, found, judgement)
        computed = _computed_score(item, found, met)
        return ItemAssessed(item, found, judgement, met, _score(item, judgement, computed), computed)


def _all(said: Sequence[bool | None]) -> bool | None:
    return False if False in said else None if None in said or not said else True


def _decided(item: AssessmentItem, found: Sequence[Found], judgement: Judgement | None) -> bool | None:
    """Figures that are told decide; a judgement decides what they leave open. Nothing is met by default."""
    figures = [one.meets for one in found if not one.informs]
    judged = {"met": True, "missed": False, "open": None}[judgement.held] if judgement else None
    if False in figures:
        return False
    if item.judged is not None or not figures or None in figures:
        return judged
    return True


def _computed_score(item: AssessmentItem, found: Sequence[Found], met: bool | None) -> Decimal | None:
    """What the scoring rule makes of the figures; None where they are not all told, or the rule is for people."""
    if item.scoring is None or item.points is None or item.scoring.rule == "entered":
        return None
    if item.scoring.rule == "threshold":
        return None if met is None else item.points if met else Decimal(0)
    if not found or any(one.reached is None or one.short is None for one in found):
        return None
    points = Fraction(item.points)
    if item.scoring.rule == "proportional":
        earned = points * sum((one.reached or Fraction(0) for one in found), Fraction(0)) / len(found)
    else:
        steps = sum(math.ceil((one.short or Fraction(0)) / Fraction(item.scoring.per)) for one in found)
        earned = max(Fraction(0), points - steps * Fraction(item.scoring.minus or 0))
    return (Decimal(earned.numerator) / Decimal(earned.denominator)).quantize(Decimal("0.01"))


def _score(item: AssessmentItem, judgement: Judgement | None, computed: Decimal | None) -> Score | None:
    """An entered self-score goes before the computed one, which is kept beside it."""
    if item.points is None:
        return None
    entered = judgement.self_score if judgement else None
    return Score(item.points, computed if entered is None else entered, judgement.reviewed_score if judgement else None)
