"""Checked: what a check of an assessment finds in the figures: the value, the bound, whether it is met, and what is lacking.

Changes when a kind of check is judged in another way. A figure that is not told is neither met nor missed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from jiaoheng.measures.catalogue import Catalogue
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.values import ALL_STAGES, Values
from jiaoheng.rulebook.loader import Label
from jiaoheng.standards.assessment import Check, CompositeCheck, EntitlementCheck, MeasureCheck, Rate, holding
from jiaoheng.standards.school_records import SchoolRecord
from jiaoheng.standards.shortfall import meets
from jiaoheng.standards.variation import coefficient

__all__ = ["Failing", "Figures", "Found", "check_figures"]


@dataclass(frozen=True, slots=True)
class Failing:
    """One school that misses a check: its value, what is asked of it, what is lacking (a whole number where it is an entitlement)."""

    organisation: str
    name: str
    stage: str
    value: float | None
    bound: float
    lacking: float


@dataclass(frozen=True, slots=True)
class Found:
    """What one check finds for one stage. `reached`: the share of the bound, 0 to 1; `short`: how far the value is from the bound.

    Over schools, `value` is how many meet it, `of` how many there are, `untold` how many have no figures; `failing` names the others.
    `singles`: by measure what a composite is the mean of; `lacks` names
    those without figures. `informs`: shown, but it does not decide.
    """

    label: Label
    unit: Label
    stage: str
    better: str
    bound: Decimal | None
    value: float | None
    meets: bool | None
    short: Fraction | None = None
    reached: Fraction | None = None
    measure: str | None = None
    register: str | None = None
    schools: bool = False
    of: int = 0
    untold: int = 0
    failing: tuple[Failing, ...] = ()
    singles: Mapping[str, float | None] = field(default_factory=dict)
    lacks: tuple[Label, ...] = ()
    informs: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """What checks are judged on: the values of one area and period, and the school records that are judged."""

    values: Values
    catalogue: Catalogue
    area: str
    period: str
    on: date
    records: Sequence[SchoolRecord]

    def ratio(self, measure: str, organisation: str, stage: str) -> tuple[float, float] | None:
        """Numerator and denominator (1 where the measure has none); None where not told."""
        found = self.values.get(measure, organisation, stage, self.period)
        if found is None or found.numerator is None:
            return None
        if found.measure.kind != "ratio":
            return found.numerator, 1.0
        return None if found.denominator is None else (found.numerator, found.denominator)


def check_figures(check: Check, figures: Figures) -> list[Found]:
    """What a check finds, stage by stage in the order of its bounds. Stages that the bounds do not hold for on the day are left out."""
    if isinstance(check, EntitlementCheck):
        return [_entitlement(check, figures)]
    found = []
    for stage, bounds in check.bounds.items():
        bound = holding(bounds, figures.on)
        if bound is None:
            continue
        if isinstance(check, CompositeCheck):
            found.append(_composite(check, stage, bound, figures))
        elif check.each:
            found.append(_each(check, stage, bound, figures))
        else:
            found.append(_of_area(check, stage, bound, figures))
    return found


def _of_area(check: MeasureCheck, stage: str, bound: Decimal, figures: Figures) -> Found:
    measure = figures.catalogue[check.measure]
    value = figures.values.get(check.measure, figures.area, stage, figures.period)
    if value is None or value.value is None:
        return _told(check, measure, stage, bound, None, None)
    pair = (value.numerator, value.denominator) if measure.kind == "ratio" else (value.value, 1)
    met = meets(pair[0] or 0, 1 if pair[1] is None else pair[1], bound, check.better)
    at, asked = Fraction(Decimal(repr(float(value.value)))), Fraction(bound)
    short = Fraction(0) if met else abs(asked - at)
    reached = Fraction(1) if met else _share(at, asked, check.better)
    return _told(check, measure, stage, bound, value.value, met, short=short, reached=reached)


def _share(value: Fraction, bound: Fraction, better: str) -> Fraction:
    if better == "less":
        value, bound = bound, value
    return max(Fraction(0), min(Fraction(1), value / bound)) if bound else Fraction(1)


def _told(
    check: MeasureCheck, measure: Measure, stage: str, bound: Decimal, value: float | None, met: bool | None,
    short: Fraction | None = None, reached: Fraction | None = None,
) -> Found:  # fmt: skip
    return Found(
        measure.label, measure.unit, stage, check.better, bound, value, met, short, reached, measure.id, measure.register,
        informs=check.informs,
    )  # fmt: skip


def _each(check: MeasureCheck, stage: str, bound: Decimal, figures: Figures) -> Found:
    """The measure of every judged school; one school counts once where the bound is over all stages."""
    measure = figures.catalogue[check.measure]
    schools = {one.organisation: one for one in figures.records if stage in (ALL_STAGES, one.stage)}
    failing, untold = [], 0
    for record in schools.values():
        pair = figures.ratio(check.measure, record.organisation, stage)
        if pair is None:
            untold += 1
        elif not meets(*pair, bound, check.better):
            value = pair[0] / pair[1] if pair[1] else None
            failing.append(Failing(record.organisation, record.name, stage, value, float(bound), abs(float(bound) - (value or 0))))
    return _over_schools(measure, stage, check.better, bound, len(schools), untold, failing)


def _over_schools(
    measure: Measure, stage: str, better: str, bound: Decimal | None, of: int, untold: int, failing: list[Failing]
) -> Found:  # fmt: skip
    met = False if failing else None if untold or not of else True
    value = of - untold - len(failing)
    reached = Fraction(value, of) if of and not (untold and met is None) else None
    return Found(
        measure.label, measure.unit, stage, better, bound, value if of > untold else None, met, Fraction(len(failing)), reached,
        measure.id, measure.register, True, of, untold, tuple(failing),
    )  # fmt: skip


def _composite(check: CompositeCheck, stage: str, limit: Decimal, figures: Figures) -> Found:
    """The mean of the single variations, each over the judged schools that told both sides of the ratio."""
    records = [one for one in figures.records if one.stage == stage]
    singles: dict[str, float | None] = {}
    untold: set[str] = set()
    for member in check.composite:
        pairs = []
        for record in records:
            pair = figures.ratio(member.measure, record.organisation, stage)
            if pair is None:
                untold.add(record.organisation)
                continue
            resource, weight = pair if member.weight == "denominator" else (pair[1], pair[0])
            if weight > 0:
                pairs.append((resource, weight))
        singles[member.measure] = coefficient(pairs)
    told = [value for value in singles.values() if value is not None]
    whole = len(told) == len(singles)
    value = math.fsum(told) / len(told) if whole else None
    met = None if value is None else value <= float(limit)
    at = None if value is None else Fraction(value)
    return Found(
        Label(en="Composite coefficient of variation", zh="综合差异系数"), Label(en="coefficient", zh="系数"), stage, "less", limit, value,
        met, None if at is None else max(Fraction(0), at - Fraction(limit)), None if at is None else _share(at, Fraction(limit), "less"),
        register="annual_statistics", of=len(records), untold=len(untold), singles=singles,
        lacks=tuple(figures.catalogue[name].label for name, single in singles.items() if single is None),
    )  # fmt: skip


def _entitlement(check: EntitlementCheck, figures: Figures) -> Found:
    """What every school is due for its pupils against what it has."""
    schools: dict[str, list[SchoolRecord]] = {}
    for record in figures.records:
        schools.setdefault(record.organisation, []).append(record)
    failing, untold, of = [], 0, 0
    for code, parts in schools.items():
        if check.small and check.only_small and sum(one.pupils or 0 for one in parts) >= check.small.below:
            continue
        due = _due(check, parts, figures.on)
        if due is None:
            continue
        of += 1
        provided = _provided(check, code, parts, figures)
        extras = [_extra(check, place, code, parts, figures) for place in range(len(check.extras))]
        asked = due + sum((one for one in extras if one is not None), Fraction(0))
        if provided is None:
            untold += 1
        elif provided < asked:
            lacking = math.ceil(asked - provided)
            failing.append(Failing(code, parts[0].name, ALL_STAGES, float(provided), float(asked), lacking))
        elif None in extras:
            untold += 1
    found = replace(_over_schools(figures.catalogue[check.provided], ALL_STAGES, "more", None, of, untold, failing), unit=check.unit)
    if check.only_small and schools and not of:  # there is no small school: nothing is asked
        return replace(found, meets=True, value=0.0, reached=Fraction(1))
    return found


def _due(check: EntitlementCheck, parts: Sequence[SchoolRecord], on: date) -> Fraction | None:
    """What the pupils of the school call for; None where no stage of it has a rate on the day.

    A small school counts as many pupils as the rule says, shared among its stages as its pupils are.
    """
    pupils = sum(one.pupils or 0 for one in parts)
    scale = Fraction(1)
    if check.small and 0 < pupils < check.small.below:
        scale = Fraction(check.small.counted_as, pupils)
    rates = [(one, _rate(check.due[one.stage], one.locale, on)) for one in parts if one.stage in check.due]
    told = [(one, rate) for one, rate in rates if rate is not None]
    return sum(((one.pupils or 0) * scale * rate for one, rate in told), Fraction(0)) if told else None


def _rate(rate: Rate, locale: str | None, on: date) -> Fraction | None:
    """What one unit is due. A place that the rule does not name is taken as urban, then as «all»."""
    dated = rate.of_one or rate.one_for
    value = holding(dated.get(locale or "", dated.get("all", dated.get("urban", ()))), on)
    if value is None or (rate.one_for and not value):
        return None
    return 1 / Fraction(value) if rate.one_for else Fraction(value)


def _provided(check: EntitlementCheck, code: str, parts: Sequence[SchoolRecord], figures: Figures) -> Fraction | None:
    stages = [one.stage for one in parts] if check.by_stage else [ALL_STAGES]
    told = [figures.values.get(check.provided, code, stage, figures.period) for stage in stages]
    if any(one is None or one.numerator is None for one in told):
        return None
    return sum((Fraction(Decimal(repr(float(one.numerator)))) for one in told if one and one.numerator is not None), Fraction(0))


def _extra(check: EntitlementCheck, place: int, code: str, parts: Sequence[SchoolRecord], figures: Figures) -> Fraction | None:
    extra = check.extras[place]
    rate = _rate(extra.rate, parts[0].locale, figures.on)
    if rate is None:
        return Fraction(0)
    counted = [figures.values.get(extra.measure, code, one.stage, figures.period) for one in parts if one.stage in check.due]
    if any(one is None or one.numerator is None for one in counted):
        return None
    return rate * sum((Fraction(one.numerator) for one in counted if one and one.numerator is not None), Fraction(0))
