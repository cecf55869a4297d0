"""Verdicts: what a standard says of every school, and of the differences between schools, in one snapshot.

Changes when the way a standard is judged changes. A school that teaches two stages is judged once for each (its records are by stage).
A figure that was not reported neither passes nor fails: it leaves the verdict open (`None`) unless the rest already decides it.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jiaoheng.measures.catalogue import Catalogue, load_catalogue
from jiaoheng.measures.values import Values, compute
from jiaoheng.snapshots.snapshot import Snapshot
from jiaoheng.standards.shortfall import floor_of, lacking, meets
from jiaoheng.standards.standard import Exclusion, Item, Standard, Variation

__all__ = ["Excluded", "ItemVerdict", "NothingToJudge", "SchoolVerdict", "VariationVerdict", "Verdict", "judge"]

Grade = Literal["met", "near", "short", "not_reported"]


class NothingToJudge(Exception):
    """No school of the area has a record that this standard judges."""


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
) -> Verdict:
    """Judge every school of the area (all, where none is given) in one school year (the snapshot's, where none is given).

    `values`: figures already computed from this snapshot, to spare the work. Schools come by stage, then by name as stored.
    Raises: NothingToJudge; NotInForce where the standard sets nothing on the day.
    """
    period = period or str(snapshot.school_year)
    on = _day(snapshot, period)
    records = _records(snapshot, period, area)
    judged, excluded = _in_scope(standard, records)
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
    return Verdict(standard, area, period, on, snapshot.hash, schools, variations, excluded)


@dataclass(frozen=True, slots=True)
class _Record:
    organisation: str
    stage: str
    pupils: int | None
    name: str
    kind: str
    school_type: str | None


_Ratio = tuple[float | None, float | None]
_Rule = tuple[Item, Decimal, Decimal]
"""An item with the threshold and the floor of one stage on the day."""


def _day(snapshot: Snapshot, period: str) -> date:
    """The day whose thresholds hold: the snapshot's, or the last of an earlier school year."""
    frozen = snapshot.date if isinstance(snapshot.date, date) else date.fromisoformat(str(snapshot.date))
    return min(frozen, date(int(period[:4]) + 1, 8, 31))


def _records(snapshot: Snapshot, period: str, area: str | None) -> list[_Record]:
    """The records of one year below (or of) the area."""
    tree = pq.ParquetFile(snapshot.tables["organisations"]).read(columns=["code", "name_zh", "name_en", "kind", "path", "school_type"])
    columns = tree.to_pydict()
    names = {code: zh or en or code for code, zh, en in zip(columns["code"], columns["name_zh"], columns["name_en"], strict=True)}
    kinds = dict(zip(columns["code"], zip(columns["kind"], columns["school_type"], strict=True), strict=True))
    inside = _below(area, dict(zip(columns["code"], columns["path"], strict=True))) if area else None
    if inside == set():
        raise NothingToJudge(f"No organisation of the snapshot has the code «{area}».")
    table = pq.ParquetFile(snapshot.tables["annual_statistics"]).read(columns=["organisation", "school_year", "stage", "pupils"])
    rows = table.filter(pc.equal(table["school_year"], pa.scalar(period))).to_pydict()
    records = []
    for code, stage, pupils in zip(rows["organisation"], rows["stage"], rows["pupils"], strict=True):
        if inside is None or code in inside:
            kind, school_type = kinds.get(code, ("school", None))
            records.append(_Record(code, stage, pupils, names.get(code, code), kind, school_type))
    return records


def _below(area: str, paths: Mapping[str, str]) -> set[str]:
    """The area's code and every code under it; empty where the area is unknown."""
    if area not in paths:
        return set()
    start = f"{paths[area]}/"
    return {area} | {code for code, path in paths.items() if path.startswith(start)}


def _in_scope(standard: Standard, records: Iterable[_Record]) -> tuple[list[_Record], list[Excluded]]:
    judged, excluded = [], []
    for record in records:
        if record.stage not in standard.stages:
            continue
        exclusion = next((rule for rule in standard.exclude if _leaves_out(rule, record)), None)
        if exclusion is not None or not record.pupils:
            excluded.append(Excluded(record.organisation, record.name, record.stage, record.pupils, exclusion))
        else:
            judged.append(record)
    return judged, excluded


def _leaves_out(rule: Exclusion, record: _Record) -> bool:
    if record.kind not in rule.kinds and record.school_type not in rule.school_types:
        return False
    return rule.pupils_below is None or (record.pupils is not None and record.pupils < rule.pupils_below)


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
    standard: Standard, record: _Record, figures: Mapping[str, Mapping[tuple[str, str], _Ratio]], rules: Sequence[_Rule]
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
    value = _coefficient(pairs)
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


def _coefficient(pairs: Sequence[tuple[float, float]]) -> float | None:
    """S / X̄ with S² = Σ (p/P)(x − X̄)² and X̄ the area's own ratio, as officially defined; None where there is nothing to compare."""
    weight = math.fsum(p for _, p in pairs)
    resource = math.fsum(n for n, _ in pairs)
    if not weight or not resource:
        return None
    mean = resource / weight
    return math.sqrt(math.fsum(p / weight * (n / p - mean) ** 2 for n, p in pairs)) / mean


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
