"""Circumstances: what the schools of an area have and what they need, in exact numbers, before anything is done about it.

Changes when a standard can ask for something new of a school. Reads a verdict and the figures of its snapshot; decides nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlglot import exp

from jiaoheng.measures.catalogue import Catalogue
from jiaoheng.measures.measure import Measure
from jiaoheng.snapshots.snapshot import Snapshot
from jiaoheng.standards.remedy import REGISTER
from jiaoheng.standards.standard import Item, Variation
from jiaoheng.standards.verdict import ItemVerdict, SchoolVerdict, Verdict

__all__ = ["Circumstances", "Need", "NotPlannable", "Part", "Spread", "circumstances"]


class NotPlannable(Exception):
    """The standard asks for something that no plan over figures can be made for. The message names the measure."""


@dataclass(frozen=True)
class Need:
    """One item of one school part. All numbers are of the side of the ratio that grows (teachers, m², yuan).

    weights: by field, what one unit of it adds. `threshold` and `floor`: from where on the item is met, and is borne.
    share_of: the side that stays (pupils, or pupils / 100).
    """

    measure: str
    weights: Mapping[str, Fraction]
    start: Fraction
    threshold: Fraction
    floor: Fraction
    share_of: Fraction


@dataclass(frozen=True)
class Part:
    """A school, or one stage of it. `figures`: those that were reported; `at_least`: how many of `needs` must be met.

    `stands`: it does not fail today, and no plan may make it fail.
    """

    organisation: str
    name: str
    stage: str
    pupils: int
    figures: Mapping[str, Fraction]
    needs: tuple[Need, ...]
    at_least: int
    stands: bool


@dataclass(frozen=True)
class Spread:
    """A limit on the variation of one item between the parts of one stage. `members`: (place of the part, its need)."""

    measure: str
    stage: str
    limit: Fraction
    members: tuple[tuple[int, Need], ...]

    @property
    def pupils(self) -> Fraction:
        return sum((need.share_of for _, need in self.members), Fraction(0))


@dataclass(frozen=True)
class Circumstances:
    """Everything that a plan starts from."""

    parts: tuple[Part, ...]
    spreads: tuple[Spread, ...]


def circumstances(verdict: Verdict, snapshot: Snapshot, catalogue: Catalogue, fields: Iterable[str]) -> Circumstances:
    """What every judged school has and needs. `fields`: the figures that remedies change.

    Raises: NotPlannable where an item is not a sum of figures over figures that stay, or where who is judged hangs on such a figure.
    """
    changing = frozenset(fields)
    growing = {item.measure: _growing(item, catalogue[item.measure], changing) for item in verdict.standard.items}
    figures = _figures(snapshot, verdict.period)
    parts = tuple(
        _part(school, figures.get((school.organisation, school.stage), {}), growing, verdict.standard.school_rule.at_least)
        for school in verdict.schools
    )
    rules = {variation.measure: variation for variation in verdict.standard.variations}
    spreads = tuple(
        Spread(found.measure, found.stage, Fraction(found.limit), _members(rules[found.measure], found.stage, parts))
        for found in verdict.variations
    )
    for spread in spreads:
        _same_side(verdict, rules[spread.measure])
    return Circumstances(parts, tuple(spread for spread in spreads if spread.members))


def _part(school: SchoolVerdict, figures: Mapping[str, Fraction], growing: Mapping[str, Mapping[str, Fraction]], at_least: int) -> Part:
    needs = tuple(_need(item, growing[item.measure]) for item in school.items if item.meets is not None)
    asked = max(0, at_least - school.missing_count)
    return Part(
        school.organisation, school.name, school.stage, school.pupils, figures, needs, asked, stands=school.passes is not False
    )  # fmt: skip


def _need(item: ItemVerdict, weights: Mapping[str, Fraction]) -> Need:
    assert item.numerator is not None and item.denominator is not None
    upper, lower = _exact(item.numerator), _exact(item.denominator)
    threshold, floor = Fraction(item.threshold), Fraction(item.floor)
    if item.item.grows == "numerator":
        return Need(item.measure, weights, upper, threshold * lower, floor * lower, lower)
    return Need(item.measure, weights, lower, upper / threshold, upper / floor, upper)


def _members(rule: Variation, stage: str, parts: Iterable[Part]) -> tuple[tuple[int, Need], ...]:
    found = [
        (place, need)
        for place, part in enumerate(parts) if part.stage == stage
        for need in part.needs if need.measure == rule.of and need.share_of > 0
    ]  # fmt: skip
    return tuple(found)


def _same_side(verdict: Verdict, rule: Variation) -> None:
    if rule.weight == verdict.standard.item(rule.of).grows:
        raise NotPlannable(f"The variation «{rule.measure}» is weighted by the side of «{rule.of}» that schools add to; no plan.")


def _growing(item: Item, measure: Measure, changing: frozenset[str]) -> Mapping[str, Fraction]:
    """What one unit of each field adds to the side that grows."""
    sides = {"numerator": measure.numerator, "denominator": measure.denominator}
    grows = sides.pop(item.grows)
    (stays,) = sides.values()
    weights = _linear(grows.tree) if grows is not None and measure.register == REGISTER else None
    if weights is None or any(weight < 0 for weight in weights.values()):
        raise NotPlannable(f"«{measure.id}» is not a plain sum of figures on the side that grows; no plan can be made for it.")
    asked = {*(stays.columns if stays else ()), *(measure.where.columns if measure.where else ())}
    if asked & changing:
        named = ", ".join(sorted(asked & changing))
        raise NotPlannable(f"«{measure.id}» also hangs on {named} where it should stay the same; no plan can be made for it.")
    return weights


def _linear(tree: exp.Expr) -> dict[str, Fraction] | None:
    """The weights of a sum of fields such as `sum(a) + 2 * sum(b)`; None where it is anything else."""
    if isinstance(tree, exp.Paren):
        return _linear(tree.this)
    if isinstance(tree, exp.Sum) and isinstance(tree.this, exp.Column):
        return {tree.this.name: Fraction(1)}
    if isinstance(tree, exp.Add | exp.Sub):
        left, right = _linear(tree.this), _linear(tree.expression)
        sign = 1 if isinstance(tree, exp.Add) else -1
        if left is None or right is None:
            return None
        return {name: left.get(name, Fraction(0)) + sign * right.get(name, Fraction(0)) for name in {**left, **right}}
    if isinstance(tree, exp.Mul | exp.Div):
        inner, factor = _linear(tree.this), _number(tree.expression)
        if inner is None and isinstance(tree, exp.Mul):
            inner, factor = _linear(tree.expression), _number(tree.this)
        if inner is None or not factor:
            return None
        return {name: weight * factor if isinstance(tree, exp.Mul) else weight / factor for name, weight in inner.items()}
    return None


def _number(tree: exp.Expr) -> Fraction | None:
    if isinstance(tree, exp.Paren):
        return _number(tree.this)
    return Fraction(tree.this) if isinstance(tree, exp.Literal) and not tree.is_string else None


def _figures(snapshot: Snapshot, period: str) -> dict[tuple[str, str], dict[str, Fraction]]:
    """Every reported figure of one school year, by organisation and stage."""
    table = pq.read_table(snapshot.tables[REGISTER])
    table = table.filter(pc.equal(table["school_year"].cast(pa.string()), pa.scalar(period)))
    found = {}
    for row in table.to_pylist():
        numbers = {name: _exact(value) for name, value in row.items() if isinstance(value, int | float)}
        found[str(row["organisation"]), str(row["stage"])] = numbers
    return found


def _exact(number: float) -> Fraction:
    """The decimal that was written, not the binary fraction next to it."""
    return Fraction(Decimal(repr(number))) if isinstance(number, float) else Fraction(number)
