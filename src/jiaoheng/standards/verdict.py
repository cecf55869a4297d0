"""Verdicts: what a standard says of every school, and of the differences between schools, in one snapshot.

Changes when the way a standard is judged changes. A school that teaches two stages is judged once for each (its records are by stage).
A figure that was not reported neither passes nor fails: it leaves the verdict open (`None`) unless the rest already decides it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from jiaoheng.measures.catalogue import Catalogue, load_catalogue
from jiaoheng.measures.values import Values, compute
from jiaoheng.snapshots.snapshot import Snapshot
from jiaoheng.standards.school_records import NothingToJudge, SchoolRecord, day_of, in_scope, school_records
from jiaoheng.standards.shortfall import floor_of, lacking, meets
from jiaoheng.standards.standard import Exclusion, Item, Standard, Variation
from jiaoheng.standards.variation import coefficient

__all__ = ["Excluded", "ItemVerdict", "NothingToJudge", "SchoolVerdict", "VariationVerdict", "Verdict", "judge"]

Grade = Literal["met", "near", "short", "not_reported"]


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """One measure of one school. Value None: not reported. `shortfall` is a whole number in the unit of what is lacking."""

    measure: str
    value: float | None
    numerator: float | None
    denominator: float | None
    threshold: Decimal
    floor: Decimal
    meets: bool | None
    meets_floor: bool | None
    shortfall: int | None
    item: Item = field(repr=False, compare=False)

    @property
    def grade(self) -> Grade:
        """met; near: misses, but not below the floor; short: below the floor; not_reported."""
        if self.meets is None:
            return "not_reported"
        return "met" if self.meets else "near" if self.meets_floor else "short"

    def shortfall_text(self, language: str = "en") -> str:
        """What is lacking, in words such as «needs 3 more PE and arts teachers»; empty where the threshold is met."""
        if self.shortfall is None:
            return "未填报" if language.lower().startswith("zh") else "not reported"
        return self.item.lacking.said(self.shortfall, language) if self.shortfall else ""


@dataclass(frozen=True, slots=True)
class SchoolVerdict:
    """One school, or one stage of a school that teaches several."""

    organisation: str
    name: str
    stage: str
    pupils: int
    items: list[ItemVerdict]
    passes: bool | None

    @property
    def missing_count(self) -> int:
        return sum(item.meets is None for item in self.items)

    @property
    def met_count(self) -> int:
        return sum(item.meets is True for item in self.items)

    def shortfalls(self, language: str = "en") -> list[str]:
        """Every shortfall of the school, in words; figures not reported are left out."""
        return [item.shortfall_text(language) for item in self.items if item.shortfall]


@dataclass(frozen=True, slots=True)
class VariationVerdict:
    """The pupil-weighted coefficient of variation between the judged schools of one stage. `covered` of `of` schools reported."""

    measure: str
    stage: str
    value: float | None
    limit: Decimal
    meets: bool | None
    covered: int
    of: int


@dataclass(frozen=True, slots=True)
class Excluded:
    """A record that the standard does not judge, and why (Label in both languages through `reason`)."""

    organisation: str
    name: str
    stage: str
    pupils: int | None
    exclusion: Exclusion | None

    def reason(self, language: str = "en") -> str:
        if self.exclusion is not None:
            return self.exclusion.reason.in_language(language)
        return "未填报学生数" if language.lower().startswith("zh") else "no pupils reported"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole verdict over one area and school year."""

    standard: Standard
    area: str | None
    period: str
    on: date
    snapshot: str
    schools: list[SchoolVerdict]
    variations: list[VariationVerdict]
    excluded: list[Excluded]
    trial: bool = False
    """By the rules of another day than that of the figures: a trial, not a finding."""

    @property
    def stages(self) -> list[str]:
        """The stages judged, in the order of the standard."""
        found = {school.stage for school in self.schools}
        return [stage for stage in self.standard.stages if stage in found]

    @property
    def passes(self) -> bool | None:
        """Every school passes and every variation is within its limit. None: something was not reported, and nothing fails."""
        parts = [*(school.passes for school in self.schools), *(variation.meets for variation in self.variations)]
        return False if False in parts else None if None in parts else True

    def of_stage(self, stage: str) -> list[SchoolVerdict]:
        return [school for school in self.schools if school.stage == stage]

    def as_dict(self) -> dict[str, Any]:
        """The verdict as plain values for JSON; thresholds and limits as numbers."""
        return {
            "standard": self.standard.id,
            "label": {"en": self.standard.label.en, "zh": self.standard.label.zh},
            "source": self.standard.source.document,
            "area": self.area,
            "period": self.period,
            "on": self.on.isoformat(),
            "trial": self.trial,
            "snapshot": self.snapshot,
            "passes": self.passes,
            "stages": self.stages,
            "schools": [_school_dict(school) for school in self.schools],
            "variations": [
                {
                    "measure": v.measure,
                    "stage": v.stage,
                    "value": v.value,
                    "limit": float(v.limit),
                    "meets": v.meets,
                    "covered": v.covered,
                    "of": v.of,
                }
                for v in self.variations
            ],
            "excluded": [
                {
                    "organisation": e.organisation,
                    "name": e.name,
                    "stage": e.stage,
                    "pupils": e.pupils,
                    "reason": {"en": e.reason("en"), "zh": e.reason("zh")},
                }
                for e in self.excluded
            ],
        }


def judge(
    standard: Standard,
    snapshot: Snapshot,
    *,
    area: str | None = None,
    period: str | None = None,
    catalogue: Catalogue | None = None,
    values: Values | None = None,
    rules_of: date | None = None,
) -> Verdict:
    """Judge every school of the area (all, where none is given) in one school year (the snapshot's, where none is given).

    `values`: figures already computed from this snapshot, to spare the work. Schools come by stage, then by name as stored.
    `rules_of`: by the thresholds of that day in place of the figures' own, for a trial.
    Raises: NothingToJudge; NotInForce where the standard sets nothing on the day.
    """
    period = period or str(snapshot.school_year)
    told = day_of(snapshot, period)
    on = rules_of or told
    judged, left_out = in_scope(standard.exclude, standard.stages, school_records(snapshot, period, area))
    excluded = [Excluded(one.organisation, one.name, one.stage, one.pupils, rule) for one, rule in left_out]
    if not judged:
        where = f" of {area}" if area else ""
        raise NothingToJudge(f"No school{where} has figures of {period} that «{standard.label.en}» judges ({', '.join(standard.stages)}).")
    if values is None:
        catalogue = catalogue or load_catalogue()
        earlier = period != str(snapshot.school_year)
        values = compute(snapshot, catalogue, list(standard.measures), all_years=earlier)
    figures = {item.measure: _ratios(values, item.measure, period, standard.stages) for item in standard.items}
    rank = {stage: place for place, stage in enumerate(standard.stages)}
    judged.sort(key=lambda record: (rank[record.stage], record.name, record.organisation))
    taught = {record.stage for record in judged}
    rules = {stage: [_rule(standard, item, stage, on) for item in standard.items] for stage in taught}
    schools = [_judge_school(standard, record, figures, rules[record.stage]) for record in judged]
    variations = [
        found
        for stage in standard.stages
        for variation in standard.variations
        if (found := _judge_variation(standard, variation, stage, schools, on)) is not None
    ]
    return Verdict(standard, area, period, on, snapshot.hash, schools, variations, excluded, on != told)


_Ratio = tuple[float | None, float | None]
_Rule = tuple[Item, Decimal, Decimal]
"""An item with the threshold and the floor of one stage on the day."""


def _ratios(values: Values, measure: str, period: str, stages: Sequence[str]) -> dict[tuple[str, str], _Ratio]:
    """Numerator and denominator of a measure for every organisation and stage of the period."""
    table = values.table
    wanted = pc.and_(pc.equal(table["measure"], pa.scalar(measure)), pc.equal(table["period"], pa.scalar(period)))
    found = table.filter(pc.and_(wanted, pc.is_in(table["stage"], value_set=pa.array(stages, table["stage"].type))))
    rows = found.select(["organisation", "stage", "numerator", "denominator"]).to_pydict()
    keys = zip(rows["organisation"], rows["stage"], strict=True)
    return dict(zip(keys, zip(rows["numerator"], rows["denominator"], strict=True), strict=True))


def _rule(standard: Standard, item: Item, stage: str, on: date) -> _Rule:
    threshold = standard.threshold(item.measure, stage, on)
    return item, threshold, floor_of(threshold, standard.school_rule.rest_share, item.better)


def _judge_school(
    standard: Standard, record: SchoolRecord, figures: Mapping[str, Mapping[tuple[str, str], _Ratio]], rules: Sequence[_Rule]
) -> SchoolVerdict:
    key = (record.organisation, record.stage)
    items = [_judge_item(rule, figures[rule[0].measure].get(key, (None, None))) for rule in rules]
    passes = _passes(items, standard.school_rule.at_least)
    return SchoolVerdict(record.organisation, record.name, record.stage, int(record.pupils or 0), items, passes)


def _judge_item(rule: _Rule, ratio: _Ratio) -> ItemVerdict:
    (item, threshold, floor), (numerator, denominator) = rule, ratio
    if numerator is None or denominator is None:
        return ItemVerdict(item.measure, None, numerator, denominator, threshold, floor, None, None, None, item)
    met = meets(numerator, denominator, threshold, item.better)
    value = numerator / denominator if denominator else None
    above_floor = met or (floor != threshold and meets(numerator, denominator, floor, item.better))
    shortfall = 0 if met else lacking(numerator, denominator, threshold, item.better)
    return ItemVerdict(item.measure, value, numerator, denominator, threshold, floor, met, above_floor, shortfall, item)


def _passes(items: Sequence[ItemVerdict], at_least: int) -> bool | None:
    """At least so many met and no other below its floor; open while a missing figure could decide it."""
    met = sum(item.meets is True for item in items)
    missing = sum(item.meets is None for item in items)
    if any(item.meets_floor is False for item in items) or met + missing < at_least:
        return False
    return None if missing else True


def _judge_variation(
    standard: Standard, variation: Variation, stage: str, schools: Iterable[SchoolVerdict], on: date
) -> VariationVerdict | None:
    limit = standard.limit(variation, stage, on)
    found = [next(item for item in school.items if item.measure == variation.of) for school in schools if school.stage == stage]
    if limit is None or not found:
        return None
    pairs = list(_resource_and_weight(variation, found))
    value = coefficient(pairs)
    return VariationVerdict(
        variation.measure, stage, value, limit, None if value is None else value <= float(limit), len(pairs), len(found)
    )


def _resource_and_weight(variation: Variation, items: Iterable[ItemVerdict]) -> Iterator[tuple[float, float]]:
    for item in items:
        if item.numerator is None or item.denominator is None:
            continue
        pair = (item.numerator, item.denominator) if variation.weight == "denominator" else (item.denominator, item.numerator)
        if pair[1] > 0:
            yield float(pair[0]), float(pair[1])


def _school_dict(school: SchoolVerdict) -> dict[str, Any]:
    return {
        "organisation": school.organisation,
        "name": school.name,
        "stage": school.stage,
        "pupils": school.pupils,
        "passes": school.passes,
        "met": school.met_count,
        "missing": school.missing_count,
        "items": [
            {
                "measure": item.measure,
                "value": item.value,
                "numerator": item.numerator,
                "denominator": item.denominator,
                "threshold": float(item.threshold),
                "floor": float(item.floor),
                "meets": item.meets,
                "meets_floor": item.meets_floor,
                "grade": item.grade,
                "shortfall": item.shortfall,
                "lacking": {"en": item.shortfall_text("en"), "zh": item.shortfall_text("zh")},
            }
            for item in school.items
        ],
    }
