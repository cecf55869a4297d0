"""Own measure preview: what a measure that is not kept yet comes to on the newest snapshot, for the writer's area and its first schools.

Changes when the preview shows something else. It is for officers of the bureau, from whom nothing is hidden; it tells them which figures a
published file would hide. A figure that is harmless alone may give a small one away together with others, so that this is judged over
every measure and year at once, as a publication is: that takes seconds, and is asked for apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.utils.translation import get_language

from jiaoheng.measures.catalogue import Catalogue
from jiaoheng.measures.formula import in_sql, in_words
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.suppression import HIDDEN, published_by
from jiaoheng.measures.values import Value, Values, compute
from jiaoheng.organisations.organisation import SCHOOL_KINDS, Organisation
from jiaoheng.rulebook.publication import SuppressionRule, suppression_rule
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
    hidden: int | None
    """How many of the schools' values a published file would hide; None where that was not judged yet."""
    threshold: int


def previewed(
    measure: Measure, current: CurrentSnapshot | None, area: Organisation, tables: Mapping[str, TableRule], *, judged: bool
) -> Preview:
    """The formula, and on the newest snapshot its values; before the first freeze the formula alone.

    judged: also which of them a published file would hide.
    """
    words, sql = in_words(measure, get_language() or "zh", settings.RULEBOOK_OVERLAY, tables), in_sql(measure)
    rule = suppression_rule(settings.RULEBOOK_OVERLAY)
    if current is None:
        return Preview(measure, words, sql, "", [], [], 0, None, rule.threshold)
    more = {measure.id: measure, **({measure.base.id: measure.base} if measure.base else {})}
    catalogue = Catalogue({**current.catalogue.measures, **more}, {**current.catalogue.tables, **tables})
    values = compute(current.snapshot, catalogue, [measure.id])
    hidden = _hidden(list(more), current, catalogue, rule) if judged else set()
    ends = compute(current.snapshot, catalogue, [measure.base.id], all_years=True) if measure.base else None
    here = [one for one in values.for_measure(measure.id, stage=None) if one.organisation == area.code]
    below = area.path + "/"
    schools = [
        one for one in values.for_measure(measure.id)
        if one.level in SCHOOL_KINDS and current.paths.get(one.organisation, "").startswith(below)
    ]  # fmt: skip
    told = [_key(one) in hidden for one in schools]
    return Preview(
        measure, words, sql, values.periods.get(measure.id) or "", [_line(one, current, hidden, ends) for one in here],
        [_line(one, current, hidden, ends) for one in schools[:_SCHOOLS]], len(schools), sum(told) if judged else None, rule.threshold,
    )  # fmt: skip


_Key = tuple[str, str, str]


def _key(one: Value) -> _Key:
    return one.organisation, one.stage, one.period


def _hidden(names: list[str], current: CurrentSnapshot, catalogue: Catalogue, rule: SuppressionRule) -> set[_Key]:
    """Place, stage and period of the figures of the first of these measures that a published file would not show, were they in it."""
    own = compute(current.snapshot, catalogue, names, all_years=True)
    others = current.values.table.filter(pc.invert(pc.is_in(current.values.table["measure"], pa.array(names, pa.string()))))
    values = Values(pa.concat_tables([others, own.table]), catalogue, own.period)
    table = published_by(rule, values, current.snapshot, catalogue)
    rows = table.filter(pc.and_(table[HIDDEN], pc.equal(table["measure"], pa.scalar(names[0])))).select(["organisation", "stage", "period"])
    return {(str(row["organisation"]), str(row["stage"]), str(row["period"])) for row in rows.to_pylist()}


def _line(one: Value, current: CurrentSnapshot, hidden: set[_Key], ends: Values | None) -> PreviewLine:
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
        _key(one) in hidden,
    )  # fmt: skip
