"""Verdict matrix: a standard's verdict laid out for reading: schools down, measures across, what is lacking in each cell.

Changes when the verdict is laid out differently. It judges nothing; the verdict comes from the floor of standards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from jiaoheng.measures.catalogue import Catalogue
from jiaoheng.standards.standard import Item, NotInForce, Standard
from jiaoheng.standards.verdict import ItemVerdict, NothingToJudge, SchoolVerdict, VariationVerdict, Verdict
from jiaoheng.web.current_snapshot import CurrentSnapshot
from jiaoheng.web.figure import shown
from jiaoheng.web.words import in_language

__all__ = [
    "Cell",
    "Column",
    "SchoolLine",
    "SchoolLines",
    "columns",
    "line",
    "rule_in_words",
    "school_lines",
    "sorted_schools",
    "variation_cells",
]

_COLOUR = {"met": "good", "near": "warn", "short": "bad", "not_reported": "mute"}
SORTS = ("name", "shortfall", "pupils")


@dataclass(frozen=True)
class Column:
    """One item of the standard as a column: what it is called and what is asked."""

    measure: str
    short: str
    asked: str


@dataclass(frozen=True)
class Cell:
    """One figure with its colour (a style class), the figure itself, and what is lacking, in words."""

    measure: str
    colour: str
    figure: str
    lacking: str
    asked: str = ""
    short: str = ""


@dataclass(frozen=True)
class SchoolLine:
    """One school, or one stage of a school that teaches several."""

    organisation: str
    name: str
    stage: str
    pupils: int
    cells: list[Cell]
    colour: str
    said: str


@dataclass(frozen=True)
class SchoolLines:
    """What one standard says of one school: a line for each stage judged, or why it is not judged."""

    standard: Standard
    schools: list[SchoolLine]


def asked(item: Item, threshold: Decimal) -> str:
    """«≥ 7.5» or «≤ 45»."""
    return f"{'≥' if item.better == 'more' else '≤'} {shown(threshold)}"


def columns(standard: Standard, verdict: Verdict, stage: str) -> list[Column]:
    """The items of the standard with what is asked of a stage."""
    return [
        Column(item.measure, in_language(item.short), asked(item, standard.threshold(item.measure, stage, verdict.on)))
        for item in standard.items
    ]


def line(school: SchoolVerdict, current: CurrentSnapshot) -> SchoolLine:
    """One school's verdict as a line of the matrix."""
    cells = [_cell(item, current.catalogue) for item in school.items]
    missed = sum(item.meets is False for item in school.items)
    if school.passes:
        colour, said = "good", _("Meets it")
    elif school.passes is None:
        missing = school.missing_count
        colour, said = "mute", ngettext("{n} not reported", "{n} not reported", missing).format(n=missing)
    else:
        colour, said = "bad", ngettext("{n} item short", "{n} items short", missed).format(n=missed)
    return SchoolLine(school.organisation, current.name(school.organisation), school.stage, school.pupils, cells, colour, said)


def sorted_schools(schools: Sequence[SchoolVerdict], by: str) -> list[SchoolVerdict]:
    """Schools by name as they come, by pupils, or those furthest from the thresholds first."""
    if by == "pupils":
        return sorted(schools, key=lambda school: -school.pupils)
    if by == "shortfall":
        return sorted(schools, key=lambda school: (-sum(item.meets is False for item in school.items), -_distance(school)))
    return list(schools)


def variation_cells(standard: Standard, verdict: Verdict, stage: str) -> list[VariationVerdict | None]:
    """The coefficient of variation below each column; None where the standard limits none."""
    found = {variation.measure: variation for variation in verdict.variations if variation.stage == stage}
    by_item = {rule.of: found.get(rule.measure) for rule in standard.variations}
    return [by_item.get(item.measure) for item in standard.items]


def rule_in_words(standard: Standard) -> str:
    """When a school passes, as a sentence."""
    rule, items = standard.school_rule, len(standard.items)
    said = _("Of {items} items a school meets at least {least}").format(items=items, least=rule.at_least)
    if rule.rest_share is not None:
        said += _("; every other one reaches at least {share} % of its threshold").format(share=shown(rule.rest_share * 100))
    return said + _(".")


def school_lines(current: CurrentSnapshot, standard: Standard, code: str, year: str) -> SchoolLines:
    """What one standard says of one school; no lines where it does not judge it."""
    try:
        verdict = current.verdict(standard, code, year)
    except (NothingToJudge, NotInForce):
        return SchoolLines(standard, [])
    return SchoolLines(standard, [line(school, current) for school in verdict.schools])


def _cell(item: ItemVerdict, catalogue: Catalogue) -> Cell:
    measure = catalogue[item.measure]
    lacking = "" if item.meets else item.shortfall_text(get_language() or "en")
    figure = _exactly_enough(item, measure.decimals)
    return Cell(item.measure, _COLOUR[item.grade], figure, lacking, asked(item.item, item.threshold), in_language(item.item.short))


def _exactly_enough(item: ItemVerdict, decimals: int) -> str:
    """Enough decimals that a missed threshold does not look like a met one: 0.898, not 0.90, where 0.9 is asked."""
    for places in range(decimals, decimals + 4):
        text = shown(item.value, places)
        if item.meets is not False or item.value is None or Decimal(text.replace(",", "")) != item.threshold:
            return text
    return shown(item.value, decimals + 4)


def _distance(school: SchoolVerdict) -> float:
    """How far a school is from its thresholds: the sum of the shares that are missing."""
    short = (item for item in school.items if item.meets is False and item.value is not None)
    return sum(abs(1 - float(item.value or 0) / float(item.threshold)) for item in short)
