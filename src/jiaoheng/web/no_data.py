"""No data: why a measure has no value in view, in words that say what would give it one.

Changes when there is another reason for which a measure has no value.
"""

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.measures.formula import column_words, condition_in_words
from jiaoheng.measures.measure import Measure
from jiaoheng.web.current_snapshot import CurrentSnapshot
from jiaoheng.web.figure import shown
from jiaoheng.web.table_words import column_label, table_label

__all__ = ["why_no_data"]


def why_no_data(current: CurrentSnapshot, measure: Measure) -> str:
    """One sentence or two; the figure itself is not looked up again."""
    if measure.base is not None:
        return _("A change needs a value of this period and one of the period before, and one of them is not there.")
    name, tables = measure.register, current.snapshot.manifest["tables"]
    table = table_label(name)
    if name not in tables:
        return _("The snapshot has no table “{table}”: it was frozen before there was one. Freeze again.").format(table=table)
    rows = tables[name]["rows"]
    if not rows:
        return _("The register “{table}” is empty. Bring in a workbook of it, or enter its records, and freeze.").format(table=table)
    if measure.where is None:
        columns = _(", ").join(dict.fromkeys(column_label(name, column) for column in measure.columns))
        said = _("“{table}” has {n} records in the snapshot, but none in view states what this measure reads: {columns}.")
        return said.format(table=table, n=shown(rows), columns=columns)
    words = column_words(name, settings.RULEBOOK_OVERLAY, current.catalogue.tables)
    condition = condition_in_words(measure.where, words, get_language() or "zh")
    said = _("“{table}” has {n} records in the snapshot, but none in view is counted; those are counted of which it holds: {condition}.")
    return said.format(table=table, n=shown(rows), condition=condition)
