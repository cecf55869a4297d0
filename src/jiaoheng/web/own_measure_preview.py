"""Own measure preview: what a measure that is not kept yet comes to on the newest snapshot, for the writer's area and its first schools.

Changes when the preview shows something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import get_language

from jiaoheng.measures.catalogue import Catalogue
from jiaoheng.measures.formula import in_sql, in_words
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.suppression import HIDDEN, published
from jiaoheng.measures.values import Value, Values, compute
from jiaoheng.organisations.organisation import SCHOOL_KINDS, Organisation
from jiaoheng.rulebook.publication import suppression_rule
from jiaoheng.rulebook.tables import TableRule
from jiaoheng.web.current_snapshot import CurrentSnapshot
from jiaoheng.web.figure import MISSING, shown

__all__ = ["Preview", "previewed"]

_SCHOOLS = 12


@dataclass(frozen=True)
class PreviewLine:
    """One organisation: its figures as read, and whether a published file would hide them. Of a change what was and what is."""

    name: str
    stage: str
    value: str
    numerator: str
    denominator: str
    covered: str
    hidden: bool


@dataclass(frozen=True)
class Preview:
    """The formula read out, and its values; no lines where no row of the snapshot has the figures."""

    measure: Measure
    words: str
    sql: str
    period: str
    area: list[PreviewLine]
    schools: list[PreviewLine]
    of: int
    hidden: int
    threshold: int


def previewed(measure: Measure, current: CurrentSnapshot | None, area: Organisation, tables: Mapping[str, TableRule]) -> Preview:
    """The formula, and on the newest snapshot its values; before the first freeze the formula alone."""
    words, sql = in_words(measure, get_language() or "zh", settings.RULEBOOK_OVERLAY, tables), in_sql(measure)
    rule = suppression_rule(settings.RULEBOOK_OVERLAY)
    if current is None:
        return Preview(measure, words, sql, "", [], [], 0, 0, rule.threshold)
    more = {measure.id: measure, **({measure.base.id: measure.base} if measure.base else {})}
    catalogue = Catalogue({**current.catalogue.measures, **more}, {**current.catalogue.tables, **tables})
    values = compute(current.snapshot, catalogue, [measure.id])
    hidden = _hidden(values, current, catalogue, rule.threshold)
    ends = compute(current.snapshot, catalogue, [measure.base.id], all_years=True) if measure.base else None
    here = [one for one in values.for_measure(measure.id, stage=None) if one.organisation == area.code]
    below = area.path + "/"
    schools = [
        one for one in values.for_measure(measure.id)
        if one.level in SCHOOL_KINDS and current.paths.get(one.organisation, "").startswith(below)
    ]  # fmt: skip
    told = [(one.organisation, one.stage) in hidden for one in schools]
    return Preview(
        measure, words, sql, values.periods.get(measure.id) or "", [_line(one, current, hidden, ends) for one in here],
        [_line(one, current, hidden, ends) for one in schools[:_SCHOOLS]], len(schools), sum(told), rule.threshold,
    )  # fmt: skip


def _hidden(values: Values, current: CurrentSnapshot, catalogue: Mapping[str, Measure], threshold: int) -> set[tuple[str, str]]:
    """The places and stages whose figures a published file would not show."""
    table = published(values, current.snapshot, catalogue, threshold=threshold).select(["organisation", "stage", HIDDEN])
    return {(str(row["organisation"]), str(row["stage"])) for row in table.to_pylist() if row[HIDDEN]}


def _line(one: Value, current: CurrentSnapshot, hidden: set[tuple[str, str]], ends: Values | None) -> PreviewLine:
    first, second = shown(one.numerator), shown(one.whole)
    if ends is not None and one.measure.base:
        found = ends.change(one.measure.base.id, one.organisation, one.stage, one.period)
        decimals = one.measure.base.decimals
        first, second = (shown(found.before.value, decimals), shown(found.now.value, decimals)) if found else (MISSING, MISSING)
    value = shown(one.value, one.measure.decimals)
    if ends is not None and one.value is not None and one.value > 0:
        value = f"+{value}"
    return PreviewLine(
        current.name(one.organisation), one.stage, value, first, second, f"{one.covered:,} / {one.of:,}",
        (one.organisation, one.stage) in hidden,
    )  # fmt: skip
